//! One way of rounding tensors: a format, how its values are scaled to fit, and the rounding mode.

use numerics::blocks::BlockFormat;
use numerics::{Format, Kind, RoundingMode};

/// Index of a quantizer in [`Graph::quantizers`](crate::graph::Graph::quantizers).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QuantizerId(pub(crate) u32);

impl QuantizerId {
    /// Its position in the list.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What values are divided by before they are rounded, and multiplied with after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scaling {
    /// Nothing.
    None,
    /// The same number always, as calibration found it.
    Fixed(f32),
    /// The tensor's largest magnitude over the format's largest value.
    Tensor,
    /// The same for each index of the last axis: output channels of weights.
    Channel,
}

/// Along which axis the blocks of a block format lie in a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockAxis {
    /// Along rows, in storage order: activations, whose last axis is summed over.
    Last,
    /// Down columns: weights stored as (in, out), whose first axis is summed over.
    First,
}

/// What is rounded to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// Each element to a number format.
    Element(Format, Scaling),
    /// Blocks of elements with scales of their own.
    Block(BlockFormat, BlockAxis),
}

/// How a value is chosen between its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One of the deterministic modes (nearest-even by default).
    Fixed(RoundingMode),
    /// With the probability of the distance, from random numbers of this stream, the step and the element's index.
    Stochastic {
        /// Stream of [`crate::random`].
        stream: u32,
    },
}

/// A way of rounding tensors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantizer {
    /// To what.
    pub target: Target,
    /// Which neighbour.
    pub mode: Mode,
    /// Finite numbers beyond the range become the largest value, not infinity or NaN.
    pub saturate: bool,
}

impl Quantizer {
    /// Nearest-even to a format without scaling, overflow as the format says.
    pub fn plain(format: Format) -> Quantizer {
        Quantizer {
            target: Target::Element(format, Scaling::None),
            mode: Mode::Fixed(RoundingMode::NearestEven),
            saturate: false,
        }
    }

    /// Values can leave the range: gradients are cut off there.
    pub fn clips(&self) -> bool {
        matches!(self.target, Target::Element(_, Scaling::None | Scaling::Fixed(_)))
    }

    /// Largest finite value, scale included; infinity where every value fits.
    pub fn max_finite(&self) -> f32 {
        match self.target {
            Target::Element(format, Scaling::None) => max_finite(&format),
            Target::Element(format, Scaling::Fixed(scale)) => max_finite(&format) * scale,
            _ => f32::INFINITY,
        }
    }

    /// The result depends on random numbers.
    pub fn is_stochastic(&self) -> bool {
        matches!(self.mode, Mode::Stochastic { .. })
    }
}

/// Largest finite value of a format that engines divide by: for two's complement the symmetric one.
pub fn max_finite(format: &Format) -> f32 {
    let code = match format.kind {
        Kind::Float(spec) => spec.max_magnitude(),
        Kind::Int(spec) => (1 << (spec.bits - 1)) - 1,
        Kind::Codebook(values) => values.len() as u64 - 1,
        Kind::Posit(_) => format.max_finite(),
    };
    format.decode(code).to_f64() as f32
}
