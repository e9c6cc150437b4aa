//! A plan in motion on a device.
//!
//! Everything is made once: one buffer for the arena, one for the state (seed, step, counters, keys of random streams), one of arguments, a
//! pipeline for each different text. [`Executor::submit`] encodes as many steps as asked into one submission and returns at once; reading waits.
//!
//! Results agree with [`crate::cpu`] operation by operation: integers and random words bit for bit, roundings bit for bit where what is rounded
//! agrees, everything else within some units in the last place (sums in another order, fused products, functions by the same polynomials).

use std::collections::HashMap;

use super::error::GpuError;
use super::kernels::{Compiled, compile, state};
use super::metrics::{Metrics, Record};
use super::pipelines::{Layout, build};
use super::schedule::schedule;
use super::shader::Dispatch;
use super::{Device, Fence};
use crate::graph::{InputId, ParamId};
use crate::plan::{Plan, View};
use crate::random::initialise;
use crate::rounding::Counts;
use crate::snapshot::Snapshot;

/// Bytes between the arguments of dispatches: what every device allows as a uniform's offset.
const ARGUMENT_STRIDE: usize = 4 * super::shader::ARGUMENT_WORDS;

/// One dispatch, ready to be encoded.
#[derive(Debug)]
pub(super) struct Ready {
    /// What it does, for people.
    pub title: String,
    pub pipeline: usize,
    pub arguments: u32,
    pub groups: [u32; 2],
}

/// Words that replace a place's before each step, in turn.
#[derive(Debug)]
struct Feed {
    view: View,
    batches: u64,
    buffer: wgpu::Buffer,
}

/// A plan in motion.
#[derive(Debug)]
pub struct Executor {
    pub(super) device: Device,
    plan: Plan,
    arena: wgpu::Buffer,
    state: wgpu::Buffer,
    pub(super) bindings: wgpu::BindGroup,
    pub(super) pipelines: Vec<wgpu::ComputePipeline>,
    pub(super) dispatches: Vec<Ready>,
    feeds: Vec<Feed>,
    metrics: Metrics,
    seed: u64,
    step: u64,
    /// Steps since the counters were cleared.
    counted: u64,
    /// Elements that each counter sees in a step.
    seen: Vec<u64>,
}

impl Executor {
    /// Parameters at their first values for a seed, inputs at 0, step 0.
    ///
    /// Fails with [`GpuError::Unsupported`] where the plan has a rounding without GPU kernel, with [`GpuError::TooLarge`] where the
    /// arena exceeds what the device binds, and with what the device refuses.
    pub async fn new(device: &Device, plan: Plan, seed: u64) -> Result<Executor, GpuError> {
        device.check()?;
        let target = device.target();
        let Compiled { kernels, arena_len, tables, state_len } = compile(&plan, target)?;
        let dispatches = schedule(target, &kernels);
        let (bytes, limit) = (4 * arena_len.max(1) as u64, device.max_buffer_bytes().min(4 << 30));
        if bytes > limit {
            return Err(GpuError::TooLarge { what: "the arena", bytes, limit });
        }
        let scope = device.raw.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let arena = storage(device, "arena", bytes);
        if let Some(error) = scope.pop().await {
            return Err(GpuError::Refused(error.to_string()));
        }
        let state = storage(device, "state", 4 * state_len as u64);
        let layout = Layout::new(device);
        let (arguments, places) = arguments(device, &dispatches);
        let bindings = layout.bind(device, &arena, &state, &arguments);
        let mut texts: Vec<&str> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::new();
        let ready = dispatches
            .iter()
            .zip(places)
            .map(|(dispatch, arguments)| {
                let pipeline = *known.entry(&dispatch.text).or_insert_with(|| {
                    texts.push(&dispatch.text);
                    texts.len() - 1
                });
                Ready { title: dispatch.title.clone(), pipeline, arguments, groups: dispatch.groups }
            })
            .collect();
        let pipelines = build(device, &layout, &texts).await?;
        for (offset, words) in &tables {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            device.queue.write_buffer(&arena, 4 * *offset as u64, &bytes);
        }
        let seen = seen(&plan);
        let mut executor = Executor {
            device: device.clone(),
            plan,
            arena,
            state,
            bindings,
            pipelines,
            dispatches: ready,
            feeds: Vec::new(),
            metrics: Metrics::default(),
            seed,
            step: 0,
            counted: 0,
            seen,
        };
        executor.reset(seed);
        Ok(executor)
    }

