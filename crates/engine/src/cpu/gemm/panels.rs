//! Products whose columns lie side by side, in place or packed: blocks that fit the caches, swept tile by tile.
//!
//! k is cut into parts of about 256 steps, so that a panel of B (8 columns, 8 KB) stays in the first cache
//! while it is swept down the rows; rows are cut into blocks whose part of A stays in the second. A part of a
//! sum waits in C, which loses nothing: it is a binary32 number anyway.

use super::finish::{Finish, Part, Place};
use super::pack::{pack, pack_rows};
use super::plan::Problem;
use super::tile::{ColumnOperand, RowOperand, Sweep, sweep};

/// Steps of k in a part, at most.
const DEPTH: usize = 320;
/// Rows in a block, at most.
const ROWS: usize = 128;
/// Rows of the tile for many rows.
const TALL: usize = 5;
/// From this many rows on, packing B costs less than it gains.
const PACK_B_FROM: usize = 32;
/// From this many columns on, packing A costs less than it gains.
const PACK_A_FROM: usize = 48;

/// A planned product by panels.
#[derive(Clone, Debug)]
pub(super) struct Panels {
    pub(super) problem: Problem,
    /// Steps in a part of k.
    depth: usize,
    /// Rows in a block.
    rows: usize,
    /// Columns of a panel.
    width: usize,
    /// Whether whole panels of B are packed; the last, if it is not whole, always is.
    pack_b: bool,
    /// Whether A is packed, into rows along k.
    pack_a: bool,
}

/// Cuts `length` into parts of at most `most`, all but the last of one size, a multiple of `unit`.
fn cut(length: usize, most: usize, unit: usize) -> usize {
    let parts = length.div_ceil(most).max(1);
    length.div_ceil(parts).next_multiple_of(unit).min(length)
}

/// How many of the rows that are left the next block takes: `most`, or fewer lest one or two remain, for which
/// there is no tile.
fn block_rows(most: usize, left: usize) -> usize {
    match left.saturating_sub(most) {
        0 => left,
        1 | 2 => most - TALL,
        _ => most,
    }
}

impl Panels {
    pub(super) fn new(problem: Problem) -> Panels {
        let width = match problem.rows {
            1 => 32,
            2 => 16,
            _ => 8,
        };
        let side_by_side = problem.a.0 == 1 && problem.a.1 != 1;
        let along = problem.a.1 == 1;
        Panels {
            depth: cut(problem.depth, DEPTH, 4),
            rows: cut(problem.rows, ROWS, TALL),
            width,
            pack_b: problem.b.1 != 1 || problem.rows >= PACK_B_FROM,
            pack_a: !along && (!side_by_side || problem.columns >= PACK_A_FROM),
            problem,
        }
    }

    /// Elements of A and of B that are packed at a time.
    fn packed(&self) -> (usize, usize) {
        let ragged = !self.problem.columns.is_multiple_of(self.width);
        let a = if self.pack_a { self.rows * self.depth } else { 0 };
        let b = if self.pack_b || ragged { self.width * self.depth } else { 0 };
        (a, b)
    }

    pub(super) fn scratch_len(&self) -> usize {
        let (a, b) = self.packed();
        a + b
    }

    /// Computes the problem.
    ///
    /// # Safety
    /// The operands and C begin matrices as planned, and `scratch` is long enough.
    pub(super) unsafe fn run(
        &self,
        a: *const f32,
        b: *const f32,
        c: *mut f32,
        finish: &Finish,
        scratch: &mut [f32],
    ) {
        let p = &self.problem;
        let (packed_a, packed_b) = scratch.split_at_mut(self.packed().0);
        let (packed_a, packed_b) = (packed_a.as_mut_ptr(), packed_b.as_mut_ptr());
        let mut k = 0;
        loop {
            let depth = self.depth.min(p.depth - k);
            let part = Part { first: k == 0, last: k + depth == p.depth };
            let mut row = 0;
            while row < p.rows {
                let rows = block_rows(self.rows, p.rows - row);
                // SAFETY: blocks, parts and panels lie inside the matrices; the packed ones inside the scratch.
                unsafe {
                    let mut block =
                        RowOperand { start: a.add(row * p.a.0 + k * p.a.1), row: p.a.0, k: p.a.1 };
                    if self.pack_a {
                        pack_rows(block.start, p.a, rows, depth, packed_a);
                        block = RowOperand { start: packed_a, row: depth, k: 1 };
                    }
                    for column in (0..p.columns).step_by(self.width) {
                        let columns = self.width.min(p.columns - column);
                        let mut panel = ColumnOperand { start: b.add(k * p.b.0 + column * p.b.1), k: p.b.0 };
                        let pack_b = self.pack_b || columns < self.width;
                        if pack_b {
                            pack(panel.start, (p.b.1, p.b.0), (columns, self.width), depth, packed_b);
                            panel = ColumnOperand { start: packed_b, k: self.width };
                        }
                        let place = Place { row, column, columns };
                        let sweep = Sweep { finish, part, depth, c, b: panel };
                        match (block.k == 1, pack_b) {
                            (false, false) => self.sweep::<true, false>(&sweep, block, place, rows),
                            (false, true) => self.sweep::<true, true>(&sweep, block, place, rows),
                            (true, false) => self.sweep::<false, false>(&sweep, block, place, rows),
                            (true, true) => self.sweep::<false, true>(&sweep, block, place, rows),
                        }
                        if part.last {
                            finish.apply(place, rows, c);
                        }
                    }
                }
                row += rows;
            }
            k += depth;
            if k >= p.depth {
                break;
            }
        }
    }

    /// Sweeps a panel down the rows of a block.
    unsafe fn sweep<const PANEL: bool, const PACKED: bool>(
        &self,
        s: &Sweep<'_>,
        mut a: RowOperand,
        mut place: Place,
        rows: usize,
    ) {
        let (a, place) = (&mut a, &mut place);
        // SAFETY: as the caller promises; each kernel gets the rows and columns that its name says.
        unsafe {
            match self.width {
                8 => {
                    // Low tiles are slow: 6 and 7 rows are better cut into 3 + 3 and 4 + 3.
                    let (tall, low) = match (rows / TALL, rows % TALL) {
                        (tall @ 1.., rest @ 1..=2) => (tall - 1, rest + TALL),
                        whole => whole,
                    };
                    sweep::<5, 2, PANEL, PACKED>(s, a, place, tall);
                    let fours = low % 3;
                    sweep::<4, 2, PANEL, PACKED>(s, a, place, fours);
                    sweep::<3, 2, PANEL, PACKED>(s, a, place, low / 3 - fours);
                }
                16 => sweep::<2, 4, PANEL, PACKED>(s, a, place, 1),
                _ => sweep::<1, 8, PANEL, PACKED>(s, a, place, 1),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ROWS, TALL, block_rows, cut};

    #[test]
    fn parts_are_even() {
        assert_eq!(
            (cut(300, 320, 4), cut(784, 320, 4), cut(1024, 320, 4), cut(7, 320, 4)),
            (300, 264, 256, 7)
        );
        assert_eq!((cut(0, 320, 4), cut(261, 128, 5)), (0, 90));
    }

    #[test]
    fn no_block_is_lower_than_the_lowest_tile() {
        for rows in 3..5000 {
            let most = cut(rows, ROWS, TALL);
            let mut left = rows;
            while left > 0 {
                let block = block_rows(most, left);
                assert!((3..=most).contains(&block), "{block} of {rows}");
                left -= block;
            }
        }
    }
}
