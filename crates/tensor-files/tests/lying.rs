//! Files that say what is not so: each lie is a fault of its own.

mod common;

use common::build::{Gguf, npy, safetensors};
use common::catalog;
use tensor_files::{
    Catalog, CsvOptions, FileError, FileKind, HeaderReader, Need, NoDecoder, SliceReader, limits,
};

fn read(kind: FileKind, file: &[u8]) -> Result<Catalog, FileError> {
    let whole = catalog(kind, file, CsvOptions::default(), || usize::MAX >> 1);
    assert_eq!(whole, catalog(kind, file, CsvOptions::default(), || 1), "chunking must not matter");
    whole
}

fn fault(kind: FileKind, file: &[u8]) -> FileError {
    read(kind, file).expect_err("the file lies")
}

fn code(kind: FileKind, file: &[u8]) -> &'static str {
    fault(kind, file).code()
}

mod safetensors_files {
    use super::*;

    fn lie(json: &str, data_bytes: usize) -> FileError {
        fault(FileKind::Safetensors, &safetensors(json, data_bytes))
    }

    #[test]
    fn the_header_does_not_fit() {
        let mut long = 1000u64.to_le_bytes().to_vec();
        long.extend_from_slice(b"{}");
        let expected = FileError::HeaderBeyondFile { header_end: 1008, file_bytes: 10 };
        assert_eq!(fault(FileKind::Safetensors, &long), expected);
        assert_eq!(code(FileKind::Safetensors, &[0xff; 20]), "header-beyond-file");
        assert_eq!(code(FileKind::Safetensors, b"\x02\0\0"), "truncated");
        // A header longer than agreed to, in a file long enough: nothing is asked for any more.
        let mut reader = HeaderReader::new(FileKind::Safetensors, 1 << 40);
        let n = limits::SAFETENSORS_MAX_HEADER_BYTES + 1;
        assert_eq!(reader.feed(0, &n.to_le_bytes()).unwrap_err().code(), "header-too-long");
        assert_eq!(reader.poll(), Need::Done);
    }

