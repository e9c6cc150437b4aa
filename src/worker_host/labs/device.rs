//! Where a lab runs: one core, or the graphics processor; and what happens when that is lost.

use std::cell::RefCell;

use engine::gpu::{Device, DeviceOptions, GpuError};
use engine::graph::InputId;
use engine::rounding::Counts;
use engine::snapshot::Snapshot;
use experiments::lab::{CpuRun, GpuRun, Lab, Samples};
use protocol::{DeviceChoice, DeviceReason, Failure, LabSpec, RunsOn, Trial};

use crate::worker_host::clock::now_ms;

/// A trial of one device.
const TRIAL_MS: f64 = 150.0;
/// This build fuses multiplication and addition.
const RELAXED: bool = cfg!(target_feature = "relaxed-simd");

/// A training in motion on some device.
pub(super) enum Run {
    /// One core.
    Cpu {
        run: Box<CpuRun>,
        /// Products are fused: the weights' bits are this machine's own.
        relaxed: bool,
    },
    /// The graphics processor.
    Gpu(Box<GpuRun>),
}

thread_local! {
    /// The worker's device, shared by its labs, until it is lost.
    static DEVICE: RefCell<Option<Device>> = const { RefCell::new(None) };
    /// This worker's trials.
    static TRIALS: RefCell<Vec<Trial>> = const { RefCell::new(Vec::new()) };
}

fn on_cpu(reason: DeviceReason) -> RunsOn {
    RunsOn { adapter: None, relaxed: RELAXED, reason, trial: None }
}

fn on_gpu(run: &GpuRun, reason: DeviceReason) -> RunsOn {
    RunsOn { adapter: Some(run.device().name().to_owned()), relaxed: false, reason, trial: None }
}

/// The worker's device: the one it has, or a new one.
pub(in crate::worker_host) async fn acquire() -> Result<Device, GpuError> {
    if let Some(device) = DEVICE.with_borrow(Clone::clone).filter(|device| device.check().is_ok()) {
        return Ok(device);
    }
    let device = Device::request(DeviceOptions::default()).await?;
    // Another lab may have been faster: one device serves all.
    Ok(DEVICE.with_borrow_mut(|kept| match kept.as_ref().filter(|other| other.check().is_ok()) {
        Some(other) => other.clone(),
        None => kept.insert(device).clone(),
    }))
}

/// At step 0, where the lab wants to run or where it can; `trials` are an earlier visit's.
pub(super) async fn start(lab: &dyn Lab, spec: &LabSpec, trials: &[Trial]) -> Result<(Run, RunsOn), Failure> {
    let cpu = || Run::Cpu { run: Box::new(cpu_run(lab, spec.seed)), relaxed: RELAXED };
    let gpu = match spec.device {
        DeviceChoice::Cpu => return Ok((cpu(), on_cpu(DeviceReason::Chosen))),
        DeviceChoice::WebGpu => on_device(lab, spec.seed).await.map(|run| (run, DeviceReason::Chosen)),
        DeviceChoice::Auto => match faster(lab, spec.seed, trials).await {
            Ok(Faster { gpu: None, reason, trial }) => {
                return Ok((cpu(), RunsOn { trial, ..on_cpu(reason) }));
            }
            Ok(Faster { gpu: Some(run), reason, trial }) => {
                let runs_on = RunsOn { trial, ..on_gpu(&run, reason) };
                return Ok((Run::Gpu(Box::new(run)), runs_on));
            }
            Err(error) => Err(error),
        },
    };
    match gpu {
        Ok((run, reason)) => {
            let runs_on = on_gpu(&run, reason);
            Ok((Run::Gpu(Box::new(run)), runs_on))
        }
        Err(error) => Ok((cpu(), on_cpu(reason_of(error)))),
    }
}

fn cpu_run(lab: &dyn Lab, seed: u64) -> CpuRun {
    CpuRun::new(lab.training(), seed).fed_by(lab.feed())
}

