//! Distances between generated points and the law.
//!
//! The plane is cut into [`SIDE`]² bins of `[-REACH, REACH]²` and one for all that lies outside. `P` are the law's exact
//! probabilities, `Q` the shares of the samples. In bits:
//!
//! - Jensen–Shannon divergence `½ KL(P‖M) + ½ KL(Q‖M)`, `M = (P+Q)/2`: 0 to 1.
//! - `KL(Q‖P')` with `P' = (1-ε)·P + ε/bins`, ε = 10⁻³: without the ε one sample where the law has next to nothing would make it infinite.
//!
//! Even perfect samples show more than 0, because there are finitely many: [`super::floor`]. A mode is *covered* when at least a quarter
//! of its fair share of the samples lies within three deviations of its centre; a sample has *high quality* when it lies within three
//! deviations of some centre (for a perfect generator that is 98.9 % or more).

use super::law::Law;

/// Bins along each axis.
pub const SIDE: usize = 40;
/// Bins reach from `-REACH` to `REACH`.
pub const REACH: f64 = 1.2;
/// Part of a mode's fair share that covers it.
pub const COVERING_SHARE: f64 = 0.25;
/// Within how many deviations a sample belongs to a mode.
pub const DEVIATIONS: f32 = 3.0;
const SMOOTHING: f64 = 1e-3;

/// A law on the bins.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Probabilities of the bins, row by row, then of the outside.
    probabilities: Vec<f64>,
}

/// How far samples are from the law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance {
    /// Jensen–Shannon divergence in bits.
    pub js: f64,
    /// Kullback–Leibler divergence of the samples from the smoothed law, in bits.
    pub kl: f64,
}

/// Where samples are with respect to the centres.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// Samples within three deviations of each mode; empty when the law has no modes.
    pub hits: Vec<usize>,
    /// Modes that are covered.
    pub covered: usize,
    /// Share of the samples that lies within three deviations of a centre.
    pub high_quality: f64,
}

impl Grid {
    /// The bins of a law.
    pub fn new(law: &Law) -> Grid {
        let edges: Vec<f64> = (0..=SIDE).map(|i| REACH * (2.0 * i as f64 / SIDE as f64 - 1.0)).collect();
        let mut probabilities = law.bins(&edges);
        let inside: f64 = probabilities.iter().sum();
        probabilities.push((1.0 - inside).max(0.0));
        Grid { probabilities }
    }

    /// Probabilities of the bins, row by row from the least `y`, then of the outside.
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// The bin of a point; points that are not finite lie outside.
    pub fn bin([x, y]: [f32; 2]) -> usize {
        let at = |v: f32| {
            let scaled = (f64::from(v) + REACH) * (SIDE as f64 / (2.0 * REACH));
            (scaled >= 0.0 && scaled < SIDE as f64).then_some(scaled as usize)
        };
        match (at(x), at(y)) {
            (Some(x), Some(y)) => y * SIDE + x,
            _ => SIDE * SIDE,
        }
    }

    /// Samples by bin.
    pub fn count(samples: &[[f32; 2]]) -> Vec<u32> {
        let mut counts = vec![0; SIDE * SIDE + 1];
        for &sample in samples {
            counts[Grid::bin(sample)] += 1;
        }
        counts
    }

    /// Distances of counted samples from the law.
    pub fn distance(&self, counts: &[u32]) -> Distance {
        let total: u32 = counts.iter().sum();
        let (total, bins) = (f64::from(total.max(1)), self.probabilities.len() as f64);
        let mut distance = Distance { js: 0.0, kl: 0.0 };
        for (&p, &count) in self.probabilities.iter().zip(counts) {
            let q = f64::from(count) / total;
            distance.js += js_term(p, q);
            if q > 0.0 {
                distance.kl += q * (q / ((1.0 - SMOOTHING) * p + SMOOTHING / bins)).log2();
            }
        }
        distance
    }
}

