//! Survey: one source through many formats, with the error of each, as a whole and tensor by tensor.
//!
//! A first pass over each tensor finds what a format has to know before; the second
//! converts. Both go slice by slice, so memory does not grow with the source.

use std::rc::Rc;

use protocol::{Event, JobId, Outcome, SurveySpec};
use tensor_files::Elements;
use web_sys::File;

use super::figures::Figures;
use super::ranges::{Needs, Ranges};
use super::source::Reader;
use super::{Cancel, Stop, breathe, post};
use crate::worker_host::clock::now_ms;

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
    let mut figures = Figures::new(&spec)?;
    let report_progress = |done, total| post::event(job, Event::Progress { done, total });
    let mut reader = Reader::open(spec.source.clone(), file, spec.sample, cancel, report_progress).await?;
    let source_elements = reader.elements();
    let first = figures.add_sizes(&reader.tensors);
    let total = source_elements + first;
    let mut work = Work { job, done: 0, total, last_progress: 0.0, last_report: now_ms() };

    for index in 0..reader.tensors.len() {
        let head = reader.tensors[index].clone();
        let needs = figures.needs(&head);
        let ranges = Rc::new(first_pass(&mut reader, index, needs, cancel, &mut work).await?);
        figures.begin(&head, &ranges);
        let mut place = reader.tensor(index)?;
        let mut slice = Elements::default();
        while reader.next(&mut place, &mut slice).await? {
            let start = place.position() - slice.len() as u64;
            figures.observe(&slice);
            for target in figures.targets() {
                target.push(&slice, start);
                work.maybe_breathe(cancel).await?;
            }
            work.advance(slice.len() as u64);
            if work.report_due() {
                post::event(job, Event::Report(figures.reports()));
            }
        }
        figures.end(&head);
    }
    let summary = figures.finish(&spec, source_elements, reader.inexact(), now_ms() - started);
    post::event(job, Event::Done(Outcome::Survey(summary)));
    Ok(())
}

/// First pass over one tensor; none where nothing is needed.
pub(super) async fn first_pass(
    reader: &mut Reader,
    index: usize,
    needs: Needs,
    cancel: &Cancel,
    work: &mut Work,
) -> Result<Ranges, Stop> {
    let mut ranges = Ranges::new(needs, reader.tensors[index].elements);
    if !needs.any() {
        return Ok(ranges);
    }
    let mut place = reader.tensor(index)?;
    let mut slice = Elements::default();
    while reader.next(&mut place, &mut slice).await? {
        ranges.observe(&slice, place.position() - slice.len() as u64);
        work.advance(slice.len() as u64);
        work.maybe_breathe(cancel).await?;
    }
    Ok(ranges)
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
