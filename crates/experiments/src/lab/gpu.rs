//! A lab's training on a graphics processor.
//!
//! Steps go out many at a time, as many as make a part of a slice, and the next are on their way before the last are done, so that the device never
//! waits for word to go to and fro; metrics of every few come back by themselves. The last snapshot is kept, so that a lost device costs the steps
//! since then and not the run.

use engine::gpu::{Device, Executor, Fence, GpuError};
use engine::graph::InputId;
use engine::rounding::Counts;
use engine::snapshot::Snapshot;

use std::sync::Arc;

use super::fed::Fed;
use super::{Feed, Samples, Training};

/// Between two steps whose metrics are kept.
const RECORD_EVERY: u64 = 8;
/// Steps of a submission, at most.
const MOST_STEPS: u64 = 4096;
/// A submission is to take this part of a slice.
const SHARE: f64 = 0.5;

/// A training in motion on a device.
#[derive(Debug)]
pub struct GpuRun {
    executor: Executor,
    metrics: Vec<&'static str>,
    /// Steps of the next submission.
    batch: u64,
    /// Behind the last submission, and its steps.
    ahead: Option<(Fence, u64)>,
    kept: Option<Snapshot>,
    fed: Option<Fed>,
}

impl GpuRun {
    /// At step 0 with the first weights of a seed.
    pub async fn new(device: &Device, training: &Training, seed: u64) -> Result<GpuRun, GpuError> {
        let mut executor = Executor::new(device, training.plan.clone(), seed).await?;
        for (input, values) in &training.feeds {
            executor.write_input(*input, values);
        }
        for name in &training.metrics {
            executor.record(name, RECORD_EVERY);
        }
        Ok(GpuRun {
            executor,
            metrics: training.metrics.clone(),
            batch: 1,
            ahead: None,
            kept: None,
            fed: None,
        })
    }

    /// With a lab's feed: every step is a submission of its own then.
    #[must_use]
    pub fn fed_by(mut self, feed: Option<Arc<dyn Feed>>) -> GpuRun {
        self.fed = feed.map(|feed| Fed::new(feed, self.executor.plan()));
        self
    }

    /// The device.
    pub fn device(&self) -> &Device {
        self.executor.device()
    }

    /// Submits steps until there are `limit` or `now_ms` is past `end_ms`, at least one; how many there were. The last submission may still be
    /// at work: what is read of it waits for it.
    pub async fn run(
        &mut self,
        limit: u64,
        end_ms: f64,
        mut now_ms: impl FnMut() -> f64,
        samples: &mut Samples,
    ) -> Result<u64, GpuError> {
        let mut taken = 0;
        let mut begun_ms = now_ms();
        while taken < limit {
            let steps = if self.fed.is_some() { 1 } else { self.batch.min(limit - taken) };
            if let Some(fed) = &mut self.fed {
                for (input, values) in fed.write(self.executor.seed(), self.executor.step_count()) {
                    self.executor.write_input(input, values);
                }
            }
            self.executor.submit(steps)?;
            taken += steps;
            let before = self.ahead.replace((self.executor.fence()?, steps));
            let Some((fence, waited_for)) = before else { continue };
            fence.passed().await?;
            self.collect(samples);
            let ended_ms = now_ms();
            if waited_for == self.batch {
                self.adapt((end_ms - begun_ms).max(1.0) * SHARE, ended_ms - begun_ms);
            }
            begun_ms = ended_ms;
            if ended_ms >= end_ms {
                break;
            }
        }
        if limit < RECORD_EVERY {
            self.read_last(samples).await?;
        }
        Ok(taken)
    }

    /// Doubles or halves the next submission so that it lasts about `wanted_ms`.
    fn adapt(&mut self, wanted_ms: f64, took_ms: f64) {
        if took_ms > 1.5 * wanted_ms {
            self.batch = (self.batch / 2).max(1);
        } else if took_ms < 0.6 * wanted_ms {
            self.batch = (self.batch * 2).min(MOST_STEPS);
        }
    }

    fn collect(&mut self, samples: &mut Samples) {
        let records = self.executor.records();
        for step in records.chunk_by(|a, b| a.step == b.step) {
            let value =
                |name: &&str| step.iter().find(|record| record.name == **name)?.values.first().copied();
            let values: Vec<f32> = self.metrics.iter().filter_map(value).collect();
            if values.len() == self.metrics.len()
                && samples.steps.last().is_none_or(|&last| last < step[0].step)
            {
                samples.push(step[0].step, values.into_iter());
            }
        }
    }

    /// The last step's metrics, which may lie between those that come by themselves.
    async fn read_last(&mut self, samples: &mut Samples) -> Result<(), GpuError> {
        let mut values = Vec::new();
        for name in &self.metrics {
            values.extend(self.executor.read_output(name).await?.first());
        }
        let step = self.executor.step_count();
        if values.len() == self.metrics.len() && samples.steps.last().is_none_or(|&last| last < step) {
            samples.push(step, values.into_iter());
        }
        Ok(())
    }

    /// Steps taken.
    pub fn step_count(&self) -> u64 {
        self.executor.step_count()
    }

    /// Writes an input from the next submission on.
    pub fn write(&mut self, input: InputId, values: &[f32]) {
        self.executor.write_input(input, values);
    }

    /// Back to step 0 with the same first weights; data stay.
    pub fn reset(&mut self) {
        self.kept = None;
        self.executor.reset(self.executor.seed());
    }

    /// The run as it stands.
    pub async fn snapshot(&mut self) -> Result<Snapshot, GpuError> {
        let snapshot = self.executor.snapshot().await?;
        self.kept = Some(snapshot.clone());
        Ok(snapshot)
    }

    /// The last snapshot that was taken: what is left when the device is gone.
    pub fn kept(&self) -> Option<&Snapshot> {
        self.kept.as_ref()
    }

    /// Goes on from a snapshot; data stay.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), GpuError> {
        self.executor.restore(snapshot)?;
        self.kept = Some(snapshot.clone());
        Ok(())
    }

    /// Events of rounding since step 0 or the last snapshot gone on from, by counter of the plan.
    pub async fn counts(&self) -> Result<Vec<Counts>, GpuError> {
        self.executor.counts().await
    }
}
