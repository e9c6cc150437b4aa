//! Panels: eight columns of the right operand, one row of eight after the other.

use super::COLUMNS;
use crate::simd::{F32x4, Real};

/// Copies `depth` rows of up to eight columns to a panel; missing columns are zeros.
pub(super) fn panel(
    source: &[f32],
    [row_step, column_step]: [usize; 2],
    (first_row, depth): (usize, usize),
    (first_column, width): (usize, usize),
    panel: &mut [f32],
) {
    let panel = &mut panel[..depth * COLUMNS];
    let start = first_row * row_step + first_column * column_step;
    if column_step == 1 {
        for (row, to) in panel.chunks_exact_mut(COLUMNS).enumerate() {
            let from = &source[start + row * row_step..][..width];
            to[..width].copy_from_slice(from);
            to[width..].fill(0.0);
        }
        return;
    }
    if row_step == 1 && width == COLUMNS {
        let whole = depth / 4 * 4;
        for half in 0..2 {
            let columns: [&[f32]; 4] =
                std::array::from_fn(|c| &source[start + (half * 4 + c) * column_step..][..depth]);
            for row in (0..whole).step_by(4) {
                let block = columns.map(|column| F32x4::load(&column[row..row + 4]));
                for (offset, line) in F32x4::transpose(block).into_iter().enumerate() {
                    let at = (row + offset) * COLUMNS + half * 4;
                    line.store(&mut panel[at..at + 4]);
                }
            }
            for row in whole..depth {
                for (c, column) in columns.iter().enumerate() {
                    panel[row * COLUMNS + half * 4 + c] = column[row];
                }
            }
        }
        return;
    }
    for (row, to) in panel.chunks_exact_mut(COLUMNS).enumerate() {
        for (column, to) in to.iter_mut().enumerate() {
            *to = if column < width { source[start + row * row_step + column * column_step] } else { 0.0 };
        }
    }
}
