//! Layers, losses and optimisers: functions that add operations to a graph. Composed operations are one small file each.
//!
//! Layouts: activations `(batch, ..., features)`, images `(n, h, w, c)`, weights of dense layers `(in, out)`, of convolutions
//! `(kh, kw, in, out)`. A [`Net`] carries the graph, the names of its parameters and the precision policy's rounding.

mod attention;
mod layers;
mod loss;
mod norm;
pub mod optimiser;
mod recurrent;

pub use attention::attention;
pub use layers::{Activation, WeightInit};
pub use loss::{bce_with_logits, cross_entropy, hinge, mse};
pub use norm::{batch_norm, layer_norm, rms_norm};
pub use recurrent::{gru, lstm};

use crate::graph::{Graph, Init, ParamId, ParamRole, Tensor};
use crate::policy::calibration::SiteScales;
use crate::policy::{Policy, Rounders};
use crate::shape::Shape;

/// A graph under construction with the trained parameters made so far.
#[derive(Debug, Default)]
pub struct Net {
    /// The graph.
    pub graph: Graph,
    /// The policy's rounding, in use by every layer.
    pub rounders: Rounders,
    trained: Vec<Tensor>,
}

impl Net {
    /// An empty net under a policy.
    pub fn new(policy: &Policy) -> Net {
        Net::calibrated(policy, &SiteScales::default())
    }

    /// An empty net under a policy whose activations have the scales that calibration found.
    pub fn calibrated(policy: &Policy, scales: &SiteScales) -> Net {
        let mut graph = Graph::new();
        let rounders = Rounders::calibrated(&mut graph, policy, scales);
        Net { graph, rounders, trained: Vec::new() }
    }

    /// A net without a policy that goes on with a graph.
    pub fn around(graph: Graph) -> Net {
        Net { graph, ..Net::default() }
    }

    /// A trained parameter.
    pub fn trained(&mut self, name: &str, shape: impl Into<Shape>, init: Init, role: ParamRole) -> Tensor {
        let tensor = self.graph.param(name, shape, init, role);
        self.trained.push(tensor);
        tensor
    }

    /// The trained parameters whose names begin with `prefix`, in the order of their creation.
    pub fn parameters(&self, prefix: &str) -> Vec<Tensor> {
        self.trained
            .iter()
            .copied()
            .filter(|&tensor| self.graph.param_id(tensor).is_some_and(|id| self.name(id).starts_with(prefix)))
            .collect()
    }

    fn name(&self, id: ParamId) -> &str {
        &self.graph.params()[id.index()].name
    }
}
