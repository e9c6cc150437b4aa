//! What a visitor may choose, and within which limits.
//!
//! A configuration says everything that a run depends on, so the same one gives the same weights. [`Config::check`] refuses
//! what is outside the limits; whoever reads an address or a slider clamps first.

use engine::nn::{self, optimiser::Optimiser};
use engine::policy::{LossScaling, Policy};

use super::GanError;

/// Least and greatest of every number, both accepted.
pub mod limits {
    /// Numbers of a latent.
    pub const LATENT: [usize; 2] = [1, 128];
    /// Hidden layers of a network.
    pub const DEPTH: [usize; 2] = [1, 4];
    /// Units of a hidden layer.
    pub const WIDTH: [usize; 2] = [2, 512];
    /// Examples of a batch.
    pub const BATCH: [usize; 2] = [8, 512];
    /// Updates of one network in a round.
    pub const STEPS: [usize; 2] = [1, 10];
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
    /// Factor of a loss.
    pub const LOSS_SCALE: [f32; 2] = [1.0, 1_073_741_824.0];
    /// Rounds between doublings of a dynamic loss scale.
    pub const SCALE_INTERVAL: [u32; 2] = [1, 100_000];
    /// Pixels of a shift.
    pub const SHIFT: [usize; 2] = [0, 4];
    /// Points that a visitor draws.
    pub const DRAWN: [usize; 2] = [1, 2000];
}

/// What real examples are drawn from.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// A slanted segment.
    Line,
    /// A circle.
    Ring,
    /// Two Gaussians.
    TwoGaussians,
    /// Eight Gaussians on a circle.
    EightGaussians,
    /// 25 Gaussians on a grid.
    Grid25,
    /// One arm of a spiral.
    Spiral,
    /// A narrow Gaussian around each of a visitor's points, in `[-1, 1]²`.
    Drawn(Vec<[f32; 2]>),
    /// Images of 28 by 28.
    Images(ImageSet),
}

/// A data set of the crate `datasets`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageSet {
    /// Handwritten digits.
    Digits,
    /// Articles of clothing.
    Fashion,
}

impl ImageSet {
    /// The name of its file.
    pub fn name(self) -> &'static str {
        match self {
            ImageSet::Digits => "mnist",
            ImageSet::Fashion => "fashion-mnist",
        }
    }
}

/// How latents are distributed: every number by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LatentLaw {
    /// Uniform in `[-1, 1)`.
    Uniform,
    /// Standard normal.
    Normal,
}

/// What follows a hidden layer's sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `max(x, 0)`
    Relu,
    /// Slope 0.2 below zero.
    LeakyRelu,
    /// Hyperbolic tangent.
    Tanh,
}

impl Activation {
    pub(super) fn of_engine(self) -> nn::Activation {
        match self {
            Activation::Relu => nn::Activation::Relu,
            Activation::LeakyRelu => nn::Activation::LeakyRelu,
            Activation::Tanh => nn::Activation::Tanh,
        }
    }
}

/// Hidden layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// Units of each, first layer first.
    pub widths: Vec<usize>,
    /// After each.
    pub activation: Activation,
}

/// What the two networks play for. `d` is the discriminator's output, a logit in the first two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Cross-entropy; the generator maximises what the discriminator minimises (Goodfellow et al. 2014).
    Minimax,
    /// Cross-entropy; the generator minimises `-ln σ(d)` (ibid.): strong gradients where the discriminator is sure.
    NonSaturating,
    /// Squares of `d - 1` and `d` (Mao et al. 2017).
    LeastSquares,
    /// Difference of means (Arjovsky et al. 2017); it needs [`Penalty::Lipschitz`], or nothing bounds it.
    Wasserstein,
}

/// What keeps the discriminator's gradient to its inputs in bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Penalty {
    /// Nothing.
    None,
    /// `λ·(‖∇d‖ - 1)²` between real and generated examples (Gulrajani et al. 2017).
    Lipschitz(f32),
    /// `γ/2·‖∇d‖²` at real examples: R1 (Mescheder et al. 2018).
    Real(f32),
}

/// An optimiser with its learning rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    /// Its rule.
    pub rule: Rule,
    /// The rate at the beginning; a run can change it.
    pub learning_rate: f32,
}

/// The rule of updates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Adam without weight decay, ε = 1e-8.
    Adam {
        /// Decay of the first moment.
        beta1: f32,
        /// Decay of the second moment.
        beta2: f32,
    },
    /// Gradient descent.
    Sgd {
        /// Part of the old direction that stays.
        momentum: f32,
    },
}

impl Rule {
    pub(super) fn of_engine(self) -> Optimiser {
        match self {
            Rule::Adam { beta1, beta2 } => Optimiser::Adam { beta1, beta2, epsilon: 1e-8, weight_decay: 0.0 },
            Rule::Sgd { momentum: 0.0 } => Optimiser::Sgd,
            Rule::Sgd { momentum } => Optimiser::Momentum { momentum },
        }
    }
}

/// One of the two networks.
#[derive(Clone, Debug, PartialEq)]
pub struct Player {
    /// Hidden layers.
    pub hidden: Hidden,
    /// Optimiser.
    pub training: Training,
    /// Updates in a round.
    pub steps: usize,
    /// Which numbers are rounded.
    pub policy: Policy,
}

