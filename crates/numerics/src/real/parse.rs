//! The grammar of typed numbers.

use num_bigint::BigUint;
use num_traits::{One, Zero};

use super::decimal::power_of_ten;
use super::{Rational, Real};

/// Longest text read, in characters.
pub const LENGTH_LIMIT: usize = 20_000;
/// Most digits in one number.
pub const DIGIT_LIMIT: usize = 10_000;
/// Largest exponent, of ten or two, in absolute value. Beyond every format by far, and small enough that a page
/// may convert the number to dozens of formats, with the error of each, within 50 ms.
pub const EXPONENT_LIMIT: u32 = 10_000;
/// What `pi` and `π` stand for: the first 60 digits, cut. A decimal, not the irrational number.
pub const PI_DIGITS: &str = "3.14159265358979323846264338327950288419716939937510582097494";

/// Most bits that a power such as `3^1000` may have.
const POWER_LIMIT_BITS: u64 = 40_000;

/// Why a text is not a number. Positions count characters of the text from 0.
///
/// The grammar, case-insensitive:
///
/// ```text
/// real     = sign? ( "nan" | "inf" | "infinity" | "∞" | quotient )
/// quotient = product ( "/" product )?
/// product  = power ( "*" power )?
/// power    = number ( "^" sign? digits )?
/// number   = decimal | "0x" hex | "0b" binary | "pi" | "π"
/// decimal  = digits ( "." digits? )? exponent?  |  "." digits exponent?      exponent = "e" sign? digits
/// hex      = the same with hexadecimal digits and "p", a power of two; binary likewise
/// sign     = "+" | "-" | "−" (U+2212)
/// ```
///
/// Spaces may stand around the text, after a first sign and around `/ * ^`. Between two digits one `_` may stand, or a
/// space that typography puts there ([`is_group_space`]); in a decimal such spaces must make groups of three, or the text
/// may as well be two numbers. Full-width forms (U+FF01 to U+FF5E) count as their ASCII
/// twins, `×` as `*`. A comma is refused: it is a decimal point to some readers and a group mark to others.
/// A leading sign applies to the whole (`-2^2` is -4). Halves, thirds and powers are exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseRealError {
    /// Nothing but spaces.
    #[error("empty")]
    Empty,
    /// More than [`LENGTH_LIMIT`] characters.
    #[error("longer than {LENGTH_LIMIT} characters")]
    TooLong,
    /// More than [`DIGIT_LIMIT`] digits in one number.
    #[error("more than {DIGIT_LIMIT} digits in the number at {position}")]
    TooManyDigits {
        /// Where the number starts.
        position: usize,
    },
    /// An exponent beyond ±[`EXPONENT_LIMIT`], or a power too large to write out.
    #[error("exponent at {position} beyond {EXPONENT_LIMIT}")]
    ExponentTooLarge {
        /// Where the exponent starts.
        position: usize,
    },
    /// A comma: decimal point or group mark?
    #[error("ambiguous comma at {position}")]
    Comma {
        /// Where it stands.
        position: usize,
    },
    /// `_` or a thin space that does not stand between two digits, or that makes no group of three.
    #[error("separator not between digits at {position}")]
    MisplacedSeparator {
        /// Where it stands.
        position: usize,
    },
    /// Digits were expected: after a point, an exponent mark, `0x`, an operator, a sign.
    #[error("digits expected at {position}")]
    MissingDigits {
        /// Where they were expected; the text's length when it ended too early.
        position: usize,
    },
    /// A character that has no meaning here.
    #[error("unexpected {character:?} at {position}")]
    UnexpectedCharacter {
        /// Where it stands.
        position: usize,
        /// The character as typed.
        character: char,
    },
    /// Division by zero, or zero to a negative power.
    #[error("division by zero at {position}")]
    DivisionByZero {
        /// Where the operator stands.
        position: usize,
    },
}

use ParseRealError::{
    Comma, DivisionByZero, Empty, ExponentTooLarge, MisplacedSeparator, MissingDigits, TooLong,
    TooManyDigits, UnexpectedCharacter,
};

pub(super) fn parse(text: &str) -> Result<Real, ParseRealError> {
    if text.chars().nth(LENGTH_LIMIT).is_some() {
        return Err(TooLong);
    }
    let typed: Vec<char> = text.chars().collect();
    let plain = typed.iter().map(|&character| plain(character)).collect();
    let mut reader = Reader { typed, plain, at: 0 };
    reader.skip_spaces();
    if reader.at_end() {
        return Err(Empty);
    }
    let real = reader.real()?;
    reader.skip_spaces();
    if reader.at_end() { Ok(real) } else { Err(reader.unexpected()) }
}

