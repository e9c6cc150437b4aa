//! What a number format is: a descriptor, never a type of its own.
//!
//! Units: widths in bits, exponents as powers of two. Codes sit in the low `bits` bits of a `u64`.
//! A float's code without its sign bit is called its magnitude code: it grows with the value, so
//! neighbours, overflow and even/odd are integer questions.
//! Source: IEEE 754-2019 for the common layout; the specials follow the documents named in
//! [`crate::table`]. Left out: decimal radix, more than 64 bits.

/// A number format: one row of [`crate::FORMATS`], or one made by [`FloatSpec::custom`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Format {
    /// Stable identifier, used in addresses and messages (`"e4m3"`); `"custom"` for custom formats.
    pub id: &'static str,
    /// Name as printed in the format's own document. Not translated.
    pub name: &'static str,
    /// Width of a code in bits, 1 to 64. A container's unused bits are not counted (TF32: 19).
    pub bits: u8,
    /// How codes map to values.
    pub kind: Kind,
    /// The format's document is a draft and may change.
    pub draft: bool,
}

/// The four families of formats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Sign, exponent and significand fields.
    Float(FloatSpec),
    /// Two's complement, with a fixed power-of-two scale.
    Int(IntSpec),
    /// A sorted list of values; the code is the index.
    Codebook(&'static [f32]),
    /// Posit (standard of 2022).
    Posit(PositSpec),
}

/// A binary floating-point layout: sign, exponent, significand from the top bit down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FloatSpec {
    /// There is a sign bit.
    pub signed: bool,
    /// Width of the exponent field, 0 to 11.
    pub exponent_bits: u8,
    /// Stored significand bits, 0 to 52 (the leading one is implied).
    pub significand_bits: u8,
    /// Exponent bias: field `e` means the power of two `e - bias`.
    pub bias: i32,
    /// Exponent field 0 holds subnormals. Otherwise it is one more ordinary binade, in which the
    /// all-zero magnitude still means zero when `has_zero`.
    pub subnormals: bool,
    /// There is a code for zero. Only a format without subnormals and significand bits lacks one.
    pub has_zero: bool,
    /// Which codes are not finite numbers.
    pub specials: Specials,
    /// Bits of the container below the code that carry nothing (13 for TF32 in its 32-bit word).
    pub unused_low_bits: u8,
}

/// Where infinities and NaNs live, and whether negative zero exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Specials {
    /// The largest exponent field holds infinity (significand 0) and NaNs (anything else).
    Ieee,
    /// Only the all-ones magnitude is special: NaN. No infinity ("FN").
    NanOnly,
    /// One NaN, in the place of negative zero; no infinity, no negative zero ("FNUZ").
    NanIsNegativeZero,
    /// Every code is a finite number.
    None,
    /// Signed: NaN in the place of negative zero and ±infinity as the all-ones magnitude.
    /// Unsigned: NaN is all ones and infinity the code before it. The P3109 draft's extended formats.
    P3109,
}

/// Two's complement integer times a power of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntSpec {
    /// Width, 1 to 64.
    pub bits: u8,
    /// The value is `integer * 2^scale_exponent` (MXINT8: -6).
    pub scale_exponent: i32,
}

/// A posit of the 2022 standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositSpec {
    /// Width, 3 to 32.
    pub bits: u8,
    /// Exponent bits; 2 in the standard.
    pub es: u8,
}

impl Format {
    /// All code bits set: codes are `0..=mask()`.
    pub const fn mask(&self) -> u64 {
        if self.bits >= 64 { u64::MAX } else { (1 << self.bits) - 1 }
    }

    /// Number of codes, `2^bits`.
    pub const fn code_count(&self) -> u128 {
        1 << self.bits
    }

    /// The float layout, when this is a float.
    pub const fn float(&self) -> Option<FloatSpec> {
        if let Kind::Float(spec) = self.kind { Some(spec) } else { None }
    }

