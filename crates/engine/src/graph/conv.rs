//! Convolutions of images in the order (n, h, w, c).
//!
//! The convolution and its two gradients are each linear in both operands, and the gradients of any of the three are the other two: so the
//! family is closed and can be differentiated as often as one likes.

use super::{Graph, Op, Tensor};
use crate::shape::Shape;

/// Sizes of a convolution. Zeros outside the image count as pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvSpec {
    /// Images.
    pub n: usize,
    /// Height of an image.
    pub h: usize,
    /// Width of an image.
    pub w: usize,
    /// Channels of an image.
    pub ci: usize,
    /// Height of the kernel.
    pub kh: usize,
    /// Width of the kernel.
    pub kw: usize,
    /// Channels of the result.
    pub co: usize,
    /// Pixels between windows, both ways.
    pub stride: usize,
    /// Rows of zeros above.
    pub top: usize,
    /// Columns of zeros to the left.
    pub left: usize,
    /// Height of the result.
    pub oh: usize,
    /// Width of the result.
    pub ow: usize,
    /// Each channel has a kernel of its own; `co == ci`.
    pub depthwise: bool,
}

impl ConvSpec {
    /// Multiplications of the convolution, which are also its additions.
    pub fn mac_count(&self) -> u64 {
        let window = self.kh * self.kw * if self.depthwise { 1 } else { self.ci };
        self.n as u64 * (self.oh * self.ow * self.co * window) as u64
    }

    fn image(&self) -> Shape {
        [self.n, self.h, self.w, self.ci].into()
    }

    fn result(&self) -> Shape {
        [self.n, self.oh, self.ow, self.co].into()
    }

    fn weights(&self) -> Shape {
        if self.depthwise {
            [self.kh, self.kw, self.ci].into()
        } else {
            [self.kh, self.kw, self.ci, self.co].into()
        }
    }
}

/// Which pixels windows cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Only windows inside the image.
    Valid,
    /// As many windows as pixels divided by the stride, rounded up; an odd zero goes below and to the right (as TensorFlow does).
    Same,
}

/// Windows along one axis: their number and the zeros in front.
pub(super) fn windows(size: usize, kernel: usize, stride: usize, padding: Padding) -> (usize, usize) {
    assert!(stride > 0 && kernel > 0, "an empty window");
    match padding {
        Padding::Valid => {
            assert!(size >= kernel, "a window of {kernel} in an image of {size}");
            ((size - kernel) / stride + 1, 0)
        }
        Padding::Same => {
            let count = size.div_ceil(stride);
            let needed = (count.saturating_sub(1) * stride + kernel).saturating_sub(size);
            (count, needed / 2)
        }
    }
}

impl Graph {
    /// Convolution of `x (n,h,w,ci)` with `w (kh,kw,ci,co)`.
    pub fn conv2d(&mut self, x: Tensor, w: Tensor, stride: usize, padding: Padding) -> Tensor {
        self.convolution(x, w, stride, padding, false)
    }

    /// Each channel of `x (n,h,w,c)` with its own kernel of `w (kh,kw,c)`.
    pub fn depthwise_conv2d(&mut self, x: Tensor, w: Tensor, stride: usize, padding: Padding) -> Tensor {
        self.convolution(x, w, stride, padding, true)
    }

    fn convolution(
        &mut self,
        x: Tensor,
        weights: Tensor,
        stride: usize,
        padding: Padding,
        depthwise: bool,
    ) -> Tensor {
        let (image, kernel) = (self.shape(x).sizes().to_vec(), self.shape(weights).sizes().to_vec());
        let &[n, h, w, ci] = image.as_slice() else { panic!("images of shape {image:?}") };
        let (kh, kw) = (kernel[0], kernel[1]);
        assert_eq!(kernel.len(), if depthwise { 3 } else { 4 }, "axes of a kernel");
        assert_eq!(kernel[2], ci, "channels of a kernel");
        let co = if depthwise { ci } else { kernel[3] };
        let ((oh, top), (ow, left)) = (windows(h, kh, stride, padding), windows(w, kw, stride, padding));
        let spec = ConvSpec { n, h, w, ci, kh, kw, co, stride, top, left, oh, ow, depthwise };
        self.push_f32(Op::Conv(spec), &[x, weights], spec.result())
    }

    fn conv(&mut self, spec: ConvSpec, x: Tensor, w: Tensor) -> Tensor {
        self.push_f32(Op::Conv(spec), &[x, w], spec.result())
    }

    fn conv_input_grad(&mut self, spec: ConvSpec, g: Tensor, w: Tensor) -> Tensor {
        self.push_f32(Op::ConvInputGrad(spec), &[g, w], spec.image())
    }

    fn conv_weight_grad(&mut self, spec: ConvSpec, x: Tensor, g: Tensor) -> Tensor {
        self.push_f32(Op::ConvWeightGrad(spec), &[x, g], spec.weights())
    }

    pub(super) fn conv_vjp(
        &mut self,
        spec: ConvSpec,
        [x, w]: [Tensor; 2],
        g: Tensor,
        needs: &[bool],
    ) -> [Option<Tensor>; 2] {
        [
            needs[0].then(|| self.conv_input_grad(spec, g, w)),
            needs[1].then(|| self.conv_weight_grad(spec, x, g)),
        ]
    }

    pub(super) fn conv_input_grad_vjp(
        &mut self,
        spec: ConvSpec,
        [gradient, w]: [Tensor; 2],
        g: Tensor,
        needs: &[bool],
    ) -> [Option<Tensor>; 2] {
        [needs[0].then(|| self.conv(spec, g, w)), needs[1].then(|| self.conv_weight_grad(spec, g, gradient))]
    }

    pub(super) fn conv_weight_grad_vjp(
        &mut self,
        spec: ConvSpec,
        [x, gradient]: [Tensor; 2],
        g: Tensor,
        needs: &[bool],
    ) -> [Option<Tensor>; 2] {
        [needs[0].then(|| self.conv_input_grad(spec, gradient, g)), needs[1].then(|| self.conv(spec, x, g))]
    }
}
