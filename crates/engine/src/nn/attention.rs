//! Attention of several heads (Vaswani et al. 2017), causal, with rotary positions where asked.

use super::Net;
use crate::graph::{Graph, Init, ParamRole, Tensor};
use crate::nn::WeightInit;

/// Self-attention on `x (b,t,d)` without biases: `name.{query,key,value,output}.weight (d,d)`.
///
/// A position sees itself and those before it. `rope` is the base of rotary positions.
pub fn attention(net: &mut Net, name: &str, x: Tensor, heads: usize, rope: Option<f32>) -> Tensor {
    let sizes = net.graph.shape(x).sizes().to_vec();
    let (b, t, d) = (sizes[0], sizes[1], sizes[2]);
    let head = d / heads;
    let project = |net: &mut Net, role: &str, x: Tensor| {
        let weight = net.trained(
            &format!("{name}.{role}.weight"),
            [d, d],
            WeightInit::Glorot.init(d, d),
            ParamRole::Weight,
        );
        let weight = net.rounders.weight(&mut net.graph, weight);
        let y = net.graph.matmul_with(x, weight, false, false, net.rounders.accumulator());
        net.rounders.activation(&mut net.graph, y)
    };
    let query = project(net, "query", x);
    let key = project(net, "key", x);
    let value = project(net, "value", x);
    // (b,t,d) -> (b·heads,t,head)
    let split = |graph: &mut Graph, x: Tensor| {
        let x = graph.reshape(x, [b, t, heads, head]);
        let x = graph.permute(x, &[0, 2, 1, 3]);
        graph.reshape(x, [b * heads, t, head])
    };
    let (mut query, mut key, value) =
        (split(&mut net.graph, query), split(&mut net.graph, key), split(&mut net.graph, value));
    if let Some(base) = rope {
        query = net.graph.rope(query, base);
        key = net.graph.rope(key, base);
    }
    let accumulator = net.rounders.accumulator();
    let scores = net.graph.matmul_with(query, key, false, true, accumulator); // (b·heads,t,t)
    let scores = net.graph.scale(scores, 1.0 / (head as f32).sqrt());
    let mask = causal_mask(&mut net.graph, t);
    let scores = net.graph.add(scores, mask);
    let weights = net.graph.softmax(scores);
    let weights = net.rounders.named_activation(&mut net.graph, weights, &format!("{name}.scores"));
    let mixed = net.graph.matmul_with(weights, value, false, false, accumulator); // (b·heads,t,head)
    let mixed = net.rounders.named_activation(&mut net.graph, mixed, &format!("{name}.mixed"));
    let mixed = net.graph.reshape(mixed, [b, heads, t, head]);
    let mixed = net.graph.permute(mixed, &[0, 2, 1, 3]);
    let mixed = net.graph.reshape(mixed, [b, t, d]);
    project(net, "output", mixed)
}

/// `(t,t)`: 0 where a row may see a column, a number below every score elsewhere.
fn causal_mask(graph: &mut Graph, t: usize) -> Tensor {
    // Positions as numbers, from the state that never changes: a table of 0..t.
    let rows: Vec<Tensor> = (0..t).map(|i| graph.constant(i as f32)).collect();
    let column: Vec<Tensor> = rows.iter().map(|&i| graph.reshape(i, [1, 1])).collect();
    let positions = if t == 1 { column[0] } else { graph.concat(&column, 0) };
    let across = graph.reshape(positions, [1, t]);
    let later = graph.binary(crate::graph::BinaryOp::Greater, across, positions);
    graph.scale(later, -1e30)
}

/// A table of embeddings: `name.weight (tokens, width)` at `tokens (...)`.
impl Net {
    /// Rows of a trained table at `tokens (...)`.
    pub fn embedding(&mut self, name: &str, tokens: Tensor, count: usize, width: usize) -> Tensor {
        let table =
            self.trained(&format!("{name}.weight"), [count, width], Init::Normal(0.02), ParamRole::Weight);
        let table = self.rounders.weight(&mut self.graph, table);
        self.graph.gather(table, tokens)
    }
}
