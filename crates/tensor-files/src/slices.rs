//! Reads one tensor slice by slice: byte ranges out, numbers in return.
//!
//! The reader does no input. It names byte ranges of whole elements or blocks, in order; the caller
//! fetches them (ahead of time if it likes: every range is known from the start) and gives each to
//! [`SliceReader::decode`]. Memory is one slice of bytes and one of numbers, whatever the file's size.

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

/// Reads the elements of one tensor, in the file's order.
#[derive(Clone)]
pub struct SliceReader {
    tensor: TensorInfo,
    /// Bytes of every slice but the last: whole blocks.
    slice_bytes: u64,
    /// Slices decoded so far.
    done: u64,
    elements_done: u64,
    inexact: u64,
    csv: Option<CsvReader>,
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
        Ok(Self { tensor, slice_bytes, done: 0, elements_done: 0, inexact: 0, csv })
    }

    /// The tensor being read.
    pub fn tensor(&self) -> &TensorInfo {
        &self.tensor
    }

    /// How many slices there are.
    pub fn slice_count(&self) -> u64 {
        self.tensor.byte_len.div_ceil(self.slice_bytes)
    }

    /// The byte range of slice `index`, or `None` past the last.
    pub fn range(&self, index: u64) -> Option<ByteRange> {
        let start = index.checked_mul(self.slice_bytes).filter(|s| *s < self.tensor.byte_len)?;
        let len = self.slice_bytes.min(self.tensor.byte_len - start);
        Some(ByteRange { offset: self.tensor.byte_offset + start, len })
    }

    /// The byte range that [`Self::decode`] wants next, or `None` when all is read.
    pub fn next_range(&self) -> Option<ByteRange> {
        self.range(self.done)
    }

    /// Elements decoded so far.
    pub fn elements_done(&self) -> u64 {
        self.elements_done
    }

    /// Integers so far that binary64 could not hold, and that were rounded to the nearest even.
    pub fn inexact_count(&self) -> u64 {
        self.inexact
    }

    /// Begins again from the first slice.
    pub fn restart(&mut self, catalog: &Catalog) {
        self.csv = catalog.csv.as_ref().map(CsvReader::new);
        (self.done, self.elements_done, self.inexact) = (0, 0, 0);
    }

    /// Passes over the next slice without its bytes, for samples. Text cannot be passed over: it is left where it is.
    pub fn skip(&mut self) {
        if self.csv.is_none()
            && let Some(range) = self.next_range()
        {
            self.elements_done += self.elements_of(range.len);
            self.done += 1;
        }
    }

    /// Replaces what `out` held by the numbers of the next slice, whose bytes are `bytes`. A type of
    /// [`Reading::Decoder`] goes through `decoder`. A slice of text may hold no number at all.
    pub fn decode(
        &mut self,
        bytes: &[u8],
        decoder: &mut dyn BlockDecoder,
        out: &mut Elements,
    ) -> Result<(), FileError> {
        let Some(range) = self.next_range() else {
            let end = self.tensor.byte_end();
            return Err(FileError::SliceLength { offset: end, expected: 0, found: bytes.len() as u64 });
        };
        if bytes.len() as u64 != range.len {
            let found = bytes.len() as u64;
            return Err(FileError::SliceLength { offset: range.offset, expected: range.len, found });
        }
        let is_last = self.range(self.done + 1).is_none();
        let count = if let Some(csv) = &mut self.csv {
            let mut values = out.take_wide();
            csv.push(bytes, &mut values)?;
            if is_last {
                csv.finish(&mut values)?;
            }
            *out = Elements::F64(values);
            out.len() as u64
        } else if self.tensor.dtype.reading() == Reading::Decoder {
            let expected = self.elements_of(range.len);
            let mut values = out.take_narrow();
            decode_blocks(&self.tensor.dtype, bytes, expected, decoder, &mut values)?;
            *out = Elements::F32(values);
            expected
        } else {
            self.inexact += decode::native(&self.tensor.dtype, self.tensor.byte_order, bytes, out);
            out.len() as u64
        };
        self.done += 1;
        self.elements_done += count;
        if is_last && self.elements_done != self.tensor.elements {
            // Only text can come to this: it has changed since its rows were counted.
            let (expected, found) = (self.tensor.elements, self.elements_done);
            return Err(FileError::SizeMismatch { tensor: self.tensor.name.clone(), expected, found });
        }
        Ok(())
    }

    /// Elements in whole blocks of `bytes` bytes.
    fn elements_of(&self, bytes: u64) -> u64 {
        self.tensor.dtype.block().map_or(0, |b| bytes / u64::from(b.bytes) * u64::from(b.elements))
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
