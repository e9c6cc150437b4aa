//! The table at the end of a run: what was tested, what was not and why, and the count, which is the last line.

use anyhow::{Result, bail};

use super::tally::Tally;
use super::{Outcome, Passed};

/// A line of the table.
pub struct Line {
    pub name: &'static str,
    pub seconds: f64,
    pub result: Result<Outcome>,
}

/// Prints the table; an error when a stage failed. `not_run` are the stages after it.
pub fn close(lines: &[Line], not_run: &[&str], ci: bool) -> Result<()> {
    let table = Table::new(lines, not_run, ci);
    print!("\n{}", table.text);
    if table.failed > 0 {
        // The reason stands in the table; the count stays the last line of standard output.
        bail!("a stage failed");
    }
    Ok(())
}

struct Table {
    text: String,
    failed: usize,
}

impl Table {
    fn new(lines: &[Line], not_run: &[&str], ci: bool) -> Table {
        let (mut passed, mut failed, mut skipped) = (0, 0, not_run.len());
        let mut rows = vec![format!("{:<12} {:>9}  result", "stage", "seconds")];
        let mut closing = Vec::new();
        let mut left_out = Vec::new();
        for Line { name, seconds, result } in lines {
            let result = match result {
                Ok(Outcome::Passed(stage)) => {
                    passed += 1;
                    closing.extend(stage.closing.iter().map(|text| format!("{name}: {text}")));
                    left_out.extend(stage.left_out.iter().map(|what| format!("{name}: {what}")));
                    said_of(stage)
                }
                Ok(Outcome::Skipped(why)) if ci => {
                    failed += 1;
                    format!("FAILED: skipped ({why}), which CI does not allow")
                }
                Ok(Outcome::Skipped(why)) => {
                    skipped += 1;
                    left_out.push(format!("{name}: the whole stage ({why})"));
                    format!("skipped: {why}")
                }
                Err(error) => {
                    failed += 1;
                    format!("FAILED: {error:#}")
                }
            };
            rows.push(format!("{name:<12} {seconds:>9.1}  {result}"));
        }
        let broken = lines.iter().find(|line| line.result.is_err()).map_or("", |line| line.name);
        for name in not_run {
            rows.push(format!("{name:<12} {:>9}  not run: {broken} failed before it", "-"));
            left_out.push(format!("{name}: the whole stage ({broken} failed before it)"));
        }
        let seconds: f64 = lines.iter().map(|line| line.seconds).sum();
        rows.push(format!("{:<12} {seconds:>9.1}", "together"));
        if !closing.is_empty() {
            rows.push(String::new());
            rows.append(&mut closing);
        }
        rows.push(String::new());
        if left_out.is_empty() {
            rows.push("not tested: nothing is left out".to_owned());
        } else {
            rows.push(format!("not tested: {}", left_out.len()));
            rows.extend(left_out.iter().map(|what| format!("  {what}")));
        }
        let skips = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
        rows.push(format!("{passed} passed, {failed} failed{skips}\n"));
        Table { text: rows.join("\n"), failed }
    }
}

/// A passed stage in a few words.
fn said_of(stage: &Passed) -> String {
    let mut tally = Tally::default();
    for line in &stage.closing {
        tally += Tally::of(line);
    }
    let tests = if tally.is_empty() { String::new() } else { format!(": {tally}") };
    let less = match stage.left_out.len() {
        0 => String::new(),
        count => format!(" ({count} not tested, see below)"),
    };
    format!("passed{tests}{less}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &'static str, result: Result<Outcome>) -> Line {
        Line { name, seconds: 1.5, result }
    }

    fn passed(name: &'static str) -> Line {
        line(name, Ok(Outcome::passed()))
    }

    #[test]
    fn a_failed_stage_fails_the_whole_and_names_what_did_not_run() {
        assert_eq!(Table::new(&[passed("a")], &[], true).failed, 0);
        let broken = [passed("a"), line("b", Err(anyhow::anyhow!("broken")))];
        let table = Table::new(&broken, &["c", "d"], false);
        assert_eq!(table.failed, 1);
        assert!(table.text.contains("b                  1.5  FAILED: broken\n"), "{}", table.text);
        assert!(
            table.text.contains("c                    -  not run: b failed before it\n"),
            "{}",
            table.text
        );
        assert!(table.text.ends_with("\n1 passed, 1 failed, 2 skipped\n"), "{}", table.text);
        assert!(close(&broken, &[], false).is_err());
    }

    #[test]
    fn a_skipped_stage_fails_only_in_ci_and_is_told_of() {
        let skipped = || [line("firefox", Ok(Outcome::Skipped("no browser".into())))];
        let text = Table::new(&skipped(), &[], false).text;
        assert!(text.contains("not tested: 1\n  firefox: the whole stage (no browser)\n"), "{text}");
        assert!(text.ends_with("0 passed, 0 failed, 1 skipped\n"), "{text}");
        assert_eq!(Table::new(&skipped(), &[], true).failed, 1);
    }

    #[test]
    fn tests_are_counted_and_what_is_left_out_has_its_reason() {
        let closing = vec![
            "test result: ok. 12 passed; 0 failed; 1 ignored".to_owned(),
            "test result: ok. 30 passed; 0 failed; 0 ignored".to_owned(),
        ];
        let left_out = vec!["speed (prints throughput)".to_owned()];
        let stage = || Ok(Outcome::Passed(Passed { closing: closing.clone(), left_out: left_out.clone() }));
        let text = Table::new(&[line("native", stage()), passed("fmt")], &[], true).text;
        assert!(text.contains("passed: 42 tests, 1 ignored (1 not tested, see below)\n"), "{text}");
        assert!(text.contains("not tested: 1\n  native: speed (prints throughput)\n"), "{text}");
        assert!(text.contains("together           3.0\n"), "{text}");
        assert!(text.ends_with("\n2 passed, 0 failed\n"), "{text}");
        let whole = Table::new(&[passed("fmt")], &[], true).text;
        assert!(whole.contains("nothing is left out"), "{whole}");
    }
}
