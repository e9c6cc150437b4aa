//! INT8 and INT4 with a scale, symmetric or affine, per tensor, channel or group.
//!
//! Symmetric: `s = absmax / M` with M = 127 or 7, code = round(x / s) clamped to ±M (−M−1 is not
//! used, so the codes mirror), stored as two's complement; value = `q · s`.
//! Affine: the range is widened to contain zero; `s = (max − min) / L` with L = 255 or 15,
//! zero point `z = clamp(round(0 − min / s), 0, L)`, code = round(x / s) + z clamped to 0..=L, stored
//! unsigned; value = `(q − z) · s`, so zero is exact.
//!
//! Arithmetic: every quotient and product is one f32 operation, as in ONNX, except the affine
//! scale, computed in f64 and rounded to f32 at the end (max − min can exceed f32's range). Codes
//! are rounded by the mode of the options, z and everything else nearest-even. Products
//! overflow to ±∞ as f32 does, which takes values at the very end of f32's range.
//!
//! Bytes. Per channel or group: the scale (f32, little-endian), for affine the zero point (one
//! byte, unsigned), then the codes, two a byte for INT4 with the low nibble first, up to a whole
//! byte. The last group may be short and is not padded. Per tensor: codes only, because scale and
//! zero point follow from the [`TensorStats`] that both directions take; INT4 pieces of a tensor
//! are even, except the last.
//!
//! A scale of zero (all zeros, or an underflow) gives the code of zero for everything. Scales come
//! from the finite values alone: one NaN must not cost a tensor its scale. NaN becomes the code of
//! zero and ±∞ saturates.

use super::kernel::{Rounder, row, settle_nans};
use super::pack::{pack, packed_bytes, unpack};
use super::stats::TensorStats;
use super::{BlockOptions, Grouping};
use crate::format::Format;
use crate::round::RoundingMode;

static INT32: &Format = row("int32");
/// Codes are computed in pieces of this many, on the stack. Even, so pieces end at a byte.
const PIECE: usize = 64;

/// Width and kind of an integer scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntScheme {
    /// Width of a code, 4 or 8.
    pub bits: u8,
    /// There is a zero point; otherwise zero is code 0.
    pub affine: bool,
}

/// What maps a group's values to codes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IntParams {
    /// Step between neighbouring values, ≥ 0.
    pub scale: f32,
    /// Code of zero; 0 when symmetric.
    pub zero_point: u8,
}

impl IntScheme {
    /// Largest code: 127 or 7 symmetric, 255 or 15 affine.
    pub const fn max_code(self) -> i32 {
        if self.affine { (1 << self.bits) - 1 } else { (1 << (self.bits - 1)) - 1 }
    }

    /// Smallest code.
    pub const fn min_code(self) -> i32 {
        if self.affine { 0 } else { -self.max_code() }
    }

    /// Scale and zero point for a range of values.
    pub fn params(self, stats: &TensorStats) -> IntParams {
        let top = self.max_code() as f32;
        if !self.affine {
            return IntParams { scale: stats.absmax / top, zero_point: 0 };
        }
        let (min, max) = stats.range_with_zero();
        let scale = ((f64::from(max) - f64::from(min)) / f64::from(top)) as f32;
        // A zero scale would make NaN of a zero minimum; the conversion below gives 0 for it.
        let zero_point = (-min / scale).clamp(0.0, top).round_ties_even() as u8;
        IntParams { scale, zero_point }
    }

    /// Bytes before the codes of a channel or group.
    pub(super) const fn header_bytes(self) -> usize {
        if self.affine { 5 } else { 4 }
    }

    /// Appends what comes before the codes of a channel or group.
    pub(super) fn write_header(self, params: IntParams, out: &mut Vec<u8>) {
        out.extend_from_slice(&params.scale.to_le_bytes());
        if self.affine {
            out.push(params.zero_point);
        }
    }

    pub(super) const fn group_bytes(self, len: usize) -> usize {
        packed_bytes(len, self.bits as u32).saturating_add(self.header_bytes())
    }

    pub(super) fn quantize(self, x: &[f32], stats: &TensorStats, o: &BlockOptions, out: &mut Vec<u8>) {
        let encoder = Encoder { scheme: self, rounder: Rounder::new(INT32, o.mode, o.seed), mode: o.mode };
        let Some(len) = o.grouping.group_len() else {
            return encoder.group(x, self.params(stats), o.first_index, out);
        };
        out.reserve(x.len().div_ceil(len).saturating_mul(self.group_bytes(len.min(x.len()))));
        for (i, group) in x.chunks(len).enumerate() {
            let params = self.params(&TensorStats::of(group));
            self.write_header(params, out);
            encoder.group(group, params, o.first_index.wrapping_add((i * len) as u64), out);
        }
    }

