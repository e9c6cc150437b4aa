//! Heads on the shipped base: the chain from a file to an accuracy, and what is refused.

use std::path::Path as FilePath;

use datasets::Dataset;
use engine::cpu::Path;
use engine::policy::Policy;
use engine::snapshot::{Hashing, Weights};
use experiments::classifier::Network;
use experiments::lab::{CpuRun, Lab, Samples};
use experiments::networks::efficientnet_lite0::{
    Blocks, Cut, Extractor, Storage, TUNABLE, random, read, shards,
};
use experiments::transfer::{
    Arm, Draw, Extraction, Head, HeadCard, HeadConfig, HeadError, HeadFileError, Kept, Learner, Pictures,
    PicturesError, RECIPE_EPOCHS, Table, entries, read_card, read_head,
};
use experiments::weights_file::to_safetensors_with;

const LINEAR: HeadConfig =
    HeadConfig { learner: Learner::Network(Network::Softmax), batch: 1024, lr: 3e-3, weight_decay: 0.1 };

fn public(file: &str) -> Vec<u8> {
    std::fs::read(FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../../public").join(file))
        .expect("a shipped file")
}

fn base(batch: usize) -> Extractor {
    base_up_to(Cut::Depthwise10, batch, 64)
}

fn base_up_to(cut: Cut, batch: usize, side: usize) -> Extractor {
    let files: Vec<Vec<u8>> =
        shards(Storage::Int8, cut).iter().map(|shard| public(&format!("models/{}", shard.file))).collect();
    let files: Vec<&[u8]> = files.iter().map(|file| &file[..]).collect();
    let weights = read(Storage::Int8, cut, &files).expect("the shipped weights");
    Extractor::new(&weights, cut, batch, side, &Policy::FP32, Path::Wide).expect("its weights")
}

fn emoji() -> Pictures {
    Pictures::of(&Dataset::read(&public("data/emoji.bin")).expect("emoji")).expect("pictures")
}

fn trained(head: &Head, steps: u64) -> CpuRun {
    let mut run = CpuRun::new(head.training(), 1);
    run.run(steps, f64::INFINITY, || 0.0, &mut Samples::new(1, 2));
    run
}

#[test]
fn a_base_that_has_seen_pictures_helps_with_few_labels() {
    let pictures = emoji();
    let mut extraction = Extraction::new(Kept::Means);
    let mut base = base(8);
    while extraction.step(&mut base, &pictures) {}
    let features = extraction.table();
    assert_eq!((features.width, features.labels.len()), (672, 268));
    let draw = Draw::new(pictures.labels(), 5, 10, 100, 1);
    assert_eq!((draw.train.len(), draw.test.len()), (50, 5 * 34));
    let accuracy = |table: &Table| {
        let (train, test, _) = table.parts(&draw);
        let mut head = Head::new(&LINEAR, train, test, 5).expect("a head").of_pictures(&draw.test);
        let run = trained(&head, 200);
        let at = run.snapshot();
        let view = |head: &mut Head, name: &str| head.view(name, &at).expect("a view").values;
        let confusion = view(&mut head, "confusion");
        let test = view(&mut head, "test")[0];
        let right: f32 = (0..5).map(|class| confusion[class * 6]).sum();
        assert_eq!(confusion.iter().sum::<f32>(), 170.0);
        assert!((right / 170.0 - test).abs() < 1e-6);
        let answers = view(&mut head, "predictions");
        assert_eq!(answers.len(), 170 * 4);
        for (answer, &picture) in answers.chunks_exact(4).zip(&draw.test) {
            assert_eq!((answer[0] as usize, answer[1] as u8), (picture, pictures.labels()[picture]));
            assert!(answer[3] > 0.2 && answer[3] <= 1.0, "the likeliest of five: {answer:?}");
        }
        assert_eq!(answers.chunks_exact(4).filter(|answer| answer[1] == answer[2]).count() as f32, right);
        assert!(view(&mut head, "train")[0] > 0.99, "50 rows are learnt by heart");
        test
    };
    let (frozen, raw) = (accuracy(&features), accuracy(&Table::of_pixels(&pictures, 16)));
    println!("frozen {frozen}, raw pixels {raw}");
    assert!(frozen > raw + 0.08 && frozen > 0.6, "{frozen} against {raw}");
}

/// A draw of the curve in `docs/transfer/README.md`.
#[test]
fn the_recipe_takes_five_epochs() {
    let pictures = emoji();
    let mut extraction = Extraction::new(Kept::Maps);
    let mut base = base_up_to(Cut::Block14, 8, 96);
    while extraction.step(&mut base, &pictures) {}
    let maps = extraction.table();
    assert_eq!(maps.width, 3 * 3 * 192);
    let draw = Draw::new(pictures.labels(), 5, 25, 100, 0);
    let (train, test) = (maps.rows(&draw.train), maps.rows(&draw.test));
    assert_eq!((train.labels.len(), test.labels.len()), (125, 5 * 19));
    let mut head = Head::new(&Arm::Recipe.config(), train, test, 5).expect("a head");
    assert_eq!(head.training().param_count, 1728 * 512 + 512 + 512 * 5 + 5);
    let mut run = CpuRun::new(head.training(), 0);
    let epoch = Arm::Recipe.steps(125) / RECIPE_EPOCHS as u64;
    let curve: Vec<[u32; 2]> = (0..RECIPE_EPOCHS)
        .map(|_| {
            run.run(epoch, f64::INFINITY, || 0.0, &mut Samples::new(1, 2));
            let at = run.snapshot();
            let mut right =
                |name, rows: f32| (head.view(name, &at).expect("a view").values[0] * rows).round() as u32;
            [right("train", 125.0), right("test", 95.0)]
        })
        .collect();
    assert_eq!(curve, [[69, 46], [79, 52], [95, 53], [100, 58], [94, 59]]);
}

#[test]
fn batches_do_not_change_features() {
    let mut few = Pictures::new(64, 5);
    let all = emoji();
    for index in 0..5 {
        let levels: Vec<u8> = all.levels(index, 64).iter().map(|level| *level as u8).collect();
        few.push(&levels, all.labels()[index]).expect("a picture");
    }
    let table = |batch, maps| {
        let mut extraction = Extraction::new(if maps { Kept::Maps } else { Kept::Means });
        let mut base = base(batch);
        while extraction.step(&mut base, &few) {}
        assert_eq!(extraction.done(), 5);
        extraction.table()
    };
    assert_eq!(table(1, false), table(3, false));
    // A map's mean over pixels is its features, up to rounding.
    let (maps, means) = (table(3, true), table(3, false));
    assert_eq!(maps.width, 16 * means.width);
    let first: f32 = (0..16).map(|pixel| maps.values[pixel * means.width]).sum::<f32>() / 16.0;
    assert!((first - means.values[0]).abs() < 1e-5);
}

/// Before its first step a base some of whose blocks are trained gives the base's own features, and then it learns.
#[test]
fn trained_blocks_start_as_the_base() {
    let weights = random(Cut::Block14, 5);
    let mut base =
        Extractor::new(&weights, Cut::Block14, 4, 64, &Policy::FP32, Path::Wide).expect("its weights");
    let pictures = emoji();
    let table = |kept, base: &mut Extractor| {
        let mut extraction = Extraction::new(kept);
        while extraction.done() < 16 && extraction.step(base, &pictures) {}
        extraction.table()
    };
    let (kept, means) = (table(Kept::Entry, &mut base), table(Kept::Means, &mut base));
    assert_eq!((kept.width, means.width), (4 * 4 * 112, 192));
    let config = |learner| HeadConfig { learner, batch: 64, lr: 1e-3, weight_decay: 0.0 };
    let mut frozen = Head::new(&config(Learner::Network(Network::Softmax)), means.clone(), means.clone(), 5)
        .expect("a head");
    let mut at = trained(&frozen, 1).snapshot();
    let place = |head: &Head, name: &str| {
        head.training().plan.params.iter().position(|p| p.name == name).expect(name)
    };
    let mut counts = Vec::new();
    for indices in [&[14][..], &[12, 14], &TUNABLE] {
        let blocks = Blocks::of(indices).expect("blocks that may be trained");
        let entry = entries(&weights, &kept, blocks.first()).expect("its weights");
        let config = config(Learner::Blocks(blocks));
        let mut tuned = Head::tuned(&config, &weights, entry.clone(), entry.clone(), 5).expect("a head");
        // The same dense layer behind both.
        let mut start = CpuRun::new(tuned.training(), 1).snapshot();
        for name in ["out.weight", "out.bias"] {
            let count = at.params[place(&frozen, name)].len();
            let values: Vec<f32> = (0..count).map(|i| 0.01 * (i % 11) as f32).collect();
            at.params[place(&frozen, name)].clone_from(&values);
            start.params[place(&tuned, name)] = values;
        }
        let (got, expected) = (tuned.predict(&start, &entry.values), frozen.predict(&at, &means.values));
        assert!(
            got.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-5 * b.abs().max(1.0)),
            "{indices:?}: {got:?} {expected:?}"
        );
        let loss = |head: &mut Head, at| head.view("train", at).expect("a view").values[1];
        let (before, after) = (loss(&mut tuned, &start), {
            let at = trained(&tuned, 20).snapshot();
            // Blocks that are not chosen have nothing that is trained.
            let names: Vec<&str> = tuned.training().plan.params.iter().map(|p| p.name.as_str()).collect();
            for index in TUNABLE {
                let is_there = names.iter().any(|name| name.contains(&format!("block{index}.")));
                assert_eq!(is_there, blocks.contains(index), "{index} of {indices:?}");
            }
            loss(&mut tuned, &at)
        });
        assert!(after < before, "{indices:?}: {after} after {before}");
        counts.push(tuned.training().param_count);
    }
    // Block 14 of 192 channels: 192 · 1152 twice, 5 · 5 · 1152, three biases; the head's 193 · 5.
    let block = 2 * 192 * 1152 + 25 * 1152 + 2 * 1152 + 192;
    assert_eq!(counts[..2], [block + 965, 2 * block + 965]);
    assert!(counts[2] > 3 * block);
    let config = config(Learner::Blocks(Blocks::LAST));
    let entry = entries(&weights, &kept, 14).expect("its weights");
    let missing = Head::new(&config, entry.clone(), entry, 5).map(|_| ());
    assert_eq!(missing, Err(HeadError::Base("base.block14.expand.weight".into())));
}

