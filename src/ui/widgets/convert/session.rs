//! One conversion session: the source, what runs, and the last results.
//!
//! Results stay until new ones replace them; a failed run leaves them where they are, and the page says that they are of other settings.
//! Only a source without a file has no results at all: nothing of another source stands there.

use std::cell::Cell;
use std::rc::Rc;

use leptos::prelude::*;
use protocol::{
    BlockChoice, CatalogSummary, ConvertSpec, ConvertSummary, Distribution, DistributionShape, Event,
    Failure, FileSource, FormatReport, JobId, Outcome, Request, RoundingChoice, Source, SurveySpec,
    SurveySummary,
};
use web_sys::{Blob, File};

use super::{model, params, table};
use crate::ui::url_state::UrlState;
use crate::ui::worker_client::{WorkerClient, use_worker};

/// What the worker is doing for this widget.
#[derive(Debug, Clone, PartialEq)]
pub enum Run {
    /// Nothing.
    Idle,
    /// A job; done and total in the job's own unit.
    Running { job: JobId, done: u64, total: u64 },
    /// The last job ended badly. What was written has its own place for that.
    Failed {
        /// The file that could not be opened, if that was it.
        file: Option<String>,
        /// Why.
        failure: Failure,
    },
    /// The last job was stopped.
    Cancelled,
}

/// Everything that decides what is measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    values: Vec<(&'static str, String)>,
    /// A selected format that is in no group: it is measured too.
    extra: Option<String>,
    /// Counts the files opened.
    opened: u32,
}

/// What a job is for.
#[derive(Debug, Clone)]
enum Purpose {
    /// To open this file.
    Open(File),
    /// To measure this.
    Measure(Wanted),
    /// To write a file.
    Write,
}

/// Handles on the session's signals; cheap to copy.
#[derive(Clone, Copy)]
pub struct Session {
    /// The address's state.
    pub state: UrlState,
    worker: WorkerClient,
    /// What runs.
    pub run: RwSignal<Run>,
    purpose: StoredValue<Option<Purpose>, LocalStorage>,
    /// The figures so far.
    pub reports: RwSignal<Vec<FormatReport>>,
    /// Of the last survey that ended.
    pub summary: RwSignal<Option<SurveySummary>>,
    /// What decides what is to be measured.
    wanted: Memo<Wanted>,
    /// What the figures are of; nothing while they are incomplete.
    measured: RwSignal<Option<Wanted>>,
    /// The open file's tensors.
    pub catalog: RwSignal<Option<CatalogSummary>>,
    opened: RwSignal<u32>,
    /// The last converted file.
    pub converted: RwSignal<Option<ConvertSummary>>,
    /// Why the last file could not be written.
    pub unwritten: RwSignal<Option<Failure>>,
    /// Its bytes.
    pub result: RwSignal<Option<Blob>, LocalStorage>,
    /// The open file.
    pub file: RwSignal<Option<File>, LocalStorage>,
    /// The file chosen last, open or refused: other settings may read it.
    pub asked: RwSignal<Option<File>, LocalStorage>,
    /// The settings with which it was read last.
    read_with: StoredValue<Option<[String; table::TABLE_PARAMS.len()]>>,
}

/// Parameters that change what is shown, not what is measured.
const SHOWN_ONLY: [&str; 7] = [
    params::SELECTED.key,
    params::SORT.key,
    params::CONTAINER.key,
    params::ROWS.key,
    params::GOAL.key,
    params::FLOOR.key,
    params::BUDGET.key,
];

/// Parameters that do not change what is written.
const NOT_WRITTEN: [&str; 7] = [
    params::FORMATS.key,
    params::SORT.key,
    params::SAMPLE.key,
    params::ROWS.key,
    params::GOAL.key,
    params::FLOOR.key,
    params::BUDGET.key,
];

