//! The table for people, the JSON for machines, and the table in the documentation.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use numerics::FORMATS;
use serde_json::json;

use crate::outcome::{Group, Outcome};

const BEGIN: &str = "<!-- table: begin -->";
const END: &str = "<!-- table: end -->";

/// One line a format and group, then the mismatches, then the totals.
pub(crate) fn table(outcomes: &[Outcome]) -> String {
    let mut text = format!(
        "{:<12} {:<10} {:>6} {:>15} {:>10} {:>9} {:>8}  oracles\n",
        "format", "group", "checks", "answers", "mismatches", "set aside", "seconds"
    );
    for line in lines(outcomes) {
        let _ = writeln!(
            text,
            "{:<12} {:<10} {:>6} {:>15} {:>10} {:>9} {:>8.2}  {}",
            line.format,
            group_name(line.group),
            line.checks,
            grouped(line.count),
            line.mismatches,
            line.set_aside,
            line.seconds,
            line.oracles.into_iter().collect::<Vec<_>>().join(", "),
        );
    }
    for outcome in outcomes.iter().filter(|outcome| outcome.mismatches != 0) {
        let oracles = outcome.oracles.join(", ");
        let _ = writeln!(
            text,
            "MISMATCH {} {} ({oracles}): {}",
            outcome.format, outcome.what, outcome.mismatches
        );
        for detail in &outcome.details {
            let _ = writeln!(text, "    {detail}");
        }
    }
    for group in [Group::Digest, Group::Peer, Group::Sweep, Group::Decimals, Group::Stochastic] {
        let of_group = || outcomes.iter().filter(move |outcome| outcome.group == group);
        let _ = writeln!(
            text,
            "{:<10} {:>4} checks, {:>4} with mismatches",
            group_name(group),
            of_group().count(),
            of_group().filter(|outcome| outcome.mismatches != 0).count(),
        );
    }
    let failed = outcomes.iter().filter(|outcome| outcome.mismatches != 0).count();
    let _ = writeln!(
        text,
        "{} checks, {} answers compared, {failed} checks with mismatches, {:.1} s of processor time",
        outcomes.len(),
        grouped(outcomes.iter().map(|outcome| outcome.count).sum()),
        outcomes.iter().map(|outcome| outcome.seconds).sum::<f64>(),
    );
    text
}

/// Every outcome, as a list of objects.
pub(crate) fn json(outcomes: &[Outcome]) -> String {
    let list: Vec<_> = outcomes
        .iter()
        .map(|outcome| {
            json!({
                "group": group_name(outcome.group), "format": outcome.format, "what": outcome.what, "count": outcome.count,
                "mismatches": outcome.mismatches, "set_aside": outcome.set_aside, "oracles": outcome.oracles, "seconds": outcome.seconds,
                "details": outcome.details,
            })
        })
        .collect();
    serde_json::Value::from(list).to_string()
}

/// Replaces what stands between the two marks of a Markdown file by the table of this run.
pub(crate) fn update_docs(path: &str, outcomes: &[Outcome]) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let (Some(begin), Some(end)) = (text.find(BEGIN), text.find(END)) else {
        return Err(format!("{path} has no {BEGIN} and {END}"));
    };
    let updated = format!("{}\n\n{}\n{}", &text[..begin + BEGIN.len()], markdown(outcomes), &text[end..]);
    std::fs::write(path, updated).map_err(|error| format!("{path}: {error}"))
}

fn markdown(outcomes: &[Outcome]) -> String {
    let mut text = "| Format | Check | Rows | Answers | Mismatches | Set aside | Oracles |\n|---|---|---:|---:|---:|---:|---|\n".to_owned();
    for line in lines(outcomes) {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            line.format,
            group_name(line.group),
            line.checks,
            grouped(line.count),
            line.mismatches,
            line.set_aside,
            line.oracles.into_iter().collect::<Vec<_>>().join(", "),
        );
    }
    let _ = writeln!(
        text,
        "\nTotal: {} rows, {} answers compared, {} mismatches.",
        grouped(outcomes.len() as u64),
        grouped(outcomes.iter().map(|outcome| outcome.count).sum()),
        outcomes.iter().map(|outcome| outcome.mismatches).sum::<u64>(),
    );
    text
}

struct Line {
    format: String,
    group: Group,
    checks: usize,
    count: u64,
    mismatches: u64,
    set_aside: u64,
    seconds: f64,
    oracles: BTreeSet<String>,
}

/// Outcomes gathered by format, in the order of the formats, and group.
fn lines(outcomes: &[Outcome]) -> Vec<Line> {
    let place = |id: &str| FORMATS.iter().position(|format| format.id == id);
    let mut sorted: Vec<&Outcome> = outcomes.iter().collect();
    sorted.sort_by_key(|outcome| (place(&outcome.format), outcome.group));
    let mut lines: Vec<Line> = Vec::new();
    for outcome in sorted {
        let same =
            lines.last().is_some_and(|line| line.format == outcome.format && line.group == outcome.group);
        if !same {
            lines.push(Line {
                format: outcome.format.clone(),
                group: outcome.group,
                checks: 0,
                count: 0,
                mismatches: 0,
                set_aside: 0,
                seconds: 0.0,
                oracles: BTreeSet::new(),
            });
        }
        if let Some(line) = lines.last_mut() {
            line.checks += 1;
            line.count += outcome.count;
            line.mismatches += outcome.mismatches;
            line.set_aside += outcome.set_aside;
            line.seconds += outcome.seconds;
            line.oracles.extend(outcome.oracles.iter().cloned());
        }
    }
    lines
}

fn group_name(group: Group) -> &'static str {
    match group {
        Group::Digest => "digests",
        Group::Peer => "crates",
        Group::Sweep => "2^32 sweep",
        Group::Decimals => "decimals",
        Group::Stochastic => "stochastic",
    }
}

/// Digits in threes.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
