//! The GPU executor against the scalar CPU, operation by operation, on whatever Vulkan device there is (Mesa's lavapipe will do).
//!
//! Without a device the tests say so and pass, except where `CI` is set: there they fail.

mod gpu_common;

use engine::cpu;
use engine::gpu::{Device, DeviceOptions, Executor, GpuError, Native, Probe, ProbeKind, Storage};
use engine::graph::{DType, Graph, Init, ParamRole, RandomKind};
use engine::nn::optimiser::{Optimiser, minimise};
use engine::nn::{self, Activation, Net, WeightInit};
use engine::plan::Plan;
use engine::policy::{BlockAxis, Mode, Policy, Quantizer, RoleRounding, Scaling, Target};
use engine::policy::{Choice, LossScaling};
use engine::random::Stream;
use gpu_common::{Tolerance, check_case, device, distance};
use numerics::{Format, RoundingMode};
use pollster::block_on;

#[test]
fn every_operation_agrees_with_the_cpu() {
    let Some(device) = device() else { return };
    let mut worst = (0.0, String::new());
    let (mut outputs, mut dispatches, mut pipelines) = (0, 0, 0);
    for case in engine::cases::all() {
        let report = block_on(check_case(device, &case, Tolerance::of(&case.name)));
        outputs += report.outputs;
        dispatches += report.dispatches;
        pipelines += report.pipelines;
        if report.worst > worst.0 {
            worst = (report.worst, case.name.clone());
        }
    }
    println!(
        "{}: {outputs} outputs, {dispatches} dispatches, {pipelines} pipelines; the worst is off by {:e} in {}",
        device.name(),
        worst.0,
        worst.1
    );
    assert!(outputs > 500, "{outputs}");
}

/// The kernels that GPUs get, on whatever device there is: cases of each family that has its own, and sizes that reach every tile and every shared sum.
#[test]
fn kernels_for_gpus_agree_with_the_cpu() {
    let Some(device) = device().map(Device::with_gpu_kernels) else { return };
    let device = &device;
    let cases = engine::cases::all();
    let families = [
        "matmul 9",
        "matmul, ",
        "bias",
        "conv 3x3 same",
        "conv many",
        "depthwise valid",
        "sum of all",
        "attention",
    ];
    for case in cases.iter().filter(|case| families.iter().any(|family| case.name.starts_with(family))) {
        block_on(check_case(device, case, Tolerance::of(&case.name)));
    }
    let mut graph = Graph::new();
    let sizes = [("small", 70, 50, 33), ("middle", 330, 321, 18), ("large", 700, 641, 17)];
    for (name, m, n, k) in sizes {
        for (ta, tb) in [(false, false), (true, true)] {
            let a = graph.input(&format!("a.{name}.{ta}"), if ta { [k, m] } else { [m, k] }, DType::F32);
            let b = graph.input(&format!("b.{name}.{tb}"), if tb { [n, k] } else { [k, n] }, DType::F32);
            let product = graph.matmul_with(a, b, ta, tb, None);
            graph.output(&format!("{name}.{ta}"), product);
        }
    }
    let x = graph.input("x", [3, 700], DType::F32);
    let softmax = graph.softmax(x);
    graph.output("softmax", softmax);
    let log = graph.log_softmax(x);
    graph.output("log-softmax", log);
    let (sum, max) = (graph.sum_axis(x, 1), graph.max_axis(x, 1));
    graph.output("sum", sum);
    graph.output("max", max);
    let plan = Plan::new(&graph);
    let mut cpu = cpu::Executor::new(plan.clone(), 1, cpu::Path::Wide);
    let mut gpu = block_on(Executor::new(device, plan, 1)).expect("kernels");
    for (index, slot) in cpu.plan().inputs.clone().iter().enumerate() {
        let mut values = vec![0.0; slot.view.len];
        Stream::new(8, index as u32, 0).fill(RandomKind::Uniform, &mut values);
        cpu.words_mut(slot.view).copy_from_slice(&values);
        gpu.write(slot.view, &values);
    }
    cpu.step();
    gpu.submit(1).expect("a device");
    for (name, _) in graph.outputs() {
        let got = block_on(gpu.read_output(name)).expect("a device");
        let off = distance(&got, cpu.output(name));
        assert!(off <= 2e-6, "{name}: {off:e}");
    }
    let products = [Native::F16, Native::I8].map(|native| ProbeKind::NativeProduct { n: 96, native });
    let vectors = Storage::ALL.map(|storage| ProbeKind::MatVec { n: 104, storage });
    for kind in products.into_iter().chain(vectors) {
        match block_on(Probe::new(device, kind)) {
            Ok(mut probe) => {
                let off = block_on(probe.verify()).expect("a device");
                assert!(off <= probe.tolerance(), "{kind:?}: {off:e}");
            }
            Err(GpuError::Unsupported { .. }) if !device.has_shader_f16() => {}
            Err(error) => panic!("{kind:?}: {error}"),
        }
    }
}

