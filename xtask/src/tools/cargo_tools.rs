//! Tools that come from crates.io through `cargo install`.

use anyhow::{Context, Result};

use super::{install, present, version_of};
use crate::process;
use crate::project::Project;

const TRUNK: &str = "0.21.14";
/// Post-processing reads Trunk's output, whose shape is stable within this series.
const TRUNK_SERIES: &str = "0.21.";
const DENY: &str = "0.20.2";
const DENY_SERIES: &str = "0.20.";

pub fn ensure_trunk(project: &Project) -> Result<()> {
    if let Some(version) = version_of(project, "trunk", &["--version"])
        && version.starts_with(TRUNK_SERIES)
    {
        present("trunk", &version);
        return Ok(());
    }
    let spec = format!("trunk@{TRUNK}");
    install(
        "trunk",
        "about 8 minutes on two cores",
        process::command(project, "cargo")?.args(["install", &spec, "--locked"]),
    )
}

/// `wasm-bindgen` must have the very version of the library in `Cargo.lock`.
pub fn ensure_wasm_bindgen(project: &Project) -> Result<()> {
    let wanted = locked_version(&project.read("Cargo.lock")?, "wasm-bindgen")
        .context("Cargo.lock names no wasm-bindgen: is the app's package in the workspace?")?;
    if version_of(project, "wasm-bindgen", &["--version"]).as_deref() == Some(wanted.as_str())
        && process::find(project, "wasm-bindgen-test-runner").is_some()
    {
        present("wasm-bindgen", &wanted);
        return Ok(());
    }
    // No `--locked`: the lock file that 0.2.130 ships does not build.
    let spec = format!("wasm-bindgen-cli@{wanted}");
    install(
        "wasm-bindgen",
        "about 4 minutes on two cores",
        process::command(project, "cargo")?.args(["install", &spec, "--force"]),
    )
}

pub fn ensure_deny(project: &Project) -> Result<()> {
    if let Some(version) = version_of(project, "cargo-deny", &["--version"])
        && version.starts_with(DENY_SERIES)
    {
        present("cargo-deny", &version);
        return Ok(());
    }
    let spec = format!("cargo-deny@{DENY}");
    install(
        "cargo-deny",
        "about 8 minutes on two cores",
        process::command(project, "cargo")?.args(["install", &spec, "--locked"]),
    )
}

/// The version of a package in a lock file. `None` when it is absent.
pub fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    lines.find(|line| *line == name)?;
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"').map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    const LOCK: &str = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";

    #[test]
    fn the_whole_name_counts() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(LOCK, "wasm"), None);
    }
}
