//! The device: requested with what the adapter has and no more, watched until it is lost.

use std::sync::{Arc, Mutex, PoisonError};

use super::GpuError;
use super::shader::Target;
use super::wait::{Receiver, once};

/// Which adapter is preferred where there are several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Power {
    /// The system's choice.
    #[default]
    Any,
    /// The one that spares the battery.
    Low,
    /// The fastest.
    High,
}

/// How a device is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceOptions {
    /// Preferred adapter.
    pub power: Power,
    /// Ask for binary16 arithmetic where the adapter has it.
    pub shader_f16: bool,
    /// Ask for subgroup operations where the adapter has them.
    pub subgroups: bool,
}

impl Default for DeviceOptions {
    fn default() -> DeviceOptions {
        DeviceOptions { power: Power::High, shader_f16: true, subgroups: true }
    }
}

/// Why a device went away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// It was destroyed by us, not by the system.
    pub destroyed: bool,
    /// What the system says.
    pub message: String,
}

#[derive(Debug, Default)]
struct Fate {
    lost: Option<Lost>,
    error: Option<String>,
}

/// A GPU device with its queue. Clones are the same device.
#[derive(Clone, Debug)]
pub struct Device {
    pub(super) raw: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    name: String,
    software: bool,
    gpu_kernels: bool,
    subgroup: Option<usize>,
    fate: Arc<Mutex<Fate>>,
}

/// A mark in the order of what is submitted: what lies before it can be waited for while more is submitted behind it.
pub struct Fence {
    device: Device,
    passed: Receiver<()>,
}

impl std::fmt::Debug for Fence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fence").finish_non_exhaustive()
    }
}

impl Fence {
    /// Until everything before it is done.
    ///
    /// Fails when the device is lost or has refused something by then.
    pub async fn passed(self) -> Result<(), GpuError> {
        self.device.settle();
        self.passed.await;
        self.device.check()
    }
}

