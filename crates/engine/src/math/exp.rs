//! The exponential, and the reduction it shares with the hyperbolic functions.

use super::polynomial;
use crate::simd::{INTEGER_MAGIC, Real, Word};

/// `ln 2` to 15 bits, so that its product with an exponent is exact, and the rest.
pub(super) const LN_2_HIGH: f32 = 0.693_145_75;
pub(super) const LN_2_LOW: f32 = 1.428_606_8e-6;

/// `x = n ln 2 + r`, `|r| ≤ ½ ln 2`.
pub(super) struct Reduced<R: Real> {
    /// `n` as an integer.
    pub integer: R::Word,
    /// `exp(r) − 1`.
    pub expm1: R,
}

/// For `|x| ≤ 150`; a NaN gives a NaN in `expm1`.
#[inline(always)]
pub(super) fn reduce<R: Real>(x: R) -> Reduced<R> {
    // (exp(r) − 1 − r) / r², |r| ≤ ½ ln 2: relative error of exp(r) 3.3e-9.
    const Q: [f32; 5] = [
        f32::from_bits(0x3EFF_FFFE),
        f32::from_bits(0x3E2A_AA46),
        0.041_668_106,
        0.008_369_141,
        0.001_383_677_1,
    ];
    let shifted = x.mul_add(R::splat(core::f32::consts::LOG2_E), R::splat(INTEGER_MAGIC));
    let n = shifted.sub(R::splat(INTEGER_MAGIC));
    let integer = shifted.to_bits().sub(R::splat(INTEGER_MAGIC).to_bits());
    let r = n.mul_add(R::splat(-LN_2_HIGH), x);
    let r = n.mul_add(R::splat(-LN_2_LOW), r);
    let expm1 = polynomial(r, Q).mul_add(r.mul(r), r);
    Reduced { integer, expm1 }
}

/// `2^n` for `−126 ≤ n ≤ 127`.
#[inline(always)]
pub(super) fn power_of_two<R: Real>(n: R::Word) -> R {
    R::from_bits(n.add(R::Word::splat(127)).shl(23))
}

/// `e^x`, at most 1 ulp, of the subnormal spacing too: 0 below −103.98, +∞ above 88.73.
#[inline(always)]
pub fn exp<R: Real>(x: R) -> R {
    // Written so that a NaN stays: `min` and `max` give their argument where the comparison fails.
    let clamped = R::splat(-104.0).max(R::splat(89.0).min(x));
    let Reduced { integer, expm1 } = reduce(clamped);
    // Two factors, because 2^n alone may be out of range on either side.
    let half = integer.shr_signed(1);
    let rest = integer.sub(half);
    expm1.add(R::splat(1.0)).mul(power_of_two(half)).mul(power_of_two(rest))
}
