//! The `.npy` header: a magic string, a version, a length and a Python dictionary of three keys.
//!
//! Source: NumPy's `numpy.lib.format` document (NEP 1), versions 1.0, 2.0 and 3.0. Object arrays hold pickles
//! and structured types hold records: both are refused. The well-kept crate for the format, `npyz`, parses
//! the general Python literal with a grammar compiler and big integers and reads through `std::io`;
//! three keys do not need the one, and a browser cannot give the other.
//!
//! Bytes after the array are allowed, as NumPy allows them (arrays can be appended to one file); the
//! catalogue says how many there are.

use crate::catalog::{Catalog, FileKind, TensorInfo};
use crate::csv::CsvCounts;
use crate::dtype::{ByteOrder, Dtype};
use crate::error::FileError;
use crate::header::Machine;
use crate::intake::{Intake, le};
use crate::limits::{HEADER_CHUNK_BYTES, NPY_MAX_HEADER_BYTES};
use crate::npy_dict;

pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";

/// Magic, two bytes of version and the shortest length field.
const PREFIX_BYTES: u64 = 10;

enum Stage {
    Prefix,
    /// The upper half of a 32-bit header length, whose lower half is at hand.
    LengthTail {
        low: u64,
        version: u8,
    },
    Dictionary {
        version: u8,
    },
    Done(TensorInfo),
}

pub(crate) struct NpyHeader {
    intake: Intake,
    stage: Stage,
}

impl NpyHeader {
    pub(crate) fn new(file_bytes: u64) -> Result<Self, FileError> {
        let mut intake = Intake::new(file_bytes, PREFIX_BYTES + 2 + NPY_MAX_HEADER_BYTES);
        intake.expect(PREFIX_BYTES)?;
        Ok(Self { intake, stage: Stage::Prefix })
    }

    fn step(&mut self, item: &[u8]) -> Result<Stage, FileError> {
        match &self.stage {
            Stage::Prefix => {
                if !item.starts_with(MAGIC) {
                    return Err(FileError::BadMagic { kind: FileKind::Npy.name() });
                }
                let (major, minor) = (le(item, 6, 1), le(item, 7, 1));
                match (major, minor) {
                    (1, 0) => self.dictionary(le(item, 8, 2), 1),
                    (2 | 3, 0) => {
                        self.intake.expect(2)?;
                        Ok(Stage::LengthTail { low: le(item, 8, 2), version: major as u8 })
                    }
                    _ => Err(FileError::UnsupportedVersion { kind: FileKind::Npy.name(), version: major }),
                }
            }
            Stage::LengthTail { low, version } => self.dictionary(low | le(item, 0, 2) << 16, *version),
            Stage::Dictionary { version } => {
                let header_end = self.intake.position();
                let text = dictionary_text(item, *version, header_end - item.len() as u64)?;
                tensor(text, header_end - item.len() as u64, header_end, self.intake.file_bytes())
                    .map(Stage::Done)
            }
            // Done machines are not fed.
            Stage::Done(_) => Err(FileError::WrongOffset { expected: 0, found: self.intake.position() }),
        }
    }

    fn dictionary(&mut self, length: u64, version: u8) -> Result<Stage, FileError> {
        if length > NPY_MAX_HEADER_BYTES {
            return Err(FileError::HeaderTooLong { found: length, limit: NPY_MAX_HEADER_BYTES });
        }
        if length > self.intake.remaining() {
            let header_end = self.intake.position() + length;
            return Err(FileError::HeaderBeyondFile { header_end, file_bytes: self.intake.file_bytes() });
        }
        self.intake.expect(length)?;
        Ok(Stage::Dictionary { version })
    }
}

/// The dictionary as text. Versions 1 and 2 are Latin-1, but all that may occur is ASCII either way.
fn dictionary_text(item: &[u8], version: u8, offset: u64) -> Result<&str, FileError> {
    std::str::from_utf8(item).map_err(|e| {
        let offset = offset + e.valid_up_to() as u64;
        if version == 3 {
            FileError::NotUtf8 { offset }
        } else {
            FileError::HeaderSyntax { offset, expected: "ASCII".to_owned() }
        }
    })
}

/// The one tensor of the file, whose dictionary begins at `offset`.
fn tensor(text: &str, offset: u64, header_end: u64, file_bytes: u64) -> Result<TensorInfo, FileError> {
    let dict = npy_dict::parse(text, offset)?;
    let (dtype, byte_order) = dtype(&dict.descr)?;
    let mut tensor = TensorInfo::new(String::new(), dtype, dict.shape, header_end)?;
    tensor.byte_order = byte_order;
    tensor.fortran_order = dict.fortran_order;
    if tensor.byte_end() > file_bytes {
        let found = file_bytes - header_end;
        return Err(FileError::Truncated { offset: header_end, expected: tensor.byte_len, found });
    }
    Ok(tensor)
}

/// Type and byte order of a `descr` such as `<f4`. Other programs than NumPy write its names of types instead, `float32` or `d`:
/// NumPy takes them, in the byte order of the machine, which here means little-endian.
fn dtype(descr: &str) -> Result<(Dtype, ByteOrder), FileError> {
    let (order, rest) = match descr.split_at_checked(1) {
        Some(("<" | "|" | "=", rest)) => (ByteOrder::Little, rest),
        Some((">", rest)) => (ByteOrder::Big, rest),
        _ => (ByteOrder::Little, descr),
    };
    if rest.starts_with('O') || rest == "object" {
        return Err(FileError::UnsupportedKind { what: "npy (with Python objects)" });
    }
    // Words have no byte order of their own; letters may.
    let named =
        if rest.len() == descr.len() || rest.len() == 1 { Dtype::from_numpy_name(rest) } else { None };
    let sized = || {
        let (kind, digits) = rest.as_bytes().split_first()?;
        let plain = !digits.is_empty() && digits.len() <= 3 && digits.iter().all(u8::is_ascii_digit);
        let item_bytes = || digits.iter().fold(0, |n, d| n * 10 + u64::from(d - b'0'));
        plain.then(|| Dtype::from_npy(*kind, item_bytes(), descr))
    };
    match named.or_else(sized) {
        Some(dtype) => Ok((dtype, order)),
        None => Ok((Dtype::Unknown(descr.to_owned()), ByteOrder::Little)),
    }
}

impl Machine for NpyHeader {
    fn need(&self) -> Option<(u64, u64)> {
        match self.stage {
            Stage::Done(_) => None,
            _ => Some((self.intake.position(), HEADER_CHUNK_BYTES.max(self.intake.missing()))),
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
        let Stage::Done(tensor) = self.stage else {
            return Err(FileError::Unfinished { offset: self.intake.position() });
        };
        let file_bytes = self.intake.file_bytes();
        Ok(Catalog {
            kind: FileKind::Npy,
            // An unknown type has an unknown length, so nothing can be said of what follows it.
            trailing_bytes: if tensor.byte_len == 0 && tensor.elements > 0 {
                0
            } else {
                file_bytes - tensor.byte_end()
            },
            tensors: vec![tensor],
            metadata: Vec::new(),
            metadata_dropped: 0,
            file_bytes,
            csv: None,
            csv_counts: CsvCounts::default(),
        })
    }
}
