//! The CPU executor: replays a plan over one arena, without allocating.
//!
//! Sums: matrix products and convolutions add in index order, one product at a time, each rounded to binary32; sums along axes as said in
//! `reduce`. The wide path computes several results side by side and gives the same bits. Exponentials and their like are [`crate::math`]'s, so native
//! and WebAssembly builds agree bit for bit, NaN payloads aside. The relaxed-simd build fuses multiplication and addition in matrix products and
//! does not promise those bits.

mod conv;
mod elementwise;
pub mod gemm;
mod movement;
mod pool;
mod reduce;
mod round;

use crate::graph::{InputId, ParamId};
use crate::plan::{Kernel, Plan, Step, View};
use crate::random::{Stream, initialise};
use crate::rounding::{Counts, General, Rounder};

use conv::{Conv, Finish, Role, Tail};
use elementwise::Compiled;
use gemm::{Gemm, Matrices, Shape as Sizes, Strides};
use round::Moment;
pub use round::round_tensor;

/// Which kernels compute matrix products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Path {
    /// The plainest loops: the meaning of every operation.
    Reference,
    /// Several results side by side, where the target can.
    #[default]
    Wide,
}

/// What one step needs besides its views.
#[derive(Debug)]
enum Prepared {
    Elementwise(Compiled),
    MatMul(Gemm),
    /// A product whose partial sums are rounded.
    Accumulate(Rounder),
    Conv(Box<Conv>, Option<Tail>),
    /// Done by the step before it.
    Taken,
    Rope(Vec<(f32, f32)>),
    None,
}

/// A plan in motion.
#[derive(Debug)]
pub struct Executor {
    plan: Plan,
    path: Path,
    arena: Vec<f32>,
    scratch: Vec<f32>,
    prepared: Vec<Prepared>,
    counts: Vec<Counts>,
    general: General,
    seed: u64,
    step: u64,
    /// The kernel with which a step that was begun goes on; 0 between steps.
    next: usize,
}

impl Executor {
    /// Parameters at their first values for a seed, inputs at 0, step 0.
    pub fn new(plan: Plan, seed: u64, path: Path) -> Executor {
        let mut prepared: Vec<Prepared> = plan.steps.iter().map(|step| prepare(step, &plan)).collect();
        if path == Path::Wide {
            take_tails(&plan, &mut prepared);
        }
        let scratch = prepared.iter().map(scratch_len).max().unwrap_or(0);
        check_views(&plan);
        let mut executor = Executor {
            path,
            arena: vec![0.0; plan.arena_len],
            scratch: vec![0.0; scratch],
            prepared,
            counts: vec![Counts::default(); plan.counters.len()],
            general: General::default(),
            seed,
            step: 0,
            next: 0,
            plan,
        };
        executor.reset(seed);
        executor
    }

