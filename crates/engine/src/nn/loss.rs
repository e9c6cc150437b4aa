//! Losses: means over the batch, shape `[]`. They are computed in binary32 whatever the policy.

use crate::graph::{BinaryOp, Graph, Tensor, UnaryOp};

/// Cross-entropy of `logits (..., classes)` and `labels (...)`, from the logarithm of softmax.
pub fn cross_entropy(graph: &mut Graph, logits: Tensor, labels: Tensor) -> Tensor {
    let classes = graph.shape(logits).last();
    let rows = graph.shape(labels).len();
    let chosen = graph.one_hot(labels, classes);
    let log = graph.log_softmax(logits);
    let terms = graph.mul(chosen, log);
    let sum = graph.sum(terms);
    graph.scale(sum, -1.0 / rows as f32)
}

/// Binary cross-entropy of logits and targets in `[0, 1]`: `softplus(x) - x·t`, which no logit makes infinite.
pub fn bce_with_logits(graph: &mut Graph, logits: Tensor, targets: Tensor) -> Tensor {
    let normaliser = graph.unary(UnaryOp::Softplus, logits);
    let hit = graph.mul(logits, targets);
    let terms = graph.sub(normaliser, hit);
    graph.mean(terms)
}

/// Mean square of the differences.
pub fn mse(graph: &mut Graph, values: Tensor, targets: Tensor) -> Tensor {
    let difference = graph.sub(values, targets);
    let square = graph.unary(UnaryOp::Square, difference);
    graph.mean(square)
}

/// `max(0, 1 - t·x)` for targets of -1 and 1.
pub fn hinge(graph: &mut Graph, scores: Tensor, targets: Tensor) -> Tensor {
    let margin = graph.mul(scores, targets);
    let margin = graph.unary(UnaryOp::Neg, margin);
    let margin = graph.offset(margin, 1.0);
    let zero = graph.constant(0.0);
    let terms = graph.binary(BinaryOp::Max, margin, zero);
    graph.mean(terms)
}