/// A bin's part of the Jensen–Shannon divergence, in bits.
pub(super) fn js_term(p: f64, q: f64) -> f64 {
    let middle = p.midpoint(q);
    let part = |x: f64| if x > 0.0 { x * (x / middle).log2() / 2.0 } else { 0.0 };
    part(p) + part(q)
}

/// Modes covered and share of high quality.
pub fn coverage(law: &Law, samples: &[[f32; 2]]) -> Coverage {
    let reach = (DEVIATIONS * law.deviation()).powi(2);
    let mut hits = vec![0_usize; if law.has_modes() { law.centres().len() } else { 0 }];
    let mut good = 0_usize;
    for &[x, y] in samples {
        let nearest = law
            .centres()
            .iter()
            .map(|&[cx, cy]| (x - cx).powi(2) + (y - cy).powi(2))
            .enumerate()
            .min_by(|a, b| a.1.total_cmp(&b.1));
        // A sample that is not a number is near nothing.
        if let Some((mode, square)) = nearest
            && square <= reach
        {
            good += 1;
            if let Some(hits) = hits.get_mut(mode) {
                *hits += 1;
            }
        }
    }
    let fair = samples.len() as f64 / hits.len().max(1) as f64;
    Coverage {
        covered: hits.iter().filter(|&&hits| hits as f64 >= COVERING_SHARE * fair && hits > 0).count(),
        high_quality: good as f64 / samples.len().max(1) as f64,
        hits,
    }
}

#[cfg(test)]
mod tests {
    use super::{Grid, coverage, js_term};
    use crate::gan::config::Data;
    use crate::gan::law::Law;

    #[test]
    fn divergences_have_their_bounds() {
        assert_eq!(js_term(0.5, 0.5), 0.0);
        assert_eq!(js_term(1.0, 0.0) + js_term(0.0, 1.0), 1.0);
        let law = Law::new(&Data::EightGaussians).expect("points");
        let grid = Grid::new(&law);
        let far = grid.distance(&Grid::count(&[[9.0, 9.0]; 100]));
        assert!((far.js - 1.0).abs() < 1e-6 && far.kl > 10.0 && far.kl.is_finite(), "{far:?}");
        let broken = grid.distance(&Grid::count(&[[f32::NAN, 0.0]; 100]));
        assert_eq!(broken, far);
    }

    /// One mode of eight: `P` and `Q` agree up to the factor 8 on that mode, so the divergence has a closed form.
    #[test]
    fn one_mode_of_eight_has_the_divergence_of_its_share() {
        let law = Law::new(&Data::EightGaussians).expect("points");
        let grid = Grid::new(&law);
        let one: Vec<[f32; 2]> =
            law.draw(5, 400_000).into_iter().filter(|&[x, y]| (x - 0.7).hypot(y) < 0.26).collect();
        let js = grid.distance(&Grid::count(&one)).js;
        let p: f64 = 1.0 / 8.0;
        let exact = js_term(p, 1.0) + js_term(1.0 - p, 0.0);
        assert!((js - exact).abs() < 2e-3, "{js} {exact}");
        let covered = coverage(&law, &one);
        assert_eq!(covered.covered, 1);
        assert!((covered.high_quality - 0.9889).abs() < 2e-3, "{covered:?}");
        let all = coverage(&law, &law.draw(6, 4000));
        assert_eq!(all.covered, 8);
    }

    #[test]
    fn a_few_stray_samples_do_not_cover_a_mode() {
        let law = Law::new(&Data::TwoGaussians).expect("points");
        let mut samples = vec![[-0.5, 0.0]; 880];
        samples.extend([[0.5, 0.0]; 120]);
        assert_eq!(coverage(&law, &samples).covered, 1);
        samples.extend([[0.5, 0.0]; 20]);
        assert_eq!(coverage(&law, &samples).covered, 2);
    }
}
