//! Small graphs that use every operation, with data: one suite for every executor.
//!
//! A case is a function of some leaves. Its outputs are the value, a weighted sum of it (`loss`), the loss's gradients to all leaves
//! (`grad.<leaf>`), a weighted sum of those (`loss2`), and that sum's gradients (`grad2.<leaf>`): each operation's gradient, and the
//! gradient of its gradient.

use crate::graph::{BinaryOp, DType, Graph, Init, Padding, ParamRole, RandomKind, Tensor, UnaryOp};
use crate::nn;
use crate::random::Stream;

/// A graph with values for its leaves.
pub struct Case {
    /// Name, for messages.
    pub name: String,
    /// Graph with the outputs said above.
    pub graph: Graph,
    /// Leaves whose gradients are taken.
    pub leaves: Vec<Tensor>,
    /// Values of all parameters.
    pub params: Vec<Vec<f32>>,
    /// Words of all inputs.
    pub inputs: Vec<Vec<f32>>,
    /// Gradients of gradients are not checked: the operation has a kink at the values drawn, or none is defined.
    pub first_order_only: bool,
}

/// A leaf's shape and the interval of its values.
type Leaf = (&'static [usize], f32, f32);

struct Builder {
    cases: Vec<Case>,
}

impl Builder {
    fn add(&mut self, name: &str, leaves: &[Leaf], build: impl FnOnce(&mut Graph, &[Tensor]) -> Tensor) {
        self.add_with(name, leaves, &[], build);
    }

    /// `indices`: shapes and limits of integer inputs, which follow the leaves in the list that `build` gets.
    fn add_with(
        &mut self,
        name: &str,
        leaves: &[Leaf],
        indices: &[(&[usize], u32)],
        build: impl FnOnce(&mut Graph, &[Tensor]) -> Tensor,
    ) {
        let seed = self.cases.len() as u64;
        let mut graph = Graph::new();
        let mut params = Vec::new();
        let draw = |index: usize, shape: &[usize], lo: f32, hi: f32| {
            let mut values = vec![0.0; shape.iter().product()];
            Stream::new(seed, index as u32, 0).fill(RandomKind::Uniform, &mut values);
            values.iter_mut().for_each(|x| *x = lo + (hi - lo) * *x);
            values
        };
        let mut tensors = Vec::new();
        for (index, &(shape, lo, hi)) in leaves.iter().enumerate() {
            let shape_owned = crate::Shape::new(shape);
            tensors.push(graph.param(
                &format!("leaf{index}"),
                shape_owned,
                Init::Constant(0.0),
                ParamRole::Weight,
            ));
            params.push(draw(index, shape, lo, hi));
        }
        let leaves_tensors = tensors.clone();
        let mut inputs = Vec::new();
        for (index, &(shape, below)) in indices.iter().enumerate() {
            tensors.push(graph.input(&format!("index{index}"), crate::Shape::new(shape), DType::U32));
            let mut values = vec![0.0; shape.iter().product()];
            Stream::new(seed, 100 + index as u32, 0).fill(RandomKind::Below(below), &mut values);
            inputs.push(values);
        }
        let value = build(&mut graph, &tensors);
        graph.output("value", value);
        // Parameters that layers made for themselves.
        let mut all_leaves = leaves_tensors;
        for index in params.len()..graph.params().len() {
            let shape = graph.params()[index].shape.clone();
            params.push(draw(200 + index, shape.sizes(), 0.3, 1.1));
            if let Some(node) = graph
                .nodes()
                .iter()
                .position(|node| matches!(node.op, crate::graph::Op::Param(id) if id.index() == index))
            {
                all_leaves.push(Tensor(node as u32));
            }
        }
        let weighted = |graph: &mut Graph, tensor: Tensor, params: &mut Vec<Vec<f32>>| {
            let shape = graph.shape(tensor).clone();
            let name = format!("weights{}", params.len());
            params.push(draw(300 + params.len(), shape.sizes(), 0.2, 1.2));
            let weights = graph.param(&name, shape, Init::Constant(0.0), ParamRole::State);
            let product = graph.mul(tensor, weights);
            graph.sum(product)
        };
        let loss = weighted(&mut graph, value, &mut params);
        graph.output("loss", loss);
        let gradients = graph.grad(loss, &all_leaves);
        let mut second: Option<Tensor> = None;
        for (index, &gradient) in gradients.iter().enumerate() {
            graph.output(&format!("grad.{index}"), gradient);
            let part = weighted(&mut graph, gradient, &mut params);
            second = Some(second.map_or(part, |sum| graph.add(sum, part)));
        }
        if let Some(second) = second {
            graph.output("loss2", second);
            for (index, gradient) in graph.grad(second, &all_leaves).into_iter().enumerate() {
                graph.output(&format!("grad2.{index}"), gradient);
            }
        }
        self.cases.push(Case {
            name: name.to_owned(),
            graph,
            leaves: all_leaves,
            params,
            inputs,
            first_order_only: false,
        });
    }
}

/// Every case.
pub fn all() -> Vec<Case> {
    let mut b = Builder { cases: Vec::new() };
    elementwise(&mut b);
    products(&mut b);
    images(&mut b);
    movement(&mut b);
    layers(&mut b);
    wide_images(&mut b);
    b.cases
}

const SPAN: Leaf = (&[3, 7], -2.0, 2.0);
const POSITIVE: Leaf = (&[3, 7], 0.3, 3.0);

fn elementwise(b: &mut Builder) {
    let everywhere = [
        ("neg", UnaryOp::Neg),
        ("abs", UnaryOp::Abs),
        ("relu", UnaryOp::Relu),
        ("leaky-relu", UnaryOp::LeakyRelu(0.2)),
        ("exp", UnaryOp::Exp),
        ("square", UnaryOp::Square),
        ("tanh", UnaryOp::Tanh),
        ("sigmoid", UnaryOp::Sigmoid),
        ("softplus", UnaryOp::Softplus),
        ("sin", UnaryOp::Sin),
        ("cos", UnaryOp::Cos),
        ("erf", UnaryOp::Erf),
        ("scale", UnaryOp::Scale(-1.7)),
        ("offset", UnaryOp::Offset(0.9)),
        ("flush-subnormal", UnaryOp::FlushSubnormal),
    ];
    for (name, op) in everywhere {
        b.add(name, &[SPAN], |g, x| g.unary(op, x[0]));
    }
    for (name, op) in [("ln", UnaryOp::Ln), ("sqrt", UnaryOp::Sqrt), ("recip", UnaryOp::Recip)] {
        b.add(name, &[POSITIVE], |g, x| g.unary(op, x[0]));
    }
    b.add("relu6", &[(&[5, 40], -3.0, 9.0)], |g, x| g.unary(UnaryOp::Relu6, x[0]));
    b.add("silu", &[SPAN], |g, x| g.silu(x[0]));
    b.add("gelu-tanh", &[SPAN], |g, x| g.gelu_tanh(x[0]));
    b.add("gelu-erf", &[SPAN], |g, x| g.gelu_erf(x[0]));
    for (name, op) in [
        ("add", BinaryOp::Add),
        ("sub", BinaryOp::Sub),
        ("mul", BinaryOp::Mul),
        ("div", BinaryOp::Div),
        ("max", BinaryOp::Max),
        ("min", BinaryOp::Min),
        ("mask-positive", BinaryOp::MaskPositive(0.2)),
    ] {
        b.add(name, &[SPAN, (&[3, 7], 0.4, 2.0)], |g, x| g.binary(op, x[0], x[1]));
        b.add(&format!("{name}, row"), &[(&[4, 3, 33], -2.0, 2.0), (&[33], 0.4, 2.0)], |g, x| {
            g.binary(op, x[0], x[1])
        });
        b.add(&format!("{name}, column"), &[(&[5, 1], -2.0, 2.0), (&[2, 5, 19], 0.4, 2.0)], |g, x| {
            g.binary(op, x[0], x[1])
        });
        b.add(&format!("{name}, number"), &[(&[2, 600], -2.0, 2.0), (&[], 0.4, 2.0)], |g, x| {
            g.binary(op, x[0], x[1])
        });
    }
    b.add("select", &[SPAN, SPAN, (&[7], -2.0, 2.0)], |g, x| {
        let zero = g.constant(0.0);
        let condition = g.binary(BinaryOp::Greater, x[0], zero);
        g.select(condition, x[1], x[2])
    });
    b.add("broadcast", &[(&[3, 1, 2], -1.0, 1.0)], |g, x| g.broadcast(x[0], [4, 3, 5, 2]));
    b.add("a value used twice", &[SPAN], |g, x| {
        let e = g.unary(UnaryOp::Exp, x[0]);
        let s = g.unary(UnaryOp::Sin, e);
        let p = g.mul(e, s);
        g.add(p, e)
    });
}

fn products(b: &mut Builder) {
    for (m, n, k) in [(1, 1, 1), (4, 8, 16), (5, 7, 3), (9, 17, 33), (2, 1, 9), (13, 2, 64)] {
        for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
            let a: [usize; 2] = if ta { [k, m] } else { [m, k] };
            let c: [usize; 2] = if tb { [n, k] } else { [k, n] };
            let (a, c): (&'static [usize], &'static [usize]) = (Vec::from(a).leak(), Vec::from(c).leak());
            b.add(&format!("matmul {m}x{n}x{k} {ta} {tb}"), &[(a, -1.0, 1.0), (c, -1.0, 1.0)], |g, x| {
                g.matmul_with(x[0], x[1], ta, tb, None)
            });
        }
    }
    b.add("matmul, batched", &[(&[3, 4, 5], -1.0, 1.0), (&[3, 6, 5], -1.0, 1.0)], |g, x| {
        g.matmul_with(x[0], x[1], false, true, None)
    });
    b.add("matmul, rows of three axes", &[(&[3, 4, 5], -1.0, 1.0), (&[5, 6], -1.0, 1.0)], |g, x| {
        g.matmul(x[0], x[1])
    });
    b.add("bias and relu", &[(&[9, 20], -1.0, 1.0), (&[20, 12], -1.0, 1.0), (&[12], -1.0, 1.0)], |g, x| {
        let y = g.matmul(x[0], x[1]);
        let y = g.add(y, x[2]);
        let y = g.relu(y);
        let z = g.matmul_with(y, x[1], false, true, None);
        g.unary(UnaryOp::LeakyRelu(0.2), z)
    });
}

