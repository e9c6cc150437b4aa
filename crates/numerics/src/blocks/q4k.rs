//! GGUF Q4_K: 256 weights, eight sub-blocks of 32 with a 6-bit scale and a 6-bit minimum each.
//!
//! 144 bytes: binary16 d, binary16 dmin, 12 bytes of 6-bit scales and minima, 128 bytes of
//! nibbles: for each pair of sub-blocks 32 bytes, the first one in the low nibbles. A weight is
//! `(d · scale) · q − (dmin · minimum)`, each of the four operations in f32.
//!
//! Dequantising is bit for bit what the Python package `gguf` 0.19 does. That package has no
//! encoder; this one is ours and does not reproduce ggml's bytes. It minimises the plain squared
//! error of the block, the error that the playground shows (ggml weights large weights more):
//! 1. per sub-block, candidate steps around range/15; for each, the codes and then the least
//!    squares scale and minimum for these codes (minimum ≥ 0: zero stays in reach of every code 0);
//! 2. d and dmin so that the largest scale and minimum get 63, rounded to binary16;
//! 3. per sub-block, the 6-bit scale and minimum next to the ideal ones with the smallest error of
//!    all their neighbours, computed with the stored d and dmin; its codes are what is written.
//!
//! On normal data the root mean square error is 0.89 of the plain range encoder's and 0.83 of
//! Q4_0's (a test holds both, on more kinds of data).
//!
//! The block is first divided by a power of two near its largest magnitude, so squares neither
//! overflow nor vanish. d and dmin saturate at 65504 (weights beyond about 6·10^7 lose their
//! range); below 2^-25 they are zero, and so is the block. A block with NaN or ∞ stores NaN as d
//! and dmin and zeros otherwise: it reads back as NaN. The rounding mode of the options does not
//! apply.

use super::gguf::F16_NAN;
use super::kernel::{f16_code, f16_value, power_of_two, settle_nans};
use super::stats::{NON_FINITE_BITS, max_magnitude_bits};

pub(super) const LEN: usize = 256;
pub(super) const BYTES: usize = 144;
const SUB: usize = 32;
const SUBS: usize = LEN / SUB;
/// Largest 4-bit code and largest 6-bit scale or minimum.
const TOP: f32 = 15.0;
const TOP6: i32 = 63;
/// Steps that the search for a sub-block's fit starts from.
const STARTS: u32 = 10;
/// Adding and subtracting it rounds a small f32 to an integer, ties to even.
const MAGIC: f32 = 12_582_912.0;

/// Scale and (positive) minimum of a sub-block: a weight is `scale · q − minimum`.
#[derive(Clone, Copy)]
struct Fit {
    scale: f32,
    minimum: f32,
}

pub(super) fn quantize(x: &[f32], out: &mut Vec<u8>) {
    out.reserve(x.len().div_ceil(LEN) * BYTES);
    for part in x.chunks(LEN) {
        let mut block = [0.0_f32; LEN];
        block[..part.len()].copy_from_slice(part);
        out.extend_from_slice(&encode(&mut block));
    }
}

pub(super) fn dequantize(bytes: &[u8], len: usize, out: &mut Vec<f32>) {
    out.reserve(len);
    let mut left = len;
    for block in bytes.chunks_exact(BYTES) {
        let d = f16_value(u16::from_le_bytes([block[0], block[1]]));
        let dmin = f16_value(u16::from_le_bytes([block[2], block[3]]));
        let (scales, minima) = unpack_scales(&block[4..16]);
        let mut values = [0.0_f32; LEN];
        for (pair, nibbles) in block[16..].chunks_exact(SUB).enumerate() {
            for half in 0..2 {
                let sub = 2 * pair + half;
                let (step, offset) = (d * f32::from(scales[sub]), dmin * f32::from(minima[sub]));
                for (value, byte) in values[sub * SUB..][..SUB].iter_mut().zip(nibbles) {
                    *value = step * f32::from(byte >> (4 * half) & 15) - offset;
                }
            }
        }
        settle_nans(d + dmin, &mut values);
        let count = left.min(LEN);
        out.extend_from_slice(&values[..count]);
        left -= count;
    }
}

