//! Softmax and its logarithm along the last axis. The gradients are made of operations that can be differentiated again.

use super::{Graph, Op, Tensor, UnaryOp};

impl Graph {
    /// `e^a / Σ e^a` along the last axis.
    pub fn softmax(&mut self, a: Tensor) -> Tensor {
        let shape = self.shape(a).clone();
        self.push_f32(Op::Softmax, &[a], shape)
    }

    /// `a - ln Σ e^a` along the last axis.
    pub fn log_softmax(&mut self, a: Tensor) -> Tensor {
        let shape = self.shape(a).clone();
        self.push_f32(Op::LogSoftmax, &[a], shape)
    }

    pub(super) fn softmax_vjp(&mut self, y: Tensor, g: Tensor) -> Tensor {
        let axis = self.shape(y).rank() - 1;
        let weighted = self.mul(g, y);
        let sum = self.sum_axis(weighted, axis);
        let centred = self.sub(g, sum);
        self.mul(y, centred)
    }

    pub(super) fn log_softmax_vjp(&mut self, y: Tensor, g: Tensor) -> Tensor {
        let axis = self.shape(y).rank() - 1;
        let sum = self.sum_axis(g, axis);
        let probabilities = self.unary(UnaryOp::Exp, y);
        let taken = self.mul(probabilities, sum);
        self.sub(g, taken)
    }
}
