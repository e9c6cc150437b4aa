//! NVFP4: 16 E2M1 elements share one E4M3 scale, and the whole tensor one f32 scale.
//!
//! A block is stored as its E4M3 scale byte and then 8 bytes of nibbles. The tensor's scale is not
//! stored: it follows from the tensor's [`TensorStats`], which both directions take.
//!
//! Arithmetic, every step one f32 operation, nearest-even:
//! `g = absmax / 2688` (448 · 6) · `s = E4M3(clamp((amax / 6) / g, 2^-6, 448))` · `t = g · s` ·
//! element = E2M1(x / t), saturating · value = element · t.
//! The lower clamp 2^-6 keeps scales out of E4M3's subnormals; it is one library's choice
//! (torchao), not part of the format. Scales are rounded nearest-even whatever the mode; the mode
//! is the elements'.
//!
//! Where t is zero (a zero tensor, or one so small that g or g · s underflows) elements are signed
//! zeros. A block with NaN or ∞ stores the NaN scale 0x7F and zero codes: it reads back as NaN.
//! Values above the stats' absmax (stats of another tensor) saturate.

use super::BlockOptions;
use super::kernel::{Minifloat, Rounder, float_row, row, settle_nans, value_table};
use super::pack::{pack, unpack};
use super::stats::{NON_FINITE_BITS, TensorStats, max_magnitude_bits};
use crate::format::Format;
use crate::round::RoundingMode;

/// Elements that share a block scale.
pub const NVFP4_BLOCK_LEN: usize = 16;
const LEN: usize = NVFP4_BLOCK_LEN;
pub(super) const BYTES: usize = 1 + LEN / 2;

static E2M1: &Format = row("e2m1");
const ELEMENT: Minifloat = Minifloat::new(float_row("e2m1"));
const SCALE: Minifloat = Minifloat::new(float_row("e4m3"));
static ELEMENT_VALUES: [f32; 256] = value_table(row("e2m1"));
static SCALE_VALUES: [f32; 256] = value_table(row("e4m3"));

const NAN_SCALE: u8 = 0x7F;
const MIN_SCALE: f32 = 0.015625;
const MAX_SCALE: f32 = 448.0;
const MAX_ELEMENT: f32 = 6.0;

/// The tensor's scale g.
pub fn nvfp4_tensor_scale(stats: &TensorStats) -> f32 {
    stats.absmax / (MAX_SCALE * MAX_ELEMENT)
}

/// E4M3 code of the scale of a block whose largest magnitude is `amax`, in a tensor of scale `g`.
pub fn nvfp4_scale_code(amax: f32, g: f32) -> u8 {
    if !amax.is_finite() {
        return NAN_SCALE;
    }
    let ratio = amax / MAX_ELEMENT / g;
    // 0/0 in a zero tensor is NaN and takes the smallest scale; the comparison says so.
    let clamped = if ratio > MIN_SCALE { ratio.min(MAX_SCALE) } else { MIN_SCALE };
    SCALE.encode(clamped) as u8
}

pub(super) fn quantize(x: &[f32], stats: &TensorStats, o: &BlockOptions, out: &mut Vec<u8>) {
    out.reserve(x.len().div_ceil(LEN) * BYTES);
    let g = nvfp4_tensor_scale(stats);
    let rounder = Rounder::new(E2M1, o.mode, o.seed);
    for (i, part) in x.chunks(LEN).enumerate() {
        let mut block = [0.0_f32; LEN];
        block[..part.len()].copy_from_slice(part);
        let amax_bits = max_magnitude_bits(&block);
        let scale = nvfp4_scale_code(f32::from_bits(amax_bits), g);
        let mut codes = [0_u8; LEN];
        if amax_bits < NON_FINITE_BITS {
            let t = g * SCALE_VALUES[usize::from(scale)];
            if t == 0.0 {
                for (&x, code) in block.iter().zip(&mut codes) {
                    *code = (x.to_bits() >> 31 << 3) as u8;
                }
            } else if o.mode == RoundingMode::NearestEven {
                for (&x, code) in block.iter().zip(&mut codes) {
                    *code = ELEMENT.encode(x / t) as u8;
                }
            } else {
                let first = o.first_index.wrapping_add((i * LEN) as u64);
                for (j, (&x, code)) in block.iter().zip(&mut codes).enumerate() {
                    *code = rounder.code(f64::from(x / t), first.wrapping_add(j as u64)) as u8;
                }
            }
        }
        out.push(scale);
        pack(4, &codes, out);
    }
}

pub(super) fn dequantize(bytes: &[u8], len: usize, stats: &TensorStats, out: &mut Vec<f32>) {
    out.reserve(len);
    let g = nvfp4_tensor_scale(stats);
    let mut left = len;
    for block in bytes.chunks_exact(BYTES) {
        let t = g * SCALE_VALUES[usize::from(block[0])];
        let mut codes = [0_u8; LEN];
        unpack(4, &block[1..], &mut codes);
        let count = left.min(LEN);
        let start = out.len();
        out.extend(codes[..count].iter().map(|&code| ELEMENT_VALUES[usize::from(code)] * t));
        settle_nans(t, &mut out[start..]);
        left -= count;
    }
}
