//! Changes of pictures and the lab that trains on them.

use std::path::Path;

use datasets::Dataset;
use experiments::augmentation::{
    Affine, Augmented, AugmentedConfig, AugmentedError, Drawn, Purpose, Recipe, Rows, Shape, Transform,
    change, mix, presets, resample,
};
use experiments::lab::{CpuRun, Lab, LabError, Samples};
use experiments::transfer::Draw;
use sha2::{Digest, Sha256};

const GREY: Shape = Shape { side: 7, channels: 1 };
const COLOURED: Shape = Shape { side: 6, channels: 3 };

fn set(name: &str) -> Dataset {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../public/data").join(format!("{name}.bin"));
    Dataset::read(&std::fs::read(path).expect("a shipped file")).expect("a data set")
}

/// Levels without any symmetry; corners are black.
fn picture(shape: Shape) -> Vec<f32> {
    let mut levels: Vec<f32> = (0..shape.len()).map(|at| ((at * 37 + 11) % 101) as f32 / 101.0).collect();
    let last = shape.side - 1;
    for (row, column) in [(0, 0), (0, last), (last, 0), (last, last)] {
        levels[(row * shape.side + column) * shape.channels..][..shape.channels].fill(0.0);
    }
    levels
}

fn changed(shape: Shape, drawn: &Drawn) -> Vec<f32> {
    let mut out = vec![f32::NAN; shape.len()];
    change(&picture(shape), shape, drawn, &mut out);
    out
}

fn only(transform: Transform, range: f32, probability: f32) -> Recipe {
    Recipe::NONE.with(transform, range, probability)
}

fn drawn(recipe: &Recipe, place: usize) -> Drawn {
    Drawn::new(recipe, 5, Purpose::Training, 3, place)
}

#[test]
fn nothing_is_done_at_range_or_probability_zero() {
    for transform in Transform::ALL {
        for recipe in [only(transform, 0.0, 1.0), only(transform, transform.most(), 0.0)] {
            assert!(recipe.is_none());
            for place in 0..20 {
                assert_eq!(drawn(&recipe, place).figures(), Drawn::NOTHING.figures(), "{transform:?}");
            }
        }
        assert!(!only(transform, 0.1, 0.1).is_none());
    }
    for shape in [GREY, COLOURED] {
        assert_eq!(changed(shape, &drawn(&Recipe::NONE, 0)), picture(shape));
    }
}

#[test]
fn flips_and_whole_pixels_are_exact() {
    for shape in [GREY, COLOURED] {
        let Shape { side, channels } = shape;
        let source = picture(shape);
        let at =
            |row: usize, column: usize, channel: usize| source[(row * side + column) * channels + channel];
        let expect = |drawn: Drawn, from: &dyn Fn(usize, usize) -> Option<(usize, usize)>| {
            let out = changed(shape, &drawn);
            for row in 0..side {
                for column in 0..side {
                    for channel in 0..channels {
                        let expected =
                            from(row, column).map_or(0.0, |(row, column)| at(row, column, channel));
                        assert_eq!(out[(row * side + column) * channels + channel], expected, "{drawn:?}");
                    }
                }
            }
        };
        let last = side - 1;
        expect(Drawn { flip: [true, false], ..Drawn::NOTHING }, &|row, column| Some((row, last - column)));
        expect(Drawn { flip: [false, true], ..Drawn::NOTHING }, &|row, column| Some((last - row, column)));
        expect(Drawn { flip: [true, true], ..Drawn::NOTHING }, &|row, column| {
            Some((last - row, last - column))
        });
        // One pixel to the right, two down; what comes in is background.
        let pixel = 1.0 / side as f32;
        let drawn = Drawn { shift: [pixel, 2.0 * pixel], ..Drawn::NOTHING };
        let out = changed(shape, &drawn);
        for (row, column) in [(2, 1), (last, last), (4, 3)] {
            for channel in 0..channels {
                let found = out[(row * side + column) * channels + channel];
                assert!((found - at(row - 2, column - 1, channel)).abs() < 1e-5, "{row} {column}");
            }
        }
        assert_eq!(out[0], 0.0);
    }
}

