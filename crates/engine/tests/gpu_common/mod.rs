//! What the tests of the GPU executor share, natively and in the browser.

use engine::cases::Case;
use engine::cpu;
use engine::gpu::{Device, Executor};
use engine::plan::Plan;

/// The device of all native tests; `None`, with a word about it, where there is none.
#[cfg(not(target_arch = "wasm32"))]
pub fn device() -> Option<&'static Device> {
    use engine::gpu::DeviceOptions;
    use std::sync::OnceLock;
    static DEVICE: OnceLock<Option<Device>> = OnceLock::new();
    let device = DEVICE.get_or_init(|| match pollster::block_on(Device::request(DeviceOptions::default())) {
        Ok(device) => {
            println!("on {}", device.name());
            Some(device)
        }
        Err(error) => {
            println!("not tested here: {error}");
            None
        }
    });
    assert!(device.is_some() || std::env::var_os("CI").is_none(), "no GPU device, and CI asks for one");
    if device.is_none() {
        record_left_out("no GPU device");
    }
    device.as_ref()
}

/// Says to whoever counts (`PP_LEFT_OUT` names the file) that the running test passes without having tested anything.
#[cfg(not(target_arch = "wasm32"))]
fn record_left_out(reason: &str) {
    use std::io::Write as _;
    let Some(record) = std::env::var_os("PP_LEFT_OUT") else { return };
    let mut record =
        std::fs::OpenOptions::new().append(true).open(record).expect("the record of what is left out");
    let thread = std::thread::current();
    // One write, since tests run side by side.
    let line = format!("{}\t{reason}\n", thread.name().unwrap_or("a test"));
    record.write_all(line.as_bytes()).expect("the record takes a line");
}

/// How far a case's results may lie apart, relative to their greatest magnitude (at least 1).
#[derive(Clone, Copy, Debug)]
pub struct Tolerance(pub f64);

impl Tolerance {
    /// Of a case of the suite: operations that only move words or draw them are exact.
    pub fn of(name: &str) -> Tolerance {
        let exact = ["slice", "pad", "concat", "permute", "gather", "max pool", "reshape", "broadcast"];
        // The gradients of these are weighted, hence products and sums; the value is what is moved.
        if exact.iter().any(|prefix| name.starts_with(prefix)) { Tolerance(2e-6) } else { Tolerance(1e-5) }
    }
}

/// What a case showed.
pub struct Report {
    /// Outputs compared.
    pub outputs: usize,
    /// The greatest relative difference.
    pub worst: f64,
    /// Dispatches of the step.
    pub dispatches: usize,
    /// Pipelines of the step.
    pub pipelines: usize,
}

/// The greatest difference, relative to the greatest magnitude (at least 1).
pub fn distance(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    let scale = b.iter().fold(1.0_f64, |m, x| m.max(f64::from(x.abs())));
    a.iter()
        .zip(b)
        .map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs() / scale)
        .fold(0.0, |m, d| if d.is_nan() { f64::NAN } else { m.max(d) })
}

/// Runs a case on both and compares all outputs.
pub async fn check_case(device: &Device, case: &Case, tolerance: Tolerance) -> Report {
    let plan = Plan::new(&case.graph);
    let mut cpu = cpu::Executor::new(plan.clone(), 11, cpu::Path::Reference);
    let mut gpu = match Executor::new(device, plan, 11).await {
        Ok(gpu) => gpu,
        Err(error) => panic!("{}: {error}", case.name),
    };
    for (slot, values) in cpu.plan().params.clone().iter().zip(&case.params) {
        cpu.words_mut(slot.view).copy_from_slice(values);
        gpu.write(slot.view, values);
    }
    for (slot, values) in cpu.plan().inputs.clone().iter().zip(&case.inputs) {
        cpu.words_mut(slot.view).copy_from_slice(values);
        gpu.write(slot.view, values);
    }
    cpu.step();
    gpu.submit(1).expect("a device");
    let mut worst = 0.0_f64;
    for (name, _) in case.graph.outputs() {
        let expected = cpu.output(name);
        let got = gpu.read_output(name).await.expect("a device");
        let off = distance(&got, expected);
        assert!(off <= tolerance.0, "{} {name}: {off:e}\n{got:?}\n{expected:?}", case.name);
        worst = worst.max(off);
    }
    Report {
        outputs: case.graph.outputs().len(),
        worst,
        dispatches: gpu.dispatch_count(),
        pipelines: gpu.pipeline_count(),
    }
}
