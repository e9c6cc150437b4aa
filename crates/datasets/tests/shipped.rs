//! The files of `public/data` against figures that another program read from the packages themselves
//! (`tools/oracles/data_figures.py`).

use std::fmt::Write;
use std::path::Path;

use datasets::{Dataset, Examples, Kind, Split, Values};
use serde::Deserialize;
use sha2::{Digest, Sha256};

#[derive(Deserialize)]
struct Figures {
    name: String,
    shape: Vec<usize>,
    train: usize,
    test: usize,
    train_of_class: Vec<usize>,
    test_of_class: Vec<usize>,
    labels_sha256: String,
    values_sha256: String,
    first_label: u8,
    last_label: u8,
    first: Vec<f32>,
    last: Vec<f32>,
    min: Option<u8>,
    max: Option<u8>,
    train_sum: Option<u64>,
    test_sum: Option<u64>,
    column_min: Option<Vec<f32>>,
    column_max: Option<Vec<f32>>,
}

fn all_figures() -> Vec<Figures> {
    serde_json::from_str(include_str!("golden/figures.json")).unwrap()
}

fn shipped(name: &str) -> Dataset {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../public/data").join(format!("{name}.bin"));
    Dataset::read(&std::fs::read(path).unwrap()).unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn of_class(examples: &Examples<'_>, classes: usize) -> Vec<usize> {
    let mut counts = vec![0; classes];
    for label in examples.labels() {
        counts[usize::from(*label)] += 1;
    }
    counts
}

/// An example's stored values, not scaled.
fn stored(values: Values<'_>) -> Vec<f32> {
    match values {
        Values::Pixels { values, .. } => values.iter().map(|value| f32::from(*value)).collect(),
        Values::Numbers(values) => values.to_vec(),
    }
}

#[test]
fn every_shipped_file_holds_what_the_packages_hold() {
    let all = all_figures();
    let names: Vec<&str> = all.iter().map(|figures| figures.name.as_str()).collect();
    assert_eq!(names, ["digits", "breast-cancer", "fashion-mnist", "mnist", "clip-art", "emoji"]);
    for figures in &all {
        let name = &figures.name;
        let set = shipped(name);
        let (train, test) = (set.split(Split::Train), set.split(Split::Test));
        assert_eq!(set.name(), name);
        assert_eq!(set.shape(), figures.shape, "{name}");
        assert_eq!((train.len(), test.len()), (figures.train, figures.test), "{name}");
        assert_eq!(of_class(&train, set.classes().len()), figures.train_of_class, "{name}");
        assert_eq!(of_class(&test, set.classes().len()), figures.test_of_class, "{name}");
        let (first, last) = (train.get(0).unwrap(), test.get(test.len() - 1).unwrap());
        assert_eq!((first.label, last.label), (figures.first_label, figures.last_label), "{name}");
        // Of a large example, every 97th value.
        let step = if set.example_len() < 1000 { 1 } else { 97 };
        let seen = |values| stored(values).into_iter().step_by(step).collect::<Vec<f32>>();
        assert_eq!(seen(first.values), figures.first, "{name}");
        assert_eq!(seen(last.values), figures.last, "{name}");
        assert_eq!(sha256(set.all().labels()), figures.labels_sha256, "{name}");
        match set.all().values() {
            Values::Pixels { values, full_scale } => {
                assert_eq!(set.kind(), Kind::Images, "{name}");
                assert_eq!(sha256(values), figures.values_sha256, "{name}");
                assert_eq!(values.iter().min().copied(), figures.min, "{name}");
                assert_eq!(values.iter().max().copied(), figures.max, "{name}");
                assert_eq!(figures.max, Some(full_scale), "{name}");
                assert_eq!(Some(sum(train.values())), figures.train_sum, "{name}");
                assert_eq!(Some(sum(test.values())), figures.test_sum, "{name}");
            }
            Values::Numbers(values) => {
                assert_eq!(set.kind(), Kind::Table, "{name}");
                let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                assert_eq!(sha256(&bytes), figures.values_sha256, "{name}");
                let column = |fold: fn(f32, f32) -> f32| -> Vec<f32> {
                    (0..set.example_len())
                        .map(|at| {
                            values.iter().skip(at).step_by(set.example_len()).copied().reduce(fold).unwrap()
                        })
                        .collect()
                };
                assert_eq!(Some(column(f32::min)), figures.column_min, "{name}");
                assert_eq!(Some(column(f32::max)), figures.column_max, "{name}");
            }
        }
    }
}

fn sum(values: Values<'_>) -> u64 {
    match values {
        Values::Pixels { values, .. } => values.iter().map(|value| u64::from(*value)).sum(),
        Values::Numbers(_) => panic!("a table has no pixels"),
    }
}

#[test]
fn balanced_files_are_balanced_at_every_beginning() {
    for name in ["fashion-mnist", "mnist"] {
        let set = shipped(name);
        for split in [Split::Train, Split::Test] {
            let labels = set.split(split).labels();
            assert!(labels.iter().enumerate().all(|(i, label)| usize::from(*label) == i % 10), "{name}");
        }
    }
}

#[test]
fn no_test_image_is_a_training_image() {
    for name in ["digits", "fashion-mnist", "mnist", "clip-art", "emoji"] {
        let set = shipped(name);
        let train: std::collections::HashSet<Vec<u32>> =
            set.split(Split::Train).iter().map(|example| bits(example.values)).collect();
        let doubles =
            set.split(Split::Test).iter().filter(|example| train.contains(&bits(example.values))).count();
        assert_eq!(doubles, 0, "{name}");
    }
}

fn bits(values: Values<'_>) -> Vec<u32> {
    stored(values).into_iter().map(f32::to_bits).collect()
}

#[test]
fn the_tables_columns_are_means_errors_and_worst() {
    let set = shipped("breast-cancer");
    let columns = set.columns();
    assert_eq!(columns.len(), 30);
    assert_eq!([&*columns[0], &*columns[10], &*columns[20]], ["mean-radius", "radius-error", "worst-radius"]);
    // The largest of a measure is at least its mean, in every row.
    for row in set.all().iter() {
        let row = stored(row.values);
        assert!(row[20] >= row[0] && row[23] >= row[3], "{row:?}");
    }
}
