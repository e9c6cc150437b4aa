//! Tensors from untrusted files, in slices, with bounded memory, and files from tensors likewise.
//!
//! Nothing here does input or output. [`detect`] tells a file's kind, [`HeaderReader`] says which bytes
//! it needs until it has a [`Catalog`], [`SliceReader`] turns one tensor's bytes into numbers a slice at a time; the
//! writers in [`write`] give header bytes and check that the data that follow are as many as announced. So the
//! same code serves a browser worker, where bytes come from a `Blob` asynchronously, and a native test.
//!
//! A file is not believed. Every count is compared with the file's length and with a named limit in
//! [`limits`]; sizes are `u64` with checked arithmetic, on 32-bit targets too; every fault is a [`FileError`] with a
//! stable code and its particulars. Memory is bounded by the bytes that have really arrived and by the limits.
//!
//! Left out: archives (`.npz`, PyTorch's zip), pickles (they are programs), object and structured arrays, and
//! the GGUF block types with large codebooks: those tensors are listed with the reason, not read.
#![forbid(unsafe_code)]

mod bands;
mod catalog;
mod csv;
mod decode;
mod dtype;
mod error;
mod gguf;
mod header;
mod intake;
pub mod limits;
mod npy;
mod npy_dict;
mod packed;
mod safetensors;
mod slices;
pub mod write;

pub use catalog::{Catalog, FileKind, TensorInfo, detect};
pub use csv::{CommentSign, CsvCounts, CsvLayout, CsvOptions, CsvReader, DecimalMark, MissingCells};
pub use decode::{BlockDecoder, Elements, NoDecoder};
pub use dtype::{Block, ByteOrder, Dtype, Reading};
pub use error::FileError;
pub use header::{HeaderReader, Need, catalog_of, safetensors_catalog};
pub use packed::Packed;
pub use slices::{ByteRange, SliceReader};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
