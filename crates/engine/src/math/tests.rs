//! Each function against binary64 over dense samples of bit patterns, at its special values, and the
//! lanes against the scalar.

use super::{cos, erf, exp, gelu, gelu_tanh, ln, rsqrt, sigmoid, sin, softplus, tanh};
use crate::simd::{F32x4, Real};

/// Every `STEP`th bit pattern; a prime, so that all low bits occur.
const STEP: usize = 1009;

fn samples() -> impl Iterator<Item = f32> {
    (0..=u32::MAX).step_by(STEP).map(f32::from_bits)
}

/// Distance in units of the spacing of binary32 at the exact value.
fn ulps(computed: f32, exact: f64) -> f64 {
    let exponent = exact.abs().log2().floor().max(-126.0) as i32;
    (computed as f64 - exact).abs() / 2f64.powi(exponent - 23)
}

/// The largest error in ulp over the samples that `domain` accepts, and where.
fn worst(
    function: impl Fn(f32) -> f32,
    exact: impl Fn(f64) -> f64,
    domain: impl Fn(f32) -> bool,
) -> (f64, f32) {
    let mut result = (0.0, 0.0);
    for x in samples().filter(|&x| domain(x)) {
        let reference = exact(x as f64);
        let computed = function(x);
        if computed.is_infinite() && reference.abs() >= f32::MAX as f64 {
            continue;
        }
        let error = ulps(computed, reference);
        if error.is_nan() || error > result.0 {
            result = (error, x);
        }
    }
    result
}

fn assert_within(name: &str, bound: f64, (error, x): (f64, f32)) {
    println!("{name}: {error:.3} ulp at {x:e}");
    assert!(error <= bound, "{name}: {error} ulp at {x:e}");
}

/// The power series with positive terms only, in binary64.
fn erf_exact(x: f64) -> f64 {
    if x.abs() > 5.5 {
        return x.signum();
    }
    let (mut term, mut sum, mut n) = (x, x, 0.0);
    while term.abs() > sum.abs() * 1e-18 {
        n += 1.0;
        term *= 2.0 * x * x / (2.0 * n + 1.0);
        sum += term;
    }
    sum * core::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp()
}

#[test]
fn exponential_and_logarithm() {
    assert_within("exp", 1.0, worst(exp, f64::exp, |x| x.abs() < 104.0));
    assert_within("ln", 1.0, worst(ln, f64::ln, |x| x > 0.0 && x.is_finite()));
    assert_within("rsqrt", 1.5, worst(rsqrt, |x| 1.0 / x.sqrt(), |x| x > 0.0 && x.is_finite()));
}

#[test]
fn hyperbolic() {
    assert_within("tanh", 2.5, worst(tanh, f64::tanh, f32::is_finite));
    assert_within(
        "sigmoid",
        2.5,
        worst(sigmoid, |x| 1.0 / (1.0 + (-x).exp()), |x| x.is_finite() && x > -700.0),
    );
    assert_within(
        "softplus",
        2.0,
        worst(softplus, |x| x.max(0.0) + (-x.abs()).exp().ln_1p(), f32::is_finite),
    );
}

#[test]
fn trigonometric() {
    let domain = |x: f32| x.abs() <= super::TRIG_LIMIT;
    assert_within("sin", 2.0, worst(sin, f64::sin, domain));
    assert_within("cos", 2.0, worst(cos, f64::cos, domain));
    // Next to each multiple of π/2, where the reduction cancels most.
    for n in 1..=6366 {
        let near = (n as f64 * core::f64::consts::FRAC_PI_2) as f32;
        for x in [near.next_down(), near, near.next_up()] {
            assert!(ulps(sin(x), (x as f64).sin()) <= 2.0, "sin {x:e}");
            assert!(ulps(cos(x), (x as f64).cos()) <= 2.0, "cos {x:e}");
        }
    }
}

