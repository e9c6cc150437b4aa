//! What a first pass over a tensor learns: the range of its finite values.
//!
//! A format with one scale for the whole tensor (NVFP4, INT per tensor) needs this before it can
//! encode the first block. NaN and the infinities are skipped here and dealt with, element by
//! element, by the format (see the module `blocks`). Counting them is left to `metrics`.

/// Range of the finite values seen so far. Empty: `min` = +∞, `max` = −∞, `absmax` = 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TensorStats {
    /// Smallest finite value.
    pub min: f32,
    /// Largest finite value.
    pub max: f32,
    /// Largest magnitude of a finite value.
    pub absmax: f32,
}

impl Default for TensorStats {
    fn default() -> Self {
        Self { min: f32::INFINITY, max: f32::NEG_INFINITY, absmax: 0.0 }
    }
}

impl TensorStats {
    /// The stats of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The stats of one slice.
    pub fn of(values: &[f32]) -> Self {
        let mut stats = Self::new();
        stats.observe(values);
        stats
    }

    /// Widens the range by the finite values of a slice. The order of slices does not matter,
    /// except that a range ending at zero may end at either zero; no consumer tells them apart.
    pub fn observe(&mut self, values: &[f32]) {
        // Selects instead of branches: the loop stays vectorisable.
        let (mut min, mut max) = (self.min, self.max);
        for &x in values {
            let finite = x.is_finite();
            let low = if finite { x } else { f32::INFINITY };
            let high = if finite { x } else { f32::NEG_INFINITY };
            min = if low < min { low } else { min };
            max = if high > max { high } else { max };
        }
        self.min = min;
        self.max = max;
        self.absmax = if min > max { 0.0 } else { min.abs().max(max.abs()) };
    }

    /// Joins two partial passes.
    pub fn merge(&mut self, other: &Self) {
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.absmax = self.absmax.max(other.absmax);
    }

    /// Smallest and largest finite value, or `None` before the first one.
    pub fn range(&self) -> Option<(f32, f32)> {
        (self.min <= self.max).then_some((self.min, self.max))
    }

    /// The range widened to contain zero, `(0, 0)` before the first finite value. Affine integer
    /// quantisation needs zero inside its range so that zero stays exact.
    pub fn range_with_zero(&self) -> (f32, f32) {
        match self.range() {
            Some((min, max)) => (if min < 0.0 { min } else { 0.0 }, if max > 0.0 { max } else { 0.0 }),
            None => (0.0, 0.0),
        }
    }
}

/// Largest magnitude in a slice as f32 bits, NaN and ∞ included: bits at or above
/// [`NON_FINITE_BITS`] say that the slice holds one.
#[inline]
pub(super) fn max_magnitude_bits(values: &[f32]) -> u32 {
    // Magnitude bits fit i32, and a signed maximum is what baseline vector units have.
    let mut max = 0_i32;
    for &x in values {
        let bits = (x.to_bits() & 0x7FFF_FFFF) as i32;
        max = if bits > max { bits } else { max };
    }
    max as u32
}

/// Magnitude bits of +∞.
pub(super) const NON_FINITE_BITS: u32 = 0x7F80_0000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finite_values_count() {
        let stats = TensorStats::of(&[1.0, f32::NAN, -3.0, f32::INFINITY, 2.0]);
        assert_eq!(stats, TensorStats { min: -3.0, max: 2.0, absmax: 3.0 });
        assert_eq!(TensorStats::of(&[f32::NAN]), TensorStats::new());
        assert_eq!(TensorStats::new().range(), None);
        assert_eq!(TensorStats::of(&[2.0, 5.0]).range_with_zero(), (0.0, 5.0));
    }

    #[test]
    fn parts_merge_into_the_whole() {
        let values: Vec<f32> = (0..100_i16).map(|i| f32::from(i * 37 % 101) - 50.0).collect();
        let mut joined = TensorStats::of(&values[..33]);
        joined.merge(&TensorStats::of(&values[33..]));
        assert_eq!(joined, TensorStats::of(&values));
    }

    #[test]
    fn magnitude_bits_flag_what_is_not_finite() {
        assert_eq!(max_magnitude_bits(&[-2.0, 1.0]), 2.0_f32.to_bits());
        assert!(max_magnitude_bits(&[1.0, f32::NEG_INFINITY]) >= NON_FINITE_BITS);
        assert!(max_magnitude_bits(&[1.0, -f32::NAN]) >= NON_FINITE_BITS);
        assert_eq!(max_magnitude_bits(&[-0.0]), 0);
    }
}