    /// Back to step 0 with the first values of a seed.
    pub fn reset(&mut self, seed: u64) {
        self.seed = seed;
        self.step = 0;
        self.next = 0;
        self.counts.fill(Counts::default());
        for (index, param) in self.plan.params.iter().enumerate() {
            initialise(param.init, seed, index, &mut self.arena[param.view.range()]);
        }
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Steps taken.
    pub fn step_count(&self) -> u64 {
        self.step
    }

    /// The seed of parameters and random numbers.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Continues as if this many steps had been taken: random numbers depend on it.
    pub fn set_step_count(&mut self, step: u64) {
        self.step = step;
    }

    /// Words of a place.
    pub fn words(&self, view: View) -> &[f32] {
        &self.arena[view.range()]
    }

    /// Words of a place, to be written between steps.
    pub fn words_mut(&mut self, view: View) -> &mut [f32] {
        &mut self.arena[view.range()]
    }

    /// A parameter's value.
    pub fn param(&self, id: ParamId) -> &[f32] {
        self.words(self.plan.param(id).view)
    }

    /// A parameter's value, to be replaced between steps.
    pub fn param_mut(&mut self, id: ParamId) -> &mut [f32] {
        let view = self.plan.param(id).view;
        self.words_mut(view)
    }

    /// An input's words. Integers are written as [`f32::from_bits`].
    pub fn input_mut(&mut self, id: InputId) -> &mut [f32] {
        let view = self.plan.input(id).view;
        self.words_mut(view)
    }

    /// A named result of the last step; empty when there is no such name.
    pub fn output(&self, name: &str) -> &[f32] {
        self.plan.output(name).map_or(&[], |output| self.words(output.view))
    }

    /// Events of rounding since the beginning, by counter of the plan.
    pub fn counts(&self) -> &[Counts] {
        &self.counts
    }

    /// Sets the events to 0.
    pub fn clear_counts(&mut self) {
        self.counts.fill(Counts::default());
    }

    /// Runs every kernel once, or those that a step under way lacks.
    pub fn step(&mut self) {
        self.advance(|| false);
    }

    /// Runs kernels, at least one, until the step is complete or `is_over` says so after one; whether it is complete. In the midst of a step
    /// parameters, outputs and counts are those of no step.
    pub fn advance(&mut self, mut is_over: impl FnMut() -> bool) -> bool {
        while self.next < self.plan.steps.len() {
            self.run_kernel(self.next);
            self.next += 1;
            if self.next < self.plan.steps.len() && is_over() {
                return false;
            }
        }
        self.next = 0;
        self.step += 1;
        true
    }

    /// Whether a step was begun and is not complete.
    pub fn is_midway(&self) -> bool {
        self.next > 0
    }

    /// The same, adding to `times` what `clock` says that each kernel took.
    pub fn step_timed(&mut self, mut clock: impl FnMut() -> f64, times: &mut [f64]) {
        let mut before = clock();
        for (index, time) in times.iter_mut().enumerate().take(self.plan.steps.len()) {
            self.run_kernel(index);
            let after = clock();
            *time += after - before;
            before = after;
        }
        self.step += 1;
    }

    fn run_kernel(&mut self, index: usize) {
        let mut context = Context {
            plan: &self.plan,
            arena: &mut self.arena,
            scratch: &mut self.scratch,
            counts: &mut self.counts,
            general: &mut self.general,
            reference: self.path == Path::Reference,
            seed: self.seed,
            step: self.step,
        };
        context.run(&self.plan.steps[index], &self.prepared[index]);
    }
}

/// Outputs must not overlap inputs, except elementwise: the kernels rely on it.
fn check_views(plan: &Plan) {
    for step in &plan.steps {
        for output in &step.outputs {
            assert!(output.offset + output.len <= plan.arena_len, "a step leaves the arena");
            for input in &step.inputs {
                assert!(input.offset + input.len <= plan.arena_len, "a step leaves the arena");
                let apart =
                    output.offset + output.len <= input.offset || input.offset + input.len <= output.offset;
                let elementwise = matches!(step.kernel, Kernel::Elementwise(_));
                assert!(apart || elementwise, "{:?} writes what it reads", step.kernel);
            }
        }
    }
}

fn prepare(step: &Step, plan: &Plan) -> Prepared {
    match &step.kernel {
        Kernel::Elementwise(program) => Prepared::Elementwise(Compiled::new(program, plan)),
        Kernel::MatMul { m, n, k, ta, tb, accumulator, epilogue, .. } => {
            if let Some(rounder) = accumulator.and_then(|id| Rounder::unscaled(&plan.quantizers[id.index()]))
            {
                return Prepared::Accumulate(rounder);
            }
            let strides = |transposed: bool| if transposed { Strides::COLUMNS } else { Strides::ROWS };
            let gemm = Gemm::new(Sizes { m: *m, n: *n, k: *k }, strides(*ta), strides(*tb), false);
            Prepared::MatMul(gemm.with_epilogue(*epilogue))
        }
        Kernel::Conv(spec) => Prepared::Conv(Box::new(Conv::new(*spec, Role::Result)), None),
        Kernel::ConvInputGrad(spec) => Prepared::Conv(Box::new(Conv::new(*spec, Role::Images)), None),
        Kernel::ConvWeightGrad(spec) => Prepared::Conv(Box::new(Conv::new(*spec, Role::Weights)), None),
        Kernel::Rope { t, d, base, inverse, .. } => {
            Prepared::Rope(movement::rope_table(*t, *d, *base, *inverse))
        }
        _ => Prepared::None,
    }
}

/// Convolutions take over the bias and activation that follow them in place.
fn take_tails(plan: &Plan, prepared: &mut [Prepared]) {
    for at in 0..prepared.len() {
        let Some(tail) = Tail::of(&plan.steps, at) else { continue };
        if let Prepared::Conv(_, taken) = &mut prepared[at] {
            *taken = Some(tail);
            prepared[at + 1] = Prepared::Taken;
        }
    }
}

fn scratch_len(prepared: &Prepared) -> usize {
    match prepared {
        Prepared::Elementwise(program) => program.scratch_len(),
        Prepared::MatMul(gemm) => gemm.scratch_len(),
        Prepared::Conv(conv, _) => conv.scratch_len(),
        Prepared::Accumulate(_) | Prepared::Rope(_) | Prepared::Taken | Prepared::None => 0,
    }
}

struct Context<'a> {
    plan: &'a Plan,
    arena: &'a mut [f32],
    scratch: &'a mut [f32],
    counts: &'a mut [Counts],
    general: &'a mut General,
    reference: bool,
    seed: u64,
    step: u64,
}

