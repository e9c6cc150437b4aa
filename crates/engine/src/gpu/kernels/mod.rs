//! From a plan's steps to WGSL kernels, one file per family.
//!
//! Bounds: indices are computed in 32 bits; a plan whose arena exceeds 2^30 words is refused before this.

mod blocks;
mod conv;
mod elementwise;
mod matmul;
mod matmul_wide;
mod movement;
mod pool;
mod reduce;
mod round;
mod table;

use std::fmt::Write as _;

use super::GpuError;
use super::shader::{Kernel, Target};
use crate::plan::{Kernel as Planned, Plan, Step, View};
use crate::policy::{Mode, Quantizer};

pub(super) use matmul::{Multiply, multiply};

/// Words of the state's buffer: the seed (2), the step (2), then counters of events, then keys of random streams.
pub(super) mod state {
    /// Seed, low word first.
    pub(in crate::gpu) const SEED: usize = 0;
    /// Steps taken, low word first.
    pub(in crate::gpu) const STEP: usize = 2;
    const COUNTERS: usize = 4;
    /// Overflow, underflow and NaN, 64 bits each.
    pub(in crate::gpu) const COUNTER_WORDS: usize = 6;

    /// First word of a counter.
    pub(in crate::gpu) fn counter(index: usize) -> usize {
        COUNTERS + COUNTER_WORDS * index
    }

    /// First word of a stream's key, in a plan with so many counters.
    pub(super) fn key(counters: usize, index: usize) -> usize {
        counter(counters) + 2 * index
    }
}

/// Random numbers that some kernel draws: a stream of [`crate::random`], and the counter that moves the seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Drawn {
    stream: u32,
    counter: u32,
}

/// Everything that a plan's kernels need.
#[derive(Debug)]
pub(super) struct Compiled {
    /// In the order of the plan, more than one for some steps.
    pub kernels: Vec<Kernel>,
    /// Words of the arena, tables and scratch included.
    pub arena_len: usize,
    /// Words that are written once, with their places.
    pub tables: Vec<(usize, Vec<u32>)>,
    /// Words of the state's buffer.
    pub state_len: usize,
}

/// A plan on its way to kernels.
struct Compiler<'a> {
    plan: &'a Plan,
    target: Target,
    kernels: Vec<Kernel>,
    arena_len: usize,
    tables: Vec<(usize, Vec<u32>)>,
    drawn: Vec<Drawn>,
    known_tables: Vec<(Quantizer, table::Table)>,
}

/// Writes the kernels of a plan. Fails with [`GpuError::Unsupported`] where a rounding has none.
pub(super) fn compile(plan: &Plan, target: Target) -> Result<Compiled, GpuError> {
    let mut compiler = Compiler {
        plan,
        target,
        kernels: Vec::new(),
        arena_len: plan.arena_len.next_multiple_of(crate::plan::ALIGNMENT),
        tables: Vec::new(),
        drawn: Vec::new(),
        known_tables: Vec::new(),
    };
    for step in &plan.steps {
        compiler.step(step)?;
    }
    let state_len = state::key(plan.counters.len(), compiler.drawn.len());
    if let Some(begin) = compiler.begin() {
        compiler.kernels.insert(0, begin);
    }
    let Compiler { kernels, arena_len, tables, .. } = compiler;
    Ok(Compiled { kernels, arena_len, tables, state_len })
}

