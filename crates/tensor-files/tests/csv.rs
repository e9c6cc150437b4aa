//! CSV: what is read, what is refused, and that nothing is guessed.

mod common;

use common::{catalog, values};
use tensor_files::{
    Catalog, CommentSign, CsvCounts, CsvLayout, CsvOptions, DecimalMark, FileError, FileKind, MissingCells,
    NoDecoder,
};

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
        "1|2.5\n-3|4e-3\n",
        "  1    2.5\n -3   4e-3  \n",
        "1 \t2.5\n-3\t 4e-3\n",
        "1;2,5\n-3;4e-3\n",
        "1,0 2,5\n-3 4e-3\n",
        "sep=;\r\n1;2.5\r\n-3;4e-3\r\n",
        "# made by hand\n1,2.5\n#\n-3,4e-3\n",
        "%% a b\n1 2.5\n-3 4e-3\n",
        "x,a,b\nrow,1,2.5\nother row,-3,4e-3\n",
        "first,1,2.5\nsecond,-3,4e-3\n",
        "\"\",\"a\",\"b\"\n\"1\",1,2.5\n\"2\",-3,4e-3\n",
        "a b\n1 1 2.5\n2 -3 4e-3\n",
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
    assert_eq!(fault("1,2\n3,NA\n"), FileError::CsvMissing { line: 2, column: 2, text: "NA".into() });
    assert_eq!(fault("1,x\n"), FileError::CsvMixedFirstRow { line: 1, column: 2, text: text() });
    assert_eq!(fault("#\n\n1,x\n3,4\n"), FileError::CsvMixedFirstRow { line: 3, column: 2, text: text() });
    assert_eq!(fault("a,b\n1,2\n3,\"\nx\"\n").code(), "csv-not-a-number");
    assert_eq!(
        fault("1,2\n\"3\n\",4\n5,x\n"),
        FileError::CsvNotANumber { line: 2, column: 1, text: "3\u{fffd}".into() }
    );
    assert_eq!(fault("1,2\n#N/A,3\n"), FileError::CsvMissing { line: 2, column: 1, text: "#N/A".into() });
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
fn a_decimal_mark_is_found_or_asked_for() {
    assert_eq!(read("1,5;2,5\n3;-4,25e1\n").1, [1.5, 2.5, 3.0, -42.5]);
    assert_eq!(read("1;2\n3;4,5\n").1, [1.0, 2.0, 3.0, 4.5]);
    assert_eq!(read("0,125;1,234\n").1, [0.125, 1.234]);
    assert_eq!(read("1.5;1.234\n").1, [1.5, 1.234]);
    let ambiguous = |text: &str| FileError::CsvAmbiguousMark { line: 1, column: 1, text: text.into() };
    assert_eq!(fault("1,234;5,678\n"), ambiguous("1,234"));
    assert_eq!(fault("1,234;5.678\n"), ambiguous("1,234"));
    let contradicts = FileError::CsvAmbiguousMark { line: 2, column: 2, text: "2.5".into() };
    assert_eq!(fault("1,5;2\n2;2.5\n"), contradicts);
    assert_eq!(
        fault("1,5;2\n3;1.234,5\n"),
        FileError::CsvThousands { line: 2, column: 2, text: "1.234,5".into() }
    );
    assert_eq!(fault("1,5;1.234\n").code(), "csv-ambiguous-mark");

    let chosen = |decimal| CsvOptions { decimal: Some(decimal), ..CsvOptions::default() };
    let (comma, point) = (chosen(DecimalMark::Comma), chosen(DecimalMark::Point));
    assert_eq!(read_with(b"1,234;5,678\n", comma).unwrap().1, [1.234, 5.678]);
    let (found, values) = read_with(b"1,234;5,678.25\n", point).unwrap();
    assert_eq!((values, found.csv_counts.grouped), (vec![1234.0, 5678.25], 2));
    assert_eq!(read_with(b"1.234;5,5\n", comma).unwrap().1, [1234.0, 5.5]);
    let point_cell = FileError::CsvDecimalPoint { line: 1, column: 2, text: "2.5".into() };
    assert_eq!(read_with(b"1,5;2.5\n", comma).unwrap_err(), point_cell);
    let comma_cell = FileError::CsvDecimalComma { line: 1, column: 1, text: "1,5".into() };
    assert_eq!(read_with(b"1,5;2\n", point).unwrap_err(), comma_cell);
    assert_eq!(read_with(b"1,5;2\n1,2,3;1\n", comma).unwrap_err().code(), "csv-not-a-number");
    // Beyond what is looked at, a cell that contradicts is named.
    let late = format!("{}2,5;1\n", "1;2\n".repeat(20_000));
    assert_eq!(fault(&late), FileError::CsvDecimalComma { line: 20_001, column: 1, text: "2,5".into() });
}

