//! One kernel over one buffer, outside of any plan: what probes and native products are made of.

use super::{Device, GpuError};

/// A kernel ready to be repeated. Its module sees the buffer as binding 0 of group 0.
#[derive(Debug)]
pub(super) struct Job {
    device: Device,
    buffer: wgpu::Buffer,
    bindings: wgpu::BindGroup,
    pipeline: wgpu::ComputePipeline,
    groups: [u32; 2],
}

impl Job {
    /// `words`: the buffer's first contents.
    pub async fn new(device: &Device, text: &str, words: &[u32], groups: usize) -> Result<Job, GpuError> {
        device.check()?;
        let (bytes, limit) = (4 * words.len() as u64, device.max_buffer_bytes());
        if bytes > limit {
            return Err(GpuError::TooLarge { what: "a probe's buffer", bytes, limit });
        }
        let memory = device.raw.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let buffer = device.raw.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        if let Some(error) = memory.pop().await {
            return Err(GpuError::Refused(error.to_string()));
        }
        let scope = device.raw.push_error_scope(wgpu::ErrorFilter::Validation);
        let module = device.raw.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: None,
            source: wgpu::ShaderSource::Wgsl(text.into()),
        });
        let pipeline = device.raw.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: None,
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                zero_initialize_workgroup_memory: false,
                ..wgpu::PipelineCompilationOptions::default()
            },
            cache: None,
        });
        let bindings = device.raw.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: buffer.as_entire_binding() }],
        });
        if let Some(error) = scope.pop().await {
            return Err(GpuError::Refused(error.to_string()));
        }
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        device.queue.write_buffer(&buffer, 0, &bytes);
        let groups =
            if groups <= 65_535 { [groups as u32, 1] } else { [65_535, groups.div_ceil(65_535) as u32] };
        Ok(Job { device: device.clone(), buffer, bindings, pipeline, groups })
    }

    /// Repeats the kernel, in one submission, until the device is done.
    pub async fn run(&self, reps: u32) -> Result<(), GpuError> {
        self.device.check()?;
        let mut encoder = self.device.raw.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &self.bindings, &[]);
            for _ in 0..reps {
                pass.dispatch_workgroups(self.groups[0], self.groups[1], 1);
            }
        }
        self.device.queue.submit([encoder.finish()]);
        self.device.done().await
    }

    /// Words of the buffer.
    pub async fn read(&self, first: usize, len: usize) -> Result<Vec<u32>, GpuError> {
        let bytes = self.device.read(&self.buffer, 4 * first as u64, 4 * len as u64).await?;
        Ok(bytes.chunks_exact(4).map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]])).collect())
    }
}
