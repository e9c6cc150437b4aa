//! As the others, under every option; and every number is what its text says (by construction: the texts are
//! compared through the writer, which must give back a file that reads the same).
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use tensor_files::write::CsvWriter;
use tensor_files::{
    CsvOptions, DecimalMark, Elements, EmptyCells, FileKind, NoDecoder, SliceReader, catalog_of,
};

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else { return };
    let options = CsvOptions {
        // Any byte may be chosen; mostly it is found.
        delimiter: if choice & 0x80 != 0 { data.last().copied() } else { None },
        decimal: if choice & 1 != 0 { DecimalMark::Comma } else { DecimalMark::Point },
        empty_cells: if choice & 2 != 0 { EmptyCells::Nan } else { EmptyCells::Refuse },
        header_row: match choice & 12 {
            4 => Some(true),
            8 => Some(false),
            _ => None,
        },
    };
    let Some(Ok(found)) = common::read(FileKind::Csv, data, options) else { return };
    let values = numbers(&found, &data[2..]);
    let [rows, columns] = found.tensors[0].shape[..] else { panic!("a table has rows and columns") };
    let mut writer = CsvWriter::new(rows, columns).expect("a table that was read can be written");
    let mut text = Vec::new();
    writer.push_f64(&values, &mut text).expect("as many as announced");
    writer.finish().expect("as many as announced");
    let plain = CsvOptions { delimiter: Some(b','), header_row: Some(false), ..CsvOptions::default() };
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
