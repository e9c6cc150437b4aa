//! The meaning of a product, as plain loops.

use super::finish::activate;
use super::{Gemm, Shape};

/// Every sum in the order of k, then bias and activation. The slices are long enough; those that the
/// epilogue does not read are empty.
pub(super) fn run(gemm: &Gemm, (a, b): (&[f32], &[f32]), (bias, aux): (&[f32], &[f32]), c: &mut [f32]) {
    let Shape { m, n, k } = gemm.shape;
    for i in 0..m {
        for j in 0..n {
            let at = i * n + j;
            let mut sum = if gemm.accumulate { c[at] } else { 0.0 };
            for p in 0..k {
                sum += a[i * gemm.a.0 + p * gemm.a.1] * b[p * gemm.b.0 + j * gemm.b.1];
            }
            if gemm.epilogue.bias {
                sum += bias[j];
            }
            c[at] = activate(gemm.epilogue.activation, sum, aux.get(at).copied().unwrap_or(0.0));
        }
    }
}
