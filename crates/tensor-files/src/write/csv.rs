//! Writes CSV: the shortest text that reads back as the same number, rows ended by a line feed.

use std::io::Write as _;

use super::Tally;
use crate::error::FileError;

/// Writes a table of numbers, which may come in slices that end anywhere in a row.
#[derive(Debug, Clone)]
pub struct CsvWriter {
    columns: u64,
    column: u64,
    tally: Tally,
}

impl CsvWriter {
    /// Announces a table. At least one column.
    pub fn new(rows: u64, columns: u64) -> Result<Self, FileError> {
        let expected = rows.checked_mul(columns).filter(|_| columns > 0);
        let expected = expected.ok_or(FileError::ShapeOverflow { tensor: String::new() })?;
        Ok(Self { columns, column: 0, tally: Tally { expected, found: 0 } })
    }

    /// Appends the header row to `out`. Names are quoted where they must be.
    pub fn header(&self, names: &[&str], out: &mut Vec<u8>) -> Result<(), FileError> {
        let found = names.len() as u64;
        if found != self.columns {
            return Err(FileError::CsvRowLength { line: 1, expected: self.columns, found });
        }
        let cells: Vec<String> = names.iter().map(|n| quoted(n)).collect();
        out.extend_from_slice(cells.join(",").as_bytes());
        out.push(b'\n');
        Ok(())
    }

    /// Appends the text of `values`, the next ones in row order, to `out`.
    pub fn push_f64(&mut self, values: &[f64], out: &mut Vec<u8>) -> Result<(), FileError> {
        self.tally.add(values.len() as u64)?;
        for value in values {
            // Writing to memory cannot fail.
            let _ = write!(out, "{value:?}");
            self.cell_end(out);
        }
        Ok(())
    }

    /// As [`Self::push_f64`]: the text is the shortest that gives the same binary32.
    pub fn push_f32(&mut self, values: &[f32], out: &mut Vec<u8>) -> Result<(), FileError> {
        self.tally.add(values.len() as u64)?;
        for value in values {
            let _ = write!(out, "{value:?}");
            self.cell_end(out);
        }
        Ok(())
    }

    /// Checks that all announced numbers have come.
    pub fn finish(self) -> Result<(), FileError> {
        self.tally.finish()
    }

    fn cell_end(&mut self, out: &mut Vec<u8>) {
        self.column += 1;
        let row_end = self.column == self.columns;
        out.push(if row_end { b'\n' } else { b',' });
        if row_end {
            self.column = 0;
        }
    }
}

fn quoted(name: &str) -> String {
    let plain = !name.is_empty() && name == name.trim() && !name.contains(['"', ',', '\n', '\r']);
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}
