//! What decides the course of a training but its seed.

use engine::policy::Policy;

use super::tasks::{Pool, Task};

/// What is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learner {
    /// A polynomial of this degree; for the curve only.
    Polynomial {
        /// Its degree.
        degree: usize,
    },
    /// A network with hidden layers of this width: two of tanh for the curve, two of ReLU in the plane, one of ReLU for pictures.
    Mlp {
        /// Units of a hidden layer.
        width: usize,
    },
    /// A convolutional network; for pictures only. Two convolutions of 3×3 with ReLU and pooling of 2×2, then a dense layer.
    Cnn {
        /// Channels of the first convolution; the second has twice as many.
        channels: usize,
    },
}

/// All that decides the course of a training but its seed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Config {
    /// Where data come from.
    pub task: Task,
    /// What is fitted.
    pub learner: Learner,
    /// Training rows; all are in every step.
    pub samples: usize,
    /// Standard deviation of the noise on the curve's values or the plane's points.
    pub noise: f32,
    /// Share of training labels that are replaced by another class.
    pub label_noise: f32,
    /// Factor of the weights' sum of squares in what is minimised; biases are free.
    pub l2: f32,
    /// Share of hidden units that are dropped in a step; of a convolutional network, of the numbers that enter the dense layer.
    pub dropout: f32,
    /// Steps without a better validation loss after which the best weights are kept for good; 0 for never.
    pub patience: u32,
    /// Pixels by which training pictures are shifted at most, anew in every step.
    pub shift: usize,
    /// Learning rate of Adam.
    pub lr: f32,
    /// What is rounded.
    pub policy: Policy,
}

/// Least and greatest of every number, both accepted.
pub mod limits {
    /// Degree of a polynomial.
    pub const DEGREE: (usize, usize) = (1, 40);
    /// Units of a hidden layer.
    pub const WIDTH: (usize, usize) = (1, 512);
    /// Channels of the first convolution.
    pub const CHANNELS: (usize, usize) = (1, 16);
    /// Training rows.
    pub const SAMPLES: (usize, usize) = (4, 600);
    /// Standard deviation of noise.
    pub const NOISE: (f32, f32) = (0.0, 2.0);
    /// Share of wrong labels.
    pub const LABEL_NOISE: (f32, f32) = (0.0, 0.9);
    /// Penalty.
    pub const L2: (f32, f32) = (0.0, 10.0);
    /// Share of dropped units.
    pub const DROPOUT: (f32, f32) = (0.0, 0.9);
    /// Pixels.
    pub const SHIFT: (usize, usize) = (0, 4);
    /// Patience, steps.
    pub const PATIENCE: (u32, u32) = (0, 100_000);
    /// Learning rate.
    pub const LR: (f32, f32) = (1e-6, 1.0);
}

/// A configuration that cannot be built.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// A number is outside its limits.
    #[error("{name} is {value}, not within {low} and {high}")]
    Limit {
        /// Which.
        name: &'static str,
        /// What was asked for.
        value: f64,
        /// The least.
        low: f64,
        /// The most.
        high: f64,
    },
    /// Polynomials are for the curve.
    #[error("a polynomial fits curves only")]
    Polynomial,
    /// Convolutions are for pictures.
    #[error("a convolutional network sees pictures only")]
    Convolution,
    /// Pictures are needed, and none were given, or too few or not square.
    #[error("{0} square pictures are too few")]
    Pictures(usize),
}

impl Config {
    /// A setting that overfits: a polynomial of degree 12 on 15 points.
    pub const FIRST: Config = Config {
        task: Task::Curve,
        learner: Learner::Polynomial { degree: 12 },
        samples: 15,
        noise: 0.25,
        label_noise: 0.0,
        l2: 0.0,
        dropout: 0.0,
        patience: 0,
        shift: 0,
        lr: 0.02,
        policy: Policy::FP32,
    };

    /// Whether it can be built with these pictures.
    pub fn check(&self, pool: Option<&Pool>) -> Result<(), ConfigError> {
        fn within(name: &'static str, value: f64, (low, high): (f64, f64)) -> Result<(), ConfigError> {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(ConfigError::Limit { name, value, low, high })
            }
        }
        let whole = |(low, high): (usize, usize)| (low as f64, high as f64);
        let real = |(low, high): (f32, f32)| (low.into(), high.into());
        match self.learner {
            Learner::Polynomial { degree } => {
                if self.task != Task::Curve {
                    return Err(ConfigError::Polynomial);
                }
                within("degree", degree as f64, whole(limits::DEGREE))?;
            }
            Learner::Mlp { width } => within("width", width as f64, whole(limits::WIDTH))?,
            Learner::Cnn { channels } => {
                if self.task != Task::Pictures {
                    return Err(ConfigError::Convolution);
                }
                within("channels", channels as f64, whole(limits::CHANNELS))?;
            }
        }
        within("samples", self.samples as f64, whole(limits::SAMPLES))?;
        within("noise", self.noise.into(), real(limits::NOISE))?;
        within("label noise", self.label_noise.into(), real(limits::LABEL_NOISE))?;
        within("L2", self.l2.into(), real(limits::L2))?;
        within("dropout", self.dropout.into(), real(limits::DROPOUT))?;
        within("shift", self.shift as f64, whole(limits::SHIFT))?;
        let (low, high) = limits::PATIENCE;
        within("patience", self.patience.into(), (low.into(), high.into()))?;
        within("learning rate", self.lr.into(), real(limits::LR))?;
        if self.task == Task::Pictures {
            let pool = pool.ok_or(ConfigError::Pictures(0))?;
            if pool.side() < 4 || pool.classes() < 2 || !pool.is_enough_for(self.samples) {
                return Err(ConfigError::Pictures(pool.len()));
            }
        }
        Ok(())
    }
}
