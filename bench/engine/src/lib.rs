//! The engine's CPU executor behind the exports that `page/ours.mjs` describes, and a native run of the same workloads.
//!
//! One thread, one workload at a time. Addresses stay valid until the next prepare. A failed prepare is 0.

mod features;
#[cfg(all(feature = "webgpu", target_arch = "wasm32"))]
mod gpu;
#[cfg(all(feature = "webgpu", target_arch = "wasm32"))]
mod gpu_features;

use std::cell::RefCell;

use engine::cpu::gemm::{Gemm, Matrices, Shape, Strides, peak_wide};
use engine::cpu::{Executor, Path};
use engine::graph::Tensor;
use engine::plan::{Plan, View};
use engine::policy::{Policy, RoleRounding};
use experiments::workloads::Workload;

/// Batches held in memory; step `s` takes batch `s mod BATCHES`.
pub const BATCHES: usize = 16;

/// A product of square matrices.
struct Product {
    gemm: Gemm,
    operands: [Vec<f32>; 3],
    scratch: Vec<f32>,
}

/// A training step with its batches.
pub struct Training {
    executor: Executor,
    network: Vec<View>,
    discriminator: Vec<View>,
    /// Data, two latents, labels: where each batch goes and the batches.
    feeds: [Option<(View, Vec<Vec<f32>>)>; 4],
    step: usize,
}

impl Training {
    /// A workload under a policy.
    pub fn new(workload: Workload, policy: &Policy) -> Training {
        let built = workload.build(policy);
        let plan = Plan::new(&built.graph);
        let param = |tensor: &Tensor| built.graph.param_id(*tensor).map(|id| plan.param(id).view);
        let feed = |tensor: Option<Tensor>| {
            let id = built.graph.input_id(tensor?)?;
            let view = plan.input(id).view;
            Some((view, vec![vec![0.0; view.len]; BATCHES]))
        };
        Training {
            network: built.network.iter().filter_map(param).collect(),
            discriminator: built.discriminator.iter().filter_map(param).collect(),
            feeds: [
                feed(Some(built.data)),
                feed(built.latents.first().copied()),
                feed(built.latents.get(1).copied()),
                feed(built.labels),
            ],
            step: 0,
            executor: Executor::new(plan, 1, Path::Wide),
        }
    }

    /// The words of a tensor by the page's numbers.
    pub fn tensor(&mut self, what: usize, index: usize) -> Option<&mut [f32]> {
        match what {
            0 | 1 => {
                let list = if what == 0 { &self.network } else { &self.discriminator };
                let view = *list.get(index)?;
                Some(self.executor.words_mut(view))
            }
            _ => {
                let (_, batches) = self.feeds.get_mut(what.checked_sub(2)?)?.as_mut()?;
                batches.get_mut(index).map(Vec::as_mut_slice)
            }
        }
    }

    /// Takes steps; the last one's loss.
    pub fn steps(&mut self, count: usize) -> f32 {
        for _ in 0..count {
            for (view, batches) in self.feeds.iter().flatten() {
                self.executor.words_mut(*view).copy_from_slice(&batches[self.step % BATCHES]);
            }
            self.executor.step();
            self.step += 1;
        }
        self.executor.output("loss").first().copied().unwrap_or(f32::NAN)
    }

    /// The executor, for a look inside.
    pub fn executor(&mut self) -> &mut Executor {
        &mut self.executor
    }

    /// What one step computes.
    pub fn plan(&self) -> &Plan {
        self.executor.plan()
    }
}

/// The policy of a number in `page/ours.mjs`.
fn policy(number: u32) -> Option<Policy> {
    let id = match number {
        0 => return Some(Policy::FP32),
        1 => "bf16",
        2 => "fp16",
        3 => "e4m3",
        _ => return None,
    };
    let format = numerics::by_id(id)?;
    // E4M3 has no infinity, and its first number beyond the range would be NaN for good: it saturates, as converters in hardware do.
    let role = Some(RoleRounding { saturate: id == "e4m3", ..RoleRounding::plain(*format) });
    Some(Policy { weights: role, activations: role, gradients: role, ..Policy::FP32 })
}

thread_local! {
    static PRODUCT: RefCell<Option<Product>> = const { RefCell::new(None) };
    static TRAINING: RefCell<Option<Training>> = const { RefCell::new(None) };
}

/// Operands and result of `n × n`.
#[unsafe(no_mangle)]
pub extern "C" fn ours_matmul_prepare(n: u32) -> u32 {
    let n = n as usize;
    let gemm = Gemm::new(Shape { m: n, n, k: n }, Strides::ROWS, Strides::ROWS, false);
    let scratch = vec![0.0; gemm.scratch_len()];
    let operands = [(); 3].map(|()| vec![0.0; n * n]);
    PRODUCT.set(Some(Product { gemm, operands, scratch }));
    1
}

/// A, B and C by 0, 1 and 2.
#[unsafe(no_mangle)]
pub extern "C" fn ours_matmul_operand(which: u32) -> *mut f32 {
    PRODUCT.with_borrow_mut(|product| {
        product
            .as_mut()
            .and_then(|product| product.operands.get_mut(which as usize))
            .map_or(std::ptr::null_mut(), Vec::as_mut_ptr)
    })
}

/// `C = A·B`, as often as asked.
#[unsafe(no_mangle)]
pub extern "C" fn ours_matmul_run(reps: u32) {
    PRODUCT.with_borrow_mut(|product| {
        let Some(Product { gemm, operands: [a, b, c], scratch }) = product else { return };
        for _ in 0..reps {
            gemm.run(false, Matrices { a, b, extra: &[] }, c, scratch);
        }
    });
}

/// Multiplications and additions in registers; their number.
#[unsafe(no_mangle)]
pub extern "C" fn ours_peak(reps: u32) -> f64 {
    let peak = peak_wide(reps);
    std::hint::black_box(peak.value);
    peak.flop as f64
}

/// A workload under a policy.
#[unsafe(no_mangle)]
pub extern "C" fn ours_train_prepare(workload: u32, policy_number: u32) -> u32 {
    let (Some(workload), Some(policy)) = (Workload::ALL.get(workload as usize), policy(policy_number)) else {
        return 0;
    };
    TRAINING.set(Some(Training::new(*workload, &policy)));
    1
}

/// Where the page writes a tensor.
#[unsafe(no_mangle)]
pub extern "C" fn ours_train_tensor(what: u32, index: u32) -> *mut f32 {
    TRAINING.with_borrow_mut(|training| {
        training
            .as_mut()
            .and_then(|training| training.tensor(what as usize, index as usize))
            .map_or(std::ptr::null_mut(), <[f32]>::as_mut_ptr)
    })
}

/// Everything is written.
#[unsafe(no_mangle)]
pub extern "C" fn ours_train_begin() -> u32 {
    TRAINING.with_borrow(|training| u32::from(training.is_some()))
}

/// Takes steps; the last one's loss, NaN without a workload.
#[unsafe(no_mangle)]
pub extern "C" fn ours_train_steps(count: u32) -> f32 {
    TRAINING.with_borrow_mut(|training| training.as_mut().map_or(f32::NAN, |t| t.steps(count as usize)))
}

/// Multiplications, additions and function values of a step.
#[unsafe(no_mangle)]
pub extern "C" fn ours_train_flop_per_step() -> f64 {
    TRAINING.with_borrow(|training| training.as_ref().map_or(0.0, |t| t.plan().flop_count as f64))
}