    /// Some code means NaN (NaR for posits).
    pub const fn has_nan(&self) -> bool {
        match self.kind {
            Kind::Float(spec) => spec.has_nan(),
            Kind::Posit(_) => true,
            Kind::Int(_) | Kind::Codebook(_) => false,
        }
    }

    /// Some code means infinity.
    pub const fn has_infinity(&self) -> bool {
        if let Kind::Float(spec) = self.kind { spec.has_infinity() } else { false }
    }

    /// The code that conversions give for NaN: quiet and positive where the format has a choice.
    pub const fn canonical_nan(&self) -> Option<u64> {
        match self.kind {
            Kind::Float(spec) => spec.nan_code(),
            Kind::Posit(spec) => Some(1 << (spec.bits - 1)),
            Kind::Int(_) | Kind::Codebook(_) => None,
        }
    }
}

impl FloatSpec {
    /// Code width in bits.
    pub const fn bits(&self) -> u8 {
        self.signed as u8 + self.exponent_bits + self.significand_bits
    }

    /// All ones in the exponent and significand fields.
    pub const fn magnitude_mask(&self) -> u64 {
        (1 << (self.exponent_bits + self.significand_bits)) - 1
    }

    /// The sign bit, or 0 when unsigned.
    pub const fn sign_bit(&self) -> u64 {
        if self.signed { 1 << (self.exponent_bits + self.significand_bits) } else { 0 }
    }

    /// Magnitude code of the largest finite value.
    pub const fn max_magnitude(&self) -> u64 {
        let all_ones = self.magnitude_mask();
        match (self.specials, self.signed) {
            (Specials::Ieee, _) => all_ones - ((1 << self.significand_bits) - 1) - 1,
            (Specials::NanOnly, _) | (Specials::P3109, true) => all_ones - 1,
            (Specials::NanIsNegativeZero | Specials::None, _) => all_ones,
            (Specials::P3109, false) => all_ones - 2,
        }
    }

    /// Magnitude code of infinity, always the one after the largest finite value.
    pub const fn infinity_magnitude(&self) -> Option<u64> {
        if self.has_infinity() { Some(self.max_magnitude() + 1) } else { None }
    }

    /// Infinity has a code.
    pub const fn has_infinity(&self) -> bool {
        matches!(self.specials, Specials::Ieee | Specials::P3109)
    }

    /// NaN has a code. IEEE specials without significand bits leave no room for one.
    pub const fn has_nan(&self) -> bool {
        match self.specials {
            Specials::Ieee => self.significand_bits > 0,
            Specials::NanOnly | Specials::NanIsNegativeZero | Specials::P3109 => true,
            Specials::None => false,
        }
    }

    /// Zero has a negative twin.
    pub const fn has_negative_zero(&self) -> bool {
        self.signed
            && self.has_zero
            && matches!(self.specials, Specials::Ieee | Specials::NanOnly | Specials::None)
    }

    /// The NaN that conversions give: positive, and quiet (top significand bit) for IEEE specials.
    pub const fn nan_code(&self) -> Option<u64> {
        if !self.has_nan() {
            return None;
        }
        Some(match (self.specials, self.signed) {
            (Specials::Ieee, _) => (self.max_magnitude() + 1) | (1 << (self.significand_bits - 1)),
            (Specials::NanIsNegativeZero, _) | (Specials::P3109, true) => self.sign_bit(),
            _ => self.magnitude_mask(),
        })
    }

    /// Power of two of the lowest binade: `1 - bias` with subnormals, `-bias` without.
    pub const fn min_exponent(&self) -> i32 {
        if self.subnormals { 1 - self.bias } else { -self.bias }
    }

    /// Power of two of the smallest step between two values, `min_exponent - significand_bits`.
    pub const fn min_step_exponent(&self) -> i32 {
        self.min_exponent() - self.significand_bits as i32
    }
}
