//! Posits, after the standard of 2022.
//!
//! The standard knows one rounding: nearest on the bit string continued beyond the code, ties to the even
//! code, never to zero and never to NaR. The other modes are ours, on the same neighbours: nearest-away
//! takes the same boundary and sends the tie away from zero; the directed modes, to-odd and stochastic
//! choose between the two posits around the number (stochastic by its position between their values).
//! All keep the rule for the ends: below the smallest posit is the smallest, above the largest is the largest.
//! Infinity becomes NaR, or the largest posit when saturating.

use super::{Encoded, Magnitude, Overflow, Rounding, RoundingMode, Source, Split};
use crate::format::{Format, PositSpec};
use crate::value::{Dyadic, Value};

/// Sign bit alone: NaR.
const fn nar(spec: PositSpec) -> u64 {
    1 << (spec.bits - 1)
}

/// The code of `-x` from the code of `x`.
const fn negate(spec: PositSpec, code: u64) -> u64 {
    code.wrapping_neg() & (nar(spec) << 1).wrapping_sub(1)
}

pub(super) fn decode(spec: PositSpec, code: u64) -> Value {
    if code == nar(spec) {
        return Value::Nan;
    }
    if code == 0 {
        return Value::ZERO;
    }
    let negative = code & nar(spec) != 0;
    let body = if negative { negate(spec, code) } else { code };
    let (exponent, fraction, fraction_bits) = parts(spec, body);
    Value::Finite(Dyadic::new(negative, fraction | 1 << fraction_bits, exponent - fraction_bits as i32))
}

/// Exponent (regime and exponent field together), fraction and its width, of a positive code.
fn parts(spec: PositSpec, body: u64) -> (i32, u64, u32) {
    let width = u32::from(spec.bits) - 1;
    let es = u32::from(spec.es);
    // The body without its sign bit, at the top of a word.
    let top = body << (64 - width);
    let (run, regime) = if top >> 63 == 1 {
        let run = (!top).leading_zeros().min(width);
        (run, run as i32 - 1)
    } else {
        let run = top.leading_zeros().min(width);
        (run, -(run as i32))
    };
    let rest_bits = width.saturating_sub(run + 1);
    let rest = body & ((1 << rest_bits) - 1);
    let fraction_bits = rest_bits.saturating_sub(es);
    // Exponent bits that fall off the end are zeros.
    let field = if rest_bits >= es { rest >> fraction_bits } else { rest << (es - rest_bits) };
    ((regime << es) + field as i32, rest & ((1 << fraction_bits) - 1), fraction_bits)
}

pub(super) fn encode(format: &Format, spec: PositSpec, source: &Source, rounding: &Rounding) -> Encoded {
    let largest = nar(spec) - 1;
    match source {
        Source::Nan => Encoded::plain(format, nar(spec)),
        Source::Zero { .. } => Encoded::plain(format, 0),
        Source::Infinity { negative } => {
            let code = match (rounding.overflow, negative) {
                (Overflow::Saturate, false) => largest,
                (Overflow::Saturate, true) => negate(spec, largest),
                (Overflow::Native | Overflow::Wrap, _) => nar(spec),
            };
            Encoded { inexact: true, overflow: true, ..Encoded::plain(format, code) }
        }
        Source::Finite(magnitude) => encode_finite(format, spec, magnitude, rounding.mode),
    }
}

fn encode_finite(format: &Format, spec: PositSpec, source: &Magnitude, mode: RoundingMode) -> Encoded {
    let (smallest, largest) = (1, nar(spec) - 1);
    let sign = |code| if source.negative { negate(spec, code) } else { code };
    let top = (i32::from(spec.bits) - 2) << spec.es;
    if source.exponent >= top {
        let exact = source.exponent == top && source.significand == 1 << 127 && !source.sticky;
        return Encoded { inexact: !exact, overflow: !exact, ..Encoded::plain(format, sign(largest)) };
    }
    if source.exponent < -top {
        let split = source.split(-top);
        return Encoded::cut(format, sign(smallest), &split);
    }
    let (split, linear) = bit_string(spec, source);
    let body = split.kept as u64;
    let chosen = match mode {
        RoundingMode::Stochastic { .. } if !linear => between_powers(spec, source, body),
        _ => split,
    };
    let away = chosen.rounds_away(mode, source.negative, split.is_odd());
    let code = (body + u64::from(away)).clamp(smallest, largest);
    Encoded::cut(format, sign(code), &split)
}

/// Regime, exponent and fraction as one endless bit string, cut at the code's width; and whether the cut lies
/// in the fraction, where the string is linear in the value.
fn bit_string(spec: PositSpec, source: &Magnitude) -> (Split, bool) {
    let width = u32::from(spec.bits) - 1;
    let es = u32::from(spec.es);
    let regime = source.exponent >> es;
    let field = (source.exponent - (regime << es)) as u128;
    let (bits, regime_bits) = if regime >= 0 {
        let ones = regime.unsigned_abs() + 1;
        (!(u128::MAX >> ones), ones + 1)
    } else {
        let zeros = regime.unsigned_abs();
        (1 << (127 - zeros), zeros + 1)
    };
    let head = regime_bits + es;
    let fraction = source.significand << 1;
    let string = bits | field << (128 - head) | fraction >> head;
    let lost = source.sticky || fraction << (128 - head) != 0;
    let split = Split { kept: string >> (128 - width), fraction: string << width, lost };
    (split, head <= width)
}

/// Where exponent bits are cut off, both neighbours are powers of two: the position between their values.
fn between_powers(spec: PositSpec, source: &Magnitude, body: u64) -> Split {
    let (low, ..) = parts(spec, body);
    let (high, ..) = parts(spec, body + 1);
    let scaled = Magnitude { exponent: source.exponent - low, ..*source }.abs_to_f64();
    let gap = f64::from_bits(((high - low).clamp(1, 1023) as u64 + 1023) << 52) - 1.0;
    // 53 bits of position are enough to draw by.
    let position = ((scaled - 1.0) / gap * 18_446_744_073_709_551_616.0) as u64;
    Split::in_gap(body, u128::from(position) << 64, true)
}
