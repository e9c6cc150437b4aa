//! The same graphs in binary64, one node after the other, as plainly as the operations can be written.
//!
//! It shares nothing with the executors but the graph and the random words: gradients are checked here against finite differences, and
//! executors are checked against it. Rounding goes through `numerics` element by element. Left out: speed.

use numerics::{Overflow, Rounding, RoundingMode};

use crate::graph::{BinaryOp, ConvSpec, Graph, Op, PoolSpec, RandomKind, Tensor, UnaryOp};
use crate::policy::{Mode, Quantizer, Scaling, Target, max_finite};
use crate::random::{self, Stream};

/// Values of every node after one step. Integers are kept as numbers.
pub struct Values {
    values: Vec<Vec<f64>>,
}

impl Values {
    /// Evaluates a graph. `params` and `inputs` are in the graph's order.
    ///
    /// # Panics
    /// When a slice has not the length of its tensor, or on block formats, which have no binary64 meaning.
    pub fn evaluate(graph: &Graph, params: &[Vec<f64>], inputs: &[Vec<f64>], seed: u64, step: u64) -> Values {
        let mut values: Vec<Vec<f64>> = Vec::with_capacity(graph.nodes().len());
        for (index, node) in graph.nodes().iter().enumerate() {
            let arguments: Vec<&[f64]> =
                node.inputs.iter().map(|input| values[input.index()].as_slice()).collect();
            let value = match &node.op {
                Op::Param(id) => params[id.index()].clone(),
                Op::Input(id) => inputs[id.index()].clone(),
                op => evaluate(graph, Tensor(index as u32), op, &arguments, seed, step),
            };
            assert_eq!(value.len(), node.shape.len(), "values of {:?}", node.op);
            values.push(value);
        }
        Values { values }
    }

    /// The value of a tensor.
    pub fn of(&self, tensor: Tensor) -> &[f64] {
        &self.values[tensor.index()]
    }
}

fn unary(op: UnaryOp, a: f64) -> f64 {
    match op {
        UnaryOp::Neg => -a,
        UnaryOp::Abs => a.abs(),
        UnaryOp::Sign => f64::from(i8::from(a > 0.0) - i8::from(a < 0.0)),
        UnaryOp::Relu => a.max(0.0),
        UnaryOp::LeakyRelu(slope) => {
            if a > 0.0 {
                a
            } else {
                f64::from(slope) * a
            }
        }
        UnaryOp::Relu6 => a.clamp(0.0, 6.0),
        UnaryOp::Within(lo, hi) => f64::from(u8::from(f64::from(lo) < a && a < f64::from(hi))),
        UnaryOp::Exp => a.exp(),
        UnaryOp::Ln => a.ln(),
        UnaryOp::Sqrt => a.sqrt(),
        UnaryOp::Recip => 1.0 / a,
        UnaryOp::Square => a * a,
        UnaryOp::Tanh => a.tanh(),
        UnaryOp::Sigmoid => 1.0 / (1.0 + (-a).exp()),
        UnaryOp::Softplus => a.max(0.0) + (-a.abs()).exp().ln_1p(),
        UnaryOp::Sin => a.sin(),
        UnaryOp::Cos => a.cos(),
        UnaryOp::Erf => erf(a),
        UnaryOp::Scale(c) => f64::from(c) * a,
        UnaryOp::Offset(c) => a + f64::from(c),
        UnaryOp::Finite => f64::from(u8::from(a.is_finite())),
        UnaryOp::FlushSubnormal => {
            if a.abs() < f64::from(f32::MIN_POSITIVE) {
                0.0
            } else {
                a
            }
        }
    }
}

fn binary(op: BinaryOp, a: f64, b: f64) -> f64 {
    match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div => a / b,
        BinaryOp::Max => {
            if a > b {
                a
            } else {
                b
            }
        }
        BinaryOp::Min => {
            if a < b {
                a
            } else {
                b
            }
        }
        BinaryOp::Greater => f64::from(u8::from(a > b)),
        BinaryOp::MaskPositive(slope) => {
            if b > 0.0 {
                a
            } else {
                f64::from(slope) * a
            }
        }
    }
}

