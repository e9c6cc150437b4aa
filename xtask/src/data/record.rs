//! `manifest.json`: every file of the folder with its length and SHA-256.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{DataSet, FOLDER};
use crate::project::Project;

pub const FILE: &str = "manifest.json";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// In the order of the table in the code.
    pub data_sets: Vec<Entry>,
    /// The licence files, by name.
    pub notices: Vec<FileRecord>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub name: String,
    #[serde(flatten)]
    pub record: FileRecord,
    pub source: String,
    pub licence: String,
    /// The licence file.
    pub notice: String,
}

/// A file below `public/data`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    pub file: String,
    pub bytes: usize,
    pub sha256: String,
}

impl FileRecord {
    pub fn of(file: &str, bytes: &[u8]) -> FileRecord {
        FileRecord { file: file.to_owned(), bytes: bytes.len(), sha256: sha256(bytes) }
    }
}

impl Entry {
    pub fn new(set: &DataSet, record: FileRecord) -> Entry {
        Entry {
            name: set.name.to_owned(),
            record,
            source: set.package.shown().replace('`', ""),
            licence: set.licence.to_owned(),
            notice: set.notice.file.to_owned(),
        }
    }
}

impl Manifest {
    pub fn load(project: &Project) -> Result<Manifest> {
        let text = project.read(&format!("{FOLDER}/{FILE}"))?;
        serde_json::from_str(&text).with_context(|| format!("{FOLDER}/{FILE}"))
    }

    /// The text of the file, which ends with a line feed.
    pub fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// What is on record of a data set: its entry and its licence file.
    pub fn of(&self, set: &DataSet) -> Option<(Entry, FileRecord)> {
        let entry = self.data_sets.iter().find(|entry| entry.name == set.name)?;
        let notice = self.notices.iter().find(|notice| notice.file == set.notice.file)?;
        Some((entry.clone(), notice.clone()))
    }
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    crate::build::hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_standards() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
