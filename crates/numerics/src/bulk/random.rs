//! Random thresholds for stochastic rounding, by position instead of by turn.
//!
//! The threshold of element `i` is a hash of `(seed, i)`, so a slice can be converted in any pieces, in any
//! order and on any number of workers with the same result. The mixing function is the finaliser of
//! SplitMix64 (Steele, Lea and Flood, 2014), applied to the seed and again to seed and position, so that
//! neighbouring seeds do not give shifted copies of one sequence.
//! Left out: cryptographic strength; this is noise, not a secret.

/// Odd constant nearest to 2^64 divided by the golden ratio.
pub const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The threshold of element `index` under `seed`: uniform in `0..2^64`.
#[inline]
pub fn random_at(seed: u64, index: u64) -> u64 {
    mix64(mix64(seed.wrapping_add(GOLDEN)).wrapping_add(index.wrapping_add(1).wrapping_mul(GOLDEN)))
}

/// The finaliser itself: a bijection on 64 bits that spreads neighbouring numbers.
#[inline]
pub const fn mix64(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::random_at;

    #[test]
    fn thresholds_are_spread_and_depend_on_seed_and_index() {
        let n = 1u64 << 16;
        let mean = (0..n).map(|i| random_at(7, i) as f64 / 2f64.powi(64)).sum::<f64>() / n as f64;
        // Standard error of the mean of 2^16 uniform numbers is 0.0011.
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
        assert_ne!(random_at(1, 0), random_at(2, 0));
        assert_ne!(random_at(1, 1), random_at(2, 0));
        assert_eq!(random_at(3, 9), random_at(3, 9));
    }
}
