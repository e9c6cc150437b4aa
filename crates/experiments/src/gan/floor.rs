//! The noise floor: what a perfect generator would show at the same number of samples.
//!
//! Perfect samples are drawn with seeds, counted in the same bins and compared with the law like generated ones: mean and the band from the
//! 5th to the 95th percentile. The mean of the Jensen–Shannon divergence is also known exactly ([`expected_js`]): bins are counted
//! binomially, and an expected value of a sum is the sum of expected values.

use super::law::Law;
use super::metrics::{Grid, js_term};

/// Draws from which a band is read.
pub const REPLICATES: usize = 200;

/// Mean and band of a distance over perfect samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Band {
    /// Mean.
    pub mean: f64,
    /// 5th percentile.
    pub low: f64,
    /// 95th percentile.
    pub high: f64,
}

/// The floor of both distances.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Floor {
    /// Of the Jensen–Shannon divergence, in bits.
    pub js: Band,
    /// Of the Kullback–Leibler divergence, in bits.
    pub kl: Band,
}

/// A floor in the making: a replicate takes a few tenths of a millisecond.
#[derive(Clone, Debug)]
pub struct FloorDraws {
    samples: usize,
    seed: u64,
    js: Vec<f64>,
    kl: Vec<f64>,
}

impl FloorDraws {
    /// For this many samples; the seed makes it repeatable.
    pub fn new(samples: usize, seed: u64) -> FloorDraws {
        FloorDraws { samples, seed, js: Vec::new(), kl: Vec::new() }
    }

    /// One more replicate.
    pub fn advance(&mut self, law: &Law, grid: &Grid) {
        // Mixed, so that neighbouring seeds share no replicates.
        let seed = numerics::bulk::mix64(self.seed ^ 0x666C_6F6F_7200_0000 ^ self.js.len() as u64);
        let distance = grid.distance(&Grid::count(&law.draw(seed, self.samples)));
        self.js.push(distance.js);
        self.kl.push(distance.kl);
    }

    /// Up to so many more, until there are [`REPLICATES`].
    pub fn advance_by(&mut self, count: usize, law: &Law, grid: &Grid) {
        for _ in 0..count.min(REPLICATES.saturating_sub(self.js.len())) {
            self.advance(law, grid);
        }
    }

    /// Whether there are [`REPLICATES`].
    pub fn is_done(&self) -> bool {
        self.js.len() >= REPLICATES
    }

    /// The floor by now; `None` before the first replicate.
    pub fn floor(&self) -> Option<Floor> {
        Some(Floor { js: band(&self.js)?, kl: band(&self.kl)? })
    }
}

fn band(values: &[f64]) -> Option<Band> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted.get(((sorted.len().max(1) - 1) as f64 * share).round() as usize).copied();
    Some(Band { mean: values.iter().sum::<f64>() / values.len() as f64, low: at(0.05)?, high: at(0.95)? })
}

/// The whole floor at once.
pub fn floor(law: &Law, grid: &Grid, samples: usize, seed: u64) -> Floor {
    let mut draws = FloorDraws::new(samples, seed);
    while !draws.is_done() {
        draws.advance(law, grid);
    }
    draws.floor().unwrap_or_default()
}

/// Expected Jensen–Shannon divergence, in bits, of perfect samples: `Σ E f(p, K/n)` with `K` binomial. Terms with a probability
/// below 1e-18 of the largest are left out.
pub fn expected_js(grid: &Grid, samples: usize) -> f64 {
    grid.probabilities().iter().map(|&p| expected_term(p, samples)).sum()
}

fn expected_term(p: f64, samples: usize) -> f64 {
    let n = samples as f64;
    if p <= 0.0 || samples == 0 {
        return 0.0;
    }
    if p >= 1.0 {
        return js_term(p, 1.0);
    }
    // From the most likely count in both directions; weights relative to it, divided by their sum at the end.
    let mode = ((n + 1.0) * p).floor().min(n);
    let odds = p / (1.0 - p);
    let (mut sum, mut weights) = (js_term(p, mode / n), 1.0);
    let (mut k, mut weight) = (mode, 1.0);
    while k < n && weight > 1e-18 {
        weight *= (n - k) / (k + 1.0) * odds;
        k += 1.0;
        sum += weight * js_term(p, k / n);
        weights += weight;
    }
    (k, weight) = (mode, 1.0);
    while k > 0.0 && weight > 1e-18 {
        weight *= k / (n - k + 1.0) / odds;
        k -= 1.0;
        sum += weight * js_term(p, k / n);
        weights += weight;
    }
    sum / weights
}

#[cfg(test)]
mod tests {
    use super::{REPLICATES, expected_js, expected_term, floor};
    use crate::gan::config::Data;
    use crate::gan::law::Law;
    use crate::gan::metrics::{Grid, js_term};

    /// A coin thrown twice: counts 0, 1, 2 with 1/4, 1/2, 1/4.
    #[test]
    fn a_coin_thrown_twice() {
        let exact = 0.25 * js_term(0.5, 0.0) + 0.5 * js_term(0.5, 0.5) + 0.25 * js_term(0.5, 1.0);
        assert!((expected_term(0.5, 2) - exact).abs() < 1e-15);
    }

    #[test]
    fn drawn_floors_have_the_expected_mean() {
        for (data, samples) in [(Data::EightGaussians, 2000), (Data::Spiral, 1000), (Data::Grid25, 500)] {
            let law = Law::new(&data).expect("points");
            let grid = Grid::new(&law);
            let floor = floor(&law, &grid, samples, 1);
            let exact = expected_js(&grid, samples);
            // The band is about 3.3 deviations wide; the mean of the replicates is known to a deviation over their root.
            let error = (floor.js.high - floor.js.low) / 3.3 / (REPLICATES as f64).sqrt();
            assert!((floor.js.mean - exact).abs() < 4.0 * error, "{floor:?} {exact}");
            assert!(floor.js.low < exact && exact < floor.js.high);
            // Bins that are well filled add 1/(8 n ln 2) each; sparse ones less.
            let filled = grid.probabilities().iter().filter(|&&p| p * samples as f64 > 5.0).count();
            assert!(exact > 0.8 * filled as f64 / (8.0 * samples as f64 * std::f64::consts::LN_2), "{exact}");
        }
    }
}
