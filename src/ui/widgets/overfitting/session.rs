//! One or two learners with what the widget keeps of them, and the looks at the test set.

use leptos::prelude::*;
use protocol::{Experiment, LabSpec, OverfitSpec};

use super::seeds::Seeds;
use super::{model, params};
use crate::ui::embed::Command;
use crate::ui::follow::follow;
use crate::ui::lab::{self, LabSession};
use crate::ui::url_state::UrlState;

/// One look at the test set.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Which test set.
    pub set: String,
    /// What was judged: the hash of its configuration, and the step.
    pub config: String,
    /// The step of the weights.
    pub step: u64,
    /// Loss and share of right ones: of the weights, then of the best ones.
    pub score: [f32; 4],
    /// The second run's.
    pub is_rival: bool,
}

/// The widget's runs; cheap to copy.
#[derive(Clone, Copy)]
pub struct Pair {
    /// The address's state.
    pub state: UrlState,
    /// The run that is always there.
    pub first: LabSession,
    /// The rival's, on the same draw and seed.
    pub second: LabSession,
    /// Further seeds of both.
    pub seeds: [Seeds; 2],
    /// Whether there is a rival.
    pub is_racing: Memo<bool>,
    /// All looks of this visit, in order.
    pub looks: RwSignal<Vec<Look>>,
    /// A look was asked for and has not come.
    pub asked: RwSignal<[bool; 2]>,
    is_started: RwSignal<bool>,
}

impl Pair {
    /// Follows the address; nothing trains before [`Pair::start`].
    pub fn new(state: UrlState) -> Self {
        let [one, two] = [LabSession::new(), LabSession::new()];
        let pair = Self {
            state,
            first: one,
            second: two,
            seeds: [
                Seeds::new(state, one, |state| Some(model::first(state))),
                Seeds::new(state, two, model::second),
            ],
            is_racing: Memo::new(move |_| !state.get(&params::RIVAL).is_empty()),
            looks: RwSignal::new(Vec::new()),
            asked: RwSignal::new([false; 2]),
            is_started: RwSignal::new(false),
        };
        let (first, second) =
            (Memo::new(move |_| model::first(state)), Memo::new(move |_| model::second(state)));
        let everyone = Memo::new(move |_| {
            [&lab::params::SEED, &lab::params::DEVICE, &lab::params::FAST].map(|param| state.get(param))
        });
        // Another rival leaves the first run alone, and the other way round.
        Effect::new(move |_| {
            follow(everyone);
            pair.open(0, Some(first.get()));
        });
        Effect::new(move |_| {
            follow(everyone);
            pair.open(1, second.get());
        });
        let until = Memo::new(move |_| model::until(state));
        Effect::new(move |_| {
            let until = until.get();
            for lab in pair.labs_of([true; 2]) {
                lab.set_until(until);
                let step = lab.report.with_untracked(|report| report.step);
                if pair.is_started.get_untracked() && (until == 0 || step < until) {
                    lab.wants.set(false);
                    lab.wants.set(true);
                }
            }
        });
        let speed = state.signal(&lab::params::SPEED);
        Effect::new(move |_| {
            let speed = speed.get().parse().unwrap_or(0.0);
            pair.labs_of([true; 2]).into_iter().for_each(|lab| lab.set_speed(speed));
        });
        for (at, lab) in [pair.first, pair.second].into_iter().enumerate() {
            Effect::new(move |_| {
                let best = f32::from(u8::from(state.flag(&params::BEST)));
                if lab.info.with(Option::is_some) {
                    lab.set("best", vec![best]);
                }
            });
            let looked = lab.look("test");
            Effect::new(move |_| {
                let Some(view) = looked.get() else { return };
                if pair.asked.with_untracked(|asked| asked[at]) {
                    pair.note(at, view.step, &view.values);
                }
            });
        }
        pair
    }

    /// Begins to train, now that it is seen.
    pub fn start(self) {
        self.is_started.set(true);
        self.everyone_now().into_iter().for_each(|lab| lab.wants.set(true));
    }

    /// Whether one of the runs trains, with any of its seeds; tracked.
    pub fn is_on(self) -> bool {
        let seeds = [true, self.is_racing.get()].into_iter().zip(self.seeds);
        self.runners().iter().any(|lab| lab.wants.get())
            || seeds.filter(|run| run.0).any(|(_, seeds)| seeds.is_on())
    }

    /// Both runs, or the only one; tracked.
    pub fn runners(self) -> Vec<LabSession> {
        if self.is_racing.get() { vec![self.first, self.second] } else { vec![self.first] }
    }

