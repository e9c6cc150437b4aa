//! The data sets of `public/data`: one compact file each, labelled examples of one shape.
//!
//! Bytes in, a checked [`Dataset`] out; nothing here does input or output, so the same code serves a browser worker
//! and a native test. A file is not believed, although it comes from this site: its digest is compared first, every
//! count is compared with the file's length and with a named limit in [`limits`] before memory is asked for, and
//! every fault is a [`DatasetError`].
//!
//! # The file, version 1
//!
//! Integers are little-endian. A *name* is a length byte and as many bytes of `a`–`z`, `0`–`9` and `-`.
//!
//! | bytes | field |
//! |---|---|
//! | 4 | magic, `PPDS` |
//! | 1 | version, 1 |
//! | 1 | kind: 0 images, 1 table |
//! | 1 | type of a value: 0 u8, 1 f32 |
//! | 1 | full scale: the u8 value that stands for 1.0; 0 for f32 |
//! | 4 | count of training examples |
//! | 4 | count of test examples |
//! | 1 + 4 × rank | rank (1 to 3), then the extents of one example: rows, columns and channels, or a table's columns |
//! | | name of the data set |
//! | 2 + … | count of classes, then their names |
//! | 2 + … | count of columns, then their names: one for each of a table's, none for images |
//! | 4 + … | length of the compressed payload, then the payload: a raw deflate stream |
//! | 32 | SHA-256 of everything before it |
//!
//! The payload holds a class index (u8) for every example, training examples first, then every example's values in
//! row-major order. What people read about a class is not here: names are keys of the locale files.
//!
//! Left out: text, images of different sizes, more than 256 classes, missing values.
#![forbid(unsafe_code)]

mod dataset;
mod error;
mod input;
pub mod limits;
mod read;
#[cfg(feature = "write")]
mod write;

pub use dataset::{Dataset, Example, Examples, Kind, Split, Values};
pub use error::DatasetError;
#[cfg(feature = "write")]
pub use write::{Parts, encode};

/// The first bytes of every file.
pub const MAGIC: [u8; 4] = *b"PPDS";
/// The version of the layout that is read and written here.
pub const VERSION: u8 = 1;
/// Bytes of the closing SHA-256.
pub const DIGEST_BYTES: usize = 32;
