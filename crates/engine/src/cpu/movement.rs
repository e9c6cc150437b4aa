//! Copies between strided places, rows by index, and rotary positions.

use crate::math;

/// Copies `dims` elements; see [`crate::plan::Kernel::Copy`].
pub(super) fn copy(
    dims: &[usize],
    x: &[f32],
    from_strides: &[usize],
    out: &mut [f32],
    to_strides: &[usize],
    (from, to): (usize, usize),
) {
    match dims {
        [] => out[to] = x[from],
        [size] => {
            let (step_from, step_to) = (from_strides[0], to_strides[0]);
            if step_from == 1 && step_to == 1 {
                out[to..to + size].copy_from_slice(&x[from..from + size]);
            } else {
                for i in 0..*size {
                    out[to + i * step_to] = x[from + i * step_from];
                }
            }
        }
        [size, rest @ ..] => {
            for i in 0..*size {
                let start = (from + i * from_strides[0], to + i * to_strides[0]);
                copy(rest, x, &from_strides[1..], out, &to_strides[1..], start);
            }
        }
    }
}

/// The row of an index: the last one for indices beyond.
fn row(index: f32, rows: usize) -> usize {
    (index.to_bits() as usize).min(rows.saturating_sub(1))
}

/// `table (rows,width)` at `index (count)`, whose words are integers.
pub(super) fn gather(table: &[f32], index: &[f32], rows: usize, width: usize, out: &mut [f32]) {
    for (out, &index) in out.chunks_exact_mut(width).zip(index) {
        out.copy_from_slice(&table[row(index, rows) * width..][..width]);
    }
}

/// Adds `values (count,width)` at `index (count)` to zeros, in index order.
pub(super) fn scatter_add(values: &[f32], index: &[f32], rows: usize, width: usize, out: &mut [f32]) {
    out.fill(0.0);
    for (values, &index) in values.chunks_exact(width).zip(index) {
        let sums = &mut out[row(index, rows) * width..][..width];
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
}

/// 1 at the index, else 0.
pub(super) fn one_hot(index: &[f32], classes: usize, out: &mut [f32]) {
    out.fill(0.0);
    for (out, index) in out.chunks_exact_mut(classes).zip(index) {
        if let Some(place) = out.get_mut(index.to_bits() as usize) {
            *place = 1.0;
        }
    }
}

/// Cosines and sines of `(t, d/2)` positions and pairs: computed once, when a plan is compiled.
pub(super) fn rope_table(t: usize, d: usize, base: f32, inverse: bool) -> Vec<(f32, f32)> {
    let log_base = math::ln(base);
    (0..t * d / 2)
        .map(|i| {
            let (position, pair) = (i / (d / 2), i % (d / 2));
            let frequency = math::exp(-log_base * (2 * pair) as f32 / d as f32);
            let angle = position as f32 * frequency;
            let sine = math::sin(angle);
            (math::cos(angle), if inverse { -sine } else { sine })
        })
        .collect()
}

/// Turns the pairs of `x (outer,t,d)` by the angles of a table.
pub(super) fn rope(x: &[f32], table: &[(f32, f32)], out: &mut [f32]) {
    let turned = out.chunks_exact_mut(2).zip(x.chunks_exact(2));
    for ((out, x), (cosine, sine)) in turned.zip(table.iter().cycle()) {
        out[0] = x[0] * cosine - x[1] * sine;
        out[1] = x[0] * sine + x[1] * cosine;
    }
}
