//! Products of square matrices: `2n³` operations on three matrices of `n²` numbers.
//!
//! binary32 is the engine's own product, the one that trains networks here; binary64 and the integers have kernels of their own, with
//! register tiles, one core. The operands are seeded; every figure's product is compared with sums in binary64 (integers: exact).

mod float64;
mod integer;

use core::hint::black_box;

use engine::cpu::gemm::{Gemm, Matrices, Shape, Strides};

use super::sample::normals;
use super::{Cost, Failure, Kernel, allocate, within};

pub(super) use float64::MatMul64;
pub(super) use integer::MatMulInteger;

/// Rows of the result that are compared.
const VERIFIED_ROWS: usize = 4;
/// A sum of up to 1024 products in binary32.
const ALLOWED: f64 = 2e-5;

/// Cost of a product of matrices of side `n` with elements of these sizes in bytes.
fn cost(n: usize, operand: usize, result: usize) -> Cost {
    let side = n as f64;
    Cost {
        work_per_call: 2.0 * side * side * side,
        bytes_per_call: side * side * (2 * operand + result) as f64,
        ..Cost::default()
    }
}

/// Rows spread over a matrix of `n`.
fn verified_rows(n: usize) -> impl Iterator<Item = usize> {
    (0..VERIFIED_ROWS).map(move |i| i * (n - 1) / (VERIFIED_ROWS - 1))
}

/// The engine's product.
pub(super) struct MatMul32 {
    n: usize,
    gemm: Gemm,
    a: Vec<f32>,
    b: Vec<f32>,
    c: Vec<f32>,
    scratch: Vec<f32>,
    seed: u64,
}

impl MatMul32 {
    pub(super) fn new(n: usize, seed: u64) -> MatMul32 {
        let gemm = Gemm::new(Shape { m: n, n, k: n }, Strides::ROWS, Strides::ROWS, false);
        MatMul32 { n, gemm, a: Vec::new(), b: Vec::new(), c: Vec::new(), scratch: Vec::new(), seed }
    }
}

impl Kernel for MatMul32 {
    fn prepare(&mut self) -> Result<bool, Failure> {
        let len = self.n * self.n;
        if self.a.is_empty() {
            self.c = allocate(len, 0.0)?;
            self.scratch = allocate(self.gemm.scratch_len(), 0.0)?;
            self.a = normals(len, self.seed);
            return Ok(false);
        }
        self.b = normals(len, self.seed + 1);
        Ok(true)
    }

    fn cost(&self) -> Cost {
        cost(self.n, 4, 4)
    }

    fn steps(&self) -> usize {
        1
    }

    fn step(&mut self, _index: usize) {
        let matrices = Matrices { a: black_box(&self.a), b: &self.b, extra: &[] };
        self.gemm.run(false, matrices, &mut self.c, &mut self.scratch);
        black_box(&self.c);
    }

    fn verify(&mut self) -> Result<Option<f64>, Failure> {
        let n = self.n;
        let mut worst = 0.0_f64;
        for row in verified_rows(n) {
            for column in 0..n {
                let (mut sum, mut magnitude) = (0.0, 0.0);
                for k in 0..n {
                    let term = f64::from(self.a[row * n + k]) * f64::from(self.b[k * n + column]);
                    sum += term;
                    magnitude += term.abs();
                }
                worst = worst.max((f64::from(self.c[row * n + column]) - sum).abs() / magnitude);
            }
        }
        within(worst, ALLOWED)
    }
}
