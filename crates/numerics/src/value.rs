//! The exact value of a code.
//!
//! Every finite value of every format here is an integer times a power of two, so a `u64` and an
//! exponent hold it without loss. Left out: NaN payloads.

use num_bigint::BigUint;

use crate::real::Rational;

/// What a code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Not a number (posits: NaR).
    Nan,
    /// Infinity of either sign.
    Infinity {
        /// Below zero.
        negative: bool,
    },
    /// An exact finite number.
    Finite(Dyadic),
}

/// `±significand * 2^exponent`. Kept canonical by [`Dyadic::new`]: the significand is odd, or zero
/// with exponent 0, so that equality of fields is equality of values (the sign of zero counts).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dyadic {
    /// Below zero, or negative zero.
    pub negative: bool,
    /// The integer factor.
    pub significand: u64,
    /// The power of two.
    pub exponent: i32,
}

impl Dyadic {
    /// Positive zero.
    pub const ZERO: Dyadic = Dyadic { negative: false, significand: 0, exponent: 0 };

    /// The canonical form of `±significand * 2^exponent`.
    pub const fn new(negative: bool, significand: u64, exponent: i32) -> Dyadic {
        if significand == 0 {
            return Dyadic { negative, significand: 0, exponent: 0 };
        }
        let zeros = significand.trailing_zeros();
        Dyadic { negative, significand: significand >> zeros, exponent: exponent + zeros as i32 }
    }

    /// Zero of either sign.
    pub const fn is_zero(&self) -> bool {
        self.significand == 0
    }

    /// The nearest `f64`, ties to even; exact for every format of the table.
    pub fn to_f64(self) -> f64 {
        let sign = (self.negative as u64) << 63;
        let magnitude = if self.significand == 0 {
            0.0
        } else if self.significand >> 53 == 0 && (-1000..=900).contains(&self.exponent) {
            // Two exact factors, exact product: the result is normal and has at most 53 bits.
            self.significand as f64 * f64::from_bits(((self.exponent + 1023) as u64) << 52)
        } else {
            return crate::round::dyadic_to_f64(self);
        };
        f64::from_bits(f64::to_bits(magnitude) | sign)
    }
}

impl Value {
    /// Positive zero.
    pub const ZERO: Value = Value::Finite(Dyadic::ZERO);

    /// The exact value of an `f64`.
    pub const fn from_f64(x: f64) -> Value {
        let bits = x.to_bits();
        let negative = bits >> 63 != 0;
        let field = (bits >> 52 & 0x7FF) as i32;
        let fraction = bits & ((1 << 52) - 1);
        match field {
            0x7FF if fraction != 0 => Value::Nan,
            0x7FF => Value::Infinity { negative },
            0 => Value::Finite(Dyadic::new(negative, fraction, -1074)),
            _ => Value::Finite(Dyadic::new(negative, fraction | 1 << 52, field - 1075)),
        }
    }

    /// The nearest `f64`, ties to even; exact for every format of the table.
    pub fn to_f64(self) -> f64 {
        match self {
            Value::Nan => f64::NAN,
            Value::Infinity { negative: false } => f64::INFINITY,
            Value::Infinity { negative: true } => f64::NEG_INFINITY,
            Value::Finite(dyadic) => dyadic.to_f64(),
        }
    }

    /// The finite value as a fraction; `None` for NaN and infinities.
    pub fn to_rational(self) -> Option<Rational> {
        match self {
            Value::Finite(dyadic) => Some(Rational::from_dyadic(dyadic)),
            Value::Nan | Value::Infinity { .. } => None,
        }
    }

