//! Rotary position embedding: pairs of neighbours turned by an angle that grows with the position. Source: Su et al. 2021, in
//! the pairing of llama2.c.

use super::{Graph, Op, Tensor};

impl Graph {
    /// Turns pairs `(2i, 2i+1)` of the last axis of `a (..., t, d)` by `t · base^(-2i/d)`.
    pub fn rope(&mut self, a: Tensor, base: f32) -> Tensor {
        self.turn(a, base, false)
    }

    pub(super) fn turn(&mut self, a: Tensor, base: f32, inverse: bool) -> Tensor {
        let shape = self.shape(a).clone();
        assert!(shape.rank() >= 2 && shape.last().is_multiple_of(2), "pairs of {shape}");
        self.push_f32(Op::Rope { base, inverse }, &[a], shape)
    }
}
