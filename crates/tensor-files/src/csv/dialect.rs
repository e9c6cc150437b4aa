//! Finds how a text is laid out, from its first part.
//!
//! Every delimiter is tried: that one is taken under which all rows are of one length and most cells are numbers, several columns before
//! one. Then the decimal mark, from how the numbers are written; then the header row and the index column, from where words
//! stand. What cannot be told is asked for, by a fault that names the cell; what was chosen is never looked for.

use super::cell::{Written, trim, written};
use super::split::{Sink, Splitter};
use super::{CommentSign, CsvLayout, CsvOptions, DecimalMark};
use crate::error::{FileError, excerpt};

/// What may stand between cells, the least ambiguous first: a comma may be a decimal mark, a space may
/// follow any of the others.
const DELIMITERS: [u8; 5] = [b'\t', b';', b'|', b',', b' '];
/// What may begin a comment.
const COMMENT_SIGNS: [u8; 2] = [b'#', b'%'];
/// The UTF-8 byte order mark.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The layout of a text that begins with `head`. `whole` says that `head` is all of it.
pub(super) fn find(head: &[u8], whole: bool, options: CsvOptions) -> Result<CsvLayout, FileError> {
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    // UTF-16 or UTF-32: a mark, or the zero byte that half of every ASCII character would be.
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") || text.iter().take(4).any(|b| *b == 0)
    {
        return Err(FileError::CsvEncoding {});
    }
    let (said, text, first_line) = separator_line(text);
    let start = (head.len() - text.len()) as u64;
    let comment = match options.comment {
        CommentSign::Find => comment_sign(text),
        CommentSign::None => None,
        CommentSign::Is(sign) => Some(sign),
    };
    let table = |delimiter| Table::new(text, whole, delimiter, comment, first_line);
    let (delimiter, table) = match options.delimiter.or(said) {
        Some(chosen) => (chosen, table(chosen)),
        None => DELIMITERS
            .into_iter()
            .filter(|delimiter| *delimiter != b',' || options.decimal != Some(DecimalMark::Comma))
            .map(|delimiter| (delimiter, table(delimiter)))
            // Of equals the last is the greatest, and the least ambiguous comes first.
            .rev()
            .max_by_key(|(_, table)| table.worth(options.decimal))
            .unwrap_or_else(|| (b',', table(b','))),
    };
    let decimal = match options.decimal {
        Some(chosen) => chosen,
        None => table.decimal_mark()?,
    };
    let header_row = match options.header_row {
        Some(chosen) => chosen,
        None => table.has_header(options.index_column)?,
    };
    let index_column = options.index_column.unwrap_or_else(|| table.has_index(header_row));
    Ok(CsvLayout {
        delimiter,
        decimal,
        is_decimal_chosen: options.decimal.is_some(),
        missing: options.missing,
        header_row,
        index_column,
        comment,
        has_separator_line: said.is_some(),
        start,
        first_line,
    })
}

/// The separator that a first line such as `sep=;` names, for spreadsheets, the text after that line, and the number of its first line.
fn separator_line(text: &[u8]) -> (Option<u8>, &[u8], u64) {
    let end = text.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(text.len());
    let (line, rest) = text.split_at(end);
    let line = line.strip_prefix(b"\"").and_then(|l| l.strip_suffix(b"\"")).unwrap_or(line);
    let Some((b"sep=" | b"SEP=" | b"Sep=", [separator])) = line.split_at_checked(4) else {
        return (None, text, 1);
    };
    let rest = rest.strip_prefix(b"\r\n").unwrap_or_else(|| rest.get(1..).unwrap_or_default());
    (Some(*separator), rest, 2)
}

/// The sign that the first line of a comment begins with.
fn comment_sign(text: &[u8]) -> Option<u8> {
    text.split(|b| matches!(b, b'\n' | b'\r')).find_map(|line| {
        let line = trim(line);
        let word = line.split(|b| matches!(b, b',' | b';' | b'\t' | b'|')).next().unwrap_or_default();
        line.first()
            .copied()
            .filter(|sign| COMMENT_SIGNS.contains(sign) && !super::cell::is_fault_word(trim(word)))
    })
}

