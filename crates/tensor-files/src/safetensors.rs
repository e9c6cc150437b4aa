//! The safetensors header: eight bytes of length and a JSON object.
//!
//! Source: the format section of the safetensors README and its reference implementation, version 0.8.
//! That implementation is this crate's oracle (a development dependency: what is accepted here it accepts
//! too, and reads alike), not its parser, for four reasons: it holds offsets in `usize`, which in a 32-bit browser
//! ends at 4 GiB, where single files already are larger; one tensor of an unknown type makes it refuse the
//! whole file; of two tensors with one name it silently keeps the last; and its faults do not say where they are.
//!
//! Stricter here: names are unique, the header begins with `{`, and the limits of [`crate::limits`] hold.
//! Tensors need not be aligned: real files are not. Holes and overlaps are refused, as the format asks.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::catalog::{Catalog, FileKind, Metadata, TensorInfo};
use crate::csv::CsvCounts;
use crate::dtype::Dtype;
use crate::error::{FileError, excerpt};
use crate::header::Machine;
use crate::intake::{Intake, le};
use crate::limits::{
    HEADER_CHUNK_BYTES, MAX_DTYPE_BYTES, MAX_NAME_BYTES, MAX_RANK, MAX_TENSORS, SAFETENSORS_MAX_HEADER_BYTES,
};

const LENGTH_BYTES: u64 = 8;

/// The key under which a header keeps its text metadata.
pub(crate) const METADATA_KEY: &str = "__metadata__";

enum Stage {
    Length,
    Json,
    Done(Parsed),
}

pub(crate) struct SafetensorsHeader {
    intake: Intake,
    stage: Stage,
}

#[derive(Default)]
struct Parsed {
    tensors: Vec<TensorInfo>,
    metadata: Metadata,
}

impl SafetensorsHeader {
    pub(crate) fn new(file_bytes: u64) -> Result<Self, FileError> {
        let mut intake = Intake::new(file_bytes, LENGTH_BYTES + SAFETENSORS_MAX_HEADER_BYTES);
        intake.expect(LENGTH_BYTES)?;
        Ok(Self { intake, stage: Stage::Length })
    }

    fn step(&mut self, item: &[u8]) -> Result<Stage, FileError> {
        match self.stage {
            Stage::Length => {
                let length = le(item, 0, 8);
                let file_bytes = self.intake.file_bytes();
                // The file's end is the plainer fact, so it is told first.
                if length > self.intake.remaining() {
                    let header_end = length.saturating_add(LENGTH_BYTES);
                    return Err(FileError::HeaderBeyondFile { header_end, file_bytes });
                }
                if length > SAFETENSORS_MAX_HEADER_BYTES {
                    return Err(FileError::HeaderTooLong {
                        found: length,
                        limit: SAFETENSORS_MAX_HEADER_BYTES,
                    });
                }
                self.intake.expect(length)?;
                Ok(Stage::Json)
            }
            Stage::Json => {
                let mut parsed = parse(item)?;
                place(&mut parsed.tensors, self.intake.position(), self.intake.file_bytes())?;
                Ok(Stage::Done(parsed))
            }
            // Done machines are not fed.
            Stage::Done(_) => Err(FileError::WrongOffset { expected: 0, found: self.intake.position() }),
        }
    }
}

impl Machine for SafetensorsHeader {
    fn need(&self) -> Option<(u64, u64)> {
        match self.stage {
            Stage::Done(_) => None,
            Stage::Length => Some((self.intake.position(), HEADER_CHUNK_BYTES)),
            Stage::Json => Some((self.intake.position(), self.intake.missing().min(16 * HEADER_CHUNK_BYTES))),
        }
    }

    fn feed(&mut self, offset: u64, chunk: &[u8]) -> Result<(), FileError> {
        while !matches!(self.stage, Stage::Done(_))
            && let Some(item) = self.intake.take(offset, chunk)
        {
            self.stage = self.step(&item)?;
            self.intake.recycle(item);
        }
        Ok(())
    }

    fn finish(self) -> Result<Catalog, FileError> {
        let Stage::Done(parsed) = self.stage else {
            return Err(FileError::Unfinished { offset: self.intake.position() });
        };
        Ok(Catalog {
            kind: FileKind::Safetensors,
            tensors: parsed.tensors,
            metadata: parsed.metadata.entries,
            metadata_dropped: parsed.metadata.dropped,
            file_bytes: self.intake.file_bytes(),
            trailing_bytes: 0,
            csv: None,
            csv_counts: CsvCounts::default(),
        })
    }
}

/// Sorts tensors by where they lie and checks that they fill the data exactly, one after the other.
/// Their offsets come relative to the data and leave relative to the file.
fn place(tensors: &mut [TensorInfo], data_start: u64, file_bytes: u64) -> Result<(), FileError> {
    tensors.sort_by_key(|t| (t.byte_offset, t.byte_len));
    let mut end = 0u64;
    let mut previous = "";
    for tensor in tensors.iter() {
        let (name, begin) = (tensor.name.clone(), tensor.byte_offset);
        let absolute = |offset: u64| offset.saturating_add(data_start);
        if begin < end {
            return Err(FileError::Overlap {
                tensor: name,
                other: previous.to_owned(),
                offset: absolute(begin),
            });
        }
        if begin > end {
            return Err(FileError::Hole { tensor: name, expected: absolute(end), found: absolute(begin) });
        }
        end = tensor.byte_end();
        if absolute(end) > file_bytes {
            return Err(FileError::BeyondEnd { tensor: name, end: absolute(end), file_bytes });
        }
        previous = &tensor.name;
    }
    // No sum overflows: every end was compared with the file's.
    let covered = data_start + end;
    if covered < file_bytes {
        return Err(FileError::UncoveredBytes { offset: covered, found: file_bytes - covered });
    }
    for tensor in tensors {
        tensor.byte_offset += data_start;
    }
    Ok(())
}

