//! The race: features first, then a lab for each arm. It begins when it is first seen, unless the visitor saves data, and rests while it is
//! not seen.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;
use protocol::{
    Event, Failure, FeaturesSpec, FeaturesSummary, JobId, Outcome, PicturesSpec, Request, Square,
};

use super::model::{self, Setup};
use super::own;
use super::params::{self, ARMS};
use super::precisions::Speeds;
use super::runner::Runner;
use crate::ui::components::save_data;
use crate::ui::embed::Command;
use crate::ui::url_state::UrlState;
use crate::ui::worker_client::{WorkerClient, use_worker};

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

/// Handles on the widget's signals; cheap to copy.
#[derive(Clone, Copy)]
pub struct Race {
    /// The address's state.
    pub state: UrlState,
    /// The worker of all its jobs.
    pub worker: WorkerClient,
    /// How far the features are.
    pub stage: RwSignal<Stage>,
    /// Of the pretrained base that the address names, once its features are there.
    pub summary: Memo<Option<FeaturesSummary>>,
    /// The arms, in the order of [`ARMS`].
    pub runners: StoredValue<[Runner; 6]>,
    /// Training is not paused.
    pub going: RwSignal<bool>,
    /// It is on the screen.
    pub seen: Signal<bool>,
    /// It may fetch: it has been seen and no data are to be saved, or somebody pressed.
    allowed: RwSignal<bool>,
    /// Bases tried in this visit.
    pub tried: RwSignal<Vec<Tried>>,
    /// Times of bases measured in this visit.
    pub speeds: Speeds,
    /// Precisions still to be tried, last first.
    pub queue: RwSignal<Vec<&'static str>>,
    /// Pictures by data set and index.
    pub pictures: RwSignal<BTreeMap<(String, u32), Arc<Square>>>,
    known: RwSignal<Vec<(FeaturesSpec, FeaturesSummary)>>,
    job: StoredValue<Option<JobId>>,
    /// Counts preparations: events of earlier ones are no longer heard.
    generation: StoredValue<u64>,
}

impl Race {
    /// Follows the address; `seen` says whether the widget is on the screen.
    pub fn new(state: UrlState, seen: Signal<bool>) -> Self {
        let going = RwSignal::new(true);
        let allowed = RwSignal::new(false);
        let moves = Signal::derive(move || going.get() && seen.get());
        let known = RwSignal::new(Vec::<(FeaturesSpec, FeaturesSummary)>::new());
        let race = Self {
            state,
            worker: use_worker(),
            stage: RwSignal::new(Stage::Idle),
            summary: Memo::new(move |_| {
                let wanted = Setup::of(state).features;
                known.with(|known| known.iter().find(|(spec, _)| *spec == wanted).map(|(_, of)| of.clone()))
            }),
            runners: StoredValue::new(ARMS.map(|arm| Runner::new(arm, moves))),
            going,
            seen,
            allowed,
            tried: RwSignal::new(Vec::new()),
            speeds: Speeds::new(),
            queue: RwSignal::new(Vec::new()),
            pictures: RwSignal::new(BTreeMap::new()),
            known,
            job: StoredValue::new(None),
            generation: StoredValue::new(0),
        };
        let setup = Memo::new(move |_| Setup::of(state));
        let arms = Memo::new(move |_| model::arms(state));
        Effect::new(move |_| {
            if seen.get() && !allowed.get_untracked() && !save_data::is_wanted() {
                allowed.set(true);
            }
        });
        let needed = Memo::new(move |_| {
            let needed = setup.with(|setup| arms.with(|arms| setup.needed(arms)));
            (state.flag(&params::TRAIN) && allowed.get() && !needed.is_empty()).then_some(needed)
        });
        Effect::new(move |_| match needed.get() {
            Some(needed) => race.prepare(needed),
            None => race.stop(Stage::Idle),
        });
        Effect::new(move |_| {
            let (setup, arms, is_wanted) = (setup.get(), arms.get(), needed.with(Option::is_some));
            let ready =
                |spec: &FeaturesSpec| known.with(|known| known.iter().any(|(other, _)| other == spec));
            let counts = race.summary.with(|of| of.as_ref().map(|of| of.counts.clone()));
            for runner in race.runners.get_value() {
                let own = setup.spec(runner.arm).0.features;
                let counts = counts.as_ref().filter(|_| runner.arm != "random" || ready(&own));
                if !is_wanted || !arms.contains(&runner.arm) {
                    runner.close();
                } else if let Some(counts) = counts {
                    runner.open(&setup, counts);
                } else if !runner.is_of(&setup) {
                    // Figures of another draw or base must not stand beside new ones.
                    runner.close();
                }
            }
        });
        Effect::watch(
            move || moves.get(),
            move |&moves, _, _| {
                if moves {
                    for runner in race.runners.get_value() {
                        let last =
                            runner.curve.with_untracked(|curve| curve.last().map(|last| last.0 as u64));
                        runner.go_on(last.unwrap_or_default());
                    }
                }
            },
            false,
        );
        // A new worker has none of the visitor's pictures; jobs come before the labs that are opened again.
        Effect::watch(move || race.worker.deaths().get(), move |_, _, _| race.hand_own_pictures(), false);
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
        self.allowed.set(true);
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

    /// Whether features of this visit are shown that no link leads to: those that stay there after a reset; tracked.
    pub fn is_left_over(self) -> bool {
        !self.state.flag(&params::TRAIN) && self.summary.with(Option::is_some)
    }

    /// Trains, goes on, or pauses.
    pub fn toggle(self) {
        if !self.is_on() || self.is_broken() {
            self.going.set(true);
            self.allowed.set(true);
            if self.state.now(&params::TRAIN) == "0" {
                self.state.set(&params::TRAIN, "1");
            } else if self.is_broken() {
                let setup = untrack(move || (Setup::of(self.state), model::arms(self.state)));
                self.prepare(setup.0.needed(&setup.1));
            }
        } else {
            self.going.update(|going| *going = !*going);
        }
    }

    /// Carries out what a host page asks for; arms that do not stand yet take no steps.
    pub fn obey(self, command: Command) {
        let runners = self.runners.get_value();
        match command {
            Command::Run if !untrack(move || self.is_on()) || self.is_broken() => self.toggle(),
            Command::Run => self.going.set(true),
            Command::Pause => self.going.set(false),
            Command::Step(count) => {
                self.going.set(false);
                for runner in runners {
                    runner.step(count);
                }
            }
            Command::Restart => {
                self.going.set(false);
                runners.into_iter().for_each(Runner::restart);
            }
        }
    }

    /// Whether it trains or is about to, tracked.
    pub fn is_on(self) -> bool {
        self.state.flag(&params::TRAIN) && self.allowed.get() && !self.lacks_pictures()
    }

    /// Classes of one's own are the task, and have too few pictures to be learnt; tracked.
    pub fn lacks_pictures(self) -> bool {
        self.state.get(&params::DATA) == params::OWN && own::data_name().is_empty()
    }

    /// Hands over the visitor's own pictures, if those are the task.
    fn hand_own_pictures(self) {
        let set = own::store().with_untracked(own::Own::set);
        if let (Some(set), true) = (set, self.state.now(&params::DATA) == params::OWN) {
            // A refusal shows when features are asked for.
            self.worker.submit(Request::OwnSet(set), None, |_, _| {});
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
        self.hand_own_pictures();
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
        let data = untrack(move || Setup::of(self.state)).features.data;
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
                    let square = Square { side: sheet.side, levels: levels.to_vec() };
                    known.insert((data.clone(), index), Arc::new(square));
                }
            });
        });
    }
}
