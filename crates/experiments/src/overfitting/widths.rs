//! Error against width: networks trained for as many steps each, several seeds.

use super::config::{Config, ConfigError, Learner};
use super::lab::OverfitLab;
use super::tasks::Pool;
use crate::lab::{CpuRun, Lab, Samples};

/// One network at its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WidthPoint {
    /// Units of a hidden layer, or channels of the first convolution.
    pub width: usize,
    /// Its seed.
    pub seed: u64,
    /// Training loss before the last step.
    pub train: f64,
    /// Validation loss before the last step.
    pub validation: f64,
    /// Least validation loss on the way: what early stopping would have kept.
    pub best: f64,
    /// The step of that.
    pub best_step: u64,
}

/// The study, a slice of training at a time.
#[derive(Debug)]
pub struct Widths {
    config: Config,
    units: Vec<usize>,
    seeds: Vec<u64>,
    steps: u64,
    next: usize,
    run: Option<(CpuRun, Samples)>,
}

impl Widths {
    /// Of a configuration, whose own width does not matter.
    pub fn new(config: Config, widths: Vec<usize>, seeds: Vec<u64>, steps: u64) -> Widths {
        Widths { config, units: widths, seeds, steps, next: 0, run: None }
    }

    /// Networks trained, and all.
    pub fn progress(&self) -> (usize, usize) {
        (self.next, self.units.len() * self.seeds.len())
    }

    /// Trains until `now_ms` is past `end_ms`; a network that has come to its end in that time.
    pub fn advance(
        &mut self,
        pool: Option<&Pool>,
        end_ms: f64,
        now_ms: impl FnMut() -> f64,
    ) -> Result<Option<WidthPoint>, ConfigError> {
        let (done, all) = self.progress();
        if done >= all {
            return Ok(None);
        }
        let (width, seed) = (self.units[done / self.seeds.len()], self.seeds[done % self.seeds.len()]);
        if self.run.is_none() {
            let learner = match self.config.learner {
                Learner::Cnn { .. } => Learner::Cnn { channels: width },
                _ => Learner::Mlp { width },
            };
            let config = Config { learner, ..self.config };
            let lab = OverfitLab::new(config, seed, pool)?;
            let metrics = lab.training().metrics.len();
            self.run = Some((CpuRun::new(lab.training(), seed), Samples::new(metrics, 2)));
        }
        let Some((run, samples)) = &mut self.run else { return Ok(None) };
        let left = self.steps.saturating_sub(run.step_count());
        // The last step by itself, so that its metrics are those that are left.
        if left > 1 {
            run.run(left - 1, end_ms, now_ms, samples);
            return Ok(None);
        }
        samples.take();
        run.run(1, 0.0, || 0.0, samples);
        let values = samples.take().1;
        self.run = None;
        self.next += 1;
        let skipped = if self.config.task.is_regression() { 2 } else { 4 };
        let value = |at: usize| values.get(at).copied().map_or(f64::NAN, f64::from);
        Ok(Some(WidthPoint {
            width,
            seed,
            train: value(0),
            validation: value(1),
            best: value(skipped + 1),
            best_step: value(skipped) as u64,
        }))
    }
}
