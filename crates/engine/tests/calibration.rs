//! Train in binary32, calibrate, evaluate quantised: the way a lab goes.

use engine::cpu::{Executor, Path};
use engine::graph::{DType, RandomKind, Tensor};
use engine::nn::optimiser::{Optimiser, minimise};
use engine::nn::{self, Activation, Net, WeightInit};
use engine::plan::Plan;
use engine::policy::calibration::{Method, Observer, SiteScales, round_weights};
use engine::policy::{Choice, Policy, Role, RoleRounding, Scaling, presets};
use engine::random::Stream;
use engine::snapshot::{SnapshotError, Weights};

const BATCH: usize = 64;

/// Points in 8 dimensions; the class says in which of four pairs of axes they lie farthest out.
fn forward(net: &mut Net) -> Tensor {
    let x = net.graph.input("points", [BATCH, 8], DType::F32);
    let x = net.rounders.activation(&mut net.graph, x);
    let x = net.dense("hidden", x, 48, WeightInit::He, Activation::Relu);
    net.dense("out", x, 4, WeightInit::Glorot, Activation::Linear)
}

fn batch(index: u64) -> (Vec<f32>, Vec<u32>) {
    let mut points = vec![0.0; BATCH * 8];
    Stream::new(77, 1, index).fill(RandomKind::Normal, &mut points);
    let labels = points
        .chunks_exact(8)
        .map(|point| {
            let radius = |pair: usize| point[2 * pair].hypot(point[2 * pair + 1]);
            (0..4).max_by(|&a, &b| radius(a).total_cmp(&radius(b))).unwrap_or(0) as u32
        })
        .collect();
    (points, labels)
}

fn write(executor: &mut Executor, index: u64) -> Vec<u32> {
    let (points, labels) = batch(index);
    for slot in executor.plan().inputs.clone() {
        let words = executor.words_mut(slot.view);
        match slot.name.as_str() {
            "points" => words.copy_from_slice(&points),
            _ => words.iter_mut().zip(&labels).for_each(|(word, label)| *word = f32::from_bits(*label)),
        }
    }
    labels
}

fn trained() -> Weights {
    let mut net = Net::new(&Policy::FP32);
    let logits = forward(&mut net);
    let labels = net.graph.input("labels", [BATCH], DType::U32);
    let loss = nn::cross_entropy(&mut net.graph, logits, labels);
    let params = net.parameters("");
    let lr = net.graph.constant(1e-2);
    minimise(&mut net, "adam", loss, &params, lr, Optimiser::ADAM);
    let mut executor = Executor::new(Plan::new(&net.graph), 5, Path::Wide);
    for index in 0..400 {
        write(&mut executor, index);
        executor.step();
    }
    Weights::of(executor.plan(), &executor.snapshot()).expect("its own plan")
}

fn start(net: &Net, weights: &Weights) -> Executor {
    let mut executor = Executor::new(Plan::new(&net.graph), 5, Path::Wide);
    let mut snapshot = executor.snapshot();
    weights.write_to(executor.plan(), &mut snapshot).expect("the same network");
    executor.restore(&snapshot).expect("its own plan");
    executor
}

fn accuracy(policy: &Policy, scales: &SiteScales, weights: &Weights) -> f64 {
    let mut net = Net::calibrated(policy, scales);
    let logits = forward(&mut net);
    net.graph.output("logits", logits);
    let mut executor = start(&net, weights);
    let mut right = 0;
    for index in 1000..1016 {
        let labels = write(&mut executor, index);
        executor.step();
        for (row, label) in executor.output("logits").chunks_exact(4).zip(labels) {
            let best = (0..4).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0);
            right += usize::from(best == label as usize);
        }
    }
    right as f64 / (16 * BATCH) as f64
}

fn observe(weights: &Weights) -> Observer {
    let mut net = Net::new(&Policy::FP32);
    forward(&mut net);
    let mut observer = Observer::new(&mut net.graph);
    let mut executor = start(&net, weights);
    for index in 2000..2004 {
        write(&mut executor, index);
        executor.step();
        observer.collect(|name| executor.output(name));
    }
    observer
}

fn quantised(weights: &Weights, observer: &Observer, id: &str, method: Method) -> f64 {
    let policy = presets::by_id(id).expect("a preset").policy();
    let (Some(role), Some(activations)) = (policy.weights, policy.activations) else {
        panic!("{id} rounds both")
    };
    let Choice::Element(format, _) = activations.choice else { panic!("{id} has element formats") };
    let mut rounded = weights.clone();
    round_weights(&mut rounded, &role, method);
    accuracy(&Policy { weights: None, ..policy }, &observer.scales(&format, method), &rounded)
}