impl Device {
    /// Asks the system for an adapter and the adapter for a device. Limits are WebGPU's defaults, with buffers as large as the adapter has.
    ///
    /// Fails with [`GpuError::NoAdapter`] or [`GpuError::NoDevice`].
    pub async fn request(options: DeviceOptions) -> Result<Device, GpuError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapter = instance
            .request_adapter(&wgpu::RequestAdapterOptions {
                power_preference: match options.power {
                    Power::Any => wgpu::PowerPreference::None,
                    Power::Low => wgpu::PowerPreference::LowPower,
                    Power::High => wgpu::PowerPreference::HighPerformance,
                },
                force_fallback_adapter: false,
                compatible_surface: None,
                apply_limit_buckets: false,
            })
            .await
            .map_err(|error| GpuError::NoAdapter(error.to_string()))?;
        let info = adapter.get_info();
        let mut wanted = wgpu::Features::empty();
        wanted.set(wgpu::Features::SHADER_F16, options.shader_f16);
        wanted.set(wgpu::Features::SUBGROUP, options.subgroups);
        let offered = adapter.limits();
        let limits = wgpu::Limits {
            max_storage_buffer_binding_size: offered.max_storage_buffer_binding_size,
            max_buffer_size: offered.max_buffer_size,
            ..wgpu::Limits::default().or_worse_values_from(&offered)
        };
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: None,
                required_features: adapter.features() & wanted,
                required_limits: limits,
                experimental_features: wgpu::ExperimentalFeatures::disabled(),
                memory_hints: wgpu::MemoryHints::Performance,
                trace: wgpu::Trace::Off,
            })
            .await
            .map_err(|error| GpuError::NoDevice(error.to_string()))?;
        let fate = Arc::new(Mutex::new(Fate::default()));
        let watch = Arc::clone(&fate);
        device.set_device_lost_callback(move |reason, message| {
            let lost = Lost { destroyed: reason == wgpu::DeviceLostReason::Destroyed, message };
            watch.lock().unwrap_or_else(PoisonError::into_inner).lost.get_or_insert(lost);
        });
        let watch = Arc::clone(&fate);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            watch.lock().unwrap_or_else(PoisonError::into_inner).error.get_or_insert(error.to_string());
        }));
        let known = ["swiftshader", "llvmpipe", "lavapipe", "software", "basic render"];
        let described = format!("{} {} {}", info.name, info.driver, info.driver_info).to_lowercase();
        let software =
            info.device_type == wgpu::DeviceType::Cpu || known.iter().any(|name| described.contains(name));
        let name = match (info.name.is_empty(), software) {
            (false, _) => info.name,
            (true, true) => "software renderer".to_owned(),
            (true, false) => "GPU".to_owned(),
        };
        let (least, most) = (info.subgroup_min_size, info.subgroup_max_size);
        let exchange = device.features().contains(wgpu::Features::SUBGROUP);
        let subgroup = (exchange && least == most && least > 1).then_some(least as usize);
        Ok(Device { raw: device, queue, name, software, gpu_kernels: !software, subgroup, fate })
    }

    /// What the system calls the adapter.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The adapter computes on the CPU: kernels are chosen otherwise, and figures are not a GPU's.
    pub fn is_software(&self) -> bool {
        self.software
    }

    /// The same device with kernels as for a GPU, whatever it is: workgroup memory, workgroups of 64. So that they are tested where there is none.
    #[must_use]
    pub fn with_gpu_kernels(&self) -> Device {
        Device { gpu_kernels: true, ..self.clone() }
    }

    /// Shaders may compute in binary16.
    pub fn has_shader_f16(&self) -> bool {
        self.raw.features().contains(wgpu::Features::SHADER_F16)
    }

    /// What kernels are written for.
    pub(super) fn target(&self) -> Target {
        Target {
            lanes: if self.gpu_kernels { 64 } else { 32 },
            software: !self.gpu_kernels,
            subgroup: self.subgroup,
        }
    }

    /// Bytes that one buffer may have and a kernel may see.
    pub fn max_buffer_bytes(&self) -> u64 {
        let limits = self.raw.limits();
        limits.max_storage_buffer_binding_size.min(limits.max_buffer_size)
    }

    /// Why the device went away; `None` while it is there.
    pub fn lost(&self) -> Option<Lost> {
        self.fate.lock().unwrap_or_else(PoisonError::into_inner).lost.clone()
    }

    /// Gives the device up. Everything that was made with it is lost, and [`Device::lost`] says so soon.
    pub fn destroy(&self) {
        self.raw.destroy();
        // Natively the callback runs when the device is polled.
        let _ = self.raw.poll(wgpu::PollType::Poll);
    }

    /// The first error that no call has reported; it stays.
    pub fn check(&self) -> Result<(), GpuError> {
        let fate = self.fate.lock().unwrap_or_else(PoisonError::into_inner);
        match (&fate.lost, &fate.error) {
            (Some(lost), _) => Err(GpuError::Lost(lost.message.clone())),
            (None, Some(error)) => Err(GpuError::Refused(error.clone())),
            (None, None) => Ok(()),
        }
    }

    /// Until everything submitted so far is done.
    pub async fn done(&self) -> Result<(), GpuError> {
        self.fence()?.passed().await
    }

    /// A mark behind everything submitted so far.
    ///
    /// Fails when the device is lost or has refused something earlier.
    pub fn fence(&self) -> Result<Fence, GpuError> {
        self.check()?;
        let (sender, receiver) = once();
        self.queue.on_submitted_work_done(move || sender.send(()));
        Ok(Fence { device: self.clone(), passed: receiver })
    }

    /// Natively nothing happens unless somebody waits; in the browser this does nothing.
    pub(super) fn settle(&self) {
        // A lost device answers with an error here and in its callback; the callback's is kept.
        let _ = self.raw.poll(wgpu::PollType::wait_indefinitely());
    }

    /// Bytes of a buffer, copied to the host: `offset` and `len` in bytes, multiples of 4.
    pub(super) async fn read(
        &self,
        buffer: &wgpu::Buffer,
        offset: u64,
        len: u64,
    ) -> Result<Vec<u8>, GpuError> {
        self.check()?;
        if len == 0 {
            return Ok(Vec::new());
        }
        let staging = self.raw.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: len,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = self.raw.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(buffer, offset, &staging, 0, len);
        self.queue.submit([encoder.finish()]);
        let (sender, receiver) = once();
        staging.map_async(wgpu::MapMode::Read, .., move |result| sender.send(result));
        self.settle();
        let mapped = receiver.await;
        self.check()?;
        mapped.map_err(|error| GpuError::Refused(error.to_string()))?;
        let bytes =
            staging.get_mapped_range(..).map_err(|error| GpuError::Refused(error.to_string()))?.to_vec();
        staging.destroy();
        Ok(bytes)
    }
}
