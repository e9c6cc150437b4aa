//! What the networks minimise: means over the batch, computed in binary32 whatever the policy.
//!
//! With `r = d(x)` for real and `f = d(G(z))` for generated examples, σ the logistic function, s the label smoothing:
//!
//! | loss | discriminator | generator |
//! |---|---|---|
//! | minimax | `-(1-s) ln σ(r) - s ln σ(-r) - ln σ(-f)` | `ln σ(-f)` |
//! | non-saturating | as minimax | `-ln σ(f)` |
//! | least squares | `½ (r - (1-s))² + ½ f²` | `½ (f - 1)²` |
//! | Wasserstein | `f - r` | `-f` |
//!
//! `-ln σ(v)` is `softplus(-v)`, which no logit makes infinite.

use engine::graph::{Graph, Tensor, UnaryOp};

use super::config::{Loss, Penalty};
use super::networks::Pair;

fn half_square(graph: &mut Graph, output: Tensor, target: f32) -> Tensor {
    let difference = graph.offset(output, -target);
    let square = graph.unary(UnaryOp::Square, difference);
    graph.scale(square, 0.5)
}

/// The discriminator's loss from its outputs `(n,1)` on real and on generated examples, without the penalty. Shape `[]`.
pub fn discriminator(graph: &mut Graph, loss: Loss, smoothing: f32, real: Tensor, fake: Tensor) -> Tensor {
    let terms = match loss {
        Loss::Minimax | Loss::NonSaturating => {
            // softplus(r) - (1-s)·r is -(1-s) ln σ(r) - s ln σ(-r); without smoothing it is softplus(-r).
            let on_real = if smoothing == 0.0 {
                let negated = graph.unary(UnaryOp::Neg, real);
                graph.unary(UnaryOp::Softplus, negated)
            } else {
                let normaliser = graph.unary(UnaryOp::Softplus, real);
                let hit = graph.scale(real, 1.0 - smoothing);
                graph.sub(normaliser, hit)
            };
            let on_fake = graph.unary(UnaryOp::Softplus, fake);
            graph.add(on_real, on_fake)
        }
        Loss::LeastSquares => {
            let on_real = half_square(graph, real, 1.0 - smoothing);
            let on_fake = half_square(graph, fake, 0.0);
            graph.add(on_real, on_fake)
        }
        Loss::Wasserstein => graph.sub(fake, real),
    };
    graph.mean(terms)
}

/// The generator's loss from the discriminator's outputs `(n,1)` on generated examples. Shape `[]`.
pub fn generator(graph: &mut Graph, loss: Loss, fake: Tensor) -> Tensor {
    let terms = match loss {
        Loss::Minimax => {
            let on_fake = graph.unary(UnaryOp::Softplus, fake);
            graph.unary(UnaryOp::Neg, on_fake)
        }
        Loss::NonSaturating => {
            let negated = graph.unary(UnaryOp::Neg, fake);
            graph.unary(UnaryOp::Softplus, negated)
        }
        Loss::LeastSquares => half_square(graph, fake, 1.0),
        Loss::Wasserstein => graph.unary(UnaryOp::Neg, fake),
    };
    graph.mean(terms)
}

/// The penalty on the discriminator's gradient to its inputs, to be added to its loss; `None` without one. `real` and `fake` are `(n,width)`;
/// no gradient flows into them. Differentiating the result differentiates a gradient.
pub fn penalty(
    pair: &mut Pair,
    penalty: Penalty,
    params: &[Tensor],
    real: Tensor,
    fake: Tensor,
) -> Option<Tensor> {
    let points = match penalty {
        Penalty::None => return None,
        Penalty::Real(_) => pair.net.graph.stop_gradient(real),
        Penalty::Lipschitz(_) => {
            let graph = &mut pair.net.graph;
            let rows = graph.shape(real).sizes()[0];
            let share = graph.random(engine::graph::RandomKind::Uniform, [rows, 1]);
            // fake + u·(real - fake), one u for each pair.
            let difference = graph.sub(real, fake);
            let part = graph.mul(difference, share);
            let between = graph.add(fake, part);
            graph.stop_gradient(between)
        }
    };
    let rows = pair.net.graph.shape(points).sizes()[0];
    let outputs = pair.discriminate(points, params, &[rows], None);
    let graph = &mut pair.net.graph;
    let sum = graph.sum(outputs);
    let slopes = graph.grad(sum, &[points])[0];
    let squares = graph.unary(UnaryOp::Square, slopes);
    let squared_norms = graph.sum_axis(squares, 1);
    let (terms, weight) = match penalty {
        Penalty::None => return None,
        Penalty::Real(weight) => (squared_norms, weight / 2.0),
        Penalty::Lipschitz(weight) => {
            // The root's slope at 0 is infinite.
            let shifted = graph.offset(squared_norms, 1e-12);
            let norms = graph.unary(UnaryOp::Sqrt, shifted);
            let excess = graph.offset(norms, -1.0);
            (graph.unary(UnaryOp::Square, excess), weight)
        }
    };
    let mean = graph.mean(terms);
    Some(graph.scale(mean, weight))
}
