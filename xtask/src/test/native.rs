//! The tests that need no browser.

use anyhow::{Result, bail};

use super::Outcome;
use crate::process::{self, command, find};
use crate::project::Project;

pub fn run(project: &Project) -> Result<Outcome> {
    let colour = if process::colour() { "always" } else { "never" };
    let mut closing = Vec::new();
    let common = ["--locked", "--workspace", "--all-features"];
    if find(project, "cargo-nextest").is_some() {
        let mut tests = command(project, "cargo")?;
        tests.args(["nextest", "run"]).args(common).env("CARGO_TERM_COLOR", colour);
        // nextest reports on standard error, which goes straight through; its exit status is the verdict.
        process::run(&mut tests)?;
        let mut docs = command(project, "cargo")?;
        docs.args(["test", "--doc"]).args(common);
        gather(process::run_keeping(&mut docs, is_closing_line), &mut closing)?;
    } else {
        let mut tests = command(project, "cargo")?;
        tests.arg("test").args(common);
        gather(process::run_keeping(&mut tests, is_closing_line), &mut closing)?;
        if closing.is_empty() {
            bail!("cargo test ran no test");
        }
    }
    Ok(Outcome::Passed(closing))
}

fn gather((lines, result): (Vec<String>, Result<()>), closing: &mut Vec<String>) -> Result<()> {
    result?;
    closing.extend(lines);
    Ok(())
}

/// `test result: ok. 12 passed; …` of a binary that holds tests; most binaries of a workspace hold none.
fn is_closing_line(line: &str) -> bool {
    line.starts_with("test result:") && !line.contains(" 0 passed; 0 failed;")
}

#[cfg(test)]
mod tests {
    use super::is_closing_line;

    #[test]
    fn only_results_of_real_tests_are_kept() {
        assert!(is_closing_line("test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured"));
        assert!(!is_closing_line("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured"));
        assert!(!is_closing_line("running 12 tests"));
    }
}
