//! One format that numbers are converted to and restored from, with what that costs.

use numerics::blocks::{BlockFormat, BlockOptions, Grouping, ScaleRule, TensorStats, block_by_id};
use numerics::bulk::Quantizer;
use numerics::metrics::ErrorStats;
use numerics::{FloatSpec, Format, Kind, Overflow, Rounding, RoundingMode, by_id};
use protocol::{BlockChoice, Failure, FormatReport, RoundingChoice};
use tensor_files::Elements;

use super::source::TensorHead;
use crate::worker_host::clock::now_ms;

/// Chunks are whole multiples of every block length; a longer common multiple is refused.
const MAX_CHUNK: usize = 1 << 22;
/// A speed is the median of at least so many timings,
const MIN_TIMINGS: usize = 5;
/// each of at least this long where runs are repeated,
const TIMING_GRAIN_MS: f64 = 1.0;
/// for as long as a format has taken less than this.
const TIMING_BUDGET_MS: f64 = 20.0;

/// A format with the state of one run.
pub(super) struct Target {
    pub(super) id: String,
    kind: TargetKind,
    errors: ErrorStats,
    scale_to_range: bool,
    tensor: Tensor,
    speeds: Vec<f64>,
    codes: Vec<u8>,
    narrow: Vec<f32>,
    wide: Vec<f64>,
    input: Vec<f32>,
}

enum TargetKind {
    /// The quantizer is there except while its offset is being set.
    Element {
        format: Format,
        quantizer: Option<Box<Quantizer>>,
        wide: bool,
    },
    Block {
        format: &'static BlockFormat,
        options: BlockOptions,
    },
}

/// What is known of the tensor being converted.
#[derive(Clone, Copy, Default)]
struct Tensor {
    stats: TensorStats,
    scale: f64,
    first_index: u64,
    elements: u64,
}

impl Target {
    /// The format of an id or custom text, set up for a run.
    pub(super) fn new(
        id: &str,
        rounding: &RoundingChoice,
        blocks: &BlockChoice,
        scale_to_range: bool,
    ) -> Result<Self, Failure> {
        let mode = RoundingMode::from_id(&rounding.mode, u64::from(rounding.seed)).unwrap_or_default();
        let (kind, errors) = if let Some(format) = block_by_id(id) {
            (TargetKind::Block { format, options: options(mode, rounding, blocks) }, ErrorStats::new())
        } else {
            let format = match by_id(id) {
                Some(format) => *format,
                None => FloatSpec::custom(id).map_err(|_| Failure::new("custom_bad"))?,
            };
            let overflow = if rounding.saturate { Overflow::Saturate } else { Overflow::Native };
            let rounding = Rounding { mode, overflow, flush_subnormals: false };
            let scaled = scale_to_range && is_scalable(&format);
            let errors = if scaled { ErrorStats::new() } else { ErrorStats::for_format(&format, &rounding) };
            let quantizer = Some(Box::new(Quantizer::new(&format, &rounding)));
            (TargetKind::Element { format, quantizer, wide: !fits_binary32(&format) }, errors)
        };
        Ok(Self {
            id: id.to_owned(),
            kind,
            errors,
            scale_to_range,
            tensor: Tensor::default(),
            speeds: Vec::new(),
            codes: Vec::new(),
            narrow: Vec::new(),
            wide: Vec::new(),
            input: Vec::new(),
        })
    }

    /// Whether a first pass over each tensor has to find its range.
    pub(super) fn needs_stats(&self) -> bool {
        match &self.kind {
            TargetKind::Element { format, .. } => self.scale_to_range && is_scalable(format),
            TargetKind::Block { format, options } => format.needs_stats(options),
        }
    }

    /// Starts a tensor. The chunks given to [`Self::convert`] must be multiples of what this returns, but for the last.
    pub(super) fn begin(&mut self, head: &TensorHead, stats: &TensorStats) -> usize {
        self.tensor = Tensor { stats: *stats, scale: 1.0, first_index: 0, elements: head.elements };
        match &mut self.kind {
            TargetKind::Element { format, .. } => {
                let largest = format.decode(format.max_finite()).to_f64();
                if self.scale_to_range && is_scalable(format) && stats.absmax > 0.0 {
                    self.tensor.scale = f64::from(stats.absmax) / largest;
                }
                2 // so that two 4-bit codes share a byte
            }
            TargetKind::Block { format, options } => {
                if let Grouping::Channel { row_len } = &mut options.grouping {
                    *row_len = usize::try_from(head.row_len()).unwrap_or(usize::MAX);
                }
                // A tensor with one scale may pass in chunks of an even length.
                format.block_len(options).unwrap_or(2)
            }
        }
    }

    /// The tensor's own scale, for the file's metadata; 1 where there is none.
    pub(super) fn tensor_scale(&self) -> f64 {
        self.tensor.scale
    }

