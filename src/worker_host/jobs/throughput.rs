//! Measuring this device: cases one after the other, each in slices of some tens of milliseconds.
//!
//! A case that cannot be measured is reported with its reason and costs the others nothing. The graphics processor's part comes
//! last and is in `graphics`.

use experiments::throughput::{
    self as kernels, Advance, Arithmetic, Case, Figures, Plan, Runner, Settings, Unit, Work, cases,
    clock_step_ms,
};
use protocol::{
    Event, Failure, JobId, Measurement, NotMeasured, Outcome, Part, Rate, StoredError, ThroughputSpec,
    ThroughputSummary,
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
    let settings = Settings {
        runs: spec.runs.clamp(1, MAX_RUNS),
        run_ms: if spec.run_ms.is_finite() { spec.run_ms.clamp(RUN_MS.0, RUN_MS.1) } else { RUN_MS.0 },
    };
    let plan = Plan {
        parts: spec.parts.iter().filter_map(|part| own_part(*part)).collect(),
        formats: spec.formats,
        matvec_side: spec.matvec_side as usize,
        seed: u64::from(spec.seed),
    };
    let cases = cases(&plan);
    let mut summary = ThroughputSummary {
        measurements: Vec::new(),
        missing: Vec::new(),
        clock_step_ms: clock_step_ms(&mut now_ms),
        elapsed_ms: 0.0,
        adapter: None,
    };
    let graphics = if spec.parts.contains(&Part::Graphics) { Some(graphics::device().await) } else { None };
    let probes = match &graphics {
        Some(Ok(device)) => graphics::cases(device, plan.side()),
        _ => Vec::new(),
    };
    let total = (cases.len() + probes.len()) as u64;
    for (done, case) in (0..).zip(&cases) {
        post::event(job, Event::Progress { done, total });
        breathe(cancel).await?;
        match measure(case, settings, cancel).await? {
            Ok(figures) => {
                measured(job, &mut summary, measurement(case, &figures));
            }
            Err(failure) => {
                let failure = failure_of(failure);
                missing(
                    job,
                    &mut summary,
                    NotMeasured { id: case.id.clone(), part: part_of(case.part), failure },
                );
            }
        }
    }
    match graphics {
        Some(Ok(device)) => {
            summary.adapter = Some(device.name().to_owned());
            for (done, probe) in (cases.len() as u64..).zip(&probes) {
                post::event(job, Event::Progress { done, total });
                breathe(cancel).await?;
                match probe.measure(&device, settings, plan.seed, cancel).await? {
                    Ok(measurement) => measured(job, &mut summary, measurement),
                    Err(failure) => missing(job, &mut summary, probe.missing(failure)),
                }
            }
        }
        Some(Err(failure)) => {
            missing(job, &mut summary, NotMeasured { id: "gpu".to_owned(), part: Part::Graphics, failure });
        }
        None => {}
    }
    post::event(job, Event::Progress { done: total, total });
    summary.elapsed_ms = now_ms() - started;
    post::event(job, Event::Done(Outcome::Throughput(summary)));
    Ok(())
}

/// The first format that no kernel knows.
fn unknown_format(formats: &[String]) -> Option<String> {
    let known = |id: &str| numerics::by_id(id).is_some() || numerics::blocks::block_by_id(id).is_some();
    if formats.len() > MAX_FORMATS {
        return formats.get(MAX_FORMATS).cloned();
    }
    formats.iter().find(|id| !known(id)).cloned()
}

fn measured(job: JobId, summary: &mut ThroughputSummary, measurement: Measurement) {
    post::event(job, Event::Measured(measurement.clone()));
    summary.measurements.push(measurement);
}

fn missing(job: JobId, summary: &mut ThroughputSummary, what: NotMeasured) {
    post::event(job, Event::NotMeasured(what.clone()));
    summary.missing.push(what);
}

/// One case; between slices a cancellation is heard.
async fn measure(
    case: &Case,
    settings: Settings,
    cancel: &Cancel,
) -> Result<Result<Figures, kernels::Failure>, Stop> {
    let mut runner = Runner::new(case, settings);
    loop {
        match runner.advance(&mut now_ms) {
            Ok(Advance::More) => breathe(cancel).await?,
            Ok(Advance::Measured(figures)) => return Ok(Ok(figures)),
            Err(failure) => return Ok(Err(failure)),
        }
    }
}

fn measurement(case: &Case, figures: &Figures) -> Measurement {
    let (calls, cost) = (figures.calls_per_second, figures.cost);
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
        rate: Rate {
            median: calls.median * cost.work_per_call,
            lower: calls.lower * cost.work_per_call,
            upper: calls.upper * cost.work_per_call,
            runs: calls.runs,
            calls: calls.calls,
        },
        stored_bytes: cost.stored_bytes,
        error: cost
            .error
            .map(|error| StoredError { relative_rmse: error.relative_rmse, sqnr_db: error.sqnr_db }),
        result_error: figures.result_error,
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
