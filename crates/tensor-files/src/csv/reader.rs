//! Text to numbers, chunk by chunk.

use super::cell::{Cell, read, trim};
use super::split::{Sink, Splitter};
use super::{CsvCounts, CsvLayout, DecimalMark, MissingCells};
use crate::error::{FileError, excerpt};

/// Streams the numbers of a text, row by row. Holds one cell at a time.
#[derive(Clone)]
pub struct CsvReader {
    splitter: Splitter,
    rows: Rows,
}

/// What the cells of the rows make.
#[derive(Clone)]
struct Rows {
    layout: CsvLayout,
    /// Whether the current row is the header.
    in_header: bool,
    header_cells: Option<u64>,
    /// Cells finished in the current row.
    row_cells: u64,
    /// Cells in each row.
    width: Option<u64>,
    finished: u64,
    counts: CsvCounts,
}

/// A row being read: where its numbers go.
struct Target<'a> {
    rows: &'a mut Rows,
    out: &'a mut Vec<f64>,
}

impl CsvReader {
    /// Begins where the layout says that the rows begin.
    pub fn new(layout: &CsvLayout) -> Self {
        let rows = Rows {
            layout: *layout,
            in_header: layout.header_row,
            header_cells: None,
            row_cells: 0,
            width: None,
            finished: 0,
            counts: CsvCounts::default(),
        };
        Self { splitter: Splitter::new(layout.delimiter, layout.comment, layout.first_line), rows }
    }

    /// Rows of numbers finished so far.
    pub fn rows(&self) -> u64 {
        self.rows.finished
    }

    /// Numbers in each row; 0 before the first row is finished.
    pub fn columns(&self) -> u64 {
        self.rows.width.unwrap_or(0).saturating_sub(u64::from(self.rows.layout.index_column))
    }

    /// What was left out or changed so far.
    pub fn counts(&self) -> CsvCounts {
        let (comment_lines, blank_lines) = (self.splitter.comments, self.splitter.blanks);
        CsvCounts { comment_lines, blank_lines, ..self.rows.counts }
    }

    /// Appends to `out` every number that ends within `text`, the next bytes of the text.
    pub fn push(&mut self, text: &[u8], out: &mut Vec<f64>) -> Result<(), FileError> {
        self.splitter.push(text, &mut Target { rows: &mut self.rows, out })
    }

    /// Ends the text: appends the last number if no line end followed it.
    pub fn finish(&mut self, out: &mut Vec<f64>) -> Result<(), FileError> {
        self.splitter.finish(&mut Target { rows: &mut self.rows, out })
    }
}

impl Sink for Target<'_> {
    fn cell(&mut self, line: u64, cell: &[u8]) -> Result<(), FileError> {
        let rows = &mut *self.rows;
        rows.row_cells += 1;
        let is_index = rows.layout.index_column && rows.row_cells == 1;
        if !rows.in_header && !is_index {
            self.out.push(rows.number(line, cell)?);
        }
        Ok(())
    }

    fn row_end(&mut self, line: u64) -> Result<(), FileError> {
        let rows = &mut *self.rows;
        let found = std::mem::take(&mut rows.row_cells);
        if std::mem::take(&mut rows.in_header) {
            rows.header_cells = Some(found);
            return Ok(());
        }
        // R leaves the name of an index column out of the header.
        let is_short = rows.layout.index_column && rows.header_cells.is_some_and(|cells| cells + 1 == found);
        let named = if is_short { None } else { rows.header_cells };
        let expected = rows.width.or(named).unwrap_or(found);
        if found != expected {
            return Err(FileError::CsvRowLength { line, expected, found });
        }
        rows.width = Some(found);
        rows.finished += 1;
        Ok(())
    }
}

impl Rows {
    fn number(&mut self, line: u64, cell: &[u8]) -> Result<f64, FileError> {
        let column = self.row_cells;
        let text = || excerpt(trim(cell));
        let layout = &self.layout;
        Err(match read(cell, layout.decimal, layout.is_decimal_chosen) {
            Cell::Number { value, is_inexact, is_zeroed, is_grouped } => {
                self.counts.inexact += u64::from(is_inexact);
                self.counts.zeroed += u64::from(is_zeroed);
                self.counts.grouped += u64::from(is_grouped);
                return Ok(value);
            }
            Cell::Missing if layout.missing == MissingCells::Nan => {
                self.counts.missing += 1;
                return Ok(f64::NAN);
            }
            Cell::Missing if trim(cell).is_empty() => FileError::CsvEmptyCell { line, column },
            Cell::Missing => FileError::CsvMissing { line, column, text: text() },
            Cell::OutOfRange => FileError::CsvOutOfRange { line, column, text: text() },
            Cell::OtherMark if layout.decimal == DecimalMark::Point => {
                FileError::CsvDecimalComma { line, column, text: text() }
            }
            Cell::OtherMark => FileError::CsvDecimalPoint { line, column, text: text() },
            Cell::Ambiguous => FileError::CsvAmbiguousMark { line, column, text: text() },
            Cell::Grouped => FileError::CsvThousands { line, column, text: text() },
            Cell::Words => FileError::CsvNotANumber { line, column, text: text() },
        })
    }
}