    fn runners_now(self) -> Vec<LabSession> {
        if self.is_racing.get_untracked() { vec![self.first, self.second] } else { vec![self.first] }
    }

    /// Labs of the runs named, with all their seeds.
    fn labs_of(self, runs: [bool; 2]) -> Vec<LabSession> {
        let mut labs = Vec::new();
        for ((lab, seeds), is_meant) in [self.first, self.second].into_iter().zip(self.seeds).zip(runs) {
            if is_meant {
                labs.push(lab);
                labs.extend(seeds.open_now());
            }
        }
        labs
    }

    fn everyone_now(self) -> Vec<LabSession> {
        self.labs_of([true, self.is_racing.get_untracked()])
    }

    fn open(self, at: usize, spec: Option<OverfitSpec>) {
        let lab = [self.first, self.second][at];
        self.seeds[at].close();
        // Views of another learner would be taken for this one's.
        lab.views.update(std::collections::BTreeMap::clear);
        let Some(spec) = spec else {
            lab.close();
            lab.info.set(None);
            return;
        };
        let state = self.state;
        lab.watch(vec!["data".to_owned()]);
        let spec = LabSpec {
            experiment: Experiment::Overfit(Box::new(spec)),
            seed: untrack(|| lab::params::seed(state)),
            device: untrack(|| lab::params::device(state)),
        };
        lab.set_until(untrack(|| model::until(state)));
        lab.wants.set(false);
        lab.open(spec, untrack(|| lab::params::build(state)));
        if self.is_started.get_untracked() {
            lab.wants.set(true);
        }
    }

    /// Trains, or pauses; beyond the step of the address it goes on without end.
    pub fn toggle(self) {
        let labs = self.everyone_now();
        let is_on = labs.iter().any(|lab| lab.wants.get_untracked());
        self.is_started.set(true);
        if is_on {
            for lab in labs {
                lab.wants.set(false);
            }
            return;
        }
        let until = untrack(|| model::until(self.state));
        let is_over = labs.iter().all(|lab| lab.report.with_untracked(|report| report.step >= until));
        if until > 0 && is_over {
            self.state.set(&params::UNTIL, "0");
        } else {
            for lab in labs {
                lab.wants.set(true);
            }
        }
    }

    /// Some steps of all runs.
    pub fn step(self, count: u32) {
        self.everyone_now().into_iter().for_each(|lab| lab.step(count));
    }

    /// Back to the same first weights.
    pub fn reset(self) {
        self.everyone_now().into_iter().for_each(LabSession::reset);
    }

    /// Carries out what a host page asks for.
    pub fn obey(self, command: Command) {
        let is_on = self.everyone_now().iter().any(|lab| lab.wants.get_untracked());
        match command {
            Command::Run if !is_on => self.toggle(),
            Command::Run => {}
            Command::Pause => self.everyone_now().into_iter().for_each(LabSession::pause),
            Command::Step(count) => self.step(count),
            Command::Restart => self.reset(),
        }
    }

    /// The labs of further seeds of all runs; tracked.
    pub fn further_seeds(self) -> Vec<LabSession> {
        let runs = [true, self.is_racing.get()].into_iter().zip(self.seeds);
        runs.filter(|run| run.0).flat_map(|(_, seeds)| seeds.open_now()).collect()
    }

    /// Which test set the runs have; tracked.
    pub fn test_set(self) -> String {
        model::test_set(&model::first(self.state), lab::params::seed(self.state))
    }

    /// Opens the test set for the runs as they stand.
    pub fn look(self) {
        let racing = self.is_racing.get_untracked();
        self.asked.set([true, racing]);
        for lab in self.runners_now() {
            lab.wants.set(false);
            lab.watch(vec!["data".to_owned(), "test".to_owned()]);
        }
    }

    fn note(self, at: usize, step: u64, values: &[f32]) {
        let &[a, b, c, d] = values else { return };
        let lab = [self.first, self.second][at];
        self.asked.update(|asked| asked[at] = false);
        lab.watch(vec!["data".to_owned()]);
        let config = lab
            .info
            .with_untracked(|info| info.as_ref().map_or(String::new(), |info| info.config_hash.clone()));
        let set = untrack(|| self.test_set());
        let look = Look { set, config, step, score: [a, b, c, d], is_rival: at == 1 };
        self.looks.update(|looks| {
            if !looks.contains(&look) {
                looks.push(look);
            }
        });
    }
}