fn parse(json: &[u8]) -> Result<Parsed, FileError> {
    let text = std::str::from_utf8(json)
        .map_err(|e| FileError::NotUtf8 { offset: LENGTH_BYTES + e.valid_up_to() as u64 })?;
    if !text.starts_with('{') {
        return Err(FileError::HeaderSyntax { offset: LENGTH_BYTES, expected: "`{`".to_owned() });
    }
    let mut sink = Sink::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    let result = HeaderSeed(&mut sink).deserialize(&mut reader).and_then(|()| reader.end());
    match (result, sink.fault) {
        (Ok(()), None) => Ok(sink.parsed),
        (_, Some(fault)) => Err(fault),
        (Err(error), None) => Err(syntax(text, &error)),
    }
}

/// A JSON fault with its place in the file.
fn syntax(text: &str, error: &serde_json::Error) -> FileError {
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let offset = LENGTH_BYTES + (before + error.column().saturating_sub(1)) as u64;
    // The text up to its own "at line … column …", which the offset replaces.
    let text = error.to_string();
    let cause = text.split(" at line ").next().unwrap_or_default();
    FileError::HeaderSyntax { offset, expected: format!("valid JSON ({})", excerpt(cause.as_bytes())) }
}

/// Where the visitors put what they find, and the fault that made them stop.
#[derive(Default)]
struct Sink {
    parsed: Parsed,
    names: HashSet<String>,
    fault: Option<FileError>,
}

impl Sink {
    /// Stops the JSON reader; its own error is dropped in favour of `fault`.
    fn stop<E: serde::de::Error>(&mut self, fault: FileError) -> E {
        self.fault.get_or_insert(fault);
        E::custom("stopped")
    }
}

struct HeaderSeed<'a>(&'a mut Sink);

impl<'de> DeserializeSeed<'de> for HeaderSeed<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HeaderSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let sink = self.0;
        while let Some(name) = map.next_key::<String>()? {
            let bytes = name.len() as u64;
            if bytes > MAX_NAME_BYTES {
                let fault = FileError::TooLong {
                    what: "tensor name",
                    offset: LENGTH_BYTES,
                    found: bytes,
                    limit: MAX_NAME_BYTES,
                };
                return Err(sink.stop(fault));
            }
            if !sink.names.insert(name.clone()) {
                return Err(sink.stop(if name == METADATA_KEY {
                    FileError::DuplicateKey { key: name }
                } else {
                    FileError::DuplicateTensor { tensor: name }
                }));
            }
            if name == METADATA_KEY {
                map.next_value_seed(MetadataSeed(&mut sink.parsed.metadata))?;
                continue;
            }
            let found = sink.parsed.tensors.len() as u64 + 1;
            if found > MAX_TENSORS {
                return Err(sink.stop(FileError::TooMany { what: "tensors", found, limit: MAX_TENSORS }));
            }
            let entry = map.next_value::<Entry>()?;
            match entry.into_tensor(name) {
                Ok(tensor) => sink.parsed.tensors.push(tensor),
                Err(fault) => return Err(sink.stop(fault)),
            }
        }
        Ok(())
    }
}

struct MetadataSeed<'a>(&'a mut Metadata);

impl<'de> DeserializeSeed<'de> for MetadataSeed<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        // The reference implementation takes null for no metadata.
        d.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for MetadataSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, value)) = map.next_entry::<String, String>()? {
            self.0.push(&key, &value);
        }
        Ok(())
    }
}

/// One tensor as the header states it. Unknown keys are passed over, as by the reference implementation.
#[derive(serde::Deserialize)]
struct Entry {
    dtype: String,
    shape: Shape,
    data_offsets: (u64, u64),
}

impl Entry {
    fn into_tensor(self, name: String) -> Result<TensorInfo, FileError> {
        let (begin, end) = self.data_offsets;
        if end < begin {
            return Err(FileError::OffsetsReversed { tensor: name, begin, end });
        }
        if self.shape.rank > MAX_RANK {
            return Err(FileError::TooMany { what: "dimensions", found: self.shape.rank, limit: MAX_RANK });
        }
        // An unknown name is repeated to the reader, so it must be short.
        let dtype = match Dtype::from_safetensors(&self.dtype) {
            Dtype::Unknown(long) if long.len() > MAX_DTYPE_BYTES => Dtype::Unknown(excerpt(long.as_bytes())),
            other => other,
        };
        let mut tensor = TensorInfo::new(name, dtype, self.shape.sizes, begin)?;
        let found = end - begin;
        if tensor.dtype.block().is_none() {
            // The size of an unknown type is what the offsets say: the rest of the layout can still be checked.
            tensor.byte_len = found;
        } else if tensor.byte_len != found {
            return Err(FileError::SizeMismatch { tensor: tensor.name, expected: tensor.byte_len, found });
        }
        Ok(tensor)
    }
}

/// A list of sizes of which no more than [`MAX_RANK`] are kept, however many there are.
struct Shape {
    sizes: Vec<u64>,
    rank: u64,
}

impl<'de> serde::Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct ShapeVisitor;
        impl<'de> Visitor<'de> for ShapeVisitor {
            type Value = Shape;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of sizes")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shape, A::Error> {
                let mut shape = Shape { sizes: Vec::new(), rank: 0 };
                while let Some(size) = seq.next_element::<u64>()? {
                    shape.rank += 1;
                    if shape.rank <= MAX_RANK {
                        shape.sizes.push(size);
                    }
                }
                Ok(shape)
            }
        }
        d.deserialize_seq(ShapeVisitor)
    }
}
