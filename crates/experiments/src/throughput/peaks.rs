//! The most that this device does in this program: chains of multiplications and additions that stay in registers.
//!
//! Every chain is `x ← x·a + c` on a number of independent sums, enough to hide the latency of an operation and few enough for 16
//! registers; `a`, `c` and the first sums are opaque to the compiler. Scalar chains read `a` from memory anew for every sum, or compilers
//! would put several sums into one vector; the load runs beside the arithmetic. What is counted, per step and sum:
//!
//! | chain | instructions | operations |
//! |---|---|---|
//! | f32, f64, i32 | multiply, add (one where they are fused) | 2 a lane |
//! | i16 and i8 vectors | 8 products added in pairs, add | 16 |
//! | i16, i8 scalar | sign extension, multiply, add in 32 bits | 2 |
//!
//! WebAssembly multiplies no bytes. A matrix product widens each byte once and multiplies it many times, so the most for bytes is what 16-bit
//! numbers reach. Left out: division, roots, comparisons.

use core::array::from_fn;
use core::hint::black_box;

use engine::simd::{F32x4, Real};

use super::lanes::{F64x2, Integers};
use super::{Cost, Failure, Kernel, Unit, within};

/// Chain steps of every sum in one step of the kernel: tens of microseconds.
const ITERATIONS: u32 = 1 << 12;
/// Compared with the plain computation over so many.
const VERIFIED: u32 = 50;
/// Of a fused and an unfused float chain that long: far more than they differ by.
const ALLOWED: f64 = 1e-4;

/// One sum of a chain.
trait Chain: Copy {
    /// Sums side by side.
    const SUMS: usize = 12;
    /// Operations of a step.
    const OPERATIONS: u32;
    /// One number at a time: must not be widened.
    const SCALAR: bool = false;
    /// First value of a sum.
    fn first(index: i16) -> Self;
    /// The factor and the addend.
    fn constants() -> (Self, Self);
    /// One step.
    fn step(self, factor: Self, addend: Self) -> Self;
    /// The numbers in it.
    fn numbers(self) -> Vec<f64>;
    /// `numbers` of the sum `index` after some steps, computed plainly.
    fn plain(index: i16, steps: u32) -> Vec<f64>;
}

const FACTOR: f32 = 0.999;
const ADDEND: f32 = 0.25;
const INTEGER_FACTOR: i16 = 0x4D35;
const INTEGER_ADDEND: i32 = 0x1234_5677;

fn plain_f32(mut x: f32, steps: u32) -> f64 {
    for _ in 0..steps {
        x = x * FACTOR + ADDEND;
    }
    f64::from(x)
}

fn plain_f64(mut x: f64, steps: u32) -> f64 {
    for _ in 0..steps {
        x = x * f64::from(FACTOR) + f64::from(ADDEND);
    }
    x
}

macro_rules! float_chain {
    ($type:ty, $from:ty, $lanes:expr, $plain:ident, $numbers:expr, $step:expr, $splat:expr) => {
        impl Chain for $type {
            const OPERATIONS: u32 = 2 * $lanes;
            const SCALAR: bool = $lanes == 1;
            fn first(index: i16) -> Self {
                $splat(<$from>::from(index))
            }
            fn constants() -> (Self, Self) {
                ($splat(<$from>::from(FACTOR)), $splat(<$from>::from(ADDEND)))
            }
            #[inline(always)]
            fn step(self, factor: Self, addend: Self) -> Self {
                $step(self, factor, addend)
            }
            fn numbers(self) -> Vec<f64> {
                $numbers(self)
            }
            fn plain(index: i16, steps: u32) -> Vec<f64> {
                vec![$plain(<$from>::from(index), steps); $lanes]
            }
        }
    };
}

float_chain!(f32, f32, 1, plain_f32, |x| vec![f64::from(x)], |x: f32, a, c| x * a + c, |x| x);
float_chain!(f64, f64, 1, plain_f64, |x| vec![x], |x: f64, a, c| x * a + c, |x| x);
float_chain!(
    F32x4,
    f32,
    4,
    plain_f32,
    |x: F32x4| x.to_array().map(f64::from).to_vec(),
    |x: F32x4, a, c| x.mul_add(a, c),
    F32x4::splat
);
float_chain!(
    F64x2,
    f64,
    2,
    plain_f64,
    |x: F64x2| x.to_array().to_vec(),
    |x: F64x2, a, c| x.mul_add(a, c),
    F64x2::splat
);

