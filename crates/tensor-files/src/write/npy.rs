//! Writes `.npy`, version 1.0, little-endian.
//!
//! NumPy has no type for bfloat16, FP8 and narrower formats: their codes are written as unsigned
//! integers ([`Dtype::for_codes`]), and the caller says so to its reader.

use super::Tally;
use crate::catalog::{FileKind, TensorInfo};
use crate::dtype::Dtype;
use crate::error::FileError;
use crate::limits::MAX_RANK;

/// The format asks that the data begin at a multiple of this many bytes.
const ALIGNMENT: usize = 64;
/// Magic, version and length.
const PREFIX_BYTES: usize = 10;

/// Writes one array.
#[derive(Debug, Clone)]
pub struct NpyWriter {
    header: Vec<u8>,
    tally: Tally,
}

impl NpyWriter {
    /// Announces an array of little-endian elements.
    pub fn new(dtype: &Dtype, shape: &[u64], fortran_order: bool) -> Result<Self, FileError> {
        let kind = FileKind::Npy.name();
        let descr =
            dtype.npy_descr().ok_or_else(|| FileError::UnwritableDtype { kind, dtype: dtype.to_string() })?;
        let found = shape.len() as u64;
        if found > MAX_RANK {
            return Err(FileError::TooMany { what: "dimensions", found, limit: MAX_RANK });
        }
        let tensor = TensorInfo::new(String::new(), dtype.clone(), shape.to_vec(), 0)?;
        let sizes: Vec<String> = shape.iter().map(u64::to_string).collect();
        let comma = if shape.len() == 1 { "," } else { "" };
        let order = if fortran_order { "True" } else { "False" };
        let dictionary = format!(
            "{{'descr': '{descr}', 'fortran_order': {order}, 'shape': ({}{comma}), }}",
            sizes.join(", ")
        );
        // Padded with spaces and ended by a line feed. Sixty-four sizes of twenty digits fit 16 bits easily.
        let total = (PREFIX_BYTES + dictionary.len() + 1).next_multiple_of(ALIGNMENT);
        let mut header = Vec::with_capacity(total);
        header.extend_from_slice(crate::npy::MAGIC);
        header.extend_from_slice(&[1, 0]);
        header.extend_from_slice(&((total - PREFIX_BYTES) as u16).to_le_bytes());
        header.extend_from_slice(dictionary.as_bytes());
        header.resize(total - 1, b' ');
        header.push(b'\n');
        Ok(Self { header, tally: Tally { expected: tensor.byte_len, found: 0 } })
    }

    /// The bytes before the data.
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// How long the file will be.
    pub fn file_bytes(&self) -> u64 {
        self.header.len() as u64 + self.tally.expected
    }

    /// Takes note of data on their way to the file; refuses more than were announced.
    pub fn advance(&mut self, data: &[u8]) -> Result<(), FileError> {
        self.tally.add(data.len() as u64)
    }

    /// Checks that all announced data have come.
    pub fn finish(self) -> Result<(), FileError> {
        self.tally.finish()
    }
}