fn format(id: &str) -> Format {
    *numerics::by_id(id).expect("a format of the table")
}

/// Bit patterns that reach every binade, tie and boundary: every 16-bit pattern as the upper half of a number, with three lower halves.
fn patterns() -> Vec<f32> {
    (0..=u32::from(u16::MAX))
        .flat_map(|high| [0, 0x8000, 0xFFFF].map(|low| f32::from_bits(high << 16 | low)))
        .collect()
}

/// Rounds `x (rows,columns)` by each quantizer on both, twice, and compares bits and counters. How many elements differ.
fn differences(device: &Device, quantizers: &[Quantizer], columns: usize, x: &[f32]) -> usize {
    let mut graph = Graph::new();
    let shape = [x.len() / columns, columns];
    let input = graph.input("x", shape, DType::F32);
    for (index, quantizer) in quantizers.iter().enumerate() {
        let id = graph.add_quantizer(*quantizer);
        let rounded = graph.round(input, Some(id), None);
        graph.output(&format!("{index}"), rounded);
    }
    let plan = Plan::new(&graph);
    let mut cpu = cpu::Executor::new(plan.clone(), 3, cpu::Path::Reference);
    let mut gpu = match block_on(Executor::new(device, plan, 3)) {
        Ok(gpu) => gpu,
        Err(error) => panic!("{quantizers:?}: {error}"),
    };
    let place = cpu.plan().inputs[0].view;
    cpu.words_mut(place).copy_from_slice(x);
    gpu.write(place, x);
    cpu.step();
    cpu.step();
    gpu.submit(2).expect("a device");
    let mut different = 0;
    for (index, quantizer) in quantizers.iter().enumerate() {
        let expected = cpu.output(&format!("{index}"));
        let got = block_on(gpu.read_output(&format!("{index}"))).expect("a device");
        let mut shown = 0;
        for ((x, got), expected) in x.iter().zip(&got).zip(expected) {
            if got.to_bits() != expected.to_bits() && !(got.is_nan() && expected.is_nan()) {
                different += 1;
                if shown < 3 {
                    shown += 1;
                    println!("{quantizer:?}: {x:e} ({:08x}) to {got:e}, not {expected:e}", x.to_bits());
                }
            }
        }
    }
    let counts = block_on(gpu.counts()).expect("a device");
    if different == 0 {
        assert_eq!(counts, cpu.counts(), "{quantizers:?}");
    }
    different
}

