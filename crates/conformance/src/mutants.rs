//! Deliberately wrong encoders: each must make the suite fail.

use numerics::{Format, Rounding, RoundingMode};

/// A way of being wrong that real converters are known for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// Nearest sends every tie away from zero.
    TiesUp,
    /// The number passes through binary32 first.
    DoubleRounding,
    /// Subnormal results become zero.
    FlushSubnormals,
}

impl Mutant {
    pub(crate) const ALL: [(&str, Mutant); 3] = [
        ("ties-up", Mutant::TiesUp),
        ("double-rounding", Mutant::DoubleRounding),
        ("flush-subnormals", Mutant::FlushSubnormals),
    ];

    pub(crate) fn from_name(name: &str) -> Option<Mutant> {
        Mutant::ALL.iter().find(|(known, _)| *known == name).map(|(_, mutant)| *mutant)
    }
}

/// The crate's encoder, or a wrong one around it.
pub(crate) fn encode(mutant: Option<Mutant>, format: &Format, x: f64, rounding: &Rounding) -> u64 {
    let (mut x, mut rounding) = (x, *rounding);
    match mutant {
        Some(Mutant::TiesUp) if rounding.mode == RoundingMode::NearestEven => {
            rounding.mode = RoundingMode::NearestAway;
        }
        None | Some(Mutant::TiesUp) => {}
        Some(Mutant::DoubleRounding) => x = f64::from(x as f32),
        Some(Mutant::FlushSubnormals) => rounding.flush_subnormals = true,
    }
    format.encode_f64(x, &rounding).code
}
