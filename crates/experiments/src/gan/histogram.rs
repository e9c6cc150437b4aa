//! Exponents of many numbers, beside what a format can hold: underflow seen before and after it happens.

use engine::policy::{Choice, RoleRounding, Scaling};
use numerics::Format;

/// Exponent of the first bin.
pub const FIRST: i32 = -48;
/// Bins; bin `i` counts magnitudes in `[2^(FIRST+i), 2^(FIRST+i+1))`.
pub const BINS: usize = 72;

/// Magnitudes by binary exponent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exponents {
    /// Counts by bin.
    pub bins: [u32; BINS],
    /// Zeros.
    pub zeros: u32,
    /// Numbers below the first bin.
    pub below: u32,
    /// Finite numbers beyond the last bin.
    pub above: u32,
    /// Infinities and NaN.
    pub not_finite: u32,
}

impl Default for Exponents {
    fn default() -> Exponents {
        Exponents { bins: [0; BINS], zeros: 0, below: 0, above: 0, not_finite: 0 }
    }
}

impl Exponents {
    /// Counts more numbers.
    pub fn add(&mut self, values: &[f32]) {
        for &value in values {
            if !value.is_finite() {
                self.not_finite += 1;
                continue;
            }
            if value == 0.0 {
                self.zeros += 1;
                continue;
            }
            // Exact: binary32's subnormals are normal in binary64.
            let exponent = (f64::from(value).to_bits() >> 52 & 0x7FF) as i32 - 1023;
            let bin = exponent - FIRST;
            if bin < 0 {
                self.below += 1;
            } else if let Some(count) = self.bins.get_mut(bin as usize) {
                *count += 1;
            } else {
                self.above += 1;
            }
        }
    }
}

/// What a format can hold, as powers of two: logarithms to base 2 of magnitudes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Of the least positive value.
    pub least: f64,
    /// Of the least value with full precision.
    pub least_normal: f64,
    /// Of the greatest finite value.
    pub greatest: f64,
}

/// The range of a format; `None` when it has no positive values.
pub fn range(format: &Format) -> Option<Range> {
    let log = |code: u64| format.decode(code).to_f64().log2();
    Some(Range {
        least: log(format.min_positive()?),
        least_normal: log(format.min_normal()?),
        greatest: log(format.max_finite()),
    })
}

/// The range of a rounding; `None` when scales move it with every tensor or block.
pub fn range_of(rounding: &RoleRounding) -> Option<Range> {
    match rounding.choice {
        Choice::Element(format, Scaling::None) => range(&format),
        Choice::Element(format, Scaling::Fixed(scale)) => {
            let (range, shift) = (range(&format)?, f64::from(scale).log2());
            Some(Range {
                least: range.least + shift,
                least_normal: range.least_normal + shift,
                greatest: range.greatest + shift,
            })
        }
        Choice::Element(..) | Choice::Block(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Exponents, FIRST, range};

    #[test]
    fn every_number_is_counted_once() {
        let mut exponents = Exponents::default();
        exponents.add(&[1.0, -1.5, 1.999, 2.0, 0.0, -0.0, f32::NAN, f32::INFINITY, 1e-45, f32::MAX]);
        assert_eq!(exponents.bins[(-FIRST) as usize], 3);
        assert_eq!(exponents.bins[(1 - FIRST) as usize], 1);
        assert_eq!((exponents.zeros, exponents.not_finite, exponents.below, exponents.above), (2, 2, 1, 1));
    }

    #[test]
    fn ranges_are_those_of_the_formats() {
        let found = |id: &str| {
            let range = range(numerics::by_id(id).expect("a format")).expect("positive values");
            (range.least, range.least_normal, range.greatest)
        };
        assert_eq!(found("fp16"), (-24.0, -14.0, 65504_f64.log2()));
        assert_eq!(found("e4m3"), (-9.0, -6.0, 448_f64.log2()));
        assert_eq!(found("e5m2"), (-16.0, -14.0, 57344_f64.log2()));
    }
}
