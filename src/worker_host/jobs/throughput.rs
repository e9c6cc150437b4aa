//! Measuring this device: cases take turns, each in slices of some tens of milliseconds.
//!
//! A case that cannot be measured is reported with its reason and costs the others nothing. The graphics processor's part comes
//! last and is in `graphics`.

use experiments::throughput::{
    self as kernels, Arithmetic, Case, Figures, Plan, Rounds, Settings, Sign, Spread, Unit, Work, cases,
    clock_step_ms,
};
use protocol::{
    Disturbance, Event, Failure, JobId, Measurement, NotMeasured, Outcome, Part, Rate, StoredError,
    ThroughputSpec, ThroughputSummary,
};

use super::{Cancel, Stop, breathe, graphics, post};
use crate::worker_host::clock::now_ms;

/// Runs of a kernel, and their length in milliseconds, stay within these, whatever is asked for.
const MAX_RUNS: u32 = 1000;
const RUN_MS: (f64, f64) = (1.0, 5000.0);
/// More formats than this are refused.
const MAX_FORMATS: usize = 128;

/// Measures what is asked for; the outcome carries every figure.
pub(super) async fn run(job: JobId, spec: ThroughputSpec, cancel: &Cancel) -> Result<(), Stop> {
    if let Some(unknown) = unknown_format(&spec.formats) {
        return Err(Failure::new("format_unknown").with("format", unknown).into());
    }
    let started = now_ms();
    let clock_step_ms = clock_step_ms(&mut now_ms);
    let settings = Settings {
        runs: spec.runs.clamp(1, MAX_RUNS),
        run_ms: if spec.run_ms.is_finite() { spec.run_ms.clamp(RUN_MS.0, RUN_MS.1) } else { RUN_MS.0 },
        clock_step_ms,
    };
    let plan = Plan {
        parts: spec.parts.iter().filter_map(|part| own_part(*part)).collect(),
        formats: spec.formats,
        matvec_side: spec.matvec_side as usize,
        seed: u64::from(spec.seed),
    };
    let mut report = Report {
        job,
        summary: ThroughputSummary {
            measurements: Vec::new(),
            missing: Vec::new(),
            clock_step_ms,
            elapsed_ms: 0.0,
            adapter: None,
            disturbances: Vec::new(),
        },
        total: 0,
    };
    let graphics = if spec.parts.contains(&Part::Graphics) { Some(graphics::device().await) } else { None };
    let probes = match &graphics {
        Some(Ok(device)) => graphics::cases(device, plan.side()),
        _ => Vec::new(),
    };
    let probe_turns = graphics::turns(probes.len(), settings);
    let mut rounds = Rounds::new(cases(&plan), settings);
    report.total = rounds.progress().1 + probe_turns;
    let mut rates = Vec::new();
    loop {
        report.progress(rounds.progress().0);
        breathe(cancel).await?;
        match rounds.advance(&mut now_ms) {
            kernels::Outcome::More => {}
            kernels::Outcome::Measured(case, figures) => {
                report.measured(measurement(&case, &figures));
                rates.push((case.id, figures.rate()));
            }
            kernels::Outcome::NotMeasured(case, failure) => {
                let failure = failure_of(failure);
                report.missing(NotMeasured { id: case.id, part: part_of(case.part), failure });
            }
            kernels::Outcome::Done => break,
        }
    }
    let rates: Vec<(&str, Spread)> = rates.iter().map(|(id, rate)| (id.as_str(), *rate)).collect();
    report.summary.disturbances =
        kernels::signs(rounds.stolen_share(), &rates).into_iter().map(disturbance).collect();
    match graphics {
        Some(Ok(device)) => {
            report.summary.adapter = Some(device.name().to_owned());
            graphics::measure(&device, &probes, settings, plan.seed, cancel, &mut report).await?;
        }
        Some(Err(failure)) => {
            report.missing(NotMeasured { id: "gpu".to_owned(), part: Part::Graphics, failure });
        }
        None => {}
    }
    report.progress(report.total);
    report.summary.elapsed_ms = now_ms() - started;
    post::event(job, Event::Done(Outcome::Throughput(report.summary)));
    Ok(())
}

/// What is told of a measurement while it goes on, and at its end.
pub(super) struct Report {
    job: JobId,
    summary: ThroughputSummary,
    /// Turns altogether.
    total: u64,
}

