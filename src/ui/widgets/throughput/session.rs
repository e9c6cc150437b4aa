//! One session of measuring: what runs, and what was found so far.
//!
//! Results come one by one and stay until newer ones of the same kernel replace them; a failed or stopped run leaves them.

use leptos::prelude::*;
use protocol::{
    Event, Failure, GpuStatus, JobId, Measurement, NetworkCost, NotMeasured, Outcome, Part, Request,
    ThroughputSpec,
};

use super::{model, params};
use crate::ui::url_state::UrlState;
use crate::ui::worker_client::{WorkerClient, use_worker};

/// What the worker is doing for this widget.
#[derive(Debug, Clone, PartialEq)]
pub enum Run {
    /// Nothing yet.
    Idle,
    /// A job; done and total in kernels.
    Running { job: JobId, done: u64, total: u64 },
    /// The last job ended badly.
    Failed(Failure),
    /// The last job was stopped.
    Cancelled,
    /// The last job ended well.
    Done,
}

/// A run that ended well.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// From the first run to the last, ms.
    pub elapsed_ms: f64,
    /// The clock's step, ms.
    pub clock_step_ms: f64,
    /// The graphics adapter, if one was measured.
    pub adapter: Option<String>,
    /// Configuration and stored errors; see [`model::hash`].
    pub hash: String,
    /// Kernels measured.
    pub count: usize,
}

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// A few kernels of the CPU, some seconds.
    Quick,
    /// Everything of the chosen device.
    Full,
}

/// Handles on the session's signals; cheap to copy.
#[derive(Clone, Copy)]
pub struct Session {
    /// The address's state.
    pub state: UrlState,
    /// The page's worker.
    pub worker: WorkerClient,
    /// What runs.
    pub run: RwSignal<Run>,
    /// Every figure so far.
    pub found: RwSignal<Vec<Measurement>>,
    /// What could not be measured.
    pub missing: RwSignal<Vec<NotMeasured>>,
    /// The kernel whose figures came last.
    pub last: RwSignal<Option<Measurement>>,
    /// The last run that ended well.
    pub finished: RwSignal<Option<Finished>>,
    /// The network's cost, once it is counted.
    pub network: RwSignal<Option<Result<NetworkCost, Failure>>>,
    /// What the figures belong to: a change of it makes them others.
    measured: StoredValue<Option<(u32, u32)>>,
}

impl Session {
    /// A session that has not measured yet.
    pub fn new(state: UrlState) -> Self {
        let session = Self {
            state,
            worker: use_worker(),
            run: RwSignal::new(Run::Idle),
            found: RwSignal::new(Vec::new()),
            missing: RwSignal::new(Vec::new()),
            last: RwSignal::new(None),
            finished: RwSignal::new(None),
            network: RwSignal::new(None),
            measured: StoredValue::new(None),
        };
        on_cleanup(move || session.cancel());
        session
    }

    /// Stops what runs.
    pub fn cancel(self) {
        if let Some(Run::Running { job, .. }) = self.run.try_get_untracked() {
            self.worker.cancel(job);
        }
    }

    /// The side of the measured matrix, tracked.
    pub fn side(self) -> u32 {
        self.state.get(&params::SIDE).parse().unwrap_or(4096)
    }

    /// Whether `Auto` measures the graphics processor: one that is there, or not yet known. A software adapter would show
    /// the CPU once more, slower; it is measured when asked for.
    fn graphics_by_itself(self) -> bool {
        match self.worker.gpu().get_untracked() {
            None => true,
            Some(GpuStatus::Adapter { software, .. }) => !software,
            Some(_) => false,
        }
    }

