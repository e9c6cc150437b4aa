//! From a file's bytes to a [`Dataset`].
//!
//! The digest stands first, so that a damaged file is told from a wrong one. It is no defence against a forger, who
//! can compute it too: everything after it is checked as if it were not there.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use sha2::{Digest, Sha256};

use crate::dataset::{Dataset, Kind, Stored};
use crate::input::{Input, in_range};
use crate::limits::{MAX_CLASSES, MAX_EXAMPLES, MAX_EXPANSION, MAX_EXTENT, MAX_PAYLOAD_BYTES, MAX_RANK};
use crate::{DIGEST_BYTES, DatasetError, MAGIC, VERSION};

pub(crate) const U8: u8 = 0;
pub(crate) const F32: u8 = 1;

impl Dataset {
    /// Reads a whole file.
    ///
    /// # Errors
    /// Every fault of the file is a [`DatasetError`]; no bytes make this function panic.
    pub fn read(file: &[u8]) -> Result<Dataset, DatasetError> {
        if !file.starts_with(&MAGIC) {
            return Err(DatasetError::BadMagic);
        }
        if let Some(&version) = file.get(MAGIC.len())
            && version != VERSION
        {
            return Err(DatasetError::Version { version });
        }
        let (body, digest) = file.split_last_chunk::<DIGEST_BYTES>().ok_or_else(|| {
            let needed = DIGEST_BYTES.saturating_sub(file.len()) as u64;
            DatasetError::Truncated { field: "the digest", needed }
        })?;
        if Sha256::digest(body).as_slice() != digest {
            return Err(DatasetError::Digest);
        }
        let mut input = Input::new(body);
        input.take(MAGIC.len() as u64 + 1, "magic and version")?;
        read_body(&mut input)
    }
}

fn read_body(input: &mut Input<'_>) -> Result<Dataset, DatasetError> {
    let kind = match input.u8("kind")? {
        0 => Kind::Images,
        1 => Kind::Table,
        code => return Err(DatasetError::UnknownCode { field: "kind", code }),
    };
    let value_type = input.u8("type")?;
    let width: u64 = match value_type {
        U8 => 1,
        F32 => 4,
        code => return Err(DatasetError::UnknownCode { field: "type", code }),
    };
    let full_scale = input.u8("full scale")?;
    // Only pixels have a full scale, and pixels are always u8.
    if (value_type == U8) != (full_scale > 0) || (kind == Kind::Images) != (value_type == U8) {
        return Err(DatasetError::Inconsistent);
    }

    let train = input.count_u32("training examples", 1, MAX_EXAMPLES)?;
    let test = input.count_u32("test examples", 0, MAX_EXAMPLES)?;
    let count = in_range(train + test, "examples", 1, MAX_EXAMPLES)?;
    let rank = input.count_u8("rank", 1, MAX_RANK)?;
    let mut shape = Vec::new();
    let mut example_len = 1_u64;
    for _ in 0..rank {
        let extent = input.count_u32("extent", 1, MAX_EXTENT)?;
        shape.push(extent as usize);
        // At most 4096^3: no overflow.
        example_len *= extent;
    }
    // At most 2^20 × (1 + 4 × 2^36): no overflow.
    let payload_bytes = in_range(count * (1 + width * example_len), "payload", 1, MAX_PAYLOAD_BYTES)?;

    let name = input.name("the data set")?;
    let class_count = input.count_u16("classes", 1, MAX_CLASSES)?;
    let classes = input.names(class_count, "classes")?;
    let column_count = input.count_u16("columns", 0, MAX_EXTENT)?;
    let expected = match kind {
        Kind::Images => 0,
        Kind::Table if rank == 1 => example_len,
        Kind::Table => {
            return Err(DatasetError::OutOfRange { field: "rank", value: rank, least: 1, most: 1 });
        }
    };
    if column_count != expected {
        return Err(DatasetError::ColumnCount { expected, found: column_count });
    }
    let columns = input.names(column_count, "columns")?;

    let compressed_len = input.count_u32("compressed payload", 1, u32::MAX as u64)?;
    let compressed = input.take(compressed_len, "the payload")?;
    if input.left() > 0 {
        return Err(DatasetError::TrailingBytes { bytes: input.left() });
    }
    let mut labels = inflate(compressed, payload_bytes)?;
    let values = labels.split_off(count as usize);
    labels.shrink_to_fit();
    if let Some((index, &label)) = labels.iter().enumerate().find(|(_, label)| **label as u64 >= class_count)
    {
        return Err(DatasetError::Label { index: index as u64, label, classes: class_count });
    }
    let values = if value_type == U8 { pixels(values, full_scale)? } else { numbers(&values)? };
    Ok(Dataset {
        kind,
        name,
        shape,
        example_len: example_len as usize,
        classes,
        columns,
        train: train as usize,
        labels,
        values,
    })
}

/// Decompresses exactly `expected` bytes from exactly the bytes of `compressed`.
fn inflate(compressed: &[u8], expected: u64) -> Result<Vec<u8>, DatasetError> {
    let wrong_length = DatasetError::PayloadLength { expected };
    if expected > MAX_EXPANSION.saturating_mul(compressed.len() as u64) {
        return Err(wrong_length);
    }
    let mut payload = vec![0; expected as usize];
    let mut state = Box::<DecompressorOxide>::default();
    let (status, read, written) =
        decompress(&mut state, compressed, &mut payload, 0, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF);
    match status {
        TINFLStatus::Done if read != compressed.len() => Err(DatasetError::Deflate),
        TINFLStatus::Done if written == payload.len() => Ok(payload),
        TINFLStatus::Done | TINFLStatus::HasMoreOutput => Err(wrong_length),
        _ => Err(DatasetError::Deflate),
    }
}

fn pixels(values: Vec<u8>, full_scale: u8) -> Result<Stored, DatasetError> {
    match values.iter().position(|value| *value > full_scale) {
        Some(index) => Err(DatasetError::Value { index: index as u64 }),
        None => Ok(Stored::Pixels { values, full_scale }),
    }
}

fn numbers(bytes: &[u8]) -> Result<Stored, DatasetError> {
    let (words, _) = bytes.as_chunks::<4>();
    let values: Vec<f32> = words.iter().map(|word| f32::from_le_bytes(*word)).collect();
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(DatasetError::Value { index: index as u64 }),
        None => Ok(Stored::Numbers(values)),
    }
}
