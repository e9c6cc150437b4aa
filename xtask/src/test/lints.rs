//! Checks that run no code of ours.

use anyhow::{Context, Result};

use super::Outcome;
use crate::dist::programs::PROGRAMS;
use crate::process::{self, command};
use crate::project::Project;

pub fn fmt(project: &Project) -> Result<Outcome> {
    process::run(command(project, "cargo")?.args(["fmt", "--all", "--check"]))
        .context("run `cargo fmt --all`")?;
    Ok(Outcome::passed())
}

pub fn typos(project: &Project) -> Result<Outcome> {
    process::run(command(project, "typos")?.args(["--config", "typos.toml"]))?;
    Ok(Outcome::passed())
}

pub fn licences(project: &Project) -> Result<Outcome> {
    process::run(command(project, "cargo")?.args([
        "deny",
        "--workspace",
        "--locked",
        "--all-features",
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ]))?;
    Ok(Outcome::passed())
}

pub fn clippy(project: &Project) -> Result<Outcome> {
    let args =
        ["clippy", "--locked", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    process::run(command(project, "cargo")?.args(args))?;
    Ok(Outcome::passed())
}

/// Each program with its own features alone: that is how they are built.
pub fn clippy_wasm(project: &Project) -> Result<Outcome> {
    // Everything in one, as `trunk serve` has it; then each of the site's programs.
    let mut builds = vec![("app", "default".to_owned()), ("worker", "worker,all-widgets".to_owned())];
    for widgets in PROGRAMS.iter().map(|program| program.widgets.join(",")) {
        builds.push(("app", format!("ui,{widgets}")));
        builds.push(("worker", format!("worker,{widgets}")));
    }
    for (bin, features) in &builds {
        process::run(command(project, "cargo")?.args([
            "clippy",
            "--locked",
            "--package",
            "precision-playground",
            "--target",
            "wasm32-unknown-unknown",
            "--bin",
            bin,
            "--no-default-features",
            "--features",
            features,
            "--",
            "-D",
            "warnings",
        ]))?;
    }
    Ok(Outcome::passed())
}
