//! Floats: sign, exponent, significand.

use super::{Encoded, Magnitude, Overflow, Rounding, RoundingMode, Source, Split};
use crate::format::{FloatSpec, Format, Specials};
use crate::value::{Dyadic, Value};

pub(super) fn decode(spec: &FloatSpec, code: u64) -> Value {
    let negative = code & spec.sign_bit() != 0;
    let magnitude = code & spec.magnitude_mask();
    if magnitude > spec.max_magnitude() {
        return if spec.infinity_magnitude() == Some(magnitude) {
            Value::Infinity { negative }
        } else {
            Value::Nan
        };
    }
    if magnitude == 0 && spec.has_zero {
        let nan = negative && matches!(spec.specials, Specials::NanIsNegativeZero | Specials::P3109);
        return if nan { Value::Nan } else { Value::Finite(Dyadic::new(negative, 0, 0)) };
    }
    let field = (magnitude >> spec.significand_bits) as i32;
    let fraction = magnitude & ((1 << spec.significand_bits) - 1);
    let (significand, field) = if field == 0 && spec.subnormals {
        (fraction, 1)
    } else {
        (fraction | 1 << spec.significand_bits, field)
    };
    let exponent = field - spec.bias - i32::from(spec.significand_bits);
    Value::Finite(Dyadic::new(negative, significand, exponent))
}

pub(super) fn encode(format: &Format, spec: &FloatSpec, source: &Source, rounding: &Rounding) -> Encoded {
    match source {
        Source::Nan => {
            let substitute = if spec.has_negative_zero() { spec.sign_bit() } else { 0 };
            let mut encoded = Encoded::plain(format, spec.nan_code().unwrap_or(substitute));
            encoded.substituted_nan = !spec.has_nan();
            encoded
        }
        Source::Zero { negative } if spec.has_zero => {
            let code = if *negative && spec.has_negative_zero() { spec.sign_bit() } else { 0 };
            Encoded::plain(format, code)
        }
        Source::Zero { .. } => {
            Encoded { inexact: true, ..Encoded::plain(format, spec.nan_code().unwrap_or(0)) }
        }
        Source::Infinity { negative: true } | Source::Finite(Magnitude { negative: true, .. })
            if !spec.signed =>
        {
            let encoded = Encoded::plain(format, spec.nan_code().unwrap_or(0));
            Encoded { inexact: true, overflow: true, underflow: encoded.value.is_zero(), ..encoded }
        }
        Source::Infinity { negative } => {
            let saturate = rounding.overflow == Overflow::Saturate;
            let encoded = Encoded::plain(format, overflow_code(spec, *negative, saturate));
            let changed = !matches!(encoded.value, Value::Infinity { .. });
            Encoded { inexact: changed, overflow: changed, ..encoded }
        }
        Source::Finite(magnitude) => encode_finite(format, spec, magnitude, rounding),
    }
}

/// The nearest `f64`, ties to even.
pub(super) fn nearest_f64(source: &Magnitude) -> f64 {
    const BINARY64: FloatSpec = FloatSpec {
        signed: true,
        exponent_bits: 11,
        significand_bits: 52,
        bias: 1023,
        subnormals: true,
        has_zero: true,
        specials: Specials::Ieee,
        unused_low_bits: 0,
    };
    let split = split(&BINARY64, source);
    let away = split.rounds_away(RoundingMode::NearestEven, source.negative, split.is_odd());
    // One past the largest finite code is infinity's.
    let code = (split.kept as u64 + u64::from(away)).min(BINARY64.max_magnitude() + 1);
    f64::from_bits(code | if source.negative { BINARY64.sign_bit() } else { 0 })
}

