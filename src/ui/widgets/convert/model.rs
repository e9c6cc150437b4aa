//! Pasted numbers, format lists, and figures as text. No DOM here.

use std::cmp::Ordering;

use numerics::blocks::{BLOCK_FORMATS, block_by_id};
use numerics::real::is_group_space;
use numerics::{FORMATS, FloatSpec, Real, Rounding, by_id};
use protocol::{Failure, FormatReport};

pub use crate::ui::components::format_name::{family, name};
use crate::ui::components::number::number_failure;
pub use crate::ui::components::number::{bytes, figure, grouped};

/// More numbers than this are not read from the text field: that is what files are for.
pub const MAX_PASTED: usize = 50_000;

/// Formats of the common choice: what engineers compare today.
const COMMON: [&str; 22] = [
    "fp32",
    "tf32",
    "bf16",
    "fp16",
    "e5m2",
    "e4m3",
    "e3m2",
    "e2m3",
    "e2m1",
    "posit16",
    "posit8",
    "mxfp8-e4m3",
    "mxfp6-e2m3",
    "mxfp4",
    "nvfp4",
    "int8-sym",
    "int8-affine",
    "int4-sym",
    "nf4-block",
    "q8_0",
    "q4_0",
    "q4_k",
];

/// Ids of a group.
pub fn format_ids(group: &str) -> Vec<&'static str> {
    let elements = || FORMATS.iter().map(|format| format.id);
    let blocks = || BLOCK_FORMATS.iter().map(|format| format.id);
    match group {
        "element" => elements().collect(),
        "block" => blocks().collect(),
        "all" => elements().chain(blocks()).collect(),
        _ => COMMON.to_vec(),
    }
}

/// The selected format where its group leaves it out and it can be measured: the page never shows a selection without figures.
pub fn extra(group: &str, selected: &str) -> Option<String> {
    let is_known =
        by_id(selected).is_some() || block_by_id(selected).is_some() || FloatSpec::custom(selected).is_ok();
    (is_known && !format_ids(group).contains(&selected)).then(|| selected.to_owned())
}

/// Reads pasted numbers, each rounded once to binary64. Spaces, line ends, tabs, semicolons and commas
/// before a space separate; a comma inside a number is refused, not guessed.
///
/// A thin space between two digits groups them (`1 000` as this page writes it). A no-break space there is refused: some people group with it,
/// others have copied it from between two cells.
pub fn read_numbers(text: &str) -> Result<Vec<f64>, Failure> {
    let fp64 = by_id("fp64").ok_or_else(|| Failure::new("number_empty"))?;
    let brackets = |c: char| matches!(c, '[' | ']' | '(' | ')' | '{' | '}');
    let mut numbers = Vec::new();
    let words = text.split(|c: char| c.is_whitespace() && !is_group_space(c) || c == ';' || brackets(c));
    for word in words.flat_map(ungrouped) {
        let word = word.trim_end_matches(',').trim_start_matches(',');
        if word.is_empty() {
            continue;
        }
        let bad = |code: &str| {
            Failure::new(code)
                .with("ordinal", numbers.len() + 1)
                .with("word", word.chars().take(24).collect::<String>())
        };
        if word.contains(['\u{A0}', '\u{2007}']) {
            return Err(bad("pasted_space"));
        }
        // Behind the point nobody groups in lists, but cells of a table do stand side by side.
        let fraction = word.split_once('.').map_or("", |(_, fraction)| fraction);
        if fraction.contains(is_group_space) {
            return Err(bad("pasted_space"));
        }
        let real = Real::parse(word).map_err(|error| match number_failure(&error).code {
            _ if word.contains(is_group_space) => bad("pasted_space"),
            code => bad("pasted_bad").with("code", code),
        })?;
        numbers.push(fp64.encode_real(&real, &Rounding::default()).value.to_f64());
        if numbers.len() > MAX_PASTED {
            return Err(Failure::new("pasted_too_many").with("limit", MAX_PASTED));
        }
    }
    if numbers.is_empty() { Err(Failure::new("number_empty")) } else { Ok(numbers) }
}

/// A word parted at group spaces that do not stand between two digits: there they are spaces like others.
fn ungrouped(word: &str) -> impl Iterator<Item = &str> {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let mut rest = Some(word);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let cut = text.char_indices().find(|(at, c)| {
            let (before, after) = (text[..*at].chars().next_back(), text[at + c.len_utf8()..].chars().next());
            is_group_space(*c) && !(is_digit(before) && is_digit(after))
        });
        let Some((at, space)) = cut else { return Some(text) };
        rest = Some(&text[at + space.len_utf8()..]);
        Some(&text[..at])
    })
}

