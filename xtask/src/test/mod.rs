//! `cargo xtask test`: every check of the project, cheapest first.
//!
//! Stops at the first failure. A stage that cannot run is shown as skipped with the reason, and under `CI=true`
//! that is a failure: nothing is left out in silence. Each stage installs what it alone needs, so that
//! `--only fmt` installs nothing.

mod browser;
mod disk;
mod lints;
mod native;

use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;

use crate::data;
use crate::dist;
use crate::invariants;
use crate::process;
use crate::project::Project;
use crate::size;
use crate::tools;

#[derive(Args)]
pub struct TestArgs {
    /// Run only this stage (may be given more than once).
    #[arg(long, value_name = "STAGE")]
    pub only: Vec<String>,
    /// List the stages and end.
    #[arg(long)]
    pub list: bool,
}

/// How a stage ended, when it did not fail.
pub enum Outcome {
    /// With the closing lines of the test runners it ran.
    Passed(Vec<String>),
    /// With the reason.
    Skipped(String),
}

impl Outcome {
    /// Passed, and no test runner was at work.
    pub fn passed() -> Outcome {
        Outcome::Passed(Vec::new())
    }
}

/// A stage and what it says in `--list`.
struct Stage {
    name: &'static str,
    about: &'static str,
    run: fn(&Project) -> Result<Outcome>,
}

const STAGES: [Stage; 13] = [
    Stage { name: "fmt", about: "formatting of all Rust code", run: lints::fmt },
    Stage {
        name: "invariants",
        about: "who may name whom, dependency directions, equal locales, lock files",
        run: |project| invariants::run(project).map(|()| Outcome::passed()),
    },
    Stage {
        name: "data",
        about: "the data sets of public/data against their record",
        run: |project| data::check(project).map(|()| Outcome::passed()),
    },
    Stage { name: "typos", about: "spelling", run: lints::typos },
    Stage {
        name: "licences",
        about: "licences and sources of dependencies (cargo-deny; advisories are checked apart)",
        run: lints::licences,
    },
    Stage { name: "clippy", about: "lints, native, all targets, warnings are errors", run: lints::clippy },
    Stage {
        name: "clippy-wasm",
        about: "lints of both programs as they are built for the browser",
        run: lints::clippy_wasm,
    },
    Stage { name: "native", about: "unit, integration and documentation tests", run: native::run },
    Stage { name: "wasm", about: "wasm-bindgen tests in headless Chromium", run: browser::wasm },
    Stage {
        name: "firefox",
        about: "the same bits in headless Firefox: replay and conversion",
        run: browser::firefox,
    },
    Stage {
        name: "build",
        about: "the release site, as hosted",
        run: |project| {
            tools::ensure_build(project)?;
            dist::make(project, "/", &project.path("dist"), true).map(|_| Outcome::passed())
        },
    },
    Stage {
        name: "size",
        about: "what a visitor downloads, against the budgets",
        run: |project| size::check(project, &project.path("dist")).map(|()| Outcome::passed()),
    },
    Stage { name: "e2e", about: "Playwright against the release site", run: browser::e2e },
];

/// A line of the final table.
struct Line {
    name: &'static str,
    seconds: f64,
    result: Result<Outcome>,
}

pub fn run(project: &Project, args: &TestArgs) -> Result<()> {
    if args.list {
        for stage in &STAGES {
            println!("{:<12} {}", stage.name, stage.about);
        }
        return Ok(());
    }
    if let Some(unknown) = args.only.iter().find(|name| STAGES.iter().all(|stage| stage.name != *name)) {
        bail!("there is no stage `{unknown}`; `cargo xtask test --list` names them");
    }
    if std::env::var_os("RUSTFLAGS").is_some() {
        println!(
            "note: RUSTFLAGS is set and ignored here, because it would replace the wasm target's simd128 flag"
        );
    }
    disk::say_if_small(project);
    let mut lines = Vec::new();
    for stage in
        STAGES.iter().filter(|stage| args.only.is_empty() || args.only.iter().any(|name| name == stage.name))
    {
        println!("\n== {}: {}", stage.name, stage.about);
        let start = Instant::now();
        let result = (stage.run)(project);
        let failed = result.is_err();
        lines.push(Line { name: stage.name, seconds: start.elapsed().as_secs_f64(), result });
        if failed {
            break;
        }
    }
    disk::say_if_full(project);
    close(&lines, process::in_ci())
}

/// The table, the runners' closing lines and the count, which is the last line.
fn close(lines: &[Line], ci: bool) -> Result<()> {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    println!("\n{:<12} {:>9}  result", "stage", "seconds");
    for line in lines {
        let result = match &line.result {
            Ok(Outcome::Passed(_)) => {
                passed += 1;
                "passed".to_owned()
            }
            Ok(Outcome::Skipped(why)) if ci => {
                failed += 1;
                format!("FAILED: skipped ({why}), which CI does not allow")
            }
            Ok(Outcome::Skipped(why)) => {
                skipped += 1;
                format!("skipped: {why}")
            }
            Err(error) => {
                failed += 1;
                format!("FAILED: {error:#}")
            }
        };
        println!("{:<12} {:>9.1}  {result}", line.name, line.seconds);
    }
    println!();
    for line in lines {
        if let Ok(Outcome::Passed(closing)) = &line.result {
            for text in closing {
                println!("{}: {text}", line.name);
            }
        }
    }
    let skips = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
    println!("{passed} passed, {failed} failed{skips}");
    if failed > 0 {
        // The reason stands in the table above; the count stays the last line of standard output.
        bail!("a stage failed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(result: Result<Outcome>) -> Line {
        Line { name: "x", seconds: 0.0, result }
    }

    #[test]
    fn a_failed_stage_fails_the_whole() {
        assert!(close(&[line(Ok(Outcome::passed()))], true).is_ok());
        assert!(close(&[line(Ok(Outcome::passed())), line(Err(anyhow::anyhow!("broken")))], false).is_err());
    }

    #[test]
    fn a_skipped_stage_fails_only_in_ci() {
        let skipped = || [line(Ok(Outcome::Skipped("no browser".into())))];
        assert!(close(&skipped(), false).is_ok());
        assert!(close(&skipped(), true).is_err());
    }

    #[test]
    fn an_unknown_stage_is_refused() {
        let args = TestArgs { only: vec!["nothing".into()], list: false };
        assert!(run(&Project::at(std::path::Path::new(".")), &args).is_err());
    }
}
