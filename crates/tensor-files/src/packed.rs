//! GGUF's block types that the playground has no format for: how their bytes make numbers.
//!
//! Source: ggml's block layouts (`ggml-common.h`, `ggml-quants.c`); the Python package `gguf` 0.19 is the oracle, and every
//! product is taken in binary32 in its order, so that numbers agree bit for bit. What is left out is only listed: the types
//! with a codebook of hundreds of entries (IQ1, IQ2, IQ3) and the two that exist in memory alone (Q8_1, Q8_K).
//!
//! One choice of ours: MXFP4's scale byte 255 is NaN, as the OCP specification has it; ggml takes it for a number and never writes it.

use crate::decode::widen_binary16;
use crate::dtype::Block;

/// A block type that is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are ggml's")]
pub enum Packed {
    Q4_1,
    Q5_0,
    Q5_1,
    Q2K,
    Q3K,
    Q5K,
    Q6K,
    Iq4Nl,
    Iq4Xs,
    Tq1_0,
    Tq2_0,
    Mxfp4,
    Nvfp4,
}

/// Values of four-bit codes in IQ4_NL and IQ4_XS.
const IQ4: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];
/// Twice the values of E2M1; ggml has no minus zero.
const E2M1_DOUBLED: [i8; 16] = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

impl Packed {
    /// Elements and bytes of a block.
    pub const fn block(self) -> Block {
        let (elements, bytes) = match self {
            Self::Q4_1 => (32, 20),
            Self::Q5_0 => (32, 22),
            Self::Q5_1 => (32, 24),
            Self::Q2K => (256, 84),
            Self::Q3K => (256, 110),
            Self::Q5K => (256, 176),
            Self::Q6K => (256, 210),
            Self::Iq4Nl => (32, 18),
            Self::Iq4Xs => (256, 136),
            Self::Tq1_0 => (256, 54),
            Self::Tq2_0 => (256, 66),
            Self::Mxfp4 => (32, 17),
            Self::Nvfp4 => (64, 36),
        };
        Block { elements, bytes }
    }

    /// ggml's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Q4_1 => "Q4_1",
            Self::Q5_0 => "Q5_0",
            Self::Q5_1 => "Q5_1",
            Self::Q2K => "Q2_K",
            Self::Q3K => "Q3_K",
            Self::Q5K => "Q5_K",
            Self::Q6K => "Q6_K",
            Self::Iq4Nl => "IQ4_NL",
            Self::Iq4Xs => "IQ4_XS",
            Self::Tq1_0 => "TQ1_0",
            Self::Tq2_0 => "TQ2_0",
            Self::Mxfp4 => "MXFP4",
            Self::Nvfp4 => "NVFP4",
        }
    }

    /// Appends the values of `bytes`, whole blocks.
    pub(crate) fn decode(self, bytes: &[u8], out: &mut Vec<f32>) {
        let decode: fn(&[u8], &mut Vec<f32>) = match self {
            Self::Q4_1 => q4_1,
            Self::Q5_0 => q5_0,
            Self::Q5_1 => q5_1,
            Self::Q2K => q2_k,
            Self::Q3K => q3_k,
            Self::Q5K => q5_k,
            Self::Q6K => q6_k,
            Self::Iq4Nl => iq4_nl,
            Self::Iq4Xs => iq4_xs,
            Self::Tq1_0 => tq1_0,
            Self::Tq2_0 => tq2_0,
            Self::Mxfp4 => mxfp4,
            Self::Nvfp4 => nvfp4,
        };
        bytes.chunks_exact(self.block().bytes as usize).for_each(|block| decode(block, out));
    }
}

/// The binary16 at byte `at`.
fn half(block: &[u8], at: usize) -> f32 {
    widen_binary16(u16::from_le_bytes([block[at], block[at + 1]]))
}

/// Codes of four bits: the low halves of all bytes, then the high ones.
fn nibbles(bytes: &[u8]) -> impl Iterator<Item = u8> {
    bytes.iter().map(|b| b & 15).chain(bytes.iter().map(|b| b >> 4))
}

/// Codes of five bits: four from `bytes`, the fifth from the bits of `high` in turn.
fn fives<'a>(bytes: &'a [u8], high: &'a [u8]) -> impl Iterator<Item = u8> + 'a {
    nibbles(bytes).enumerate().map(|(i, low)| low | (high[i / 8] >> (i % 8) & 1) << 4)
}

fn q4_1(block: &[u8], out: &mut Vec<f32>) {
    let (d, m) = (half(block, 0), half(block, 2));
    out.extend(nibbles(&block[4..]).map(|q| d * f32::from(q) + m));
}

fn q5_0(block: &[u8], out: &mut Vec<f32>) {
    let d = half(block, 0);
    out.extend(fives(&block[6..], &block[2..6]).map(|q| d * f32::from(q.cast_signed() - 16)));
}

fn q5_1(block: &[u8], out: &mut Vec<f32>) {
    let (d, m) = (half(block, 0), half(block, 2));
    out.extend(fives(&block[8..], &block[4..8]).map(|q| d * f32::from(q) + m));
}

/// Sixteen scales and minima of four bits, codes of two bits: the same shift of 32 bytes in turn, four shifts for each 32 bytes.
fn q2_k(block: &[u8], out: &mut Vec<f32>) {
    let (scales, codes) = (&block[..16], &block[16..80]);
    let (d, dmin) = (half(block, 80), half(block, 82));
    for i in 0..256 {
        let (scale, code) = (scales[i / 16], codes[i / 128 * 32 + i % 32] >> (i / 32 % 4 * 2) & 3);
        out.push(d * f32::from(scale & 15) * f32::from(code) - dmin * f32::from(scale >> 4));
    }
}

