//! Least squares in binary64: `min ‖A w - y‖² + λ‖w‖²`, and among several solutions the one of least norm.
//!
//! Householder reflections (Golub and Van Loan, "Matrix Computations", 5.2 to 5.6). With more rows than columns `A` is factored, with `√λ`
//! on the diagonal below it, and the triangle solved. Otherwise the transpose is, with `√λ` below its columns: the solution of least norm of
//! the widened system `A w + √λ v = y` has the ridge's `w`, since it is `Aᵀ(A Aᵀ + λ)⁻¹ y`. Nothing squares the condition number.
//! Columns of zeros do not count: such a feature cannot help to meet a target, and its weight is zero to rounding.
//!
//! A column (or, where the transpose is factored, a row) that depends on those before it to rounding gets no reflection. What is left is a
//! trapezoid of full rank, a smaller problem whose solution is the one of least norm: the complete orthogonal decomposition.
//!
//! The work is done in portions, so that a worker stays responsive. Left out: column pivoting, so the rank is that of the order as it is.

/// A matrix, column by column.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// Of zeros.
    pub fn zeros(rows: usize, columns: usize) -> Matrix {
        Matrix { rows, columns, values: vec![0.0; rows * columns] }
    }

    /// Of a function of row and column.
    pub fn of(rows: usize, columns: usize, value: impl Fn(usize, usize) -> f64) -> Matrix {
        let mut matrix = Matrix::zeros(rows, columns);
        for column in 0..columns {
            for (row, to) in matrix.column_mut(column).iter_mut().enumerate() {
                *to = value(row, column);
            }
        }
        matrix
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// A column.
    pub fn column(&self, column: usize) -> &[f64] {
        &self.values[column * self.rows..][..self.rows]
    }

    /// A column to be written.
    pub fn column_mut(&mut self, column: usize) -> &mut [f64] {
        &mut self.values[column * self.rows..][..self.rows]
    }

    /// An element.
    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.values[column * self.rows + row]
    }

    /// Two columns, the first to be read and the second, which comes later, to be written.
    fn pair(&mut self, first: usize, second: usize) -> (&[f64], &mut [f64]) {
        let (before, after) = self.values.split_at_mut(second * self.rows);
        (&before[first * self.rows..][..self.rows], &mut after[..self.rows])
    }
}

/// Sum of products, in four interleaved parts.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (fours_a, rest_a) = a.as_chunks::<4>();
    let (fours_b, rest_b) = b.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (a, b) in fours_a.iter().zip(fours_b) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f64 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    (sums[0] + sums[2]) + (sums[1] + sums[3]) + rest
}

/// `to += factor · from`
fn add_multiple(to: &mut [f64], factor: f64, from: &[f64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += factor * from;
    }
}

/// A least-squares problem on its way to its solution.
#[derive(Debug, Clone)]
pub struct Solver {
    /// What is factored: the triangle's rows above each pivot, from there on the reflection's vector, whose square is 2.
    factored: Matrix,
    /// Columns that add to those before them, with the triangle's diagonal: the k-th reflection begins at row k.
    pivots: Vec<(usize, f64)>,
    targets: Matrix,
    /// Rows of the design.
    rows: usize,
    /// The transpose is factored.
    is_wide: bool,
    /// The column whose reflection is under way and the next column it has to reach; as many when none is.
    place: (usize, usize),
    /// A column other than zeros got no reflection.
    is_deficient: bool,
    /// Then, once all have theirs: the trapezoid's own problem.
    rest: Option<Box<Solver>>,
    /// What is solved, and how many targets of it.
    solution: Matrix,
    solved: usize,
}

/// A column of which less than this share is new depends on those before.
const RANK_SHARE: f64 = 1e-13;

impl Solver {
    /// Of a design `(n, p)`, targets `(n, k)` and `λ >= 0`, which is taken as 0 when it is no number.
    pub fn new(design: &Matrix, targets: &Matrix, ridge: f64) -> Solver {
        let p = design.columns;
        let live = (0..p).filter(|&j| design.column(j).iter().any(|&x| x != 0.0)).count();
        let mut solver = Solver::empty(p, live, targets, ridge);
        solver.put(0..p, |row, feature| design.at(row, feature));
        solver
    }

