//! Integers from binary32: nearest-even, out of range clamps.
//!
//! Clamping first and rounding then is the same as the other way round, because the limits are integers.
//! Below 2^22 the adder rounds: the sum with 1.5 * 2^23 has its last place at one.
//! Left out: other modes and wrapping, which take a step list or the exact path.

use crate::format::{Format, IntSpec};
use crate::round::{Overflow, Rounding, RoundingMode};

const ADDER: f32 = 12_582_912.0;

/// Constants of one integer format of at most 16 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct IntKernel {
    /// `2^-scale_exponent`.
    inverse_scale: f32,
    lowest: f32,
    highest: f32,
    mask: u32,
    nan: u32,
}

impl IntKernel {
    pub(super) fn new(format: &Format, spec: IntSpec, rounding: &Rounding) -> Option<IntKernel> {
        let small = spec.bits <= 16 && (-100..=0).contains(&spec.scale_exponent);
        if rounding.mode != RoundingMode::NearestEven || rounding.overflow == Overflow::Wrap || !small {
            return None;
        }
        let range = f32::from_bits((127 + u32::from(spec.bits) - 1) << 23);
        Some(IntKernel {
            // A power of two: the product is exact, or beyond both limits.
            inverse_scale: f32::from_bits((127 - spec.scale_exponent) as u32 * (1 << 23)),
            lowest: -range,
            highest: range - 1.0,
            mask: format.mask() as u32,
            nan: format.encode_f64(f64::NAN, rounding).code as u32,
        })
    }

    /// The code of the binary32 with this bit pattern.
    #[inline(always)]
    pub(super) fn code(&self, bits: u32) -> u32 {
        let x = f32::from_bits(bits);
        let scaled = x * self.inverse_scale;
        let bounded = if scaled > self.highest { self.highest } else { scaled };
        let bounded = if bounded < self.lowest { self.lowest } else { bounded };
        // The constant's own low bits are zero: the sum's are the two's complement integer.
        let code = (bounded + ADDER).to_bits() & self.mask;
        if x.is_nan() { self.nan } else { code }
    }
}
