//! Block formats: many values share a scale.
//!
//! A [`BlockFormat`] turns f32 values into bytes and back, in chunks: `quantize` and `dequantize`
//! append to what is already there, and a tensor may pass through them in pieces of whole blocks.
//! Formats that need the tensor's range before the first block take it from [`TensorStats`], a
//! first pass; it is not part of the bytes.
//!
//! Common to all, details in each format's module:
//! - The scale (and what else a block carries) comes first, then the codes, from the lowest bits up
//!   (`pack`); the GGUF formats keep their own layout.
//! - The tail of a tensor is padded with zeros to a whole block and costs a whole block; INT groups
//!   are the exception, their last one is short.
//! - Elements saturate. The rounding mode applies to elements, never to scales; the GGUF formats
//!   have their rounding built in and ignore it.
//! - A NaN or ∞ makes its block NaN, because a block of codes without NaN has no other place to say
//!   it; the integer formats, where that could cost the whole tensor, take NaN as zero and saturate ∞.
//! - NaN read back is always the same quiet NaN, so that every machine gives the same bits.
//! - Nothing panics, whatever the values, bytes or options.
//!
//! Sources: OCP Microscaling Formats 1.0 (MX), NVIDIA's description of NVFP4 and torchao's use of
//! it, QLoRA (NF4), ggml and the Python package `gguf` 0.19 (Q8_0, Q4_0, Q4_K), ONNX
//! QuantizeLinear (INT). Left out: double quantisation of NF4's scales, the other GGUF types, 2-D
//! blocks.

mod gguf;
mod int;
mod kernel;
mod mx;
mod nf4;
mod nvfp4;
mod pack;
mod q4k;
mod rows;
mod stats;

pub use int::{IntParams, IntScheme};
pub use mx::{MX_BLOCK_LEN, MxSpec};
pub use nvfp4::{NVFP4_BLOCK_LEN, nvfp4_scale_code, nvfp4_tensor_scale};
pub use rows::{LONG_ROW, Layout};
pub use stats::TensorStats;

use crate::round::RoundingMode;

/// A block format: one row of [`BLOCK_FORMATS`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockFormat {
    /// Stable identifier, used in addresses and messages.
    pub id: &'static str,
    /// Name as printed in the format's own document. Not translated.
    pub name: &'static str,
    /// The scheme.
    pub kind: BlockKind,
}

/// The schemes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BlockKind {
    /// OCP Microscaling.
    Mx(MxSpec),
    /// NVIDIA's two-level 4-bit float.
    Nvfp4,
    /// Integers with a scale.
    Int(IntScheme),
    /// Normal-float codebook with absmax.
    Nf4,
    /// GGUF, 8 bits.
    Q8_0,
    /// GGUF, 4 bits.
    Q4_0,
    /// GGUF, 4 bits in super-blocks.
    Q4K,
}

/// Every block format, in the order in which lists show them.
pub static BLOCK_FORMATS: &[BlockFormat] = &[
    BlockFormat { id: "mxfp8-e4m3", name: "MXFP8 E4M3", kind: BlockKind::Mx(mx::MXFP8_E4M3) },
    BlockFormat { id: "mxfp8-e5m2", name: "MXFP8 E5M2", kind: BlockKind::Mx(mx::MXFP8_E5M2) },
    BlockFormat { id: "mxfp6-e3m2", name: "MXFP6 E3M2", kind: BlockKind::Mx(mx::MXFP6_E3M2) },
    BlockFormat { id: "mxfp6-e2m3", name: "MXFP6 E2M3", kind: BlockKind::Mx(mx::MXFP6_E2M3) },
    BlockFormat { id: "mxfp4", name: "MXFP4", kind: BlockKind::Mx(mx::MXFP4) },
    BlockFormat { id: "mxint8-block", name: "MXINT8", kind: BlockKind::Mx(mx::MXINT8) },
    BlockFormat { id: "nvfp4", name: "NVFP4", kind: BlockKind::Nvfp4 },
    BlockFormat { id: "int8-sym", name: "INT8 symmetric", kind: int(8, false) },
    BlockFormat { id: "int8-affine", name: "INT8 affine", kind: int(8, true) },
    BlockFormat { id: "int4-sym", name: "INT4 symmetric", kind: int(4, false) },
    BlockFormat { id: "int4-affine", name: "INT4 affine", kind: int(4, true) },
    BlockFormat { id: "nf4-block", name: "NF4", kind: BlockKind::Nf4 },
    BlockFormat { id: "q8_0", name: "GGUF Q8_0", kind: BlockKind::Q8_0 },
    BlockFormat { id: "q4_0", name: "GGUF Q4_0", kind: BlockKind::Q4_0 },
    BlockFormat { id: "q4_k", name: "GGUF Q4_K", kind: BlockKind::Q4K },
];

