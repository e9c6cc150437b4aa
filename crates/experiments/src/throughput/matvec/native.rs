//! Products by the machine's own instructions: binary64, and integers with integer activations.
//!
//! Integers are summed in 32 bits, which must not overflow with a side of up to 16384. Weights and activations are normal, so a sum's
//! standard deviation is the product of theirs and of the root of the side; the largest magnitudes below keep seven of them inside:
//!
//! | format | weights | activations |
//! |---|---|---|
//! | int8 | ±127 | ±127 |
//! | int16 | ±32767 | ±1023 |
//! | int32 | ±524287 | ±63 |
//!
//! Real programs choose widths the same way. The verification would notice an overflow.

use core::hint::black_box;

use numerics::blocks::TensorStats;

use super::super::lanes::{F64x2, Integer, Integers};
use super::store::{Scheme, Store};
use super::{ALLOWED_64, Rows};

/// Formats with integer kernels.
pub(super) const FORMATS: [&str; 3] = ["int8", "int16", "int32"];

/// Largest magnitudes of weights and activations, and bytes of both.
fn limits(format: &str) -> (f64, f64, usize) {
    match format {
        "int8" => (127.0, 127.0, 1),
        "int16" => (32_767.0, 1023.0, 2),
        _ => (524_287.0, 63.0, 4),
    }
}

/// How an integer format's weights are stored and multiplied.
pub(super) fn integers(format: &str, side: usize, band: &[f32], x: &[f32]) -> Option<(Store, Box<dyn Rows>)> {
    let (largest, largest_x, bytes) = limits(format);
    let scale = f64::from(TensorStats::of(band).absmax) / largest;
    let x_scale = f64::from(TensorStats::of(x).absmax) / largest_x;
    let x: Vec<i64> = x.iter().map(|x| (f64::from(*x) / x_scale).round_ties_even() as i64).collect();
    let rows: Box<dyn Rows> = match format {
        "int8" => Box::new(IntegerRows::<i8>::new(side, &x)),
        "int16" => Box::new(IntegerRows::<i16>::new(side, &x)),
        "int32" => Box::new(IntegerRows::<i32>::new(side, &x)),
        _ => return None,
    };
    Some((Store::new(Scheme::Integer { bytes, largest, scale }), rows))
}

/// How binary64 weights are stored and multiplied.
pub(super) fn float64(side: usize, x: &[f32]) -> (Store, Box<dyn Rows>) {
    let x: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
    (Store::new(Scheme::Float64), Box::new(Float64Rows { side, x, y: vec![0.0; side] }))
}

struct IntegerRows<T> {
    side: usize,
    x: Vec<T>,
    wide: Vec<f64>,
    y: Vec<i32>,
}

impl<T: Integer> IntegerRows<T> {
    fn new(side: usize, x: &[i64]) -> IntegerRows<T> {
        IntegerRows {
            side,
            x: x.iter().map(|x| T::narrow(*x)).collect(),
            wide: x.iter().map(|x| *x as f64).collect(),
            y: vec![0; side],
        }
    }
}

/// # Safety
/// `side` numbers at both, a multiple of 256.
#[inline(always)]
unsafe fn integer_dot<T: Integer>(side: usize, weights: *const T, x: *const T) -> i32 {
    let mut sums = [Integers::splat32(0); 4];
    for first in (0..side).step_by(4 * T::LANES) {
        for (i, sum) in sums.iter_mut().enumerate() {
            let at = first + i * T::LANES;
            // SAFETY: the caller's promise.
            let (w, x) = unsafe { (T::load(weights.add(at)), T::load(x.add(at))) };
            *sum = T::multiply_add(*sum, w, x);
        }
    }
    let [a, b, c, d] = sums;
    a.add32(b).add32(c.add32(d)).to_array().into_iter().fold(0, i32::wrapping_add)
}

impl<T: Integer> Rows for IntegerRows<T> {
    fn row_bytes(&self) -> usize {
        self.side * size_of::<T>()
    }

    #[inline(never)]
    fn multiply(&mut self, stored: &[u8], first: usize) {
        let bytes = self.row_bytes();
        let x = black_box(self.x.as_ptr());
        for (y, row) in self.y[first..].iter_mut().zip(stored.windows(bytes + 16).step_by(bytes)) {
            // SAFETY: a row of `side` numbers; loads ask for no alignment.
            *y = unsafe { integer_dot(self.side, row.as_ptr().cast(), x) };
        }
    }

    fn sum(&self, row: usize) -> f64 {
        f64::from(self.y[row])
    }

    fn x(&self) -> &[f64] {
        &self.wide
    }

    fn vector_bytes(&self) -> usize {
        self.side * size_of::<T>() + 4 * self.y.len()
    }

    fn allowed(&self) -> f64 {
        0.0
    }
}

struct Float64Rows {
    side: usize,
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Rows for Float64Rows {
    fn row_bytes(&self) -> usize {
        8 * self.side
    }

    #[inline(never)]
    fn multiply(&mut self, stored: &[u8], first: usize) {
        let bytes = self.row_bytes();
        for (y, row) in self.y[first..].iter_mut().zip(stored.windows(bytes + 16).step_by(bytes)) {
            #[expect(clippy::cast_ptr_alignment, reason = "loads ask for no alignment")]
            let (weights, x) = (row.as_ptr().cast::<f64>(), self.x.as_ptr());
            let mut sums = [F64x2::splat(0.0); 4];
            for at in (0..self.side).step_by(8) {
                for (i, sum) in sums.iter_mut().enumerate() {
                    // SAFETY: a row of `side` numbers, a multiple of 256, and as many of x; loads ask for no alignment.
                    let (w, x) =
                        unsafe { (F64x2::load(weights.add(at + 2 * i)), F64x2::load(x.add(at + 2 * i))) };
                    *sum = w.mul_add(x, *sum);
                }
            }
            let [a, b] = sums[0].add(sums[1]).add(sums[2].add(sums[3])).to_array();
            *y = a + b;
        }
    }

    fn sum(&self, row: usize) -> f64 {
        self.y[row]
    }

    fn x(&self) -> &[f64] {
        &self.x
    }

    fn vector_bytes(&self) -> usize {
        8 * (self.side + self.y.len())
    }

    fn allowed(&self) -> f64 {
        ALLOWED_64
    }
}
