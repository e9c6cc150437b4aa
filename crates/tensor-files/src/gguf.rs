//! The GGUF header, versions 2 and 3: key-value pairs, then one entry a tensor.
//!
//! Source: the GGUF specification in the ggml repository. The header is streamed item by item: texts longer
//! than [`MAX_METADATA_VALUE_BYTES`] and the elements of arrays (vocabularies, scores) are passed over
//! without being stored, and where their length is known, without being read.
//!
//! Left out: version 1 (32-bit counts, withdrawn within weeks), big-endian files, arrays of arrays (allowed
//! by the text of the specification, written by nobody). Bytes between tensors are allowed: they are padding.
//! Duplicate keys are found by a 64-bit hash, so that remembering them takes half a MiB at most.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::catalog::{Catalog, FileKind, Metadata, TensorInfo};
use crate::csv::CsvCounts;
use crate::dtype::Dtype;
use crate::error::{FileError, excerpt};
use crate::header::Machine;
use crate::intake::{Intake, le};
use crate::limits::{
    GGUF_MAX_ALIGNMENT, GGUF_MAX_HEADER_BYTES, GGUF_MAX_KEY_BYTES, GGUF_MAX_PAIRS, GGUF_MAX_RANK,
    GGUF_MAX_STRING_BYTES, HEADER_CHUNK_BYTES, MAX_METADATA_VALUE_BYTES, MAX_NAME_BYTES, MAX_TENSORS,
};

pub(crate) const MAGIC: &[u8] = b"GGUF";
const DEFAULT_ALIGNMENT: u64 = 32;
const ALIGNMENT_KEY: &str = "general.alignment";
/// Length of a text's length.
const LENGTH_BYTES: u64 = 8;
/// Shortest pair: an empty key, its type, a byte.
const MIN_PAIR_BYTES: u64 = LENGTH_BYTES + 4 + 1;
/// Shortest entry of a tensor: an empty name, no dimension, type and offset.
const MIN_TENSOR_BYTES: u64 = LENGTH_BYTES + 4 + 4 + 8;

/// Types of values, by number.
mod value {
    pub(super) const U32: u64 = 4;
    pub(super) const BOOL: u64 = 7;
    pub(super) const STRING: u64 = 8;
    pub(super) const ARRAY: u64 = 9;
}

enum Stage {
    Magic,
    Counts,
    KeyLength,
    Key,
    ValueType {
        key: String,
    },
    Scalar {
        key: String,
        kind: u64,
    },
    TextLength {
        key: String,
    },
    Text {
        key: String,
    },
    ArrayHead {
        key: String,
    },
    /// Inside an array of texts: `left` of them are still to come.
    ArrayText {
        left: u64,
    },
    NameLength,
    Name,
    Rank {
        name: String,
    },
    Entry {
        name: String,
        rank: u64,
    },
    Done,
}

pub(crate) struct GgufHeader {
    intake: Intake,
    stage: Stage,
    pairs_left: u64,
    tensors_left: u64,
    alignment: u64,
    keys: HashSet<u64>,
    names: HashSet<String>,
    metadata: Metadata,
    tensors: Vec<TensorInfo>,
}

impl GgufHeader {
    pub(crate) fn new(file_bytes: u64) -> Result<Self, FileError> {
        let mut intake = Intake::new(file_bytes, GGUF_MAX_HEADER_BYTES);
        intake.expect(8)?;
        Ok(Self {
            intake,
            stage: Stage::Magic,
            pairs_left: 0,
            tensors_left: 0,
            alignment: DEFAULT_ALIGNMENT,
            keys: HashSet::new(),
            names: HashSet::new(),
            metadata: Metadata::default(),
            tensors: Vec::new(),
        })
    }

