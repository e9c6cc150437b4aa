//! Nearest-even from binary32, without branches: the kernels that compilers and simd128 can widen.
//!
//! [`Nearest`] lets the adder round. With `c` the power of two `2^(e + k)`, where `e` is the input's binade
//! (not below the format's lowest) and `k` the number of significand bits to drop, the sum `|x| + c` has its
//! last place exactly where the format has its own, subnormals included, and the adder rounds there to
//! nearest-even. The low bits of the sum are the rounded significand; the binade supplies the exponent field.
//! [`High`] serves formats with binary32's own exponent field (bfloat16, TF32, binary32): their codes are
//! the upper bits of the input, so that one integer addition rounds normals and subnormals alike.
//!
//! Units: everything is binary32 bit patterns and magnitude codes (see [`crate::format`]).
//! Left out: other modes ([`super::float`]), formats without subnormals, zero or sign.

use crate::format::{FloatSpec, Format, Specials};
use crate::round::{Rounding, RoundingMode};

/// All of a binary32 but its sign.
pub(super) const MAGNITUDE: u32 = 0x7FFF_FFFF;
/// The exponent field; as a value, infinity.
pub(super) const INFINITY: u32 = 0x7F80_0000;
/// The NaN that decoding and rounding give.
pub(super) const NAN: u32 = 0x7FC0_0000;

/// What becomes of a result: shared by both kernels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finish {
    /// Magnitude code of the largest finite value.
    max: u32,
    /// Magnitude codes below this one become zero (1 unless subnormals are flushed).
    smallest: u32,
    /// Sign bit of the code.
    sign: u32,
    /// Sign bit if negative zero exists, else 0.
    zero_sign: u32,
    /// Code of a positive overflow, and the bit that a negative one adds.
    overflow: u32,
    overflow_sign: u32,
    /// Code of NaN.
    nan: u32,
    /// The same as binary32 bit patterns, for rounding in place.
    max_value: u32,
    smallest_value: u32,
    zero_value_sign: u32,
    overflow_value: u32,
    nan_value: u32,
}

impl Finish {
    fn new(format: &Format, spec: &FloatSpec, rounding: &Rounding) -> Finish {
        let code = |x: f64| format.encode_f64(x, rounding).code as u32;
        let value = |code: u32| (format.decode(u64::from(code)).to_f64() as f32).to_bits();
        let (overflow, nan) = (code(f64::INFINITY), code(f64::NAN));
        let max = spec.max_magnitude() as u32;
        let smallest = if rounding.flush_subnormals { 1 << spec.significand_bits } else { 1 };
        let canonical = |bits: u32| if bits & MAGNITUDE > INFINITY { NAN } else { bits };
        Finish {
            max,
            smallest,
            sign: spec.sign_bit() as u32,
            zero_sign: if spec.has_negative_zero() { spec.sign_bit() as u32 } else { 0 },
            overflow,
            overflow_sign: code(f64::NEG_INFINITY) ^ overflow,
            nan,
            max_value: value(max),
            smallest_value: value(smallest),
            zero_value_sign: if spec.has_negative_zero() { !MAGNITUDE } else { 0 },
            overflow_value: canonical(value(overflow)),
            nan_value: canonical(value(nan)),
        }
    }

    /// The code of a magnitude code with the sign and the special cases of the input.
    #[inline(always)]
    fn code(&self, bits: u32, magnitude: u32) -> u32 {
        // A mask instead of a shift by the format's width: uniform for the compiler to widen.
        let negative = ((bits as i32) >> 31) as u32;
        let zero = magnitude < self.smallest;
        let signed = magnitude | (negative & self.sign);
        let code = if zero { negative & self.zero_sign } else { signed };
        let code = if magnitude > self.max { self.overflow ^ (negative & self.overflow_sign) } else { code };
        if bits & MAGNITUDE > INFINITY { self.nan } else { code }
    }

    /// The value, as [`Finish::code`] gives the code. `magnitude` is the rounded value's bit pattern.
    #[inline(always)]
    fn value(&self, bits: u32, magnitude: u32) -> u32 {
        let sign = bits & !MAGNITUDE;
        let zero = magnitude < self.smallest_value;
        let value = if zero { sign & self.zero_value_sign } else { magnitude | sign };
        // An overflow to NaN has no sign.
        let overflow = if self.overflow_value == NAN { NAN } else { self.overflow_value | sign };
        let value = if magnitude > self.max_value { overflow } else { value };
        if bits & MAGNITUDE > INFINITY { self.nan_value } else { value }
    }
}

