//! From units to kernels. Places are still names: a view's `offset` counts from the start of its buffer, and buffers get their places in
//! [`super::memory`].

use std::collections::HashMap;

use super::fusion::Unit;
use super::program::{Access, Function, Instr, Operand, Program};
use super::{Counter, Epilogue, Kernel, ReduceKind, View, epilogue, resolve};
use crate::graph::{Graph, InputId, Op, ParamId, Tensor};

/// A buffer without a place yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Home {
    Param(ParamId),
    Input(InputId),
    /// The result of a node.
    Node(Tensor),
}

/// A run of words in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub home: Home,
    pub view: View,
}

/// A step whose places are named. Views inside a program are indices: of inputs and outputs in the lists beside it.
pub(super) struct NamedStep {
    pub kernel: Kernel,
    pub inputs: Vec<Place>,
    pub outputs: Vec<Place>,
}

pub(super) struct Lowered {
    pub steps: Vec<NamedStep>,
    pub counters: Vec<Counter>,
}

/// The place of a tensor's words.
pub(super) fn place_of(graph: &Graph, tensor: Tensor) -> Place {
    let (root, offset) = resolve(graph, tensor);
    let home = match graph.node(root).op {
        Op::Param(param) | Op::Assign(param) => Home::Param(param),
        Op::Input(input) => Home::Input(input),
        _ => Home::Node(root),
    };
    Place { home, view: View { offset, len: graph.shape(tensor).len() } }
}

pub(super) fn lower(graph: &Graph, units: &[Unit]) -> Lowered {
    let mut counters = Vec::new();
    let read_outside = read_outside(graph, units);
    let mut steps: Vec<NamedStep> = Vec::new();
    for unit in units {
        if unit.elementwise {
            steps.push(program(graph, unit, &read_outside, &mut counters));
        } else {
            let tensor = unit.nodes[0];
            if matches!(graph.node(tensor).op, Op::Constant(_)) && !read_outside.contains_key(&tensor) {
                continue;
            }
            single(graph, tensor, &mut counters, &mut steps);
        }
    }
    epilogue::fuse(graph, &mut steps);
    Lowered { steps, counters }
}

/// How often each computed node is read by another unit or by the host.
fn read_outside(graph: &Graph, units: &[Unit]) -> HashMap<Tensor, usize> {
    let mut unit_of = HashMap::new();
    for (index, unit) in units.iter().enumerate() {
        unit.nodes.iter().for_each(|&node| {
            unit_of.insert(node, index);
        });
    }
    let mut readers = HashMap::new();
    for (index, unit) in units.iter().enumerate() {
        for &node in &unit.nodes {
            for &input in &graph.node(node).inputs {
                let (root, _) = resolve(graph, input);
                let constant = matches!(graph.node(root).op, Op::Constant(_));
                if unit_of.get(&root) != Some(&index) && !(constant && unit.elementwise) {
                    *readers.entry(root).or_insert(0) += 1;
                }
            }
        }
    }
    for (_, tensor) in graph.outputs() {
        *readers.entry(resolve(graph, *tensor).0).or_insert(0) += 1;
    }
    readers
}

