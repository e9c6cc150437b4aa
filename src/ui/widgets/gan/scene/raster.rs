//! From views to pixels and lines: the law's density, the discriminator's field. No DOM.
//!
//! The plane is `[-REACH, REACH]²`; rasters run row by row from the top (greatest `y`), as canvases do.

/// Half the side of what is shown, as in the metrics of the lab.
pub const REACH: f64 = 1.2;
/// Pixels of the density along each axis.
pub const DENSITY_SIDE: usize = 240;
/// Beyond so many deviations a Gaussian is nothing on a screen.
const CUT: f64 = 3.6;

/// The density of a law of equal Gaussians, relative to its greatest value: 0 to 1, row by row. Costs some milliseconds, once a law.
pub fn density(centres: &[[f32; 2]], deviation: f32) -> Vec<f32> {
    let mut sums = vec![0.0_f32; DENSITY_SIDE * DENSITY_SIDE];
    let scale = DENSITY_SIDE as f64 / (2.0 * REACH);
    let sigma = f64::from(deviation) * scale;
    if !sigma.is_finite() || sigma <= 0.0 {
        return sums;
    }
    let along = |centre: f64| -> (usize, Vec<f32>) {
        let first = (centre - CUT * sigma).floor().clamp(0.0, DENSITY_SIDE as f64) as usize;
        let last = (centre + CUT * sigma).ceil().clamp(0.0, DENSITY_SIDE as f64) as usize;
        let at = |i: usize| ((i as f64 + 0.5 - centre) / sigma).powi(2);
        (first, (first..last).map(|i| (-0.5 * at(i)).exp() as f32).collect())
    };
    for &[x, y] in centres {
        let (left, columns) = along((f64::from(x) + REACH) * scale);
        let (top, rows) = along((REACH - f64::from(y)) * scale);
        for (row, down) in rows.iter().enumerate() {
            let start = (top + row) * DENSITY_SIDE + left;
            for (sum, across) in sums[start..start + columns.len()].iter_mut().zip(&columns) {
                *sum += down * across;
            }
        }
    }
    let greatest = sums.iter().copied().fold(0.0, f32::max);
    if greatest > 0.0 {
        for sum in &mut sums {
            *sum /= greatest;
        }
    }
    sums
}

/// What the discriminator's outputs mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Logits: belief by the logistic function.
    Logit,
    /// Beliefs themselves, not bounded.
    Belief,
    /// Scores without a zero of their own: high is real.
    Score,
}

impl Output {
    /// Of a loss.
    pub fn of(loss: &str) -> Self {
        match loss {
            "wasserstein" => Self::Score,
            "least-squares" => Self::Belief,
            _ => Self::Logit,
        }
    }
}

/// Outputs as leanings, -1 (generated) to 1 (real), 0 undecided. Scores are taken about their mean, in units of twice their deviation.
pub fn leanings(outputs: &[f32], meaning: Output) -> Vec<f32> {
    let finite = || outputs.iter().copied().filter(|x| x.is_finite()).map(f64::from);
    let count = finite().count().max(1) as f64;
    let mean = finite().sum::<f64>() / count;
    let deviation = (finite().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt().max(1e-12);
    outputs
        .iter()
        .map(|&x| match meaning {
            Output::Logit => (x / 2.0).tanh(),
            Output::Belief => (2.0 * x - 1.0).clamp(-1.0, 1.0),
            Output::Score => ((f64::from(x) - mean) / (2.0 * deviation)).tanh() as f32,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_gaussian_peaks_at_its_centre_and_falls_as_it_should() {
        let image = density(&[[0.6, -0.6]], 0.1);
        let column = |x: f64| ((x + REACH) * DENSITY_SIDE as f64 / (2.0 * REACH)) as usize;
        let row = |y: f64| ((REACH - y) * DENSITY_SIDE as f64 / (2.0 * REACH)) as usize;
        let at = |x: f64, y: f64| image[row(y) * DENSITY_SIDE + column(x)];
        assert!(at(0.6, -0.6) > 0.98);
        assert!((at(0.7, -0.6) - (-0.5_f32).exp()).abs() < 0.06, "{}", at(0.7, -0.6));
        assert_eq!(at(-0.6, 0.6), 0.0);
        assert!(density(&[[f32::NAN, 5.0]], f32::NAN).iter().all(|x| *x == 0.0));
        assert!(density(&[[50.0, 0.0]], 0.1).iter().all(|x| *x == 0.0), "outside is nothing");
    }

    #[test]
    fn leanings_are_between_generated_and_real() {
        assert_eq!(leanings(&[0.0, 40.0, -40.0], Output::Logit), [0.0, 1.0, -1.0]);
        assert_eq!(leanings(&[0.5, 7.0, -7.0], Output::Belief), [0.0, 1.0, -1.0]);
        let scores = leanings(&[10.0, 12.0, 14.0], Output::Score);
        assert!(scores[0] < 0.0 && scores[1] == 0.0 && scores[2] > 0.0, "{scores:?}");
    }
}
