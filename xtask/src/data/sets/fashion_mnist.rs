//! Fashion-MNIST: grey images of clothes, 28×28, in four IDX files.

use std::path::Path;

use anyhow::{Result, ensure};
use datasets::{Kind, Parts, Values, encode};

use crate::data::package::{Client, Package, read_gzip, read_text};
use crate::data::{DataSet, Notice, idx, pick};

static PACKAGE: Package = Package {
    client: Client::Debian,
    name: "dataset-fashion-mnist",
    version: "0.0~git20200523.55506a9-1",
    file: "dataset-fashion-mnist_0.0~git20200523.55506a9-1_all.deb",
    sha256: "39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0",
};

pub const DATA_SET: DataSet = DataSet {
    name: "fashion-mnist",
    title: "Fashion-MNIST, 28×28",
    credit: "By H. Xiao, K. Rasul and R. Vollgraf (2017), Zalando SE.",
    package: &PACKAGE,
    licence: "MIT",
    notice: Notice { file: "licences/fashion-mnist.txt", text: notice },
    done: "for training, the first 200 images of each class of the 60,000 training images; for testing, the first 50 of \
           each class of the 10,000 test images. The classes take turns, so that every beginning of the file is \
           balanced. Pixels as they are.",
    build,
};

const SIDE: usize = 28;
/// In the order of the data set's own class numbers.
const CLASSES: [&str; 10] =
    ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle-boot"];
/// File name, images in the package, images kept of each class.
const SPLITS: [(&str, usize, usize); 2] = [("train", 60_000, 200), ("t10k", 10_000, 50)];

fn notice(folder: &Path) -> Result<String> {
    read_text(folder, "usr/share/doc/dataset-fashion-mnist/copyright")
}

fn build(folder: &Path) -> Result<Vec<u8>> {
    let (mut labels, mut pixels) = (Vec::new(), Vec::new());
    for (split, count, per_class) in SPLITS {
        let path = |what| format!("usr/share/datasets/fashion-mnist/{split}-{what}-ubyte.gz");
        let images = idx::parse(&read_gzip(folder, &path("images-idx3"))?)?;
        let classes = idx::parse(&read_gzip(folder, &path("labels-idx1"))?)?;
        ensure!(images.shape == [count, SIDE, SIDE], "{split}: images of {:?}", images.shape);
        ensure!(classes.shape == [count], "{split}: labels of {:?}", classes.shape);
        let (images, _) = images.values.as_chunks::<{ SIDE * SIDE }>();
        for position in pick::balanced(&classes.values, CLASSES.len(), per_class)? {
            labels.push(classes.values[position]);
            pixels.extend_from_slice(&images[position]);
        }
    }
    Ok(encode(&Parts {
        kind: Kind::Images,
        name: DATA_SET.name,
        shape: &[SIDE, SIDE],
        classes: &CLASSES,
        columns: &[],
        train: SPLITS[0].2 * CLASSES.len(),
        labels: &labels,
        values: Values::Pixels { values: &pixels, full_scale: u8::MAX },
    })?)
}