    /// Converts a chunk, restores it, times that, and adds the error. The stored bytes are left in [`Self::codes`].
    pub(super) fn convert(&mut self, chunk: &Elements) {
        let len = chunk.len();
        let started = now_ms();
        self.there_and_back(chunk);
        let spent_ms = now_ms() - started;
        self.note_speed(len, spent_ms);
        // A small source would be timed by one cold run, at the clock's own grain: run it again until it counts.
        let mut budget_ms = TIMING_BUDGET_MS - spent_ms;
        while self.speeds.len() < MIN_TIMINGS && budget_ms > 0.0 {
            let started = now_ms();
            let mut runs = 0;
            while runs == 0 || now_ms() - started < TIMING_GRAIN_MS {
                self.there_and_back(chunk);
                runs += 1;
            }
            let spent_ms = now_ms() - started;
            self.note_speed(len * runs, spent_ms);
            budget_ms -= spent_ms;
        }
        self.tensor.first_index += len as u64;
        self.add_errors(chunk);
    }

    fn note_speed(&mut self, elements: usize, spent_ms: f64) {
        if spent_ms > 0.0 {
            self.speeds.push(elements as f64 / spent_ms / 1000.0);
        }
    }

    /// Encodes a chunk into the codes and decodes it from there. Running it again changes nothing.
    fn there_and_back(&mut self, chunk: &Elements) {
        let len = chunk.len();
        match &mut self.kind {
            TargetKind::Block { format, options } => {
                let input: &[f32] = match chunk {
                    Elements::F32(values) => values,
                    Elements::F64(values) => {
                        self.input.clear();
                        self.input.extend(values.iter().map(|value| *value as f32));
                        &self.input
                    }
                };
                options.first_index = self.tensor.first_index;
                self.codes.clear();
                format.quantize(input, &self.tensor.stats, options, &mut self.codes);
                self.narrow.clear();
                // The bytes were written just now for this length.
                let _ = format.dequantize(&self.codes, len, &self.tensor.stats, options, &mut self.narrow);
            }
            TargetKind::Element { format, quantizer, wide } => {
                let Some(placed) =
                    quantizer.take().map(|quantizer| quantizer.with_offset(self.tensor.first_index))
                else {
                    return;
                };
                let quantizer = &*quantizer.insert(Box::new(placed));
                self.codes.resize(quantizer.storage_bytes(len), 0);
                let scale = self.tensor.scale;
                match chunk {
                    _ if scale != 1.0 => {
                        self.wide.clear();
                        match chunk {
                            Elements::F32(values) => {
                                self.wide.extend(values.iter().map(|value| f64::from(*value) / scale));
                            }
                            Elements::F64(values) => {
                                self.wide.extend(values.iter().map(|value| value / scale));
                            }
                        }
                        quantizer.encode_f64(&self.wide, &mut self.codes);
                    }
                    Elements::F32(values) => quantizer.encode(values, &mut self.codes),
                    Elements::F64(values) => quantizer.encode_f64(values, &mut self.codes),
                }
                if *wide {
                    restore_wide(format, &self.codes, len, &mut self.wide);
                } else {
                    self.narrow.resize(len, 0.0);
                    quantizer.decode(&self.codes, &mut self.narrow);
                }
            }
        }
    }

    /// The bytes of the last chunk.
    pub(super) fn codes(&self) -> &[u8] {
        &self.codes
    }

    fn is_wide(&self) -> bool {
        matches!(self.kind, TargetKind::Element { wide: true, .. })
    }

    /// The last chunk's restored values, scaled back.
    pub(super) fn restored(&self) -> Vec<f64> {
        let scale = self.tensor.scale;
        if self.is_wide() {
            self.wide.iter().map(|value| value * scale).collect()
        } else {
            self.narrow.iter().map(|value| f64::from(*value) * scale).collect()
        }
    }

    fn add_errors(&mut self, chunk: &Elements) {
        match chunk {
            Elements::F32(values) if self.tensor.scale == 1.0 && !self.is_wide() => {
                self.errors.push(values, &self.narrow);
            }
            Elements::F32(values) => {
                let reference: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
                let restored = self.restored();
                self.errors.push_f64(&reference, &restored);
            }
            Elements::F64(values) => {
                let restored = self.restored();
                self.errors.push_f64(values, &restored);
            }
        }
    }

    /// Bits a value for a tensor of this many elements.
    fn bits_per_value(&self, elements: u64) -> f64 {
        match &self.kind {
            TargetKind::Element { format, .. } => f64::from(format.bits),
            TargetKind::Block { format, options } => {
                format.bits_per_value(options, usize::try_from(elements).unwrap_or(usize::MAX))
            }
        }
    }

