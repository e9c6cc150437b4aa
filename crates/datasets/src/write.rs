//! From the parts of a data set to a file's bytes.
//!
//! The compressor is deterministic: the same parts and the same version of `miniz_oxide` give the same bytes.

use miniz_oxide::deflate::compress_to_vec;
use sha2::{Digest, Sha256};

use crate::read::{F32, U8};
use crate::{Dataset, DatasetError, Kind, MAGIC, VERSION, Values};

/// The compressor's most thorough level.
const LEVEL: u8 = 10;

/// What a file is made of. Training examples come first.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// What the examples are.
    pub kind: Kind,
    /// The data set's name.
    pub name: &'a str,
    /// The extents of one example.
    pub shape: &'a [usize],
    /// The classes' names by index.
    pub classes: &'a [&'a str],
    /// The columns' names, for a table.
    pub columns: &'a [&'a str],
    /// How many of the examples are for training; the rest are for testing.
    pub train: usize,
    /// The class index of each example.
    pub labels: &'a [u8],
    /// The values of all examples, one example after the other.
    pub values: Values<'a>,
}

/// Writes a file, reads it back, and returns its bytes.
///
/// # Errors
/// Parts that [`Dataset::read`] would refuse are refused with its error.
pub fn encode(parts: &Parts<'_>) -> Result<Vec<u8>, DatasetError> {
    let mut payload = parts.labels.to_vec();
    let (value_type, full_scale) = match parts.values {
        Values::Pixels { values, full_scale } => {
            payload.extend_from_slice(values);
            (U8, full_scale)
        }
        Values::Numbers(values) => {
            payload.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            (F32, 0)
        }
    };
    let mut file = MAGIC.to_vec();
    file.extend([VERSION, parts.kind as u8, value_type, full_scale]);
    let test = parts.labels.len().saturating_sub(parts.train);
    push_u32(&mut file, parts.train, "training examples")?;
    push_u32(&mut file, test, "test examples")?;
    file.push(narrow(parts.shape.len(), u8::MAX, "rank")?);
    for &extent in parts.shape {
        push_u32(&mut file, extent, "extent")?;
    }
    push_name(&mut file, parts.name, "the data set")?;
    for (names, field) in [(parts.classes, "classes"), (parts.columns, "columns")] {
        file.extend(narrow(names.len(), u16::MAX, field)?.to_le_bytes());
        for name in names {
            push_name(&mut file, name, field)?;
        }
    }
    let compressed = compress_to_vec(&payload, LEVEL);
    push_u32(&mut file, compressed.len(), "compressed payload")?;
    file.extend(compressed);
    let digest = Sha256::digest(&file);
    file.extend_from_slice(&digest);
    Dataset::read(&file).map(|_| file)
}

fn push_u32(file: &mut Vec<u8>, value: usize, field: &'static str) -> Result<(), DatasetError> {
    file.extend(narrow(value, u32::MAX, field)?.to_le_bytes());
    Ok(())
}

fn push_name(file: &mut Vec<u8>, name: &str, field: &'static str) -> Result<(), DatasetError> {
    file.push(narrow(name.len(), u8::MAX, field)?);
    file.extend_from_slice(name.as_bytes());
    Ok(())
}

/// A count in the width the file has for it.
fn narrow<T: TryFrom<usize> + Into<u64>>(
    value: usize,
    most: T,
    field: &'static str,
) -> Result<T, DatasetError> {
    T::try_from(value).map_err(|_| DatasetError::OutOfRange {
        field,
        value: value as u64,
        least: 0,
        most: most.into(),
    })
}
