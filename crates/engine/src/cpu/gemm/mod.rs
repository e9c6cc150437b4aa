//! Matrix products: C (m,n) = A (m,k) · B (k,n), then a bias and an activation.
//!
//! The meaning is `reference`: for each result a sum that starts at 0 (or at C's element), to which the
//! products are added in the order of k, each product and each sum rounded to binary32. The wide
//! kernels compute many results side by side and never reorder a sum, so they give the same bits. In a
//! relaxed-simd build they fuse multiplication and addition and promise nothing about bits.
//!
//! A product is planned once, for its shape and layout ([`Gemm::new`]), and run many times without
//! allocating. C is row-major and dense; A and B are any regular layout, so that a transposed operand needs
//! no operation of its own. What the kernels do with a layout is said in `plan`, the tiles in `tile`.
//!
//! Left out: batches (a loop of the caller's), other element types, more than one thread.

#![allow(clippy::inline_always, reason = "a vector that crosses a call goes through memory")]

mod dots;
mod finish;
mod pack;
mod panels;
mod peak;
mod plan;
mod reference;
#[cfg(test)]
mod tests;
mod thin;
mod tile;

pub use peak::{Peak, peak_scalar, peak_wide};

pub use crate::plan::{Activation, Epilogue};

use finish::Finish;
pub(super) use finish::activate;
use plan::Route;

/// The sizes of a product: A is (m,k), B is (k,n), C is (m,n).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows of A and of C.
    pub m: usize,
    /// Columns of B and of C.
    pub n: usize,
    /// Columns of A, rows of B: the length of the sums.
    pub k: usize,
}

/// How an operand lies in its slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strides {
    /// Dense, a row after the other.
    RowMajor,
    /// Dense, a column after the other: the transpose of a row-major matrix.
    ColumnMajor,
    /// Distances in elements.
    Elements {
        /// From an element to the one below.
        row: usize,
        /// From an element to the one on its right.
        column: usize,
    },
}

impl Strides {
    /// [`Strides::RowMajor`].
    pub const ROWS: Strides = Strides::RowMajor;
    /// [`Strides::ColumnMajor`].
    pub const COLUMNS: Strides = Strides::ColumnMajor;

    /// Distances (down, right) for a matrix of these sizes.
    fn resolve(self, rows: usize, columns: usize) -> (usize, usize) {
        match self {
            Strides::RowMajor => (columns, 1),
            Strides::ColumnMajor => (1, rows),
            Strides::Elements { row, column } => (row, column),
        }
    }
}

/// The operands of one run.
#[derive(Clone, Copy, Debug)]
pub struct Matrices<'a> {
    /// A, laid out as planned.
    pub a: &'a [f32],
    /// B, laid out as planned.
    pub b: &'a [f32],
    /// What the epilogue reads, in its order: the bias (n) if there is one, then aux (m,n) if it is read.
    /// More may follow.
    pub extra: &'a [&'a [f32]],
}

/// A planned product.
#[derive(Clone, Debug)]
pub struct Gemm {
    shape: Shape,
    a: (usize, usize),
    b: (usize, usize),
    accumulate: bool,
    epilogue: Epilogue,
    routes: [Option<Route>; 2],
}

impl Gemm {
    /// Plans a product. With `accumulate`, sums start at C's elements instead of at 0.
    pub fn new(shape: Shape, a: Strides, b: Strides, accumulate: bool) -> Gemm {
        let (a, b) = (a.resolve(shape.m, shape.k), b.resolve(shape.k, shape.n));
        Gemm { shape, a, b, accumulate, epilogue: Epilogue::default(), routes: plan::routes(shape, a, b) }
    }

    /// The same product with this epilogue.
    #[must_use]
    pub fn with_epilogue(self, epilogue: Epilogue) -> Gemm {
        Gemm { epilogue, ..self }
    }

    /// The sizes it was planned for.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Multiplications and additions of one run, the epilogue left out.
    pub fn flop(&self) -> u64 {
        2 * self.shape.m as u64 * self.shape.n as u64 * self.shape.k as u64
    }

    /// Elements of scratch that [`Gemm::run`] needs.
    pub fn scratch_len(&self) -> usize {
        self.routes.iter().flatten().map(Route::scratch_len).max().unwrap_or(0)
    }

    /// Computes C. `reference` takes the plain loops; they give the same bits, without scratch.
    ///
    /// # Panics
    /// If a slice is shorter than the plan needs.
    pub fn run(&self, reference: bool, matrices: Matrices<'_>, c: &mut [f32], scratch: &mut [f32]) {
        let Shape { m, n, k } = self.shape;
        let Matrices { a, b, extra } = matrices;
        assert!(a.len() >= extent((m, k), self.a), "A is too short");
        assert!(b.len() >= extent((k, n), self.b), "B is too short");
        assert!(c.len() >= m.saturating_mul(n), "C is too short");
        let mut extra = extra.iter().copied();
        let bias = if self.epilogue.bias { extra.next().unwrap_or_default() } else { &[] };
        assert!(!self.epilogue.bias || bias.len() >= n, "the bias is too short");
        let reads_aux = self.epilogue.activation.reads_aux();
        let aux = if reads_aux { extra.next().unwrap_or_default() } else { &[] };
        assert!(!reads_aux || aux.len() >= m.saturating_mul(n), "aux is too short");
        if reference {
            reference::run(self, (a, b), (bias, aux), c);
            return;
        }
        assert!(scratch.len() >= self.scratch_len(), "the scratch is too short");
        for route in self.routes.iter().flatten() {
            let finish = Finish::new(route.problem(), self.accumulate, self.epilogue, bias, aux);
            // SAFETY: the lengths were checked above against the strides that the routes were planned for.
            unsafe { route.run(a.as_ptr(), b.as_ptr(), c.as_mut_ptr(), &finish, scratch) };
        }
    }
}

/// The length of slice that a matrix of these sizes reaches with these distances.
fn extent((rows, columns): (usize, usize), (down, right): (usize, usize)) -> usize {
    if rows == 0 || columns == 0 {
        return 0;
    }
    let last = (rows - 1).saturating_mul(down).saturating_add((columns - 1).saturating_mul(right));
    last.saturating_add(1)
}
