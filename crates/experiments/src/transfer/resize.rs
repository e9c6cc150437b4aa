//! Squares of other sizes: a triangle filter that widens when the picture shrinks, so that nothing is skipped.
//!
//! The filter is a pixel wide on either side when enlarging (linear interpolation) and `own / side` when shrinking; its weights are
//! normalised, so borders keep their level. Channels are interleaved. In binary32, rows first.

/// Weights of one place along an axis: the first pixel read, and the weights from there on.
fn taps(own: usize, side: usize) -> Vec<(usize, Vec<f32>)> {
    let scale = own as f32 / side as f32;
    let reach = scale.max(1.0);
    (0..side)
        .map(|place| {
            let centre = (place as f32 + 0.5) * scale - 0.5;
            let first = (centre - reach).ceil().max(0.0) as usize;
            let last = ((centre + reach).floor().max(0.0) as usize).min(own - 1);
            let mut weights: Vec<f32> =
                (first..=last).map(|pixel| (1.0 - (pixel as f32 - centre).abs() / reach).max(0.0)).collect();
            let sum: f32 = weights.iter().sum();
            for weight in &mut weights {
                *weight /= sum;
            }
            (first, weights)
        })
        .collect()
}

/// A picture of `own`² pixels and `channels` channels as one of `side`². Sizes are at least 1.
pub(super) fn resize(picture: &[f32], own: usize, channels: usize, side: usize) -> Vec<f32> {
    if own == side {
        return picture.to_vec();
    }
    let taps = taps(own, side);
    let mut rows = Vec::with_capacity(own * side * channels);
    for line in picture.chunks_exact(own * channels) {
        for (first, weights) in &taps {
            for channel in 0..channels {
                let pixels = line[first * channels + channel..].iter().step_by(channels);
                rows.push(weights.iter().zip(pixels).map(|(weight, x)| weight * x).sum());
            }
        }
    }
    let width = side * channels;
    let mut out = vec![0.0_f32; side * width];
    for (line, (first, weights)) in out.chunks_exact_mut(width).zip(&taps) {
        for (row, weight) in rows[first * width..].chunks_exact(width).zip(weights) {
            line.iter_mut().zip(row).for_each(|(sum, x)| *sum += weight * x);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::resize;

    #[test]
    fn levels_stay_and_lines_are_interpolated() {
        for (own, side) in [(3, 7), (7, 3), (4, 4), (1, 5), (5, 1)] {
            let even = resize(&vec![2.0; own * own * 2], own, 2, side);
            assert_eq!(even.len(), side * side * 2);
            assert!(even.iter().all(|x| (x - 2.0).abs() < 1e-6), "{own} {side}");
        }
        // Halfway between the pixels' centres, and beyond the outer ones their own level.
        let grown = resize(&[0.0, 4.0, 0.0, 4.0], 2, 1, 4);
        assert_eq!(&grown[..4], [0.0, 1.0, 3.0, 4.0]);
        // A ramp's mean stays when it shrinks.
        let ramp: Vec<f32> = (0..64).map(|i| (i % 8) as f32).collect();
        let shrunk = resize(&ramp, 8, 1, 2);
        assert!((shrunk[0] + shrunk[1] - 7.0).abs() < 1e-5, "{shrunk:?}");
    }
}
