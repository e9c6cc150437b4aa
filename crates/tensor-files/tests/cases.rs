//! Files that people reported as misread elsewhere, each with its right value. Those of text are in `csv.rs`.

mod common;

use common::{PlainDecoder, catalog, values};
use tensor_files::{Catalog, CsvOptions, Dtype, Elements, FileError, NoDecoder, SliceReader, detect};

fn case(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/cases/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn open(name: &str) -> Result<(Catalog, Vec<u8>), FileError> {
    let file = case(name);
    let kind = detect(name, &file[..file.len().min(64)])?;
    Ok((catalog(kind, &file, CsvOptions::default(), || 7)?, file))
}

/// Every number of the tensor of this name.
fn read(name: &str, tensor: &str) -> Vec<f64> {
    let (found, file) = open(name).unwrap_or_else(|e| panic!("{name}: {e}"));
    let index = found.tensors.iter().position(|t| t.name == tensor).unwrap();
    let all = values(&found, index, &file, u64::MAX, &mut PlainDecoder).unwrap();
    let pieces = values(&found, index, &file, 1, &mut PlainDecoder).unwrap();
    assert!(all.iter().zip(&pieces).all(|(a, b)| a.to_bits() == b.to_bits()), "slicing must not matter");
    all
}

#[test]
fn c01_column_major_arrays_read_in_logical_order() {
    assert_eq!(read("c01_small_f.npy", ""), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(read("c01_rows_f.npy", ""), read("c01_rows_c.npy", ""));
}

#[test]
fn c01_a_sample_is_the_same_numbers_in_both_orders() {
    let sample = |name: &str, stride: u64| {
        let (found, file) = open(name).unwrap();
        // Slices of 10 elements, which end within rows.
        let mut reader = SliceReader::new(&found, 0, 40).unwrap().one_in(stride);
        let (mut out, mut slices) = (Elements::default(), Vec::new());
        while let Some(range) = reader.next_range() {
            let bytes = &file[range.offset as usize..(range.offset + range.len) as usize];
            reader.decode(bytes, &mut NoDecoder, &mut out).unwrap();
            if !out.is_empty() {
                slices.push((reader.position(), out.clone()));
            }
        }
        assert!(slices.iter().rev().skip(1).all(|(_, slice)| slice.len() == 10));
        for (index, (position, _)) in slices.iter().enumerate() {
            assert_eq!(
                *position,
                (10 * (index as u64 * stride + 1)).min(256),
                "slice {index} of one in {stride}"
            );
        }
        slices
    };
    for stride in 1..6 {
        let rows = sample("c01_rows_c.npy", stride);
        assert_eq!(rows.len(), 26_usize.div_ceil(stride as usize));
        assert_eq!(sample("c01_rows_f.npy", stride), rows, "{stride}");
    }
}

#[test]
fn c03_fnuz_types_are_read() {
    let same = |got: Vec<f64>, want: [f64; 10]| {
        for (got, want) in got.iter().zip(want) {
            assert!(*got == want || got.is_nan() && want.is_nan(), "{got} {want}");
        }
    };
    let nan = f64::NAN;
    let four = [0.0, 2f64.powi(-10), 2f64.powi(-7), 1.0, 2.0, 240.0, nan, -1.0, -240.0, 0.75];
    same(read("c03_fnuz.safetensors", "w4"), four);
    let five = [0.0, 2f64.powi(-17), 2f64.powi(-14), 1.0, 4.0, 57344.0, nan, -1.0, -57344.0, 0.5];
    same(read("c03_fnuz.safetensors", "w5"), five);
}

#[test]
fn c11_long_integers_are_read_and_those_that_are_rounded_are_counted() {
    let (found, file) = open("c11_int64.npy").unwrap();
    let mut reader = SliceReader::new(&found, 0, u64::MAX).unwrap();
    let mut out = Elements::default();
    let start = reader.next_range().unwrap().offset as usize;
    reader.decode(&file[start..], &mut NoDecoder, &mut out).unwrap();
    let edge = 2f64.powi(53);
    let numbers =
        vec![edge, -edge, 1_757_260_800_123_456_789_i64 as f64, -2f64.powi(63), 2f64.powi(63), 42.0];
    assert_eq!(out, Elements::F64(numbers));
    assert_eq!(reader.inexact_count(), 4);
}

#[test]
fn c18_what_a_download_left_is_named() {
    assert_eq!(open("c18a_pointer.safetensors").unwrap_err(), FileError::LfsPointer {});
    assert_eq!(open("c18b_page.npy").unwrap_err(), FileError::WebPage {});
    assert_eq!(detect("table.csv", b"\xef\xbb\xbf\r\n <HTML lang=en>").unwrap_err(), FileError::WebPage {});
    let text = detect("model.gguf", b"Invalid username or password.").unwrap_err();
    assert_eq!(text, FileError::TextInstead { kind: "gguf", text: "Invalid username or password.".into() });
}

#[test]
fn c19_four_bit_floats_are_read() {
    assert_eq!(read("c19_mx.safetensors", "w"), [0.5, 1.0, -1.5, 6.0, -6.0, 0.0, 3.0, -0.5]);
    let scale = read("c19_mx.safetensors", "scale");
    assert_eq!(scale[..5], [2f64.powi(-127), 0.5, 1.0, 2.0, 2f64.powi(127)]);
    assert!(scale[5].is_nan());
}

#[test]
fn c20_every_type_is_read_or_marked() {
    let (found, file) = open("c20_types.gguf").unwrap();
    let mut unreadable = Vec::new();
    for (index, tensor) in found.tensors.iter().enumerate() {
        match &tensor.readable {
            Ok(()) => {
                values(&found, index, &file, 1, &mut PlainDecoder).unwrap();
            }
            Err(reason) => unreadable.push((tensor.name.as_str(), reason.code())),
        }
    }
    assert_eq!(unreadable, [("future", "unknown-dtype")]);
    let experts = read("c20_types.gguf", "experts");
    assert_eq!(experts[..6], [-3.0; 6]);
    assert_eq!((experts[28], experts[35], experts[39], experts.len()), (-0.25, 0.25, 0.75, 64));
    assert_eq!(read("c20_types.gguf", "half")[..2], [1.0, -2.5]);
}

#[test]
fn c24_numpys_names_of_types_are_known() {
    assert_eq!(read("c24f_float32.npy", ""), [1.5, -2.0]);
    let file = case("c24f_float32.npy");
    let renamed = |name: &str| {
        let text = String::from_utf8_lossy(&file[10..128]);
        let mut header = text.replace("float32", name);
        header.truncate(118);
        let header = format!("{:<117}\n", header.trim_end());
        [&file[..10], header.as_bytes(), &[0; 64]].concat()
    };
    for (name, dtype) in [
        ("d", Dtype::F64),
        (">d", Dtype::F64),
        ("float16", Dtype::F16),
        ("half", Dtype::F16),
        ("i8", Dtype::I64),
        ("b", Dtype::I8),
        ("?", Dtype::Bool),
        ("uint32", Dtype::U32),
    ] {
        let file = renamed(name);
        let found = catalog(tensor_files::FileKind::Npy, &file, CsvOptions::default(), || 50).unwrap();
        assert_eq!(found.tensors[0].dtype, dtype, "{name}");
        assert!(found.tensors[0].readable.is_ok());
    }
}
