//! Reads one tensor slice by slice: byte ranges out, numbers in return.
//!
//! The reader does no input. It names byte ranges of whole elements or blocks; the caller fetches each and gives it to
//! [`SliceReader::decode`]. Numbers come in logical order, the last dimension fastest, however the file stores them: a
//! column-major tensor is put in order band by band (`bands`), so some of its ranges give no number yet.
//! Memory is one slice of bytes and one of numbers, or one band of each, whatever the file's size.
//!
//! A sample keeps one slice in so many. Slices are counted in logical order, so that a sample is the same numbers
//! in whichever order they are stored.

use crate::bands::{Bands, orders_agree};
use crate::catalog::{Catalog, TensorInfo};
use crate::csv::CsvReader;
use crate::decode::{self, BlockDecoder, Elements};
use crate::dtype::{Dtype, Reading};
use crate::error::FileError;
use crate::limits::MAX_SLICE_BYTES;

/// Bytes of a file, from `offset` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    /// Where they begin.
    pub offset: u64,
    /// How many there are.
    pub len: u64,
}

/// Reads the elements of one tensor, in logical order.
#[derive(Clone)]
pub struct SliceReader {
    tensor: TensorInfo,
    /// Bytes of every slice but the last: whole blocks.
    slice_bytes: u64,
    /// One slice in this many is read.
    stride: u64,
    /// Logical position: bytes of the tensor handed over or passed over.
    at: u64,
    /// Numbers handed over.
    elements_read: u64,
    inexact: u64,
    csv: Option<CsvReader>,
    columns: Option<Columns>,
}

/// A column-major tensor's state: what is being put in order, and what is in order and not handed over.
#[derive(Debug, Clone)]
struct Columns {
    bands: Bands,
    /// Bytes in logical order, from byte `ready_from` of the tensor on.
    ready: Vec<u8>,
    ready_from: u64,
}

impl SliceReader {
    /// Begins to read tensor `index` in slices of about `target_bytes`
    /// ([`DEFAULT_SLICE_BYTES`](crate::limits::DEFAULT_SLICE_BYTES) is a good choice), rounded down to
    /// whole blocks, at least one, at most [`MAX_SLICE_BYTES`].
    pub fn new(catalog: &Catalog, index: usize, target_bytes: u64) -> Result<Self, FileError> {
        let tensor =
            catalog.tensors.get(index).ok_or(FileError::NoSuchTensor { index: index as u64 })?.clone();
        tensor.readable.clone()?;
        let csv = catalog.csv.as_ref().map(CsvReader::new);
        // Text has no blocks.
        let block = if csv.is_some() { 1 } else { tensor.dtype.block().map_or(1, |b| u64::from(b.bytes)) };
        let target = target_bytes.min(MAX_SLICE_BYTES);
        let slice_bytes = (target - target % block).max(block);
        let columns = (tensor.fortran_order && !orders_agree(&tensor.shape)).then(|| Columns {
            bands: Bands::new(&tensor.shape, block, tensor.byte_offset),
            ready: Vec::new(),
            ready_from: 0,
        });
        Ok(Self { tensor, slice_bytes, stride: 1, at: 0, elements_read: 0, inexact: 0, csv, columns })
    }

    /// Keeps one slice in `stride`, the first of each. Text cannot be passed over: all of it is read.
    #[must_use]
    pub fn one_in(mut self, stride: u64) -> Self {
        self.stride = if self.csv.is_some() { 1 } else { stride.max(1) };
        self
    }

    /// The tensor being read.
    pub fn tensor(&self) -> &TensorInfo {
        &self.tensor
    }

    /// The byte range that [`Self::decode`] wants next, or `None` when all is read. It is empty where the bytes of the next slice
    /// have come with an earlier range.
    pub fn next_range(&self) -> Option<ByteRange> {
        let (from, until) = self.wanted(self.at)?;
        Some(self.range(from, until))
    }

    /// The byte range that will be wanted after the next one, for callers that fetch ahead; not known for every tensor.
    pub fn range_after_next(&self) -> Option<ByteRange> {
        let (_, until) = self.wanted(self.at).filter(|_| self.columns.is_none())?;
        let (from, until) = self.wanted(until)?;
        Some(self.range(from, until))
    }

    /// Numbers handed over so far.
    pub fn elements_done(&self) -> u64 {
        self.elements_read
    }

    /// Where in the tensor the numbers handed over last end, in elements; a sample's slices lie apart.
    pub fn position(&self) -> u64 {
        if self.csv.is_some() { self.elements_read } else { self.elements_of(self.at) }
    }

    /// Integers so far that binary64 could not hold, and that were rounded to the nearest even.
    pub fn inexact_count(&self) -> u64 {
        self.inexact + self.csv.as_ref().map_or(0, |csv| csv.counts().inexact)
    }

    /// The part of the slice at or after `at` that is still to be read, as bytes of the tensor in logical order.
    fn wanted(&self, at: u64) -> Option<(u64, u64)> {
        let slice = at / self.slice_bytes;
        let from = if slice.is_multiple_of(self.stride) {
            at
        } else {
            slice.next_multiple_of(self.stride).checked_mul(self.slice_bytes)?
        };
        let until = (from / self.slice_bytes + 1).saturating_mul(self.slice_bytes).min(self.tensor.byte_len);
        (from < until).then_some((from, until))
    }

