//! Transfer learning as the page describes it: a task's pictures, a base, and heads on what it gives. The lab's own types are in
//! `experiments`.

use serde::{Deserialize, Serialize};

/// Least and greatest of every number, both accepted. What is outside is refused by the lab.
pub mod limits {
    /// Labelled pictures of a class.
    pub const PER_CLASS: [u32; 2] = [1, 100];
    /// Pictures asked for at a time.
    pub const PICTURES: usize = 256;
    /// Classes of a visitor's own.
    pub const CLASSES: [usize; 2] = [2, 6];
    /// Pictures of one of them, at most.
    pub const OWN_PICTURES: usize = 50;
    /// Bytes of a picture's file, at most.
    pub const PICTURE_BYTES: u64 = 32 << 20;
    /// Pixels of a picture, at most; 4 bytes each once it is decoded.
    pub const PICTURE_PIXELS: u64 = 64_000_000;
    /// Pixels along a side of a decoded picture, at most: what ImageNet's classifier sees.
    pub const SIDE: u32 = 224;
    /// Pixels along a side that the base sees.
    pub const BASE_SIDE: u32 = 96;
    /// Precisions timed at a time.
    pub const PRECISIONS: usize = 8;
    /// Bytes of a head's file, at most.
    pub const HEAD_BYTES: u64 = 32 << 20;
}

/// Which features of which pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeaturesSpec {
    /// `clip-art`, `emoji`, `fashion-mnist`, `mnist`: a file of `public/data`; or the name of an [`OwnSet`].
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
    /// Blocks of the base that `tuned` trains: 11 to 14. Other arms ignore them.
    pub blocks: Vec<u32>,
    /// The classes' names, for the head's file; without, the data set's own.
    pub names: Vec<String>,
}

/// A base at work, and the task it was applied to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeaturesSummary {
    /// The task's classes, in English.
    pub classes: Vec<String>,
    /// Pictures whose features are kept.
    pub pictures: u32,
    /// How many of each class.
    pub counts: Vec<u32>,
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
    /// The base part by part, from the input.
    pub parts: Vec<BasePart>,
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

/// Which bases are timed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseSpeedSpec {
    /// As in [`FeaturesSpec`].
    pub cut: String,
    /// As in [`FeaturesSpec`]; at most [`limits::PRECISIONS`].
    pub weights: Vec<String>,
}

/// How long a base takes for one picture, one at a time, on one core.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaseSpeed {
    /// Its weights, as in [`FeaturesSpec`].
    pub weights: String,
    /// Bytes of weights, scales and biases in this precision.
    pub weight_bytes: u64,
    /// Median of the runs.
    pub median_ms: f64,
    /// Their quartiles.
    pub lower_ms: f64,
    /// The upper one.
    pub upper_ms: f64,
    /// Runs that count.
    pub runs: u32,
}

/// A part of the base: the stem or a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasePart {
    /// `stem`, `block0` and so on.
    pub name: String,
    /// Height, width and channels of its output.
    pub output: [u32; 3],
    /// Its numbers.
    pub param_count: u64,
    /// Multiply-accumulates for one picture.
    pub mac_count: u64,
}

/// A square picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Square {
    /// Pixels along a side.
    pub side: u32,
    /// `(row, column, channel)`, 0 to 255.
    pub levels: Vec<u8>,
}

/// What came of a picture's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decoded {
    /// `PNG`, `JPEG` and so on, by its first bytes.
    pub kind: String,
    /// Pixels of a row as stored in the file.
    pub width: u32,
    /// Rows as stored.
    pub height: u32,
    /// Its middle square, on white where it is transparent.
    pub square: Square,
}

/// Pictures of a visitor's own, under a name by which features can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSet {
    /// `own-` and what identifies the pictures.
    pub name: String,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Pixels along a side.
    pub side: u32,
    /// `(picture, row, column, channel)`, 0 to 255.
    pub levels: Vec<u8>,
    /// The class of each picture.
    pub labels: Vec<u8>,
}

/// What every arm sees of one picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsSpec {
    /// The base; its `data` does not matter.
    pub features: FeaturesSpec,
    /// The arms, by id.
    pub arms: Vec<String>,
    /// As in [`TransferSpec`].
    pub blocks: Vec<u32>,
    /// The picture.
    pub picture: Square,
}

/// Rows of one picture, ready for the labs' `picture`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureRows {
    /// What the base saw.
    pub seen: Square,
    /// The arm and its row.
    pub rows: Vec<(String, Vec<f32>)>,
    /// Time in the base, all of them.
    pub base_ms: f64,
}

/// The likeliest of ImageNet's classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guesses {
    /// English names and probabilities, likeliest first.
    pub guesses: Vec<(String, f32)>,
    /// Time in the network.
    pub ms: f64,
}

/// A head that was trained before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadSummary {
    /// How it was trained, as in [`TransferSpec`].
    pub arm: String,
    /// Where its base ends.
    pub cut: String,
    /// Its base's weights.
    pub weights: String,
    /// Names of its classes.
    pub classes: Vec<String>,
    /// Of the file.
    pub bytes: u64,
}
