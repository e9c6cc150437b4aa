//! The data sets, one module each; the order here is the order of the manifest.

mod breast_cancer;
mod clip_art;
mod digits;
mod emoji;
mod fashion_mnist;
mod mnist;
mod scikit_learn;

use super::DataSet;

pub static ALL: &[DataSet] = &[
    digits::DATA_SET,
    breast_cancer::DATA_SET,
    fashion_mnist::DATA_SET,
    mnist::DATA_SET,
    clip_art::DATA_SET,
    emoji::DATA_SET,
];

/// The classes of handwritten digits.
const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
