//! Fused elementwise programs: tile by tile, each instruction a loop over a tile that stays in the first-level cache.
//!
//! A loop reads sixteen elements, computes, then writes sixteen: the compiler widens it, and an output may be exactly one of the inputs.

mod adam;
mod tile;

use crate::graph::{BinaryOp, UnaryOp};
use crate::plan::{Function, Operand, Plan, Program};
use crate::rounding::{Counts, Rounder};

use adam::Adam;
use tile::Tile;

/// Elements of a tile.
const TILE: usize = 512;

#[derive(Clone, Copy, Debug)]
enum Source {
    Register(usize),
    /// Input of this index: one element after the other.
    Input(usize),
    /// Input of this index: the same element throughout a run.
    Repeated(usize),
    Constant(f32),
}

#[derive(Clone, Copy, Debug)]
enum Target {
    Register(usize),
    /// Output of this index.
    Output(usize),
}

#[derive(Clone, Copy, Debug)]
enum Code {
    Unary(UnaryOp),
    Binary(BinaryOp),
    Select,
    Round(Rounder, usize),
    /// Keeps the first operand where the second's magnitude is at most this.
    RangeMask(f32),
    Copy,
    /// The update of this index.
    Adam(usize),
}

#[derive(Clone, Copy, Debug)]
struct Line {
    code: Code,
    sources: [Source; 3],
    target: Target,
}

#[derive(Clone, Debug)]
struct InputWalk {
    offset: usize,
    outer: Vec<usize>,
    inner: usize,
}

/// A program with its registers assigned.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    outer: Vec<usize>,
    inner: usize,
    inputs: Vec<InputWalk>,
    outputs: Vec<usize>,
    /// Inputs whose words do not lie side by side: copied to a register at the start of each tile.
    gathered: Vec<(usize, usize)>,
    /// Short runs: a tile holds this many whole ones. 1 where a tile lies within a run.
    rows: usize,
    lines: Vec<Line>,
    adams: Vec<Adam>,
    registers: usize,
}

impl Compiled {
    pub(super) fn new(program: &Program, plan: &Plan) -> Compiled {
        let (inner, outer) = match program.dims.split_last() {
            Some((&inner, outer)) => (inner, outer.to_vec()),
            None => (1, Vec::new()),
        };
        let inputs: Vec<InputWalk> = program
            .inputs
            .iter()
            .map(|access| InputWalk {
                offset: access.view.offset,
                outer: access.strides[..outer.len()].to_vec(),
                inner: access.strides.last().copied().unwrap_or(0),
            })
            .collect();
        let mut compiled = Compiled {
            outer,
            inner,
            inputs,
            outputs: program.outputs.iter().map(|(_, view)| view.offset).collect(),
            gathered: Vec::new(),
            rows: 1,
            lines: Vec::new(),
            adams: Vec::new(),
            registers: 0,
        };
        if compiled.outer.len() == 1 && compiled.inner * 2 <= TILE {
            compiled.rows = TILE / compiled.inner.max(1);
        }
        for index in 0..compiled.inputs.len() {
            if compiled.is_gathered(index) {
                compiled.gathered.push((index, compiled.registers));
                compiled.registers += 1;
            }
        }
        compiled.assign(program, plan);
        compiled
    }

    fn is_gathered(&self, index: usize) -> bool {
        let input = &self.inputs[index];
        if self.rows == 1 {
            return input.inner > 1;
        }
        let dense = input.inner == 1 && input.outer[0] == self.inner;
        let one_number = input.inner == 0 && input.outer[0] == 0;
        !dense && !one_number
    }

    fn source_of_input(&self, index: usize) -> Source {
        match self.gathered.iter().find(|(input, _)| *input == index) {
            Some(&(_, register)) => Source::Register(register),
            None if self.inputs[index].inner == 0 => Source::Repeated(index),
            None => Source::Input(index),
        }
    }