fn encode_finite(format: &Format, spec: &FloatSpec, source: &Magnitude, rounding: &Rounding) -> Encoded {
    let negative = source.negative;
    let sign = if negative { spec.sign_bit() } else { 0 };
    let mut split = split(spec, source);
    let below_lowest = source.exponent < spec.min_exponent();
    if !spec.subnormals && !spec.has_zero && below_lowest {
        // Nothing lies below the smallest value: whatever is smaller becomes it, in every mode.
        return Encoded { inexact: true, ..Encoded::cut(format, sign, &split) };
    }
    if !spec.subnormals && spec.has_zero && (below_lowest || split.kept == 0) {
        split = split_below_smallest(spec, source);
    }
    let truncated = split.kept as u64;
    let away = split.rounds_away(rounding.mode, negative, split.is_odd());
    let magnitude = truncated + u64::from(away);

    if magnitude > spec.max_magnitude() {
        let clamp = rounding.overflow == Overflow::Saturate || points_inward(rounding.mode, negative);
        let code = overflow_code(spec, negative, clamp);
        return Encoded { inexact: true, overflow: true, ..Encoded::cut(format, code, &split) };
    }
    let subnormal = spec.subnormals && magnitude >> spec.significand_bits == 0 && magnitude != 0;
    if subnormal && rounding.flush_subnormals {
        let code = if spec.has_negative_zero() { sign } else { 0 };
        return Encoded { inexact: true, ..Encoded::cut(format, code, &split) };
    }
    let code =
        if magnitude == 0 && spec.has_zero && !spec.has_negative_zero() { 0 } else { sign | magnitude };
    Encoded::cut(format, code, &split)
}

/// The magnitude code of the neighbour nearer to zero, and what lies above it. Codes run on past the
/// largest finite one, up to one binade beyond the exponent field, so that overflow can be seen.
fn split(spec: &FloatSpec, source: &Magnitude) -> Split {
    let lowest = spec.min_exponent();
    let place = source.exponent.max(lowest) - i32::from(spec.significand_bits);
    let mut split = source.split(place);
    if source.exponent >= lowest {
        // The implied leading one adds a binade, so the field counts from the binade below.
        let first_field = i64::from(spec.subnormals) - 1;
        let beyond = 1 << spec.exponent_bits;
        let binades = (i64::from(source.exponent) - i64::from(lowest) + first_field).min(beyond);
        let base = i128::from(binades) << spec.significand_bits;
        split.kept = (split.kept as i128 + base).cast_unsigned();
    }
    split
}

/// Without subnormals: the position between zero and the smallest value, `(2^m + 1) * 2^(-bias - m)`.
fn split_below_smallest(spec: &FloatSpec, source: &Magnitude) -> Split {
    let smallest = (1 << spec.significand_bits) + 1;
    let quotient = source.significand / smallest;
    let rest = !source.significand.is_multiple_of(smallest);
    // The fraction of the gap is quotient * 2^up / 2^128.
    let up = source.exponent + spec.bias + i32::from(spec.significand_bits) + 1;
    let (fraction, below) = match up {
        0.. => (quotient << up, false),
        -127..=-1 => (quotient >> -up, quotient << (128 + up) != 0),
        _ => (0, true),
    };
    Split::in_gap(0, fraction, rest || below || source.sticky)
}

/// Modes whose finite overflow stays finite. Round-to-odd does, like the instructions that implement it.
fn points_inward(mode: RoundingMode, negative: bool) -> bool {
    match mode {
        RoundingMode::TowardZero | RoundingMode::ToOdd => true,
        RoundingMode::TowardPositive => negative,
        RoundingMode::TowardNegative => !negative,
        RoundingMode::NearestEven | RoundingMode::NearestAway | RoundingMode::Stochastic { .. } => false,
    }
}

fn overflow_code(spec: &FloatSpec, negative: bool, clamp: bool) -> u64 {
    let sign = if negative { spec.sign_bit() } else { 0 };
    if !clamp {
        if let Some(infinity) = spec.infinity_magnitude() {
            return sign | infinity;
        }
        if let Some(nan) = spec.nan_code() {
            return nan;
        }
    }
    sign | spec.max_magnitude()
}
