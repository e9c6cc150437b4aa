//! Transfer learning as the page describes it: a task's pictures, a base, and heads on what it gives. The lab's own types are in
//! `experiments`.

use serde::{Deserialize, Serialize};

/// Least and greatest of every number, both accepted. What is outside is refused by the lab.
pub mod limits {
    /// Labelled pictures of a class.
    pub const PER_CLASS: [u32; 2] = [1, 100];
    /// Pictures asked for at a time.
    pub const PICTURES: usize = 256;
}

/// Which features of which pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeaturesSpec {
    /// `clip-art`, `emoji`, `fashion-mnist`, `mnist`: a file of `public/data`.
    pub data: String,
    /// Where the base ends: `d10`, `b14`.
    pub cut: String,
    /// Its weights: `int8` as shipped; `fp32`, and `fp16`, `e4m3`, `int4` made from that; `random`.
    pub weights: String,
}

/// A lab that trains one arm. The lab's seed draws the labelled pictures as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferSpec {
    /// The pictures and the base; arms without a base ignore the latter.
    pub features: FeaturesSpec,
    /// `frozen`, `recipe`, `tuned`, `pixels`, `scratch`, `random`.
    pub arm: String,
    /// Labelled pictures of a class.
    pub per_class: u32,
}

/// A base at work, and the task it was applied to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeaturesSummary {
    /// The task's classes, in English.
    pub classes: Vec<String>,
    /// Pictures whose features are kept.
    pub pictures: u32,
    /// Pixels along a side that the base sees.
    pub side: u32,
    /// Height, width and channels of the last feature map.
    pub map: [u32; 3],
    /// Numbers of the base.
    pub param_count: u64,
    /// Bytes of its weights, scales and biases in this precision.
    pub weight_bytes: u64,
    /// Multiplications, additions and function values for one picture.
    pub flop_per_picture: u64,
    /// Time for one picture when the features were computed, mean.
    pub ms_per_picture: f64,
}

/// Pictures of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PicturesSpec {
    /// As in [`FeaturesSpec`].
    pub data: String,
    /// Which ones; at most [`limits::PICTURES`].
    pub indices: Vec<u32>,
}

/// The pictures asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureSheet {
    /// As asked for; those past the last picture are left out.
    pub indices: Vec<u32>,
    /// Pixels along a side.
    pub side: u32,
    /// `(picture, row, column, channel)`, 0 to 255.
    pub levels: Vec<u8>,
    /// The class of each picture.
    pub labels: Vec<u8>,
}
