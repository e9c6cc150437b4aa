//! Writes `.safetensors`: a header computed from the sizes, then the tensors' data in the order given.
//!
//! The header is padded so that the data begin at a multiple of eight bytes. Some readers view a tensor in
//! place and need it aligned to its element, so an order that leaves one unaligned is refused: wide types first
//! is always right.

use std::collections::HashSet;

use super::Tally;
use crate::catalog::{FileKind, TensorInfo};
use crate::dtype::Dtype;
use crate::error::FileError;
use crate::limits::{MAX_NAME_BYTES, MAX_RANK, MAX_TENSORS, SAFETENSORS_MAX_HEADER_BYTES};
use crate::safetensors::METADATA_KEY;

/// A tensor to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorSpec {
    /// Its name: any text that is short enough and no other tensor's.
    pub name: String,
    /// Its type: one that safetensors has a name for.
    pub dtype: Dtype,
    /// Its shape, outermost dimension first.
    pub shape: Vec<u64>,
}

/// Writes named tensors.
#[derive(Debug, Clone)]
pub struct SafetensorsWriter {
    header: Vec<u8>,
    tally: Tally,
}

impl SafetensorsWriter {
    /// Announces tensors and metadata; both are written in the order given.
    pub fn new(tensors: &[TensorSpec], metadata: &[(&str, &str)]) -> Result<Self, FileError> {
        let count = tensors.len() as u64;
        if count > MAX_TENSORS {
            return Err(FileError::TooMany { what: "tensors", found: count, limit: MAX_TENSORS });
        }
        let mut entries = Vec::with_capacity(tensors.len() + 1);
        if !metadata.is_empty() {
            entries.push(metadata_entry(metadata)?);
        }
        let mut names = HashSet::new();
        let mut end = 0u64;
        for spec in tensors {
            if spec.name == METADATA_KEY || !names.insert(spec.name.as_str()) {
                return Err(FileError::DuplicateTensor { tensor: spec.name.clone() });
            }
            let begin = end;
            end = tensor_end(spec, begin)?;
            let shape: Vec<String> = spec.shape.iter().map(u64::to_string).collect();
            entries.push(format!(
                "{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{begin},{end}]}}",
                json_text(&spec.name),
                spec.dtype,
                shape.join(","),
            ));
        }
        let json = format!("{{{}}}", entries.join(","));
        let length = json.len().next_multiple_of(8);
        if length as u64 > SAFETENSORS_MAX_HEADER_BYTES {
            return Err(FileError::HeaderTooLong {
                found: length as u64,
                limit: SAFETENSORS_MAX_HEADER_BYTES,
            });
        }
        let mut header = Vec::with_capacity(8 + length);
        header.extend_from_slice(&(length as u64).to_le_bytes());
        header.extend_from_slice(json.as_bytes());
        header.resize(8 + length, b' ');
        Ok(Self { header, tally: Tally { expected: end, found: 0 } })
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

/// Where a tensor's data end that begin at `begin`.
fn tensor_end(spec: &TensorSpec, begin: u64) -> Result<u64, FileError> {
    let (kind, dtype) = (FileKind::Safetensors.name(), spec.dtype.to_string());
    let (Some(_), Some(block)) = (spec.dtype.safetensors_name(), spec.dtype.block()) else {
        return Err(FileError::UnwritableDtype { kind, dtype });
    };
    let found = spec.name.len() as u64;
    if found > MAX_NAME_BYTES {
        return Err(FileError::TooLong { what: "tensor name", offset: 0, found, limit: MAX_NAME_BYTES });
    }
    let found = spec.shape.len() as u64;
    if found > MAX_RANK {
        return Err(FileError::TooMany { what: "dimensions", found, limit: MAX_RANK });
    }
    let alignment = u64::from(block.bytes);
    if !begin.is_multiple_of(alignment) {
        return Err(FileError::Misaligned { tensor: spec.name.clone(), offset: begin, alignment });
    }
    let tensor = TensorInfo::new(spec.name.clone(), spec.dtype.clone(), spec.shape.clone(), begin)?;
    Ok(tensor.byte_end())
}

fn metadata_entry(metadata: &[(&str, &str)]) -> Result<String, FileError> {
    let mut keys = HashSet::new();
    let mut pairs = Vec::with_capacity(metadata.len());
    for (key, value) in metadata {
        if !keys.insert(key) {
            return Err(FileError::DuplicateKey { key: (*key).to_owned() });
        }
        pairs.push(format!("{}:{}", json_text(key), json_text(value)));
    }
    Ok(format!("\"{METADATA_KEY}\":{{{}}}", pairs.join(",")))
}

/// A text as JSON, quotes and all.
fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
