//! Two's complement: nearest-even by the adder, clamped to the format's range, which for scaled values is the symmetric one (see
//! [`crate::policy::max_finite`]) only because no scaled value goes beyond it. NaN becomes 0.

use numerics::IntSpec;

use super::Counts;

/// `1.5 · 2^23`: adding it leaves whole numbers of magnitude up to 2^22.
const TO_WHOLE: f32 = 12_582_912.0;

/// Constants of one format.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IntRounder {
    /// Smallest value, in steps.
    pub min: f32,
    /// Largest value, in steps.
    pub max: f32,
    /// A step.
    pub step: f32,
}

impl IntRounder {
    /// The constants of a format of at most 16 bits.
    pub fn new(spec: IntSpec) -> Option<IntRounder> {
        if !(2..=16).contains(&spec.bits) || !(-60..=60).contains(&spec.scale_exponent) {
            return None;
        }
        let half = (1_u32 << (spec.bits - 1)) as f32;
        Some(IntRounder { min: -half, max: half - 1.0, step: (spec.scale_exponent as f32).exp2() })
    }

    #[inline(always)]
    fn map(&self, x: &mut [f32], whole: impl Fn(usize, f32) -> f32) -> Counts {
        let inverse = 1.0 / self.step;
        let (mut overflow, mut underflow, mut nan) = (0_u32, 0_u32, 0_u32);
        for (i, x) in x.iter_mut().enumerate() {
            let steps = *x * inverse;
            let rounded = whole(i, steps.clamp(-4_000_000.0, 4_000_000.0));
            let over = (rounded > self.max) || (rounded < self.min);
            let clamped = if rounded > self.max { self.max } else { rounded };
            let clamped = if clamped < self.min { self.min } else { clamped };
            let is_nan = x.is_nan();
            overflow += u32::from(over & x.is_finite());
            underflow += u32::from((clamped == 0.0) && (*x != 0.0) && !is_nan);
            nan += u32::from(is_nan);
            // Adding 0 makes a negative zero positive: two's complement has none.
            *x = if is_nan { 0.0 } else { clamped * self.step + 0.0 };
        }
        Counts {
            total: x.len() as u64,
            overflow: overflow.into(),
            underflow: underflow.into(),
            nan: nan.into(),
        }
    }

    /// Nearest-even, in place.
    pub fn nearest(&self, x: &mut [f32]) -> Counts {
        self.map(x, |_, steps| (steps + TO_WHOLE) - TO_WHOLE)
    }

    /// Up with the probability of the distance, from a random word per element, in place.
    pub fn stochastic(&self, x: &mut [f32], random: impl Fn(usize) -> u32) -> Counts {
        self.map(x, |i, steps| {
            let fraction = f64::from(random(i)) / 4_294_967_296.0;
            (f64::from(steps) + fraction).floor() as f32
        })
    }
}
