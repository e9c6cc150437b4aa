//! CSV: what is read, what is refused, and that nothing is guessed.

mod common;

use common::{catalog, values};
use tensor_files::{Catalog, CsvOptions, DecimalMark, EmptyCells, FileError, FileKind, NoDecoder};

fn read_with(text: &[u8], options: CsvOptions) -> Result<(Catalog, Vec<f64>), FileError> {
    let found = catalog(FileKind::Csv, text, options, || usize::MAX >> 1);
    assert_eq!(found, catalog(FileKind::Csv, text, options, || 1), "chunking must not matter");
    let found = found?;
    let whole = values(&found, 0, text, u64::MAX, &mut NoDecoder)?;
    let pieces = values(&found, 0, text, 1, &mut NoDecoder)?;
    let bits = |v: &[f64]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&whole), bits(&pieces), "slicing must not matter");
    Ok((found, whole))
}

fn read(text: &str) -> ([u64; 2], Vec<f64>) {
    let (found, values) =
        read_with(text.as_bytes(), CsvOptions::default()).unwrap_or_else(|e| panic!("{text:?}: {e}"));
    (found.tensors[0].shape.clone().try_into().unwrap(), values)
}

fn fault(text: &str) -> FileError {
    read_with(text.as_bytes(), CsvOptions::default()).expect_err(text)
}

#[test]
fn delimiters_are_found() {
    let table = ([2, 2], vec![1.0, 2.5, -3.0, 4e-3]);
    for text in [
        "1,2.5\n-3,4e-3\n",
        "1;2.5\n-3;4e-3",
        "1\t2.5\r\n-3\t4e-3\r\n",
        "1 2.5\r-3 4e-3\r",
        "1, 2.5\n-3, 4e-3\n",
        "\n\n1,2.5\n\n-3,4e-3\n\n",
        "\u{feff}1,2.5\n-3,4e-3\n",
        "a,b\n1,2.5\n-3,4e-3\n",
        "\"first, of two\",\"second \"\"b\"\"\"\n1,2.5\n-3,4e-3\n",
        "\"1\",\"2.5\"\n\"-3\",\"4e-3\"\n",
        "1,2.5\n   \n-3,4e-3\n",
    ] {
        assert_eq!(read(text), table, "{text:?}");
    }
    assert_eq!(read("1\n2\n3"), ([3, 1], vec![1.0, 2.0, 3.0]));
    assert_eq!(read("1,2,3"), ([1, 3], vec![1.0, 2.0, 3.0]));
    assert_eq!(read("my column\n1\n2"), ([2, 1], vec![1.0, 2.0]));
    assert_eq!(read("7"), ([1, 1], vec![7.0]));
}

#[test]
fn numbers_are_exact() {
    let halfway = "9007199254740993"; // between two neighbours: to even
    let (_, v) = read(&format!("{halfway}\n0.1\n2.2250738585072011e-308\n-0\ninf\n-Infinity\nNaN\n1e-400\n"));
    assert_eq!(v[0], 9007199254740992.0);
    assert_eq!(v[1].to_bits(), 0x3fb9_9999_9999_999a);
    assert_eq!(v[2].to_bits(), 0x000f_ffff_ffff_ffff);
    assert_eq!(v[3].to_bits(), (-0.0f64).to_bits());
    assert_eq!((v[4], v[5], v[7]), (f64::INFINITY, f64::NEG_INFINITY, 0.0));
    assert!(v[6].is_nan());
}

