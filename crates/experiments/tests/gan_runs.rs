//! Runs: replay, snapshots, rounds stage by stage, what is observed.

use engine::policy::{LossScaling, Policy};
use experiments::gan::config::{Data, ImageSet, LatentLaw, Penalty, limits};
use experiments::gan::images::{CLASSES, Classifier, Images, PIXELS};
use experiments::gan::networks::{Role, Who};
use experiments::gan::observe::{FIELD_SIDE, LATENTS};
use experiments::gan::stages::Kind;
use experiments::gan::{Config, Gan, GanError, metrics, presets};

fn small() -> Config {
    let mut config = presets::eight_gaussians();
    config.generator.hidden.widths = vec![16, 16];
    config.discriminator.hidden.widths = vec![16, 16];
    config.batch = 16;
    config
}

fn start(config: &Config) -> Gan {
    Gan::new(config.clone(), None).expect("a configuration within its limits")
}

/// Every kind of graph: penalties, several steps, batch feature, noise, formats with dynamic scaling.
fn variants() -> Vec<Config> {
    let plain = small();
    let mut steps = small();
    steps.discriminator.steps = 2;
    steps.generator.steps = 3;
    steps.instance_noise = 0.1;
    steps.label_smoothing = 0.1;
    let mut feature = small();
    feature.batch_feature = true;
    feature.penalty = Penalty::Real(0.1);
    feature.latent_law = LatentLaw::Uniform;
    feature.average = 0.9;
    let mut wasserstein = presets::wasserstein();
    wasserstein.batch = 16;
    wasserstein.round_outputs = false;
    let e5m2 = *numerics::by_id("e5m2").expect("a format");
    let dynamic = LossScaling::Dynamic { initial: 1e9, interval: 5 };
    let formats = presets::in_format(small(), e5m2, dynamic);
    vec![plain, steps, feature, wasserstein, formats]
}