fn program(
    graph: &Graph,
    unit: &Unit,
    read_outside: &HashMap<Tensor, usize>,
    counters: &mut Vec<Counter>,
) -> NamedStep {
    let shape = graph.shape(unit.nodes[unit.nodes.len() - 1]).clone();
    let mut inputs: Vec<(Place, Vec<usize>)> = Vec::new();
    let mut values: HashMap<Tensor, Operand> = HashMap::new();
    let mut instrs: Vec<Instr> = Vec::new();
    let mut outputs: Vec<(Operand, Place)> = Vec::new();
    for &tensor in &unit.nodes {
        let node = graph.node(tensor);
        let mut operands = [Operand::Constant(0.0); 3];
        for (operand, &input) in operands.iter_mut().zip(&node.inputs) {
            let (root, _) = resolve(graph, input);
            *operand = if let Some(&value) = values.get(&root) {
                value
            } else if let Op::Constant(value) = graph.node(root).op {
                Operand::Constant(value)
            } else {
                // Seen as the consumer sees it, then as the unit's shape: they differ by axes of size 1 only.
                let strides = strides_in(graph, input, tensor, &shape);
                let access = (place_of(graph, input), strides);
                let index = inputs.iter().position(|known| *known == access).unwrap_or_else(|| {
                    inputs.push(access);
                    inputs.len() - 1
                });
                Operand::Input(index as u16)
            };
        }
        let function = match node.op {
            Op::Unary(op) => Function::Unary(op),
            Op::Binary(op) => Function::Binary(op),
            Op::Select => Function::Select,
            Op::RangeMask(quantizer) => Function::RangeMask(quantizer),
            Op::Round { forward: Some(quantizer), site, .. } => {
                counters.push(Counter::new(graph, quantizer, site));
                Function::Round(quantizer, counters.len() as u16 - 1)
            }
            // Broadcasting, assigning and passing on compute nothing.
            _ => Function::Copy,
        };
        let value = if function == Function::Copy {
            operands[0]
        } else {
            instrs.push(Instr { function, operands });
            Operand::Result(instrs.len() as u16 - 1)
        };
        values.insert(tensor, value);
        let assigned = matches!(node.op, Op::Assign(_));
        if assigned || read_outside.contains_key(&tensor) {
            outputs.push((value, place_of(graph, tensor)));
        }
    }
    let mut program = Program {
        dims: shape.sizes().to_vec(),
        inputs: inputs
            .iter()
            .map(|(_, strides)| Access { view: View::default(), strides: strides.clone() })
            .collect(),
        instrs,
        outputs: outputs.iter().map(|(value, _)| (*value, View::default())).collect(),
    };
    program.merge_loops();
    NamedStep {
        kernel: Kernel::Elementwise(program),
        inputs: inputs.into_iter().map(|(place, _)| place).collect(),
        outputs: outputs.into_iter().map(|(_, place)| place).collect(),
    }
}

/// Strides of `input`, read by `consumer`, along the axes of `shape`, which equals the consumer's but for axes of size 1.
fn strides_in(graph: &Graph, input: Tensor, consumer: Tensor, shape: &crate::Shape) -> Vec<usize> {
    let own = graph.shape(consumer);
    let strides = graph.shape(input).strides_broadcast_to(own);
    let mut moving =
        own.sizes().iter().zip(strides).filter(|(size, _)| **size != 1).map(|(_, stride)| stride);
    shape.sizes().iter().map(|&size| if size == 1 { 0 } else { moving.next().unwrap_or(0) }).collect()
}