/// Everything that a run depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Real examples.
    pub data: Data,
    /// Numbers of a latent.
    pub latent: usize,
    /// Their distribution.
    pub latent_law: LatentLaw,
    /// Makes examples of latents.
    pub generator: Player,
    /// Tells real from generated.
    pub discriminator: Player,
    /// What they play for.
    pub loss: Loss,
    /// What bounds the discriminator.
    pub penalty: Penalty,
    /// Examples of a batch, of each kind.
    pub batch: usize,
    /// Standard deviation of the noise that is added to every input of the discriminator (Sønderby et al. 2017); 0 for none.
    pub instance_noise: f32,
    /// Taken from the target 1 of real examples (Salimans et al. 2016); 0 for none.
    pub label_smoothing: f32,
    /// The discriminator's last layer also sees how far the examples of a batch lie apart (Karras et al. 2018): a batch of like examples
    /// gives itself away.
    pub batch_feature: bool,
    /// Images are shifted by up to so many pixels before the discriminator sees them (Zhao et al. 2020); 0 for not at all.
    pub shift: usize,
    /// Decay of the average of the generator's weights with which samples are made (Yazıcı et al. 2019); 0: with the weights of the last round. The
    /// average is binary32 and does not change the training.
    pub average: f32,
    /// Last layers round their results too. Otherwise these stay binary32, as recipes of mixed precision advise.
    pub round_outputs: bool,
    /// Seed of first weights and of everything drawn.
    pub seed: u64,
}

fn within(field: &'static str, value: f64, [least, most]: [f64; 2]) -> Result<(), GanError> {
    // NaN is within nothing.
    if value >= least && value <= most {
        Ok(())
    } else {
        Err(GanError::OutOfRange { field, value, least, most })
    }
}

fn count(field: &'static str, value: usize, limits: [usize; 2]) -> Result<(), GanError> {
    within(field, value as f64, limits.map(|limit| limit as f64))
}

fn number(field: &'static str, value: f32, limits: [f32; 2]) -> Result<(), GanError> {
    within(field, f64::from(value), limits.map(f64::from))
}

impl Player {
    fn check(&self) -> Result<(), GanError> {
        count("hidden layers", self.hidden.widths.len(), limits::DEPTH)?;
        for &width in &self.hidden.widths {
            count("units of a layer", width, limits::WIDTH)?;
        }
        number("learning rate", self.training.learning_rate, limits::LEARNING_RATE)?;
        match self.training.rule {
            Rule::Adam { beta1, beta2 } => {
                number("beta1", beta1, limits::DECAY)?;
                number("beta2", beta2, limits::DECAY)?;
            }
            Rule::Sgd { momentum } => number("momentum", momentum, limits::DECAY)?,
        }
        count("steps", self.steps, limits::STEPS)?;
        match self.policy.loss_scaling {
            LossScaling::None => {}
            LossScaling::Static(scale) => number("loss scale", scale, limits::LOSS_SCALE)?,
            LossScaling::Dynamic { initial, interval } => {
                number("loss scale", initial, limits::LOSS_SCALE)?;
                let limits = limits::SCALE_INTERVAL.map(|limit| limit as usize);
                count("interval of loss scaling", interval as usize, limits)?;
            }
        }
        Ok(())
    }
}

impl Config {
    /// Whether everything is within its limits and has a meaning.
    pub fn check(&self) -> Result<(), GanError> {
        count("latent size", self.latent, limits::LATENT)?;
        count("batch", self.batch, limits::BATCH)?;
        self.generator.check()?;
        self.discriminator.check()?;
        number("instance noise", self.instance_noise, limits::INSTANCE_NOISE)?;
        number("label smoothing", self.label_smoothing, limits::LABEL_SMOOTHING)?;
        if let Penalty::Lipschitz(weight) | Penalty::Real(weight) = self.penalty {
            number("weight of the penalty", weight, limits::PENALTY)?;
        }
        if self.label_smoothing > 0.0 && self.loss == Loss::Wasserstein {
            return Err(GanError::NoMeaning { field: "label smoothing" });
        }
        count("shift", self.shift, limits::SHIFT)?;
        number("decay of the average", self.average, limits::DECAY)?;
        if self.shift > 0 && !matches!(self.data, Data::Images(_)) {
            return Err(GanError::NoMeaning { field: "shift" });
        }
        if let Data::Drawn(points) = &self.data {
            count("drawn points", points.len(), limits::DRAWN)?;
            for coordinate in points.iter().flatten() {
                number("coordinate of a point", *coordinate, [-1.0, 1.0])?;
            }
        }
        Ok(())
    }

    /// Numbers of one example: 2, or the pixels of an image.
    pub fn width(&self) -> usize {
        match self.data {
            Data::Images(_) => super::images::PIXELS,
            _ => 2,
        }
    }

    /// The same with one seed for everything.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Config {
        self.seed = seed;
        self
    }

    /// The same with one policy for both networks.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Config {
        self.generator.policy = policy;
        self.discriminator.policy = policy;
        self
    }
}
