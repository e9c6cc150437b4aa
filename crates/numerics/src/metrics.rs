//! How far restored numbers lie from the reference: error sums, signal to noise, counts, a histogram.
//!
//! Units: errors in the reference's own unit, `error = restored - reference`; relative errors are
//! `|error| / |reference|`; the signal-to-quantisation-noise ratio in decibels.
//!
//! Sums are plain `f64` additions in index order: pushing the slices of a sequence in order is the definition,
//! and gives the same bits on every target. Terms whose square leaves binary64's range are summed apart, so 1e200 and 1e-200 have figures
//! like any other number ([`sums`]). [`merge`](ErrorStats::merge) is for tensors of one source: their sums are added in order, which is
//! another number than one sum over all.
//!
//! What enters the sums: pairs of finite numbers. A reference that is not finite, or a finite one that was restored as
//! NaN or infinity, is counted and left out.
//! Left out: errors in units of the last place, quantiles, per-channel statistics.

mod sums;

pub use self::sums::Scaled;
use self::sums::{PlainSum, ProductSum};
use crate::format::Format;
use crate::round::{Rounding, RoundingMode};

/// Bins of the histogram of `log2` of the relative error.
pub const HISTOGRAM_BINS: usize = 50;

/// The power of two at which the second bin begins; each later bin is one power of two wide.
///
/// Bin 0 holds relative errors below `2^-40` (not zero ones), bin `i` those in `2^(i - 41) .. 2^(i - 40)`, and the
/// last bin everything from `2^8` on, with a zero that was restored as something else.
pub const HISTOGRAM_FIRST_EXPONENT: i32 = -40;

/// Reads pairs of numbers in order and gathers [`Metrics`].
#[derive(Clone, Debug)]
pub struct ErrorStats {
    /// The first finite numbers that overflow, from zero downwards and upwards.
    overflow_from: (f64, f64),
    count: u64,
    finite_count: u64,
    overflow_count: u64,
    underflow_count: u64,
    nan_in_count: u64,
    nan_out_count: u64,
    lost_count: u64,
    exact_count: u64,
    max_abs: f64,
    max_rel: f64,
    abs: PlainSum,
    signed: PlainSum,
    squared_error: ProductSum,
    squared_reference: ProductSum,
    squared_restored: ProductSum,
    product: ProductSum,
    histogram: Vec<u64>,
}

/// The result. Ratios without a denominator are NaN; means over no pairs are 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// Pairs seen.
    pub count: u64,
    /// Pairs of finite numbers: those in the sums.
    pub finite_count: u64,
    /// Largest `|error|`.
    pub max_abs: f64,
    /// Mean of `|error|`.
    pub mean_abs: f64,
    /// Mean of the error: bias.
    pub mean_signed: f64,
    /// Root of the mean square of the error.
    pub rmse: f64,
    /// `10 log10(sum reference^2 / sum error^2)`; infinite without error.
    pub sqnr_db: f64,
    /// Cosine of the angle between reference and restored numbers; 1 for equal sequences.
    pub cosine: f64,
    /// Largest relative error; infinite when a zero was restored as something else.
    pub max_rel: f64,
    /// Finite references restored as infinity or NaN, or clamped at the end of the range.
    pub overflow_count: u64,
    /// References other than zero restored as zero.
    pub underflow_count: u64,
    /// NaN references.
    pub nan_in_count: u64,
    /// NaNs among the restored numbers.
    pub nan_out_count: u64,
    /// Finite references restored as infinity or NaN: what no figure over the pairs in the sums can show.
    pub lost_count: u64,
    /// `sum reference^2` over the pairs in the sums.
    pub signal: Scaled,
    /// `sum error^2` over them.
    pub noise: Scaled,
    /// Pairs without error; infinities and NaNs that stayed what they were count too.
    pub exact_count: u64,
    /// Relative errors by power of two, see [`HISTOGRAM_FIRST_EXPONENT`]; exact pairs are not in it.
    pub histogram: Vec<u64>,
}

impl Default for ErrorStats {
    fn default() -> Self {
        Self::new()
    }
}

impl ErrorStats {
    /// Without a range: only infinities and NaNs made from finite numbers count as overflow.
    pub fn new() -> Self {
        Self::with_overflow_from(f64::NEG_INFINITY, f64::INFINITY)
    }

