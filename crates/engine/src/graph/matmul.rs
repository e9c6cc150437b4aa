//! Matrix products. Each gradient of a product is a product of the same kind, so transposes are never carried out by themselves.

use super::{Graph, Op, Tensor};
use crate::policy::QuantizerId;
use crate::shape::Shape;

impl Graph {
    /// `a · b` for `(..., k)·(k, n)`: every row of `a` times one matrix.
    pub fn matmul(&mut self, a: Tensor, b: Tensor) -> Tensor {
        self.matmul_with(a, b, false, false, None)
    }

    /// The same with operands that may be stored transposed and with a rounding accumulator.
    ///
    /// `b` has two axes, or `a` and `b` have the same three or more, of which all but the last two are equal.
    pub fn matmul_with(
        &mut self,
        a: Tensor,
        b: Tensor,
        ta: bool,
        tb: bool,
        accumulator: Option<QuantizerId>,
    ) -> Tensor {
        let (full_a, full_b) = (self.shape(a).sizes().to_vec(), self.shape(b).sizes().to_vec());
        assert!(full_a.len() >= 2 && full_b.len() >= 2, "a product of {full_a:?} and {full_b:?}");
        let (a, b) = if full_b.len() == 2 {
            assert!(!ta || full_a.len() == 2, "a transposed operand with more than two axes");
            let rows = full_a[..full_a.len() - 1].iter().product();
            (self.reshape(a, [rows, full_a[full_a.len() - 1]]), b)
        } else {
            assert_eq!(full_a[..full_a.len() - 2], full_b[..full_b.len() - 2], "batches of a product");
            (self.flatten_batch(a), self.flatten_batch(b))
        };
        let (shape_a, shape_b) = (self.shape(a).sizes().to_vec(), self.shape(b).sizes().to_vec());
        let (mut m, mut k) = (shape_a[shape_a.len() - 2], shape_a[shape_a.len() - 1]);
        let (mut k_b, mut n) = (shape_b[shape_b.len() - 2], shape_b[shape_b.len() - 1]);
        if ta {
            std::mem::swap(&mut m, &mut k);
        }
        if tb {
            std::mem::swap(&mut k_b, &mut n);
        }
        assert_eq!(k, k_b, "inner sizes of a product of {shape_a:?} (t {ta}) and {shape_b:?} (t {tb})");
        let mut sizes = shape_a[..shape_a.len() - 2].to_vec();
        sizes.extend([m, n]);
        let product = self.push_f32(Op::MatMul { ta, tb, accumulator }, &[a, b], Shape::new(&sizes));
        let mut full = full_a[..full_a.len() - 2].to_vec();
        full.extend([if full_a.len() > 2 && full_b.len() == 2 { full_a[full_a.len() - 2] } else { m }, n]);
        self.reshape(product, Shape::new(&full))
    }

    fn flatten_batch(&mut self, a: Tensor) -> Tensor {
        let sizes = self.shape(a).sizes().to_vec();
        let (batch, matrix) = sizes.split_at(sizes.len() - 2);
        self.reshape(a, [batch.iter().product(), matrix[0], matrix[1]])
    }

    pub(super) fn matmul_vjp(
        &mut self,
        (ta, tb, accumulator): (bool, bool, Option<QuantizerId>),
        [a, b]: [Tensor; 2],
        g: Tensor,
        needs: &[bool],
    ) -> [Option<Tensor>; 2] {
        let mut product = |a, b, ta, tb| self.matmul_with(a, b, ta, tb, accumulator);
        [
            needs[0].then(|| if ta { product(b, g, tb, true) } else { product(g, b, false, !tb) }),
            needs[1].then(|| if tb { product(g, a, true, ta) } else { product(a, g, !ta, false) }),
        ]
    }
}
