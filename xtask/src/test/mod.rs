//! `cargo xtask test`: every check of the project, cheapest first.
//!
//! Stops at the first failure. A stage that cannot run is shown as skipped with the reason, and under `CI=true`
//! that is a failure: nothing is left out in silence. [`STAGES`] says what each stage needs, and just before it runs
//! that is seen to; so `--only fmt` installs nothing.

mod browser;
mod disk;
mod lints;
mod native;
mod table;
mod tally;
mod trunk;

use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;

use crate::data;
use crate::dist;
use crate::invariants;
use crate::process;
use crate::project::Project;
use crate::size;
use crate::tools::{self, Need, Without};
use table::Line;

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
    Passed(Passed),
    /// With the reason.
    Skipped(String),
}

/// What a passed stage says of itself.
#[derive(Default)]
pub struct Passed {
    /// The closing lines of the test runners it ran.
    pub closing: Vec<String>,
    /// What it did not test, each with the reason.
    pub left_out: Vec<String>,
}

impl Outcome {
    /// Passed, and no test runner was at work.
    pub fn passed() -> Outcome {
        Outcome::closing(Vec::new())
    }

    /// Passed, with the runners' closing lines and nothing left out.
    pub fn closing(closing: Vec<String>) -> Outcome {
        Outcome::Passed(Passed { closing, left_out: Vec::new() })
    }
}

/// A stage, what it needs on the machine, and what it says in `--list`.
struct Stage {
    name: &'static str,
    about: &'static str,
    needs: &'static [Need],
    run: fn(&Project) -> Result<Outcome>,
}

/// The needs of each stage stand here and nowhere else.
const STAGES: [Stage; 14] = [
    Stage { name: "fmt", about: "formatting of all Rust code", needs: &[], run: lints::fmt },
    Stage {
        name: "invariants",
        about: "who may name whom, dependency directions, equal locales, lock files",
        needs: &[],
        run: |project| invariants::run(project).map(|()| Outcome::passed()),
    },
    Stage {
        name: "data",
        about: "the data sets of public/data against their record",
        needs: &[],
        run: |project| data::check(project).map(|()| Outcome::passed()),
    },
    Stage { name: "typos", about: "spelling", needs: &[Need::Typos], run: lints::typos },
    Stage {
        name: "licences",
        about: "licences and sources of dependencies (cargo-deny; advisories are checked apart)",
        needs: &[Need::Deny],
        run: lints::licences,
    },
    Stage {
        name: "clippy",
        about: "lints, native, all targets, warnings are errors",
        needs: &[],
        run: lints::clippy,
    },
    Stage {
        name: "clippy-wasm",
        about: "lints of both programs as they are built for the browser",
        needs: &[Need::WasmTarget],
        run: lints::clippy_wasm,
    },
    Stage {
        name: "native",
        about: "unit, integration and documentation tests",
        needs: &[Need::Vulkan],
        run: native::run,
    },
    Stage {
        name: "wasm",
        about: "wasm-bindgen tests in headless Chromium",
        needs: &[Need::WasmTarget, Need::WasmBindgen, Need::Chromium],
        run: browser::wasm,
    },
    Stage {
        name: "firefox",
        about: "the same bits in headless Firefox: replay and conversion",
        needs: &[Need::WasmTarget, Need::WasmBindgen, Need::Firefox],
        run: browser::firefox,
    },
    Stage {
        name: "build",
        about: "the release site, as hosted",
        needs: tools::BUILD,
        run: |project| dist::make(project, "/", &project.path("dist"), true).map(|_| Outcome::passed()),
    },
    Stage {
        name: "size",
        about: "what a visitor downloads, against the budgets",
        needs: &[],
        run: |project| size::check(project, &project.path("dist")).map(|()| Outcome::passed()),
    },
    Stage {
        name: "e2e",
        about: "Playwright against the release site",
        needs: &[Need::Chromium, Need::E2e],
        run: browser::e2e,
    },
    Stage {
        name: "trunk",
        about: "plain Trunk's build for development",
        needs: &[Need::WasmTarget, Need::WasmBindgen, Need::WasmOpt, Need::Crates, Need::Trunk],
        run: trunk::run,
    },
];

