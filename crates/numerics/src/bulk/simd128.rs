//! The simd128 twins of [`super::scalar`]: the same operations on four lanes, the same bits.
//!
//! Codes are put together in the upper bits of their lanes and gathered with shuffles of the odd halves or
//! bytes: engines turn those into two shifts and a pack, while the narrowing instructions are rewritten
//! by LLVM 22 into clamps and lane moves that cost more than the kernel itself.
//! Every function handles whole groups of lanes and leaves the tail to the scalar twin.

// Two helpers move 16 bytes between a slice and a vector; there is no safe intrinsic for that.
#![allow(unsafe_code)]

use core::arch::wasm32::{
    f32x4_add, f32x4_pmin, f32x4_splat, f32x4_sub, i8x16_eq, i8x16_shuffle, i16x8_eq, i16x8_shuffle,
    i32x4_add, i32x4_gt, i32x4_lt, i32x4_max, i32x4_shl, u8x16_splat, u16x8_extend_high_u8x16,
    u16x8_extend_low_u8x16, u16x8_splat, u32x4_extend_high_u16x8, u32x4_extend_low_u16x8, u32x4_min,
    u32x4_shr, u32x4_splat, v128, v128_and, v128_andnot, v128_bitselect, v128_load, v128_or, v128_store,
};

use super::nearest::{INFINITY, MAGNITUDE, NAN};
use super::scalar;

const SIGN: u32 = !MAGNITUDE;

#[inline(always)]
fn load_values(x: &[f32; 4]) -> v128 {
    // SAFETY: the reference covers 16 readable bytes; v128_load has no alignment requirement.
    unsafe { v128_load(x.as_ptr().cast()) }
}

#[inline(always)]
fn load_codes(x: &[u8; 16]) -> v128 {
    // SAFETY: as above.
    unsafe { v128_load(x.as_ptr().cast()) }
}

#[inline(always)]
fn store_codes(out: &mut [u8; 16], v: v128) {
    // SAFETY: the reference covers 16 writable bytes; v128_store has no alignment requirement.
    unsafe { v128_store(out.as_mut_ptr().cast(), v) }
}

#[inline(always)]
fn store_values(out: &mut [f32; 4], v: v128) {
    // SAFETY: as above.
    unsafe { v128_store(out.as_mut_ptr().cast(), v) }
}

/// The upper halves of eight lanes.
#[inline(always)]
fn upper_halves(a: v128, b: v128) -> v128 {
    i16x8_shuffle::<1, 3, 5, 7, 9, 11, 13, 15>(a, b)
}

#[inline(always)]
fn lower_halves(a: v128, b: v128) -> v128 {
    i16x8_shuffle::<0, 2, 4, 6, 8, 10, 12, 14>(a, b)
}

#[inline(always)]
fn upper_bytes(a: v128, b: v128) -> v128 {
    i8x16_shuffle::<1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31>(a, b)
}

/// The magnitude with binary16's ends: its code is in the low half, NaN's is 0x7E00.
#[inline(always)]
fn binary16_lanes(x: v128) -> v128 {
    let magnitude = v128_and(x, u32x4_splat(MAGNITUDE));
    // pmin keeps a NaN in its first operand; the integer minimum then brings it down to NaN's place.
    let top = f32x4_splat(f32::from_bits(scalar::BINARY16_INFINITY));
    let finite = u32x4_min(f32x4_pmin(magnitude, top), u32x4_splat(scalar::BINARY16_NAN));
    let binade = i32x4_max(v128_and(finite, u32x4_splat(INFINITY)), u32x4_splat(scalar::BINARY16_NORMAL));
    let sum = f32x4_add(finite, i32x4_add(binade, u32x4_splat(scalar::BINARY16_STEP)));
    i32x4_add(u32x4_shr(binade, 13), sum)
}

#[inline(always)]
fn binary16(a: v128, b: v128) -> v128 {
    let code = lower_halves(binary16_lanes(a), binary16_lanes(b));
    let sign = v128_and(upper_halves(a, b), u16x8_splat(0x8000));
    v128_or(code, v128_andnot(sign, i16x8_eq(code, u16x8_splat(0x7E00))))
}