#[test]
fn half_a_turn_is_both_flips_and_maps_compose() {
    let turned = changed(GREY, &Drawn { angle: 180.0, ..Drawn::NOTHING });
    let flipped = changed(GREY, &Drawn { flip: [true, true], ..Drawn::NOTHING });
    // Apart from the border, whose neighbours are background, by the rounding of the sine.
    let middle =
        |out: &[f32]| (1..6).flat_map(|row| out[row * 7 + 1..row * 7 + 6].to_vec()).collect::<Vec<f32>>();
    for (a, b) in middle(&turned).iter().zip(middle(&flipped)) {
        assert!((a - b).abs() < 1e-4, "{a} {b}");
    }
    // A quarter turn clockwise on the screen brings the top to the right.
    let quarter = changed(GREY, &Drawn { angle: 90.0, ..Drawn::NOTHING });
    assert!((quarter[2 * 7 + 5] - picture(GREY)[7 + 2]).abs() < 1e-4);
    let [a, b] = [30.0, 45.0].map(|angle| Affine::of(&Drawn { angle, ..Drawn::NOTHING }, 9));
    let both = Affine::of(&Drawn { angle: 75.0, ..Drawn::NOTHING }, 9);
    for ([x, y], [z, w]) in
        a.then(b).0.map(|row| [row[0], row[1]]).into_iter().zip(both.0.map(|row| [row[0], row[1]]))
    {
        assert!((x - z).abs() < 1e-6 && (y - w).abs() < 1e-6);
    }
    // A larger picture: what is seen at a place was nearer to the middle.
    let zoomed = Affine::of(&Drawn { zoom: 2.0, shear: 45.0, ..Drawn::NOTHING }, 9);
    let [x, y] = zoomed.at(2.0, 4.0);
    assert!((x + 1.0).abs() < 1e-5 && (y - 2.0).abs() < 1e-6, "{x} {y}");
}

#[test]
fn between_pixels_is_interpolated_and_outside_is_background() {
    let shape = Shape { side: 2, channels: 1 };
    let mut out = [0.0; 4];
    resample(&[0.0, 1.0, 0.0, 1.0], shape, &Affine([[1.0, 0.0, -0.25], [0.0, 1.0, 0.0]]), &mut out);
    // A quarter of the ground, which is the corners' mean 0.5; three quarters of the neighbour.
    assert_eq!(out, [0.125, 0.75, 0.125, 0.75]);
    resample(&[0.0, 1.0, 0.0, 1.0], shape, &Affine([[0.0, 0.0, 1e9], [0.0, 0.0, -1e30]]), &mut out);
    assert_eq!(out, [0.5; 4]);
}

#[test]
fn draws_keep_to_their_ranges_and_spread_over_them() {
    const COUNT: usize = 4000;
    let all = |transform: Transform, range: f32, probability: f32| -> Vec<[f32; 14]> {
        let recipe = only(transform, range, probability);
        (0..COUNT).map(|place| drawn(&recipe, place).figures()).collect()
    };
    // Transform, place of its figure, range, least, most, mean, variance of a draw.
    let even = |range: f32| range * range / 3.0;
    for (transform, at, range, least, most, mean, variance) in [
        (Transform::Rotate, 0, 30.0, -30.0, 30.0, 0.0, even(30.0)),
        (Transform::Zoom, 1, 0.4, 0.6, 1.4, 1.0, even(0.4)),
        (Transform::Shift, 2, 0.2, -0.2, 0.2, 0.0, even(0.2)),
        (Transform::Shift, 3, 0.2, -0.2, 0.2, 0.0, even(0.2)),
        (Transform::Shear, 6, 20.0, -20.0, 20.0, 0.0, even(20.0)),
        (Transform::Brightness, 7, 0.3, -0.3, 0.3, 0.0, even(0.3)),
        (Transform::Contrast, 8, 0.5, 0.5, 1.5, 1.0, even(0.5)),
        (Transform::Noise, 9, 0.2, 0.0, 0.2, 0.1, 0.04 / 12.0),
        (Transform::Cutout, 10, 0.5, 0.0, 1.0, 0.5, 1.0 / 12.0),
        // Beta with both parameters α: 1 / (4 (2α + 1)).
        (Transform::Mixup, 13, 1.0, 0.0, 1.0, 0.5, 1.0 / 12.0),
        (Transform::Mixup, 13, 0.2, 0.0, 1.0, 0.5, 1.0 / 5.6),
    ] {
        let values: Vec<f32> = all(transform, range, 1.0).iter().map(|figures| figures[at]).collect();
        assert!(values.iter().all(|value| (least..=most).contains(value)), "{transform:?}");
        let count = COUNT as f32;
        let found = values.iter().sum::<f32>() / count;
        let spread = values.iter().map(|value| (value - found).powi(2)).sum::<f32>() / count;
        // Five standard errors.
        assert!((found - mean).abs() < 5.0 * (variance / count).sqrt(), "{transform:?}: mean {found}");
        assert!((spread / variance - 1.0).abs() < 0.12, "{transform:?}: variance {spread} {variance}");
    }
    for (transform, at) in
        [(Transform::FlipHorizontal, 4), (Transform::FlipVertical, 5), (Transform::Rotate, 0)]
    {
        let share = all(transform, 1.0, 0.3).iter().filter(|figures| figures[at] != 0.0).count() as f32
            / COUNT as f32;
        assert!((share - 0.3).abs() < 5.0 * (0.21_f32 / COUNT as f32).sqrt(), "{transform:?}: {share}");
    }
}

