//! The Rust standard library for wasm32-unknown-unknown.

use anyhow::{Context, Result, bail};

use super::{install, present};
use crate::process;
use crate::project::Project;

const TARGET: &str = "wasm32-unknown-unknown";

pub fn ensure(project: &Project) -> Result<()> {
    // The compiler knows where the target's library would lie, with or without rustup.
    let sysroot = process::output(process::command(project, "rustc")?.args(["--print", "sysroot"]))?;
    let library = std::path::Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib");
    if library.is_dir() {
        present(TARGET, "Rust target");
        return Ok(());
    }
    if process::find(project, "rustup").is_none() {
        bail!(
            "the Rust target {TARGET} is missing and there is no rustup to add it; install the target for your toolchain"
        );
    }
    install(
        TARGET,
        "less than a minute",
        process::command(project, "rustup")?.args(["target", "add", TARGET]),
    )
    .context("rustup could not add the target")
}
