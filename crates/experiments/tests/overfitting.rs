//! Overfitting: what capacity, data and cures do, on tasks small enough to be run here.

use engine::policy::{Choice, Policy, RoleRounding, Scaling, presets};
use experiments::lab::{CpuRun, Lab, LabError, Samples};
use experiments::overfitting::{BiasVariance, Config, ConfigError, Draw, Learner, OverfitLab, Pool, Task};
use numerics::{FloatSpec, Format};

fn pool() -> Pool {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../public/data/digits.bin");
    let bytes = std::fs::read(path).expect("a file of the repository");
    Pool::new(&datasets::Dataset::read(&bytes).expect("a data set")).expect("pictures")
}

/// Metrics of every step, by their names.
struct Course {
    names: Vec<&'static str>,
    rows: Vec<Vec<f32>>,
    run: CpuRun,
}

impl Course {
    fn of(lab: &OverfitLab, seed: u64, steps: u64) -> Course {
        let names = lab.training().metrics.clone();
        let mut run = CpuRun::new(lab.training(), seed);
        let mut samples = Samples::new(names.len(), 1 << 20);
        run.run(steps, f64::INFINITY, || 0.0, &mut samples);
        let rows = samples.take().1.chunks(names.len()).map(<[f32]>::to_vec).collect();
        Course { names, rows, run }
    }

    fn column(&self, name: &str) -> Vec<f32> {
        let at = self.names.iter().position(|known| *known == name).expect("a metric");
        self.rows.iter().map(|row| row[at]).collect()
    }

    fn last(&self, name: &str) -> f32 {
        *self.column(name).last().expect("a step")
    }
}

/// Weights, activations and gradients in one format, as the page's choice of a format means it.
fn uniform(format: Format) -> Policy {
    let choice = Choice::Element(format, Scaling::None);
    let role = Some(RoleRounding { choice, stochastic: false, saturate: false });
    Policy { weights: role, activations: role, gradients: role, ..Policy::FP32 }
}

/// Few points with wrong labels and a wide network: it overfits.
const NOISY_MOONS: Config = Config {
    task: Task::Moons,
    learner: Learner::Mlp { width: 64 },
    samples: 60,
    noise: 0.12,
    label_noise: 0.2,
    lr: 0.01,
    ..Config::FIRST
};

fn lab(config: &Config, seed: u64) -> OverfitLab {
    OverfitLab::new(*config, seed, None).expect("within the limits")
}

/// First of the least, counted as reports count steps.
fn least(values: &[f32]) -> (usize, f32) {
    let at = (0..values.len()).fold(0, |best, at| if values[at] < values[best] { at } else { best });
    (at + 1, values[at])
}

#[test]
fn descent_by_steps_comes_to_the_least_squares_fit() {
    let config = Config { samples: 30, learner: Learner::Polynomial { degree: 5 }, ..Config::FIRST };
    let mut lab = lab(&config, 1);
    let course = Course::of(&lab, 1, 3000);
    let exact = lab.exact().expect("a polynomial").clone();
    let at = course.run.snapshot();
    for x in [-0.9_f32, -0.3, 0.2, 0.8] {
        let stepped = lab.outputs(&at, false, &[x])[0];
        assert!(
            (f64::from(stepped) - exact.at(x.into())).abs() < 0.02,
            "{x}: {stepped} {}",
            exact.at(x.into())
        );
    }
}

#[test]
fn more_capacity_fits_better_and_predicts_worse() {
    let ends = [3, 14].map(|degree| {
        let config = Config { learner: Learner::Polynomial { degree }, ..Config::FIRST };
        let course = Course::of(&lab(&config, 1), 1, 12_000);
        (course.last("train"), course.last("validation"))
    });
    assert!(ends[1].0 < 0.5 * ends[0].0 && ends[1].1 > 2.0 * ends[0].1, "{ends:?}");
}

#[test]
fn the_marker_is_the_best_validation_step() {
    let configs = [
        Config::FIRST,
        Config { learner: Learner::Mlp { width: 32 }, lr: 0.01, ..Config::FIRST },
        Config {
            task: Task::Moons,
            learner: Learner::Mlp { width: 48 },
            samples: 40,
            label_noise: 0.2,
            lr: 0.01,
            ..Config::FIRST
        },
    ];
    for config in configs {
        let lab = lab(&config, 2);
        let course = Course::of(&lab, 2, 1500);
        let (step, loss) = least(&course.column("validation"));
        assert_eq!(
            (course.last("best.step"), course.last("best.validation")),
            (step as f32, loss),
            "{config:?}"
        );
        assert!(step < 1400, "it overfits: {step}");
        assert_eq!(course.last("stopped"), 0.0, "without patience nothing stops");
    }
}

