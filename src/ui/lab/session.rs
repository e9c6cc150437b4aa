//! One lab with its signals.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use leptos::prelude::*;
use protocol::{Failure, LabCommand, LabEvent, LabId, LabInfo, LabReport, LabSpec, RunsOn, Turn, View};
use web_sys::Blob;

use super::{Curves, trials};
use crate::ui::components::download;
use crate::ui::worker_client::{Build, Heard, WorkerClient, Workers, use_workers};

/// Between two states that the session keeps for the case that its worker dies, while it trains.
const KEEP_MS: f64 = 4000.0;
/// Workers that may die under one lab before it is given up.
const MAX_RECOVERIES: u32 = 3;

/// Something that the visitor should know of.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// A command failed; the lab stands.
    Failed(Failure),
    /// It runs elsewhere since a step.
    Moved(RunsOn, u64),
    /// Its worker died and it went on in another, from a step.
    Recovered {
        /// Why the worker died.
        reason: String,
        /// Where it went on.
        step: u64,
    },
    /// Its workers died too often.
    Lost(String),
}

/// What a file that comes is for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Purpose {
    Keep,
    Hand,
}

/// Handles on a lab's signals; cheap to copy.
#[derive(Clone, Copy)]
pub struct LabSession {
    workers: Workers,
    build: StoredValue<Build>,
    lab: StoredValue<Option<LabId>>,
    spec: StoredValue<Option<LabSpec>>,
    /// Numbers that it turns on the way.
    schedule: StoredValue<Vec<Turn>>,
    /// The last state kept, with its step.
    kept: StoredValue<Option<(Blob, u64)>, LocalStorage>,
    kept_ms: StoredValue<f64>,
    coming: StoredValue<VecDeque<Purpose>>,
    recoveries: StoredValue<u32>,
    /// Whoever opened it counts the steps asked for, from 0.
    is_fed: StoredValue<bool>,
    speed: StoredValue<f32>,
    /// The step at which it pauses by itself; 0 for none.
    until: StoredValue<u64>,
    /// It has said what it is since it was opened last.
    stands: StoredValue<bool>,
    /// It has reported since then, and with that sent its first views.
    has_reported: StoredValue<bool>,
    /// The last of run and pause that the lab was told.
    going: StoredValue<bool>,
    watched: StoredValue<Vec<String>>,
    /// The lab was opened and has not been told yet which views are wanted.
    is_watch_due: StoredValue<bool>,
    /// The visitor wants it to train.
    pub wants: RwSignal<bool>,
    /// The step that it is on its way to without being told to train: a link's.
    led_to: RwSignal<Option<u64>>,
    /// It is looked at; otherwise it pauses.
    pub seen: RwSignal<bool>,
    /// What it is; nothing until it stands.
    pub info: RwSignal<Option<LabInfo>>,
    /// The last report, without its metrics.
    pub report: RwSignal<LabReport>,
    /// Metrics by step.
    pub curves: RwSignal<Curves>,
    /// Views by name, latest.
    pub views: RwSignal<BTreeMap<String, Rc<View>>, LocalStorage>,
    /// What to tell.
    pub notice: RwSignal<Option<Notice>>,
}

impl LabSession {
    /// Without a lab yet.
    pub fn new() -> Self {
        let session = Self {
            workers: use_workers(),
            build: StoredValue::new(Build::Strict),
            lab: StoredValue::new(None),
            spec: StoredValue::new(None),
            schedule: StoredValue::new(Vec::new()),
            kept: StoredValue::new_local(None),
            kept_ms: StoredValue::new(0.0),
            coming: StoredValue::new(VecDeque::new()),
            recoveries: StoredValue::new(0),
            is_fed: StoredValue::new(false),
            speed: StoredValue::new(0.0),
            until: StoredValue::new(0),
            stands: StoredValue::new(false),
            has_reported: StoredValue::new(false),
            going: StoredValue::new(false),
            watched: StoredValue::new(Vec::new()),
            is_watch_due: StoredValue::new(false),
            wants: RwSignal::new(false),
            led_to: RwSignal::new(None),
            seen: RwSignal::new(true),
            info: RwSignal::new(None),
            report: RwSignal::new(LabReport::default()),
            curves: RwSignal::new(Curves::new(0)),
            views: RwSignal::new_local(BTreeMap::new()),
            notice: RwSignal::new(None),
        };
        Effect::watch(
            move || (session.wants.get(), session.seen.get()),
            move |&(wants, seen), _, _| {
                // A pause that is said again would end the steps asked for since.
                if session.going.get_value() != (wants && seen) {
                    session.go(wants && seen);
                }
            },
            false,
        );
        on_cleanup(move || session.close());
        session
    }

