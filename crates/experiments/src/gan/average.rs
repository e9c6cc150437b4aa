//! An exponential moving average of the generator's weights, from which samples are made (Yazıcı et al. 2019).
//!
//! `a ← a + (w - a)·(1-β)/c` with `c ← c·β + (1-β)` from 0, Adam's correction: the first average is the first `w`. It is state of the round
//! and lives in snapshots; nothing of the training reads it, and it is binary32 whatever the policy.

use std::borrow::Cow;

use engine::Shape;
use engine::graph::{Graph, Init, ParamRole, Tensor, UnaryOp};
use engine::snapshot::Snapshot;

use super::config::Config;

/// Adds the average of parameters to a round as its last state: one tensor for each, in their order.
pub(super) fn keep(graph: &mut Graph, params: &[Tensor], decay: f32) {
    let state = |graph: &mut Graph, name: &str, shape: Shape| {
        graph.param(name, shape, Init::Constant(0.0), ParamRole::State)
    };
    let store = |graph: &mut Graph, home: Tensor, value: Tensor| {
        if let Some(id) = graph.param_id(home) {
            graph.assign(id, value);
        }
    };
    let before = state(graph, "average.correction", Shape::new(&[]));
    let kept = graph.scale(before, decay);
    let correction = graph.offset(kept, 1.0 - decay);
    let share = graph.unary(UnaryOp::Recip, correction);
    let share = graph.scale(share, 1.0 - decay);
    let homes: Vec<Tensor> = params
        .iter()
        .enumerate()
        .map(|(i, &param)| {
            let shape = graph.shape(param).clone();
            state(graph, &format!("average.{i}"), shape)
        })
        .collect();
    for (&param, home) in params.iter().zip(homes) {
        let difference = graph.sub(param, home);
        let step = graph.mul(difference, share);
        let new = graph.add(home, step);
        store(graph, home, new);
    }
    store(graph, before, correction);
}

/// A run's parameters as samples are made from them: with the average in the generator's place once there is one.
pub(super) fn shown<'a>(config: &Config, at: &'a Snapshot) -> Cow<'a, [Vec<f32>]> {
    let count = 2 * (config.generator.hidden.widths.len() + 1);
    if config.average == 0.0 || at.step == 0 || at.params.len() < 2 * count {
        return Cow::Borrowed(&at.params);
    }
    let mut params = at.params.clone();
    let averages = params.split_off(params.len() - count);
    params.splice(..count, averages);
    Cow::Owned(params)
}
