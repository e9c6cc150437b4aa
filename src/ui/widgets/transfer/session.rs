//! The race: features first, then a lab for each arm, fed with steps stride by stride, so that every curve has the same points on every
//! machine.

use std::collections::BTreeMap;
use std::rc::Rc;

use leptos::prelude::*;
use protocol::{
    DeviceChoice, Event, Experiment, Failure, FeaturesSpec, FeaturesSummary, JobId, LabSpec, Outcome,
    PicturesSpec, Request, TransferSpec,
};

use super::model::{self, Answer, Setup};
use super::params::{self, ARMS};
use crate::ui::lab::LabSession;
use crate::ui::url_state::UrlState;
use crate::ui::worker_client::{Build, WorkerClient, use_worker};

/// How far the features are.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// Nobody asked.
    Idle,
    /// The base is on its way; bytes.
    Fetching { bytes: u64, total: u64 },
    /// Pictures go through the base.
    Computing { done: u64, total: u64 },
    /// Heads can train.
    Ready,
    /// Stopped by the visitor.
    Stopped,
    /// It ended badly.
    Failed(Failure),
}

/// A base that was tried on one draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// What it was tried on.
    pub setup: Setup,
    /// Bytes of its weights.
    pub bytes: u64,
    /// Share of right answers.
    pub accuracy: f64,
}

/// A picture's side and levels, red, green and blue.
pub type Picture = Rc<(u32, Vec<u8>)>;

/// One arm.
#[derive(Clone, Copy)]
pub struct Runner {
    /// Its id.
    pub arm: &'static str,
    /// Its lab.
    pub lab: LabSession,
    /// Test accuracy by step.
    pub curve: RwSignal<Vec<(f64, f64)>>,
    /// Share of right answers and mean cross-entropy at the curve's last point.
    pub score: RwSignal<Option<[f32; 2]>>,
    /// It has taken all steps.
    pub is_done: RwSignal<bool>,
    /// What was answered, once it is done.
    pub answers: RwSignal<Vec<Answer>>,
    opened: StoredValue<Option<(TransferSpec, u64)>>,
    /// Steps in all, steps of a stride, and the step that was asked for last.
    plan: StoredValue<(u64, u64, u64)>,
    going: RwSignal<bool>,
}

/// Handles on the widget's signals; cheap to copy.
#[derive(Clone, Copy)]
pub struct Race {
    /// The address's state.
    pub state: UrlState,
    worker: WorkerClient,
    /// How far the features are.
    pub stage: RwSignal<Stage>,
    /// Of the pretrained base that the address names, once its features are there.
    pub summary: Memo<Option<FeaturesSummary>>,
    /// The arms, in the order of [`ARMS`].
    pub runners: StoredValue<[Runner; 6]>,
    /// Training is not paused.
    pub going: RwSignal<bool>,
    /// Bases tried in this visit.
    pub tried: RwSignal<Vec<Tried>>,
    /// Precisions still to be tried, last first.
    pub queue: RwSignal<Vec<&'static str>>,
    /// Pictures by data set and index.
    pub pictures: RwSignal<BTreeMap<(String, u32), Picture>, LocalStorage>,
    known: RwSignal<Vec<(FeaturesSpec, FeaturesSummary)>>,
    job: StoredValue<Option<JobId>>,
    /// Counts preparations: events of earlier ones are no longer heard.
    generation: StoredValue<u64>,
}

impl Runner {
    fn new(arm: &'static str, going: RwSignal<bool>) -> Self {
        let runner = Self {
            arm,
            lab: LabSession::new(),
            curve: RwSignal::new(Vec::new()),
            score: RwSignal::new(None),
            is_done: RwSignal::new(false),
            answers: RwSignal::new(Vec::new()),
            opened: StoredValue::new(None),
            plan: StoredValue::new((0, 0, 0)),
            going,
        };
        Effect::new(move |_| {
            let views = runner.lab.views;
            let test = views.with(|views| views.get("test").map(|view| (view.step, view.values.clone())));
            let Some((step, values)) = test else { return };
            if let [accuracy, loss] = values[..] {
                runner.hear(step, [accuracy, loss]);
            }
            let told = views.with(|views| views.get("predictions").map(|view| model::answers(&view.values)));
            if let Some(told) = told
                && runner.is_done.get_untracked()
                && runner.answers.with_untracked(|known| *known != told)
            {
                runner.answers.set(told);
            }
        });
        runner
    }

