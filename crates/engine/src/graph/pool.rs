//! Pooling of images in the order (n, h, w, c). Pixels outside the image take no part: neither in the greatest nor in the mean.
//!
//! Max pooling picks from `values` where `select` is greatest; as a pair of adjoint operations it can be differentiated again.

use super::conv::{Padding, windows};
use super::{Graph, Op, Tensor};
use crate::shape::Shape;

/// Sizes of a pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSpec {
    /// Images.
    pub n: usize,
    /// Height of an image.
    pub h: usize,
    /// Width of an image.
    pub w: usize,
    /// Channels.
    pub c: usize,
    /// Height and width of a window.
    pub size: usize,
    /// Pixels between windows.
    pub stride: usize,
    /// Rows outside the image above.
    pub top: usize,
    /// Columns outside the image to the left.
    pub left: usize,
    /// Height of the result.
    pub oh: usize,
    /// Width of the result.
    pub ow: usize,
}

impl PoolSpec {
    fn image(&self) -> Shape {
        [self.n, self.h, self.w, self.c].into()
    }

    fn result(&self) -> Shape {
        [self.n, self.oh, self.ow, self.c].into()
    }

    /// Rows of the image that output row `o` covers.
    pub fn rows(&self, o: usize) -> std::ops::Range<usize> {
        Self::covered(o, self.stride, self.size, self.top, self.h)
    }

    /// Columns of the image that output column `o` covers.
    pub fn columns(&self, o: usize) -> std::ops::Range<usize> {
        Self::covered(o, self.stride, self.size, self.left, self.w)
    }

    fn covered(o: usize, stride: usize, size: usize, before: usize, limit: usize) -> std::ops::Range<usize> {
        let first = o * stride;
        first.saturating_sub(before)..(first + size).saturating_sub(before).min(limit)
    }
}

impl Graph {
    /// Greatest of each window.
    pub fn max_pool(&mut self, x: Tensor, size: usize, stride: usize, padding: Padding) -> Tensor {
        let spec = self.pool_spec(x, size, stride, padding);
        self.push_f32(Op::MaxPick(spec), &[x, x], spec.result())
    }

    /// Mean of each window.
    pub fn avg_pool(&mut self, x: Tensor, size: usize, stride: usize, padding: Padding) -> Tensor {
        let spec = self.pool_spec(x, size, stride, padding);
        self.push_f32(Op::AvgPool(spec), &[x], spec.result())
    }

    /// Mean over all pixels: `(n,h,w,c) -> (n,c)`.
    pub fn global_avg_pool(&mut self, x: Tensor) -> Tensor {
        let sizes = self.shape(x).sizes().to_vec();
        let &[n, h, w, c] = sizes.as_slice() else { panic!("images of shape {sizes:?}") };
        let flat = self.reshape(x, [n, h * w, c]);
        let mean = self.mean_axis(flat, 1);
        self.reshape(mean, [n, c])
    }

    fn pool_spec(&self, x: Tensor, size: usize, stride: usize, padding: Padding) -> PoolSpec {
        let sizes = self.shape(x).sizes();
        let &[n, h, w, c] = sizes else { panic!("images of shape {sizes:?}") };
        let ((oh, top), (ow, left)) = (windows(h, size, stride, padding), windows(w, size, stride, padding));
        PoolSpec { n, h, w, c, size, stride, top, left, oh, ow }
    }

    pub(super) fn max_pick_vjp(&mut self, spec: PoolSpec, select: Tensor, g: Tensor) -> Tensor {
        self.push_f32(Op::MaxRoute(spec), &[select, g], spec.image())
    }

    pub(super) fn max_route_vjp(&mut self, spec: PoolSpec, select: Tensor, g: Tensor) -> Tensor {
        self.push_f32(Op::MaxPick(spec), &[select, g], spec.result())
    }

    pub(super) fn avg_pool_vjp(&mut self, spec: PoolSpec, g: Tensor) -> Tensor {
        self.push_f32(Op::AvgSpread(spec), &[g], spec.image())
    }

    pub(super) fn avg_spread_vjp(&mut self, spec: PoolSpec, g: Tensor) -> Tensor {
        self.push_f32(Op::AvgPool(spec), &[g], spec.result())
    }
}
