//! Matrix–vector products with weights stored in a format, larger than the caches: the speed of the headline chart.
//!
//! `y = W x` with W square. Weights are a seeded normal sample of standard deviation [`WEIGHTS_DEVIATION`], the same for every format,
//! stored by `numerics`. A call reads all of W once and does two operations for each weight.
//!
//! - **Decoded.** Codes become binary32 in registers, are multiplied with a binary32 x and added in binary32 (`codes`, `rows`, `q4k`). A
//!   scale of a block is applied to the block's sum, a scale of the tensor to the row's. x lies in the order in which a kernel's codes
//!   come out of their bytes. Weights are finite, so kernels of formats below 16 bits do not look for codes of NaN and infinity.
//! - **Native.** binary32 and binary64 as they are; 8, 16 and 32-bit integers times integer activations with sums in 32 bits
//!   (`native`). There the weights have a scale of the tensor and are small enough for sums to fit: see `native`.
//!
//! Scales, where they are: floats and codebooks of at most 8 bits and all integers have one binary32 scale for the tensor, which maps
//! the largest magnitude to the format's largest value. Wider floats and posits store the numbers as they are: posits are most precise
//! around 1, where the weights lie. INT8 of the block formats has a scale for each row, INT4 one for each 128 weights; the other block
//! formats are as their documents say.
//!
//! The matrix is a band of 128 rows, stored once and then repeated down to the full height: the bytes that a call reads are as many and lie
//! as far apart as those of a whole sample, whose storing would take longer than the measurement. Errors are those of the band. Verified
//! are all rows: those of the first band against sums in binary64 of the decoded weights, the others against the first, bit by bit.
//!
//! Left out: more than one row at a time, activations in narrow formats except integers, E8M0 (a scale, without zero and sign).

mod codes;
mod element;
mod native;
mod q4k;
mod rows;
mod store;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::rc::Rc;

use numerics::blocks::{BLOCK_FORMATS, BlockOptions, Grouping, TensorStats, block_by_id};
use numerics::samples::{Shape, draw};
use numerics::{FORMATS, Kind};

use super::sample::{Sample, normals};
use super::{Cost, Failure, Kernel, StoredError, within};
pub(super) use element::tensor_scale;
use store::{Scheme, Store, StoredMatrix};

/// Standard deviation of the weights; their mean is zero.
pub const WEIGHTS_DEVIATION: f64 = 1.0;

/// Rows that are stored once.
pub(super) const BAND: usize = 128;
/// Numbers in a row where rows do not matter.
const SAMPLE_SIDE: usize = 1024;
/// Rows stored in a slice of the setting up.
const SLICE_ROWS: usize = 8;
/// A sum of some thousand products in binary32, relative to the sum of their magnitudes.
const ALLOWED_32: f64 = 2e-5;
/// The same in binary64.
const ALLOWED_64: f64 = 1e-13;

/// Every format with a matrix–vector kernel: elements of at most 32 bits, binary64, then blocks.
pub fn matvec_formats() -> impl Iterator<Item = &'static str> {
    let elements =
        FORMATS.iter().filter(|format| !matches!(format.kind, Kind::Float(spec) if !spec.has_zero));
    elements.map(|format| format.id).chain(BLOCK_FORMATS.iter().map(|format| format.id))
}

/// The error of such weights stored in an element format as they are; none for an unknown format.
pub fn unscaled_error(format: &str, seed: u64) -> Option<StoredError> {
    Some(error_of(Store::element(numerics::by_id(format)?, 1.0), SAMPLE_SIDE, seed))
}

/// The error of such weights stored as symmetric integers of 4 or 8 bits with a scale for each row of `side`; none for other widths.
pub fn row_scaled_error(bits: usize, side: usize, seed: u64) -> Option<StoredError> {
    let format = block_by_id(&format!("int{bits}-sym"))?;
    let options = BlockOptions { grouping: Grouping::Channel { row_len: side }, ..BlockOptions::default() };
    let scheme = Scheme::Block { format, options, stats: TensorStats::new() };
    Some(error_of(Store::new(scheme), side, seed))
}

fn error_of(mut store: Store, side: usize, seed: u64) -> StoredError {
    for row in 0..BAND {
        let weights: Vec<f32> = (row * side..(row + 1) * side)
            .map(|i| draw(Shape::Normal, WEIGHTS_DEVIATION, seed, i as u64))
            .collect();
        store.push(&weights);
    }
    store.error()
}

/// Rows of weights in one format, times a vector: the part of a kernel that knows the format.
trait Rows {
    /// Bytes of a stored row.
    fn row_bytes(&self) -> usize;
    /// Multiplies the rows in `stored` and keeps their sums, the first of them as row `first`.
    fn multiply(&mut self, stored: &[u8], first: usize);
    /// The sum of a row.
    fn sum(&self, row: usize) -> f64;
    /// The vector as it enters the sums.
    fn x(&self) -> &[f64];
    /// Bytes of the vector and of the result.
    fn vector_bytes(&self) -> usize;
    /// Sums are exact, in binary64, or in binary32.
    fn allowed(&self) -> f64;
}

