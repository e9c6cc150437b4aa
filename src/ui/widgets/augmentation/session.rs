//! The race: each arm works through its runs, one seed after the other, fed with steps stride by stride, so that every curve has the same
//! points on every machine. The grid's variants are jobs.

use std::collections::BTreeMap;
use std::time::Duration;

use leptos::prelude::*;
use protocol::{AugmentSpec, Event, Experiment, Failure, LabSpec, Outcome, Request, VariantSheet};

use super::model::{Finished, Setup};
use super::own;
use super::params::{self, ARMS};
use crate::ui::embed::Command;
use crate::ui::lab::{LabSession, Notice, params as lab_params};
use crate::ui::url_state::UrlState;
use crate::ui::worker_client::{Build, WorkerClient, use_worker};

/// Quiet after a control moved, before runs begin anew.
const QUIET_MS: u64 = 500;

/// One arm.
#[derive(Clone, Copy)]
pub struct Runner {
    /// Its id.
    pub arm: &'static str,
    /// Its lab: that of the present run.
    pub lab: LabSession,
    /// Test accuracy in percent by step, of the present run.
    pub live: RwSignal<Vec<(u64, f64)>>,
    /// Runs done, in the order of their seeds.
    pub finished: RwSignal<Vec<Finished>>,
    /// The first run's lab and seed, steps, stride and variants: what all its figures depend on.
    key: StoredValue<Option<(AugmentSpec, u64, u64, u32)>>,
    /// The run that the lab is at.
    run: StoredValue<Option<usize>>,
    /// Steps in all, steps of a stride, and the step that was asked for last.
    plan: StoredValue<(u64, u64, u64)>,
    going: Signal<bool>,
}

/// Handles on the widget's signals; cheap to copy.
#[derive(Clone, Copy)]
pub struct Race {
    /// The address's state.
    pub state: UrlState,
    /// The address as a setup.
    pub setup: Memo<Setup>,
    /// Without and with augmentation.
    pub runners: StoredValue<[Runner; 2]>,
    /// The visitor has not paused.
    pub wants: RwSignal<bool>,
    /// The grid.
    pub sheet: RwSignal<Option<VariantSheet>, LocalStorage>,
    /// Why there is no grid.
    pub failure: RwSignal<Option<Failure>>,
    /// What the grid is of.
    grid: Memo<protocol::VariantsSpec>,
    /// The worker.
    pub worker: WorkerClient,
    /// Counts changes: what was put off by an earlier one is dropped.
    generation: StoredValue<u64>,
}

impl Runner {
    fn new(arm: &'static str, going: Signal<bool>) -> Self {
        let runner = Self {
            arm,
            lab: LabSession::new().fed(),
            live: RwSignal::new(Vec::new()),
            finished: RwSignal::new(Vec::new()),
            key: StoredValue::new(None),
            run: StoredValue::new(None),
            plan: StoredValue::new((0, 0, 0)),
            going,
        };
        Effect::watch(
            move || runner.lab.notice.get(),
            move |notice, _, _| {
                // Another worker began the run anew: so do its curve and the steps asked for.
                if matches!(notice, Some(Notice::Recovered { .. })) {
                    runner.lab.watch(Vec::new());
                    if runner.run.get_value() != Some(runner.finished.with_untracked(Vec::len)) {
                        // Its run is done: nothing is asked for.
                        runner.plan.set_value((0, 0, 0));
                        return;
                    }
                    if let Some(variants @ 1..) = runner.key.with_value(|key| key.as_ref().map(|key| key.3)) {
                        runner.lab.set("variants", vec![variants as f32]);
                    }
                    let (steps, stride, _) = runner.plan.get_value();
                    runner.plan.set_value((steps, stride, 0));
                    runner.live.set(Vec::new());
                    runner.lab.views.update(BTreeMap::clear);
                }
            },
            false,
        );
        Effect::watch(
            move || going.get(),
            move |&going, _, _| {
                let last = runner.live.with_untracked(|live| live.last().map(|last| last.0));
                if let (true, Some(last)) = (going, last) {
                    runner.go_on(last);
                }
            },
            false,
        );
        runner
    }

