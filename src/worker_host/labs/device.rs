//! Where a lab runs: one core, or the graphics processor; and what happens when that is lost.

use engine::rounding::Counts;
use engine::snapshot::Snapshot;
use experiments::lab::{CpuRun, Samples, Training};
use protocol::{DeviceChoice, DeviceReason, Failure, LabSpec, RunsOn};

/// A training in motion on some device.
pub(super) enum Run {
    /// One core.
    Cpu {
        run: CpuRun,
        /// Products are fused: the weights' bits are this machine's own.
        relaxed: bool,
    },
}

/// This build fuses multiplication and addition.
const RELAXED: bool = cfg!(target_feature = "relaxed-simd");

fn on_cpu(reason: DeviceReason) -> RunsOn {
    RunsOn { adapter: None, relaxed: RELAXED, reason }
}

/// At step 0, where the lab wants to run or where it can.
pub(super) async fn start(training: &Training, spec: &LabSpec) -> Result<(Run, RunsOn), Failure> {
    let reason = match spec.device {
        DeviceChoice::Cpu | DeviceChoice::Auto | DeviceChoice::WebGpu => DeviceReason::Chosen,
    };
    Ok((Run::Cpu { run: CpuRun::new(training, spec.seed), relaxed: RELAXED }, on_cpu(reason)))
}

impl Run {
    pub(super) fn step_count(&self) -> u64 {
        match self {
            Run::Cpu { run, .. } => run.step_count(),
        }
    }

    pub(super) fn reset(&mut self) {
        match self {
            Run::Cpu { run, .. } => run.reset(),
        }
    }

    /// Takes steps, at most `limit`, until `end_ms`. The error is why the device cannot go on.
    pub(super) async fn train(
        &mut self,
        limit: u64,
        end_ms: f64,
        now_ms: impl FnMut() -> f64,
        samples: &mut Samples,
    ) -> Result<(), String> {
        match self {
            Run::Cpu { run, .. } => {
                run.run(limit, end_ms, now_ms, samples);
                Ok(())
            }
        }
    }

    pub(super) async fn snapshot(&mut self) -> Result<Snapshot, String> {
        match self {
            Run::Cpu { run, .. } => Ok(run.snapshot()),
        }
    }

    pub(super) fn restore(&mut self, snapshot: &Snapshot) -> Result<(), engine::snapshot::SnapshotError> {
        match self {
            Run::Cpu { run, .. } => run.restore(snapshot),
        }
    }

    pub(super) async fn counts(&mut self) -> Vec<Counts> {
        match self {
            Run::Cpu { run, .. } => run.counts().to_vec(),
        }
    }

    pub(super) fn lose_device(&mut self) {
        match self {
            Run::Cpu { .. } => {}
        }
    }

    /// Becomes a run on the CPU that goes on from the last snapshot.
    pub(super) fn fall_back(&mut self, training: &Training, seed: u64, reason: String) -> RunsOn {
        let run = CpuRun::new(training, seed);
        *self = Run::Cpu { run, relaxed: RELAXED };
        on_cpu(DeviceReason::Lost(reason))
    }
}