#[test]
fn faults_name_their_place() {
    let text = || "x".to_owned();
    assert_eq!(fault("1,2\n3,x\n"), FileError::CsvNotANumber { line: 2, column: 2, text: text() });
    assert_eq!(fault("1,2\r\n\r\n3,x\r\n"), FileError::CsvNotANumber { line: 3, column: 2, text: text() });
    assert_eq!(fault("1,2\n3,x"), FileError::CsvNotANumber { line: 2, column: 2, text: text() });
    assert_eq!(fault("1,2\nx,3\n"), FileError::CsvNotANumber { line: 2, column: 1, text: text() });
    assert_eq!(fault("1,2\n3,\n"), FileError::CsvEmptyCell { line: 2, column: 2 });
    assert_eq!(fault("1,2\n3\n"), FileError::CsvRowLength { line: 2, expected: 2, found: 1 });
    assert_eq!(fault("1,2\n3,4,5\n"), FileError::CsvRowLength { line: 2, expected: 2, found: 3 });
    assert_eq!(
        fault("1,2\n3,1e999\n"),
        FileError::CsvOutOfRange { line: 2, column: 2, text: "1e999".into() }
    );
    assert_eq!(fault("1,2\n3,NA\n").code(), "csv-not-a-number");
    assert_eq!(fault("1,x\n"), FileError::CsvMixedFirstRow { column: 2, text: text() });
    assert_eq!(fault("1,2\n3,\"4\n").code(), "csv-not-a-number");
    let long = format!("1\n{}\n", "1".repeat(5000));
    assert_eq!(fault(&long), FileError::CsvCellTooLong { line: 2, column: 1, limit: 4096 });
    for empty in ["", "\n\n", "a,b\n", "   "] {
        assert_eq!(fault(empty).code(), "csv-no-numbers", "{empty:?}");
    }
}

#[test]
fn other_encodings_are_named() {
    for text in [&b"\xff\xfe1\0,\x002\0"[..], b"\xfe\xff\x001", b"1\0,\x002\0"] {
        assert_eq!(read_with(text, CsvOptions::default()).unwrap_err(), FileError::CsvEncoding {});
    }
    assert_eq!(read_with(b"1,2\n3,\xff\n", CsvOptions::default()).unwrap_err().code(), "csv-not-a-number");
}

#[test]
fn a_decimal_comma_is_read_only_when_chosen() {
    let text = "1,5;2,5\n3;-4,25e1\n";
    assert_eq!(fault(text), FileError::CsvDecimalComma { line: 1, column: 1, text: "1,5".into() });
    assert_eq!(fault("1;2\n3;4,5\n"), FileError::CsvDecimalComma { line: 2, column: 2, text: "4,5".into() });
    let comma = CsvOptions { decimal: DecimalMark::Comma, ..CsvOptions::default() };
    assert_eq!(read_with(text.as_bytes(), comma).unwrap().1, [1.5, 2.5, 3.0, -42.5]);
    assert_eq!(read_with(b"1,5;2.5\n", comma).unwrap_err().code(), "csv-mixed-first-row");
    assert_eq!(read_with(b"1,5;2\n1,2,3;1\n", comma).unwrap_err().code(), "csv-not-a-number");
}

#[test]
fn choices_are_followed() {
    let empty = CsvOptions { empty_cells: EmptyCells::Nan, ..CsvOptions::default() };
    let (_, v) = read_with(b"1,,3\n4, ,\n", empty).unwrap();
    assert_eq!(v.iter().map(|x| x.is_nan()).collect::<Vec<_>>(), [false, true, false, false, true, true]);
    let header = CsvOptions { header_row: Some(true), ..CsvOptions::default() };
    assert_eq!(read_with(b"id,2019,2020\n1,2,3\n", header).unwrap().1, [1.0, 2.0, 3.0]);
    let no_header = CsvOptions { header_row: Some(false), ..CsvOptions::default() };
    assert_eq!(read_with(b"a,b\n1,2\n", no_header).unwrap_err().code(), "csv-not-a-number");
    let bar = CsvOptions { delimiter: Some(b'|'), ..CsvOptions::default() };
    assert_eq!(read_with(b"1|2\n3|4\n", bar).unwrap().0.tensors[0].shape, [2, 2]);
}

#[test]
fn one_row_longer_than_what_is_looked_at() {
    let text = vec!["0.5"; 100_000].join(",");
    let found = catalog(FileKind::Csv, text.as_bytes(), CsvOptions::default(), || 1000).unwrap();
    assert_eq!(found.tensors[0].shape, [1, 100_000]);
}

#[test]
fn a_file_that_changed_is_noticed() {
    let found = catalog(FileKind::Csv, b"1,2\n3,4\n", CsvOptions::default(), || 8).unwrap();
    let changed = values(&found, 0, b"1,2\n\n\n\n\n", 8, &mut NoDecoder);
    assert_eq!(changed.unwrap_err().code(), "size-mismatch");
}