impl Context<'_> {
    fn run(&mut self, step: &Step, prepared: &Prepared) {
        match prepared {
            Prepared::Elementwise(program) => return program.run(self.arena, self.scratch, self.counts),
            Prepared::Taken => return,
            _ => {}
        }
        let bias = match prepared {
            Prepared::Conv(_, Some(tail)) => Some(tail.bias),
            _ => None,
        };
        let (out, inputs, bias) = split(self.arena, step, bias);
        let input = |index: usize| inputs[index];
        match (&step.kernel, prepared) {
            (Kernel::MatMul { batch, m, n, k, .. }, Prepared::MatMul(gemm)) => {
                let extra: [&[f32]; 2] =
                    [inputs.get(2).unwrap_or(&&[][..]), inputs.get(3).unwrap_or(&&[][..])];
                for at in 0..*batch {
                    let matrices = Matrices {
                        a: &input(0)[at * m * k..][..m * k],
                        b: &input(1)[at * k * n..][..k * n],
                        extra: &extra,
                    };
                    gemm.run(self.reference, matrices, &mut out[at * m * n..][..m * n], self.scratch);
                }
            }
            (Kernel::MatMul { batch, m, n, k, ta, tb, .. }, Prepared::Accumulate(rounder)) => {
                for at in 0..*batch {
                    let (a, b) = (&input(0)[at * m * k..][..m * k], &input(1)[at * k * n..][..k * n]);
                    accumulate(rounder, (*m, *n, *k), (*ta, *tb), (a, b), &mut out[at * m * n..][..m * n]);
                }
            }
            (_, Prepared::Conv(conv, tail)) => {
                let finish = tail.map_or(Finish::default(), |tail| tail.finish(bias));
                conv.run(self.reference, (input(0), input(1)), &finish, out, self.scratch);
            }
            (_, Prepared::Rope(table)) => movement::rope(input(0), table, out),
            (Kernel::MaxPick(spec), _) => pool::max_pick(spec, input(0), input(1), out),
            (Kernel::MaxRoute(spec), _) => pool::max_route(spec, input(0), input(1), out),
            (Kernel::AvgPool(spec), _) => pool::average(spec, input(0), out),
            (Kernel::AvgSpread(spec), _) => pool::spread(spec, input(0), out),
            (Kernel::Reduce { kind, len, inner, .. }, _) => {
                reduce::reduce(*kind, input(0), *len, *inner, out);
            }
            (Kernel::Softmax { columns, log, .. }, _) => reduce::softmax(input(0), *columns, *log, out),
            (Kernel::Copy { dims, from, from_strides, to, to_strides, clear }, _) => {
                if *clear {
                    out.fill(0.0);
                }
                movement::copy(dims, input(0), from_strides, out, to_strides, (*from, *to));
            }
            (Kernel::Gather { rows, width }, _) => movement::gather(input(0), input(1), *rows, *width, out),
            (Kernel::ScatterAdd { rows, width }, _) => {
                movement::scatter_add(input(0), input(1), *rows, *width, out);
            }
            (Kernel::OneHot { classes }, _) => movement::one_hot(input(0), *classes, out),
            (Kernel::Random { kind, stream }, _) => {
                Stream::new(self.seed, *stream, self.step).fill(*kind, out);
            }
            (Kernel::Round { quantizer, counter, columns }, _) => {
                let moment = Moment { seed: self.seed, step: self.step, counter: *counter };
                let quantizer = &self.plan.quantizers[quantizer.index()];
                out.copy_from_slice(input(0));
                let counts = round::round(quantizer, moment, *columns, out, self.general);
                self.counts[*counter].add(counts);
            }
            // Prepared together with their kernels, above.
            (
                Kernel::Elementwise(_)
                | Kernel::MatMul { .. }
                | Kernel::Conv(_)
                | Kernel::ConvInputGrad(_)
                | Kernel::ConvWeightGrad(_)
                | Kernel::Rope { .. },
                _,
            ) => {}
        }
    }
}

/// The step's output, its inputs and one view more (or an empty one) as slices of one arena.
fn split<'a>(
    arena: &'a mut [f32],
    step: &Step,
    more: Option<View>,
) -> (&'a mut [f32], [&'a [f32]; 4], &'a [f32]) {
    let words = arena.as_mut_ptr();
    let mut inputs: [&[f32]; 4] = [&[]; 4];
    for (slice, view) in inputs.iter_mut().zip(&step.inputs) {
        // SAFETY: `check_views` has seen that inputs lie in the arena and apart from the output.
        *slice = unsafe { std::slice::from_raw_parts(words.add(view.offset), view.len) };
    }
    // SAFETY: as above: it is an input of the next step, and lies apart from this one's output (`Tail::of`).
    let more =
        more.map_or(&[][..], |view| unsafe { std::slice::from_raw_parts(words.add(view.offset), view.len) });
    let view = step.outputs[0];
    // SAFETY: as above.
    (unsafe { std::slice::from_raw_parts_mut(words.add(view.offset), view.len) }, inputs, more)
}

/// A product whose sums are rounded after every addition, in index order.
fn accumulate(
    rounder: &Rounder,
    (m, n, k): (usize, usize, usize),
    (ta, tb): (bool, bool),
    (a, b): (&[f32], &[f32]),
    out: &mut [f32],
) {
    for (i, sums) in out.chunks_exact_mut(n).enumerate().take(m) {
        sums.fill(0.0);
        for at in 0..k {
            let factor = if ta { a[at * m + i] } else { a[i * k + at] };
            for (j, sum) in sums.iter_mut().enumerate() {
                *sum += factor * if tb { b[j * k + at] } else { b[at * n + j] };
            }
            rounder.nearest(sums);
        }
    }
}
