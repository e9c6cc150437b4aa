//! Handwritten digits of 8×8 pixels: `digits.csv.gz`, one line of 64 levels (0 to 16) and a class for each image.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use datasets::{Kind, Parts, Values, encode};

use super::{DIGITS, scikit_learn};
use crate::data::DataSet;
use crate::data::package::read_gzip;

pub const DATA_SET: DataSet = DataSet {
    name: "digits",
    title: "Handwritten digits, 8×8",
    credit: "By E. Alpaydin and C. Kaynak (1998): the test part of \"Optical Recognition of Handwritten Digits\" of the \
             UCI Machine Learning Repository, as shipped with scikit-learn.",
    package: &scikit_learn::PACKAGE,
    licence: "BSD-3-Clause",
    notice: scikit_learn::NOTICE,
    done: "all 1,797 images in the package's order, levels 0 to 16 as they are. The first 1,347 are for training, the \
           last 450 for testing.",
    build,
};

const COUNT: usize = 1797;
/// Cut in file order, where the images of one writer lie together: shuffled, every writer would be in both parts.
const TRAIN: usize = 1347;
const PIXELS: usize = 64;

fn build(folder: &Path) -> Result<Vec<u8>> {
    let text = String::from_utf8(read_gzip(folder, "sklearn/datasets/data/digits.csv.gz")?)?;
    let (mut labels, mut pixels) = (Vec::new(), Vec::new());
    for (number, line) in text.lines().enumerate() {
        let mut row = line
            .split(',')
            .map(str::parse)
            .collect::<Result<Vec<u8>, _>>()
            .with_context(|| format!("line {}", number + 1))?;
        ensure!(row.len() == PIXELS + 1, "line {} has {} numbers", number + 1, row.len());
        labels.extend(row.pop());
        pixels.extend(row);
    }
    ensure!(labels.len() == COUNT, "{} images", labels.len());
    Ok(encode(&Parts {
        kind: Kind::Images,
        name: DATA_SET.name,
        shape: &[8, 8],
        classes: &DIGITS,
        columns: &[],
        train: TRAIN,
        labels: &labels,
        values: Values::Pixels { values: &pixels, full_scale: 16 },
    })?)
}
