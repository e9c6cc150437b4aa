//! Random tensors, drawn anew at every step.

use super::{DType, Graph, Op, Tensor, UnaryOp};
use crate::shape::Shape;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RandomKind {
    /// Uniform in `[0, 1)`, multiples of 2^-24.
    Uniform,
    /// Standard normal.
    Normal,
    /// Whole numbers in `0..n`.
    Below(u32),
}

impl Graph {
    /// A tensor of random numbers from a stream of its own.
    pub fn random(&mut self, kind: RandomKind, shape: impl Into<Shape>) -> Tensor {
        let stream = self.new_stream();
        let dtype = if matches!(kind, RandomKind::Below(_)) { DType::U32 } else { DType::F32 };
        self.push(Op::Random { kind, stream }, &[], shape.into(), dtype)
    }

    /// Keeps each element with probability `1 - rate` and divides those by it; the rest become 0.
    pub fn dropout(&mut self, a: Tensor, rate: f32) -> Tensor {
        assert!((0.0..1.0).contains(&rate), "a dropout rate of {rate}");
        if rate == 0.0 {
            return a;
        }
        let shape = self.shape(a).clone();
        let draw = self.random(RandomKind::Uniform, shape);
        let kept = self.offset(draw, -rate);
        // `draw >= rate` as "not (rate > draw)" would keep NaN; draws are numbers, so within is enough.
        let kept = self.unary(UnaryOp::Within(-1e-9, 2.0), kept);
        let kept = self.scale(kept, 1.0 / (1.0 - rate));
        self.mul(a, kept)
    }
}