    fn spec(self, extent: Extent) -> ThroughputSpec {
        let number = |param| self.state.now(param).parse::<f64>().unwrap_or_default();
        let cpu = [Part::Peaks, Part::Memory, Part::MatMul, Part::MatVec, Part::Conversions, Part::Emulated];
        let device = self.state.now(&params::DEVICE);
        let parts = match (extent, device.as_str()) {
            (Extent::Quick, _) => vec![Part::Peaks, Part::Memory, Part::MatVec],
            (Extent::Full, "webgpu") => vec![Part::Graphics],
            (Extent::Full, "cpu") => cpu.to_vec(),
            (Extent::Full, _) => {
                let graphics = self.graphics_by_itself().then_some(Part::Graphics);
                cpu.into_iter().chain(graphics).collect()
            }
        };
        let (runs, run_ms, formats) = match extent {
            Extent::Quick => (model::QUICK_RUNS.0, model::QUICK_RUNS.1, model::QUICK_FORMATS.to_vec()),
            Extent::Full => (
                number(&params::RUNS) as u32,
                number(&params::RUN_MS),
                model::format_ids(&self.state.now(&params::FORMATS)),
            ),
        };
        ThroughputSpec {
            parts,
            formats: formats.into_iter().map(str::to_owned).collect(),
            runs,
            run_ms,
            matvec_side: number(&params::SIDE) as u32,
            seed: number(&params::SEED) as u32,
        }
    }

    /// Measures; what runs already is stopped first.
    pub fn measure(self, extent: Extent) {
        self.cancel();
        let spec = self.spec(extent);
        let belongs = (spec.matvec_side, spec.seed);
        if self.measured.get_value() != Some(belongs) {
            self.found.set(Vec::new());
            self.finished.set(None);
            self.measured.set_value(Some(belongs));
        }
        self.missing.set(Vec::new());
        self.last.set(None);
        // The job's number is not known to its first events, but they come after this function.
        let current = StoredValue::new(0);
        let job = self.worker.submit(Request::Throughput(spec.clone()), None, move |event, _| {
            let job = current.try_get_value().unwrap_or_default();
            let ours = matches!(self.run.try_get_untracked(), Some(Run::Running { job: running, .. }) if running == job);
            if ours {
                self.receive(job, event, &spec);
            }
        });
        current.set_value(job);
        self.run.set(Run::Running { job, done: 0, total: 0 });
    }

    fn receive(self, job: JobId, event: Event, spec: &ThroughputSpec) {
        match event {
            Event::Progress { done, total } => self.run.set(Run::Running { job, done, total }),
            Event::Measured(measurement) => {
                self.last.set(Some(measurement.clone()));
                self.found.update(|found| model::put(found, measurement));
            }
            Event::NotMeasured(missing) => self.missing.update(|all| all.push(missing)),
            Event::Failed(failure) => self.run.set(Run::Failed(failure)),
            Event::Cancelled => self.run.set(Run::Cancelled),
            Event::Done(Outcome::Throughput(summary)) => {
                let count = summary.measurements.len();
                let hash = model::hash(spec, &summary.measurements);
                self.found.update(|found| {
                    for measurement in summary.measurements {
                        model::put(found, measurement);
                    }
                });
                self.missing.set(summary.missing);
                self.finished.set(Some(Finished {
                    elapsed_ms: summary.elapsed_ms,
                    clock_step_ms: summary.clock_step_ms,
                    adapter: summary.adapter,
                    hash,
                    count,
                }));
                self.run.set(Run::Done);
            }
            Event::Done(_) | Event::Report(_) | Event::SelfTestRow(_) => {}
        }
    }

    /// Counts VGG16's layers, once.
    pub fn count_network(self) {
        if self.network.with_untracked(|network| matches!(network, Some(Ok(_)))) {
            return;
        }
        self.worker.submit(Request::Network("vgg16".to_owned()), None, move |event, _| {
            // The widget may be gone by then.
            let _ = match event {
                Event::Done(Outcome::Network(network)) => self.network.try_set(Some(Ok(network))),
                Event::Failed(failure) => self.network.try_set(Some(Err(failure))),
                _ => None,
            };
        });
    }
}
