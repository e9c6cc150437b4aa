//! A policy at work in one graph: layers give it their tensors, and it rounds them.

use super::calibration::SiteScales;
use super::{BlockAxis, Policy, QuantizerId, Role, RoleRounding};
use crate::graph::{Graph, Tensor};

/// The quantizers that a policy's roles share, and the scales of calibrated sites.
#[derive(Clone, Debug, Default)]
pub struct Rounders {
    policy: Policy,
    scales: SiteScales,
    weights: Option<QuantizerId>,
    activations: Option<QuantizerId>,
    gradients: Option<QuantizerId>,
    state: Option<QuantizerId>,
    accumulator: Option<QuantizerId>,
}

impl Rounders {
    /// Registers the policy's quantizers in a graph.
    pub fn new(graph: &mut Graph, policy: &Policy) -> Rounders {
        Rounders::calibrated(graph, policy, &SiteScales::default())
    }

    /// The same, with fixed scales for the activations of the sites that are named in `scales`.
    pub fn calibrated(graph: &mut Graph, policy: &Policy, scales: &SiteScales) -> Rounders {
        let mut make = |role: Option<RoleRounding>, axis| role.map(|role| role.add_to(graph, axis));
        Rounders {
            policy: *policy,
            scales: scales.clone(),
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

    /// A weight as a layer uses it. A weight that is used again is not rounded again: its uses share one rounded copy, at which
    /// their gradients are added in binary32 and rounded once.
    pub fn weight(&self, graph: &mut Graph, weight: Tensor) -> Tensor {
        if let Some(known) = graph.rounded_before(weight, Role::Weights) {
            return known;
        }
        let site = graph.add_site(Role::Weights, weight, None);
        graph.round_at(site, self.weights, self.gradients)
    }

    /// An input or a result of a layer.
    pub fn activation(&self, graph: &mut Graph, value: Tensor) -> Tensor {
        self.activation_at(graph, value, None)
    }

    /// The same at a site of this name.
    pub fn named_activation(&self, graph: &mut Graph, value: Tensor, name: &str) -> Tensor {
        self.activation_at(graph, value, Some(name))
    }

    fn activation_at(&self, graph: &mut Graph, value: Tensor, name: Option<&str>) -> Tensor {
        let site = graph.add_site(Role::Activations, value, name);
        let scale = self.scales.get(&graph.sites()[site.index()].name);
        let forward = match (self.policy.activations, scale) {
            (Some(role), Some(scale)) => Some(role.with_scale(scale).add_to(graph, BlockAxis::Last)),
            _ => self.activations,
        };
        graph.round_at(site, forward, self.gradients)
    }

    /// The optimiser's state, before it is stored.
    pub fn state(&self, graph: &mut Graph, value: Tensor) -> Tensor {
        let site = graph.add_site(Role::State, value, None);
        graph.round_at(site, self.state, None)
    }

    /// An updated weight, before it is stored.
    pub fn stored_weight(&self, graph: &mut Graph, value: Tensor) -> Tensor {
        if self.policy.master_weights || self.weights.is_none() {
            return value;
        }
        let site = graph.add_site(Role::Weights, value, None);
        graph.round_at(site, self.weights, None)
    }

    /// Rounding of sums inside products.
    pub fn accumulator(&self) -> Option<QuantizerId> {
        self.accumulator
    }
}
