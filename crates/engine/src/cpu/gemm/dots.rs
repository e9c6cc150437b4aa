//! Products of few rows with columns that lie along k: sums of four columns side by side, from blocks of 4 by
//! 4 that are transposed in registers. Nothing is added across lanes, and of the operands only the few rows are
//! packed, side by side.

use core::array;
use core::hint::black_box;

use super::finish::{Finish, Part, Place};
use super::pack::pack_side_by_side;
use super::plan::Problem;
use crate::simd::{F32x4, Real};

/// A planned product of at most [`FEW`](super::plan::FEW) rows.
#[derive(Clone, Debug)]
pub(super) struct Dots {
    pub(super) problem: Problem,
}

impl Dots {
    /// Elements of scratch: the rows.
    pub(super) fn scratch_len(&self) -> usize {
        self.problem.rows * self.problem.depth
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
        let rows = scratch.as_mut_ptr();
        // SAFETY: as the caller promises. One row takes 16 columns at a time, two take 8, so that there are
        // enough independent sums; more rows are enough with 4.
        unsafe {
            pack_side_by_side(a, p.a, p.rows, p.depth, rows);
            match p.rows {
                1 => self.rows::<1, 4>(rows, b, c, finish),
                2 => self.rows::<2, 2>(rows, b, c, finish),
                3 => self.rows::<3, 1>(rows, b, c, finish),
                _ => self.rows::<4, 1>(rows, b, c, finish),
            }
            finish.apply(Place { row: 0, column: 0, columns: p.columns }, p.rows, c);
        }
    }

    /// `R` rows, `4 V` columns at a time and then 4.
    #[inline(never)]
    unsafe fn rows<const R: usize, const V: usize>(
        &self,
        rows: *const f32,
        b: *const f32,
        c: *mut f32,
        finish: &Finish,
    ) {
        let Problem { columns, depth, b: (_, line), .. } = self.problem;
        let part = Part { first: true, last: true };
        let wide = columns / (4 * V) * (4 * V);
        for column in (0..wide).step_by(4 * V) {
            let place = Place { row: 0, column, columns: 4 * V };
            // SAFETY: 4 V columns are left.
            unsafe {
                let mut sums = finish.begin::<R, V>(part, place, c);
                let lines = b.add(column * line);
                products(
                    &mut sums,
                    rows,
                    array::from_fn(|v| lines.add(4 * v * line)),
                    [line, 2 * line, 3 * line],
                    depth,
                );
                finish.end(place, c, sums);
            }
        }
        for column in (wide..columns).step_by(4) {
            let count = (columns - column).min(4);
            let place = Place { row: 0, column, columns: count };
            // SAFETY: `count` columns are left; those beyond read the last again, and are not stored.
            unsafe {
                let mut sums = finish.begin::<R, 1>(part, place, c);
                let others = array::from_fn(|i| (i + 1).min(count - 1) * line);
                products(&mut sums, rows, [b.add(column * line)], others, depth);
                finish.end(place, c, sums);
            }
        }
    }
}

/// Adds all products to the sums. `rows` holds R elements for each k; `lines` begin groups of four columns, whose
/// second, third and fourth are at the distances `others`.
///
/// # Safety
/// The rows and the lines have `depth` steps.
#[inline(always)]
unsafe fn products<const R: usize, const V: usize>(
    sums: &mut [[F32x4; V]; R],
    rows: *const f32,
    lines: [*const f32; V],
    others: [usize; 3],
    depth: usize,
) {
    // No step has this number, but the compiler cannot know, and so leaves the groups in their order instead of
    // keeping all of them in too few registers (see `tile`).
    let never = black_box(usize::MAX);
    let mut at = 0;
    // SAFETY: `at + 4 ≤ depth` in the first loop, `at < depth` in the second.
    unsafe {
        while at + 4 <= depth {
            let elements = rows.add(at * R);
            macro_rules! group {
                ($($v:literal),*) => {$(
                    if $v < V {
                        let line = lines[$v % V].add(at);
                        let block = [line, line.add(others[0]), line.add(others[1]), line.add(others[2])];
                        let columns = F32x4::transpose(block.map(|line| F32x4::load_ptr(line)));
                        for i in 0..4 {
                            for r in 0..R {
                                let element = F32x4::load_splat(elements.add(i * R + r));
                                let sum = &mut sums[r][$v % V];
                                *sum = element.mul_add(columns[i], *sum);
                            }
                        }
                        if at == never {
                            return;
                        }
                    }
                )*};
            }
            group!(0, 1, 2, 3);
            at += 4;
        }
        while at < depth {
            for v in 0..V {
                let line = lines[v].add(at);
                let column = F32x4::from_array([
                    *line,
                    *line.add(others[0]),
                    *line.add(others[1]),
                    *line.add(others[2]),
                ]);
                for (r, sums) in sums.iter_mut().enumerate() {
                    let element = F32x4::load_splat(rows.add(at * R + r));
                    sums[v] = element.mul_add(column, sums[v]);
                }
            }
            at += 1;
        }
    }
}