    /// Takes the item that the stage was waiting for and says what comes next.
    fn step(&mut self, stage: Stage, item: &[u8]) -> Result<Stage, FileError> {
        match stage {
            Stage::Magic => self.magic(item),
            Stage::Counts => self.counts(item),
            Stage::KeyLength => {
                let length = self.length("key", item, GGUF_MAX_KEY_BYTES)?;
                self.await_item(length, Stage::Key)
            }
            Stage::Key => self.key(item),
            Stage::ValueType { key } => self.value_type(key, le(item, 0, 4)),
            Stage::Scalar { key, kind } => self.scalar(&key, kind, item),
            Stage::TextLength { key } => {
                let length = self.length("text", item, GGUF_MAX_STRING_BYTES)?;
                if length <= MAX_METADATA_VALUE_BYTES {
                    return self.await_item(length, Stage::Text { key });
                }
                self.intake.skip(length)?;
                self.metadata.drop_one();
                self.next_pair()
            }
            Stage::Text { key } => {
                // Vendors put other encodings into descriptions; a replaced character harms nobody.
                self.metadata.push(&key, &String::from_utf8_lossy(item));
                self.next_pair()
            }
            Stage::ArrayHead { key } => self.array(&key, le(item, 0, 4), le(item, 4, 8)),
            Stage::ArrayText { left } => {
                let length = self.length("text", item, GGUF_MAX_STRING_BYTES)?;
                self.intake.skip(length)?;
                self.array_text(left - 1)
            }
            Stage::NameLength => {
                let length = self.length("tensor name", item, MAX_NAME_BYTES)?;
                self.await_item(length, Stage::Name)
            }
            Stage::Name => self.name(item),
            Stage::Rank { name } => {
                let rank = le(item, 0, 4);
                if rank > GGUF_MAX_RANK {
                    return Err(FileError::TooMany { what: "dimensions", found: rank, limit: GGUF_MAX_RANK });
                }
                self.await_item(8 * rank + 12, Stage::Entry { name, rank })
            }
            Stage::Entry { name, rank } => self.entry(name, rank, item),
            Stage::Done => Ok(Stage::Done),
        }
    }

    fn await_item(&mut self, bytes: u64, stage: Stage) -> Result<Stage, FileError> {
        self.intake.expect(bytes)?;
        Ok(stage)
    }

    /// A text's length, within `limit`.
    fn length(&self, what: &'static str, item: &[u8], limit: u64) -> Result<u64, FileError> {
        let found = le(item, 0, 8);
        // The file's end is the plainer fact, so it is told first.
        if found > self.intake.remaining() {
            let offset = self.intake.position();
            return Err(FileError::Truncated { offset, expected: found, found: self.intake.remaining() });
        }
        if found > limit {
            return Err(FileError::TooLong { what, offset: self.intake.position(), found, limit });
        }
        Ok(found)
    }

    fn magic(&mut self, item: &[u8]) -> Result<Stage, FileError> {
        if !item.starts_with(MAGIC) {
            return Err(FileError::BadMagic { kind: FileKind::Gguf.name() });
        }
        match le(item, 4, 4) {
            2 | 3 => self.await_item(16, Stage::Counts),
            // The version of a big-endian file, read the wrong way round.
            version if version != 0 && version.trailing_zeros() >= 16 => Err(FileError::BigEndianFile {}),
            version => Err(FileError::UnsupportedVersion { kind: FileKind::Gguf.name(), version }),
        }
    }

    fn counts(&mut self, item: &[u8]) -> Result<Stage, FileError> {
        let counts = [("tensors", le(item, 0, 8), MAX_TENSORS), ("pairs", le(item, 8, 8), GGUF_MAX_PAIRS)];
        for (what, found, limit) in counts {
            if found > limit {
                return Err(FileError::TooMany { what, found, limit });
            }
        }
        (self.tensors_left, self.pairs_left) = (counts[0].1, counts[1].1);
        // Both counts are below 2^17, so the sum is small.
        let least = self.tensors_left * MIN_TENSOR_BYTES + self.pairs_left * MIN_PAIR_BYTES;
        if least > self.intake.remaining() {
            let offset = self.intake.position();
            return Err(FileError::Truncated { offset, expected: least, found: self.intake.remaining() });
        }
        self.next_pair()
    }

    fn next_pair(&mut self) -> Result<Stage, FileError> {
        match self.pairs_left.checked_sub(1) {
            Some(left) => {
                self.pairs_left = left;
                self.await_item(LENGTH_BYTES, Stage::KeyLength)
            }
            None => self.next_tensor(),
        }
    }