/// Formats with a kernel of their own, and through tables: each number of the line, bit for bit, with every counter.
#[test]
fn elements_round_to_the_same_bits() {
    let Some(device) = device() else { return };
    let x = patterns();
    let plain = |id: &str, saturate| Quantizer { saturate, ..Quantizer::plain(format(id)) };
    let arithmetic: Vec<Quantizer> =
        ["fp16", "bf16", "tf32", "e4m3", "e5m2", "e3m2", "e2m3", "e2m1", "int8", "int4", "int16"]
            .into_iter()
            .flat_map(|id| [plain(id, false), plain(id, true)])
            .collect();
    assert_eq!(differences(device, &arithmetic, 64, &x), 0);
    let tables: Vec<Quantizer> = [("posit8", RoundingMode::NearestEven), ("nf4", RoundingMode::NearestEven)]
        .into_iter()
        .chain([
            ("e4m3", RoundingMode::TowardZero),
            ("int8", RoundingMode::NearestAway),
            ("fp32", RoundingMode::NearestEven),
        ])
        .map(|(id, mode)| Quantizer { mode: Mode::Fixed(mode), ..plain(id, false) })
        .collect();
    assert_eq!(differences(device, &tables, 64, &x), 0);
    let drawn: Vec<Quantizer> = ["fp16", "bf16", "e4m3", "e5m2", "e2m1", "int8", "int4"]
        .into_iter()
        .enumerate()
        .map(|(stream, id)| Quantizer { mode: Mode::Stochastic { stream: stream as u32 }, ..plain(id, true) })
        .collect();
    assert_eq!(differences(device, &drawn, 64, &x), 0);
}

/// Numbers of many sizes, in blocks of similar ones; some zeros, and one block with what is not finite.
fn sizes(rows: usize, columns: usize) -> Vec<f32> {
    let mut x = vec![0.0; rows * columns];
    Stream::new(9, 9, 9).fill(RandomKind::Normal, &mut x);
    for (i, x) in x.iter_mut().enumerate() {
        *x *= ((i / 7 % 23) as f32 - 11.0).exp2();
        if i % 37 == 0 {
            *x = 0.0;
        }
    }
    x
}

/// Scaled elements and blocks. Quotients are exact on software devices; elsewhere a few may fall on the other side of a tie.
#[test]
fn scaled_elements_and_blocks_round_alike() {
    let Some(device) = device() else { return };
    let (rows, columns) = (48, 80);
    let mut x = sizes(rows, columns);
    let allowed = if device.is_software() { 0 } else { x.len() / 500 };
    let scaled: Vec<Quantizer> = ["int8", "e4m3", "fp16"]
        .into_iter()
        .flat_map(|id| [Scaling::Tensor, Scaling::Channel, Scaling::Fixed(0.37)].map(|s| (id, s)))
        .map(|(id, scaling)| Quantizer {
            target: Target::Element(format(id), scaling),
            mode: Mode::Fixed(RoundingMode::NearestEven),
            saturate: true,
        })
        .collect();
    assert!(differences(device, &scaled, columns, &x) <= allowed);
    let block = |id: &str, axis, mode| Quantizer {
        target: Target::Block(*numerics::blocks::block_by_id(id).expect("a block format"), axis),
        mode,
        saturate: false,
    };
    for special in [false, true] {
        if special {
            x[100] = f32::INFINITY;
            x[2000] = f32::NAN;
        }
        for axis in [BlockAxis::Last, BlockAxis::First] {
            let nearest = Mode::Fixed(RoundingMode::NearestEven);
            let blocks: Vec<Quantizer> = numerics::blocks::BLOCK_FORMATS
                .iter()
                .filter(|format| format.id != "q4_k")
                .map(|format| block(format.id, axis, nearest))
                .collect();
            assert!(differences(device, &blocks, columns, &x) <= allowed);
            let drawn: Vec<Quantizer> =
                ["mxfp4", "mxfp8-e4m3", "mxint8-block", "nvfp4", "int8-sym", "int4-affine"]
                    .into_iter()
                    .enumerate()
                    .map(|(stream, id)| block(id, axis, Mode::Stochastic { stream: stream as u32 }))
                    .collect();
            assert!(differences(device, &drawn, columns, &x) <= allowed);
        }
    }
}

