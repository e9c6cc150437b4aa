//! Products of few rows with columns that lie along k: sums of four columns side by side, from blocks of 4 by
//! 4 that are transposed in registers. Nothing is packed, and nothing is added across lanes.

use core::array;

use super::finish::{Finish, Part, Place};
use super::plan::Problem;
use crate::simd::{F32x4, Real};

/// A planned product of at most [`FEW`](super::plan::FEW) rows.
#[derive(Clone, Debug)]
pub(super) struct Dots {
    pub(super) problem: Problem,
}

impl Dots {
    /// Computes the problem.
    ///
    /// # Safety
    /// The operands and C begin matrices as planned.
    pub(super) unsafe fn run(&self, a: *const f32, b: *const f32, c: *mut f32, finish: &Finish) {
        // SAFETY: as the caller promises. One row takes 16 columns at a time, more rows fewer, so that there
        // are enough independent sums and not too many registers.
        unsafe {
            match self.problem.rows {
                1 => self.rows::<1, 4>(a, b, c, finish),
                2 => self.rows::<2, 2>(a, b, c, finish),
                3 => self.rows::<3, 2>(a, b, c, finish),
                _ => self.rows::<4, 2>(a, b, c, finish),
            }
        }
    }

    /// `R` rows, `4 V` columns at a time.
    #[inline(never)]
    unsafe fn rows<const R: usize, const V: usize>(
        &self,
        a: *const f32,
        b: *const f32,
        c: *mut f32,
        finish: &Finish,
    ) {
        let p = &self.problem;
        let part = Part { first: true, last: true };
        for column in (0..p.columns).step_by(4 * V) {
            let columns = (4 * V).min(p.columns - column);
            let place = Place { row: 0, column, columns };
            // SAFETY: columns beyond the last read the last again, and their sums are not stored.
            unsafe {
                let lines: [[*const f32; 4]; V] = array::from_fn(|v| {
                    array::from_fn(|i| b.add((column + (4 * v + i).min(columns - 1)) * p.b.1))
                });
                let mut sums = finish.begin::<R, V>(part, place, c);
                products(&mut sums, a, p.a, lines, p.depth);
                finish.end(place, c, sums);
            }
        }
        // SAFETY: the place is the whole of the problem.
        unsafe { finish.apply(Place { row: 0, column: 0, columns: p.columns }, R, c) };
    }
}

/// Adds all products to the sums.
#[inline(always)]
unsafe fn products<const R: usize, const V: usize>(
    sums: &mut [[F32x4; V]; R],
    a: *const f32,
    (row, k): (usize, usize),
    lines: [[*const f32; 4]; V],
    depth: usize,
) {
    let mut at = 0;
    // SAFETY: `at + 4 ≤ depth` in the first loop, `at < depth` in the second.
    unsafe {
        while at + 4 <= depth {
            let elements: [[F32x4; 4]; R] =
                array::from_fn(|r| array::from_fn(|i| F32x4::load_splat(a.add(r * row + (at + i) * k))));
            for (v, lines) in lines.iter().enumerate() {
                let columns = F32x4::transpose(lines.map(|line| F32x4::load_ptr(line.add(at))));
                for (sums, elements) in sums.iter_mut().zip(elements) {
                    for (element, column) in elements.into_iter().zip(columns) {
                        sums[v] = element.mul_add(column, sums[v]);
                    }
                }
            }
            at += 4;
        }
        while at < depth {
            for (v, lines) in lines.iter().enumerate() {
                let column = F32x4::from_array(lines.map(|line| *line.add(at)));
                for (r, sums) in sums.iter_mut().enumerate() {
                    let element = F32x4::load_splat(a.add(r * row + at * k));
                    sums[v] = element.mul_add(column, sums[v]);
                }
            }
            at += 1;
        }
    }
}