#[test]
fn error_function() {
    assert_within("erf", 1.5, worst(erf, erf_exact, f32::is_finite));
    // Errors of gelu in units of 2⁻²³ |x|.
    let scaled = |function: fn(f32) -> f32, exact: fn(f64) -> f64| {
        samples()
            .filter(|x| x.is_finite() && *x != 0.0 && x.abs() > 1e-30)
            .map(|x| (function(x) as f64 - exact(x as f64)).abs() / (x.abs() as f64) * 8_388_608.0)
            .fold(0.0, f64::max)
    };
    let normal = scaled(gelu, |x| 0.5 * x * (1.0 + erf_exact(x * core::f64::consts::FRAC_1_SQRT_2)));
    let by_tanh = scaled(gelu_tanh, |x| {
        0.5 * x * (1.0 + (core::f64::consts::FRAC_2_PI.sqrt() * (x + 0.044715 * x * x * x)).tanh())
    });
    println!("gelu {normal:.3}, gelu_tanh {by_tanh:.3}, in 2^-23 |x|");
    assert!(normal <= 1.0 && by_tanh <= 1.5);
}

fn same(a: f32, b: f32) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

#[test]
fn special_values() {
    const INF: f32 = f32::INFINITY;
    type Function = fn(f32) -> f32;
    /// Name, function, intervals of arguments.
    type Row = (&'static str, Function, &'static [(f32, f32)]);
    let table: [Row; 11] = [
        ("exp", exp, &[(0.0, 1.0), (-0.0, 1.0), (INF, INF), (-INF, 0.0), (88.73, INF), (-104.0, 0.0)]),
        (
            "ln",
            ln,
            &[(0.0, -INF), (-0.0, -INF), (INF, INF), (-INF, f32::NAN), (-1e-45, f32::NAN), (1.0, 0.0)],
        ),
        ("tanh", tanh, &[(0.0, 0.0), (-0.0, -0.0), (INF, 1.0), (-INF, -1.0), (1e-45, 1e-45)]),
        ("sigmoid", sigmoid, &[(0.0, 0.5), (-0.0, 0.5), (INF, 1.0), (-INF, 0.0)]),
        ("softplus", softplus, &[(INF, INF), (-INF, 0.0), (100.0, 100.0)]),
        ("sin", sin, &[(0.0, 0.0), (-0.0, -0.0), (INF, f32::NAN), (-INF, f32::NAN), (10_001.0, f32::NAN)]),
        ("cos", cos, &[(0.0, 1.0), (-0.0, 1.0), (INF, f32::NAN), (-INF, f32::NAN), (10_001.0, f32::NAN)]),
        ("erf", erf, &[(0.0, 0.0), (-0.0, -0.0), (INF, 1.0), (-INF, -1.0)]),
        ("gelu", gelu, &[(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -0.0)]),
        ("gelu_tanh", gelu_tanh, &[(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -0.0)]),
        ("rsqrt", rsqrt, &[(0.0, INF), (-0.0, -INF), (INF, 0.0), (-1.0, f32::NAN), (4.0, 0.5)]),
    ];
    for (name, function, values) in table {
        assert!(function(f32::NAN).is_nan(), "{name}(NaN)");
        for &(x, expected) in values {
            let computed = function(x);
            assert!(same(computed, expected), "{name}({x:e}) = {computed:e}, not {expected:e}");
        }
    }
}

#[test]
fn lanes_give_the_bits_of_the_scalar() {
    macro_rules! compare {
        ($($function:ident),*) => {$(
            let patterns: Vec<f32> = samples().chain([0.0; 3]).collect();
            for four in patterns.chunks_exact(4) {
                let lanes = $function(F32x4::load(four)).to_array();
                for (&x, lane) in four.iter().zip(lanes) {
                    let scalar = $function(x);
                    assert!(same(scalar, lane), "{}({x:e}): {scalar:e}, lane {lane:e}", stringify!($function));
                }
            }
        )*};
    }
    compare!(exp, ln, tanh, sigmoid, softplus, sin, cos, erf, gelu, gelu_tanh, rsqrt);
}
