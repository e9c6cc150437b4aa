//! Fused elementwise programs: tile by tile, each instruction a loop over a tile that stays in the first-level cache.
//!
//! A loop reads sixteen elements, computes, then writes sixteen: the compiler widens it, and an output may be exactly one of the inputs.

use crate::graph::{BinaryOp, UnaryOp};
use crate::math;
use crate::plan::{Function, Operand, Plan, Program};
use crate::rounding::{Counts, Rounder};

/// Elements of a tile.
const TILE: usize = 512;
/// Elements read before any is written.
const CHUNK: usize = 16;

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
        if self.rows > 1 {
            for row in (0..self.outer[0]).step_by(self.rows) {
                let count = self.rows.min(self.outer[0] - row);
                for (base, input) in bases.iter_mut().zip(&self.inputs) {
                    *base = input.offset + input.outer[0] * row;
                }
                let tile = Tile {
                    arena,
                    arena_words,
                    scratch,
                    bases: &bases,
                    outputs: &self.outputs,
                    first: row * self.inner,
                    start: 0,
                    len: count * self.inner,
                };
                for &(index, register) in &self.gathered {
                    let input = &self.inputs[index];
                    // A row that is the same for all stays in its register.
                    if row == 0 || input.outer[0] != 0 {
                        tile.spread(
                            bases[index],
                            (count, input.outer[0]),
                            (self.inner, input.inner),
                            register,
                        );
                    }
                }
                self.lines.iter().for_each(|line| tile.execute(line, counts));
            }
            return;
        }
        let runs: usize = self.outer.iter().product();
        let mut index = vec_of(&self.outer);
        for run in 0..runs {
            for (base, input) in bases.iter_mut().zip(&self.inputs) {
                *base = input.offset
                    + input.outer.iter().zip(&index).map(|(stride, at)| stride * at).sum::<usize>();
            }
            let mut start = 0;
            while start < self.inner {
                let len = TILE.min(self.inner - start);
                let tile = Tile {
                    arena,
                    arena_words,
                    scratch,
                    bases: &bases,
                    outputs: &self.outputs,
                    first: run * self.inner + start,
                    start,
                    len,
                };
                for &(input, register) in &self.gathered {
                    let stride = self.inputs[input].inner;
                    tile.spread(bases[input] + start * stride, (1, 0), (len, stride), register);
                }
                self.lines.iter().for_each(|line| tile.execute(line, counts));
                start += len;
            }
            advance(&mut index, &self.outer);
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

fn advance(index: &mut [usize; 8], dims: &[usize]) {
    for axis in (0..dims.len()).rev() {
        index[axis] += 1;
        if index[axis] < dims[axis] {
            return;
        }
        index[axis] = 0;
    }
}

/// A tile's operand: consecutive words or one number.
#[derive(Clone, Copy)]
enum Run {
    Words(*const f32),
    Same(f32),
}

struct Tile<'a> {
    arena: *mut f32,
    arena_words: usize,
    scratch: *mut f32,
    bases: &'a [usize; MAX_INPUTS],
    outputs: &'a [usize],
    /// Position of the tile's first element in the whole program.
    first: usize,
    /// The same within its run.
    start: usize,
    len: usize,
}

