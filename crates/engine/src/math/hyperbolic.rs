//! The hyperbolic tangent and its relatives: sigmoid and softplus.

use super::exp::{Reduced, exp, power_of_two, reduce};
use super::ln::combine;
use crate::simd::Real;

/// `tanh x`, at most 2.5 ulp; ±0 keep their sign, ±1 from |x| = 9.02 on.
#[inline(always)]
pub fn tanh<R: Real>(x: R) -> R {
    // t = e^(2|x|) − 1, without cancellation; tanh |x| = t / (t + 2).
    let twice = R::splat(20.0).min(x.abs().add(x.abs()));
    let Reduced { integer, expm1 } = reduce(twice);
    let scale = power_of_two::<R>(integer);
    let t = expm1.mul_add(scale, scale.sub(R::splat(1.0)));
    t.div(t.add(R::splat(2.0))).copysign(x)
}

/// `1 / (1 + e^−x)`, at most 2.5 ulp; 0 below −103.98.
#[inline(always)]
pub fn sigmoid<R: Real>(x: R) -> R {
    let e = exp(x.abs().neg());
    let one = R::splat(1.0);
    // For negative x the quotient is e / (1 + e), whose small e keeps its digits.
    R::select(x.lt(R::splat(0.0)), e, one).div(one.add(e))
}

/// `ln(1 + e^x)`, at most 2 ulp; near x for large x, near `e^x` for small.
#[inline(always)]
pub fn softplus<R: Real>(x: R) -> R {
    let e = exp(x.abs().neg());
    // ln(1 + e), 0 ≤ e ≤ 1: above √2 − 1 as ln 2 + ln(1 + (e − 1) / 2).
    let upper = e.gt(R::splat(core::f32::consts::SQRT_2 - 1.0));
    let f = R::select(upper, e.sub(R::splat(1.0)).mul(R::splat(0.5)), e);
    let exponent = R::select(upper, R::splat(1.0), R::splat(0.0));
    // `max` gives its argument for a NaN.
    R::splat(0.0).max(x).add(combine(exponent, f))
}
