//! Tools that come from crates.io through `cargo install`.
//!
//! They are compiled to be had soon: they run for seconds, and their authors' release profiles (one unit of code, the whole program
//! optimised at once) cost minutes. All compile in one folder, so what two of them use is compiled once.

use anyhow::{Context, Result};

use super::{install, present, version_of};
use crate::process;
use crate::project::Project;

/// What plain `trunk serve` and `trunk build` are tried with.
const TRUNK: &str = "0.21.14";
const TRUNK_SERIES: &str = "0.21.";
const DENY: &str = "0.20.2";
const DENY_SERIES: &str = "0.20.";

/// Level 1 and not 0: wasm-bindgen works on megabytes, and at 0 a release site waits for it.
const PROFILE: [(&str, &str); 6] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
    ("CARGO_PROFILE_RELEASE_PANIC", "unwind"),
    ("CARGO_PROFILE_RELEASE_STRIP", "debuginfo"),
];

/// `cargo install SPEC …` in the folder and with the profile that these tools share.
pub(super) fn cargo_install(
    project: &Project,
    tool: &str,
    about: &str,
    spec: &str,
    more: &[&str],
) -> Result<()> {
    let mut cargo = process::command(project, "cargo")?;
    cargo
        .args(["install", spec])
        .args(more)
        .env("CARGO_TARGET_DIR", project.tools_dir().join("build"))
        .env("CARGO_INCREMENTAL", "0")
        .envs(PROFILE);
    install(tool, about, &mut cargo)
}

pub fn ensure_trunk(project: &Project) -> Result<()> {
    if let Some(version) = version_of(project, "trunk", &["--version"])
        && version.starts_with(TRUNK_SERIES)
    {
        present("trunk", &version);
        return Ok(());
    }
    let spec = format!("trunk@{TRUNK}");
    cargo_install(project, "trunk", "about 5 minutes on two cores", &spec, &["--locked"])
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
    cargo_install(project, "wasm-bindgen", "about 2 minutes on two cores", &spec, &["--force"])
}

pub fn ensure_deny(project: &Project) -> Result<()> {
    if let Some(version) = version_of(project, "cargo-deny", &["--version"])
        && version.starts_with(DENY_SERIES)
    {
        present("cargo-deny", &version);
        return Ok(());
    }
    let spec = format!("cargo-deny@{DENY}");
    cargo_install(project, "cargo-deny", "about 2 minutes on two cores", &spec, &["--locked"])
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
