//! Whatever the bytes, the worst that can happen is a fault, the same one however the file is cut.

mod common;

use common::{fixture, read_all};
use proptest::prelude::*;
use tensor_files::write::{CsvWriter, SafetensorsWriter, TensorSpec};
use tensor_files::{
    CommentSign, CsvOptions, DecimalMark, Dtype, FileKind, MissingCells, catalog_of, detect,
    safetensors_catalog,
};

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
    agree_with(kind, file, cuts, CsvOptions { missing: MissingCells::Nan, ..CsvOptions::default() });
}

fn agree_with(kind: FileKind, file: &[u8], cuts: &[usize], options: CsvOptions) {
    let whole = read_all(kind, file, options, || usize::MAX >> 1);
    let mut step = 0;
    let pieces = read_all(kind, file, options, || {
        step += 1;
        cuts[step % cuts.len()]
    });
    assert_eq!(whole, pieces);
    if kind == FileKind::Safetensors {
        assert_eq!(
            safetensors_catalog(file),
            catalog_of(kind, file, options),
            "the reader of that kind alone"
        );
    }
}

/// Every combination of choices for text.
fn choices() -> impl Strategy<Value = CsvOptions> {
    let delimiter =
        prop::option::of(
            prop_oneof![prop::sample::select(vec![b',', b';', b'\t', b' ', b'|']), any::<u8>(),],
        );
    let decimal = prop::sample::select(vec![None, Some(DecimalMark::Point), Some(DecimalMark::Comma)]);
    let missing = prop::sample::select(vec![MissingCells::Refuse, MissingCells::Nan]);
    let signs = vec![CommentSign::Find, CommentSign::None, CommentSign::Is(b'#'), CommentSign::Is(b'%')];
    let flags = (any::<Option<bool>>(), any::<Option<bool>>());
    (delimiter, decimal, missing, flags, prop::sample::select(signs)).prop_map(
        |(delimiter, decimal, missing, (header_row, index_column), comment)| CsvOptions {
            delimiter,
            decimal,
            missing,
            header_row,
            index_column,
            comment,
        },
    )
}

/// A table written in some dialect.
#[derive(Debug, Clone)]
struct Written {
    text: String,
    columns: u64,
    numbers: Vec<f64>,
    chosen: CsvOptions,
}

fn tables() -> impl Strategy<Value = Written> {
    let number = prop_oneof![
        any::<f64>().prop_filter("finite", |x| x.is_finite()),
        (-3000i32..3000).prop_map(f64::from),
        (-3_000_000i32..3_000_000).prop_map(|n| f64::from(n) / 1000.0),
    ];
    let numbers = prop::collection::vec(number, 2..40);
    let layout =
        (prop::sample::select(vec![',', ';', '\t', ' ', '|']), any::<bool>(), any::<bool>(), any::<bool>());
    (numbers, 2u64..5, layout, prop::option::of(prop::sample::select(vec!['#', '%'])), "\n|\r\n|\r")
        .prop_filter_map(
            "a comma parts cells or decimals",
            |(mut numbers, columns, (delimiter, is_comma, header, index), comment, end)| {
                numbers.truncate(numbers.len() - numbers.len() % usize::try_from(columns).unwrap());
                if numbers.is_empty() || (delimiter == ',' && is_comma) {
                    return None;
                }
                let join = |cells: &[String]| cells.join(&delimiter.to_string()) + &end;
                let mut text =
                    comment.map_or(String::new(), |sign| format!("{sign} a remark, of; some\twords{end}"));
                if header {
                    let names = (0..columns).map(|i| format!("column{i}"));
                    text +=
                        &join(&index.then(|| "name".to_owned()).into_iter().chain(names).collect::<Vec<_>>());
                }
                for (row, values) in numbers.chunks(usize::try_from(columns).unwrap()).enumerate() {
                    let name = index.then(|| format!("row{row}"));
                    let cells = values
                        .iter()
                        .map(|x| format!("{x:?}").replace('.', if is_comma { "," } else { "." }));
                    text += &join(&name.into_iter().chain(cells).collect::<Vec<_>>());
                }
                let chosen = CsvOptions {
                    delimiter: u8::try_from(delimiter).ok(),
                    decimal: Some(if is_comma { DecimalMark::Comma } else { DecimalMark::Point }),
                    header_row: Some(header),
                    index_column: Some(index),
                    ..CsvOptions::default()
                };
                Some(Written { text, columns, numbers, chosen })
            },
        )
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
    fn any_choice(
        text in "(sep=.\n)?[0-9a-eD ,;.|\"#%\u{2212}\n\r\t+-]{0,200}",
        options in choices(),
        cuts in prop::collection::vec(1usize..50, 1..5),
    ) {
        agree_with(FileKind::Csv, text.as_bytes(), &cuts, options);
    }

    #[test]
    fn a_dialect_is_found_or_asked_for(table in tables()) {
        let Written { text, columns, numbers, chosen } = table;
        let rows = numbers.len() as u64 / columns;
        let want: Vec<u64> = numbers.iter().map(|x| x.to_bits()).collect();
        let (catalog, values) = read_all(FileKind::Csv, text.as_bytes(), chosen, || 13).unwrap();
        prop_assert_eq!(&catalog.tensors[0].shape, &[rows, columns]);
        prop_assert_eq!(values[0].as_ref().unwrap(), &want);
        match read_all(FileKind::Csv, text.as_bytes(), CsvOptions::default(), || 13) {
            Ok((catalog, values)) => {
                prop_assert_eq!(&catalog.tensors[0].shape, &[rows, columns]);
                prop_assert_eq!(values[0].as_ref().unwrap(), &want);
            }
            // A lone row of a name and numbers may be either; where every number has three digits behind its comma, each may
            // be thousands.
            Err(fault) if rows == 1 => {
                prop_assert!(matches!(fault.code(), "csv-mixed-first-row" | "csv-ambiguous-mark"), "{fault}");
            }
            Err(fault) => prop_assert_eq!(fault.code(), "csv-ambiguous-mark"),
        }
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
