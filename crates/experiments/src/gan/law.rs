//! The laws that points in the plane are drawn from.
//!
//! Every law is a mixture of equally likely isotropic Gaussians of one deviation around a table of centres. Line, ring and spiral are
//! mixtures too, of many centres evenly along the curve at less than half a deviation from each other, so that each law has an
//! exact density, exact probabilities of bins, and one way of being drawn inside a graph: a row of the table and two normal numbers.

use std::f64::consts::{PI, TAU};

use engine::graph::RandomKind;
use engine::random::Stream;

use super::config::Data;
use super::normal::cumulative;

/// Centres of a curve.
const CURVE: usize = 512;
/// Streams of samples drawn here lie apart from those of graphs, parameters and stochastic rounding.
const STREAM: u32 = 0x2000_0000;

/// A mixture of equally likely Gaussians.
#[derive(Clone, Debug, PartialEq)]
pub struct Law {
    centres: Vec<[f32; 2]>,
    deviation: f32,
    modes: bool,
}

fn circle(radius: f64, turns: f64) -> [f32; 2] {
    let (sin, cos) = (TAU * turns).sin_cos();
    [(radius * cos) as f32, (radius * sin) as f32]
}

/// Evenly along a curve given by its points at `0..=1`.
fn along(point: impl Fn(f64) -> [f64; 2]) -> Vec<[f32; 2]> {
    const FINE: usize = 16 * CURVE;
    let fine: Vec<[f64; 2]> = (0..=FINE).map(|i| point(i as f64 / FINE as f64)).collect();
    let mut lengths = vec![0.0];
    for pair in fine.windows(2) {
        let step = (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1]);
        lengths.push(lengths[lengths.len() - 1] + step);
    }
    let whole = lengths[FINE];
    (0..CURVE)
        .map(|i| {
            let target = whole * (i as f64 + 0.5) / CURVE as f64;
            let at = lengths.partition_point(|&length| length < target).min(FINE);
            [fine[at][0] as f32, fine[at][1] as f32]
        })
        .collect()
}

impl Law {
    /// The law of points; `None` for images.
    pub fn new(data: &Data) -> Option<Law> {
        let (centres, deviation, modes) = match data {
            Data::Line => (along(|t| [1.4 * t - 0.7, t - 0.5]), 0.03, false),
            Data::Ring => ((0..CURVE).map(|i| circle(0.7, i as f64 / CURVE as f64)).collect(), 0.03, false),
            Data::TwoGaussians => (vec![[-0.5, 0.0], [0.5, 0.0]], 0.1, true),
            Data::EightGaussians => ((0..8).map(|i| circle(0.7, f64::from(i) / 8.0)).collect(), 0.05, true),
            Data::Grid25 => {
                let at = |i: i32| 0.4 * (i - 2) as f32;
                ((0..25).map(|i| [at(i % 5), at(i / 5)]).collect(), 0.03, true)
            }
            Data::Spiral => {
                let arm = |t: f64| {
                    let (radius, angle) = (0.1 + 0.7 * t, 3.0 * PI * t);
                    [radius * angle.cos(), radius * angle.sin()]
                };
                (along(arm), 0.02, false)
            }
            Data::Drawn(points) => (points.clone(), 0.02, false),
            Data::Images(_) => return None,
        };
        Some(Law { centres, deviation, modes })
    }

    /// Centres of the Gaussians.
    pub fn centres(&self) -> &[[f32; 2]] {
        &self.centres
    }

    /// Their standard deviation in each direction.
    pub fn deviation(&self) -> f32 {
        self.deviation
    }

    /// Whether the centres are modes that can be counted, not points along a curve.
    pub fn has_modes(&self) -> bool {
        self.modes
    }

    /// Density at a point; the integral over the plane is 1.
    pub fn density(&self, [x, y]: [f64; 2]) -> f64 {
        let variance = f64::from(self.deviation).powi(2);
        let sum: f64 = self
            .centres
            .iter()
            .map(|&[cx, cy]| {
                let square = (x - f64::from(cx)).powi(2) + (y - f64::from(cy)).powi(2);
                (-square / (2.0 * variance)).exp()
            })
            .sum();
        sum / (self.centres.len() as f64 * TAU * variance)
    }

