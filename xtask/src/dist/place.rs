//! Where a site is built: in a folder beside its own, which it takes when it is whole.
//!
//! A build that fails or is interrupted leaves the site before as it was, and a folder that holds something else is not touched.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// A new folder that will be `out`.
pub struct Place {
    new: PathBuf,
    out: PathBuf,
}

impl Place {
    /// An error when `out` holds anything but a site: it would be lost.
    pub fn beside(out: &Path) -> Result<Place> {
        if !may_be_replaced(out)? {
            bail!(
                "{} holds files and no site that was built here; name another folder with --out, or remove it yourself",
                out.display()
            );
        }
        let mut name = out
            .file_name()
            .map(OsString::from)
            .with_context(|| format!("{} cannot be replaced; name a folder with --out", out.display()))?;
        name.push("-building");
        let new = out.with_file_name(name);
        if new.exists() {
            // Of a build that was interrupted.
            fs::remove_dir_all(&new).with_context(|| format!("removing {}", new.display()))?;
        }
        fs::create_dir_all(&new).with_context(|| format!("making {}", new.display()))?;
        Ok(Place { new, out: out.to_path_buf() })
    }

    pub fn path(&self) -> &Path {
        &self.new
    }

    /// Puts the new folder in the old one's place.
    pub fn take(self) -> Result<()> {
        let Place { new, out } = self;
        if out.exists() {
            fs::remove_dir_all(&out).with_context(|| format!("removing {}", out.display()))?;
        }
        fs::rename(&new, &out).with_context(|| format!("renaming {} to {}", new.display(), out.display()))
    }
}

/// Nothing is there, or a site of ours: one of `cargo xtask` or one of plain `trunk`.
fn may_be_replaced(out: &Path) -> Result<bool> {
    if !out.exists() {
        return Ok(true);
    }
    let mut entries = fs::read_dir(out).with_context(|| format!("reading {}", out.display()))?;
    let site = out.join("build-id.txt").is_file() || out.join("worker_loader.js").is_file();
    Ok(site || entries.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let top = std::env::temp_dir().join(format!("place-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&top);
        fs::create_dir_all(&top).unwrap();
        top
    }

    #[test]
    fn the_old_site_stays_until_the_new_one_takes_its_place() {
        let top = folder("take");
        let out = top.join("dist");
        fs::create_dir(&out).unwrap();
        fs::write(out.join("build-id.txt"), "old").unwrap();
        fs::write(out.join("gone.js"), "old").unwrap();
        let place = Place::beside(&out).unwrap();
        fs::write(place.path().join("build-id.txt"), "half").unwrap();
        drop(place);
        assert_eq!(fs::read_to_string(out.join("build-id.txt")).unwrap(), "old");

        let place = Place::beside(&out).unwrap();
        assert!(!place.path().join("build-id.txt").exists(), "nothing is left of the build before");
        fs::write(place.path().join("build-id.txt"), "new").unwrap();
        place.take().unwrap();
        assert_eq!(fs::read_to_string(out.join("build-id.txt")).unwrap(), "new");
        assert!(!out.join("gone.js").exists() && !top.join("dist-building").exists());
        fs::remove_dir_all(&top).unwrap();
    }

    #[test]
    fn what_is_no_site_is_not_lost() {
        let top = folder("keep");
        fs::write(top.join("thesis.txt"), "years").unwrap();
        assert!(Place::beside(&top).is_err());
        assert!(Place::beside(Path::new("/")).is_err());
        assert!(top.join("thesis.txt").is_file());
        // An empty folder, and one that is not there, may be taken.
        fs::create_dir(top.join("empty")).unwrap();
        assert!(Place::beside(&top.join("empty")).is_ok() && Place::beside(&top.join("none")).is_ok());
        fs::remove_dir_all(&top).unwrap();
    }
}