const fn int(bits: u8, affine: bool) -> BlockKind {
    BlockKind::Int(IntScheme { bits, affine })
}

/// The row of an identifier, if there is one.
pub fn block_by_id(id: &str) -> Option<&'static BlockFormat> {
    BLOCK_FORMATS.iter().find(|format| format.id == id)
}

/// How integer formats share their scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// One scale for the tensor, from its [`TensorStats`].
    Tensor,
    /// One for each row of a row-major tensor (an output channel of a weight matrix).
    Channel {
        /// Values in a row.
        row_len: usize,
    },
    /// One for each run of `len` values, in storage order.
    Group {
        /// Values in a group.
        len: usize,
    },
}

/// How MX picks a power of two for a block, from amax, its largest magnitude.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScaleRule {
    /// `floor(log2 amax) − emax`: the OCP document's rule. Clips where amax lies above the element's
    /// largest value in its binade.
    Floor,
    /// `ceil(log2 amax) − emax`: never clips, may waste almost a binade.
    Ceil,
    /// As Floor, from amax rounded (ties to even) to the element's significand.
    Even,
    /// `ceil(log2(amax / max))`, the smallest scale that does not clip. Exact; libraries that multiply
    /// by the reciprocal of max differ where amax is within an ulp of max times a power of two.
    Rceil,
}

/// What a block format lets its user choose. Each format reads its own part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockOptions {
    /// Rounding of elements. For `Stochastic` the threshold it carries is not used: each element
    /// draws its own from `seed` and its index.
    pub mode: RoundingMode,
    /// MX only.
    pub scale_rule: ScaleRule,
    /// INT only.
    pub grouping: Grouping,
    /// Values in an NF4 block, at most 65536; 0 is read as the default, 64.
    pub nf4_block: usize,
    /// Seed of stochastic rounding.
    pub seed: u64,
    /// Index in the tensor of the first value passed to `quantize`: with it a tensor that passes in
    /// chunks rounds stochastically as if it passed whole.
    pub first_index: u64,
}

impl Default for BlockOptions {
    fn default() -> Self {
        Self {
            mode: RoundingMode::NearestEven,
            scale_rule: ScaleRule::Floor,
            grouping: Grouping::Tensor,
            nf4_block: NF4_BLOCK_LEN,
            seed: 0,
            first_index: 0,
        }
    }
}

const NF4_BLOCK_LEN: usize = 64;
/// A tail costs a whole block, so an absurd length must not ask for absurd memory.
const NF4_MAX_BLOCK_LEN: usize = 1 << 16;

impl BlockOptions {
    fn nf4_len(&self) -> usize {
        if self.nf4_block == 0 { NF4_BLOCK_LEN } else { self.nf4_block.min(NF4_MAX_BLOCK_LEN) }
    }
}

/// Why bytes cannot be read as blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// The bytes are not what this many values take.
    #[error("{len} values take {expected} bytes, but there are {actual}")]
    Length {
        /// Values asked for.
        len: usize,
        /// Bytes that they take.
        expected: usize,
        /// Bytes given.
        actual: usize,
    },
}

impl BlockFormat {
    /// The format reads the tensor's [`TensorStats`], so a first pass must have collected them.
    pub fn needs_stats(&self, o: &BlockOptions) -> bool {
        match self.kind {
            BlockKind::Nvfp4 => true,
            BlockKind::Int(_) => o.grouping == Grouping::Tensor,
            _ => false,
        }
    }

    /// Values that share a scale: chunks are multiples of it. `None` where that is the whole tensor;
    /// such a tensor may still pass in chunks, of an even length.
    pub fn block_len(&self, o: &BlockOptions) -> Option<usize> {
        match self.kind {
            BlockKind::Mx(_) => Some(MX_BLOCK_LEN),
            BlockKind::Nvfp4 => Some(NVFP4_BLOCK_LEN),
            BlockKind::Int(_) => o.grouping.group_len(),
            BlockKind::Nf4 => Some(o.nf4_len()),
            BlockKind::Q8_0 | BlockKind::Q4_0 => Some(gguf::LEN),
            BlockKind::Q4K => Some(q4k::LEN),
        }
    }