impl Report {
    /// So many turns were had.
    pub(super) fn progress(&self, done: u64) {
        post::event(self.job, Event::Progress { done, total: self.total });
    }

    /// The same, of the last turns: those that the graphics processor has left.
    pub(super) fn left(&self, turns: u64) {
        self.progress(self.total.saturating_sub(turns));
    }

    pub(super) fn measured(&mut self, measurement: Measurement) {
        post::event(self.job, Event::Measured(measurement.clone()));
        self.summary.measurements.push(measurement);
    }

    pub(super) fn missing(&mut self, what: NotMeasured) {
        post::event(self.job, Event::NotMeasured(what.clone()));
        self.summary.missing.push(what);
    }
}

/// The first format that no kernel knows.
fn unknown_format(formats: &[String]) -> Option<String> {
    let known = |id: &str| numerics::by_id(id).is_some() || numerics::blocks::block_by_id(id).is_some();
    if formats.len() > MAX_FORMATS {
        return formats.get(MAX_FORMATS).cloned();
    }
    formats.iter().find(|id| !known(id)).cloned()
}

fn measurement(case: &Case, figures: &Figures) -> Measurement {
    let cost = figures.cost;
    Measurement {
        id: case.id.clone(),
        part: part_of(case.part),
        format: case.format.clone(),
        unit: match case.unit {
            Unit::Scalar => protocol::Unit::Scalar,
            Unit::Simd128 => protocol::Unit::Simd128,
            Unit::RelaxedSimd => protocol::Unit::RelaxedSimd,
        },
        arithmetic: match case.arithmetic {
            Arithmetic::Native => protocol::Arithmetic::Native,
            Arithmetic::Decoded => protocol::Arithmetic::Decoded,
            Arithmetic::Emulated => protocol::Arithmetic::Emulated,
        },
        work: match case.work {
            Work::Flop => protocol::Work::Flop,
            Work::Op => protocol::Work::Op,
            Work::Byte => protocol::Work::Byte,
            Work::Element => protocol::Work::Element,
        },
        size: case.size as u32,
        work_per_call: cost.work_per_call,
        bytes_per_call: cost.bytes_per_call,
        rate: rate_of(figures.rate()),
        stored_bytes: cost.stored_bytes,
        error: cost
            .error
            .map(|error| StoredError { relative_rmse: error.relative_rmse, sqnr_db: error.sqnr_db }),
        result_error: figures.result_error,
    }
}

/// A spread for the page.
pub(super) fn rate_of(spread: Spread) -> Rate {
    let Spread { best, median, lower, upper, runs, calls } = spread;
    Rate { best, median, lower, upper, runs, calls }
}

fn disturbance(sign: Sign) -> Disturbance {
    match sign {
        Sign::Stolen(share) => Disturbance::Stolen { share },
        Sign::Unsteady(share) => Disturbance::Unsteady { share },
        Sign::Reversed(wide, narrow) => Disturbance::Reversed { wide, narrow },
    }
}

fn own_part(part: Part) -> Option<kernels::Part> {
    Some(match part {
        Part::Peaks => kernels::Part::Peaks,
        Part::Memory => kernels::Part::Memory,
        Part::MatMul => kernels::Part::MatMul,
        Part::MatVec => kernels::Part::MatVec,
        Part::Conversions => kernels::Part::Conversions,
        Part::Emulated => kernels::Part::Emulated,
        Part::Graphics => return None,
    })
}

fn part_of(part: kernels::Part) -> Part {
    match part {
        kernels::Part::Peaks => Part::Peaks,
        kernels::Part::Memory => Part::Memory,
        kernels::Part::MatMul => Part::MatMul,
        kernels::Part::MatVec => Part::MatVec,
        kernels::Part::Conversions => Part::Conversions,
        kernels::Part::Emulated => Part::Emulated,
    }
}

fn failure_of(failure: kernels::Failure) -> Failure {
    match failure {
        kernels::Failure::OutOfMemory { bytes } => Failure::new("out_of_memory").with("bytes", bytes),
        kernels::Failure::WrongResult { error } => Failure::new("wrong_result").with("error", error),
        kernels::Failure::NoRelaxedSimd => Failure::new("no_relaxed_simd"),
        kernels::Failure::ClockStopped => Failure::new("clock_stopped"),
    }
}