    /// Of a design of zeros with `unknowns` columns, to be written by [`Solver::put`] before anything else is asked for. `live`: how many of them
    /// will have anything but zeros.
    pub fn empty(unknowns: usize, live: usize, targets: &Matrix, ridge: f64) -> Solver {
        let (n, p) = (targets.rows, unknowns);
        let root = if ridge > 0.0 { ridge.sqrt() } else { 0.0 };
        // Without a ridge no more rows can be met than there are columns other than zeros; with one, either way serves.
        let is_wide = if root > 0.0 { p } else { live } >= n;
        let mut right = targets.clone();
        let factored = if is_wide {
            let mut transpose = Matrix::zeros(if root > 0.0 { p + n } else { p }, n);
            if root > 0.0 {
                (0..n).for_each(|row| transpose.column_mut(row)[p + row] = root);
            }
            transpose
        } else if root > 0.0 {
            right = Matrix::of(n + p, targets.columns, |i, k| if i < n { targets.at(i, k) } else { 0.0 });
            Matrix::of(n + p, p, |i, j| if i == n + j { root } else { 0.0 })
        } else {
            Matrix::zeros(n, p)
        };
        Solver {
            factored,
            pivots: Vec::new(),
            solution: Matrix::zeros(p, targets.columns),
            targets: right,
            rows: n,
            is_wide,
            place: (0, 0),
            is_deficient: false,
            rest: None,
            solved: 0,
        }
    }

    /// Writes some of the design's columns: its value by row and column.
    pub fn put(&mut self, features: std::ops::Range<usize>, value: impl Fn(usize, usize) -> f64) {
        if self.is_wide {
            for row in 0..self.rows {
                let column = self.factored.column_mut(row);
                for feature in features.clone() {
                    column[feature] = value(row, feature);
                }
            }
        } else {
            for feature in features {
                let column = &mut self.factored.column_mut(feature)[..self.rows];
                for (row, to) in column.iter_mut().enumerate() {
                    *to = value(row, feature);
                }
            }
        }
    }

    /// Multiplications and additions of the whole factorisation, about.
    pub fn work(&self) -> u64 {
        let (m, n) = (self.factored.rows as u64, self.factored.columns as u64);
        2 * m * n * n
    }

    /// Works for about so many multiplications and additions; whether the factorisation is done.
    pub fn advance(&mut self, budget: u64) -> bool {
        let (m, n) = (self.factored.rows, self.factored.columns);
        let mut left = budget as i64;
        while self.place.0 < n {
            let (at, mut column) = self.place;
            if column <= at {
                if !self.reflect(at) {
                    self.place = (at + 1, 0);
                    continue;
                }
                column = at + 1;
            }
            let row = self.pivots.len() - 1;
            while column < n {
                if left <= 0 {
                    self.place = (at, column);
                    return false;
                }
                let (vector, other) = self.factored.pair(at, column);
                let (vector, other) = (&vector[row..], &mut other[row..]);
                let factor = -dot(vector, other);
                add_multiple(other, factor, vector);
                left -= 4 * (m - row) as i64;
                column += 1;
            }
            if !self.is_wide {
                let vector = &self.factored.column(at)[row..];
                for target in 0..self.targets.columns {
                    let other = &mut self.targets.column_mut(target)[row..];
                    let factor = -dot(vector, other);
                    add_multiple(other, factor, vector);
                }
            }
            self.place = (at + 1, 0);
        }
        if !self.is_deficient {
            return true;
        }
        let mut rest = self.rest.take().unwrap_or_else(|| Box::new(self.reduced()));
        let is_done = rest.advance(left.max(0) as u64);
        self.rest = Some(rest);
        is_done
    }

