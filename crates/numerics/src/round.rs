//! Encoding with one rounding, and decoding.
//!
//! Any source (an `f64`, an exact fraction) first becomes a sign, a 128-bit normalised significand, a
//! power of two and a sticky bit. Each family then cuts that significand once, at the last place
//! the code can hold, and decides from what was cut: no format is reached through another.
//!
//! Overflow is decided after rounding as if the exponent had no upper end: 464 to E4M3 is a tie
//! that goes to 448, anything above goes to 480 and overflows.
//!
//! Choices where documents are silent or differ:
//! - A finite overflow in a mode that points back to zero, and in [`RoundingMode::ToOdd`], gives the
//!   largest finite value; in the others infinity, else NaN, else the largest finite value.
//! - NaN to a format without NaN sets [`Encoded::substituted_nan`]: integers and NF4 give 0, E2M1, E2M3
//!   and E3M2 give negative zero (what `ml_dtypes` 0.6.0 does with a positive NaN).
//! - Zero, and every number below zero, has no code in E8M0: NaN, in every mode. A positive number below
//!   2^-127 is 2^-127, in every mode. Unsigned formats with a zero send only what is below it to NaN,
//!   or to code 0 when they have no NaN.
//! - Without subnormals the gap between zero and the smallest value is rounded like any other.
//! - Where negative zero does not exist, a negative number that rounds to zero is zero.
//! - Nearest-even looks at the code: in a format without significand bits the tie goes to the even exponent field.
//!
//! Source: IEEE 754-2019 section 4.3 and 7.4, OCP 8-bit Floating Point 1.0 section 5, the Posit
//! standard of 2022. Left out: exception traps, NaN payloads.

mod codebook;
mod float;
mod int;
mod posit;
mod source;

use crate::format::{Format, Kind};
use crate::real::Real;
use crate::value::{Dyadic, Value};

pub(crate) use source::{Magnitude, Source, Split};

/// Which of the two neighbours a number between them becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RoundingMode {
    /// The nearer one; a tie goes to the even code.
    #[default]
    NearestEven,
    /// The nearer one; a tie goes away from zero.
    NearestAway,
    /// The one nearer to zero.
    TowardZero,
    /// The greater one.
    TowardPositive,
    /// The lesser one.
    TowardNegative,
    /// The one with the odd code, unless the number is exact.
    ToOdd,
    /// Away from zero with the probability of the distance from the neighbour nearer to zero.
    Stochastic {
        /// Threshold, uniform in `0..2^64`: the result is away from zero when `floor(fraction * 2^64) > random`,
        /// where `fraction` is the position in the gap, 0 at the end nearer to zero.
        random: u64,
    },
}

impl RoundingMode {
    /// The names by which addresses and messages call the modes, in the order of the variants.
    pub const IDS: [&str; 7] =
        ["nearest-even", "nearest-away", "toward-zero", "up", "down", "odd", "stochastic"];

    /// The mode of a name in [`Self::IDS`]; `random` serves the stochastic one.
    pub fn from_id(id: &str, random: u64) -> Option<RoundingMode> {
        Some(match id {
            "nearest-even" => RoundingMode::NearestEven,
            "nearest-away" => RoundingMode::NearestAway,
            "toward-zero" => RoundingMode::TowardZero,
            "up" => RoundingMode::TowardPositive,
            "down" => RoundingMode::TowardNegative,
            "odd" => RoundingMode::ToOdd,
            "stochastic" => RoundingMode::Stochastic { random },
            _ => return None,
        })
    }
}

/// What a number beyond the largest finite value becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// Infinity where there is one, else NaN, else the largest finite value; integers clamp. Posits
    /// clamp finite numbers (their standard never overflows) and send infinity to NaR.
    #[default]
    Native,
    /// The largest finite value of the sign, for finite numbers and for infinities.
    Saturate,
    /// Integers: the low bits of the rounded integer, whatever its size (infinities clamp). Others as `Native`.
    Wrap,
}

/// How to round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rounding {
    /// Choice between neighbours.
    pub mode: RoundingMode,
    /// Beyond the range.
    pub overflow: Overflow,
    /// A result that would be subnormal becomes zero of its sign, decided after rounding. Floats only.
    pub flush_subnormals: bool,
}

