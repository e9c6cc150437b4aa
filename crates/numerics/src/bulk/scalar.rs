//! binary16, bfloat16 and E4M3 by name: the most used formats, with every constant known at compile time.
//!
//! These are the meaning of the simd128 kernels, which repeat them operation by operation; compilers
//! for native targets widen these loops themselves. Nearest-even, native overflow (E4M3 also saturating),
//! NaN to the canonical NaN and back to the quiet positive one.
//! The method is described in [`super::nearest`].

use super::nearest::{INFINITY, MAGNITUDE, NAN};

/// `2^16` and `1.5 * 2^16`: where the codes of binary16's infinity and NaN would lie if its exponent had no end.
pub(super) const BINARY16_INFINITY: u32 = 0x4780_0000;
pub(super) const BINARY16_NAN: u32 = 0x47C0_0000;
/// `2^-14`, binary16's smallest normal number.
pub(super) const BINARY16_NORMAL: u32 = 0x3880_0000;
/// Thirteen binades up, plus the correction that leaves the code in the low 16 bits of the sum.
pub(super) const BINARY16_STEP: u32 = (13 << 23) + 0x1_0000 - (BINARY16_NORMAL >> 13 & 0xFFFF);

/// 448, E4M3's largest value, and 480, where the code of its NaN would lie.
pub(super) const E4M3_MAX: u32 = 0x43E0_0000;
pub(super) const E4M3_NAN: u32 = 0x43F0_0000;
/// `2^-6`, E4M3's smallest normal number.
pub(super) const E4M3_NORMAL: u32 = 0x3C80_0000;
/// Twenty binades up, and the correction.
pub(super) const E4M3_STEP: u32 = (20 << 23) + 0x1_0000 - (E4M3_NORMAL >> 20 & 0xFFFF);

/// The code of binary16.
#[inline(always)]
pub(super) fn binary16_code(bits: u32) -> u16 {
    let magnitude = bits & MAGNITUDE;
    let finite = if magnitude <= INFINITY { magnitude.min(BINARY16_INFINITY) } else { BINARY16_NAN };
    let binade = (finite & INFINITY).max(BINARY16_NORMAL);
    let sum = f32::from_bits(finite) + f32::from_bits(binade + BINARY16_STEP);
    let code = (binade >> 13).wrapping_add(sum.to_bits()) as u16;
    let sign = if code == 0x7E00 { 0 } else { (bits >> 16) as u16 & 0x8000 };
    code | sign
}

/// The code of bfloat16.
#[inline(always)]
pub(super) fn bfloat16_code(bits: u32) -> u16 {
    let rounded = bits.wrapping_add(0x7FFF).wrapping_add(bits >> 16 & 1);
    if bits & MAGNITUDE > INFINITY { 0x7FC0 } else { (rounded >> 16) as u16 }
}

/// The code of E4M3.
#[inline(always)]
pub(super) fn e4m3_code<const SATURATE: bool>(bits: u32) -> u8 {
    let magnitude = bits & MAGNITUDE;
    let top = if SATURATE && magnitude <= INFINITY { E4M3_MAX } else { E4M3_NAN };
    let finite = magnitude.min(top);
    let binade = (finite & INFINITY).max(E4M3_NORMAL);
    let sum = f32::from_bits(finite) + f32::from_bits(binade + E4M3_STEP);
    let code = (binade >> 20).wrapping_add(sum.to_bits()) as u8;
    let sign = if code == 0x7F { 0 } else { (bits >> 24) as u8 & 0x80 };
    code | sign
}

/// The bit pattern of a binary16 code's value.
#[inline(always)]
pub(super) fn binary16_value(code: u16) -> u32 {
    let magnitude = u32::from(code & 0x7FFF) << 13;
    // Rebiased by 112 binades; a subnormal gets a leading one, which the subtraction takes away again.
    let normal = magnitude + (112 << 23);
    let subnormal = (f32::from_bits(magnitude + (113 << 23)) - f32::from_bits(BINARY16_NORMAL)).to_bits();
    let value = if magnitude < 1 << 23 { subnormal } else { normal };
    let value = if magnitude >= 31 << 23 { value + (112 << 23) } else { value };
    if magnitude > 31 << 23 { NAN } else { value | u32::from(code & 0x8000) << 16 }
}

/// The bit pattern of a bfloat16 code's value.
#[inline(always)]
pub(super) fn bfloat16_value(code: u16) -> u32 {
    let bits = u32::from(code) << 16;
    if bits & MAGNITUDE > INFINITY { NAN } else { bits }
}

/// The bit pattern of an E4M3 code's value.
#[inline(always)]
pub(super) fn e4m3_value(code: u8) -> u32 {
    let magnitude = u32::from(code & 0x7F) << 20;
    let normal = magnitude + (120 << 23);
    let subnormal = (f32::from_bits(magnitude + (121 << 23)) - f32::from_bits(E4M3_NORMAL)).to_bits();
    let value = if magnitude < 1 << 23 { subnormal } else { normal };
    if code & 0x7F == 0x7F { NAN } else { value | u32::from(code & 0x80) << 24 }
}

/// Encodes to two bytes a code.
#[inline(always)]
pub(super) fn encode_halves(x: &[f32], codes: &mut [u8], code: impl Fn(u32) -> u16) {
    for (x, bytes) in x.iter().zip(codes.as_chunks_mut::<2>().0) {
        *bytes = code(x.to_bits()).to_le_bytes();
    }
}

/// Encodes to one byte a code.
#[inline(always)]
pub(super) fn encode_bytes(x: &[f32], codes: &mut [u8], code: impl Fn(u32) -> u8) {
    for (x, byte) in x.iter().zip(codes) {
        *byte = code(x.to_bits());
    }
}

/// Decodes from two bytes a code.
#[inline(always)]
pub(super) fn decode_halves(codes: &[u8], out: &mut [f32], value: impl Fn(u16) -> u32) {
    for (out, bytes) in out.iter_mut().zip(codes.as_chunks::<2>().0) {
        *out = f32::from_bits(value(u16::from_le_bytes(*bytes)));
    }
}

/// Decodes from one byte a code.
#[inline(always)]
pub(super) fn decode_bytes(codes: &[u8], out: &mut [f32], value: impl Fn(u8) -> u32) {
    for (out, &code) in out.iter_mut().zip(codes) {
        *out = f32::from_bits(value(code));
    }
}

/// Rounds in place of encoding and decoding.
#[inline(always)]
pub(super) fn round(x: &[f32], out: &mut [f32], value: impl Fn(u32) -> u32) {
    for (x, out) in x.iter().zip(out) {
        *out = f32::from_bits(value(x.to_bits()));
    }
}