#[test]
fn what_has_no_kernel_is_said() {
    let Some(device) = device() else { return };
    for quantizer in [
        Quantizer::plain(format("posit32")),
        Quantizer { mode: Mode::Stochastic { stream: 0 }, ..Quantizer::plain(format("posit8")) },
    ] {
        let mut graph = Graph::new();
        let x = graph.input("x", [4], DType::F32);
        let id = graph.add_quantizer(quantizer);
        let rounded = graph.round(x, Some(id), None);
        graph.output("y", rounded);
        let result = block_on(Executor::new(device, Plan::new(&graph), 1));
        assert!(matches!(result, Err(GpuError::Unsupported { .. })), "{quantizer:?}");
    }
}

/// A small classifier of noise that uses dropout: random numbers in every step.
fn training(policy: &Policy) -> Plan {
    let mut net = Net::new(policy);
    let table = net.graph.input("table", [64, 12], DType::F32);
    let index = net.graph.random(RandomKind::Below(64), [16]);
    let x = net.graph.gather(table, index);
    let x = net.dense("hidden", x, 32, WeightInit::He, Activation::Relu);
    let x = net.graph.dropout(x, 0.25);
    let logits = net.dense("out", x, 4, WeightInit::Glorot, Activation::Linear);
    let labels = net.graph.random(RandomKind::Below(4), [16]);
    let loss = nn::cross_entropy(&mut net.graph, logits, labels);
    let params = net.parameters("");
    let lr = net.graph.constant(1e-2);
    minimise(&mut net, "adam", loss, &params, lr, Optimiser::ADAM);
    net.graph.output("loss", loss);
    Plan::new(&net.graph)
}

fn table(len: usize) -> Vec<f32> {
    let mut table = vec![0.0; len];
    Stream::new(5, 5, 5).fill(RandomKind::Normal, &mut table);
    table
}

/// Loss by loss, within what a flipped rounding here and there does to a small network.
#[test]
fn trajectories_stay_together() {
    let Some(device) = device() else { return };
    let role = |choice, stochastic| Some(RoleRounding { choice, stochastic, saturate: true });
    let all = |choice: Choice, stochastic| Policy {
        weights: role(choice, stochastic),
        activations: role(choice, stochastic),
        gradients: role(choice, stochastic),
        ..Policy::FP32
    };
    let block = |id: &str| Choice::Block(*numerics::blocks::block_by_id(id).expect("a block format"));
    let cases = [
        ("fp32", Policy::FP32, 2e-4),
        ("bf16", Policy::uniform(format("bf16")), 0.02),
        (
            "fp16, scaled loss",
            Policy {
                loss_scaling: LossScaling::Dynamic { initial: 1024.0, interval: 20 },
                ..Policy::uniform(format("fp16"))
            },
            0.01,
        ),
        ("e4m3", Policy::uniform(format("e4m3")), 0.15),
        ("e5m2", Policy::uniform(format("e5m2")), 0.25),
        ("int8 by tensor", all(Choice::Element(format("int8"), Scaling::Tensor), false), 0.1),
        ("mxfp4, stochastic", all(block("mxfp4"), true), 0.5),
        (
            "accumulator bf16",
            Policy { accumulator: Some(RoleRounding::plain(format("bf16"))), ..Policy::FP32 },
            0.05,
        ),
    ];
    for (name, policy, tolerance) in cases {
        let plan = training(&policy);
        let mut cpu = cpu::Executor::new(plan.clone(), 9, cpu::Path::Wide);
        let mut gpu = block_on(Executor::new(device, plan, 9)).expect("kernels for this policy");
        let place = gpu.plan().inputs[0].view;
        cpu.words_mut(place).copy_from_slice(&table(place.len));
        gpu.write(place, &table(place.len));
        gpu.record("loss", 1);
        let steps = 50;
        // Several submissions, so that records come in several buffers.
        (0..5).for_each(|_| gpu.submit(steps / 5).expect("a device"));
        block_on(gpu.done()).expect("a device");
        let records = gpu.records();
        assert_eq!(records.len(), steps as usize, "{name}");
        let mut worst = 0.0_f32;
        for (at, record) in records.iter().enumerate() {
            cpu.step();
            let expected = cpu.output("loss")[0];
            assert_eq!(record.step, at as u64 + 1);
            worst = worst.max((record.values[0] - expected).abs() / expected.abs().max(1.0));
        }
        println!("{name}: {} dispatches, losses within {worst:e}", gpu.dispatch_count());
        assert!(worst <= tolerance, "{name}: {worst}");
        // Roundings happen as often on both.
        let (a, b) = (block_on(gpu.counts()).expect("a device"), cpu.counts());
        assert!(a.iter().zip(b).all(|(a, b)| a.total == b.total), "{name}");
    }
}