    fn key(&mut self, item: &[u8]) -> Result<Stage, FileError> {
        let offset = self.intake.position() - item.len() as u64;
        let key = std::str::from_utf8(item)
            .map_err(|e| FileError::NotUtf8 { offset: offset + e.valid_up_to() as u64 })?;
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        if !self.keys.insert(hasher.finish()) {
            return Err(FileError::DuplicateKey { key: excerpt(item) });
        }
        self.await_item(4, Stage::ValueType { key: key.to_owned() })
    }

    fn value_type(&mut self, key: String, kind: u64) -> Result<Stage, FileError> {
        if key == ALIGNMENT_KEY && kind != value::U32 {
            return Err(FileError::BadValue { key, found: kind });
        }
        match (kind, scalar_bytes(kind)) {
            (_, Some(bytes)) => self.await_item(bytes, Stage::Scalar { key, kind }),
            (value::STRING, _) => self.await_item(LENGTH_BYTES, Stage::TextLength { key }),
            (value::ARRAY, _) => self.await_item(4 + LENGTH_BYTES, Stage::ArrayHead { key }),
            _ => Err(FileError::BadValue { key: excerpt(key.as_bytes()), found: kind }),
        }
    }

    fn scalar(&mut self, key: &str, kind: u64, item: &[u8]) -> Result<Stage, FileError> {
        let raw = le(item, 0, 8);
        if kind == value::BOOL && raw > 1 {
            return Err(FileError::BadValue { key: excerpt(key.as_bytes()), found: raw });
        }
        if key == ALIGNMENT_KEY {
            if !raw.is_power_of_two() || !raw.is_multiple_of(8) || raw > GGUF_MAX_ALIGNMENT {
                return Err(FileError::BadAlignment { found: raw });
            }
            self.alignment = raw;
        }
        self.metadata.push(key, &scalar_text(kind, raw));
        self.next_pair()
    }

    fn array(&mut self, key: &str, kind: u64, count: u64) -> Result<Stage, FileError> {
        if kind == value::ARRAY {
            return Err(FileError::NestedArray { key: excerpt(key.as_bytes()) });
        }
        let element_bytes = match scalar_bytes(kind) {
            Some(bytes) => bytes,
            None if kind == value::STRING => LENGTH_BYTES,
            None => return Err(FileError::BadValue { key: excerpt(key.as_bytes()), found: kind }),
        };
        let least = count.saturating_mul(element_bytes);
        if least > self.intake.remaining() {
            let offset = self.intake.position();
            return Err(FileError::Truncated { offset, expected: least, found: self.intake.remaining() });
        }
        self.metadata.push(key, &format!("[{count}]"));
        if kind == value::STRING {
            return self.array_text(count);
        }
        self.intake.skip(least)?;
        self.next_pair()
    }

    fn array_text(&mut self, left: u64) -> Result<Stage, FileError> {
        if left == 0 { self.next_pair() } else { self.await_item(LENGTH_BYTES, Stage::ArrayText { left }) }
    }

    fn next_tensor(&mut self) -> Result<Stage, FileError> {
        if let Some(left) = self.tensors_left.checked_sub(1) {
            self.tensors_left = left;
            self.await_item(LENGTH_BYTES, Stage::NameLength)
        } else {
            self.place()?;
            Ok(Stage::Done)
        }
    }

    fn name(&mut self, item: &[u8]) -> Result<Stage, FileError> {
        let offset = self.intake.position() - item.len() as u64;
        let name = std::str::from_utf8(item)
            .map_err(|e| FileError::NotUtf8 { offset: offset + e.valid_up_to() as u64 })?;
        if !self.names.insert(name.to_owned()) {
            return Err(FileError::DuplicateTensor { tensor: name.to_owned() });
        }
        self.await_item(4, Stage::Rank { name: name.to_owned() })
    }

