//! Text to cells, in chunks of any size. One cell is held at a time.
//!
//! Cells are split by one byte, or by runs of spaces and tabs (delimiter space), as columns aligned by hand are. Quotes are
//! those of RFC 4180: a cell that begins with `"` runs to the next single `"`, over delimiters and line ends; `""` is a quote.
//! Lines end with LF, CRLF or CR and count from 1. Blank lines make no row. A line whose first character is the comment sign is left out
//! whole, unless its first cell is one of the words by which spreadsheets mark a fault, such as `#N/A`.
//!
//! Left out: comments that begin within a line, for a sign after a number may as well belong to it (`5%`).

use super::cell::{is_fault_word, trim};
use crate::error::FileError;
use crate::limits::CSV_MAX_CELL_BYTES;

/// Takes what a text is made of, in order.
pub(super) trait Sink {
    /// One cell, which began in line `line`, without its quotes.
    fn cell(&mut self, line: u64, cell: &[u8]) -> Result<(), FileError>;
    /// The end of a row of at least one cell, which began in line `line`.
    fn row_end(&mut self, line: u64) -> Result<(), FileError>;
}

/// What is between two bytes of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a cell's first byte that counts.
    CellStart,
    Plain,
    Quoted,
    /// Behind a quote within quotes: the end, or the first of two.
    QuoteSeen,
    Comment,
}

#[derive(Debug, Clone)]
pub(super) struct Splitter {
    delimiter: u8,
    comment: Option<u8>,
    state: State,
    cell: Vec<u8>,
    /// The row's first cell begins with the comment sign.
    is_suspect: bool,
    /// The last byte was CR: an LF then belongs to it.
    after_cr: bool,
    line: u64,
    cell_line: u64,
    row_line: u64,
    row_cells: u64,
    rows_seen: bool,
    /// Blank lines since the last row.
    blank: u64,
    /// Lines left out as comments.
    pub(super) comments: u64,
    /// Blank lines between rows.
    pub(super) blanks: u64,
}

impl Splitter {
    pub(super) fn new(delimiter: u8, comment: Option<u8>, first_line: u64) -> Self {
        Self {
            delimiter,
            comment,
            state: State::CellStart,
            cell: Vec::new(),
            is_suspect: false,
            after_cr: false,
            line: first_line,
            cell_line: first_line,
            row_line: first_line,
            row_cells: 0,
            rows_seen: false,
            blank: 0,
            comments: 0,
            blanks: 0,
        }
    }

    /// Columns are parted by blanks, as many as there are.
    fn by_blanks(&self) -> bool {
        self.delimiter == b' '
    }

    pub(super) fn push(&mut self, text: &[u8], sink: &mut impl Sink) -> Result<(), FileError> {
        let mut rest = text;
        while let Some((byte, after)) = rest.split_first() {
            self.byte(*byte, sink)?;
            rest = after;
            if self.state == State::Plain && !self.after_cr {
                // Most bytes are within a cell, and nothing but a delimiter or a line end changes that.
                let is_end = |b: &u8| {
                    *b == self.delimiter
                        || matches!(b, b'\n' | b'\r')
                        || (matches!(b, b' ' | b'\t') && self.by_blanks())
                };
                let room = rest.get(..CSV_MAX_CELL_BYTES - self.cell.len()).unwrap_or(rest);
                let (plain, after) = rest.split_at(room.iter().position(is_end).unwrap_or(room.len()));
                self.cell.extend_from_slice(plain);
                rest = after;
            }
        }
        Ok(())
    }

    /// Ends the text, and with it its last line.
    pub(super) fn finish(&mut self, sink: &mut impl Sink) -> Result<(), FileError> {
        self.line_end(sink)
    }

