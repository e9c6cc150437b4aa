//! What a head is: its learner and settings, and what is refused.

use crate::classifier::Network;
use crate::networks::efficientnet_lite0::{Blocks, entry_channels};

/// What is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learner {
    /// Softmax or a hidden layer on features, or a small convolutional network on pixels.
    Network(Network),
    /// Blocks of the base on what comes into the first of them, and softmax on the mean over pixels. The base's weights are given to
    /// [`super::Head::tuned`].
    Blocks(Blocks),
}

/// All that decides the course of a head's training but its seed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadConfig {
    /// What is trained.
    pub learner: Learner,
    /// Rows of a step.
    pub batch: usize,
    /// Learning rate.
    pub lr: f32,
    /// Weights lose `lr · weight_decay` of themselves in a step.
    pub weight_decay: f32,
}

/// Limits of [`HeadConfig`].
pub mod limits {
    /// Units of a hidden layer.
    pub const HIDDEN: (usize, usize) = (1, 1024);
    /// Channels of the first convolution.
    pub const CHANNELS: (usize, usize) = (1, 64);
    /// Rows of a step.
    pub const BATCH: (usize, usize) = (1, 1024);
}

/// A head that cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// No row to learn from, or rows of other widths.
    #[error("{train} rows to learn from, of width {width}, and {test} to test with, of width {test_width}")]
    Rows {
        /// Training rows.
        train: usize,
        /// Their width.
        width: usize,
        /// Test rows.
        test: usize,
        /// Their width.
        test_width: usize,
    },
    /// The base has no such tensor.
    #[error("the base has no {0}")]
    Base(String),
    /// A number is outside its limits.
    #[error("{0} is outside its limits")]
    Limit(&'static str),
    /// A convolutional network on rows that are no square pictures of at least four pixels a side.
    #[error("rows of {0} are no pictures")]
    NotPictures(usize),
    /// A row of a class that is not there.
    #[error("class {label} of {classes}")]
    Class {
        /// Of the row.
        label: u8,
        /// How many there are.
        classes: usize,
    },
}

impl HeadConfig {
    /// Shape of a row as a picture.
    pub(super) fn check(&self, width: usize) -> Result<[usize; 3], HeadError> {
        within("batch", self.batch, limits::BATCH)?;
        if !(self.lr.is_finite()
            && self.lr > 0.0
            && self.weight_decay.is_finite()
            && self.weight_decay >= 0.0)
        {
            return Err(HeadError::Limit("lr or weight decay"));
        }
        self.learner.shape(width)
    }
}

impl Learner {
    /// Shape of a row of so many numbers as a picture.
    pub(super) fn shape(self, width: usize) -> Result<[usize; 3], HeadError> {
        match self {
            Learner::Network(Network::Softmax) => {}
            Learner::Network(Network::Mlp { hidden }) => within("hidden units", hidden, limits::HIDDEN)?,
            Learner::Network(Network::Cnn { channels }) => {
                within("channels", channels, limits::CHANNELS)?;
                return square(width, 3, 4);
            }
            Learner::Blocks(blocks) => return square(width, entry_channels(blocks.first()), 1),
        }
        Ok([1, 1, width])
    }
}

fn within(name: &'static str, value: usize, (low, high): (usize, usize)) -> Result<(), HeadError> {
    if (low..=high).contains(&value) { Ok(()) } else { Err(HeadError::Limit(name)) }
}

/// A square map of so many channels and at least so many pixels a side.
fn square(width: usize, channels: usize, least: usize) -> Result<[usize; 3], HeadError> {
    let side = (width / channels.max(1)).isqrt();
    if side < least || side * side * channels != width {
        return Err(HeadError::NotPictures(width));
    }
    Ok([side, side, channels])
}
