//! Seeded samples of simple distributions, to try formats on.
//!
//! Element `i` is a function of `(shape, scale, seed, i)` alone, so slices need no history and every target
//! gives the same bits: the logarithm and the cosine are `libm`'s, in the same order of operations.
//! Units: those of `scale`. Source: Box and Muller (1958) for the normal distribution; inversion for Laplace.
//! Left out: correlated values, heavy tails beyond the outlier mixture.

use crate::bulk::random_at;

/// The distributions on offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Gaussian of standard deviation 1.
    Normal,
    /// Double exponential of standard deviation 1.
    Laplace,
    /// Gaussian of standard deviation 1, with one value in 256 multiplied by 20.
    Outliers,
    /// Even over -1 to 1.
    Uniform,
}

/// Every how many values of [`Shape::Outliers`] one is large, on average.
const OUTLIER_EVERY: u64 = 256;
/// How much larger it is.
const OUTLIER_FACTOR: f64 = 20.0;

/// Element `index`, times `scale`, rounded to binary32.
pub fn draw(shape: Shape, scale: f64, seed: u64, index: u64) -> f32 {
    let uniform = |stream: u64| (random_at(seed ^ (stream << 32), index) >> 11) as f64 * 2f64.powi(-53);
    let x = match shape {
        Shape::Uniform => 2.0 * uniform(1) - 1.0,
        Shape::Normal => normal(uniform(1), uniform(2)),
        Shape::Laplace => {
            let centred = uniform(1) - 0.5;
            let tail = (1.0 - 2.0 * centred.abs()).max(f64::MIN_POSITIVE);
            -centred.signum() * libm::log(tail) * std::f64::consts::FRAC_1_SQRT_2
        }
        Shape::Outliers => {
            let large = random_at(seed ^ (3 << 32), index).is_multiple_of(OUTLIER_EVERY);
            normal(uniform(1), uniform(2)) * if large { OUTLIER_FACTOR } else { 1.0 }
        }
    };
    (x * scale) as f32
}

fn normal(u: f64, v: f64) -> f64 {
    libm::sqrt(-2.0 * libm::log(1.0 - u)) * libm::cos(std::f64::consts::TAU * v)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(shape: Shape) -> (f64, f64) {
        let n = 1 << 16;
        let values: Vec<f64> = (0..n).map(|i| f64::from(draw(shape, 1.0, 7, i))).collect();
        let mean = values.iter().sum::<f64>() / n as f64;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
        (mean, variance)
    }

    #[test]
    fn means_and_variances_are_those_of_the_distributions() {
        // Outliers: 1 + (400 - 1)/256.
        for (shape, variance) in [
            (Shape::Normal, 1.0),
            (Shape::Laplace, 1.0),
            (Shape::Uniform, 1.0 / 3.0),
            (Shape::Outliers, 2.5586),
        ] {
            let (mean, found) = moments(shape);
            assert!(mean.abs() < 0.02, "{shape:?}: mean {mean}");
            assert!((found / variance - 1.0).abs() < 0.2, "{shape:?}: variance {found}");
        }
    }

    #[test]
    fn the_seed_decides() {
        assert_eq!(draw(Shape::Normal, 1.0, 1, 5), draw(Shape::Normal, 1.0, 1, 5));
        assert_ne!(draw(Shape::Normal, 1.0, 1, 5), draw(Shape::Normal, 1.0, 2, 5));
    }
}