/// A code and how it came about.
///
/// `lsb`, `guard`, `round` and `sticky` describe the cut before the decision: the last bit kept, the first and
/// second bits cut off, and whether anything below them was not zero. Where the last place is not a bit of a
/// significand (codebooks, the gap below a format without subnormals, posits beyond their range) they describe
/// the position in the gap between the two neighbours as a binary fraction.
#[expect(clippy::struct_excessive_bools, reason = "bits and flags, each one read by itself")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The code, in the low bits.
    pub code: u64,
    /// What the code means.
    pub value: Value,
    /// Last bit kept, before rounding.
    pub lsb: bool,
    /// First bit cut off.
    pub guard: bool,
    /// Second bit cut off.
    pub round: bool,
    /// Any bit below is set.
    pub sticky: bool,
    /// The value differs from the source (false for NaN sources).
    pub inexact: bool,
    /// The source, rounded, lies outside the finite range; or it is an infinity that did not stay one.
    pub overflow: bool,
    /// A number that is not zero became zero.
    pub underflow: bool,
    /// The source is NaN and the format has none.
    pub substituted_nan: bool,
}

impl Encoded {
    /// A code reached without cutting bits: a special source, or an exact one.
    fn plain(format: &Format, code: u64) -> Encoded {
        Encoded {
            code,
            value: format.decode(code),
            lsb: code & 1 != 0,
            guard: false,
            round: false,
            sticky: false,
            inexact: false,
            overflow: false,
            underflow: false,
            substituted_nan: false,
        }
    }

    fn cut(format: &Format, code: u64, split: &Split) -> Encoded {
        let value = format.decode(code);
        Encoded {
            code,
            value,
            lsb: split.is_odd(),
            guard: split.guard(),
            round: split.round(),
            sticky: split.sticky(),
            inexact: split.inexact(),
            overflow: false,
            underflow: value.is_zero(),
            substituted_nan: false,
        }
    }
}

impl Format {
    /// The code of `x`, rounded once. Does not allocate.
    pub fn encode_f64(&self, x: f64, rounding: &Rounding) -> Encoded {
        self.encode_source(&Source::from_f64(x), rounding)
    }

    /// The code of an exact number, rounded once.
    pub fn encode_real(&self, x: &Real, rounding: &Rounding) -> Encoded {
        let source = match (self.kind, x) {
            (Kind::Int(spec), Real::Finite(rational)) if rounding.overflow == Overflow::Wrap => {
                int::source_for_wrap(spec, rational)
            }
            _ => Source::from_real(x),
        };
        self.encode_source(&source, rounding)
    }

    /// The value of a code; bits above the format's width are ignored. Does not allocate.
    pub fn decode(&self, code: u64) -> Value {
        let code = code & self.mask();
        match &self.kind {
            Kind::Float(spec) => float::decode(spec, code),
            Kind::Int(spec) => int::decode(*spec, code),
            Kind::Codebook(entries) => codebook::decode(entries, code),
            Kind::Posit(spec) => posit::decode(*spec, code),
        }
    }

    fn encode_source(&self, source: &Source, rounding: &Rounding) -> Encoded {
        match &self.kind {
            Kind::Float(spec) => float::encode(self, spec, source, rounding),
            Kind::Int(spec) => int::encode(self, *spec, source, rounding),
            Kind::Codebook(entries) => codebook::encode(self, entries, source, rounding.mode),
            Kind::Posit(spec) => posit::encode(self, *spec, source, rounding),
        }
    }
}

/// The nearest `f64` of a dyadic that needs rounding or is subnormal.
pub(crate) fn dyadic_to_f64(dyadic: Dyadic) -> f64 {
    to_f64(&Source::from_dyadic(dyadic))
}

/// The nearest `f64`, ties to even, of any source.
pub(crate) fn to_f64(source: &Source) -> f64 {
    match source {
        Source::Nan => f64::NAN,
        Source::Infinity { negative } => f64::INFINITY.copysign(if *negative { -1.0 } else { 1.0 }),
        Source::Zero { negative } => 0f64.copysign(if *negative { -1.0 } else { 1.0 }),
        Source::Finite(magnitude) => float::nearest_f64(magnitude),
    }
}

#[cfg(test)]
mod tests;
