//! GGUF Q8_0 and Q4_0: 32 weights share one binary16 scale.
//!
//! Bit for bit what the Python package `gguf` 0.19 writes and reads (which for Q8_0 is what ggml's
//! reference writes). Every arithmetic step is one f32 operation, in this order:
//!
//! - Q8_0, 34 bytes: `d = amax / 127`, `q = round_half_away(x · (1/d))`; d as binary16, then the
//!   32 two's complement bytes.
//! - Q4_0, 18 bytes: `d = m / −8` with m the first value of the largest magnitude, sign included;
//!   `q = min(15, trunc(x · (1/d) + 8.5))`; d as binary16, then 16 bytes, byte i holding weight i in
//!   its low nibble and weight i + 16 in its high one. Value: `d · (q − 8)`.
//!
//! The codes are computed with the f32 scale and read back with the binary16 one; a scale of
//! 65520 or more is stored as ∞ and one of 2^-25 or less as 0. All that belongs to the format and is kept. So is
//! its rounding: the rounding mode of the options does not apply here. A zero block of Q4_0
//! stores d = −0 and reads back as −0.
//!
//! Where the library's result is undefined, here it is not: a block with NaN or ∞ stores a NaN
//! scale and codes of zero (it reads back as NaN), and a scale so small that 1/d overflows stores
//! the codes of zero (d is stored as 0 either way).

use super::kernel::{f16_code, f16_value, settle_nans};
use super::stats::{NON_FINITE_BITS, max_magnitude_bits};

pub(super) const LEN: usize = 32;
pub(super) const Q8_0_BYTES: usize = 2 + LEN;
pub(super) const Q4_0_BYTES: usize = 2 + LEN / 2;

/// Bytes of the quiet NaN of binary16.
pub(super) const F16_NAN: u16 = 0x7E00;

pub(super) fn quantize_q8_0(x: &[f32], out: &mut Vec<u8>) {
    out.reserve(x.len().div_ceil(LEN) * Q8_0_BYTES);
    for part in x.chunks(LEN) {
        let block = padded(part);
        let amax_bits = max_magnitude_bits(&block);
        let mut bytes = [0_u8; Q8_0_BYTES];
        let (head, codes) = bytes.split_at_mut(2);
        let scale = if amax_bits >= NON_FINITE_BITS {
            F16_NAN
        } else {
            let d = f32::from_bits(amax_bits) / 127.0;
            let inverse = reciprocal(d);
            for (&x, code) in block.iter().zip(codes) {
                *code = round_half_away(x * inverse);
            }
            f16_code(d)
        };
        head.copy_from_slice(&scale.to_le_bytes());
        out.extend_from_slice(&bytes);
    }
}

pub(super) fn quantize_q4_0(x: &[f32], out: &mut Vec<u8>) {
    out.reserve(x.len().div_ceil(LEN) * Q4_0_BYTES);
    for part in x.chunks(LEN) {
        let block = padded(part);
        let amax_bits = max_magnitude_bits(&block);
        let mut codes = [8_u8; LEN];
        let scale = if amax_bits >= NON_FINITE_BITS {
            F16_NAN
        } else {
            let first_largest = block.iter().find(|x| x.to_bits() & 0x7FFF_FFFF == amax_bits);
            let d = first_largest.copied().unwrap_or(0.0) / -8.0;
            let inverse = reciprocal(d);
            for (&x, code) in block.iter().zip(&mut codes) {
                // 0.5 to 16.5: the sum truncates to its integer part.
                let q = (x * inverse + 8.5) as i32;
                *code = (if q < 15 { q } else { 15 }) as u8;
            }
            f16_code(d)
        };
        let mut bytes = [0_u8; Q4_0_BYTES];
        let (head, nibbles) = bytes.split_at_mut(2);
        head.copy_from_slice(&scale.to_le_bytes());
        let (low, high) = codes.split_at(LEN / 2);
        for ((byte, low), high) in nibbles.iter_mut().zip(low).zip(high) {
            *byte = low | high << 4;
        }
        out.extend_from_slice(&bytes);
    }
}

pub(super) fn dequantize_q8_0(bytes: &[u8], len: usize, out: &mut Vec<f32>) {
    out.reserve(len);
    let mut left = len;
    for block in bytes.chunks_exact(Q8_0_BYTES) {
        let d = f16_value(u16::from_le_bytes([block[0], block[1]]));
        let count = left.min(LEN);
        let start = out.len();
        out.extend(block[2..2 + count].iter().map(|&code| f32::from(code as i8) * d));
        settle_nans(d, &mut out[start..]);
        left -= count;
    }
}

pub(super) fn dequantize_q4_0(bytes: &[u8], len: usize, out: &mut Vec<f32>) {
    out.reserve(len);
    let mut left = len;
    for block in bytes.chunks_exact(Q4_0_BYTES) {
        let d = f16_value(u16::from_le_bytes([block[0], block[1]]));
        let mut values = [0.0_f32; LEN];
        let (low, high) = values.split_at_mut(LEN / 2);
        for ((byte, low), high) in block[2..].iter().zip(low).zip(high) {
            *low = d * f32::from((byte & 15) as i8 - 8);
            *high = d * f32::from((byte >> 4) as i8 - 8);
        }
        settle_nans(d, &mut values);
        let count = left.min(LEN);
        out.extend_from_slice(&values[..count]);
        left -= count;
    }
}

/// The block, a short tail padded with zeros.
#[inline]
fn padded(part: &[f32]) -> [f32; LEN] {
    let mut block = [0.0; LEN];
    block[..part.len()].copy_from_slice(part);
    block
}

/// 1/d in f32, and 0 for a zero d or one whose reciprocal overflows.
#[inline]
fn reciprocal(d: f32) -> f32 {
    let inverse = 1.0 / d;
    if inverse.is_finite() { inverse } else { 0.0 }
}

/// Two's complement byte of the nearest integer, ties away from zero, for |n| ≤ 2^22.
#[inline]
fn round_half_away(n: f32) -> u8 {
    const MAGIC: f32 = 8_388_608.0;
    let a = n.abs();
    // Nearest with ties to even in the low bits, then the ties that went down go up.
    let even = a + MAGIC;
    let magnitude = (even.to_bits() & 0xFF) + u32::from(a - (even - MAGIC) == 0.5);
    let sign = (n.to_bits() as i32 >> 31) as u32;
    ((magnitude ^ sign).wrapping_sub(sign)) as u8
}

#[cfg(test)]
mod tests {
    use super::round_half_away;

    #[test]
    fn halves_leave_zero() {
        for i in -1024..=1024_i16 {
            for delta in [-1, 0, 1] {
                let x = f32::from(i) / 8.0;
                let x = f32::from_bits(x.to_bits().wrapping_add_signed(delta));
                if x.abs() <= 127.5 {
                    assert_eq!(round_half_away(x), x.round() as i32 as u8, "{x}");
                }
            }
        }
    }
}
