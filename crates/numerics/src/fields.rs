//! How a code's bits are divided, and what sort of value it is.
//!
//! Widths in bits, from the top bit down. Posit fields are those of the code as it stands: for a negative
//! posit the standard's formula reads them without negating the code first.

use crate::format::{FloatSpec, Format, Kind, PositSpec};
use crate::value::Value;

/// A run of bits with one meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The meaning.
    pub kind: FieldKind,
    /// Width, at least 1.
    pub bits: u8,
}

/// What a run of bits means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Sign bit.
    Sign,
    /// Biased exponent, or a posit's exponent bits.
    Exponent,
    /// Stored significand (a posit's fraction).
    Significand,
    /// A posit's run of equal bits, with the bit that ends it.
    Regime,
    /// Two's complement integer.
    Integer,
    /// Index into a codebook.
    Index,
    /// Bits of the container below the code (TF32's lowest 13); not part of the code.
    Unused,
}

/// What sort of value a code has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A number with the format's full precision; every nonzero integer, codebook entry and posit.
    Normal,
    /// Below the smallest normal: the leading one is not implied.
    Subnormal,
    /// Zero of either sign.
    Zero,
    /// Infinity of either sign.
    Infinity,
    /// Not a number.
    Nan,
}

impl Format {
    /// The sort of value that `code` has.
    pub fn class(&self, code: u64) -> Class {
        match self.decode(code) {
            Value::Nan => Class::Nan,
            Value::Infinity { .. } => Class::Infinity,
            value if value.is_zero() => Class::Zero,
            Value::Finite(_) => match &self.kind {
                Kind::Float(spec) if is_subnormal(spec, code) => Class::Subnormal,
                _ => Class::Normal,
            },
        }
    }

    /// The fields of `code` from the top bit down. Their widths add up to the format's, plus the unused bits of
    /// a container, which come last. Only a posit's depend on the code.
    pub fn fields(&self, code: u64) -> Vec<Field> {
        let mut fields = Vec::with_capacity(4);
        let mut push = |kind, bits: u8| {
            if bits > 0 {
                fields.push(Field { kind, bits });
            }
        };
        match &self.kind {
            Kind::Float(spec) => {
                push(FieldKind::Sign, u8::from(spec.signed));
                push(FieldKind::Exponent, spec.exponent_bits);
                push(FieldKind::Significand, spec.significand_bits);
                push(FieldKind::Unused, spec.unused_low_bits);
            }
            Kind::Int(spec) => push(FieldKind::Integer, spec.bits),
            Kind::Codebook(_) => push(FieldKind::Index, self.bits),
            Kind::Posit(spec) => {
                let body = spec.bits - 1;
                let regime = regime_bits(*spec, code);
                let exponent = spec.es.min(body - regime);
                push(FieldKind::Sign, 1);
                push(FieldKind::Regime, regime);
                push(FieldKind::Exponent, exponent);
                push(FieldKind::Significand, body - regime - exponent);
            }
        }
        fields
    }
}

fn is_subnormal(spec: &FloatSpec, code: u64) -> bool {
    spec.subnormals && (code & spec.magnitude_mask()) >> spec.significand_bits == 0
}

fn regime_bits(spec: PositSpec, code: u64) -> u8 {
    let body = spec.bits - 1;
    let top = code << (64 - u32::from(body));
    let run = if top >> 63 == 1 { (!top).leading_zeros() } else { top.leading_zeros() };
    (run.min(u32::from(body)) as u8 + 1).min(body)
}
