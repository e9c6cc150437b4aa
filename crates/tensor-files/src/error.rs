//! What can be wrong with a file, each fault under its own stable code.
//!
//! The page shows faults in its reader's language: it looks the text up by [`FileError::code`] and
//! fills in [`FileError::details`]. The `Display` text is English and meant for logs and tests.
//! Offsets and lengths are bytes from the start of the file; CSV lines and columns count from 1.

use crate::limits::ERROR_TEXT_CHARS;

/// Makes the enum, its codes and its named details from one list, so that none can be forgotten.
macro_rules! faults {
    ($($(#[$doc:meta])* $code:literal $variant:ident { $($field:ident : $type:ty),* } $text:literal;)*) => {
        /// A fault in a file, or in how the file was handed to this crate.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[allow(missing_docs, reason = "the fields are named in the text of each fault")]
        pub enum FileError {
            $($(#[$doc])* #[error($text)] $variant { $($field: $type),* },)*
        }

        impl FileError {
            /// The fault's stable name, in kebab case: the key under which its text is found.
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code,)* }
            }

            /// The fault's particulars by name, in the order of the English text.
            pub fn details(&self) -> Vec<(&'static str, String)> {
                match self {
                    $(Self::$variant { $($field),* } => vec![$((stringify!($field), $field.to_string())),*],)*
                }
            }

            /// Every code there is, so that a translation can be checked for completeness.
            pub const CODES: &'static [&'static str] = &[$($code),*];
        }
    };
}

