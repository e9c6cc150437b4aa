//! Conversions by `numerics`: binary32 to a format's bytes, and back.
//!
//! The numbers are a seeded normal sample of 2^20, scaled to the format's range where it is small ([`super::matvec`] says which). They are
//! converted in pieces of 2^14, slice to slice, over and over: 4 MiB of binary32 that a large cache may keep. Work is counted in numbers;
//! bytes are those read and written.

use core::hint::black_box;

use numerics::blocks::{BLOCK_FORMATS, BlockFormat, BlockOptions, TensorStats};
use numerics::bulk::Quantizer;
use numerics::{Format, Overflow, Rounding, by_id};

use super::matvec::tensor_scale;
use super::sample::Sample;
use super::{Cost, Failure, Kernel, allocate};

/// Numbers.
pub(super) const COUNT: usize = 1 << 20;
/// Numbers of a step, a multiple of every block.
const PIECE: usize = 1 << 14;
/// Every how many numbers one is compared.
const STRIDE: usize = 257;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    To,
    From,
}

enum Scheme {
    Element { format: &'static Format, quantizer: Box<Quantizer> },
    Block { format: &'static BlockFormat, options: BlockOptions, stats: TensorStats },
}

pub(super) struct Conversion {
    scheme: Scheme,
    direction: Direction,
    sample: Sample,
    numbers: Vec<f32>,
    /// A piece's bytes after another.
    codes: Vec<u8>,
    /// Where bytes of a block format are appended: emptied for every piece.
    bytes: Vec<u8>,
    restored: Vec<f32>,
    spare: Vec<f32>,
    encoded: usize,
}

fn rounding() -> Rounding {
    Rounding { overflow: Overflow::Saturate, ..Rounding::default() }
}

impl Conversion {
    /// None for an unknown format.
    pub(super) fn new(id: &str, direction: Direction, seed: u64) -> Option<Conversion> {
        let scheme = if let Some(format) = by_id(id) {
            Scheme::Element { format, quantizer: Box::new(Quantizer::new(format, &rounding())) }
        } else {
            let format = BLOCK_FORMATS.iter().find(|format| format.id == id)?;
            Scheme::Block { format, options: BlockOptions::default(), stats: TensorStats::new() }
        };
        Some(Conversion {
            scheme,
            direction,
            sample: Sample::new(COUNT, seed),
            numbers: Vec::new(),
            codes: Vec::new(),
            bytes: Vec::new(),
            restored: Vec::new(),
            spare: Vec::new(),
            encoded: 0,
        })
    }

    /// Bytes of a piece.
    fn piece_bytes(&self) -> usize {
        match &self.scheme {
            Scheme::Element { quantizer, .. } => quantizer.storage_bytes(PIECE),
            Scheme::Block { format, options, .. } => format.stored_bytes(options, PIECE),
        }
    }

    #[inline(never)]
    fn encode(&mut self, index: usize) {
        let bytes = self.piece_bytes();
        let numbers = &self.numbers[index * PIECE..][..PIECE];
        let codes = &mut self.codes[index * bytes..][..bytes];
        match &self.scheme {
            Scheme::Element { quantizer, .. } => quantizer.encode(numbers, codes),
            Scheme::Block { format, options, stats } => {
                self.bytes.clear();
                format.quantize(numbers, stats, options, &mut self.bytes);
                codes.copy_from_slice(&self.bytes);
            }
        }
    }

    #[inline(never)]
    fn decode(&mut self, index: usize) {
        let bytes = self.piece_bytes();
        let codes = &self.codes[index * bytes..][..bytes];
        let restored = &mut self.restored[index * PIECE..][..PIECE];
        match &self.scheme {
            Scheme::Element { quantizer, .. } => quantizer.decode(codes, restored),
            Scheme::Block { format, options, stats } => {
                self.spare.clear();
                // The bytes are those of the piece, so this appends its numbers; were they not, the verification would fail.
                if format.dequantize(codes, PIECE, stats, options, &mut self.spare).is_ok() {
                    restored.copy_from_slice(&self.spare);
                }
            }
        }
    }
}

impl Kernel for Conversion {
    fn prepare(&mut self) -> Result<bool, Failure> {
        if self.numbers.is_empty() {
            if !self.sample.fill()? {
                return Ok(false);
            }
            let stats = TensorStats::of(self.sample.values());
            let scale = match &mut self.scheme {
                Scheme::Element { format, .. } => tensor_scale(format, stats.absmax),
                Scheme::Block { stats: kept, .. } => {
                    *kept = stats;
                    1.0
                }
            };
            self.numbers = self.sample.values().iter().map(|x| x / scale).collect();
            self.codes = allocate(COUNT / PIECE * self.piece_bytes(), 0)?;
            self.restored = allocate(COUNT, 0.0)?;
            return Ok(false);
        }
        self.encode(self.encoded);
        self.encoded += 1;
        Ok(self.encoded == COUNT / PIECE)
    }

    fn cost(&self) -> Cost {
        let stored = COUNT / PIECE * self.piece_bytes();
        Cost {
            work_per_call: COUNT as f64,
            bytes_per_call: (4 * COUNT + stored) as f64,
            stored_bytes: stored as u64,
            error: None,
        }
    }

    fn steps(&self) -> usize {
        COUNT / PIECE
    }

    fn step(&mut self, index: usize) {
        match self.direction {
            Direction::To => {
                self.encode(index);
                black_box(&self.codes);
            }
            Direction::From => {
                self.decode(index);
                black_box(&self.restored);
            }
        }
    }

    fn held_bytes(&self) -> usize {
        // The sample, the numbers, and what is read back.
        3 * 4 * COUNT + self.codes.len()
    }

    /// Element formats: against the format's own encoder and decoder. Block formats: that bytes and numbers are each other's, as
    /// far as one pass says.
    fn verify(&mut self) -> Result<Option<f64>, Failure> {
        let wrong = Err(Failure::WrongResult { error: 1.0 });
        for index in 0..self.steps() {
            self.decode(index);
        }
        match &self.scheme {
            Scheme::Element { format, .. } => {
                for (x, restored) in self.numbers.iter().zip(&self.restored).step_by(STRIDE) {
                    let code = format.encode_f64(f64::from(*x), &rounding()).code;
                    let value = format.decode(code).to_f64() as f32;
                    if value != *restored && !(value.is_nan() && restored.is_nan()) {
                        return wrong;
                    }
                }
            }
            Scheme::Block { format, options, stats } => {
                let (mut bytes, mut values) = (Vec::new(), Vec::new());
                format.quantize(&self.numbers, stats, options, &mut bytes);
                let read = format.dequantize(&bytes, COUNT, stats, options, &mut values);
                if read.is_err() || bytes != self.codes || values != self.restored {
                    return wrong;
                }
            }
        }
        Ok(None)
    }
}
