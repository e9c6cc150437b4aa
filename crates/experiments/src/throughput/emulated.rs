//! Arithmetic in a narrow format, in software: dot products whose products and sums are rounded after every operation.
//!
//! Operands are numbers of the format. Each product and each addition is done in binary32 and rounded to the format, nearest-even,
//! saturating: with significands of at most 11 bits that is the correctly rounded operation. 256 sums of 1024 products run side by side, so
//! the time is that of the rounding kernels. It says nothing about a chip that computes in the format.

use core::hint::black_box;

use engine::policy::Mode;
use engine::rounding::Rounder;
use numerics::{Format, Overflow, Rounding, RoundingMode, by_id};

use super::sample::normals;
use super::{Cost, Failure, Kernel, allocate};

const SUMS: usize = 256;
/// Products of a sum.
pub(super) const LEN: usize = 1024;
/// Sums that are compared with `numerics`, operation by operation.
const VERIFIED: usize = 8;
/// Formats on offer.
pub(super) const FORMATS: [&str; 4] = ["fp16", "bf16", "e4m3", "e5m2"];

pub(super) struct EmulatedDots {
    format: &'static Format,
    rounder: Rounder,
    /// `(LEN, SUMS)`
    weights: Vec<f32>,
    x: Vec<f32>,
    sums: Vec<f32>,
    products: Vec<f32>,
    seed: u64,
}

impl EmulatedDots {
    /// None for a format without a rounding kernel.
    pub(super) fn new(id: &str, seed: u64) -> Option<EmulatedDots> {
        let format = by_id(id)?;
        let rounder = Rounder::new(format, Mode::Fixed(RoundingMode::NearestEven), true)?;
        Some(EmulatedDots {
            format,
            rounder,
            weights: Vec::new(),
            x: Vec::new(),
            sums: vec![0.0; SUMS],
            products: vec![0.0; SUMS],
            seed,
        })
    }
}

impl Kernel for EmulatedDots {
    fn prepare(&mut self) -> Result<bool, Failure> {
        self.weights = allocate(LEN * SUMS, 0.0)?;
        self.weights.copy_from_slice(&normals(LEN * SUMS, self.seed));
        self.x = normals(LEN, self.seed + 1);
        self.rounder.nearest(&mut self.weights);
        self.rounder.nearest(&mut self.x);
        Ok(true)
    }

    fn cost(&self) -> Cost {
        let work_per_call = (2 * SUMS * LEN) as f64;
        Cost { work_per_call, bytes_per_call: (4 * (SUMS * LEN + LEN + SUMS)) as f64, ..Cost::default() }
    }

    fn steps(&self) -> usize {
        1
    }

    fn step(&mut self, _index: usize) {
        self.sums.fill(0.0);
        for (row, x) in black_box(&self.weights).chunks_exact(SUMS).zip(&self.x) {
            for (product, weight) in self.products.iter_mut().zip(row) {
                *product = weight * x;
            }
            self.rounder.nearest(&mut self.products);
            for (sum, product) in self.sums.iter_mut().zip(&self.products) {
                *sum += product;
            }
            self.rounder.nearest(&mut self.sums);
        }
        black_box(&self.sums);
    }

    fn verify(&mut self) -> Result<Option<f64>, Failure> {
        let rounding = Rounding { overflow: Overflow::Saturate, ..Rounding::default() };
        let round = |x: f64| self.format.decode(self.format.encode_f64(x, &rounding).code).to_f64();
        for i in 0..VERIFIED {
            // Products and sums of two numbers of the format are exact in binary64, or rounded so far below that it does not show.
            let sum = (0..LEN).fold(0.0, |sum, k| {
                round(sum + round(f64::from(self.weights[k * SUMS + i]) * f64::from(self.x[k])))
            });
            if f64::from(self.sums[i]) != sum {
                return Err(Failure::WrongResult { error: (f64::from(self.sums[i]) - sum).abs() });
            }
        }
        Ok(None)
    }
}
