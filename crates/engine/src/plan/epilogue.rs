//! Bias, activation and the activation's gradient move from the elementwise step that reads a product into the product, where the sums
//! are still in registers. What else that step does (a policy's rounding, say) stays in it.

use super::lower::{Home, NamedStep, Place, place_of};
use super::program::{Function, Instr, Operand, Program};
use super::{Activation, Epilogue, Kernel};
use crate::graph::{BinaryOp, Graph, UnaryOp};

/// Goes through all products.
pub(super) fn fuse(graph: &Graph, steps: &mut Vec<NamedStep>) {
    let mut at = 0;
    while at < steps.len() {
        if let Some(Follower { step, epilogue, extra, rest }) = follower(graph, steps, at) {
            let old = steps.remove(step);
            let product = &mut steps[at];
            if let Kernel::MatMul { epilogue: own, .. } = &mut product.kernel {
                *own = epilogue;
            }
            product.inputs.extend(extra);
            match rest {
                Some(Rest { result, step: rest }) => {
                    product.outputs = vec![result];
                    steps.insert(step, rest);
                }
                None => product.outputs = old.outputs,
            }
        }
        at += 1;
    }
}

struct Follower {
    step: usize,
    epilogue: Epilogue,
    extra: Option<Place>,
    rest: Option<Rest>,
}

/// What stays of an elementwise step whose first instructions a product took over.
struct Rest {
    /// Where the product writes now.
    result: Place,
    step: NamedStep,
}

/// The elementwise step that alone reads the product at `at`, when the product can take over some of it.
fn follower(graph: &Graph, steps: &[NamedStep], at: usize) -> Option<Follower> {
    let Kernel::MatMul { batch: 1, m, n, accumulator: None, .. } = steps[at].kernel else { return None };
    let product = steps[at].outputs[0];
    let mut readers = (at + 1..steps.len())
        .filter(|&step| steps[step].inputs.iter().any(|input| input.home == product.home));
    let step = readers.next()?;
    let read_by_host =
        graph.outputs().iter().any(|(_, tensor)| place_of(graph, *tensor).home == product.home);
    if readers.next().is_some() || read_by_host {
        return None;
    }
    let Kernel::Elementwise(program) = &steps[step].kernel else { return None };
    if program.len() != m * n {
        return None;
    }
    let around = Around { steps, at, step, product, program, m, n };
    around.whole().or_else(|| around.beginning())
}

/// A product and the program that reads it.
struct Around<'a> {
    steps: &'a [NamedStep],
    at: usize,
    step: usize,
    product: Place,
    program: &'a Program,
    m: usize,
    n: usize,
}

