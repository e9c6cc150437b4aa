//! One format that numbers are converted to and restored from, with what that costs.

use std::rc::Rc;

use numerics::blocks::{BlockFormat, BlockOptions, Grouping, Layout, ScaleRule, block_by_id};
use numerics::bulk::Quantizer;
use numerics::metrics::{ErrorStats, Metrics};
use numerics::scaling::{self, Aim};
use numerics::{FloatSpec, Format, Kind, Overflow, Rounding, RoundingMode, by_id};
use protocol::{BlockChoice, Failure, FormatReport, RoundingChoice};
use tensor_files::Elements;

use super::ranges::{Needs, Ranges};
use super::source::TensorHead;

/// A tensor's scale takes so many bits: it is binary32 (binary64 only for numbers beyond binary32, which is not counted).
const SCALE_BITS: u64 = 32;

/// A format with the state of one run.
pub(super) struct Target {
    pub(super) id: String,
    kind: TargetKind,
    /// Of the present tensor.
    errors: ErrorStats,
    /// Of the tensors before it.
    total: ErrorStats,
    size: Size,
    rounding: Rounding,
    scale_to_range: bool,
    end_with_rows: bool,
    /// What each tensor so far was scaled to.
    aims: Vec<Aim>,
    tensor: Tensor,
    carry: Carry,
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

/// The tensor being converted.
#[derive(Default)]
struct Tensor {
    ranges: Rc<Ranges>,
    scale: f64,
    elements: u64,
    /// How blocks lie in it; none for element formats.
    layout: Option<Layout>,
    /// Where numbers without a gap began, and where they end.
    run: (u64, u64),
}

/// Numbers that wait for the rest of their block.
#[derive(Default)]
struct Carry {
    narrow: Vec<f32>,
    wide: Vec<f64>,
}

/// Numbers to convert.
#[derive(Clone, Copy)]
enum Numbers<'a> {
    F32(&'a [f32]),
    F64(&'a [f64]),
}

/// What a source's tensors take in this format. A sum over tensors, each by its own shape.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Size {
    pub(super) bits: u64,
    pub(super) bytes: u64,
    pub(super) elements: u64,
    pub(super) padding: u64,
    pub(super) runs_on: bool,
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
        let overflow = if rounding.saturate { Overflow::Saturate } else { Overflow::Native };
        let element = Rounding { mode, overflow, flush_subnormals: false };
        let (kind, errors) = if let Some(format) = block_by_id(id) {
            (TargetKind::Block { format, options: options(mode, rounding, blocks) }, ErrorStats::new())
        } else {
            let format = match by_id(id) {
                Some(format) => *format,
                None => FloatSpec::custom(id).map_err(|_| Failure::new("custom_bad"))?,
            };
            let scaled = scale_to_range && is_scalable(&format);
            let errors = if scaled { ErrorStats::new() } else { ErrorStats::for_format(&format, &element) };
            let quantizer = Some(Box::new(Quantizer::new(&format, &element)));
            (TargetKind::Element { format, quantizer, wide: !fits_binary32(&format) }, errors)
        };
        Ok(Self {
            id: id.to_owned(),
            kind,
            total: errors.emptied(),
            errors,
            size: Size::default(),
            rounding: element,
            scale_to_range,
            end_with_rows: blocks.end_with_rows,
            aims: Vec::new(),
            tensor: Tensor::default(),
            carry: Carry::default(),
            codes: Vec::new(),
            narrow: Vec::new(),
            wide: Vec::new(),
            input: Vec::new(),
        })
    }

    /// Counts what a tensor takes.
    pub(super) fn add_size(&mut self, head: &TensorHead) {
        let own = self.size_of(head);
        self.size.bits += own.bits;
        self.size.bytes += own.bytes;
        self.size.elements += own.elements;
        self.size.padding += own.padding;
        self.size.runs_on |= own.runs_on;
    }

    /// What one tensor takes, scales and padding included.
    pub(super) fn size_of(&self, head: &TensorHead) -> Size {
        if let Some(layout) = self.layout(head) {
            let bytes = layout.total_bytes();
            let (padding, runs_on) = (layout.padding(), layout.runs_on());
            return Size { bits: bytes.saturating_mul(8), bytes, elements: head.elements, padding, runs_on };
        }
        let TargetKind::Element { format, .. } = &self.kind else { return Size::default() };
        let scale = if self.is_scaled() { SCALE_BITS } else { 0 };
        let bits = head.elements.saturating_mul(format.bits.into());
        let bytes = bits.div_ceil(8) + scale / 8;
        Size { bits: bits.saturating_add(scale), bytes, elements: head.elements, ..Size::default() }
    }

    fn layout(&self, head: &TensorHead) -> Option<Layout> {
        let TargetKind::Block { format, options } = &self.kind else { return None };
        Some(Layout::new(format, options, head.elements, head.row_len(), self.end_with_rows))
    }

