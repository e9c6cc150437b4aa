//! Any mode, any signed float format with subnormals, from binary32: integers only, one element at a time.
//!
//! Source: the definition of rounding in [`crate::round`], restated for a 24-bit significand.
//! Left out: formats without subnormals, zero or sign, and codes over 64 bits; they take the exact path.

use crate::format::{FloatSpec, Format};
use crate::round::{Rounding, RoundingMode};

use super::nearest::{INFINITY, MAGNITUDE};

/// Constants of one format and one way of rounding.
#[derive(Clone, Copy, Debug)]
pub(super) struct FloatKernel {
    mode: RoundingMode,
    significand_bits: i32,
    min_exponent: i32,
    max: u64,
    smallest: u64,
    sign: u64,
    zero_sign: u64,
    nan: u64,
    /// By sign: positive, negative.
    infinity: [u64; 2],
    overflow: [u64; 2],
}

impl FloatKernel {
    pub(super) fn new(format: &Format, spec: &FloatSpec, rounding: &Rounding) -> Option<FloatKernel> {
        if !(spec.signed && spec.subnormals && spec.has_zero) {
            return None;
        }
        let code = |x: f64| format.encode_f64(x, rounding).code;
        Some(FloatKernel {
            mode: rounding.mode,
            significand_bits: i32::from(spec.significand_bits),
            min_exponent: spec.min_exponent(),
            max: spec.max_magnitude(),
            smallest: if rounding.flush_subnormals { 1 << spec.significand_bits } else { 1 },
            sign: spec.sign_bit(),
            zero_sign: if spec.has_negative_zero() { spec.sign_bit() } else { 0 },
            nan: code(f64::NAN),
            infinity: [code(f64::INFINITY), code(f64::NEG_INFINITY)],
            // Where even this does not overflow, no binary32 does.
            overflow: [code(f64::MAX), code(f64::MIN)],
        })
    }

    /// The code of the binary32 with this bit pattern; `random` matters to the stochastic mode only.
    #[inline]
    pub(super) fn code(&self, bits: u32, random: u64) -> u64 {
        let negative = bits >> 31 != 0;
        let magnitude = bits & MAGNITUDE;
        if magnitude >= INFINITY {
            return if magnitude > INFINITY { self.nan } else { self.infinity[usize::from(negative)] };
        }
        let zero = if negative { self.zero_sign } else { 0 };
        if magnitude == 0 {
            return zero;
        }
        // |x| = significand * 2^(exponent - 23), the leading one at bit 23.
        let field = (magnitude >> 23) as i32;
        let (significand, exponent) = if field == 0 {
            let zeros = magnitude.leading_zeros() as i32 - 8;
            (u64::from(magnitude) << zeros, -126 - zeros)
        } else {
            (u64::from(magnitude & 0x7F_FFFF | 0x80_0000), field - 127)
        };
        let binade = exponent.max(self.min_exponent);
        let drop = 23 - self.significand_bits + (binade - exponent);
        // `rest` is floor(fraction * 2^64); below a shift of 64 nothing is lost.
        let (kept, rest, lost) = match drop {
            i32::MIN..=0 => (significand << -drop, 0, false),
            1..=63 => (significand >> drop, significand << (64 - drop), false),
            64 => (0, significand, false),
            65..=87 => (0, significand >> (drop - 64), significand << (128 - drop) != 0),
            _ => (0, 0, true),
        };
        let truncated = kept + (((binade - self.min_exponent) as u64) << self.significand_bits);
        let code = truncated + u64::from(self.rounds_away(truncated, rest, lost, negative, random));
        if code > self.max {
            self.overflow[usize::from(negative)]
        } else if code < self.smallest {
            zero
        } else if negative {
            code | self.sign
        } else {
            code
        }
    }

    #[inline(always)]
    fn rounds_away(&self, truncated: u64, rest: u64, lost: bool, negative: bool, random: u64) -> bool {
        const HALF: u64 = 1 << 63;
        let odd = truncated & 1 != 0;
        let inexact = rest != 0 || lost;
        match self.mode {
            RoundingMode::NearestEven => rest > HALF || (rest == HALF && (lost || odd)),
            RoundingMode::NearestAway => rest >= HALF,
            RoundingMode::TowardZero => false,
            RoundingMode::TowardPositive => !negative && inexact,
            RoundingMode::TowardNegative => negative && inexact,
            RoundingMode::ToOdd => !odd && inexact,
            RoundingMode::Stochastic { .. } => rest > random,
        }
    }
}
