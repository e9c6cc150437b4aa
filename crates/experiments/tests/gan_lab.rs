//! The GAN as a lab: its training is the run's, its views are computed from snapshots and say the same.

use experiments::gan::config::ImageSet;
use experiments::gan::images::Images;
use experiments::gan::{Config, Gan, GanLab, floor, metrics, presets};
use experiments::lab::{CpuRun, Lab, LabError, Samples};

fn small() -> Config {
    let mut config = presets::eight_gaussians();
    config.generator.hidden.widths = vec![16, 16];
    config.discriminator.hidden.widths = vec![16, 16];
    config.batch = 16;
    config
}

fn digits() -> Images {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../public/data/mnist.bin");
    let bytes = std::fs::read(path).expect("a shipped data set");
    Images::new(&datasets::Dataset::read(&bytes).expect("a data set")).expect("images")
}

#[test]
fn a_lab_trains_and_shows_what_a_run_does() {
    let config = small();
    let mut lab = GanLab::new(config.clone(), None).expect("within limits");
    let mut gan = Gan::new(config.clone(), None).expect("within limits");
    let mut run = CpuRun::new(lab.training(), config.seed);
    let names = lab.training().metrics.clone();
    assert_eq!(names, ["d.loss", "g.loss", "d.real", "d.fake", "d.right", "d.penalty"]);
    let mut samples = Samples::new(names.len(), 100);
    run.run(30, f64::INFINITY, || 0.0, &mut samples);
    (0..30).for_each(|_| gan.step());
    let at = run.snapshot();
    assert_eq!(at.hash(), gan.snapshot().hash());
    assert_eq!(samples.values[29 * 6].to_bits(), gan.losses().discriminator.to_bits());

    let view = lab.view("points", &at).expect("a view");
    assert_eq!(view.shape, [2000, 2]);
    assert_eq!(view.values, gan.observe().points(2000).concat());
    assert_eq!(lab.view("field", &at).expect("a view").values, gan.observe().field(1.2));
    lab.set("reach", &[0.5]).expect("a setting");
    assert_eq!(lab.view("field", &at).expect("a view").values, gan.observe().field(0.5));
    let law = lab.view("law", &at).expect("a view");
    assert_eq!((law.shape, &law.values[16..]), (vec![9, 2], [0.05, 1.0].as_slice()));
    assert_eq!(lab.view("arrows", &at).expect("a view").values.len(), 64 * 5);
    lab.set("walk", &[3.0, 5.0, 7.0]).expect("a setting");
    assert_eq!(lab.view("walk", &at).expect("a view").values, gan.observe().walk(3, 5, 7));

    // Every parameter is in one of the bins or beside them.
    let weights = lab.view("weights", &at).expect("a view");
    let total: f32 = weights.values.iter().sum();
    assert_eq!(total as u64, lab.training().param_count);
    let gradients = lab.view("gradients", &at).expect("a view");
    assert_eq!(gradients.shape, weights.shape);
    assert_eq!(gradients.values.iter().sum::<f32>(), total);

    // The stages are those of the next round, one after the other with their headers.
    let values = lab.view("stages", &at).expect("a view").values;
    let mut rest = values.as_slice();
    for stage in gan.step_traced() {
        let (head, tail) = rest.split_at(5);
        assert_eq!(head[2], stage.kind as u32 as f32);
        assert_eq!([head[3] as usize, head[4] as usize], stage.shape);
        assert_eq!(tail[..stage.values.len()], stage.values);
        rest = &tail[stage.values.len()..];
    }
    assert!(rest.is_empty());
    run.run(1, f64::INFINITY, || 0.0, &mut samples);
    assert_eq!(run.snapshot().hash(), gan.snapshot().hash());
}

#[test]
fn the_score_comes_with_its_floor() {
    let config = small();
    let mut lab = GanLab::new(config.clone(), None).expect("within limits");
    let at = CpuRun::new(lab.training(), config.seed).snapshot();
    let first = lab.view("score", &at).expect("a view").values;
    assert!(first[5].is_nan() && first[0] == 0.0 && first[1] == 8.0, "{first:?}");
    let calls = (0..40).find(|_| !lab.view("score", &at).expect("a view").values[5].is_nan());
    assert!(calls.is_some());
    let figures = lab.view("score", &at).expect("a view").values;
    let grid = metrics::Grid::new(lab.law().expect("points"));
    let expected = floor::expected_js(&grid, 2000) as f32;
    assert!((figures[5] - expected).abs() < 0.05 * expected, "{figures:?} {expected}");
    assert!(figures[6] < figures[5] && figures[5] < figures[7] && figures[3] > 0.5, "{figures:?}");
}

