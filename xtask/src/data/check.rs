//! `cargo xtask data --check`: the committed files are those on record, readable, within limits, and nothing else.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use datasets::Dataset;
use walkdir::WalkDir;

use super::record::{self, FileRecord, Manifest};
use super::{Entry, FOLDER, models, readme, sets};
use crate::project::Project;

/// Largest file that a page may fetch at once; larger things are split.
const MAX_FILE_BYTES: u64 = 2_500_000;
/// Everything that experiments may fetch, over all of [`FETCHED`].
const MAX_TOTAL_BYTES: u64 = 30_000_000;
const FETCHED: [&str; 2] = [FOLDER, models::FOLDER];

pub fn check(project: &Project) -> Result<()> {
    let manifest = Manifest::load(project)?;
    let mut wrong = check_files(&project.path(FOLDER), &manifest)?;
    wrong.extend(check_table(project, &manifest)?);
    wrong.extend(models::faults(project)?);
    wrong.extend(check_sizes(project)?);
    if wrong.is_empty() {
        let bytes: usize = manifest.data_sets.iter().map(|entry| entry.record.bytes).sum();
        println!("{} data sets as on record, {bytes} bytes", manifest.data_sets.len());
        return Ok(());
    }
    for what in &wrong {
        eprintln!("{what}");
    }
    bail!("{} fault(s) in {}; `cargo xtask data` rebuilds it", wrong.len(), FETCHED.join(" or "))
}

/// Files against the manifest.
fn check_files(folder: &Path, manifest: &Manifest) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut known: BTreeSet<String> = [record::FILE, readme::FILE].map(str::to_owned).into();
    for entry in &manifest.data_sets {
        known.insert(entry.record.file.clone());
        if let Some(bytes) = recorded(folder, &entry.record, &mut wrong) {
            match Dataset::read(&bytes) {
                Ok(set) if set.name() == entry.name => {}
                Ok(set) => wrong.push(format!("{} holds `{}`", entry.record.file, set.name())),
                Err(error) => wrong.push(format!("{}: {error}", entry.record.file)),
            }
        }
    }
    for notice in &manifest.notices {
        known.insert(notice.file.clone());
        recorded(folder, notice, &mut wrong);
    }
    for file in WalkDir::new(folder).sort_by_file_name() {
        let file = file?;
        let name = file.path().strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
        if !file.file_type().is_dir() && !known.contains(&name) {
            wrong.push(format!("{name} is not on record"));
        }
    }
    Ok(wrong)
}

/// The bytes of a file that is as on record.
fn recorded(folder: &Path, record: &FileRecord, wrong: &mut Vec<String>) -> Option<Vec<u8>> {
    let Ok(bytes) = std::fs::read(folder.join(&record.file)) else {
        wrong.push(format!("{} is missing", record.file));
        return None;
    };
    if FileRecord::of(&record.file, &bytes) != *record {
        wrong.push(format!("{} differs from its record", record.file));
        return None;
    }
    Some(bytes)
}

/// The manifest and `README.md` against the table in the code.
fn check_table(project: &Project, manifest: &Manifest) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut expected = Vec::new();
    for set in sets::ALL {
        match manifest.of(set) {
            Some((entry, _)) => {
                let record = FileRecord { file: set.file(), ..entry.record };
                expected.push(Entry::new(set, record));
            }
            None => wrong.push(format!("{} is not in {}", set.name, record::FILE)),
        }
    }
    if wrong.is_empty() {
        if expected != manifest.data_sets {
            wrong.push(format!("{} does not say what the table of data sets says", record::FILE));
        }
        if project.read(&format!("{FOLDER}/{}", readme::FILE))? != readme::text(sets::ALL, manifest)? {
            wrong.push(format!("{} is not what the table of data sets says", readme::FILE));
        }
    }
    Ok(wrong)
}

fn check_sizes(project: &Project) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut total = 0;
    for folder in FETCHED.map(|folder| project.path(folder)).into_iter().filter(|folder| folder.is_dir()) {
        for file in WalkDir::new(&folder).sort_by_file_name() {
            let file = file?;
            if !file.file_type().is_file() {
                continue;
            }
            let bytes = file.metadata().with_context(|| format!("reading {}", file.path().display()))?.len();
            total += bytes;
            if bytes > MAX_FILE_BYTES {
                wrong.push(format!(
                    "{} has {bytes} bytes, {MAX_FILE_BYTES} are allowed",
                    file.path().display()
                ));
            }
        }
    }
    if total > MAX_TOTAL_BYTES {
        wrong.push(format!("{} have {total} bytes, {MAX_TOTAL_BYTES} are allowed", FETCHED.join(" and ")));
    }
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with one licence file on record, changed by `edit`.
    fn faults(name: &str, edit: impl Fn(&Path)) -> Vec<String> {
        let folder = std::env::temp_dir().join(format!("data-check-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("licences")).unwrap();
        std::fs::write(folder.join("licences/a.txt"), "text").unwrap();
        let notices = vec![FileRecord::of("licences/a.txt", b"text")];
        edit(&folder);
        let found = check_files(&folder, &Manifest { data_sets: Vec::new(), notices }).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        found
    }

    #[test]
    fn a_changed_missing_or_extra_file_is_caught() {
        assert!(faults("same", |_| {}).is_empty());
        assert_eq!(
            faults("changed", |folder| std::fs::write(folder.join("licences/a.txt"), "Text").unwrap()),
            ["licences/a.txt differs from its record"]
        );
        assert_eq!(
            faults("missing", |folder| std::fs::remove_file(folder.join("licences/a.txt")).unwrap()),
            ["licences/a.txt is missing"]
        );
        assert_eq!(
            faults("extra", |folder| std::fs::write(folder.join("b.bin"), "").unwrap()),
            ["b.bin is not on record"]
        );
    }
}
