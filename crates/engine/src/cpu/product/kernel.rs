//! Tiles of results in registers.

use super::{Activation, BLOCK_K, BLOCK_M, COLUMNS, Extra, pack};
use crate::simd::{F32x4, Real};

/// A product with every stride spelled out. `pack_all`: the right operand is copied to panels.
pub(super) struct Product<'a> {
    pub rows: usize,
    pub columns: usize,
    pub depth: usize,
    pub left: &'a [f32],
    pub left_strides: [usize; 2],
    pub right: &'a [f32],
    pub right_strides: [usize; 2],
    pub out_strides: [usize; 2],
    pub pack_all: bool,
    /// Rows and columns are the result's columns and rows.
    pub transposed: bool,
}

/// One block of sums: where it begins and whether it is the last.
#[derive(Clone, Copy)]
struct Block {
    first: usize,
    depth: usize,
    /// Results begin at what is there.
    resume: bool,
    last: bool,
}

pub(super) fn run(p: &Product, accumulate: bool, extra: &Extra, c: &mut [f32], scratch: &mut [f32]) {
    let mut first = 0;
    loop {
        let depth = BLOCK_K.min(p.depth - first);
        let last = first + depth == p.depth;
        let block = Block { first, depth, resume: accumulate || first > 0, last };
        if p.pack_all {
            for (index, panel) in scratch.chunks_exact_mut((depth * COLUMNS).max(1)).enumerate() {
                let column = index * COLUMNS;
                if column < p.columns {
                    let width = COLUMNS.min(p.columns - column);
                    pack::panel(p.right, p.right_strides, (first, depth), (column, width), panel);
                }
            }
        }
        let mut row = 0;
        while row < p.rows {
            let count = BLOCK_M.min(p.rows - row);
            rows(p, block, (row, count), extra, c, scratch);
            row += count;
        }
        first += depth;
        if last {
            break;
        }
    }
}

/// A block of rows against every panel.
fn rows(
    p: &Product,
    block: Block,
    (row, count): (usize, usize),
    extra: &Extra,
    c: &mut [f32],
    scratch: &mut [f32],
) {
    let mut column = 0;
    while column < p.columns {
        let width = COLUMNS.min(p.columns - column);
        let panel_len = block.depth * COLUMNS;
        let (right, step) = if p.pack_all {
            (&scratch[column * block.depth..][..panel_len], COLUMNS)
        } else if width == COLUMNS {
            (&p.right[(block.first * p.right_strides[0] + column).min(p.right.len())..], p.right_strides[0])
        } else {
            // The last panel is packed for the first rows and stays.
            if row == 0 {
                pack::panel(p.right, p.right_strides, (block.first, block.depth), (column, width), scratch);
            }
            (&scratch[..panel_len], COLUMNS)
        };
        if block.depth > 0 {
            assert!(right.len() >= (block.depth - 1) * step + COLUMNS, "a panel of a product is too short");
        }
        let mut i = row;
        while i < row + count {
            let left = row + count - i;
            let place = Place { row: i, column, width };
            match left {
                1 => tile::<1>(p, block, place, right, step, extra, c),
                2 | 3 => tile::<2>(p, block, place, right, step, extra, c),
                _ => tile::<4>(p, block, place, right, step, extra, c),
            }
            i += match left {
                1 => 1,
                2 | 3 => 2,
                _ => 4,
            };
        }
        column += COLUMNS;
    }
}

#[derive(Clone, Copy)]
struct Place {
    row: usize,
    column: usize,
    width: usize,
}

