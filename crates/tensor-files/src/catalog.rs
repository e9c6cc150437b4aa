//! What a file holds: its kind, its tensors and where their bytes lie.

use crate::csv::{CsvCounts, CsvLayout};
use crate::dtype::{ByteOrder, Dtype, Reading};
use crate::error::{FileError, excerpt};
use crate::limits::{
    MAX_METADATA_BYTES, MAX_METADATA_ENTRIES, MAX_METADATA_VALUE_BYTES, MAX_NAME_BYTES,
    SAFETENSORS_MAX_HEADER_BYTES,
};
use crate::safetensors::METADATA_KEY;

/// The kinds of file that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// NumPy's `.npy`, versions 1.0 to 3.0: one array.
    Npy,
    /// `.safetensors`: named tensors after one JSON header.
    Safetensors,
    /// Text with one row a line: one table of numbers.
    Csv,
    /// GGUF versions 2 and 3: named tensors, many in block formats.
    Gguf,
}

impl FileKind {
    /// The kind's usual name, also the extension of its files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Npy => "npy",
            Self::Safetensors => "safetensors",
            Self::Csv => "csv",
            Self::Gguf => "gguf",
        }
    }
}

/// First bytes of kinds that people may well drop here and that are not read.
const UNSUPPORTED: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "zip (npz, PyTorch)"),
    (b"\x80\x02", "pickle"),
    (b"\x80\x03", "pickle"),
    (b"\x80\x04", "pickle"),
    (b"\x80\x05", "pickle"),
    (b"\x89HDF\r\n", "HDF5"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"lmgg", "older GGML"),
    (b"tjgg", "older GGML"),
    (b"fmgg", "older GGML"),
];

/// How a Git LFS pointer begins.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/";
/// How web pages begin, in any letter case, after blanks.
const WEB_PAGES: &[&[u8]] = &[b"<!doctype html", b"<html", b"<head", b"<body", b"<?xml"];

/// Tells what a file is: by its first bytes (64 are enough), then by its name's extension.
///
/// A file with a known extension and other first bytes is reported by its extension, so that reading
/// its header says what is wrong with it. What downloads often leave in a file's place is told by name: a Git LFS
/// pointer, a web page, a line of text.
pub fn detect(name: &str, first_bytes: &[u8]) -> Result<FileKind, FileError> {
    if first_bytes.starts_with(crate::npy::MAGIC) {
        return Ok(FileKind::Npy);
    }
    if first_bytes.starts_with(crate::gguf::MAGIC) {
        return Ok(FileKind::Gguf);
    }
    if let Some((length, b"{")) = first_bytes.get(..9).and_then(|b| b.split_first_chunk::<8>())
        && (2..=SAFETENSORS_MAX_HEADER_BYTES).contains(&u64::from_le_bytes(*length))
    {
        return Ok(FileKind::Safetensors);
    }
    if let Some((_, what)) = UNSUPPORTED.iter().find(|(magic, _)| first_bytes.starts_with(magic)) {
        return Err(FileError::UnsupportedKind { what });
    }
    if first_bytes.starts_with(LFS_POINTER) {
        return Err(FileError::LfsPointer {});
    }
    let text = first_bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first_bytes).trim_ascii_start();
    if WEB_PAGES.iter().any(|page| text.get(..page.len()).is_some_and(|t| t.eq_ignore_ascii_case(page))) {
        return Err(FileError::WebPage {});
    }
    let extension = name.rsplit_once('.').map_or("", |(_, e)| e);
    let known = [
        ("npy", FileKind::Npy),
        ("safetensors", FileKind::Safetensors),
        ("gguf", FileKind::Gguf),
        ("csv", FileKind::Csv),
        ("tsv", FileKind::Csv),
        ("txt", FileKind::Csv),
        ("dat", FileKind::Csv),
    ];
    let kind = known.iter().find(|(e, _)| e.eq_ignore_ascii_case(extension));
    let kind = kind.map(|(_, k)| *k).ok_or(FileError::UnknownKind {})?;
    // A binary header holds a byte below the printable ones: a length, a version, a magic number.
    let printable = |b: &u8| *b >= b' ' || b.is_ascii_whitespace();
    if kind != FileKind::Csv && !first_bytes.is_empty() && first_bytes.iter().all(printable) {
        let text = excerpt(first_bytes.trim_ascii());
        return Err(FileError::TextInstead { kind: kind.name(), text });
    }
    Ok(kind)
}