/// A head that was written and read answers as it did, and a file that says something else is refused.
#[test]
fn a_head_survives_its_file() {
    let classes = ["고양이", "dog", "a plant"].map(str::to_owned).to_vec();
    let card = |arm, blocks| HeadCard {
        arm,
        cut: Cut::Block14,
        weights: "int8".to_owned(),
        side: 96,
        blocks,
        classes: classes.clone(),
    };
    let base = random(Cut::Block14, 5);
    let two = Blocks::of(&[13, 14]).expect("two");
    let mut file = Vec::new();
    for (arm, blocks) in [
        (Arm::Tuned, two),
        (Arm::Recipe, Blocks::LAST),
        (Arm::Scratch, Blocks::LAST),
        (Arm::Frozen, Blocks::LAST),
    ] {
        let card = card(arm, blocks);
        let width = card.width();
        let values = (0..12 * width).map(|i| ((i * 7919) % 31) as f32 / 31.0).collect();
        let table = Table { width, values, labels: [0, 1, 2, 1].repeat(3) };
        let (train, _, scaler) = table.parts(&Draw { train: (0..12).collect(), test: vec![] });
        let (train, scaler) = if arm.is_scaled() { (train, Some(scaler)) } else { (table.clone(), None) };
        let config = if arm == Arm::Tuned { Arm::tuned(blocks) } else { arm.config() };
        let mut head = Head::tuned(&config, &base, train.clone(), train, 3)
            .expect("a head")
            .scaled_by(scaler)
            .with_card(card.clone());
        let at = trained(&head, 2).snapshot();
        let row = &table.values[..width];
        assert!(head.view("picture", &at).expect("a view").values.is_empty());
        assert!(head.set("picture", &row[1..]).is_err());
        head.set("picture", row).expect("a row");
        let expected = head.view("picture", &at).expect("a view").values;
        assert!((expected.iter().sum::<f32>() - 1.0).abs() < 1e-5);

        let mut weights = Weights::of(&head.training().plan, &at).expect("its own");
        weights.tensors.extend(head.more_tensors());
        let metadata = head.metadata();
        let metadata: Vec<(&str, &str)> =
            metadata.iter().map(|(key, value)| (&key[..], &value[..])).collect();
        file = to_safetensors_with(&weights, &metadata).expect("a file");
        assert_eq!(read_card(&file), Ok(card.clone()));
        let mut judge = read_head(&file, &card, &base).expect("a head");
        assert_eq!(judge.probabilities(row), Some(expected), "{arm:?}");
        assert_eq!(judge.probabilities(&row[1..]), None);
        if arm == Arm::Tuned {
            let other = read_head(&file, &card, &Weights::default()).map(|_| ());
            assert!(matches!(other, Err(HeadFileError::Head(HeadError::Base(_)))));
        }
    }
    // The last one, of the frozen base: with more classes than it has outputs, cut off, and with another arm.
    let mut more = card(Arm::Frozen, Blocks::LAST);
    more.classes.push("another".to_owned());
    assert!(matches!(read_head(&file, &more, &base).map(|_| ()), Err(HeadFileError::File(_))));
    let other = card(Arm::Recipe, Blocks::LAST);
    assert!(matches!(read_head(&file, &other, &base).map(|_| ()), Err(HeadFileError::File(_))));
    for len in [0, 7, 40, file.len() - 1] {
        assert!(read_card(&file[..len]).is_err());
    }
    let with = |key: &str, value: &str| {
        let mut metadata = card(Arm::Frozen, Blocks::LAST).metadata();
        metadata.iter_mut().filter(|(known, _)| known == key).for_each(|entry| entry.1 = value.to_owned());
        let metadata: Vec<(&str, &str)> =
            metadata.iter().map(|(key, value)| (&key[..], &value[..])).collect();
        read_card(&to_safetensors_with(&Weights::default(), &metadata).expect("a file"))
    };
    assert!(with("base", "whatever").is_ok());
    let long = "x".repeat(61);
    for (key, value) in [
        ("head", "2"),
        ("arm", "other"),
        ("cut", "full"),
        ("weights", "../int8"),
        ("side", "4096"),
        ("blocks", "3"),
        ("classes", "one"),
        ("classes", &long),
    ] {
        assert_eq!(with(key, value), Err(HeadFileError::Metadata(key_of(key))), "{key} {value}");
    }
}