/// More positions than this are of no file that is listed.
const MAX_POSITIONS: u32 = 100_000;

/// Positions as a link has them, such as `0-2,7`; in order, each once. What cannot be read is left out.
pub fn positions(text: &str) -> Vec<u32> {
    let mut found: Vec<u32> = text
        .split(',')
        .filter_map(|part| {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let (from, to) = (from.trim().parse::<u32>().ok()?, to.trim().parse::<u32>().ok()?);
            (from <= to && to < MAX_POSITIONS).then_some(from..=to)
        })
        .flatten()
        .take(MAX_POSITIONS as usize)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The opposite of [`positions`].
pub fn positions_text(positions: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    let mut sorted = positions.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    for at in sorted {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == at => *end = at,
            _ => runs.push((at, at)),
        }
    }
    let words =
        runs.iter().map(|&(from, to)| if from == to { from.to_string() } else { format!("{from}-{to}") });
    words.collect::<Vec<_>>().join(",")
}

/// Reads the scale of a distribution: a positive number within binary32's reach.
pub fn read_scale(text: &str) -> Result<f64, Failure> {
    let scale = match Real::parse(text).map_err(|error| number_failure(&error))? {
        Real::Finite(scale) => scale.to_f64(),
        _ => return Err(Failure::new("convert_scale")),
    };
    if scale > 1e-37 && scale < 1e37 { Ok(scale) } else { Err(Failure::new("convert_scale")) }
}

/// Reports in the wanted order; what has no figure comes last.
pub fn sorted(reports: &[FormatReport], by: &str) -> Vec<FormatReport> {
    let mut sorted = reports.to_vec();
    let descending =
        |a: f64, b: f64| if a.is_nan() || b.is_nan() { a.is_nan().cmp(&b.is_nan()) } else { b.total_cmp(&a) };
    sorted.sort_by(|a, b| -> Ordering {
        let by_bits = b.bits_per_value.total_cmp(&a.bits_per_value);
        match by {
            "sqnr" => descending(a.sqnr_db, b.sqnr_db).then(by_bits),
            "rmse" => a.rmse.total_cmp(&b.rmse).then(by_bits),
            _ => by_bits.then(descending(a.sqnr_db, b.sqnr_db)),
        }
    });
    sorted
}

/// For each threshold in dB, the format with the fewest bits that reaches it and loses no number to NaN or infinity.
pub fn fewest_bits(reports: &[FormatReport], thresholds_db: &[f64]) -> Vec<(f64, Option<FormatReport>)> {
    thresholds_db
        .iter()
        .map(|threshold| {
            let best = reports
                .iter()
                .filter(|report| report.sqnr_db >= *threshold && report.lost_count == 0)
                .min_by(|a, b| {
                    a.bits_per_value.total_cmp(&b.bits_per_value).then(b.sqnr_db.total_cmp(&a.sqnr_db))
                });
            (*threshold, best.cloned())
        })
        .collect()
}

/// No other format has fewer bits and less noise.
pub fn is_on_front(report: &FormatReport, reports: &[FormatReport]) -> bool {
    !reports.iter().any(|other| {
        other.bits_per_value <= report.bits_per_value
            && other.sqnr_db >= report.sqnr_db
            && (other.bits_per_value < report.bits_per_value || other.sqnr_db > report.sqnr_db)
    })
}

