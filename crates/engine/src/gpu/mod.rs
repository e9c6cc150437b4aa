//! The GPU executor: the same plans as [`crate::cpu`], as WGSL kernels through WebGPU in the browser and Vulkan elsewhere.
//!
//! - [`Device`]: an adapter's device, its limits and what became of it.
//! - [`Executor`]: a plan in motion: many steps in one submission, results read when asked for.
//! - [`Probe`]: what the device can do: peaks, bandwidth, products in native narrow arithmetic, narrow weights.
//!
//! From a plan to dispatches: `kernels` writes WGSL functions, `schedule` finds those that are independent, `shader` puts them into modules.
//!
//! Nothing here blocks in the browser; natively, waiting polls the device. Works on a page and in a worker. Left out: several devices at once,
//! textures, anything that draws.

mod device;
mod error;
mod executor;
mod job;
mod kernels;
mod metrics;
mod native;
mod pipelines;
mod probe;
mod profile;
mod schedule;
mod shader;
mod wait;

pub use device::{Device, DeviceOptions, Fence, Lost, Power};
pub use error::GpuError;
pub use executor::Executor;
pub use metrics::Record;
pub use native::Native;
pub use probe::{Probe, ProbeKind, Storage, Work};
