//! `public/data/README.md`, written from the table of data sets.

use std::fmt::Write;

use anyhow::{Context, Result};

use super::DataSet;
use super::record::Manifest;

pub const FILE: &str = "README.md";

const HEAD: &str = "# Data sets

Small labelled data sets for the experiments. Each is one file, fetched when an experiment needs it; the layout is
described in `crates/datasets/src/lib.rs`. Each data set keeps its own licence, which is in `licences/`.

This file and everything beside it is written by `cargo xtask data`, which downloads the named packages, compares them
with the hashes on record and rebuilds every file byte for byte. `cargo xtask data --check` compares the files with
`manifest.json` and needs no network.

| file | bytes | source | licence |
|---|---|---|---|
";

pub fn text(sets: &[DataSet], manifest: &Manifest) -> Result<String> {
    let mut text = HEAD.to_owned();
    let mut about = String::new();
    for set in sets {
        let (entry, _) = manifest.of(set).with_context(|| format!("{} is not on record", set.name))?;
        writeln!(
            text,
            "| `{}` | {} | {} | {} ([text]({})) |",
            entry.record.file,
            entry.record.bytes,
            set.package.shown(),
            set.licence,
            set.notice.file
        )?;
        writeln!(
            about,
            "\n## {}\n\n`{}`. {}\n\nWhat was done: {}",
            set.title, entry.record.file, set.credit, set.done
        )?;
    }
    Ok(text + &about)
}