/// The first rows of a text under one delimiter.
#[derive(Default)]
struct Table {
    rows: Vec<Row>,
    open: Vec<Seen>,
    /// A cell was longer than any number.
    is_broken: bool,
}

struct Row {
    line: u64,
    cells: Vec<Seen>,
}

/// What a cell looks like.
struct Seen {
    written: Written,
    is_empty: bool,
    line: u64,
    text: String,
    /// A number that a header counts its columns by, if the cell is one.
    ordinal: Option<u64>,
}

impl Sink for Table {
    fn cell(&mut self, line: u64, cell: &[u8]) -> Result<(), FileError> {
        let cell = trim(cell);
        let ordinal = std::str::from_utf8(cell).ok().and_then(|text| text.parse().ok());
        let (written, is_empty, text) = (written(cell), cell.is_empty(), excerpt(cell));
        self.open.push(Seen { written, is_empty, line, text, ordinal });
        Ok(())
    }

    fn row_end(&mut self, line: u64) -> Result<(), FileError> {
        self.rows.push(Row { line, cells: std::mem::take(&mut self.open) });
        Ok(())
    }
}

impl Table {
    fn new(text: &[u8], whole: bool, delimiter: u8, comment: Option<u8>, first_line: u64) -> Self {
        let mut table = Self::default();
        let mut splitter = Splitter::new(delimiter, comment, first_line);
        let mut result = splitter.push(text, &mut table);
        if whole {
            result = result.and_then(|()| splitter.finish(&mut table));
        }
        table.is_broken = result.is_err();
        // A row that the head cuts off says nothing, unless there is no other.
        if table.rows.is_empty() && !table.open.is_empty() {
            let cells = std::mem::take(&mut table.open);
            table.rows.push(Row { line: first_line, cells });
        }
        table
    }

    /// The rows below the first, which may be a header; the first if it is alone.
    fn body(&self) -> &[Row] {
        self.rows.get(1..).filter(|rest| !rest.is_empty()).unwrap_or(&self.rows)
    }

    fn width(&self) -> usize {
        self.body().first().map_or(0, |row| row.cells.len())
    }

    /// How well the delimiter explains the text: the more, the better.
    fn worth(&self, decimal: Option<DecimalMark>) -> (bool, bool, bool, u64, bool) {
        let width = self.width();
        let first = self.rows.first().map_or(0, |row| row.cells.len());
        let is_even = !self.is_broken
            && self.body().iter().all(|row| row.cells.len() == width)
            && (first == width || first + 1 == width);
        // A lone column of commas is as well two columns, so commas make a number there only when they were chosen to.
        let is_number_under = |seen: &Seen, mark: DecimalMark| match seen.written {
            Written::Decimal(found) | Written::Grouped(found) => found == mark,
            Written::Either(found) => found == mark || decimal.is_some(),
            _ => true,
        };
        let is_marked_well = |seen: &Seen| match decimal {
            Some(mark) => is_number_under(seen, mark),
            None => width > 1 || is_number_under(seen, DecimalMark::Point),
        };
        let is_readable = |seen: &&Seen| seen.written != Written::Words && is_marked_well(seen);
        let is_first_good = self.rows.first().is_some_and(|row| row.cells.iter().all(is_marked_well));
        let cells = || self.body().iter().flat_map(|row| &row.cells);
        let (all, readable) = (cells().count() as u64, cells().filter(is_readable).count() as u64);
        let is_good = is_even && is_first_good && readable == all && all > 0;
        let is_table = width > 1;
        let is_split = self.rows.iter().any(|row| row.cells.len() > 1);
        (is_good && is_table, is_good, is_even && is_table, readable * 1000 / all.max(1), is_split)
    }

    fn cells(&self) -> impl Iterator<Item = (usize, &Seen)> {
        self.rows.iter().flat_map(|row| row.cells.iter().enumerate())
    }

