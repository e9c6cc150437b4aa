//! A lab's training on a graphics processor, on whatever Vulkan device there is (Mesa's lavapipe will do): with the next steps always on their
//! way, nothing is lost, doubled or out of order.
//!
//! Without a device the test says so and passes, except where `CI` is set: there it fails.
#![cfg(feature = "gpu")]

use engine::gpu::{Device, DeviceOptions};
use experiments::gan::{GanLab, presets};
use experiments::lab::{CpuRun, GpuRun, Lab, Samples};
use pollster::block_on;

fn device() -> Option<Device> {
    let device = block_on(Device::request(DeviceOptions::default()));
    if let Err(error) = &device {
        println!("not tested here: {error}");
        record_left_out("no GPU device");
    }
    assert!(device.is_ok() || std::env::var_os("CI").is_none(), "no GPU device, and CI asks for one");
    device.ok()
}

/// Says to whoever counts (`PP_LEFT_OUT` names the file) that the running test passes without having tested anything.
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

/// Slices of a clock that says how often it was asked.
async fn slices(run: &mut GpuRun, count: u32, samples: &mut Samples) -> u64 {
    let mut taken = 0;
    for _ in 0..count {
        let mut now = 0.0;
        let clock = || {
            now += 1.0;
            now
        };
        taken += run.run(u64::MAX, 4.0, clock, samples).await.expect("a working device");
    }
    taken
}

#[test]
fn steps_on_their_way_are_counted_recorded_and_forgotten_by_a_reset() {
    let Some(device) = device() else { return };
    let mut config = presets::eight_gaussians();
    config.generator.hidden.widths = vec![8];
    config.discriminator.hidden.widths = vec![8];
    config.batch = 8;
    let lab = GanLab::new(config.clone(), None).expect("within limits");
    let training = lab.training();
    let width = training.metrics.len();
    let mut run = block_on(GpuRun::new(&device, training, config.seed)).expect("a working device");

    let mut samples = Samples::new(width, 10_000);
    let taken = block_on(slices(&mut run, 30, &mut samples));
    assert_eq!(run.step_count(), taken);
    let at = block_on(run.snapshot()).expect("a working device");
    assert_eq!(at.step, taken);
    assert!(samples.steps.len() > 4, "{:?}", samples.steps);
    let kept: Vec<u64> = (1..=samples.steps.len() as u64).map(|n| 8 * n).collect();
    assert_eq!(samples.steps, kept);

    // The same steps on the CPU: the first metrics agree to rounding; chaos comes later.
    let mut other = CpuRun::new(training, config.seed);
    let mut expected = Samples::new(width, 10_000);
    other.run(8, f64::INFINITY, || 0.0, &mut expected);
    let (ours, theirs) = (&samples.values[..width], &expected.values[7 * width..8 * width]);
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((ours - theirs).abs() < 1e-4, "{ours} {theirs}");
    }

    // Whatever was on its way is not of the new run.
    run.reset();
    let mut again = Samples::new(width, 10_000);
    assert_eq!(block_on(slices(&mut run, 30, &mut again)), run.step_count());
    assert_eq!(again.steps.first(), Some(&8));
    assert!(again.steps.windows(2).all(|pair| pair[0] + 8 == pair[1]), "{:?}", again.steps);
    assert_eq!(again.values[..width], samples.values[..width]);

    // Asked for one step, its metrics come with it.
    let mut one = Samples::new(width, 10);
    block_on(run.run(1, 0.0, || 1.0, &mut one)).expect("a working device");
    assert_eq!(one.steps.last(), Some(&run.step_count()));
}
