//! The worker's second build, with relaxed SIMD: `worker_relaxed_loader.js`, `worker_relaxed.js`, `worker_relaxed_bg.wasm`.
//!
//! Trunk builds one program with one set of flags, so a hook (`Trunk.toml`) runs this after its build and before the site is put in place.
//! Browsers without relaxed SIMD never load it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use crate::process::{self, command};
use crate::project::Project;

/// The files' stem.
pub const NAME: &str = "worker_relaxed";

/// The flags of `.cargo/config.toml`, which the variable replaces, with relaxed SIMD.
const FLAGS: &str = "-C target-feature=+simd128,+relaxed-simd --cfg=erase_components";

/// As for the worker in `index.html`, with relaxed SIMD.
const WASM_OPT: [&str; 9] = [
    "-O3",
    "--enable-simd",
    "--enable-relaxed-simd",
    "--enable-bulk-memory",
    "--enable-reference-types",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-multivalue",
];

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
    let release = args.profile == "release";
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| project.path("target"), PathBuf::from);
    let target = target.join("relaxed");
    let mut cargo = command(project, "cargo")?;
    cargo
        .args(["build", "--quiet", "--bin", "worker", "--no-default-features", "--features", "worker"])
        .args(["--target", "wasm32-unknown-unknown", "--target-dir"])
        .arg(&target)
        .env("RUSTFLAGS", FLAGS);
    if release {
        cargo.args(["--profile", "worker"]);
    }
    process::run(&mut cargo)?;
    let folder = if release { "worker" } else { "debug" };
    let built = target.join("wasm32-unknown-unknown").join(folder).join("worker.wasm");
    let mut bindgen = command(project, "wasm-bindgen")?;
    bindgen.args(["--target", "web", "--no-typescript", "--out-name", NAME, "--out-dir"]);
    process::run(bindgen.arg(&args.out).arg(&built))?;
    if release {
        optimise(project, &args.out.join(format!("{NAME}_bg.wasm")))?;
    }
    let loader = format!("import init from './{NAME}.js';await init();");
    std::fs::write(args.out.join(format!("{NAME}_loader.js")), loader).context("writing the loader")
}

fn optimise(project: &Project, wasm: &Path) -> Result<()> {
    process::run(command(project, "wasm-opt")?.args(WASM_OPT).arg("--output").arg(wasm).arg(wasm))
}