/// The adder's kernel: codes of at most 16 bits whose values, times `2^k`, stay inside binary32.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nearest {
    /// Significand bits dropped from binary32's 23.
    drop: u32,
    /// Bit pattern of the lowest normal value: binades do not go below it.
    min_normal: u32,
    /// `drop` as an exponent, plus what makes the low 16 bits of the result the code itself.
    step: u32,
    /// Bit pattern of the value one code beyond the largest finite one; larger inputs are brought down to it.
    limit: u32,
    finish: Finish,
}

impl Nearest {
    /// The kernel of a format, where it has one.
    pub(super) fn new(format: &Format, spec: &FloatSpec, rounding: &Rounding) -> Option<Nearest> {
        let significand_bits = u32::from(spec.significand_bits);
        let plain = spec.signed && spec.subnormals && spec.has_zero && format.bits <= 16;
        let lowest_field = spec.min_exponent() + 127;
        if rounding.mode != RoundingMode::NearestEven
            || !plain
            || !(1..=14).contains(&significand_bits)
            || !(1..=254).contains(&lowest_field)
        {
            return None;
        }
        let drop = 23 - significand_bits;
        let beyond = spec.max_magnitude() + 1;
        // The value of a magnitude code, as if the exponent field had no upper end.
        let limit = (beyond << drop) + ((lowest_field as u64 - 1) << 23);
        let top_field = limit >> 23;
        if beyond >> significand_bits == 0 || top_field + u64::from(drop) > 254 {
            return None;
        }
        let min_normal = (lowest_field as u32) << 23;
        let correction = 0x1_0000 - ((min_normal >> drop) & 0xFFFF);
        Some(Nearest {
            drop,
            min_normal,
            step: (drop << 23) + (correction & 0xFFFF),
            limit: limit as u32,
            finish: Finish::new(format, spec, rounding),
        })
    }

    /// The code of the binary32 with this bit pattern.
    #[inline(always)]
    pub(super) fn code(&self, bits: u32) -> u32 {
        let magnitude = (bits & MAGNITUDE).min(self.limit);
        let binade = (magnitude & INFINITY).max(self.min_normal);
        let sum = f32::from_bits(magnitude) + f32::from_bits(binade.wrapping_add(self.step));
        let code = (binade >> self.drop).wrapping_add(sum.to_bits()) & 0xFFFF;
        self.finish.code(bits, code)
    }

    /// The bit pattern of the rounded value.
    #[inline(always)]
    pub(super) fn value(&self, bits: u32) -> u32 {
        let magnitude = (bits & MAGNITUDE).min(self.limit);
        let binade = (magnitude & INFINITY).max(self.min_normal);
        let c = f32::from_bits(binade.wrapping_add(self.drop << 23));
        self.finish.value(bits, ((f32::from_bits(magnitude) + c) - c).to_bits())
    }
}

/// The integer kernel of the formats with binary32's exponent field.
#[derive(Clone, Copy, Debug)]
pub(super) struct High {
    drop: u32,
    /// One less than half of the last place (0 when nothing is dropped).
    below_half: u32,
    /// Selects the last kept bit (0 when nothing is dropped).
    odd: u32,
    finish: Finish,
}

impl High {
    pub(super) fn new(format: &Format, spec: &FloatSpec, rounding: &Rounding) -> Option<High> {
        let layout = spec.signed && spec.subnormals && spec.exponent_bits == 8 && spec.bias == 127;
        if rounding.mode != RoundingMode::NearestEven
            || !layout
            || spec.specials != Specials::Ieee
            || !(1..=23).contains(&spec.significand_bits)
        {
            return None;
        }
        let drop = 23 - u32::from(spec.significand_bits);
        Some(High {
            drop,
            below_half: ((1 << drop) >> 1u32).max(1) - 1,
            odd: u32::from(drop > 0),
            finish: Finish::new(format, spec, rounding),
        })
    }

    #[inline(always)]
    fn magnitude(&self, bits: u32) -> u32 {
        let magnitude = bits & MAGNITUDE;
        (magnitude + self.below_half + ((magnitude >> self.drop) & self.odd)) >> self.drop
    }

    /// The code of the binary32 with this bit pattern.
    #[inline(always)]
    pub(super) fn code(&self, bits: u32) -> u32 {
        self.finish.code(bits, self.magnitude(bits))
    }

    /// The bit pattern of the rounded value.
    #[inline(always)]
    pub(super) fn value(&self, bits: u32) -> u32 {
        self.finish.value(bits, self.magnitude(bits) << self.drop)
    }

    /// The bit pattern of a code's value.
    #[inline(always)]
    pub(super) fn decode(&self, code: u32) -> u32 {
        let bits = code << self.drop;
        if bits & MAGNITUDE > INFINITY { NAN } else { bits }
    }
}
