//! How a text file is laid out: what the reader chose, and what was found.

use serde::{Deserialize, Serialize};

/// What the reader chose for text; whatever is `Auto` is found in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TableChoice {
    /// Whether the first row is a header.
    pub header: HeaderChoice,
    /// Whether the first column is left out.
    pub index: IndexChoice,
    /// What stands between cells.
    pub delimiter: DelimiterChoice,
    /// What stands between the integer and the fraction. Once chosen, the other mark may part thousands.
    pub decimal: DecimalChoice,
    /// What begins a line that is no row.
    pub comment: CommentChoice,
    /// What a missing value means.
    pub missing: MissingChoice,
}

/// Of the first row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum HeaderChoice {
    /// Found.
    #[default]
    Auto,
    /// A header.
    Yes,
    /// Numbers.
    No,
}

/// Of the first column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum IndexChoice {
    /// Found.
    #[default]
    Auto,
    /// Numbers as the others.
    None,
    /// Numbers or names the rows.
    First,
}

/// Of what stands between cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DelimiterChoice {
    /// Found.
    #[default]
    Auto,
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
    /// Any run of spaces and tabs.
    Space,
    /// `|`
    Pipe,
}

/// Of the decimal mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DecimalChoice {
    /// Found.
    #[default]
    Auto,
    /// `1.5`
    Point,
    /// `1,5`
    Comma,
}

/// Of what begins a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum CommentChoice {
    /// Found.
    #[default]
    Auto,
    /// `#`
    Hash,
    /// `%`
    Percent,
    /// Nothing.
    None,
}

/// Of missing values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MissingChoice {
    /// A fault.
    #[default]
    Refuse,
    /// NaN.
    Nan,
}

/// How a text was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, and all combinations occur")]
pub struct TableFound {
    /// The character between cells; a space stands for any run of spaces and tabs.
    pub delimiter: char,
    /// The decimal mark is a comma.
    pub decimal_comma: bool,
    /// The first row is a header.
    pub header_row: bool,
    /// The first column was left out.
    pub index_column: bool,
    /// A first line named the delimiter.
    pub separator_line: bool,
    /// Columns in the text, the one left out among them.
    pub columns: u64,
    /// Rows of numbers.
    pub rows: u64,
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
