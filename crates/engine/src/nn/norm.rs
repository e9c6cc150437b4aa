//! Normalisation. Means and variances are computed in binary32 whatever the policy; results are activations.

use super::Net;
use crate::graph::{Graph, Init, ParamRole, Tensor, UnaryOp};

/// `(x - mean) / √(variance + epsilon)` along `axis`, variance with divisor n.
fn standardise(graph: &mut Graph, x: Tensor, axis: usize, epsilon: f32) -> (Tensor, Tensor, Tensor) {
    let mean = graph.mean_axis(x, axis);
    let centred = graph.sub(x, mean);
    let square = graph.unary(UnaryOp::Square, centred);
    let variance = graph.mean_axis(square, axis);
    let shifted = graph.offset(variance, epsilon);
    let deviation = graph.unary(UnaryOp::Sqrt, shifted);
    let scale = graph.unary(UnaryOp::Recip, deviation);
    (graph.mul(centred, scale), mean, variance)
}

/// Layer normalisation over the last axis with `name.gain` and `name.bias` (Ba, Kiros, Hinton 2016).
pub fn layer_norm(net: &mut Net, name: &str, x: Tensor, epsilon: f32) -> Tensor {
    let width = net.graph.shape(x).last();
    let axis = net.graph.shape(x).rank() - 1;
    let gain = net.trained(&format!("{name}.gain"), [width], Init::Constant(1.0), ParamRole::Bias);
    let bias = net.trained(&format!("{name}.bias"), [width], Init::Constant(0.0), ParamRole::Bias);
    let (unit, _, _) = standardise(&mut net.graph, x, axis, epsilon);
    let scaled = net.graph.mul(unit, gain);
    let y = net.graph.add(scaled, bias);
    net.rounders.activation(&mut net.graph, y)
}

/// `x / √(mean(x²) + epsilon)` over the last axis times `name.gain` (Zhang and Sennrich 2019).
pub fn rms_norm(net: &mut Net, name: &str, x: Tensor, epsilon: f32) -> Tensor {
    let width = net.graph.shape(x).last();
    let axis = net.graph.shape(x).rank() - 1;
    let gain = net.trained(&format!("{name}.gain"), [width], Init::Constant(1.0), ParamRole::Bias);
    let graph = &mut net.graph;
    let square = graph.unary(UnaryOp::Square, x);
    let mean = graph.mean_axis(square, axis);
    let shifted = graph.offset(mean, epsilon);
    let root = graph.unary(UnaryOp::Sqrt, shifted);
    let scale = graph.unary(UnaryOp::Recip, root);
    let unit = graph.mul(x, scale);
    let y = graph.mul(unit, gain);
    net.rounders.activation(&mut net.graph, y)
}

/// Batch normalisation of `x (..., c)` over all axes but the last with `name.gain` and `name.bias` (Ioffe and Szegedy 2015), by the
/// batch's own statistics; running ones, with `momentum` for the new, are kept in `name.mean` and `name.variance`.
pub fn batch_norm(net: &mut Net, name: &str, x: Tensor, epsilon: f32, momentum: f32) -> Tensor {
    let shape = net.graph.shape(x).clone();
    let (rows, width) = (shape.len() / shape.last(), shape.last());
    let gain = net.trained(&format!("{name}.gain"), [width], Init::Constant(1.0), ParamRole::Bias);
    let bias = net.trained(&format!("{name}.bias"), [width], Init::Constant(0.0), ParamRole::Bias);
    let graph = &mut net.graph;
    let flat = graph.reshape(x, [rows, width]);
    let (unit, mean, variance) = standardise(graph, flat, 0, epsilon);
    for (kind, start, value) in [("mean", 0.0, mean), ("variance", 1.0, variance)] {
        let running =
            graph.param(&format!("{name}.{kind}"), [width], Init::Constant(start), ParamRole::State);
        let value = graph.reshape(value, [width]);
        let kept = graph.scale(running, 1.0 - momentum);
        let taken = graph.scale(value, momentum);
        let next = graph.add(kept, taken);
        if let Some(id) = graph.param_id(running) {
            graph.assign(id, next);
        }
    }
    let scaled = graph.mul(unit, gain);
    let y = graph.add(scaled, bias);
    let y = graph.reshape(y, shape);
    net.rounders.activation(&mut net.graph, y)
}
