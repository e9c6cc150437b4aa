//! Data sets of pictures chosen by hand: a committed list of a class and a file on every line.
//!
//! Within a class the files are put in the order of the SHA-256 of their names, so that a series by one hand does not stay together;
//! then the classes take turns as long as they last. The first `train_per_class` of each class are for training.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use datasets::{Kind, Parts, Values, encode};

use super::record::sha256;

/// What a list says: classes in order of their names, each with its files in the order of the data set.
pub fn chosen(list: &str) -> Result<BTreeMap<&str, Vec<&str>>> {
    let mut classes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in list.lines() {
        let (class, file) = line.split_once(' ').with_context(|| format!("`{line}` names no file"))?;
        classes.entry(class).or_default().push(file);
    }
    for files in classes.values_mut() {
        let count = files.len();
        files.sort_by_cached_key(|file| sha256(file.as_bytes()));
        files.dedup();
        ensure!(files.len() == count, "a file is listed twice");
    }
    Ok(classes)
}

/// The file of a data set of colour squares. `pixels` gives three bytes for each of `side`² pixels of a listed file.
pub fn build(
    name: &str,
    side: usize,
    list: &str,
    train_per_class: usize,
    pixels: impl Fn(&str) -> Result<Vec<u8>>,
) -> Result<Vec<u8>> {
    let classes = chosen(list)?;
    let (mut labels, mut values) = (Vec::new(), Vec::new());
    let longest = classes.values().map(Vec::len).max().unwrap_or(0);
    let shortest = classes.values().map(Vec::len).min().unwrap_or(0);
    ensure!(shortest > train_per_class, "a class of {shortest} files");
    for turn in 0..longest {
        for (label, files) in (0..).zip(classes.values()) {
            if let Some(file) = files.get(turn) {
                labels.push(label);
                values.extend(pixels(file)?);
            }
        }
    }
    let names: Vec<&str> = classes.keys().copied().collect();
    Ok(encode(&Parts {
        kind: Kind::Images,
        name,
        shape: &[side, side, 3],
        classes: &names,
        columns: &[],
        train: train_per_class * classes.len(),
        labels: &labels,
        values: Values::Pixels { values: &values, full_scale: u8::MAX },
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_take_turns_as_long_as_they_last() {
        let list = "b y\na 1\na 2\na 3\nb x\n";
        let file = build("test", 1, list, 1, |file| Ok(vec![file.as_bytes()[0]; 3])).unwrap();
        let set = datasets::Dataset::read(&file).unwrap();
        assert_eq!(set.classes(), ["a", "b"]);
        assert_eq!(set.all().labels(), [0, 1, 0, 1, 0]);
        assert_eq!(set.split(datasets::Split::Train).len(), 2);
        // By the digests of the names: 3 and 2 before 1, y before x.
        assert_eq!(chosen(list).unwrap()["a"].len(), 3);
        assert!(chosen("a 1\na 1\n").is_err());
        assert!(chosen("a\n").is_err());
        assert!(build("test", 1, list, 2, |_| Ok(vec![0; 3])).is_err());
    }
}