    /// Probabilities of the rectangles between neighbouring edges, row by row (`y` outside, `x` inside); exact, since a Gaussian's is a
    /// product of two differences.
    pub fn bins(&self, edges: &[f64]) -> Vec<f64> {
        let side = edges.len().saturating_sub(1);
        let mut bins = vec![0.0; side * side];
        let share = 1.0 / self.centres.len() as f64;
        let along = |centre: f32| -> Vec<f64> {
            let at: Vec<f64> = edges
                .iter()
                .map(|edge| cumulative((edge - f64::from(centre)) / f64::from(self.deviation)))
                .collect();
            at.windows(2).map(|pair| pair[1] - pair[0]).collect()
        };
        for &[cx, cy] in &self.centres {
            let (columns, rows) = (along(cx), along(cy));
            for (row, down) in bins.chunks_exact_mut(side.max(1)).zip(rows) {
                if down > 0.0 {
                    row.iter_mut().zip(&columns).for_each(|(bin, across)| *bin += share * down * across);
                }
            }
        }
        bins
    }

    /// Points of the law by a seed: what a perfect generator would give.
    pub fn draw(&self, seed: u64, count: usize) -> Vec<[f32; 2]> {
        let mut rows = vec![0.0; count];
        let mut noise = vec![0.0; 2 * count];
        Stream::new(seed, STREAM, 0).fill(RandomKind::Below(self.centres.len() as u32), &mut rows);
        Stream::new(seed, STREAM + 1, 0).fill(RandomKind::Normal, &mut noise);
        rows.iter()
            .zip(noise.chunks_exact(2))
            .map(|(row, noise)| {
                let [x, y] = self.centres[row.to_bits() as usize];
                [x + self.deviation * noise[0], y + self.deviation * noise[1]]
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Law;
    use crate::gan::config::Data;

    fn laws() -> Vec<Law> {
        let drawn = Data::Drawn(vec![[0.1, 0.2], [-0.9, 0.5], [0.11, 0.2]]);
        [Data::Line, Data::Ring, Data::TwoGaussians, Data::EightGaussians, Data::Grid25, Data::Spiral, drawn]
            .iter()
            .filter_map(Law::new)
            .collect()
    }

    fn edges(side: usize, half: f64) -> Vec<f64> {
        (0..=side).map(|i| 2.0 * half * i as f64 / side as f64 - half).collect()
    }

    /// Midpoint sums of the density against the exact bins: over the whole plane they agree to rounding (the rule converges faster than any
    /// power for Gaussians), bin by bin to the rule's error at two sevenths of a deviation.
    #[test]
    fn densities_integrate_to_one_and_to_the_bins() {
        const STEP: f64 = 3.0 / 512.0;
        for law in laws() {
            let bins = law.bins(&edges(16, 1.5));
            assert!((bins.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{}", bins.iter().sum::<f64>());
            // One row of bins is enough for the many centres of a curve.
            let rows = if law.centres().len() > 100 { 8 * 32..9 * 32 } else { 0..512 };
            let mut sums = vec![0.0; bins.len()];
            for row in rows.clone() {
                for column in 0..512 {
                    let at = |i: usize| -1.5 + STEP * (i as f64 + 0.5);
                    sums[row / 32 * 16 + column / 32] += law.density([at(column), at(row)]) * STEP * STEP;
                }
            }
            if rows.len() == 512 {
                assert!((sums.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{}", sums.iter().sum::<f64>());
            }
            let checked = rows.start / 32 * 16..rows.end / 32 * 16;
            for (sum, bin) in sums[checked.clone()].iter().zip(&bins[checked]) {
                assert!((sum - bin).abs() < 3e-2 * bin.max(1e-3), "{sum} {bin}");
            }
        }
    }

    #[test]
    fn draws_follow_the_bins() {
        for law in laws() {
            let (edges, n) = (edges(8, 1.2), 40_000);
            let mut counts = vec![0.0; 64];
            for [x, y] in law.draw(3, n) {
                let at = |v: f32| (((f64::from(v) + 1.2) / 0.3).floor().clamp(0.0, 7.0)) as usize;
                counts[at(y) * 8 + at(x)] += 1.0;
            }
            // Pearson's statistic has mean and half the variance of the number of bins.
            let mut statistic = 0.0;
            let mut used = 0.0_f64;
            for (count, bin) in counts.iter().zip(law.bins(&edges)) {
                let expected = bin * n as f64;
                if expected > 5.0 {
                    used += 1.0;
                    statistic += (count - expected).powi(2) / expected;
                }
            }
            assert!(used > 1.0 && statistic < used + 6.0 * (2.0 * used).sqrt(), "{statistic} in {used} bins");
        }
    }

    #[test]
    fn curves_have_no_gaps() {
        for law in [Data::Line, Data::Ring, Data::Spiral].iter().filter_map(Law::new) {
            for pair in law.centres().windows(2) {
                let gap = (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1]);
                assert!(gap < law.deviation() / 2.0 && gap > 0.0, "{gap}");
            }
        }
    }
}