fn hundred_losses(gan: &mut Gan) -> Vec<[u32; 4]> {
    (0..100)
        .map(|_| {
            gan.step();
            let losses = gan.losses();
            [losses.discriminator, losses.generator, losses.on_real, losses.right].map(f32::to_bits)
        })
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_losses_to_the_last_bit() {
    for config in variants() {
        let first = hundred_losses(&mut start(&config));
        let mut again = start(&config);
        assert_eq!(hundred_losses(&mut again), first);
        again.reset();
        assert_eq!(again.rounds(), 0);
        assert_eq!(hundred_losses(&mut again), first);
        assert_ne!(hundred_losses(&mut start(&config.clone().with_seed(2))), first);
    }
}

#[test]
fn a_snapshot_continues_a_run_and_no_other() {
    for config in variants() {
        let mut whole = start(&config);
        (0..20).for_each(|_| whole.step());
        let half = whole.snapshot();
        (0..20).for_each(|_| whole.step());
        let mut resumed = start(&config);
        resumed.restore(&half).expect("the same configuration");
        (0..20).for_each(|_| resumed.step());
        assert_eq!(resumed.snapshot().hash(), whole.snapshot().hash());
    }
    let wide = start(&presets::eight_gaussians()).snapshot();
    assert!(matches!(start(&small()).restore(&wide), Err(GanError::Snapshot(_))));
}

#[test]
fn a_changed_rate_is_that_of_the_rounds_after_it() {
    let config = small();
    let mut changed = start(&config);
    (0..20).for_each(|_| changed.step());
    let half = changed.snapshot();
    changed.set_rates([1e-2, 5e-4]);
    (0..20).for_each(|_| changed.step());

    let mut other = config.clone();
    other.generator.training.learning_rate = 1e-2;
    other.discriminator.training.learning_rate = 5e-4;
    let mut resumed = start(&other);
    resumed.restore(&half).expect("rates are no part of the plan");
    (0..20).for_each(|_| resumed.step());
    assert_eq!(resumed.snapshot().hash(), changed.snapshot().hash());

    let mut unchanged = start(&config);
    (0..40).for_each(|_| unchanged.step());
    assert_ne!(unchanged.snapshot().hash(), changed.snapshot().hash());
    // Back at round 0 the run is the one that begins with the changed rates.
    changed.reset();
    let mut fresh = start(&other);
    (0..10).for_each(|_| changed.step());
    (0..10).for_each(|_| fresh.step());
    assert_eq!(changed.snapshot().hash(), fresh.snapshot().hash());
}

#[test]
fn the_average_is_that_of_the_weights_and_changes_no_training() {
    const DECAY: f32 = 0.75;
    let mut config = small();
    config.average = DECAY;
    let mut averaged = start(&config);
    let mut plain = start(&small());
    assert_eq!(
        averaged.observe().points(100),
        plain.observe().points(100),
        "no average before the first round"
    );
    // In binary64: the sum of (1-β)·β^k·w over the rounds so far, over the sum of the shares.
    let (mut sum, mut shares) = (Vec::new(), 0.0);
    for _ in 0..7 {
        averaged.step();
        plain.step();
        let weights: Vec<f64> =
            plain.weights(Who::Generator).concat().iter().map(|&w| f64::from(w)).collect();
        sum.resize(weights.len(), 0.0);
        let decay = f64::from(DECAY);
        sum.iter_mut().zip(&weights).for_each(|(sum, w)| *sum = *sum * decay + w * (1.0 - decay));
        shares = shares * decay + (1.0 - decay);
    }
    assert_eq!(averaged.weights(Who::Generator), plain.weights(Who::Generator));
    let at = averaged.snapshot();
    let own = plain.snapshot().params.len();
    let found: Vec<f32> = at.params[own + 1..].concat();
    assert_eq!(found.len(), sum.len());
    for (found, sum) in found.iter().zip(&sum) {
        assert!((f64::from(*found) - sum / shares).abs() < 1e-6, "{found} {}", sum / shares);
    }
    assert_ne!(averaged.observe().points(100), plain.observe().points(100));
    // What is shown is what a generator with the averaged weights makes.
    let mut shown = plain.snapshot();
    let generator = plain.weights(Who::Generator).len();
    shown.params.splice(..generator, at.params[own + 1..].iter().cloned());
    plain.restore(&shown).expect("of the same plan");
    assert_eq!(averaged.observe().points(100), plain.observe().points(100));
}

#[test]
fn a_traced_round_is_the_round() {
    for config in variants() {
        let (mut plain, mut traced) = (start(&config), start(&config));
        for round in 0..12 {
            plain.step();
            let stages = if round % 3 == 0 { traced.step_traced() } else { Vec::new() };
            if round % 3 != 0 {
                traced.step();
            }
            assert_eq!(plain.snapshot().hash(), traced.snapshot().hash(), "round {round}");
            if round % 3 == 0 {
                assert_eq!(stages.len(), 9 * config.discriminator.steps + 7 * config.generator.steps);
                for stage in &stages {
                    assert_eq!(stage.values.len(), stage.shape[0] * stage.shape[1], "{stage:?}");
                    let rows = match stage.kind {
                        Kind::Loss => 1,
                        Kind::Gradients | Kind::Update => 6,
                        Kind::Slopes if stage.who == Who::Discriminator => 2 * config.batch,
                        _ => config.batch,
                    };
                    assert_eq!(stage.shape[0], rows, "{:?}", stage.kind);
                }
                let loss = stages.iter().rev().find(|stage| stage.kind == Kind::Loss).expect("a loss");
                assert_eq!(loss.who, Who::Generator);
                let last = plain.losses().generator;
                assert_eq!(loss.values[0].to_bits(), last.to_bits());
            }
        }
        for (plain, traced) in plain.rounding_losses().iter().zip(traced.rounding_losses()) {
            assert_eq!(plain.rounded, traced.rounded);
            // Four traced rounds also took the gradient to the discriminator's inputs.
            let of_inputs = plain.rounded.who == Who::Discriminator && plain.rounded.role == Role::Gradients;
            let more = if of_inputs { 4 * 2 * config.batch * config.width() } else { 0 };
            assert_eq!(traced.counts.total, plain.counts.total + more as u64);
        }
    }
}

#[test]
fn observing_changes_nothing_and_repeats() {
    for config in variants() {
        let mut gan = start(&config);
        (0..10).for_each(|_| gan.step());
        let before = gan.snapshot();
        let mut view = gan.observe();
        let points = view.points(600);
        assert_eq!(points.len(), 600);
        assert_eq!(view.points(600), points);
        assert_eq!(view.points(300), points[..300]);
        assert_eq!(view.points(2 * LATENTS).len(), LATENTS);
        let field = view.field(1.0);
        assert_eq!(field.len(), FIELD_SIDE * FIELD_SIDE);
        assert_eq!(view.field(1.0), field);
        let walk = view.walk(0, 1, 5);
        assert_eq!(walk.len(), 10);
        let close = |a: &[f32], b: [f32; 2]| (a[0] - b[0]).abs() < 0.2 && (a[1] - b[1]).abs() < 0.2;
        assert!(close(&walk[..2], points[0]) && close(&walk[8..], points[1]), "{walk:?} {:?}", &points[..2]);
        assert_eq!(gan.snapshot().hash(), before.hash());
    }
}

/// Arrows against central differences of the field: with the Wasserstein loss a sample's gradient is that of the output.
#[test]
fn arrows_point_up_the_discriminator() {
    let mut config = presets::wasserstein();
    config.batch = 32;
    let mut gan = start(&config);
    (0..100).for_each(|_| gan.step());
    let mut view = gan.observe();
    let (reach, arrows) = (1.2, view.arrows());
    let points = view.points(arrows.len());
    let field = view.field(reach);
    let at = |column: usize, row: usize| field[row * FIELD_SIDE + column];
    let step = 2.0 * reach / FIELD_SIDE as f32;
    let (mut product, mut squares, mut used) = (0.0, [0.0, 0.0], 0);
    for (arrow, point) in arrows.iter().zip(points) {
        assert_eq!(arrow.at, point);
        let cell = arrow.at.map(|v| ((v + reach) / step).floor());
        if cell.iter().any(|&at| !(1.0..(FIELD_SIDE - 1) as f32).contains(&at)) {
            continue;
        }
        let [column, row] = cell.map(|at| at as usize);
        assert!((arrow.output - at(column, row)).abs() < 0.2, "{arrow:?} {}", at(column, row));
        let slope = [at(column + 1, row) - at(column - 1, row), at(column, row + 1) - at(column, row - 1)]
            .map(|difference| difference / (2.0 * step));
        for (direction, slope) in arrow.direction.iter().zip(slope) {
            product += direction * slope;
            squares[0] += direction * direction;
            squares[1] += slope * slope;
        }
        used += 1;
    }
    // The field is bent where units switch, so single arrows may differ; together they agree in direction and length.
    assert!(used > 20, "{used}");
    let cosine = product / (squares[0] * squares[1]).sqrt();
    let lengths = (squares[0] / squares[1]).sqrt();
    assert!(cosine > 0.95 && (0.9..1.1).contains(&lengths), "{cosine} {lengths}");
}

#[test]
fn counters_belong_to_their_networks() {
    let mut config = small();
    config.discriminator.policy = Policy::uniform(*numerics::by_id("e4m3").expect("a format"));
    let mut gan = start(&config);
    (0..20).for_each(|_| gan.step());
    let losses = gan.rounding_losses();
    assert_eq!(losses.len(), 3);
    assert!(losses.iter().all(|loss| loss.rounded.who == Who::Discriminator && loss.counts.total > 0));
    let gradients = losses.iter().find(|loss| loss.rounded.role == Role::Gradients).expect("rounded");
    assert!(gradients.counts.underflow > 0, "{gradients:?}");
}

#[test]
fn what_is_outside_the_limits_is_refused() {
    let refused = |change: &dyn Fn(&mut Config)| {
        let mut config = small();
        change(&mut config);
        Gan::new(config, None).err()
    };
    assert_eq!(refused(&|_| ()), None);
    let out = |error: Option<GanError>| matches!(error, Some(GanError::OutOfRange { .. }));
    assert!(out(refused(&|config| config.latent = 0)));
    assert!(out(refused(&|config| config.batch = limits::BATCH[1] + 1)));
    assert!(out(refused(&|config| config.generator.hidden.widths.clear())));
    assert!(out(refused(&|config| config.discriminator.hidden.widths.push(100_000))));
    assert!(out(refused(&|config| config.generator.training.learning_rate = f32::NAN)));
    assert!(out(refused(&|config| config.discriminator.steps = 0)));
    assert!(out(refused(&|config| config.penalty = Penalty::Real(-1.0))));
    assert!(out(refused(&|config| config.data = Data::Drawn(Vec::new()))));
    assert!(out(refused(&|config| config.data = Data::Drawn(vec![[0.0, 1.5]]))));
    assert!(out(refused(&|config| config.generator.policy.loss_scaling = LossScaling::Static(0.0))));
    assert_eq!(
        refused(&|config| config.data = Data::Images(ImageSet::Digits)),
        Some(GanError::NoImages { name: "mnist" })
    );
    assert!(out(refused(&|config| config.average = 1.0)));
    let no_images = refused(&|config| config.shift = 1);
    assert!(matches!(no_images, Some(GanError::NoMeaning { field: "shift" })), "{no_images:?}");
    let unused = |config: &mut Config| {
        config.loss = experiments::gan::config::Loss::Wasserstein;
        config.label_smoothing = 0.1;
    };
    assert!(matches!(refused(&unused), Some(GanError::NoMeaning { .. })));
}

#[test]
fn every_law_can_be_trained_on() {
    let drawn = Data::Drawn(vec![[0.3, -0.3]]);
    for data in [Data::Line, Data::Ring, Data::TwoGaussians, Data::Grid25, Data::Spiral, drawn] {
        let mut gan = start(&Config { data, ..small() });
        let real = gan.step_traced().into_iter().find(|stage| stage.kind == Kind::Real).expect("real points");
        let law = gan.law().expect("points").clone();
        // Real points of a round lie where the law says.
        let points: Vec<[f32; 2]> = real.values.as_chunks::<2>().0.to_vec();
        let found = metrics::coverage(&law, &points);
        assert!(found.high_quality > 0.8, "{:?} {found:?}", gan.config().data);
        assert!(gan.is_finite());
    }
}

fn digits() -> Images {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../public/data/mnist.bin");
    let bytes = std::fs::read(path).expect("a shipped data set");
    Images::new(&datasets::Dataset::read(&bytes).expect("a data set")).expect("images")
}

#[test]
fn images_are_trained_on_and_judged() {
    let images = digits();
    let mut config = presets::images(ImageSet::Digits);
    config.generator.hidden.widths = vec![16];
    config.discriminator.hidden.widths = vec![16];
    let mut gan = Gan::new(config, Some(&images)).expect("images are given");
    (0..5).for_each(|_| gan.step());
    let mut view = gan.observe();
    let walk = view.walk(3, 9, 8);
    assert_eq!(walk.len(), 8 * PIXELS);
    assert!(walk.iter().all(|x| x.abs() <= 1.0));
    let noise = view.samples(0);

    let mut classifier = Classifier::new(&images, 1);
    assert_eq!(classifier.score(&noise), None, "not trained");
    while !classifier.advance(&images, 250) {}
    let accuracy = classifier.accuracy().expect("trained");
    assert!(accuracy > 0.85, "{accuracy}");
    let real = classifier.score(&images.pixels()[..500 * PIXELS]).expect("trained");
    let fake = classifier.score(&noise).expect("trained");
    assert!((real.classes.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(
        real.score > 7.0 && real.score <= CLASSES as f64 && fake.score < real.score / 2.0,
        "{real:?} {fake:?}"
    );
    assert!(real.entropy_bits > 3.0 && real.confidence > 0.9, "{real:?}");
}