async fn gpu_run(device: &Device, lab: &dyn Lab, seed: u64) -> Result<GpuRun, GpuError> {
    Ok(GpuRun::new(device, lab.training(), seed).await?.fed_by(lab.feed()))
}

async fn on_device(lab: &dyn Lab, seed: u64) -> Result<GpuRun, GpuError> {
    let device = acquire().await?;
    gpu_run(&device, lab, seed).await
}

/// What a comparison of the devices came to.
struct Faster {
    /// The graphics processor's run, if that is the faster one.
    gpu: Option<GpuRun>,
    reason: DeviceReason,
    /// A trial made for it.
    trial: Option<Trial>,
}

/// By a trial: this worker's, an earlier visit's, or a new one.
async fn faster(lab: &dyn Lab, seed: u64, earlier: &[Trial]) -> Result<Faster, GpuError> {
    let device = acquire().await?;
    if device.is_software() {
        let reason = DeviceReason::SoftwareAdapter(device.name().to_owned());
        return Ok(Faster { gpu: None, reason, trial: None });
    }
    let plan = &lab.training().plan;
    let mut trial = Trial {
        adapter: device.name().to_owned(),
        relaxed: RELAXED,
        step: (plan.flop_count, plan.arena_len as u64, plan.steps.len() as u32),
        cpu_steps_per_s: 0.0,
        gpu_steps_per_s: 0.0,
    };
    let like = |trials: &[Trial]| trials.iter().find(|known| known.is_like(&trial)).cloned();
    let own = TRIALS.with_borrow(|trials| like(trials));
    let remembered = if own.is_none() { like(earlier) } else { None };
    let is_remembered = remembered.is_some();
    let mut gpu = None;
    let mut made = None;
    if let Some(known) = own.or(remembered) {
        trial = known;
        if trial.gpu_steps_per_s > trial.cpu_steps_per_s {
            gpu = Some(gpu_run(&device, lab, seed).await?);
        }
    } else {
        let mut run = gpu_run(&device, lab, seed).await?;
        trial.cpu_steps_per_s = try_cpu(lab);
        trial.gpu_steps_per_s = try_gpu(&mut run, lab.training().metrics.len()).await?;
        made = Some(trial.clone());
        TRIALS.with_borrow_mut(|trials| trials.push(trial.clone()));
        if trial.gpu_steps_per_s > trial.cpu_steps_per_s {
            run.reset();
            gpu = Some(run);
        }
    }
    let Trial { cpu_steps_per_s, gpu_steps_per_s, .. } = trial;
    let reason = DeviceReason::Faster { cpu_steps_per_s, gpu_steps_per_s, remembered: is_remembered };
    Ok(Faster { gpu, reason, trial: made })
}

fn try_cpu(lab: &dyn Lab) -> f32 {
    let mut run = cpu_run(lab, 0);
    let mut unseen = Samples::new(lab.training().metrics.len(), 2);
    run.run(1, 0.0, now_ms, &mut unseen);
    let begun = now_ms();
    let steps = run.run(u64::MAX, begun + TRIAL_MS, now_ms, &mut unseen);
    (steps as f64 / (now_ms() - begun).max(0.1) * 1000.0) as f32
}

/// Twice: the first trial compiles and finds how many steps make a submission. What it leaves at work the second waits for, and leaves as much.
async fn try_gpu(run: &mut GpuRun, metrics: usize) -> Result<f32, GpuError> {
    let (mut rate, mut unseen) = (0.0, Samples::new(metrics, 2));
    for _ in 0..2 {
        let begun = now_ms();
        let steps = run.run(u64::MAX, begun + TRIAL_MS, now_ms, &mut unseen).await?;
        rate = (steps as f64 / (now_ms() - begun).max(0.1) * 1000.0) as f32;
    }
    Ok(rate)
}