fn images(b: &mut Builder) {
    use Padding::{Same, Valid};
    for (name, size, stride, padding, kernel) in [
        ("3x3 same", [2, 5, 6, 3], 1, Same, [3, 3, 3, 4]),
        ("3x3 valid", [2, 5, 6, 2], 1, Valid, [3, 3, 2, 5]),
        ("3x3 stride 2 same", [1, 6, 7, 2], 2, Same, [3, 3, 2, 3]),
        ("5x5 stride 2 same", [1, 9, 8, 1], 2, Same, [5, 5, 1, 2]),
        ("2x2 stride 2 valid", [2, 5, 5, 2], 2, Valid, [2, 2, 2, 3]),
        ("1x1", [2, 4, 3, 5], 1, Same, [1, 1, 5, 2]),
        ("wider than the image", [1, 2, 2, 1], 1, Same, [5, 5, 1, 1]),
        ("many windows", [2, 13, 12, 1], 1, Same, [3, 3, 1, 9]),
    ] {
        let (size, kernel): (&'static [usize], &'static [usize]) =
            (Vec::from(size).leak(), Vec::from(kernel).leak());
        b.add(&format!("conv {name}"), &[(size, -1.0, 1.0), (kernel, -1.0, 1.0)], |g, x| {
            g.conv2d(x[0], x[1], stride, padding)
        });
    }
    for (name, stride, padding) in [("stride 1", 1, Same), ("stride 2", 2, Same), ("valid", 1, Valid)] {
        b.add(
            &format!("depthwise {name}"),
            &[(&[2, 6, 5, 3], -1.0, 1.0), (&[3, 3, 3], -1.0, 1.0)],
            |g, x| g.depthwise_conv2d(x[0], x[1], stride, padding),
        );
    }
    for (name, size, stride, padding) in
        [("2x2", 2, 2, Valid), ("3x3 stride 2 same", 3, 2, Same), ("3x3", 3, 1, Same)]
    {
        b.add(&format!("max pool {name}"), &[(&[2, 6, 7, 3], -1.0, 1.0)], |g, x| {
            g.max_pool(x[0], size, stride, padding)
        });
        b.add(&format!("average pool {name}"), &[(&[2, 6, 7, 3], -1.0, 1.0)], |g, x| {
            g.avg_pool(x[0], size, stride, padding)
        });
    }
    b.add("global average pool", &[(&[2, 6, 7, 3], -1.0, 1.0)], |g, x| g.global_avg_pool(x[0]));
}