/// What a file holds, once its header has been read and found sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalog {
    /// The file's kind.
    pub kind: FileKind,
    /// Its tensors, in the order of their data (GGUF: in the order of the header).
    pub tensors: Vec<TensorInfo>,
    /// Its metadata as text, in the file's order, within the limits.
    pub metadata: Vec<(String, String)>,
    /// How many metadata entries were there and are not in `metadata`.
    pub metadata_dropped: u64,
    /// The file's length.
    pub file_bytes: u64,
    /// Bytes after the last tensor, where the format allows them (`.npy`, GGUF): never read.
    pub trailing_bytes: u64,
    /// How a CSV file's text is laid out; `None` for the other kinds.
    pub csv: Option<CsvLayout>,
    /// What reading a CSV file leaves out or changes; all zero for the other kinds.
    pub csv_counts: CsvCounts,
}

impl Catalog {
    /// Names the tensor of a kind that has no names after its file, without the extension; `data` where that makes no name.
    pub fn name_after(&mut self, file_name: &str) {
        if !matches!(self.kind, FileKind::Npy | FileKind::Csv) {
            return;
        }
        let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
        let usable = !stem.is_empty() && stem != METADATA_KEY && stem.len() as u64 <= MAX_NAME_BYTES;
        for tensor in self.tensors.iter_mut().filter(|tensor| tensor.name.is_empty()) {
            tensor.name = if usable { stem.to_owned() } else { "data".to_owned() };
        }
    }
}

/// One tensor of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorInfo {
    /// Its name; empty where the format has none (`.npy`, CSV).
    pub name: String,
    /// Type of its elements.
    pub dtype: Dtype,
    /// Byte order of its elements.
    pub byte_order: ByteOrder,
    /// Its shape, the outermost dimension first, for every kind of file (GGUF stores the reverse).
    pub shape: Vec<u64>,
    /// Number of elements.
    pub elements: u64,
    /// Where its bytes begin in the file.
    pub byte_offset: u64,
    /// How many bytes it takes; 0 if neither the type's size is known nor the header states it.
    pub byte_len: u64,
    /// Whether elements lie with the first dimension running fastest. Slices come in logical order all the same.
    pub fortran_order: bool,
    /// Whether it can be read: a tensor of another type is listed with the reason.
    pub readable: Result<(), FileError>,
}

impl TensorInfo {
    /// A tensor by its name, type and shape. Checks the size in bytes; the caller checks the place.
    pub(crate) fn new(
        name: String,
        dtype: Dtype,
        shape: Vec<u64>,
        byte_offset: u64,
    ) -> Result<Self, FileError> {
        let overflow = || FileError::ShapeOverflow { tensor: name.clone() };
        let elements = shape.iter().try_fold(1u64, |n, d| n.checked_mul(*d)).ok_or_else(overflow)?;
        let byte_len = match dtype.block() {
            None => 0,
            Some(block) => {
                let per_block = u64::from(block.elements);
                if elements % per_block != 0 {
                    return Err(FileError::PartialBlock { tensor: name, elements, block: per_block });
                }
                (elements / per_block).checked_mul(u64::from(block.bytes)).ok_or_else(overflow)?
            }
        };
        byte_offset.checked_add(byte_len).ok_or_else(overflow)?;
        let readable = match (dtype.reading(), &dtype) {
            (Reading::Native | Reading::Decoder, _) => Ok(()),
            (Reading::None, Dtype::Unknown(name_of_type)) => {
                Err(FileError::UnknownDtype { tensor: name.clone(), dtype: name_of_type.clone() })
            }
            (Reading::None, known) => {
                Err(FileError::UnreadableDtype { tensor: name.clone(), dtype: known.to_string() })
            }
        };
        let byte_order = ByteOrder::Little;
        Ok(Self {
            name,
            dtype,
            byte_order,
            shape,
            elements,
            byte_offset,
            byte_len,
            fortran_order: false,
            readable,
        })
    }

    /// Where its bytes end. The sum was checked when the tensor was made.
    pub fn byte_end(&self) -> u64 {
        self.byte_offset.saturating_add(self.byte_len)
    }
}

/// Metadata under its limits: what does not fit is counted.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    pub(crate) entries: Vec<(String, String)>,
    pub(crate) dropped: u64,
    bytes: usize,
}