fn encode(block: &mut [f32; LEN]) -> [u8; BYTES] {
    let mut bytes = [0_u8; BYTES];
    let amax_bits = max_magnitude_bits(block);
    if amax_bits >= NON_FINITE_BITS {
        bytes[..2].copy_from_slice(&F16_NAN.to_le_bytes());
        bytes[2..4].copy_from_slice(&F16_NAN.to_le_bytes());
        return bytes;
    }
    // Magnitudes below 2 afterwards; a subnormal block stays small and ends as zeros anyway.
    let exponent = (amax_bits >> 23) as i32 - 127;
    let unit = power_of_two(exponent.max(-126));
    let inverse_unit = power_of_two(-exponent.max(-126));
    for x in block.iter_mut() {
        *x *= inverse_unit;
    }
    let (subs, _) = block.as_chunks::<SUB>();

    let mut fits = [Fit { scale: 0.0, minimum: 0.0 }; SUBS];
    let (mut max_scale, mut max_minimum) = (0.0_f32, 0.0_f32);
    for (fit, sub) in fits.iter_mut().zip(subs) {
        *fit = best_fit(sub);
        max_scale = max_scale.max(fit.scale);
        max_minimum = max_minimum.max(fit.minimum);
    }

    let (d_code, d) = stored(max_scale, unit, inverse_unit);
    let (dmin_code, dmin) = stored(max_minimum, unit, inverse_unit);
    bytes[..2].copy_from_slice(&d_code.to_le_bytes());
    bytes[2..4].copy_from_slice(&dmin_code.to_le_bytes());

    let (mut scales, mut minima) = ([0_u8; SUBS], [0_u8; SUBS]);
    for (i, (sub, fit)) in subs.iter().zip(fits).enumerate() {
        let (scale, minimum) = nearest_pair(sub, fit, d, dmin);
        (scales[i], minima[i]) = (scale as u8, minimum as u8);
        let fit = Fit { scale: d * scale as f32, minimum: dmin * minimum as f32 };
        let inverse = reciprocal(fit.scale);
        let nibbles = &mut bytes[16 + i / 2 * SUB..][..SUB];
        for (&x, byte) in sub.iter().zip(nibbles) {
            *byte |= (code(x, fit.minimum, inverse) as u8) << (4 * (i % 2));
        }
    }
    bytes[4..16].copy_from_slice(&pack_scales(scales, minima));
    bytes
}

/// The binary16 super-scale that gives `largest` the code 63, and its value in the block's unit.
fn stored(largest: f32, unit: f32, inverse_unit: f32) -> (u16, f32) {
    let code = f16_code((largest / TOP6 as f32 * unit).min(65504.0));
    (code, f16_value(code) * inverse_unit)
}

/// Code of one weight for a given minimum and reciprocal scale, as an integral f32 in 0..=15.
#[inline]
fn code(x: f32, minimum: f32, inverse: f32) -> f32 {
    let q = ((x + minimum) * inverse + MAGIC) - MAGIC;
    let q = if q > 0.0 { q } else { 0.0 };
    if q < TOP { q } else { TOP }
}

/// 1/scale, and 0 (every code becomes 0) where that is not a finite number.
fn reciprocal(scale: f32) -> f32 {
    let inverse = 1.0 / scale;
    if inverse.is_finite() { inverse } else { 0.0 }
}

/// Codes of a sub-block under a fit.
#[inline]
fn codes(sub: &[f32; SUB], fit: Fit) -> [f32; SUB] {
    let inverse = reciprocal(fit.scale);
    // A loop, not `map`: that one does not vectorise.
    let mut codes = *sub;
    for x in &mut codes {
        *x = code(*x, fit.minimum, inverse);
    }
    codes
}

