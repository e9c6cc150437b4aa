//! The meaning of a product.

use super::{Extra, Shape};

pub(super) fn product(
    Shape { m, n, k }: Shape,
    (a, sa): (&[f32], [usize; 2]),
    (b, sb): (&[f32], [usize; 2]),
    accumulate: bool,
    extra: &Extra,
    c: &mut [f32],
) {
    for i in 0..m {
        for j in 0..n {
            let mut sum = if accumulate { c[i * n + j] } else { 0.0 };
            for at in 0..k {
                sum += a[i * sa[0] + at * sa[1]] * b[at * sb[0] + j * sb[1]];
            }
            c[i * n + j] = extra.apply(i, j, sum);
        }
    }
}
