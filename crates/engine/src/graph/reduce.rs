//! Sums, means and maxima along axes.

use super::{Graph, Op, Tensor};
use crate::shape::Shape;

impl Graph {
    /// Sum along an axis, which stays with size 1.
    pub fn sum_axis(&mut self, a: Tensor, axis: usize) -> Tensor {
        let shape = self.shape(a).clone();
        if shape.sizes()[axis] == 1 {
            return a;
        }
        self.push_f32(Op::Sum { axis }, &[a], shape.with(axis, 1))
    }

    /// Mean along an axis, which stays with size 1.
    pub fn mean_axis(&mut self, a: Tensor, axis: usize) -> Tensor {
        let count = self.shape(a).sizes()[axis];
        let sum = self.sum_axis(a, axis);
        self.scale(sum, 1.0 / count as f32)
    }

    /// Greatest along an axis, which stays with size 1. No gradient flows through it.
    pub fn max_axis(&mut self, a: Tensor, axis: usize) -> Tensor {
        let shape = self.shape(a).with(axis, 1);
        self.push_f32(Op::Max { axis }, &[a], shape)
    }

    /// Sum of all elements; shape `[]`.
    pub fn sum(&mut self, a: Tensor) -> Tensor {
        let len = self.shape(a).len();
        let flat = self.reshape(a, [len]);
        let sum = self.sum_axis(flat, 0);
        self.reshape(sum, [])
    }

    /// Mean of all elements; shape `[]`.
    pub fn mean(&mut self, a: Tensor) -> Tensor {
        let count = self.shape(a).len();
        let sum = self.sum(a);
        self.scale(sum, 1.0 / count as f32)
    }

    /// Sums the axes along which a tensor of `shape` was repeated to get `a`'s shape: the adjoint of broadcasting.
    pub fn sum_to(&mut self, a: Tensor, shape: &Shape) -> Tensor {
        if self.shape(a) == shape {
            return a;
        }
        let full = self.shape(a).clone();
        let missing = full.rank() - shape.rank();
        let repeated: Vec<bool> = (0..full.rank())
            .map(|axis| full.sizes()[axis] != 1 && (axis < missing || shape.sizes()[axis - missing] == 1))
            .collect();
        // Neighbouring repeated axes become one, so that each run of them is one sum.
        let mut sizes: Vec<(usize, bool)> = Vec::new();
        for (&size, &summed) in full.sizes().iter().zip(&repeated) {
            match sizes.last_mut() {
                Some((last, before)) if *before == summed => *last *= size,
                _ => sizes.push((size, summed)),
            }
        }
        let merged: Vec<usize> = sizes.iter().map(|&(size, _)| size).collect();
        let mut result = self.reshape(a, Shape::new(&merged));
        for (axis, &(_, summed)) in sizes.iter().enumerate() {
            if summed {
                result = self.sum_axis(result, axis);
            }
        }
        self.reshape(result, shape.clone())
    }
}
