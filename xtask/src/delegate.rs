//! Commands whose work is done elsewhere; here they only get their tools and their arguments.

use anyhow::{Context, Result, bail};

use crate::dist;
use crate::process::{self, command, find};
use crate::project::Project;
use crate::serve::Running;
use crate::tools::{self, Need};

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
    tools::ensure(project, &[Need::WasmTarget, Need::Chromium])?;
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
        tools::ensure(project, tools::BUILD)?;
        tools::ensure(project, &[Need::E2e])?;
        dist::make(project, "/", &project.path("dist"), true)?;
    }
    if folder.join("package-lock.json").is_file() && !folder.join("node_modules").is_dir() {
        process::run(command(project, "npm")?.current_dir(&folder).args(["ci", "--no-fund", "--no-audit"]))?;
    }
    let chromium = tools::chromium(project).context("Chromium is missing")?;
    let script = format!("bench/{name}/run.mjs");
    process::run(command(project, "node")?.arg(script).args(rest).env("CHROMIUM", chromium))
}

/// The tools of fuzzing are not installed along the way: a second compiler is a person's choice.
pub fn fuzz(project: &Project, rest: &[String]) -> Result<()> {
    let nightly = command(project, "cargo")
        .and_then(|mut cargo| process::output(cargo.args(["+nightly", "--version"])))
        .is_ok();
    let missing = fuzz_missing(nightly, find(project, "cargo-fuzz").is_some());
    if !missing.is_empty() {
        bail!("fuzzing needs more than the rest; run first\n  {}", missing.join("\n  "));
    }
    process::run(command(project, "cargo")?.args(["+nightly", "fuzz", "run"]).args(rest))
}

/// The commands that bring what is missing.
fn fuzz_missing(nightly: bool, cargo_fuzz: bool) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if !nightly {
        missing.push("rustup toolchain install nightly --profile minimal");
    }
    if !cargo_fuzz {
        missing.push("cargo install cargo-fuzz --locked");
    }
    missing
}

pub fn shots(project: &Project, rest: &[String]) -> Result<()> {
    tools::ensure(project, tools::BUILD)?;
    tools::ensure(project, &[Need::Chromium, Need::E2e])?;
    let out = project.path("dist");
    let base = dist::make(project, "/", &out, true)?;
    let server = Running::on_free_port(out, base)?;
    let mut playwright = tools::playwright(project, &server.address())?;
    process::run(playwright.args(["playwright", "test", "--config", "shots.config.ts"]).args(rest))
}

#[cfg(test)]
mod tests {
    use super::fuzz_missing;
    use crate::project::Project;

    #[test]
    fn fuzzing_names_the_commands_that_its_readme_names() {
        assert!(fuzz_missing(true, true).is_empty());
        assert_eq!(fuzz_missing(false, true).len(), 1);
        let project = Project::locate().unwrap();
        for file in ["fuzz/README.md", "README.md"] {
            let text = project.read(file).unwrap();
            for line in fuzz_missing(false, false) {
                assert!(text.contains(line), "{file}: {line}");
            }
        }
    }
}