    /// Goes on with the runs of a setup; those that are done or under way stay when they are the setup's own.
    fn ensure(self, setup: &Setup, state: UrlState) {
        let (spec, seed) = setup.spec(self.arm, 0);
        let key = (spec, seed, setup.steps, setup.variants);
        if self.key.with_value(|known| known.as_ref() != Some(&key)) {
            self.key.set_value(Some(key));
            self.run.set_value(None);
            self.finished.set(Vec::new());
        }
        let next = self.finished.with_untracked(Vec::len);
        if next >= setup.runs || self.run.get_value() == Some(next) {
            return;
        }
        self.run.set_value(Some(next));
        self.live.set(Vec::new());
        self.lab.close();
        self.lab.watch(Vec::new());
        self.lab.views.update(BTreeMap::clear);
        self.plan.set_value((setup.steps, setup.stride(), 0));
        let (spec, seed) = setup.spec(self.arm, next);
        let experiment = Experiment::Augment(Box::new(spec));
        self.lab.open(LabSpec { experiment, seed, device: lab_params::device(state) }, Build::Strict);
        if setup.variants > 0 {
            self.lab.set("variants", vec![setup.variants as f32]);
        }
    }

    /// The next stride, unless it is paused or already asked for.
    fn go_on(self, step: u64) {
        let (steps, stride, asked) = self.plan.get_value();
        if self.going.get_untracked() && step >= asked && step < steps {
            let count = stride.min(steps - step);
            self.plan.set_value((steps, stride, step + count));
            self.lab.step(count as u32);
        }
    }

    /// Takes what the lab shows; true when the run is done by that.
    fn hear(self, setup: &Setup) -> bool {
        let (steps, _, asked) = self.plan.get_value();
        let view = |name: &str| {
            self.lab.views.with(|views| views.get(name).map(|view| (view.step, view.values.clone())))
        };
        let (Some((step, score)), confusion, averaged) = (view("test"), view("confusion"), view("averaged"))
        else {
            return false;
        };
        if step < asked || steps == 0 {
            return false;
        }
        let last = self.live.with_untracked(|live| live.last().map(|last| last.0));
        if last != Some(step) {
            let accuracy = 100.0 * f64::from(score.first().copied().unwrap_or(f32::NAN));
            self.live.update(|live| {
                // What was on its way when it began anew is of the run before.
                live.retain(|point| point.0 < step);
                live.push((step, accuracy));
            });
            if step >= steps {
                let mut views = vec!["confusion".to_owned()];
                views.extend((setup.variants > 0).then(|| "averaged".to_owned()));
                self.lab.watch(views);
            } else {
                self.go_on(step);
            }
        }
        let at_end = |found: &(u64, Vec<f32>)| found.0 >= steps;
        let Some((_, confusion)) = confusion.filter(at_end) else { return false };
        let averaged = averaged.filter(at_end);
        let share = match averaged.as_ref().map(|(_, values)| values.as_slice()) {
            Some(&[done, of, share, _]) if done >= of => Some(share),
            Some(_) => {
                // A portion a call: asking again goes on.
                self.lab.watch(vec!["averaged".to_owned()]);
                self.lab.views.update_untracked(|views| {
                    views.remove("averaged");
                });
                return false;
            }
            None if setup.variants > 0 => return false,
            None => None,
        };
        let run = self.run.get_value();
        if run != Some(self.finished.with_untracked(Vec::len)) {
            return false;
        }
        let points = self.live.get_untracked();
        let hash = self.lab.report.with_untracked(|report| report.weight_hash.clone());
        self.live.set(Vec::new());
        self.finished.update(|all| all.push(Finished { points, confusion, averaged: share, hash }));
        true
    }

    /// So many steps of the present run, then it rests.
    fn step(self, count: u32) {
        let (steps, stride, asked) = self.plan.get_value();
        let now = self.lab.report.with_untracked(|report| report.step);
        let count = u64::from(count).min(steps.saturating_sub(now.max(asked)));
        if count > 0 {
            self.plan.set_value((steps, stride, now.max(asked) + count));
            self.lab.step(count as u32);
        }
    }

    /// What a host page is told of it. Between two strides asked for at once its lab rests, but it is under way.
    pub fn results(self) -> serde_json::Value {
        let (steps, _, asked) = self.plan.get_value();
        self.lab.fed_results(asked, steps)
    }

    fn clear(self) {
        self.key.set_value(None);
        self.run.set_value(None);
        self.live.set(Vec::new());
        self.finished.set(Vec::new());
    }
}

