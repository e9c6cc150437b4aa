//! Seeded operands.

use numerics::samples::{Shape, draw};

use super::Failure;

/// Drawn at a time, so that nobody waits long.
const SLICE: usize = 1 << 15;

/// Standard normal numbers, drawn in slices and then kept.
#[derive(Debug)]
pub(super) struct Sample {
    values: Vec<f32>,
    len: usize,
    seed: u64,
}

impl Sample {
    pub(super) fn new(len: usize, seed: u64) -> Sample {
        Sample { values: Vec::new(), len, seed }
    }

    /// Draws a slice; true once all are there.
    pub(super) fn fill(&mut self) -> Result<bool, Failure> {
        if self.values.is_empty() {
            let bytes = self.len * size_of::<f32>();
            self.values.try_reserve_exact(self.len).map_err(|_| Failure::OutOfMemory { bytes })?;
        }
        let first = self.values.len();
        let end = self.len.min(first + SLICE);
        self.values.extend((first..end).map(|i| draw(Shape::Normal, 1.0, self.seed, i as u64)));
        Ok(end == self.len)
    }

    pub(super) fn values(&self) -> &[f32] {
        &self.values
    }
}

/// A short sample at once.
pub(super) fn normals(len: usize, seed: u64) -> Vec<f32> {
    (0..len).map(|i| draw(Shape::Normal, 1.0, seed, i as u64)).collect()
}
