//! The page and the figures behind it.

use std::fmt::Write as _;

use engine::rounding::Counts;
use serde_json::{Value, json};

use super::study::{self, Row, Task};

/// Mean and standard deviation (divisor n - 1).
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
    (mean, if values.len() > 1 { (square / (n - 1.0)).sqrt() } else { 0.0 })
}

fn share(part: u64, total: u64) -> String {
    let percent = 100.0 * part as f64 / total as f64;
    match (part, total) {
        (_, 0) => "–".to_owned(),
        (0, _) => "0".to_owned(),
        _ if percent < 0.01 => "< 0.01".to_owned(),
        _ => format!("{percent:.2}"),
    }
}

fn three(row: &Row, of: impl Fn(&Counts) -> u64) -> String {
    let parts = [0, 1, 2].map(|role| {
        let counts = row.counts(role);
        share(of(&counts), counts.total)
    });
    parts.join(" / ")
}

pub fn page(results: &[(Task, Vec<Row>)]) -> String {
    let mut page = String::from(INTRODUCTION);
    for (task, rows) in results {
        let _ = write!(
            page,
            "\n## {}\n\n{} steps of batch {}, Adam with learning rate {}, {} seeds; fine-tuning (QAT) takes {} further steps. Files: \
             `public/data/{}.bin`, its own training and test parts.\n\n",
            task.name, task.steps, task.batch, task.lr, task.seeds, task.further_steps, task.file
        );
        page += "| preset | accuracy, % | loss | became zero, % of weights / activations / gradients | beyond the range, % | NaN, % | steps/s, of FP32's |\n";
        page += "|---|---|---|---|---|---|---|\n";
        for row in rows {
            let accuracies: Vec<f64> = row.outcomes.iter().map(|outcome| 100.0 * outcome.accuracy).collect();
            let losses: Vec<f64> = row.outcomes.iter().map(|outcome| outcome.loss).collect();
            let (mean, deviation) = moments(&accuracies);
            let speed = row.speed.map_or("–".to_owned(), |speed| format!("{speed:.2}"));
            let _ = writeln!(
                page,
                "| {} | {mean:.1} ± {deviation:.1} | {:.3} | {} | {} | {} | {speed} |",
                row.name,
                moments(&losses).0,
                three(row, |counts| counts.underflow),
                three(row, |counts| counts.overflow),
                three(row, |counts| counts.nan),
            );
        }
    }
    page += "\n## The presets\n\n| preset | weights | activations | gradients |\n|---|---|---|---|\n";
    for preset in engine::policy::presets::PRESETS {
        let _ = writeln!(page, "| {} | {} |", preset.id, study::described(preset.id));
    }
    page
}

const INTRODUCTION: &str = "# What precision costs

Written by `cargo run -p experiments --profile proof --example precision`. Each preset trains the same network from the same first weights
on the same batches; only the rounding differs. Weights, activations and gradients are rounded where layers hand them on, everything
between is binary32 (emulated formats: the speeds are those of this emulation, not of hardware). Accuracy and loss are on the test part: mean ±
standard deviation over seeds. A count is a share of all numbers rounded in that role during training; for post-training
quantisation, of the weights. \"Became zero\" are numbers other than zero that were rounded to zero, \"beyond the range\" finite ones
that were cut off or became infinite. Accuracies and counts are the same on every machine; speeds were taken in turns with binary32 on a
two-core machine, and binary32's own row, measured beside itself, shows their noise.

PTQ: the FP32 network of the same seed, rounded; scales from 512 training examples, chosen so that nothing is clipped (min-max), that
99.9 % of the magnitudes are kept, or for the least mean square error. QAT: the same network with the same scales of activations, trained on with
the rounding in place at a tenth of the learning rate, beside FP32 trained on in the same way; its weights are scaled per channel by
their greatest magnitude at every step.
";

pub fn json(results: &[(Task, Vec<Row>)]) -> String {
    let counts = |counts: &Counts| json!({"total": counts.total, "overflow": counts.overflow, "underflow": counts.underflow, "nan": counts.nan});
    let mut lines = Vec::new();
    for (task, rows) in results {
        for row in rows {
            let seeds: Vec<Value> = row
                .outcomes
                .iter()
                .map(|outcome| {
                    json!({
                        "accuracy": outcome.accuracy,
                        // JSON has no infinity and no NaN.
                        "loss": outcome.loss.is_finite().then_some(outcome.loss),
                        "weights": counts(&outcome.counts[0]),
                        "activations": counts(&outcome.counts[1]),
                        "gradients": counts(&outcome.counts[2]),
                    })
                })
                .collect();
            let line = json!({
                "data": task.file, "batch": task.batch, "lr": f64::from(task.lr), "steps": task.steps,
                "further_steps": task.further_steps, "preset": row.name, "speed_of_fp32": row.speed, "seeds": seeds,
            });
            lines.push(line.to_string());
        }
    }
    format!("[\n{}\n]", lines.join(",\n"))
}
