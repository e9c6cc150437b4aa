//! Conversion of slices: the fastest kernel that gives exactly the bits of [`Format::encode_f64`] and
//! [`Format::decode`], element by element.
//!
//! [`Quantizer::new`] chooses once, from the descriptor and the rounding:
//!
//! | what | kernel |
//! |---|---|
//! | binary16, bfloat16, E4M3, nearest-even | [`scalar`], and its simd128 twin where the target has it |
//! | other floats of at most 16 bits, nearest-even | `nearest`: the adder rounds, no branches |
//! | TF32, binary32 and their like, nearest-even | `nearest`: upper bits, one integer addition |
//! | floats, every other mode | `float`: integers, one element at a time |
//! | integers of at most 16 bits, nearest-even, clamping | `int` |
//! | posits, codebooks, E8M0, formats without subnormals, at most 16 bits | `steps`: a sorted list |
//! | everything else | [`Format::encode_f64`] |
//!
//! Memory: codes as in [`Layout`]. NaN decodes to the quiet positive NaN. Stochastic rounding: the mode's `random` is
//! a seed, and element `i` of the slice uses the threshold [`random_at`]`(seed, offset + i)`, see
//! [`Quantizer::with_offset`]. Left out: threads, streams, blocks with scales (see [`crate::blocks`]).

// Kernels are small functions of constants inside loops; a call in their place would cost more than they do.
#![allow(clippy::inline_always)]

mod agreement;
mod ahead;
mod float;
mod int;
mod layout;
mod nearest;
mod random;
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
mod steps;
mod wide;

use std::sync::OnceLock;

use crate::format::{FloatSpec, Format, Kind, Specials};
use crate::round::{Overflow, Rounding, RoundingMode};

use float::FloatKernel;
use int::IntKernel;
use nearest::{High, NAN, Nearest};
use steps::Steps;

pub use agreement::mismatches;
pub use layout::Layout;
pub use random::{GOLDEN, mix64, random_at};

/// Elements converted at a time where two kernels follow each other, and read ahead at a time: small enough for the
/// first-level cache.
const BLOCK: usize = 1024;

/// From this many elements a list or table of 2^16 entries is worth building.
const WORTH_A_TABLE: usize = 1 << 15;

/// One format, one way of rounding, ready for slices.
#[derive(Clone, Debug)]
pub struct Quantizer {
    format: Format,
    rounding: Rounding,
    layout: Layout,
    encoder: Encoder,
    decoder: Decoder,
    rounder: Rounder,
    /// Position of a slice's first element, for stochastic rounding.
    offset: u64,
    /// Use the simd128 kernels where they exist.
    wide: bool,
}

#[derive(Clone, Debug)]
enum Encoder {
    Binary16,
    Bfloat16,
    E4m3,
    E4m3Saturating,
    Nearest(Nearest),
    High(High),
    Float(FloatKernel),
    Int(IntKernel),
    /// Filled at first use.
    Steps(OnceLock<Box<Steps>>),
    Exact,
}

#[derive(Clone, Debug)]
enum Decoder {
    Binary16,
    Bfloat16,
    E4m3,
    High(High),
    /// Of codes of at most 16 bits, filled at first use.
    Table(OnceLock<Vec<f32>>),
    Exact,
}

/// Rounding without codes.
#[derive(Clone, Copy, Debug)]
enum Rounder {
    Nearest(Nearest),
    High(High),
    ThroughCodes,
}

impl Quantizer {
    /// The fastest exact kernels for a format and a way of rounding.
    pub fn new(format: &Format, rounding: &Rounding) -> Quantizer {
        let (encoder, rounder) = kernels(format, rounding);
        Quantizer {
            format: *format,
            rounding: *rounding,
            layout: Layout::of(format.bits),
            encoder,
            decoder: decoder(format),
            rounder,
            offset: 0,
            wide: true,
        }
    }

    /// The same, for slices that begin at element `offset` of a longer sequence. Only stochastic rounding
    /// looks at it: pieces converted with their own offsets equal the whole converted at once.
    #[must_use]
    pub fn with_offset(mut self, offset: u64) -> Quantizer {
        self.offset = offset;
        self
    }

    /// The same without simd128 kernels: equal bits, for comparing and measuring.
    #[must_use]
    pub fn portable(mut self) -> Quantizer {
        self.wide = false;
        self
    }

