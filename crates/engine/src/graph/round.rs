//! Rounding to a number format inside a network.
//!
//! Forward, the value is rounded by one quantizer of the graph; backward, the gradient that arrives is rounded by another and passes straight
//! through, except where the value had left the format's finite range: there it is 0 (the clipped straight-through estimator).

use super::{Graph, Op, SiteId, Tensor};
use crate::policy::{QuantizerId, Role};

impl Graph {
    /// `a` rounded by `forward`, its gradient rounded by `backward`, as an activation.
    pub fn round(
        &mut self,
        a: Tensor,
        forward: Option<QuantizerId>,
        backward: Option<QuantizerId>,
    ) -> Tensor {
        let site = self.add_site(Role::Activations, a, None);
        self.round_at(site, forward, backward)
    }

    /// The value of a site, rounded in the same way.
    pub fn round_at(
        &mut self,
        site: SiteId,
        forward: Option<QuantizerId>,
        backward: Option<QuantizerId>,
    ) -> Tensor {
        let a = self.sites()[site.index()].tensor;
        if forward.is_none() && backward.is_none() {
            return a;
        }
        let shape = self.shape(a).clone();
        self.push_f32(Op::Round { forward, backward, site }, &[a], shape)
    }

    /// The rounded copy of a value at an earlier site of this role; the value itself where that site does not round.
    pub(crate) fn rounded_before(&self, a: Tensor, role: Role) -> Option<Tensor> {
        let at = self.sites().iter().position(|site| site.role == role && site.tensor == a)?;
        let rounded = self
            .nodes()
            .iter()
            .position(|node| matches!(node.op, Op::Round { site, .. } if site.index() == at));
        Some(rounded.map_or(a, |index| self.tensor(index)))
    }

    pub(super) fn round_vjp(
        &mut self,
        (forward, backward, site): (Option<QuantizerId>, Option<QuantizerId>, SiteId),
        a: Tensor,
        g: Tensor,
    ) -> Tensor {
        let g = match backward {
            Some(_) => {
                let name = self.sites()[site.index()].name.clone();
                let site = self.add_site(Role::Gradients, g, Some(&name));
                self.round_at(site, backward, None)
            }
            None => g,
        };
        match forward {
            Some(quantizer) if self.quantizers()[quantizer.index()].clips() => {
                let shape = self.shape(g).clone();
                self.push_f32(Op::RangeMask(quantizer), &[g, a], shape)
            }
            _ => g,
        }
    }
}
