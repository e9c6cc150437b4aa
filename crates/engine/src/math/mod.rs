//! Elementary functions, each written once over [`Real`].
//!
//! The same operations in the same order give the same bits on `f32` and in each lane of
//! [`F32x4`](crate::simd::F32x4), native and in WebAssembly. Functions are total: signed zeros,
//! infinities, NaN, overflow and underflow each have a stated result, and subnormal results are kept,
//! not flushed. Bounds in units in the last place (ulp) are asserted in `tests.rs` against binary64.
//!
//! Source of the coefficients: minimax fits of our own. A weighted Remez exchange at 200 bits for the
//! relative error of the whole function, then the coefficients rounded to binary32 one by one from the
//! lowest power, the others refitted after each. Where a coefficient is exact in the series (1, ½) it
//! was fixed before the fit. Beside each polynomial stands its range and error.
//!
//! Left out: arguments of sine and cosine beyond 10⁴ (a NaN), general powers, NaN payloads.

mod erf;
mod exp;
mod hyperbolic;
mod ln;
mod trig;

#[cfg(test)]
mod tests;

pub use erf::{erf, gelu, gelu_tanh};
pub use exp::exp;
pub use hyperbolic::{sigmoid, softplus, tanh};
pub use ln::ln;
pub use trig::{TRIG_LIMIT, cos, sin};

use crate::simd::Real;

/// `1 / sqrt(x)` by those two operations: +∞ at +0, −∞ at −0, NaN below. At most 1.5 ulp.
#[inline(always)]
pub fn rsqrt<R: Real>(x: R) -> R {
    R::splat(1.0).div(x.sqrt())
}

/// Horner's rule, the coefficient of the highest power last.
#[inline(always)]
fn polynomial<R: Real, const N: usize>(x: R, coefficients: [f32; N]) -> R {
    let mut sum = R::splat(coefficients[N - 1]);
    let mut power = N - 1;
    while power > 0 {
        power -= 1;
        sum = sum.mul_add(x, R::splat(coefficients[power]));
    }
    sum
}