    #[test]
    fn the_header_is_no_json() {
        assert_eq!(lie("[]", 0).code(), "header-syntax");
        assert_eq!(lie(" {}", 0).code(), "header-syntax");
        assert_eq!(lie("", 0).code(), "header-syntax");
        let FileError::HeaderSyntax { offset, .. } = lie("{\"a\":\n 5}", 0) else { panic!() };
        assert_eq!(offset, 8 + 7);
        assert_eq!(lie("{} x", 0).code(), "header-syntax");
        assert_eq!(
            fault(FileKind::Safetensors, b"\x03\0\0\0\0\0\0\0{\"\xff"),
            FileError::NotUtf8 { offset: 10 }
        );
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        assert_eq!(lie(&deep, 0).code(), "header-syntax");
        assert_eq!(lie(r#"{"__metadata__":{"a":1}}"#, 0).code(), "header-syntax");
        assert_eq!(
            lie(r#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, 4).code(),
            "header-syntax"
        );
        assert_eq!(
            lie(r#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4).code(),
            "header-syntax"
        );
        assert_eq!(lie(r#"{"a":{"dtype":"F32","shape":[1]}}"#, 4).code(), "header-syntax");
    }

    #[test]
    fn names_are_unique() {
        let entry = r#""a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}"#;
        let twice = format!("{{{entry},{entry}}}");
        assert_eq!(lie(&twice, 1), FileError::DuplicateTensor { tensor: "a".into() });
        // Also when spelt in two ways.
        let escaped = format!("{{{entry},{}}}", entry.replace("\"a\"", "\"\\u0061\""));
        assert_eq!(lie(&escaped, 1), FileError::DuplicateTensor { tensor: "a".into() });
        assert_eq!(lie(r#"{"__metadata__":{},"__metadata__":{}}"#, 0).code(), "duplicate-key");
        let long = format!("{{\"{}\":0}}", "n".repeat(5000));
        assert_eq!(lie(&long, 0).code(), "too-long");
    }

    #[test]
    fn tensors_lie_one_after_the_other() {
        let two = |a: (u64, u64), b: (u64, u64)| {
            let entry = |n: &str, (s, e): (u64, u64)| {
                format!(
                    r#""{n}":{{"dtype":"U8","shape":[{}],"data_offsets":[{s},{e}]}}"#,
                    e.saturating_sub(s)
                )
            };
            format!("{{{},{}}}", entry("a", a), entry("b", b))
        };
        assert_eq!(
            read(FileKind::Safetensors, &safetensors(&two((4, 8), (0, 4)), 8)).unwrap().tensors[0].name,
            "b"
        );
        let json = two((0, 5), (4, 8));
        let data_start = 8 + json.len() as u64;
        let expected = FileError::Overlap { tensor: "b".into(), other: "a".into(), offset: data_start + 4 };
        assert_eq!(lie(&json, 8), expected);
        let json = two((0, 3), (4, 8));
        assert_eq!(
            lie(&json, 8),
            FileError::Hole { tensor: "b".into(), expected: data_start + 3, found: data_start + 4 }
        );
        assert_eq!(lie(&two((1, 4), (4, 8)), 8).code(), "hole");
        assert_eq!(
            lie(&two((0, 4), (4, 8)), 7),
            FileError::BeyondEnd { tensor: "b".into(), end: data_start + 8, file_bytes: data_start + 7 }
        );
        assert_eq!(
            lie(&two((0, 4), (4, 8)), 9),
            FileError::UncoveredBytes { offset: data_start + 8, found: 1 }
        );
        assert_eq!(lie(&two((4, 0), (4, 8)), 8).code(), "offsets-reversed");
        let far = two((0, 4), (4, u64::MAX));
        assert!(matches!(lie(&far, 8).code(), "beyond-end" | "shape-overflow"));
    }

    #[test]
    fn shapes_and_offsets_agree() {
        let one = |dtype: &str, shape: &str, end: u64| {
            format!(r#"{{"t":{{"dtype":"{dtype}","shape":[{shape}],"data_offsets":[0,{end}]}}}}"#)
        };
        assert_eq!(
            lie(&one("F32", "2,2", 12), 12),
            FileError::SizeMismatch { tensor: "t".into(), expected: 16, found: 12 }
        );
        assert_eq!(
            lie(&one("F32", "4294967296,4294967296", 8), 8),
            FileError::ShapeOverflow { tensor: "t".into() }
        );
        assert_eq!(
            lie(&one("F64", "2305843009213693952", 8), 8),
            FileError::ShapeOverflow { tensor: "t".into() }
        );
        assert_eq!(lie(&one("F4", "3", 1), 1).code(), "partial-block");
        assert_eq!(lie(&one("U8", &vec!["1"; 65].join(","), 1), 1).code(), "too-many");
        assert_eq!(lie(&one("U8", "18446744073709551616", 1), 1).code(), "header-syntax");
    }

    #[test]
    fn an_unknown_type_is_listed_and_not_read() {
        let json = r#"{"a":{"dtype":"F2_NEW","shape":[8],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#;
        let found = read(FileKind::Safetensors, &safetensors(json, 3)).unwrap();
        assert_eq!(found.tensors[0].byte_len, 2);
        let expected = FileError::UnknownDtype { tensor: "a".into(), dtype: "F2_NEW".into() };
        assert_eq!(SliceReader::new(&found, 0, 64).err(), Some(expected));
        assert!(SliceReader::new(&found, 1, 64).is_ok());
        assert_eq!(SliceReader::new(&found, 2, 64).err(), Some(FileError::NoSuchTensor { index: 2 }));
    }

    #[test]
    fn too_many_tensors() {
        let entry = |i: u64| format!(r#""{i}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#);
        let entries: Vec<String> = (0..=limits::MAX_TENSORS).map(entry).collect();
        let file = safetensors(&format!("{{{}}}", entries.join(",")), 0);
        let all_at_once = catalog(FileKind::Safetensors, &file, CsvOptions::default(), || usize::MAX >> 1);
        assert_eq!(all_at_once.unwrap_err().code(), "too-many");
    }
}

mod npy_files {
    use super::*;

    fn lie(dictionary: &str, data_bytes: usize) -> FileError {
        fault(FileKind::Npy, &npy(dictionary, data_bytes))
    }

    #[test]
    fn prefix() {
        assert_eq!(code(FileKind::Npy, b""), "truncated");
        assert_eq!(code(FileKind::Npy, b"\x93NUMPX\x01\x00\x00\x00"), "bad-magic");
        assert_eq!(code(FileKind::Npy, b"\x93NUMPY\x04\x00\x00\x00"), "unsupported-version");
        assert_eq!(code(FileKind::Npy, b"\x93NUMPY\x01\x01\x00\x00"), "unsupported-version");
        let expected = FileError::HeaderBeyondFile { header_end: 10 + 0x76, file_bytes: 12 };
        assert_eq!(fault(FileKind::Npy, b"\x93NUMPY\x01\x00\x76\x00{}"), expected);
        assert_eq!(code(FileKind::Npy, b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}"), "header-too-long");
        assert_eq!(code(FileKind::Npy, b"\x93NUMPY\x03\x00\x02\x00\x00\x00\xff}"), "not-utf8");
        assert_eq!(code(FileKind::Npy, b"\x93NUMPY\x01\x00\x02\x00\xff}"), "header-syntax");
    }

    #[test]
    fn data() {
        let dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)}";
        let start = 10 + dict.len() as u64;
        assert_eq!(lie(dict, 15), FileError::Truncated { offset: start, expected: 16, found: 15 });
        assert_eq!(read(FileKind::Npy, &npy(dict, 19)).unwrap().trailing_bytes, 3);
        let huge = "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}";
        assert_eq!(lie(huge, 0), FileError::ShapeOverflow { tensor: String::new() });
        assert_eq!(lie(&huge.replace("<f8", "|O"), 0).code(), "unsupported-kind");
        for odd in [
            "<f3",
            "<q8",
            "",
            "<",
            "l",
            "<float32",
            "<f4[2]",
            "<f99999999999999999999",
            "|V2",
            "<U4",
            "<M8[ns]",
        ] {
            let dict = format!("{{'descr': '{odd}', 'fortran_order': False, 'shape': (2,)}}");
            let found = read(FileKind::Npy, &npy(&dict, 16)).unwrap();
            assert_eq!(found.tensors[0].readable.clone().unwrap_err().code(), "unknown-dtype", "{odd}");
        }
    }
}

mod gguf_files {
    use super::*;

    fn lie(file: &[u8]) -> FileError {
        fault(FileKind::Gguf, file)
    }

    #[test]
    fn prefix() {
        assert_eq!(lie(b"GGUF").code(), "truncated");
        assert_eq!(lie(b"GGUX\x03\0\0\0").code(), "bad-magic");
        assert_eq!(lie(b"GGUF\x01\0\0\0").code(), "unsupported-version");
        assert_eq!(lie(b"GGUF\0\0\0\x03").code(), "big-endian-file");
        assert_eq!(lie(&Gguf::new(3, u64::MAX, 0).0).code(), "too-many");
        assert_eq!(lie(&Gguf::new(3, 0, 1 << 20).0).code(), "too-many");
        // Counts within the limits that the file is too short for.
        assert_eq!(lie(&Gguf::new(3, 1000, 1000).0).code(), "truncated");
        assert!(read(FileKind::Gguf, &Gguf::new(2, 0, 0).0).unwrap().tensors.is_empty());
    }

    #[test]
    fn pairs() {
        let pair = |key: &str, kind: u32| Gguf::new(3, 0, 1).text(key).u32(kind);
        assert_eq!(lie(&pair("k", 99).data(0)).code(), "bad-value");
        assert_eq!(lie(&pair("k", 7).bytes(&[2]).data(0)), FileError::BadValue { key: "k".into(), found: 2 });
        assert_eq!(lie(&pair("k", 9).u32(9).u64(1).data(64)), FileError::NestedArray { key: "k".into() });
        assert_eq!(lie(&pair("k", 9).u32(4).u64(u64::MAX).data(64)).code(), "truncated");
        assert_eq!(lie(&pair("k", 9).u32(8).u64(u64::MAX).data(64)).code(), "truncated");
        assert_eq!(lie(&pair("k", 9).u32(77).u64(1).data(64)).code(), "bad-value");
        assert_eq!(lie(&pair("k", 8).u64(1 << 60).data(64)).code(), "truncated");
        assert_eq!(lie(&pair("k", 9).u32(8).u64(1).u64(1 << 60).data(64)).code(), "truncated");
        let twice = Gguf::new(3, 0, 2).text("k").u32(0).bytes(&[1]).text("k").u32(0).bytes(&[1]);
        assert_eq!(lie(&twice.data(0)), FileError::DuplicateKey { key: "k".into() });
        assert_eq!(
            lie(&Gguf::new(3, 0, 1).u64(2).bytes(&[0xff; 2]).data(32)),
            FileError::NotUtf8 { offset: 32 }
        );
        assert_eq!(lie(&Gguf::new(3, 0, 1).u64(100_000).data(100_000)).code(), "too-long");
        let long = Gguf::new(3, 0, 1).text("k").u32(8).u64(limits::GGUF_MAX_STRING_BYTES + 1);
        let mut reader = HeaderReader::new(FileKind::Gguf, 1 << 40);
        assert_eq!(reader.feed(0, &long.0).unwrap_err().code(), "too-long");
    }

    #[test]
    fn a_long_header_is_refused_before_it_is_read() {
        let jump = Gguf::new(3, 0, 1).text("k").u32(9).u32(0).u64(1 << 30);
        let mut reader = HeaderReader::new(FileKind::Gguf, 1 << 40);
        assert_eq!(reader.feed(0, &jump.0).unwrap_err().code(), "header-too-long");
        // An array that fits is jumped over: its bytes are never asked for.
        let jump = Gguf::new(3, 0, 1).text("k").u32(9).u32(0).u64(1 << 20);
        let mut reader = HeaderReader::new(FileKind::Gguf, 1 << 40);
        reader.feed(0, &jump.0).unwrap();
        assert_eq!(reader.poll(), Need::Done);
    }

    #[test]
    fn alignment() {
        let aligned = |n: u32| Gguf::new(3, 0, 1).text("general.alignment").u32(4).u32(n).data(0);
        for bad in [0, 4, 24, 33, 1 << 21, u32::MAX] {
            assert_eq!(lie(&aligned(bad)), FileError::BadAlignment { found: u64::from(bad) });
        }
        assert!(read(FileKind::Gguf, &aligned(64)).is_ok());
        let text = Gguf::new(3, 0, 1).text("general.alignment").u32(8).text("32").data(0);
        assert_eq!(lie(&text).code(), "bad-value");
    }

    #[test]
    fn tensors() {
        let f32s = |ne: &[u64], offset: u64| Gguf::new(3, 1, 0).tensor("t", ne, 0, offset);
        let found = read(FileKind::Gguf, &f32s(&[8, 2], 0).data(64)).unwrap();
        assert_eq!((&found.tensors[0].shape[..], found.tensors[0].byte_offset), (&[2, 8][..], 96));
        assert_eq!(lie(&f32s(&[8, 2], 0).data(63)).code(), "beyond-end");
        assert_eq!(lie(&f32s(&[8], u64::MAX - 31).data(64)).code(), "shape-overflow");
        assert_eq!(lie(&f32s(&[8], 1 << 40).data(64)).code(), "beyond-end");
        assert_eq!(
            lie(&f32s(&[8], 8).data(64)),
            FileError::Misaligned { tensor: "t".into(), offset: 8, alignment: 32 }
        );
        assert_eq!(
            lie(&f32s(&[1 << 40, 1 << 40], 0).data(64)),
            FileError::ShapeOverflow { tensor: "t".into() }
        );
        assert_eq!(lie(&f32s(&[1; 9], 0).data(64)).code(), "too-many");
        let partial = Gguf::new(3, 1, 0).tensor("t", &[16, 2], 8, 0).data(64);
        assert_eq!(lie(&partial), FileError::PartialBlock { tensor: "t".into(), elements: 16, block: 32 });
        let twice = Gguf::new(3, 2, 0).tensor("t", &[8], 0, 0).tensor("t", &[8], 0, 32).data(64);
        assert_eq!(lie(&twice), FileError::DuplicateTensor { tensor: "t".into() });
        let overlap = Gguf::new(3, 2, 0).tensor("a", &[16], 0, 0).tensor("b", &[8], 0, 32).data(64);
        assert!(
            matches!(lie(&overlap), FileError::Overlap { tensor, other, .. } if tensor == "b" && other == "a")
        );
        let unknown = Gguf::new(3, 1, 0).tensor("t", &[8], 999, 0).data(64);
        let found = read(FileKind::Gguf, &unknown).unwrap();
        assert_eq!(found.tensors[0].readable.clone().unwrap_err().code(), "unknown-dtype");
    }
}

mod callers {
    use super::*;

    #[test]
    fn the_wrong_bytes_are_noticed() {
        let file = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", 12);
        let mut reader = HeaderReader::new(FileKind::Npy, file.len() as u64);
        let fault = reader.feed(5, &file).unwrap_err();
        assert_eq!(fault, FileError::WrongOffset { expected: 0, found: 5 });
        // The fault stays.
        assert_eq!(reader.feed(0, &file).unwrap_err(), fault);
        assert_eq!(reader.finish().unwrap_err(), fault);

        let mut reader = HeaderReader::new(FileKind::Npy, file.len() as u64);
        assert_eq!(reader.feed(0, b"").unwrap_err().code(), "truncated");
        let reader = HeaderReader::new(FileKind::Npy, file.len() as u64);
        assert_eq!(reader.finish().unwrap_err(), FileError::Unfinished { offset: 0 });

        let found = read(FileKind::Npy, &file).unwrap();
        let mut slices = SliceReader::new(&found, 0, 8).unwrap();
        assert_eq!((slices.next_range().unwrap().len, slices.range_after_next().unwrap().len), (8, 4));
        let mut out = tensor_files::Elements::default();
        assert_eq!(slices.decode(&[0; 4], &mut NoDecoder, &mut out).unwrap_err().code(), "slice-length");
        slices.decode(&[0; 8], &mut NoDecoder, &mut out).unwrap();
        slices.decode(&[0; 4], &mut NoDecoder, &mut out).unwrap();
        assert_eq!(slices.next_range(), None);
        assert_eq!(slices.decode(&[], &mut NoDecoder, &mut out).unwrap_err().code(), "slice-length");
    }

    #[test]
    fn decoders_are_checked() {
        struct TooFew;
        impl tensor_files::BlockDecoder for TooFew {
            fn decode(&mut self, _: &tensor_files::Dtype, _: &[u8], out: &mut Vec<f32>) -> bool {
                out.push(1.0);
                true
            }
        }
        let json = r#"{"t":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}"#;
        let found = read(FileKind::Safetensors, &safetensors(json, 4)).unwrap();
        let mut out = tensor_files::Elements::default();
        let mut slices = SliceReader::new(&found, 0, 4).unwrap();
        assert_eq!(slices.decode(&[0; 4], &mut NoDecoder, &mut out).unwrap_err().code(), "no-decoder");
        assert_eq!(slices.decode(&[0; 4], &mut TooFew, &mut out).unwrap_err().code(), "decoder-length");
    }
}