    fn is_scaled(&self) -> bool {
        matches!(&self.kind, TargetKind::Element { format, .. } if self.scale_to_range && is_scalable(format))
    }

    /// What a first pass over a tensor has to find.
    pub(super) fn needs(&self, head: &TensorHead) -> Needs {
        match (&self.kind, self.layout(head)) {
            (_, Some(layout)) => {
                Needs { range: layout.needs_stats(), sample: false, rows: layout.long_rows() }
            }
            (TargetKind::Element { format, .. }, _) if self.is_scaled() => {
                Needs { range: true, sample: matches!(format.kind, Kind::Posit(_)), rows: None }
            }
            _ => Needs::default(),
        }
    }

    /// Starts a tensor.
    pub(super) fn begin(&mut self, head: &TensorHead, ranges: &Rc<Ranges>) {
        let layout = self.layout(head);
        self.tensor =
            Tensor { ranges: Rc::clone(ranges), scale: 1.0, elements: head.elements, layout, run: (0, 0) };
        self.carry = Carry::default();
        let finished = self.errors.emptied();
        self.errors = finished;
        if let (TargetKind::Element { format, .. }, true) = (&self.kind, self.is_scaled()) {
            let extent = ranges.extent();
            let aim = scaling::choose(format, &self.rounding, &extent, &ranges.sample);
            self.tensor.scale = aim.scale(format, &extent);
            self.aims.push(aim);
        }
    }

    /// Ends a tensor: its own figures, which are added to those of the source.
    pub(super) fn end(&mut self) -> Metrics {
        self.total.merge(&self.errors);
        let own = self.errors.finish();
        self.errors = self.errors.emptied();
        own
    }

    /// The tensor's own scale, for the file's metadata; 1 where there is none.
    pub(super) fn tensor_scale(&self) -> f64 {
        self.tensor.scale
    }

    /// Takes the tensor's numbers from `start` on: converts them, restores them, and adds the error. Says whether anything was converted,
    /// whose stored bytes are in [`Self::codes`] then; numbers whose block is not complete wait for the next call. A gap before `start`, as
    /// a sample has, ends the block before it.
    pub(super) fn push(&mut self, slice: &Elements, start: u64) -> bool {
        if start != self.tensor.run.1 {
            self.flush();
            self.tensor.run = (start, start);
        }
        let begun = self.tensor.run.1 - self.carry.len() as u64;
        let end = start + slice.len() as u64;
        self.tensor.run.1 = end;
        let cut = match &self.tensor.layout {
            Some(layout) => layout.cut(begun.max(self.tensor.run.0), end),
            // Two 4-bit codes share a byte.
            None if end < self.tensor.elements => begun + (end - begun) / 2 * 2,
            None => end,
        };
        let ready = cut.saturating_sub(start).min(slice.len() as u64) as usize;
        let is_due = cut > begun;
        let mut carry = std::mem::take(&mut self.carry);
        match slice {
            Elements::F32(values) => {
                if !is_due {
                    carry.narrow.extend_from_slice(values);
                } else if carry.narrow.is_empty() {
                    self.convert(Numbers::F32(&values[..ready]), begun);
                    carry.narrow.extend_from_slice(&values[ready..]);
                } else {
                    carry.narrow.extend_from_slice(&values[..ready]);
                    self.convert(Numbers::F32(&carry.narrow), begun);
                    carry.narrow.clear();
                    carry.narrow.extend_from_slice(&values[ready..]);
                }
            }
            Elements::F64(values) => {
                if !is_due {
                    carry.wide.extend_from_slice(values);
                } else if carry.wide.is_empty() {
                    self.convert(Numbers::F64(&values[..ready]), begun);
                    carry.wide.extend_from_slice(&values[ready..]);
                } else {
                    carry.wide.extend_from_slice(&values[..ready]);
                    self.convert(Numbers::F64(&carry.wide), begun);
                    carry.wide.clear();
                    carry.wide.extend_from_slice(&values[ready..]);
                }
            }
        }
        self.carry = carry;
        is_due
    }

    /// Converts what waits, as a short block. Only a sample leaves anything.
    pub(super) fn flush(&mut self) {
        let carry = std::mem::take(&mut self.carry);
        let begun = self.tensor.run.1 - carry.len() as u64;
        if !carry.narrow.is_empty() {
            self.convert(Numbers::F32(&carry.narrow), begun);
        } else if !carry.wide.is_empty() {
            self.convert(Numbers::F64(&carry.wide), begun);
        }
    }

    fn convert(&mut self, numbers: Numbers, start: u64) {
        self.there_and_back(numbers, start);
        self.add_errors(numbers);
    }

