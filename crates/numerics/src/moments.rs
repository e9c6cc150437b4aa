//! Count, mean, spread and range of numbers as they come, one after the other.
//!
//! Welford's recurrence: the sum of squared distances from the running mean, never the difference of two large sums, so an offset of 1e9
//! costs no digit of the spread. Numbers are divided by a power of two above the largest so far, which is exact, so neither 1e200 nor
//! 1e-200 leaves the range. In index order and without a merge: the same bits however the numbers are sliced.
//!
//! NaN and the infinities are counted and left out. The standard deviation is that of the numbers themselves (divided by n).
//! Source: Welford, "Note on a method for calculating corrected sums of squares and products", 1962.

/// What is known of the numbers so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// NaNs seen.
    pub nan_count: u64,
    /// Infinities seen.
    pub infinite_count: u64,
    /// Finite numbers seen.
    pub finite_count: u64,
    min: f64,
    max: f64,
    /// Numbers are divided by 2 to this.
    exponent: i32,
    /// Numbers below this magnitude need no other exponent.
    limit: f64,
    inverse: f64,
    mean: f64,
    squares: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            nan_count: 0,
            infinite_count: 0,
            finite_count: 0,
            min: 0.0,
            max: 0.0,
            exponent: LOWEST,
            limit: 0.0,
            inverse: power(-LOWEST),
            mean: 0.0,
            squares: 0.0,
        }
    }
}

/// The smallest exponent in use: its inverse is still a number.
const LOWEST: i32 = -1000;

/// 2^exponent, for -1022 ≤ exponent ≤ 1023.
fn power(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

/// `x · 2^exponent` for any exponent, in steps that are numbers.
fn shifted(mut x: f64, mut exponent: i32) -> f64 {
    while exponent != 0 && x != 0.0 {
        let step = exponent.clamp(-900, 900);
        x *= power(step);
        exponent -= step;
    }
    x
}

impl Moments {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one number.
    #[inline]
    pub fn push(&mut self, x: f64) {
        if !x.is_finite() {
            self.nan_count += u64::from(x.is_nan());
            self.infinite_count += u64::from(x.is_infinite());
            return;
        }
        if self.finite_count == 0 {
            (self.min, self.max) = (x, x);
        }
        self.min = self.min.min(x);
        self.max = self.max.max(x);
        if x.abs() >= self.limit {
            self.raise(x);
        }
        self.finite_count += 1;
        let y = x * self.inverse;
        let before = y - self.mean;
        self.mean += before / self.finite_count as f64;
        self.squares += before * (y - self.mean);
    }

    /// Numbers seen, finite or not.
    pub fn count(&self) -> u64 {
        self.finite_count + self.nan_count + self.infinite_count
    }

    /// Smallest finite number; 0 before the first.
    pub fn min(&self) -> f64 {
        self.min
    }

    /// Largest finite number; 0 before the first.
    pub fn max(&self) -> f64 {
        self.max
    }

    /// Largest magnitude of a finite number.
    pub fn absmax(&self) -> f64 {
        self.min.abs().max(self.max.abs())
    }

    /// Mean of the finite numbers; 0 before the first.
    pub fn mean(&self) -> f64 {
        shifted(self.mean, self.exponent)
    }

    /// Their standard deviation; 0 before the second.
    pub fn std(&self) -> f64 {
        shifted((self.squares / self.finite_count.max(1) as f64).max(0.0).sqrt(), self.exponent)
    }

    /// Their root mean square: distance from zero rather than from the mean.
    pub fn rms(&self) -> f64 {
        let variance = self.squares / self.finite_count.max(1) as f64;
        shifted((variance + self.mean * self.mean).max(0.0).sqrt(), self.exponent)
    }

    /// Makes room for a larger number.
    #[cold]
    fn raise(&mut self, x: f64) {
        // The exponent field is floor(log2) + 1023; one more keeps every number below 1, some room keeps this rare.
        let needed = ((x.abs().to_bits() >> 52) as i32 - 1023 + 1).max(LOWEST);
        if x == 0.0 || needed <= self.exponent && self.limit > 0.0 {
            return;
        }
        let exponent = needed.min(1022);
        let down = self.exponent - exponent;
        if self.finite_count > 0 {
            self.mean = shifted(self.mean, down);
            self.squares = shifted(shifted(self.squares, down), down);
        }
        self.exponent = exponent;
        self.inverse = power(-exponent);
        self.limit = power(exponent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Moments {
        let mut moments = Moments::new();
        for x in values {
            moments.push(*x);
        }
        moments
    }

    #[track_caller]
    fn near(found: f64, right: f64) {
        assert!((found / right - 1.0).abs() < 1e-12, "{found:e} for {right:e}");
    }

    #[test]
    fn an_offset_costs_no_digit() {
        let m = of(&[1e9, 1e9 + 1.0, 1e9 + 2.0]);
        near(m.std(), (2.0_f64 / 3.0).sqrt());
        assert_eq!(m.mean(), 1e9 + 1.0);
    }

    #[test]
    fn no_size_leaves_the_range() {
        for unit in [1.0, 1e200, 1e-200, 1e300, 1e-300, 5e307, 1e-310] {
            let m = of(&[unit, -unit, 3.0 * unit]);
            let digits = if unit < 1e-307 { 1e-8 } else { 1e-12 };
            for (found, right) in
                [(m.std(), (8.0_f64 / 3.0).sqrt() * unit), (m.rms(), (11.0_f64 / 3.0).sqrt() * unit)]
            {
                assert!((found / right - 1.0).abs() < digits, "{unit:e}: {found:e} for {right:e}");
            }
            assert_eq!((m.min(), m.max(), m.absmax()), (-unit, 3.0 * unit, 3.0 * unit));
        }
        assert_eq!(of(&[f64::MAX, -f64::MAX]).std(), f64::MAX);
        assert_eq!((of(&[0.0; 3]).std(), of(&[]).std(), of(&[7.5]).std()), (0.0, 0.0, 0.0));
        // Every number one step larger in scale than the last.
        let rising: Vec<f64> = (-300..300).map(|i| 10.0_f64.powi(i)).collect();
        near(of(&rising).mean(), 1e299 / 9.0 * 10.0 / 600.0);
    }

    #[test]
    fn what_is_not_finite_is_counted_and_left_out() {
        let m = of(&[f64::NAN, 1.0, f64::INFINITY, 3.0, f64::NEG_INFINITY]);
        assert_eq!((m.nan_count, m.infinite_count, m.finite_count, m.count()), (1, 2, 2, 5));
        assert_eq!((m.mean(), m.std(), m.min(), m.max()), (2.0, 1.0, 1.0, 3.0));
    }

    proptest::proptest! {
        #[test]
        fn two_passes_say_the_same(values in proptest::collection::vec(-1e6_f64..1e6, 1..200), offset in -1e12_f64..1e12) {
            let values: Vec<f64> = values.iter().map(|x| x + offset).collect();
            let n = values.len() as f64;
            let mean = offset + values.iter().map(|x| x - offset).sum::<f64>() / n;
            let std = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
            let m = of(&values);
            proptest::prop_assert!((m.std() - std).abs() <= 1e-9 * std + 1e-9 * offset.abs() / 1e6, "{} {}", m.std(), std);
        }
    }
}