/// A sum in a fixed order of four lanes, so that it vectorises and is the same everywhere.
#[inline]
fn sum(terms: &[f32; SUB]) -> f32 {
    let mut lanes = [0.0_f32; 4];
    for quad in terms.as_chunks::<4>().0 {
        for (lane, term) in lanes.iter_mut().zip(quad) {
            *lane += term;
        }
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
}

/// Squared error of a sub-block under a fit, with the best codes for it.
fn squared_error(sub: &[f32; SUB], fit: Fit) -> f32 {
    let mut terms = codes(sub, fit);
    for (term, x) in terms.iter_mut().zip(sub) {
        let error = fit.scale * *term - fit.minimum - x;
        *term = error * error;
    }
    sum(&terms)
}

/// The scale and minimum of smallest squared error among least squares fits of several starts.
fn best_fit(sub: &[f32; SUB]) -> Fit {
    let (mut low, mut high) = (0.0_f32, f32::NEG_INFINITY);
    for &x in sub {
        low = if x < low { x } else { low };
        high = if x > high { x } else { high };
    }
    let range = high - low;
    if range <= 0.0 {
        // All weights are the same and not positive.
        return Fit { scale: 0.0, minimum: 0.0 - low };
    }
    let mut best = Fit { scale: range / TOP, minimum: 0.0 - low };
    let mut best_error = squared_error(sub, best);
    // Steps from 9 % larger than range/15 to 22 % smaller: smaller ones clip the extremes.
    for start in 0..STARTS {
        let levels = 13.75 + start as f32 * (5.5 / (STARTS - 1) as f32);
        let mut fit = Fit { scale: range / levels, minimum: 0.0 - low };
        // Codes, least squares, codes again: two turns settle nearly every sub-block.
        for _ in 0..2 {
            fit = least_squares(sub, fit);
        }
        let error = squared_error(sub, fit);
        if error < best_error {
            (best, best_error) = (fit, error);
        }
    }
    best
}

/// For the codes that a fit gives, the scale ≥ 0 and minimum ≥ 0 of smallest squared error.
fn least_squares(sub: &[f32; SUB], fit: Fit) -> Fit {
    let q = codes(sub, fit);
    let (mut square, mut product) = (q, q);
    for ((square, product), x) in square.iter_mut().zip(&mut product).zip(sub) {
        *square *= *square;
        *product *= x;
    }
    let (n, q1, q2, x1, qx) = (SUB as f32, sum(&q), sum(&square), sum(sub), sum(&product));
    let determinant = n * q2 - q1 * q1;
    if determinant > 0.0 {
        let scale = (n * qx - q1 * x1) / determinant;
        let minimum = (q1 * qx - q2 * x1) / determinant;
        if scale > 0.0 && minimum >= 0.0 {
            return Fit { scale, minimum };
        }
    }
    // The minimum would be negative, or all codes are one: the best scale through zero.
    let scale = if q2 > 0.0 && qx > 0.0 { qx / q2 } else { fit.scale };
    Fit { scale, minimum: 0.0 }
}

/// The 6-bit scale and minimum, next to the ideal ones, of smallest error.
fn nearest_pair(sub: &[f32; SUB], ideal: Fit, d: f32, dmin: f32) -> (i32, i32) {
    let scale = (ideal.scale * reciprocal(d)).min(TOP6 as f32).round_ties_even() as i32;
    let minimum = (ideal.minimum * reciprocal(dmin)).min(TOP6 as f32).round_ties_even() as i32;
    let mut best = (scale, minimum);
    let mut best_error = f32::INFINITY;
    for s in (scale - 1).max(0)..=(scale + 1).min(TOP6) {
        for m in (minimum - 1).max(0)..=(minimum + 1).min(TOP6) {
            let error = squared_error(sub, Fit { scale: d * s as f32, minimum: dmin * m as f32 });
            if error < best_error {
                (best, best_error) = ((s, m), error);
            }
        }
    }
    best
}

/// Eight 6-bit scales and minima in 12 bytes: the first four of each fill the low six bits of
/// bytes 0..4 and 4..8; the last four have their low nibbles in bytes 8..12 and their top two bits
/// in the top two bits of bytes 0..8.
fn pack_scales(scales: [u8; SUBS], minima: [u8; SUBS]) -> [u8; 12] {
    let mut bytes = [0_u8; 12];
    for i in 0..4 {
        bytes[i] = scales[i] | scales[i + 4] >> 4 << 6;
        bytes[i + 4] = minima[i] | minima[i + 4] >> 4 << 6;
        bytes[i + 8] = scales[i + 4] & 15 | minima[i + 4] << 4;
    }
    bytes
}

fn unpack_scales(bytes: &[u8]) -> ([u8; SUBS], [u8; SUBS]) {
    let (mut scales, mut minima) = ([0_u8; SUBS], [0_u8; SUBS]);
    for i in 0..4 {
        scales[i] = bytes[i] & 63;
        minima[i] = bytes[i + 4] & 63;
        scales[i + 4] = bytes[i + 8] & 15 | bytes[i] >> 6 << 4;
        minima[i + 4] = bytes[i + 8] >> 4 | bytes[i + 4] >> 6 << 4;
    }
    (scales, minima)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_scales_come_back() {
        let scales = [0, 63, 1, 32, 17, 62, 63, 5];
        let minima = [63, 0, 31, 16, 48, 15, 0, 60];
        assert_eq!(unpack_scales(&pack_scales(scales, minima)), (scales, minima));
    }

    #[test]
    fn least_squares_is_exact_where_the_codes_are() {
        let mut sub = [0.0; SUB];
        for (i, x) in sub.iter_mut().enumerate() {
            *x = (i % 16) as f32 * 0.25 - 1.0;
        }
        let fit = best_fit(&sub);
        assert!(squared_error(&sub, fit) < 1e-10);
        assert!((fit.scale - 0.25).abs() < 1e-6 && (fit.minimum - 1.0).abs() < 1e-5);
    }
}
