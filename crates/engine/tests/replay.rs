//! The same seed gives the same weights, from any step on, and memory stays as it is.

use engine::cpu::{Executor, Path};
use engine::graph::{DType, RandomKind};
use engine::nn::optimiser::{Optimiser, minimise};
use engine::nn::{self, Activation, Net, WeightInit};
use engine::plan::Plan;
use engine::policy::{LossScaling, Policy};
use engine::snapshot::SnapshotError;

/// A small classifier of noise that uses dropout: random numbers in every step.
fn plan(policy: &Policy) -> Plan {
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
    Plan::new(&net.graph)
}

fn start(policy: &Policy, seed: u64, path: Path) -> Executor {
    let mut executor = Executor::new(plan(policy), seed, path);
    let table = executor.plan().inputs[0].view;
    engine::random::Stream::new(5, 5, 5).fill(RandomKind::Normal, executor.words_mut(table));
    executor
}

#[test]
fn a_snapshot_continues_the_run() {
    for policy in [Policy::FP32, Policy::uniform(*numerics::by_id("e4m3").expect("a format"))] {
        let mut whole = start(&policy, 9, Path::Wide);
        (0..30).for_each(|_| whole.step());
        let half = whole.snapshot();
        (0..30).for_each(|_| whole.step());
        let mut resumed = start(&policy, 1, Path::Reference);
        resumed.restore(&half).expect("the same plan");
        (0..30).for_each(|_| resumed.step());
        assert_eq!(resumed.snapshot().hash(), whole.snapshot().hash());
        assert_ne!(half.hash(), whole.snapshot().hash());
        let mut other = start(&policy, 10, Path::Wide);
        (0..60).for_each(|_| other.step());
        assert_ne!(other.snapshot().hash(), whole.snapshot().hash());
    }
}

/// The figure is the same natively and in every browser: it is checked there too.
#[test]
fn the_hash_of_a_run_is_known() {
    let mut run = start(&Policy::FP32, 2026, Path::Wide);
    (0..100).for_each(|_| run.step());
    assert_eq!(format!("{:016x}", run.snapshot().hash()), "b1e50229ea38b33f");
}

#[test]
fn a_snapshot_of_another_plan_is_refused() {
    let mut run = start(&Policy::FP32, 1, Path::Wide);
    let before = run.snapshot();
    let mut wrong = before.clone();
    wrong.params.pop();
    assert!(matches!(run.restore(&wrong), Err(SnapshotError::Count { .. })));
    let mut wrong = before.clone();
    wrong.params[0].push(0.0);
    assert!(matches!(run.restore(&wrong), Err(SnapshotError::Size { .. })));
    assert_eq!(run.snapshot(), before);
}

#[test]
fn a_broken_gradient_skips_the_step_and_halves_the_scale() {
    let policy =
        Policy { loss_scaling: LossScaling::Dynamic { initial: 1024.0, interval: 2 }, ..Policy::FP32 };
    let mut run = start(&policy, 1, Path::Wide);
    let place = |run: &Executor, name: &str| {
        run.plan().params.iter().find(|param| param.name == name).expect("a parameter").view
    };
    let (scale, weight) = (place(&run, "adam.loss_scale"), place(&run, "hidden.weight"));
    run.step();
    run.step();
    assert_eq!(run.words(scale), [2048.0], "doubled after two steps");
    let table = run.plan().inputs[0].view;
    run.words_mut(table).fill(f32::INFINITY);
    let before = run.words(weight).to_vec();
    run.step();
    assert_eq!(run.words(scale), [1024.0]);
    assert_eq!(run.words(weight), before, "nothing else changed");
    engine::random::Stream::new(5, 5, 5).fill(RandomKind::Normal, run.words_mut(table));
    run.step();
    assert_ne!(run.words(weight), before);
}
