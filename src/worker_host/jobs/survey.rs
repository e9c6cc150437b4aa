//! Survey: one source through many formats, with the error of each.
//!
//! A first pass over each tensor finds its range where a format needs it; the second
//! converts. Both go slice by slice, so memory does not grow with the source.

use numerics::blocks::TensorStats;
use protocol::{Event, FormatReport, JobId, Outcome, SourceStats, SurveySpec, SurveySummary};
use sha2::{Digest as _, Sha256};
use tensor_files::Elements;
use web_sys::File;

use super::chunks::Chunker;
use super::source::Reader;
use super::target::{Target, common_chunk};
use super::{Cancel, Stop, breathe, post};
use crate::worker_host::clock::now_ms;
use crate::worker_host::hex::hex;

/// More formats than this in one survey are refused.
const MAX_FORMATS: usize = 128;
/// Reports are posted at most this often.
const REPORT_EVERY_MS: f64 = 250.0;
/// And progress this often.
const PROGRESS_EVERY_MS: f64 = 60.0;

/// Runs the survey; the outcome carries the final figures.
pub(super) async fn run(
    job: JobId,
    spec: SurveySpec,
    file: Option<File>,
    cancel: &Cancel,
) -> Result<(), Stop> {
    let started = now_ms();
    let mut targets = spec
        .formats
        .iter()
        .take(MAX_FORMATS)
        .map(|id| Target::new(id, &spec.rounding, &spec.blocks, spec.scale_to_range))
        .collect::<Result<Vec<_>, _>>()?;
    let report_progress = |done, total| post::event(job, Event::Progress { done, total });
    let mut reader = Reader::open(spec.source.clone(), file, spec.sample, cancel, report_progress).await?;
    let total = reader.elements();
    let two_passes = targets.iter().any(Target::needs_stats);
    let mut work = Work {
        job,
        done: 0,
        total: total * if two_passes { 2 } else { 1 },
        last_progress: 0.0,
        last_report: now_ms(),
    };
    let mut summary = Summary::default();

    for index in 0..reader.tensors.len() {
        let stats = if two_passes {
            tensor_stats(&mut reader, index, cancel, &mut work).await?
        } else {
            TensorStats::new()
        };
        let head = reader.tensors[index].clone();
        let chunk_len = common_chunk(targets.iter_mut().map(|target| target.begin(&head, &stats)))?;
        let mut place = reader.tensor(index)?;
        let mut chunker = Chunker::default();
        while let Some(chunk) = chunker.next(&mut reader, &mut place, chunk_len).await? {
            summary.add(&chunk);
            for target in &mut targets {
                target.convert(&chunk);
                work.maybe_breathe(cancel).await?;
            }
            work.advance(chunk.len() as u64);
            if work.report_due() {
                post::event(job, Event::Report(reports(&targets, total)));
            }
        }
    }
    let reports = reports(&targets, total);
    let hash = hash(&spec, &reports);
    post::event(
        job,
        Event::Done(Outcome::Survey(SurveySummary {
            elements: summary.count,
            source_elements: total,
            source_stats: summary.finish(),
            elapsed_ms: now_ms() - started,
            reports,
            hash,
            inexact: reader.inexact(),
        })),
    );
    Ok(())
}

fn reports(targets: &[Target], total: u64) -> Vec<FormatReport> {
    targets.iter().map(|target| target.report(total)).collect()
}

/// First pass: the range of one tensor's values.
pub(super) async fn tensor_stats(
    reader: &mut Reader,
    index: usize,
    cancel: &Cancel,
    work: &mut Work,
) -> Result<TensorStats, Stop> {
    let mut stats = TensorStats::new();
    let mut place = reader.tensor(index)?;
    let mut slice = Elements::default();
    let mut narrow = Vec::new();
    while reader.next(&mut place, &mut slice).await? {
        match &slice {
            Elements::F32(values) => stats.observe(values),
            Elements::F64(values) => {
                narrow.clear();
                narrow.extend(values.iter().map(|value| *value as f32));
                stats.observe(&narrow);
            }
        }
        work.advance(slice.len() as u64);
        work.maybe_breathe(cancel).await?;
    }
    Ok(stats)
}

/// How far a job is, and when it last said so.
pub(super) struct Work {
    pub(super) job: JobId,
    pub(super) done: u64,
    pub(super) total: u64,
    pub(super) last_progress: f64,
    pub(super) last_report: f64,
}

impl Work {
    pub(super) fn advance(&mut self, elements: u64) {
        self.done += elements;
    }

    fn report_due(&mut self) -> bool {
        let now = now_ms();
        let due = now - self.last_report > REPORT_EVERY_MS;
        if due {
            self.last_report = now;
        }
        due
    }

    /// Says how far it is and listens for a cancellation, when some time has gone by.
    pub(super) async fn maybe_breathe(&mut self, cancel: &Cancel) -> Result<(), Stop> {
        let now = now_ms();
        if now - self.last_progress < PROGRESS_EVERY_MS {
            return Ok(());
        }
        post::event(self.job, Event::Progress { done: self.done, total: self.total });
        breathe(cancel).await?;
        self.last_progress = now_ms();
        Ok(())
    }
}

/// The source's own figures, in index order.
#[derive(Default)]
struct Summary {
    count: u64,
    finite: u64,
    min: f64,
    max: f64,
    sum: f64,
    sum_squared: f64,
}

impl Summary {
    fn add(&mut self, chunk: &Elements) {
        match chunk {
            Elements::F32(values) => values.iter().for_each(|value| self.one(f64::from(*value))),
            Elements::F64(values) => values.iter().for_each(|value| self.one(*value)),
        }
    }

    fn one(&mut self, value: f64) {
        self.count += 1;
        if !value.is_finite() {
            return;
        }
        if self.finite == 0 {
            (self.min, self.max) = (value, value);
        }
        self.finite += 1;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.sum += value;
        self.sum_squared += value * value;
    }

    fn finish(&self) -> SourceStats {
        let n = self.finite.max(1) as f64;
        let mean = self.sum / n;
        SourceStats {
            min: self.min,
            max: self.max,
            mean,
            std: (self.sum_squared / n - mean * mean).max(0.0).sqrt(),
            non_finite: self.count - self.finite,
        }
    }
}

/// The same configuration on the same numbers gives the same hash on every machine: timings are left out.
fn hash(spec: &SurveySpec, reports: &[FormatReport]) -> String {
    let timeless: Vec<FormatReport> =
        reports.iter().map(|report| FormatReport { melem_per_s: 0.0, ..report.clone() }).collect();
    let mut hasher = Sha256::new();
    hasher.update(protocol::encode(spec).unwrap_or_default());
    hasher.update(protocol::encode(&timeless).unwrap_or_default());
    hex(&hasher.finalize())
}
