//! What a layer costs, read off the operations of its graph.
//!
//! A layer is a run of nodes of the graph. Counted for one input: parameters (elements of the weights and biases that first appear there),
//! multiply-accumulates of convolutions and matrix products (windows counted whole, zeros outside the image included, as papers
//! do), and what else there is: one operation for each bias added, for each ReLU, and for each comparison of max pooling. Left
//! out: softmax, reading and writing memory.

use engine::graph::{BinaryOp, Graph, Op, Tensor};

/// What a layer mainly does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    /// Convolution, bias, ReLU.
    Convolution,
    /// Max pooling.
    Pooling,
    /// Matrix product, bias, perhaps ReLU.
    Dense,
}

/// One layer's cost for one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerCost {
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: LayerKind,
    /// Height, width and channels of the output; 1, 1, n for dense layers.
    pub output: [usize; 3],
    /// Weights and biases.
    pub param_count: u64,
    /// Multiply-accumulates.
    pub mac_count: u64,
    /// Biases, ReLU, comparisons.
    pub other_flop_count: u64,
}

/// A network's layers in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkCost {
    /// Height, width and channels of the input.
    pub input: [usize; 3],
    /// The layers.
    pub layers: Vec<LayerCost>,
}

impl NetworkCost {
    /// Parameters of all layers.
    pub fn param_count(&self) -> u64 {
        self.layers.iter().map(|layer| layer.param_count).sum()
    }

    /// Multiply-accumulates of all layers.
    pub fn mac_count(&self) -> u64 {
        self.layers.iter().map(|layer| layer.mac_count).sum()
    }
}

/// Cost of the nodes after the first `from` of a graph, the last of which is `output`.
pub(super) fn layer(graph: &Graph, name: &str, kind: LayerKind, from: usize, output: Tensor) -> LayerCost {
    let (mut param_count, mut mac_count, mut other_flop_count) = (0, 0, 0);
    for node in &graph.nodes()[from..=output.index()] {
        let elements = node.shape.len() as u64;
        match &node.op {
            Op::Param(_) => param_count += elements,
            Op::Conv(spec) => mac_count += spec.mac_count(),
            Op::MatMul { ta, .. } => {
                let a = graph.shape(node.inputs[0]).sizes();
                let inner = a[a.len() - if *ta { 2 } else { 1 }];
                mac_count += elements * inner as u64;
            }
            Op::Binary(BinaryOp::Add) | Op::Unary(_) => other_flop_count += elements,
            Op::MaxPick(spec) => other_flop_count += elements * (spec.size * spec.size - 1) as u64,
            _ => {}
        }
    }
    let sizes = graph.shape(output).sizes();
    let output = match sizes {
        [_, h, w, c] => [*h, *w, *c],
        _ => [1, 1, graph.shape(output).last()],
    };
    LayerCost { name: name.to_owned(), kind, output, param_count, mac_count, other_flop_count }
}
