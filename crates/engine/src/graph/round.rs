//! Rounding to a number format inside a network.
//!
//! Forward, the value is rounded by one quantizer of the graph; backward, the gradient that arrives is rounded by another and passes straight
//! through, except where the value had left the format's finite range: there it is 0 (the clipped straight-through estimator).

use super::{Graph, Op, Tensor};
use crate::policy::QuantizerId;

impl Graph {
    /// `a` rounded by `forward`, its gradient rounded by `backward`.
    pub fn round(
        &mut self,
        a: Tensor,
        forward: Option<QuantizerId>,
        backward: Option<QuantizerId>,
    ) -> Tensor {
        if forward.is_none() && backward.is_none() {
            return a;
        }
        let shape = self.shape(a).clone();
        self.push_f32(Op::Round { forward, backward }, &[a], shape)
    }

    pub(super) fn round_vjp(
        &mut self,
        forward: Option<QuantizerId>,
        backward: Option<QuantizerId>,
        a: Tensor,
        g: Tensor,
    ) -> Tensor {
        let shape = self.shape(g).clone();
        let g = match backward {
            Some(_) => self.push_f32(Op::Round { forward: backward, backward: None }, &[g], shape.clone()),
            None => g,
        };
        match forward {
            Some(quantizer) if self.quantizers()[quantizer.index()].clips() => {
                self.push_f32(Op::RangeMask(quantizer), &[g, a], shape)
            }
            _ => g,
        }
    }
}
