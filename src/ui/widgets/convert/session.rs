//! One conversion session: the source, what runs, and the last results.
//!
//! Results stay until new ones replace them; a failed run leaves them where they are.

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
    /// The last job ended badly.
    Failed(Failure),
    /// The last job was stopped.
    Cancelled,
}

/// Handles on the session's signals; cheap to copy.
#[derive(Clone, Copy)]
pub struct Session {
    /// The address's state.
    pub state: UrlState,
    worker: WorkerClient,
    /// What runs.
    pub run: RwSignal<Run>,
    /// The figures so far.
    pub reports: RwSignal<Vec<FormatReport>>,
    /// Of the last survey that ended.
    pub summary: RwSignal<Option<SurveySummary>>,
    /// The open file's tensors.
    pub catalog: RwSignal<Option<CatalogSummary>>,
    /// Tensors chosen; none means all.
    pub picked: RwSignal<Vec<u32>>,
    /// The last converted file.
    pub converted: RwSignal<Option<ConvertSummary>>,
    /// Its bytes.
    pub result: RwSignal<Option<Blob>, LocalStorage>,
    /// The open file.
    pub file: RwSignal<Option<File>, LocalStorage>,
    /// The job that writes a file, which a change of settings does not stop, and whether there was one: it is measured
    /// when the file is written.
    writing: StoredValue<(Option<JobId>, bool)>,
}

impl Session {
    /// A session that measures by itself whenever a small source or a setting changes.
    pub fn new(state: UrlState) -> Self {
        let session = Self {
            state,
            worker: use_worker(),
            run: RwSignal::new(Run::Idle),
            reports: RwSignal::new(Vec::new()),
            summary: RwSignal::new(None),
            catalog: RwSignal::new(None),
            picked: RwSignal::new(Vec::new()),
            converted: RwSignal::new(None),
            result: RwSignal::new_local(None),
            file: RwSignal::new_local(None),
            writing: StoredValue::new((None, false)),
        };
        let mut settled =
            leptos::leptos_dom::helpers::debounce(std::time::Duration::from_millis(250), move |()| {
                // The widget may be gone by then.
                match session.run.try_get_untracked() {
                    None => {}
                    Some(Run::Running { job, .. }) if session.writing.get_value().0 == Some(job) => {
                        session.writing.set_value((Some(job), true));
                    }
                    Some(_) => session.survey(),
                }
            });
        // The format looked at, the order and the container change what is shown, not what is measured.
        let measured = move || {
            let shown_only = [params::SELECTED.key, params::SORT.key, params::CONTAINER.key];
            let values = state.values().into_iter().filter(|(key, _)| !shown_only.contains(key));
            (values.collect::<Vec<_>>(), session.picked.get(), session.catalog.with(Option::is_some))
        };
        Effect::watch(measured, move |_, _, _| settled(()), false);
        // How text is laid out decides what a text file holds: the open file is read anew.
        Effect::watch(
            move || table::TABLE_PARAMS.map(|param| state.get(param)),
            move |_, _, _| {
                if let Some(file) = session.file.get_untracked() {
                    session.open(file);
                }
            },
            false,
        );
        session.survey();
        on_cleanup(move || session.cancel());
        session
    }

    /// Stops what runs.
    pub fn cancel(self) {
        if let Run::Running { job, .. } = self.run.get_untracked() {
            self.worker.cancel(job);
        }
    }

    /// Opens a file: lists its tensors, then measures a sample.
    pub fn open(self, file: File) {
        self.cancel();
        self.state.set(&params::SOURCE, "file");
        self.catalog.set(None);
        self.picked.set(Vec::new());
        let source = self.file_source(&file);
        self.file.set(Some(file.clone()));
        self.submit(Request::Catalog(source), Some(file));
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
                        tensors: self.picked.get_untracked(),
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
        }
    }

    fn scale_to_range(self) -> bool {
        self.state.now(&params::TO_RANGE) == "1"
    }

    /// Measures every chosen format on the source.
    pub fn survey(self) {
        let source = match self.source() {
            Ok(Some(source)) => source,
            Ok(None) => return,
            Err(failure) => return self.run.set(Run::Failed(failure)),
        };
        self.cancel();
        let sample = match (&source, self.state.now(&params::SAMPLE).parse::<u32>()) {
            (Source::File { .. }, Ok(power)) if power > 0 => 1 << power.min(40),
            _ => 0,
        };
        let group = self.state.now(&params::FORMATS);
        let spec = SurveySpec {
            source,
            formats: model::format_ids(&group).into_iter().map(str::to_owned).collect(),
            rounding: self.rounding(),
            blocks: self.blocks(),
            scale_to_range: self.scale_to_range(),
            sample,
        };
        let file = self.file.get_untracked();
        self.submit(Request::Survey(spec), file);
    }

    /// Writes the whole source in the selected format.
    pub fn convert(self) {
        let source = match self.source() {
            Ok(Some(source)) => source,
            Ok(None) => return self.run.set(Run::Failed(Failure::new("file_missing"))),
            Err(failure) => return self.run.set(Run::Failed(failure)),
        };
        self.cancel();
        let spec = ConvertSpec {
            source,
            format: self.state.now(&params::SELECTED),
            rounding: self.rounding(),
            blocks: self.blocks(),
            scale_to_range: self.scale_to_range(),
            container: self.state.now(&params::CONTAINER),
        };
        let file = self.file.get_untracked();
        let job = self.submit(Request::Convert(spec), file);
        self.writing.set_value((Some(job), false));
    }

    fn submit(self, request: Request, file: Option<File>) -> JobId {
        // The job's number is not known to its first events, but they come after this function.
        let current = StoredValue::new(0);
        let job = self.worker.submit(request, file, move |event, blob| {
            let job = current.get_value();
            let ours = matches!(self.run.try_get_untracked(), Some(Run::Running { job: running, .. }) if running == job);
            if ours {
                self.receive(job, event, blob);
            }
        });
        current.set_value(job);
        self.run.set(Run::Running { job, done: 0, total: 0 });
        job
    }

    /// Measures what changed while a file was written. After a failure its message stays instead.
    fn catch_up(self) {
        if self.writing.get_value().1 {
            self.writing.set_value((None, false));
            self.survey();
        }
    }

    fn receive(self, job: JobId, event: Event, blob: Option<Blob>) {
        match event {
            Event::Progress { done, total } => self.run.set(Run::Running { job, done, total }),
            Event::Report(reports) => self.reports.set(reports),
            Event::Failed(failure) => {
                self.writing.set_value((None, false));
                self.run.set(Run::Failed(failure));
            }
            Event::Cancelled => {
                self.run.set(Run::Cancelled);
                self.catch_up();
            }
            Event::Done(outcome) => {
                self.run.set(Run::Idle);
                match outcome {
                    Outcome::Catalog(catalog) => self.catalog.set(Some(catalog)),
                    Outcome::Survey(summary) => {
                        self.reports.set(summary.reports.clone());
                        self.summary.set(Some(summary));
                    }
                    Outcome::Converted(summary) => {
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
}