impl Session {
    /// A session that measures by itself whenever a small source or a setting changes.
    pub fn new(state: UrlState) -> Self {
        let opened = RwSignal::new(0);
        let values_but = move |left_out: &[&str]| -> Vec<(&'static str, String)> {
            state.values().into_iter().filter(|(key, _)| !left_out.contains(key)).collect()
        };
        let wanted = Memo::new(move |_| Wanted {
            values: values_but(&SHOWN_ONLY),
            extra: model::extra(&state.get(&params::FORMATS), &state.get(&params::SELECTED)),
            opened: opened.get(),
        });
        let session = Self {
            state,
            worker: use_worker(),
            run: RwSignal::new(Run::Idle),
            purpose: StoredValue::new_local(None),
            reports: RwSignal::new(Vec::new()),
            summary: RwSignal::new(None),
            wanted,
            measured: RwSignal::new(None),
            catalog: RwSignal::new(None),
            opened,
            converted: RwSignal::new(None),
            unwritten: RwSignal::new(None),
            result: RwSignal::new_local(None),
            file: RwSignal::new_local(None),
            asked: RwSignal::new_local(None),
            read_with: StoredValue::new(None),
        };
        let mut settled =
            leptos::leptos_dom::helpers::debounce(std::time::Duration::from_millis(250), move |()| {
                // The widget may be gone by then.
                if session.run.try_get_untracked().is_some() {
                    session.refresh();
                }
            });
        Effect::watch(
            move || wanted.get(),
            move |_, _, _| {
                if session.lacks_file() {
                    session.forget();
                }
                settled(());
            },
            false,
        );
        // What was written is of the settings it was written with.
        Effect::watch(
            move || (values_but(&NOT_WRITTEN), opened.get()),
            move |_, _, _| {
                session.converted.set(None);
                session.result.set(None);
                session.unwritten.set(None);
            },
            false,
        );
        // How text is laid out decides what a text file holds: the open file is read anew.
        Effect::watch(
            move || (state.get(&params::SOURCE), table::TABLE_PARAMS.map(|param| state.get(param))),
            move |(source, layout), before, _| {
                if source != "file" {
                    return;
                }
                let is_other = session.read_with.with_value(|read| read.as_ref() != Some(layout));
                // Back at a file that was refused: why, it says again.
                let is_back = before.is_some_and(|(before, _)| before != "file")
                    && session.lacks_file()
                    && session.purpose.with_value(|purpose| !matches!(purpose, Some(Purpose::Open(_))));
                if let Some(file) = session.asked.get_untracked().filter(|_| is_other || is_back) {
                    session.read(file);
                }
            },
            false,
        );
        session.survey();
        on_cleanup(move || session.make_room());
        session
    }

    /// Stops what runs.
    pub fn cancel(self) {
        if let Run::Running { job, .. } = self.run.get_untracked() {
            self.worker.cancel(job);
        }
    }

    /// Stops what runs to make room for something else: nothing follows from it.
    fn make_room(self) {
        if let Run::Running { job, .. } = self.run.get_untracked() {
            self.run.set(Run::Idle);
            self.worker.cancel(job);
        }
    }

    /// The source is a file, and none is open; tracked.
    pub fn is_without_file(self) -> bool {
        self.state.get(&params::SOURCE) == "file" && self.catalog.with(Option::is_none)
    }

    fn lacks_file(self) -> bool {
        self.state.now(&params::SOURCE) == "file" && self.catalog.with_untracked(Option::is_none)
    }

    /// The figures are of other settings than those that stand there, or incomplete; tracked.
    pub fn is_stale(self) -> bool {
        self.reports.with(|reports| !reports.is_empty())
            && self.measured.with(|measured| self.wanted.with(|wanted| measured.as_ref() != Some(wanted)))
    }

    /// Drops what another source left.
    fn forget(self) {
        self.reports.set(Vec::new());
        self.summary.set(None);
        self.measured.set(None);
    }

    /// Measures what is wanted now, unless a file is being opened or written: then it is measured after that.
    fn refresh(self) {
        let is_busy = matches!(self.run.get_untracked(), Run::Running { .. })
            && self.purpose.with_value(|purpose| matches!(purpose, Some(Purpose::Open(_) | Purpose::Write)));
        if !is_busy {
            self.survey();
        }
    }

    /// Opens a file: lists its tensors, then measures a sample. What was open stays until that has succeeded.
    pub fn open(self, file: File) {
        self.state.set(&params::SOURCE, "file");
        self.asked.set(Some(file.clone()));
        self.read(file);
    }