fn reason_of(error: GpuError) -> DeviceReason {
    match error {
        GpuError::NoAdapter(_) | GpuError::NoDevice(_) => DeviceReason::NoAdapter,
        GpuError::Lost(reason) => DeviceReason::Lost(reason),
        GpuError::Unsupported { what } => DeviceReason::Unsupported(what),
        other => DeviceReason::Unsupported(other.to_string()),
    }
}

impl Run {
    pub(super) fn step_count(&self) -> u64 {
        match self {
            Run::Cpu { run, .. } => run.step_count(),
            Run::Gpu(run) => run.step_count(),
        }
    }

    pub(super) fn reset(&mut self) {
        match self {
            Run::Cpu { run, .. } => run.reset(),
            Run::Gpu(run) => run.reset(),
        }
    }

    /// Writes an input of one number from the next step on.
    pub(super) fn write(&mut self, input: InputId, value: f32) {
        match self {
            Run::Cpu { run, .. } => run.write(input, &[value]),
            Run::Gpu(run) => run.write(input, &[value]),
        }
    }

    /// Takes steps, at most `limit`, until `end_ms`; a large one may be left [in its midst](Run::is_midway). The error is why the device cannot
    /// go on.
    pub(super) async fn train(
        &mut self,
        limit: u64,
        end_ms: f64,
        now_ms: impl FnMut() -> f64,
        samples: &mut Samples,
    ) -> Result<(), String> {
        match self {
            Run::Cpu { run, .. } => {
                run.run_parts(limit, end_ms, now_ms, samples);
                Ok(())
            }
            Run::Gpu(run) => run.run(limit, end_ms, now_ms, samples).await.map(|_| ()).map_err(words),
        }
    }

    /// Whether a step was left in its midst: until it is complete nothing of the run may be read.
    pub(super) fn is_midway(&self) -> bool {
        matches!(self, Run::Cpu { run, .. } if run.is_midway())
    }

    /// Completes a step that was left in its midst.
    pub(super) fn finish(&mut self, samples: &mut Samples) {
        if let Run::Cpu { run, .. } = self {
            run.finish(samples);
        }
    }

    pub(super) async fn snapshot(&mut self) -> Result<Snapshot, String> {
        match self {
            Run::Cpu { run, .. } => Ok(run.snapshot()),
            Run::Gpu(run) => run.snapshot().await.map_err(words),
        }
    }

    /// The error is why the snapshot does not fit.
    pub(super) fn restore(&mut self, snapshot: &Snapshot) -> Result<(), String> {
        match self {
            Run::Cpu { run, .. } => run.restore(snapshot).map_err(|error| error.to_string()),
            Run::Gpu(run) => run.restore(snapshot).map_err(words),
        }
    }

    /// What rounding lost, by counter of the plan; nothing from a device that is gone, which the next slice finds out.
    pub(super) async fn counts(&mut self) -> Vec<Counts> {
        match self {
            Run::Cpu { run, .. } => run.counts().to_vec(),
            Run::Gpu(run) => run.counts().await.unwrap_or_default(),
        }
    }

    pub(super) fn lose_device(&mut self) {
        if let Run::Gpu(run) = self {
            run.device().destroy();
        }
    }

    /// Becomes a run on the CPU that goes on from the last snapshot.
    pub(super) fn fall_back(&mut self, lab: &dyn Lab, seed: u64, reason: String) -> RunsOn {
        let mut run = cpu_run(lab, seed);
        if let Run::Gpu(gpu) = self
            && let Some(snapshot) = gpu.kept()
        {
            // It is of the same plan.
            let _ = run.restore(snapshot);
        }
        *self = Run::Cpu { run: Box::new(run), relaxed: RELAXED };
        on_cpu(DeviceReason::Lost(reason))
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it ends here")]
fn words(error: GpuError) -> String {
    match error {
        GpuError::Lost(reason) => reason,
        other => other.to_string(),
    }
}
