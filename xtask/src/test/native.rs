//! The tests that need no browser.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::tally::{self, Tally};
use super::{Outcome, Passed};
use crate::process::{self, Stream, command, find};
use crate::project::Project;

/// Names a file to which a test that passes without having tested anything (there is no GPU) adds a line: its name, a tab, the reason.
const LEFT_OUT: &str = "PP_LEFT_OUT";

pub fn run(project: &Project) -> Result<Outcome> {
    let colour = if process::colour() { "always" } else { "never" };
    let record = project.tools_dir().join("left-out.txt");
    std::fs::create_dir_all(project.tools_dir())?;
    std::fs::write(&record, "").context("beginning the record of what is left out")?;
    let mut kept = Vec::new();
    let common = ["--locked", "--workspace", "--all-features"];
    if find(project, "cargo-nextest").is_some() {
        let mut tests = command(project, "cargo")?;
        tests.args(["nextest", "run"]).args(common).env("CARGO_TERM_COLOR", colour).env(LEFT_OUT, &record);
        kept.extend(process::run_keeping(&mut tests, Stream::Error, is_of_interest)?);
        let mut docs = command(project, "cargo")?;
        docs.args(["test", "--doc"]).args(common);
        kept.extend(process::run_keeping(&mut docs, Stream::Output, is_of_interest)?);
    } else {
        let mut tests = command(project, "cargo")?;
        tests.arg("test").args(common).env(LEFT_OUT, &record);
        kept.extend(process::run_keeping(&mut tests, Stream::Output, is_of_interest)?);
    }
    let (closing, ignored): (Vec<String>, Vec<String>) =
        kept.into_iter().partition(|line| tally::ignored(line).is_none());
    if closing.is_empty() {
        bail!("no test ran");
    }
    let mut left_out: Vec<String> = ignored.iter().filter_map(|line| tally::ignored(line)).collect();
    left_out.extend(recorded(&record)?);
    Ok(Outcome::Passed(Passed { closing, left_out }))
}

/// `3 tests (no adapter): a, b, c` for each reason on record.
fn recorded(record: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(record).context("reading the record of what is left out")?;
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in text.lines() {
        let (test, reason) = line.split_once('\t').unwrap_or((line, "no reason given"));
        by_reason.entry(reason).or_default().push(test);
    }
    Ok(by_reason
        .into_iter()
        .map(|(reason, tests)| format!("{} passed untested ({reason}): {}", tests.len(), tests.join(", ")))
        .collect())
}

/// Closing lines of binaries that hold tests (most of a workspace hold none), and tests that were ignored.
fn is_of_interest(line: &str) -> bool {
    let closing = line.trim_start().starts_with("Summary [") || line.starts_with("test result:");
    closing && !Tally::of(line).is_empty() || tally::ignored(line).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_results_of_real_tests_are_kept() {
        assert!(is_of_interest("test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured"));
        assert!(is_of_interest("test result: ok. 0 passed; 0 failed; 1 ignored; 0 measured"));
        assert!(!is_of_interest("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured"));
        assert!(is_of_interest("     Summary [   1.234s] 12 tests run: 12 passed, 0 skipped"));
        assert!(is_of_interest("test speed ... ignored, prints throughput"));
        assert!(!is_of_interest("running 12 tests"));
    }

    #[test]
    fn what_passed_untested_is_counted_by_its_reason() {
        let record = std::env::temp_dir().join(format!("left-out-{}", std::process::id()));
        std::fs::write(&record, "a\tno device\nb\tno device\nc\tno clock\n").unwrap();
        let expected = ["1 passed untested (no clock): c", "2 passed untested (no device): a, b"];
        assert_eq!(recorded(&record).unwrap(), expected);
        std::fs::write(&record, "").unwrap();
        assert!(recorded(&record).unwrap().is_empty());
        std::fs::remove_file(&record).unwrap();
        assert!(recorded(&record).is_err());
    }
}