    /// Back to step 0 with the first values of a seed.
    pub fn reset(&mut self, seed: u64) {
        self.seed = seed;
        self.set_step_count(0);
        self.clear_counts();
        for (index, param) in self.plan.params.iter().enumerate() {
            let mut values = vec![0.0; param.view.len];
            initialise(param.init, seed, index, &mut values);
            self.write(param.view, &values);
        }
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Steps submitted.
    pub fn step_count(&self) -> u64 {
        self.step
    }

    /// The seed of parameters and random numbers.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Dispatches that a step takes.
    pub fn dispatch_count(&self) -> usize {
        self.dispatches.len()
    }

    /// Different pipelines among them.
    pub fn pipeline_count(&self) -> usize {
        self.pipelines.len()
    }

    /// Continues as if this many steps had been taken: random numbers depend on it. Records of steps submitted before are dropped.
    pub fn set_step_count(&mut self, step: u64) {
        self.step = step;
        self.metrics.forget();
        let mut words = [0; 16];
        words[..8].copy_from_slice(&self.seed.to_le_bytes());
        words[8..].copy_from_slice(&step.to_le_bytes());
        self.device.queue.write_buffer(&self.state, 4 * state::SEED as u64, &words);
    }

    /// Writes words between steps. Integers are written as [`f32::from_bits`].
    ///
    /// # Panics
    /// When the numbers are not as many as the place has words.
    pub fn write(&self, view: View, values: &[f32]) {
        assert_eq!(view.len, values.len(), "another number of words");
        self.device.queue.write_buffer(&self.arena, 4 * view.offset as u64, bytes_of(values));
    }

    /// Replaces a parameter's value.
    pub fn write_param(&self, id: ParamId, values: &[f32]) {
        self.write(self.plan.param(id).view, values);
    }

    /// Writes an input.
    pub fn write_input(&self, id: InputId, values: &[f32]) {
        self.write(self.plan.input(id).view, values);
    }

    /// From now on each step begins with the next of these batches (all of the place's size) in this place: step `s` takes batch
    /// `s mod batches`. They stay on the device. Replaces an earlier feed of the same place.
    ///
    /// # Panics
    /// When there is no batch or one of another size.
    pub fn feed(&mut self, view: View, batches: &[&[f32]]) {
        assert!(!batches.is_empty(), "no batch");
        let size = 4 * view.len as u64;
        let buffer = self.device.raw.create_buffer(&wgpu::BufferDescriptor {
            label: Some("feed"),
            size: size * batches.len() as u64,
            usage: wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        for (index, batch) in batches.iter().enumerate() {
            assert_eq!(view.len, batch.len(), "another number of words");
            self.device.queue.write_buffer(&buffer, size * index as u64, bytes_of(batch));
        }
        self.feeds.retain(|feed| feed.view != view);
        self.feeds.push(Feed { view, batches: batches.len() as u64, buffer });
    }

    /// Keeps an output's words after every `every`-th step, for [`Executor::records`]. Unknown names and an `every` of 0 are ignored.
    pub fn record(&mut self, name: &str, every: u64) {
        if let (Some(output), true) = (self.plan.output(name), every > 0) {
            let name = output.name.clone();
            self.metrics.watch(name, output.view, every);
        }
    }

    /// Submits steps, all at once, and returns without waiting for them.
    ///
    /// Fails when the device is lost or has refused something earlier.
    pub fn submit(&mut self, steps: u64) -> Result<(), GpuError> {
        self.device.check()?;
        if steps == 0 {
            return Ok(());
        }
        let mut encoder = self.device.raw.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let copies = |step: u64, metrics: &Metrics| metrics.is_due(step + 1);
        let mut at = 0;
        let mut ring = self.metrics.begin(&self.device, self.step, steps);
        while at < steps {
            for feed in &self.feeds {
                let size = 4 * feed.view.len as u64;
                let batch = (self.step + at) % feed.batches;
                let to = 4 * feed.view.offset as u64;
                encoder.copy_buffer_to_buffer(&feed.buffer, batch * size, &self.arena, to, size);
            }
            {
                let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
                let mut bound = usize::MAX;
                loop {
                    for ready in &self.dispatches {
                        if ready.pipeline != bound {
                            bound = ready.pipeline;
                            pass.set_pipeline(&self.pipelines[bound]);
                        }
                        pass.set_bind_group(0, &self.bindings, &[ready.arguments]);
                        pass.dispatch_workgroups(ready.groups[0], ready.groups[1], 1);
                    }
                    at += 1;
                    if at == steps || !self.feeds.is_empty() || copies(self.step + at - 1, &self.metrics) {
                        break;
                    }
                }
            }
            if let Some(ring) = &mut ring {
                self.metrics.keep(&mut encoder, &self.arena, ring, self.step + at);
            }
        }
        self.device.queue.submit([encoder.finish()]);
        if let Some(ring) = ring {
            self.metrics.end(ring);
        }
        self.step += steps;
        self.counted += steps;
        Ok(())
    }

    /// What [`Executor::record`] kept and the device has finished, oldest first. Does not wait.
    pub fn records(&mut self) -> Vec<Record> {
        self.metrics.take(&self.device)
    }

    /// Until everything submitted is done.
    pub async fn done(&self) -> Result<(), GpuError> {
        self.device.done().await
    }

    /// A mark behind everything submitted so far.
    ///
    /// Fails when the device is lost or has refused something earlier.
    pub fn fence(&self) -> Result<Fence, GpuError> {
        self.device.fence()
    }

    /// Words of a place, after everything submitted so far.
    pub async fn read(&self, view: View) -> Result<Vec<f32>, GpuError> {
        let bytes = self.device.read(&self.arena, 4 * view.offset as u64, 4 * view.len as u64).await?;
        Ok(numbers(&bytes))
    }

    /// A parameter's value.
    pub async fn read_param(&self, id: ParamId) -> Result<Vec<f32>, GpuError> {
        self.read(self.plan.param(id).view).await
    }

    /// A named result of the last step; empty when there is no such name.
    pub async fn read_output(&self, name: &str) -> Result<Vec<f32>, GpuError> {
        match self.plan.output(name) {
            Some(output) => self.read(output.view).await,
            None => Ok(Vec::new()),
        }
    }

    /// Events of rounding since the counters were cleared, by counter of the plan.
    pub async fn counts(&self) -> Result<Vec<Counts>, GpuError> {
        let counters = self.plan.counters.len();
        let (first, words) = (state::counter(0), state::COUNTER_WORDS * counters);
        let bytes = self.device.read(&self.state, 4 * first as u64, 4 * words as u64).await?;
        let wide = |index: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[8 * index..8 * index + 8]);
            u64::from_le_bytes(word)
        };
        Ok((0..counters)
            .map(|at| Counts {
                total: self.seen[at] * self.counted,
                overflow: wide(3 * at),
                underflow: wide(3 * at + 1),
                nan: wide(3 * at + 2),
            })
            .collect())
    }

    /// Sets the events to 0, after the steps submitted so far.
    pub fn clear_counts(&mut self) {
        self.counted = 0;
        let words = vec![0; 4 * state::COUNTER_WORDS * self.plan.counters.len()];
        self.device.queue.write_buffer(&self.state, 4 * state::counter(0) as u64, &words);
    }

    /// The run as it stands; it can go on here or on the CPU.
    pub async fn snapshot(&self) -> Result<Snapshot, GpuError> {
        let end = self.plan.params.iter().map(|slot| slot.view.range().end).max().unwrap_or(0);
        let (seed, step) = (self.seed, self.step);
        let words = self.read(View { offset: 0, len: end }).await?;
        let params = self.plan.params.iter().map(|slot| words[slot.view.range()].to_vec()).collect();
        Ok(Snapshot { seed, step, params })
    }

    /// Goes on from a snapshot, of this executor or of the CPU's; nothing changes when it does not belong to the plan.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), GpuError> {
        snapshot.check(&self.plan)?;
        self.seed = snapshot.seed;
        self.set_step_count(snapshot.step);
        self.clear_counts();
        for (slot, values) in self.plan.params.iter().zip(&snapshot.params) {
            self.write(slot.view, values);
        }
        Ok(())
    }
}

