//! The same seed gives the same weights, from any step on, and memory stays as it is.

mod common;

use common::start;
use engine::cpu::{Executor, Path};
use engine::graph::{DType, RandomKind};
use engine::mutants::Mutant;
use engine::nn::optimiser::{Minimiser, Optimiser};
use engine::nn::{self, Activation, Net, WeightInit};
use engine::plan::Plan;
use engine::policy::presets::PRESETS;
use engine::policy::{LossScaling, Policy};
use engine::snapshot::SnapshotError;

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

/// The figures are the same natively and in every browser, scalar and wide: `replay_wasm.rs` compares with them too.
#[test]
fn the_hashes_of_known_runs() {
    for path in [Path::Reference, Path::Wide] {
        assert_eq!(common::run_hash(path), common::RUN, "{path:?}");
        assert_eq!(common::suite_hash(path), common::SUITE, "{path:?}");
        assert_eq!(common::presets_hash(path), common::PRESET_RUNS, "{path:?}");
    }
}

/// Every mistake shows in the weights after 20 steps of every preset in which it can be made.
#[test]
fn mutants_change_the_hash_of_a_run() {
    for mutant in Mutant::ALL {
        let (mut possible, mut noticed) = (0, 0);
        for preset in PRESETS {
            let (mut graph, loss) = common::graph(&preset.policy());
            if mutant.apply(&mut graph, loss) == 0 {
                continue;
            }
            possible += 1;
            let mut wrong = common::ready(Plan::new(&graph), 2026, Path::Wide);
            let mut right = start(&preset.policy(), 2026, Path::Wide);
            (0..20).for_each(|_| {
                wrong.step();
                right.step();
            });
            noticed += usize::from(wrong.snapshot().hash() != right.snapshot().hash());
        }
        println!("{mutant:?}: {noticed} of {possible} runs");
        assert!(possible > 0 && noticed == possible, "{mutant:?}: {noticed} of {possible}");
    }
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

/// A regression on inputs that stay, with this many updates in one graph.
fn regression(policy: &Policy, rule: Optimiser, updates: usize) -> Executor {
    let mut net = Net::new(policy);
    let x = net.graph.input("x", [8, 3], DType::F32);
    let first = net.dense_params("first", 3, 5, WeightInit::Glorot);
    let second = net.dense_params("second", 5, 2, WeightInit::Glorot);
    let lr = net.graph.constant(1e-2);
    let mut minimiser = Minimiser::new(&mut net, "rule", &[first.0, first.1, second.0, second.1], lr, rule);
    for _ in 0..updates {
        let params = minimiser.params();
        let hidden = net.dense_with(x, (params[0], params[1]), Activation::Tanh);
        let y = net.dense_with(hidden, (params[2], params[3]), Activation::Linear);
        let target = net.graph.slice(x, 1, 0, 2);
        let loss = nn::mse(&mut net.graph, y, target);
        minimiser.step(&mut net, loss);
    }
    minimiser.finish(&mut net);
    let mut run = Executor::new(Plan::new(&net.graph), 3, Path::Wide);
    let place = run.plan().inputs[0].view;
    engine::random::Stream::new(7, 7, 7).fill(RandomKind::Normal, run.words_mut(place));
    run
}

#[test]
fn updates_chained_in_one_graph_are_as_many_steps() {
    let e4m3 = Policy::uniform(*numerics::by_id("e4m3").expect("a format"));
    let dynamic = LossScaling::Dynamic { initial: 1048576.0, interval: 3 };
    let rules = [Optimiser::Sgd, Optimiser::Momentum { momentum: 0.9 }, Optimiser::ADAM];
    for policy in [Policy::FP32, e4m3, Policy { loss_scaling: dynamic, ..e4m3 }] {
        for rule in rules {
            let (mut single, mut triple) = (regression(&policy, rule, 1), regression(&policy, rule, 3));
            (0..12).for_each(|_| single.step());
            (0..4).for_each(|_| triple.step());
            assert_eq!(single.snapshot().params, triple.snapshot().params, "{rule:?}");
        }
    }
}