    /// The format.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// How codes lie in memory.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Bytes that `len` codes take.
    pub fn storage_bytes(&self, len: usize) -> usize {
        self.layout.bytes(len)
    }

    /// Encodes `x` into the first [`storage_bytes`](Self::storage_bytes)`(x.len())` bytes of `codes`.
    ///
    /// # Panics
    /// When `codes` is shorter.
    pub fn encode(&self, x: &[f32], codes: &mut [u8]) {
        let codes = &mut codes[..self.storage_bytes(x.len())];
        if x.len() <= BLOCK || matches!(self.encoder, Encoder::Steps(_) | Encoder::Exact) {
            return self.encode_from(0, x, codes);
        }
        let blocks = x.chunks(BLOCK).zip(codes.chunks_mut(self.storage_bytes(BLOCK)));
        for (start, (x, codes)) in (0..).step_by(BLOCK).zip(blocks) {
            ahead::read(x, f32::to_bits);
            self.encode_from(start, x, codes);
        }
    }

    /// Encodes binary64 numbers with one rounding; otherwise as [`encode`](Self::encode).
    ///
    /// # Panics
    /// When `codes` is shorter than `x` needs.
    pub fn encode_f64(&self, x: &[f64], codes: &mut [u8]) {
        let codes = &mut codes[..self.storage_bytes(x.len())];
        let Some(narrow) = self.narrowing() else {
            return self.layout.write(x.len(), codes, |i| self.exact(x[i], i));
        };
        let mut block = [0f32; BLOCK];
        for (start, (x, codes)) in
            (0..).step_by(BLOCK).zip(x.chunks(BLOCK).zip(codes.chunks_mut(self.storage_bytes(BLOCK))))
        {
            let block = &mut block[..x.len()];
            for (narrowed, &x) in block.iter_mut().zip(x) {
                *narrowed = narrow(x);
            }
            self.encode_from(start, block, codes);
        }
    }

    /// Decodes the first `out.len()` codes. Values that binary32 does not hold become its nearest, ties to even.
    ///
    /// # Panics
    /// When `codes` is shorter than [`storage_bytes`](Self::storage_bytes)`(out.len())`.
    pub fn decode(&self, codes: &[u8], out: &mut [f32]) {
        let codes = &codes[..self.storage_bytes(out.len())];
        if out.len() <= BLOCK || matches!(self.decoder, Decoder::Table(_) | Decoder::Exact) {
            return self.decode_block(codes, out);
        }
        for (codes, out) in codes.chunks(self.storage_bytes(BLOCK)).zip(out.chunks_mut(BLOCK)) {
            ahead::read(codes, u32::from);
            self.decode_block(codes, out);
        }
    }

    fn decode_block(&self, codes: &[u8], out: &mut [f32]) {
        match &self.decoder {
            Decoder::Binary16 => wide::decode_binary16(self.wide, codes, out),
            Decoder::Bfloat16 => wide::decode_bfloat16(self.wide, codes, out),
            Decoder::E4m3 => wide::decode_e4m3(self.wide, codes, out),
            Decoder::High(kernel) => {
                self.layout.read(codes, out, |code| f32::from_bits(kernel.decode(code as u32)));
            }
            Decoder::Table(table) => {
                let small = self.format.bits <= 8;
                if small || out.len() >= WORTH_A_TABLE || table.get().is_some() {
                    let mask = self.format.mask();
                    let table =
                        table.get_or_init(|| (0..=mask).map(|code| value(&self.format, code)).collect());
                    self.layout.read(codes, out, |code| table[(code & mask) as usize]);
                } else {
                    self.layout.read(codes, out, |code| value(&self.format, code));
                }
            }
            Decoder::Exact => self.layout.read(codes, out, |code| value(&self.format, code)),
        }
    }

    /// The values that encoding and decoding give, without the codes.
    ///
    /// # Panics
    /// When `out` is shorter than `x`.
    pub fn round(&self, x: &[f32], out: &mut [f32]) {
        let out = &mut out[..x.len()];
        let blocks = x.chunks(BLOCK).zip(out.chunks_mut(BLOCK)).inspect(|(x, _)| {
            if x.len() == BLOCK {
                ahead::read(x, f32::to_bits);
            }
        });
        match &self.rounder {
            Rounder::Nearest(kernel) => {
                blocks.for_each(|(x, out)| scalar::round(x, out, |bits| kernel.value(bits)));
            }
            Rounder::High(kernel) => {
                blocks.for_each(|(x, out)| scalar::round(x, out, |bits| kernel.value(bits)));
            }
            Rounder::ThroughCodes => {
                let mut codes = [0; BLOCK * 8];
                for (start, (x, out)) in (0..).step_by(BLOCK).zip(blocks) {
                    self.encode_from(start, x, &mut codes);
                    self.decode(&codes, out);
                }
            }
        }
    }