fn single(graph: &Graph, tensor: Tensor, counters: &mut Vec<Counter>, steps: &mut Vec<NamedStep>) {
    let node = graph.node(tensor);
    let shape = &node.shape;
    let input_shape = |index: usize| graph.shape(node.inputs[index]);
    let inputs: Vec<Place> = node.inputs.iter().map(|&input| place_of(graph, input)).collect();
    let output = place_of(graph, tensor);
    let mut push = |kernel, inputs| steps.push(NamedStep { kernel, inputs, outputs: vec![output] });
    let kernel = match &node.op {
        Op::Constant(value) => Kernel::Elementwise(Program {
            dims: vec![1],
            inputs: Vec::new(),
            instrs: Vec::new(),
            outputs: vec![(Operand::Constant(*value), View::default())],
        }),
        Op::MatMul { ta, tb, accumulator } => {
            let a = input_shape(0).sizes();
            let (batch, matrix) = a.split_at(a.len() - 2);
            let k = if *ta { matrix[0] } else { matrix[1] };
            let sizes = &shape.sizes()[shape.rank() - 2..];
            Kernel::MatMul {
                batch: batch.iter().product(),
                m: sizes[0],
                n: sizes[1],
                k,
                ta: *ta,
                tb: *tb,
                accumulator: *accumulator,
                epilogue: Epilogue::default(),
            }
        }
        Op::Conv(spec) => Kernel::Conv(*spec),
        Op::ConvInputGrad(spec) => Kernel::ConvInputGrad(*spec),
        Op::ConvWeightGrad(spec) => Kernel::ConvWeightGrad(*spec),
        Op::MaxPick(spec) => Kernel::MaxPick(*spec),
        Op::MaxRoute(spec) => Kernel::MaxRoute(*spec),
        Op::AvgPool(spec) => Kernel::AvgPool(*spec),
        Op::AvgSpread(spec) => Kernel::AvgSpread(*spec),
        Op::Sum { axis } | Op::Max { axis } => {
            let sizes = input_shape(0).sizes();
            let kind = if matches!(node.op, Op::Sum { .. }) { ReduceKind::Sum } else { ReduceKind::Max };
            Kernel::Reduce {
                kind,
                outer: sizes[..*axis].iter().product(),
                len: sizes[*axis],
                inner: sizes[axis + 1..].iter().product(),
            }
        }
        Op::Softmax | Op::LogSoftmax => Kernel::Softmax {
            rows: shape.len() / shape.last().max(1),
            columns: shape.last(),
            log: matches!(node.op, Op::LogSoftmax),
        },
        Op::Permute { axes } => {
            let strides = input_shape(0).strides();
            Kernel::Copy {
                dims: shape.sizes().to_vec(),
                from: 0,
                from_strides: axes.iter().map(|&axis| strides[axis]).collect(),
                to: 0,
                to_strides: shape.strides(),
                clear: false,
            }
        }
        Op::Slice { axis, start } => {
            let strides = input_shape(0).strides();
            Kernel::Copy {
                dims: shape.sizes().to_vec(),
                from: start * strides[*axis],
                from_strides: strides,
                to: 0,
                to_strides: shape.strides(),
                clear: false,
            }
        }
        Op::Pad { axis, before } => {
            let strides = shape.strides();
            Kernel::Copy {
                dims: input_shape(0).sizes().to_vec(),
                from: 0,
                from_strides: input_shape(0).strides(),
                to: before * strides[*axis],
                to_strides: strides,
                clear: true,
            }
        }
        Op::Concat { axis } => {
            let strides = shape.strides();
            let mut start = 0;
            for (index, input) in inputs.iter().enumerate() {
                let part = input_shape(index);
                let kernel = Kernel::Copy {
                    dims: part.sizes().to_vec(),
                    from: 0,
                    from_strides: part.strides(),
                    to: start * strides[*axis],
                    to_strides: strides.clone(),
                    clear: false,
                };
                push(kernel, vec![*input]);
                start += part.sizes()[*axis];
            }
            return;
        }
        Op::Gather => {
            let rows = input_shape(0).sizes()[0];
            Kernel::Gather { rows, width: input_shape(0).len() / rows.max(1) }
        }
        Op::ScatterAdd => {
            let rows = shape.sizes()[0];
            Kernel::ScatterAdd { rows, width: shape.len() / rows.max(1) }
        }
        Op::OneHot => Kernel::OneHot { classes: shape.last() },
        Op::Rope { base, inverse } => {
            let sizes = shape.sizes();
            let (outer, rest) = sizes.split_at(sizes.len() - 2);
            Kernel::Rope {
                outer: outer.iter().product(),
                t: rest[0],
                d: rest[1],
                base: *base,
                inverse: *inverse,
            }
        }
        Op::Random { kind, stream } => Kernel::Random { kind: *kind, stream: *stream },
        Op::Round { forward: Some(quantizer), site, .. } => {
            counters.push(Counter::new(graph, *quantizer, *site));
            Kernel::Round { quantizer: *quantizer, counter: counters.len() - 1, columns: shape.last() }
        }
        elementwise_or_view => unreachable!("{elementwise_or_view:?} has no kernel of its own"),
    };
    push(kernel, inputs);
}