#[inline(always)]
fn bfloat16_lanes(x: v128) -> v128 {
    let odd = v128_and(u32x4_shr(x, 16), u32x4_splat(1));
    let rounded = i32x4_add(i32x4_add(x, u32x4_splat(0x7FFF)), odd);
    let nan = i32x4_gt(v128_and(x, u32x4_splat(MAGNITUDE)), u32x4_splat(INFINITY));
    v128_bitselect(u32x4_splat(NAN), rounded, nan)
}

#[inline(always)]
fn bfloat16(a: v128, b: v128) -> v128 {
    upper_halves(bfloat16_lanes(a), bfloat16_lanes(b))
}

/// The code in the top byte, its sign included.
#[inline(always)]
fn e4m3_lanes<const SATURATE: bool>(x: v128) -> v128 {
    let mut magnitude = v128_and(x, u32x4_splat(MAGNITUDE));
    if SATURATE {
        magnitude = f32x4_pmin(magnitude, f32x4_splat(f32::from_bits(scalar::E4M3_MAX)));
    }
    let finite = u32x4_min(magnitude, u32x4_splat(scalar::E4M3_NAN));
    let binade = i32x4_max(v128_and(finite, u32x4_splat(INFINITY)), u32x4_splat(scalar::E4M3_NORMAL));
    let sum = f32x4_add(finite, i32x4_add(binade, u32x4_splat(scalar::E4M3_STEP)));
    // (binade >> 20) + sum, moved up by 24; what leaves the lane is not part of the code.
    let code = i32x4_add(i32x4_shl(binade, 4), i32x4_shl(sum, 24));
    v128_or(code, v128_and(x, u32x4_splat(SIGN)))
}

#[inline(always)]
fn e4m3<const SATURATE: bool>(x: [v128; 4]) -> v128 {
    let [a, b, c, d] = x.map(e4m3_lanes::<SATURATE>);
    let code = upper_bytes(upper_halves(a, b), upper_halves(c, d));
    // 0xFF becomes 0x7F: NaN has no sign.
    let nan = i8x16_eq(code, u8x16_splat(0xFF));
    v128_andnot(code, v128_and(nan, u8x16_splat(0x80)))
}

#[inline(always)]
fn halves(x: &[f32], codes: &mut [u8], kernel: impl Fn(v128, v128) -> v128, tail: impl Fn(u32) -> u16) {
    let (groups, rest) = x.as_chunks::<8>();
    let (out, out_rest) = codes.as_chunks_mut::<16>();
    for (group, out) in groups.iter().zip(out) {
        let (quads, _) = group.as_chunks::<4>();
        store_codes(out, kernel(load_values(&quads[0]), load_values(&quads[1])));
    }
    scalar::encode_halves(rest, out_rest, tail);
}

#[inline(always)]
fn bytes(x: &[f32], codes: &mut [u8], kernel: impl Fn([v128; 4]) -> v128, tail: impl Fn(u32) -> u8) {
    let (groups, rest) = x.as_chunks::<16>();
    let (out, out_rest) = codes.as_chunks_mut::<16>();
    for (group, out) in groups.iter().zip(out) {
        let (quads, _) = group.as_chunks::<4>();
        store_codes(out, kernel([0, 1, 2, 3].map(|i| load_values(&quads[i]))));
    }
    scalar::encode_bytes(rest, out_rest, tail);
}

/// Two bytes a code. `codes` must be exactly as long as `x` needs, here and below.
pub(super) fn encode_binary16(x: &[f32], codes: &mut [u8]) {
    halves(x, codes, binary16, scalar::binary16_code);
}

/// Two bytes a code.
pub(super) fn encode_bfloat16(x: &[f32], codes: &mut [u8]) {
    halves(x, codes, bfloat16, scalar::bfloat16_code);
}

/// One byte a code.
pub(super) fn encode_e4m3<const SATURATE: bool>(x: &[f32], codes: &mut [u8]) {
    bytes(x, codes, e4m3::<SATURATE>, scalar::e4m3_code::<SATURATE>);
}

