//! One tile: the loops that instructions are.

use super::adam::{Adam, update};
use super::{Code, Line, MAX_INPUTS, Source, TILE, Target};
use crate::graph::{BinaryOp, UnaryOp};
use crate::math;
use crate::rounding::Counts;
use crate::simd::{F32x4, Real as _};

/// Elements read before any is written.
const CHUNK: usize = 16;

/// A tile's operand: consecutive words or one number.
#[derive(Clone, Copy)]
enum Run {
    Words(*const f32),
    Same(f32),
}

pub(super) struct Tile<'a> {
    pub(super) arena: *mut f32,
    pub(super) arena_words: usize,
    pub(super) scratch: *mut f32,
    pub(super) bases: &'a [usize; MAX_INPUTS],
    pub(super) outputs: &'a [usize],
    /// Position of the tile's first element in the whole program.
    pub(super) first: usize,
    /// The same within its run.
    pub(super) start: usize,
    pub(super) len: usize,
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
    pub(super) fn spread(
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

    fn target(&self, target: Target) -> *mut f32 {
        match target {
            Target::Register(register) => self.register(register),
            Target::Output(output) => self.word(self.outputs[output] + self.first, self.len),
        }
    }

    pub(super) fn execute(&self, line: &Line, adams: &[Adam], counts: &mut [Counts]) {
        let to = self.target(line.target);
        let a = self.source(line.sources[0]);
        match line.code {
            Code::Copy => self.map1(to, a, |a| a),
            Code::Adam(index) => self.adam(&adams[index]),
            Code::Unary(op) => self.unary(op, to, a),
            Code::Binary(op) => self.binary(op, to, a, self.source(line.sources[1])),
            Code::Select => {
                let (b, c) = (self.source(line.sources[1]), self.source(line.sources[2]));
                self.map3(to, [a, b, c], |condition, a, b| if condition == 0.0 { b } else { a });
            }
            Code::RangeMask(limit) => {
                let limits = F32x4::splat(limit);
                self.lanes2(
                    to,
                    (a, self.source(line.sources[1])),
                    |g, x| F32x4::select(x.abs().le(limits), g, F32x4::splat(0.0)),
                    |g, x| if x.abs() <= limit { g } else { 0.0 },
                );
            }
            Code::Round(rounder, counter) => {
                match a {
                    Run::Words(from) if std::ptr::eq(from, to) => {}
                    // SAFETY: both have room for the tile; where they meet they are the same, or the words move as they would one by one.
                    Run::Words(from) => unsafe { std::ptr::copy(from, to, self.len) },
                    Run::Same(value) => self.fill(to, value),
                }
                // SAFETY: `to` has room for the tile and nothing else refers to it now.
                let tile = unsafe { std::slice::from_raw_parts_mut(to, self.len) };
                counts[counter].add(rounder.nearest(tile));
            }
        }
    }

    /// Each position is read before it is written: a target may be a source's place.
    fn adam(&self, adam: &Adam) {
        let words = adam.words.map(|source| match self.source(source) {
            Run::Words(words) => words,
            Run::Same(_) => unreachable!("an update of one number is not recognised"),
        });
        let numbers = adam.numbers.map(|source| match self.source(source) {
            Run::Same(number) => number,
            Run::Words(_) => unreachable!("a rate for each weight is not recognised"),
        });
        let targets = adam.targets.map(|target| self.target(target));
        let whole = self.len - self.len % F32x4::LANES;
        let wide = numbers.map(F32x4::splat);
        for i in (0..whole).step_by(F32x4::LANES) {
            // SAFETY: as in `map1`.
            unsafe {
                let results = update(&adam.constants, words.map(|words| F32x4::load_ptr(words.add(i))), wide);
                for (target, result) in targets.iter().zip(results) {
                    result.store_ptr(target.add(i));
                }
            }
        }
        for i in whole..self.len {
            // SAFETY: as in `map1`.
            unsafe {
                let results = update(&adam.constants, words.map(|words| *words.add(i)), numbers);
                for (target, result) in targets.iter().zip(results) {
                    *target.add(i) = result;
                }
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
            UnaryOp::FlushSubnormal => {
                self.map1(to, a, |a| if a.abs() < f32::MIN_POSITIVE { 0.0 } else { a });
            }
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
                let slopes = F32x4::splat(slope);
                self.lanes2(
                    to,
                    (a, b),
                    |a, b| F32x4::select(b.gt(F32x4::splat(0.0)), a, slopes.mul(a)),
                    |a, b| if b > 0.0 { a } else { slope * a },
                );
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

    /// [`Tile::map2`] with `wide` written out for four lanes, where compilers do not find them by themselves. It means what `f` does.
    #[inline(always)]
    fn lanes2(
        &self,
        to: *mut f32,
        (a, b): (Run, Run),
        wide: impl Fn(F32x4, F32x4) -> F32x4,
        f: impl Fn(f32, f32) -> f32 + Copy,
    ) {
        let (Run::Words(x), Run::Words(y)) = (a, b) else { return self.map2(to, a, b, f) };
        let whole = self.len - self.len % F32x4::LANES;
        for i in (0..whole).step_by(F32x4::LANES) {
            // SAFETY: as in `map1`.
            unsafe { wide(F32x4::load_ptr(x.add(i)), F32x4::load_ptr(y.add(i))).store_ptr(to.add(i)) };
        }
        for i in whole..self.len {
            // SAFETY: as in `map1`.
            unsafe { *to.add(i) = f(*x.add(i), *y.add(i)) };
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
