//! Results that are kept while training goes on: copied on the device into buffers that the host maps when it has time.

use std::collections::VecDeque;

use super::Device;
use super::executor::numbers;
use super::wait::{Receiver, once};
use crate::plan::View;

/// An output after a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its name.
    pub name: String,
    /// Steps taken when it was kept, the one that computed it included.
    pub step: u64,
    /// Its words.
    pub values: Vec<f32>,
}

#[derive(Clone, Debug)]
struct Watched {
    name: String,
    view: View,
    every: u64,
}

/// A submission's records: what lies where in its buffer.
pub(super) struct Ring {
    buffer: wgpu::Buffer,
    used: u64,
    /// Index of what is watched, step, first byte.
    kept: Vec<(usize, u64, u64)>,
}

struct Pending {
    buffer: wgpu::Buffer,
    watched: Vec<Watched>,
    kept: Vec<(usize, u64, u64)>,
    mapped: Receiver<Result<(), wgpu::BufferAsyncError>>,
}

/// What is watched and what is on its way.
#[derive(Default)]
pub(super) struct Metrics {
    watched: Vec<Watched>,
    pending: VecDeque<Pending>,
    free: Vec<wgpu::Buffer>,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").field("watched", &self.watched).finish_non_exhaustive()
    }
}

impl Metrics {
    pub fn watch(&mut self, name: String, view: View, every: u64) {
        self.watched.retain(|known| known.name != name);
        self.watched.push(Watched { name, view, every });
    }

    /// Whether something is kept once `step` steps have been taken.
    pub fn is_due(&self, step: u64) -> bool {
        self.watched.iter().any(|watched| step.is_multiple_of(watched.every))
    }

    /// A buffer for what steps `first + 1 ..= first + steps` leave; `None` when that is nothing.
    pub fn begin(&mut self, device: &Device, first: u64, steps: u64) -> Option<Ring> {
        let bytes: u64 = self
            .watched
            .iter()
            .map(|watched| {
                ((first + steps) / watched.every - first / watched.every) * 4 * watched.view.len as u64
            })
            .sum();
        if bytes == 0 {
            return None;
        }
        let fitting = self.free.iter().position(|buffer| buffer.size() >= bytes);
        let buffer = match fitting {
            Some(index) => self.free.swap_remove(index),
            None => device.raw.create_buffer(&wgpu::BufferDescriptor {
                label: Some("records"),
                size: bytes.next_power_of_two(),
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }),
        };
        Some(Ring { buffer, used: 0, kept: Vec::new() })
    }

    /// Copies what is due after `step` steps.
    pub fn keep(&self, encoder: &mut wgpu::CommandEncoder, arena: &wgpu::Buffer, ring: &mut Ring, step: u64) {
        for (index, watched) in self.watched.iter().enumerate() {
            if step.is_multiple_of(watched.every) {
                let size = 4 * watched.view.len as u64;
                let from = 4 * watched.view.offset as u64;
                encoder.copy_buffer_to_buffer(arena, from, &ring.buffer, ring.used, size);
                ring.kept.push((index, step, ring.used));
                ring.used += size;
            }
        }
    }

    /// The submission is made: asks for the buffer.
    pub fn end(&mut self, ring: Ring) {
        let (sender, mapped) = once();
        ring.buffer.map_async(wgpu::MapMode::Read, .., move |result| sender.send(result));
        let watched = self.watched.clone();
        self.pending.push_back(Pending { buffer: ring.buffer, watched, kept: ring.kept, mapped });
    }

    /// What is on its way will not be delivered.
    pub fn forget(&mut self) {
        for pending in &mut self.pending {
            pending.kept.clear();
        }
    }

    /// What has arrived, oldest first.
    pub fn take(&mut self, device: &Device) -> Vec<Record> {
        let _ = device.raw.poll(wgpu::PollType::Poll);
        let mut records = Vec::new();
        while let Some(result) = self.pending.front().and_then(|pending| pending.mapped.try_take()) {
            let Some(pending) = self.pending.pop_front() else { break };
            if result.is_err() {
                continue;
            }
            if let Ok(bytes) = pending.buffer.get_mapped_range(..) {
                for (index, step, first) in pending.kept {
                    let watched = &pending.watched[index];
                    let first = first as usize;
                    let values = numbers(&bytes[first..first + 4 * watched.view.len]);
                    records.push(Record { name: watched.name.clone(), step, values });
                }
            }
            pending.buffer.unmap();
            self.free.push(pending.buffer);
        }
        records
    }
}
