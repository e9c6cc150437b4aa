//! Which nodes run together, and in which order.
//!
//! A unit is one kernel: a single node, or elementwise nodes over the same positions. Two units may become one when no third unit has to run
//! between them. An assignment writes its parameter's place, so it also comes after every reader of the old value.

use std::collections::BTreeSet;

use super::resolve;
use crate::graph::{Graph, Node, Op, Tensor};
use crate::policy::Quantizer;
use crate::rounding::Rounder;

/// Instructions in one fused program; beyond that registers no longer fit the first-level cache.
const MAX_NODES: usize = 48;

/// Nodes that run as one kernel, in order of creation.
pub(super) struct Unit {
    pub nodes: Vec<Tensor>,
    pub elementwise: bool,
}

/// Units in the order in which they run.
pub(super) fn units(graph: &Graph) -> Vec<Unit> {
    let live = live(graph);
    let mut builder = Builder::new(graph, &live);
    builder.fuse();
    builder.ordered()
}

/// Nodes that an output or an assignment needs.
fn live(graph: &Graph) -> Vec<bool> {
    let mut live = vec![false; graph.nodes().len()];
    let mut stack: Vec<Tensor> = graph.outputs().iter().map(|(_, tensor)| *tensor).collect();
    stack.extend(
        (0..graph.params().len()).filter_map(|index| graph.assigned(crate::graph::ParamId(index as u32))),
    );
    while let Some(tensor) = stack.pop() {
        if !std::mem::replace(&mut live[tensor.index()], true) {
            stack.extend(&graph.node(tensor).inputs);
        }
    }
    live
}

/// The rounding is one of an element by itself, for which executors have a fused kernel.
fn rounds_alone(quantizer: &Quantizer) -> bool {
    !quantizer.is_stochastic() && Rounder::unscaled(quantizer).is_some()
}

fn is_elementwise(graph: &Graph, node: &Node) -> bool {
    match node.op {
        Op::Unary(_) | Op::Binary(_) | Op::Select | Op::Broadcast | Op::Assign(_) | Op::RangeMask(_) => true,
        Op::Round { forward, .. } => {
            forward.is_none_or(|quantizer| rounds_alone(&graph.quantizers()[quantizer.index()]))
        }
        _ => false,
    }
}

/// Leaves and views have no kernel. A constant has one only when something else than an elementwise program reads it.
fn is_computed(graph: &Graph, tensor: Tensor) -> bool {
    !matches!(graph.node(tensor).op, Op::Param(_) | Op::Input(_)) && resolve(graph, tensor).0 == tensor
}

struct Builder<'a> {
    graph: &'a Graph,
    units: Vec<Unit>,
    /// Units that must run before each unit.
    before: Vec<BTreeSet<usize>>,
    /// Unit of each node.
    unit_of: Vec<Option<usize>>,
}