#[test]
fn patience_keeps_the_first_dip_and_its_weights() {
    let config = Config { patience: 60, learner: Learner::Mlp { width: 32 }, lr: 0.01, ..Config::FIRST };
    let mut lab = lab(&config, 2);
    let course = Course::of(&lab, 2, 2000);
    let validation = course.column("validation");
    // By hand: the least so far until there was none better for as long as patience lasts.
    let (mut best, mut stop) = (0, None);
    for at in 0..validation.len() {
        if validation[at] < validation[best] {
            best = at;
        } else if at - best >= 60 {
            stop = Some(at);
            break;
        }
    }
    let stop = stop.expect("patience ends");
    let stopped = course.column("stopped");
    assert_eq!(stopped.iter().position(|&is| is == 1.0), Some(stop));
    assert_eq!(course.last("best.step"), (best + 1) as f32);
    // The weights kept are those of that step.
    let early = Course::of(&lab, 2, best as u64);
    let xs = [-0.7_f32, 0.0, 0.4];
    let kept = lab.outputs(&course.run.snapshot(), true, &xs);
    assert_eq!(kept, lab.outputs(&early.run.snapshot(), false, &xs));
    // And nothing is learnt after it.
    let (at, later) = (course.column("train"), course.last("train"));
    assert_eq!(at[stop], later);
    assert_ne!(at[stop - 1], later);
    let score = lab.view("score", &course.run.snapshot()).expect("a view").values;
    assert_eq!(score[4..], [course.last("best.step"), course.last("best.validation"), 1.0]);
    assert!(
        (score[1] - course.last("best.validation")).abs() < 1e-6,
        "the figures are those of the best weights"
    );
}

#[test]
fn cures_lower_the_validation_loss_and_say_what_they_cost() {
    let base = NOISY_MOONS;
    let end = |config: Config| {
        let course = Course::of(&lab(&config, 5), 5, 1500);
        (course.last("train"), course.last("validation"))
    };
    let plain = end(base);
    assert!(plain.0 < 0.1 && plain.1 > 1.0, "{plain:?}");
    for (name, cure) in [
        ("L2", Config { l2: 3e-3, ..base }),
        ("dropout", Config { dropout: 0.5, ..base }),
        ("data", Config { samples: 600, ..base }),
        ("capacity", Config { learner: Learner::Mlp { width: 2 }, ..base }),
    ] {
        let cured = end(cure);
        assert!(cured.1 < 0.6 * plain.1 && cured.0 > plain.0, "{name}: {cured:?} beside {plain:?}");
    }
}

#[test]
fn pictures_are_learnt_by_heart_and_shifts_hinder_that() {
    let pool = pool();
    let base = Config {
        task: Task::Pictures,
        learner: Learner::Mlp { width: 96 },
        samples: 120,
        label_noise: 0.25,
        lr: 0.005,
        ..Config::FIRST
    };
    let mut lab = OverfitLab::new(base, 1, Some(&pool)).expect("within the limits");
    let course = Course::of(&lab, 1, 400);
    assert!(course.last("train.right") > 0.99, "{}", course.last("train.right"));
    assert!(course.last("validation.right") < 0.8, "{}", course.last("validation.right"));
    let at = course.run.snapshot();
    let memorised = lab.view("memorised", &at).expect("a view").values;
    assert_eq!(memorised[0], 30.0);
    assert!(memorised[1] > 29.0 && memorised[2] < 2.0, "{memorised:?}");
    let pictures = lab.view("pictures", &at).expect("a view");
    assert_eq!(pictures.shape, [24, 67]);
    assert_eq!(pictures.values.len(), 24 * 67);
    let shifted = OverfitLab::new(Config { shift: 1, ..base }, 1, Some(&pool)).expect("within the limits");
    let other = Course::of(&shifted, 1, 400);
    assert!(other.last("train") > 2.0 * course.last("train"));
    assert_eq!(OverfitLab::new(base, 1, None).err(), Some(ConfigError::Pictures(0)));
}

/// A small convolutional network on digits.
const PICTURES: Config = Config {
    task: Task::Pictures,
    learner: Learner::Cnn { channels: 6 },
    samples: 120,
    label_noise: 0.0,
    lr: 0.01,
    ..Config::FIRST
};

