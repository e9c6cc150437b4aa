//! The quick way to a small float's code: nearest-even, saturating, integer work on f32 bits.
//!
//! `Format::encode_f64` is the meaning; this is the same function for the one mode that bulk
//! block conversion lives on, without branches so that a block vectorises. Tests hold the two
//! together at every boundary of every element format. Other modes go through [`Rounder`].

use crate::bulk::{GOLDEN, mix64};
use crate::format::{FloatSpec, Format, Kind, Specials};
use crate::round::{Overflow, Rounding, RoundingMode};
use crate::table::FORMATS;

/// The table's row of an identifier, found while compiling: a missing row is a build error.
pub(super) const fn row(id: &str) -> &'static Format {
    let mut i = 0;
    while i < FORMATS.len() {
        if same(FORMATS[i].id.as_bytes(), id.as_bytes()) {
            return &FORMATS[i];
        }
        i += 1;
    }
    panic!("no such format")
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

/// The float layout of a row; a build error for any other kind.
pub(super) const fn float_row(id: &str) -> FloatSpec {
    match row(id).float() {
        Some(spec) => spec,
        None => panic!("not a float format"),
    }
}

/// A signed float of at most 16 bits with subnormals, as the numbers its kernel needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Minifloat {
    significand_bits: u32,
    /// Exponent bias of f32 minus that of the format, moved to the significand's scale.
    rebias: u32,
    sign_shift: u32,
    max_bits: u32,
    min_normal_bits: u32,
    /// The f32 whose unit in the last place is the format's smallest subnormal: adding it makes
    /// the hardware round to that unit, ties to even.
    magic_bits: u32,
}

impl Minifloat {
    /// Evaluated while compiling; a layout that the kernel cannot serve is a build error.
    pub(super) const fn new(spec: FloatSpec) -> Self {
        assert!(spec.signed && spec.subnormals && spec.significand_bits > 0 && spec.bits() <= 16);
        assert!(!matches!(spec.specials, Specials::NanIsNegativeZero | Specials::P3109));
        let max = float_value(spec, spec.max_magnitude() as u32);
        Self {
            significand_bits: spec.significand_bits as u32,
            rebias: ((127 - spec.bias) as u32) << spec.significand_bits,
            sign_shift: spec.bits() as u32 - 1,
            max_bits: max.to_bits(),
            min_normal_bits: power_of_two(spec.min_exponent()).to_bits(),
            magic_bits: power_of_two(spec.min_step_exponent() + 23).to_bits(),
        }
    }

    /// Bits of the largest finite value as an f32.
    pub(super) const fn max_bits(self) -> u32 {
        self.max_bits
    }

    /// Code of the nearest value, ties to even, magnitudes beyond the largest clamped to it.
    /// Not for NaN (it would clamp too).
    #[inline]
    pub(super) fn encode(self, y: f32) -> u32 {
        let bits = y.to_bits();
        let magnitude = bits & 0x7FFF_FFFF;
        // Signed comparison: magnitudes fit, and baseline vector units have no other.
        let a = if (magnitude as i32) < self.max_bits as i32 { magnitude } else { self.max_bits };
        let shift = 23 - self.significand_bits;
        let round_up_from = (1 << (shift - 1)) - 1;
        let normal = ((a + round_up_from + (a >> shift & 1)) >> shift).wrapping_sub(self.rebias);
        let magic = f32::from_bits(self.magic_bits);
        let subnormal = (f32::from_bits(a) + magic).to_bits().wrapping_sub(self.magic_bits);
        let code = if (a as i32) < self.min_normal_bits as i32 { subnormal } else { normal };
        code | bits >> 31 << self.sign_shift
    }
}

const BINARY16: Minifloat = Minifloat::new(float_row("fp16"));

