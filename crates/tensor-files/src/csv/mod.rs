//! Numbers in text, one row a line: streamed, exactly, with bounded memory.
//!
//! `split` makes cells of text, `cell` reads one, `dialect` finds how the text is laid out, `reader` makes rows of numbers.
//!
//! Nothing is guessed that could change a number. What is found is told ([`CsvLayout`]), what is left out or changed is counted
//! ([`CsvCounts`]), and what cannot be told is a fault that names the cell and that a choice in [`CsvOptions`] answers.
//! A missing value is refused unless it was chosen to mean NaN. A first row of words alone is a header; one that mixes words
//! and numbers is refused until it is said what it is. Thousands are parted only where the decimal mark was chosen.
//!
//! Left out: UTF-16, comments behind numbers, fixed-width columns without blanks between.

mod cell;
mod dialect;
mod reader;
mod split;

pub use reader::CsvReader;

use crate::catalog::{Catalog, FileKind, TensorInfo};
use crate::dtype::Dtype;
use crate::error::FileError;
use crate::header::Machine;
use crate::limits::{CSV_SNIFF_BYTES, DEFAULT_SLICE_BYTES, HEADER_CHUNK_BYTES};

/// What stands between the integer and the fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalMark {
    /// `1.5`
    Point,
    /// `1,5`
    Comma,
}

impl DecimalMark {
    const fn sign(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Point => Self::Comma,
            Self::Comma => Self::Point,
        }
    }
}

/// What a missing value means: an empty cell, or a word such as `NA`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingCells {
    /// A fault.
    #[default]
    Refuse,
    /// NaN.
    Nan,
}

/// What begins a line that is no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CommentSign {
    /// `#` or `%`, if a line begins with it.
    #[default]
    Find,
    /// Nothing does.
    None,
    /// This byte.
    Is(u8),
}

/// What the reader chose; what is not chosen is found in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CsvOptions {
    /// The byte between cells: any ASCII byte; a space stands for any run of spaces and tabs.
    pub delimiter: Option<u8>,
    /// The decimal mark. Once chosen, the other mark may part thousands.
    pub decimal: Option<DecimalMark>,
    /// What a missing value means.
    pub missing: MissingCells,
    /// Whether the first row is a header.
    pub header_row: Option<bool>,
    /// Whether the first column numbers or names the rows, and is left out.
    pub index_column: Option<bool>,
    /// What begins a comment.
    pub comment: CommentSign,
}

/// How a text is laid out, as found or chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, and all combinations occur")]
pub struct CsvLayout {
    /// The byte between cells; a space stands for any run of spaces and tabs.
    pub delimiter: u8,
    /// The decimal mark.
    pub decimal: DecimalMark,
    /// The mark was chosen, so the other may part thousands.
    pub is_decimal_chosen: bool,
    /// What a missing value means.
    pub missing: MissingCells,
    /// Whether the first row is a header.
    pub header_row: bool,
    /// Whether the first column is left out.
    pub index_column: bool,
    /// What begins a comment, if anything does.
    pub comment: Option<u8>,
    /// The first line was `sep=` and the delimiter.
    pub has_separator_line: bool,
    /// Where the rows begin: after the byte order mark and the separator line.
    pub start: u64,
    /// The number of the line that begins there.
    pub first_line: u64,
}

impl CsvLayout {
    /// Finds the layout from the beginning of a text. `whole` says that `head` is all of it.
    pub fn find(head: &[u8], whole: bool, options: CsvOptions) -> Result<Self, FileError> {
        dialect::find(head, whole, options)
    }
}

/// What reading a text left out or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CsvCounts {
    /// Lines left out as comments.
    pub comment_lines: u64,
    /// Blank lines between rows.
    pub blank_lines: u64,
    /// Missing values read as NaN.
    pub missing: u64,
    /// Numbers whose thousands are parted.
    pub grouped: u64,
    /// Integers that binary64 does not have, rounded.
    pub inexact: u64,
    /// Numbers so small that they became zero.
    pub zeroed: u64,
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
        let layout = CsvLayout::find(&self.head, wanted as u64 == self.file_bytes, self.options)?;
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
        if reader.rows() == 0 || reader.columns() == 0 {
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
            csv_counts: reader.counts(),
        })
    }
}