/// Everything that is measured computes what it says, and what the device has not got is refused.
#[test]
fn probes_compute_what_they_say() {
    let Some(device) = device() else { return };
    let kinds = [ProbeKind::FmaF32, ProbeKind::FmaF16, ProbeKind::DotI8, ProbeKind::Copy { bytes: 1 << 20 }];
    let products = [Native::F16, Native::F16Sums, Native::I8]
        .map(|native| ProbeKind::NativeProduct { n: 96, native })
        .into_iter()
        .chain([ProbeKind::Product { n: 100 }]);
    let vectors = Storage::ALL.map(|storage| ProbeKind::MatVec { n: 104, storage });
    let mut wrong = 0;
    for kind in kinds.into_iter().chain(products).chain(vectors) {
        let half = matches!(
            kind,
            ProbeKind::FmaF16 | ProbeKind::NativeProduct { native: Native::F16 | Native::F16Sums, .. }
        );
        let mut probe = match block_on(Probe::new(device, kind)) {
            Ok(probe) => probe,
            Err(GpuError::Unsupported { what }) if half && !device.has_shader_f16() => {
                println!("{kind:?}: {what} is not on this device");
                continue;
            }
            Err(error) => panic!("{kind:?}: {error}"),
        };
        let off = block_on(probe.verify()).expect("a device");
        println!("{kind:?}: off by {off:e}");
        wrong += usize::from(off > probe.tolerance());
        let (once, twice) = (probe.work(), block_on(probe.run(2)).expect("a device"));
        assert!(once.flop + once.bytes > 0.0);
        assert_eq!((twice.flop, twice.bytes), (2.0 * once.flop, 2.0 * once.bytes));
    }
    assert_eq!(wrong, 0, "see above");
}

/// Random words are the CPU's in every step, normals within a few last places.
#[test]
fn random_numbers_are_the_same() {
    let Some(device) = device() else { return };
    let mut graph = Graph::new();
    for (name, kind) in
        [("uniform", RandomKind::Uniform), ("below", RandomKind::Below(1000)), ("normal", RandomKind::Normal)]
    {
        let draw = graph.random(kind, [33, 31]);
        graph.output(name, draw);
    }
    let plan = Plan::new(&graph);
    let seed = 0x1234_5678_9ABC_DEF0;
    let mut cpu = cpu::Executor::new(plan.clone(), seed, cpu::Path::Wide);
    let mut gpu = block_on(Executor::new(device, plan, seed)).expect("kernels");
    // A step number of 64 bits carries over.
    let first = u64::from(u32::MAX) - 1;
    cpu.set_step_count(first);
    gpu.set_step_count(first);
    for _ in 0..4 {
        cpu.step();
        gpu.submit(1).expect("a device");
        for name in ["uniform", "below"] {
            let got = block_on(gpu.read_output(name)).expect("a device");
            let same = got.iter().zip(cpu.output(name)).all(|(a, b)| a.to_bits() == b.to_bits());
            assert!(same, "{name}");
        }
        let got = block_on(gpu.read_output("normal")).expect("a device");
        assert!(distance(&got, cpu.output("normal")) < 2e-6);
    }
}

