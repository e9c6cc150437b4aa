//! The tests that need no browser.

use anyhow::{Result, bail};

use super::Outcome;
use crate::process::{self, Stream, command, find};
use crate::project::Project;

pub fn run(project: &Project) -> Result<Outcome> {
    let colour = if process::colour() { "always" } else { "never" };
    let mut closing = Vec::new();
    let common = ["--locked", "--workspace", "--all-features"];
    if find(project, "cargo-nextest").is_some() {
        let mut tests = command(project, "cargo")?;
        tests.args(["nextest", "run"]).args(common).env("CARGO_TERM_COLOR", colour);
        closing.extend(process::run_keeping(&mut tests, Stream::Error, is_closing_line)?);
        let mut docs = command(project, "cargo")?;
        docs.args(["test", "--doc"]).args(common);
        closing.extend(process::run_keeping(&mut docs, Stream::Output, is_closing_line)?);
    } else {
        let mut tests = command(project, "cargo")?;
        tests.arg("test").args(common);
        closing.extend(process::run_keeping(&mut tests, Stream::Output, is_closing_line)?);
    }
    if closing.is_empty() {
        bail!("no test ran");
    }
    Ok(Outcome::Passed(closing))
}

/// nextest's `Summary [ 1.2s] 12 tests run: …`, or `test result: ok. 12 passed; …` of a binary that holds tests
/// (most binaries of a workspace hold none).
fn is_closing_line(line: &str) -> bool {
    line.trim_start().starts_with("Summary [")
        || line.starts_with("test result:") && !line.contains(" 0 passed; 0 failed;")
}

#[cfg(test)]
mod tests {
    use super::is_closing_line;

    #[test]
    fn only_results_of_real_tests_are_kept() {
        assert!(is_closing_line("test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured"));
        assert!(!is_closing_line("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured"));
        assert!(is_closing_line("     Summary [   1.234s] 12 tests run: 12 passed, 0 skipped"));
        assert!(!is_closing_line("running 12 tests"));
    }
}
