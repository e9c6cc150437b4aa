//! Reads a file's header without doing any input: it says which bytes it needs next.
//!
//! In a browser a file's bytes come asynchronously and in pieces. So the reader is polled: it answers with
//! a byte range, the caller fetches it by whatever means it has and feeds it back, until the reader is done.
//! Chunks may be shorter or longer than asked; the result does not depend on how the file was cut.

use crate::catalog::{Catalog, FileKind};
use crate::csv::{CsvHeader, CsvOptions};
use crate::error::FileError;
use crate::gguf::GgufHeader;
use crate::npy::NpyHeader;
use crate::safetensors::SafetensorsHeader;

/// What a [`HeaderReader`] needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Bytes of the file from `offset` on: best `len`, at least one.
    Bytes {
        /// Where they begin.
        offset: u64,
        /// How many would be good.
        len: u64,
    },
    /// Nothing: [`HeaderReader::finish`] has the result, be it good or bad.
    Done,
}

/// One kind's header machine.
pub(crate) trait Machine {
    /// Where the next byte lies and how many are wanted; `None` when done.
    fn need(&self) -> Option<(u64, u64)>;
    /// Takes a chunk that begins at `offset`, where the machine is. It may be longer than the header.
    fn feed(&mut self, offset: u64, chunk: &[u8]) -> Result<(), FileError>;
    fn finish(self) -> Result<Catalog, FileError>;
}

enum State {
    Npy(NpyHeader),
    Safetensors(SafetensorsHeader),
    Csv(Box<CsvHeader>),
    Gguf(Box<GgufHeader>),
    Failed(FileError),
}

/// Reads the header of one file. A CSV file has none, so it is read whole once: that
/// checks every cell and counts the rows.
pub struct HeaderReader {
    file_bytes: u64,
    state: State,
}

impl HeaderReader {
    /// Begins to read a file of `file_bytes` bytes.
    pub fn new(kind: FileKind, file_bytes: u64) -> Self {
        Self::with_csv_options(kind, file_bytes, CsvOptions::default())
    }

    /// As [`Self::new`], with what the reader chose for CSV files.
    pub fn with_csv_options(kind: FileKind, file_bytes: u64, options: CsvOptions) -> Self {
        let state = match kind {
            FileKind::Npy => NpyHeader::new(file_bytes).map(State::Npy),
            FileKind::Safetensors => SafetensorsHeader::new(file_bytes).map(State::Safetensors),
            FileKind::Csv => Ok(State::Csv(Box::new(CsvHeader::new(file_bytes, options)))),
            FileKind::Gguf => GgufHeader::new(file_bytes).map(|h| State::Gguf(Box::new(h))),
        };
        Self { file_bytes, state: state.unwrap_or_else(State::Failed) }
    }

    /// What is needed next.
    pub fn poll(&self) -> Need {
        let need = match &self.state {
            State::Npy(m) => m.need(),
            State::Safetensors(m) => m.need(),
            State::Csv(m) => m.need(),
            State::Gguf(m) => m.need(),
            State::Failed(_) => None,
        };
        need.map_or(Need::Done, |(offset, len)| Need::Bytes {
            offset,
            len: wanted(self.file_bytes, offset, len),
        })
    }

    /// Takes bytes of the file, beginning at the offset that [`Self::poll`] named. Nothing at all means that
    /// the file has ended early. After a fault the reader is done and keeps the fault.
    pub fn feed(&mut self, offset: u64, bytes: &[u8]) -> Result<(), FileError> {
        let result = self.try_feed(offset, bytes);
        if let Err(fault) = &result {
            self.state = State::Failed(fault.clone());
        }
        result
    }

    fn try_feed(&mut self, offset: u64, bytes: &[u8]) -> Result<(), FileError> {
        let Need::Bytes { offset: expected, len } = self.poll() else {
            return if let State::Failed(fault) = &self.state { Err(fault.clone()) } else { Ok(()) };
        };
        if offset != expected {
            return Err(FileError::WrongOffset { expected, found: offset });
        }
        let bytes = within(self.file_bytes, offset, len, bytes)?;
        match &mut self.state {
            State::Npy(m) => m.feed(offset, bytes),
            State::Safetensors(m) => m.feed(offset, bytes),
            State::Csv(m) => m.feed(offset, bytes),
            State::Gguf(m) => m.feed(offset, bytes),
            State::Failed(fault) => Err(fault.clone()),
        }
    }

    /// The catalogue, or what was wrong.
    pub fn finish(self) -> Result<Catalog, FileError> {
        if let Need::Bytes { offset, .. } = self.poll() {
            return Err(FileError::Unfinished { offset });
        }
        match self.state {
            State::Npy(m) => m.finish(),
            State::Safetensors(m) => m.finish(),
            State::Csv(m) => m.finish(),
            State::Gguf(m) => m.finish(),
            State::Failed(fault) => Err(fault),
        }
    }
}

/// The catalogue of a file that is in memory already, such as pasted text.
pub fn catalog_of(kind: FileKind, file: &[u8], options: CsvOptions) -> Result<Catalog, FileError> {
    let mut reader = HeaderReader::with_csv_options(kind, file.len() as u64, options);
    while let Need::Bytes { offset, len } = reader.poll() {
        reader.feed(offset, range(file, offset, len))?;
    }
    reader.finish()
}

/// The catalogue of a safetensors file that is in memory. As [`catalog_of`], but a program that reads no other kind is spared
/// the readers of the others: 30 KB of a worker.
pub fn safetensors_catalog(file: &[u8]) -> Result<Catalog, FileError> {
    let file_bytes = file.len() as u64;
    let mut header = SafetensorsHeader::new(file_bytes)?;
    while let Some((offset, len)) = header.need() {
        let len = wanted(file_bytes, offset, len);
        header.feed(offset, within(file_bytes, offset, len, range(file, offset, len))?)?;
    }
    header.finish()
}

/// How many bytes to ask for when `len` would be good: some, and none after the end of the file unless nothing is left.
fn wanted(file_bytes: u64, offset: u64, len: u64) -> u64 {
    len.clamp(1, file_bytes.saturating_sub(offset).max(1))
}

/// What a chunk that begins at `offset` has of the file; an error if nothing, of the `len` bytes that were asked for.
fn within(file_bytes: u64, offset: u64, len: u64, chunk: &[u8]) -> Result<&[u8], FileError> {
    if chunk.is_empty() || offset >= file_bytes {
        return Err(FileError::Truncated { offset, expected: len, found: 0 });
    }
    let left = usize::try_from(file_bytes - offset).unwrap_or(usize::MAX);
    Ok(&chunk[..chunk.len().min(left)])
}

/// `len` bytes of a file from `offset` on, or as many as there are.
pub(crate) fn range(file: &[u8], offset: u64, len: u64) -> &[u8] {
    let clamp = |n: u64| usize::try_from(n).map_or(file.len(), |n| n.min(file.len()));
    &file[clamp(offset)..clamp(offset.saturating_add(len))]
}