#[test]
fn a_convolutional_network_learns_pictures_and_needs_fewer_numbers() {
    let pool = pool();
    let end = |config: Config| {
        let lab = OverfitLab::new(config, 1, Some(&pool)).expect("within the limits");
        let course = Course::of(&lab, 1, 150);
        let ends = ["train", "train.right", "validation.right"].map(|name| course.last(name));
        (ends, lab.training().param_count)
    };
    let ([_, train, validation], numbers) = end(PICTURES);
    assert!(train > 0.99 && validation > 0.88, "{train} {validation}");
    // 3·3·1·6 + 6, 3·3·6·12 + 12, 2·2·12·10 + 10.
    assert_eq!(numbers, 60 + 660 + 490);
    let ([_, _, dense], more) = end(Config { learner: Learner::Mlp { width: 64 }, ..PICTURES });
    assert!(more > 3 * numbers && (validation - dense).abs() < 0.05, "{validation} beside {dense}");
}

#[test]
fn every_cure_works_on_a_convolutional_network() {
    let pool = pool();
    let base = Config { label_noise: 0.3, ..PICTURES };
    let lab = |config: Config| OverfitLab::new(config, 3, Some(&pool)).expect("within the limits");
    let plain = Course::of(&lab(base), 3, 250);
    assert!(plain.last("train") < 0.2 && plain.last("validation") > 1.5, "{}", plain.last("train"));
    for (name, cure) in [
        ("L2", Config { l2: 3e-3, ..base }),
        ("dropout", Config { dropout: 0.5, ..base }),
        ("shifts", Config { shift: 1, ..base }),
    ] {
        let cured = Course::of(&lab(cure), 3, 250);
        let [train, validation] = ["train", "validation"].map(|part| cured.last(part));
        assert!(
            train > plain.last("train") && validation < 0.8 * plain.last("validation"),
            "{name}: {train} {validation} beside {} {}",
            plain.last("train"),
            plain.last("validation")
        );
    }
    let mut stopping = lab(Config { patience: 20, ..base });
    let course = Course::of(&stopping, 3, 250);
    assert_eq!(course.last("stopped"), 1.0);
    let at = course.run.snapshot();
    let score = stopping.view("score", &at).expect("a view").values;
    assert!((score[1] - course.last("best.validation")).abs() < 1e-4, "{score:?}");
    assert_eq!(
        least(&course.column("validation")[..course.last("best.step") as usize + 20]).0 as f32,
        score[4]
    );
}

#[test]
fn answers_in_portions_are_the_answers() {
    let pool = pool();
    let mut lab = OverfitLab::new(PICTURES, 1, Some(&pool)).expect("within the limits");
    let (early, late) = (Course::of(&lab, 1, 3).run.snapshot(), Course::of(&lab, 1, 30).run.snapshot());
    for at in [&late, &early, &late] {
        let mut portions = 0;
        while lab.work("score", at) {
            portions += 1;
        }
        assert!(portions > 0 && !lab.work("memorised", at), "training rows are answered once");
        let score = lab.view("score", at).expect("a view").values;
        let mut other = OverfitLab::new(PICTURES, 1, Some(&pool)).expect("within the limits");
        assert_eq!(score, other.view("score", at).expect("a view").values);
        let rows = lab.draw().validation.clone();
        let outputs = other.outputs(at, false, &rows.rows);
        let right = outputs
            .chunks_exact(10)
            .zip(&rows.targets)
            .filter(|(row, target)| (0..10).all(|class| row[class] <= row[**target as usize]));
        assert_eq!(score[3], right.count() as f32 / rows.targets.len() as f32);
    }
}

#[test]
fn one_of_many_seeds_is_heard_by_its_metrics_alone() {
    let mut lab = lab(&Config::FIRST, 1);
    assert_eq!(lab.usual_views(), ["score", "fit"]);
    lab.set("views", &[0.0]).expect("a setting");
    assert!(lab.usual_views().is_empty());
    assert!(lab.set("views", &[]).is_err());
}

#[test]
fn the_test_rows_are_others_and_only_their_view_has_them() {
    let mut lab = lab(&Config::FIRST, 3);
    let at = Course::of(&lab, 3, 50).run.snapshot();
    let score = lab.view("test", &at).expect("a view").values;
    let draw = lab.draw().clone();
    let outputs = lab.outputs(&at, false, &draw.test.rows);
    let squares = outputs.iter().zip(&draw.test.targets).map(|(f, y)| f64::from(f - y).powi(2));
    let expected = (squares.sum::<f64>() / draw.test.targets.len() as f64) as f32;
    assert_eq!(score[0], expected);
    let data = lab.view("data", &at).expect("a view");
    assert_eq!(data.shape[0], draw.train.targets.len() + draw.validation.targets.len());
    assert!(draw.test.rows.iter().all(|x| !draw.train.rows.contains(x)));
    assert_eq!(lab.view("field", &at).err(), Some(LabError::UnknownView("field".to_owned())));
}

