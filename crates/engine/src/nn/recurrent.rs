//! Recurrent cells, unrolled over a known number of steps. Equations and the order of gates as in PyTorch.

use super::{Net, WeightInit};
use crate::graph::{Graph, Init, ParamRole, Tensor, UnaryOp};

struct Gates {
    input: (Tensor, Tensor),
    hidden: (Tensor, Tensor),
}

/// `name.input.{weight (in,gates·h),bias}` and `name.hidden.{weight (h,gates·h),bias}`.
fn gates(net: &mut Net, name: &str, inputs: usize, hidden: usize, count: usize) -> Gates {
    let mut side = |side: &str, inputs: usize| {
        let init = WeightInit::Glorot.init(inputs, hidden);
        let weight =
            net.trained(&format!("{name}.{side}.weight"), [inputs, count * hidden], init, ParamRole::Weight);
        let bias = net.trained(
            &format!("{name}.{side}.bias"),
            [count * hidden],
            Init::Constant(0.0),
            ParamRole::Bias,
        );
        (weight, bias)
    };
    Gates { input: side("input", inputs), hidden: side("hidden", hidden) }
}

fn linear(net: &mut Net, x: Tensor, (weight, bias): (Tensor, Tensor)) -> Tensor {
    let weight = net.rounders.weight(&mut net.graph, weight);
    let product = net.graph.matmul_with(x, weight, false, false, net.rounders.accumulator());
    net.graph.add(product, bias)
}

fn step_of(graph: &mut Graph, x: Tensor, t: usize) -> Tensor {
    let sizes = graph.shape(x).sizes().to_vec();
    let row = graph.slice(x, 0, t, 1);
    graph.reshape(row, [sizes[1], sizes[2]])
}

fn zeros(graph: &mut Graph, rows: usize, columns: usize) -> Tensor {
    let zero = graph.constant(0.0);
    graph.broadcast(zero, [rows, columns])
}

/// Last hidden state `(b,h)` of a gated recurrent unit on `x (t,b,in)`, beginning at 0. Gates r, z, n:
/// `n = tanh(Wx + b + r·(Uh + c))`, `h' = (1 - z)·n + z·h`.
pub fn gru(net: &mut Net, name: &str, x: Tensor, hidden: usize) -> Tensor {
    let sizes = net.graph.shape(x).sizes().to_vec();
    let params = gates(net, name, sizes[2], hidden, 3);
    let mut state = zeros(&mut net.graph, sizes[1], hidden);
    for t in 0..sizes[0] {
        let input = step_of(&mut net.graph, x, t);
        let from_input = linear(net, input, params.input);
        let from_state = linear(net, state, params.hidden);
        let graph = &mut net.graph;
        let part = |graph: &mut Graph, a: Tensor, gate: usize| graph.slice(a, 1, gate * hidden, hidden);
        let gate = |graph: &mut Graph, index: usize| {
            let (a, b) = (part(graph, from_input, index), part(graph, from_state, index));
            let sum = graph.add(a, b);
            graph.unary(UnaryOp::Sigmoid, sum)
        };
        let reset = gate(graph, 0);
        let update = gate(graph, 1);
        let (a, b) = (part(graph, from_input, 2), part(graph, from_state, 2));
        let remembered = graph.mul(reset, b);
        let sum = graph.add(a, remembered);
        let new = graph.unary(UnaryOp::Tanh, sum);
        // n + z·(h - n)
        let difference = graph.sub(state, new);
        let kept = graph.mul(update, difference);
        let next = graph.add(new, kept);
        state = net.rounders.activation(&mut net.graph, next);
    }
    state
}

/// Last hidden state `(b,h)` of a long short-term memory on `x (t,b,in)`, beginning at 0. Gates i, f, g, o.
pub fn lstm(net: &mut Net, name: &str, x: Tensor, hidden: usize) -> Tensor {
    let sizes = net.graph.shape(x).sizes().to_vec();
    let params = gates(net, name, sizes[2], hidden, 4);
    let mut state = zeros(&mut net.graph, sizes[1], hidden);
    let mut cell = state;
    for t in 0..sizes[0] {
        let input = step_of(&mut net.graph, x, t);
        let from_input = linear(net, input, params.input);
        let from_state = linear(net, state, params.hidden);
        let graph = &mut net.graph;
        let sum = graph.add(from_input, from_state);
        let mut gate = |index: usize, op: UnaryOp| {
            let part = graph.slice(sum, 1, index * hidden, hidden);
            graph.unary(op, part)
        };
        let (write, keep) = (gate(0, UnaryOp::Sigmoid), gate(1, UnaryOp::Sigmoid));
        let (candidate, read) = (gate(2, UnaryOp::Tanh), gate(3, UnaryOp::Sigmoid));
        let written = graph.mul(write, candidate);
        let kept = graph.mul(keep, cell);
        cell = graph.add(kept, written);
        let shown = graph.unary(UnaryOp::Tanh, cell);
        let next = graph.mul(read, shown);
        state = net.rounders.activation(&mut net.graph, next);
    }
    state
}