#[test]
fn feeds_take_turns_and_snapshots_move_between_executors() {
    let Some(device) = device() else { return };
    let mut graph = Graph::new();
    let x = graph.input("x", [5], DType::F32);
    let sum = graph.param("sum", [5], Init::Constant(1.0), ParamRole::State);
    let next = graph.add(sum, x);
    graph.assign(graph.param_id(sum).expect("a parameter"), next);
    graph.output("sum", next);
    let plan = Plan::new(&graph);
    let mut gpu = block_on(Executor::new(device, plan.clone(), 1)).expect("kernels");
    let place = plan.inputs[0].view;
    gpu.feed(place, &[&[1.0; 5], &[10.0; 5], &[100.0; 5]]);
    gpu.record("sum", 2);
    gpu.submit(5).expect("a device");
    assert_eq!(block_on(gpu.read_output("sum")).expect("a device"), [123.0; 5]);
    block_on(gpu.done()).expect("a device");
    let kept: Vec<(u64, f32)> = gpu.records().iter().map(|record| (record.step, record.values[0])).collect();
    assert_eq!(kept, [(2, 12.0), (4, 113.0)]);
    // Records of a run that was given up do not turn up in the next one.
    gpu.submit(3).expect("a device");
    gpu.reset(1);
    gpu.submit(5).expect("a device");
    block_on(gpu.done()).expect("a device");
    let kept: Vec<(u64, f32)> = gpu.records().iter().map(|record| (record.step, record.values[0])).collect();
    assert_eq!(kept, [(2, 12.0), (4, 113.0)]);
    let snapshot = block_on(gpu.snapshot()).expect("a device");
    assert_eq!((snapshot.step, snapshot.seed), (5, 1));
    let mut cpu = cpu::Executor::new(plan, 7, cpu::Path::Wide);
    cpu.restore(&snapshot).expect("the same plan");
    assert_eq!(cpu.snapshot(), snapshot);
    let mut wrong = snapshot.clone();
    wrong.params.pop();
    assert!(matches!(gpu.restore(&wrong), Err(GpuError::Snapshot(_))));
    gpu.reset(1);
    gpu.restore(&snapshot).expect("the same plan");
    assert_eq!(block_on(gpu.snapshot()).expect("a device"), snapshot);
}

/// A device that goes away in the middle of training: it says so, and the CPU goes on from the last snapshot.
#[test]
fn a_lost_device_is_an_event() {
    if device().is_none() {
        return;
    }
    let own = block_on(Device::request(DeviceOptions::default())).expect("a second device");
    let plan = training(&Policy::FP32);
    let mut gpu = block_on(Executor::new(&own, plan.clone(), 4)).expect("kernels");
    let place = plan.inputs[0].view;
    gpu.write(place, &table(place.len));
    gpu.submit(10).expect("a device");
    let snapshot = block_on(gpu.snapshot()).expect("a device");
    assert_eq!(own.lost(), None);
    own.destroy();
    let refused = (0..3).find_map(|_| gpu.submit(10).and_then(|()| block_on(gpu.done())).err());
    assert!(matches!(refused, Some(GpuError::Lost(_))), "{refused:?}");
    assert!(own.lost().is_some_and(|lost| lost.destroyed));
    assert!(block_on(gpu.snapshot()).is_err());
    let mut cpu = cpu::Executor::new(plan, 1, cpu::Path::Wide);
    cpu.restore(&snapshot).expect("the same plan");
    cpu.words_mut(place).copy_from_slice(&table(place.len));
    cpu.step();
    assert_eq!(cpu.step_count(), 11);
    assert!(cpu.output("loss")[0].is_finite());
}
