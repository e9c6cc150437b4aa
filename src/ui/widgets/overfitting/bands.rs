//! One curve of many seeds: mean, least and greatest at the steps that all of them have. No DOM.

/// Mean, least and greatest by step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spread {
    /// Step and mean.
    pub mean: Vec<(f64, f64)>,
    /// Step, least, greatest.
    pub band: Vec<(f64, f64, f64)>,
}

/// Of curves with ascending steps, one a seed. A step that one of them lacks is left out: a seed that is behind, or whose numbers are no longer
/// finite, ends the band. Reports leave out steps by powers of two, so what is common is never rare.
pub fn spread(curves: &[Vec<(f64, f64)>]) -> Spread {
    let mut spread = Spread::default();
    let Some((first, others)) = curves.split_first() else { return spread };
    let mut places = vec![0; others.len()];
    'steps: for &(step, value) in first {
        let (mut sum, mut least, mut most) = (value, value, value);
        for (curve, place) in others.iter().zip(&mut places) {
            while curve.get(*place).is_some_and(|point| point.0 < step) {
                *place += 1;
            }
            match curve.get(*place) {
                Some(&(at, value)) if at == step => {
                    sum += value;
                    (least, most) = (least.min(value), most.max(value));
                }
                Some(_) => continue 'steps,
                None => break 'steps,
            }
        }
        spread.mean.push((step, sum / curves.len() as f64));
        spread.band.push((step, least, most));
    }
    spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_steps_that_all_seeds_have_count() {
        let all = [
            vec![(1.0, 1.0), (2.0, 2.0), (4.0, 4.0), (8.0, 8.0)],
            vec![(2.0, 6.0), (3.0, 0.0), (4.0, 1.0), (8.0, 2.0)],
            vec![(1.0, 9.0), (2.0, 1.0), (4.0, 1.0)],
        ];
        let spread = super::spread(&all);
        assert_eq!(spread.mean, [(2.0, 3.0), (4.0, 2.0)]);
        assert_eq!(spread.band, [(2.0, 1.0, 6.0), (4.0, 1.0, 4.0)]);
        assert_eq!(super::spread(&all[..1]).mean, all[0]);
        assert_eq!(super::spread(&[all[0].clone(), Vec::new()]), Spread::default());
        assert_eq!(super::spread(&[]), Spread::default());
    }
}