#[test]
fn a_setting_changes_its_own_transform_only_and_draws_are_told_apart() {
    let (mild, more) = (presets::MILD, presets::MILD.with(Transform::Cutout, 0.4, 1.0));
    for place in 0..50 {
        let (a, b) = (drawn(&mild, place).figures(), drawn(&more, place).figures());
        assert_eq!((&a[..10], a[13]), (&b[..10], b[13]));
        assert!(b[12] == 0.4 && a[12] == 0.0);
    }
    let figures = |seed, purpose, step, place| Drawn::new(&mild, seed, purpose, step, place).figures();
    let first = figures(1, Purpose::Training, 0, 0);
    assert_eq!(first, figures(1, Purpose::Training, 0, 0));
    for other in [
        figures(2, Purpose::Training, 0, 0),
        figures(1, Purpose::Test, 0, 0),
        figures(1, Purpose::Training, 1, 0),
        figures(1, Purpose::Training, 0, 1),
    ] {
        assert_ne!(first, other);
    }
}

#[test]
fn levels_change_as_said_and_stay_levels() {
    let source = picture(GREY);
    let brighter = changed(GREY, &Drawn { brightness: 0.25, ..Drawn::NOTHING });
    assert!(source.iter().zip(&brighter).all(|(a, b)| *b == (a + 0.25).min(1.0)));
    let mean = source.iter().sum::<f32>() / 49.0;
    let flat = changed(GREY, &Drawn { contrast: 0.5, ..Drawn::NOTHING });
    assert!(source.iter().zip(&flat).all(|(a, b)| (b - mean - 0.5 * (a - mean)).abs() < 1e-6));
    // Three pixels a side, centred on the middle one.
    let cut = changed(GREY, &Drawn { cutout: [0.5, 0.5, 3.0 / 7.0], ..Drawn::NOTHING });
    for (at, (a, b)) in source.iter().zip(&cut).enumerate() {
        let is_cut = (2..5).contains(&(at / 7)) && (2..5).contains(&(at % 7));
        assert_eq!(*b, if is_cut { 0.0 } else { *a }, "{at}");
    }
    // At a corner most of it lies outside.
    let corner = changed(GREY, &Drawn { cutout: [0.0, 0.999, 3.0 / 7.0], ..Drawn::NOTHING });
    assert_eq!(source.iter().zip(&corner).filter(|(a, b)| a != b).count(), 3);
    let recipe = only(Transform::Noise, 0.5, 1.0);
    let big = Shape { side: 60, channels: 1 };
    let (grey, mut noisy) = (vec![0.5; big.len()], vec![0.0; big.len()]);
    let draw = drawn(&recipe, 1);
    change(&grey, big, &draw, &mut noisy);
    assert!(noisy.iter().all(|level| (0.0..=1.0).contains(level)));
    let distinct: std::collections::BTreeSet<u32> = noisy.iter().map(|level| level.to_bits()).collect();
    assert!(distinct.len() > 2000, "{} levels: noise repeats", distinct.len());
    // Nor do the portions of one variant of a test picture come again in another of them.
    let portions = [1, 17].map(|variant: u64| {
        let noise_at = Drawn::new(&recipe, 5, Purpose::Test, variant << 32, 0).noise_at;
        change(&grey, big, &Drawn { noise: 0.1, noise_at, ..Drawn::NOTHING }, &mut noisy);
        noisy[..2048].to_vec()
    });
    assert_ne!(portions[0][1024..], portions[1][..1024]);
}

