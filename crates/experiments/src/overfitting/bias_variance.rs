//! Bias and variance of polynomials, measured: the same fit to data drawn anew, many times.
//!
//! With f the truth, f̂ a fit, σ² the noise's variance and means over draws and over 101 evenly spread places:
//! `E(y - f̂)² = (E f̂ - f)² + E(f̂ - E f̂)² + σ²`, bias², variance and noise. Means over draws, so a few wild fits count as much as they are wild.

use super::config::limits;
use super::polynomial::Polynomial;
use super::tasks::{Draw, Task, truth};

/// Places at which fits are compared.
const PLACES: usize = 101;

/// A study that cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StudyError {
    /// A number is outside its limits.
    #[error("{name} is {value}, not within {low} and {high}")]
    Limit {
        /// Which.
        name: &'static str,
        /// What was asked for.
        value: f64,
        /// The least.
        low: f64,
        /// The most.
        high: f64,
    },
    /// Fewer pictures than rows asked for.
    #[error("{found} pictures, {needed} are needed")]
    Pictures {
        /// In the data set.
        found: usize,
        /// For training and test.
        needed: usize,
    },
}

/// What one degree comes to, over all draws so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DegreeFigures {
    /// The degree.
    pub degree: usize,
    /// Square of the mean fit's distance from the truth.
    pub bias2: f64,
    /// Variance of the fits.
    pub variance: f64,
    /// Variance of the noise, which no fit can undercut.
    pub noise: f64,
    /// Training error: mean, 10th and 90th percentile over draws.
    pub train: [f64; 3],
    /// Error on new data of the same noise: the same three.
    pub test: [f64; 3],
}

/// The fits of one degree, place by place.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fan {
    /// The places.
    pub x: Vec<f64>,
    /// The truth.
    pub truth: Vec<f64>,
    /// Mean of the fits.
    pub mean: Vec<f64>,
    /// Their standard deviation.
    pub deviation: Vec<f64>,
}

/// Sums over draws for one degree.
#[derive(Debug, Clone)]
struct Sums {
    values: Vec<f64>,
    squares: Vec<f64>,
    train: Vec<f64>,
    test: Vec<f64>,
}

/// The study, draw by draw.
#[derive(Debug, Clone)]
pub struct BiasVariance {
    samples: usize,
    noise: f32,
    l2: f64,
    seed: u64,
    draws: u64,
    places: Vec<f64>,
    sums: Vec<Sums>,
}

impl BiasVariance {
    /// Of polynomials of degree 1 to `degrees`, fitted to `samples` points with `noise` under `l2`.
    pub fn new(
        degrees: usize,
        samples: usize,
        noise: f32,
        l2: f32,
        seed: u64,
    ) -> Result<BiasVariance, StudyError> {
        let numbers = [
            ("degree", degrees as f64, [limits::DEGREE.0 as f64, limits::DEGREE.1 as f64]),
            ("samples", samples as f64, [limits::SAMPLES.0 as f64, limits::SAMPLES.1 as f64]),
            ("noise", noise.into(), [limits::NOISE.0.into(), limits::NOISE.1.into()]),
            ("L2", l2.into(), [limits::L2.0.into(), limits::L2.1.into()]),
        ];
        for (name, value, [low, high]) in numbers {
            if !(low..=high).contains(&value) {
                return Err(StudyError::Limit { name, value, low, high });
            }
        }
        let places = (0..PLACES).map(|i| -1.0 + 2.0 * i as f64 / (PLACES - 1) as f64).collect();
        let sums =
            Sums { values: vec![0.0; PLACES], squares: vec![0.0; PLACES], train: vec![], test: vec![] };
        Ok(BiasVariance { samples, noise, l2: l2.into(), seed, draws: 0, places, sums: vec![sums; degrees] })
    }

    /// Draws so far.
    pub fn draws(&self) -> u64 {
        self.draws
    }

    /// One more draw, fitted by every degree. The first one is the lab's own of the same seed.
    pub fn advance(&mut self) {
        let seed = self.seed.wrapping_add(self.draws.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let train = Draw::new(Task::Curve, self.samples, self.noise, 0.0, seed, None).train;
        let wide = |values: &[f32]| values.iter().map(|&x| x.into()).collect::<Vec<f64>>();
        let (xs, ys) = (wide(&train.rows), wide(&train.targets));
        let noise2 = f64::from(self.noise).powi(2);
        for (index, sums) in self.sums.iter_mut().enumerate() {
            let fit = Polynomial::fit(&xs, &ys, index + 1, self.l2);
            let mut distance = 0.0;
            for (at, &x) in self.places.iter().enumerate() {
                let value = fit.at(x);
                sums.values[at] += value;
                sums.squares[at] += value * value;
                distance += (value - truth(x)).powi(2);
            }
            sums.train.push(fit.mse(&xs, &ys));
            sums.test.push(distance / PLACES as f64 + noise2);
        }
        self.draws += 1;
    }

    /// Figures of all degrees; none before the first draw.
    pub fn figures(&self) -> Vec<DegreeFigures> {
        if self.draws == 0 {
            return Vec::new();
        }
        let of = |(index, sums): (usize, &Sums)| {
            let fan = self.of(sums);
            let mean = |values: &[f64]| values.iter().sum::<f64>() / PLACES as f64;
            let biases: Vec<f64> = fan.mean.iter().zip(&fan.truth).map(|(m, f)| (m - f).powi(2)).collect();
            let variances: Vec<f64> = fan.deviation.iter().map(|d| d * d).collect();
            DegreeFigures {
                degree: index + 1,
                bias2: mean(&biases),
                variance: mean(&variances),
                noise: f64::from(self.noise).powi(2),
                train: spread(&sums.train),
                test: spread(&sums.test),
            }
        };
        self.sums.iter().enumerate().map(of).collect()
    }

    /// The fits of a degree; empty before the first draw and for a degree that is not studied.
    pub fn fan(&self, degree: usize) -> Fan {
        match degree.checked_sub(1).and_then(|index| self.sums.get(index)) {
            Some(sums) if self.draws > 0 => self.of(sums),
            _ => Fan::default(),
        }
    }

    fn of(&self, sums: &Sums) -> Fan {
        let count = self.draws as f64;
        let mean: Vec<f64> = sums.values.iter().map(|sum| sum / count).collect();
        let deviation = mean.iter().zip(&sums.squares).map(|(m, s)| (s / count - m * m).max(0.0).sqrt());
        Fan {
            x: self.places.clone(),
            truth: self.places.iter().map(|&x| truth(x)).collect(),
            deviation: deviation.collect(),
            mean,
        }
    }
}

/// Mean, 10th and 90th percentile.
pub(super) fn spread(values: &[f64]) -> [f64; 3] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return [f64::NAN; 3] };
    let at = |share: f64| sorted[(share * last as f64).round() as usize];
    [values.iter().sum::<f64>() / values.len() as f64, at(0.1), at(0.9)]
}