    pub(super) fn dequantize(
        self,
        bytes: &[u8],
        len: usize,
        stats: &TensorStats,
        o: &BlockOptions,
        out: &mut Vec<f32>,
    ) {
        out.reserve(len);
        let Some(group_len) = o.grouping.group_len() else {
            return self.restore(bytes, len, self.params(stats), out);
        };
        let mut left = len;
        for group in bytes.chunks(self.group_bytes(group_len)) {
            let Some((scale, rest)) = group.split_first_chunk() else { return };
            let scale = f32::from_le_bytes(*scale);
            let (zero_point, codes) = match (self.affine, rest.split_first()) {
                (true, Some((&zero_point, codes))) => (zero_point, codes),
                _ => (0, rest),
            };
            let count = left.min(group_len);
            left -= count;
            self.restore(codes, count, IntParams { scale, zero_point }, out);
        }
    }

    /// Values of `len` codes.
    fn restore(self, bytes: &[u8], len: usize, params: IntParams, out: &mut Vec<f32>) {
        let (bits, zero_point) = (u32::from(self.bits), i32::from(params.zero_point));
        let mut left = len;
        for part in bytes.chunks(packed_bytes(PIECE, bits)) {
            let mut codes = [0_u8; PIECE];
            let codes = &mut codes[..left.min(PIECE)];
            unpack(bits, part, codes);
            let start = out.len();
            if self.affine {
                out.extend(codes.iter().map(|&code| (i32::from(code) - zero_point) as f32 * params.scale));
            } else {
                let unused = 8 - bits;
                out.extend(
                    codes.iter().map(|&code| f32::from((code << unused) as i8 >> unused) * params.scale),
                );
            }
            settle_nans(params.scale, &mut out[start..]);
            left -= codes.len();
        }
    }
}

impl Grouping {
    /// Values that share a scale; `None` for the whole tensor. A length of zero is read as one.
    pub fn group_len(self) -> Option<usize> {
        match self {
            Grouping::Tensor => None,
            Grouping::Channel { row_len: len } | Grouping::Group { len } => Some(len.max(1)),
        }
    }
}

struct Encoder {
    scheme: IntScheme,
    rounder: Rounder,
    mode: RoundingMode,
}

impl Encoder {
    /// Appends the codes of one group whose first element has this index in the tensor.
    fn group(&self, x: &[f32], params: IntParams, first: u64, out: &mut Vec<u8>) {
        let bits = u32::from(self.scheme.bits);
        let mask = ((1_u32 << bits) - 1) as u8;
        let zero = params.zero_point;
        out.reserve(packed_bytes(x.len(), bits));
        for (i, piece) in x.chunks(PIECE).enumerate() {
            let mut codes = [zero; PIECE];
            let codes = &mut codes[..piece.len()];
            if params.scale > 0.0 && self.mode == RoundingMode::NearestEven {
                self.nearest(piece, params, codes);
            } else if params.scale > 0.0 {
                let first = first.wrapping_add((i * PIECE) as u64);
                for (j, (&x, code)) in piece.iter().zip(codes.iter_mut()).enumerate() {
                    *code = self.any_mode(x / params.scale, zero, first.wrapping_add(j as u64));
                }
            }
            for code in codes.iter_mut() {
                *code &= mask;
            }
            pack(bits, codes, out);
        }
    }

    fn nearest(&self, piece: &[f32], params: IntParams, codes: &mut [u8]) {
        let (low, high, zero) =
            (self.scheme.min_code(), self.scheme.max_code(), i32::from(params.zero_point));
        for (&x, code) in piece.iter().zip(codes) {
            let y = x / params.scale;
            // Selects rather than `clamp`, and NaN to zero.
            let y = if y.is_nan() { 0.0 } else { y };
            let y = if y > -512.0 { y } else { -512.0 };
            let y = if y < 512.0 { y } else { 512.0 };
            // Adding 1.5·2^23 rounds to an integer, ties to even, in the low bits.
            let q = (y + 12_582_912.0).to_bits() as i32 - 12_582_912.0_f32.to_bits() as i32 + zero;
            let q = if q > low { q } else { low };
            *code = (if q < high { q } else { high }) as u8;
        }
    }

    fn any_mode(&self, y: f32, zero_point: u8, index: u64) -> u8 {
        let y = if y.is_nan() { 0.0 } else { y.clamp(-512.0, 512.0) };
        let q = self.rounder.code(f64::from(y), index) as u32 as i32 + i32::from(zero_point);
        q.clamp(self.scheme.min_code(), self.scheme.max_code()) as u8
    }
}