impl Stage {
    /// Sees to the needs, then runs. What is missing and can be done without is part of the outcome.
    fn run(&self, project: &Project) -> Result<Outcome> {
        let mut missing = Vec::new();
        for need in self.needs {
            if let Err(error) = need.ensure(project) {
                match need.without() {
                    Without::Fails => return Err(error),
                    Without::Skipped => return Ok(Outcome::Skipped(format!("{error:#}"))),
                    Without::Less => {
                        println!("{need:?}: {error:#}");
                        missing.push(format!("what needs {need:?} ({error:#})"));
                    }
                }
            }
        }
        let outcome = (self.run)(project)?;
        Ok(match outcome {
            Outcome::Passed(mut passed) => {
                passed.left_out.extend(missing);
                Outcome::Passed(passed)
            }
            skipped @ Outcome::Skipped(_) => skipped,
        })
    }
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
    let mut stages =
        STAGES.iter().filter(|stage| args.only.is_empty() || args.only.iter().any(|name| name == stage.name));
    for stage in stages.by_ref() {
        println!("\n== {}: {}", stage.name, stage.about);
        let start = Instant::now();
        let result = stage.run(project);
        let failed = result.is_err();
        lines.push(Line { name: stage.name, seconds: start.elapsed().as_secs_f64(), result });
        if failed {
            break;
        }
    }
    disk::say_if_full(project);
    let not_run: Vec<&str> = stages.map(|stage| stage.name).collect();
    table::close(&lines, &not_run, process::in_ci())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words in a stage's code that tell of a need.
    const TRACES: [(&str, &[Need]); 9] = [
        ("wasm32-unknown-unknown", &[Need::WasmTarget]),
        // The constant of `browser`, and the runner of what it compiles.
        ("\"wasm-bindgen-test-runner\"", &[Need::WasmTarget, Need::WasmBindgen]),
        ("\"typos\"", &[Need::Typos]),
        ("\"deny\"", &[Need::Deny]),
        ("tools::chromium(", &[Need::Chromium]),
        ("tools::firefox(", &[Need::Firefox]),
        ("tools::playwright(", &[Need::Chromium, Need::E2e]),
        ("\"trunk\"", &[Need::Trunk, Need::WasmTarget, Need::WasmBindgen, Need::WasmOpt, Need::Crates]),
        // Native tests with every feature: the GPU executor's are among them.
        ("[\"nextest\", \"run\"]", &[Need::Vulkan]),
    ];

    /// The functions of the stages' files by the stage that runs them: name, code.
    fn functions() -> Vec<(&'static str, String)> {
        let files = [
            ("lints", include_str!("lints.rs")),
            ("native", include_str!("native.rs")),
            ("browser", include_str!("browser.rs")),
            ("trunk", include_str!("trunk.rs")),
        ];
        let stage = |file: &str, function: &str| match (file, function) {
            ("lints", "fmt") => "fmt",
            ("lints", "typos") => "typos",
            ("lints", "licences") => "licences",
            ("lints", "clippy") => "clippy",
            ("lints", "clippy_wasm") => "clippy-wasm",
            ("native", "run") => "native",
            ("browser", "wasm") => "wasm",
            ("browser", "firefox") => "firefox",
            ("browser", "e2e") => "e2e",
            ("trunk", "run") => "trunk",
            other => panic!("{other:?} belongs to no stage; add it here"),
        };
        let mut found = Vec::new();
        for (file, text) in files {
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for part in code.split("\npub fn ").skip(1) {
                let name = part.split('(').next().unwrap_or_default();
                // What follows a public function are its private helpers.
                found.push((stage(file, name), part.to_owned()));
            }
        }
        found
    }

    fn needs_of(name: &str) -> &'static [Need] {
        STAGES.iter().find(|stage| stage.name == name).expect("a stage").needs
    }

    #[test]
    fn what_a_stage_uses_is_among_its_needs() {
        let mut met = 0;
        for (stage, code) in functions() {
            assert!(
                !code.contains("ensure("),
                "{stage} sees to a tool itself; its needs belong in the table"
            );
            for (trace, needs) in TRACES {
                if code.contains(trace) {
                    met += 1;
                    for need in needs {
                        assert!(needs_of(stage).contains(need), "{stage} uses {need:?} and does not need it");
                    }
                }
            }
        }
        assert!(met >= TRACES.len(), "{met} traces found: has a stage's code changed its words?");
        assert_eq!(needs_of("build"), tools::BUILD);
    }

    #[test]
    fn setup_installs_what_any_stage_needs() {
        for stage in &STAGES {
            for need in stage.needs {
                assert!(tools::ALL.contains(need), "{}: {need:?}", stage.name);
            }
        }
        for need in tools::ALL {
            assert!(STAGES.iter().any(|stage| stage.needs.contains(need)), "{need:?} is needed by no stage");
        }
    }

    #[test]
    fn an_unknown_stage_is_refused() {
        let args = TestArgs { only: vec!["nothing".into()], list: false };
        assert!(run(&Project::at(std::path::Path::new(".")), &args).is_err());
    }
}
