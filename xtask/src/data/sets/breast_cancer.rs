//! The Wisconsin table of breast tumours: `breast_cancer.csv`, 30 measures and a class a row.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use datasets::{Kind, Parts, Values, encode};

use super::scikit_learn;
use crate::data::DataSet;
use crate::data::package::read_text;

pub const DATA_SET: DataSet = DataSet {
    name: "breast-cancer",
    title: "Breast tumours, 30 measures",
    credit: "By W. H. Wolberg, W. N. Street and O. L. Mangasarian (1995): \"Breast Cancer Wisconsin (Diagnostic)\" of \
             the UCI Machine Learning Repository, as shipped with scikit-learn.",
    package: &scikit_learn::PACKAGE,
    licence: "BSD-3-Clause",
    notice: scikit_learn::NOTICE,
    done: "all 569 rows, each number rounded once to binary32. The first 170 malignant and the first 285 benign rows \
           are for training, the other 42 and 72 for testing; both parts keep the package's order.",
    build,
};

const COUNT: usize = 569;
/// Four fifths of each class (212 and 357 rows). The shares of the classes drift along the table, so that a cut
/// through it would give the two parts different shares.
const TRAIN: [usize; 2] = [170, 285];
const CLASSES: [&str; 2] = ["malignant", "benign"];

/// What was measured on each cell nucleus. A row holds the mean of each over an image, the mean's standard error,
/// and the mean of the three largest.
const MEASURES: [&str; 10] = [
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave-points",
    "symmetry",
    "fractal-dimension",
];

fn columns() -> Vec<String> {
    let means = MEASURES.map(|measure| format!("mean-{measure}"));
    let errors = MEASURES.map(|measure| format!("{measure}-error"));
    let worst = MEASURES.map(|measure| format!("worst-{measure}"));
    [means, errors, worst].into_iter().flatten().collect()
}

fn build(folder: &Path) -> Result<Vec<u8>> {
    let text = read_text(folder, "sklearn/datasets/data/breast_cancer.csv")?;
    let mut lines = text.lines();
    ensure!(lines.next() == Some("569,30,malignant,benign"), "the first line is another");
    let columns = columns();
    // Labels and values, of training rows and of test rows.
    let mut parts = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
    let mut seen = [0; CLASSES.len()];
    for (number, line) in lines.enumerate() {
        let row = || format!("row {}", number + 1);
        let (values, label) = line.rsplit_once(',').with_context(row)?;
        let label: u8 = label.parse().with_context(row)?;
        let of_class = seen.get_mut(usize::from(label)).with_context(row)?;
        let is_test = *of_class >= TRAIN[usize::from(label)];
        *of_class += 1;
        let values = values.split(',').map(str::parse).collect::<Result<Vec<f32>, _>>().with_context(row)?;
        ensure!(values.len() == columns.len(), "row {} has {} numbers", number + 1, values.len());
        let part = &mut parts[usize::from(is_test)];
        part.0.push(label);
        part.1.extend(values);
    }
    let [train, test] = parts;
    let labels = [train.0.as_slice(), &test.0].concat();
    let values = [train.1, test.1].concat();
    ensure!(labels.len() == COUNT && train.0.len() == TRAIN.iter().sum::<usize>(), "{} rows", labels.len());
    Ok(encode(&Parts {
        kind: Kind::Table,
        name: DATA_SET.name,
        shape: &[columns.len()],
        classes: &CLASSES,
        columns: &columns.iter().map(String::as_str).collect::<Vec<_>>(),
        train: train.0.len(),
        labels: &labels,
        values: Values::Numbers(&values),
    })?)
}
