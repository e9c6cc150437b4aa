//! What has to be on the machine, and how it gets there.
//!
//! [`Need`] is the one list. Each tool is one file with an `ensure` that looks first and installs only what is missing, with the tool's
//! ordinary client, after saying what it runs and about how long that takes. Nothing is downloaded by hand.

mod browser;
mod cargo_tools;
mod firefox;
mod node;
mod system;
mod typos;
mod vulkan;
mod wasm_target;

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::process;
use crate::project::Project;

pub use browser::{chromedriver, chromium};
pub use firefox::{firefox, geckodriver};
pub use node::playwright;

/// Something that a command needs on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The standard library of wasm32-unknown-unknown.
    WasmTarget,
    /// wasm-bindgen and its test runner.
    WasmBindgen,
    /// wasm-opt.
    WasmOpt,
    /// The crates of `Cargo.lock`, for what runs cargo without the network.
    Crates,
    Trunk,
    Typos,
    Deny,
    /// Chromium, its driver and a Korean font.
    Chromium,
    /// Firefox and its driver.
    Firefox,
    /// A Vulkan driver for native tests.
    Vulkan,
    /// The packages of `e2e/`.
    E2e,
}

/// What becomes of a command whose need cannot be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Without {
    Fails,
    /// It is left out, and that is said.
    Skipped,
    /// It runs and leaves something out, which is said.
    Less,
}

/// Every need, in the order in which `setup` sees to them.
pub const ALL: &[Need] = &[
    Need::WasmTarget,
    Need::WasmBindgen,
    Need::WasmOpt,
    Need::Crates,
    Need::Typos,
    Need::Deny,
    Need::Vulkan,
    Need::Chromium,
    Need::Firefox,
    Need::E2e,
    Need::Trunk,
];

/// What building the site needs.
pub const BUILD: &[Need] = &[Need::WasmTarget, Need::WasmBindgen, Need::WasmOpt, Need::Crates];

impl Need {
    /// Looks, and installs what is missing.
    pub fn ensure(self, project: &Project) -> Result<()> {
        match self {
            Need::WasmTarget => wasm_target::ensure(project),
            Need::WasmBindgen => cargo_tools::ensure_wasm_bindgen(project),
            Need::WasmOpt => node::ensure_wasm_opt(project),
            // Silent when they are there.
            Need::Crates => {
                process::run(process::command(project, "cargo")?.args(["fetch", "--locked", "--quiet"]))
            }
            Need::Trunk => cargo_tools::ensure_trunk(project),
            Need::Typos => typos::ensure(project),
            Need::Deny => cargo_tools::ensure_deny(project),
            Need::Chromium => browser::ensure(project),
            Need::Firefox => firefox::ensure(project),
            Need::Vulkan => vulkan::ensure(project),
            Need::E2e => node::ensure_e2e(project),
        }
    }

    pub fn without(self) -> Without {
        match self {
            Need::Firefox => Without::Skipped,
            Need::Vulkan => Without::Less,
            _ => Without::Fails,
        }
    }
}

/// Sees to each need in turn. What a command can do without is only missed aloud.
pub fn ensure(project: &Project, needs: &[Need]) -> Result<()> {
    for need in needs {
        match need.ensure(project) {
            Err(error) if need.without() == Without::Fails => return Err(error),
            Err(error) => println!("{need:?}: {error:#}"),
            Ok(()) => {}
        }
    }
    Ok(())
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
    use super::{ALL, BUILD, first_version};

    #[test]
    fn everything_has_one_place_in_the_order_and_a_build_keeps_to_it() {
        for (index, need) in ALL.iter().enumerate() {
            assert!(!ALL[..index].contains(need), "{need:?} twice");
        }
        assert_eq!(ALL[..BUILD.len()], *BUILD);
    }

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
