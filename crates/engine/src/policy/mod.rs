//! Precision policies: which numbers of a network are rounded, to what and how.
//!
//! A policy names a choice per role. Layers ask it where weights and activations enter and leave them, gradients are rounded at the same
//! places on their way back, optimisers round their state. Everything between those places is computed in binary32 (what frameworks and
//! tensor cores do), unless an accumulator is named: then products are summed in index order with a rounding after every addition.
//!
//! Left out: formats of the data set and of the loss, which stay binary32.

mod quantizer;

pub use quantizer::{BlockAxis, Mode, Quantizer, QuantizerId, Scaling, Target, max_finite};

use numerics::blocks::BlockFormat;
use numerics::{Format, RoundingMode};

use crate::graph::{Graph, Tensor};

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

    fn quantizer(&self, graph: &mut Graph, axis: BlockAxis) -> QuantizerId {
        let target = match self.choice {
            Choice::Element(format, scaling) => Target::Element(format, scaling),
            Choice::Block(block) => Target::Block(block, axis),
        };
        let mode = if self.stochastic {
            Mode::Stochastic { stream: graph.new_stream() }
        } else {
            Mode::Fixed(RoundingMode::NearestEven)
        };
        graph.add_quantizer(Quantizer { target, mode, saturate: self.saturate })
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
    /// Sums inside products, after every addition.
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

/// A policy at work in one graph: the quantizers that its roles share.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rounders {
    policy: Policy,
    weights: Option<QuantizerId>,
    activations: Option<QuantizerId>,
    gradients: Option<QuantizerId>,
    state: Option<QuantizerId>,
    accumulator: Option<QuantizerId>,
}

impl Rounders {
    /// Registers the policy's quantizers in a graph.
    pub fn new(graph: &mut Graph, policy: &Policy) -> Rounders {
        let mut make =
            |role: Option<RoleRounding>, axis| role.as_ref().map(|role| role.quantizer(graph, axis));
        Rounders {
            policy: *policy,
            weights: make(policy.weights, BlockAxis::First),
            activations: make(policy.activations, BlockAxis::Last),
            gradients: make(policy.gradients, BlockAxis::Last),
            state: make(policy.state, BlockAxis::Last),
            accumulator: make(policy.accumulator, BlockAxis::Last),
        }
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// A weight as a layer uses it.
    pub fn weight(&self, graph: &mut Graph, weight: Tensor) -> Tensor {
        graph.round(weight, self.weights, self.gradients)
    }

    /// An input or a result of a layer.
    pub fn activation(&self, graph: &mut Graph, value: Tensor) -> Tensor {
        graph.round(value, self.activations, self.gradients)
    }

    /// The optimiser's state, before it is stored.
    pub fn state(&self, graph: &mut Graph, value: Tensor) -> Tensor {
        graph.round(value, self.state, None)
    }

    /// An updated weight, before it is stored.
    pub fn stored_weight(&self, graph: &mut Graph, value: Tensor) -> Tensor {
        if self.policy.master_weights { value } else { graph.round(value, self.weights, None) }
    }

    /// Rounding of sums inside products.
    pub fn accumulator(&self) -> Option<QuantizerId> {
        self.accumulator
    }
}