    fn byte(&mut self, byte: u8, sink: &mut impl Sink) -> Result<(), FileError> {
        let follows_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
        let is_line_end = matches!(byte, b'\n' | b'\r');
        if byte == b'\n' && follows_cr {
            // Counted with its CR; within quotes it is text as well.
            return if self.state == State::Quoted { self.keep(byte) } else { Ok(()) };
        }
        match self.state {
            State::Quoted => {
                self.line += u64::from(is_line_end);
                if byte == b'"' {
                    self.state = State::QuoteSeen;
                    return Ok(());
                }
                return self.keep(byte);
            }
            State::QuoteSeen if byte == b'"' => {
                self.state = State::Quoted;
                return self.keep(byte);
            }
            State::Comment if !is_line_end => return Ok(()),
            _ => {}
        }
        if is_line_end {
            let result = self.line_end(sink);
            self.line += 1;
            return result;
        }
        let is_blank = matches!(byte, b' ' | b'\t');
        if byte == self.delimiter || (is_blank && self.by_blanks()) {
            return self.delimiter(sink);
        }
        if self.state == State::CellStart {
            if is_blank {
                return Ok(());
            }
            self.begin_cell(byte);
            if self.state == State::Quoted {
                return Ok(());
            }
        } else if self.state == State::QuoteSeen {
            self.state = State::Plain;
        }
        self.keep(byte)
    }

    fn begin_cell(&mut self, byte: u8) {
        self.cell_line = self.line;
        if self.row_cells == 0 {
            self.row_line = self.line;
            self.is_suspect = self.comment == Some(byte);
        }
        self.state = if byte == b'"' && !self.is_suspect { State::Quoted } else { State::Plain };
    }

    fn keep(&mut self, byte: u8) -> Result<(), FileError> {
        if self.cell.len() >= CSV_MAX_CELL_BYTES {
            if self.is_suspect {
                self.begin_comment();
                return Ok(());
            }
            let limit = CSV_MAX_CELL_BYTES as u64;
            return Err(FileError::CsvCellTooLong {
                line: self.cell_line,
                column: self.row_cells + 1,
                limit,
            });
        }
        self.cell.push(byte);
        Ok(())
    }

    fn delimiter(&mut self, sink: &mut impl Sink) -> Result<(), FileError> {
        if self.state == State::CellStart {
            if self.by_blanks() {
                return Ok(());
            }
            self.begin_cell(self.delimiter);
            self.is_suspect = false;
        }
        self.end_cell(sink)
    }

    fn begin_comment(&mut self) {
        (self.state, self.is_suspect) = (State::Comment, false);
        self.cell.clear();
        self.comments += 1;
    }

    /// Hands the cell over, unless it shows that the line is a comment.
    fn end_cell(&mut self, sink: &mut impl Sink) -> Result<(), FileError> {
        if std::mem::take(&mut self.is_suspect) && !is_fault_word(trim(&self.cell)) {
            self.begin_comment();
            return Ok(());
        }
        if self.row_cells == 0 {
            self.blanks += std::mem::take(&mut self.blank);
        }
        self.row_cells += 1;
        self.state = State::CellStart;
        let result = sink.cell(self.cell_line, &self.cell);
        self.cell.clear();
        result
    }

    fn line_end(&mut self, sink: &mut impl Sink) -> Result<(), FileError> {
        match self.state {
            State::Comment => {
                self.state = State::CellStart;
                return Ok(());
            }
            State::CellStart if self.row_cells == 0 => {
                // Before the first row, and after the last, blank lines mean nothing.
                self.blank += u64::from(self.rows_seen);
                return Ok(());
            }
            // A delimiter was the last thing in the line: behind it is an empty cell.
            State::CellStart if !self.by_blanks() => {
                self.cell_line = self.line;
                self.end_cell(sink)?;
            }
            State::CellStart => {}
            _ => self.end_cell(sink)?,
        }
        if std::mem::replace(&mut self.state, State::CellStart) == State::Comment {
            return Ok(());
        }
        self.row_cells = 0;
        self.rows_seen = true;
        sink.row_end(self.row_line)
    }
}
