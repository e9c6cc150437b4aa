//! A generative adversarial network as the page describes it: plain fields, choices by id. The lab's own types are in `experiments`.

use serde::{Deserialize, Serialize};

use crate::{LossScaling, Precision};

/// Least and greatest of every number, both accepted. What is outside is refused by the lab.
pub mod limits {
    /// Numbers of a latent.
    pub const LATENT: [u32; 2] = [1, 128];
    /// Hidden layers of a network.
    pub const DEPTH: [u32; 2] = [1, 4];
    /// Units of a hidden layer.
    pub const WIDTH: [u32; 2] = [2, 512];
    /// Examples of a batch.
    pub const BATCH: [u32; 2] = [8, 512];
    /// Updates of one network in a round.
    pub const STEPS: [u32; 2] = [1, 10];
    /// Learning rates.
    pub const LEARNING_RATE: [f32; 2] = [0.0, 1.0];
    /// Adam's decays and SGD's momentum.
    pub const DECAY: [f32; 2] = [0.0, 0.9999];
    /// Weight of a gradient penalty.
    pub const PENALTY: [f32; 2] = [0.0, 100.0];
    /// Standard deviation of noise on the discriminator's inputs.
    pub const INSTANCE_NOISE: [f32; 2] = [0.0, 1.0];
    /// What is taken from the target of real examples.
    pub const LABEL_SMOOTHING: [f32; 2] = [0.0, 0.5];
    /// Pixels of a shift.
    pub const SHIFT: [u32; 2] = [0, 4];
    /// Points that a visitor draws.
    pub const DRAWN: [u32; 2] = [1, 2000];
}

/// Everything that a run depends on, the seed aside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GanSpec {
    /// `line`, `ring`, `two`, `eight`, `grid`, `spiral`, `drawn`, `digits`, `fashion`.
    pub data: String,
    /// The points of `drawn`, each coordinate in `[-1, 1]`; empty otherwise.
    pub drawn: Vec<[f32; 2]>,
    /// Numbers of a latent.
    pub latent: u32,
    /// `normal`, `uniform`.
    pub latent_law: String,
    /// Makes examples.
    pub generator: GanPlayer,
    /// Tells them from real ones.
    pub discriminator: GanPlayer,
    /// `minimax`, `non-saturating`, `least-squares`, `wasserstein`.
    pub loss: String,
    /// `none`, `lipschitz`, `real`.
    pub penalty: String,
    /// Weight of the penalty.
    pub penalty_weight: f32,
    /// Examples of a batch, of each kind.
    pub batch: u32,
    /// Standard deviation of noise on the discriminator's inputs.
    pub instance_noise: f32,
    /// Taken from the target 1 of real examples.
    pub label_smoothing: f32,
    /// The discriminator also sees how far the examples of a batch lie apart.
    pub batch_feature: bool,
    /// Images are shifted by up to so many pixels before the discriminator sees them; 0 with points.
    pub shift: u32,
    /// Decay of the average of the generator's weights with which samples are made; 0 for the weights themselves.
    pub average: f32,
    /// Last layers round their results too.
    pub round_outputs: bool,
}

/// One of the two networks with its training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GanPlayer {
    /// Units of the hidden layers, first layer first.
    pub hidden: Vec<u32>,
    /// `relu`, `leaky-relu`, `tanh`.
    pub activation: String,
    /// `adam`, `sgd`.
    pub optimiser: String,
    /// Learning rate.
    pub learning_rate: f32,
    /// Adam's decay of the first moment; SGD's momentum.
    pub momentum: f32,
    /// Updates in a round.
    pub steps: u32,
    /// What is rounded.
    pub precision: Precision,
    /// In place of the precision's own scaling of the loss.
    pub loss_scaling: Option<LossScaling>,
    /// The optimiser's moments and the stored weights are rounded like the weights, and no binary32 copy is kept.
    pub round_state: bool,
}