/// Multiplied, rounded, added and rounded again, whatever the build.
#[derive(Clone, Copy)]
struct Strict<V>(V);

float_chain!(
    Strict<F32x4>,
    f32,
    4,
    plain_f32,
    |x: Self| x.0.to_array().map(f64::from).to_vec(),
    |x: Self, a: Self, c: Self| Strict(x.0.mul(a.0).add(c.0)),
    |x| Strict(F32x4::splat(x))
);
float_chain!(
    Strict<F64x2>,
    f64,
    2,
    plain_f64,
    |x: Self| x.0.to_array().to_vec(),
    |x: Self, a: Self, c: Self| Strict(x.0.mul(a.0).add(c.0)),
    |x| Strict(F64x2::splat(x))
);

/// An integer chain of its own kind: `extend` narrows the sum to the format's numbers before it is multiplied.
macro_rules! scalar_chain {
    ($name:ident, $extend:expr) => {
        #[derive(Clone, Copy)]
        struct $name(i32);
        impl Chain for $name {
            const OPERATIONS: u32 = 2;
            const SCALAR: bool = true;
            fn first(index: i16) -> Self {
                Self(i32::from(index) * 0x0101_0101)
            }
            fn constants() -> (Self, Self) {
                (Self($extend(i32::from(INTEGER_FACTOR))), Self(INTEGER_ADDEND))
            }
            #[inline(always)]
            fn step(self, factor: Self, addend: Self) -> Self {
                Self($extend(self.0).wrapping_mul(factor.0).wrapping_add(addend.0))
            }
            fn numbers(self) -> Vec<f64> {
                vec![f64::from(self.0)]
            }
            fn plain(index: i16, steps: u32) -> Vec<f64> {
                let mut x = i64::from(index) * 0x0101_0101;
                for _ in 0..steps {
                    let narrowed = i64::from($extend(x as i32));
                    x = i64::from(
                        (narrowed * i64::from($extend(i32::from(INTEGER_FACTOR))) + i64::from(INTEGER_ADDEND))
                            as i32,
                    );
                }
                vec![x as f64]
            }
        }
    };
}

scalar_chain!(ScalarI32, |x: i32| x);
scalar_chain!(ScalarI16, |x: i32| i32::from(x as i16));
scalar_chain!(ScalarI8, |x: i32| i32::from(x as i8));

/// What an integer vector chain does to four lanes of 32 bits, plainly.
fn plain_lanes(index: i16, steps: u32, step: impl Fn([i32; 4]) -> [i32; 4]) -> Vec<f64> {
    let mut lanes = [i32::from(index) * 0x0101_0101; 4];
    for _ in 0..steps {
        lanes = step(lanes);
    }
    lanes.map(f64::from).to_vec()
}

/// `Σ x·a + c` in 32 bits.
fn plain_sum(numbers: &[i16]) -> i32 {
    let sum: i64 = numbers.iter().map(|&x| i64::from(x)).sum();
    (sum * i64::from(INTEGER_FACTOR) + i64::from(INTEGER_ADDEND)) as i32
}

macro_rules! vector_chain {
    ($name:ident, $sums:expr, $operations:expr, $factor:expr, $step:expr, $plain:expr) => {
        #[derive(Clone, Copy)]
        struct $name(Integers);
        impl Chain for $name {
            const SUMS: usize = $sums;
            const OPERATIONS: u32 = $operations;
            fn first(index: i16) -> Self {
                Self(Integers::splat32(i32::from(index) * 0x0101_0101))
            }
            fn constants() -> (Self, Self) {
                (Self($factor), Self(Integers::splat32(INTEGER_ADDEND)))
            }
            #[inline(always)]
            fn step(self, factor: Self, addend: Self) -> Self {
                Self($step(self.0, factor.0, addend.0))
            }
            fn numbers(self) -> Vec<f64> {
                self.0.to_array().map(f64::from).to_vec()
            }
            fn plain(index: i16, steps: u32) -> Vec<f64> {
                plain_lanes(index, steps, $plain)
            }
        }
    };
}

