//! Overfitting in figures, as Markdown and JSON: bias and variance by degree, cures, double descent over five seeds.
//!
//!     cargo run -p experiments --profile proof --example overfitting_table
//!
//! Writes `docs/overfitting/README.md` and `results.json`. No timings: the figures are the same on every machine.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use datasets::Dataset;
use engine::policy::presets;
use experiments::lab::{CpuRun, Lab, Samples};
use experiments::overfitting::{
    BiasVariance, Config, Descent, DescentConfig, DescentPoint, Learner, OverfitLab, Pool, Task, sizes,
};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];
/// Training pictures, all test pictures, share of wrong labels.
const DESCENTS: [(&str, usize, f64, f64); 4] = [
    ("digits", 200, 0.2, 0.0),
    ("digits", 200, 0.2, 1.0),
    ("digits", 200, 0.0, 0.0),
    ("fashion-mnist", 200, 0.2, 0.0),
];
const DRAWS: u64 = 1000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn pool(name: &str) -> Result<Pool, Failure> {
    let bytes = std::fs::read(root().join(format!("public/data/{name}.bin")))?;
    Pool::new(&Dataset::read(&bytes)?).ok_or_else(|| format!("{name} holds no square grey pictures").into())
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (mean, (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt())
}

fn descent(
    name: &str,
    samples: usize,
    label_noise: f64,
    ridge: f64,
) -> Result<Vec<Vec<DescentPoint>>, Failure> {
    let pool = pool(name)?;
    let config = DescentConfig { samples, tests: 1000, label_noise, ridge, features: sizes(samples) };
    let run = |&seed: &u64| -> Result<Vec<DescentPoint>, Failure> {
        let mut run = Descent::new(config.clone(), &pool, seed)?;
        let mut points = Vec::new();
        while run.progress().0 < run.progress().1 {
            points.extend(run.advance());
        }
        Ok(points)
    };
    SEEDS.iter().map(run).collect()
}

fn descent_section(words: &mut String, results: &mut Vec<Value>) -> Result<(), Failure> {
    for (name, samples, label_noise, ridge) in DESCENTS {
        let runs = descent(name, samples, label_noise, ridge)?;
        let noise = 100.0 * label_noise;
        let penalty = if ridge > 0.0 { format!("ridge λ = {ridge}") } else { "no ridge".to_owned() };
        writeln!(words, "\n### {name}, {samples} pictures, {noise:.0} % wrong labels, {penalty}\n")?;
        writeln!(words, "| features | training error, % | test error, % | test loss | length of weights |")?;
        writeln!(words, "|---:|---:|---:|---:|---:|")?;
        for at in 0..runs[0].len() {
            let column = |value: &dyn Fn(&DescentPoint) -> f64| {
                mean_and_deviation(&runs.iter().map(|run| value(&run[at])).collect::<Vec<f64>>())
            };
            let features = runs[0][at].features;
            let (train, _) = column(&|point| 100.0 * point.train_error);
            let (test, deviation) = column(&|point| 100.0 * point.test_error);
            let (loss, _) = column(&|point| point.test_loss);
            let (norm, _) = column(&|point| point.norm);
            writeln!(
                words,
                "| {features} | {train:.1} | {test:.1} ± {deviation:.1} | {loss:.3} | {norm:.3} |"
            )?;
            results.push(json!({
                "study": "descent", "data": name, "samples": samples, "label_noise": label_noise, "ridge": ridge,
                "features": features, "train_error": train, "test_error": test, "test_error_sd": deviation,
                "test_loss": loss, "norm": norm,
            }));
        }
    }
    Ok(())
}

fn degrees_section(words: &mut String, results: &mut Vec<Value>) -> Result<(), Failure> {
    for (samples, l2) in [(15, 0.0), (15, 0.003), (200, 0.0)] {
        let mut study = BiasVariance::new(15, samples, 0.25, l2, 1)?;
        for _ in 0..DRAWS {
            study.advance();
        }
        writeln!(words, "\n### {samples} points, L2 {l2}\n")?;
        writeln!(words, "| degree | training error | bias² | variance | noise | error on new data |")?;
        writeln!(words, "|---:|---:|---:|---:|---:|---:|")?;
        for f in study.figures() {
            let line =
                [f.train[0], f.bias2, f.variance, f.noise, f.test[0]].map(|x| format!("{x:.4}")).join(" | ");
            writeln!(words, "| {} | {line} |", f.degree)?;
            results.push(json!({
                "study": "degrees", "samples": samples, "l2": l2, "degree": f.degree, "train": f.train[0],
                "bias2": f.bias2, "variance": f.variance, "noise": f.noise, "test": f.test[0],
            }));
        }
    }
    Ok(())
}

/// Losses and shares at the end and at the best validation step, and on the test rows there.
fn end(config: &Config, pool: Option<&Pool>, seed: u64, steps: u64) -> Result<[f64; 5], Failure> {
    let mut lab = OverfitLab::new(*config, seed, pool)?;
    let mut run = CpuRun::new(lab.training(), seed);
    run.run(steps, f64::INFINITY, || 0.0, &mut Samples::new(lab.training().metrics.len(), 2));
    let at = run.snapshot();
    let score = lab.view("score", &at)?.values;
    let test = lab.view("test", &at)?.values;
    Ok([score[0], score[1], 100.0 * score[3], 100.0 * test[1], 100.0 * test[3]].map(f64::from))
}

fn cures_section(words: &mut String, results: &mut Vec<Value>) -> Result<(), Failure> {
    let moons = Config {
        task: Task::Moons,
        learner: Learner::Mlp { width: 64 },
        samples: 60,
        noise: 0.12,
        label_noise: 0.2,
        lr: 0.01,
        ..Config::FIRST
    };
    let digits = Config { task: Task::Pictures, samples: 150, noise: 0.0, lr: 0.003, ..moons };
    let e4m3 = presets::by_id("fp8").ok_or("no preset fp8")?.policy();
    let rows: [(&str, &str, Config); 12] = [
        ("moons", "nothing", moons),
        ("moons", "width 4", Config { learner: Learner::Mlp { width: 4 }, ..moons }),
        ("moons", "L2 0.003", Config { l2: 0.003, ..moons }),
        ("moons", "dropout 50 %", Config { dropout: 0.5, ..moons }),
        ("moons", "early stopping, patience 100", Config { patience: 100, ..moons }),
        ("moons", "600 points", Config { samples: 600, ..moons }),
        ("moons", "FP8 (E4M3, gradients E5M2)", Config { policy: e4m3, ..moons }),
        ("digits", "nothing", digits),
        ("digits", "L2 0.003", Config { l2: 0.003, ..digits }),
        ("digits", "dropout 50 %", Config { dropout: 0.5, ..digits }),
        ("digits", "shifts by 1 pixel", Config { shift: 1, ..digits }),
        ("digits", "600 pictures", Config { samples: 600, ..digits }),
    ];
    let pictures = pool("digits")?;
    writeln!(
        words,
        "\n| task | cure | training loss | validation loss | right on validation, % | on test, % | on test, best step, % |"
    )?;
    writeln!(words, "|---|---|---:|---:|---:|---:|---:|")?;
    for (task, cure, config) in rows {
        let (pool, steps) = if task == "digits" { (Some(&pictures), 400) } else { (None, 1500) };
        let ends =
            SEEDS.iter().map(|&seed| end(&config, pool, seed, steps)).collect::<Result<Vec<_>, _>>()?;
        let column = |at: usize| mean_and_deviation(&ends.iter().map(|end| end[at]).collect::<Vec<f64>>());
        let [train, validation, right, test, best] = [0, 1, 2, 3, 4].map(column);
        writeln!(
            words,
            "| {task} | {cure} | {:.3} | {:.3} | {:.1} ± {:.1} | {:.1} ± {:.1} | {:.1} ± {:.1} |",
            train.0, validation.0, right.0, right.1, test.0, test.1, best.0, best.1
        )?;
        results.push(json!({
            "study": "cures", "task": task, "cure": cure, "train_loss": train.0, "validation_loss": validation.0,
            "validation_right": right.0, "test_right": test.0, "test_right_sd": test.1, "best_test_right": best.0,
        }));
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    let (mut words, mut results) = (String::new(), Vec::new());
    words.push_str(
        "# Overfitting, measured\n\n\
         Written by `cargo run -p experiments --profile proof --example overfitting_table`; the same figures are in `results.json`. They do not\n\
         depend on the machine.\n\n\
         ## Double descent\n\n\
         Random ReLU features of real pictures and least squares of least norm in binary64; mean over five seeds, ± standard deviation. Each seed draws\n\
         pictures, wrong labels and features anew; 1,000 other pictures with true labels are the test. The test error falls, rises to a peak where there are about as many\n\
         features as training pictures, and falls again to less than before. With a ridge the peak is gone; with true labels both valleys are deeper.\n\
         Some features are zero on every training picture and fit nothing, so the peak stands where somewhat more features than pictures have been drawn.\n",
    );
    descent_section(&mut words, &mut results)?;
    words.push_str(
        "\n## Bias, variance and noise\n\n\
         Polynomials fitted exactly to 1,000 draws of `y = sin(πx) + noise`, standard deviation of the noise 0.25. Errors are mean squares; the last column is the\n\
         sum of bias², variance and noise.\n",
    );
    degrees_section(&mut words, &mut results)?;
    words.push_str(
        "\n## Cures\n\n\
         Networks with 64 units a hidden layer, 20 % wrong training labels, Adam over all rows; 60 points of two moons and 1,500 steps, 150 digits of 8 × 8\n\
         pixels and 400 steps; five seeds. Validation and test labels are true. \"Best step\" is the test accuracy of the weights of least validation loss.\n",
    );
    cures_section(&mut words, &mut results)?;
    let folder = root().join("docs/overfitting");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("README.md"), words)?;
    let text = serde_json::to_string_pretty(&results)? + "\n";
    std::fs::write(folder.join("results.json"), text)?;
    Ok(())
}