    /// With the range of a format: a finite reference counts as overflow when
    /// [`Encoded::overflow`](crate::Encoded::overflow) says so, or when it was restored as something that is not finite
    /// (zero in E8M0). In the stochastic mode, where chance decides, nearest-even stands in.
    pub fn for_format(format: &Format, rounding: &Rounding) -> Self {
        let mut rounding = *rounding;
        if matches!(rounding.mode, RoundingMode::Stochastic { .. }) {
            rounding.mode = RoundingMode::NearestEven;
        }
        let first = |sign: f64| {
            let overflows =
                |bits: u64| format.encode_f64(f64::from_bits(bits).copysign(sign), &rounding).overflow;
            // Magnitudes in order of their bit patterns; the first that overflows, by bisection.
            let (mut low, mut high) = (0, f64::INFINITY.to_bits());
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if overflows(middle) { high = middle } else { low = middle }
            }
            f64::from_bits(high).copysign(sign)
        };
        Self::with_overflow_from(first(-1.0), first(1.0))
    }

    /// Finite references `<= lowest` and `>= highest` count as overflow.
    pub fn with_overflow_from(lowest: f64, highest: f64) -> Self {
        Self {
            overflow_from: (lowest, highest),
            count: 0,
            finite_count: 0,
            overflow_count: 0,
            underflow_count: 0,
            nan_in_count: 0,
            nan_out_count: 0,
            lost_count: 0,
            exact_count: 0,
            max_abs: 0.0,
            max_rel: 0.0,
            abs: PlainSum::default(),
            signed: PlainSum::default(),
            squared_error: ProductSum::default(),
            squared_reference: ProductSum::default(),
            squared_restored: ProductSum::default(),
            product: ProductSum::default(),
            histogram: vec![0; HISTOGRAM_BINS],
        }
    }

    /// The next slice of the sequence. Pairs beyond the shorter slice are not looked at.
    pub fn push(&mut self, reference: &[f32], restored: &[f32]) {
        for (&reference, &restored) in reference.iter().zip(restored) {
            self.pair(f64::from(reference), f64::from(restored));
        }
    }

    /// As [`push`](Self::push), for binary64.
    pub fn push_f64(&mut self, reference: &[f64], restored: &[f64]) {
        for (&reference, &restored) in reference.iter().zip(restored) {
            self.pair(reference, restored);
        }
    }

    #[inline]
    fn pair(&mut self, reference: f64, restored: f64) {
        self.count += 1;
        let exact = reference == restored || (reference.is_nan() && restored.is_nan());
        self.exact_count += u64::from(exact);
        self.nan_in_count += u64::from(reference.is_nan());
        self.nan_out_count += u64::from(restored.is_nan());
        if !reference.is_finite() {
            return;
        }
        let (lowest, highest) = self.overflow_from;
        let beyond = reference <= lowest || reference >= highest;
        self.overflow_count += u64::from(beyond || !restored.is_finite());
        if !restored.is_finite() {
            self.lost_count += 1;
            return;
        }
        self.underflow_count += u64::from(restored == 0.0 && reference != 0.0);
        self.finite_count += 1;
        let error = restored - reference;
        let magnitude = error.abs();
        self.abs.add(magnitude);
        self.signed.add(error);
        self.squared_error.square(error);
        self.squared_reference.square(reference);
        self.squared_restored.square(restored);
        self.product.product(reference, restored);
        self.max_abs = self.max_abs.max(magnitude);
        if !exact {
            // A zero reference divides to infinity: the last bin.
            let relative = magnitude / reference.abs();
            self.max_rel = self.max_rel.max(relative);
            self.histogram[histogram_bin(relative)] += 1;
        }
    }

    /// Adds the sums of another sequence, as those of a source's next tensor. The range beyond which numbers overflow stays this one's.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.finite_count += other.finite_count;
        self.overflow_count += other.overflow_count;
        self.underflow_count += other.underflow_count;
        self.nan_in_count += other.nan_in_count;
        self.nan_out_count += other.nan_out_count;
        self.lost_count += other.lost_count;
        self.exact_count += other.exact_count;
        self.max_abs = self.max_abs.max(other.max_abs);
        self.max_rel = self.max_rel.max(other.max_rel);
        self.abs.merge(&other.abs);
        self.signed.merge(&other.signed);
        self.squared_error.merge(&other.squared_error);
        self.squared_reference.merge(&other.squared_reference);
        self.squared_restored.merge(&other.squared_restored);
        self.product.merge(&other.product);
        for (bin, more) in self.histogram.iter_mut().zip(&other.histogram) {
            *bin += more;
        }
    }

    /// Empty again, with the same range.
    #[must_use]
    pub fn emptied(&self) -> Self {
        Self::with_overflow_from(self.overflow_from.0, self.overflow_from.1)
    }

    /// The figures so far.
    pub fn finish(&self) -> Metrics {
        let n = self.finite_count.max(1) as f64;
        let (signal, noise) = (self.squared_reference.total(), self.squared_error.total());
        Metrics {
            count: self.count,
            finite_count: self.finite_count,
            max_abs: self.max_abs,
            mean_abs: self.abs.mean(n),
            mean_signed: self.signed.mean(n),
            rmse: noise.root_of_mean(n),
            sqnr_db: decibels(signal, noise),
            cosine: cosine(self.product.total(), signal, self.squared_restored.total()),
            signal,
            noise,
            lost_count: self.lost_count,
            max_rel: self.max_rel,
            overflow_count: self.overflow_count,
            underflow_count: self.underflow_count,
            nan_in_count: self.nan_in_count,
            nan_out_count: self.nan_out_count,
            exact_count: self.exact_count,
            histogram: self.histogram.clone(),
        }
    }
}