    /// Fed with steps, stride by stride: no state is kept, so that in another worker it begins at step 0 like its feeder's count.
    #[must_use]
    pub fn fed(self) -> Self {
        self.is_fed.set_value(true);
        self
    }

    /// Opens a lab at step 0 in place of the one before; it trains on if that one did.
    pub fn open(self, spec: LabSpec, build: Build) {
        self.open_with(spec, build, Vec::new());
    }

    /// Opens a lab that turns numbers on the way, until they are the experiment's.
    pub fn open_with(self, spec: LabSpec, build: Build, schedule: Vec<Turn>) {
        self.close();
        self.schedule.set_value(schedule);
        let build = if build.is_supported() { build } else { Build::Strict };
        self.build.set_value(build);
        self.spec.set_value(Some(spec));
        self.kept.set_value(None);
        self.recoveries.set_value(0);
        self.led_to.set(None);
        self.notice.set(None);
        self.curves.set(Curves::new(0));
        self.report.set(LabReport::default());
        self.start();
    }

    fn worker(self) -> Option<WorkerClient> {
        self.workers.of(self.build.get_value())
    }

    fn start(self) {
        let (Some(worker), Some(spec)) = (self.worker(), self.spec.get_value()) else { return };
        self.coming.set_value(VecDeque::new());
        self.stands.set_value(false);
        self.has_reported.set_value(false);
        self.going.set_value(false);
        // Not a signal: whoever opens a lab inside an effect keeps it when that effect runs again.
        let current = Rc::new(Cell::new(None::<LabId>));
        let own = current.clone();
        let id = worker.open_lab(spec, trials::remembered(), self.schedule.get_value(), move |heard| {
            let ours = self.lab.try_get_value().flatten();
            if ours.is_some() && ours == own.get() {
                self.hear(heard);
            }
        });
        current.set(Some(id));
        self.lab.set_value(Some(id));
        // What opens a lab of another kind also has other views wanted, in an effect that may come after the one that opens it.
        self.is_watch_due.set_value(true);
        set_timeout(
            move || {
                let is_due =
                    self.is_watch_due.try_get_value() == Some(true) && self.lab.get_value() == Some(id);
                if is_due && !self.watched.with_value(Vec::is_empty) {
                    self.watch(self.watched.get_value());
                }
            },
            std::time::Duration::ZERO,
        );
        if let Some((state, _)) = self.kept.get_value() {
            self.tell(LabCommand::Restore, Some(state));
        }
        if self.wants.get_untracked() && self.seen.get_untracked() {
            self.go(true);
        } else if let Some(step) = self.led_to.get_untracked() {
            let kept = self.kept.with_value(|kept| kept.as_ref().map_or(0, |(_, step)| *step));
            self.tell(
                LabCommand::Step { count: u32::try_from(step - kept.min(step)).unwrap_or(u32::MAX) },
                None,
            );
        }
    }

    /// Ends the lab; what it said last stays.
    pub fn close(self) {
        if let (Some(Some(lab)), Some(worker)) = (self.lab.try_get_value(), self.worker()) {
            worker.close_lab(lab);
            self.lab.set_value(None);
        }
    }

    fn tell(self, command: LabCommand, file: Option<Blob>) {
        if let (Some(lab), Some(worker)) = (self.lab.get_value(), self.worker()) {
            worker.tell_lab(lab, command, file);
        }
    }

    fn go(self, run: bool) {
        self.going.set_value(run);
        self.led_to.set(None);
        let (steps_per_s, until) = (self.speed.get_value(), self.until.get_value());
        self.tell(if run { LabCommand::Run { steps_per_s, until } } else { LabCommand::Pause }, None);
    }

