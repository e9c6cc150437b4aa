//! One broken file for each fault; each is sealed with a right digest, so that the check behind it is met.

mod common;

use common::{Raw, seal, small};
use datasets::limits::{MAX_EXAMPLES, MAX_EXTENT, MAX_PAYLOAD_BYTES};
use datasets::{Dataset, DatasetError, Kind, Parts, Split, Values, encode};

/// What is broken in an otherwise good file.
type Change = fn(&mut Raw);

fn fault(change: impl FnOnce(&mut Raw)) -> DatasetError {
    fault_of(Raw::images(), change)
}

fn fault_of(mut raw: Raw, change: impl FnOnce(&mut Raw)) -> DatasetError {
    change(&mut raw);
    Dataset::read(&raw.file()).unwrap_err()
}

#[test]
fn the_writer_and_the_layout_agree() {
    assert_eq!(Raw::images().file(), small());
    let set = Dataset::read(&small()).unwrap();
    assert_eq!(
        (set.kind(), set.name(), set.shape(), set.example_len()),
        (Kind::Images, "small", &[1, 2][..], 2)
    );
    assert_eq!(set.classes(), ["a", "b-2"]);
    assert!(set.columns().is_empty());
    let train = set.split(Split::Train);
    assert_eq!((train.len(), train.labels()), (2, &[0, 1][..]));
    let test = set.split(Split::Test);
    assert_eq!((test.len(), test.labels()), (1, &[1][..]));
    assert_eq!(test.get(0).unwrap().values, Values::Pixels { values: &[5, 6], full_scale: 16 });
    assert_eq!(test.get(1), None);
    assert_eq!(set.all().iter().map(|example| example.label).collect::<Vec<_>>(), [0, 1, 1]);
    let mut scaled = [9.0; 3];
    assert_eq!(train.get(0).unwrap().values.write_f32(&mut scaled), 2);
    assert_eq!(scaled, [0.0, 1.0, 9.0]);
    assert_eq!(train.get(1).unwrap().values.write_f32(&mut scaled[..1]), 1);
    assert_eq!(scaled, [3.0 / 16.0, 1.0, 9.0]);
}

#[test]
fn a_table_keeps_its_numbers() {
    let set = Dataset::read(&Raw::table().file()).unwrap();
    assert_eq!(set.columns(), ["x", "y"]);
    assert!(set.split(Split::Test).is_empty());
    let Values::Numbers(numbers) = set.all().values() else { panic!("a table of pixels") };
    assert_eq!(numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), [0x3FC0_0000, 0x8000_0000]);
}

#[test]
fn the_first_bytes_and_the_digest() {
    assert_eq!(Dataset::read(b"").unwrap_err(), DatasetError::BadMagic);
    assert_eq!(Dataset::read(b"GGUF").unwrap_err(), DatasetError::BadMagic);
    let mut later = small();
    later[4] = 2;
    assert_eq!(Dataset::read(&later).unwrap_err(), DatasetError::Version { version: 2 });
    assert_eq!(
        Dataset::read(&small()[..5]).unwrap_err(),
        DatasetError::Truncated { field: "the digest", needed: 27 }
    );
    let mut longer = small();
    longer.push(0);
    assert_eq!(Dataset::read(&longer).unwrap_err(), DatasetError::Digest);
}

#[test]
fn a_sealed_file_that_ends_early_says_where() {
    let whole = small();
    for end in 32 + 5..whole.len() {
        let mut cut = whole[..end].to_vec();
        seal(&mut cut);
        let error = Dataset::read(&cut).unwrap_err();
        assert!(matches!(error, DatasetError::Truncated { .. }), "{end}: {error}");
    }
}

#[test]
fn codes() {
    assert_eq!(fault(|raw| raw.kind = 2), DatasetError::UnknownCode { field: "kind", code: 2 });
    assert_eq!(fault(|raw| raw.value_type = 2), DatasetError::UnknownCode { field: "type", code: 2 });
    assert_eq!(fault(|raw| raw.full_scale = 0), DatasetError::Inconsistent);
    assert_eq!(fault(|raw| raw.kind = 1), DatasetError::Inconsistent);
    assert_eq!(fault_of(Raw::table(), |raw| raw.full_scale = 1), DatasetError::Inconsistent);
    assert_eq!(fault_of(Raw::table(), |raw| raw.kind = 0), DatasetError::Inconsistent);
}

