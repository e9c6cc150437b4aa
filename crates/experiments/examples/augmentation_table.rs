//! What augmentation is worth with few labels: accuracy by task and recipe over seeds, as JSON, and as Markdown of that JSON.
//!
//!     cargo run -p experiments --profile proof --example augmentation_table -- run [--seeds 10] [TASK…] > docs/augmentation/figures.json
//!     cargo run -p experiments --profile proof --example augmentation_table -- page docs/augmentation/figures.json
//!
//! A seed draws the labelled pictures, first weights, batches and changes; every recipe of a seed has the same pictures, weights and
//! batches, so differences are paired. Standard deviations are those over seeds.

use std::path::Path as FilePath;

use datasets::Dataset;
use experiments::augmentation::{Augmented, AugmentedConfig, Recipe, Rows, Transform, presets};
use experiments::lab::{CpuRun, Lab, Samples};
use experiments::transfer::Draw;
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

const TASKS: [&str; 4] = ["mnist", "fashion-mnist", "clip-art", "emoji"];
const STEPS: u64 = 400;
const TEST_PER_CLASS: usize = 100;
const VARIANTS: f32 = 8.0;

/// Names, recipes and the labels a class with which they are tried.
fn recipes() -> Vec<(&'static str, Recipe, &'static [usize])> {
    const TEN: &[usize] = &[10];
    const ALL: &[usize] = &[5, 10, 25, 100];
    let one = |transform, range, probability| Recipe::NONE.with(transform, range, probability);
    vec![
        ("none", Recipe::NONE, ALL),
        ("rotate 10°", one(Transform::Rotate, 10.0, 1.0), TEN),
        ("zoom 10 %", one(Transform::Zoom, 0.1, 1.0), TEN),
        ("shift 8 %", one(Transform::Shift, 0.08, 1.0), TEN),
        ("flip left–right", one(Transform::FlipHorizontal, 1.0, 0.5), TEN),
        ("flip top–bottom", one(Transform::FlipVertical, 1.0, 0.5), TEN),
        ("shear 15°", one(Transform::Shear, 15.0, 1.0), TEN),
        ("brightness 20 %", one(Transform::Brightness, 0.2, 1.0), TEN),
        ("contrast 40 %", one(Transform::Contrast, 0.4, 1.0), TEN),
        ("noise 10 %", one(Transform::Noise, 0.1, 1.0), TEN),
        ("cutout 30 %", one(Transform::Cutout, 0.3, 0.5), TEN),
        ("mixup 0.2", one(Transform::Mixup, 0.2, 1.0), TEN),
        ("mild", presets::MILD, ALL),
        ("strong", presets::STRONG, ALL),
        ("both flips", presets::FLIPPED, TEN),
        ("rotate 180°", presets::TURNED, TEN),
    ]
}

fn set(task: &str) -> Result<Dataset, Failure> {
    let path = FilePath::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../public/data/{task}.bin"));
    Ok(Dataset::read(&std::fs::read(path)?)?)
}

/// Accuracy, accuracy averaged over variants, and how many sixes were read as nines and nines as sixes.
fn run(set: &Dataset, recipe: Recipe, per_class: usize, seed: u64) -> Result<Value, Failure> {
    let draw = Draw::new(set.all().labels(), set.classes().len(), per_class, TEST_PER_CLASS, seed);
    let config = AugmentedConfig::new(recipe);
    let (train, test) = (Rows::of(set, &draw.train)?, Rows::of(set, &draw.test)?);
    let mut lab = Augmented::new(&config, train, test, seed)?;
    let mut run = CpuRun::new(lab.training(), seed).fed_by(lab.feed());
    run.run(STEPS, f64::INFINITY, || 0.0, &mut Samples::new(1, 2));
    let at = run.snapshot();
    let accuracy = lab.view("test", &at)?.values[0];
    let counts = lab.view("confusion", &at)?.values;
    let classes = set.classes().len();
    let pair = if classes == 10 { [counts[6 * classes + 9], counts[9 * classes + 6]] } else { [0.0; 2] };
    let mut averaged = accuracy;
    if !recipe.is_none() {
        lab.set("variants", &[VARIANTS])?;
        averaged = loop {
            let view = lab.view("averaged", &at)?.values;
            if view[0] == view[1] {
                break view[2];
            }
        };
    }
    Ok(
        json!({ "seed": seed, "accuracy": accuracy, "averaged": averaged, "six_nine": pair, "test": draw.test.len() }),
    )
}

