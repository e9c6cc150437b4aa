//! The features that a base gives for a task's pictures: computed once, kept for every head.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use engine::cpu::Path;
use engine::policy::Policy;
use experiments::networks::efficientnet_lite0::{Cut, Extractor, parts};
use experiments::transfer::{Extraction, Kept, Table};
use protocol::transfer::limits::BASE_SIDE;
use protocol::{BasePart, Event, Failure, FeaturesSpec, FeaturesSummary, JobId};

use super::base::{self, Source};
use super::pictures::task;
use crate::worker_host::clock::now_ms;
use crate::worker_host::jobs::{Cancel, Stop};
use crate::worker_host::pace::yield_now;
use crate::worker_host::post;

/// Pixels along a side that the base sees.
pub(super) const SIDE: usize = BASE_SIDE as usize;
/// Sets of features that are kept.
const KEPT: usize = 6;
/// Between reports of progress.
const REPORT_MS: f64 = 80.0;
/// Between looks at whether another task has finished the same features.
const WAIT_MS: u32 = 20;

/// What features depend on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::worker_host) struct Key {
    /// The data set.
    pub data: String,
    /// Where the base ends.
    pub cut: Cut,
    /// Its weights.
    pub source: Source,
}

/// Features of one task by one base.
#[derive(Debug)]
pub(in crate::worker_host) struct Features {
    tables: Vec<(Kept, Table)>,
    /// What the page is told.
    pub summary: FeaturesSummary,
}

thread_local! {
    /// Latest last.
    static DONE: RefCell<Vec<(Key, Rc<Features>)>> = const { RefCell::new(Vec::new()) };
    static UNDER_WAY: RefCell<HashSet<Key>> = RefCell::new(HashSet::new());
}

/// Whoever waits for features: a job, which is told how it goes and may stop, or a lab.
pub(in crate::worker_host) struct Watch<'a>(Option<(JobId, &'a Cancel)>);

impl<'a> Watch<'a> {
    /// A job.
    pub(in crate::worker_host) fn job(job: JobId, cancel: &'a Cancel) -> Self {
        Watch(Some((job, cancel)))
    }

    /// Nobody is told.
    pub(in crate::worker_host) fn nobody() -> Self {
        Watch(None)
    }

    pub(super) fn fetched(&self, bytes: u64, total: u64) {
        if let Some((job, _)) = self.0 {
            post::event(job, Event::Fetched { bytes, total });
        }
    }

    pub(super) fn computed(&self, done: usize, total: usize) {
        if let Some((job, _)) = self.0 {
            post::event(job, Event::Progress { done: done as u64, total: total as u64 });
        }
    }

    pub(super) fn check(&self) -> Result<(), Stop> {
        match self.0 {
            Some((_, cancel)) if cancel.is_requested() => Err(Stop::Cancelled),
            _ => Ok(()),
        }
    }
}

/// Takes a key off the list of those under way, also when its task ends early.
struct Mark(Key);

impl Drop for Mark {
    fn drop(&mut self) {
        UNDER_WAY.with_borrow_mut(|keys| keys.remove(&self.0));
    }
}

/// Where a base ends, by its id of the protocol.
pub(super) fn cut_by_id(id: &str) -> Result<Cut, Failure> {
    match id {
        "d10" => Ok(Cut::Depthwise10),
        "b14" => Ok(Cut::Block14),
        other => Err(Failure::new("choice_unknown").with("id", other)),
    }
}

impl Key {
    /// Of a description.
    pub(in crate::worker_host) fn of(spec: &FeaturesSpec) -> Result<Key, Failure> {
        let unknown = |id: &str| Failure::new("choice_unknown").with("id", id);
        let cut = cut_by_id(&spec.cut)?;
        let source = Source::by_id(&spec.weights).ok_or_else(|| unknown(&spec.weights))?;
        Ok(Key { data: spec.data.clone(), cut, source })
    }

    /// Maps before block 10's end would fill the memory; a random base is a control for one arm.
    fn kept(&self) -> &'static [Kept] {
        match (self.cut, self.source) {
            (Cut::Block14, Source::Pretrained(_)) => &[Kept::Means, Kept::Maps, Kept::Entry],
            _ => &[Kept::Means],
        }
    }
}

impl Features {
    /// One kind of them, if it is kept.
    pub(in crate::worker_host) fn table(&self, kept: Kept) -> Option<&Table> {
        self.tables.iter().find(|(known, _)| *known == kept).map(|(_, table)| table)
    }
}

fn known(key: &Key) -> Option<Rc<Features>> {
    DONE.with_borrow_mut(|done| {
        let at = done.iter().position(|(known, _)| known == key)?;
        let known = done.remove(at);
        done.push(known.clone());
        Some(known.1)
    })
}

/// Features, from before or computed now.
pub(in crate::worker_host) async fn obtain(key: &Key, mut watch: Watch<'_>) -> Result<Rc<Features>, Stop> {
    while UNDER_WAY.with_borrow(|keys| keys.contains(key)) {
        gloo_timers::future::TimeoutFuture::new(WAIT_MS).await;
        watch.check()?;
    }
    if let Some(features) = known(key) {
        return Ok(features);
    }
    UNDER_WAY.with_borrow_mut(|keys| keys.insert(key.clone()));
    let _mark = Mark(key.clone());
    let task = task(&key.data).await?;
    let pictures = &task.pictures;
    let base = base::weights(key.source, key.cut, &mut watch).await?;
    yield_now().await;
    let extractor = Extractor::new(&base.weights, key.cut, 1, SIDE, &Policy::FP32, Path::Wide);
    let mut extractor = extractor.map_err(|error| Failure::new("base_damaged").with("reason", error))?;
    let mut extraction = Extraction::of(key.kept());
    let (mut working_ms, mut reported_ms) = (0.0, 0.0);
    loop {
        yield_now().await;
        watch.check()?;
        let begun = now_ms();
        if !extraction.step(&mut extractor, pictures) {
            break;
        }
        working_ms += now_ms() - begun;
        if begun - reported_ms > REPORT_MS {
            reported_ms = begun;
            watch.computed(extraction.done(), pictures.len());
        }
    }
    let across = SIDE.div_ceil(key.cut.reduction()) as u32;
    let summary = FeaturesSummary {
        classes: task.classes.clone(),
        pictures: pictures.len() as u32,
        counts: task.counts(),
        side: SIDE as u32,
        map: [across, across, key.cut.channels() as u32],
        param_count: base::count(&base.weights),
        weight_bytes: base.bytes,
        flop_per_picture: extractor.plan().flop_count,
        parts: base_parts(key.cut),
        ms_per_picture: working_ms / pictures.len().max(1) as f64,
    };
    let features = Rc::new(Features { tables: extraction.tables(), summary });
    DONE.with_borrow_mut(|done| {
        done.push((key.clone(), features.clone()));
        if done.len() > KEPT {
            done.remove(0);
        }
    });
    Ok(features)
}

/// The base part by part.
fn base_parts(cut: Cut) -> Vec<BasePart> {
    let parts = parts(cut, SIDE).into_iter().map(|part| BasePart {
        name: part.name,
        output: part.output.map(|size| size as u32),
        param_count: part.param_count,
        mac_count: part.mac_count,
    });
    parts.collect()
}