/// The weights that all formats store, drawn when the first one needs them.
#[derive(Clone)]
pub(super) struct Weights {
    band: Rc<RefCell<Sample>>,
    side: usize,
    seed: u64,
}

impl Weights {
    /// For matrices of this side, a multiple of 256.
    pub(super) fn new(side: usize, seed: u64) -> Weights {
        assert!(side.is_multiple_of(2 * BAND));
        Weights { band: Rc::new(RefCell::new(Sample::new(BAND * side, seed))), side, seed }
    }

    fn x(&self) -> Vec<f32> {
        normals(self.side, self.seed ^ 0x5EED)
    }
}

/// What the weights are stored in and multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By the format's own kernel.
    Stored,
    /// Integers with integer activations.
    NativeInteger,
}

/// A matrix–vector product.
pub(super) struct MatVec {
    weights: Weights,
    format: &'static str,
    way: Way,
    /// How rows are stored and multiplied: known once the sample's range is.
    parts: Option<(Store, Box<dyn Rows>)>,
    matrix: StoredMatrix,
    /// Of the first band: sums in binary64 and sums of magnitudes.
    expected: Vec<(f64, f64)>,
}

impl MatVec {
    /// None for a format without such a kernel.
    pub(super) fn new(weights: &Weights, format: &str, way: Way) -> Option<MatVec> {
        let format = matvec_formats().find(|id| *id == format)?;
        if way == Way::NativeInteger && !native::FORMATS.contains(&format) {
            return None;
        }
        Some(MatVec {
            weights: weights.clone(),
            format,
            way,
            parts: None,
            matrix: StoredMatrix::default(),
            expected: Vec::new(),
        })
    }

    fn begin(&mut self, band: &[f32]) -> Option<(Store, Box<dyn Rows>)> {
        let (side, x) = (self.weights.side, self.weights.x());
        match self.way {
            Way::NativeInteger => native::integers(self.format, side, band, &x),
            Way::Stored if self.format == "fp64" => Some(native::float64(side, &x)),
            Way::Stored => element::parts(self.format, side, band, &x)
                .or_else(|| rows::blocks(self.format, side, band, &x)),
        }
    }
}

impl Kernel for MatVec {
    fn prepare(&mut self) -> Result<bool, Failure> {
        let sample = self.weights.band.clone();
        if self.parts.is_none() {
            if !sample.borrow_mut().fill()? {
                return Ok(false);
            }
            self.parts = self.begin(sample.borrow().values());
            return Ok(false);
        }
        let Some((store, rows)) = &mut self.parts else { return Ok(false) };
        let side = self.weights.side;
        let first = self.expected.len();
        if first < BAND {
            let sample = sample.borrow();
            let slice = &sample.values()[first * side..(first + SLICE_ROWS) * side];
            let decoded = store.push(slice);
            for row in decoded.chunks_exact(side) {
                let terms = row.iter().zip(rows.x()).map(|(w, x)| w * x);
                self.expected
                    .push(terms.fold((0.0, 0.0), |(sum, size), term| (sum + term, size + term.abs())));
            }
            return Ok(false);
        }
        self.matrix.repeat(store.band(), side / BAND)
    }

    fn cost(&self) -> Cost {
        let side = self.weights.side as f64;
        let Some((store, rows)) = &self.parts else { return Cost::default() };
        let weights = self.matrix.bytes() as u64;
        Cost {
            work_per_call: 2.0 * side * side,
            bytes_per_call: (weights + rows.vector_bytes() as u64) as f64,
            stored_bytes: weights + store.tensor_bytes(),
            error: Some(store.error()),
        }
    }

    fn steps(&self) -> usize {
        self.weights.side / BAND
    }

    fn step(&mut self, index: usize) {
        if let Some((_, rows)) = &mut self.parts {
            rows.multiply(self.matrix.band(index, BAND * rows.row_bytes()), index * BAND);
        }
    }

    fn has_even_steps(&self) -> bool {
        true
    }

    fn verify(&mut self) -> Result<Option<f64>, Failure> {
        let Some((_, rows)) = &self.parts else { return Err(Failure::WrongResult { error: f64::NAN }) };
        let mut worst = 0.0_f64;
        for (row, (sum, size)) in self.expected.iter().enumerate() {
            let error = (rows.sum(row) - sum).abs() / size;
            // NaN would lose every comparison.
            worst = if error.is_nan() { f64::INFINITY } else { worst.max(error) };
        }
        for row in BAND..self.weights.side {
            if rows.sum(row).to_bits() != rows.sum(row % BAND).to_bits() {
                return Err(Failure::WrongResult { error: f64::INFINITY });
            }
        }
        within(worst, rows.allowed())
    }
}