fn figures(tasks: &[&str], seeds: u64) -> Result<Value, Failure> {
    let mut cells = Vec::new();
    for task in tasks {
        let set = set(task)?;
        for (name, recipe, labels) in recipes() {
            for &per_class in labels.iter().filter(|&&labels| labels <= 25 || set.all().len() > 1000) {
                let runs = (1..=seeds)
                    .map(|seed| run(&set, recipe, per_class, seed))
                    .collect::<Result<Vec<_>, _>>()?;
                eprintln!("{task} {name} {per_class}: {:.1}", 100.0 * mean_sd(&column(&runs, "accuracy")).0);
                cells.push(json!({ "task": task, "recipe": name, "labels": per_class, "runs": runs }));
            }
        }
    }
    Ok(json!({ "steps": STEPS, "seeds": seeds, "variants": VARIANTS, "cells": cells }))
}

fn column(runs: &[Value], key: &str) -> Vec<f64> {
    runs.iter().filter_map(|run| run[key].as_f64()).collect()
}

fn mean_sd(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (values.len().max(2) - 1) as f64).sqrt())
}

fn minus(text: String) -> String {
    text.replace('-', "−")
}

/// The tables of the page.
fn page(figures: &Value) -> String {
    let cells = figures["cells"].as_array().cloned().unwrap_or_default();
    let find = |task: &str, recipe: &str, labels: u64| {
        let is_it =
            |cell: &&Value| cell["task"] == task && cell["recipe"] == recipe && cell["labels"] == labels;
        cells.iter().find(is_it).and_then(|cell| cell["runs"].as_array()).cloned().unwrap_or_default()
    };
    let percent = |values: &[f64]| {
        let (mean, sd) = mean_sd(values);
        format!("{:.1} ± {:.1}", 100.0 * mean, 100.0 * sd)
    };
    let gap = |runs: &[Value], plain: &[Value], key: &str| {
        let pairs = column(runs, key).into_iter().zip(column(plain, "accuracy"));
        let (mean, sd) = mean_sd(&pairs.map(|(with, without)| with - without).collect::<Vec<f64>>());
        minus(format!("{:+.1} ± {:.1}", 100.0 * mean, 100.0 * sd))
    };
    let mut out = String::new();
    for task in TASKS {
        let plain = find(task, "none", 10);
        if plain.is_empty() {
            continue;
        }
        out += &format!(
            "\n### {task}, 10 labels a class\n\n| recipe | accuracy, % | against none, points | averaged over variants, against none |\n|---|---|---|---|\n"
        );
        for (name, ..) in recipes() {
            let runs = find(task, name, 10);
            if !runs.is_empty() {
                let [single, averaged] = ["accuracy", "averaged"].map(|key| gap(&runs, &plain, key));
                out += &format!(
                    "| {name} | {} | {single} | {averaged} |\n",
                    percent(&column(&runs, "accuracy"))
                );
            }
        }
    }
    out += "\n### More labels\n\n| task | labels a class | none, % | mild, points | strong, points |\n|---|---|---|---|---|\n";
    for task in TASKS {
        for labels in [5, 10, 25, 100] {
            let [plain, mild, strong] = ["none", "mild", "strong"].map(|name| find(task, name, labels));
            if !plain.is_empty() {
                let gaps = [mild, strong].map(|runs| gap(&runs, &plain, "accuracy"));
                out += &format!(
                    "| {task} | {labels} | {} | {} | {} |\n",
                    percent(&column(&plain, "accuracy")),
                    gaps[0],
                    gaps[1]
                );
            }
        }
    }
    out += "\n### Sixes and nines (mnist, 10 labels a class, of 100 each)\n\n| recipe | 6 read as 9 | 9 read as 6 |\n|---|---|---|\n";
    for name in ["none", "mild", "both flips", "rotate 180°"] {
        let runs = find("mnist", name, 10);
        let cell = |which: usize| {
            let (mean, sd) =
                mean_sd(&runs.iter().filter_map(|run| run["six_nine"][which].as_f64()).collect::<Vec<_>>());
            format!("{mean:.1} ± {sd:.1}")
        };
        if !runs.is_empty() {
            out += &format!("| {name} | {} | {} |\n", cell(0), cell(1));
        }
    }
    out
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("run") => {
            let seeds = arguments.iter().position(|argument| argument == "--seeds");
            let seeds = seeds.and_then(|at| arguments.get(at + 1)).map_or(Ok(10), |seeds| seeds.parse())?;
            let tasks: Vec<&str> =
                TASKS.into_iter().filter(|task| arguments.iter().any(|name| name == task)).collect();
            let tasks = if tasks.is_empty() { TASKS.to_vec() } else { tasks };
            println!("{}", serde_json::to_string(&figures(&tasks, seeds)?)?);
        }
        Some("page") => {
            let path = arguments.get(1).ok_or("page takes the JSON file")?;
            println!("{}", page(&serde_json::from_slice(&std::fs::read(path)?)?).trim());
        }
        _ => return Err("run or page".into()),
    }
    Ok(())
}
