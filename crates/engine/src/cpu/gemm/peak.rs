//! How fast this build multiplies and adds when nothing else limits it: the measure of the other kernels.

use core::hint::black_box;

use crate::simd::{F32x4, Real};

/// Independent sums: enough to hide the latency of an addition, few enough for the registers.
const SUMS: usize = 12;

/// What a peak kernel did.
#[derive(Clone, Copy, Debug)]
pub struct Peak {
    /// A value that depends on every operation.
    pub value: f32,
    /// Multiplications and additions.
    pub flop: u64,
}

/// [`Real::mul_add`] in registers only, four lanes at a time.
#[inline(never)]
pub fn peak_wide(iterations: u32) -> Peak {
    let sums = rounds(F32x4::splat(black_box(0.999_9)), F32x4::splat(black_box(1e-4)), iterations);
    let total = sums.into_iter().fold(F32x4::splat(0.0), F32x4::add);
    Peak { value: total.to_array().iter().sum(), flop: u64::from(iterations) * (SUMS * 2 * 4) as u64 }
}

/// The same, one lane at a time.
#[inline(never)]
pub fn peak_scalar(iterations: u32) -> Peak {
    let sums = rounds(black_box(0.999_9_f32), black_box(1e-4_f32), iterations);
    Peak { value: sums.iter().sum(), flop: u64::from(iterations) * (SUMS * 2) as u64 }
}

#[inline(always)]
fn rounds<R: Real>(factor: R, addend: R, iterations: u32) -> [R; SUMS] {
    let mut sums: [R; SUMS] = core::array::from_fn(|i| addend.mul(R::splat(i as f32)));
    for _ in 0..iterations {
        for sum in &mut sums {
            *sum = sum.mul_add(factor, addend);
        }
    }
    sums
}
