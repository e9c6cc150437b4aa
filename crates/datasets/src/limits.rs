//! Every limit of this crate, with its reason.
//!
//! Limits are generous beside what we ship and small beside a phone's memory.

/// Most examples in one file, training and test together.
pub const MAX_EXAMPLES: u64 = 1 << 20;

/// Most dimensions of one example: rows, columns, channels.
pub const MAX_RANK: u64 = 3;

/// Largest extent of one dimension.
pub const MAX_EXTENT: u64 = 4096;

/// Most classes: a class index is one byte.
pub const MAX_CLASSES: u64 = 256;

/// Longest name of a data set, class or column, in bytes.
pub const MAX_NAME_BYTES: u64 = 64;

/// Largest payload after decompression, in bytes. Our largest file needs 2 MB.
pub const MAX_PAYLOAD_BYTES: u64 = 64 * 1024 * 1024;

/// The most bytes that one byte of a deflate stream can become (258 bytes from two bits). A header that promises
/// more is wrong, so memory stays in proportion to the bytes that have arrived.
pub const MAX_EXPANSION: u64 = 1032;
