//! What the test runners counted, read from their closing lines, and what they left out.

use std::fmt;
use std::ops::AddAssign;

/// Tests by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
    /// Ignored or skipped by the runner.
    pub left_out: usize,
}

impl Tally {
    /// Of `test result: ok. 12 passed; 0 failed; 1 ignored; …`, of nextest's `Summary [ 1.2s] 12 tests run: 12 passed, 1 skipped` or of
    /// one of Playwright's `12 passed (34.5s)`. Other lines count nothing.
    pub fn of(line: &str) -> Tally {
        let mut tally = Tally::default();
        let words: Vec<&str> =
            line.split([' ', ';', ',', '(', ')', ':']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let Ok(count) = pair[0].parse::<usize>() else { continue };
            match pair[1] {
                "passed" | "flaky" => tally.passed += count,
                "failed" | "interrupted" => tally.failed += count,
                "ignored" | "skipped" => tally.left_out += count,
                _ => {}
            }
        }
        // A flaky test of nextest is among those that passed.
        if line.contains("tests run:") {
            let flaky = words
                .windows(2)
                .find(|pair| pair[1] == "flaky")
                .and_then(|pair| pair[0].parse::<usize>().ok());
            tally.passed -= flaky.unwrap_or(0);
        }
        tally
    }

    pub fn is_empty(self) -> bool {
        self == Tally::default()
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.left_out += other.left_out;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tests", self.passed)?;
        if self.left_out > 0 {
            write!(f, ", {} ignored", self.left_out)?;
        }
        Ok(())
    }
}

/// The name and the reason in `test a::b ... ignored, minutes long`; without a reason, that there is none.
pub fn ignored(line: &str) -> Option<String> {
    let rest = line.strip_prefix("test ")?;
    let (name, state) = rest.split_once(" ... ")?;
    let reason = state.strip_prefix("ignored")?;
    let reason = reason.trim_start_matches([',', ' ']);
    Some(format!("{name} ({})", if reason.is_empty() { "ignored, no reason given" } else { reason }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: usize, failed: usize, left_out: usize) -> Tally {
        Tally { passed, failed, left_out }
    }

    #[test]
    fn every_runners_closing_line_is_understood() {
        for (line, expected) in [
            (
                "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.02s",
                tally(12, 0, 1),
            ),
            ("test result: FAILED. 1 passed; 2 failed; 0 ignored", tally(1, 2, 0)),
            ("Summary [   1.234s] 12 tests run: 12 passed, 3 skipped", tally(12, 0, 3)),
            ("Summary [   1.2s] 12 tests run: 12 passed (1 slow, 2 flaky), 0 skipped", tally(12, 0, 0)),
            ("12 passed (34.5s)", tally(12, 0, 0)),
            ("1 flaky", tally(1, 0, 0)),
            ("2 skipped", tally(0, 0, 2)),
            ("running 12 tests", Tally::default()),
        ] {
            assert_eq!(Tally::of(line), expected, "{line}");
        }
    }

    #[test]
    fn an_ignored_test_has_a_name_and_a_reason() {
        assert_eq!(ignored("test a::b ... ignored, minutes long").as_deref(), Some("a::b (minutes long)"));
        assert_eq!(ignored("test a ... ignored").as_deref(), Some("a (ignored, no reason given)"));
        assert_eq!(ignored("test a ... ok"), None);
        assert_eq!(ignored("testing"), None);
    }
}