/// A report of one number without error figures, for tests.
#[cfg(test)]
pub fn report(format: &str, bits_per_value: f64, sqnr_db: f64) -> FormatReport {
    FormatReport {
        format: format.to_owned(),
        bits_per_value,
        bytes: 0,
        count: 1,
        max_abs: 0.0,
        mean_abs: 0.0,
        mean_signed: 0.0,
        rmse: 0.0,
        sqnr_db,
        cosine: 1.0,
        overflow_count: 0,
        underflow_count: 0,
        nan_count: 0,
        lost_count: 0,
        exact_count: 0,
        histogram: Vec::new(),
        scaling: String::new(),
        padding: 0,
        runs_on: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_go_into_a_link_and_back() {
        for (positions_given, text) in [
            (vec![], ""),
            (vec![7], "7"),
            (vec![0, 1, 2, 7], "0-2,7"),
            (vec![3, 5, 6, 9, 10, 11], "3,5-6,9-11"),
        ] {
            assert_eq!(positions_text(&positions_given), text);
            assert_eq!(positions(text), positions_given);
        }
        assert_eq!(positions("2,1,1-3, 0 "), [0, 1, 2, 3]);
        // Nothing that a link says costs memory or fails.
        for bad in ["x", "-", "5-2", "0-4294967295", "99999999999", ",,", "1-2-3"] {
            assert_eq!(positions(bad), [] as [u32; 0], "{bad}");
        }
        let many: Vec<u32> = (0..2000).map(|at| at * 2).collect();
        assert_eq!(positions(&positions_text(&many)), many);
    }

    #[test]
    fn pasted_numbers_are_read_exactly_or_refused() {
        assert_eq!(read_numbers("1 2.5\n-3;4,\t0x1p-3"), Ok(vec![1.0, 2.5, -3.0, 4.0, 0.125]));
        assert_eq!(read_numbers("[0.1, 0.2, 0.3]"), Ok(vec![0.1, 0.2, 0.3]));
        assert_eq!(read_numbers("１．５ −2").expect("full width"), vec![1.5, -2.0]);
        assert_eq!(read_numbers("1,5").expect_err("ambiguous").code, "pasted_bad");
        assert_eq!(read_numbers("1 two 3").expect_err("a word").facts[0].1, "2");
        assert_eq!(read_numbers(" \n").expect_err("nothing").code, "number_empty");
        assert!(read_numbers("1e999").expect("beyond binary64").iter().all(|x| x.is_infinite()));
        assert_eq!(read_numbers(&"1 ".repeat(MAX_PASTED + 1)).expect_err("many").code, "pasted_too_many");
    }

    #[test]
    fn spaces_inside_a_number_are_never_two_numbers_unseen() {
        let refused = |text: &str| read_numbers(text).expect_err(text).code;
        for space in ['\u{202F}', '\u{2009}'] {
            assert_eq!(read_numbers(&format!("1{space}000")), Ok(vec![1000.0]));
            assert_eq!(read_numbers(&format!("0.5{space}; -12{space}345.5e1")), Ok(vec![0.5, -123_455.0]));
            assert_eq!(read_numbers(&format!("[1,{space}2,{space}3]{space}")), Ok(vec![1.0, 2.0, 3.0]));
            for text in ["1_0", "1_0000", "0.1_0.2", "1.500_200", "1000_000"] {
                assert_eq!(refused(&text.replace('_', &space.to_string())), "pasted_space", "{text}");
            }
        }
        for space in ['\u{A0}', '\u{2007}'] {
            assert_eq!(refused(&format!("7 1{space}000")), "pasted_space");
            assert_eq!(read_numbers(&format!("{space}1,{space}-2{space}")), Ok(vec![1.0, -2.0]));
        }
        assert_eq!(read_numbers("1\u{2003}2\u{3000}3"), Ok(vec![1.0, 2.0, 3.0]));
        let failure = read_numbers("7 1\u{A0}000").expect_err("one or two");
        assert_eq!((failure.facts[0].1.as_str(), failure.facts[1].1.as_str()), ("2", "1\u{A0}000"));
    }

    #[test]
    fn every_common_format_exists() {
        for id in format_ids("all").into_iter().chain(format_ids("common")) {
            assert!(block_by_id(id).is_some() || by_id(id).is_some(), "{id}");
        }
    }

    #[test]
    fn a_selection_outside_its_group_is_measured_too() {
        assert_eq!(extra("common", "e4m3"), None);
        assert_eq!(extra("block", "e4m3").as_deref(), Some("e4m3"));
        assert_eq!(extra("element", "mxfp4").as_deref(), Some("mxfp4"));
        assert_eq!(extra("all", "<b>"), None);
    }

    #[test]
    fn the_verdict_takes_no_format_that_lost_a_number() {
        let mut reports =
            [report("e2m1", 4.0, 25.0), report("nvfp4", 4.5, 21.0), report("fp32", 32.0, 150.0)];
        let best = |reports: &[FormatReport]| {
            let found = fewest_bits(reports, &[20.0]);
            found[0].1.as_ref().map(|report| report.format.clone())
        };
        assert_eq!(best(&reports).as_deref(), Some("e2m1"));
        reports[0].lost_count = 1;
        // A NaN that was there before is nobody's loss.
        reports[1].nan_count = 1;
        assert_eq!(best(&reports).as_deref(), Some("nvfp4"));
    }

    proptest::proptest! {
        #[test]
        fn reading_never_panics(text in ".{0,200}") {
            let _ = read_numbers(&text);
        }
    }
}
