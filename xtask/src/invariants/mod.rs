//! The architecture's invariants that the compiler does not hold.
//!
//! One file per subject; each has a test with a bad example, so that a check that cannot fail is noticed.
//! Left out: what the compiler holds by itself (unused crates, privacy) and what a review must judge.

mod crates;
mod locales;
mod locks;
mod paths;
mod rooms;

use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, bail};
use walkdir::WalkDir;

use crate::project::Project;

/// One broken rule, at a place a person can open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub file: String,
    /// 1-based; 0 when the whole file is meant.
    pub line: usize,
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}", self.file, self.what)
        } else {
            write!(f, "{}:{}: {}", self.file, self.line, self.what)
        }
    }
}

pub fn run(project: &Project) -> Result<()> {
    let mut violations = Vec::new();
    let sources = rooms::check(project, &mut violations)?;
    let packages = crates::check(project, &mut violations)?;
    let keys = locales::check(project, &mut violations)?;
    let locks = locks::check(project, &mut violations)?;
    if !violations.is_empty() {
        for violation in &violations {
            eprintln!("{violation}");
        }
        bail!("{} broken invariant(s), see docs in xtask/src/invariants", violations.len());
    }
    println!(
        "invariants hold: {sources} source files, {packages} packages, {keys} locale keys, {locks} lock files"
    );
    Ok(())
}

/// Files below `folder` with one of the extensions, in name order, without build output and installed packages.
/// Names are relative to the project's root, with `/`. A missing folder holds no files.
fn files(project: &Project, folder: &str, extensions: &[&str]) -> Result<Vec<(String, String)>> {
    const SKIPPED: [&str; 6] = ["target", "node_modules", "dist", ".git", ".venv", "results"];
    let start = project.path(folder);
    let mut found = Vec::new();
    if !start.exists() {
        return Ok(found);
    }
    let walk = WalkDir::new(&start).sort_by_file_name().into_iter().filter_entry(|entry| {
        entry.depth() == 0
            || !(entry.file_type().is_dir()
                && SKIPPED.contains(&entry.file_name().to_string_lossy().as_ref()))
    });
    for entry in walk {
        let entry = entry?;
        let path = entry.path();
        let wanted = path.extension().is_some_and(|ext| extensions.iter().any(|wanted| ext == *wanted));
        if entry.file_type().is_file() && wanted {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
            found.push((relative(project, path), text));
        }
    }
    Ok(found)
}

fn relative(project: &Project, path: &Path) -> String {
    path.strip_prefix(project.root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
