//! Numbers in text, one row a line: streamed, exactly, with bounded memory.
//!
//! `csv-core` splits the text into cells (quotes as in RFC 4180; lines end with LF, CRLF or CR; blank lines
//! are passed over). A cell is a number as Rust's `str::parse::<f64>` reads it, which is correctly rounded:
//! `1`, `-1.5e-3`, `.5`, `inf`, `nan`, in any letter case, with spaces and tabs around it. A finite number
//! beyond binary64 is refused rather than made an infinity.
//!
//! Nothing is guessed that could change a number. A decimal comma is read only when chosen. An empty cell is
//! refused unless it was chosen to mean NaN. A first row of words alone is a header; one that mixes words
//! and numbers is refused until it is said what it is. Words such as `NA` are not numbers.
//!
//! Left out: thousands separators, comments, UTF-16.

mod reader;
mod sniff;

pub use reader::CsvReader;
use reader::{Cell, cell_number, trim};

use crate::catalog::{Catalog, FileKind, TensorInfo};
use crate::dtype::Dtype;
use crate::error::FileError;
use crate::header::Machine;
use crate::limits::{CSV_SNIFF_BYTES, DEFAULT_SLICE_BYTES, HEADER_CHUNK_BYTES};

/// What stands between the integer and the fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecimalMark {
    /// `1.5`
    #[default]
    Point,
    /// `1,5`; a point then is not part of a number.
    Comma,
}

/// What an empty cell means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EmptyCells {
    /// A fault.
    #[default]
    Refuse,
    /// NaN.
    Nan,
}

/// What the reader chose; what is `None` is found in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CsvOptions {
    /// The byte between cells: `,` `;` tab or space when found, any ASCII byte when chosen.
    pub delimiter: Option<u8>,
    /// The decimal mark.
    pub decimal: DecimalMark,
    /// What an empty cell means.
    pub empty_cells: EmptyCells,
    /// Whether the first row is a header.
    pub header_row: Option<bool>,
}

/// How a text is laid out, as found or chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvLayout {
    /// The byte between cells.
    pub delimiter: u8,
    /// The decimal mark.
    pub decimal: DecimalMark,
    /// What an empty cell means.
    pub empty_cells: EmptyCells,
    /// Whether the first row is a header.
    pub header_row: bool,
    /// Where the text begins: after the byte order mark, if there is one.
    pub start: u64,
}

impl CsvLayout {
    /// Finds the layout from the beginning of a text. `whole` says that `head` is all of it.
    pub fn sniff(head: &[u8], whole: bool, options: CsvOptions) -> Result<Self, FileError> {
        sniff::layout(head, whole, options)
    }
}

/// Reads a whole text once: finds its layout, checks every cell, counts rows and columns.
pub(crate) struct CsvHeader {
    file_bytes: u64,
    position: u64,
    options: CsvOptions,
    head: Vec<u8>,
    body: Option<(CsvLayout, CsvReader)>,
    values: Vec<f64>,
}

impl CsvHeader {
    pub(crate) fn new(file_bytes: u64, options: CsvOptions) -> Self {
        Self { file_bytes, position: 0, options, head: Vec::new(), body: None, values: Vec::new() }
    }
}

impl Machine for CsvHeader {
    fn need(&self) -> Option<(u64, u64)> {
        let chunk = if self.body.is_some() { DEFAULT_SLICE_BYTES } else { HEADER_CHUNK_BYTES };
        (self.position < self.file_bytes).then_some((self.position, chunk))
    }

    fn feed(&mut self, offset: u64, chunk: &[u8]) -> Result<(), FileError> {
        self.position = offset + chunk.len() as u64;
        if let Some((_, reader)) = &mut self.body {
            self.values.clear();
            return reader.push(chunk, &mut self.values);
        }
        // The layout is found from a head of fixed length, so that it cannot depend on how the file was cut.
        let wanted = CSV_SNIFF_BYTES.min(self.file_bytes) as usize;
        let (more, rest) = chunk.split_at(chunk.len().min(wanted - self.head.len()));
        self.head.extend_from_slice(more);
        if self.head.len() < wanted {
            return Ok(());
        }
        let layout = CsvLayout::sniff(&self.head, wanted as u64 == self.file_bytes, self.options)?;
        let mut reader = CsvReader::new(&layout);
        let head = std::mem::take(&mut self.head);
        reader.push(head.get(layout.start as usize..).unwrap_or(&[]), &mut self.values)?;
        self.values.clear();
        reader.push(rest, &mut self.values)?;
        self.body = Some((layout, reader));
        Ok(())
    }

    fn finish(mut self) -> Result<Catalog, FileError> {
        let Some((layout, mut reader)) = self.body.take() else {
            return Err(FileError::CsvNoNumbers {});
        };
        reader.finish(&mut self.values)?;
        if reader.rows() == 0 {
            return Err(FileError::CsvNoNumbers {});
        }
        let shape = vec![reader.rows(), reader.columns()];
        let mut tensor = TensorInfo::new(String::new(), Dtype::F64, shape, 0)?;
        // The bytes are text, so their number has nothing to do with the number of elements.
        (tensor.byte_offset, tensor.byte_len) = (layout.start, self.file_bytes - layout.start);
        Ok(Catalog {
            kind: FileKind::Csv,
            tensors: vec![tensor],
            metadata: Vec::new(),
            metadata_dropped: 0,
            file_bytes: self.file_bytes,
            trailing_bytes: 0,
            csv: Some(layout),
        })
    }
}