/// binary16 code of an f32, nearest-even; overflow to ±∞, NaN to the quiet NaN with its sign.
#[inline]
pub(super) fn f16_code(x: f32) -> u16 {
    let bits = x.to_bits();
    let sign = (bits >> 16) as u16 & 0x8000;
    match bits & 0x7FFF_FFFF {
        0x7F80_0001.. => sign | 0x7E00,
        // 65520 is the tie between the largest finite value and 2^16.
        0x477F_F000.. => sign | 0x7C00,
        _ => BINARY16.encode(x) as u16,
    }
}

/// f32 value of a binary16 code, exact.
#[inline]
pub(super) fn f16_value(code: u16) -> f32 {
    let sign = u32::from(code & 0x8000) << 16;
    let magnitude = u32::from(code & 0x7FFF);
    let bits = if magnitude >= 0x7C00 {
        0x7F80_0000 | (magnitude & 0x3FF) << 13
    } else {
        // Read as an f32 exponent field the value is 2^112 too small, subnormals included.
        (f32::from_bits(magnitude << 13) * f32::from_bits((112 + 127) << 23)).to_bits()
    };
    f32::from_bits(sign | bits)
}

/// The f32 2^exponent for −127 ≤ exponent ≤ 127; −127 is the subnormal it is in f32.
#[inline]
pub(super) const fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits(if exponent < -126 { 0x0040_0000 } else { ((exponent + 127) as u32) << 23 })
}

/// With a scale of ∞ or NaN, products differ in the sign of their NaN from machine to machine:
/// one NaN for all.
#[inline]
pub(super) fn settle_nans(scale: f32, values: &mut [f32]) {
    if !scale.is_finite() {
        for value in values.iter_mut().filter(|value| value.is_nan()) {
            *value = f32::NAN;
        }
    }
}

/// A table of values, equal to itself only: comparing what is in it would stumble over NaN.
#[derive(Clone, Copy)]
pub(super) struct ValueTable(pub(super) &'static [f32; 256]);

impl PartialEq for ValueTable {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl std::fmt::Debug for ValueTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ValueTable")
    }
}

/// Values of all codes of a format of 8 bits or fewer, exact in f32; entries beyond its codes are
/// zero. A table because decoding is a look-up in every block format.
pub(super) const fn value_table(format: &Format) -> [f32; 256] {
    let mut table = [0.0; 256];
    let mut code = 0;
    while code < 1_u32 << format.bits {
        table[code as usize] = match format.kind {
            Kind::Float(spec) => float_value(spec, code),
            Kind::Int(spec) => {
                let unused = 32 - spec.bits as u32;
                ((code << unused) as i32 >> unused) as f32 * power_of_two(spec.scale_exponent)
            }
            Kind::Codebook(values) => values[code as usize],
            Kind::Posit(_) => panic!("no block format has posit elements"),
        };
        code += 1;
    }
    table
}

/// Value of one code of a small float with subnormals, by its fields.
const fn float_value(spec: FloatSpec, code: u32) -> f32 {
    let magnitude = code & spec.magnitude_mask() as u32;
    let field = magnitude >> spec.significand_bits;
    let significand = magnitude & ((1 << spec.significand_bits) - 1);
    if magnitude > spec.max_magnitude() as u32 {
        let infinity = matches!(spec.infinity_magnitude(), Some(m) if m as u32 == magnitude);
        return match (infinity, code == magnitude) {
            (false, _) => f32::NAN,
            (true, true) => f32::INFINITY,
            (true, false) => f32::NEG_INFINITY,
        };
    }
    let value = if field == 0 {
        significand as f32 * power_of_two(spec.min_step_exponent())
    } else {
        let exponent = (field as i32 - spec.bias + 127) as u32;
        f32::from_bits(exponent << 23 | significand << (23 - spec.significand_bits))
    };
    if code == magnitude { value } else { -value }
}

/// Any rounding mode, through the format's own encoder, saturating.
///
/// Stochastic rounding draws a threshold for every element from the seed and the element's index
/// in its tensor, so that neither chunking nor order changes a result.
pub(super) struct Rounder {
    format: &'static Format,
    rounding: Rounding,
    seed: u64,
}

