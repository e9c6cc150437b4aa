//! Text to numbers, chunk by chunk.

use csv_core::{ReadFieldResult, ReaderBuilder};

use super::{CsvLayout, DecimalMark, EmptyCells};
use crate::error::{FileError, excerpt};
use crate::limits::CSV_MAX_CELL_BYTES;

/// Streams the numbers of a text, row by row. Holds one cell at a time.
#[derive(Clone)]
pub struct CsvReader {
    csv: csv_core::Reader,
    decimal: DecimalMark,
    empty_cells: EmptyCells,
    /// Whether the current row is the header.
    in_header: bool,
    /// Whether any byte was pushed yet.
    begun: bool,
    cell: Box<[u8]>,
    cell_len: usize,
    /// Cells finished in the current row.
    row_cells: u64,
    columns: Option<u64>,
    rows: u64,
}

impl CsvReader {
    /// Begins at the first byte of the text, after the byte order mark.
    pub fn new(layout: &CsvLayout) -> Self {
        Self {
            csv: ReaderBuilder::new().delimiter(layout.delimiter).build(),
            decimal: layout.decimal,
            empty_cells: layout.empty_cells,
            in_header: layout.header_row,
            begun: false,
            cell: vec![0; CSV_MAX_CELL_BYTES].into_boxed_slice(),
            cell_len: 0,
            row_cells: 0,
            columns: None,
            rows: 0,
        }
    }

    /// Rows of numbers finished so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Cells in each row; 0 before the first row is finished.
    pub fn columns(&self) -> u64 {
        self.columns.unwrap_or(0)
    }

    /// Appends to `out` every number that ends within `text`, the next bytes of the text.
    pub fn push(&mut self, text: &[u8], out: &mut Vec<f64>) -> Result<(), FileError> {
        let mut rest = text;
        if !self.begun && !rest.is_empty() {
            // csv-core drops a byte order mark from its first input, if that is long enough to hold one. The
            // layout has dealt with it, so the first input is one byte: a second mark is then always text.
            self.begun = true;
            let (first, after) = rest.split_at(1);
            self.drive(first, out)?;
            rest = after;
        }
        self.drive(rest, out)
    }

    fn drive(&mut self, text: &[u8], out: &mut Vec<f64>) -> Result<(), FileError> {
        let mut rest = text;
        // An empty input would mean the end to csv-core.
        while !rest.is_empty() {
            let free = self.cell.get_mut(self.cell_len..).unwrap_or_default();
            let (result, taken, copied) = self.csv.read_field(rest, free);
            self.cell_len += copied;
            let (used, after) = rest.split_at(taken.min(rest.len()));
            rest = after;
            match result {
                ReadFieldResult::InputEmpty | ReadFieldResult::End => return Ok(()),
                ReadFieldResult::OutputFull => return Err(self.too_long()),
                ReadFieldResult::Field { record_end } => {
                    self.cell_end(record_end, used.last() == Some(&b'\n'), out)?;
                }
            }
        }
        Ok(())
    }

    /// Ends the text: appends the last number if no line end followed it.
    pub fn finish(&mut self, out: &mut Vec<f64>) -> Result<(), FileError> {
        let free = self.cell.get_mut(self.cell_len..).unwrap_or_default();
        match self.csv.read_field(&[], free) {
            (ReadFieldResult::Field { record_end }, _, copied) => {
                self.cell_len += copied;
                self.cell_end(record_end, false, out)
            }
            (ReadFieldResult::OutputFull, ..) => Err(self.too_long()),
            (ReadFieldResult::InputEmpty | ReadFieldResult::End, ..) => Ok(()),
        }
    }

    fn cell_end(&mut self, row_end: bool, after_newline: bool, out: &mut Vec<f64>) -> Result<(), FileError> {
        // csv-core counts line feeds; the one that ended this row belongs to it.
        let line = self.csv.line() - u64::from(after_newline && row_end);
        let cell = self.cell.get(..self.cell_len).unwrap_or_default();
        let column = self.row_cells + 1;
        self.cell_len = 0;
        if row_end && column == 1 && self.columns != Some(1) && trim(cell).is_empty() {
            // A line of spaces is as blank as an empty one, unless a row is a single cell.
            return Ok(());
        }
        if !self.in_header {
            out.push(number(cell, self.decimal, self.empty_cells, line, column)?);
        }
        self.row_cells = column;
        if row_end {
            self.row_cells = 0;
            let expected = *self.columns.get_or_insert(column);
            if column != expected {
                return Err(FileError::CsvRowLength { line, expected, found: column });
            }
            self.rows += u64::from(!self.in_header);
            self.in_header = false;
        }
        Ok(())
    }

    fn too_long(&self) -> FileError {
        let (line, column) = (self.csv.line(), self.row_cells + 1);
        FileError::CsvCellTooLong { line, column, limit: CSV_MAX_CELL_BYTES as u64 }
    }
}

/// A cell without the spaces and tabs around it. A line end within quotes stays: no number has one.
pub(crate) fn trim(cell: &[u8]) -> &[u8] {
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    let start = cell.iter().position(|b| !blank(b)).unwrap_or(cell.len());
    let end = cell.iter().rposition(|b| !blank(b)).map_or(start, |last| last + 1);
    cell.get(start..end).unwrap_or_default()
}

/// A cell's number, or what is wrong with it.
pub(crate) enum Cell {
    Number(f64),
    Empty,
    OutOfRange,
    /// A number, if its comma were a decimal mark.
    DecimalComma,
    Words,
}

/// Reads one cell.
pub(crate) fn cell_number(cell: &[u8], decimal: DecimalMark) -> Cell {
    let cell = trim(cell);
    if cell.is_empty() {
        return Cell::Empty;
    }
    let Ok(text) = std::str::from_utf8(cell) else { return Cell::Words };
    let value = match decimal {
        DecimalMark::Point => text.parse::<f64>().ok(),
        DecimalMark::Comma => parse_comma(text),
    };
    match value {
        // Only the word makes an infinity: digits that do so were beyond the largest number.
        Some(v) if v.is_infinite() && cell.iter().any(u8::is_ascii_digit) => Cell::OutOfRange,
        Some(v) => Cell::Number(v),
        None if decimal == DecimalMark::Point && parse_comma(text).is_some() => Cell::DecimalComma,
        None => Cell::Words,
    }
}

/// A number whose decimal mark is a comma.
fn parse_comma(text: &str) -> Option<f64> {
    if text.len() > CSV_MAX_CELL_BYTES || text.contains('.') {
        return None;
    }
    text.replace(',', ".").parse().ok()
}

fn number(
    cell: &[u8],
    decimal: DecimalMark,
    empty_cells: EmptyCells,
    line: u64,
    column: u64,
) -> Result<f64, FileError> {
    let text = || excerpt(trim(cell));
    match cell_number(cell, decimal) {
        Cell::Number(v) => Ok(v),
        Cell::Empty if empty_cells == EmptyCells::Nan => Ok(f64::NAN),
        Cell::Empty => Err(FileError::CsvEmptyCell { line, column }),
        Cell::OutOfRange => Err(FileError::CsvOutOfRange { line, column, text: text() }),
        Cell::DecimalComma => Err(FileError::CsvDecimalComma { line, column, text: text() }),
        Cell::Words => Err(FileError::CsvNotANumber { line, column, text: text() }),
    }
}