impl<'a> Builder<'a> {
    fn new(graph: &'a Graph, live: &[bool]) -> Builder<'a> {
        let mut builder = Builder {
            graph,
            units: Vec::new(),
            before: Vec::new(),
            unit_of: vec![None; graph.nodes().len()],
        };
        for (index, node) in graph.nodes().iter().enumerate() {
            let tensor = Tensor(index as u32);
            if !live[index] || !is_computed(graph, tensor) {
                continue;
            }
            builder.unit_of[index] = Some(builder.units.len());
            builder.units.push(Unit { nodes: vec![tensor], elementwise: is_elementwise(graph, node) });
            let before = node
                .inputs
                .iter()
                .filter_map(|&input| builder.unit_of[resolve(graph, input).0.index()])
                .collect();
            builder.before.push(before);
        }
        builder.protect_parameters(live);
        builder
    }

    /// An assignment runs after all readers of the old value.
    fn protect_parameters(&mut self, live: &[bool]) {
        for (index, node) in self.graph.nodes().iter().enumerate() {
            let Op::Assign(param) = node.op else { continue };
            let Some(writer) = self.unit_of[index] else { continue };
            for (reader, node) in self.graph.nodes().iter().enumerate() {
                let reads = live[reader]
                    && node.inputs.iter().any(|&input| {
                        matches!(self.graph.node(resolve(self.graph, input).0).op, Op::Param(id) if id == param)
                    });
                if let (true, Some(unit)) = (reads, self.unit_of[reader])
                    && unit != writer
                {
                    self.before[writer].insert(unit);
                }
            }
        }
    }

    fn fuse(&mut self) {
        for index in 0..self.graph.nodes().len() {
            let Some(own) = self.unit_of[index].filter(|&unit| self.units[unit].elementwise) else {
                continue;
            };
            let mut own = own;
            let node = &self.graph.nodes()[index];
            for &input in &node.inputs {
                let (producer, offset) = resolve(self.graph, input);
                let Some(other) = self.unit_of[producer.index()] else { continue };
                let whole = offset == 0 && self.graph.shape(producer).len() == self.graph.shape(input).len();
                if other != own
                    && whole
                    && self.units[other].elementwise
                    && self.same_positions(producer, input, Tensor(index as u32))
                    && self.units[other].nodes.len() + self.units[own].nodes.len() <= MAX_NODES
                    && !self.runs_between(other, own)
                {
                    own = self.merge(other, own);
                }
            }
        }
    }

    /// Position `i` of the consumer reads position `i` of the producer.
    fn same_positions(&self, producer: Tensor, input: Tensor, consumer: Tensor) -> bool {
        let sizes = |tensor: Tensor| -> Vec<usize> {
            self.graph.shape(tensor).sizes().iter().copied().filter(|&size| size != 1).collect()
        };
        // Units have one shape: a reshape in between that is more than axes of size 1 keeps them apart.
        sizes(producer) == sizes(consumer) && sizes(input) == sizes(consumer)
    }

    /// Whether some third unit must run after `a` and before `b`, or the other way round.
    fn runs_between(&self, a: usize, b: usize) -> bool {
        self.reaches_through_others(b, a) || self.reaches_through_others(a, b)
    }

    /// Whether `from` depends on `target` through at least one other unit.
    fn reaches_through_others(&self, from: usize, target: usize) -> bool {
        let mut seen = vec![false; self.units.len()];
        let mut stack: Vec<usize> =
            self.before[from].iter().copied().filter(|&unit| unit != target && unit != from).collect();
        while let Some(unit) = stack.pop() {
            if std::mem::replace(&mut seen[unit], true) {
                continue;
            }
            if self.before[unit].contains(&target) {
                return true;
            }
            stack.extend(self.before[unit].iter().copied().filter(|&next| next != from));
        }
        false
    }

    /// Moves the nodes of `from` into `into`.
    fn merge(&mut self, into: usize, from: usize) -> usize {
        let nodes = std::mem::take(&mut self.units[from].nodes);
        for node in &nodes {
            self.unit_of[node.index()] = Some(into);
        }
        self.units[into].nodes.extend(nodes);
        self.units[into].nodes.sort_unstable();
        let before = std::mem::take(&mut self.before[from]);
        self.before[into].extend(before);
        for unit in 0..self.units.len() {
            if self.before[unit].remove(&from) {
                self.before[unit].insert(into);
            }
        }
        self.before[into].remove(&into);
        into
    }

    /// Topological order; among units that could run, the one whose last node was created first.
    fn ordered(mut self) -> Vec<Unit> {
        let mut waiting: BTreeSet<(Tensor, usize)> = BTreeSet::new();
        let mut missing: Vec<usize> = self.before.iter().map(BTreeSet::len).collect();
        let mut after: Vec<Vec<usize>> = vec![Vec::new(); self.units.len()];
        for (unit, before) in self.before.iter().enumerate() {
            before.iter().for_each(|&earlier| after[earlier].push(unit));
        }
        let last = |units: &[Unit], unit: usize| units[unit].nodes.last().copied();
        for (unit, &missing) in missing.iter().enumerate() {
            if let (Some(key), 0) = (last(&self.units, unit), missing) {
                waiting.insert((key, unit));
            }
        }
        let count = self.units.iter().filter(|unit| !unit.nodes.is_empty()).count();
        let mut order = Vec::with_capacity(count);
        while let Some((_, unit)) = waiting.pop_first() {
            order.push(unit);
            for &next in &after[unit] {
                missing[next] -= 1;
                if let (Some(key), 0) = (last(&self.units, next), missing[next]) {
                    waiting.insert((key, next));
                }
            }
        }
        assert_eq!(order.len(), count, "a parameter's old value is read after its new one is needed");
        order
            .into_iter()
            .map(|unit| {
                std::mem::replace(&mut self.units[unit], Unit { nodes: Vec::new(), elementwise: false })
            })
            .collect()
    }
}
