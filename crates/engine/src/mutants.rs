//! Deliberately wrong graphs: each must make the suites fail (`cargo test -p engine -- mutants`).
//!
//! A mutant changes a graph after it was built with its gradients, as a mistake in a rule would have left it. Shipped builds have none of
//! this: the feature `cases` is for tests.

use crate::graph::{Graph, Op, ParamRole, Tensor, UnaryOp};
use crate::policy::{Mode, Quantizer};
use numerics::RoundingMode;

/// A mistake that engines are known for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// Gradients of biases take the first example's part and drop the other rows.
    DroppedBiasGradient,
    /// Gradients of products read their second operand as it lies and not transposed, or the other way round.
    TransposedOperand,
    /// Adam divides by 1 instead of `1 - β^t`.
    NoBiasCorrection,
    /// Roundings to nearest cut off instead.
    Truncation,
    /// Activations are rounded as gradients and gradients as activations.
    SwappedRounding,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Mutant; 5] = [
        Mutant::DroppedBiasGradient,
        Mutant::TransposedOperand,
        Mutant::NoBiasCorrection,
        Mutant::Truncation,
        Mutant::SwappedRounding,
    ];

    /// Makes the mistake in every place of a graph where it can be made; the number of places. `loss` is the last tensor of the forward
    /// part: what comes after are gradients and updates.
    pub fn apply(self, graph: &mut Graph, loss: Tensor) -> usize {
        match self {
            Mutant::DroppedBiasGradient => drop_bias_gradients(graph, loss),
            Mutant::TransposedOperand => transpose_operands(graph, loss),
            Mutant::NoBiasCorrection => leave_out_corrections(graph),
            Mutant::Truncation => {
                let nearest =
                    |quantizer: &&mut Quantizer| quantizer.mode == Mode::Fixed(RoundingMode::NearestEven);
                let quantizers = graph.quantizers_mut().iter_mut().filter(nearest);
                quantizers.map(|quantizer| quantizer.mode = Mode::Fixed(RoundingMode::TowardZero)).count()
            }
            Mutant::SwappedRounding => swap_quantizers(graph),
        }
    }
}

fn drop_bias_gradients(graph: &mut Graph, loss: Tensor) -> usize {
    let mut places = 0;
    for index in loss.index() + 1..graph.nodes().len() {
        let node = &graph.nodes()[index];
        // Sums of all elements have one axis: those are losses.
        let rows = node.op == (Op::Sum { axis: 0 }) && graph.shape(node.inputs[0]).rank() > 1;
        if rows && graph.shape(node.inputs[0]).sizes()[0] > 1 {
            graph.nodes_mut()[index].op = Op::Slice { axis: 0, start: 0 };
            places += 1;
        }
    }
    places
}

fn transpose_operands(graph: &mut Graph, loss: Tensor) -> usize {
    let mut places = 0;
    for index in loss.index() + 1..graph.nodes().len() {
        let Op::MatMul { .. } = graph.nodes()[index].op else { continue };
        // A row and a column have the same words.
        let sizes = graph.shape(graph.nodes()[index].inputs[1]).sizes();
        if sizes[sizes.len() - 2..].contains(&1) {
            continue;
        }
        if let Op::MatMul { tb, .. } = &mut graph.nodes_mut()[index].op {
            *tb = !*tb;
            places += 1;
        }
    }
    places
}

fn leave_out_corrections(graph: &mut Graph) -> usize {
    let mut places = 0;
    for index in 0..graph.nodes().len() {
        let Op::Assign(id) = graph.nodes()[index].op else { continue };
        let param = &graph.params()[id.index()];
        if param.role != ParamRole::State || !param.name.contains(".correction") {
            continue;
        }
        // c' = c·β + (1 - β), a sum and a product: 0·c + 1 instead.
        let sum = graph.nodes()[index].inputs[0];
        let product = graph.node(sum).inputs[0];
        graph.nodes_mut()[sum.index()].op = Op::Unary(UnaryOp::Offset(1.0));
        graph.nodes_mut()[product.index()].op = Op::Unary(UnaryOp::Scale(0.0));
        places += 1;
    }
    places
}

/// Quantizers are in the order of the policy's roles: weights, activations, gradients.
fn swap_quantizers(graph: &mut Graph) -> usize {
    match graph.quantizers_mut() {
        [_, activations, gradients, ..] if activations != gradients => {
            std::mem::swap(activations, gradients);
            1
        }
        _ => 0,
    }
}
