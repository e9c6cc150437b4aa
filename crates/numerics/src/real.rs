//! What a reader typed, as the exact number it names, and exact arithmetic on such numbers.
//!
//! Positions count characters from 0. Text can name fractions of up to some 100,000 bits; operations remove
//! common factors while that is cheap, but nothing here is for hot paths.
//! Left out: irrational results. `pi` is a decimal of [`PI_DIGITS`], cut after 60 digits.

mod decimal;
mod parse;

use std::cmp::Ordering;

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::{One, Zero};

pub use decimal::DecimalText;
pub use parse::{DIGIT_LIMIT, EXPONENT_LIMIT, LENGTH_LIMIT, PI_DIGITS, ParseRealError, is_group_space};

use crate::round::{Source, to_f64};
use crate::value::{Dyadic, Value};

/// A number before rounding.
#[derive(Clone, Debug, PartialEq)]
pub enum Real {
    /// Not a number.
    Nan,
    /// Infinity of either sign.
    Infinity {
        /// Below zero.
        negative: bool,
    },
    /// An exact fraction.
    Finite(Rational),
}

/// An exact fraction. Negative zero keeps its sign. Not necessarily in lowest terms: `==` and
/// [`Rational::compare`] go by value, and then both zeros are equal.
#[derive(Clone, Debug)]
pub struct Rational {
    /// Below zero, or negative zero.
    pub negative: bool,
    /// Absolute value times the denominator.
    pub numerator: BigUint,
    /// Not zero.
    pub denominator: BigUint,
}

/// Fractions up to this size are reduced: the cost grows with the square.
const REDUCE_LIMIT_BITS: u64 = 8192;

impl Real {
    /// Reads `text` exactly, or says why not; never guesses. The grammar is described on [`ParseRealError`].
    pub fn parse(text: &str) -> Result<Real, ParseRealError> {
        parse::parse(text)
    }

    /// The exact value of an `f64`.
    pub fn from_f64(x: f64) -> Real {
        Real::from_value(Value::from_f64(x))
    }

    /// The exact number behind a decoded value.
    pub fn from_value(value: Value) -> Real {
        match value {
            Value::Nan => Real::Nan,
            Value::Infinity { negative } => Real::Infinity { negative },
            Value::Finite(dyadic) => Real::Finite(Rational::from_dyadic(dyadic)),
        }
    }

    /// The nearest `f64`, ties to even.
    pub fn to_f64(&self) -> f64 {
        to_f64(&Source::from_real(self))
    }

    /// The fraction, unless NaN or infinite.
    pub fn finite(&self) -> Option<&Rational> {
        if let Real::Finite(rational) = self { Some(rational) } else { None }
    }
}

impl Rational {
    /// `±numerator / denominator`, or `None` when the denominator is zero.
    pub fn new(negative: bool, numerator: BigUint, denominator: BigUint) -> Option<Rational> {
        if denominator.is_zero() {
            return None;
        }
        Some(Rational { negative, numerator, denominator }.reduced())
    }

    /// A whole number.
    pub fn from_integer(negative: bool, integer: BigUint) -> Rational {
        Rational { negative, numerator: integer, denominator: BigUint::one() }
    }

    /// The exact fraction of a dyadic.
    pub fn from_dyadic(dyadic: Dyadic) -> Rational {
        let significand = BigUint::from(dyadic.significand);
        let power = dyadic.exponent.unsigned_abs();
        let (numerator, denominator) = if dyadic.exponent >= 0 {
            (significand << power, BigUint::one())
        } else {
            (significand, BigUint::one() << power)
        };
        Rational { negative: dyadic.negative, numerator, denominator }
    }

    /// The same number with common factors removed where that is cheap.
    fn reduced(mut self) -> Rational {
        if self.numerator.is_zero() {
            self.denominator = BigUint::one();
            return self;
        }
        if self.denominator.is_one() {
            return self;
        }
        let bits = self.numerator.bits().max(self.denominator.bits());
        if bits <= REDUCE_LIMIT_BITS {
            let divisor = self.numerator.gcd(&self.denominator);
            if !divisor.is_one() {
                self.numerator /= &divisor;
                self.denominator /= &divisor;
            }
            return self;
        }
        let twos = |x: &BigUint| x.trailing_zeros().unwrap_or(0);
        let common = twos(&self.numerator).min(twos(&self.denominator));
        if common > 0 {
            self.numerator >>= common;
            self.denominator >>= common;
        }
        self
    }

    /// Zero of either sign.
    pub fn is_zero(&self) -> bool {
        self.numerator.is_zero()
    }

    /// `-self`; the sign of zero turns as well.
    #[must_use]
    pub fn neg(&self) -> Rational {
        Rational { negative: !self.negative, ..self.clone() }
    }

    /// The absolute value.
    #[must_use]
    pub fn abs(&self) -> Rational {
        Rational { negative: false, ..self.clone() }
    }

    /// `self + other`. A sum of zero is negative only when both are.
    #[must_use]
    pub fn add(&self, other: &Rational) -> Rational {
        let left = &self.numerator * &other.denominator;
        let right = &other.numerator * &self.denominator;
        let denominator = &self.denominator * &other.denominator;
        let (negative, numerator) = if self.negative == other.negative {
            (self.negative, left + right)
        } else {
            match left.cmp(&right) {
                Ordering::Greater => (self.negative, left - right),
                Ordering::Less => (other.negative, right - left),
                Ordering::Equal => (false, BigUint::ZERO),
            }
        };
        Rational { negative, numerator, denominator }.reduced()
    }

    /// `self - other`.
    #[must_use]
    pub fn sub(&self, other: &Rational) -> Rational {
        self.add(&other.neg())
    }

    /// `self * other`.
    #[must_use]
    pub fn mul(&self, other: &Rational) -> Rational {
        Rational {
            negative: self.negative != other.negative,
            numerator: &self.numerator * &other.numerator,
            denominator: &self.denominator * &other.denominator,
        }
        .reduced()
    }

    /// `self / other`, or `None` when `other` is zero.
    pub fn div(&self, other: &Rational) -> Option<Rational> {
        Rational::new(
            self.negative != other.negative,
            &self.numerator * &other.denominator,
            &self.denominator * &other.numerator,
        )
    }

    /// Order by value; both zeros are equal.
    pub fn compare(&self, other: &Rational) -> Ordering {
        let sign = |x: &Rational| match (x.is_zero(), x.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let (left, right) = (sign(self), sign(other));
        if left != right || left == 0 {
            return left.cmp(&right);
        }
        let order = (&self.numerator * &other.denominator).cmp(&(&other.numerator * &self.denominator));
        if left < 0 { order.reverse() } else { order }
    }

    /// The nearest `f64`, ties to even.
    pub fn to_f64(&self) -> f64 {
        to_f64(&Source::from_rational(self))
    }
}

impl PartialEq for Rational {
    fn eq(&self, other: &Rational) -> bool {
        self.compare(other) == Ordering::Equal
    }
}

#[cfg(test)]
mod tests;