    /// The problem of the trapezoid `R` `(rank, columns)`: the least norm of `R w = Qᵀ y`, or, of the transpose, the least squares of `Rᵀ z = y`.
    fn reduced(&self) -> Solver {
        let rank = self.pivots.len();
        let mut trapezoid = Matrix::zeros(rank, self.factored.columns);
        for column in 0..self.factored.columns {
            let row = self.pivots.partition_point(|&(at, _)| at < column);
            let to = trapezoid.column_mut(column);
            to[..row].copy_from_slice(&self.factored.column(column)[..row]);
            if let Some(&(_, diagonal)) = self.pivots.get(row).filter(|&&(at, _)| at == column) {
                to[row] = diagonal;
            }
        }
        if self.is_wide {
            let transpose = Matrix::of(trapezoid.columns, rank, |i, j| trapezoid.at(j, i));
            Solver::new(&transpose, &self.targets, 0.0)
        } else {
            let right = Matrix::of(rank, self.targets.columns, |i, k| self.targets.at(i, k));
            Solver::new(&trapezoid, &right, 0.0)
        }
    }

    /// Makes the reflection that empties a column below the next row of the triangle; false when nothing is there or no row is left.
    fn reflect(&mut self, at: usize) -> bool {
        let row = self.pivots.len();
        let whole = self.factored.column_mut(at);
        // Reflections keep lengths: this is the column's own.
        let own = dot(whole, whole).sqrt();
        let column = &mut whole[row..];
        let length = dot(column, column).sqrt();
        if length <= RANK_SHARE * own {
            self.is_deficient |= own > 0.0;
            return false;
        }
        let image = if column[0] > 0.0 { -length } else { length };
        self.pivots.push((at, image));
        column[0] -= image;
        let scale = (2.0 / dot(column, column)).sqrt();
        for x in column {
            *x *= scale;
        }
        true
    }

    /// Solves for one more target, after the factorisation; whether that was the last one.
    pub fn solve_more(&mut self) -> bool {
        if let Some(rest) = self.rest.as_mut().filter(|rest| rest.solved < rest.targets.columns) {
            rest.solve_more();
            return false;
        }
        let target = self.solved;
        if target >= self.targets.columns {
            return true;
        }
        let reduced = self.rest.as_ref().map(|rest| rest.solution.column(target));
        if self.is_wide {
            let mut whole = vec![0.0; self.factored.rows];
            if let Some(reduced) = reduced {
                whole[..self.pivots.len()].copy_from_slice(reduced);
            } else {
                for (row, &(at, diagonal)) in self.pivots.iter().enumerate() {
                    let above = &self.factored.column(at)[..row];
                    whole[row] = (self.targets.at(at, target) - dot(above, &whole[..row])) / diagonal;
                }
            }
            for (row, &(at, _)) in self.pivots.iter().enumerate().rev() {
                let vector = &self.factored.column(at)[row..];
                let factor = -dot(vector, &whole[row..]);
                add_multiple(&mut whole[row..], factor, vector);
            }
            let unknowns = self.solution.rows;
            self.solution.column_mut(target).copy_from_slice(&whole[..unknowns]);
        } else if let Some(reduced) = reduced {
            self.solution.column_mut(target).copy_from_slice(reduced);
        } else {
            let mut right = self.targets.column(target)[..self.pivots.len()].to_vec();
            for (row, &(at, diagonal)) in self.pivots.iter().enumerate().rev() {
                let value = right[row] / diagonal;
                self.solution.column_mut(target)[at] = value;
                add_multiple(&mut right[..row], -value, &self.factored.column(at)[..row]);
            }
        }
        self.solved += 1;
        self.solved >= self.targets.columns
    }

