//! Sine and cosine.

use super::polynomial;
use crate::simd::{INTEGER_MAGIC, Real, Word};

/// The largest magnitude whose sine and cosine are computed. Beyond it, the result is a NaN: a visible
/// failure rather than a plausible wrong number.
pub const TRIG_LIMIT: f32 = 10_000.0;

/// `x = n · π/2 + r`, `|r| ≤ π/4`, for `|x| ≤` [`TRIG_LIMIT`].
#[inline(always)]
fn reduce<R: Real>(x: R) -> (R::Word, R) {
    // π/2 in three parts of 11 bits, whose products with n < 2¹³ are exact, and the rest.
    const HALF_PI: [f32; 4] = [1.570_312_5, 4.837_513e-4, 7.549_533_6e-8, 2.563_344e-12];
    let shifted = x.mul_add(R::splat(core::f32::consts::FRAC_2_PI), R::splat(INTEGER_MAGIC));
    let n = shifted.sub(R::splat(INTEGER_MAGIC));
    // The first two differences are exact, the third rounds; its error is caught and given back.
    let first = n.mul_add(R::splat(-HALF_PI[0]), x);
    let second = n.mul_add(R::splat(-HALF_PI[1]), first);
    let third = n.mul(R::splat(HALF_PI[2]));
    let sum = second.sub(third);
    let error = second.sub(sum).sub(third);
    let r = sum.add(n.mul_add(R::splat(-HALF_PI[3]), error));
    (shifted.to_bits().sub(R::splat(INTEGER_MAGIC).to_bits()), r)
}

/// `sin(r + quadrant · π/2)`.
#[inline(always)]
fn evaluate<R: Real>(x: R, quadrant: R::Word, r: R) -> R {
    // (sin r / r − 1) / r² and (cos r − 1 + ½ r²) / r⁴ over r², |r| ≤ 0.794: relative errors 4.2e-9, 1.4e-10.
    const SIN: [f32; 3] =
        [f32::from_bits(0xBE2A_AAA2), f32::from_bits(0x3C08_8363), f32::from_bits(0xB94C_8E4C)];
    const COS: [f32; 3] =
        [f32::from_bits(0x3D2A_AAA5), f32::from_bits(0xBAB6_060A), f32::from_bits(0x37CC_EF35)];
    let square = r.mul(r);
    let sin = polynomial(square, SIN).mul_add(square.mul(r), r);
    // 1 − ½ r² rounds; what it lost joins the polynomial.
    let half = square.mul(R::splat(0.5));
    let head = R::splat(1.0).sub(half);
    let lost = R::splat(1.0).sub(head).sub(half);
    let cos = head.add(polynomial(square, COS).mul_add(square.mul(square), lost));

    let odd = quadrant.and(R::Word::splat(1)).eq(R::Word::splat(1));
    let magnitude = R::select(odd, cos, sin);
    let flip = quadrant.and(R::Word::splat(2)).shl(30);
    let result = R::from_bits(magnitude.to_bits().xor(flip));
    R::select(x.abs().le(R::splat(TRIG_LIMIT)), result, R::splat(f32::NAN))
}

/// `sin x` for `|x| ≤` [`TRIG_LIMIT`], at most 2 ulp; ±0 keep their sign, NaN beyond the limit.
#[inline(always)]
pub fn sin<R: Real>(x: R) -> R {
    let (quadrant, r) = reduce(x);
    let result = evaluate(x, quadrant, r);
    // The differences of the reduction turn −0 into +0.
    R::select(x.eq(R::splat(0.0)), x, result)
}

/// `cos x` for `|x| ≤` [`TRIG_LIMIT`], at most 2 ulp; NaN beyond the limit.
#[inline(always)]
pub fn cos<R: Real>(x: R) -> R {
    let (quadrant, r) = reduce(x);
    evaluate(x, quadrant.add(R::Word::splat(1)), r)
}
