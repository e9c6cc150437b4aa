//! Weights on their way into bytes, with the error of that; the matrix that the bytes are repeated to.

use numerics::blocks::{BlockFormat, BlockOptions, TensorStats};
use numerics::bulk::{Layout, Quantizer};
use numerics::metrics::ErrorStats;
use numerics::{Format, Kind, Overflow, Rounding};

use super::super::{Failure, StoredError};

/// Bytes behind the matrix that vector loads may read.
const SLACK: usize = 64;

/// How weights are stored.
pub(super) enum Scheme {
    /// Codes of an element format, of numbers divided by a scale.
    Element { format: Format, quantizer: Box<Quantizer>, scale: f32 },
    /// A block format.
    Block { format: &'static BlockFormat, options: BlockOptions, stats: TensorStats },
    /// binary64 as it is.
    Float64,
    /// Whole numbers of at most this size and this many bytes, of numbers divided by a scale.
    Integer { bytes: usize, largest: f64, scale: f64 },
}

/// Stores rows one after the other.
pub(super) struct Store {
    scheme: Scheme,
    band: Vec<u8>,
    errors: ErrorStats,
    sum_squared: f64,
    count: u64,
}

impl Store {
    pub(super) fn new(scheme: Scheme) -> Store {
        Store { scheme, band: Vec::new(), errors: ErrorStats::new(), sum_squared: 0.0, count: 0 }
    }

    /// An element format; without a scale where that is 1.
    pub(super) fn element(format: &Format, scale: f32) -> Store {
        let rounding = Rounding { overflow: Overflow::Saturate, ..Rounding::default() };
        let quantizer = Box::new(Quantizer::new(format, &rounding));
        Store::new(Scheme::Element { format: *format, quantizer, scale })
    }

    /// Stores whole rows, and says what they decode to: exactly, scales applied (integers for native kernels: without).
    pub(super) fn push(&mut self, weights: &[f32]) -> Vec<f64> {
        let (mut decoded, unit) = match &self.scheme {
            Scheme::Element { format, quantizer, scale } => {
                let scale = f64::from(*scale);
                let scaled: Vec<f64> = weights.iter().map(|w| f64::from(*w) / scale).collect();
                let first = self.band.len();
                self.band.resize(first + quantizer.storage_bytes(weights.len()), 0);
                quantizer.encode_f64(&scaled, &mut self.band[first..]);
                let values = decode(format, quantizer, &self.band[first..], weights.len());
                (values.into_iter().map(|value| value * scale).collect(), 1.0)
            }
            Scheme::Block { format, options, stats } => {
                let first = self.band.len();
                format.quantize(weights, stats, options, &mut self.band);
                let mut values = Vec::new();
                // Whole rows are whole blocks, so the lengths agree; if they did not, the sums would differ from the kernel's.
                let read = format.dequantize(&self.band[first..], weights.len(), stats, options, &mut values);
                debug_assert_eq!(read, Ok(()));
                (values.into_iter().map(f64::from).collect(), 1.0)
            }
            Scheme::Float64 => {
                let values: Vec<f64> = weights.iter().map(|w| f64::from(*w)).collect();
                self.band.extend(values.iter().flat_map(|value| value.to_ne_bytes()));
                (values, 1.0)
            }
            Scheme::Integer { bytes, largest, scale } => {
                let whole = |w: &f32| (f64::from(*w) / scale).round_ties_even().clamp(-largest, *largest);
                let values: Vec<f64> = weights.iter().map(whole).collect();
                // The low bytes of two's complement: the kernels read numbers in the machine's own order.
                for value in &values {
                    let wide = (*value as i32).to_le_bytes();
                    let mut narrow = wide;
                    narrow[..*bytes].copy_from_slice(&wide[..*bytes]);
                    if cfg!(target_endian = "big") {
                        narrow[..*bytes].reverse();
                    }
                    self.band.extend_from_slice(&narrow[..*bytes]);
                }
                (values, *scale)
            }
        };
        let original: Vec<f64> = weights.iter().map(|w| f64::from(*w)).collect();
        // In order, however many rows come at a time.
        for w in &original {
            self.sum_squared += w * w;
        }
        self.count += original.len() as u64;
        if unit == 1.0 {
            self.errors.push_f64(&original, &decoded);
        } else {
            let restored: Vec<f64> = decoded.iter().map(|value| value * unit).collect();
            self.errors.push_f64(&original, &restored);
        }
        decoded.shrink_to_fit();
        decoded
    }

    /// What was stored so far.
    pub(super) fn band(&self) -> &[u8] {
        &self.band
    }

    /// Bytes of what is kept beside the matrix: the tensor's scale.
    pub(super) fn tensor_bytes(&self) -> u64 {
        match &self.scheme {
            Scheme::Element { scale, .. } if *scale != 1.0 => 4,
            Scheme::Integer { .. } => 4,
            // NVFP4's scale.
            Scheme::Block { format, options, .. } if format.needs_stats(options) => 4,
            Scheme::Element { .. } | Scheme::Block { .. } | Scheme::Float64 => 0,
        }
    }

    /// The error of everything stored.
    pub(super) fn error(&self) -> StoredError {
        let metrics = self.errors.finish();
        let reference = (self.sum_squared / self.count.max(1) as f64).sqrt();
        StoredError { relative_rmse: metrics.rmse / reference, sqnr_db: metrics.sqnr_db }
    }
}

/// The exact values of codes.
fn decode(format: &Format, quantizer: &Quantizer, codes: &[u8], len: usize) -> Vec<f64> {
    // Of 32 bits, integers and posits have values that binary32 has not.
    if quantizer.layout() == Layout::Word && !matches!(format.kind, Kind::Float(_)) {
        let words = codes.as_chunks::<4>().0.iter();
        return words.map(|bytes| format.decode(u64::from(u32::from_le_bytes(*bytes))).to_f64()).collect();
    }
    let mut values = vec![0.0; len];
    quantizer.decode(codes, &mut values);
    values.into_iter().map(f64::from).collect()
}

/// The stored band, repeated, from a place that begins a cache line.
#[derive(Default)]
pub(super) struct StoredMatrix {
    memory: Vec<u8>,
    start: usize,
    bytes: usize,
    repeats: usize,
}

impl StoredMatrix {
    /// Copies the band once more; true once it is there `times` times.
    pub(super) fn repeat(&mut self, band: &[u8], times: usize) -> Result<bool, Failure> {
        if self.memory.is_empty() {
            self.bytes = band.len() * times;
            let bytes = self.bytes + 2 * SLACK;
            self.memory.try_reserve_exact(bytes).map_err(|_| Failure::OutOfMemory { bytes })?;
            self.start = self.memory.as_ptr().align_offset(SLACK).min(SLACK);
            self.memory.resize(self.start, 0);
        }
        self.memory.extend_from_slice(band);
        self.repeats += 1;
        if self.repeats < times {
            return Ok(false);
        }
        self.memory.resize(self.start + self.bytes + SLACK, 0);
        Ok(true)
    }

    /// Bytes of the matrix.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// One repetition, and the bytes behind it that vector loads may read.
    pub(super) fn band(&self, index: usize, bytes: usize) -> &[u8] {
        &self.memory[self.start + index * bytes..][..bytes + SLACK]
    }
}
