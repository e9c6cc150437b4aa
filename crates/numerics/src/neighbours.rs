//! Neighbouring codes by value, the gap between them, and the ends of the range.
//!
//! Codes in and out are masked to the format's width. Zeros of both signs count as one value; the step onto
//! zero from below gives negative zero where it exists, as IEEE 754's `nextUp` does.

use crate::format::{FloatSpec, Format, Kind};
use crate::value::{Dyadic, Value};

impl Format {
    /// The code of the least value greater than `code`'s. Infinity counts. `None` above the greatest and for NaN.
    pub fn next_up(&self, code: u64) -> Option<u64> {
        let code = code & self.mask();
        match &self.kind {
            Kind::Float(spec) => float_step(spec, code, true),
            Kind::Int(_) => (code != self.mask() >> 1).then(|| code.wrapping_add(1) & self.mask()),
            Kind::Codebook(entries) => Some(code + 1).filter(|&next| next < entries.len() as u64),
            Kind::Posit(_) if self.decode(code).is_nan() => None,
            Kind::Posit(_) => (code != self.mask() >> 1).then(|| code.wrapping_add(1) & self.mask()),
        }
    }

    /// The code of the greatest value less than `code`'s. Infinity counts. `None` below the least and for NaN.
    pub fn next_down(&self, code: u64) -> Option<u64> {
        let code = code & self.mask();
        // Integers and posits are ordered as two's complement; the lowest posit code is NaR.
        let lowest = (self.mask() >> 1) + 1;
        match &self.kind {
            Kind::Float(spec) => float_step(spec, code, false),
            Kind::Int(_) => (code != lowest).then(|| code.wrapping_sub(1) & self.mask()),
            Kind::Codebook(_) => code.checked_sub(1),
            Kind::Posit(_) if code == lowest || code == lowest + 1 => None,
            Kind::Posit(_) => Some(code.wrapping_sub(1) & self.mask()),
        }
    }

    /// The unit in the last place: the gap from `code`'s value to the next one away from zero in the same binade.
    ///
    /// Floats: two to the exponent of the last significand bit, the same within a binade and, for subnormals and
    /// zero, that of the lowest one (so the largest finite value has a gap although nothing follows it). Without
    /// subnormals the gap at zero is the smallest value. Integers: their scale. Codebooks and posits: the
    /// distance to the neighbour away from zero (upwards for zero), `None` at the ends. `None` for NaN and infinity.
    pub fn ulp(&self, code: u64) -> Option<Dyadic> {
        let code = code & self.mask();
        let Value::Finite(value) = self.decode(code) else { return None };
        match &self.kind {
            Kind::Float(spec) if value.is_zero() && !spec.subnormals => {
                match self.decode(self.min_positive()?) {
                    Value::Finite(smallest) => Some(smallest),
                    Value::Nan | Value::Infinity { .. } => None,
                }
            }
            Kind::Float(spec) => {
                let magnitude = code & spec.magnitude_mask();
                let field = (magnitude >> spec.significand_bits) as i32;
                let field = if spec.subnormals { field.max(1) } else { field };
                Some(Dyadic::new(false, 1, field - spec.bias - i32::from(spec.significand_bits)))
            }
            Kind::Int(spec) => Some(Dyadic::new(false, 1, spec.scale_exponent)),
            Kind::Codebook(_) | Kind::Posit(_) => {
                let next = if value.negative { self.next_down(code) } else { self.next_up(code) }?;
                match self.decode(next) {
                    Value::Finite(next) => difference(next, value),
                    Value::Nan | Value::Infinity { .. } => None,
                }
            }
        }
    }

    /// The code of the greatest finite value.
    pub fn max_finite(&self) -> u64 {
        match &self.kind {
            Kind::Float(spec) => spec.max_magnitude(),
            Kind::Int(_) | Kind::Posit(_) => self.mask() >> 1,
            Kind::Codebook(entries) => (entries.len() as u64).saturating_sub(1),
        }
    }

    /// The code of the smallest positive normal value. `None` when every value is subnormal.
    pub fn min_normal(&self) -> Option<u64> {
        match &self.kind {
            Kind::Float(spec) if spec.subnormals => {
                Some(1 << spec.significand_bits).filter(|&code| code <= spec.max_magnitude())
            }
            _ => self.min_positive(),
        }
    }

    /// The code of the smallest positive value, subnormal or not.
    pub fn min_positive(&self) -> Option<u64> {
        match &self.kind {
            Kind::Float(spec) => Some(u64::from(spec.has_zero)),
            Kind::Int(_) | Kind::Posit(_) => Some(1),
            Kind::Codebook(entries) => {
                let code = entries.partition_point(|&entry| entry <= 0.0);
                (code < entries.len()).then_some(code as u64)
            }
        }
    }
}

fn float_step(spec: &FloatSpec, code: u64, up: bool) -> Option<u64> {
    let greatest = spec.infinity_magnitude().unwrap_or(spec.max_magnitude());
    let magnitude = code & spec.magnitude_mask();
    let negative = code & spec.sign_bit() != 0;
    let is_nan =
        magnitude > greatest || (negative && magnitude == 0 && !spec.has_negative_zero() && spec.has_zero);
    if is_nan {
        return None;
    }
    let at_zero = magnitude == 0 && spec.has_zero;
    if negative != up || at_zero {
        // Away from zero. A step from either zero takes the sign of its direction.
        let negative = if at_zero { !up } else { negative };
        if negative && !spec.signed {
            return None;
        }
        return (magnitude < greatest).then(|| (magnitude + 1) | if negative { spec.sign_bit() } else { 0 });
    }
    let inner = magnitude.checked_sub(1)?;
    let keeps_sign = negative && (inner > 0 || spec.has_negative_zero());
    Some(inner | if keeps_sign { spec.sign_bit() } else { 0 })
}

/// `|a - b|` of two dyadics of one sign and similar size.
fn difference(a: Dyadic, b: Dyadic) -> Option<Dyadic> {
    let exponent = match (a.is_zero(), b.is_zero()) {
        (true, _) => b.exponent,
        (_, true) => a.exponent,
        _ => a.exponent.min(b.exponent),
    };
    let scaled = |x: Dyadic| {
        let up = if x.is_zero() { 0 } else { (x.exponent - exponent).unsigned_abs() };
        (up < x.significand.leading_zeros() || x.is_zero()).then(|| x.significand << up)
    };
    Some(Dyadic::new(false, scaled(a)?.abs_diff(scaled(b)?), exponent))
}