vector_chain!(
    VectorI32,
    12,
    8,
    Integers::splat32(i32::from(INTEGER_FACTOR)),
    |x: Integers, a, c| x.mul32(a).add32(c),
    |lanes| lanes.map(|x| (i64::from(x) * i64::from(INTEGER_FACTOR) + i64::from(INTEGER_ADDEND)) as i32)
);
vector_chain!(
    VectorI16,
    12,
    16,
    Integers::splat16(INTEGER_FACTOR),
    |x: Integers, a, c| x.dot16(a).add32(c),
    |lanes| lanes.map(|x| plain_sum(&[x as i16, (x >> 16) as i16]))
);
/// A peak as a kernel.
struct Peak<C> {
    sums: [C; 12],
    factor: C,
    addend: C,
}

impl<C: Chain> Peak<C> {
    fn new() -> Peak<C> {
        let (factor, addend) = C::constants();
        Peak {
            sums: from_fn(|i| C::first(i as i16 + 1)),
            factor: black_box(factor),
            addend: black_box(addend),
        }
    }

    /// The loop whose speed is the peak.
    #[inline(never)]
    fn run(&mut self, iterations: u32) {
        // Copies: the sums stay in registers.
        let (mut sums, factor, addend) = (self.sums, self.factor, self.addend);
        for _ in 0..iterations {
            for sum in &mut sums[..C::SUMS] {
                let factor = if C::SCALAR {
                    // SAFETY: a reference, read as it is.
                    unsafe { std::ptr::read_volatile(&raw const self.factor) }
                } else {
                    factor
                };
                *sum = sum.step(factor, addend);
            }
        }
        self.sums = sums;
    }
}

impl<C: Chain> Kernel for Peak<C> {
    fn prepare(&mut self) -> Result<bool, Failure> {
        Ok(true)
    }

    fn cost(&self) -> Cost {
        let operations = u64::from(ITERATIONS) * C::SUMS as u64 * u64::from(C::OPERATIONS);
        Cost { work_per_call: operations as f64, ..Cost::default() }
    }

    fn steps(&self) -> usize {
        1
    }

    fn step(&mut self, _index: usize) {
        self.run(black_box(ITERATIONS));
    }

    fn verify(&mut self) -> Result<Option<f64>, Failure> {
        black_box(&self.sums);
        let mut fresh = Peak::<C>::new();
        fresh.run(black_box(VERIFIED));
        let mut worst = 0.0_f64;
        for (i, sum) in fresh.sums[..C::SUMS].iter().enumerate() {
            for (found, expected) in sum.numbers().into_iter().zip(C::plain(i as i16 + 1, VERIFIED)) {
                worst = worst.max((found - expected).abs() / expected.abs().max(1.0));
            }
        }
        within(worst, ALLOWED)?;
        Ok(None)
    }
}

/// The kernel of a peak, by format and unit; none where there is no such chain.
pub(super) fn kernel(format: &str, unit: Unit) -> Option<Box<dyn Kernel>> {
    Some(match (format, unit) {
        ("fp32", Unit::Scalar) => Box::new(Peak::<f32>::new()),
        ("fp64", Unit::Scalar) => Box::new(Peak::<f64>::new()),
        ("int32", Unit::Scalar) => Box::new(Peak::<ScalarI32>::new()),
        ("int16", Unit::Scalar) => Box::new(Peak::<ScalarI16>::new()),
        ("int8", Unit::Scalar) => Box::new(Peak::<ScalarI8>::new()),
        ("fp32", Unit::Simd128) => Box::new(Peak::<Strict<F32x4>>::new()),
        ("fp64", Unit::Simd128) => Box::new(Peak::<Strict<F64x2>>::new()),
        ("int32", Unit::Simd128) => Box::new(Peak::<VectorI32>::new()),
        ("int16" | "int8", Unit::Simd128) => Box::new(Peak::<VectorI16>::new()),
        ("fp32", Unit::RelaxedSimd) => Box::new(Peak::<F32x4>::new()),
        ("fp64", Unit::RelaxedSimd) => Box::new(Peak::<F64x2>::new()),
        _ => return None,
    })
}
