//! The GPU executor: the same plans as [`crate::cpu`], as WGSL kernels through WebGPU in the browser and Vulkan elsewhere.
//!
//! - [`Device`]: an adapter's device, its limits and what became of it.
//!
//! Nothing here blocks in the browser; natively, waiting polls the device. Works on a page and in a worker. Left out: several devices at once,
//! textures, anything that draws.

mod device;
mod error;
mod wait;

pub use device::{Device, DeviceOptions, Lost, Power};
pub use error::GpuError;