    /// The mark by which the numbers are written, a point where none has a mark. Asks where it cannot be told.
    fn decimal_mark(&self) -> Result<DecimalMark, FileError> {
        use DecimalMark::{Comma, Point};
        let first = |mark: DecimalMark| {
            self.cells().find(
                |(_, seen)| matches!(seen.written, Written::Decimal(m) | Written::Grouped(m) if m == mark),
            )
        };
        let either = |mark| self.cells().find(|(_, seen)| seen.written == Written::Either(mark));
        let (column, seen) = match (first(Point), first(Comma), either(Comma)) {
            (Some(_), None, _) | (None, None, None) => return Ok(Point),
            (None, Some(_), _) => return Ok(Comma),
            (Some(point), Some(comma), _) => {
                // The one that comes second contradicts the other.
                if (point.1.line, point.0) > (comma.1.line, comma.0) { point } else { comma }
            }
            (None, None, Some(either)) => either,
        };
        Err(FileError::CsvAmbiguousMark {
            line: seen.line,
            column: column as u64 + 1,
            text: seen.text.clone(),
        })
    }

    /// Whether the first row names columns. `index` is what was chosen for the first column.
    fn has_header(&self, index: Option<bool>) -> Result<bool, FileError> {
        let Some(Row { line, cells }) = self.rows.first() else { return Ok(false) };
        let named = if index == Some(true) { cells.get(1..).unwrap_or_default() } else { cells };
        let is_words = |seen: &&Seen| seen.written == Written::Words;
        let has_numbers = named.iter().any(|seen| !matches!(seen.written, Written::Words | Written::Missing));
        let Some(word) = named.iter().position(|seen| seen.written == Written::Words) else {
            // Numbers alone. A first cell that is empty, and below it is none, is the corner of a table with an index.
            let below = self.rows.get(1..).unwrap_or_default();
            let is_corner = cells.len() > 1
                && cells.first().is_some_and(|seen| seen.is_empty)
                && !below.is_empty()
                && below.iter().all(|row| row.cells.first().is_some_and(|seen| !seen.is_empty));
            let is_counted = (0..).zip(cells.iter().skip(1)).all(|(n, seen)| seen.ordinal == Some(n));
            return match (is_corner, is_counted) {
                (true, false) if has_numbers => Err(mixed(*line, 1, "")),
                (is_corner, is_counted) => Ok(is_corner && is_counted),
            };
        };
        if !has_numbers {
            return Ok(true);
        }
        // Words in the first column alone, there in every row: names of rows.
        let is_named = |row: &Row| row.cells.first().is_some_and(|seen| is_words(&seen));
        let lone = named.iter().skip(1).all(|seen| seen.written != Written::Words);
        if index.is_none() && word == 0 && lone && self.rows.len() > 1 && self.rows.iter().all(is_named) {
            return Ok(false);
        }
        let column = word + cells.len() - named.len() + 1;
        Err(mixed(*line, column as u64, &named[word].text))
    }

    /// Whether the first column numbers or names the rows: the header has no name for it, or all its cells are words.
    fn has_index(&self, header_row: bool) -> bool {
        let below = self.rows.get(usize::from(header_row)..).unwrap_or_default();
        let width = below.first().map_or(0, |row| row.cells.len());
        if width < 2 {
            return false;
        }
        let header = self.rows.first().filter(|_| header_row);
        let is_unnamed = header.is_some_and(|row| {
            row.cells.len() + 1 == width || (row.cells.len() == width && row.cells[0].is_empty)
        });
        let first = |row: &Row| row.cells.first().is_some_and(|seen| seen.written == Written::Words);
        let others = |row: &Row| row.cells.iter().skip(1).all(|seen| seen.written != Written::Words);
        is_unnamed || below.iter().all(|row| first(row) && others(row))
    }
}

fn mixed(line: u64, column: u64, text: &str) -> FileError {
    FileError::CsvMixedFirstRow { line, column, text: text.to_owned() }
}
