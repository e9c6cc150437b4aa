//! Runs whose bits are known: the same natively and in every browser, scalar and wide.
//!
//! Every build that includes this compares with the same constants, so two builds that pass have computed the same bits.

use engine::cases;
use engine::cpu::{Executor, Path};
use engine::graph::{DType, Graph, RandomKind, Tensor};
use engine::nn::optimiser::{Optimiser, minimise};
use engine::nn::{self, Activation, Net, WeightInit};
use engine::plan::Plan;
use engine::policy::Policy;
use engine::policy::presets::PRESETS;
use numerics::bulk::mix64;

/// Of [`run_hash`].
pub const RUN: &str = "b1e50229ea38b33f";
/// Of [`presets_hash`]. A new preset changes it.
pub const PRESET_RUNS: &str = "359d2733f0990979";
/// Of [`suite_hash`].
pub const SUITE: &str = "982d4d646aef0577";

/// A small classifier of noise that uses dropout: random numbers in every step.
pub fn plan(policy: &Policy) -> Plan {
    Plan::new(&graph(policy).0)
}

/// The same as a graph, and its loss.
pub fn graph(policy: &Policy) -> (Graph, Tensor) {
    let mut net = Net::new(policy);
    let table = net.graph.input("table", [32, 12], DType::F32);
    let index = net.graph.random(RandomKind::Below(32), [8]);
    let x = net.graph.gather(table, index);
    let x = net.dense("hidden", x, 16, WeightInit::He, Activation::Relu);
    let x = net.graph.dropout(x, 0.25);
    let logits = net.dense("out", x, 4, WeightInit::Glorot, Activation::Linear);
    let labels = net.graph.random(RandomKind::Below(4), [8]);
    let loss = nn::cross_entropy(&mut net.graph, logits, labels);
    let params = net.parameters("");
    let lr = net.graph.constant(1e-2);
    minimise(&mut net, "adam", loss, &params, lr, Optimiser::ADAM);
    net.graph.output("loss", loss);
    (net.graph, loss)
}

pub fn start(policy: &Policy, seed: u64, path: Path) -> Executor {
    ready(plan(policy), seed, path)
}

/// The executor of such a plan, its table filled.
pub fn ready(plan: Plan, seed: u64, path: Path) -> Executor {
    let mut executor = Executor::new(plan, seed, path);
    let table = executor.plan().inputs[0].view;
    engine::random::Stream::new(5, 5, 5).fill(RandomKind::Normal, executor.words_mut(table));
    executor
}

/// Of the weights and the optimiser's state after 100 steps in binary32.
pub fn run_hash(path: Path) -> String {
    let mut run = start(&Policy::FP32, 2026, path);
    (0..100).for_each(|_| run.step());
    format!("{:016x}", run.snapshot().hash())
}

/// Of 20 steps under every preset: weights, state and the counts of rounding events.
pub fn presets_hash(path: Path) -> String {
    let mut hash = 0;
    for preset in PRESETS {
        let mut run = start(&preset.policy(), 2026, path);
        (0..20).for_each(|_| run.step());
        hash = mix64(hash ^ run.snapshot().hash());
        for counts in run.counts() {
            for count in [counts.total, counts.overflow, counts.underflow, counts.nan] {
                hash = mix64(hash ^ count);
            }
        }
    }
    format!("{hash:016x}")
}

/// Of all outputs of all cases of the suite: values, gradients and gradients of gradients. NaN counts as one value.
pub fn suite_hash(path: Path) -> String {
    let mut hash = 0;
    for case in cases::all() {
        let mut executor = Executor::new(Plan::new(&case.graph), 11, path);
        let places: Vec<_> = executor.plan().params.iter().map(|slot| slot.view).collect();
        places
            .iter()
            .zip(&case.params)
            .for_each(|(&view, values)| executor.words_mut(view).copy_from_slice(values));
        let places: Vec<_> = executor.plan().inputs.iter().map(|slot| slot.view).collect();
        places
            .iter()
            .zip(&case.inputs)
            .for_each(|(&view, values)| executor.words_mut(view).copy_from_slice(values));
        executor.step();
        for (name, _) in case.graph.outputs() {
            for x in executor.output(name) {
                let bits = if x.is_nan() { 0x7FC0_0000 } else { x.to_bits() };
                hash = mix64(hash ^ u64::from(bits));
            }
        }
    }
    format!("{hash:016x}")
}
