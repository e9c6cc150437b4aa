//! One cell: which number it is, and which marks it is written with.
//!
//! What is read: decimals as Rust's `str::parse::<f64>` reads them, correctly rounded, with spaces and tabs around; an exponent after `e` or
//! Fortran's `d`; U+2212 for a minus; `inf`, `infinity` and `nan` in any letter case, and what Microsoft's C library prints for them
//! (`1.#INF`, `-1.#IND`, `1.#QNAN`). A finite number beyond binary64 is refused rather than made an infinity.
//!
//! A comma and a point are each a decimal mark to some and a thousands mark to others. How a number is written may tell (`1,5`,
//! `1.234,5`, `1,234,567`) or not: `1,234`. The marks are told apart from the value here; what follows from them is the
//! table's (`dialect`).

use std::borrow::Cow;

use super::DecimalMark;
use crate::limits::CSV_MAX_CELL_BYTES;

/// What is written in a cell, whatever the decimal mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// Nothing, or a word for nothing.
    Missing,
    /// A number without either mark.
    Unmarked,
    /// The mark stands once, and cannot part thousands: `1,5`.
    Decimal(DecimalMark),
    /// The mark stands once, before three digits: `1,234`.
    Either(DecimalMark),
    /// This decimal mark, or none, with the other parting thousands: `1.234,5`, `1,234,567`.
    Grouped(DecimalMark),
    /// No number.
    Words,
}

/// A cell under a decimal mark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    Number {
        value: f64,
        /// An integer that binary64 does not have, rounded to the nearest even.
        is_inexact: bool,
        /// Not zero, but nearer to zero than to any other number.
        is_zeroed: bool,
        /// Thousands were parted.
        is_grouped: bool,
    },
    Missing,
    OutOfRange,
    /// A number under the other mark.
    OtherMark,
    /// Thousands, or a number under the other mark: asked for, not guessed.
    Ambiguous,
    /// Thousands are parted, and nobody has said that they may be.
    Grouped,
    Words,
}

/// Words for a value that is not there, in the writing of spreadsheets, R, pandas and databases.
const MISSING: [&str; 12] = ["", "na", "n/a", "<na>", "null", "none", "nil", "missing", "-", "--", ".", "?"];
/// Words by which spreadsheets mark a fault.
const FAULTS: [&str; 8] = ["#n/a", "#na", "#div/0!", "#num!", "#value!", "#ref!", "#name?", "#null!"];

/// A cell without the spaces and tabs around it. A line end within quotes stays: no number has one.
pub(super) fn trim(cell: &[u8]) -> &[u8] {
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    let start = cell.iter().position(|b| !blank(b)).unwrap_or(cell.len());
    let end = cell.iter().rposition(|b| !blank(b)).map_or(start, |last| last + 1);
    cell.get(start..end).unwrap_or_default()
}

pub(super) fn is_fault_word(cell: &[u8]) -> bool {
    FAULTS.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(cell))
}

/// What is written in a cell.
pub(super) fn written(cell: &[u8]) -> Written {
    match plain(cell) {
        None => Written::Words,
        Some(text) => written_plain(&text),
    }
}

/// Reads a cell. `is_answered` says that the mark was chosen: then the other mark can only part thousands.
pub(super) fn read(cell: &[u8], mark: DecimalMark, is_answered: bool) -> Cell {
    // Nearly all cells are plain decimals: no word, no comma, one spelling.
    let is_plain = |b: &u8| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E');
    let trimmed = trim(cell);
    if mark == DecimalMark::Point
        && trimmed.iter().all(is_plain)
        && let Ok(text) = std::str::from_utf8(trimmed)
        && let Ok(value) = text.parse()
    {
        return of_value(text, value, false);
    }
    let Some(text) = plain(cell) else { return Cell::Words };
    match written_plain(&text) {
        Written::Missing => Cell::Missing,
        Written::Words => Cell::Words,
        Written::Unmarked => number(&text, mark, false),
        Written::Decimal(found) if found == mark => number(&text, mark, false),
        Written::Decimal(_) => Cell::OtherMark,
        Written::Either(found) if found == mark => number(&text, mark, false),
        Written::Either(_) if is_answered => number(&text, mark, true),
        Written::Either(_) => Cell::Ambiguous,
        Written::Grouped(found) if found != mark => Cell::OtherMark,
        Written::Grouped(_) if is_answered => number(&text, mark, true),
        Written::Grouped(_) => Cell::Grouped,
    }
}