    /// Every digit of the value, without an exponent: exact, up to 1074 decimals for binary64.
    /// Negative zero is `-0`; the others are `NaN`, `Inf` and `-Inf`.
    pub fn to_decimal(self) -> String {
        let dyadic = match self {
            Value::Nan => return "NaN".to_owned(),
            Value::Infinity { negative: false } => return "Inf".to_owned(),
            Value::Infinity { negative: true } => return "-Inf".to_owned(),
            // Canonical first: a factor of two left in the significand would print as a trailing zero.
            Value::Finite(d) => Dyadic::new(d.negative, d.significand, d.exponent),
        };
        let significand = BigUint::from(dyadic.significand);
        let mut text = String::new();
        if dyadic.negative {
            text.push('-');
        }
        if dyadic.exponent >= 0 {
            text.push_str(&(significand << dyadic.exponent as u32).to_string());
            return text;
        }
        // s / 2^k = s * 5^k / 10^k: the product's digits with the point k places from the right.
        let places = dyadic.exponent.unsigned_abs();
        let digits = (significand * BigUint::from(5u8).pow(places)).to_string();
        let places = places as usize;
        if digits.len() > places {
            let (whole, fraction) = digits.split_at(digits.len() - places);
            text.push_str(whole);
            text.push('.');
            text.push_str(fraction);
        } else {
            text.push_str("0.");
            text.extend(std::iter::repeat_n('0', places - digits.len()));
            text.push_str(&digits);
        }
        text
    }

    /// NaN.
    pub const fn is_nan(&self) -> bool {
        matches!(self, Value::Nan)
    }

    /// Neither NaN nor infinite.
    pub const fn is_finite(&self) -> bool {
        matches!(self, Value::Finite(_))
    }

    /// Zero of either sign.
    pub const fn is_zero(&self) -> bool {
        matches!(self, Value::Finite(dyadic) if dyadic.is_zero())
    }

    /// Below zero, negative zero included; false for NaN.
    pub const fn is_negative(&self) -> bool {
        match self {
            Value::Nan => false,
            Value::Infinity { negative } | Value::Finite(Dyadic { negative, .. }) => *negative,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit() {
        let text = |x: f64| Value::from_f64(x).to_decimal();
        for (x, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (448.0, "448"),
            (0.1, "0.1000000000000000055511151231257827021181583404541015625"),
            (1e23, "99999999999999991611392"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(text(x), expected);
        }
        let smallest = text(f64::from_bits(1));
        assert_eq!(smallest.len(), 2 + 1074);
        assert!(
            smallest
                .starts_with(&format!("0.{}4940656458412465441765687928682213723650598", "0".repeat(323)))
        );
        assert!(smallest.ends_with("538682506419718265533447265625"));
        assert_eq!(text(f64::MAX).len(), 309);
    }

    #[test]
    fn every_digit_reads_back() {
        for bits in (0..2000u64).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15)) {
            let x = f64::from_bits(bits);
            if x.is_finite() {
                assert_eq!(Value::from_f64(x).to_decimal().parse(), Ok(x));
            }
        }
    }

    #[test]
    fn dyadics_are_canonical_and_convert_exactly() {
        assert_eq!(Dyadic::new(false, 12, 3), Dyadic { negative: false, significand: 3, exponent: 5 });
        assert_eq!(Dyadic::new(true, 0, 99), Dyadic { negative: true, ..Dyadic::ZERO });
        for bits in [
            1,
            2,
            3,
            0x000F_FFFF_FFFF_FFFF,
            0x0010_0000_0000_0000,
            0x7FEF_FFFF_FFFF_FFFF,
            0x3FF0_0000_0000_0001,
        ] {
            let x = f64::from_bits(bits);
            assert_eq!(Value::from_f64(x).to_f64(), x);
            assert_eq!(Value::from_f64(-x).to_f64(), -x);
        }
        // More than 53 bits: nearest, ties to even.
        assert_eq!(Dyadic::new(false, (1 << 53) + 1, 0).to_f64(), 9007199254740992.0);
        assert_eq!(Dyadic::new(false, u64::MAX, 0).to_f64(), 18446744073709551616.0);
        assert_eq!(Dyadic::new(false, 1, 1024).to_f64(), f64::INFINITY);
        assert_eq!(Dyadic::new(true, 1, -1075).to_f64().to_bits(), (-0.0f64).to_bits());
        assert_eq!(Dyadic::new(false, 3, -1075).to_f64(), 2.0 * f64::from_bits(1));
    }
}