#[test]
fn headers_and_indices_are_found_or_asked_for() {
    let layout = |text: &str| read_with(text.as_bytes(), CsvOptions::default()).unwrap().0.csv.unwrap();
    let found = |text: &str| (layout(text).header_row, layout(text).index_column);
    assert_eq!(found("a,b\n1,2\n"), (true, false));
    assert_eq!(found(",a,b\n0,1,2\n"), (true, true));
    assert_eq!(found("a,1,2\nb,3,4\n"), (false, true));
    assert_eq!(found("name,x\na,1\nb,2\n"), (true, true));
    assert_eq!(found("1,2\n3,4\n"), (false, false));
    // Years may be numbers or names: with an empty corner or a word beside them it is asked.
    assert_eq!(
        fault(",2023,2024\n1,10,20\n"),
        FileError::CsvMixedFirstRow { line: 1, column: 1, text: String::new() }
    );
    let index = CsvOptions { index_column: Some(true), ..CsvOptions::default() };
    assert_eq!(read_with(b"5,1,2\n6,3,4\n", index).unwrap().1, [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(read_with(b"1\n2\n", index).unwrap_err().code(), "csv-no-numbers");
    let kept = CsvOptions { index_column: Some(false), ..CsvOptions::default() };
    assert_eq!(read_with(b"a,1,2\nb,3,4\n", kept).unwrap_err().code(), "csv-mixed-first-row");
    let ragged = FileError::CsvRowLength { line: 2, expected: 3, found: 2 };
    assert_eq!(fault("a,b,c\n1,2\n3,4\n"), ragged);
}

#[test]
fn what_reading_leaves_out_or_changes_is_counted() {
    let text = "# one\n1,9007199254740993\n\n# two\n1e-400,\n7,n/a\n\n\n";
    let nan = CsvOptions { missing: MissingCells::Nan, ..CsvOptions::default() };
    let counts = read_with(text.as_bytes(), nan).unwrap().0.csv_counts;
    let expected =
        CsvCounts { comment_lines: 2, blank_lines: 1, missing: 2, grouped: 0, inexact: 1, zeroed: 1 };
    assert_eq!(counts, expected);
}

mod cases {
    use super::*;

    fn case(
        name: &str,
        options: CsvOptions,
    ) -> Result<([u64; 2], Vec<f64>, CsvLayout, CsvCounts), FileError> {
        let path = format!("{}/tests/cases/{name}", env!("CARGO_MANIFEST_DIR"));
        let (found, values) = read_with(&std::fs::read(path).unwrap(), options)?;
        let shape = found.tensors[0].shape.clone().try_into().unwrap();
        Ok((shape, values, found.csv.unwrap(), found.csv_counts))
    }

    fn auto(name: &str) -> ([u64; 2], Vec<f64>, CsvLayout, CsvCounts) {
        case(name, CsvOptions::default()).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    const COMMA: CsvOptions = CsvOptions {
        decimal: Some(DecimalMark::Comma),
        delimiter: None,
        missing: MissingCells::Refuse,
        header_row: None,
        index_column: None,
        comment: CommentSign::Find,
    };

    #[test]
    fn c02_decimal_commas() {
        let (shape, values, ..) = case("c02a_one_column.csv", COMMA).unwrap();
        assert_eq!((shape, values), ([3, 1], vec![1.5, -2.25, 3.125]));
        let want = ([2, 2], vec![1.5, 2.5, 3.5, -4.25]);
        let (shape, values, ..) = case("c02c_space_columns.txt", COMMA).unwrap();
        assert_eq!((shape, values), want);
        let (shape, values, layout, _) = auto("c02c_space_columns.txt");
        assert_eq!((shape, values), want);
        assert_eq!((layout.decimal, layout.delimiter), (DecimalMark::Comma, b' '));
        let ambiguous = FileError::CsvAmbiguousMark { line: 1, column: 1, text: "1,234".into() };
        assert_eq!(case("c02d_thousands.csv", CsvOptions::default()).unwrap_err(), ambiguous);
        let point = CsvOptions { decimal: Some(DecimalMark::Point), ..CsvOptions::default() };
        let (_, values, _, counts) = case("c02d_thousands.csv", point).unwrap();
        assert_eq!((values, counts.grouped), (vec![1234.0, 5678.0, 2000.0, 3500.0], 4));
    }

    #[test]
    fn c04_to_c09_dialects() {
        let (shape, values, layout, counts) = auto("c04a_savetxt.txt");
        assert_eq!((shape, values), ([3, 2], vec![1.5, -2.0, 0.25, 1e-3, 3.0, 4.0]));
        assert_eq!((layout.comment, counts.comment_lines), (Some(b'#'), 1));
        let (shape, values, ..) = auto("c05a_aligned.txt");
        assert_eq!((shape, values), ([3, 3], vec![1.0, -22.5, 333.25, -4.0, 5.125, -6.0, 77.5, 8.0, 9.0]));
        // Two rows of four columns, of which the first is an index.
        let (shape, values, layout, _) = auto("c06_frame.csv");
        assert_eq!((shape, values), ([2, 3], vec![0.5, -1.25, 2.0, 3.5, 4.0, -0.125]));
        assert!(layout.header_row && layout.index_column);
        let kept = CsvOptions { index_column: Some(false), ..CsvOptions::default() };
        assert_eq!(case("c06_frame.csv", kept).unwrap().0, [2, 4]);
        let asked = FileError::CsvMixedFirstRow { line: 1, column: 1, text: "id".into() };
        assert_eq!(case("c07_years.csv", CsvOptions::default()).unwrap_err(), asked);
        let header = CsvOptions { header_row: Some(true), ..CsvOptions::default() };
        let (shape, values, ..) = case("c07_years.csv", header).unwrap();
        assert_eq!((shape, values), ([2, 4], vec![1.0, 10.0, 20.0, 30.0, 2.0, 5.0, 6.0, 7.0]));
        let (shape, values, layout, _) = auto("c08a_sep3.csv");
        assert_eq!((shape, values), ([2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        assert!(layout.has_separator_line);
    }

    #[test]
    fn c15_to_c17_spellings() {
        assert_eq!(auto("c15_fortran_d.csv").1, [100.0, -2.5e-3, 3.0, 9_629.513_424_4]);
        assert_eq!(auto("c16_minus.csv").1, [1.5, -2.25, -3.0, 4.0]);
        let values = auto("c17b_msvc.csv").1;
        assert_eq!(values[..2], [1.0, f64::INFINITY]);
        assert!(values[2].is_nan() && values[3].is_nan());
    }

    #[test]
    fn c34_first_rows_that_are_no_header() {
        let (shape, values, layout, _) = auto("c34a_first_row.csv");
        assert_eq!((shape, layout.header_row), ([3, 2], false));
        assert!(values[0].is_nan() && values[1].is_nan());
        assert_eq!(values[2..], [1.0, 2.0, 3.0, 4.0]);
        let missing = FileError::CsvMissing { line: 1, column: 1, text: "NA".into() };
        assert_eq!(case("c34c_first_row_na.csv", CsvOptions::default()).unwrap_err(), missing);
        let nan = CsvOptions { missing: MissingCells::Nan, ..CsvOptions::default() };
        let (shape, _, _, counts) = case("c34c_first_row_na.csv", nan).unwrap();
        assert_eq!((shape, counts.missing), ([3, 2], 2));
    }
}

#[test]
fn choices_are_followed() {
    let empty = CsvOptions { missing: MissingCells::Nan, ..CsvOptions::default() };
    let (_, v) = read_with(b"1,,3\n4, ,\n", empty).unwrap();
    assert_eq!(v.iter().map(|x| x.is_nan()).collect::<Vec<_>>(), [false, true, false, false, true, true]);
    let header = CsvOptions { header_row: Some(true), ..CsvOptions::default() };
    assert_eq!(read_with(b"id,2019,2020\n1,2,3\n", header).unwrap().1, [1.0, 2.0, 3.0]);
    let no_header = CsvOptions { header_row: Some(false), ..CsvOptions::default() };
    assert_eq!(read_with(b"a,b\n1,2\n", no_header).unwrap_err().code(), "csv-not-a-number");
    let bar = CsvOptions { delimiter: Some(b'|'), ..CsvOptions::default() };
    assert_eq!(read_with(b"1|2\n3|4\n", bar).unwrap().0.tensors[0].shape, [2, 2]);
    let remark = CsvOptions { comment: CommentSign::Is(b'/'), ..CsvOptions::default() };
    assert_eq!(read_with(b"// 1\n3|4\n", remark).unwrap().1, [3.0, 4.0]);
    let no_comment = CsvOptions { comment: CommentSign::None, ..CsvOptions::default() };
    assert_eq!(read_with(b"3,4\n#5,6\n", no_comment).unwrap_err().code(), "csv-not-a-number");
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
