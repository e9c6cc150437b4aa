//! Products whose sums have one or two terms: the epilogue's loops with the sums computed inside.

use super::finish::{Finish, Place, Source};
use super::pack::pack_rows;
use super::plan::Problem;
use crate::simd::Real;

/// Rows at a time: their part of C stays in the first cache while the columns are walked.
const ROWS: usize = 32;

/// The longest sums.
pub(super) const THIN: usize = 2;

/// A planned product of at most [`THIN`] terms.
#[derive(Clone, Debug)]
pub(super) struct Thin {
    pub(super) problem: Problem,
}

impl Thin {
    /// Elements of scratch: B, row-major.
    pub(super) fn scratch_len(&self) -> usize {
        self.problem.depth * self.problem.columns
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
        let packed = scratch.as_mut_ptr();
        // SAFETY: as the caller promises.
        unsafe {
            pack_rows(b, p.b, p.depth, p.columns, packed);
            for row in (0..p.rows).step_by(ROWS) {
                let place = Place { row, column: 0, columns: p.columns };
                let rows = ROWS.min(p.rows - row);
                let (a, b, width) = ((a, p.a), packed.cast_const(), p.columns);
                match p.depth {
                    1 => finish.each(
                        &Products::<1> { a, b, width, accumulate: finish.accumulate },
                        place,
                        rows,
                        c,
                    ),
                    _ => finish.each(
                        &Products::<2> { a, b, width, accumulate: finish.accumulate },
                        place,
                        rows,
                        c,
                    ),
                }
            }
        }
    }
}

/// Sums of `D` products.
struct Products<const D: usize> {
    /// A, and the distances to its next row and next k.
    a: (*const f32, (usize, usize)),
    /// B, row-major, `width` columns.
    b: *const f32,
    width: usize,
    accumulate: bool,
}

impl<const D: usize> Source for Products<D> {
    type Column<R: Real> = [R; D];

    #[inline(always)]
    unsafe fn column<R: Real>(&self, column: usize) -> [R; D] {
        // SAFETY: as the caller promises.
        core::array::from_fn(|p| unsafe { R::load_ptr(self.b.add(p * self.width + column)) })
    }

    #[inline(always)]
    unsafe fn sum<R: Real>(&self, column: &[R; D], row: usize, at: *const f32) -> R {
        // SAFETY: as the caller promises.
        unsafe {
            let mut sum = if self.accumulate { R::load_ptr(at) } else { R::splat(0.0) };
            let (a, (down, k)) = self.a;
            for (p, &factor) in column.iter().enumerate() {
                sum = R::splat(*a.add(row * down + p * k)).mul_add(factor, sum);
            }
            sum
        }
    }
}
