//! Files from tensors, in slices: each writer gives its header, then checks that the data that follow are as
//! long as announced. The data go from the caller straight to wherever the file is built.

mod csv;
mod npy;
mod safetensors;

pub use csv::CsvWriter;
pub use npy::NpyWriter;
pub use safetensors::{SafetensorsWriter, TensorSpec};

use crate::error::FileError;

/// Bytes announced and bytes seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tally {
    expected: u64,
    found: u64,
}

impl Tally {
    fn add(&mut self, bytes: u64) -> Result<(), FileError> {
        let found = self.found.saturating_add(bytes);
        if found > self.expected {
            return Err(FileError::WriterLength { expected: self.expected, found });
        }
        self.found = found;
        Ok(())
    }

    fn finish(self) -> Result<(), FileError> {
        let Self { expected, found } = self;
        if found == expected { Ok(()) } else { Err(FileError::WriterLength { expected, found }) }
    }
}