    /// Encodes numbers into the codes and decodes them from there.
    fn there_and_back(&mut self, numbers: Numbers, start: u64) {
        let len = numbers.len();
        match &mut self.kind {
            TargetKind::Block { .. } => {
                let input: &[f32] = match numbers {
                    Numbers::F32(values) => values,
                    Numbers::F64(values) => {
                        self.input.clear();
                        self.input.extend(values.iter().map(|value| *value as f32));
                        &self.input
                    }
                };
                let Some(layout) = &self.tensor.layout else { return };
                let Ranges { stats, rows, .. } = &*self.tensor.ranges;
                self.codes.clear();
                layout.quantize(input, start, stats, rows, &mut self.codes);
                self.narrow.clear();
                // The bytes were written just now for this length.
                let _ = layout.dequantize(&self.codes, len, start, stats, rows, &mut self.narrow);
            }
            TargetKind::Element { format, quantizer, wide } => {
                let Some(placed) = quantizer.take().map(|quantizer| quantizer.with_offset(start)) else {
                    return;
                };
                let quantizer = &*quantizer.insert(Box::new(placed));
                self.codes.resize(quantizer.storage_bytes(len), 0);
                let scale = self.tensor.scale;
                match numbers {
                    _ if scale != 1.0 => {
                        self.wide.clear();
                        match numbers {
                            Numbers::F32(values) => {
                                self.wide.extend(values.iter().map(|value| f64::from(*value) / scale));
                            }
                            Numbers::F64(values) => {
                                self.wide.extend(values.iter().map(|value| value / scale));
                            }
                        }
                        quantizer.encode_f64(&self.wide, &mut self.codes);
                    }
                    Numbers::F32(values) => quantizer.encode(values, &mut self.codes),
                    Numbers::F64(values) => quantizer.encode_f64(values, &mut self.codes),
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

    /// The bytes of the numbers converted last.
    pub(super) fn codes(&self) -> &[u8] {
        &self.codes
    }

    fn is_wide(&self) -> bool {
        matches!(self.kind, TargetKind::Element { wide: true, .. })
    }

    /// Those numbers restored, scaled back.
    pub(super) fn restored(&self) -> Vec<f64> {
        let scale = self.tensor.scale;
        if self.is_wide() {
            self.wide.iter().map(|value| value * scale).collect()
        } else {
            self.narrow.iter().map(|value| f64::from(*value) * scale).collect()
        }
    }

    fn add_errors(&mut self, numbers: Numbers) {
        match numbers {
            Numbers::F32(values) if self.tensor.scale == 1.0 && !self.is_wide() => {
                self.errors.push(values, &self.narrow);
            }
            Numbers::F32(values) => {
                let reference: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
                let restored = self.restored();
                self.errors.push_f64(&reference, &restored);
            }
            Numbers::F64(values) => {
                let restored = self.restored();
                self.errors.push_f64(values, &restored);
            }
        }
    }

    /// The figures so far, with the size of the whole source.
    pub(super) fn report(&self) -> FormatReport {
        let mut errors = self.total.clone();
        errors.merge(&self.errors);
        let metrics = errors.finish();
        FormatReport {
            format: self.id.clone(),
            bits_per_value: self.size.bits as f64 / self.size.elements.max(1) as f64,
            bytes: self.size.bytes,
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
            lost_count: metrics.lost_count,
            exact_count: metrics.exact_count,
            histogram: metrics.histogram,
            scaling: self.scaling(),
            padding: self.size.padding,
            runs_on: self.size.runs_on,
        }
    }

    fn scaling(&self) -> String {
        match self.aims.split_first() {
            None => String::new(),
            Some((first, others)) if others.iter().all(|aim| aim == first) => first.id(),
            Some(_) => "mixed".to_owned(),
        }
    }

    /// How the codes lie in a file.
    pub(super) fn stored(&self) -> Stored {
        match &self.kind {
            TargetKind::Element { format, .. } => Stored::Element { id: format.id, bits: format.bits },
            TargetKind::Block { .. } => Stored::Bytes,
        }
    }

    /// Bytes that a tensor's codes take in a file.
    pub(super) fn tensor_bytes(&self, head: &TensorHead) -> u64 {
        match (&self.kind, self.layout(head)) {
            (_, Some(layout)) => layout.stored_bytes(),
            (TargetKind::Element { quantizer, .. }, _) => {
                let len = usize::try_from(head.elements).unwrap_or(usize::MAX);
                quantizer.as_ref().map_or(0, |quantizer| quantizer.storage_bytes(len) as u64)
            }
            _ => 0,
        }
    }
}

impl Carry {
    fn len(&self) -> usize {
        self.narrow.len() + self.wide.len()
    }
}

impl Numbers<'_> {
    fn len(self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
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
        // The length is the tensor's own.
        "channel" => Grouping::Channel { row_len: 1 },
        "group" => Grouping::Group { len },
        _ => Grouping::Tensor,
    };
    BlockOptions { mode, scale_rule, grouping, seed: u64::from(rounding.seed), ..BlockOptions::default() }
}
