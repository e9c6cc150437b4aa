//! Data augmentation as the page describes it. The lab's own types are in `experiments`.

use serde::{Deserialize, Serialize};

use crate::{Precision, Square};

/// The transforms in the order of every recipe: id and greatest range in the page's unit (degrees, percent; the parameter of mixup in
/// hundredths; flips have no range but 1).
pub const TRANSFORMS: [(&str, u32); 11] = [
    ("rotate", 180),
    ("zoom", 50),
    ("shift", 50),
    ("flip-h", 1),
    ("flip-v", 1),
    ("shear", 45),
    ("brightness", 90),
    ("contrast", 90),
    ("noise", 50),
    ("cutout", 75),
    ("mixup", 100),
];

/// Least and greatest of every number, both accepted. What is outside is refused by the lab.
pub mod limits {
    /// Labelled pictures of a class.
    pub const PER_CLASS: [u32; 2] = [1, 100];
    /// Variants shown at a time.
    pub const VARIANTS: [u32; 2] = [1, 64];
}

/// For each of [`TRANSFORMS`] its range in the page's unit and its probability in percent.
pub type RecipeSpec = [[u32; 2]; TRANSFORMS.len()];

/// A lab that trains a small network on changed pictures. The lab's seed draws the labelled pictures as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AugmentSpec {
    /// `mnist`, `fashion-mnist`, `clip-art`, `emoji`: a file of `public/data`.
    pub data: String,
    /// Labelled pictures of a class.
    pub per_class: u32,
    /// What is done to the pictures of a batch.
    pub recipe: RecipeSpec,
    /// What is done to the variants of test pictures whose answers are averaged.
    pub test_recipe: RecipeSpec,
    /// What is rounded.
    pub precision: Precision,
}

/// Variants of one picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantsSpec {
    /// As in [`AugmentSpec`].
    pub data: String,
    /// Which of the labelled pictures that the seed draws; beyond the last one it begins anew.
    pub picture: u32,
    /// Labelled pictures of a class.
    pub per_class: u32,
    /// What is done to them.
    pub recipe: RecipeSpec,
    /// Draws pictures and changes.
    pub seed: u64,
    /// How many; see [`limits::VARIANTS`].
    pub count: u32,
    /// A picture of the visitor's own in its place, in colour; the labelled ones remain its partners in a mixture.
    pub own: Option<Square>,
}

/// The picture and its variants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VariantSheet {
    /// Pixels along a side.
    pub side: u32,
    /// `(1 + variant, row, column, channel)`, three channels, 0 to 255; the picture as it is comes first.
    pub levels: Vec<u8>,
    /// What was done to each variant: angle, zoom, shift right and down, flips left–right and top–bottom, shear, brightness, contrast,
    /// noise, centre of the square across and down and its side, share of another picture.
    pub figures: Vec<[f32; 14]>,
    /// The task's classes, in English.
    pub classes: Vec<String>,
    /// Which of them the picture belongs to; none for one of the visitor's own.
    pub class: Option<u32>,
    /// Labelled pictures in all.
    pub pictures: u32,
    /// SHA-256 of the variants' levels as the network sees them (binary32, little-endian), hexadecimal.
    pub hash: String,
}
