//! One session of measuring: what runs, and what was found so far.
//!
//! Results come one by one and stay until newer ones of the same kernel replace them; a failed or stopped run leaves them, a run that
//! ends well leaves its own. Once something was measured, a change of what a link asks for measures that.

use leptos::prelude::*;
use protocol::{
    Disturbance, Event, Failure, GpuStatus, JobId, Measurement, NetworkCost, NotMeasured, Outcome, Part,
    Request, ThroughputSpec, ThroughputSummary, Unit,
};

use super::{model, params};
use crate::ui::url_state::UrlState;
use crate::ui::worker_client::{Build, WorkerClient, Workers, use_worker, use_workers};

/// Why the strict worker does not measure relaxed SIMD.
const NO_RELAXED: &str = "no_relaxed_simd";

/// What the worker is doing for this widget.
#[derive(Debug, Clone, PartialEq)]
pub enum Run {
    /// Nothing yet.
    Idle,
    /// A job; done and total in turns of its kernels.
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
    /// What speaks for a machine that was busy with other things; empty for one at rest.
    pub disturbances: Vec<Disturbance>,
}

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// A few kernels of the CPU, some seconds.
    Quick,
    /// Everything of the chosen device.
    Full,
}

impl Extent {
    /// As the address has it.
    fn id(self) -> &'static str {
        match self {
            Self::Quick => params::EXTENTS[0],
            Self::Full => params::EXTENTS[1],
        }
    }
}

/// The relaxed worker's job: it has no formats, since it stores no weights.
fn is_second(spec: &ThroughputSpec) -> bool {
    spec.formats.is_empty()
}

/// Handles on the session's signals; cheap to copy.
#[derive(Clone, Copy)]
pub struct Session {
    /// The address's state.
    pub state: UrlState,
    /// The page's strict worker: the one that measures, but for relaxed SIMD.
    pub worker: WorkerClient,
    workers: Workers,
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
    /// It was seen, and measures once it is known what there is.
    awaited: RwSignal<bool>,
    /// What was asked for last.
    asked: StoredValue<Option<ThroughputSpec>>,
    /// Kernels and units of the last run, over its jobs.
    ran: StoredValue<Vec<(String, Unit)>>,
    /// Counts jobs and names the worker of the last one: events of earlier ones are no longer heard.
    current: StoredValue<(u64, WorkerClient)>,
}

impl Session {
    /// A session that has not measured yet.
    pub fn new(state: UrlState) -> Self {
        let workers = use_workers();
        let session = Self {
            state,
            worker: use_worker(),
            workers,
            run: RwSignal::new(Run::Idle),
            found: RwSignal::new(Vec::new()),
            missing: RwSignal::new(Vec::new()),
            last: RwSignal::new(None),
            finished: RwSignal::new(None),
            network: RwSignal::new(None),
            awaited: RwSignal::new(false),
            asked: StoredValue::new(None),
            ran: StoredValue::new(Vec::new()),
            current: StoredValue::new((0, use_worker())),
        };
        on_cleanup(move || session.cancel());
        Effect::new(move |_| {
            let is_first = session.asked.with_value(Option::is_none);
            if session.awaited.get() && session.is_device_known() && is_first {
                session.again();
            }
        });
        Effect::watch(
            move || session.spec(),
            move |spec, _, _| {
                let is_other =
                    session.asked.with_value(|asked| asked.as_ref().is_some_and(|old| old != spec));
                if is_other {
                    session.begin(spec.clone());
                }
            },
            false,
        );
        session
    }