    /// Gives every result a register, or its output's place where nothing that is still to be read lies there.
    fn assign(&mut self, program: &Program, plan: &Plan) {
        let last_use = |result: usize| {
            program
                .instrs
                .iter()
                .rposition(|instr| {
                    instr.operands[..instr.operand_count()].contains(&Operand::Result(result as u16))
                })
                .unwrap_or(result)
        };
        let kept_to_end =
            |result: usize| program.outputs.iter().any(|(value, _)| *value == Operand::Result(result as u16));
        let mut sources: Vec<Source> = Vec::new();
        let mut free: Vec<usize> = Vec::new();
        let mut ends: Vec<(usize, usize)> = Vec::new();
        let mut written = vec![false; program.outputs.len()];
        for (at, instr) in program.instrs.iter().enumerate() {
            let mut operands = [Source::Constant(0.0); 3];
            for (source, operand) in operands.iter_mut().zip(&instr.operands[..instr.operand_count()]) {
                *source = match *operand {
                    Operand::Input(index) => self.source_of_input(index.into()),
                    Operand::Constant(value) => Source::Constant(value),
                    Operand::Result(result) => sources[usize::from(result)],
                };
            }
            // Registers whose last reader is this instruction may take its result: sixteen elements are read before they are written.
            ends.retain(|&(end, register)| {
                if end <= at {
                    free.push(register);
                }
                end > at
            });
            let direct = program.outputs.iter().position(|(value, view)| {
                *value == Operand::Result(at as u16)
                    && !program.instrs[at + 1..].iter().any(|later| {
                        later.operands[..later.operand_count()].iter().any(|operand| match operand {
                            Operand::Input(index) => program.inputs[usize::from(*index)].view.overlaps(view),
                            _ => false,
                        })
                    })
                    && !program.outputs.iter().any(|(value, _)| match value {
                        Operand::Input(index) => program.inputs[usize::from(*index)].view.overlaps(view),
                        _ => false,
                    })
            });
            let target = if let Some(output) = direct {
                written[output] = true;
                Target::Output(output)
            } else {
                let register = free.pop().unwrap_or_else(|| {
                    self.registers += 1;
                    self.registers - 1
                });
                let end = if kept_to_end(at) { usize::MAX } else { last_use(at) };
                ends.push((end, register));
                Target::Register(register)
            };
            sources.push(match target {
                Target::Register(register) => Source::Register(register),
                // Read back from where it was written: an "input" at the output's place.
                Target::Output(output) => {
                    let mut walk = InputWalk { offset: self.outputs[output], outer: Vec::new(), inner: 1 };
                    let mut stride = self.inner;
                    walk.outer = vec![0; self.outer.len()];
                    for axis in (0..self.outer.len()).rev() {
                        walk.outer[axis] = stride;
                        stride *= self.outer[axis];
                    }
                    self.inputs.push(walk);
                    Source::Input(self.inputs.len() - 1)
                }
            });
            let code = match instr.function {
                Function::Unary(op) => Code::Unary(op),
                Function::Binary(op) => Code::Binary(op),
                Function::Select => Code::Select,
                Function::RangeMask(id) => Code::RangeMask(plan.quantizers[id.index()].max_finite()),
                Function::Round(id, counter) => {
                    let quantizer = &plan.quantizers[id.index()];
                    match Rounder::unscaled(quantizer) {
                        Some(rounder) => Code::Round(rounder, counter.into()),
                        None => Code::Copy,
                    }
                }
                Function::Copy => Code::Copy,
            };
            self.lines.push(Line { code, sources: operands, target });
        }
        self.adams = adam::fuse(program, &mut self.lines);
        for (output, (value, _)) in program.outputs.iter().enumerate() {
            if written[output] {
                continue;
            }
            let source = match *value {
                Operand::Input(index) => self.source_of_input(index.into()),
                Operand::Constant(value) => Source::Constant(value),
                Operand::Result(result) => sources[usize::from(result)],
            };
            let sources = [source, Source::Constant(0.0), Source::Constant(0.0)];
            self.lines.push(Line { code: Code::Copy, sources, target: Target::Output(output) });
        }
    }

    /// Words of scratch that [`Compiled::run`] needs.
    pub(super) fn scratch_len(&self) -> usize {
        self.registers * TILE
    }

    /// Runs over the whole arena.
    pub(super) fn run(&self, arena: &mut [f32], scratch: &mut [f32], counts: &mut [Counts]) {
        let scratch = &mut scratch[..self.scratch_len()];
        let (arena_words, scratch) = (arena.len(), scratch.as_mut_ptr());
        let arena = arena.as_mut_ptr();
        let mut bases: [usize; MAX_INPUTS] = [0; MAX_INPUTS];
        let runs: usize = self.outer.iter().product();
        let mut index = vec_of(&self.outer);
        let mut run = 0;
        while run < runs {
            let rows = self.rows.min(runs - run);
            for (base, input) in bases.iter_mut().zip(&self.inputs) {
                *base = input.offset
                    + input.outer.iter().zip(&index).map(|(stride, at)| stride * at).sum::<usize>();
            }
            let mut start = 0;
            while start < self.inner {
                // Short runs fit a tile whole, several at a time.
                let part = if self.rows > 1 { self.inner } else { TILE.min(self.inner - start) };
                let tile = Tile {
                    arena,
                    arena_words,
                    scratch,
                    bases: &bases,
                    outputs: &self.outputs,
                    first: run * self.inner + start,
                    start,
                    len: rows * part,
                };
                for &(at, register) in &self.gathered {
                    let input = &self.inputs[at];
                    let row_stride = input.outer.last().copied().unwrap_or(0);
                    // A row that is the same for all stays in its register.
                    if self.rows == 1 || run == 0 || row_stride != 0 {
                        let from = bases[at] + start * input.inner;
                        tile.spread(from, (rows, row_stride), (part, input.inner), register);
                    }
                }
                self.lines.iter().for_each(|line| tile.execute(line, &self.adams, counts));
                start += part;
            }
            advance(&mut index, &self.outer, rows);
            run += rows;
        }
    }
}

/// Inputs of one program, results read back from outputs included.
const MAX_INPUTS: usize = 160;

/// An index of up to eight loops, all at 0.
fn vec_of(dims: &[usize]) -> [usize; 8] {
    assert!(dims.len() <= 8, "more than nine loops");
    [0; 8]
}

/// Moves on by `count` runs, which do not cross the end of the innermost loop.
fn advance(index: &mut [usize; 8], dims: &[usize], count: usize) {
    let mut carry = count;
    for axis in (0..dims.len()).rev() {
        index[axis] += carry;
        if index[axis] < dims[axis] {
            return;
        }
        index[axis] = 0;
        carry = 1;
    }
}
