//! The worker's second build, with relaxed SIMD: `worker_relaxed_loader.js`, `worker_relaxed.js`, `worker_relaxed_bg.wasm`.
//!
//! Trunk builds one program with one set of flags, so for `trunk serve` a hook (`Trunk.toml`) runs this after its build and before the site
//! is put in place. Browsers without relaxed SIMD never load it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use crate::project::Project;
use crate::wasm::Program;

/// What the stem of its files has beside the other build's.
pub const ENDING: &str = "_relaxed";
/// The files' stem.
const NAME: &str = "worker_relaxed";

#[derive(Args)]
pub struct RelaxedArgs {
    /// The folder to write to.
    #[arg(long, env = "TRUNK_STAGING_DIR", value_name = "DIR")]
    pub out: PathBuf,
    /// `release` or `debug`.
    #[arg(long, env = "TRUNK_PROFILE", default_value = "release", value_name = "PROFILE")]
    pub profile: String,
}

pub fn run(project: &Project, args: &RelaxedArgs) -> Result<()> {
    let program = Program {
        bin: "worker",
        features: "worker,all-widgets",
        release: args.profile == "release",
        relaxed: true,
        name: NAME,
        env: &[],
    };
    program.build(project, &args.out)?;
    loader(&args.out, NAME)
}

/// Writes the script that a page starts as a worker.
pub fn loader(out: &Path, name: &str) -> Result<()> {
    let text = format!("import init from './{name}.js';await init();");
    std::fs::write(out.join(format!("{name}_loader.js")), text).context("writing the loader")
}