#[inline(always)]
fn binary16_value(code: v128) -> v128 {
    let magnitude = i32x4_shl(v128_and(code, u32x4_splat(0x7FFF)), 13);
    let rebias = u32x4_splat(112 << 23);
    let normal = i32x4_add(magnitude, rebias);
    let leading = i32x4_add(magnitude, u32x4_splat(113 << 23));
    let subnormal = f32x4_sub(leading, u32x4_splat(scalar::BINARY16_NORMAL));
    let value = v128_bitselect(subnormal, normal, i32x4_lt(magnitude, u32x4_splat(1 << 23)));
    let special = i32x4_gt(magnitude, u32x4_splat((31 << 23) - 1));
    let value = i32x4_add(value, v128_and(special, rebias));
    let value = v128_or(value, i32x4_shl(v128_and(code, u32x4_splat(0x8000)), 16));
    v128_bitselect(u32x4_splat(NAN), value, i32x4_gt(magnitude, u32x4_splat(31 << 23)))
}

#[inline(always)]
fn bfloat16_value(code: v128) -> v128 {
    let bits = i32x4_shl(code, 16);
    let nan = i32x4_gt(v128_and(bits, u32x4_splat(MAGNITUDE)), u32x4_splat(INFINITY));
    v128_bitselect(u32x4_splat(NAN), bits, nan)
}

#[inline(always)]
fn e4m3_value(code: v128) -> v128 {
    let magnitude = i32x4_shl(v128_and(code, u32x4_splat(0x7F)), 20);
    let normal = i32x4_add(magnitude, u32x4_splat(120 << 23));
    let leading = i32x4_add(magnitude, u32x4_splat(121 << 23));
    let subnormal = f32x4_sub(leading, u32x4_splat(scalar::E4M3_NORMAL));
    let value = v128_bitselect(subnormal, normal, i32x4_lt(magnitude, u32x4_splat(1 << 23)));
    let value = v128_or(value, i32x4_shl(v128_and(code, u32x4_splat(0x80)), 24));
    v128_bitselect(u32x4_splat(NAN), value, i32x4_gt(magnitude, u32x4_splat((0x7F << 20) - 1)))
}

#[inline(always)]
fn from_halves(codes: &[u8], out: &mut [f32], kernel: impl Fn(v128) -> v128, tail: impl Fn(u16) -> u32) {
    let (groups, rest) = codes.as_chunks::<16>();
    let (out, out_rest) = out.as_chunks_mut::<8>();
    for (group, out) in groups.iter().zip(out) {
        let code = load_codes(group);
        let (quads, _) = out.as_chunks_mut::<4>();
        store_values(&mut quads[0], kernel(u32x4_extend_low_u16x8(code)));
        store_values(&mut quads[1], kernel(u32x4_extend_high_u16x8(code)));
    }
    scalar::decode_halves(rest, out_rest, tail);
}

/// From two bytes a code.
pub(super) fn decode_binary16(codes: &[u8], out: &mut [f32]) {
    from_halves(codes, out, binary16_value, scalar::binary16_value);
}

/// From two bytes a code.
pub(super) fn decode_bfloat16(codes: &[u8], out: &mut [f32]) {
    from_halves(codes, out, bfloat16_value, scalar::bfloat16_value);
}

/// From one byte a code.
pub(super) fn decode_e4m3(codes: &[u8], out: &mut [f32]) {
    let (groups, rest) = codes.as_chunks::<16>();
    let (out, out_rest) = out.as_chunks_mut::<16>();
    for (group, out) in groups.iter().zip(out) {
        let code = load_codes(group);
        let (low, high) = (u16x8_extend_low_u8x16(code), u16x8_extend_high_u8x16(code));
        let (quads, _) = out.as_chunks_mut::<4>();
        store_values(&mut quads[0], e4m3_value(u32x4_extend_low_u16x8(low)));
        store_values(&mut quads[1], e4m3_value(u32x4_extend_high_u16x8(low)));
        store_values(&mut quads[2], e4m3_value(u32x4_extend_low_u16x8(high)));
        store_values(&mut quads[3], e4m3_value(u32x4_extend_high_u16x8(high)));
    }
    scalar::decode_bytes(rest, out_rest, scalar::e4m3_value);
}