#[test]
fn counts_outside_their_limits() {
    let out_of_range = |error: &DatasetError, wanted: &str| matches!(error, DatasetError::OutOfRange { field, .. } if *field == wanted);
    let cases: [(&str, Change); 12] = [
        ("training examples", |raw| raw.train = 0),
        ("training examples", |raw| raw.train = u32::MAX),
        ("test examples", |raw| raw.test = u32::MAX),
        ("examples", |raw| (raw.train, raw.test) = (MAX_EXAMPLES as u32, 1)),
        ("rank", |raw| raw.shape.clear()),
        ("rank", |raw| raw.shape = vec![1; 4]),
        ("extent", |raw| raw.shape[1] = 0),
        ("extent", |raw| raw.shape[1] = MAX_EXTENT as u32 + 1),
        ("payload", |raw| raw.shape = vec![MAX_EXTENT as u32; 3]),
        ("classes", |raw| raw.classes.clear()),
        ("classes", |raw| raw.classes = vec![b"a".to_vec(); 257]),
        ("the data set", |raw| raw.name = vec![b'a'; 65]),
    ];
    for (field, change) in cases {
        let error = fault(change);
        assert!(out_of_range(&error, field), "{field}: {error}");
    }
    let error = fault_of(Raw::table(), |raw| {
        raw.shape = vec![1, 2];
    });
    assert!(out_of_range(&error, "rank"), "{error}");
}

#[test]
fn the_largest_counts_together_do_not_overflow() {
    let error = fault_of(Raw::table(), |raw| {
        (raw.train, raw.test, raw.shape) = (MAX_EXAMPLES as u32 - 1, 1, vec![MAX_EXTENT as u32; 3]);
    });
    let DatasetError::OutOfRange { field: "payload", value, most: MAX_PAYLOAD_BYTES, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(value, MAX_EXAMPLES * (1 + 4 * MAX_EXTENT.pow(3)));
}

#[test]
fn names() {
    for name in [&b"Small"[..], b"a b", b"\xff", "\u{e9}".as_bytes(), b"a/b", b"a.b"] {
        assert_eq!(fault(|raw| raw.name = name.to_vec()), DatasetError::BadName { field: "the data set" });
    }
    assert_eq!(
        fault(|raw| raw.classes[1] = b"a".to_vec()),
        DatasetError::DoubleName { field: "classes", name: "a".into() }
    );
    assert_eq!(
        fault(|raw| raw.columns = vec![b"x".to_vec()]),
        DatasetError::ColumnCount { expected: 0, found: 1 }
    );
    assert_eq!(
        fault_of(Raw::table(), |raw| raw.columns.truncate(1)),
        DatasetError::ColumnCount { expected: 2, found: 1 }
    );
}

#[test]
fn payloads() {
    assert_eq!(fault(|raw| raw.payload.push(0)), DatasetError::PayloadLength { expected: 9 });
    assert_eq!(
        fault(|raw| raw.payload.truncate(8)),
        DatasetError::PayloadLength { expected: 9 },
        "a short payload"
    );
    assert_eq!(fault(|raw| raw.behind_stream.push(0)), DatasetError::Deflate);
    assert_eq!(fault(|raw| raw.behind_payload.push(0)), DatasetError::TrailingBytes { bytes: 1 });
    assert_eq!(fault(|raw| raw.payload[2] = 2), DatasetError::Label { index: 2, label: 2, classes: 2 });
    assert_eq!(fault(|raw| raw.payload[5] = 17), DatasetError::Value { index: 2 });
    for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let error = fault_of(Raw::table(), |raw| raw.payload[5..9].copy_from_slice(&odd.to_le_bytes()));
        assert_eq!(error, DatasetError::Value { index: 1 });
    }
}

#[test]
fn memory_and_payload_follow_the_header_and_the_files_length() {
    // 48 MB announced by a file of some hundred bytes: no deflate stream of this length can hold them.
    let error = fault(|raw| (raw.train, raw.test, raw.shape) = (12_000, 0, vec![4000]));
    assert_eq!(error, DatasetError::PayloadLength { expected: 12_000 * 4001 });
    // 50 MB of zeros behind a header that announces nine bytes: not unpacked.
    let error = fault(|raw| raw.payload.resize(50_000_000, 0));
    assert_eq!(error, DatasetError::PayloadLength { expected: 9 });
}

#[test]
fn the_encoder_refuses_what_the_reader_refuses() {
    let good = Parts {
        kind: Kind::Images,
        name: "x",
        shape: &[1],
        classes: &["a"],
        columns: &[],
        train: 1,
        labels: &[0],
        values: Values::Pixels { values: &[1], full_scale: 1 },
    };
    encode(&good).unwrap();
    let long = "a".repeat(256);
    for bad in [
        Parts { name: "X", ..good },
        Parts { name: &long, ..good },
        Parts { shape: &[2], ..good },
        Parts { train: 2, ..good },
        Parts { labels: &[1], ..good },
        Parts { values: Values::Pixels { values: &[2], full_scale: 1 }, ..good },
        Parts { values: Values::Numbers(&[1.0]), ..good },
    ] {
        assert!(encode(&bad).is_err(), "{bad:?}");
    }
}
