//! Numbers as readers type and see them: the words for what is not one, a true minus, raised digits,
//! three significant digits, thousands, bytes.

use numerics::ParseRealError as Error;
use protocol::Failure;

/// The failure of `error`; positions count from 1, as a reader does.
pub fn number_failure(error: &Error) -> Failure {
    let at = |code: &str, position: usize| Failure::new(code).with("position", position + 1);
    match error {
        Error::Empty => Failure::new("number_empty"),
        Error::TooLong => Failure::new("number_too_long").with("limit", numerics::real::LENGTH_LIMIT),
        Error::TooManyDigits { position } => {
            at("number_too_many_digits", *position).with("limit", numerics::real::DIGIT_LIMIT)
        }
        Error::ExponentTooLarge { position } => at("number_exponent", *position),
        Error::Comma { position } => at("number_comma", *position),
        Error::MisplacedSeparator { position } => at("number_separator", *position),
        Error::MissingDigits { position } => at("number_digits", *position),
        Error::UnexpectedCharacter { position, character } => {
            at("number_unexpected", *position).with("found", character)
        }
        Error::DivisionByZero { position } => at("number_zero_denominator", *position),
    }
}

/// The typographic minus for every ASCII one.
pub fn minus(text: &str) -> String {
    text.replace('-', "\u{2212}")
}

/// Digits and sign raised.
pub fn superscript(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '-' | '\u{2212}' => Some('⁻'),
            '0' => Some('⁰'),
            '1' => Some('¹'),
            '2' => Some('²'),
            '3' => Some('³'),
            '4'..='9' => char::from_u32('⁴' as u32 + (c as u32 - '4' as u32)),
            _ => None,
        })
        .collect()
}

/// Three significant digits: `0.0123`, `4.56×10⁻⁷`, `∞`.
pub fn figure(value: f64) -> String {
    if value.is_nan() {
        return "\u{2014}".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞".to_owned() } else { "\u{2212}∞".to_owned() };
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    // The exponent after rounding: 9.999 has the digits of 10.0.
    let text = format!("{value:.2e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    if (0.001..100_000.0).contains(&value.abs()) {
        let decimals = (2 - exponent.parse::<i32>().unwrap_or_default()).clamp(0, 6) as usize;
        return minus(&format!("{value:.decimals$}"));
    }
    format!("{}×10{}", minus(mantissa), superscript(exponent))
}

/// A whole number with narrow spaces between thousands, at which no line breaks.
pub fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{202F}');
        }
        out.push(digit);
    }
    out
}

/// Bytes in binary units.
pub fn bytes(value: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut amount = value as f64;
    let mut unit = 0;
    while amount >= 1024.0 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{value} B") } else { format!("{amount:.2} {}", UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        assert_eq!(figure(0.012_345), "0.0123");
        assert_eq!(figure(-41.4), "−41.4");
        assert_eq!(figure(9.999), "10.0");
        assert_eq!(figure(4.56e-7), "4.56×10⁻⁷");
        assert_eq!(figure(f64::INFINITY), "∞");
        assert_eq!(grouped(1_234_567), "1\u{202F}234\u{202F}567");
        assert_eq!(bytes(1_073_741_824), "1.00 GiB");
    }
}
