//! Fractions as decimal text, correctly rounded to a number of significant digits.

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::Zero;

use super::Rational;

/// A decimal text, and whether it is the whole number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecimalText {
    /// Sign, digits, point; an exponent only from [`Rational::to_scientific`].
    pub text: String,
    /// Nothing was cut off. Otherwise the text is the nearest one with that many digits, ties to even.
    pub exact: bool,
}

/// Significant digits without trailing zeros, and the power of ten of the first.
struct Digits {
    significant: String,
    exponent: i64,
    exact: bool,
}

impl Rational {
    /// Positional notation with at most `max_digits` significant digits (at least one). A number with a large
    /// exponent becomes a long text: ask [`Rational::decimal_exponent`] first, or use [`Rational::to_scientific`].
    pub fn to_decimal(&self, max_digits: usize) -> DecimalText {
        let sign = if self.negative { "-" } else { "" };
        let Some(Digits { significant: digits, exponent, exact }) = self.digits(max_digits) else {
            return DecimalText { text: format!("{sign}0"), exact: true };
        };
        let text = if exponent < 0 {
            format!("{sign}0.{}{digits}", "0".repeat((-1 - exponent) as usize))
        } else {
            let whole = exponent as usize + 1;
            if digits.len() <= whole {
                format!("{sign}{digits}{}", "0".repeat(whole - digits.len()))
            } else {
                format!("{sign}{}.{}", &digits[..whole], &digits[whole..])
            }
        };
        DecimalText { text, exact }
    }

    /// `d.ddde±x` with at most `max_digits` significant digits (at least one).
    pub fn to_scientific(&self, max_digits: usize) -> DecimalText {
        let sign = if self.negative { "-" } else { "" };
        let Some(Digits { significant: digits, exponent, exact }) = self.digits(max_digits) else {
            return DecimalText { text: format!("{sign}0e0"), exact: true };
        };
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        DecimalText { text: format!("{sign}{first}{point}{rest}e{exponent}"), exact }
    }

    /// `floor(log10 |x|)`, or `None` for zero.
    pub fn decimal_exponent(&self) -> Option<i64> {
        if self.numerator.is_zero() || self.denominator.is_zero() {
            return None;
        }
        // log10 x from the leading bits is within 1e-9 of the truth, except at the last step below.
        let estimate = (log2(&self.numerator) - log2(&self.denominator)) * std::f64::consts::LOG10_2;
        let mut exponent = estimate.floor() as i64;
        if (estimate - estimate.round()).abs() < 1e-6 {
            // Close to a power of ten: compare exactly.
            exponent = estimate.round() as i64;
            if self.below_power_of_ten(exponent) {
                exponent -= 1;
            }
        }
        Some(exponent)
    }

    /// `|x| < 10^exponent`.
    fn below_power_of_ten(&self, exponent: i64) -> bool {
        let power = power_of_ten(exponent.unsigned_abs());
        if exponent >= 0 {
            self.numerator < &self.denominator * power
        } else {
            &self.numerator * power < self.denominator
        }
    }

    fn digits(&self, max_digits: usize) -> Option<Digits> {
        let mut exponent = self.decimal_exponent()?;
        let count = max_digits.max(1) as i64;
        // |x| / 10^unit has `count` digits before the point.
        let unit = exponent - (count - 1);
        let power = power_of_ten(unit.unsigned_abs());
        let (mut integer, rest, divisor) = if unit >= 0 {
            let divisor = &self.denominator * power;
            let (integer, rest) = self.numerator.div_rem(&divisor);
            (integer, rest, divisor)
        } else {
            let (integer, rest) = (&self.numerator * power).div_rem(&self.denominator);
            (integer, rest, self.denominator.clone())
        };
        let exact = rest.is_zero();
        if !exact {
            let twice = rest << 1u8;
            if twice > divisor || (twice == divisor && integer.bit(0)) {
                integer += 1u8;
            }
        }
        let mut digits = integer.to_string();
        if digits.len() as i64 > count {
            // 999.9 became 1000.
            exponent += 1;
        }
        digits.truncate(digits.trim_end_matches('0').len());
        Some(Digits { significant: digits, exponent, exact })
    }
}

/// `10^power`.
pub(super) fn power_of_ten(power: u64) -> BigUint {
    BigUint::from(5u8).pow(u32::try_from(power).unwrap_or(u32::MAX)) << power
}

/// `log2 x` of a positive integer from its leading 64 bits.
fn log2(x: &BigUint) -> f64 {
    let cut = x.bits().saturating_sub(64);
    let leading = (x >> cut).iter_u64_digits().next().unwrap_or(1);
    (leading as f64).log2() + cut as f64
}
