//! Parameters that every lab has.

use protocol::DeviceChoice;

use super::super::url_state::{Param, UrlState};
use crate::ui::worker_client::Build;

/// Selects first weights, batches and noise.
pub const SEED: Param = Param::int("seed", "1", 0, 999_999_999);
/// Steps a second at most; 0 without limit.
pub const SPEED: Param = Param::choice("speed", "0", &["0", "100", "10", "1"]);
/// Where it runs.
pub const DEVICE: Param = Param::choice("dev", "auto", &["auto", "cpu", "webgpu"]);
/// The relaxed build: faster, but its bits are the machine's own.
pub const FAST: Param = Param::flag("fast", "0");

/// The seed.
pub fn seed(state: UrlState) -> u64 {
    state.get(&SEED).parse().unwrap_or(1)
}

/// The device.
pub fn device(state: UrlState) -> DeviceChoice {
    match state.get(&DEVICE).as_str() {
        "cpu" => DeviceChoice::Cpu,
        "webgpu" => DeviceChoice::WebGpu,
        _ => DeviceChoice::Auto,
    }
}

/// The build of the worker.
pub fn build(state: UrlState) -> Build {
    if state.get(&FAST) == "1" { Build::Relaxed } else { Build::Strict }
}
