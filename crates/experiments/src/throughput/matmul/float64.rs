//! binary64: tiles of four rows by four columns in eight vectors.
//!
//! A step computes 64 columns of the result. Of B, 256 rows by 64 columns are packed in strips of four columns (128 KiB); A is read
//! as it lies. The order of a sum is the order of k.

use core::hint::black_box;

use super::super::lanes::F64x2;
use super::super::sample::normals;
use super::super::{Cost, Failure, Kernel, allocate, within};

const TILE: usize = 4;
const COLUMNS: usize = 64;
const DEPTH: usize = 256;
/// A sum of up to 1024 products in binary64, compared with one in another order.
const ALLOWED: f64 = 1e-13;

pub(in super::super) struct MatMul64 {
    n: usize,
    a: Vec<f64>,
    b: Vec<f64>,
    c: Vec<f64>,
    packed: Vec<f64>,
    seed: u64,
}

impl MatMul64 {
    /// `n` is a multiple of 64.
    pub(in super::super) fn new(n: usize, seed: u64) -> MatMul64 {
        assert!(n.is_multiple_of(COLUMNS));
        MatMul64 { n, a: Vec::new(), b: Vec::new(), c: Vec::new(), packed: Vec::new(), seed }
    }

    fn pack(&mut self, rows: core::ops::Range<usize>, column: usize) {
        let depth = rows.len();
        for (k, row) in rows.enumerate() {
            let source = &self.b[row * self.n + column..][..COLUMNS];
            for (strip, four) in source.as_chunks::<TILE>().0.iter().enumerate() {
                self.packed[(strip * depth + k) * TILE..][..TILE].copy_from_slice(four);
            }
        }
    }
}

/// Adds `depth` products to a tile of C.
///
/// # Safety
/// `a` begins four rows `n` apart with `depth` elements each, `b` a packed strip of `depth`, `c` four rows `n` apart with four each.
#[inline(always)]
unsafe fn tile(n: usize, depth: usize, a: *const f64, b: *const f64, c: *mut f64) {
    // SAFETY: every place lies in what the caller promises.
    unsafe {
        let mut sums = [[F64x2::splat(0.0); 2]; TILE];
        for (row, sums) in sums.iter_mut().enumerate() {
            *sums = [F64x2::load(c.add(row * n)), F64x2::load(c.add(row * n + 2))];
        }
        for k in 0..depth {
            let (left, right) = (F64x2::load(b.add(k * TILE)), F64x2::load(b.add(k * TILE + 2)));
            for (row, sums) in sums.iter_mut().enumerate() {
                let factor = F64x2::load_splat(a.add(row * n + k));
                *sums = [left.mul_add(factor, sums[0]), right.mul_add(factor, sums[1])];
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            sums[0].store(c.add(row * n));
            sums[1].store(c.add(row * n + 2));
        }
    }
}

impl Kernel for MatMul64 {
    fn prepare(&mut self) -> Result<bool, Failure> {
        let len = self.n * self.n;
        let wide = |values: Vec<f32>| values.into_iter().map(f64::from).collect();
        if self.a.is_empty() {
            self.c = allocate(len, 0.0)?;
            self.packed = allocate(DEPTH * COLUMNS, 0.0)?;
            self.a = wide(normals(len, self.seed));
            return Ok(false);
        }
        self.b = wide(normals(len, self.seed + 1));
        Ok(true)
    }

    fn cost(&self) -> Cost {
        super::cost(self.n, 8, 8)
    }

    fn steps(&self) -> usize {
        self.n / COLUMNS
    }

    fn step(&mut self, index: usize) {
        let (n, column) = (self.n, index * COLUMNS);
        for row in 0..n {
            self.c[row * n + column..][..COLUMNS].fill(0.0);
        }
        for first in (0..n).step_by(DEPTH) {
            let depth = DEPTH.min(n - first);
            self.pack(first..first + depth, column);
            for row in (0..n).step_by(TILE) {
                for strip in 0..COLUMNS / TILE {
                    // SAFETY: n is a multiple of 64, so four rows, four columns and `depth` elements are there.
                    unsafe {
                        let a = self.a.as_ptr().add(row * n + first);
                        let b = self.packed.as_ptr().add(strip * depth * TILE);
                        let c = self.c.as_mut_ptr().add(row * n + column + strip * TILE);
                        tile(n, depth, a, b, c);
                    }
                }
            }
        }
        black_box(&self.c);
    }

    fn has_even_steps(&self) -> bool {
        true
    }

    fn verify(&mut self) -> Result<Option<f64>, Failure> {
        let n = self.n;
        let mut worst = 0.0_f64;
        for row in super::verified_rows(n) {
            for column in 0..n {
                // From the other end: the same order would hide a slip in it.
                let (mut sum, mut magnitude) = (0.0, 0.0);
                for k in (0..n).rev() {
                    let term = self.a[row * n + k] * self.b[k * n + column];
                    sum += term;
                    magnitude += term.abs();
                }
                worst = worst.max((self.c[row * n + column] - sum).abs() / magnitude);
            }
        }
        within(worst, ALLOWED)
    }
}
