//! Rounding of binary32 numbers to narrower formats, element by element, with counts of what was lost.
//!
//! [`FloatRounder`] serves sign-exponent-significand formats with subnormals whose values are binary32 numbers; [`IntRounder`]
//! two's complement. Both are branch-free, so that compilers widen the loops around them, and both are written in integers where a GPU cannot be trusted with
//! floats: overflow is decided on bit patterns before infinity could arise. Everything else goes through
//! `numerics` ([`General`]). Stochastic rounding adds random bits below the last place; their number limits its resolution to
//! 2^-24 of a step and better.
//!
//! Left out: rounding of the sign of zero in formats without negative zero by any other rule than `numerics`', which is followed.

mod float;
mod general;
mod int;

pub use float::FloatRounder;
pub use general::General;
pub use int::IntRounder;

use numerics::{Format, Kind, Overflow, Rounding, RoundingMode};

use crate::policy::{Mode, Quantizer, Scaling, Target};

/// How often something was lost. Zeros, infinities and NaN that were there before are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Elements rounded.
    pub total: u64,
    /// Finite numbers beyond the largest finite value.
    pub overflow: u64,
    /// Numbers other than zero that became zero.
    pub underflow: u64,
    /// NaN that came in.
    pub nan: u64,
}

impl Counts {
    /// Adds the counts of another part.
    pub fn add(&mut self, other: Counts) {
        self.total += other.total;
        self.overflow += other.overflow;
        self.underflow += other.underflow;
        self.nan += other.nan;
    }
}

/// One element's rounding, as fast as the format allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rounder {
    /// Float formats.
    Float(FloatRounder),
    /// Two's complement.
    Int(IntRounder),
}

impl Rounder {
    /// The kernel of a format, where there is one: nearest-even or stochastic.
    pub fn new(format: &Format, mode: Mode, saturate: bool) -> Option<Rounder> {
        if !matches!(mode, Mode::Fixed(RoundingMode::NearestEven) | Mode::Stochastic { .. }) {
            return None;
        }
        match format.kind {
            Kind::Float(spec) => FloatRounder::new(format, &spec, saturate).map(Rounder::Float),
            Kind::Int(spec) => IntRounder::new(spec).map(Rounder::Int),
            Kind::Codebook(_) | Kind::Posit(_) => None,
        }
    }

    /// The kernel of a quantizer that rounds each element by itself, without a scale.
    pub fn unscaled(quantizer: &Quantizer) -> Option<Rounder> {
        match quantizer.target {
            Target::Element(format, Scaling::None) => {
                Rounder::new(&format, quantizer.mode, quantizer.saturate)
            }
            _ => None,
        }
    }

    /// Rounds to nearest-even in place.
    pub fn nearest(&self, x: &mut [f32]) -> Counts {
        match self {
            Rounder::Float(rounder) => rounder.nearest(x),
            Rounder::Int(rounder) => rounder.nearest(x),
        }
    }

    /// Rounds in place with a random word per element.
    pub fn stochastic(&self, x: &mut [f32], random: impl Fn(usize) -> u32) -> Counts {
        match self {
            Rounder::Float(rounder) => rounder.stochastic(x, random),
            Rounder::Int(rounder) => rounder.stochastic(x, random),
        }
    }
}

/// The rounding of `numerics` that a quantizer's deterministic mode means.
pub(crate) fn numerics_rounding(quantizer: &Quantizer) -> Rounding {
    let mode = match quantizer.mode {
        Mode::Fixed(mode) => mode,
        Mode::Stochastic { .. } => RoundingMode::Stochastic { random: 0 },
    };
    let overflow = if quantizer.saturate { Overflow::Saturate } else { Overflow::Native };
    Rounding { mode, overflow, flush_subnormals: false }
}
