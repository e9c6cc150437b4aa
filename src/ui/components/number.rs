//! Numbers as readers type and see them: the words for what is not one, a true minus, raised digits.

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