/// The cell's text in one spelling: no blanks around, ASCII minus, `e` for the exponent.
fn plain(cell: &[u8]) -> Option<Cow<'_, str>> {
    let text = std::str::from_utf8(trim(cell)).ok()?;
    let mut text = Cow::Borrowed(text);
    if text.contains('\u{2212}') {
        text = Cow::Owned(text.replace('\u{2212}', "-"));
    }
    // A `d` among nothing but digits, signs and marks is an exponent's.
    let numeric = |b: u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b',' | b'd' | b'D');
    if text.bytes().all(numeric) && text.bytes().filter(|b| matches!(b, b'd' | b'D')).count() == 1 {
        text = Cow::Owned(text.replace(['d', 'D'], "e"));
    }
    Some(text)
}

fn written_plain(text: &str) -> Written {
    if MISSING.iter().any(|word| word.eq_ignore_ascii_case(text)) || is_fault_word(text.as_bytes()) {
        return Written::Missing;
    }
    if microsoft(text).is_some() || (!text.contains([',', '.']) && text.parse::<f64>().is_ok()) {
        return Written::Unmarked;
    }
    let (mantissa, exponent) = text.find(['e', 'E']).map_or((text, ""), |at| text.split_at(at));
    let digits = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let is_number = |text: &str| text.len() <= CSV_MAX_CELL_BYTES && text.parse::<f64>().is_ok();
    for mark in [DecimalMark::Comma, DecimalMark::Point] {
        let (sign, other) = (mark.sign(), mark.other().sign());
        let once =
            digits.split_once(sign).filter(|(_, rest)| !rest.contains(sign) && !digits.contains(other));
        if let Some((whole, fraction)) = once {
            if !is_number(&text.replace(sign, ".")) {
                return Written::Words;
            }
            let is_group = fraction.len() == 3
                && exponent.is_empty()
                && (1..=3).contains(&whole.len())
                && !whole.starts_with('0');
            return match (is_group, mark) {
                (true, _) => Written::Either(mark),
                // A comma with nothing behind it ends a list, not a number.
                (false, DecimalMark::Comma) if fraction.is_empty() => Written::Words,
                (false, _) => Written::Decimal(mark),
            };
        }
    }
    for mark in [DecimalMark::Comma, DecimalMark::Point] {
        let (sign, other) = (mark.sign(), mark.other().sign());
        // Groups of three, parted by the other sign, before this mark or to the end.
        let (whole, fraction) = digits.split_once(sign).unwrap_or((digits, ""));
        let mut groups = whole.split(other);
        let is_first = groups.next().is_some_and(|first| (1..=3).contains(&first.len()) && all_digits(first));
        let is_grouped = whole.contains(other) && groups.all(|group| group.len() == 3 && all_digits(group));
        if is_first && is_grouped && all_digits(fraction) && is_number(&ungrouped(text, mark)) {
            return Written::Grouped(mark);
        }
    }
    Written::Words
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// The text as a program reads it: no thousands, a point for the decimal mark.
fn ungrouped(text: &str, mark: DecimalMark) -> String {
    text.replace(mark.other().sign(), "").replace(mark.sign(), ".")
}

/// The number of a text that is known to be one under `mark`.
fn number(text: &str, mark: DecimalMark, is_grouped: bool) -> Cell {
    if let Some(value) = microsoft(text) {
        return Cell::Number { value, is_inexact: false, is_zeroed: false, is_grouped: false };
    }
    let plain = if is_grouped { ungrouped(text, mark) } else { text.replace(mark.sign(), ".") };
    plain.parse().map_or(Cell::Words, |value| of_value(&plain, value, is_grouped))
}

/// The value of a text with what reading it lost.
fn of_value(plain: &str, value: f64, is_grouped: bool) -> Cell {
    let has_digits = plain.bytes().any(|b| b.is_ascii_digit());
    // Only the word makes an infinity: digits that do so were beyond the largest number.
    if value.is_infinite() && has_digits {
        return Cell::OutOfRange;
    }
    let mantissa = plain.split(['e', 'E']).next().unwrap_or_default();
    let is_zeroed = value == 0.0 && mantissa.bytes().any(|b| matches!(b, b'1'..=b'9'));
    let is_inexact = has_digits && is_rounded_integer(plain, value);
    Cell::Number { value, is_inexact, is_zeroed, is_grouped }
}

/// Whether a text is an integer and `value` another. Longer ones than 128 bits are taken to be rounded.
fn is_rounded_integer(text: &str, value: f64) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    // Fifteen digits always fit.
    digits.len() > 15
        && all_digits(digits)
        && digits.parse::<u128>().map_or(true, |n| value.abs() as u128 != n)
}