fn storage(device: &Device, label: &str, size: u64) -> wgpu::Buffer {
    device.raw.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size,
        usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// The arguments of all dispatches in one buffer, and the place of each one's. Equal ones are kept once.
fn arguments(device: &Device, dispatches: &[Dispatch]) -> (wgpu::Buffer, Vec<u32>) {
    let mut lists: Vec<&[u32]> = Vec::new();
    let mut known: HashMap<&[u32], u32> = HashMap::new();
    let places = dispatches
        .iter()
        .map(|dispatch| {
            *known.entry(&dispatch.args).or_insert_with(|| {
                lists.push(&dispatch.args);
                ((lists.len() - 1) * ARGUMENT_STRIDE) as u32
            })
        })
        .collect();
    let mut bytes = vec![0; ARGUMENT_STRIDE * lists.len().max(1)];
    for (list, bytes) in lists.iter().zip(bytes.chunks_exact_mut(ARGUMENT_STRIDE)) {
        for (word, bytes) in list.iter().zip(bytes.chunks_exact_mut(4)) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
    }
    let buffer = device.raw.create_buffer(&wgpu::BufferDescriptor {
        label: Some("arguments"),
        size: bytes.len() as u64,
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    device.queue.write_buffer(&buffer, 0, &bytes);
    (buffer, places)
}

/// Elements that each counter sees in a step.
fn seen(plan: &Plan) -> Vec<u64> {
    use crate::plan::{Function, Kernel};
    let mut seen = vec![0; plan.counters.len()];
    for step in &plan.steps {
        match &step.kernel {
            Kernel::Round { counter, .. } => seen[*counter] += step.outputs[0].len as u64,
            Kernel::Elementwise(program) => {
                for instr in &program.instrs {
                    if let Function::Round(_, counter) = instr.function {
                        seen[usize::from(counter)] += program.len() as u64;
                    }
                }
            }
            _ => {}
        }
    }
    seen
}

/// Words as the device has them: little-endian, as on every machine that this runs on.
pub(super) fn bytes_of(values: &[f32]) -> &[u8] {
    // SAFETY: four bytes for every number, and any bytes are valid.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), 4 * values.len()) }
}

pub(super) fn numbers(bytes: &[u8]) -> Vec<f32> {
    bytes
        .chunks_exact(4)
        .map(|word| f32::from_bits(u32::from_le_bytes([word[0], word[1], word[2], word[3]])))
        .collect()
}
