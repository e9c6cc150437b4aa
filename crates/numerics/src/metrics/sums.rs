//! Sums that neither overflow nor underflow while their terms are finite.
//!
//! Terms of ordinary size are added as they are, in index order, so the sum has the bits of the plain loop. Terms whose square would
//! leave binary64's range go, multiplied by a power of two, to a sum of their own (Blue, "A portable Fortran program to find the
//! Euclidean norm of a vector", 1978). Powers of two are exact, so nothing else is rounded.

/// Terms in this range have ordinary products.
const LARGE: f64 = power(500);
const SMALL: f64 = power(-500);
/// What large and small terms are multiplied by.
const DOWN: f64 = power(-600);
const UP: f64 = power(600);
/// Binary orders by which a product of two such terms is off.
const SHIFT: i32 = 1200;

/// 2^exponent within binary64's normal range.
const fn power(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

/// `value · 2^exponent`, where the product itself may lie outside binary64's range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaled {
    /// The part that is a number.
    pub value: f64,
    /// The power of two beside it.
    pub exponent: i32,
}

impl Scaled {
    /// As a plain number, which may be infinite or zero.
    pub fn to_f64(self) -> f64 {
        self.over(0)
    }

    /// Divided by `2^exponent`.
    pub fn over(self, exponent: i32) -> f64 {
        let mut left = self.exponent - exponent;
        let mut value = self.value;
        while left != 0 && value != 0.0 && value.is_finite() {
            let step = left.clamp(-600, 600);
            value *= power(step);
            left -= step;
        }
        value
    }

    /// The sum of two, beside the larger exponent.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let ours = other.value == 0.0 || self.value != 0.0 && self.exponent >= other.exponent;
        let exponent = if ours { self.exponent } else { other.exponent };
        Self { value: self.over(exponent) + other.over(exponent), exponent }
    }

    /// Divided by a count, its square root: a root mean square.
    pub(super) fn root_of_mean(self, count: f64) -> f64 {
        // The exponent is even.
        Self { value: (self.value / count).sqrt(), exponent: self.exponent / 2 }.to_f64()
    }
}

/// A sum of products of two numbers, a square being the product of a number with itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct ProductSum {
    ordinary: f64,
    large: f64,
    small: f64,
}

impl ProductSum {
    #[inline]
    pub(super) fn square(&mut self, x: f64) {
        let magnitude = x.abs();
        if magnitude < LARGE && (magnitude > SMALL || x == 0.0) {
            self.ordinary += x * x;
        } else {
            self.beyond(x, x);
        }
    }

    #[inline]
    pub(super) fn product(&mut self, a: f64, b: f64) {
        let (low, high) = (a.abs().min(b.abs()), a.abs().max(b.abs()));
        if high < LARGE && (high > SMALL || low == 0.0) {
            self.ordinary += a * b;
        } else {
            self.beyond(a, b);
        }
    }

    #[cold]
    fn beyond(&mut self, a: f64, b: f64) {
        if a.abs().max(b.abs()) >= LARGE {
            self.large += (a * DOWN) * (b * DOWN);
        } else {
            self.small += (a * UP) * (b * UP);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.ordinary += other.ordinary;
        self.large += other.large;
        self.small += other.small;
    }

    /// The whole sum. Parts too small to show beside the others are dropped by the addition itself.
    pub(super) fn total(&self) -> Scaled {
        if self.large != 0.0 {
            Scaled { value: self.large + self.ordinary * DOWN * DOWN, exponent: SHIFT }
        } else if self.small != 0.0 && self.ordinary.abs() < power(-300) {
            Scaled { value: self.small + self.ordinary * UP * UP, exponent: -SHIFT }
        } else {
            Scaled { value: self.ordinary, exponent: 0 }
        }
    }
}

/// A sum of numbers, for means.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct PlainSum {
    ordinary: f64,
    large: f64,
}

impl PlainSum {
    #[inline]
    pub(super) fn add(&mut self, x: f64) {
        if x.abs() < power(900) {
            self.ordinary += x;
        } else {
            self.large += x * DOWN;
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.ordinary += other.ordinary;
        self.large += other.large;
    }

    pub(super) fn mean(&self, count: f64) -> f64 {
        if self.large == 0.0 {
            return self.ordinary / count;
        }
        (self.large + self.ordinary * DOWN) / count * UP
    }
}