    fn range(&self, from: u64, until: u64) -> ByteRange {
        let Some(columns) = &self.columns else {
            return ByteRange { offset: self.tensor.byte_offset + from, len: until - from };
        };
        let known = columns.known(from);
        if known >= until {
            return ByteRange { offset: self.tensor.byte_offset, len: 0 };
        }
        columns.bands.next_range(self.elements_of(known), self.band_until(until))
    }

    /// Where a band may end, in elements: a sample wants its slice alone.
    fn band_until(&self, until: u64) -> u64 {
        if self.stride == 1 { self.tensor.elements } else { self.elements_of(until) }
    }

    /// Replaces what `out` held by the numbers of the next slice, whose bytes end with `bytes`, the next range. A type of
    /// [`Reading::Decoder`] goes through `decoder`. A range of text, or of a column-major tensor, may give no number at all.
    pub fn decode(
        &mut self,
        bytes: &[u8],
        decoder: &mut dyn BlockDecoder,
        out: &mut Elements,
    ) -> Result<(), FileError> {
        let Some((from, until)) = self.wanted(self.at) else {
            let end = self.tensor.byte_end();
            return Err(FileError::SliceLength { offset: end, expected: 0, found: bytes.len() as u64 });
        };
        let range = self.range(from, until);
        if bytes.len() as u64 != range.len {
            let found = bytes.len() as u64;
            return Err(FileError::SliceLength { offset: range.offset, expected: range.len, found });
        }
        if self.columns.is_some() {
            let slice = self.in_order(from, until, bytes);
            self.numbers(&slice, false, decoder, out)?;
            self.at = if slice.is_empty() { from } else { until };
        } else {
            self.numbers(bytes, until == self.tensor.byte_len, decoder, out)?;
            self.at = until;
        }
        self.elements_read += out.len() as u64;
        if self.csv.is_some() && until == self.tensor.byte_len && self.elements_read != self.tensor.elements {
            // The text has changed since its rows were counted.
            let (expected, found) = (self.tensor.elements, self.elements_read);
            return Err(FileError::SizeMismatch { tensor: self.tensor.name.clone(), expected, found });
        }
        Ok(())
    }

    /// Takes a range of a column-major tensor. Returns the slice's bytes in logical order, none while some are missing.
    fn in_order(&mut self, from: u64, until: u64, bytes: &[u8]) -> Vec<u8> {
        let band_until = self.band_until(until);
        let element_bytes = self.tensor.dtype.block().map_or(1, |b| u64::from(b.bytes));
        let Some(columns) = &mut self.columns else { return Vec::new() };
        let known = columns.known(from);
        if known < until
            && let Some((first, band)) = columns.bands.take(known / element_bytes, band_until, bytes)
        {
            columns.keep(from, known, first * element_bytes, &band);
        }
        if columns.known(from) < until {
            return Vec::new();
        }
        let part = (from - columns.ready_from) as usize..(until - columns.ready_from) as usize;
        columns.ready.get(part).unwrap_or_default().to_vec()
    }

    /// Replaces what `out` held by the numbers of `bytes`.
    fn numbers(
        &mut self,
        bytes: &[u8],
        is_last: bool,
        decoder: &mut dyn BlockDecoder,
        out: &mut Elements,
    ) -> Result<(), FileError> {
        if let Some(csv) = &mut self.csv {
            let mut values = out.take_wide();
            csv.push(bytes, &mut values)?;
            if is_last {
                csv.finish(&mut values)?;
            }
            *out = Elements::F64(values);
        } else if self.tensor.dtype.reading() == Reading::Decoder {
            let expected = self.elements_of(bytes.len() as u64);
            let mut values = out.take_narrow();
            decode_blocks(&self.tensor.dtype, bytes, expected, decoder, &mut values)?;
            *out = Elements::F32(values);
        } else {
            self.inexact += decode::native(&self.tensor.dtype, self.tensor.byte_order, bytes, out);
        }
        Ok(())
    }

    /// Elements in whole blocks of `bytes` bytes.
    fn elements_of(&self, bytes: u64) -> u64 {
        self.tensor.dtype.block().map_or(0, |b| bytes / u64::from(b.bytes) * u64::from(b.elements))
    }
}

impl Columns {
    /// How far the tensor is in order, if `from` is: otherwise `from` itself, where reading goes on.
    fn known(&self, from: u64) -> u64 {
        let end = self.ready_from + self.ready.len() as u64;
        if (self.ready_from..=end).contains(&from) { end } else { from }
    }

    /// Appends a band that begins at byte `first` and is new from byte `known` on; what lies before `from` is dropped.
    fn keep(&mut self, from: u64, known: u64, first: u64, band: &[u8]) {
        if known > from {
            self.ready.drain(..(from - self.ready_from) as usize);
        } else {
            self.ready.clear();
        }
        self.ready_from = from;
        // A band begins with a whole row, perhaps before what is wanted of it.
        self.ready.extend_from_slice(band.get((known - first) as usize..).unwrap_or_default());
    }
}

fn decode_blocks(
    dtype: &Dtype,
    bytes: &[u8],
    expected: u64,
    decoder: &mut dyn BlockDecoder,
    out: &mut Vec<f32>,
) -> Result<(), FileError> {
    if !decoder.decode(dtype, bytes, out) {
        return Err(FileError::NoDecoder { dtype: dtype.to_string() });
    }
    if out.len() as u64 != expected {
        return Err(FileError::DecoderLength { dtype: dtype.to_string(), expected, found: out.len() as u64 });
    }
    Ok(())
}
