//! A lab's training on the CPU.

use engine::cpu::{Executor, Path};
use engine::graph::InputId;
use engine::plan::View as Place;
use engine::rounding::Counts;
use engine::snapshot::{Snapshot, SnapshotError};

use std::sync::Arc;

use super::fed::Fed;
use super::{Feed, Samples, Training};

/// Steps of more operations than this may be taken in parts: looking at the clock after every kernel is nothing beside them.
const LARGE_STEP_FLOP: u64 = 50_000_000;

/// A training in motion: parameters, step and the metrics of the steps taken.
#[derive(Debug)]
pub struct CpuRun {
    executor: Executor,
    metrics: Vec<Place>,
    fed: Option<Fed>,
    /// Spent so far on a step that was left in its midst.
    spent_ms: f64,
}

impl CpuRun {
    /// At step 0 with the first weights of a seed.
    pub fn new(training: &Training, seed: u64) -> CpuRun {
        let mut executor = Executor::new(training.plan.clone(), seed, Path::Wide);
        for (input, values) in &training.feeds {
            executor.input_mut(*input).copy_from_slice(values);
        }
        let metrics = training
            .metrics
            .iter()
            .filter_map(|name| executor.plan().output(name))
            .map(|output| output.view)
            .collect();
        CpuRun { executor, metrics, fed: None, spent_ms: 0.0 }
    }

    /// With a lab's feed.
    #[must_use]
    pub fn fed_by(mut self, feed: Option<Arc<dyn Feed>>) -> CpuRun {
        self.fed = feed.map(|feed| Fed::new(feed, self.executor.plan()));
        self
    }

    /// Takes steps until `limit` are taken or `now_ms` is past `end_ms`, at least one; how many were taken. One that was begun is the first.
    pub fn run(
        &mut self,
        limit: u64,
        end_ms: f64,
        mut now_ms: impl FnMut() -> f64,
        samples: &mut Samples,
    ) -> u64 {
        let mut taken = 0;
        while taken < limit {
            self.feed();
            self.executor.step();
            self.note(samples);
            taken += 1;
            if now_ms() >= end_ms {
                break;
            }
        }
        taken
    }

    /// The same, but the first step, if it is a large one, may be left in its midst, so that the time is kept to the length of a kernel. Then,
    /// until it [is complete](CpuRun::finish), nothing of the run may be read or written but by a reset, a snapshot brought back, or going on.
    /// A call that completed a step begins another only if it fits, and completes it: between the steps of a run there is always time to look at it.
    pub fn run_parts(
        &mut self,
        limit: u64,
        end_ms: f64,
        mut now_ms: impl FnMut() -> f64,
        samples: &mut Samples,
    ) -> u64 {
        if self.executor.plan().flop_count < LARGE_STEP_FLOP {
            return self.run(limit, end_ms, now_ms, samples);
        }
        let (mut taken, mut begun_ms) = (0, now_ms());
        while taken < limit {
            self.feed();
            let is_complete = self.executor.advance(|| taken == 0 && now_ms() >= end_ms);
            let ended_ms = now_ms();
            self.spent_ms += ended_ms - begun_ms;
            begun_ms = ended_ms;
            if !is_complete {
                break;
            }
            self.note(samples);
            taken += 1;
            let step_ms = std::mem::take(&mut self.spent_ms);
            if ended_ms + step_ms > end_ms {
                break;
            }
        }
        taken
    }

    /// Whether a step was left in its midst.
    pub fn is_midway(&self) -> bool {
        self.executor.is_midway()
    }

    /// Completes a step that was left in its midst.
    pub fn finish(&mut self, samples: &mut Samples) {
        if self.is_midway() {
            self.executor.step();
            self.note(samples);
            self.spent_ms = 0.0;
        }
    }

    /// Writes what changes from step to step, before one begins.
    fn feed(&mut self) {
        if let (Some(fed), false) = (&mut self.fed, self.executor.is_midway()) {
            for (input, values) in fed.write(self.executor.seed(), self.executor.step_count()) {
                self.executor.input_mut(input).copy_from_slice(values);
            }
        }
    }

    /// Takes the metrics of the step just taken.
    fn note(&self, samples: &mut Samples) {
        let values = self.metrics.iter().map(|&place| self.executor.words(place)[0]);
        samples.push(self.executor.step_count(), values);
    }

    /// Steps taken.
    pub fn step_count(&self) -> u64 {
        self.executor.step_count()
    }

    /// Writes an input from the next step on: as many values as it has, the rest is left out.
    pub fn write(&mut self, input: InputId, values: &[f32]) {
        for (place, value) in self.executor.input_mut(input).iter_mut().zip(values) {
            *place = *value;
        }
    }

    /// Back to step 0 with the same first weights; data stay.
    pub fn reset(&mut self) {
        self.executor.reset(self.executor.seed());
        self.spent_ms = 0.0;
    }

    /// The run as it stands.
    pub fn snapshot(&self) -> Snapshot {
        self.executor.snapshot()
    }

    /// Goes on from a snapshot; data stay.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), SnapshotError> {
        self.spent_ms = 0.0;
        self.executor.restore(snapshot)
    }

    /// Events of rounding since step 0, by counter of the plan.
    pub fn counts(&self) -> &[Counts] {
        self.executor.counts()
    }
}