#[inline(always)]
fn tile<const ROWS: usize>(
    p: &Product,
    block: Block,
    place: Place,
    right: &[f32],
    step: usize,
    extra: &Extra,
    c: &mut [f32],
) {
    let [out_row, out_column] = p.out_strides;
    let whole = !p.transposed && place.width == COLUMNS;
    let at = place.row * out_row + place.column * out_column;
    let mut sums = [[F32x4::splat(0.0); 2]; ROWS];
    if block.resume {
        for (r, sums) in sums.iter_mut().enumerate() {
            let mut words = [0.0; COLUMNS];
            for (w, word) in words.iter_mut().enumerate().take(place.width) {
                *word = c[at + r * out_row + w * out_column];
            }
            *sums = [F32x4::load(&words[..4]), F32x4::load(&words[4..])];
        }
    }
    if block.depth > 0 {
        let [row_step, k_step] = p.left_strides;
        let start = place.row * row_step + block.first * k_step;
        assert!(
            start + (ROWS - 1) * row_step + (block.depth - 1) * k_step < p.left.len(),
            "the left operand of a product is too short"
        );
        // SAFETY: the assertion above covers the last element read on the left, the caller's the last on the right.
        unsafe {
            multiply(
                &mut sums,
                block.depth,
                p.left.as_ptr().add(start),
                [row_step, k_step],
                right.as_ptr(),
                step,
            );
        }
    }
    if whole {
        for (r, mut sums) in sums.into_iter().enumerate() {
            let start = at + r * out_row;
            if block.last && !extra.is_none() {
                sums = finish(extra, place.row + r, place.column, sums);
            }
            let out = &mut c[start..start + COLUMNS];
            sums[0].store(&mut out[..4]);
            sums[1].store(&mut out[4..]);
        }
        return;
    }
    for (r, sums) in sums.into_iter().enumerate() {
        let mut words = [0.0; COLUMNS];
        sums[0].store(&mut words[..4]);
        sums[1].store(&mut words[4..]);
        for (w, &word) in words.iter().enumerate().take(place.width) {
            let (i, j) = (place.row + r, place.column + w);
            let (row, column) = if p.transposed { (j, i) } else { (i, j) };
            c[at + r * out_row + w * out_column] =
                if block.last { extra.apply(row, column, word) } else { word };
        }
    }
}

/// The epilogue for eight results of a row.
#[inline(always)]
fn finish(extra: &Extra, row: usize, column: usize, mut sums: [F32x4; 2]) -> [F32x4; 2] {
    let zero = F32x4::splat(0.0);
    if !extra.bias.is_empty() {
        let bias = &extra.bias[column..column + COLUMNS];
        sums = [sums[0].add(F32x4::load(&bias[..4])), sums[1].add(F32x4::load(&bias[4..]))];
    }
    match extra.activation {
        Activation::None => sums,
        Activation::Relu => sums.map(|x| F32x4::select(x.gt(zero), x, zero)),
        Activation::LeakyRelu(slope) => {
            sums.map(|x| F32x4::select(x.gt(zero), x, F32x4::splat(slope).mul(x)))
        }
        Activation::MaskPositive(slope) => {
            let aux = &extra.aux[row * extra.n + column..][..COLUMNS];
            let aux = [F32x4::load(&aux[..4]), F32x4::load(&aux[4..])];
            std::array::from_fn(|h| F32x4::select(aux[h].gt(zero), sums[h], F32x4::splat(slope).mul(sums[h])))
        }
    }
}

/// Adds `depth` products to each sum, in order.
///
/// # Safety
/// `left` is readable at `r·row_step + k·k_step` and `right` for eight words at `k·step`, for all rows of the tile and all `k < depth`.
#[inline(always)]
unsafe fn multiply<const ROWS: usize>(
    sums: &mut [[F32x4; 2]; ROWS],
    depth: usize,
    left: *const f32,
    [row_step, k_step]: [usize; 2],
    right: *const f32,
    step: usize,
) {
    // Copies that the compiler keeps in registers.
    let mut local = *sums;
    let rows: [*const f32; ROWS] = std::array::from_fn(|r| left.wrapping_add(r * row_step));
    let (mut left_at, mut right) = (0, right);
    for _ in 0..depth {
        // SAFETY: as the caller promises.
        unsafe {
            let b = [F32x4::load_ptr(right), F32x4::load_ptr(right.add(4))];
            for (local, row) in local.iter_mut().zip(&rows) {
                let a = F32x4::load_splat(row.add(left_at));
                *local = [a.mul_add(b[0], local[0]), a.mul_add(b[1], local[1])];
            }
        }
        left_at += k_step;
        right = right.wrapping_add(step);
    }
    *sums = local;
}

/// FLOP of one [`peak_chunk`].
pub const PEAK_CHUNK_FLOP: u64 = 2 * 12 * 4 * 1024;

/// Multiplications and additions in registers only, twelve independent chains: what the machine can do at most. Returns a number that depends
/// on all of them, so that none is left out.
pub fn peak_chunk(start: f32) -> f32 {
    let mut sums: [F32x4; 12] = std::array::from_fn(|i| F32x4::splat(start + i as f32));
    let (factor, addend) = (F32x4::splat(0.999_9), F32x4::splat(0.000_1));
    for _ in 0..1024 {
        sums = sums.map(|sum| sum.mul_add(factor, addend));
    }
    sums.into_iter().fold(0.0, |total, sum| total + sum.to_array().iter().sum::<f32>())
}
