//! Studies of overfitting: bias and variance, double descent, widths.

use experiments::overfitting::{
    BiasVariance, Config, Descent, DescentConfig, DescentPoint, Pool, Task, Widths, sizes,
};

fn pool() -> Pool {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../public/data/digits.bin");
    let bytes = std::fs::read(path).expect("a file of the repository");
    Pool::new(&datasets::Dataset::read(&bytes).expect("a data set")).expect("pictures")
}

#[test]
fn errors_are_bias_variance_and_noise() {
    let mut study = BiasVariance::new(12, 15, 0.25, 0.0, 1).expect("within the limits");
    for _ in 0..200 {
        study.advance();
    }
    let figures = study.figures();
    for f in &figures {
        // The two sides differ by rounding only: one is the other, regrouped.
        let sum = f.bias2 + f.variance + f.noise;
        assert!((sum - f.test[0]).abs() < 1e-9 * sum.max(1.0), "degree {}: {sum} {}", f.degree, f.test[0]);
    }
    assert!(
        figures.windows(2).all(|pair| pair[1].train[0] <= pair[0].train[0] + 1e-12),
        "training error falls"
    );
    assert!(figures[0].bias2 > 20.0 * figures[4].bias2, "a line is biased");
    assert!(figures[11].variance > 20.0 * figures[4].variance, "degree 12 varies");
    let best = figures.iter().min_by(|a, b| a.test[0].total_cmp(&b.test[0])).expect("figures");
    assert!((3..=6).contains(&best.degree), "{}", best.degree);
    let mut ridge = BiasVariance::new(12, 15, 0.25, 1e-2, 1).expect("within the limits");
    for _ in 0..200 {
        ridge.advance();
    }
    let cured = ridge.figures()[11];
    assert!(cured.variance < 0.1 * figures[11].variance && cured.bias2 < 1.0, "{cured:?}");
    assert_eq!(study.fan(12).x.len(), 101);
    assert!(study.fan(13).x.is_empty());
}

fn descend(pool: &Pool, ridge: f64, seed: u64) -> Vec<DescentPoint> {
    let config = DescentConfig { samples: 100, tests: 500, label_noise: 0.2, ridge, features: sizes(100) };
    let mut run = Descent::new(config, pool, seed).expect("enough pictures");
    let mut points = Vec::new();
    while run.progress().0 < run.progress().1 {
        points.extend(run.advance());
    }
    points
}

#[test]
fn the_test_error_descends_twice_and_a_ridge_takes_the_peak_away() {
    let pool = pool();
    let seeds = [1, 2, 3];
    let mean = |ridge: f64| -> Vec<(usize, f64)> {
        let runs: Vec<Vec<DescentPoint>> = seeds.iter().map(|&seed| descend(&pool, ridge, seed)).collect();
        (0..runs[0].len())
            .map(|at| (runs[0][at].features, runs.iter().map(|run| run[at].test_error).sum::<f64>() / 3.0))
            .collect()
    };
    let check = |points: &[(usize, f64)]| {
        let peak = points.iter().max_by(|a, b| a.1.total_cmp(&b.1)).expect("points");
        let before = points.iter().filter(|p| p.0 < 85).map(|p| p.1).fold(f64::INFINITY, f64::min);
        let last = points.last().expect("points").1;
        // Where the features that are not zero on every training picture are as many as pictures: a few more than 100 have to be drawn.
        let is_peak = (100..=115).contains(&peak.0) && peak.1 > before + 0.1;
        is_peak && last < before - 0.02
    };
    let plain = mean(0.0);
    assert!(
        check(&plain),
        "first descent, peak where features are as many as examples, second descent: {plain:?}"
    );
    let ridge = mean(0.3);
    assert!(!check(&ridge), "a ridge takes the peak away: {ridge:?}");
    let at = |points: &[(usize, f64)], p: usize| points.iter().find(|point| point.0 == p).expect("a size").1;
    assert!(at(&ridge, 100) < at(&plain, 100) - 0.1);
    // Without what is beyond the peak there is no second descent, and the check says so.
    assert!(!check(&plain[..9]));
    let trained = descend(&pool, 0.0, 1);
    // More of the same features span more: no least-squares fit on the training pictures is worse than one before.
    for pair in trained.windows(2) {
        assert!(pair[1].train_loss <= pair[0].train_loss + 1e-9, "{pair:?}");
    }
    assert!(
        trained.iter().filter(|p| p.features > 110).all(|p| p.train_error == 0.0 && p.train_loss < 1e-12)
    );
}

#[test]
fn wider_networks_fit_better() {
    let config = Config { task: Task::Moons, samples: 40, label_noise: 0.2, lr: 0.01, ..Config::FIRST };
    let mut study = Widths::new(config, vec![1, 32], vec![1, 2], 600);
    let mut points = Vec::new();
    while study.progress().0 < study.progress().1 {
        points.extend(study.advance(None, f64::INFINITY, || 0.0).expect("within the limits"));
    }
    let train = |width| points.iter().filter(|p| p.width == width).map(|p| p.train).sum::<f64>();
    assert_eq!(points.len(), 4);
    assert!(train(32) < 0.5 * train(1), "{points:?}");
    assert!(points.iter().all(|p| p.best <= p.validation && p.best_step >= 1));
}
