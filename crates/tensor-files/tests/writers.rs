//! What the writers write, our reader reads back; `tools/fixtures/check_written.py` asks the formats' own packages.

mod common;

use common::{PlainDecoder, catalog, values};
use tensor_files::write::{CsvWriter, NpyWriter, SafetensorsWriter, TensorSpec};
use tensor_files::{CsvOptions, Dtype, FileError, FileKind};

#[test]
fn npy_round_trip() {
    for (dtype, shape, order) in [
        (Dtype::F32, vec![2, 3], false),
        (Dtype::F16, vec![7], true),
        (Dtype::F64, vec![], false),
        (Dtype::U8, vec![1, 0, 3], false),
        (Dtype::for_codes(6), vec![1; 64], false),
        (Dtype::for_codes(16), vec![3], false),
        (Dtype::Bool, vec![2], false),
    ] {
        let writer = NpyWriter::new(&dtype, &shape, order).unwrap();
        let mut file = writer.header().to_vec();
        assert_eq!(file.len() % 64, 0);
        let data_bytes = writer.file_bytes() - file.len() as u64;
        file.resize(file.len() + usize::try_from(data_bytes).unwrap(), 1);
        let found = catalog(FileKind::Npy, &file, CsvOptions::default(), || 10).unwrap();
        let tensor = &found.tensors[0];
        assert_eq!((&tensor.dtype, &tensor.shape, tensor.fortran_order), (&dtype, &shape, order));
        assert_eq!((tensor.byte_len, found.trailing_bytes), (data_bytes, 0));
    }
    assert_eq!(NpyWriter::new(&Dtype::Bf16, &[1], false).unwrap_err().code(), "unwritable-dtype");
    assert_eq!(NpyWriter::new(&Dtype::U8, &[1; 65], false).unwrap_err().code(), "too-many");
    assert_eq!(NpyWriter::new(&Dtype::U8, &[u64::MAX, 2], false).unwrap_err().code(), "shape-overflow");
}

#[test]
fn lengths_are_kept() {
    let mut writer = NpyWriter::new(&Dtype::U16, &[3], false).unwrap();
    writer.advance(&[0; 4]).unwrap();
    assert_eq!(writer.clone().finish(), Err(FileError::WriterLength { expected: 6, found: 4 }));
    assert_eq!(writer.advance(&[0; 4]), Err(FileError::WriterLength { expected: 6, found: 8 }));
    writer.advance(&[0; 2]).unwrap();
    writer.finish().unwrap();
}

fn spec(name: &str, dtype: Dtype, shape: &[u64]) -> TensorSpec {
    TensorSpec { name: name.to_owned(), dtype, shape: shape.to_vec() }
}

#[test]
fn safetensors_round_trip() {
    let tensors = [
        spec("wide", Dtype::F64, &[2]),
        spec("이름 \"\\\n\u{1}", Dtype::F32, &[2, 2]),
        spec("brain", Dtype::Bf16, &[3]),
        spec("e4m3", Dtype::F8E4m3, &[5]),
        spec("scale", Dtype::F8E8m0, &[]),
        spec("none", Dtype::I8, &[0, 4]),
    ];
    let metadata = [("z", "1"), ("a", "둘\u{7f}")];
    let mut writer = SafetensorsWriter::new(&tensors, &metadata).unwrap();
    assert_eq!(writer.header().len() % 8, 0);
    let mut file = writer.header().to_vec();
    let data: Vec<u8> = (0..writer.file_bytes() - file.len() as u64).map(|i| i as u8).collect();
    for part in data.chunks(7) {
        writer.advance(part).unwrap();
        file.extend_from_slice(part);
    }
    writer.finish().unwrap();
    let found = catalog(FileKind::Safetensors, &file, CsvOptions::default(), || 3).unwrap();
    // An empty tensor has no place of its own: it is listed where its offset sorts it.
    for tensor in &tensors {
        let read = found.tensors.iter().find(|t| t.name == tensor.name).unwrap();
        assert_eq!((&read.dtype, &read.shape), (&tensor.dtype, &tensor.shape));
    }
    let kept: Vec<(&str, &str)> = found.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(kept, metadata);
    let reference = safetensors::SafeTensors::deserialize(&file).unwrap();
    assert_eq!(reference.len(), tensors.len());
    assert_eq!(values(&found, 3, &file, 2, &mut PlainDecoder).unwrap().len(), 5);
}

#[test]
fn safetensors_refuses() {
    let new = |tensors: &[TensorSpec]| SafetensorsWriter::new(tensors, &[]).map(|w| w.file_bytes());
    let u8s = spec("a", Dtype::U8, &[3]);
    assert_eq!(new(&[u8s.clone(), u8s.clone()]).unwrap_err().code(), "duplicate-tensor");
    assert_eq!(new(&[spec("__metadata__", Dtype::U8, &[1])]).unwrap_err().code(), "duplicate-tensor");
    assert_eq!(new(&[u8s, spec("b", Dtype::F32, &[1])]).unwrap_err().code(), "misaligned");
    assert_eq!(new(&[spec("q", Dtype::Q8_0, &[32])]).unwrap_err().code(), "unwritable-dtype");
    assert_eq!(new(&[spec("q", Dtype::F32, &[u64::MAX])]).unwrap_err().code(), "shape-overflow");
    assert_eq!(SafetensorsWriter::new(&[], &[("a", "1"), ("a", "2")]).unwrap_err().code(), "duplicate-key");
}

#[test]
fn csv_round_trip() {
    let numbers =
        [0.1, -0.0, 1e300, 5e-324, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, 1.0, 2.0, 0.30000000000000004];
    let mut writer = CsvWriter::new(5, 2).unwrap();
    let mut text = Vec::new();
    writer.header(&["plain", "a \"quoted\", one"], &mut text).unwrap();
    for part in numbers.chunks(3) {
        writer.push_f64(part, &mut text).unwrap();
    }
    writer.finish().unwrap();
    let found = catalog(FileKind::Csv, &text, CsvOptions::default(), || 5).unwrap();
    assert_eq!(found.tensors[0].shape, [5, 2]);
    assert_eq!(values(&found, 0, &text, 3, &mut PlainDecoder).unwrap(), numbers);

    let mut writer = CsvWriter::new(1, 2).unwrap();
    let mut text = Vec::new();
    writer.push_f32(&[0.1, f32::NAN], &mut text).unwrap();
    assert_eq!(text, b"0.1,NaN\n");
    assert_eq!(writer.push_f32(&[0.1], &mut text).unwrap_err().code(), "writer-length");
    assert!(CsvWriter::new(3, 0).is_err());
}
