//! The trained models of `public/models`: each made of one pinned package, in files small enough to be fetched one by one.
//!
//! Beside the files lie `manifest.json` (lengths and digests), `README.md` and the licences, as for data sets.

mod class_names;
mod efficientnet_lite0;
mod fold;
mod shards;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use super::package::Package;
use super::record::FileRecord;
use super::{Notice, write};
use crate::project::Project;

/// Where the files lie, below the project's root.
pub const FOLDER: &str = "public/models";
const MANIFEST: &str = "manifest.json";
const README: &str = "README.md";

/// Names below [`FOLDER`] and bytes.
type Files = Vec<(String, Vec<u8>)>;

/// One model, or a text that belongs to one.
pub struct Model {
    pub name: &'static str,
    title: &'static str,
    credit: &'static str,
    package: &'static Package,
    /// In SPDX terms, of the files as shipped.
    licence: &'static str,
    notice: Notice,
    /// What was done to the package's data.
    done: &'static str,
    /// From the folder of the unpacked package to the files, by their names below [`FOLDER`].
    build: fn(&Project, &Path) -> Result<Files>,
}

pub static ALL: &[Model] = &[efficientnet_lite0::MODEL, class_names::MODEL];

#[derive(Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    models: Vec<Entry>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    source: String,
    licence: String,
    notice: FileRecord,
    files: Vec<FileRecord>,
}

impl Manifest {
    fn load(project: &Project) -> Result<Manifest> {
        let file = format!("{FOLDER}/{MANIFEST}");
        serde_json::from_str(&project.read(&file)?).with_context(|| file)
    }
}

/// Rebuilds the models for which `wanted` holds.
pub fn run(project: &Project, wanted: impl Fn(&str) -> bool) -> Result<()> {
    let present = project.path(FOLDER).join(MANIFEST).is_file();
    let previous = if present { Manifest::load(project)? } else { Manifest::default() };
    let mut manifest = Manifest::default();
    for model in ALL {
        if !wanted(model.name) {
            let entry = previous.models.iter().find(|entry| entry.name == model.name);
            manifest.models.push(entry.with_context(|| format!("{} is not on record", model.name))?.clone());
            continue;
        }
        let folder = model.package.unpacked(project)?;
        let built = (model.build)(project, &folder).with_context(|| format!("building {}", model.name))?;
        let files = built
            .iter()
            .map(|(file, bytes)| write(project, FOLDER, file, bytes))
            .collect::<Result<Vec<FileRecord>>>()?;
        let notice = (model.notice.text)(&folder)?;
        manifest.models.push(Entry {
            name: model.name.to_owned(),
            source: model.package.shown().replace('`', ""),
            licence: model.licence.to_owned(),
            notice: write(project, FOLDER, model.notice.file, notice.as_bytes())?,
            files,
        });
    }
    let json = serde_json::to_string_pretty(&manifest)? + "\n";
    write(project, FOLDER, MANIFEST, json.as_bytes())?;
    write(project, FOLDER, README, readme(&manifest)?.as_bytes())?;
    Ok(())
}

const HEAD: &str = "# Trained models

Written by `cargo xtask data` from the named packages, whose digests are on record; `cargo xtask data --check` compares the
files with `manifest.json` and needs no network. Nothing is fetched before an experiment needs it. Each model keeps its own
licence, which is in `licences/`.
";

fn readme(manifest: &Manifest) -> Result<String> {
    let mut text = HEAD.to_owned();
    for (model, entry) in ALL.iter().zip(&manifest.models) {
        writeln!(
            text,
            "\n## {}\n\n{} Source: {}. Licence: {} ([text]({})).\n\nWhat was done: {}\n",
            model.title,
            model.credit,
            model.package.shown(),
            model.licence,
            model.notice.file,
            model.done
        )?;
        writeln!(text, "| file | bytes |\n|---|---|")?;
        for file in &entry.files {
            writeln!(text, "| `{}` | {} |", file.file, file.bytes)?;
        }
    }
    Ok(text)
}

/// What is wrong with the committed files.
pub fn faults(project: &Project) -> Result<Vec<String>> {
    let manifest = Manifest::load(project)?;
    let folder = project.path(FOLDER);
    let mut wrong = Vec::new();
    let mut known: BTreeSet<String> = [MANIFEST, README].map(str::to_owned).into();
    for record in manifest.models.iter().flat_map(|entry| entry.files.iter().chain([&entry.notice])) {
        known.insert(record.file.clone());
        match std::fs::read(folder.join(&record.file)) {
            Ok(bytes) if FileRecord::of(&record.file, &bytes) == *record => {}
            Ok(_) => wrong.push(format!("{FOLDER}/{} differs from its record", record.file)),
            Err(_) => wrong.push(format!("{FOLDER}/{} is missing", record.file)),
        }
    }
    for file in WalkDir::new(&folder).sort_by_file_name() {
        let file = file?;
        let name = file.path().strip_prefix(&folder)?.to_string_lossy().replace('\\', "/");
        if !file.file_type().is_dir() && !known.contains(&name) {
            wrong.push(format!("{FOLDER}/{name} is not on record"));
        }
    }
    let said = manifest.models.iter().map(|entry| (&*entry.name, &*entry.licence));
    if !said.eq(ALL.iter().map(|model| (model.name, model.licence))) {
        wrong.push(format!("{FOLDER}/{MANIFEST} does not say what the table of models says"));
    } else if project.read(&format!("{FOLDER}/{README}"))? != readme(&manifest)? {
        wrong.push(format!("{FOLDER}/{README} is not what the table of models says"));
    }
    Ok(wrong)
}