/// Whether a space may stand inside a number, between its groups of digits: no-break space (U+00A0), figure space (U+2007),
/// thin space (U+2009), narrow no-break space (U+202F).
pub fn is_group_space(character: char) -> bool {
    matches!(character, '\u{A0}' | '\u{2007}' | '\u{2009}' | '\u{202F}')
}

/// One spelling per character: ASCII in lower case, `_` for every separator.
fn plain(character: char) -> char {
    match character {
        '\u{FF01}'..='\u{FF5E}' => {
            char::from_u32(character as u32 - 0xFEE0).map_or(character, |ascii| ascii.to_ascii_lowercase())
        }
        '\u{2212}' => '-',
        space if is_group_space(space) => '_',
        '×' => '*',
        _ => character.to_ascii_lowercase(),
    }
}

struct Reader {
    typed: Vec<char>,
    plain: Vec<char>,
    at: usize,
}

/// Digits of one number, the point taken out.
struct DigitRun {
    text: String,
    after_point: i64,
}

/// Digits between spaces, in one of a decimal's two parts.
#[derive(Default)]
struct Groups {
    /// Since the part's beginning or its last space.
    digits: usize,
    /// Where the last space stands.
    space: Option<usize>,
}

impl Groups {
    /// At a space: three digits before it, or fewer at the very beginning.
    fn parted(self, after_point: bool, position: usize) -> Result<Self, ParseRealError> {
        let is_first = self.space.is_none() && !after_point;
        if self.digits == 3 || is_first && self.digits < 3 {
            Ok(Self { digits: 0, space: Some(position) })
        } else {
            Err(MisplacedSeparator { position })
        }
    }

