//! How tiles of sums begin and end: C's elements read, results stored, then bias and activation applied.

use core::ptr;

use super::plan::Problem;
use super::{Activation, Epilogue};
use crate::simd::{F32x4, Real};

/// The activation of `x`; `aux` is read by [`Activation::MaskPositive`] only.
#[inline(always)]
pub(super) fn activate<R: Real>(activation: Activation, x: R, aux: R) -> R {
    let zero = R::splat(0.0);
    match activation {
        Activation::None => x,
        Activation::Relu => R::select(x.gt(zero), x, zero),
        Activation::LeakyRelu(slope) => R::select(x.gt(zero), x, x.mul(R::splat(slope))),
        Activation::Relu6 => R::select(x.gt(zero), x, zero).min(R::splat(6.0)),
        Activation::MaskPositive(slope) => R::select(aux.gt(zero), x, x.mul(R::splat(slope))),
    }
}

/// What the ends of all tiles of one run share. Places are the problem's rows and columns.
pub(super) struct Finish {
    /// Distances in C (and aux) between rows and between columns of the problem.
    c: (usize, usize),
    /// Whether the first part of a sum starts at C's element.
    accumulate: bool,
    activation: Activation,
    /// The bias of the problem's first row or column, or null.
    bias: *const f32,
    /// Whether the bias belongs to the problem's rows (roles swapped) and not to its columns.
    bias_of_rows: bool,
    /// Laid out as the problem's C, or null.
    aux: *const f32,
}

/// Which part of the sums a tile holds.
#[derive(Clone, Copy)]
pub(super) struct Part {
    /// The sums begin here.
    pub first: bool,
    /// The sums end here.
    pub last: bool,
}

/// Where results stand: the first row and column, and the columns that count.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub row: usize,
    pub column: usize,
    pub columns: usize,
}

impl Finish {
    /// `bias` and `aux` are empty where the epilogue does not read them.
    pub(super) fn new(
        problem: &Problem,
        accumulate: bool,
        epilogue: Epilogue,
        bias: &[f32],
        aux: &[f32],
    ) -> Finish {
        let from = |slice: &[f32], used: bool| {
            if used { slice[problem.first_column..].as_ptr() } else { ptr::null() }
        };
        Finish {
            c: problem.c,
            accumulate,
            activation: epilogue.activation,
            bias: from(bias, epilogue.bias),
            bias_of_rows: problem.swapped,
            aux: from(aux, epilogue.activation.reads_aux()),
        }
    }

    /// Whether the tile's rows are whole vectors in C.
    #[inline(always)]
    fn whole<const V: usize>(&self, place: Place) -> bool {
        self.c.1 == 1 && place.columns == 4 * V
    }

    fn offset(&self, row: usize, column: usize) -> usize {
        row * self.c.0 + column * self.c.1
    }

    /// The values from which the sums of a tile go on.
    ///
    /// # Safety
    /// `c` is the start of the problem's C, and the tile lies inside it.
    #[inline(always)]
    pub(super) unsafe fn begin<const R: usize, const V: usize>(
        &self,
        part: Part,
        place: Place,
        c: *const f32,
    ) -> [[F32x4; V]; R] {
        let mut sums = [[F32x4::splat(0.0); V]; R];
        if part.first && !self.accumulate {
            return sums;
        }
        // SAFETY: inside the tile.
        unsafe {
            let start = c.add(self.offset(place.row, place.column));
            if self.whole::<V>(place) {
                for (r, sums) in sums.iter_mut().enumerate() {
                    for (v, sum) in sums.iter_mut().enumerate() {
                        *sum = F32x4::load_ptr(start.add(r * self.c.0 + 4 * v));
                    }
                }
            } else {
                let mut lanes = [[[0.0_f32; 4]; V]; R];
                self.gather(start, R, place.columns, lanes.as_flattened_mut().as_flattened_mut());
                for (sums, lanes) in sums.iter_mut().zip(lanes) {
                    for (sum, lanes) in sums.iter_mut().zip(lanes) {
                        *sum = F32x4::from_array(lanes);
                    }
                }
            }
        }
        sums
    }