fn movement(b: &mut Builder) {
    for axis in 0..3 {
        b.add(&format!("sum {axis}"), &[(&[3, 21, 5], -1.0, 1.0)], |g, x| g.sum_axis(x[0], axis));
        b.add(&format!("slice {axis}"), &[(&[4, 6, 5], -1.0, 1.0)], |g, x| g.slice(x[0], axis, 1, 3));
        b.add(&format!("pad {axis}"), &[(&[2, 3, 4], -1.0, 1.0)], |g, x| g.pad(x[0], axis, 2, 1));
        b.add(&format!("concat {axis}"), &[(&[2, 3, 4], -1.0, 1.0), (&[2, 3, 4], -1.0, 1.0)], |g, x| {
            let double = g.scale(x[0], 2.0);
            g.concat(&[x[0], x[1], double], axis)
        });
    }
    b.add("sum of all", &[(&[7, 33], -1.0, 1.0)], |g, x| {
        let square = g.unary(UnaryOp::Square, x[0]);
        g.mean(square)
    });
    b.add("logarithm of a sum of exponentials", &[(&[4, 9], -1.0, 1.0)], |g, x| {
        let max = g.max_axis(x[0], 1);
        let max = g.stop_gradient(max);
        let shifted = g.sub(x[0], max);
        let exp = g.unary(UnaryOp::Exp, shifted);
        let sum = g.sum_axis(exp, 1);
        let ln = g.unary(UnaryOp::Ln, sum);
        g.add(ln, max)
    });
    b.add("permute", &[(&[2, 3, 4], -1.0, 1.0)], |g, x| g.permute(x[0], &[2, 0, 1]));
    b.add("reshape", &[(&[2, 3, 4], -1.0, 1.0)], |g, x| {
        let y = g.reshape(x[0], [6, 4]);
        g.unary(UnaryOp::Square, y)
    });
    b.add_with("gather", &[(&[5, 4], -1.0, 1.0)], &[(&[3, 2], 5)], |g, x| g.gather(x[0], x[1]));
    b.add_with("scatter-add", &[(&[6, 4], -1.0, 1.0)], &[(&[6], 5)], |g, x| g.scatter_add(x[0], x[1], 5));
    b.add("softmax", &[(&[4, 11], -3.0, 3.0)], |g, x| g.softmax(x[0]));
    b.add("log-softmax", &[(&[4, 11], -3.0, 3.0)], |g, x| g.log_softmax(x[0]));
    b.add("rope", &[(&[2, 5, 8], -1.0, 1.0)], |g, x| g.rope(x[0], 10_000.0));
    b.add("dropout", &[(&[6, 50], -1.0, 1.0)], |g, x| g.dropout(x[0], 0.4));
    b.add("random", &[(&[3, 1], 0.5, 1.0)], |g, x| {
        let uniform = g.random(RandomKind::Uniform, [3, 5]);
        let normal = g.random(RandomKind::Normal, [3, 5]);
        let sum = g.add(uniform, normal);
        g.mul(sum, x[0])
    });
}