    /// Bytes that `quantize` writes for a tensor (or a chunk of whole blocks) of this length.
    pub fn stored_bytes(&self, o: &BlockOptions, len: usize) -> usize {
        let blocks = |block_len: usize, bytes: usize| len.div_ceil(block_len).saturating_mul(bytes);
        match self.kind {
            BlockKind::Mx(spec) => blocks(MX_BLOCK_LEN, spec.block_bytes()),
            BlockKind::Nvfp4 => blocks(NVFP4_BLOCK_LEN, nvfp4::BYTES),
            BlockKind::Int(scheme) => match o.grouping.group_len() {
                None => pack::packed_bytes(len, scheme.bits.into()),
                Some(group) => {
                    let tail = if len.is_multiple_of(group) { 0 } else { scheme.group_bytes(len % group) };
                    (len / group).saturating_mul(scheme.group_bytes(group)).saturating_add(tail)
                }
            },
            BlockKind::Nf4 => blocks(o.nf4_len(), nf4::block_bytes(o.nf4_len())),
            BlockKind::Q8_0 => blocks(gguf::LEN, gguf::Q8_0_BYTES),
            BlockKind::Q4_0 => blocks(gguf::LEN, gguf::Q4_0_BYTES),
            BlockKind::Q4K => blocks(q4k::LEN, q4k::BYTES),
        }
    }

    /// Bytes of the scale (and zero point) that a whole tensor shares, which are not part of what `quantize` writes.
    fn tensor_bytes(&self, o: &BlockOptions) -> usize {
        match self.kind {
            BlockKind::Nvfp4 => 4,
            BlockKind::Int(scheme) if o.grouping == Grouping::Tensor => scheme.header_bytes(),
            _ => 0,
        }
    }

    /// Bits per value of a tensor of `total_len` values: everything that must be kept, padding and
    /// the tensor's own scale (NVFP4: f32; INT per tensor: f32 and zero point) included. For an empty
    /// tensor, those of a full block.
    pub fn bits_per_value(&self, o: &BlockOptions, total_len: usize) -> f64 {
        let tensor_bytes = self.tensor_bytes(o);
        if total_len > 0 {
            return (self.stored_bytes(o, total_len) + tensor_bytes) as f64 * 8.0 / total_len as f64;
        }
        match (self.block_len(o), self.kind) {
            (Some(len), _) => self.stored_bytes(o, len) as f64 * 8.0 / len as f64,
            (None, BlockKind::Int(scheme)) => scheme.bits.into(),
            (None, _) => 0.0,
        }
    }

    /// Appends the bytes of `x`: whole blocks, the last one of the tensor padded with zeros.
    /// `stats` are the whole tensor's, where `needs_stats`; otherwise they are not read.
    pub fn quantize(&self, x: &[f32], stats: &TensorStats, o: &BlockOptions, out: &mut Vec<u8>) {
        match self.kind {
            BlockKind::Mx(spec) => spec.quantize(x, o, out),
            BlockKind::Nvfp4 => nvfp4::quantize(x, stats, o, out),
            BlockKind::Int(scheme) => scheme.quantize(x, stats, o, out),
            BlockKind::Nf4 => nf4::quantize(x, o, out),
            BlockKind::Q8_0 => gguf::quantize_q8_0(x, out),
            BlockKind::Q4_0 => gguf::quantize_q4_0(x, out),
            BlockKind::Q4K => q4k::quantize(x, out),
        }
    }

    /// Appends the `len` values that `bytes` hold. `stats` and options as for `quantize`.
    ///
    /// Fails, with nothing appended, when the bytes are not exactly what `len` values take.
    pub fn dequantize(
        &self,
        bytes: &[u8],
        len: usize,
        stats: &TensorStats,
        o: &BlockOptions,
        out: &mut Vec<f32>,
    ) -> Result<(), BlockError> {
        let expected = self.stored_bytes(o, len);
        if bytes.len() != expected {
            return Err(BlockError::Length { len, expected, actual: bytes.len() });
        }
        match self.kind {
            BlockKind::Mx(spec) => spec.dequantize(bytes, len, out),
            BlockKind::Nvfp4 => nvfp4::dequantize(bytes, len, stats, out),
            BlockKind::Int(scheme) => scheme.dequantize(bytes, len, stats, o, out),
            BlockKind::Nf4 => nf4::dequantize(bytes, len, o, out),
            BlockKind::Q8_0 => gguf::dequantize_q8_0(bytes, len, out),
            BlockKind::Q4_0 => gguf::dequantize_q4_0(bytes, len, out),
            BlockKind::Q4K => q4k::dequantize(bytes, len, out),
        }
        Ok(())
    }
}