faults! {
    /// Neither the first bytes nor the name say what the file is.
    "unknown-kind" UnknownKind {} "not a file of a known kind";
    /// A kind of file that is recognised and not read: zip archives, pickles, HDF5 and so on.
    "unsupported-kind" UnsupportedKind { what: &'static str } "a {what} file is recognised but not read here";
    /// A few lines that Git LFS keeps in a file's place.
    "lfs-pointer" LfsPointer {} "a Git LFS pointer, not the file that it stands for";
    /// A web page under the name of a data file: a download that was answered otherwise.
    "web-page" WebPage {} "a web page, not a data file";
    /// Text under the name of a binary file.
    "text-instead" TextInstead { kind: &'static str, text: String } "text (`{text}`), not a {kind} file";
    /// The file does not begin as its kind must.
    "bad-magic" BadMagic { kind: &'static str } "the first bytes are not those of a {kind} file";
    /// A version of the format that is not read here.
    "unsupported-version" UnsupportedVersion { kind: &'static str, version: u64 } "{kind} version {version} is not read here";
    /// A GGUF file written for big-endian machines.
    "big-endian-file" BigEndianFile {} "the file is in big-endian byte order";
    /// The file ends inside something it announced.
    "truncated" Truncated { offset: u64, expected: u64, found: u64 } "at byte {offset}, {expected} bytes were announced and {found} are there";
    /// The header says that it is longer than the file.
    "header-beyond-file" HeaderBeyondFile { header_end: u64, file_bytes: u64 } "the header would end at byte {header_end} of a file of {file_bytes}";
    /// The header is longer than this crate agrees to read.
    "header-too-long" HeaderTooLong { found: u64, limit: u64 } "a header of {found} bytes; the limit is {limit}";
    /// The header's text is not what its format asks for.
    "header-syntax" HeaderSyntax { offset: u64, expected: String } "the header at byte {offset}: expected {expected}";
    /// Text that is not UTF-8.
    "not-utf8" NotUtf8 { offset: u64 } "the text at byte {offset} is not UTF-8";
    /// A key occurs twice.
    "duplicate-key" DuplicateKey { key: String } "the key `{key}` occurs twice";
    /// A key that must be there is not.
    "missing-key" MissingKey { key: &'static str } "the key `{key}` is missing";
    /// A key that the format does not know.
    "unknown-key" UnknownKey { key: String } "the key `{key}` is not known";
    /// More of something than is agreed to.
    "too-many" TooMany { what: &'static str, found: u64, limit: u64 } "{found} {what}; the limit is {limit}";
    /// Something longer than is agreed to, in bytes.
    "too-long" TooLong { what: &'static str, offset: u64, found: u64, limit: u64 } "a {what} of {found} bytes at byte {offset}; the limit is {limit}";
    /// An array of arrays in GGUF metadata.
    "nested-array" NestedArray { key: String } "the value of `{key}` is an array of arrays";
    /// A GGUF value of a type that the format does not define, or a value its type does not allow.
    "bad-value" BadValue { key: String, found: u64 } "the value of `{key}` has type or content {found}, which is not defined";
    /// An alignment that is not a power of two, a multiple of eight and within the limit.
    "bad-alignment" BadAlignment { found: u64 } "an alignment of {found} bytes is not allowed";

    /// The product of a shape, or its size in bytes, is beyond 64 bits.
    "shape-overflow" ShapeOverflow { tensor: String } "the size of tensor `{tensor}` is beyond 64 bits";
    /// Two tensors bear one name.
    "duplicate-tensor" DuplicateTensor { tensor: String } "two tensors are named `{tensor}`";
    /// A type of element that is not known at all, so not even its size is.
    "unknown-dtype" UnknownDtype { tensor: String, dtype: String } "tensor `{tensor}` has the unknown type {dtype}";
    /// A type of element that is known, listed, and not read.
    "unreadable-dtype" UnreadableDtype { tensor: String, dtype: String } "tensor `{tensor}` has type {dtype}, which is listed but not read here";
    /// A shape that does not make whole blocks.
    "partial-block" PartialBlock { tensor: String, elements: u64, block: u64 } "tensor `{tensor}`: {elements} elements do not fill blocks of {block}";
    /// Shape and type give another size than the file states.
    "size-mismatch" SizeMismatch { tensor: String, expected: u64, found: u64 } "tensor `{tensor}` takes {expected} bytes by its shape, {found} by its offsets";
    /// A tensor ends before it begins.
    "offsets-reversed" OffsetsReversed { tensor: String, begin: u64, end: u64 } "tensor `{tensor}` runs from byte {begin} back to {end}";
    /// Two tensors share bytes.
    "overlap" Overlap { tensor: String, other: String, offset: u64 } "tensors `{tensor}` and `{other}` share byte {offset}";
    /// Bytes that belong to no tensor, where the format forbids it.
    "hole" Hole { tensor: String, expected: u64, found: u64 } "tensor `{tensor}` begins at byte {found}, not {expected}";
    /// A tensor ends after the file does.
    "beyond-end" BeyondEnd { tensor: String, end: u64, file_bytes: u64 } "tensor `{tensor}` would end at byte {end} of a file of {file_bytes}";
    /// Bytes after the last tensor, where the format forbids it.
    "uncovered-bytes" UncoveredBytes { offset: u64, found: u64 } "{found} bytes from byte {offset} on belong to no tensor";
    /// A tensor does not begin where its alignment asks.
    "misaligned" Misaligned { tensor: String, offset: u64, alignment: u64 } "tensor `{tensor}` begins at byte {offset}, not a multiple of {alignment}";

    /// CSV text in UTF-16 or UTF-32.
    "csv-encoding" CsvEncoding {} "the text is UTF-16 or UTF-32; save it as UTF-8";
    /// A CSV cell that is not a number.
    "csv-not-a-number" CsvNotANumber { line: u64, column: u64, text: String } "line {line}, column {column}: `{text}` is not a number";
    /// A CSV cell with nothing in it.
    "csv-empty-cell" CsvEmptyCell { line: u64, column: u64 } "line {line}, column {column}: an empty cell";
    /// A CSV cell with a word for a missing value.
    "csv-missing" CsvMissing { line: u64, column: u64, text: String } "line {line}, column {column}: `{text}` stands for a missing value";
    /// A CSV cell that would be a number if its comma were a decimal mark.
    "csv-decimal-comma" CsvDecimalComma { line: u64, column: u64, text: String } "line {line}, column {column}: `{text}` has a decimal comma where the others have a point or none";
    /// A CSV cell that would be a number if its point were a decimal mark.
    "csv-decimal-point" CsvDecimalPoint { line: u64, column: u64, text: String } "line {line}, column {column}: `{text}` has a decimal point where the others have a comma";
    /// A CSV cell whose comma or point may be a decimal or a thousands mark, or one that contradicts the others.
    "csv-ambiguous-mark" CsvAmbiguousMark { line: u64, column: u64, text: String } "line {line}, column {column}: the mark in `{text}` may be a decimal or a thousands mark: say which mark is the decimal one";
    /// A CSV cell with thousands marks, while the decimal mark was not chosen.
    "csv-thousands" CsvThousands { line: u64, column: u64, text: String } "line {line}, column {column}: `{text}` has thousands marks: say which mark is the decimal one";
    /// A finite number of which binary64 would make an infinity.
    "csv-out-of-range" CsvOutOfRange { line: u64, column: u64, text: String } "line {line}, column {column}: `{text}` is beyond binary64";
    /// A CSV cell longer than any number.
    "csv-cell-too-long" CsvCellTooLong { line: u64, column: u64, limit: u64 } "line {line}, column {column}: a cell of more than {limit} bytes";
    /// A CSV row of another length than the first.
    "csv-row-length" CsvRowLength { line: u64, expected: u64, found: u64 } "line {line} has {found} cells, not {expected}";
    /// The first row holds numbers and words: it may be a header or a mistake.
    "csv-mixed-first-row" CsvMixedFirstRow { line: u64, column: u64, text: String } "line {line}, the first row, holds numbers and, in column {column}, `{text}`: say whether it is a header";
    /// A CSV file without a single number.
    "csv-no-numbers" CsvNoNumbers {} "there is no number in the file";

    /// The caller fed bytes from another place than was asked for.
    "wrong-offset" WrongOffset { expected: u64, found: u64 } "bytes from {found} were handed over; bytes from {expected} were asked for";
    /// The caller handed over another number of bytes than was asked for: the file changed, or a read was cut.
    "slice-length" SliceLength { offset: u64, expected: u64, found: u64 } "{found} bytes from byte {offset} were handed over; {expected} were asked for";
    /// The caller stopped before the header's end.
    "unfinished" Unfinished { offset: u64 } "reading stopped at byte {offset}, before the end";
    /// There is no such tensor in the catalogue.
    "no-such-tensor" NoSuchTensor { index: u64 } "there is no tensor {index}";
    /// The caller's decoder does not know the type.
    "no-decoder" NoDecoder { dtype: String } "no decoder was given for {dtype}";
    /// The caller's decoder gave another number of values than there are elements.
    "decoder-length" DecoderLength { dtype: String, expected: u64, found: u64 } "the decoder for {dtype} gave {found} values, not {expected}";
    /// A type that a format to be written cannot hold.
    "unwritable-dtype" UnwritableDtype { kind: &'static str, dtype: String } "a {kind} file cannot hold {dtype}";
    /// A writer was given more or fewer bytes or values than it announced.
    "writer-length" WriterLength { expected: u64, found: u64 } "{found} were written; {expected} were announced";
}

/// A few characters of a file's own text, made safe to show: control characters become U+FFFD.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    // Four bytes hold any character, so this prefix holds all that can be shown.
    let head = &bytes[..bytes.len().min(ERROR_TEXT_CHARS * 4)];
    let text = String::from_utf8_lossy(head);
    let shown = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let mut out: String = text.chars().take(ERROR_TEXT_CHARS).map(shown).collect();
    if text.chars().nth(ERROR_TEXT_CHARS).is_some() || bytes.len() > head.len() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let mut codes = FileError::CODES.to_vec();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), FileError::CODES.len());
        assert!(
            codes
                .iter()
                .all(|c| c.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
        );
    }

    #[test]
    fn details_carry_names_and_values() {
        let e = FileError::Truncated { offset: 8, expected: 4, found: 1 };
        assert_eq!(e.code(), "truncated");
        let details = [("offset", "8".to_owned()), ("expected", "4".to_owned()), ("found", "1".to_owned())];
        assert_eq!(e.details(), details);
    }

    #[test]
    fn excerpts_are_short_and_printable() {
        assert_eq!(excerpt(b"a\x00b\xff"), "a\u{fffd}b\u{fffd}");
        let long = excerpt("가".repeat(1000).as_bytes());
        assert_eq!(long.chars().count(), ERROR_TEXT_CHARS + 1);
    }
}