fn layers(b: &mut Builder) {
    b.add_with("cross-entropy", &[(&[6, 5], -2.0, 2.0)], &[(&[6], 5)], |g, x| {
        nn::cross_entropy(g, x[0], x[1])
    });
    b.add("binary cross-entropy", &[(&[9, 2], -3.0, 3.0), (&[9, 2], 0.0, 1.0)], |g, x| {
        nn::bce_with_logits(g, x[0], x[1])
    });
    b.add("mean square error", &[SPAN, SPAN], |g, x| nn::mse(g, x[0], x[1]));
    b.add("hinge", &[SPAN, SPAN], |g, x| nn::hinge(g, x[0], x[1]));
    for (name, which) in [("layer norm", 0), ("rms norm", 1), ("batch norm", 2), ("attention", 3)] {
        let shape: &'static [usize] = if which == 3 { &[2, 4, 8] } else { &[4, 3, 10] };
        b.add(name, &[(shape, -1.0, 1.5)], |g, x| {
            let mut net = nn::Net::around(std::mem::take(g));
            let y = match which {
                0 => nn::layer_norm(&mut net, "n", x[0], 1e-5),
                1 => nn::rms_norm(&mut net, "n", x[0], 1e-5),
                2 => nn::batch_norm(&mut net, "n", x[0], 1e-5, 0.1),
                _ => nn::attention(&mut net, "a", x[0], 2, Some(10_000.0)),
            };
            *g = net.graph;
            y
        });
    }
    for (name, long) in [("gated recurrent unit", false), ("long short-term memory", true)] {
        b.add(name, &[(&[3, 2, 4], -1.0, 1.0)], |g, x| {
            let mut net = nn::Net::around(std::mem::take(g));
            let y = if long { nn::lstm(&mut net, "r", x[0], 3) } else { nn::gru(&mut net, "r", x[0], 3) };
            *g = net.graph;
            y
        });
    }
}

/// Depthwise windows of every kind of tile: whole rows of four pixels, single ones at the borders, eight, four and single channels.
fn wide_images(b: &mut Builder) {
    use Padding::{Same, Valid};
    for (name, image, kernel, stride, padding) in [
        ("3x3, many", [1, 5, 11, 13], [3, 3, 13], 1, Same),
        ("5x5 stride 2, many", [2, 7, 13, 9], [5, 5, 9], 2, Same),
        ("5x5 in 3x3", [1, 3, 3, 5], [5, 5, 5], 1, Same),
        ("3x3 stride 2 of even sides", [1, 8, 12, 8], [3, 3, 8], 2, Same),
        ("2x3 valid, many", [1, 4, 9, 4], [2, 3, 4], 1, Valid),
    ] {
        let (image, kernel): (&'static [usize], &'static [usize]) =
            (Vec::from(image).leak(), Vec::from(kernel).leak());
        b.add(&format!("depthwise {name}"), &[(image, -1.0, 1.0), (kernel, -1.0, 1.0)], |g, x| {
            g.depthwise_conv2d(x[0], x[1], stride, padding)
        });
    }
}