#[test]
fn mixed_targets_are_shares_and_sum_to_one() {
    let mut target = [0.0, 1.0, 0.0];
    mix(&mut target, &[1.0, 0.0, 0.0], 0.25);
    assert_eq!(target, [0.25, 0.75, 0.0]);
    let (mut lab, _) = lab("mnist", only(Transform::Mixup, 1.0, 1.0), 5, 1);
    let feed = lab.feed().expect("it changes every batch");
    let mut values = vec![vec![0.0; 32 * 784], vec![0.0; 32 * 10]];
    feed.write(1, 7, &mut values);
    let shared = values[1].chunks_exact(10).filter(|target| {
        assert!((target.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        target.iter().filter(|share| **share > 0.0).count() == 2
    });
    // Neighbours of one class share nothing.
    assert!(shared.count() > 20);
    let before = values.clone();
    feed.write(1, 8, &mut values);
    assert_ne!(before, values);
    feed.write(1, 7, &mut values);
    assert_eq!(before, values, "a step's batch does not depend on the one before");
    assert!(matches!(lab.set("variants", &[0.0]), Err(LabError::OutOfRange { .. })));
}

fn lab(name: &str, recipe: Recipe, per_class: usize, seed: u64) -> (Augmented, usize) {
    let set = set(name);
    let draw = Draw::new(set.all().labels(), set.classes().len(), per_class, 100, seed);
    let rows = |indices: &[usize]| Rows::of(&set, indices).expect("pictures");
    let lab = Augmented::new(&AugmentedConfig::new(recipe), rows(&draw.train), rows(&draw.test), seed);
    (lab.expect("a lab"), draw.test.len())
}

fn trained(lab: &Augmented, steps: u64, seed: u64) -> CpuRun {
    let mut run = CpuRun::new(lab.training(), seed).fed_by(lab.feed());
    run.run(steps, f64::INFINITY, || 0.0, &mut Samples::new(1, 2));
    run
}

#[test]
fn a_run_is_its_seed_and_goes_on_from_a_snapshot() {
    let (lab, _) = lab("mnist", presets::STRONG, 5, 1);
    let whole = trained(&lab, 6, 1).snapshot();
    assert_eq!(trained(&lab, 6, 1).snapshot().hash(), whole.hash());
    let mut run = CpuRun::new(lab.training(), 1).fed_by(lab.feed());
    run.restore(&trained(&lab, 4, 1).snapshot()).expect("its own state");
    run.run(2, f64::INFINITY, || 0.0, &mut Samples::new(1, 2));
    assert_eq!(run.snapshot().hash(), whole.hash());
    let (plain, _) = self::lab("mnist", Recipe::NONE, 5, 1);
    assert_ne!(trained(&plain, 6, 1).snapshot().hash(), whole.hash());
}

/// What `e2e/specs/augmentation.spec.ts` finds in a browser: the hash of the page's twenty variants, and of the weights after a hundred
/// steps of its second run.
#[test]
fn a_browser_finds_the_same_bits() {
    let set = set("mnist");
    let draw = Draw::new(set.all().labels(), 10, 10, 100, 1);
    let rows = Rows::of(&set, &[draw.train[6]]).expect("a picture");
    let (mut digest, mut variant) = (Sha256::new(), vec![0.0; rows.shape.len()]);
    for place in 0..20 {
        let drawn = Drawn::new(&presets::MILD, 1, Purpose::Training, 0, place);
        change(rows.get(0), rows.shape, &drawn, &mut variant);
        for level in &variant {
            digest.update(level.to_le_bytes());
        }
    }
    assert_eq!(digest.finalize()[..8], 0xff26_5eb7_7cd8_e5ef_u64.to_be_bytes());
    let (lab, _) = lab("mnist", presets::MILD, 10, 2);
    assert_eq!(format!("{:016x}", trained(&lab, 100, 2).snapshot().hash()), "0061f21f83cb0c73");
}

/// A sample of docs/augmentation: small changes help, turning digits by any angle hurts and makes nines of sixes.
#[test]
fn small_changes_help_and_turning_digits_hurts() {
    let mut figures = Vec::new();
    for recipe in [Recipe::NONE, presets::MILD, presets::TURNED] {
        let (mut sum, mut confused) = (0.0, 0.0);
        for seed in [1, 2] {
            let (mut lab, count) = lab("mnist", recipe, 10, seed);
            assert_eq!(count, 1000);
            let at = trained(&lab, 200, seed).snapshot();
            sum += lab.view("test", &at).expect("a view").values[0] / 2.0;
            let counts = lab.view("confusion", &at).expect("a view").values;
            assert_eq!(counts.iter().sum::<f32>(), 1000.0);
            confused += counts[6 * 10 + 9] + counts[9 * 10 + 6];
        }
        figures.push((sum, confused));
    }
    let [plain, mild, turned] = figures[..] else { panic!("three recipes") };
    assert!(mild.0 > plain.0 + 0.02, "{figures:?}");
    assert!(turned.0 < plain.0 - 0.02 && turned.1 > plain.1 + 20.0, "{figures:?}");
}

#[test]
fn averaging_over_variants_goes_in_portions_to_the_same_end() {
    let (mut lab, _) = lab("emoji", presets::MILD, 5, 2);
    let at = trained(&lab, 40, 2).snapshot();
    let test = lab.view("test", &at).expect("a view").values[0];
    lab.set("variants", &[1.0]).expect("one is the picture itself");
    let whole = |lab: &mut Augmented| loop {
        let view = lab.view("averaged", &at).expect("a view").values;
        if view[0] == view[1] {
            return view;
        }
    };
    let alone = whole(&mut lab);
    assert_eq!((alone[2], alone[3]), (test, test));
    lab.set("variants", &[16.0]).expect("within limits");
    let first = lab.view("averaged", &at).expect("a view").values;
    assert!(first[0] < first[1], "a portion: {first:?}");
    let many = whole(&mut lab);
    assert_eq!(many[3], test);
    assert_eq!(whole(&mut lab), many);
    assert!(many[2] > 0.2);
}

#[test]
fn what_cannot_be_is_refused() {
    let rows = |count: usize, side: usize| {
        let shape = Shape { side, channels: 1 };
        Rows { shape, values: vec![0.5; count * shape.len()], labels: vec![0; count], classes: 2 }
    };
    let make = |config: &AugmentedConfig, train, test| Augmented::new(config, train, test, 1).err();
    let config = AugmentedConfig::new(Recipe::NONE);
    assert_eq!(make(&config, rows(0, 8), rows(1, 8)), Some(AugmentedError::Rows { train: 0, test: 1 }));
    assert_eq!(make(&config, rows(1, 8), rows(1, 9)), Some(AugmentedError::Rows { train: 1, test: 1 }));
    let far = AugmentedConfig::new(only(Transform::Shear, 90.0, 1.0));
    assert_eq!(make(&far, rows(1, 8), rows(1, 8)), Some(AugmentedError::Limit("shear")));
    let none = AugmentedConfig { lr: f32::NAN, ..config };
    assert_eq!(make(&none, rows(1, 8), rows(1, 8)), Some(AugmentedError::Limit("lr or weight decay")));
    assert!(Rows::of(&set("breast-cancer"), &[0]).is_err());
    let emoji = Rows::of(&set("emoji"), &[3, 100_000]).expect("pictures");
    assert_eq!((emoji.len(), emoji.get(0).len(), emoji.get(1).len()), (1, 32 * 32 * 3, 0));
}