    /// At the part's end: three digits behind the last space, or fewer at the very end.
    fn ended(self, after_point: bool) -> Result<Self, ParseRealError> {
        match self.space {
            Some(position) if self.digits > 3 || self.digits < 3 && !after_point => {
                Err(MisplacedSeparator { position })
            }
            _ => Ok(Self::default()),
        }
    }
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.plain.get(self.at).copied()
    }

    fn at_end(&self) -> bool {
        self.at >= self.plain.len()
    }

    fn take(&mut self, character: char) -> bool {
        let found = self.peek() == Some(character);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let mut at = self.at;
        for character in word.chars() {
            if self.plain.get(at) != Some(&character) {
                return false;
            }
            at += 1;
        }
        self.at = at;
        true
    }

    fn skip_spaces(&mut self) {
        while self.typed.get(self.at).is_some_and(|typed| typed.is_whitespace()) {
            self.at += 1;
        }
    }

    /// An operator with the spaces around it; the position is the operator's.
    fn operator(&mut self, character: char) -> Option<usize> {
        let start = self.at;
        self.skip_spaces();
        let position = self.at;
        if self.take(character) {
            self.skip_spaces();
            return Some(position);
        }
        self.at = start;
        None
    }

    fn unexpected(&self) -> ParseRealError {
        let position = self.at;
        match (self.peek(), self.typed.get(position)) {
            (Some(','), _) => Comma { position },
            (Some('_'), _) => MisplacedSeparator { position },
            (_, Some(&character)) => UnexpectedCharacter { position, character },
            (_, None) => MissingDigits { position },
        }
    }

    /// Digits were needed and are not here.
    fn missing(&self) -> ParseRealError {
        match self.unexpected() {
            UnexpectedCharacter { position, .. } => MissingDigits { position },
            other => other,
        }
    }

    fn sign(&mut self) -> bool {
        let negative = self.take('-');
        if !negative {
            self.take('+');
        }
        negative
    }

    fn real(&mut self) -> Result<Real, ParseRealError> {
        let negative = self.sign();
        self.skip_spaces();
        if self.take_word("nan") {
            return Ok(Real::Nan);
        }
        if self.take('∞') || self.take_word("infinity") || self.take_word("inf") {
            return Ok(Real::Infinity { negative });
        }
        let mut value = self.product()?;
        if let Some(position) = self.operator('/') {
            value = value.div(&self.product()?).ok_or(DivisionByZero { position })?;
        }
        value.negative = negative;
        Ok(Real::Finite(value))
    }

    fn product(&mut self) -> Result<Rational, ParseRealError> {
        let left = self.power()?;
        if self.operator('*').is_none() {
            return Ok(left);
        }
        Ok(left.mul(&self.power()?))
    }

    fn power(&mut self) -> Result<Rational, ParseRealError> {
        let base = self.number()?;
        let Some(operator) = self.operator('^') else { return Ok(base) };
        let position = self.at;
        let negative = self.sign();
        let exponent = self.exponent_digits(position)?;
        let bits = base.numerator.bits().max(base.denominator.bits()).saturating_sub(1);
        if bits.saturating_mul(u64::from(exponent)) > POWER_LIMIT_BITS {
            return Err(ExponentTooLarge { position });
        }
        let (numerator, denominator) = (base.numerator.pow(exponent), base.denominator.pow(exponent));
        let (numerator, denominator) =
            if negative { (denominator, numerator) } else { (numerator, denominator) };
        Rational::new(false, numerator, denominator).ok_or(DivisionByZero { position: operator })
    }

    fn number(&mut self) -> Result<Rational, ParseRealError> {
        if self.take_word("pi") || self.take('π') {
            let digits = PI_DIGITS.replace('.', "");
            let places = digits.len() as i64 - 1;
            return Ok(scaled(parse_digits(&digits, 10), -places, power_of_ten));
        }
        let start = self.at;
        if self.take_word("0x") {
            return self.binary_number(16, start);
        }
        if self.take_word("0b") {
            return self.binary_number(2, start);
        }
        let run = self.digits(10, start)?;
        let exponent = if self.take('e') { self.exponent()? } else { 0 };
        Ok(scaled(parse_digits(&run.text, 10), exponent - run.after_point, power_of_ten))
    }

    fn binary_number(&mut self, radix: u32, start: usize) -> Result<Rational, ParseRealError> {
        let run = self.digits(radix, start)?;
        let exponent = if self.take('p') { self.exponent()? } else { 0 };
        let bits_per_digit = i64::from(radix.ilog2());
        let power = |bits| BigUint::one() << bits;
        Ok(scaled(parse_digits(&run.text, radix), exponent - run.after_point * bits_per_digit, power))
    }

    /// Digits with at most one point, separators taken out; at least one digit.
    fn digits(&mut self, radix: u32, start: usize) -> Result<DigitRun, ParseRealError> {
        let mut run = DigitRun { text: String::new(), after_point: 0 };
        let mut after_point = false;
        let mut groups = Groups::default();
        loop {
            match self.peek() {
                Some(digit) if digit.is_digit(radix) => {
                    run.text.push(digit);
                    run.after_point += i64::from(after_point);
                    groups.digits += 1;
                }
                Some('.') if !after_point => {
                    groups = groups.ended(false)?;
                    after_point = true;
                }
                Some('_') => {
                    let is_digit = |at: Option<usize>| {
                        at.and_then(|at| self.plain.get(at)).is_some_and(|next| next.is_digit(radix))
                    };
                    let between = is_digit(self.at.checked_sub(1)) && is_digit(Some(self.at + 1));
                    let is_space = self.typed[self.at].is_whitespace();
                    if !between || run.text.is_empty() {
                        // A space after the number, at the text's end or before an operator.
                        if is_space && !run.text.is_empty() {
                            break;
                        }
                        return Err(MisplacedSeparator { position: self.at });
                    }
                    if radix == 10 && is_space {
                        groups = groups.parted(after_point, self.at)?;
                    }
                }
                _ => break,
            }
            self.at += 1;
        }
        groups.ended(after_point)?;
        if run.text.is_empty() {
            return Err(if self.at == start && !self.at_end() { self.unexpected() } else { self.missing() });
        }
        if run.text.len() > DIGIT_LIMIT {
            return Err(TooManyDigits { position: start });
        }
        Ok(run)
    }

    fn exponent(&mut self) -> Result<i64, ParseRealError> {
        let position = self.at;
        let negative = self.sign();
        let magnitude = i64::from(self.exponent_digits(position)?);
        Ok(if negative { -magnitude } else { magnitude })
    }

    /// Plain digits; `position` is where the exponent starts, its sign included.
    fn exponent_digits(&mut self, position: usize) -> Result<u32, ParseRealError> {
        let mut value: Option<u32> = None;
        while let Some(digit) = self.peek().and_then(|character| character.to_digit(10)) {
            value = Some(value.unwrap_or(0).saturating_mul(10).saturating_add(digit));
            self.at += 1;
        }
        match value {
            None => Err(self.missing()),
            Some(value) if value > EXPONENT_LIMIT => Err(ExponentTooLarge { position }),
            Some(value) => Ok(value),
        }
    }
}

fn parse_digits(digits: &str, radix: u32) -> BigUint {
    BigUint::parse_bytes(digits.as_bytes(), radix).unwrap_or(BigUint::ZERO)
}

/// `integer * base^exponent`, where `power` gives `base^n`.
fn scaled(integer: BigUint, exponent: i64, power: impl Fn(u64) -> BigUint) -> Rational {
    if integer.is_zero() {
        return Rational::from_integer(false, integer);
    }
    let factor = power(exponent.unsigned_abs());
    let (numerator, denominator) =
        if exponent >= 0 { (integer * factor, BigUint::one()) } else { (integer, factor) };
    Rational { negative: false, numerator, denominator }.reduced()
}
