//! The error function and the two usual forms of GELU.

use super::hyperbolic::sigmoid;
use super::{exp, polynomial};
use crate::simd::Real;

/// `erf x`, at most 1.5 ulp; ±0 keep their sign, ±1 from |x| = 3.92 on.
#[inline(always)]
pub fn erf<R: Real>(x: R) -> R {
    // erf x / x − 1 over x², |x| ≤ 0.9375: relative error 1.0e-9.
    const SMALL: [f32; 7] = [
        f32::from_bits(0x3E03_75D4),
        f32::from_bits(0xBEC0_93A0),
        f32::from_bits(0x3DE7_16BB),
        f32::from_bits(0xBCDC_021A),
        f32::from_bits(0x3BAA_3ABB),
        f32::from_bits(0xBA53_F37A),
        f32::from_bits(0x38AB_382A),
    ];
    // ln(1 − erf x) / x, 0.9 ≤ x ≤ 4: relative error of erf x 2.5e-10.
    const LARGE: [f32; 8] = [
        f32::from_bits(0xBF90_740C),
        f32::from_bits(0xBF22_BB77),
        f32::from_bits(0xBDD7_634B),
        f32::from_bits(0x3CB8_F164),
        f32::from_bits(0xBB3C_0CBD),
        f32::from_bits(0x37E7_1991),
        f32::from_bits(0x3851_5DB2),
        f32::from_bits(0xB6B1_ABAF),
    ];
    let magnitude = R::splat(4.0).min(x.abs());
    let small = polynomial(magnitude.mul(magnitude), SMALL).mul_add(magnitude, magnitude);
    let large = R::splat(1.0).sub(exp(polynomial(magnitude, LARGE).mul(magnitude)));
    R::select(magnitude.lt(R::splat(0.921_875)), small, large).copysign(x)
}

/// `x Φ(x) = ½ x (1 + erf(x / √2))`, GELU with the normal distribution function Φ. The error is at most
/// 2⁻²³ |x|; in the far negative tail, where 1 + erf cancels, it is absolute. −0 at −∞.
#[inline(always)]
pub fn gelu<R: Real>(x: R) -> R {
    // Below −6 erf is −1 already; without the bound −∞ · 0 would be a NaN.
    let x = R::splat(-8.0).max(x);
    let phi = erf(x.mul(R::splat(core::f32::consts::FRAC_1_SQRT_2))).add(R::splat(1.0));
    x.mul(R::splat(0.5)).mul(phi)
}

/// `½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))`, computed as `x` times the sigmoid of twice that argument,
/// which does not cancel. The error is at most 1.5 · 2⁻²³ |x|. −0 at −∞.
#[inline(always)]
pub fn gelu_tanh<R: Real>(x: R) -> R {
    /// `2 √(2/π)`.
    const SCALE: f32 = 1.595_769;
    // From −20 on the sigmoid is 0; without the bound −∞ · 0 would be a NaN.
    let x = R::splat(-20.0).max(x);
    let cubic = x.mul(x).mul(R::splat(0.044_715)).mul_add(x, x);
    x.mul(sigmoid(cubic.mul(R::splat(SCALE))))
}