impl Compiler<'_> {
    fn step(&mut self, step: &Step) -> Result<(), GpuError> {
        let kernel = match &step.kernel {
            Planned::Elementwise(program) => elementwise::program(self, program)?,
            Planned::MatMul { batch, m, n, k, ta, tb, accumulator, epilogue } => {
                let accumulator =
                    accumulator.and_then(|id| round::accumulator(&self.plan.quantizers[id.index()]));
                let spec = Multiply {
                    batch: *batch,
                    m: *m,
                    n: *n,
                    k: *k,
                    ta: *ta,
                    tb: *tb,
                    epilogue: *epilogue,
                    accumulator,
                };
                multiply(self.target, &spec, &offsets(&step.inputs), step.outputs[0].offset as u32)
            }
            Planned::Conv(spec) => conv::forward(self.target, spec, step),
            Planned::ConvInputGrad(spec) => conv::input_grad(self.target, spec, step),
            Planned::ConvWeightGrad(spec) => conv::weight_grad(self.target, spec, step),
            Planned::MaxPick(spec) => pool::max_pick(self.target, spec, step),
            Planned::MaxRoute(spec) => pool::max_route(self.target, spec, step),
            Planned::AvgPool(spec) => pool::average(self.target, spec, step),
            Planned::AvgSpread(spec) => pool::spread(self.target, spec, step),
            Planned::Reduce { kind, outer, len, inner } => {
                reduce::reduce(self.target, *kind, [*outer, *len, *inner], step)
            }
            Planned::Softmax { rows, columns, log } => {
                reduce::softmax(self.target, [*rows, *columns], *log, step)
            }
            Planned::Copy { dims, from, from_strides, to, to_strides, clear } => {
                let walk =
                    movement::Walk { dims, from: *from, from_strides, to: *to, to_strides, clear: *clear };
                movement::copy(self.target, &walk, step)
            }
            Planned::Gather { rows, width } => movement::gather(self.target, *rows, *width, step),
            Planned::ScatterAdd { rows, width } => movement::scatter_add(self.target, *rows, *width, step),
            Planned::OneHot { classes } => movement::one_hot(self.target, *classes, step),
            Planned::Rope { t, d, base, inverse, .. } => {
                movement::rope(self, [*t, *d], *base, *inverse, step)
            }
            Planned::Random { kind, stream } => {
                let key = self.draws(Drawn { stream: *stream, counter: 0 });
                movement::random(self.target, *kind, key, step)
            }
            Planned::Round { quantizer, counter, columns } => {
                let quantizer = self.plan.quantizers[quantizer.index()];
                return round::step(self, &quantizer, *counter, *columns, step);
            }
        };
        self.kernels.push(touching(kernel, step));
        Ok(())
    }

    /// New words behind the plan's.
    fn scratch(&mut self, len: usize) -> View {
        let view = View { offset: self.arena_len, len };
        self.arena_len += len.next_multiple_of(crate::plan::ALIGNMENT);
        view
    }

    /// Words that are written once.
    fn table(&mut self, words: Vec<u32>) -> View {
        let view = self.scratch(words.len());
        self.tables.push((view.offset, words));
        view
    }

    /// Where the key of a stream will be, in the state's buffer.
    fn draws(&mut self, drawn: Drawn) -> u32 {
        let index = self.drawn.iter().position(|known| *known == drawn).unwrap_or_else(|| {
            self.drawn.push(drawn);
            self.drawn.len() - 1
        });
        state::key(self.plan.counters.len(), index) as u32
    }

    /// The key of a stochastic quantizer's stream; `None` for a deterministic one.
    fn key_of(&mut self, quantizer: &Quantizer, counter: usize) -> Option<u32> {
        match quantizer.mode {
            Mode::Stochastic { stream } => {
                Some(self.draws(Drawn { stream: 0x4000_0000 | stream, counter: counter as u32 }))
            }
            Mode::Fixed(_) => None,
        }
    }

    /// Where a counter's words are.
    fn counter(counter: usize) -> u32 {
        state::counter(counter) as u32
    }

    /// What runs before everything else in a step that draws random numbers: keys of this step, then the next step's number.
    fn begin(&self) -> Option<Kernel> {
        if self.drawn.is_empty() {
            return None;
        }
        let mut body = format!(
            "  if (lid > 0u) {{
    return;
  }}
  let seed = vec2<u32>(atomicLoad(&state[{0}]), atomicLoad(&state[{0} + 1]));
  let step = vec2<u32>(atomicLoad(&state[{1}]), atomicLoad(&state[{1} + 1]));
  var key = vec2<u32>(0u);
",
            state::SEED,
            state::STEP
        );
        for (index, drawn) in self.drawn.iter().enumerate() {
            let at = state::key(self.plan.counters.len(), index);
            let _ = write!(
                body,
                "  key = threefry(threefry(vec2<u32>(seed.x, seed.y ^ {}u), vec2<u32>({}u, 0u)), step);
  atomicStore(&state[{at}], key.x);
  atomicStore(&state[{at} + 1], key.y);
",
                drawn.counter, drawn.stream
            );
        }
        let _ = write!(
            body,
            "  let next = add64(step, vec2<u32>(1u, 0u));
  atomicStore(&state[{0}], next.x);
  atomicStore(&state[{0} + 1], next.y);
",
            state::STEP
        );
        // It writes words that every other kernel may read: it runs alone.
        let everything = View { offset: 0, len: usize::MAX / 2 };
        Some(Kernel {
            title: "keys of random streams".to_owned(),
            body,
            functions: Vec::new(),
            groups: 1,
            args: Vec::new(),
            shared_words: 0,
            wide: false,
            reads: Vec::new(),
            writes: vec![everything],
        })
    }
}

/// The kernel with the step's views, for the schedule.
fn touching(kernel: Kernel, step: &Step) -> Kernel {
    Kernel { title: step.kernel.title(), ..kernel }.touching(&step.inputs, &step.outputs)
}

fn offsets(views: &[View]) -> Vec<u32> {
    views.iter().map(|view| view.offset as u32).collect()
}

/// Places of all inputs, then of all outputs.
fn places(step: &Step) -> Vec<u32> {
    step.inputs.iter().chain(&step.outputs).map(|view| view.offset as u32).collect()
}
