//! Finds a text's delimiter and whether its first row is a header.

use csv_core::{ReadFieldResult, ReaderBuilder};

use super::{Cell, CsvLayout, CsvOptions, cell_number, trim};
use crate::error::{FileError, excerpt};
use crate::limits::{CSV_MAX_CELL_BYTES, CSV_SNIFF_LINES};

/// What may stand between cells, the least ambiguous first: a comma may be a decimal mark, a space may
/// follow any of the others.
const DELIMITERS: [u8; 4] = [b'\t', b';', b',', b' '];

/// The UTF-8 byte order mark.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub(super) fn layout(head: &[u8], whole: bool, options: CsvOptions) -> Result<CsvLayout, FileError> {
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    let start = (head.len() - text.len()) as u64;
    // UTF-16 or UTF-32: a mark, or the zero byte that half of every ASCII character would be.
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") || text.iter().take(4).any(|b| *b == 0)
    {
        return Err(FileError::CsvEncoding {});
    }
    let mut layout = CsvLayout {
        delimiter: options.delimiter.unwrap_or_else(|| delimiter(text, whole)),
        decimal: options.decimal,
        empty_cells: options.empty_cells,
        header_row: false,
        start,
    };
    layout.header_row = match options.header_row {
        Some(chosen) => chosen,
        None => is_header(text, whole, &layout)?,
    };
    Ok(layout)
}

/// The delimiter that occurs equally often in every line; failing that, the one that every line has;
/// failing that, a comma (a single column has none).
fn delimiter(text: &[u8], whole: bool) -> u8 {
    let counts = line_counts(text, whole);
    let of = |i: usize| counts.iter().map(move |c| c[i]);
    let least = |i: usize| of(i).min().unwrap_or(0);
    let even = |i: usize| least(i) > 0 && of(i).max() == of(i).min();
    let found =
        (0..DELIMITERS.len()).find(|i| even(*i)).or_else(|| (0..DELIMITERS.len()).find(|i| least(*i) > 0));
    found.map_or(b',', |i| DELIMITERS[i])
}

/// How often each delimiter occurs, outside quotes, in each of the first lines that are not blank.
fn line_counts(text: &[u8], whole: bool) -> Vec<[u64; DELIMITERS.len()]> {
    let mut lines = Vec::new();
    let mut counts = [0; DELIMITERS.len()];
    let (mut quoted, mut blank) = (false, true);
    for byte in text.iter().chain(whole.then_some(&b'\n')) {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => {
                if !blank {
                    lines.push(counts);
                }
                (counts, blank) = ([0; DELIMITERS.len()], true);
                if lines.len() >= CSV_SNIFF_LINES {
                    return lines;
                }
                continue;
            }
            _ if quoted => {}
            _ => {
                if let Some(i) = DELIMITERS.iter().position(|d| d == byte) {
                    counts[i] += 1;
                }
            }
        }
        blank &= byte.is_ascii_whitespace();
    }
    // The only line may be longer than the head.
    if lines.is_empty() && !blank {
        lines.push(counts);
    }
    lines
}

/// Whether the first row is words alone. Only its cells that lie within the head are seen.
fn is_header(text: &[u8], whole: bool, layout: &CsvLayout) -> Result<bool, FileError> {
    let mut csv = ReaderBuilder::new().delimiter(layout.delimiter).build();
    let mut cell = [0; CSV_MAX_CELL_BYTES];
    let (mut rest, mut length) = (text, 0);
    let (mut column, mut numbers, mut words) = (0u64, false, None);
    loop {
        let at_end = rest.is_empty();
        if at_end && !whole {
            // A cell that the head cuts off says nothing.
            break;
        }
        let (result, taken, copied) = csv.read_field(rest, cell.get_mut(length..).unwrap_or_default());
        let after_newline = taken > 0 && rest.get(taken - 1) == Some(&b'\n');
        rest = rest.get(taken..).unwrap_or_default();
        length += copied;
        match result {
            ReadFieldResult::InputEmpty if !at_end => {}
            // When a cell fills its buffer, the reader will say that it is too long.
            ReadFieldResult::InputEmpty | ReadFieldResult::End | ReadFieldResult::OutputFull => break,
            ReadFieldResult::Field { record_end } => {
                let bytes = cell.get(..length).unwrap_or_default();
                length = 0;
                column += 1;
                match cell_number(bytes, layout.decimal) {
                    // Blank lines before the first row.
                    Cell::Empty if record_end && column == 1 => {
                        column = 0;
                        continue;
                    }
                    Cell::Empty => {}
                    Cell::Number(_) | Cell::OutOfRange => numbers = true,
                    Cell::DecimalComma => {
                        let text = excerpt(trim(bytes));
                        let line = csv.line() - u64::from(after_newline && record_end);
                        return Err(FileError::CsvDecimalComma { line, column, text });
                    }
                    Cell::Words => words = words.or_else(|| Some((column, excerpt(trim(bytes))))),
                }
                if record_end {
                    break;
                }
            }
        }
    }
    match words {
        Some((column, text)) if numbers => Err(FileError::CsvMixedFirstRow { column, text }),
        words => Ok(words.is_some()),
    }
}