    /// The figures so far, with the size that `source_elements` numbers take.
    pub(super) fn report(&self, source_elements: u64) -> FormatReport {
        let metrics = self.errors.finish();
        let bits_per_value = self.bits_per_value(self.tensor.elements.max(1));
        let mut speeds = self.speeds.clone();
        speeds.sort_by(f64::total_cmp);
        FormatReport {
            format: self.id.clone(),
            bits_per_value,
            bytes: (bits_per_value * source_elements as f64 / 8.0).ceil() as u64,
            count: metrics.count,
            max_abs: metrics.max_abs,
            mean_abs: metrics.mean_abs,
            mean_signed: metrics.mean_signed,
            rmse: metrics.rmse,
            sqnr_db: metrics.sqnr_db,
            cosine: metrics.cosine,
            overflow_count: metrics.overflow_count,
            underflow_count: metrics.underflow_count,
            nan_count: metrics.nan_out_count,
            exact_count: metrics.exact_count,
            histogram: metrics.histogram,
            melem_per_s: speeds.get(speeds.len() / 2).copied().unwrap_or(0.0),
        }
    }

    /// How the codes lie in a file.
    pub(super) fn stored(&self) -> Stored {
        match &self.kind {
            TargetKind::Element { format, .. } => Stored::Element { id: format.id, bits: format.bits },
            TargetKind::Block { .. } => Stored::Bytes,
        }
    }

    /// Bytes that a tensor of this many elements takes.
    pub(super) fn tensor_bytes(&self, elements: u64) -> u64 {
        let len = usize::try_from(elements).unwrap_or(usize::MAX);
        match &self.kind {
            TargetKind::Element { quantizer, .. } => {
                quantizer.as_ref().map_or(0, |quantizer| quantizer.storage_bytes(len) as u64)
            }
            TargetKind::Block { format, options } => format.stored_bytes(options, len) as u64,
        }
    }
}

/// What a target's bytes are to a file format.
pub(super) enum Stored {
    /// One code an element.
    Element { id: &'static str, bits: u8 },
    /// Blocks: bytes that only their own format reads.
    Bytes,
}

/// A chunk length that suits every target, or a failure when there is none.
pub(super) fn common_chunk(multiples: impl Iterator<Item = usize>) -> Result<usize, Failure> {
    let mut common = 1_usize;
    for multiple in multiples {
        let step = multiple.max(1) / gcd(common, multiple.max(1));
        common = common
            .checked_mul(step)
            .filter(|common| *common <= MAX_CHUNK)
            .ok_or_else(|| Failure::new("blocks_too_long").with("limit", MAX_CHUNK))?;
    }
    Ok(common)
}

fn gcd(mut a: usize, mut b: usize) -> usize {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Eight bits and fewer, and integers, are used with a scale; wider floats are not.
fn is_scalable(format: &Format) -> bool {
    let has_range = !matches!(format.kind, Kind::Float(spec) if !spec.has_zero);
    has_range && (format.bits <= 8 || matches!(format.kind, Kind::Int(_)))
}

/// Every value of the format is a binary32 number.
fn fits_binary32(format: &Format) -> bool {
    match format.kind {
        Kind::Float(spec) => {
            let largest = format.decode(format.max_finite()).to_f64();
            spec.significand_bits <= 23 && largest <= f64::from(f32::MAX) && spec.min_step_exponent() >= -149
        }
        Kind::Int(spec) => spec.bits <= 24,
        Kind::Posit(spec) => spec.bits <= 16,
        Kind::Codebook(_) => true,
    }
}

fn restore_wide(format: &Format, codes: &[u8], len: usize, out: &mut Vec<f64>) {
    let width = codes.len() / len.max(1);
    out.clear();
    out.extend(codes.chunks_exact(width.max(1)).take(len).map(|bytes| {
        let mut code = [0; 8];
        code[..bytes.len().min(8)].copy_from_slice(&bytes[..bytes.len().min(8)]);
        format.decode(u64::from_le_bytes(code) & format.mask()).to_f64()
    }));
}

fn options(mode: RoundingMode, rounding: &RoundingChoice, choice: &BlockChoice) -> BlockOptions {
    let scale_rule = match choice.scale_rule.as_str() {
        "ceil" => ScaleRule::Ceil,
        "even" => ScaleRule::Even,
        "rceil" => ScaleRule::Rceil,
        _ => ScaleRule::Floor,
    };
    let len = (choice.group_len as usize).max(1);
    let grouping = match choice.grouping.as_str() {
        "channel" => Grouping::Channel { row_len: len },
        "group" => Grouping::Group { len },
        _ => Grouping::Tensor,
    };
    BlockOptions { mode, scale_rule, grouping, seed: u64::from(rounding.seed), ..BlockOptions::default() }
}
