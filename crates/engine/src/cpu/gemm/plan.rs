//! From a shape and two layouts to the way of computing them.
//!
//! Kernels compute C in vectors along one side, the *columns* of a [`Problem`]; the operand of the other side
//! is read one element at a time into all lanes. A narrow C (n ≤ 4) is computed transposed, Cᵀ = Bᵀ · Aᵀ,
//! and so are up to four columns that are left of a wide one. There are three ways:
//!
//! - [`Panels`]: the columns lie side by side, in place or packed into panels.
//! - [`Dots`]: few rows, and each column's elements lie one after the other along k, as in a dot product.
//!   Four columns at a time are transposed in registers on their way.
//! - [`Thin`]: sums of one or two terms, where storing C is the work.

use super::Shape;
use super::dots::Dots;
use super::finish::Finish;
use super::panels::Panels;
use super::thin::{THIN, Thin};

/// A product, or a part of one, in the roles that a kernel sees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Problem {
    /// Rows: elements read into all lanes.
    pub rows: usize,
    /// Columns: side by side in vectors.
    pub columns: usize,
    /// Length of the sums.
    pub depth: usize,
    /// Distances in the row operand: to the next row, to the next k.
    pub a: (usize, usize),
    /// Distances in the column operand: to the next k, to the next column.
    pub b: (usize, usize),
    /// Distances in C: to the next row, to the next column of the problem.
    pub c: (usize, usize),
    /// Whether the row operand is B and the column operand A.
    pub swapped: bool,
    /// The first of C's columns that belongs to the problem.
    pub first_column: usize,
    /// Where the operands of the problem begin in A and B.
    offsets: (usize, usize),
}

impl Problem {
    /// Columns `first..first + n` of C.
    fn new(
        m: usize,
        n: usize,
        k: usize,
        a: (usize, usize),
        b: (usize, usize),
        width: usize,
        first: usize,
    ) -> Problem {
        Problem {
            rows: m,
            columns: n,
            depth: k,
            a,
            b,
            c: (width, 1),
            swapped: false,
            first_column: first,
            offsets: (0, first * b.1),
        }
    }

    /// The same results with rows and columns exchanged.
    fn swap(self) -> Problem {
        Problem {
            rows: self.columns,
            columns: self.rows,
            a: (self.b.1, self.b.0),
            b: (self.a.1, self.a.0),
            c: (self.c.1, self.c.0),
            swapped: !self.swapped,
            ..self
        }
    }
}

/// The rows that [`Dots`] takes at most, and the columns of C that make it narrow.
pub(super) const FEW: usize = 4;

/// Up to two parts that make up C.
pub(super) fn routes(shape: Shape, a: (usize, usize), b: (usize, usize)) -> [Option<Route>; 2] {
    let Shape { m, n, k } = shape;
    if m == 0 || n == 0 {
        return [None, None];
    }
    // Distances along a side of length 1 are never used; 1 is the one that every kernel likes.
    let a = (if m == 1 { 1 } else { a.0 }, if k == 1 { 1 } else { a.1 });
    let b = (if k == 1 { 1 } else { b.0 }, if n == 1 { 1 } else { b.1 });
    let part = |first: usize, columns: usize| {
        let c = if n == 1 { 1 } else { n };
        Problem::new(m, columns, k, a, b, c, first)
    };
    if n <= FEW && n < m {
        return [Some(Route::new(part(0, n).swap())), None];
    }
    let rest = n % 8;
    if k > THIN && m > FEW && n > 8 && (1..=FEW).contains(&rest) {
        return [Some(Route::new(part(0, n - rest))), Some(Route::new(part(n - rest, rest).swap()))];
    }
    [Some(Route::new(part(0, n))), None]
}

/// A problem and the way chosen for it.
#[derive(Clone, Debug)]
pub(super) enum Route {
    /// Columns side by side.
    Panels(Panels),
    /// Few rows, columns along k.
    Dots(Dots),
    /// Short sums.
    Thin(Thin),
}

impl Route {
    fn new(problem: Problem) -> Route {
        let along_k = problem.b.0 == 1 && problem.b.1 != 1;
        if (1..=THIN).contains(&problem.depth) && problem.c.1 == 1 {
            Route::Thin(Thin { problem })
        } else if problem.rows <= FEW && along_k && problem.depth > 1 {
            Route::Dots(Dots { problem })
        } else {
            Route::Panels(Panels::new(problem))
        }
    }

    pub(super) fn problem(&self) -> &Problem {
        match self {
            Route::Panels(panels) => &panels.problem,
            Route::Dots(dots) => &dots.problem,
            Route::Thin(thin) => &thin.problem,
        }
    }

    pub(super) fn scratch_len(&self) -> usize {
        match self {
            Route::Panels(panels) => panels.scratch_len(),
            Route::Dots(dots) => dots.scratch_len(),
            Route::Thin(thin) => thin.scratch_len(),
        }
    }

    /// Computes the problem's part of C.
    ///
    /// # Safety
    /// `a`, `b` and `c` begin matrices of the shape and layout that the route was planned for, `finish` belongs
    /// to the problem, and `scratch` has the length that the route asks for.
    pub(super) unsafe fn run(
        &self,
        a: *const f32,
        b: *const f32,
        c: *mut f32,
        finish: &Finish,
        scratch: &mut [f32],
    ) {
        let problem = self.problem();
        // SAFETY: the problem is a part of the planned product.
        unsafe {
            let (a, b) = (a.add(problem.offsets.0), b.add(problem.offsets.1));
            let (a, b) = if problem.swapped { (b, a) } else { (a, b) };
            let c = c.add(problem.first_column);
            match self {
                Route::Panels(panels) => panels.run(a, b, c, finish, scratch),
                Route::Dots(dots) => dots.run(a, b, c, finish, scratch),
                Route::Thin(thin) => thin.run(a, b, c, finish, scratch),
            }
        }
    }
}
