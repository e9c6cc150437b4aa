//! The GPU executor in a dedicated worker of a browser: the whole suite, a loss that falls, a device that goes away.
#![cfg(target_family = "wasm")]

mod gpu_common;

use engine::cpu;
use engine::gpu::{Device, DeviceOptions, Executor, GpuError, Native, Probe, ProbeKind, Storage};
use engine::graph::{DType, Graph};
use engine::plan::Plan;
use engine::policy::Quantizer;
use gpu_common::{Tolerance, check_case};
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

async fn device() -> Device {
    Device::request(DeviceOptions::default()).await.expect("a WebGPU device in the worker")
}

#[wasm_bindgen_test]
async fn every_operation_agrees_with_the_cpu() {
    let device = device().await;
    let (mut outputs, mut dispatches, mut pipelines, mut worst) = (0, 0, 0, (0.0, String::new()));
    for case in engine::cases::all() {
        let report = check_case(&device, &case, Tolerance::of(&case.name)).await;
        outputs += report.outputs;
        dispatches += report.dispatches;
        pipelines += report.pipelines;
        if report.worst > worst.0 {
            worst = (report.worst, case.name.clone());
        }
    }
    console_log!(
        "{}: {outputs} outputs, {dispatches} dispatches, {pipelines} pipelines; the worst is off by {:e} in {}",
        device.name(),
        worst.0,
        worst.1
    );
    assert!(outputs > 500, "{outputs}");
}

#[wasm_bindgen_test]
async fn roundings_are_the_same_bits() {
    let device = device().await;
    let ids = ["fp16", "bf16", "tf32", "e4m3", "e5m2", "e2m1", "int8", "posit8", "nf4"];
    let mut graph = Graph::new();
    let x: Vec<f32> = (0..=u32::from(u16::MAX)).map(|high| f32::from_bits(high << 16 | 0x8000)).collect();
    let input = graph.input("x", [x.len()], DType::F32);
    for id in ids {
        let quantizer = graph.add_quantizer(Quantizer::plain(*numerics::by_id(id).expect("a format")));
        let rounded = graph.round(input, Some(quantizer), None);
        graph.output(id, rounded);
    }
    let plan = Plan::new(&graph);
    let mut cpu = cpu::Executor::new(plan.clone(), 0, cpu::Path::Reference);
    let mut gpu = Executor::new(&device, plan, 0).await.expect("kernels");
    let place = cpu.plan().inputs[0].view;
    cpu.words_mut(place).copy_from_slice(&x);
    gpu.write(place, &x);
    cpu.step();
    gpu.submit(1).expect("a device");
    for id in ids {
        let got = gpu.read_output(id).await.expect("a device");
        for ((x, a), b) in x.iter().zip(&got).zip(cpu.output(id)) {
            let same = a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
            assert!(same, "{id}: {x:e} ({:08x}) to {a:e}, not {b:e}", x.to_bits());
        }
    }
    assert_eq!(gpu.counts().await.expect("a device"), cpu.counts());
}

#[wasm_bindgen_test]
async fn probes_compute_what_they_say() {
    let device = device().await;
    let kinds = [
        ProbeKind::FmaF32,
        ProbeKind::FmaF16,
        ProbeKind::DotI8,
        ProbeKind::Copy { bytes: 1 << 20 },
        ProbeKind::Product { n: 64 },
        ProbeKind::NativeProduct { n: 64, native: Native::F16 },
        ProbeKind::NativeProduct { n: 64, native: Native::I8 },
    ];
    let vectors = Storage::ALL.map(|storage| ProbeKind::MatVec { n: 64, storage });
    for kind in kinds.into_iter().chain(vectors) {
        match Probe::new(&device, kind).await {
            Ok(mut probe) => {
                let off = probe.verify().await.expect("a device");
                assert!(off <= probe.tolerance(), "{kind:?}: {off:e}");
            }
            Err(GpuError::Unsupported { what }) if !device.has_shader_f16() => {
                console_log!("{kind:?}: {what} is not on this device");
            }
            Err(error) => panic!("{kind:?}: {error}"),
        }
    }
}

#[wasm_bindgen_test]
async fn a_lost_device_is_an_event() {
    let device = device().await;
    let mut graph = Graph::new();
    let x = graph.input("x", [4], DType::F32);
    let y = graph.offset(x, 1.0);
    graph.output("y", y);
    let mut gpu = Executor::new(&device, Plan::new(&graph), 0).await.expect("kernels");
    gpu.submit(1).expect("a device");
    assert_eq!(gpu.read_output("y").await.expect("a device"), [1.0; 4]);
    assert_eq!(device.lost(), None);
    device.destroy();
    // The browser says so in a later turn of its loop, or in answer to the next request.
    let mut refused = None;
    for _ in 0..100 {
        refused = gpu.submit(1).err();
        if refused.is_some() {
            break;
        }
        let _ = gpu.read_output("y").await;
    }
    assert!(matches!(refused, Some(GpuError::Lost(_))), "{refused:?}");
    assert!(device.lost().is_some_and(|lost| lost.destroyed));
}
