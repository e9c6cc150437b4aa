//! Shapes of tensors: row-major, sizes in elements. Left out: strides of views (the plan has them), named axes.

use std::fmt;

/// The sizes of a tensor's axes, outermost first. An empty list is a scalar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shape(Vec<usize>);

impl Shape {
    /// A shape of these sizes.
    pub fn new(sizes: &[usize]) -> Shape {
        Shape(sizes.to_vec())
    }

    /// The sizes.
    pub fn sizes(&self) -> &[usize] {
        &self.0
    }

    /// Number of axes.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.0.iter().product()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Size of the last axis; 1 for a scalar.
    pub fn last(&self) -> usize {
        self.0.last().copied().unwrap_or(1)
    }

    /// The same with another size at `axis`.
    #[must_use]
    pub fn with(&self, axis: usize, size: usize) -> Shape {
        let mut sizes = self.0.clone();
        sizes[axis] = size;
        Shape(sizes)
    }

    /// The common shape of two operands: axes are aligned at the end, a size of 1 is repeated (NumPy's rule).
    pub fn broadcast(&self, other: &Shape) -> Option<Shape> {
        let rank = self.rank().max(other.rank());
        (0..rank)
            .map(|axis| match (self.aligned(axis, rank), other.aligned(axis, rank)) {
                (a, b) if a == b => Some(a),
                (1, b) => Some(b),
                (a, 1) => Some(a),
                _ => None,
            })
            .collect::<Option<Vec<_>>>()
            .map(Shape)
    }

    /// The size at `axis` when aligned at the end to `rank` axes.
    fn aligned(&self, axis: usize, rank: usize) -> usize {
        (axis + self.rank()).checked_sub(rank).map_or(1, |own| self.0[own])
    }

    /// Elements between neighbours along each axis of a dense row-major tensor.
    pub fn strides(&self) -> Vec<usize> {
        let mut strides = vec![1; self.rank()];
        for axis in (0..self.rank().saturating_sub(1)).rev() {
            strides[axis] = strides[axis + 1] * self.0[axis + 1];
        }
        strides
    }

    /// Strides with which a dense tensor of this shape is read as if it had shape `to`: 0 where it is repeated.
    pub fn strides_broadcast_to(&self, to: &Shape) -> Vec<usize> {
        let own = self.strides();
        (0..to.rank())
            .map(|axis| match (axis + self.rank()).checked_sub(to.rank()) {
                Some(at) if self.0[at] != 1 => own[at],
                _ => 0,
            })
            .collect()
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(sizes: [usize; N]) -> Shape {
        Shape(sizes.to_vec())
    }
}
