//! As the others, under every option; and every number is what its text says (by construction: the texts are
//! compared through the writer, which must give back a file that reads the same).
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use tensor_files::write::CsvWriter;
use tensor_files::{
    CommentSign, CsvOptions, DecimalMark, Elements, FileKind, MissingCells, NoDecoder, SliceReader, catalog_of,
};

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first_chunk::<2>() else { return };
    let three = |bits: u8| match bits & 3 {
        1 => Some(true),
        2 => Some(false),
        _ => None,
    };
    let options = CsvOptions {
        // Any byte may be chosen; mostly it is found.
        delimiter: if choice[0] & 0x80 != 0 { data.last().copied() } else { None },
        decimal: three(choice[0]).map(|comma| if comma { DecimalMark::Comma } else { DecimalMark::Point }),
        missing: if choice[0] & 4 != 0 { MissingCells::Nan } else { MissingCells::Refuse },
        header_row: three(choice[0] >> 3),
        index_column: three(choice[0] >> 5),
        comment: match choice[1] {
            0..0xc0 => CommentSign::Find,
            0xc0..0xe0 => CommentSign::None,
            _ => CommentSign::Is(choice[1] & 0x7f),
        },
    };
    let Some(Ok(found)) = common::read(FileKind::Csv, data, options) else { return };
    let values = numbers(&found, &data[2..]);
    let [rows, columns] = found.tensors[0].shape[..] else { panic!("a table has rows and columns") };
    let mut writer = CsvWriter::new(rows, columns).expect("a table that was read can be written");
    let mut text = Vec::new();
    writer.push_f64(&values, &mut text).expect("as many as announced");
    writer.finish().expect("as many as announced");
    let plain = CsvOptions {
        delimiter: Some(b','),
        decimal: Some(DecimalMark::Point),
        header_row: Some(false),
        index_column: Some(false),
        comment: CommentSign::None,
        ..CsvOptions::default()
    };
    let again = catalog_of(FileKind::Csv, &text, plain).expect("what was written can be read");
    assert_eq!(again.tensors[0].shape, found.tensors[0].shape);
    let bits =
        |v: &[f64]| -> Vec<u64> { v.iter().map(|x| if x.is_nan() { 0 } else { x.to_bits() }).collect() };
    assert_eq!(bits(&numbers(&again, &text)), bits(&values));
});

fn numbers(catalog: &tensor_files::Catalog, file: &[u8]) -> Vec<f64> {
    let mut reader = SliceReader::new(catalog, 0, u64::MAX).expect("readable");
    let mut out = Elements::default();
    let mut all = Vec::new();
    while let Some(range) = reader.next_range() {
        let bytes = &file[range.offset as usize..(range.offset + range.len) as usize];
        reader.decode(bytes, &mut NoDecoder, &mut out).expect("it was read before");
        if let Elements::F64(v) = &out {
            all.extend_from_slice(v);
        }
    }
    all
}