    /// Takes a score and asks for the next stride.
    fn hear(self, step: u64, score: [f32; 2]) {
        let (steps, _, asked) = self.plan.get_value();
        // Scores between two points come when a stride takes long.
        if step < asked || steps == 0 {
            return;
        }
        let is_new = self.curve.with_untracked(|curve| curve.last().is_none_or(|last| last.0 < step as f64));
        if is_new {
            self.curve.update(|curve| curve.push((step as f64, 100.0 * f64::from(score[0]))));
            self.score.set(Some(score));
        }
        if step < steps {
            self.go_on(step);
        } else if !self.is_done.get_untracked() {
            self.is_done.set(true);
            self.lab.watch(vec!["predictions".to_owned()]);
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

    /// Steps of the whole run.
    pub fn steps(self) -> u64 {
        self.plan.get_value().0
    }

    fn clear(self) {
        self.curve.set(Vec::new());
        self.score.set(None);
        self.is_done.set(false);
        self.answers.set(Vec::new());
        self.lab.views.update(BTreeMap::clear);
    }

    fn open(self, setup: &Setup, classes: u32) {
        let (spec, seed) = setup.spec(self.arm);
        if self.opened.with_value(|opened| opened.as_ref() == Some(&(spec.clone(), seed))) {
            return;
        }
        self.lab.close();
        self.lab.watch(Vec::new());
        self.clear();
        self.opened.set_value(Some((spec.clone(), seed)));
        let rows = setup.per_class * classes;
        self.plan.set_value((model::steps(self.arm, rows), model::stride(self.arm, rows), 0));
        let experiment = Experiment::Transfer(spec);
        self.lab.open(LabSpec { experiment, seed, device: DeviceChoice::Cpu }, Build::Strict);
    }

    fn close(self) {
        if self.opened.with_value(Option::is_some) {
            self.opened.set_value(None);
            self.plan.set_value((0, 0, 0));
            self.lab.close();
            self.clear();
        }
    }
}

impl Race {
    /// Follows the address: a link that has trained trains again.
    pub fn new(state: UrlState) -> Self {
        let going = RwSignal::new(true);
        let known = RwSignal::new(Vec::<(FeaturesSpec, FeaturesSummary)>::new());
        let race = Self {
            state,
            worker: use_worker(),
            stage: RwSignal::new(Stage::Idle),
            summary: Memo::new(move |_| {
                let wanted = Setup::of(state).features;
                known.with(|known| known.iter().find(|(spec, _)| *spec == wanted).map(|(_, of)| of.clone()))
            }),
            runners: StoredValue::new(ARMS.map(|arm| Runner::new(arm, going))),
            going,
            tried: RwSignal::new(Vec::new()),
            queue: RwSignal::new(Vec::new()),
            pictures: RwSignal::new_local(BTreeMap::new()),
            known,
            job: StoredValue::new(None),
            generation: StoredValue::new(0),
        };
        let setup = Memo::new(move |_| Setup::of(state));
        let arms = Memo::new(move |_| model::arms(state));
        let needed = Memo::new(move |_| {
            let needed = setup.with(|setup| arms.with(|arms| setup.needed(arms)));
            state.flag(&params::TRAIN).then_some(needed)
        });
        Effect::new(move |_| match needed.get() {
            Some(needed) => race.prepare(needed),
            None => race.stop(Stage::Idle),
        });
        Effect::new(move |_| {
            let (setup, arms) = (setup.get(), arms.get());
            let ready =
                |spec: &FeaturesSpec| known.with(|known| known.iter().any(|(other, _)| other == spec));
            let is_wanted = state.flag(&params::TRAIN);
            let classes = race.summary.with(|of| of.as_ref().map_or(0, |of| of.classes.len() as u32));
            for runner in race.runners.get_value() {
                let own = setup.spec(runner.arm).0.features;
                let is_ready = classes > 0 && (runner.arm != "random" || ready(&own));
                if !is_wanted || !arms.contains(&runner.arm) {
                    runner.close();
                } else if is_ready {
                    runner.open(&setup, classes);
                } else if runner.opened.with_value(|opened| *opened != Some(setup.spec(runner.arm))) {
                    // Figures of another draw or base must not stand beside new ones.
                    runner.close();
                }
            }
        });
        Effect::watch(
            move || going.get(),
            move |&going, _, _| {
                if going {
                    for runner in race.runners.get_value() {
                        let last =
                            runner.curve.with_untracked(|curve| curve.last().map(|last| last.0 as u64));
                        runner.go_on(last.unwrap_or_default());
                    }
                }
            },
            false,
        );
        let frozen = race.runners.get_value()[0];
        Effect::new(move |_| {
            if frozen.is_done.get() {
                race.note(frozen, &setup.get_untracked());
            }
        });
        on_cleanup(move || race.stop(Stage::Stopped));
        race
    }

    /// Keeps what the base of this moment reached, and tries the next one in the queue.
    fn note(self, frozen: Runner, setup: &Setup) {
        let bytes = self.summary.with_untracked(|summary| summary.as_ref().map(|known| known.weight_bytes));
        if let (Some([accuracy, _]), Some(bytes)) = (frozen.score.get_untracked(), bytes) {
            let tried = Tried { setup: setup.clone(), bytes, accuracy: f64::from(accuracy) };
            self.tried.update(|all| {
                all.retain(|known| known.setup != tried.setup);
                all.push(tried);
            });
        }
        let next = self.queue.try_update(Vec::pop).flatten();
        if let Some(next) = next {
            self.state.set(&params::WEIGHTS, next);
        }
    }

    /// Tries every precision that is not yet tried on this draw.
    pub fn try_all(self) {
        let setup = untrack(move || Setup::of(self.state));
        let is_tried = |weights: &str| {
            let mut other = setup.clone();
            weights.clone_into(&mut other.features.weights);
            self.tried.with_untracked(|tried| tried.iter().any(|known| known.setup == other))
        };
        let mut queue: Vec<&'static str> =
            params::PRECISIONS.into_iter().filter(|weights| !is_tried(weights)).rev().collect();
        let is_current_open = queue.contains(&setup.features.weights.as_str());
        queue.retain(|weights| *weights != setup.features.weights);
        self.going.set(true);
        if is_current_open {
            self.queue.set(queue);
            self.state.set(&params::TRAIN, "1");
        } else if let Some(next) = queue.pop() {
            self.queue.set(queue);
            self.state.set(&params::WEIGHTS, next);
            self.state.set(&params::TRAIN, "1");
        }
    }

    /// Trains, goes on, or pauses.
    pub fn toggle(self) {
        if self.state.now(&params::TRAIN) == "0" || self.is_broken() {
            self.going.set(true);
            if self.state.now(&params::TRAIN) == "0" {
                self.state.set(&params::TRAIN, "1");
            } else {
                let setup = untrack(move || (Setup::of(self.state), model::arms(self.state)));
                self.prepare(setup.0.needed(&setup.1));
            }
        } else {
            self.going.update(|going| *going = !*going);
        }
    }

    fn is_broken(self) -> bool {
        self.stage.with_untracked(|stage| matches!(stage, Stage::Stopped | Stage::Failed(_)))
    }

    /// Stops the features that are on their way.
    pub fn stop(self, stage: Stage) {
        if self.generation.try_update_value(|generation| *generation += 1).is_none() {
            return;
        }
        if let Some(job) = self.job.get_value() {
            self.worker.cancel(job);
            self.job.set_value(None);
        }
        if self.stage.try_get_untracked().is_some_and(|now| now != stage) {
            self.stage.set(stage);
        }
    }

    /// Asks for the features that are not known yet, one after the other.
    fn prepare(self, needed: Vec<FeaturesSpec>) {
        self.stop(Stage::Idle);
        let generation = self.generation.get_value();
        self.next(generation, needed);
    }

    fn next(self, generation: u64, mut needed: Vec<FeaturesSpec>) {
        if needed.is_empty() {
            self.job.set_value(None);
            self.stage.set(Stage::Ready);
            return;
        }
        let spec = needed.remove(0);
        self.stage.set(Stage::Fetching { bytes: 0, total: 0 });
        // Those that the worker keeps come at once, with their summary.
        let job = self.worker.submit(Request::Features(spec.clone()), None, move |event, _| {
            if self.generation.try_get_value() != Some(generation) {
                return;
            }
            match event {
                Event::Fetched { bytes, total } => self.stage.set(Stage::Fetching { bytes, total }),
                Event::Progress { done, total } => self.stage.set(Stage::Computing { done, total }),
                Event::Done(Outcome::Features(summary)) => {
                    self.known.update(|known| {
                        known.retain(|(other, _)| *other != spec);
                        known.push((spec.clone(), summary));
                    });
                    self.next(generation, needed.clone());
                }
                Event::Failed(failure) => {
                    self.queue.set(Vec::new());
                    self.stage.set(Stage::Failed(failure));
                }
                Event::Cancelled => self.stage.set(Stage::Stopped),
                _ => {}
            }
        });
        self.job.set_value(Some(job));
    }

    /// Fetches pictures that are not here yet.
    pub fn want_pictures(self, indices: &[u32]) {
        let data = self.state.now(&params::DATA);
        let missing: Vec<u32> = self.pictures.with_untracked(|known| {
            indices.iter().copied().filter(|&index| !known.contains_key(&(data.clone(), index))).collect()
        });
        if missing.is_empty() {
            return;
        }
        let spec = PicturesSpec { data: data.clone(), indices: missing };
        self.worker.submit(Request::Pictures(spec), None, move |event, _| {
            let Event::Done(Outcome::Pictures(sheet)) = event else { return };
            let len = (sheet.side * sheet.side * 3) as usize;
            // The widget may be gone by then.
            let _ = self.pictures.try_update(|known| {
                for (&index, levels) in sheet.indices.iter().zip(sheet.levels.chunks_exact(len.max(1))) {
                    known.insert((data.clone(), index), Rc::new((sheet.side, levels.to_vec())));
                }
            });
        });
    }
}
