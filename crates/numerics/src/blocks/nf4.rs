//! NF4: the 16 quantiles of QLoRA, one f32 absmax per block (64 elements unless chosen otherwise).
//!
//! A block is stored as its absmax (f32, little-endian) and then its codes, two a byte, low nibble
//! first (bitsandbytes puts the first element in the high nibble). The tail is padded with zeros
//! to a whole block, as everywhere here.
//!
//! Arithmetic: `y = x / absmax` in f32, rounded to the codebook by the mode: nearest by exact
//! comparison with the midpoints, ties to the even code (bitsandbytes multiplies by the reciprocal,
//! compares with rounded midpoints and sends ties down, so a value within an ulp of one may differ). Value:
//! `codebook[code] · absmax`, one f32 product.
//!
//! A zero block stores absmax 0 and the code of zero. A block with NaN or ∞ stores NaN as its
//! absmax and the code of zero: it reads back as NaN.

use super::BlockOptions;
use super::kernel::{Rounder, row, settle_nans, value_table};
use super::pack::{pack, packed_bytes, unpack};
use super::stats::{NON_FINITE_BITS, max_magnitude_bits};
use crate::format::Format;
use crate::round::RoundingMode;

pub(super) static NF4: &Format = row("nf4");
static VALUES: [f32; 256] = value_table(row("nf4"));
/// Code of the codebook's zero.
const ZERO: u8 = 7;
/// Codes are computed in pieces of this many, on the stack.
const PIECE: usize = 64;

/// For each pair of neighbours the largest f32 that rounds to the lower one: the exact midpoint (a
/// sum of two f32s is exact in f64 here) cut down to f32, or the f32 below it where the midpoint is
/// an f32 itself and the tie goes to an even upper code.
static MIDPOINTS: [f32; 15] = {
    let mut midpoints = [0.0; 15];
    let mut i = 0;
    while i < 15 {
        let exact = f64::midpoint(VALUES[i] as f64, VALUES[i + 1] as f64);
        let nearest = exact as f32;
        let tie_goes_up = nearest as f64 == exact && i % 2 == 1;
        midpoints[i] = if nearest as f64 > exact || tie_goes_up { nearest.next_down() } else { nearest };
        i += 1;
    }
    midpoints
};

pub(super) const fn block_bytes(block_len: usize) -> usize {
    packed_bytes(block_len, 4).saturating_add(4)
}

pub(super) fn quantize(x: &[f32], o: &BlockOptions, out: &mut Vec<u8>) {
    let len = o.nf4_len();
    out.reserve(x.len().div_ceil(len).saturating_mul(block_bytes(len)));
    let rounder = Rounder::new(NF4, o.mode, o.seed);
    for (i, block) in x.chunks(len).enumerate() {
        let amax_bits = max_magnitude_bits(block);
        let usable = (1..NON_FINITE_BITS).contains(&amax_bits);
        let absmax = f32::from_bits(amax_bits);
        let stored = if amax_bits >= NON_FINITE_BITS { f32::NAN } else { absmax };
        out.extend_from_slice(&stored.to_le_bytes());
        let end = out.len() + packed_bytes(len, 4);
        let mut first = o.first_index.wrapping_add((i * len) as u64);
        // Pieces are even, so each ends at a byte.
        for piece in block.chunks(PIECE) {
            let mut codes = [ZERO; PIECE];
            let codes = &mut codes[..piece.len().next_multiple_of(2)];
            if usable && o.mode == RoundingMode::NearestEven {
                for (&x, code) in piece.iter().zip(codes.iter_mut()) {
                    *code = nearest(x / absmax);
                }
            } else if usable {
                for (j, (&x, code)) in piece.iter().zip(codes.iter_mut()).enumerate() {
                    *code = rounder.code(f64::from(x / absmax), first.wrapping_add(j as u64)) as u8;
                }
            }
            pack(4, codes, out);
            first = first.wrapping_add(PIECE as u64);
        }
        out.resize(end, ZERO | ZERO << 4);
    }
}

/// Code of the nearest codebook value; the even one in a tie.
#[inline]
fn nearest(y: f32) -> u8 {
    MIDPOINTS.iter().map(|&midpoint| u8::from(y > midpoint)).sum()
}

pub(super) fn dequantize(bytes: &[u8], len: usize, o: &BlockOptions, out: &mut Vec<f32>) {
    out.reserve(len);
    let block_len = o.nf4_len();
    let mut left = len;
    for block in bytes.chunks_exact(block_bytes(block_len)) {
        let Some((absmax, packed)) = block.split_first_chunk() else { return };
        let absmax = f32::from_le_bytes(*absmax);
        let absmax = if absmax.is_nan() { f32::NAN } else { absmax };
        let mut count = left.min(block_len);
        left -= count;
        for part in packed.chunks(PIECE / 2) {
            let mut codes = [0_u8; PIECE];
            let codes = &mut codes[..count.min(PIECE)];
            unpack(4, part, codes);
            let start = out.len();
            out.extend(codes.iter().map(|&code| VALUES[usize::from(code)] * absmax));
            settle_nans(absmax, &mut out[start..]);
            count -= codes.len();
        }
    }
}
