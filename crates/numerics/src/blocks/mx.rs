//! OCP Microscaling (MX) 1.0: 32 elements share one power-of-two scale.
//!
//! A block is stored as its scale byte (E8M0, `2^(byte − 127)`, 0xFF = NaN) and then its 32
//! element codes, packed as in `pack`.
//!
//! Scale. From amax, the largest magnitude of the block, by [`ScaleRule`]; every rule is an exact
//! integer comparison. An exponent above 127 has no code and gives NaN; below −127 it is clamped.
//! An all-zero block has no exponent and takes the smallest scale, code 0.
//!
//! Elements. `x · 2^−exponent` is exact and rounded once, saturating: MX clamps, also where the
//! element format alone would overflow to ∞ or NaN. MXINT8 uses all of two's complement, so −2 is
//! reachable (with FLOOR) although +2 is not; some implementations leave −2 out.
//!
//! NaN and ∞ inputs: the specification leaves them open. Here a block that holds one gets the NaN
//! scale and all-zero element codes: every element reads back as NaN, in every MX format.
//!
//! Dequantising is one f32 product, exact unless it overflows to ±∞ (only a scale that rounded
//! up can do that to numbers that were finite).

use super::kernel::{Minifloat, Rounder, ValueTable, power_of_two, row, value_table};
use super::pack::{pack, packed_bytes, unpack};
use super::stats::{NON_FINITE_BITS, max_magnitude_bits};
use super::{BlockOptions, ScaleRule};
use crate::format::{Format, Kind};
use crate::round::RoundingMode;

/// Elements that share a scale.
pub const MX_BLOCK_LEN: usize = 32;
const LEN: usize = MX_BLOCK_LEN;
const NAN_SCALE: u8 = 0xFF;

/// One MX format: its element format and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MxSpec {
    /// The element format.
    pub element: &'static Format,
    /// Exponent of the element's largest power of two (OCP's emax).
    pub emax: i32,
    kernel: Kernel,
    /// Stored significand bits of the element (MXINT8: its 6 fraction bits).
    significand_bits: u32,
    /// 24-bit significand of the element's largest value.
    max_significand: u32,
    values: ValueTable,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kernel {
    Float(Minifloat),
    Int,
}

static E4M3_VALUES: [f32; 256] = value_table(row("e4m3"));
static E5M2_VALUES: [f32; 256] = value_table(row("e5m2"));
static E3M2_VALUES: [f32; 256] = value_table(row("e3m2"));
static E2M3_VALUES: [f32; 256] = value_table(row("e2m3"));
static E2M1_VALUES: [f32; 256] = value_table(row("e2m1"));
static INT8_VALUES: [f32; 256] = value_table(row("mxint8"));

pub(super) const MXFP8_E4M3: MxSpec = MxSpec::new("e4m3", &E4M3_VALUES);
pub(super) const MXFP8_E5M2: MxSpec = MxSpec::new("e5m2", &E5M2_VALUES);
pub(super) const MXFP6_E3M2: MxSpec = MxSpec::new("e3m2", &E3M2_VALUES);
pub(super) const MXFP6_E2M3: MxSpec = MxSpec::new("e2m3", &E2M3_VALUES);
pub(super) const MXFP4: MxSpec = MxSpec::new("e2m1", &E2M1_VALUES);
pub(super) const MXINT8: MxSpec = MxSpec::new("mxint8", &INT8_VALUES);

impl MxSpec {
    const fn new(element: &str, values: &'static [f32; 256]) -> Self {
        let element = row(element);
        let (kernel, significand_bits, max_bits) = match element.kind {
            Kind::Float(spec) => {
                let kernel = Minifloat::new(spec);
                (Kernel::Float(kernel), spec.significand_bits as u32, kernel.max_bits())
            }
            // 127/64, below 2 by one step.
            _ => (Kernel::Int, 6, (127.0_f32 / 64.0).to_bits()),
        };
        Self {
            element,
            emax: (max_bits >> 23) as i32 - 127,
            kernel,
            significand_bits,
            max_significand: significand24(max_bits),
            values: ValueTable(values),
        }
    }

    pub(super) const fn block_bytes(&self) -> usize {
        1 + packed_bytes(LEN, self.element.bits as u32)
    }