/// As Q2_K, with a third bit, whose absence takes 4 away, and sixteen signed scales of six bits.
fn q3_k(block: &[u8], out: &mut Vec<f32>) {
    let (mask, codes, scales) = (&block[..32], &block[32..96], &block[96..108]);
    let d = half(block, 108);
    let scale = |i: usize| {
        let low = if i < 8 { scales[i] & 15 } else { scales[i - 8] >> 4 };
        let high = scales[8 + i % 4] >> (i / 4 * 2) & 3;
        d * f32::from((low | high << 4).cast_signed() - 32)
    };
    for i in 0..256 {
        let low = codes[i / 128 * 32 + i % 32] >> (i / 32 % 4 * 2) & 3;
        let high = mask[i % 32] >> (i / 32) & 1;
        out.push(scale(i / 16) * f32::from((low | high << 2).cast_signed() - 4));
    }
}

/// Scale and minimum of sub-block `i` of eight, six bits each, as Q4_K and Q5_K pack them into twelve bytes.
fn scale_min(packed: &[u8], i: usize) -> (u8, u8) {
    if i < 4 {
        (packed[i] & 63, packed[i + 4] & 63)
    } else {
        let (low, min) = (packed[i + 4] & 15, packed[i + 4] >> 4);
        (low | packed[i - 4] >> 6 << 4, min | packed[i] >> 6 << 4)
    }
}

fn q5_k(block: &[u8], out: &mut Vec<f32>) {
    let (d, dmin) = (half(block, 0), half(block, 2));
    let (scales, high, codes) = (&block[4..16], &block[16..48], &block[48..]);
    for i in 0..256 {
        let (scale, min) = scale_min(scales, i / 32);
        let low = codes[i / 64 * 32 + i % 32] >> (i / 32 % 2 * 4) & 15;
        let code = low | (high[i % 32] >> (i / 32) & 1) << 4;
        out.push(d * f32::from(scale) * f32::from(code) - dmin * f32::from(min));
    }
}

fn q6_k(block: &[u8], out: &mut Vec<f32>) {
    let (low, high, scales) = (&block[..128], &block[128..192], &block[192..208]);
    let d = half(block, 208);
    for i in 0..256 {
        let (part, quarter) = (i / 128, i / 32 % 4);
        let four = low[part * 64 + i % 64] >> (quarter / 2 * 4) & 15;
        let two = high[part * 32 + i % 32] >> (quarter * 2) & 3;
        let scale = d * f32::from(scales[i / 16].cast_signed());
        out.push(scale * f32::from((four | two << 4).cast_signed() - 32));
    }
}

fn iq4_nl(block: &[u8], out: &mut Vec<f32>) {
    let d = half(block, 0);
    out.extend(nibbles(&block[2..]).map(|q| d * f32::from(IQ4[usize::from(q)])));
}

fn iq4_xs(block: &[u8], out: &mut Vec<f32>) {
    let (d, high) = (half(block, 0), u16::from_le_bytes([block[2], block[3]]));
    for (i, codes) in block[8..].chunks_exact(16).enumerate() {
        let low = block[4 + i / 2] >> (i % 2 * 4) & 15;
        let scale = low | ((high >> (2 * i) & 3) as u8) << 4;
        let scale = d * f32::from(scale.cast_signed() - 32);
        out.extend(nibbles(codes).map(|q| scale * f32::from(IQ4[usize::from(q)])));
    }
}

/// Codes of three values, five to a byte: a fraction of 243 in 256 parts, whose digits come by multiplying.
fn tq1_0(block: &[u8], out: &mut Vec<f32>) {
    let d = half(block, 52);
    for (bytes, digits) in [(&block[..32], 5), (&block[32..48], 5), (&block[48..52], 4)] {
        for digit in 0..digits {
            let value = |b: &u8| ((u16::from(b.wrapping_mul(3u8.pow(digit))) * 3) >> 8) as i8 - 1;
            out.extend(bytes.iter().map(|b| d * f32::from(value(b))));
        }
    }
}

fn tq2_0(block: &[u8], out: &mut Vec<f32>) {
    let d = half(block, 64);
    for i in 0..256 {
        let code = block[i / 128 * 32 + i % 32] >> (i / 32 % 4 * 2) & 3;
        out.push(d * f32::from(code.cast_signed() - 1));
    }
}

fn mxfp4(block: &[u8], out: &mut Vec<f32>) {
    // Half of 2^(byte - 127), for the table holds twice the values.
    let scale = match block[0] {
        255 => f32::NAN,
        small @ 0..2 => f32::from_bits(0x0020_0000 << small),
        byte => f32::from_bits(u32::from(byte - 1) << 23),
    };
    out.extend(nibbles(&block[1..]).map(|q| scale * f32::from(E2M1_DOUBLED[usize::from(q)])));
}

/// Four scales in E4M3 without its sign, each for sixteen codes.
fn nvfp4(block: &[u8], out: &mut Vec<f32>) {
    for (scale, codes) in block[..4].iter().zip(block[4..].chunks_exact(8)) {
        let (exponent, fraction) = (scale >> 3 & 15, f32::from(scale & 7));
        let magnitude = match (scale, exponent) {
            (0x7f, _) => 0.0,
            (_, 0) => fraction * 2f32.powi(-9),
            _ => (1.0 + fraction / 8.0) * 2f32.powi(i32::from(exponent) - 7),
        };
        out.extend(nibbles(codes).map(|q| magnitude * 0.5 * f32::from(E2M1_DOUBLED[usize::from(q)])));
    }
}
