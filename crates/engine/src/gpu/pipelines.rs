//! Layout and pipelines that all kernels share.

use super::shader::ARGUMENT_WORDS;
use super::{Device, GpuError};

/// Arena, state, arguments at a dynamic offset.
#[derive(Debug)]
pub(super) struct Layout {
    group: wgpu::BindGroupLayout,
    pipeline: wgpu::PipelineLayout,
}

impl Layout {
    pub fn new(device: &Device) -> Layout {
        let storage = wgpu::BufferBindingType::Storage { read_only: false };
        let entry = |binding, ty, dynamic| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: dynamic, min_binding_size: None },
            count: None,
        };
        let group = device.raw.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: None,
            entries: &[
                entry(0, storage, false),
                entry(1, storage, false),
                entry(2, wgpu::BufferBindingType::Uniform, true),
            ],
        });
        let pipeline = device.raw.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: None,
            bind_group_layouts: &[Some(&group)],
            immediate_size: 0,
        });
        Layout { group, pipeline }
    }

    pub fn bind(
        &self,
        device: &Device,
        arena: &wgpu::Buffer,
        state: &wgpu::Buffer,
        arguments: &wgpu::Buffer,
    ) -> wgpu::BindGroup {
        let arguments = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: arguments,
            offset: 0,
            size: wgpu::BufferSize::new(4 * ARGUMENT_WORDS as u64),
        });
        let entry = |binding, resource| wgpu::BindGroupEntry { binding, resource };
        device.raw.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &self.group,
            entries: &[
                entry(0, arena.as_entire_binding()),
                entry(1, state.as_entire_binding()),
                entry(2, arguments),
            ],
        })
    }
}

/// One pipeline for each text; returns when the device has accepted them all.
pub(super) async fn build(
    device: &Device,
    layout: &Layout,
    texts: &[&str],
) -> Result<Vec<wgpu::ComputePipeline>, GpuError> {
    let scope = device.raw.push_error_scope(wgpu::ErrorFilter::Validation);
    let pipelines = texts
        .iter()
        .map(|text| {
            let module = device.raw.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: None,
                source: wgpu::ShaderSource::Wgsl((*text).into()),
            });
            device.raw.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: None,
                layout: Some(&layout.pipeline),
                module: &module,
                entry_point: Some("main"),
                compilation_options: wgpu::PipelineCompilationOptions {
                    // Kernels write every word of workgroup memory before they read it.
                    zero_initialize_workgroup_memory: false,
                    ..wgpu::PipelineCompilationOptions::default()
                },
                cache: None,
            })
        })
        .collect();
    match scope.pop().await {
        Some(error) => Err(GpuError::Refused(error.to_string())),
        None => Ok(pipelines),
    }
}