    fn read(self, file: File) {
        self.make_room();
        self.read_with.set_value(Some(table::TABLE_PARAMS.map(|param| self.state.now(param))));
        let source = self.file_source(&file);
        self.submit(Purpose::Open(file.clone()), Request::Catalog(source), Some(file));
    }

    fn file_source(self, file: &File) -> FileSource {
        FileSource { name: file.name(), table: table::choice(self.state) }
    }

    /// The chosen source; none when there is no file yet.
    pub fn source(self) -> Result<Option<Source>, Failure> {
        match self.state.now(&params::SOURCE).as_str() {
            "paste" => model::read_numbers(&self.state.now(&params::TEXT))
                .map(|numbers| Some(Source::Numbers(numbers))),
            "file" => {
                Ok(self.file.get_untracked().filter(|_| self.catalog.with_untracked(Option::is_some)).map(
                    |file| Source::File {
                        file: self.file_source(&file),
                        tensors: model::positions(&self.state.now(&params::TENSORS)),
                    },
                ))
            }
            _ => {
                let shape = match self.state.now(&params::SHAPE).as_str() {
                    "laplace" => DistributionShape::Laplace,
                    "outliers" => DistributionShape::Outliers,
                    "uniform" => DistributionShape::Uniform,
                    _ => DistributionShape::Normal,
                };
                let scale = model::read_scale(&self.state.now(&params::SCALE))?;
                let count = 1 << self.state.now(&params::COUNT).parse::<u32>().unwrap_or(16).min(22);
                let seed = self.state.now(&params::SEED).parse().unwrap_or(1);
                Ok(Some(Source::Distribution(Distribution { shape, count, scale, seed })))
            }
        }
    }

    fn rounding(self) -> RoundingChoice {
        RoundingChoice {
            mode: self.state.now(&params::MODE),
            saturate: self.state.now(&params::SATURATE) == "1",
            seed: self.state.now(&params::SEED).parse().unwrap_or(1),
        }
    }

    fn blocks(self) -> BlockChoice {
        BlockChoice {
            scale_rule: self.state.now(&params::SCALE_RULE),
            grouping: self.state.now(&params::GROUPING),
            group_len: self.state.now(&params::GROUP_LEN).parse().unwrap_or(128),
            end_with_rows: self.state.now(&params::END_WITH_ROWS) == "1",
        }
    }

    fn scale_to_range(self) -> bool {
        self.state.now(&params::TO_RANGE) == "1"
    }

    /// Measures every chosen format on the source.
    pub fn survey(self) {
        // Whatever ran is of no use, also where nothing can be measured now.
        self.make_room();
        let source = match self.source() {
            Ok(Some(source)) => source,
            Ok(None) => {
                self.forget();
                // Why the file could not be opened stays there until another one is chosen.
                let has_refused =
                    self.run.with_untracked(|run| matches!(run, Run::Failed { file: Some(_), .. }));
                if !has_refused {
                    self.run.set(Run::Idle);
                }
                return;
            }
            Err(failure) => {
                // A text that cannot be read yet leaves the last figures, said to be stale; where there is none they are of nothing.
                if self.state.now(&params::TEXT).trim().is_empty() {
                    self.forget();
                }
                return self.run.set(Run::Failed { file: None, failure });
            }
        };
        let sample = match (&source, self.state.now(&params::SAMPLE).parse::<u32>()) {
            (Source::File { .. }, Ok(power)) if power > 0 => 1 << power.min(40),
            _ => 0,
        };
        let wanted = self.wanted.get_untracked();
        let group = self.state.now(&params::FORMATS);
        let ids = model::format_ids(&group).into_iter().map(str::to_owned);
        let spec = SurveySpec {
            source,
            formats: ids.chain(wanted.extra.clone()).collect(),
            rounding: self.rounding(),
            blocks: self.blocks(),
            scale_to_range: self.scale_to_range(),
            sample,
        };
        let file = self.file.get_untracked();
        self.submit(Purpose::Measure(wanted), Request::Survey(spec), file);
    }

