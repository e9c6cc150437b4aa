//! Files written by numpy, safetensors and gguf read as those packages read them. The fixtures and
//! `expected.json` come from `tools/fixtures/make.py`.

mod common;

use common::{PlainDecoder, catalog, fixture, values};
use tensor_files::{ByteOrder, CsvOptions, FileKind, detect};

fn bits(hex: &str) -> Vec<u64> {
    (0..hex.len() / 16).map(|i| u64::from_str_radix(&hex[16 * i..16 * i + 16], 16).unwrap()).collect()
}

/// All NaNs alike: the packages differ in the payloads they give.
fn canonical(x: f64) -> u64 {
    if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }
}

#[test]
fn every_tensor_reads_as_its_own_package_reads_it() {
    let expected: serde_json::Value = serde_json::from_slice(&fixture("expected.json")).unwrap();
    let mut seen = 0;
    for (name, tensors) in expected.as_object().unwrap() {
        let file = fixture(name);
        let kind = detect(name, &file[..file.len().min(16)]).unwrap();
        for slice_bytes in [1, 100, 4096, u64::MAX] {
            let found = catalog(kind, &file, CsvOptions::default(), || 1 << 20)
                .unwrap_or_else(|e| panic!("{name}: {e}"));
            for want in tensors.as_array().unwrap() {
                let label = want["name"].as_str().unwrap();
                let index = found.tensors.iter().position(|t| t.name == label).unwrap();
                let tensor = &found.tensors[index];
                assert_eq!(tensor.dtype.name(), want["dtype"], "{name} {label}");
                let shape: Vec<u64> = serde_json::from_value(want["shape"].clone()).unwrap();
                assert_eq!(tensor.shape, shape, "{name} {label}");
                assert_eq!(tensor.fortran_order, want["fortran"], "{name} {label}");
                let big = tensor.byte_order == ByteOrder::Big;
                assert_eq!(if big { "big" } else { "little" }, want["order"], "{name} {label}");
                if let Err(reason) = &tensor.readable {
                    assert_eq!(reason.code(), "unreadable-dtype");
                    continue;
                }
                let got: Vec<u64> = values(&found, index, &file, slice_bytes, &mut PlainDecoder)
                    .unwrap_or_else(|e| panic!("{name} {label}: {e}"))
                    .into_iter()
                    .map(canonical)
                    .collect();
                assert_eq!(got, bits(want["values"].as_str().unwrap()), "{name} {label}");
                seen += 1;
            }
        }
    }
    assert!(seen > 4 * 40, "only {seen} tensors were compared");
}

#[test]
fn metadata_is_kept_within_limits() {
    let found =
        catalog(FileKind::Safetensors, &fixture("plain.safetensors"), CsvOptions::default(), || 7).unwrap();
    assert!(found.metadata.contains(&("언어".to_owned(), "한국어".to_owned())));

    let found = catalog(FileKind::Gguf, &fixture("mixed.gguf"), CsvOptions::default(), || 7).unwrap();
    let get = |key: &str| found.metadata.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
    assert_eq!(get("general.name"), Some("fixture"));
    assert_eq!(get("fixture.count"), Some("7"));
    assert_eq!(get("fixture.epsilon"), Some("0.00001"));
    assert_eq!(get("fixture.flag"), Some("true"));
    assert_eq!(get("tokenizer.ggml.tokens"), Some("[200]"));
    assert_eq!((get("fixture.long"), found.metadata_dropped), (None, 1));
}

#[test]
fn what_numpy_can_hold_and_we_do_not_read_is_said() {
    let read = |name: &str| catalog(FileKind::Npy, &fixture(name), CsvOptions::default(), || 1000);
    assert_eq!(read("refused-object.npy").unwrap_err().code(), "unsupported-kind");
    assert_eq!(read("refused-record.npy").unwrap_err().code(), "unsupported-kind");
    assert_eq!(
        read("listed-complex.npy").unwrap().tensors[0].readable.clone().unwrap_err().code(),
        "unreadable-dtype"
    );
    assert_eq!(
        read("listed-text.npy").unwrap().tensors[0].readable.clone().unwrap_err().code(),
        "unknown-dtype"
    );
}