    fn entry(&mut self, name: String, rank: u64, item: &[u8]) -> Result<Stage, FileError> {
        let rank = rank as usize; // at most GGUF_MAX_RANK
        // The file lists the fastest dimension first; everywhere else here it comes last.
        let shape: Vec<u64> = (0..rank).rev().map(|i| le(item, 8 * i, 8)).collect();
        let dtype = Dtype::from_gguf(le(item, 8 * rank, 4) as u32);
        let offset = le(item, 8 * rank + 4, 8);
        let row = shape.last().copied().unwrap_or(1);
        if let Some(block) = dtype.block()
            && row % u64::from(block.elements) != 0
        {
            let block = u64::from(block.elements);
            return Err(FileError::PartialBlock { tensor: name, elements: row, block });
        }
        // Relative to the data for now: where that begins is known at the end of the header.
        self.tensors.push(TensorInfo::new(name, dtype, shape, offset)?);
        self.next_tensor()
    }

    /// Checks where the tensors lie, and makes their offsets relative to the file.
    fn place(&mut self) -> Result<(), FileError> {
        let file_bytes = self.intake.file_bytes();
        // The position is at most the header's limit, so rounding it up cannot overflow.
        let data_start = self.intake.position().next_multiple_of(self.alignment);
        for tensor in &mut self.tensors {
            let name = || tensor.name.clone();
            if tensor.byte_offset % self.alignment != 0 {
                let (offset, alignment) = (tensor.byte_offset, self.alignment);
                return Err(FileError::Misaligned { tensor: name(), offset, alignment });
            }
            let end = tensor.byte_end().checked_add(data_start);
            let end = end.ok_or_else(|| FileError::ShapeOverflow { tensor: name() })?;
            // An empty tensor at the end of a file whose last padding was not written lies nowhere.
            if end > file_bytes && tensor.byte_len > 0 {
                return Err(FileError::BeyondEnd { tensor: name(), end, file_bytes });
            }
            tensor.byte_offset += data_start;
        }
        let mut order: Vec<&TensorInfo> = self.tensors.iter().filter(|t| t.byte_len > 0).collect();
        order.sort_by_key(|t| t.byte_offset);
        for pair in order.windows(2) {
            if pair[1].byte_offset < pair[0].byte_end() {
                let (tensor, other) = (pair[1].name.clone(), pair[0].name.clone());
                return Err(FileError::Overlap { tensor, other, offset: pair[1].byte_offset });
            }
        }
        Ok(())
    }
}

impl Machine for GgufHeader {
    fn need(&self) -> Option<(u64, u64)> {
        match self.stage {
            Stage::Done => None,
            _ => Some((self.intake.position(), HEADER_CHUNK_BYTES)),
        }
    }

    fn feed(&mut self, offset: u64, chunk: &[u8]) -> Result<(), FileError> {
        while !matches!(self.stage, Stage::Done)
            && let Some(item) = self.intake.take(offset, chunk)
        {
            let stage = std::mem::replace(&mut self.stage, Stage::Done);
            self.stage = self.step(stage, &item)?;
            self.intake.recycle(item);
        }
        Ok(())
    }

    fn finish(self) -> Result<Catalog, FileError> {
        let file_bytes = self.intake.file_bytes();
        let header_end = self.intake.position();
        let sizes_known = self.tensors.iter().all(|t| t.dtype.block().is_some());
        let covered = self.tensors.iter().map(TensorInfo::byte_end).fold(header_end, u64::max);
        Ok(Catalog {
            kind: FileKind::Gguf,
            tensors: self.tensors,
            metadata: self.metadata.entries,
            metadata_dropped: self.metadata.dropped,
            file_bytes,
            trailing_bytes: if sizes_known { file_bytes.saturating_sub(covered) } else { 0 },
            csv: None,
            csv_counts: CsvCounts::default(),
        })
    }
}

/// Bytes of a value of a fixed length.
const fn scalar_bytes(kind: u64) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

fn scalar_text(kind: u64, raw: u64) -> String {
    match kind {
        1 => (raw as i8).to_string(),
        3 => (raw as i16).to_string(),
        5 => (raw as i32).to_string(),
        6 => f32::from_bits(raw as u32).to_string(),
        value::BOOL => (raw == 1).to_string(),
        11 => (raw as i64).to_string(),
        12 => f64::from_bits(raw).to_string(),
        _ => raw.to_string(),
    }
}
