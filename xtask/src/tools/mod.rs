//! What has to be on the machine, and how it gets there.
//!
//! Each tool is one file with an `ensure` that looks first and installs only what is missing, with the tool's
//! ordinary client, after saying what it runs and about how long that takes. Nothing is downloaded by hand.

mod browser;
mod cargo_tools;
mod firefox;
mod node;
mod typos;
mod vulkan;
mod wasm_target;

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::process;
use crate::project::Project;

pub use browser::{chromedriver, chromium, ensure as ensure_browser};
pub use cargo_tools::{ensure_deny, ensure_wasm_bindgen};
pub use firefox::{ensure as ensure_firefox, firefox, geckodriver};
pub use node::{ensure_e2e, playwright};
pub use typos::ensure as ensure_typos;
pub use wasm_target::ensure as ensure_wasm_target;

/// Everything `serve` and `dist` need.
pub fn ensure_build(project: &Project) -> Result<()> {
    ensure_wasm_target(project)?;
    cargo_tools::ensure_trunk(project)?;
    ensure_wasm_bindgen(project)?;
    node::ensure_wasm_opt(project)?;
    // Trunk.toml says `offline`, so the crates must be here before Trunk runs cargo. Silent when they are.
    process::run(process::command(project, "cargo")?.args(["fetch", "--locked", "--quiet"]))
}

/// What only `test`, `bench` and `shots` need.
pub fn ensure_test(project: &Project) -> Result<()> {
    ensure_typos(project)?;
    ensure_deny(project)?;
    ensure_browser(project)?;
    vulkan::ensure(project);
    ensure_e2e(project)
}

/// Says that a tool is there already.
fn present(tool: &str, version: &str) {
    println!("{tool}: present ({version})");
}

/// Announces an installation, runs it, and says how long it took.
fn install(tool: &str, about: &str, command: &mut Command) -> Result<()> {
    println!("installing {tool} with `{}`, {about}", process::shown(command));
    let start = Instant::now();
    process::run(command).with_context(|| format!("{tool} could not be installed"))?;
    println!("{tool}: installed in {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// The version a tool reports: the first word of its `--version` output that starts with a digit
/// (a leading `v` or `version_` is not part of it).
fn version_of(project: &Project, tool: &str, args: &[&str]) -> Option<String> {
    let mut command = process::command(project, tool).ok()?;
    let text = process::output(command.args(args)).ok()?;
    first_version(&text)
}

fn first_version(text: &str) -> Option<String> {
    text.split_whitespace()
        .map(|word| word.trim_start_matches('v'))
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::first_version;

    #[test]
    fn versions_are_read_from_what_tools_print() {
        for (text, version) in [
            ("trunk 0.21.14", "0.21.14"),
            ("wasm-bindgen 0.2.130", "0.2.130"),
            ("wasm-opt version 132 (version_132)", "132"),
            ("v20.1.0\n", "20.1.0"),
            ("Chromium 156.0.8078.79 built on Debian", "156.0.8078.79"),
        ] {
            assert_eq!(first_version(text).as_deref(), Some(version));
        }
        assert_eq!(first_version("no number here"), None);
    }
}
