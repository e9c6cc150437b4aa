//! What is rounded: a sign, 128 significant bits, a power of two, and whether anything lies below;
//! and the cut that splits it at a place.

use num_bigint::BigUint;
use num_traits::{ToPrimitive, Zero};

use super::RoundingMode;
use crate::real::{Rational, Real};
use crate::value::Dyadic;

/// Any number, ready to be rounded once.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    Nan,
    Infinity { negative: bool },
    Zero { negative: bool },
    Finite(Magnitude),
}

/// A finite number other than zero: `significand * 2^(exponent - 127)`, plus less than one unit of the
/// last place when `sticky`. The top bit of the significand is set, so `exponent` is `floor(log2 |x|)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Magnitude {
    pub negative: bool,
    pub significand: u128,
    pub exponent: i32,
    pub sticky: bool,
}

/// A magnitude cut at a place: `(kept + (fraction + lost) / 2^128) * 2^place`, `lost` in `0..1`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Split {
    pub kept: u128,
    pub fraction: u128,
    pub lost: bool,
}

const HALF: u128 = 1 << 127;

impl Source {
    pub(crate) fn from_f64(x: f64) -> Source {
        let bits = x.to_bits();
        let negative = bits >> 63 != 0;
        let field = (bits >> 52 & 0x7FF) as i32;
        let fraction = bits & ((1 << 52) - 1);
        match field {
            0x7FF if fraction != 0 => Source::Nan,
            0x7FF => Source::Infinity { negative },
            0 => Source::from_dyadic(Dyadic { negative, significand: fraction, exponent: -1074 }),
            _ => {
                let significand = u128::from(fraction | 1 << 52) << 75;
                Source::Finite(Magnitude { negative, significand, exponent: field - 1023, sticky: false })
            }
        }
    }

    pub(crate) fn from_dyadic(dyadic: Dyadic) -> Source {
        let Dyadic { negative, significand, exponent } = dyadic;
        if significand == 0 {
            return Source::Zero { negative };
        }
        let zeros = significand.leading_zeros();
        let significand = u128::from(significand << zeros) << 64;
        Source::Finite(Magnitude {
            negative,
            significand,
            exponent: exponent + 63 - zeros as i32,
            sticky: false,
        })
    }

    pub(crate) fn from_real(x: &Real) -> Source {
        match x {
            Real::Nan => Source::Nan,
            Real::Infinity { negative } => Source::Infinity { negative: *negative },
            Real::Finite(rational) => Source::from_rational(rational),
        }
    }

    /// The quotient's first 128 bits; the rest is sticky. A zero denominator is not a number.
    pub(crate) fn from_rational(x: &Rational) -> Source {
        if x.denominator.is_zero() {
            return Source::Nan;
        }
        if x.numerator.is_zero() {
            return Source::Zero { negative: x.negative };
        }
        // Scaled so that the integer quotient has 129 or 130 bits.
        let (numerator_bits, denominator_bits) = (x.numerator.bits() as i64, x.denominator.bits() as i64);
        let scale = 129 - (numerator_bits - denominator_bits);
        let (quotient, rest_is_zero) = if scale >= 0 {
            divide(&(&x.numerator << scale as u64), &x.denominator)
        } else {
            divide(&x.numerator, &(&x.denominator << scale.unsigned_abs()))
        };
        let extra = quotient.bits() as i64 - 128;
        let cut_is_zero = quotient.trailing_zeros().is_none_or(|zeros| zeros as i64 >= extra);
        let significand = (quotient >> extra as u64).to_u128().unwrap_or(u128::MAX);
        Source::Finite(Magnitude {
            negative: x.negative,
            significand,
            exponent: (127 + extra - scale) as i32,
            sticky: !(rest_is_zero && cut_is_zero),
        })
    }
}

fn divide(numerator: &BigUint, denominator: &BigUint) -> (BigUint, bool) {
    let (quotient, rest) = num_integer::Integer::div_rem(numerator, denominator);
    (quotient, rest.is_zero())
}

impl Magnitude {
    /// Cuts at the place `2^place`. The kept integer wraps modulo `2^128`.
    pub(crate) fn split(&self, place: i32) -> Split {
        let cut = 127 - self.exponent + place;
        let lost = self.sticky;
        match cut {
            i32::MIN..=-128 => Split { kept: 0, fraction: 0, lost },
            -127..=0 => Split { kept: self.significand << -cut, fraction: 0, lost },
            1..=127 => {
                Split { kept: self.significand >> cut, fraction: self.significand << (128 - cut), lost }
            }
            128 => Split { kept: 0, fraction: self.significand, lost },
            129..=255 => {
                let below = self.significand << (256 - cut) != 0;
                Split { kept: 0, fraction: self.significand >> (cut - 128), lost: lost || below }
            }
            256.. => Split { kept: 0, fraction: 0, lost: true },
        }
    }

    /// Order of the absolute value against zero or a positive normal `f64`.
    pub(crate) fn cmp_abs(&self, x: f64) -> std::cmp::Ordering {
        // Cutting to 53 bits cannot cross `x`, which has no more.
        let below = self.sticky || self.significand << 53 != 0;
        let rest = if below { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Equal };
        self.abs_to_f64().total_cmp(&x).then(rest)
    }

    /// The absolute value cut to a normal `f64`, for magnitudes well inside its range.
    pub(crate) fn abs_to_f64(&self) -> f64 {
        let fraction = (self.significand >> 75) as u64 & ((1 << 52) - 1);
        f64::from_bits(((self.exponent.clamp(-1022, 1023) + 1023) as u64) << 52 | fraction)
    }
}

impl Split {
    /// A position in a gap between two neighbours: nothing kept but the parity of the nearer code.
    pub(crate) fn in_gap(code: u64, fraction: u128, lost: bool) -> Split {
        Split { kept: u128::from(code), fraction, lost }
    }

    pub(crate) fn is_odd(&self) -> bool {
        self.kept & 1 != 0
    }

    pub(crate) fn inexact(&self) -> bool {
        self.fraction != 0 || self.lost
    }

    pub(crate) fn guard(&self) -> bool {
        self.fraction & HALF != 0
    }

    pub(crate) fn round(&self) -> bool {
        self.fraction & (HALF >> 1) != 0
    }

    pub(crate) fn sticky(&self) -> bool {
        self.fraction << 2 != 0 || self.lost
    }

    /// The decision: one more in magnitude, or not. `odd` is the parity of the truncated code.
    pub(crate) fn rounds_away(&self, mode: RoundingMode, negative: bool, odd: bool) -> bool {
        match mode {
            RoundingMode::NearestEven => {
                self.fraction > HALF || (self.fraction == HALF && (self.lost || odd))
            }
            RoundingMode::NearestAway => self.fraction >= HALF,
            RoundingMode::TowardZero => false,
            RoundingMode::TowardPositive => !negative && self.inexact(),
            RoundingMode::TowardNegative => negative && self.inexact(),
            RoundingMode::ToOdd => !odd && self.inexact(),
            RoundingMode::Stochastic { random } => (self.fraction >> 64) as u64 > random,
        }
    }
}