    /// Encodes elements that begin at `start` of the caller's slice.
    fn encode_from(&self, start: usize, x: &[f32], codes: &mut [u8]) {
        let codes = &mut codes[..self.storage_bytes(x.len())];
        let bits = |i: usize| x[i].to_bits();
        match &self.encoder {
            Encoder::Binary16 => wide::encode_binary16(self.wide, x, codes),
            Encoder::Bfloat16 => wide::encode_bfloat16(self.wide, x, codes),
            Encoder::E4m3 => wide::encode_e4m3::<false>(self.wide, x, codes),
            Encoder::E4m3Saturating => wide::encode_e4m3::<true>(self.wide, x, codes),
            Encoder::Nearest(kernel) => self.write(x, codes, |bits| kernel.code(bits)),
            Encoder::High(kernel) => self.write(x, codes, |bits| kernel.code(bits)),
            Encoder::Int(kernel) => self.write(x, codes, |bits| kernel.code(bits)),
            Encoder::Float(kernel) => {
                if let RoundingMode::Stochastic { random } = self.rounding.mode {
                    let first = self.offset.wrapping_add(start as u64);
                    let threshold = |i: usize| random_at(random, first.wrapping_add(i as u64));
                    self.layout.write(x.len(), codes, |i| kernel.code(bits(i), threshold(i)));
                } else {
                    self.layout.write(x.len(), codes, |i| kernel.code(bits(i), 0));
                }
            }
            Encoder::Steps(steps) => {
                if self.format.bits <= 8 || x.len() >= WORTH_A_TABLE || steps.get().is_some() {
                    let steps = steps.get_or_init(|| Box::new(Steps::new(&self.format, &self.rounding)));
                    self.layout.write(x.len(), codes, |i| u64::from(steps.code(bits(i))));
                } else {
                    self.layout.write(x.len(), codes, |i| self.exact(f64::from(x[i]), start + i));
                }
            }
            Encoder::Exact => {
                self.layout.write(x.len(), codes, |i| self.exact(f64::from(x[i]), start + i));
            }
        }
    }

    /// Loops that compilers widen: zipped slices instead of indices.
    #[inline(always)]
    fn write(&self, x: &[f32], codes: &mut [u8], code: impl Fn(u32) -> u32 + Copy) {
        match self.layout {
            Layout::Byte => scalar::encode_bytes(x, codes, |bits| code(bits) as u8),
            Layout::Half => scalar::encode_halves(x, codes, |bits| code(bits) as u16),
            Layout::Nibble | Layout::Word | Layout::Double => {
                self.layout.write(x.len(), codes, |i| u64::from(code(x[i].to_bits())));
            }
        }
    }

    /// The meaning of every kernel: the code of element `i`.
    fn exact(&self, x: f64, i: usize) -> u64 {
        let mut rounding = self.rounding;
        if let RoundingMode::Stochastic { random } = &mut rounding.mode {
            *random = random_at(*random, self.offset.wrapping_add(i as u64));
        }
        self.format.encode_f64(x, &rounding).code
    }

    /// How binary64 may pass through binary32 on its way to the code, if it may.
    ///
    /// Rounding to odd keeps, in the last bit, that something was cut off. It is harmless when every value and
    /// every midpoint of the format lies in binary32 with a bit to spare.
    fn narrowing(&self) -> Option<fn(f64) -> f32> {
        if matches!(self.rounding.mode, RoundingMode::Stochastic { .. }) {
            return None;
        }
        let harmless = match self.format.kind {
            Kind::Float(spec) => match self.encoder {
                Encoder::Exact => false,
                // The last step before the code is binary32's own rounding.
                Encoder::High(_) if spec.significand_bits == 23 => return Some(|x| x as f32),
                _ => {
                    spec.significand_bits <= 21
                        && spec.subnormals
                        && spec.min_step_exponent() >= -147
                        && self.format.decode(spec.max_magnitude()).to_f64() < f64::from(f32::MAX)
                }
            },
            Kind::Int(spec) => {
                spec.bits <= 16
                    && (-100..=0).contains(&spec.scale_exponent)
                    && self.rounding.overflow != Overflow::Wrap
            }
            Kind::Posit(spec) => spec.bits <= 16 && spec.es <= 2,
            Kind::Codebook(_) => false,
        };
        harmless.then_some(narrow_to_odd)
    }
}

