//! Measuring a device: kernels of known work, and the loop that times them.
//!
//! A [`Case`] says what is measured; its [`Kernel`] is prepared once, in slices, and then called over and over by a [`Runner`], which
//! throws the first runs away and reports the median, the quartiles and the best of the rest. In [`Rounds`] many cases take turns. Before
//! a figure is given, the kernel's result is compared with a plain computation; a kernel that computes something else has no speed.
//! [`signs`] says whether the machine was busy with other things.
//!
//! Units: work is counted in floating-point operations, integer operations, bytes or numbers ([`Work`]); a multiplication and an
//! addition are two operations, also where one instruction does both. Rates are work a second, times milliseconds.
//!
//! No clock is in here: whoever runs a case passes one. One core, no threads. Left out: the graphics processor.

mod convert;
mod emulated;
mod lanes;
mod matmul;
mod matvec;
mod measure;
mod memory;
mod peaks;
mod rounds;
mod runner;
mod sample;
mod steadiness;
mod suite;
mod turns;

pub use matvec::{WEIGHTS_DEVIATION, matvec_formats, row_scaled_error, unscaled_error};
pub use measure::{Meter, Settings, Spread, Stage, clock_step_ms};
pub use rounds::{Outcome, Rounds};
pub use runner::{Advance, Figures, Runner};
pub use steadiness::{Sign, Watch, signs, unsteady_share};
pub use suite::{Case, Plan, cases};
pub use turns::Turns;

/// A family of kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Multiplications and additions in registers.
    Peaks,
    /// Reading, writing and copying beyond the caches.
    Memory,
    /// Products of square matrices.
    MatMul,
    /// Matrix–vector products beyond the caches.
    MatVec,
    /// binary32 to a format and back.
    Conversions,
    /// Arithmetic rounded in software.
    Emulated,
}

impl Part {
    /// All of them.
    pub const ALL: [Part; 6] =
        [Part::Peaks, Part::Memory, Part::MatMul, Part::MatVec, Part::Conversions, Part::Emulated];
}

/// What runs a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// One number at a time.
    Scalar,
    /// 128-bit vectors.
    Simd128,
    /// 128-bit vectors with fused multiply-add where the machine has it: builds with `relaxed-simd`.
    RelaxedSimd,
}

/// The vector unit that this build uses for floating point.
pub const VECTORS: Unit =
    if cfg!(target_feature = "relaxed-simd") { Unit::RelaxedSimd } else { Unit::Simd128 };

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Floating-point operations.
    Flop,
    /// Integer operations.
    Op,
    /// Bytes read and written.
    Byte,
    /// Numbers.
    Element,
}

/// How the arithmetic is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// By instructions for the format.
    Native,
    /// Stored in the format, decoded in the kernel.
    Decoded,
    /// Rounded in software after every operation.
    Emulated,
}

/// What one call costs and what the stored numbers are like. Known once a kernel is prepared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Work of one call.
    pub work_per_call: f64,
    /// Bytes that one call reads and writes: each operand once, caches aside.
    pub bytes_per_call: f64,
    /// Bytes of the stored weights, scales included.
    pub stored_bytes: u64,
    /// Error of the stored weights.
    pub error: Option<StoredError>,
}

/// What storing did to numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StoredError {
    /// Root of the mean squared error over the root of the mean square.
    pub relative_rmse: f64,
    /// Signal to quantisation noise, dB.
    pub sqnr_db: f64,
}

/// Why a case has no figures.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Failure {
    /// Memory for the operands was refused.
    #[error("{bytes} bytes were refused")]
    OutOfMemory {
        /// What was asked for.
        bytes: usize,
    },
    /// The kernel computes something else than it should.
    #[error("the result is off by {error:e} of its terms")]
    WrongResult {
        /// How far off.
        error: f64,
    },
    /// This build has no relaxed instructions.
    #[error("built without relaxed-simd")]
    NoRelaxedSimd,
    /// The clock that was passed does not advance.
    #[error("the clock stands still")]
    ClockStopped,
}

/// Something to run over and over.
///
/// A call is `steps()` steps, `0..steps()` in order; each is short (milliseconds), so that a caller can stop between them. A call may be
/// broken off: the next begins with step 0.
pub trait Kernel {
    /// Does one short slice of the setting up; true once nothing is left to do. Called until then, before anything else.
    fn prepare(&mut self) -> Result<bool, Failure>;
    /// What a call costs.
    fn cost(&self) -> Cost;
    /// Steps of a call.
    fn steps(&self) -> usize;
    /// One step.
    fn step(&mut self, index: usize);
    /// Whether all steps do the same work, so that some of them are as good a sample of the speed as a call.
    fn has_even_steps(&self) -> bool {
        false
    }
    /// Bytes that it keeps between calls, once prepared.
    fn held_bytes(&self) -> usize {
        self.cost().bytes_per_call as usize
    }
    /// Compares the result of the calls so far with a plain computation: the largest difference over the sum of magnitudes, or none
    /// where the result is no sum and was compared bit by bit.
    fn verify(&mut self) -> Result<Option<f64>, Failure>;
}

/// A vector of `len` elements, or the failure that says how much was asked for.
fn allocate<T: Clone>(len: usize, value: T) -> Result<Vec<T>, Failure> {
    let mut vector = Vec::new();
    vector
        .try_reserve_exact(len)
        .map_err(|_| Failure::OutOfMemory { bytes: len.saturating_mul(size_of::<T>()) })?;
    vector.resize(len, value);
    Ok(vector)
}

/// Fails unless `error` is a number of at most `allowed`.
fn within(error: f64, allowed: f64) -> Result<Option<f64>, Failure> {
    if error <= allowed { Ok(Some(error)) } else { Err(Failure::WrongResult { error }) }
}