/// The error function: Taylor's series near 0, the continued fraction of its complement elsewhere.
fn erf(x: f64) -> f64 {
    let magnitude = x.abs();
    if magnitude < 2.5 {
        let (mut term, mut sum) = (magnitude, magnitude);
        for n in 1..200 {
            term *= -magnitude * magnitude / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        (sum * std::f64::consts::FRAC_2_SQRT_PI).copysign(x)
    } else {
        let mut fraction = 0.0;
        for n in (1..=120).rev() {
            fraction = f64::from(n) / 2.0 / (magnitude + fraction);
        }
        let complement =
            (-magnitude * magnitude).exp() / std::f64::consts::PI.sqrt() / (magnitude + fraction);
        (1.0 - complement).copysign(x)
    }
}

/// Strides with which the argument `index` of a node is read at the node's positions.
fn broadcast(graph: &Graph, tensor: Tensor, arguments: &[&[f64]], index: usize, position: usize) -> f64 {
    let shape = graph.shape(tensor);
    let own = graph.shape(graph.node(tensor).inputs[index]);
    let strides = own.strides_broadcast_to(shape);
    let mut rest = position;
    let mut at = 0;
    for (axis, &size) in shape.sizes().iter().enumerate().rev() {
        at += rest % size * strides[axis];
        rest /= size;
    }
    arguments[index][at]
}

fn evaluate(graph: &Graph, tensor: Tensor, op: &Op, arguments: &[&[f64]], seed: u64, step: u64) -> Vec<f64> {
    let node = graph.node(tensor);
    let shape = &node.shape;
    let input_shape = |index: usize| graph.shape(node.inputs[index]);
    let all = |f: &dyn Fn(usize) -> f64| (0..shape.len()).map(f).collect::<Vec<f64>>();
    match op {
        Op::Param(_) | Op::Input(_) => Vec::new(),
        Op::Constant(value) => vec![f64::from(*value)],
        Op::Unary(op) => arguments[0].iter().map(|&a| unary(*op, a)).collect(),
        Op::Binary(op) => all(&|i| {
            binary(*op, broadcast(graph, tensor, arguments, 0, i), broadcast(graph, tensor, arguments, 1, i))
        }),
        Op::Select => all(&|i| {
            let chosen = if broadcast(graph, tensor, arguments, 0, i) == 0.0 { 2 } else { 1 };
            broadcast(graph, tensor, arguments, chosen, i)
        }),
        Op::Broadcast => all(&|i| broadcast(graph, tensor, arguments, 0, i)),
        Op::MatMul { ta, tb, .. } => {
            let (a, sizes) = (input_shape(0).sizes(), shape.sizes());
            let (m, n) = (sizes[sizes.len() - 2], sizes[sizes.len() - 1]);
            let k = if *ta { a[a.len() - 2] } else { a[a.len() - 1] };
            all(&|i| {
                let (batch, row, column) = (i / (m * n), i / n % m, i % n);
                (0..k)
                    .map(|k_at| {
                        let a = if *ta { k_at * m + row } else { row * k + k_at };
                        let b = if *tb { column * k + k_at } else { k_at * n + column };
                        arguments[0][batch * m * k + a] * arguments[1][batch * k * n + b]
                    })
                    .sum()
            })
        }
        Op::Conv(spec) => convolution(spec, arguments, Role::Result),
        Op::ConvInputGrad(spec) => convolution(spec, arguments, Role::Images),
        Op::ConvWeightGrad(spec) => convolution(spec, arguments, Role::Weights),
        Op::MaxPick(spec) => {
            let mut out = vec![0.0; shape.len()];
            windows(spec, |o, inside| out[o] = arguments[1][greatest(arguments[0], inside)]);
            out
        }
        Op::MaxRoute(spec) => {
            let mut out = vec![0.0; shape.len()];
            windows(spec, |o, inside| out[greatest(arguments[0], inside)] += arguments[1][o]);
            out
        }
        Op::AvgPool(spec) => {
            let mut out = vec![0.0; shape.len()];
            windows(spec, |o, inside| {
                out[o] = inside.iter().map(|&i| arguments[0][i]).sum::<f64>() / inside.len() as f64;
            });
            out
        }
        Op::AvgSpread(spec) => {
            let mut out = vec![0.0; shape.len()];
            windows(spec, |o, inside| {
                inside.iter().for_each(|&i| out[i] += arguments[0][o] / inside.len() as f64);
            });
            out
        }
        Op::Sum { axis } | Op::Max { axis } => {
            let sizes = input_shape(0).sizes();
            let (len, inner) = (sizes[*axis], sizes[axis + 1..].iter().product::<usize>());
            all(&|i| {
                let run = (0..len).map(|r| arguments[0][(i / inner * len + r) * inner + i % inner]);
                if matches!(op, Op::Sum { .. }) { run.sum() } else { run.fold(f64::NEG_INFINITY, f64::max) }
            })
        }
        Op::Reshape | Op::Assign(_) | Op::StopGradient | Op::Round { forward: None, .. } => {
            arguments[0].to_vec()
        }
        Op::Permute { axes } => {
            let strides = input_shape(0).strides();
            all(&|i| arguments[0][moved(shape.sizes(), i, |axis, at| at * strides[axes[axis]])])
        }
        Op::Slice { axis, start } => {
            let strides = input_shape(0).strides();
            all(&|i| {
                arguments[0]
                    [moved(shape.sizes(), i, |a, at| (at + if a == *axis { *start } else { 0 }) * strides[a])]
            })
        }
        Op::Pad { axis, before } => {
            let (strides, sizes) = (shape.strides(), input_shape(0).sizes());
            let mut out = vec![0.0; shape.len()];
            for (i, &value) in arguments[0].iter().enumerate() {
                out[moved(sizes, i, |a, at| (at + if a == *axis { *before } else { 0 }) * strides[a])] =
                    value;
            }
            out
        }
        Op::Concat { axis } => {
            let strides = shape.strides();
            let mut out = vec![0.0; shape.len()];
            let mut start = 0;
            for (index, argument) in arguments.iter().enumerate() {
                let sizes = input_shape(index).sizes();
                for (i, &value) in argument.iter().enumerate() {
                    out[moved(sizes, i, |a, at| (at + if a == *axis { start } else { 0 }) * strides[a])] =
                        value;
                }
                start += sizes[*axis];
            }
            out
        }
        Op::Gather => {
            let rows = input_shape(0).sizes()[0];
            let width = input_shape(0).len() / rows;
            arguments[1]
                .iter()
                .flat_map(|&row| {
                    let row = (row as usize).min(rows - 1);
                    arguments[0][row * width..][..width].iter().copied()
                })
                .collect()
        }
        Op::ScatterAdd => {
            let width = shape.len() / shape.sizes()[0];
            let mut out = vec![0.0; shape.len()];
            for (&row, values) in arguments[1].iter().zip(arguments[0].chunks(width)) {
                let row = (row as usize).min(shape.sizes()[0] - 1);
                out[row * width..][..width].iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            }
            out
        }
        Op::OneHot => {
            let classes = shape.last();
            all(&|i| f64::from(u8::from(arguments[0][i / classes] as usize == i % classes)))
        }
        Op::Softmax | Op::LogSoftmax => arguments[0]
            .chunks(shape.last())
            .flat_map(|row| {
                let greatest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = row.iter().map(|a| (a - greatest).exp()).sum();
                let log = matches!(op, Op::LogSoftmax);
                row.iter()
                    .map(move |a| if log { a - greatest - sum.ln() } else { (a - greatest).exp() / sum })
                    .collect::<Vec<f64>>()
            })
            .collect(),
        Op::Rope { base, inverse } => {
            let (t, d) = (shape.sizes()[shape.rank() - 2], shape.last());
            all(&|i| {
                let (position, feature) = (i / d % t, i % d);
                let frequency = f64::from(*base).powf(-((feature / 2 * 2) as f64) / d as f64);
                let angle = position as f64 * frequency * if *inverse { -1.0 } else { 1.0 };
                let (even, odd) = (arguments[0][i / 2 * 2], arguments[0][i / 2 * 2 + 1]);
                if feature % 2 == 0 {
                    even * angle.cos() - odd * angle.sin()
                } else {
                    even * angle.sin() + odd * angle.cos()
                }
            })
        }
        Op::Random { kind, stream } => {
            let stream = Stream::new(seed, *stream, step);
            all(&|i| {
                let words = stream.pair((i / 2) as u32);
                match kind {
                    RandomKind::Uniform => f64::from(random::uniform::<f32>(words[i % 2])),
                    RandomKind::Normal => f64::from(random::normals::<f32>(words)[i % 2]),
                    RandomKind::Below(n) => f64::from(random::below(words[i % 2], *n)),
                }
            })
        }
        Op::Round { forward: Some(id), .. } => {
            round(&graph.quantizers()[id.index()], arguments[0], shape.last())
        }
        Op::RangeMask(id) => {
            let limit = f64::from(graph.quantizers()[id.index()].max_finite());
            arguments[0]
                .iter()
                .zip(arguments[1])
                .map(|(&g, &x)| if x.abs() <= limit { g } else { 0.0 })
                .collect()
        }
    }
}

/// The offset of position `i` of a dense tensor of `sizes` when each axis contributes `offset(axis, index)`.
fn moved(sizes: &[usize], mut i: usize, offset: impl Fn(usize, usize) -> usize) -> usize {
    let mut total = 0;
    for (axis, &size) in sizes.iter().enumerate().rev() {
        total += offset(axis, i % size);
        i /= size;
    }
    total
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Result,
    Images,
    Weights,
}

/// Every product of a convolution, added to the operand that is asked for.
fn convolution(s: &ConvSpec, arguments: &[&[f64]], wanted: Role) -> Vec<f64> {
    let weights = s.kh * s.kw * s.ci * if s.depthwise { 1 } else { s.co };
    let mut out = vec![
        0.0;
        match wanted {
            Role::Result => s.n * s.oh * s.ow * s.co,
            Role::Images => s.n * s.h * s.w * s.ci,
            Role::Weights => weights,
        }
    ];
    for n in 0..s.n {
        for (oy, ox) in (0..s.oh).flat_map(|y| (0..s.ow).map(move |x| (y, x))) {
            for (ky, kx) in (0..s.kh).flat_map(|y| (0..s.kw).map(move |x| (y, x))) {
                let (Some(y), Some(x)) =
                    ((oy * s.stride + ky).checked_sub(s.top), (ox * s.stride + kx).checked_sub(s.left))
                else {
                    continue;
                };
                if y >= s.h || x >= s.w {
                    continue;
                }
                for (ci, co) in (0..s.ci).flat_map(|i| (0..s.co).map(move |o| (i, o))) {
                    if s.depthwise && ci != co {
                        continue;
                    }
                    let image = ((n * s.h + y) * s.w + x) * s.ci + ci;
                    let weight = (ky * s.kw + kx) * s.ci + ci;
                    let weight = if s.depthwise { weight } else { weight * s.co + co };
                    let result = ((n * s.oh + oy) * s.ow + ox) * s.co + co;
                    match wanted {
                        Role::Result => out[result] += arguments[0][image] * arguments[1][weight],
                        Role::Images => out[image] += arguments[0][result] * arguments[1][weight],
                        Role::Weights => out[weight] += arguments[0][image] * arguments[1][result],
                    }
                }
            }
        }
    }
    out
}

/// Calls `f` with each place of a pooling's result and the places of the image that it covers.
fn windows(spec: &PoolSpec, mut f: impl FnMut(usize, &[usize])) {
    for n in 0..spec.n {
        for (oy, ox) in (0..spec.oh).flat_map(|y| (0..spec.ow).map(move |x| (y, x))) {
            for c in 0..spec.c {
                let inside: Vec<usize> = spec
                    .rows(oy)
                    .flat_map(|y| spec.columns(ox).map(move |x| ((n * spec.h + y) * spec.w + x) * spec.c + c))
                    .collect();
                f(((n * spec.oh + oy) * spec.ow + ox) * spec.c + c, &inside);
            }
        }
    }
}

/// The first place with the greatest value.
fn greatest(values: &[f64], places: &[usize]) -> usize {
    let mut best = places[0];
    for &place in places {
        if values[place] > values[best] {
            best = place;
        }
    }
    best
}

fn round(quantizer: &Quantizer, x: &[f64], columns: usize) -> Vec<f64> {
    let Target::Element(format, scaling) = quantizer.target else {
        panic!("block formats have no binary64 meaning")
    };
    let mode = match quantizer.mode {
        Mode::Fixed(mode) => mode,
        Mode::Stochastic { .. } => RoundingMode::NearestEven,
    };
    let overflow = if quantizer.saturate { Overflow::Saturate } else { Overflow::Native };
    let rounding = Rounding { mode, overflow, flush_subnormals: false };
    let absmax = |values: &mut dyn Iterator<Item = f64>| {
        let greatest = values.filter(|x| x.is_finite()).fold(0.0_f64, |m, x| m.max(x.abs()));
        if greatest == 0.0 { 1.0 } else { greatest / f64::from(max_finite(&format)) }
    };
    let scales: Vec<f64> = match scaling {
        Scaling::None => vec![1.0],
        Scaling::Fixed(scale) => vec![f64::from(scale)],
        Scaling::Tensor => vec![absmax(&mut x.iter().copied())],
        Scaling::Channel => {
            (0..columns).map(|column| absmax(&mut x.iter().skip(column).step_by(columns).copied())).collect()
        }
    };
    x.iter()
        .enumerate()
        .map(|(i, &x)| {
            let scale = scales[i % scales.len()];
            format.encode_f64(x / scale, &rounding).value.to_f64() * scale
        })
        .collect()
}
