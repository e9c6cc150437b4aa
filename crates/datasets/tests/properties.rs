//! Whatever the bytes are, reading ends with a data set or an error; what was written is read.

mod common;

use common::{Raw, seal, small};
use datasets::{Dataset, DatasetError, Kind, Parts, Split, Values, encode};
use proptest::prelude::*;

proptest! {
    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Dataset::read(&bytes).is_err());
    }

    #[test]
    fn random_bytes_behind_a_good_start_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut file = [&b"PPDS\x01"[..], &bytes, &[0; 32]].concat();
        prop_assert_eq!(Dataset::read(&file).unwrap_err(), DatasetError::Digest);
        seal(&mut file);
        // A good file is not found by chance, but a small one might be.
        let _ = Dataset::read(&file);
    }

    /// One changed bit anywhere: the digest tells.
    #[test]
    fn a_changed_bit_is_an_error(place in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let mut file = small();
        let place = place.index(file.len());
        file[place] ^= 1 << bit;
        prop_assert!(Dataset::read(&file).is_err());
    }

    /// Changed bytes under a right digest: an error, or a data set whose every part is in bounds.
    #[test]
    fn forged_files_keep_their_bounds(
        table in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut file = if table { Raw::table() } else { Raw::images() }.file();
        for (place, byte) in changes {
            let place = 5 + place.index(file.len() - 5);
            file[place] = byte;
        }
        seal(&mut file);
        if let Ok(set) = Dataset::read(&file) {
            let all = set.all();
            prop_assert_eq!(all.values().len(), all.len() * set.example_len());
            prop_assert_eq!(set.shape().iter().product::<usize>(), set.example_len());
            prop_assert_eq!(set.split(Split::Train).len() + set.split(Split::Test).len(), all.len());
            for example in all.iter() {
                prop_assert!(usize::from(example.label) < set.classes().len());
                prop_assert_eq!(example.values.len(), set.example_len());
                let mut values = vec![f32::NAN; set.example_len()];
                example.values.write_f32(&mut values);
                prop_assert!(values.iter().all(|x| x.is_finite()));
            }
        }
    }

    #[test]
    fn every_cut_is_an_error(end in any::<prop::sample::Index>()) {
        let file = Raw::table().file();
        prop_assert!(Dataset::read(&file[..end.index(file.len())]).is_err());
    }

    #[test]
    fn what_is_written_is_read(
        (shape, classes, labels, pixels, train) in (
            prop::collection::vec(1_usize..6, 1..4),
            1_usize..256,
            1_usize..40,
        ).prop_flat_map(|(shape, classes, count)| {
            let length = count * shape.iter().product::<usize>();
            (
                Just(shape),
                Just(classes),
                prop::collection::vec(0..classes as u8, count),
                prop::collection::vec(0..=200_u8, length),
                1..=count,
            )
        })
    ) {
        let names: Vec<String> = (0..classes).map(|class| format!("class-{class}")).collect();
        let parts = Parts {
            kind: Kind::Images,
            name: "round-trip",
            shape: &shape,
            classes: &names.iter().map(String::as_str).collect::<Vec<_>>(),
            columns: &[],
            train,
            labels: &labels,
            values: Values::Pixels { values: &pixels, full_scale: 200 },
        };
        let file = encode(&parts).unwrap();
        let set = Dataset::read(&file).unwrap();
        prop_assert_eq!((set.name(), set.shape(), set.classes()), ("round-trip", &shape[..], &names[..]));
        prop_assert_eq!(set.all().labels(), &labels[..]);
        prop_assert_eq!(set.all().values(), parts.values);
        prop_assert_eq!(set.split(Split::Train).len(), train);
        prop_assert_eq!(encode(&parts).unwrap(), file, "the same parts, the same bytes");
    }

    #[test]
    fn tables_keep_every_finite_number(
        numbers in prop::collection::vec(any::<f32>().prop_filter("finite", |x| x.is_finite()), 1..50)
    ) {
        let parts = Parts {
            kind: Kind::Table,
            name: "table",
            shape: &[1],
            classes: &["only"],
            columns: &["x"],
            train: 1,
            labels: &vec![0; numbers.len()],
            values: Values::Numbers(&numbers),
        };
        let file = encode(&parts).unwrap();
        let set = Dataset::read(&file).unwrap();
        let Values::Numbers(read) = set.all().values() else { return Err(TestCaseError::fail("pixels")) };
        let bits = |numbers: &[f32]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(read), bits(&numbers));
    }
}
