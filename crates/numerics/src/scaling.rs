//! By what a tensor is divided before it is rounded to an element format, so that its numbers lie where the format has its digits.
//!
//! Floats, integers and codebooks have their digits everywhere up to the end of their range, so the largest magnitude goes there. A
//! posit's digits are near 1 and fewer the farther away (Gustafson and Yonemoto, 2017): scaled to its largest value, which has none, it
//! would be at its worst. For posits the root mean square goes to 1, or the largest magnitude to 1, 2, 4, 8 or 16, whichever loses least
//! on a sample of the tensor.
//!
//! Units: scales divide; restored numbers are multiplied by them.
//! Left out: scales of blocks (`blocks`), scales found by searching freely.

use crate::format::{Format, Kind};
use crate::round::{Rounding, RoundingMode};

/// What is brought where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// The largest magnitude to the format's largest value.
    Range,
    /// The root mean square to 1.
    Rms,
    /// The largest magnitude to this.
    Absmax(u8),
}

/// What may be tried with posits.
const NEAR_ONE: [Aim; 6] =
    [Aim::Rms, Aim::Absmax(1), Aim::Absmax(2), Aim::Absmax(4), Aim::Absmax(8), Aim::Absmax(16)];

/// What is known of a tensor's finite numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Extent {
    /// Largest magnitude.
    pub absmax: f64,
    /// Root mean square.
    pub rms: f64,
}

impl Aim {
    /// Stable name: `range`, `rms`, `absmax-4`.
    pub fn id(self) -> String {
        match self {
            Self::Range => "range".to_owned(),
            Self::Rms => "rms".to_owned(),
            Self::Absmax(to) => format!("absmax-{to}"),
        }
    }

    /// The divisor, as it is stored: binary32 where that holds it as a normal number, binary64 elsewhere. 1 for a tensor of zeros.
    pub fn scale(self, format: &Format, extent: &Extent) -> f64 {
        let exact = match self {
            Self::Range => extent.absmax / format.decode(format.max_finite()).to_f64(),
            Self::Rms => extent.rms,
            Self::Absmax(to) => extent.absmax / f64::from(to),
        };
        if !(exact > 0.0 && exact.is_finite()) {
            return 1.0;
        }
        let narrow = exact as f32;
        if narrow.is_normal() { f64::from(narrow) } else { exact }
    }
}

/// The aim of least squared error on a sample of the tensor; the first of equals.
pub fn choose(format: &Format, rounding: &Rounding, extent: &Extent, sample: &[f64]) -> Aim {
    if !matches!(format.kind, Kind::Posit(_)) {
        return Aim::Range;
    }
    let mut rounding = *rounding;
    // Chance would choose another scale for every seed.
    if matches!(rounding.mode, RoundingMode::Stochastic { .. }) {
        rounding.mode = RoundingMode::NearestEven;
    }
    let noise = |aim: Aim| {
        let scale = aim.scale(format, extent);
        let finite = sample.iter().filter(|x| x.is_finite());
        // In units of the scale's own size, so that squares stay in range.
        finite
            .map(|x| {
                let error = format.encode_f64(x / scale, &rounding).value.to_f64() * scale - x;
                (error / extent.absmax).powi(2)
            })
            .sum::<f64>()
    };
    let mut best = (Aim::Rms, f64::INFINITY);
    for aim in NEAR_ONE {
        let noise = noise(aim);
        if noise < best.1 {
            best = (aim, noise);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::by_id;
    use crate::samples::{Shape, draw};

    fn sqnr_db(id: &str, sample: &[f64], aim: Option<Aim>) -> (Aim, f64) {
        let format = by_id(id).expect("a format");
        let absmax = sample.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        let power: f64 = sample.iter().map(|x| x * x).sum();
        let extent = Extent { absmax, rms: (power / sample.len() as f64).sqrt() };
        let aim = aim.unwrap_or_else(|| choose(format, &Rounding::default(), &extent, sample));
        let scale = aim.scale(format, &extent);
        let noise: f64 = sample
            .iter()
            .map(|x| (format.encode_f64(x / scale, &Rounding::default()).value.to_f64() * scale - x).powi(2))
            .sum();
        (aim, 10.0 * (power / noise).log10())
    }

    #[test]
    fn posits_are_scaled_to_where_their_digits_are() {
        let sample: Vec<f64> = (0..8192).map(|i| f64::from(draw(Shape::Normal, 0.02, 1, i))).collect();
        let (aim, found) = sqnr_db("posit8", &sample, None);
        assert!(found > 31.0, "{aim:?} {found}");
        assert!(sqnr_db("posit8", &sample, Some(Aim::Range)).1 < 0.0);
        for aim in NEAR_ONE {
            assert!(sqnr_db("posit8", &sample, Some(aim)).1 <= found, "{aim:?}");
        }
        assert_eq!(sqnr_db("e4m3", &sample, None).0, Aim::Range);
        assert_eq!(sqnr_db("int8", &sample, None).0, Aim::Range);
    }

    #[test]
    fn every_size_has_a_scale() {
        let format = by_id("e4m3").expect("E4M3");
        let of = |absmax| Aim::Range.scale(format, &Extent { absmax, rms: absmax });
        assert_eq!((of(448.0), of(0.0), of(896.0)), (1.0, 1.0, 2.0));
        assert!((of(1e200) / (1e200 / 448.0) - 1.0).abs() < 1e-15 && of(1e-200) > 0.0);
        // The same numbers times a power of two have the same best aim.
        let format = by_id("posit8").expect("Posit8");
        let aim = |exponent: i32| {
            let unit = 2.0_f64.powi(exponent);
            let sample: Vec<f64> =
                (0..512).map(|i| unit * f64::from(draw(Shape::Outliers, 1.0, 1, i))).collect();
            let mut moments = crate::moments::Moments::new();
            for x in &sample {
                moments.push(*x);
            }
            let extent = Extent { absmax: moments.absmax(), rms: moments.rms() };
            choose(format, &Rounding::default(), &extent, &sample)
        };
        for exponent in [-700, -100, 90, 700] {
            assert_eq!(aim(exponent), aim(0), "{exponent}");
        }
    }
}
