//! Whatever the bytes, the worst that can happen is a fault, the same one however the file is cut.

mod common;

use common::{fixture, read_all};
use proptest::prelude::*;
use tensor_files::write::{CsvWriter, SafetensorsWriter, TensorSpec};
use tensor_files::{CsvOptions, Dtype, EmptyCells, FileKind, detect};

const KINDS: [FileKind; 4] = [FileKind::Npy, FileKind::Safetensors, FileKind::Csv, FileKind::Gguf];

/// One valid file of each kind.
fn sample(index: usize) -> (FileKind, Vec<u8>) {
    let (kind, name) = [
        (FileKind::Npy, "version2.npy"),
        (FileKind::Safetensors, "plain.safetensors"),
        (FileKind::Csv, "commas.csv"),
        (FileKind::Gguf, "mixed.gguf"),
    ][index];
    (kind, fixture(name))
}

/// Reads a file whole and cut by `cuts` in turn; both must give the same.
fn agree(kind: FileKind, file: &[u8], cuts: &[usize]) {
    let options = CsvOptions { empty_cells: EmptyCells::Nan, ..CsvOptions::default() };
    let whole = read_all(kind, file, options, || usize::MAX >> 1);
    let mut step = 0;
    let pieces = read_all(kind, file, options, || {
        step += 1;
        cuts[step % cuts.len()]
    });
    assert_eq!(whole, pieces);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(file in prop::collection::vec(any::<u8>(), 0..600), cuts in prop::collection::vec(1usize..200, 1..5)) {
        let _ = detect("file.csv", &file);
        for kind in KINDS {
            agree(kind, &file, &cuts);
        }
    }

    #[test]
    fn any_text(text in "[0-9a-z ,;.\"\n\r\t+-]{0,300}", cuts in prop::collection::vec(1usize..50, 1..5)) {
        agree(FileKind::Csv, text.as_bytes(), &cuts);
    }

    #[test]
    fn damaged_files(
        index in 0usize..4,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        // Headers stand first, so most damage goes there.
        near in prop::bool::weighted(0.8),
        length in prop::option::weighted(0.3, any::<prop::sample::Index>()),
        cuts in prop::collection::vec(1usize..5000, 1..5),
    ) {
        let (kind, mut file) = sample(index);
        let reach = if near { file.len().min(700) } else { file.len() };
        for (place, byte) in changes {
            let at = place.index(reach);
            file[at] = byte;
        }
        if let Some(length) = length {
            file.truncate(length.index(file.len()));
        }
        agree(kind, &file, &cuts);
    }

    #[test]
    fn any_table_survives(columns in 1u64..6, numbers in prop::collection::vec(any::<f64>(), 1..60)) {
        let rows = numbers.len() as u64 / columns;
        prop_assume!(rows > 0);
        let numbers = &numbers[..usize::try_from(rows * columns).unwrap()];
        let mut writer = CsvWriter::new(rows, columns).unwrap();
        let mut text = Vec::new();
        writer.push_f64(numbers, &mut text).unwrap();
        let (catalog, values) = read_all(FileKind::Csv, &text, CsvOptions::default(), || 11).unwrap();
        prop_assert_eq!(&catalog.tensors[0].shape, &[rows, columns]);
        let bits = |x: f64| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() };
        let got: Vec<u64> = values[0].clone().unwrap().into_iter().map(|b| bits(f64::from_bits(b))).collect();
        prop_assert_eq!(got, numbers.iter().map(|x| bits(*x)).collect::<Vec<_>>());
    }

    #[test]
    fn any_header_survives(
        names in prop::collection::btree_set(".{0,20}", 0..6),
        shape in prop::collection::vec(0u64..4, 0..4),
        metadata in prop::collection::btree_map(".{0,10}", ".{0,30}", 0..4),
    ) {
        let tensors: Vec<TensorSpec> = names
            .iter()
            .filter(|n| *n != "__metadata__")
            .map(|n| TensorSpec { name: n.clone(), dtype: Dtype::F16, shape: shape.clone() })
            .collect();
        let pairs: Vec<(&str, &str)> = metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let writer = SafetensorsWriter::new(&tensors, &pairs).unwrap();
        let mut file = writer.header().to_vec();
        file.resize(usize::try_from(writer.file_bytes()).unwrap(), 0);
        let (catalog, _) = read_all(FileKind::Safetensors, &file, CsvOptions::default(), || 5).unwrap();
        let read: std::collections::BTreeSet<&String> = catalog.tensors.iter().map(|t| &t.name).collect();
        prop_assert_eq!(read, tensors.iter().map(|t| &t.name).collect());
        prop_assert_eq!(catalog.metadata.len(), pairs.len());
        let reference = safetensors::SafeTensors::deserialize(&file).unwrap();
        prop_assert_eq!(reference.len(), tensors.len());
    }
}
