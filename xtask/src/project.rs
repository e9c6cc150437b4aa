//! Where the project lies on disk, and the few folders that more than one command needs.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The checkout this task runner belongs to.
#[derive(Clone, Debug)]
pub struct Project {
    root: PathBuf,
}

impl Project {
    /// Finds the root: the folder above `xtask/`. Cargo says at run time where that is, so a shared
    /// target folder cannot make one checkout act on another.
    pub fn locate() -> Result<Project> {
        let manifest_dir = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest_dir.parent().context("xtask/ has no parent folder")?.to_path_buf();
        Ok(Project { root })
    }

    /// A project at a given folder, for the tests of the checkers.
    #[cfg(test)]
    pub fn at(root: &Path) -> Project {
        Project { root: root.to_path_buf() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Tools that belong to this checkout alone (git-ignored; `cargo clean` removes them, `setup` restores them).
    pub fn tools_dir(&self) -> PathBuf {
        self.root.join("target").join("tools")
    }

    pub fn read(&self, relative: &str) -> Result<String> {
        let path = self.path(relative);
        std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
    }
}

/// `$CARGO_HOME`, where `cargo install` puts its binaries.
pub fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        return Ok(PathBuf::from(home));
    }
    let home = std::env::home_dir().context("no home folder: set CARGO_HOME")?;
    Ok(home.join(".cargo"))
}
