//! Precision policies: which numbers of a network are rounded, to what and how.
//!
//! A policy names a choice per role. Layers ask it where weights and activations enter and leave them, gradients are rounded at the same
//! places on their way back, optimisers round their state. Everything between those places is computed in binary32 (what frameworks and
//! tensor cores do), unless an accumulator is named: then products are summed in index order with a rounding after every addition.
//!
//! Left out: formats of the data set and of the loss, which stay binary32.

pub mod calibration;
pub mod presets;
mod quantizer;
mod rounders;

pub use quantizer::{BlockAxis, Mode, Quantizer, QuantizerId, Scaling, Target, max_finite};
pub use rounders::Rounders;

use numerics::blocks::BlockFormat;
use numerics::{Format, RoundingMode};

use crate::graph::Graph;

/// Whose numbers are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Weights as layers use them, and as they are stored without a master copy.
    Weights,
    /// Inputs and results of layers.
    Activations,
    /// Gradients of both.
    Gradients,
    /// The optimiser's moments.
    State,
}

impl Role {
    /// In the order in which tables show them.
    pub const ALL: [Role; 4] = [Role::Weights, Role::Activations, Role::Gradients, Role::State];
}

/// What a role's numbers are rounded to, before it is known where they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Choice {
    /// A number format with a scaling.
    Element(Format, Scaling),
    /// A block format.
    Block(BlockFormat),
}

/// One role's rounding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoleRounding {
    /// To what.
    pub choice: Choice,
    /// Stochastic instead of nearest-even.
    pub stochastic: bool,
    /// Finite numbers beyond the range become the largest value.
    pub saturate: bool,
}

impl RoleRounding {
    /// Nearest-even to a format without scaling, overflow as the format says.
    pub fn plain(format: Format) -> RoleRounding {
        RoleRounding { choice: Choice::Element(format, Scaling::None), stochastic: false, saturate: false }
    }

    /// The same with one scale found beforehand. Block formats keep their own.
    #[must_use]
    pub fn with_scale(self, scale: f32) -> RoleRounding {
        match self.choice {
            Choice::Element(format, _) => {
                RoleRounding { choice: Choice::Element(format, Scaling::Fixed(scale)), ..self }
            }
            Choice::Block(_) => self,
        }
    }

    /// The rounding of a tensor whose blocks lie along an axis. `stream` serves stochastic rounding.
    pub fn quantizer(&self, axis: BlockAxis, stream: u32) -> Quantizer {
        let target = match self.choice {
            Choice::Element(format, scaling) => Target::Element(format, scaling),
            Choice::Block(block) => Target::Block(block, axis),
        };
        let mode = if self.stochastic {
            Mode::Stochastic { stream }
        } else {
            Mode::Fixed(RoundingMode::NearestEven)
        };
        Quantizer { target, mode, saturate: self.saturate }
    }

    fn add_to(&self, graph: &mut Graph, axis: BlockAxis) -> QuantizerId {
        let stream = if self.stochastic { graph.new_stream() } else { 0 };
        graph.add_quantizer(self.quantizer(axis, stream))
    }
}

/// What the loss is multiplied with before gradients are taken, so that small ones stay in the range.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum LossScaling {
    /// Nothing.
    #[default]
    None,
    /// A constant.
    Static(f32),
    /// Halved after a step with an infinite or NaN gradient, which is skipped; doubled after `interval` steps without.
    Dynamic {
        /// First value.
        initial: f32,
        /// Steps between doublings.
        interval: u32,
    },
}

/// Which numbers of a network are rounded, and how. The default rounds nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Policy {
    /// Weights as layers use them.
    pub weights: Option<RoleRounding>,
    /// Inputs and results of layers.
    pub activations: Option<RoleRounding>,
    /// Gradients of both, as they arrive.
    pub gradients: Option<RoleRounding>,
    /// The optimiser's moments.
    pub state: Option<RoleRounding>,
    /// Sums inside matrix products, after every addition. Convolutions add in binary32.
    pub accumulator: Option<RoleRounding>,
    /// Updates go to binary32 weights that layers see rounded. Otherwise weights are stored rounded (in the weights' rounding).
    pub master_weights: bool,
    /// Scaling of the loss.
    pub loss_scaling: LossScaling,
}

impl Policy {
    /// Nothing is rounded.
    pub const FP32: Policy = Policy {
        weights: None,
        activations: None,
        gradients: None,
        state: None,
        accumulator: None,
        master_weights: true,
        loss_scaling: LossScaling::None,
    };

    /// Weights, activations and gradients in one format, binary32 accumulators, state and master weights.
    pub fn uniform(format: Format) -> Policy {
        let role = Some(RoleRounding::plain(format));
        Policy { weights: role, activations: role, gradients: role, ..Policy::FP32 }
    }
}
