//! Reads a file twice, cut in two ways, and asks for one result.

use tensor_files::{
    BlockDecoder, Catalog, CsvOptions, Dtype, Elements, FileError, FileKind, HeaderReader, Need, SliceReader,
};

/// Gives as many zeros as there are elements.
struct Zeros;

impl BlockDecoder for Zeros {
    fn decode(&mut self, dtype: &Dtype, bytes: &[u8], out: &mut Vec<f32>) -> bool {
        let Some(block) = dtype.block() else { return false };
        out.extend(std::iter::repeat_n(0.0, bytes.len() / block.bytes as usize * block.elements as usize));
        true
    }
}

/// A header read with chunks of `first` bytes and `second` bytes in turn.
fn catalog(
    kind: FileKind,
    file: &[u8],
    options: CsvOptions,
    first: usize,
    second: usize,
) -> Result<Catalog, FileError> {
    let mut reader = HeaderReader::with_csv_options(kind, file.len() as u64, options);
    let mut step = 0;
    while let Need::Bytes { offset, len } = reader.poll() {
        assert!(len > 0 && offset < file.len() as u64, "asked for bytes that are not there");
        let start = offset as usize;
        let chunk = if step % 2 == 0 { first } else { second };
        step += 1;
        reader.feed(offset, &file[start..(start + chunk).min(file.len())])?;
    }
    reader.finish()
}

/// Every number of a tensor as bits.
fn numbers(catalog: &Catalog, index: usize, file: &[u8], slice: u64) -> Result<(Vec<u64>, u64), FileError> {
    let mut reader = SliceReader::new(catalog, index, slice)?;
    let mut out = Elements::default();
    let mut all = Vec::new();
    while let Some(range) = reader.next_range() {
        let start = range.offset as usize;
        reader.decode(&file[start..start + range.len as usize], &mut Zeros, &mut out)?;
        match &out {
            Elements::F32(v) => all.extend(v.iter().map(|x| u64::from(x.to_bits()))),
            Elements::F64(v) => all.extend(v.iter().map(|x| x.to_bits())),
        }
    }
    assert_eq!(all.len() as u64, catalog.tensors[index].elements);
    Ok((all, reader.inexact_count()))
}

/// Reads all there is to read, and asserts that chunking changes nothing and that no tensor leaves the file.
pub fn read(kind: FileKind, data: &[u8], options: CsvOptions) -> Option<Result<Catalog, FileError>> {
    let (cut, file) = data.split_first_chunk::<2>()?;
    let [first, second] = cut.map(|c| usize::from(c) + 1);
    let whole = catalog(kind, file, options, usize::MAX >> 1, usize::MAX >> 1);
    let pieces = catalog(kind, file, options, first, second);
    assert_eq!(whole, pieces);
    if let Err(fault) = &whole {
        assert!(FileError::CODES.contains(&fault.code()));
        assert!(fault.details().iter().all(|(_, v)| v.len() <= 8192));
        return Some(whole);
    }
    let found = whole.ok()?;
    for (index, tensor) in found.tensors.iter().enumerate() {
        if tensor.readable.is_err() {
            continue;
        }
        assert!(tensor.byte_end() <= file.len() as u64 || tensor.byte_len == 0);
        assert_eq!(numbers(&found, index, file, first as u64), numbers(&found, index, file, u64::MAX));
    }
    Some(Ok(found))
}
