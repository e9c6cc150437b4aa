//! Polynomials on `[-1, 1]` in Legendre's basis, fitted in binary64.
//!
//! The basis is that of P. M. Legendre, `(k+1) P(k+1) = (2k+1) x P(k) - k P(k-1)`: nearly orthogonal on evenly spread points, where powers of x
//! would leave no digits. The constant is not penalised: rows are centred, and it is what brings their mean back.

use super::linear::{Matrix, Solver};

/// `P_1(x)` to `P_degree(x)`; the constant is left to whoever adds a bias.
pub fn legendre(x: f64, degree: usize) -> Vec<f64> {
    let (mut before, mut now) = (1.0, x);
    let mut values = Vec::with_capacity(degree);
    for k in 1..=degree {
        values.push(now);
        let k = k as f64;
        (before, now) = (now, ((2.0 * k + 1.0) * x * now - k * before) / (k + 1.0));
    }
    values
}

/// A fitted polynomial.
#[derive(Debug, Clone, PartialEq)]
pub struct Polynomial {
    constant: f64,
    weights: Vec<f64>,
}

impl Polynomial {
    /// The minimum of `mean((f(x) - y)²) + l2·Σ w²` over the weights of `P_1` to `P_degree`; of least norm where the points do not decide it.
    pub fn fit(xs: &[f64], ys: &[f64], degree: usize, l2: f64) -> Polynomial {
        let n = xs.len().min(ys.len());
        let rows: Vec<Vec<f64>> = xs[..n].iter().map(|&x| legendre(x, degree)).collect();
        let count = n.max(1) as f64;
        let means: Vec<f64> =
            (0..degree).map(|k| rows.iter().map(|row| row[k]).sum::<f64>() / count).collect();
        let mean = ys[..n].iter().sum::<f64>() / count;
        let design = Matrix::of(n, degree, |i, k| rows[i][k] - means[k]);
        let targets = Matrix::of(n, 1, |i, _| ys[i] - mean);
        // Centred rows have one dependence: with as many columns as rows the last row says nothing new.
        let weights = Solver::new(&design, &targets, l2 * count).solve().column(0).to_vec();
        let constant = mean - weights.iter().zip(&means).map(|(w, m)| w * m).sum::<f64>();
        Polynomial { constant, weights }
    }

    /// Its value.
    pub fn at(&self, x: f64) -> f64 {
        let basis = legendre(x, self.weights.len());
        self.constant + self.weights.iter().zip(&basis).map(|(w, p)| w * p).sum::<f64>()
    }

    /// Mean square of its distance from points.
    pub fn mse(&self, xs: &[f64], ys: &[f64]) -> f64 {
        let sum: f64 = xs.iter().zip(ys).map(|(&x, y)| (self.at(x) - y).powi(2)).sum();
        sum / xs.len().max(1) as f64
    }

    /// Weights of `P_1` and up.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_basis_is_legendres() {
        let x = 0.3;
        let known = [x, (3.0 * x * x - 1.0) / 2.0, (5.0 * x * x * x - 3.0 * x) / 2.0];
        for (a, b) in legendre(x, 3).iter().zip(known) {
            assert!((a - b).abs() < 1e-15);
        }
        assert!(legendre(1.0, 30).iter().all(|p| (p - 1.0).abs() < 1e-12));
        assert!(legendre(0.5, 0).is_empty());
    }

    #[test]
    fn enough_freedom_passes_through_every_point() {
        let xs: Vec<f64> = (0..8).map(|i| -0.9 + 0.25 * f64::from(i)).collect();
        let ys: Vec<f64> = xs.iter().map(|x| (5.0 * x).sin()).collect();
        for degree in [7, 12] {
            let fit = Polynomial::fit(&xs, &ys, degree, 0.0);
            assert!(fit.mse(&xs, &ys) < 1e-20, "{degree}: {}", fit.mse(&xs, &ys));
        }
        let cubic: Vec<f64> = xs.iter().map(|x| 1.0 - 2.0 * x + x.powi(3)).collect();
        assert!(
            (Polynomial::fit(&xs, &cubic, 3, 0.0).at(0.77) - (1.0 - 1.54 + 0.77_f64.powi(3))).abs() < 1e-12
        );
    }

    #[test]
    fn a_penalty_shrinks_all_but_the_constant() {
        let xs: Vec<f64> = (0..8).map(|i| -0.9 + 0.25 * f64::from(i)).collect();
        let ys: Vec<f64> = xs.iter().map(|x| 3.0 + (5.0 * x).sin()).collect();
        let size = |l2| Polynomial::fit(&xs, &ys, 6, l2).weights().iter().map(|w| w * w).sum::<f64>();
        assert!(size(1e-3) > size(1e-1) && size(1e-1) > size(10.0));
        let flat = Polynomial::fit(&xs, &ys, 6, 1e9);
        let mean = ys.iter().sum::<f64>() / 8.0;
        assert!((flat.at(0.0) - mean).abs() < 1e-6);
    }
}
