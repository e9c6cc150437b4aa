//! The same run with other seeds, for the bands. Each is a lab of its own in the same worker: what the widget would show with that seed, step
//! for step. They take turns with the first seed's lab slice by slice, run on the same device, and send their metrics only.

use std::time::Duration;

use leptos::prelude::*;
use protocol::{DeviceChoice, Experiment, LabSpec, OverfitSpec};

use super::model;
use crate::ui::follow::follow;
use crate::ui::lab::{self, LabSession};
use crate::ui::url_state::UrlState;

/// Seeds, at most.
pub const MOST: usize = 8;
/// Between two looks at the curves. Ten reports a second of every seed would keep the page busy with means.
const LOOK_MS: u64 = 250;

/// The labs of further seeds; cheap to copy.
#[derive(Clone, Copy)]
pub struct Seeds {
    state: UrlState,
    /// The first seed's.
    leader: LabSession,
    spec: fn(UrlState) -> Option<OverfitSpec>,
    labs: StoredValue<Vec<LabSession>>,
    /// How many of them follow the leader.
    open: StoredValue<usize>,
    /// Changes when their curves have grown.
    grown: RwSignal<u32>,
    is_looking: StoredValue<bool>,
}

impl Seeds {
    /// Followers of a lab; they open once it stands.
    pub fn new(state: UrlState, leader: LabSession, spec: fn(UrlState) -> Option<OverfitSpec>) -> Self {
        let labs: Vec<LabSession> = (1..MOST).map(|_| LabSession::new()).collect();
        let seeds = Self {
            state,
            leader,
            spec,
            labs: StoredValue::new(labs.clone()),
            open: StoredValue::new(0),
            grown: RwSignal::new(0),
            is_looking: StoredValue::new(false),
        };
        let count = Memo::new(move |_| model::seeds(state));
        Effect::new(move |_| {
            let count = count.get();
            if leader.info.with(Option::is_some) {
                seeds.keep_open(count - 1);
            }
        });
        for lab in labs {
            Effect::new(move |_| {
                follow(lab.curves);
                seeds.look_soon();
            });
            Effect::new(move |_| {
                let is_seen = leader.seen.get();
                if lab.seen.get_untracked() != is_seen {
                    lab.seen.set(is_seen);
                }
            });
        }
        seeds
    }

    fn look_soon(self) {
        if self.is_looking.try_update_value(|is| std::mem::replace(is, true)) == Some(false) {
            let look = move || {
                if self.is_looking.try_update_value(|is| *is = false).is_some() {
                    self.grown.update(|grown| *grown = grown.wrapping_add(1));
                }
            };
            set_timeout(look, Duration::from_millis(LOOK_MS));
        }
    }

    /// The leader is opened anew: so are they, when it stands.
    pub fn close(self) {
        self.open_now().into_iter().for_each(retire);
        self.open.set_value(0);
    }

    /// Opens and closes until so many follow.
    fn keep_open(self, count: usize) {
        let open = self.open.get_value();
        let labs = self.labs.get_value();
        labs.iter().take(open).skip(count).copied().for_each(retire);
        for (at, lab) in labs.iter().enumerate().take(count).skip(open) {
            self.begin(*lab, at as u64 + 1);
        }
        self.open.set_value(count);
        self.look_soon();
    }

    fn begin(self, lab: LabSession, offset: u64) {
        let state = self.state;
        let Some(spec) = untrack(|| (self.spec)(state)) else { return };
        // Where the leader runs: trying devices again would take time and might end otherwise.
        let is_on_gpu =
            self.leader.info.with_untracked(|info| info.as_ref()?.runs_on.adapter.clone()).is_some();
        let seed = untrack(|| lab::params::seed(state)).wrapping_add(offset);
        let spec = LabSpec {
            experiment: Experiment::Overfit(Box::new(spec)),
            seed,
            device: if is_on_gpu { DeviceChoice::WebGpu } else { DeviceChoice::Cpu },
        };
        lab.set_until(untrack(|| model::until(state)));
        lab.set_speed(untrack(|| state.get(&lab::params::SPEED).parse().unwrap_or(0.0)));
        lab.wants.set(false);
        lab.open(spec, untrack(|| lab::params::build(state)));
        lab.set("views", vec![0.0]);
        let step = self.leader.report.with_untracked(|report| report.step);
        if self.leader.wants.get_untracked() {
            lab.wants.set(true);
        } else if let Ok(count @ 1..) = u32::try_from(step) {
            // The leader rests: they come to where it is.
            lab.step(count);
        }
    }

    /// Those that follow.
    pub fn open_now(self) -> Vec<LabSession> {
        let open = self.open.get_value();
        self.labs.with_value(|labs| labs.iter().take(open).copied().collect())
    }

    /// Whether one of them trains; tracked.
    pub fn is_on(self) -> bool {
        self.labs.with_value(|labs| labs.iter().any(|lab| lab.wants.get()))
    }

    /// How many seeds there are to be, the leader's among them; tracked.
    pub fn count(self) -> usize {
        model::seeds(self.state)
    }

    /// A metric of every seed by step, the leader's first; tracked, the others' now and then.
    pub fn curves(self, metric: &str) -> Vec<Vec<(f64, f64)>> {
        let Some(at) = self.leader.metric(metric) else { return Vec::new() };
        follow(self.grown);
        let mut curves = vec![self.leader.curves.with(|curves| curves.points(at))];
        let others = self.open_now();
        curves.extend(others.iter().map(|lab| lab.curves.with_untracked(|curves| curves.points(at))));
        // Those that are still to come have no step yet.
        curves.resize(self.count().max(1), Vec::new());
        curves
    }

    /// The best validation steps so far, seed by seed; tracked.
    pub fn best_steps(self) -> Vec<Option<u64>> {
        let Some(at) = self.leader.metric("best.step") else { return Vec::new() };
        follow(self.grown);
        let last = |curves: &lab::Curves| curves.last(at).filter(|&step| step > 0.0).map(|step| step as u64);
        let mut steps = vec![self.leader.curves.with(last)];
        steps.extend(self.open_now().iter().map(|lab| lab.curves.with_untracked(last)));
        steps
    }
}

/// Ends a follower.
fn retire(lab: LabSession) {
    lab.wants.set(false);
    lab.close();
    lab.curves.set(lab::Curves::new(0));
}

/// The seeds' parameter is another one where a task takes long.
pub fn suggested(is_pictures: bool) -> &'static str {
    if is_pictures { "3" } else { "5" }
}

#[cfg(test)]
mod tests {
    use super::super::params;
    use super::*;

    #[test]
    fn the_control_allows_as_many_seeds_as_there_are_labs() {
        assert_eq!(params::SEEDS.accept("99"), Some(MOST.to_string()));
    }
}
