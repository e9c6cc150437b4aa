//! Integers: two's complement, times a power of two.

use num_bigint::BigUint;
use num_traits::Zero;

use super::{Encoded, Overflow, Rounding, Source};
use crate::format::{Format, IntSpec};
use crate::real::Rational;
use crate::value::{Dyadic, Value};

pub(super) fn decode(spec: IntSpec, code: u64) -> Value {
    let unused = 64 - u32::from(spec.bits);
    let integer = (code << unused).cast_signed() >> unused;
    Value::Finite(Dyadic::new(integer < 0, integer.unsigned_abs(), spec.scale_exponent))
}

pub(super) fn encode(format: &Format, spec: IntSpec, source: &Source, rounding: &Rounding) -> Encoded {
    let lowest = 1u64 << (spec.bits - 1);
    let limit = |negative| if negative { lowest } else { lowest - 1 };
    let code = |negative, magnitude: u64| {
        (if negative { magnitude.wrapping_neg() } else { magnitude }) & format.mask()
    };
    let magnitude = match source {
        Source::Nan => return Encoded { substituted_nan: true, ..Encoded::plain(format, 0) },
        Source::Zero { .. } => return Encoded::plain(format, 0),
        Source::Infinity { negative } => {
            let encoded = Encoded::plain(format, code(*negative, limit(*negative)));
            return Encoded { inexact: true, overflow: true, ..encoded };
        }
        Source::Finite(magnitude) => magnitude,
    };
    let negative = magnitude.negative;
    let split = magnitude.split(spec.scale_exponent);
    let away = split.rounds_away(rounding.mode, negative, split.is_odd());
    let rounded = split.kept.wrapping_add(u128::from(away));
    let huge = magnitude.exponent.saturating_sub(spec.scale_exponent) >= 64;
    if !huge && rounded <= u128::from(limit(negative)) {
        return Encoded::cut(format, code(negative, rounded as u64), &split);
    }
    let stored = if rounding.overflow == Overflow::Wrap { rounded as u64 } else { limit(negative) };
    let encoded = Encoded::cut(format, code(negative, stored), &split);
    Encoded { inexact: true, overflow: true, ..encoded }
}

/// A source with the same low bits as `x`, small enough that 128 bits hold it: wrapping needs the digits
/// that a huge typed number's leading 128 bits do not contain.
pub(super) fn source_for_wrap(spec: IntSpec, x: &Rational) -> Source {
    let integer_bits = x.numerator.bits() as i64 - x.denominator.bits() as i64;
    if integer_bits - i64::from(spec.scale_exponent) < 100 || x.denominator.is_zero() {
        return Source::from_rational(x);
    }
    // Modulo 2^64 in units of the last place, plus 2^64 so that it still counts as out of range.
    let span = BigUint::from(1u8) << (64 + spec.scale_exponent).unsigned_abs();
    let period = &x.denominator * span;
    let reduced = &x.numerator % &period + &period;
    Source::from_rational(&Rational {
        negative: x.negative,
        numerator: reduced,
        denominator: x.denominator.clone(),
    })
}
