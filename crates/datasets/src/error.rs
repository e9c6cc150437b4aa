//! What can be wrong with a data set's file.

/// A fault in a file. The texts are English and meant for logs and tests; offsets and lengths are bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are named in the text of each fault")]
pub enum DatasetError {
    /// The first bytes are others.
    #[error("not a data set: the first bytes are not `PPDS`")]
    BadMagic,
    /// Written by a later or broken writer.
    #[error("version {version} of the layout is not read here")]
    Version { version: u8 },
    /// The file ends inside a field.
    #[error("the file ends inside {field}: {needed} bytes are missing")]
    Truncated { field: &'static str, needed: u64 },
    /// A changed, cut or lengthened file.
    #[error("the digest at the end is not that of the file")]
    Digest,
    /// A number that stands for nothing.
    #[error("{code} is not a known {field}")]
    UnknownCode { field: &'static str, code: u8 },
    /// A count outside what is accepted (see [`crate::limits`]).
    #[error("{field} is {value}; from {least} to {most} is accepted")]
    OutOfRange { field: &'static str, value: u64, least: u64, most: u64 },
    /// A name with other characters, or empty.
    #[error("a name of {field} is not made of a-z, 0-9 and -")]
    BadName { field: &'static str },
    /// Two classes or two columns of one name.
    #[error("two names of {field} are `{name}`")]
    DoubleName { field: &'static str, name: String },
    /// The count of columns does not follow from kind and shape.
    #[error("{found} column names where {expected} belong")]
    ColumnCount { expected: u64, found: u64 },
    /// A kind, type and full scale that do not go together.
    #[error("kind, type and full scale do not go together")]
    Inconsistent,
    /// Bytes between the payload and the digest.
    #[error("{bytes} bytes follow the payload")]
    TrailingBytes { bytes: u64 },
    /// The compressed payload is no deflate stream, or is followed by something.
    #[error("the payload cannot be decompressed")]
    Deflate,
    /// The payload is shorter or longer than counts and shape say.
    #[error("the payload is not of the {expected} bytes that counts and shape say")]
    PayloadLength { expected: u64 },
    /// An example of a class that is not listed.
    #[error("example {index} is of class {label}, of {classes}")]
    Label { index: u64, label: u8, classes: u64 },
    /// A pixel above full scale, or a number that is not finite.
    #[error("value {index} is above full scale or not finite")]
    Value { index: u64 },
}