    /// Stores the sums of a tile.
    ///
    /// # Safety
    /// `c` is the start of the problem's C, and the tile lies inside it.
    #[inline(always)]
    pub(super) unsafe fn end<const R: usize, const V: usize>(
        &self,
        place: Place,
        c: *mut f32,
        sums: [[F32x4; V]; R],
    ) {
        // SAFETY: inside the tile.
        unsafe {
            let start = c.add(self.offset(place.row, place.column));
            if self.whole::<V>(place) {
                for (r, sums) in sums.iter().enumerate() {
                    for (v, sum) in sums.iter().enumerate() {
                        sum.store_ptr(start.add(r * self.c.0 + 4 * v));
                    }
                }
            } else {
                let lanes = sums.map(|sums| sums.map(F32x4::to_array));
                self.scatter(start, R, place.columns, lanes.as_flattened().as_flattened());
            }
        }
    }

    /// Reads the columns that count of a tile whose rows are not whole vectors.
    #[inline(never)]
    unsafe fn gather(&self, start: *const f32, rows: usize, columns: usize, lanes: &mut [f32]) {
        let width = lanes.len() / rows;
        for (r, lanes) in lanes.chunks_exact_mut(width).enumerate() {
            for (j, lane) in lanes.iter_mut().enumerate().take(columns) {
                // SAFETY: inside the tile, as the caller promises.
                *lane = unsafe { *start.add(self.offset(r, j)) };
            }
        }
    }

    /// Writes the columns that count of a tile whose rows are not whole vectors.
    #[inline(never)]
    unsafe fn scatter(&self, start: *mut f32, rows: usize, columns: usize, lanes: &[f32]) {
        let width = lanes.len() / rows;
        for (r, lanes) in lanes.chunks_exact(width).enumerate() {
            for (j, &lane) in lanes.iter().enumerate().take(columns) {
                // SAFETY: inside the tile, as the caller promises.
                unsafe { *start.add(self.offset(r, j)) = lane };
            }
        }
    }

    /// Applies bias and activation to `rows` rows of complete sums, which the caches still hold.
    ///
    /// # Safety
    /// `c` is the start of the problem's C, and the rows lie inside it.
    pub(super) unsafe fn apply(&self, place: Place, rows: usize, c: *mut f32) {
        // One loop for each activation, so that none is chosen inside.
        macro_rules! apply {
            ($($pattern:pat),*) => {
                match self.activation {
                    Activation::None if self.bias.is_null() => {}
                    // SAFETY: as the caller promises.
                    $(activation @ $pattern => unsafe { self.rows(activation, place, rows, c) },)*
                }
            };
        }
        apply!(
            Activation::None,
            Activation::Relu,
            Activation::LeakyRelu(_),
            Activation::Relu6,
            Activation::MaskPositive(_)
        );
    }

    #[inline(always)]
    unsafe fn rows(&self, activation: Activation, place: Place, rows: usize, c: *mut f32) {
        let vectors = if self.c.1 == 1 { place.columns / 4 * 4 } else { 0 };
        for row in place.row..place.row + rows {
            // SAFETY: vectors and elements inside the rows; bias and aux have one for each.
            unsafe {
                for j in (0..vectors).step_by(4) {
                    self.one::<F32x4>(activation, row, place.column + j, c);
                }
                for j in vectors..place.columns {
                    self.one::<f32>(activation, row, place.column + j, c);
                }
            }
        }
    }

    /// One element, or one vector of consecutive ones.
    #[inline(always)]
    unsafe fn one<R: Real>(&self, activation: Activation, row: usize, column: usize, c: *mut f32) {
        let at = self.offset(row, column);
        // SAFETY: as the caller promises.
        unsafe {
            let mut x = R::load_ptr(c.add(at));
            if !self.bias.is_null() {
                x = x.add(if self.bias_of_rows {
                    R::splat(*self.bias.add(row))
                } else {
                    R::load_ptr(self.bias.add(column))
                });
            }
            let aux = if activation.reads_aux() { R::load_ptr(self.aux.add(at)) } else { x };
            activate(activation, x, aux).store_ptr(c.add(at));
        }
    }
}
