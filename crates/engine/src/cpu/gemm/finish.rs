//! How tiles of sums begin and end: C's elements read, results stored, then bias and activation applied.

use core::ptr;

use super::plan::Problem;
use super::{Activation, Epilogue};
use crate::simd::{F32x4, Real};

/// The activation of `x`; `aux` is read by [`Activation::MaskPositive`] only.
#[inline(always)]
pub(in crate::cpu) fn activate<R: Real>(activation: Activation, x: R, aux: R) -> R {
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
    pub accumulate: bool,
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
        if self.bias.is_null() && self.activation == Activation::None {
            return;
        }
        // SAFETY: as the caller promises.
        unsafe { self.each(&Stored, place, rows, c) };
    }

    /// Takes sums from `source`, applies bias and activation, and stores the results.
    ///
    /// # Safety
    /// `c` is the start of the problem's C, and the rows lie inside it; `source` has a sum for each place.
    #[inline(always)]
    pub(super) unsafe fn each(&self, source: &impl Source, place: Place, rows: usize, c: *mut f32) {
        // One set of loops for each activation, so that none is chosen inside.
        macro_rules! each {
            ($($pattern:pat),*) => {
                match self.activation {
                    // SAFETY: as the caller promises.
                    $(activation @ $pattern => unsafe { self.rows(source, activation, place, rows, c) },)*
                }
            };
        }
        each!(
            Activation::None,
            Activation::Relu,
            Activation::LeakyRelu(_),
            Activation::Relu6,
            Activation::MaskPositive(_)
        );
    }

    #[inline(always)]
    unsafe fn rows(
        &self,
        source: &impl Source,
        activation: Activation,
        place: Place,
        rows: usize,
        c: *mut f32,
    ) {
        let vectors = if self.c.1 == 1 { place.columns / 4 * 4 } else { 0 };
        // SAFETY: vectors and elements inside the rows.
        unsafe {
            self.columns::<F32x4>(source, activation, place, (0, vectors), rows, c);
            self.columns::<f32>(source, activation, place, (vectors, place.columns), rows, c);
        }
    }

    /// Columns `from..to` of a place, one element or vector wide at a time, down the rows.
    #[inline(always)]
    unsafe fn columns<R: Real>(
        &self,
        source: &impl Source,
        activation: Activation,
        place: Place,
        (from, to): (usize, usize),
        rows: usize,
        c: *mut f32,
    ) {
        for column in (place.column + from..place.column + to).step_by(R::LANES) {
            // SAFETY: as the caller promises; bias and aux have an element for each result.
            unsafe {
                let start = self.offset(place.row, column);
                // Adding −0 changes nothing, not even a zero's sign.
                let mut bias = R::splat(-0.0);
                if !self.bias_of_rows && !self.bias.is_null() {
                    bias = R::load_ptr(self.bias.add(column));
                }
                let bias_of_rows = self.bias_of_rows && !self.bias.is_null();
                let (mut at, mut aux) = (c.add(start), self.aux.wrapping_add(start));
                let operand = source.column::<R>(column);
                for row in place.row..place.row + rows {
                    if bias_of_rows {
                        bias = R::splat(*self.bias.add(row));
                    }
                    let x = source.sum(&operand, row, at).add(bias);
                    let mask = if activation.reads_aux() { R::load_ptr(aux) } else { x };
                    activate(activation, x, mask).store_ptr(at);
                    at = at.wrapping_add(self.c.0);
                    aux = aux.wrapping_add(self.c.0);
                }
            }
        }
    }
}

/// Where complete sums come from.
pub(super) trait Source {
    /// What is read once for a column, or for a vector of them.
    type Column<R: Real>;

    /// Reads it.
    ///
    /// # Safety
    /// The columns lie inside the problem.
    unsafe fn column<R: Real>(&self, column: usize) -> Self::Column<R>;

    /// The sums of a row; `at` is their place in C.
    ///
    /// # Safety
    /// The row lies inside the problem, and `at` inside C.
    unsafe fn sum<R: Real>(&self, column: &Self::Column<R>, row: usize, at: *const f32) -> R;
}

/// Sums that stand in C already.
struct Stored;

impl Source for Stored {
    type Column<R: Real> = ();

    #[inline(always)]
    unsafe fn column<R: Real>(&self, _: usize) {}

    #[inline(always)]
    unsafe fn sum<R: Real>(&self, (): &(), _: usize, at: *const f32) -> R {
        // SAFETY: as the caller promises.
        unsafe { R::load_ptr(at) }
    }
}