    /// Stops what runs.
    pub fn cancel(self) {
        if let Some(Run::Running { job, .. }) = self.run.try_get_untracked() {
            self.current.get_value().1.cancel(job);
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

    /// How much is measured, tracked.
    fn extent(self) -> Extent {
        if self.state.get(&params::EXTENT) == Extent::Full.id() { Extent::Full } else { Extent::Quick }
    }

    /// What the address asks for, tracked.
    fn spec(self) -> ThroughputSpec {
        let number = |param| self.state.get(param).parse::<f64>().unwrap_or_default();
        let cpu = [Part::Peaks, Part::Memory, Part::MatMul, Part::MatVec, Part::Conversions, Part::Emulated];
        let extent = self.extent();
        let parts = match extent {
            Extent::Quick => vec![Part::Peaks, Part::Memory, Part::MatVec],
            Extent::Full => match self.state.get(&params::DEVICE).as_str() {
                // The peaks as well: what "this device" names is among them.
                "webgpu" => vec![Part::Peaks, Part::Graphics],
                "cpu" => cpu.to_vec(),
                _ => {
                    let graphics = self.graphics_by_itself().then_some(Part::Graphics);
                    cpu.into_iter().chain(graphics).collect()
                }
            },
        };
        let (runs, run_ms, formats) = match extent {
            Extent::Quick => (model::QUICK_RUNS.0, model::QUICK_RUNS.1, model::QUICK_FORMATS.to_vec()),
            Extent::Full => (
                number(&params::RUNS) as u32,
                number(&params::RUN_MS),
                model::format_ids(&self.state.get(&params::FORMATS)),
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

    /// Whether it is known what everything of the chosen device is, tracked.
    fn is_device_known(self) -> bool {
        let asks = self.extent() == Extent::Full && self.state.get(&params::DEVICE) == "auto";
        !asks || self.worker.gpu().get().is_some()
    }

    /// Measures what the address asks for, once; not before it is known what there is, or the same link would measure now this, now that.
    pub fn measure_at_sight(self) {
        self.awaited.set(true);
    }

    /// Measures so much, and says so in the address.
    pub fn measure(self, extent: Extent) {
        self.state.set(&params::EXTENT, extent.id());
        self.again();
    }

    /// Measures what the address asks for; what runs already is stopped first.
    pub fn again(self) {
        self.begin(untrack(|| self.spec()));
    }

    fn begin(self, spec: ThroughputSpec) {
        self.cancel();
        // Figures of another matrix are not those of this one.
        let belongs = |spec: &ThroughputSpec| (spec.matvec_side, spec.seed);
        if self.asked.with_value(|asked| asked.as_ref().map(belongs)) != Some(belongs(&spec)) {
            self.found.set(Vec::new());
            self.finished.set(None);
        }
        self.asked.set_value(Some(spec.clone()));
        self.ran.set_value(Vec::new());
        self.missing.set(Vec::new());
        self.last.set(None);
        let relaxed = spec.parts.contains(&Part::MatMul).then(|| self.workers.of(Build::Relaxed)).flatten();
        self.submit(self.worker, spec, relaxed);
    }

    /// One job on one worker; `then` is the relaxed worker, which measures afterwards what it does differently.
    fn submit(self, worker: WorkerClient, spec: ThroughputSpec, then: Option<WorkerClient>) {
        let ticket = self.current.get_value().0 + 1;
        self.current.set_value((ticket, worker));
        let request = Request::Throughput(spec.clone());
        let job = worker.submit(request, None, move |event, _| {
            // The widget may be gone, or another job have taken over.
            if self.current.try_get_value().is_some_and(|current| current.0 == ticket) {
                self.receive(event, &spec, then);
            }
        });
        self.run.set(Run::Running { job, done: 0, total: 0 });
    }

    fn receive(self, event: Event, spec: &ThroughputSpec, then: Option<WorkerClient>) {
        match event {
            Event::Progress { done, total } => self.run.update(|run| {
                if let Run::Running { job, .. } = *run {
                    *run = Run::Running { job, done, total };
                }
            }),
            // Scalar and integer kernels are the same in both builds.
            Event::Measured(measurement) if is_second(spec) && measurement.unit != Unit::RelaxedSimd => {}
            Event::Measured(measurement) => {
                self.ran.update_value(|ran| ran.push((measurement.id.clone(), measurement.unit)));
                self.last.set(Some(measurement.clone()));
                self.found.update(|found| model::put(found, measurement));
            }
            // The relaxed worker comes afterwards.
            Event::NotMeasured(missing) if then.is_some() && missing.failure.code == NO_RELAXED => {}
            Event::NotMeasured(missing) => self.missing.update(|all| all.push(missing)),
            Event::Failed(failure) => self.run.set(Run::Failed(failure)),
            Event::Cancelled => self.run.set(Run::Cancelled),
            Event::Done(Outcome::Throughput(summary)) => {
                self.finish(spec, summary);
                if let Some(worker) = then {
                    let parts = vec![Part::Peaks, Part::MatMul];
                    self.submit(worker, ThroughputSpec { parts, formats: Vec::new(), ..spec.clone() }, None);
                } else {
                    self.keep_what_ran();
                    self.run.set(Run::Done);
                }
            }
            Event::Done(_)
            | Event::Studied(_)
            | Event::Fetched { .. }
            | Event::Report(_)
            | Event::SelfTestRow(_) => {}
        }
    }

    /// Leaves the figures of this run alone: those of an earlier one with more kernels are not what the address asks for.
    fn keep_what_ran(self) {
        self.ran.with_value(|ran| {
            let is_new = |m: &Measurement| ran.iter().any(|(id, unit)| *id == m.id && *unit == m.unit);
            self.found.update(|found| found.retain(is_new));
        });
    }

    /// Adds a job's sums to those of the job before it, if the run has two.
    fn finish(self, spec: &ThroughputSpec, summary: ThroughputSummary) {
        let before = self.finished.get_untracked().filter(|_| is_second(spec));
        let counted = |unit| !is_second(spec) || unit == Unit::RelaxedSimd;
        let count = summary.measurements.iter().filter(|m| counted(m.unit)).count();
        let hash = match &before {
            Some(before) => before.hash.clone(),
            None => model::hash(spec, &summary.measurements),
        };
        let mut disturbances = before.as_ref().map(|before| before.disturbances.clone()).unwrap_or_default();
        model::add_signs(&mut disturbances, summary.disturbances);
        self.finished.set(Some(Finished {
            disturbances,
            elapsed_ms: summary.elapsed_ms + before.as_ref().map_or(0.0, |before| before.elapsed_ms),
            clock_step_ms: summary.clock_step_ms,
            adapter: summary.adapter.or_else(|| before.as_ref().and_then(|before| before.adapter.clone())),
            hash,
            count: count + before.as_ref().map_or(0, |before| before.count),
        }));
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
