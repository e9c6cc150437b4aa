//! Numbers set like numbers: a true minus, scientific notation without an `e`, an ellipsis where digits were cut.

use numerics::{Rational, Real, Value};

use crate::ui::components::number::{minus, superscript};

/// Values between these magnitudes are written out, others with a power of ten.
const PLAIN: std::ops::Range<f64> = 1e-5..1e16;

/// Decimal exponents up to this are written out in full: binary64's smallest number has 324.
const WRITTEN_OUT: u64 = 400;

/// `x` to `digits` significant digits, with an ellipsis when that is not all of it.
pub fn short(x: &Rational, digits: usize) -> String {
    if x.is_zero() {
        return if x.negative { "\u{2212}0".to_owned() } else { "0".to_owned() };
    }
    let magnitude = x.to_f64().abs();
    let (text, exact) = if PLAIN.contains(&magnitude) {
        let shown = x.to_decimal(digits);
        (minus(&shown.text), shown.exact)
    } else {
        let shown = x.to_scientific(digits);
        (power_of_ten(&shown.text), shown.exact)
    };
    if exact { text } else { format!("{text}\u{2026}") }
}

/// `x` to three significant digits with a sign, for errors. Rounded, without an ellipsis.
pub fn signed(x: &Rational) -> String {
    if x.is_zero() {
        return "0".to_owned();
    }
    let magnitude = x.to_f64().abs();
    let text = if (1e-2..1e5).contains(&magnitude) {
        minus(&x.to_decimal(3).text)
    } else {
        power_of_ten(&x.to_scientific(3).text)
    };
    if x.negative { text } else { format!("+{text}") }
}

/// `1.5e-7` as `1.5×10⁻⁷`.
fn power_of_ten(text: &str) -> String {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return minus(text) };
    format!("{}\u{d7}10{}", minus(mantissa), superscript(exponent))
}

/// Every digit up to `digits`, written out unless the exponent is beyond any format's.
pub fn long(x: &Rational, digits: usize) -> String {
    let reach = x.decimal_exponent().unwrap_or(0).unsigned_abs();
    let shown = if reach <= WRITTEN_OUT { x.to_decimal(digits) } else { x.to_scientific(digits) };
    let text = if reach <= WRITTEN_OUT { minus(&shown.text) } else { power_of_ten(&shown.text) };
    if shown.exact { text } else { format!("{text}\u{2026}") }
}

/// A value of a format, short.
pub fn short_value(value: Value, digits: usize) -> String {
    match value.to_rational() {
        Some(rational) => short(&rational, digits),
        None => minus(&value.to_decimal().replace("Inf", "∞")),
    }
}

/// What the reader asked for, short.
pub fn short_real(real: &Real, digits: usize) -> String {
    match real {
        Real::Nan => "NaN".to_owned(),
        Real::Infinity { negative: false } => "∞".to_owned(),
        Real::Infinity { negative: true } => "\u{2212}∞".to_owned(),
        Real::Finite(rational) => short(rational, digits),
    }
}

/// A code in hexadecimal, padded to the format's width.
pub fn hex(code: u64, bits: u8) -> String {
    let digits = usize::from(bits).div_ceil(4);
    format!("0x{code:0digits$X}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Rational {
        match Real::parse(text) {
            Ok(Real::Finite(rational)) => rational,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn short_numbers_read_well() {
        assert_eq!(short(&read("0.1"), 12), "0.1");
        assert_eq!(short(&read("-0"), 12), "−0");
        assert_eq!(short(&read("65504"), 12), "65504");
        assert_eq!(short(&read("1/3"), 5), "0.33333…");
        assert_eq!(short(&read("-2^-24"), 4), "−5.96×10⁻⁸…");
        assert_eq!(signed(&read("0.00001234")), "+1.23×10⁻⁵");
        assert_eq!(signed(&read("0")), "0");
    }

    #[test]
    fn hex_is_padded_to_the_format() {
        assert_eq!(hex(0x1d, 8), "0x1D");
        assert_eq!(hex(1, 16), "0x0001");
        assert_eq!(hex(5, 6), "0x05");
    }
}
