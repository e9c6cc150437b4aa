//! A file of the visitor's, read in slices: only the bytes asked for are ever in memory.

use js_sys::Uint8Array;
use protocol::{
    CommentChoice, DecimalChoice, DelimiterChoice, Failure, FileSource, HeaderChoice, IndexChoice,
    MissingChoice, TableChoice,
};
use tensor_files::{
    Catalog, CommentSign, CsvOptions, DecimalMark, FileError, HeaderReader, MissingCells, Need, detect,
};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File};

use super::{Cancel, Stop, breathe};

/// Header requests are answered with at least this much, so that small headers take one read.
const HEADER_READ_BYTES: u64 = 64 * 1024;
/// And with at most this much at a time.
const MAX_READ_BYTES: u64 = 4 * 1024 * 1024;

/// A read under way.
pub(super) struct Pending(JsFuture);

/// Starts to read `len` bytes from `offset`, fewer at the end of the file.
pub(super) fn start(file: &File, offset: u64, len: u64) -> Result<Pending, Stop> {
    let end = offset.saturating_add(len).min(file.size() as u64);
    let part: Blob =
        file.slice_with_f64_and_f64(offset as f64, end as f64).map_err(|error| failed(&error))?;
    Ok(Pending(JsFuture::from(part.array_buffer())))
}

impl Pending {
    /// The bytes.
    pub(super) async fn bytes(self) -> Result<Vec<u8>, Stop> {
        let buffer = self.0.await.map_err(|error| failed(&error))?;
        Ok(Uint8Array::new(&buffer).to_vec())
    }
}

/// Reads and waits.
pub(super) async fn read(file: &File, offset: u64, len: u64) -> Result<Vec<u8>, Stop> {
    start(file, offset, len)?.bytes().await
}

fn failed(error: &wasm_bindgen::JsValue) -> Failure {
    let reason = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    Failure::new("file_read").with("reason", reason.unwrap_or_else(|| format!("{error:?}")))
}

/// The file's catalogue. `progress` hears how many bytes were looked at: a text file is read whole once.
pub(super) async fn catalog(
    file: &File,
    source: &FileSource,
    cancel: &Cancel,
    mut progress: impl FnMut(u64, u64),
) -> Result<Catalog, Stop> {
    let size = file.size() as u64;
    let first = read(file, 0, 64).await?;
    let kind = detect(&source.name, &first).map_err(|error| file_failure(&error))?;
    let mut reader = HeaderReader::with_csv_options(kind, size, csv_options(source.table));
    let mut reads = 0_u32;
    while let Need::Bytes { offset, len } = reader.poll() {
        let bytes = read(file, offset, len.clamp(HEADER_READ_BYTES, MAX_READ_BYTES)).await?;
        if reader.feed(offset, &bytes).is_err() {
            break; // `finish` tells the fault
        }
        reads += 1;
        if reads.is_multiple_of(8) {
            progress(offset + bytes.len() as u64, size);
            breathe(cancel).await?;
        }
    }
    let mut catalog = reader.finish().map_err(|error| file_failure(&error))?;
    catalog.name_after(&source.name);
    Ok(catalog)
}

/// The page's choices in the reader's terms.
fn csv_options(choice: TableChoice) -> CsvOptions {
    CsvOptions {
        delimiter: match choice.delimiter {
            DelimiterChoice::Auto => None,
            DelimiterChoice::Comma => Some(b','),
            DelimiterChoice::Semicolon => Some(b';'),
            DelimiterChoice::Tab => Some(b'\t'),
            DelimiterChoice::Space => Some(b' '),
            DelimiterChoice::Pipe => Some(b'|'),
        },
        decimal: match choice.decimal {
            DecimalChoice::Auto => None,
            DecimalChoice::Point => Some(DecimalMark::Point),
            DecimalChoice::Comma => Some(DecimalMark::Comma),
        },
        missing: match choice.missing {
            MissingChoice::Refuse => MissingCells::Refuse,
            MissingChoice::Nan => MissingCells::Nan,
        },
        header_row: match choice.header {
            HeaderChoice::Auto => None,
            HeaderChoice::Yes => Some(true),
            HeaderChoice::No => Some(false),
        },
        index_column: match choice.index {
            IndexChoice::Auto => None,
            IndexChoice::None => Some(false),
            IndexChoice::First => Some(true),
        },
        comment: match choice.comment {
            CommentChoice::Auto => CommentSign::Find,
            CommentChoice::Hash => CommentSign::Is(b'#'),
            CommentChoice::Percent => CommentSign::Is(b'%'),
            CommentChoice::None => CommentSign::None,
        },
    }
}

/// A file's fault in the page's terms.
pub(super) fn file_failure(error: &FileError) -> Failure {
    let mut failure = Failure::new(&format!("file_{}", error.code().replace('-', "_")));
    for (name, value) in error.details() {
        failure = failure.with(name, value);
    }
    failure
}