#[test]
fn a_lab_that_rests_draws_its_floor_as_well() {
    let config = small();
    let mut lab = GanLab::new(config.clone(), None).expect("within limits");
    let at = CpuRun::new(lab.training(), config.seed).snapshot();
    let portions = (0..1000).take_while(|_| lab.settle()).count();
    assert_eq!(portions, 20);
    assert!(!lab.settle(), "once");
    assert!(lab.view("score", &at).expect("a view").values[5].is_finite());
}

#[test]
fn what_a_lab_has_not_is_refused() {
    let mut lab = GanLab::new(small(), None).expect("within limits");
    let at = CpuRun::new(lab.training(), 1).snapshot();
    for name in ["nonsense", "images", "judge"] {
        assert_eq!(lab.view(name, &at), Err(LabError::UnknownView(name.to_owned())));
    }
    let other = CpuRun::new(GanLab::new(presets::eight_gaussians(), None).expect("a lab").training(), 1);
    assert!(lab.view("points", &other.snapshot()).is_err(), "a snapshot of another plan");
    assert!(matches!(lab.set("nonsense", &[1.0]), Err(LabError::UnknownSetting(_))));
    assert!(matches!(lab.set("reach", &[]), Err(LabError::Setting { expected: 1, .. })));
    assert!(lab.set("reach", &[f32::NAN]).is_err());
    assert!(GanLab::new(presets::images(ImageSet::Digits), None).is_err());
}

#[test]
fn a_turned_rate_is_that_of_the_steps_after_it() {
    let config = small();
    let mut lab = GanLab::new(config.clone(), None).expect("within limits");
    let mut run = CpuRun::new(lab.training(), config.seed);
    let mut gan = Gan::new(config, None).expect("within limits");
    let mut samples = Samples::new(lab.training().metrics.len(), 100);
    run.run(10, f64::INFINITY, || 0.0, &mut samples);
    (0..10).for_each(|_| gan.step());
    // The views that take the next round are made with the rates before and after.
    let before = lab.view("stages", &run.snapshot()).expect("a view").values;
    for (name, rate) in [("g.rate", 1e-2), ("d.rate", 5e-4)] {
        let input = lab.turn(name, rate).expect("within limits");
        run.write(input, &[rate]);
    }
    gan.set_rates([1e-2, 5e-4]);
    let after = lab.view("stages", &run.snapshot()).expect("a view").values;
    assert_ne!(before, after);
    run.run(10, f64::INFINITY, || 0.0, &mut samples);
    (0..10).for_each(|_| gan.step());
    assert_eq!(run.snapshot().hash(), gan.snapshot().hash());
    // A run made later, such as after a device was lost, has them from its first step.
    let mut later = CpuRun::new(lab.training(), gan.config().seed);
    gan.reset();
    later.run(5, f64::INFINITY, || 0.0, &mut samples);
    (0..5).for_each(|_| gan.step());
    assert_eq!(later.snapshot().hash(), gan.snapshot().hash());

    assert!(matches!(lab.turn("g.rate", f32::NAN), Err(LabError::OutOfRange { .. })));
    assert!(matches!(lab.turn("d.rate", -1.0), Err(LabError::OutOfRange { .. })));
    assert!(matches!(lab.turn("reach", 1.0), Err(LabError::UnknownSetting(_))));
}

#[test]
fn sites_belong_to_their_networks() {
    let policy = engine::policy::Policy::uniform(*numerics::by_id("bf16").expect("a format"));
    let policy = engine::policy::Policy { state: policy.weights, ..policy };
    let mut config = small().with_policy(policy);
    config.batch_feature = true;
    let lab = GanLab::new(config, None).expect("within limits");
    let counters = &lab.training().plan.counters;
    assert!(!counters.is_empty());
    for counter in counters {
        assert_ne!(lab.part(&counter.site), "", "{counter:?}");
    }
}

#[test]
fn images_are_shown_and_judged() {
    let mut config = presets::images(ImageSet::Digits);
    config.generator.hidden.widths = vec![16];
    config.discriminator.hidden.widths = vec![16];
    let mut lab = GanLab::new(config, Some(digits())).expect("images are given");
    assert!(!lab.settle(), "a judge is trained where it is looked at");
    let at = CpuRun::new(lab.training(), 1).snapshot();
    let view = lab.view("images", &at).expect("a view");
    assert_eq!(view.shape, [32, 28, 28]);
    assert!(view.values.iter().all(|x| x.abs() <= 1.0));
    lab.set("walk", &[0.0, 1.0, 5.0]).expect("a setting");
    assert_eq!(lab.view("walk", &at).expect("a view").shape, [5, 28, 28]);
    assert!(lab.view("judge", &at).expect("a view").values[0].is_nan(), "not trained yet");
    while lab.settle() {}
    let judged = lab.view("judge", &at).expect("a view").values;
    assert!(judged.iter().all(|figure| figure.is_finite()) && judged[13] > 0.8, "{judged:?}");
    assert!(lab.view("points", &at).is_err() && lab.view("score", &at).is_err());
}
