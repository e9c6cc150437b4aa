//! Overfitting as the page describes it: a learner with its data and cures, and studies of many of them. The lab's own types are in
//! `experiments`.

use serde::{Deserialize, Serialize};

use crate::Precision;

/// A learner, its data and its cures. The lab's seed draws the data as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverfitSpec {
    /// `curve`, `moons`, `circles`, `spiral`, `digits`, `fashion-mnist`.
    pub data: String,
    /// `poly` (the curve only), `mlp`, `cnn` (pictures only).
    pub model: String,
    /// Degree of the polynomial, units of a hidden layer, or channels of the first convolution.
    pub capacity: u32,
    /// Training rows.
    pub samples: u32,
    /// Standard deviation of the noise on values or points.
    pub noise: f32,
    /// Share of wrong training labels.
    pub label_noise: f32,
    /// Factor of the weights' sum of squares.
    pub l2: f32,
    /// Share of dropped hidden units.
    pub dropout: f32,
    /// Steps without a better validation loss before the best weights are final; 0 for never.
    pub patience: u32,
    /// Pixels by which pictures are shifted, at most.
    pub shift: u32,
    /// Learning rate of Adam.
    pub lr: f32,
    /// What is rounded.
    pub precision: Precision,
}

/// Many fits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverfitStudy {
    /// Whose data and cures; its capacity is what [`StudyKind`] varies.
    pub spec: OverfitSpec,
    /// The first seed; others follow it.
    pub seed: u64,
    /// What is varied.
    pub kind: StudyKind,
}

/// What a study varies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum StudyKind {
    /// Polynomials of degree 1 to `degrees`, fitted exactly to `draws` draws of the curve; bias, variance and noise.
    Degrees {
        /// The greatest degree.
        degrees: u32,
        /// Draws of the data.
        draws: u32,
    },
    /// Networks of these widths.
    Widths {
        /// Units of a hidden layer.
        widths: Vec<u32>,
        /// Seeds of each.
        seeds: u32,
        /// Steps of each.
        steps: u32,
    },
    /// Random features with least squares of least norm.
    Descent {
        /// `λ`; 0 for none.
        ridge: f64,
        /// Seeds.
        seeds: u32,
    },
}

/// Least and greatest of a study's own numbers, both accepted.
pub mod study_limits {
    /// Draws of the data.
    pub const DRAWS: [u32; 2] = [2, 1000];
    /// Seeds.
    pub const SEEDS: [u32; 2] = [1, 20];
    /// Steps of a network.
    pub const STEPS: [u32; 2] = [1, 20_000];
    /// Widths in one study, at most.
    pub const WIDTHS: usize = 16;
}

/// One figure of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StudyPoint {
    /// - `degree`: bias², variance, noise; training error's mean, 10th and 90th percentile; test error's.
    /// - `fan`: at `x`, truth, mean of the fits, their standard deviation; of the specification's degree.
    /// - `width`: training and validation loss at the end, least validation loss and its step.
    /// - `features`: shares of wrong training and test answers, mean squared errors of both, length of the weights.
    pub series: String,
    /// Degree, place, units or features.
    pub x: f64,
    /// Whose.
    pub seed: u64,
    /// As the series says.
    pub values: Vec<f64>,
}
