//! The natural logarithm.

use super::exp::{LN_2_HIGH, LN_2_LOW};
use super::polynomial;
use crate::simd::{Real, Word};

/// `exponent · ln 2 + ln(1 + f)` for `√½ − 1 ≤ f ≤ √2 − 1`.
#[inline(always)]
pub(super) fn combine<R: Real>(exponent: R, f: R) -> R {
    // (ln(1 + f) − f + ½ f²) / f³: relative error of ln(1 + f) 1.6e-9.
    const P: [f32; 9] = [
        f32::from_bits(0x3EAA_AAA4),
        f32::from_bits(0xBE80_0038),
        f32::from_bits(0x3E4C_D2A1),
        f32::from_bits(0xBE2A_9789),
        f32::from_bits(0x3E11_818A),
        f32::from_bits(0xBE00_8250),
        f32::from_bits(0x3DF7_FD33),
        f32::from_bits(0xBDDF_90C6),
        f32::from_bits(0x3D5A_AD7F),
    ];
    let square = f.mul(f);
    let mut tail = polynomial(f, P).mul(f).mul(square);
    tail = exponent.mul_add(R::splat(LN_2_LOW), tail);
    tail = square.mul_add(R::splat(-0.5), tail);
    exponent.mul_add(R::splat(LN_2_HIGH), f.add(tail))
}

/// `ln x`, at most 1 ulp, subnormal arguments included: −∞ at both zeros, NaN below, +∞ at +∞.
#[inline(always)]
pub fn ln<R: Real>(x: R) -> R {
    let subnormal = x.lt(R::splat(f32::MIN_POSITIVE));
    let scaled = R::select(subnormal, x.mul(R::splat(8_388_608.0)), x);
    let bias = R::select(subnormal, R::splat(-23.0), R::splat(0.0));
    // Count the exponent from √½, so that the significand falls in [√½, √2).
    let sqrt_half = R::Word::splat(0x3F35_04F3);
    let offset = scaled.to_bits().sub(sqrt_half);
    let exponent = R::from_i32(offset.shr_signed(23)).add(bias);
    let significand = R::from_bits(offset.and(R::Word::splat(0x007F_FFFF)).add(sqrt_half));
    let result = combine(exponent, significand.sub(R::splat(1.0)));

    let infinity = R::splat(f32::INFINITY);
    let result = R::select(x.eq(infinity), infinity, result);
    let result = R::select(x.eq(R::splat(0.0)), infinity.neg(), result);
    // Neither below zero nor a NaN.
    R::select(x.ge(R::splat(0.0)), result, R::splat(f32::NAN))
}