impl Around<'_> {
    fn input(&self, index: usize) -> Place {
        self.steps[self.step].inputs[index]
    }

    fn is_product(&self, operand: Operand) -> bool {
        matches!(operand, Operand::Input(index) if self.input(index.into()) == self.product)
    }

    /// An input that is not the product.
    fn other(&self, operand: Operand) -> Option<usize> {
        match operand {
            Operand::Input(index) if self.input(index.into()) != self.product => Some(index.into()),
            _ => None,
        }
    }

    /// One number a column.
    fn is_row(&self, index: usize) -> bool {
        let strides = &self.program.inputs[index].strides;
        let (m, n) = (self.m, self.n);
        self.input(index).view.len == n
            && (strides[..] == [0, 1] && self.program.dims[..] == [m, n]
                || m == 1
                || n == 1 && strides[..] == [0])
    }

    /// One number an element.
    fn is_dense(&self, index: usize) -> bool {
        self.input(index).view.len == self.m * self.n && self.program.dims.len() == 1
    }

    /// What the product would wait for is there when it runs.
    fn is_ready(&self, index: usize) -> bool {
        let home = self.input(index).home;
        let writes = |step: &NamedStep| step.outputs.iter().any(|output| output.home == home);
        match home {
            Home::Node(_) => self.steps[..self.at].iter().any(writes),
            // An assignment between the product and its follower would change what is read.
            Home::Param(_) => !self.steps[self.at + 1..self.step].iter().any(writes),
            Home::Input(_) => true,
        }
    }

    /// The row that an instruction adds to the product.
    fn bias_of(&self, instr: &Instr) -> Option<usize> {
        let Function::Binary(BinaryOp::Add) = instr.function else { return None };
        let index = if self.is_product(instr.operands[0]) {
            self.other(instr.operands[1])?
        } else if self.is_product(instr.operands[1]) {
            self.other(instr.operands[0])?
        } else {
            return None;
        };
        (self.is_row(index) && self.is_ready(index)).then_some(index)
    }

    /// The whole program becomes the product's.
    fn whole(&self) -> Option<Follower> {
        let [(Operand::Result(result), _)] = self.program.outputs[..] else { return None };
        // The result's place must not be read or written between the product and its follower (a parameter's would be).
        let output_is_own = matches!(self.steps[self.step].outputs[0].home, Home::Node(_));
        if usize::from(result) + 1 != self.program.instrs.len() || !output_is_own {
            return None;
        }
        let (epilogue, extra) = match &self.program.instrs[..] {
            [add] if self.bias_of(add).is_some() => {
                (Epilogue { bias: true, activation: Activation::None }, self.bias_of(add))
            }
            [add, act] if self.bias_of(add).is_some() => {
                let activation = activation(act, Operand::Result(0))?;
                (Epilogue { bias: true, activation }, self.bias_of(add))
            }
            [mask] => match mask.function {
                Function::Binary(BinaryOp::MaskPositive(slope)) if self.is_product(mask.operands[0]) => {
                    let index = self.other(mask.operands[1])?;
                    if !self.is_dense(index) || !self.is_ready(index) {
                        return None;
                    }
                    (Epilogue { bias: false, activation: Activation::MaskPositive(slope) }, Some(index))
                }
                _ if self.is_product(mask.operands[0]) => {
                    (Epilogue { bias: false, activation: activation(mask, mask.operands[0])? }, None)
                }
                _ => return None,
            },
            _ => return None,
        };
        let extra = extra.map(|index| self.input(index));
        Some(Follower { step: self.step, epilogue, extra, rest: None })
    }

    /// Bias, and activation if it comes next, become the product's; the program goes on from there.
    fn beginning(&self) -> Option<Follower> {
        let instrs = &self.program.instrs;
        let bias = self.bias_of(instrs.first()?)?;
        let is_used_later = |value: Operand, from: usize| {
            instrs[from..].iter().any(|instr| instr.operands[..instr.operand_count()].contains(&value))
                || self.program.outputs.iter().any(|(output, _)| *output == value)
        };
        let act = instrs.get(1).and_then(|instr| activation(instr, Operand::Result(0)));
        let act = act.filter(|_| !is_used_later(Operand::Result(0), 2));
        let taken = 1 + usize::from(act.is_some());
        let last = Operand::Result(taken as u16 - 1);
        let product_is_read_again = instrs[taken..]
            .iter()
            .flat_map(|instr| &instr.operands[..instr.operand_count()])
            .chain(self.program.outputs.iter().map(|(output, _)| output))
            .any(|operand| self.is_product(*operand));
        if product_is_read_again || taken == instrs.len() {
            return None;
        }
        let rest = self.rest(taken, last)?;
        let activation = act.unwrap_or(Activation::None);
        let epilogue = Epilogue { bias: true, activation };
        Some(Follower { step: self.step, epilogue, extra: Some(self.input(bias)), rest: Some(rest) })
    }

    /// The program without its first instructions, whose result `last` it now reads.
    fn rest(&self, taken: usize, last: Operand) -> Option<Rest> {
        let old = &self.steps[self.step];
        // An output that is what the product computes now is the product's own.
        let mut own = (0..old.outputs.len()).filter(|&index| self.program.outputs[index].0 == last);
        let (first, second) = (own.next(), own.next());
        let result = first.map_or(self.product, |index| old.outputs[index]);
        if second.is_some() || !matches!(result.home, Home::Node(_)) {
            return None;
        }
        let product = (0..old.inputs.len()).find(|&index| self.input(index) == self.product)?;
        let used = |index: usize| {
            index == product
                || self.program.instrs[taken..]
                    .iter()
                    .flat_map(|instr| &instr.operands[..instr.operand_count()])
                    .chain(self.program.outputs.iter().map(|(output, _)| output))
                    .any(|operand| *operand == Operand::Input(index as u16))
        };
        let kept: Vec<usize> = (0..old.inputs.len()).filter(|&index| used(index)).collect();
        let position = |index: usize| kept.iter().position(|&other| other == index).unwrap_or(0) as u16;
        let moved = |operand: Operand| match operand {
            Operand::Result(_) if operand == last => Operand::Input(position(product)),
            Operand::Result(result) => Operand::Result(result - taken as u16),
            Operand::Input(index) => Operand::Input(position(index.into())),
            Operand::Constant(_) => operand,
        };
        let instrs = self.program.instrs[taken..].iter().map(|instr| {
            let mut operands = instr.operands;
            operands[..instr.operand_count()].iter_mut().for_each(|operand| *operand = moved(*operand));
            Instr { function: instr.function, operands }
        });
        let outputs: Vec<usize> = (0..old.outputs.len()).filter(|&index| Some(index) != first).collect();
        let mut program = Program {
            dims: self.program.dims.clone(),
            inputs: kept.iter().map(|&index| self.program.inputs[index].clone()).collect(),
            instrs: instrs.collect(),
            outputs: outputs
                .iter()
                .map(|&index| {
                    let (value, view) = self.program.outputs[index];
                    (moved(value), view)
                })
                .collect(),
        };
        program.merge_loops();
        let inputs = kept.iter().map(|&index| if index == product { result } else { old.inputs[index] });
        let step = NamedStep {
            kernel: Kernel::Elementwise(program),
            inputs: inputs.collect(),
            outputs: outputs.iter().map(|&index| old.outputs[index]).collect(),
        };
        Some(Rest { result, step })
    }
}

fn activation(instr: &Instr, expected: Operand) -> Option<Activation> {
    if instr.operands[0] != expected {
        return None;
    }
    match instr.function {
        Function::Unary(UnaryOp::Relu) => Some(Activation::Relu),
        Function::Unary(UnaryOp::Relu6) => Some(Activation::Relu6),
        Function::Unary(UnaryOp::LeakyRelu(slope)) => Some(Activation::LeakyRelu(slope)),
        _ => None,
    }
}
