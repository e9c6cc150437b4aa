//! The GPU executor: the same plans as [`crate::cpu`], as WGSL kernels through WebGPU in the browser and Vulkan elsewhere.
//!
//! - [`Device`]: an adapter's device, its limits and what became of it.
//! - [`Executor`]: a plan in motion: many steps in one submission, results read when asked for.
//!
//! From a plan to dispatches: `kernels` writes WGSL functions, `schedule` finds those that are independent, `shader` puts them into modules.
//!
//! Nothing here blocks in the browser; natively, waiting polls the device. Works on a page and in a worker. Left out: several devices at once,
//! textures, anything that draws.

mod device;
mod error;
mod executor;
mod kernels;
mod metrics;
mod pipelines;
mod schedule;
mod shader;
mod wait;

pub use device::{Device, DeviceOptions, Lost, Power};
pub use error::GpuError;
pub use executor::Executor;
pub use metrics::Record;
