//! Integers of 8, 16 and 32 bits: sums of products along k, in 32 bits.
//!
//! B is stored by columns, so both operands of a sum lie one after the other; four rows of A meet two columns of B in eight vectors
//! of sums. Operands are small enough that no sum overflows. A step computes 64 columns of the result.

use core::hint::black_box;

use super::super::lanes::{Integer, Integers};
use super::super::sample::normals;
use super::super::{Cost, Failure, Kernel, allocate};

const ROWS: usize = 4;
const PAIR: usize = 2;
const COLUMNS: usize = 64;

pub(in super::super) struct MatMulInteger<T> {
    n: usize,
    a: Vec<T>,
    b: Vec<T>,
    c: Vec<i32>,
    seed: u64,
}

impl<T: Integer> MatMulInteger<T> {
    /// `n` is a multiple of 64.
    pub(in super::super) fn new(n: usize, seed: u64) -> MatMulInteger<T> {
        assert!(n.is_multiple_of(COLUMNS));
        MatMulInteger { n, a: Vec::new(), b: Vec::new(), c: Vec::new(), seed }
    }

    /// Normal numbers of standard deviation 24, cut at ±127: sums stay far below 2^31.
    fn operand(&self, seed: u64) -> Vec<T> {
        let whole = |x: &f32| T::narrow((x * 24.0).clamp(-127.0, 127.0) as i64);
        normals(self.n * self.n, seed).iter().map(whole).collect()
    }
}

/// # Safety
/// `a` begins four rows and `b` two, each `n` apart and with `n` elements; `n` is a multiple of 64.
#[inline(always)]
unsafe fn tile<T: Integer>(n: usize, a: *const T, b: *const T) -> [[i32; PAIR]; ROWS] {
    let mut sums = [[Integers::splat32(0); PAIR]; ROWS];
    for k in (0..n).step_by(T::LANES) {
        // SAFETY: the lanes from k on lie inside rows of n elements.
        unsafe {
            let right: [Integers; PAIR] = [T::load(b.add(k)), T::load(b.add(n + k))];
            for (row, sums) in sums.iter_mut().enumerate() {
                let left = T::load(a.add(row * n + k));
                *sums = [T::multiply_add(sums[0], left, right[0]), T::multiply_add(sums[1], left, right[1])];
            }
        }
    }
    sums.map(|sums| sums.map(|sum| sum.to_array().into_iter().fold(0, i32::wrapping_add)))
}

impl<T: Integer> Kernel for MatMulInteger<T> {
    fn prepare(&mut self) -> Result<bool, Failure> {
        if self.a.is_empty() {
            self.c = allocate(self.n * self.n, 0)?;
            self.a = self.operand(self.seed);
            return Ok(false);
        }
        self.b = self.operand(self.seed + 1);
        Ok(true)
    }

    fn cost(&self) -> Cost {
        super::cost(self.n, size_of::<T>(), 4)
    }

    fn steps(&self) -> usize {
        self.n / COLUMNS
    }

    fn step(&mut self, index: usize) {
        let n = self.n;
        for row in (0..n).step_by(ROWS) {
            for column in (index * COLUMNS..(index + 1) * COLUMNS).step_by(PAIR) {
                // SAFETY: n is a multiple of 64: four rows of A and two columns of B are there.
                let sums = unsafe { tile(n, self.a.as_ptr().add(row * n), self.b.as_ptr().add(column * n)) };
                for (i, pair) in sums.iter().enumerate() {
                    self.c[(row + i) * n + column..][..PAIR].copy_from_slice(pair);
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
        for row in super::verified_rows(n) {
            for column in 0..n {
                let terms = self.a[row * n..][..n].iter().zip(&self.b[column * n..][..n]);
                let sum: i64 = terms.map(|(a, b)| a.wide() * b.wide()).sum();
                if i64::from(self.c[row * n + column]) != sum {
                    return Err(Failure::WrongResult { error: 1.0 });
                }
            }
        }
        Ok(Some(0.0))
    }
}