/// The bin of a relative error above zero.
fn histogram_bin(relative: f64) -> usize {
    // The exponent field is floor(log2); subnormals and infinity fall off the ends where they belong.
    let exponent = (relative.to_bits() >> 52 & 0x7FF) as i32 - 1023;
    (exponent - HISTOGRAM_FIRST_EXPONENT + 1).clamp(0, HISTOGRAM_BINS as i32 - 1) as usize
}

fn cosine(product: Scaled, squared_a: Scaled, squared_b: Scaled) -> f64 {
    // Roots first: the product of the squares could leave the range.
    let root = squared_a.value.sqrt() * squared_b.value.sqrt();
    // The exponents are even; for numbers of ordinary size they are all 0.
    Scaled {
        value: product.value / root,
        exponent: product.exponent - i32::midpoint(squared_a.exponent, squared_b.exponent),
    }
    .to_f64()
}

/// `10 log10(signal / noise)` without the platform's logarithm, so that every target shows the same digits.
pub fn decibels(signal: Scaled, noise: Scaled) -> f64 {
    if noise.value == 0.0 {
        return if signal.value == 0.0 { f64::NAN } else { f64::INFINITY };
    }
    if signal.value == 0.0 {
        return f64::NEG_INFINITY;
    }
    if !signal.value.is_finite() || !noise.value.is_finite() {
        return f64::NAN;
    }
    let orders = f64::from(signal.exponent - noise.exponent);
    (log2(signal.value) - log2(noise.value) + orders) * (10.0 * std::f64::consts::LOG10_2)
}

/// Base-2 logarithm of a finite number above zero, good to about 1e-15 of its size: the series of the area hyperbolic
/// tangent, `ln m = 2 (s + s^3/3 + s^5/5 + ...)` with `s = (m - 1)/(m + 1)`, for `m` within a root of two of 1.
fn log2(x: f64) -> f64 {
    // Subnormals are brought into the normal range first.
    let (x, offset) = if x < f64::MIN_POSITIVE { (x * 2f64.powi(64), -64) } else { (x, 0) };
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i32 - 1023 + offset;
    let mut m = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    if m > std::f64::consts::SQRT_2 {
        m /= 2.0;
        exponent += 1;
    }
    let s = (m - 1.0) / (m + 1.0);
    let square = s * s;
    let mut sum = 0.0;
    for odd in (1..=21).rev().step_by(2) {
        sum = sum * square + 1.0 / f64::from(odd);
    }
    f64::from(exponent) + 2.0 * s * sum * std::f64::consts::LOG2_E
}

#[cfg(test)]
mod tests {
    use super::log2;

    #[test]
    fn the_logarithm_agrees_with_the_platform() {
        for i in 0..20_000 {
            let x = f64::from_bits(0x0000_0000_0000_0001 + i * 0x0000_51EB_851E_B851);
            if x > 0.0 && x.is_finite() {
                let difference = (log2(x) - x.log2()).abs();
                assert!(difference <= 2e-15 * x.log2().abs().max(1.0), "{x:e}: {difference:e}");
            }
        }
        assert_eq!(log2(1.0), 0.0);
        assert_eq!(log2(8.0), 3.0);
        assert_eq!(log2(2f64.powi(-1074)), -1074.0);
    }
}
