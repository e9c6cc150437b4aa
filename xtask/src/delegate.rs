//! Commands whose work is done elsewhere; here they only get their tools and their arguments.

use anyhow::{Context, Result, bail};

use crate::dist;
use crate::process::{self, command, find};
use crate::project::Project;
use crate::serve::Running;
use crate::tools;

pub fn conformance(project: &Project, quick: bool, rest: &[String]) -> Result<()> {
    let mut run = command(project, "cargo")?;
    run.args(["run", "--locked", "--profile", "proof", "--package", "conformance", "--"]);
    if quick {
        run.arg("--quick");
    }
    process::run(run.args(rest))
}

/// `rest` may begin with the benchmark's name, a folder of `bench/`; conversions are measured otherwise.
pub fn bench(project: &Project, rest: &[String]) -> Result<()> {
    tools::ensure_wasm_target(project)?;
    tools::ensure_browser(project)?;
    let (name, rest) = match rest.split_first() {
        Some((first, rest)) if ["convert", "engine", "gan", "transfer"].contains(&first.as_str()) => {
            (first.as_str(), rest)
        }
        _ => ("convert", rest),
    };
    // The GAN widget is measured as it is hosted, beside the engines of the other benchmark; the base is one of that one's modules.
    let packages = if name == "gan" || name == "transfer" { "engine" } else { name };
    let folder = project.path(&format!("bench/{packages}"));
    if name == "gan" {
        tools::ensure_build(project)?;
        tools::ensure_e2e(project)?;
        dist::make(project, "/", &project.path("dist"), true)?;
    }
    if folder.join("package-lock.json").is_file() && !folder.join("node_modules").is_dir() {
        process::run(command(project, "npm")?.current_dir(&folder).args(["ci", "--no-fund", "--no-audit"]))?;
    }
    let chromium = tools::chromium(project).context("Chromium is missing")?;
    let script = format!("bench/{name}/run.mjs");
    process::run(command(project, "node")?.arg(script).args(rest).env("CHROMIUM", chromium))
}

pub fn fuzz(project: &Project, rest: &[String]) -> Result<()> {
    if find(project, "cargo-fuzz").is_none() {
        bail!(
            "cargo-fuzz is missing; install it with `cargo install cargo-fuzz --locked` (it also needs a nightly toolchain)"
        );
    }
    if !project.path("fuzz/Cargo.toml").is_file() {
        bail!("there is no fuzz/ folder");
    }
    process::run(command(project, "cargo")?.args(["+nightly", "fuzz", "run"]).args(rest))
}

pub fn shots(project: &Project, rest: &[String]) -> Result<()> {
    tools::ensure_build(project)?;
    tools::ensure_browser(project)?;
    tools::ensure_e2e(project)?;
    let out = project.path("dist");
    let base = dist::make(project, "/", &out, true)?;
    let server = Running::on_free_port(out, base)?;
    let mut playwright = tools::playwright(project, &server.address())?;
    process::run(playwright.args(["playwright", "test", "--config", "shots.config.ts"]).args(rest))
}