impl Race {
    /// Begins at once, and follows the address.
    pub fn new(state: UrlState) -> Self {
        let wants = RwSignal::new(true);
        let first_seen = RwSignal::new(true);
        let going = Signal::derive(move || wants.get() && first_seen.get());
        let setup = Memo::new(move |_| Setup::of(state));
        let own = own::picture();
        let grid = Memo::new(move |_| {
            let picture = u32::try_from(state.int(&params::PICTURE)).unwrap_or_default();
            let own = own.with(|own| own.as_ref().map(|own| (*own.square).clone()));
            setup.with(|setup| setup.grid(picture, own))
        });
        let race = Self {
            state,
            setup,
            grid,
            runners: StoredValue::new(ARMS.map(|arm| Runner::new(arm, going))),
            wants,
            sheet: RwSignal::new_local(None),
            failure: RwSignal::new(None),
            worker: use_worker(),
            generation: StoredValue::new(0),
        };
        let [plain, augmented] = race.runners.get_value();
        Effect::new(move |_| {
            let seen = plain.lab.seen.get();
            if first_seen.get_untracked() != seen {
                first_seen.set(seen);
            }
        });
        Effect::new(move |_| race.show(grid.get()));
        let fixed = Memo::new(move |_| (race.setup.get(), state.get(&lab_params::DEVICE)));
        Effect::new(move |before: Option<(Setup, String)>| {
            let now = fixed.get();
            let generation = race.generation.try_update_value(|generation| {
                *generation += 1;
                *generation
            });
            if before.as_ref().is_some_and(|before| before.1 != now.1) {
                race.clear();
            }
            let go = move || {
                if race.generation.try_get_value() == generation {
                    race.advance();
                }
            };
            // At once when it opens; after that, when the controls have come to rest.
            if before.is_none() {
                go();
            } else {
                set_timeout(go, Duration::from_millis(QUIET_MS));
            }
            now
        });
        for runner in [plain, augmented] {
            Effect::new(move |_| {
                // Reports carry the hash and come before the views of the same step.
                if runner.hear(&race.setup.get_untracked()) {
                    race.advance();
                }
            });
        }
        race
    }

    /// Opens what is to be run next.
    fn advance(self) {
        let setup = self.setup.get_untracked();
        for runner in self.runners.get_value() {
            runner.ensure(&setup, self.state);
        }
    }

    fn clear(self) {
        for runner in self.runners.get_value() {
            runner.clear();
        }
    }

    /// All runs anew, from the same first weights.
    pub fn reset(self) {
        self.clear();
        self.wants.set(true);
        self.advance();
    }

    /// Carries out what a host page asks for. A step is one of the present run of both arms.
    pub fn obey(self, command: Command) {
        match command {
            Command::Run => self.wants.set(true),
            Command::Pause => self.wants.set(false),
            Command::Step(count) => {
                self.wants.set(false);
                self.runners.get_value().into_iter().for_each(|runner| runner.step(count));
            }
            Command::Restart => {
                self.wants.set(false);
                self.clear();
                self.advance();
            }
        }
    }

    /// Whether every run of the setup is done, tracked.
    pub fn is_over(self) -> bool {
        let runs = self.setup.with(|setup| setup.runs);
        self.runners.get_value().iter().all(|runner| runner.finished.with(|finished| finished.len() >= runs))
    }

    /// The runs done, as many as the setup has at most, without and with augmentation; tracked.
    pub fn finished(self) -> [Vec<Finished>; 2] {
        let runs = self.setup.with(|setup| setup.runs);
        self.runners
            .get_value()
            .map(|runner| runner.finished.with(|finished| finished.iter().take(runs).cloned().collect()))
    }

    /// Points of an arm in accuracy, pair by pair with the other; tracked.
    pub fn gaps(self) -> Vec<f64> {
        let [plain, augmented] = self.finished();
        plain
            .iter()
            .zip(&augmented)
            .map(|(plain, augmented)| augmented.accuracy() - plain.accuracy())
            .collect()
    }

    fn show(self, spec: protocol::VariantsSpec) {
        let wanted = spec.clone();
        self.worker.submit(Request::Variants(spec), None, move |event, _| {
            let is_latest = self.grid.try_with_untracked(|grid| *grid == wanted);
            if is_latest != Some(true) {
                return;
            }
            match event {
                Event::Done(Outcome::Variants(sheet)) => {
                    self.failure.set(None);
                    self.sheet.set(Some(sheet));
                }
                Event::Failed(failure) => self.failure.set(Some(failure)),
                _ => {}
            }
        });
    }
}