impl Rounder {
    pub(super) fn new(format: &'static Format, mode: RoundingMode, seed: u64) -> Self {
        Self {
            format,
            rounding: Rounding { mode, overflow: Overflow::Saturate, flush_subnormals: false },
            seed,
        }
    }

    /// Code of `y`, the element `index` of the tensor.
    pub(super) fn code(&self, y: f64, index: u64) -> u64 {
        let mut rounding = self.rounding;
        if let RoundingMode::Stochastic { .. } = rounding.mode {
            rounding.mode = RoundingMode::Stochastic { random: threshold(self.seed, index) };
        }
        self.format.encode_f64(y, &rounding).code
    }
}

/// 64 random bits for one element: SplitMix64's output function (Steele, Lea, Flood 2014) at
/// position `index` of the stream that starts at `seed`.
pub(super) fn threshold(seed: u64, index: u64) -> u64 {
    mix64(seed.wrapping_add(index.wrapping_add(1).wrapping_mul(GOLDEN)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// f32 values at, next to and halfway between the values of a format, and beyond its ends.
    fn boundaries(format: &Format) -> Vec<f32> {
        let mut values: Vec<f32> = (0..1 << format.bits)
            .map(|code| format.decode(code).to_f64() as f32)
            .filter(|value| value.is_finite())
            .collect();
        values.sort_by(f32::total_cmp);
        values.dedup();
        let midpoints: Vec<f32> = values.windows(2).map(|pair| f32::midpoint(pair[0], pair[1])).collect();
        values.extend(midpoints);
        values.extend(values.last().map(|max| max * 1.0625));
        values.extend([f32::MAX, f32::INFINITY, f32::MIN_POSITIVE, 1e-40, f32::from_bits(1)]);
        values
            .iter()
            .flat_map(|x| [x.next_down(), *x, x.next_up()])
            .filter(|x| !x.is_nan())
            .flat_map(|x| [x, -x])
            .collect()
    }

    #[test]
    fn kernel_is_the_format_at_every_boundary() {
        let saturate = Rounding { overflow: Overflow::Saturate, ..Rounding::default() };
        for id in ["e4m3", "e5m2", "e3m2", "e2m3", "e2m1", "fp16"] {
            let (format, kernel) = (row(id), Minifloat::new(float_row(id)));
            for x in boundaries(format) {
                let expected = format.encode_f64(f64::from(x), &saturate).code;
                assert_eq!(u64::from(kernel.encode(x)), expected, "{id} {x:e}");
            }
        }
    }

    #[test]
    fn tables_are_the_formats_values() {
        for id in ["e4m3", "e5m2", "e3m2", "e2m3", "e2m1", "mxint8", "int8", "int4", "nf4"] {
            let (format, table) = (row(id), value_table(row(id)));
            for code in 0..1_u64 << format.bits {
                let (ours, theirs) = (table[code as usize], format.decode(code).to_f64() as f32);
                assert!(
                    ours.to_bits() == theirs.to_bits() || ours.is_nan() && theirs.is_nan(),
                    "{id} {code}"
                );
            }
        }
    }

    #[test]
    fn binary16_is_the_half_crates() {
        for code in 0..=u16::MAX {
            let (ours, theirs) = (f16_value(code), half::f16::from_bits(code).to_f32());
            assert!(ours.to_bits() == theirs.to_bits() || ours.is_nan() && theirs.is_nan(), "{code:#06x}");
        }
        for x in boundaries(row("fp16")) {
            assert_eq!(f16_code(x), half::f16::from_f32(x).to_bits(), "{x:e}");
        }
        assert_eq!(f16_code(-f32::NAN), 0xFE00);
    }

    #[test]
    fn powers_of_two_are_exact() {
        for exponent in -127..=127 {
            assert_eq!(f64::from(power_of_two(exponent)), 2.0_f64.powi(exponent));
        }
    }
}