fn key_of(key: &str) -> &'static str {
    ["head", "arm", "cut", "weights", "side", "blocks", "classes"]
        .into_iter()
        .find(|known| *known == key)
        .expect("a key")
}

/// A step of trained blocks that is left after every kernel is the step that was not; its metrics too.
#[test]
fn a_step_in_parts_is_the_same_step() {
    let base = random(Cut::Block14, 5);
    let width = 3 * 3 * 192;
    let table = Table {
        width,
        values: (0..16 * width).map(|i| ((i * 7919) % 31) as f32 / 31.0).collect(),
        labels: [0, 1, 2, 1].repeat(4),
    };
    let head = Head::tuned(&Arm::tuned(Blocks::LAST), &base, table.clone(), table, 3).expect("a head");
    assert!(head.training().plan.flop_count > 50_000_000);
    let (mut whole, mut parts) = (CpuRun::new(head.training(), 1), CpuRun::new(head.training(), 1));
    let (mut told, mut retold) = (Samples::new(1, 8), Samples::new(1, 8));
    whole.run(2, f64::INFINITY, || 0.0, &mut told);
    let mut calls = 0;
    while parts.step_count() < 2 {
        parts.run_parts(2, 0.0, || 0.0, &mut retold);
        calls += 1;
    }
    assert!(calls > 20 && !parts.is_midway(), "{calls} parts of two steps");
    assert_eq!((parts.snapshot().hash(), &retold), (whole.snapshot().hash(), &told));
    parts.run_parts(1, 0.0, || 0.0, &mut retold);
    assert!(parts.is_midway() && parts.step_count() == 2);
    parts.finish(&mut retold);
    whole.run(1, f64::INFINITY, || 0.0, &mut told);
    assert_eq!((parts.snapshot().hash(), &retold), (whole.snapshot().hash(), &told));
    let at = parts.snapshot();
    let mut hashing = Hashing::new(&at);
    let pieces = std::iter::repeat_with(|| hashing.go_on(&at, 10_007)).take_while(Option::is_none).count();
    assert!(pieces > 50, "{pieces}");
    assert_eq!(hashing.go_on(&at, 1), Some(at.hash()));
    parts.run_parts(1, 0.0, || 0.0, &mut retold);
    parts.reset();
    assert!(!parts.is_midway() && parts.step_count() == 0);

    // By a clock that goes on with every look: a call that completes a step ends between two, however long steps and slices are.
    for slice_ms in [3.0, 20.0, 70.0, 500.0] {
        let (mut now, mut waited) = (0.0, 0);
        parts.reset();
        while parts.step_count() < 6 {
            let end = now + slice_ms;
            let clock = || {
                now += 1.0;
                now
            };
            let taken = parts.run_parts(u64::MAX, end, clock, &mut retold);
            assert_eq!(taken == 0, parts.is_midway(), "{taken} steps in {slice_ms} ms");
            waited = if taken == 0 { waited + 1 } else { 0 };
            assert!(waited < 200, "no end of a step in {waited} slices of {slice_ms} ms");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_head() {
    let table =
        Table { width: 3, values: (0..60).map(|i| (i % 7) as f32).collect(), labels: [0, 1, 2, 1].repeat(5) };
    for (network, batch) in [(Network::Softmax, 64), (Network::Mlp { hidden: 8 }, 4)] {
        let config = HeadConfig { learner: Learner::Network(network), batch, ..LINEAR };
        let head = Head::new(&config, table.clone(), table.clone(), 3).expect("a head");
        assert_eq!(trained(&head, 20).snapshot().hash(), trained(&head, 20).snapshot().hash());
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let table = |width, count| Table { width, values: vec![0.0; width * count], labels: vec![0; count] };
    let head = |config: &HeadConfig, train, test| Head::new(config, train, test, 2).map(|_| ());
    assert!(matches!(head(&LINEAR, table(3, 0), table(3, 1)), Err(HeadError::Rows { .. })));
    assert!(matches!(head(&LINEAR, table(3, 2), table(4, 1)), Err(HeadError::Rows { .. })));
    assert!(head(&LINEAR, table(3, 2), table(0, 0)).is_ok());
    let mut cut = table(3, 2);
    cut.values.pop();
    assert!(matches!(head(&LINEAR, cut, table(3, 1)), Err(HeadError::Rows { .. })));
    let mut foreign = table(3, 2);
    foreign.labels[1] = 2;
    assert_eq!(head(&LINEAR, table(3, 2), foreign), Err(HeadError::Class { label: 2, classes: 2 }));
    let cnn = HeadConfig { learner: Learner::Network(Network::Cnn { channels: 4 }), ..LINEAR };
    assert_eq!(head(&cnn, table(47, 2), table(47, 1)), Err(HeadError::NotPictures(47)));
    assert!(head(&cnn, table(48, 2), table(48, 1)).is_ok());
    for config in [
        HeadConfig { batch: 0, ..LINEAR },
        HeadConfig { lr: f32::NAN, ..LINEAR },
        HeadConfig { weight_decay: -1.0, ..LINEAR },
        HeadConfig { learner: Learner::Network(Network::Mlp { hidden: 0 }), ..LINEAR },
    ] {
        assert!(matches!(head(&config, table(3, 2), table(3, 1)), Err(HeadError::Limit(_))), "{config:?}");
    }
    let mut pictures = Pictures::new(2, 2);
    assert_eq!(pictures.push(&[0; 11], 0), Err(PicturesError::Levels { expected: 12, found: 11 }));
    assert_eq!(pictures.push(&[0; 12], 2), Err(PicturesError::Class { label: 2, classes: 2 }));
    let tumours = Dataset::read(&public("data/breast-cancer.bin")).expect("a table");
    assert!(matches!(Pictures::of(&tumours), Err(PicturesError::NotPictures(_))));
}
