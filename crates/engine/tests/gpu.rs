//! The GPU executor against the scalar CPU, operation by operation, on whatever Vulkan device there is (Mesa's lavapipe will do).
//!
//! Without a device the tests say so and pass, except where `CI` is set: there they fail.

mod gpu_common;

use gpu_common::{Tolerance, check_case, device};

#[test]
fn every_operation_agrees_with_the_cpu() {
    let Some(device) = device() else { return };
    let mut worst = (0.0, String::new());
    let (mut outputs, mut dispatches, mut pipelines) = (0, 0, 0);
    for case in engine::cases::all() {
        let report = pollster::block_on(check_case(device, &case, Tolerance::of(&case.name)));
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