#[test]
fn pictures_for_test_and_validation_do_not_depend_on_the_training_rows() {
    let pool = pool();
    let draw = |samples| Draw::new(Task::Pictures, samples, 0.0, 0.0, 1, Some(&pool));
    let (few, one_more, most) = (draw(150), draw(151), draw(600));
    assert_eq!((few.test.targets.len(), few.validation.targets.len()), (600, 300));
    for other in [&one_more, &most] {
        assert_eq!((&few.test, &few.validation), (&other.test, &other.validation));
        assert_eq!(few.train.rows, other.train.rows[..few.train.rows.len()]);
    }
    // Nobody trains on a picture of the test: each of the pool is used once at most.
    let order = pool.shuffled(1);
    let used: Vec<&[f32]> = [&most.test, &most.validation, &most.train]
        .into_iter()
        .flat_map(|part| part.rows.chunks_exact(most.width))
        .collect();
    assert_eq!(used.len(), 1500);
    assert!(used.iter().zip(&order).all(|(row, &index)| *row == pool.row(index)));
}

#[test]
fn a_run_is_its_configuration_and_seed_in_any_format() {
    for policy in [Policy::FP32, presets::by_id("fp8").expect("a preset").policy()] {
        let config = Config { policy, learner: Learner::Mlp { width: 16 }, dropout: 0.2, ..Config::FIRST };
        let hash = |seed| Course::of(&lab(&config, seed), seed, 40).run.snapshot().hash();
        assert_eq!(hash(7), hash(7));
        assert_ne!(hash(7), hash(8));
    }
    let rounded = Config { policy: presets::by_id("fp8").expect("a preset").policy(), ..Config::FIRST };
    let (plain, rounded) =
        (Course::of(&lab(&Config::FIRST, 1), 1, 500), Course::of(&lab(&rounded, 1), 1, 500));
    assert_ne!(plain.last("train"), rounded.last("train"));
}

#[test]
fn what_is_no_number_is_not_right() {
    let config = Config { policy: uniform(*numerics::by_id("e4m3").expect("a format")), ..NOISY_MOONS };
    let mut lab = lab(&config, 1);
    let course = Course::of(&lab, 1, 1000);
    assert!(course.last("train").is_nan(), "plain E4M3 ends beyond its range here");
    assert_eq!((course.last("train.right"), course.last("validation.right")), (0.0, 0.0));
    let score = lab.view("score", &course.run.snapshot()).expect("a view").values;
    assert_eq!(score[2..4], [0.0, 0.0]);
    assert!(score[4] > 1.0 && score[5].is_finite(), "the best weights are from before: {score:?}");
}

#[test]
fn without_any_best_weights_patience_shows_those_there_are() {
    // No weight beyond 0.4375 is a number: no step has a validation loss, while weights of zeros would have one.
    let format = FloatSpec::custom("s1e4m3b17-fn").expect("a format");
    let policy = Policy { weights: uniform(format).weights, ..Policy::FP32 };
    let learner = Learner::Mlp { width: 8 };
    let config = Config { learner, patience: 5, policy, ..Config::FIRST };
    let mut lab = lab(&config, 1);
    let course = Course::of(&lab, 1, 20);
    assert!(course.column("validation").iter().all(|loss| loss.is_nan()));
    assert_eq!((course.last("best.step"), course.last("stopped")), (0.0, 1.0));
    let at = course.run.snapshot();
    let score = lab.view("score", &at).expect("a view").values;
    assert!([0, 1, 5].iter().all(|&at| score[at].is_nan()), "{score:?}");
    assert!(lab.view("test", &at).expect("a view").values.iter().all(|x| x.is_nan()));
    let fit = lab.view("fit", &at).expect("a view").values;
    assert!(fit.chunks_exact(5).all(|row| row[2].is_nan() && row[3].is_nan()));
}

#[test]
fn limits_are_kept() {
    let refused = |config: Config| OverfitLab::new(config, 1, None).err();
    let first = Config::FIRST;
    assert!(matches!(
        refused(Config { samples: 3, ..first }),
        Some(ConfigError::Limit { name: "samples", .. })
    ));
    assert!(matches!(refused(Config { l2: f32::NAN, ..first }), Some(ConfigError::Limit { name: "L2", .. })));
    assert!(matches!(refused(Config { dropout: 1.0, ..first }), Some(ConfigError::Limit { .. })));
    assert_eq!(refused(Config { task: Task::Moons, ..first }), Some(ConfigError::Polynomial));
    assert_eq!(refused(Config { task: Task::Moons, ..PICTURES }), Some(ConfigError::Convolution));
    assert!(BiasVariance::new(99, 15, 0.2, 0.0, 1).is_err());
}