    /// At most so many steps a second; 0 without limit.
    pub fn set_speed(self, steps_per_s: f32) {
        self.speed.set_value(steps_per_s);
        if self.wants.get_untracked() && self.seen.get_untracked() {
            self.go(true);
        }
    }

    /// From the next start on it pauses at a step; 0 for none.
    pub fn set_until(self, step: u64) {
        self.until.set_value(step);
    }

    /// Wants nothing and leads nowhere: the command that follows says what the lab does.
    fn forget_goal(self) {
        self.wants.set(false);
        self.going.set_value(false);
        self.led_to.set(None);
    }

    /// Takes some steps, then rests.
    pub fn step(self, count: u32) {
        self.forget_goal();
        self.tell(LabCommand::Step { count }, None);
    }

    /// Comes to a step from step 0, then rests.
    pub fn lead_to(self, step: u32) {
        self.step(step);
        self.led_to.set(Some(step.into()));
    }

    /// Rests, also where it was to take some steps.
    pub fn pause(self) {
        self.wants.set(false);
        self.go(false);
    }

    /// Whether it trains until it is paused, or is on its way to a link's step; tracked.
    pub fn is_on(self) -> bool {
        self.wants.get() || self.led_to.get().is_some()
    }

    /// Back to step 0 with the same first weights.
    pub fn reset(self) {
        self.forget_goal();
        self.kept.set_value(None);
        self.schedule.set_value(Vec::new());
        self.curves.update(|curves| *curves = Curves::new(self.metric_count()));
        self.tell(LabCommand::Reset, None);
    }

    /// Views wanted beside the usual ones.
    pub fn watch(self, views: Vec<String>) {
        self.watched.set_value(views.clone());
        self.is_watch_due.set_value(false);
        self.tell(LabCommand::Watch { views }, None);
    }

    /// Changes a number on which training depends, from the next step on. Whether it was another one.
    pub fn turn(self, name: &str, value: f32) -> bool {
        let before = self.spec.try_update_value(|spec| {
            let number = spec.as_mut()?.experiment.number(name)?;
            Some(std::mem::replace(number, value))
        });
        let is_other = before.flatten().is_some_and(|before| before.to_bits() != value.to_bits());
        if is_other {
            self.schedule.set_value(Vec::new());
            self.tell(LabCommand::Turn { name: name.to_owned(), value }, None);
        }
        is_other
    }

    /// Sets a number that views depend on.
    pub fn set(self, name: &str, values: Vec<f32>) {
        self.tell(LabCommand::Set { name: name.to_owned(), values }, None);
    }

    /// Hands the run to the visitor as a file.
    pub fn save(self) {
        self.coming.update_value(|coming| coming.push_back(Purpose::Hand));
        self.tell(LabCommand::Save, None);
    }

    /// Goes on from a file.
    pub fn restore(self, file: Blob) {
        self.forget_goal();
        self.tell(LabCommand::Restore, Some(file));
    }

    /// Hands the weights to the visitor as `.safetensors`.
    pub fn export(self) {
        self.coming.update_value(|coming| coming.push_back(Purpose::Hand));
        self.tell(LabCommand::Export, None);
    }

    /// Destroys the graphics device under the lab, to show that it goes on.
    pub fn lose_device(self) {
        self.tell(LabCommand::LoseDevice, None);
    }

    fn metric_count(self) -> usize {
        self.info.with_untracked(|info| info.as_ref().map_or(0, |info| info.metrics.len()))
    }

    /// What a host page is told of every run: its configuration once it can be seen, how far it is, its weights where it rests on one core.
    pub fn results(self) -> serde_json::Value {
        self.told(0)
    }

    /// The same of a lab that was asked to come to a step, and the step at which it is over.
    pub fn fed_results(self, asked: u64, end: u64) -> serde_json::Value {
        let mut results = self.told(asked);
        results["end"] = end.into();
        results
    }

    fn told(self, asked: u64) -> serde_json::Value {
        let info = self.info.get_untracked();
        let report = self.report.get_untracked();
        serde_json::json!({
            "config_hash": info.filter(|_| self.has_reported.get_value()).map(|info| info.config_hash),
            "running": report.running || report.step < asked,
            "step": report.step,
            "weight_hash": report.weight_hash,
            "turned": report.turned,
        })
    }