    /// Writes the whole source in the selected format.
    pub fn convert(self) {
        let source = match self.source() {
            Ok(Some(source)) => source,
            Ok(None) => return self.unwritten.set(Some(Failure::new("file_missing"))),
            Err(failure) => return self.unwritten.set(Some(failure)),
        };
        self.make_room();
        self.unwritten.set(None);
        let spec = ConvertSpec {
            source,
            format: self.state.now(&params::SELECTED),
            rounding: self.rounding(),
            blocks: self.blocks(),
            scale_to_range: self.scale_to_range(),
            container: self.state.now(&params::CONTAINER),
        };
        let file = self.file.get_untracked();
        self.submit(Purpose::Write, Request::Convert(spec), file);
    }

    fn submit(self, purpose: Purpose, request: Request, file: Option<File>) {
        // The job's number is not known to its first events, but they come after this function. It belongs to the job and not to the view
        // that happened to start it: a view is gone before the job's last event.
        let current = Rc::new(Cell::new(0));
        let own = current.clone();
        let job = self.worker.submit(request, file, move |event, blob| {
            let job = own.get();
            let is_ours = matches!(self.run.try_get_untracked(), Some(Run::Running { job: running, .. }) if running == job);
            if is_ours {
                self.receive(job, event, blob);
            }
        });
        current.set(job);
        self.purpose.set_value(Some(purpose));
        self.run.set(Run::Running { job, done: 0, total: 0 });
    }

    /// Measures what was left unmeasured while a file was opened or written.
    fn catch_up(self) {
        if self.measured.get_untracked() != Some(self.wanted.get_untracked()) {
            self.survey();
        }
    }

    fn receive(self, job: JobId, event: Event, blob: Option<Blob>) {
        match event {
            Event::Progress { done, total } => self.run.set(Run::Running { job, done, total }),
            Event::Report(reports) => {
                self.measured.set(None);
                self.reports.set(reports);
            }
            Event::Failed(failure) => self.fail(failure),
            Event::Cancelled => {
                let was_measuring =
                    self.purpose.with_value(|purpose| matches!(purpose, Some(Purpose::Measure(_))));
                self.run.set(Run::Cancelled);
                if !was_measuring {
                    self.catch_up();
                }
            }
            Event::Done(outcome) => {
                self.run.set(Run::Idle);
                let purpose = self.purpose.try_update_value(Option::take).flatten();
                match (outcome, purpose) {
                    (Outcome::Catalog(catalog), Some(Purpose::Open(file))) => {
                        // A link's choice is of the first file; read anew, it keeps its own.
                        let is_same = self.file.with_untracked(|open| {
                            open.as_ref().is_none_or(|open| open.name() == file.name())
                        });
                        let kept = if is_same { self.state.now(&params::TENSORS) } else { String::new() };
                        let mut kept = model::positions(&kept);
                        kept.retain(|&at| {
                            catalog.tensors.get(at as usize).is_some_and(|it| it.unreadable.is_none())
                        });
                        self.state.set(&params::TENSORS, &model::positions_text(&kept));
                        self.file.set(Some(file));
                        self.catalog.set(Some(catalog));
                        self.opened.update(|opened| *opened += 1);
                    }
                    (Outcome::Survey(summary), Some(Purpose::Measure(wanted))) => {
                        self.reports.set(summary.reports.clone());
                        self.summary.set(Some(summary));
                        self.measured.set(Some(wanted));
                    }
                    (Outcome::Converted(summary), _) => {
                        self.result.set(blob);
                        self.converted.set(Some(summary));
                        self.catch_up();
                    }
                    // Of other requests.
                    _ => {}
                }
            }
            Event::Studied(_)
            | Event::Fetched { .. }
            | Event::SelfTestRow(_)
            | Event::Measured(_)
            | Event::NotMeasured(_) => {}
        }
    }

    fn fail(self, failure: Failure) {
        match self.purpose.try_update_value(Option::take).flatten() {
            Some(Purpose::Write) => {
                self.unwritten.set(Some(failure));
                self.run.set(Run::Idle);
                self.catch_up();
            }
            Some(Purpose::Open(file)) => {
                // The open file itself, read anew: what it was taken for before is no figure of these settings. Another file leaves it open.
                if self.file.with_untracked(|open| open.as_ref() == Some(&file)) {
                    self.file.set(None);
                    self.catalog.set(None);
                    self.forget();
                }
                self.run.set(Run::Failed { file: Some(file.name()), failure });
            }
            _ => self.run.set(Run::Failed { file: None, failure }),
        }
    }
}