    /// Exponent of the scale of a block whose largest magnitude has these f32 bits (finite, not
    /// zero), before any clamping.
    fn exponent(&self, amax_bits: u32, rule: ScaleRule) -> i32 {
        let significand = significand24(amax_bits);
        let raised = match rule {
            ScaleRule::Floor => false,
            ScaleRule::Ceil => significand > 1 << 23,
            // Rounding to the element's significand carries into the exponent from the tie below
            // two upwards: the significand below the tie is all ones, hence odd.
            ScaleRule::Even => significand >= (1 << 24) - (1 << (22 - self.significand_bits)),
            ScaleRule::Rceil => significand > self.max_significand,
        };
        floor_log2(amax_bits) + i32::from(raised) - self.emax
    }

    /// E8M0 code of the scale of a block with this largest magnitude; NaN and ∞ give 0xFF.
    pub fn scale_code(&self, amax: f32, rule: ScaleRule) -> u8 {
        match amax.to_bits() & 0x7FFF_FFFF {
            0 => 0,
            NON_FINITE_BITS.. => NAN_SCALE,
            bits => match self.exponent(bits, rule) {
                128.. => NAN_SCALE,
                exponent => (exponent.max(-127) + 127) as u8,
            },
        }
    }

    pub(super) fn quantize(&self, x: &[f32], o: &BlockOptions, out: &mut Vec<u8>) {
        out.reserve(x.len().div_ceil(LEN) * self.block_bytes());
        let rounder = Rounder::new(self.element, o.mode, o.seed);
        for (i, part) in x.chunks(LEN).enumerate() {
            let mut block = [0.0_f32; LEN];
            block[..part.len()].copy_from_slice(part);
            let scale = self.scale_code(f32::from_bits(max_magnitude_bits(&block)), o.scale_rule);
            let mut codes = [0_u8; LEN];
            if scale != NAN_SCALE {
                let exponent = i32::from(scale) - 127;
                if o.mode == RoundingMode::NearestEven {
                    self.encode_nearest(&block, power_of_two(-exponent), &mut codes);
                } else {
                    let first = o.first_index.wrapping_add((i * LEN) as u64);
                    // f64 holds every f32 times 2^±127.
                    let inverse = f64::from(power_of_two(-exponent));
                    for (j, (&x, code)) in block.iter().zip(&mut codes).enumerate() {
                        *code = rounder.code(f64::from(x) * inverse, first.wrapping_add(j as u64)) as u8;
                    }
                }
            }
            out.push(scale);
            pack(self.element.bits.into(), &codes, out);
        }
    }

    /// The product is exact in f32 unless it is subnormal, and then it is far below half of the
    /// smallest element: rounded or not, it becomes the same zero.
    #[inline]
    fn encode_nearest(&self, block: &[f32; LEN], inverse: f32, codes: &mut [u8; LEN]) {
        match self.kernel {
            Kernel::Float(kernel) => {
                for (&x, code) in block.iter().zip(codes) {
                    *code = kernel.encode(x * inverse) as u8;
                }
            }
            Kernel::Int => {
                for (&x, code) in block.iter().zip(codes) {
                    // Adding 1.5·2^23 rounds to an integer, ties to even, in the low bits.
                    let y = (x * inverse * 64.0).clamp(-128.0, 127.0);
                    *code = (y + 12_582_912.0).to_bits() as u8;
                }
            }
        }
    }

    pub(super) fn dequantize(&self, bytes: &[u8], len: usize, out: &mut Vec<f32>) {
        out.reserve(len);
        let mut left = len;
        for block in bytes.chunks_exact(self.block_bytes()) {
            let (scale, packed) = (block[0], &block[1..]);
            let mut codes = [0_u8; LEN];
            unpack(self.element.bits.into(), packed, &mut codes);
            let scale = if scale == NAN_SCALE { f32::NAN } else { power_of_two(i32::from(scale) - 127) };
            let count = left.min(LEN);
            out.extend(codes[..count].iter().map(|&code| {
                let value = self.values.0[usize::from(code)] * scale;
                // The sign of a product's NaN differs from machine to machine: one NaN for all.
                if value.is_nan() { f32::NAN } else { value }
            }));
            left -= count;
        }
    }
}

/// Exponent of the leading bit of a finite nonzero f32 magnitude, subnormals included.
const fn floor_log2(bits: u32) -> i32 {
    if bits >> 23 > 0 { (bits >> 23) as i32 - 127 } else { 31 - bits.leading_zeros() as i32 - 149 }
}

/// Significand of a nonzero f32 magnitude as an integer in 2^23..2^24.
const fn significand24(bits: u32) -> u32 {
    if bits >> 23 > 0 { bits & 0x007F_FFFF | 1 << 23 } else { bits << (bits.leading_zeros() - 8) }
}