/// The value of what Microsoft's C library printed for infinities and NaNs, with the zeros that it added to fill a width.
fn microsoft(text: &str) -> Option<f64> {
    let (is_negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let text = if is_negative { text } else { text.strip_prefix('+').unwrap_or(text) };
    let (whole, word) = text.split_once(".#")?;
    if whole != "1" {
        return None;
    }
    match word.trim_end_matches('0').to_ascii_uppercase().as_str() {
        "INF" => Some(if is_negative { f64::NEG_INFINITY } else { f64::INFINITY }),
        "QNAN" | "SNAN" | "NAN" | "IND" => Some(f64::NAN),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMA: DecimalMark = DecimalMark::Comma;
    const POINT: DecimalMark = DecimalMark::Point;

    #[test]
    fn how_numbers_are_written() {
        let cases = [
            ("12", Written::Unmarked),
            ("-1e5", Written::Unmarked),
            ("inf", Written::Unmarked),
            ("1.5", Written::Decimal(POINT)),
            (".5", Written::Decimal(POINT)),
            ("5.", Written::Decimal(POINT)),
            ("1,5", Written::Decimal(COMMA)),
            (",5", Written::Decimal(COMMA)),
            ("0,123", Written::Decimal(COMMA)),
            ("1234,567", Written::Decimal(COMMA)),
            ("1,234e5", Written::Decimal(COMMA)),
            ("1,234", Written::Either(COMMA)),
            ("-12.345", Written::Either(POINT)),
            ("1,234.5", Written::Grouped(POINT)),
            ("1,234,567", Written::Grouped(POINT)),
            ("1.234,5", Written::Grouped(COMMA)),
            ("1.234.567", Written::Grouped(COMMA)),
            ("1,", Written::Words),
            (",", Written::Words),
            ("1,23,456", Written::Words),
            ("1,2,3", Written::Words),
            ("1.5,2.5", Written::Words),
            ("1,234.5.6", Written::Words),
            ("5%", Written::Words),
            ("0x10", Written::Words),
            ("1 000", Written::Words),
            ("d", Written::Words),
            ("NA", Written::Missing),
            ("#N/A", Written::Missing),
            (" ", Written::Missing),
        ];
        for (text, want) in cases {
            assert_eq!(written(text.as_bytes()), want, "{text}");
        }
    }

    fn value(text: &str, mark: DecimalMark, is_answered: bool) -> f64 {
        match read(text.as_bytes(), mark, is_answered) {
            Cell::Number { value, .. } => value,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn spellings_of_one_number() {
        assert_eq!(value("1.0D+02", POINT, false), 100.0);
        assert_eq!(value("-2.5d-3", POINT, false), -2.5e-3);
        assert_eq!(value("\u{2212}2,25", COMMA, false), -2.25);
        assert_eq!(value("1e\u{2212}3", POINT, false), 1e-3);
        assert_eq!(value("1.#INF", POINT, false), f64::INFINITY);
        assert_eq!(value("-1.#INF00", COMMA, true), f64::NEG_INFINITY);
        for nan in ["1.#QNAN", "-1.#IND", "1.#SNAN0", "-1.#IND0000", "NaN"] {
            assert!(value(nan, POINT, false).is_nan(), "{nan}");
        }
        for words in ["1.#J", "2.#INF", "1.0F", "1d2d3", "1.0e2d3"] {
            assert_eq!(read(words.as_bytes(), POINT, true), Cell::Words, "{words}");
        }
    }

    #[test]
    fn thousands_are_read_only_when_the_mark_was_chosen() {
        assert_eq!(value("1,234", POINT, true), 1234.0);
        assert_eq!(value("1,234.5", POINT, true), 1234.5);
        assert_eq!(value("1.234,5", COMMA, true), 1234.5);
        assert_eq!(value("1.234", COMMA, true), 1234.0);
        assert_eq!(value("1,234", COMMA, false), 1.234);
        assert_eq!(value("1.234", POINT, false), 1.234);
        assert_eq!(read(b"1,234", POINT, false), Cell::Ambiguous);
        assert_eq!(read(b"1.234", COMMA, false), Cell::Ambiguous);
        assert_eq!(read(b"1,234,567", POINT, false), Cell::Grouped);
        assert_eq!(read(b"1,5", POINT, true), Cell::OtherMark);
        assert_eq!(read(b"1.5", COMMA, true), Cell::OtherMark);
    }

    #[test]
    fn what_reading_changes_is_told() {
        let told = |text: &str| match read(text.as_bytes(), POINT, true) {
            Cell::Number { is_inexact, is_zeroed, is_grouped, .. } => (is_inexact, is_zeroed, is_grouped),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(told("9007199254740993"), (true, false, false));
        assert_eq!(told("-9007199254740992"), (false, false, false));
        assert_eq!(told("1e-400"), (false, true, false));
        assert_eq!(told("0e-400"), (false, false, false));
        assert_eq!(told("1,000"), (false, false, true));
        assert_eq!(read(b"1e999", POINT, true), Cell::OutOfRange);
    }
}