/// binary64 to binary32, rounded to odd.
fn narrow_to_odd(x: f64) -> f32 {
    let nearest = x as f32;
    let back = f64::from(nearest);
    if back == x || x.is_nan() {
        return nearest;
    }
    // Toward zero first. Infinity from a finite number steps down to the largest value, which is odd.
    let toward_zero = if back.abs() > x.abs() { nearest.to_bits() - 1 } else { nearest.to_bits() };
    f32::from_bits(toward_zero | 1)
}

fn value(format: &Format, code: u64) -> f32 {
    let value = format.decode(code);
    if value.is_nan() { f32::from_bits(NAN) } else { value.to_f64() as f32 }
}

fn kernels(format: &Format, rounding: &Rounding) -> (Encoder, Rounder) {
    let stochastic = matches!(rounding.mode, RoundingMode::Stochastic { .. });
    let steps = || {
        if format.bits <= 16 && !stochastic { Encoder::Steps(OnceLock::new()) } else { Encoder::Exact }
    };
    let encoder = match format.kind {
        Kind::Float(spec) => {
            let rounder = Nearest::new(format, &spec, rounding).map(Rounder::Nearest);
            let rounder = rounder.or_else(|| High::new(format, &spec, rounding).map(Rounder::High));
            if let Some(rounder) = rounder {
                let general = match rounder {
                    Rounder::Nearest(kernel) => Encoder::Nearest(kernel),
                    Rounder::High(kernel) => Encoder::High(kernel),
                    Rounder::ThroughCodes => Encoder::Exact,
                };
                return (by_name(&spec, rounding).unwrap_or(general), rounder);
            }
            FloatKernel::new(format, &spec, rounding).map_or_else(steps, Encoder::Float)
        }
        Kind::Int(spec) => match IntKernel::new(format, spec, rounding) {
            Some(kernel) => Encoder::Int(kernel),
            None if rounding.overflow == Overflow::Wrap => Encoder::Exact,
            None => steps(),
        },
        Kind::Codebook(_) | Kind::Posit(_) => steps(),
    };
    (encoder, Rounder::ThroughCodes)
}

/// The kernels with compile-time constants, for nearest-even.
fn by_name(spec: &FloatSpec, rounding: &Rounding) -> Option<Encoder> {
    let saturate = rounding.overflow == Overflow::Saturate;
    match (name(spec)?, saturate) {
        _ if rounding.flush_subnormals => None,
        (Name::Binary16, false) => Some(Encoder::Binary16),
        (Name::Bfloat16, false) => Some(Encoder::Bfloat16),
        (Name::E4m3, false) => Some(Encoder::E4m3),
        (Name::E4m3, true) => Some(Encoder::E4m3Saturating),
        (Name::Binary16 | Name::Bfloat16, true) => None,
    }
}

fn decoder(format: &Format) -> Decoder {
    let nearest = Rounding::default();
    if let Kind::Float(spec) = format.kind {
        match name(&spec) {
            Some(Name::Binary16) => return Decoder::Binary16,
            Some(Name::Bfloat16) => return Decoder::Bfloat16,
            Some(Name::E4m3) => return Decoder::E4m3,
            None => {}
        }
        if let Some(kernel) = High::new(format, &spec, &nearest) {
            return Decoder::High(kernel);
        }
    }
    if format.bits <= 16 { Decoder::Table(OnceLock::new()) } else { Decoder::Exact }
}

#[derive(Clone, Copy)]
enum Name {
    Binary16,
    Bfloat16,
    E4m3,
}

/// Recognises a layout by its numbers, so that custom descriptors get the same kernels.
fn name(spec: &FloatSpec) -> Option<Name> {
    if !(spec.signed && spec.subnormals && spec.has_zero) {
        return None;
    }
    match (spec.exponent_bits, spec.significand_bits, spec.bias, spec.specials) {
        (5, 10, 15, Specials::Ieee) => Some(Name::Binary16),
        (8, 7, 127, Specials::Ieee) => Some(Name::Bfloat16),
        (4, 3, 7, Specials::NanOnly) => Some(Name::E4m3),
        _ => None,
    }
}
