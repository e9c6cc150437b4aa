//! `conformance`: proves the numerics crate against what independent oracles answered.
//!
//! Runs the digests of `docs/conformance/digests.json`, other crates input by input, all 2^32 binary32
//! inputs through `half`, decimal texts, and stochastic rounding over grids of thresholds; prints a
//! table; exits with 1 on any mismatch. `--mutant` replaces the encoder by a wrong one, to show that the
//! suite notices. Left out: block formats, whose tests are beside them.

#![forbid(unsafe_code)]

mod decimals;
mod mutants;
mod outcome;
mod peers;
mod report;
mod rows;
mod stochastic;
mod suite;
mod sweep;

use std::process::ExitCode;

use mutants::Mutant;
use suite::Options;

const USAGE: &str =
    "usage: conformance [--quick] [--format ID] [--no-sweep] [--json FILE] [--update-docs README.md]
                   [--mutant ties-up|double-rounding|flush-subnormals]
       conformance --dump FORMAT WHAT [MODE OVERFLOW]     one hexadecimal answer a line";

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("{message}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[String]) -> Result<bool, String> {
    let mut options = Options::default();
    let (mut json, mut docs) = (None, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().cloned().ok_or_else(|| format!("{argument} wants a value"));
        match argument.as_str() {
            "--quick" => options.quick = true,
            "--no-sweep" => options.no_sweep = true,
            "--format" => options.format = Some(value()?),
            "--json" => json = Some(value()?),
            "--update-docs" => docs = Some(value()?),
            "--mutant" => options.mutant = Some(Mutant::from_name(&value()?).ok_or("unknown mutant")?),
            "--dump" => return rows::dump(&rest.cloned().collect::<Vec<_>>()).map(|()| true),
            other => return Err(format!("unknown argument {other}")),
        }
    }
    let outcomes = suite::run(&options)?;
    print!("{}", report::table(&outcomes));
    if let Some(path) = json {
        std::fs::write(&path, report::json(&outcomes)).map_err(|error| format!("{path}: {error}"))?;
    }
    if let Some(path) = docs {
        report::update_docs(&path, &outcomes)?;
    }
    Ok(outcomes.iter().all(|outcome| outcome.mismatches == 0))
}
