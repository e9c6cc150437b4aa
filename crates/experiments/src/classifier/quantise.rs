//! Post-training quantisation of a trained classifier, and fine-tuning that starts from its weights.
//!
//! Calibration sees training examples only, in the file's order.

use datasets::{Dataset, Split};
use engine::cpu::{Executor, Path};
use engine::graph::DType;
use engine::nn::Net;
use engine::plan::Plan;
use engine::policy::calibration::{Method, Observer, SiteScales, round_weights};
use engine::policy::{Choice, Policy};
use engine::rounding::Counts;
use engine::snapshot::{Snapshot, SnapshotError, Weights};

use super::evaluate::Evaluation;
use super::{Config, levels, network};
use crate::lab::Training;

/// How scales are found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// For activations.
    pub activations: Method,
    /// For weights.
    pub weights: Method,
    /// Training examples looked at, in batches of the configuration's size; at least one batch.
    pub examples: usize,
}

/// A classifier whose weights and activations are rounded after training.
#[derive(Debug, Clone)]
pub struct PostTraining {
    /// The rounded weights.
    pub weights: Weights,
    /// Scales of activations by site.
    pub scales: SiteScales,
    /// What the rounding of the weights lost.
    pub weight_counts: Counts,
    policy: Policy,
}

/// Weights that do not belong to the network.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum QuantiseError {
    /// By name or shape.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The training set is smaller than one batch.
    #[error("{found} training examples are fewer than a batch of {batch}")]
    TooFew {
        /// In the data set.
        found: usize,
        /// Of the configuration.
        batch: usize,
    },
}

impl PostTraining {
    /// Rounds a network that was trained in binary32: `trained` is the state of the training `of`, `policy` says to what. Gradients,
    /// optimiser and accumulator have no part in it.
    pub fn new(
        config: &Config,
        data: &Dataset,
        (of, trained): (&Training, &Snapshot),
        policy: &Policy,
        calibration: &Calibration,
    ) -> Result<PostTraining, QuantiseError> {
        let mut weights = Weights::of(&of.plan, trained)?;
        let scales = match policy.activations.map(|role| role.choice) {
            Some(Choice::Element(format, _)) => observe(config, data, &weights, calibration.examples)?
                .scales(&format, calibration.activations),
            // Blocks have scales of their own.
            _ => SiteScales::default(),
        };
        let weight_counts = policy
            .weights
            .map_or_else(Counts::default, |role| round_weights(&mut weights, &role, calibration.weights));
        let policy = Policy { weights: None, gradients: None, state: None, ..*policy };
        Ok(PostTraining { weights, scales, weight_counts, policy })
    }

    /// Accuracy and mean cross-entropy on the test split. `of` is the training that the weights come from.
    pub fn score(
        &self,
        config: &Config,
        data: &Dataset,
        of: &Training,
        trained: &Snapshot,
    ) -> Result<(f32, f32), QuantiseError> {
        let config = Config { policy: self.policy, ..*config };
        let mut evaluation = Evaluation::calibrated(&config, data, &self.scales);
        let mut rounded = trained.clone();
        self.weights.write_to(&of.plan, &mut rounded)?;
        Ok(evaluation.score(&of.plan, &rounded))
    }
}

/// Runs the network in binary32 on training examples and watches its activations.
fn observe(
    config: &Config,
    data: &Dataset,
    weights: &Weights,
    examples: usize,
) -> Result<Observer, QuantiseError> {
    let train = data.split(Split::Train);
    let (batch, width) = (config.batch, data.example_len());
    if train.len() < batch {
        return Err(QuantiseError::TooFew { found: train.len(), batch });
    }
    let mut net = Net::new(&Policy::FP32);
    let pixels = net.graph.input("pixels", [batch, width], DType::F32);
    network(&mut net, config.network, pixels, data.shape(), data.classes().len());
    let mut observer = Observer::new(&mut net.graph);
    let input = net.graph.input_id(pixels);
    let mut executor = Executor::new(Plan::new(&net.graph), 0, Path::Wide);
    let mut snapshot = executor.snapshot();
    weights.write_to(executor.plan(), &mut snapshot)?;
    executor.restore(&snapshot)?;
    let values = levels(train.values());
    let batches = (examples / batch).clamp(1, train.len() / batch);
    for values in values.chunks_exact(batch * width).take(batches) {
        if let Some(input) = input {
            executor.input_mut(input).copy_from_slice(values);
        }
        executor.step();
        observer.collect(|name| executor.output(name));
    }
    Ok(observer)
}