impl Tile<'_> {
    fn word(&self, offset: usize, len: usize) -> *mut f32 {
        assert!(offset + len <= self.arena_words, "a program leaves the arena");
        // SAFETY: within the arena, as just checked.
        unsafe { self.arena.add(offset) }
    }

    fn register(&self, register: usize) -> *mut f32 {
        // SAFETY: `Compiled::run` has cut the scratch to `registers` tiles.
        unsafe { self.scratch.add(register * TILE) }
    }

    /// Copies strided words to a register: `rows` times `len`, each with its stride.
    fn spread(
        &self,
        offset: usize,
        (rows, row_stride): (usize, usize),
        (len, stride): (usize, usize),
        register: usize,
    ) {
        let from = self.word(offset, (rows - 1) * row_stride + (len - 1) * stride + 1);
        let to = self.register(register);
        for row in 0..rows {
            for i in 0..len {
                // SAFETY: `rows · len` is the tile's length; the source was checked as a whole.
                unsafe { *to.add(row * len + i) = *from.add(row * row_stride + i * stride) };
            }
        }
    }

    fn source(&self, source: Source) -> Run {
        match source {
            Source::Register(register) => Run::Words(self.register(register)),
            Source::Input(input) => Run::Words(self.word(self.bases[input] + self.start, self.len)),
            // SAFETY: the word was checked to lie in the arena.
            Source::Repeated(input) => Run::Same(unsafe { *self.word(self.bases[input], 1) }),
            Source::Constant(value) => Run::Same(value),
        }
    }

    fn execute(&self, line: &Line, counts: &mut [Counts]) {
        let to = match line.target {
            Target::Register(register) => self.register(register),
            Target::Output(output) => self.word(self.outputs[output] + self.first, self.len),
        };
        let a = self.source(line.sources[0]);
        match line.code {
            Code::Copy => self.map1(to, a, |a| a),
            Code::Unary(op) => self.unary(op, to, a),
            Code::Binary(op) => self.binary(op, to, a, self.source(line.sources[1])),
            Code::Select => {
                let (b, c) = (self.source(line.sources[1]), self.source(line.sources[2]));
                self.map3(to, [a, b, c], |condition, a, b| if condition == 0.0 { b } else { a });
            }
            Code::RangeMask(limit) => {
                self.map2(to, a, self.source(line.sources[1]), |g, x| if x.abs() <= limit { g } else { 0.0 });
            }
            Code::Round(rounder, counter) => {
                self.map1(to, a, |a| a);
                // SAFETY: `to` has room for the tile and nothing else refers to it now.
                let tile = unsafe { std::slice::from_raw_parts_mut(to, self.len) };
                counts[counter].add(rounder.nearest(tile));
            }
        }
    }

    fn unary(&self, op: UnaryOp, to: *mut f32, a: Run) {
        match op {
            UnaryOp::Neg => self.map1(to, a, |a| -a),
            UnaryOp::Abs => self.map1(to, a, f32::abs),
            UnaryOp::Sign => {
                self.map1(to, a, |a| {
                    if a > 0.0 {
                        1.0
                    } else if a < 0.0 {
                        -1.0
                    } else {
                        0.0
                    }
                });
            }
            UnaryOp::Relu => self.map1(to, a, |a| if a > 0.0 { a } else { 0.0 }),
            UnaryOp::LeakyRelu(slope) => self.map1(to, a, |a| if a > 0.0 { a } else { slope * a }),
            UnaryOp::Relu6 => self.map1(to, a, |a| {
                let a = if a > 0.0 { a } else { 0.0 };
                if a < 6.0 { a } else { 6.0 }
            }),
            UnaryOp::Within(lo, hi) => self.map1(to, a, |a| if (lo < a) && (a < hi) { 1.0 } else { 0.0 }),
            UnaryOp::Exp => self.map1(to, a, math::exp),
            UnaryOp::Ln => self.map1(to, a, math::ln),
            UnaryOp::Sqrt => self.map1(to, a, f32::sqrt),
            UnaryOp::Recip => self.map1(to, a, |a| 1.0 / a),
            UnaryOp::Square => self.map1(to, a, |a| a * a),
            UnaryOp::Tanh => self.map1(to, a, math::tanh),
            UnaryOp::Sigmoid => self.map1(to, a, math::sigmoid),
            UnaryOp::Softplus => self.map1(to, a, math::softplus),
            UnaryOp::Sin => self.map1(to, a, math::sin),
            UnaryOp::Cos => self.map1(to, a, math::cos),
            UnaryOp::Erf => self.map1(to, a, math::erf),
            UnaryOp::Scale(c) => self.map1(to, a, |a| c * a),
            UnaryOp::Offset(c) => self.map1(to, a, |a| a + c),
            UnaryOp::Finite => self.map1(to, a, |a| if a.is_finite() { 1.0 } else { 0.0 }),
        }
    }

    fn binary(&self, op: BinaryOp, to: *mut f32, a: Run, b: Run) {
        match op {
            BinaryOp::Add => self.map2(to, a, b, |a, b| a + b),
            BinaryOp::Sub => self.map2(to, a, b, |a, b| a - b),
            BinaryOp::Mul => self.map2(to, a, b, |a, b| a * b),
            BinaryOp::Div => self.map2(to, a, b, |a, b| a / b),
            BinaryOp::Max => self.map2(to, a, b, |a, b| if a > b { a } else { b }),
            BinaryOp::Min => self.map2(to, a, b, |a, b| if a < b { a } else { b }),
            BinaryOp::Greater => self.map2(to, a, b, |a, b| if a > b { 1.0 } else { 0.0 }),
            BinaryOp::MaskPositive(slope) => {
                self.map2(to, a, b, |a, b| if b > 0.0 { a } else { slope * a });
            }
        }
    }

    #[inline(always)]
    fn map1(&self, to: *mut f32, a: Run, f: impl Fn(f32) -> f32 + Copy) {
        match a {
            Run::Words(a) => chunks(self.len, |i, n| {
                // SAFETY: `i + n` is at most the tile's length, for which all places were checked.
                unsafe { store(to.add(i), n, load(a.add(i), n).map(f)) };
            }),
            Run::Same(a) => self.fill(to, f(a)),
        }
    }

    #[inline(always)]
    fn map2(&self, to: *mut f32, a: Run, b: Run, f: impl Fn(f32, f32) -> f32 + Copy) {
        match (a, b) {
            (Run::Words(a), Run::Words(b)) => chunks(self.len, |i, n| {
                // SAFETY: as in `map1`.
                unsafe {
                    let (x, y) = (load(a.add(i), n), load(b.add(i), n));
                    store(to.add(i), n, std::array::from_fn(|l| f(x[l], y[l])));
                }
            }),
            (Run::Words(a), Run::Same(b)) => chunks(self.len, |i, n| {
                // SAFETY: as in `map1`.
                unsafe { store(to.add(i), n, load(a.add(i), n).map(|x| f(x, b))) };
            }),
            (Run::Same(a), Run::Words(b)) => chunks(self.len, |i, n| {
                // SAFETY: as in `map1`.
                unsafe { store(to.add(i), n, load(b.add(i), n).map(|y| f(a, y))) };
            }),
            (Run::Same(a), Run::Same(b)) => self.fill(to, f(a, b)),
        }
    }

    fn map3(&self, to: *mut f32, operands: [Run; 3], f: impl Fn(f32, f32, f32) -> f32 + Copy) {
        let operand = |run: Run, i: usize, n: usize| match run {
            // SAFETY: as in `map1`.
            Run::Words(words) => unsafe { load(words.add(i), n) },
            Run::Same(value) => [value; CHUNK],
        };
        chunks(self.len, |i, n| {
            let [a, b, c] = operands.map(|run| operand(run, i, n));
            // SAFETY: as in `map1`.
            unsafe { store(to.add(i), n, std::array::from_fn(|l| f(a[l], b[l], c[l]))) };
        });
    }

    fn fill(&self, to: *mut f32, value: f32) {
        // SAFETY: `to` has room for the tile.
        unsafe { std::slice::from_raw_parts_mut(to, self.len) }.fill(value);
    }
}

/// Calls `f` with the start and the length of each chunk.
#[inline(always)]
fn chunks(len: usize, mut f: impl FnMut(usize, usize)) {
    let mut i = 0;
    while i + CHUNK <= len {
        f(i, CHUNK);
        i += CHUNK;
    }
    if i < len {
        f(i, len - i);
    }
}

#[inline(always)]
unsafe fn load(from: *const f32, n: usize) -> [f32; CHUNK] {
    if n == CHUNK {
        // SAFETY: the caller vouches for `n` words.
        unsafe { from.cast::<[f32; CHUNK]>().read_unaligned() }
    } else {
        let mut words = [0.0; CHUNK];
        for (l, word) in words.iter_mut().enumerate().take(n) {
            // SAFETY: as above.
            *word = unsafe { *from.add(l) };
        }
        words
    }
}

#[inline(always)]
unsafe fn store(to: *mut f32, n: usize, words: [f32; CHUNK]) {
    if n == CHUNK {
        // SAFETY: the caller vouches for `n` words.
        unsafe { to.cast::<[f32; CHUNK]>().write_unaligned(words) };
    } else {
        for (l, word) in words.iter().enumerate().take(n) {
            // SAFETY: as above.
            unsafe { *to.add(l) = *word };
        }
    }
}
