//! Measuring this device: what the page asks for and the figures that come back.
//!
//! A measurement is a kernel run over and over, in turns with the others: warm-up runs are thrown away, the rest give a median, quartiles
//! and the best. Units: a rate is work a second, the work's unit is said beside it; `_bytes` are bytes, `_ms` milliseconds.

use serde::{Deserialize, Serialize};

/// Which kernels are measured, and how long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThroughputSpec {
    /// The parts, in the order in which they are run.
    pub parts: Vec<Part>,
    /// Formats of [`Part::MatVec`] and [`Part::Conversions`], by id; others have their own lists.
    pub formats: Vec<String>,
    /// Measured runs of each kernel, after warm-up.
    pub runs: u32,
    /// A run repeats its kernel until it lasts at least so long.
    pub run_ms: f64,
    /// Side of the matrix of [`Part::MatVec`]: chosen so that every format's weights exceed the caches.
    pub matvec_side: u32,
    /// Selects the random operands.
    pub seed: u32,
}

/// A family of kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Part {
    /// Multiplications and additions in registers: the most that this device does in this program.
    Peaks,
    /// Reading, writing and copying memory beyond the caches.
    Memory,
    /// Products of square matrices.
    MatMul,
    /// Matrix–vector products with weights stored in a format and decoded in the kernel, beyond the caches.
    MatVec,
    /// binary32 to a format and back.
    Conversions,
    /// Arithmetic rounded in software after every operation.
    Emulated,
    /// The graphics processor's peaks, memory, products and native kernels.
    Graphics,
}

/// What ran a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// One core, one number at a time.
    Scalar,
    /// One core, 128-bit vectors.
    Simd128,
    /// One core, 128-bit vectors with fused or otherwise relaxed instructions.
    RelaxedSimd,
    /// The graphics processor through WebGPU.
    WebGpu,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Work {
    /// Floating-point operations; a multiplication and an addition are two.
    Flop,
    /// Integer operations, counted alike.
    Op,
    /// Bytes read and written.
    Byte,
    /// Numbers.
    Element,
}

/// How a kernel's arithmetic is done in its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Arithmetic {
    /// By the hardware's own instructions for the format.
    Native,
    /// Stored in the format, decoded to binary32 (or to integers) in the kernel.
    Decoded,
    /// Rounded in software after every operation. Its time describes the emulation and no chip.
    Emulated,
}

/// One kernel's figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Unique within a run, such as `matvec.e4m3` or `peak.simd128.f32`.
    pub id: String,
    /// Its family.
    pub part: Part,
    /// The format of its numbers, by `numerics`' id (block formats too); empty where bytes are moved.
    pub format: String,
    /// What ran it.
    pub unit: Unit,
    /// How its arithmetic is done.
    pub arithmetic: Arithmetic,
    /// What is counted.
    pub work: Work,
    /// Side of its matrices or number of its elements; 0 where there is none.
    pub size: u32,
    /// Work of one call.
    pub work_per_call: f64,
    /// Bytes that one call reads and writes in memory.
    pub bytes_per_call: f64,
    /// Work a second.
    pub rate: Rate,
    /// Bytes of the stored weights, scales included; 0 where there are none.
    pub stored_bytes: u64,
    /// Error of the stored numbers against the originals.
    pub error: Option<StoredError>,
    /// Largest difference of the kernel's result from the same sum in binary64, over that sum of magnitudes; none where there is no sum.
    pub result_error: Option<f64>,
}

/// A rate and its spread over runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// Work a second, the fastest slice of all runs: what a peak is.
    pub best: f64,
    /// Work a second, median of the runs: what a rate is.
    pub median: f64,
    /// Lower quartile.
    pub lower: f64,
    /// Upper quartile.
    pub upper: f64,
    /// Measured runs.
    pub runs: u32,
    /// Calls in a run.
    pub calls: u32,
}

impl Rate {
    /// From quartile to quartile, over the median.
    pub fn relative_spread(&self) -> f64 {
        (self.upper - self.lower) / self.median
    }

    /// The same in another unit, `factor` of it for each of this one.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self {
            best: self.best * factor,
            median: self.median * factor,
            lower: self.lower * factor,
            upper: self.upper * factor,
            ..self
        }
    }
}

/// A sign that the machine was busy with other things while it was measured; `experiments::throughput` says how each is found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Disturbance {
    /// Other programs had the core.
    Stolen {
        /// For this share of the time.
        share: f64,
    },
    /// Kernels ran now fast, now slow.
    Unsteady {
        /// The usual run stays this share below the best.
        share: f64,
    },
    /// A wider format came out faster than a narrower one on the same path.
    Reversed {
        /// The wider one's kernel, by [`Measurement::id`].
        wide: String,
        /// The narrower one's.
        narrow: String,
    },
}

/// What storing numbers in a format did to them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StoredError {
    /// Root of the mean squared error over the root of the mean square.
    pub relative_rmse: f64,
    /// Signal to quantisation noise, dB; infinite when every value is exact.
    pub sqnr_db: f64,
}

/// A measurement that could not be made, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotMeasured {
    /// As in [`Measurement::id`].
    pub id: String,
    /// Its family.
    pub part: Part,
    /// Why: `no_adapter`, `no_shader_f16`, `no_packed_dot`, `out_of_memory`, `gpu_failed`, `wrong_result`, `no_relaxed_simd`,
    /// `clock_stopped`.
    pub failure: crate::Failure,
}

/// The end of a run of measurements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThroughputSummary {
    /// Every figure, in order.
    pub measurements: Vec<Measurement>,
    /// What is missing.
    pub missing: Vec<NotMeasured>,
    /// The clock's smallest step that was seen, ms.
    pub clock_step_ms: f64,
    /// From the first run to the last.
    pub elapsed_ms: f64,
    /// The graphics adapter, if one was measured.
    pub adapter: Option<String>,
    /// What speaks for a busy machine; empty for one at rest.
    pub disturbances: Vec<Disturbance>,
}

/// A network's cost, layer by layer, counted from its graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkCost {
    /// `vgg16`.
    pub network: String,
    /// Input height, width, channels.
    pub input: [u32; 3],
    /// In order.
    pub layers: Vec<LayerCost>,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerCost {
    /// As the paper or Keras names it, such as `block1_conv1`.
    pub name: String,
    /// `conv`, `pool`, `dense`.
    pub kind: String,
    /// Output height, width, channels (1, 1, n for dense).
    pub output: [u32; 3],
    /// Weights and biases.
    pub param_count: u64,
    /// Multiply-accumulates for one input.
    pub mac_count: u64,
    /// Additions of biases, comparisons of pooling and ReLU.
    pub other_flop_count: u64,
}
