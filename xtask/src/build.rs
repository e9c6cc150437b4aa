//! What a build of the site is told and known by: its id and its public address.

use std::path::Path;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::project::Project;

/// What decides how the built site behaves; anything else may change without a new build id.
const INPUTS: [&str; 10] = [
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "build.rs",
    "crates",
    "index.html",
    "locales",
    "public",
    "rust-toolchain.toml",
    "src",
];

/// The first 12 hex digits of a SHA-256 over the names and contents of everything the build reads.
///
/// Not the commit: a commit that leaves the site alone keeps its id (and the compiled result), and a change
/// that is not committed yet gets a new one.
pub fn build_id(project: &Project) -> Result<String> {
    let mut hash = Sha256::new();
    for input in INPUTS {
        let start = project.path(input);
        if !start.exists() {
            continue;
        }
        for entry in WalkDir::new(&start).sort_by_file_name() {
            let entry = entry?;
            if entry.file_type().is_file() {
                add_file(&mut hash, project.root(), entry.path())?;
            }
        }
    }
    Ok(hex(&hash.finalize()[..6]))
}

/// Two lower-case digits a byte.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}

fn add_file(hash: &mut Sha256, root: &Path, path: &Path) -> Result<()> {
    let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    hash.update(name.as_bytes());
    // Lengths keep one file's end apart from the next one's name.
    hash.update([0]);
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(&bytes);
    Ok(())
}

/// `x` as an address prefix: with a `/` at its end. A relative one would break deep pages and is refused.
pub fn checked_public_url(text: &str) -> Result<String> {
    if !(text.starts_with('/') || text.starts_with("https://") || text.starts_with("http://")) {
        bail!("--public-url must be a path such as /playground/ or a whole address, not `{text}`");
    }
    if text.contains(['"', '<', '>', ' ', '?', '#', '\\']) {
        bail!("--public-url has a character that an address prefix cannot have: `{text}`");
    }
    Ok(if text.ends_with('/') { text.to_owned() } else { format!("{text}/") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_url_gets_its_slash_or_is_refused() {
        assert_eq!(checked_public_url("/a").unwrap(), "/a/");
        assert_eq!(checked_public_url("https://host/a/").unwrap(), "https://host/a/");
        for bad in ["", "./", "a/", "/a b/", "/a?b"] {
            assert!(checked_public_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_id_follows_names_and_contents() {
        let root = std::env::temp_dir().join(format!("build-id-{}", std::process::id()));
        std::fs::create_dir_all(root.join("src")).unwrap();
        let project = Project::at(&root);
        let id = |text: &str| {
            std::fs::write(root.join("src/a.rs"), text).unwrap();
            build_id(&project).unwrap()
        };
        assert_eq!(id("x"), id("x"));
        assert_ne!(id("x"), id("y"));
        let before = id("x");
        std::fs::rename(root.join("src/a.rs"), root.join("src/b.rs")).unwrap();
        assert_ne!(before, build_id(&project).unwrap());
        std::fs::remove_dir_all(&root).unwrap();
    }
}