impl Metadata {
    pub(crate) fn push(&mut self, key: &str, value: &str) {
        let bytes = self.bytes.saturating_add(key.len()).saturating_add(value.len());
        let fits = self.entries.len() < MAX_METADATA_ENTRIES
            && bytes <= MAX_METADATA_BYTES
            && value.len() as u64 <= MAX_METADATA_VALUE_BYTES;
        if fits {
            self.bytes = bytes;
            self.entries.push((key.to_owned(), value.to_owned()));
        } else {
            self.drop_one();
        }
    }

    pub(crate) fn drop_one(&mut self) {
        self.dropped = self.dropped.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_win_over_the_name() {
        assert_eq!(detect("weights.csv", b"\x93NUMPY\x01\x00"), Ok(FileKind::Npy));
        assert_eq!(detect("x", b"GGUF\x03\0\0\0"), Ok(FileKind::Gguf));
        assert_eq!(detect("x.bin", b"\x40\0\0\0\0\0\0\0{\"a"), Ok(FileKind::Safetensors));
    }

    #[test]
    fn then_the_extension() {
        assert_eq!(detect("A.CSV", b"1,2"), Ok(FileKind::Csv));
        assert_eq!(detect("a.b.tsv", b""), Ok(FileKind::Csv));
        assert_eq!(detect("a.npy", b"oo\x01ps"), Ok(FileKind::Npy));
        let text = FileError::TextInstead { kind: "npy", text: "Entry not found".into() };
        assert_eq!(detect("a.npy", b"Entry not found\n"), Err(text));
        assert_eq!(detect("npy", b"1"), Err(FileError::UnknownKind {}));
        // A length beyond the limit is not a safetensors header.
        assert_eq!(detect("a", b"\xff\xff\xff\xff\xff\xff\xff\xff{"), Err(FileError::UnknownKind {}));
    }

    #[test]
    fn recognised_strangers_are_named() {
        for (bytes, part) in
            [(&b"PK\x03\x04"[..], "zip"), (b"\x80\x04\x95", "pickle"), (b"\x1f\x8b\x08", "gzip")]
        {
            let Err(FileError::UnsupportedKind { what }) = detect("model.csv", bytes) else {
                panic!("{part}")
            };
            assert!(what.contains(part));
        }
    }

    #[test]
    fn names_come_from_the_file() {
        let named = |file: &str| {
            let tensor = TensorInfo::new(String::new(), Dtype::F32, vec![1], 0).unwrap();
            let (tensors, metadata) = (vec![tensor], Vec::new());
            let kind = FileKind::Npy;
            let mut catalog = Catalog {
                kind,
                tensors,
                metadata,
                metadata_dropped: 0,
                file_bytes: 4,
                trailing_bytes: 0,
                csv: None,
                csv_counts: CsvCounts::default(),
            };
            catalog.name_after(file);
            catalog.tensors.remove(0).name
        };
        assert_eq!(named("weights.npy"), "weights");
        assert_eq!(named("layer.0.npy"), "layer.0");
        assert_eq!(named("noext"), "noext");
        for odd in ["", ".npy", "__metadata__.npy"] {
            assert_eq!(named(odd), "data", "{odd}");
        }
    }

    #[test]
    fn sizes_are_checked() {
        let new = |dtype, shape: &[u64]| TensorInfo::new("t".into(), dtype, shape.to_vec(), 0);
        let overflow = FileError::ShapeOverflow { tensor: "t".into() };
        assert_eq!(new(Dtype::F32, &[1 << 32, 1 << 32]).unwrap_err(), overflow);
        assert_eq!(new(Dtype::F64, &[1 << 61]).unwrap_err(), overflow);
        assert_eq!(new(Dtype::F32, &[]).unwrap().byte_len, 4);
        assert_eq!(new(Dtype::F32, &[3, 0]).unwrap().byte_len, 0);
        assert_eq!(new(Dtype::Q4K, &[2, 256]).unwrap().byte_len, 288);
        assert_eq!(
            new(Dtype::Q8_0, &[33]).unwrap_err(),
            FileError::PartialBlock { tensor: "t".into(), elements: 33, block: 32 }
        );
        assert_eq!(
            new(Dtype::Unknown("?".into()), &[5]).unwrap().readable.unwrap_err().code(),
            "unknown-dtype"
        );
    }

    #[test]
    fn metadata_is_limited() {
        let mut m = Metadata::default();
        m.push("k", &"v".repeat(5000));
        for i in 0..2000 {
            m.push(&i.to_string(), "v");
        }
        assert_eq!((m.entries.len(), m.dropped), (1024, 1 + 2000 - 1024));
    }
}
