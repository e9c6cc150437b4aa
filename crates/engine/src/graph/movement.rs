//! Operations that only move elements: reshape, permute, slice, pad, concatenate.

use super::{Graph, Op, Tensor};
use crate::shape::Shape;

impl Graph {
    /// The same elements in the same order with another shape.
    pub fn reshape(&mut self, a: Tensor, shape: impl Into<Shape>) -> Tensor {
        let shape = shape.into();
        let node = self.node(a);
        if node.shape == shape {
            return a;
        }
        assert_eq!(node.shape.len(), shape.len(), "{} as {shape}", node.shape);
        let dtype = node.dtype;
        self.push(Op::Reshape, &[a], shape, dtype)
    }

    /// Axis `i` of the result is axis `axes[i]` of `a`.
    pub fn permute(&mut self, a: Tensor, axes: &[usize]) -> Tensor {
        let sizes = self.shape(a).sizes();
        let mut seen = axes.to_vec();
        seen.sort_unstable();
        assert!(seen.iter().copied().eq(0..sizes.len()), "{axes:?} does not order {} axes", sizes.len());
        let shape: Vec<usize> = axes.iter().map(|&axis| sizes[axis]).collect();
        self.push_f32(Op::Permute { axes: axes.to_vec() }, &[a], Shape::new(&shape))
    }

    /// `start..start + size` along `axis`.
    pub fn slice(&mut self, a: Tensor, axis: usize, start: usize, size: usize) -> Tensor {
        let node = self.node(a);
        let (shape, dtype) = (node.shape.clone(), node.dtype);
        assert!(start + size <= shape.sizes()[axis], "{start}+{size} of axis {axis} of {shape}");
        if size == shape.sizes()[axis] {
            return a;
        }
        self.push(Op::Slice { axis, start }, &[a], shape.with(axis, size), dtype)
    }

    /// Zeros in front of `a` and behind it along `axis`.
    pub fn pad(&mut self, a: Tensor, axis: usize, before: usize, after: usize) -> Tensor {
        let shape = self.shape(a);
        let shape = shape.with(axis, before + shape.sizes()[axis] + after);
        self.push_f32(Op::Pad { axis, before }, &[a], shape)
    }

    /// One after the other along `axis`.
    pub fn concat(&mut self, parts: &[Tensor], axis: usize) -> Tensor {
        let first = self.shape(parts[0]).clone();
        let mut size = 0;
        for &part in parts {
            let shape = self.shape(part);
            assert_eq!(shape.with(axis, 0), first.with(axis, 0), "parts of a concatenation");
            size += shape.sizes()[axis];
        }
        self.push_f32(Op::Concat { axis }, parts, first.with(axis, size))
    }

    pub(super) fn permute_vjp(&mut self, axes: &[usize], g: Tensor) -> Tensor {
        let mut inverse = vec![0; axes.len()];
        for (to, &from) in axes.iter().enumerate() {
            inverse[from] = to;
        }
        self.permute(g, &inverse)
    }

    pub(super) fn slice_vjp(&mut self, axis: usize, start: usize, a: Tensor, g: Tensor) -> Tensor {
        let (full, part) = (self.shape(a).sizes()[axis], self.shape(g).sizes()[axis]);
        self.pad(g, axis, start, full - start - part)
    }

    pub(super) fn concat_vjp(
        &mut self,
        axis: usize,
        parts: &[Tensor],
        g: Tensor,
        needs: &[bool],
    ) -> Vec<Option<Tensor>> {
        let mut start = 0;
        parts
            .iter()
            .zip(needs)
            .map(|(&part, &needed)| {
                let size = self.shape(part).sizes()[axis];
                start += size;
                needed.then(|| self.slice(g, axis, start - size, size))
            })
            .collect()
    }
}
