//! A lab's training on the CPU.

use engine::cpu::{Executor, Path};
use engine::graph::InputId;
use engine::plan::View as Place;
use engine::rounding::Counts;
use engine::snapshot::{Snapshot, SnapshotError};

use std::sync::Arc;

use super::fed::Fed;
use super::{Feed, Samples, Training};

/// A training in motion: parameters, step and the metrics of the steps taken.
#[derive(Debug)]
pub struct CpuRun {
    executor: Executor,
    metrics: Vec<Place>,
    fed: Option<Fed>,
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
        CpuRun { executor, metrics, fed: None }
    }

    /// With a lab's feed.
    #[must_use]
    pub fn fed_by(mut self, feed: Option<Arc<dyn Feed>>) -> CpuRun {
        self.fed = feed.map(|feed| Fed::new(feed, self.executor.plan()));
        self
    }

    /// Takes steps until `limit` are taken or `now_ms` is past `end_ms`, at least one; how many were taken.
    pub fn run(
        &mut self,
        limit: u64,
        end_ms: f64,
        mut now_ms: impl FnMut() -> f64,
        samples: &mut Samples,
    ) -> u64 {
        let mut taken = 0;
        while taken < limit {
            if let Some(fed) = &mut self.fed {
                for (input, values) in fed.write(self.executor.seed(), self.executor.step_count()) {
                    self.executor.input_mut(input).copy_from_slice(values);
                }
            }
            self.executor.step();
            taken += 1;
            let values = self.metrics.iter().map(|&place| self.executor.words(place)[0]);
            samples.push(self.executor.step_count(), values);
            if now_ms() >= end_ms {
                break;
            }
        }
        taken
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
    }

    /// The run as it stands.
    pub fn snapshot(&self) -> Snapshot {
        self.executor.snapshot()
    }

    /// Goes on from a snapshot; data stay.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), SnapshotError> {
        self.executor.restore(snapshot)
    }

    /// Events of rounding since step 0, by counter of the plan.
    pub fn counts(&self) -> &[Counts] {
        self.executor.counts()
    }
}