    /// Position of a metric by name.
    pub fn metric(self, name: &str) -> Option<usize> {
        self.info.with(|info| info.as_ref()?.metrics.iter().position(|known| known == name))
    }

    fn hear(self, heard: Heard) {
        match heard {
            Heard::Event(event, file) => self.receive(event, file),
            Heard::Gone(reason) => self.recover(&reason),
        }
    }

    fn receive(self, event: LabEvent, file: Option<Blob>) {
        match event {
            LabEvent::Opened(info) => {
                self.stands.set_value(true);
                if self.kept.with_value(Option::is_none) {
                    self.curves.set(Curves::new(info.metrics.len()));
                }
                if let Some(trial) = &info.runs_on.trial {
                    trials::remember(trial);
                }
                self.info.set(Some(info));
            }
            LabEvent::Report(mut report) => {
                self.has_reported.set_value(true);
                let (steps, values) = (std::mem::take(&mut report.steps), std::mem::take(&mut report.values));
                if !steps.is_empty() {
                    self.curves.update(|curves| curves.extend(&steps, &values));
                }
                // What was on its way when the run went back has come in the meantime.
                if self
                    .curves
                    .with_untracked(|curves| curves.last_step().is_some_and(|last| last > report.step))
                {
                    self.curves.update(|curves| curves.end_at(report.step));
                }
                let running = report.running;
                let until = self.until.get_value();
                let is_over = !running && until > 0 && report.step >= until;
                let is_there =
                    self.led_to.get_untracked().is_some_and(|step| !running && report.step >= step);
                self.report.set(report);
                if is_there {
                    self.led_to.set(None);
                }
                if is_over && self.going.get_value() {
                    self.going.set_value(false);
                    self.wants.set(false);
                }
                if running && !self.is_fed.get_value() {
                    self.keep();
                }
            }
            LabEvent::View(view) => self.views.update(|views| {
                views.insert(view.name.clone(), Rc::new(view));
            }),
            LabEvent::Moved { runs_on, step } => {
                self.info.update(|info| {
                    if let Some(info) = info {
                        info.runs_on = runs_on.clone();
                    }
                });
                self.notice.set(Some(Notice::Moved(runs_on, step)));
            }
            LabEvent::File { name, .. } => {
                let purpose = self.coming.try_update_value(VecDeque::pop_front).flatten();
                match (purpose, file) {
                    (Some(Purpose::Keep), Some(blob)) => {
                        let step = self.report.with_untracked(|report| report.step);
                        self.kept.set_value(Some((blob, step)));
                    }
                    (_, Some(blob)) => download::save_blob(&name, &blob),
                    (_, None) => {}
                }
            }
            LabEvent::Failed(failure) => {
                if !self.stands.get_value() {
                    // It could not be opened: nothing of the one before it holds any more.
                    self.info.set(None);
                    self.views.update(BTreeMap::clear);
                    self.led_to.set(None);
                }
                self.notice.set(Some(Notice::Failed(failure)));
            }
            LabEvent::Closed => {}
        }
    }

    /// Asks for the state now and then, so that a dead worker costs seconds and not the run.
    fn keep(self) {
        let now = window().performance().map_or(0.0, |performance| performance.now());
        if now - self.kept_ms.get_value() > KEEP_MS {
            self.kept_ms.set_value(now);
            self.coming.update_value(|coming| coming.push_back(Purpose::Keep));
            self.tell(LabCommand::Save, None);
        }
    }

    /// Goes on in another worker.
    fn recover(self, reason: &str) {
        self.lab.set_value(None);
        let recoveries = self.recoveries.get_value() + 1;
        self.recoveries.set_value(recoveries);
        if recoveries > MAX_RECOVERIES {
            self.wants.set(false);
            self.led_to.set(None);
            self.notice.set(Some(Notice::Lost(reason.to_owned())));
            return;
        }
        let step = self.kept.with_value(|kept| kept.as_ref().map_or(0, |(_, step)| *step));
        self.notice.set(Some(Notice::Recovered { reason: reason.to_owned(), step }));
        self.start();
    }
}

impl Default for LabSession {
    fn default() -> Self {
        Self::new()
    }
}