#[test]
fn a_trained_network_is_calibrated_and_evaluated() {
    let weights = trained();
    let whole = accuracy(&Policy::FP32, &SiteScales::default(), &weights);
    assert!(whole > 0.85, "the task is learnt: {whole}");
    let observer = observe(&weights);
    let names: Vec<&str> = observer.sites().iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["points", "hidden", "out"]);
    for method in [Method::MinMax, Method::Percentile(0.9995), Method::Mse] {
        let eight = quantised(&weights, &observer, "ptq-int8", method);
        let four = quantised(&weights, &observer, "ptq-int4", method);
        println!("{method:?}: fp32 {whole:.4}, int8 {eight:.4}, int4 {four:.4}");
        assert!((whole - eight).abs() < 0.02, "{method:?}: {eight} of {whole}");
        assert!(four < eight && four > 0.3, "{method:?}: four bits lose, {four} of {eight}");
    }
}

#[test]
fn calibrated_sites_have_fixed_scales_and_the_others_follow_the_policy() {
    let policy = presets::by_id("ptq-int8").expect("a preset").policy();
    let mut scales = SiteScales::default();
    scales.set("hidden", 0.25);
    scales.set("out", f32::NAN);
    let mut net = Net::calibrated(&policy, &scales);
    forward(&mut net);
    let logits = net.graph.sites().last().expect("sites").tensor;
    net.graph.output("logits", logits);
    let plan = Plan::new(&net.graph);
    let scaling = |site: &str| {
        let counter =
            plan.counters.iter().find(|counter| counter.role == Role::Activations && counter.site == site);
        match plan.quantizers[counter.expect(site).quantizer.index()].target {
            engine::policy::Target::Element(_, scaling) => scaling,
            engine::policy::Target::Block(..) => panic!("{site} has blocks"),
        }
    };
    assert_eq!(scaling("points"), Scaling::Tensor);
    assert_eq!(scaling("hidden"), Scaling::Fixed(0.25));
}

#[test]
fn weights_are_written_by_name_and_checked() {
    let mut net = Net::new(&Policy::FP32);
    forward(&mut net);
    let logits = net.graph.sites().last().expect("sites").tensor;
    net.graph.output("logits", logits);
    let executor = Executor::new(Plan::new(&net.graph), 5, Path::Wide);
    let before = executor.snapshot();
    let mut weights = Weights::of(executor.plan(), &before).expect("its own plan");
    weights.tensors.reverse();
    let mut snapshot = before.clone();
    weights.write_to(executor.plan(), &mut snapshot).expect("order does not matter");
    assert_eq!(snapshot, before);
    weights.tensors[0].shape = engine::Shape::new(&[2, 2]);
    let error = weights.write_to(executor.plan(), &mut snapshot);
    assert!(matches!(error, Err(SnapshotError::Shape { name, .. }) if name == weights.tensors[0].name));
    weights.tensors.remove(0);
    let error = weights.write_to(executor.plan(), &mut snapshot);
    assert!(matches!(error, Err(SnapshotError::Missing { .. })));
    assert_eq!(snapshot, before, "nothing changed");
}

#[test]
fn a_weight_used_twice_is_rounded_once() {
    let mut net = Net::new(&presets::by_id("bf16").expect("a preset").policy());
    let x = net.graph.input("x", [4, 8], DType::F32);
    let layer = net.dense_params("layer", 8, 8, WeightInit::He);
    let once = net.dense_with(x, layer, Activation::Relu);
    let twice = net.dense_with(once, layer, Activation::Relu);
    net.graph.output("y", twice);
    let plan = Plan::new(&net.graph);
    let of = |role| plan.counters.iter().filter(|counter| counter.role == role).count();
    assert_eq!((of(Role::Weights), of(Role::Activations)), (1, 2));
    let names: Vec<&str> = net.graph.sites().iter().map(|site| site.name.as_str()).collect();
    assert_eq!(names, ["layer.weight", "layer", "layer #2"]);
    let rule = RoleRounding::plain(*numerics::by_id("fp16").expect("a format"));
    assert_eq!(
        rule.with_scale(2.0).choice,
        Choice::Element(*numerics::by_id("fp16").expect("a format"), Scaling::Fixed(2.0))
    );
}