    /// The solution `(p, k)`; does what is left of the work.
    pub fn solve(mut self) -> Matrix {
        self.advance(u64::MAX >> 1);
        while !self.solve_more() {}
        self.solution
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers without a pattern.
    fn number(i: usize) -> f64 {
        let x = (i as f64 + 1.0) * 0.754_877_666_246_692_7;
        2.0 * (x * (1.0 + x)).fract() - 1.0
    }

    fn problem(n: usize, p: usize) -> (Matrix, Matrix) {
        (Matrix::of(n, p, |i, j| number(31 * i + 7 * j)), Matrix::of(n, 2, |i, j| number(999 + 5 * i + j)))
    }

    /// `Aᵀ(A w - y) + λ w`: zero at every minimum.
    fn slope(a: &Matrix, y: &Matrix, w: &Matrix, ridge: f64) -> f64 {
        let mut most = 0.0_f64;
        for k in 0..y.columns() {
            let rest: Vec<f64> = (0..a.rows())
                .map(|i| (0..a.columns()).map(|j| a.at(i, j) * w.at(j, k)).sum::<f64>() - y.at(i, k))
                .collect();
            for j in 0..a.columns() {
                most = most.max((dot(a.column(j), &rest) + ridge * w.at(j, k)).abs());
            }
        }
        most
    }

    #[test]
    fn the_minimum_is_found_for_every_shape() {
        for (n, p, ridge) in [(9, 4, 0.0), (7, 7, 0.0), (5, 12, 0.0), (9, 4, 0.3), (5, 12, 0.3), (1, 1, 0.0)]
        {
            let (a, y) = problem(n, p);
            let w = Solver::new(&a, &y, ridge).solve();
            assert!(slope(&a, &y, &w, ridge) < 1e-11, "{n}×{p} with {ridge}: {}", slope(&a, &y, &w, ridge));
        }
    }

    #[test]
    fn of_many_solutions_it_is_the_one_of_least_norm() {
        let (a, y) = problem(5, 12);
        let w = Solver::new(&a, &y, 0.0).solve();
        // The one of least norm is the limit of the ridge's.
        let limit = Solver::new(&a, &y, 1e-10).solve();
        for j in 0..12 {
            assert!((w.at(j, 0) - limit.at(j, 0)).abs() < 1e-7, "{} {}", w.at(j, 0), limit.at(j, 0));
        }
    }

    /// `M⁻¹ Y` of a square matrix, by elimination.
    fn divided(m: &Matrix, y: &Matrix) -> Matrix {
        let (n, mut m, mut y) = (m.rows(), m.clone(), y.clone());
        for at in 0..n {
            let lead =
                (at..n).max_by(|&a, &b| m.at(a, at).abs().total_cmp(&m.at(b, at).abs())).expect("a row");
            for matrix in [&mut m, &mut y] {
                for k in 0..matrix.columns() {
                    matrix.column_mut(k).swap(at, lead);
                }
            }
            for row in (0..n).filter(|&row| row != at) {
                let factor = m.at(row, at) / m.at(at, at);
                for matrix in [&mut m, &mut y] {
                    for k in 0..matrix.columns() {
                        let value = matrix.at(at, k);
                        matrix.column_mut(k)[row] -= factor * value;
                    }
                }
            }
        }
        Matrix::of(n, y.columns(), |i, k| y.at(i, k) / m.at(i, i))
    }

    fn product(a: &Matrix, b: &Matrix) -> Matrix {
        Matrix::of(a.rows(), b.columns(), |i, j| (0..a.columns()).map(|k| a.at(i, k) * b.at(k, j)).sum())
    }

    fn transposed(a: &Matrix) -> Matrix {
        Matrix::of(a.columns(), a.rows(), |i, j| a.at(j, i))
    }

    /// `(B C)⁺ y = Cᵀ (C Cᵀ)⁻¹ (Bᵀ B)⁻¹ Bᵀ y`, both of full rank.
    fn by_pseudo_inverse(b: &Matrix, c: &Matrix, y: &Matrix) -> Matrix {
        let (bt, ct) = (transposed(b), transposed(c));
        let inner = divided(&product(&bt, b), &product(&bt, y));
        product(&ct, &divided(&product(c, &ct), &inner))
    }

    fn is_near(w: &Matrix, known: &Matrix, what: &str) {
        for k in 0..w.columns() {
            for j in 0..w.rows() {
                let (found, known) = (w.at(j, k), known.at(j, k));
                assert!((found - known).abs() < 1e-9 * known.abs().max(1.0), "{what}: {found} {known}");
            }
        }
    }

    #[test]
    fn with_features_that_are_zero_rows_are_not_dropped_to_meet_the_others() {
        // As many features as rows, or more, but fewer that are not zero throughout.
        for (n, p, dead) in [(12, 12, 3), (12, 13, 2), (12, 9, 2), (12, 14, 2)] {
            let live: Vec<usize> = (0..p).filter(|j| j % 4 != 1 || j / 4 >= dead).collect();
            assert_eq!(live.len(), p - dead);
            let (full, y) = problem(n, p);
            let a = Matrix::of(n, p, |i, j| if live.contains(&j) { full.at(i, j) } else { 0.0 });
            let b = Matrix::of(n, live.len(), |i, k| a.at(i, live[k]));
            let chosen = Matrix::of(live.len(), p, |k, j| f64::from(u8::from(live[k] == j)));
            let known = by_pseudo_inverse(&b, &chosen, &y);
            let w = Solver::new(&a, &y, 0.0).solve();
            is_near(&w, &known, &format!("{n}×{p}, {dead} zero"));
        }
    }

    #[test]
    fn a_rank_below_both_sides_gives_least_squares_of_least_norm() {
        for (n, p, rank) in [(12, 12, 7), (6, 14, 4), (14, 6, 4), (9, 4, 1), (4, 9, 1)] {
            let (b, y) = problem(n, rank);
            let c = Matrix::of(rank, p, |i, j| number(500 + 13 * i + 3 * j));
            let a = product(&b, &c);
            let known = by_pseudo_inverse(&b, &c, &y);
            let mut solver = Solver::new(&a, &y, 0.0);
            while !solver.advance(20) {}
            let w = solver.solve();
            is_near(&w, &known, &format!("{n}×{p} of rank {rank}"));
            assert_eq!(w, Solver::new(&a, &y, 0.0).solve(), "portions change nothing");
        }
    }

    #[test]
    fn a_row_twice_with_two_targets_is_met_halfway() {
        let (half, _) = problem(3, 8);
        let a = Matrix::of(4, 8, |i, j| half.at(i % 3, j));
        let y = Matrix::of(4, 1, |i, _| [1.0, 2.0, 3.0, 5.0][i]);
        let met = product(&a, &Solver::new(&a, &y, 0.0).solve());
        for (i, known) in [3.0, 2.0, 3.0, 3.0].into_iter().enumerate() {
            assert!((met.at(i, 0) - known).abs() < 1e-11, "{}", met.at(i, 0));
        }
    }

    #[test]
    fn a_ridge_on_few_unknowns_factors_few_columns() {
        let (a, y) = problem(60, 3);
        let solver = Solver::new(&a, &y, 0.01);
        assert_eq!((solver.factored.rows(), solver.factored.columns()), (63, 3));
    }

    #[test]
    fn portions_change_nothing() {
        let (a, y) = problem(20, 33);
        let whole = Solver::new(&a, &y, 0.01).solve();
        let mut solver = Solver::new(&a, &y, 0.01);
        let mut portions = 1;
        while !solver.advance(500) {
            portions += 1;
        }
        assert!(portions > 10);
        assert_eq!(solver.clone().solve(), whole);
        let targets = (1..=9).find(|_| solver.solve_more());
        assert_eq!((targets, solver.solve()), (Some(2), whole), "a target at a time");
    }

    #[test]
    fn a_feature_that_is_always_zero_gets_no_weight() {
        let (mut a, y) = problem(9, 4);
        a.column_mut(2).fill(0.0);
        let w = Solver::new(&a, &y, 0.0).solve();
        assert_eq!(w.at(2, 0), 0.0);
        assert!(slope(&a, &y, &w, 0.0) < 1e-11);
    }
}
