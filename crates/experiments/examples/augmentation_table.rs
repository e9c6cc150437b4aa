//! What augmentation is worth with few labels: accuracy by task and recipe over seeds, as JSON, and as Markdown of that JSON.
//!
//!     cargo run -p experiments --profile proof --example augmentation_table -- run [--seeds 10] [--recipe NAME] [--labels N] [--steps 300] [TASK…] > FILE
//!     cargo run -p experiments --profile proof --example augmentation_table -- page FILE…
//!
//! A seed draws the labelled pictures, first weights, batches and changes; every recipe of a seed has the same pictures, weights and
//! batches, so differences are paired. Standard deviations are those over seeds.

use std::fmt::Write as _;
use std::path::Path as FilePath;

use datasets::Dataset;
use experiments::augmentation::{Augmented, AugmentedConfig, Recipe, Rows, Transform, presets};
use experiments::lab::{CpuRun, Lab, Samples};
use experiments::transfer::Draw;
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

const TASKS: [&str; 4] = ["mnist", "fashion-mnist", "clip-art", "emoji"];
/// Unless told otherwise; those of the widget's default.
const STEPS: u64 = 300;
const TEST_PER_CLASS: usize = 100;
const VARIANTS: f32 = 8.0;

/// Labels a class with which the figures per recipe are made, and those between which recipes are compared.
const LABELS: usize = 10;
const ALL_LABELS: [usize; 4] = [5, 10, 25, 100];
/// Recipes that are tried with every number of labels, those whose variants are averaged in testing, and those that are tried on coloured
/// pictures.
const WITH_ALL_LABELS: [&str; 2] = ["none", "strong"];
const AVERAGED: [&str; 2] = ["mild", "strong"];
const ON_COLOURED: [&str; 6] =
    ["none", "flip left–right", "flip top–bottom", "mild", "strong", "rotate 180°"];

/// Names and recipes.
fn recipes() -> Vec<(&'static str, Recipe)> {
    let one = |transform, range, probability| Recipe::NONE.with(transform, range, probability);
    vec![
        ("none", Recipe::NONE),
        ("rotate 10°", one(Transform::Rotate, 10.0, 1.0)),
        ("zoom 10 %", one(Transform::Zoom, 0.1, 1.0)),
        ("shift 8 %", one(Transform::Shift, 0.08, 1.0)),
        ("flip left–right", one(Transform::FlipHorizontal, 1.0, 0.5)),
        ("flip top–bottom", one(Transform::FlipVertical, 1.0, 0.5)),
        ("shear 15°", one(Transform::Shear, 15.0, 1.0)),
        ("brightness 20 %", one(Transform::Brightness, 0.2, 1.0)),
        ("contrast 40 %", one(Transform::Contrast, 0.4, 1.0)),
        ("noise 10 %", one(Transform::Noise, 0.1, 1.0)),
        ("cutout 30 %", one(Transform::Cutout, 0.3, 0.5)),
        ("mixup 0.2", one(Transform::Mixup, 0.2, 1.0)),
        ("mild", presets::MILD),
        ("strong", presets::STRONG),
        ("both flips", presets::FLIPPED),
        ("rotate 180°", presets::TURNED),
    ]
}

/// Whether a recipe is tried on a task with so many labels. Coloured sets have too few pictures for more than ten.
fn is_tried(task: &str, name: &str, labels: usize) -> bool {
    let is_coloured = matches!(task, "clip-art" | "emoji");
    if labels == LABELS {
        !is_coloured || ON_COLOURED.contains(&name)
    } else {
        !is_coloured && WITH_ALL_LABELS.contains(&name)
    }
}

fn set(task: &str) -> Result<Dataset, Failure> {
    let path = FilePath::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../public/data/{task}.bin"));
    Ok(Dataset::read(&std::fs::read(path)?)?)
}

/// Accuracy, accuracy averaged over variants, and how many sixes were read as nines and nines as sixes.
fn run(
    set: &Dataset,
    (name, recipe): (&str, Recipe),
    per_class: usize,
    (steps, seed): (u64, u64),
) -> Result<Value, Failure> {
    let draw = Draw::new(set.all().labels(), set.classes().len(), per_class, TEST_PER_CLASS, seed);
    let config = AugmentedConfig::new(recipe);
    let (train, test) = (Rows::of(set, &draw.train)?, Rows::of(set, &draw.test)?);
    let mut lab = Augmented::new(&config, train, test, seed)?;
    let mut run = CpuRun::new(lab.training(), seed).fed_by(lab.feed());
    run.run(steps, f64::INFINITY, || 0.0, &mut Samples::new(1, 2));
    let at = run.snapshot();
    let accuracy = lab.view("test", &at)?.values[0];
    let counts = lab.view("confusion", &at)?.values;
    let classes = set.classes().len();
    let pair = if classes == 10 { [counts[6 * classes + 9], counts[9 * classes + 6]] } else { [0.0; 2] };
    let mut averaged = None;
    if AVERAGED.contains(&name) && per_class == LABELS {
        lab.set("variants", &[VARIANTS])?;
        averaged = loop {
            let view = lab.view("averaged", &at)?.values;
            if view[0] == view[1] {
                break Some(view[2]);
            }
        };
    }
    Ok(
        json!({ "seed": seed, "accuracy": accuracy, "averaged": averaged, "six_nine": pair, "test": draw.test.len() }),
    )
}

/// What is run.
struct Options<'a> {
    tasks: Vec<&'a str>,
    recipe: Option<&'a String>,
    labels: Option<usize>,
    seeds: u64,
    steps: u64,
}

fn figures(options: &Options) -> Result<Value, Failure> {
    let &Options { ref tasks, recipe: only, labels: labels_only, seeds, steps } = options;
    let mut cells = Vec::new();
    for task in tasks {
        let set = set(task)?;
        for (name, recipe) in recipes().into_iter().filter(|(name, _)| only.is_none_or(|only| only == name)) {
            for per_class in ALL_LABELS.into_iter().filter(|&labels| {
                is_tried(task, name, labels) && labels_only.is_none_or(|only| only == labels)
            }) {
                let runs = (1..=seeds)
                    .map(|seed| run(&set, (name, recipe), per_class, (steps, seed)))
                    .collect::<Result<Vec<_>, _>>()?;
                eprintln!("{task} {name} {per_class}: {:.1}", 100.0 * mean_sd(&column(&runs, "accuracy")).0);
                cells.push(json!({ "task": task, "recipe": name, "labels": per_class, "runs": runs }));
            }
        }
    }
    Ok(json!({ "steps": steps, "seeds": seeds, "variants": VARIANTS, "cells": cells }))
}

fn column(runs: &[Value], key: &str) -> Vec<f64> {
    runs.iter().filter_map(|run| run[key].as_f64()).collect()
}

fn mean_sd(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (values.len().max(2) - 1) as f64).sqrt())
}

fn minus(text: &str) -> String {
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
        minus(&format!("{:+.1} ± {:.1}", 100.0 * mean, 100.0 * sd))
    };
    let mut out = String::new();
    for task in TASKS {
        let plain = find(task, "none", 10);
        if plain.is_empty() {
            continue;
        }
        let _ = write!(
            out,
            "\n### {task}, 10 labels a class\n\n| recipe | accuracy, % | against none, points | averaged over variants, against none |\n|---|---|---|---|\n"
        );
        for (name, _) in recipes() {
            let runs = find(task, name, 10);
            if !runs.is_empty() {
                let [single, averaged] = ["accuracy", "averaged"].map(|key| {
                    if column(&runs, key).is_empty() { "–".to_owned() } else { gap(&runs, &plain, key) }
                });
                let _ = writeln!(
                    out,
                    "| {name} | {} | {single} | {averaged} |",
                    percent(&column(&runs, "accuracy"))
                );
            }
        }
    }
    out += "\n### More labels\n\n| task | labels a class | none, % | strong, % | against none, points |\n|---|---|---|---|---|\n";
    for task in TASKS {
        for labels in ALL_LABELS {
            let [plain, strong] = WITH_ALL_LABELS.map(|name| find(task, name, labels as u64));
            if !plain.is_empty() && !strong.is_empty() && is_tried(task, "none", 5) {
                let [without, with] = [&plain, &strong].map(|runs| percent(&column(runs, "accuracy")));
                let _ = writeln!(
                    out,
                    "| {task} | {labels} | {without} | {with} | {} |",
                    gap(&strong, &plain, "accuracy")
                );
            }
        }
    }
    out += "\n### Sixes and nines (mnist, 10 labels a class, of 100 each)\n\n| recipe | 6 read as 9 | 9 read as 6 |\n|---|---|---|\n";
    for name in ["none", "mild", "strong", "both flips", "rotate 180°"] {
        let runs = find("mnist", name, 10);
        let cell = |which: usize| {
            let (mean, sd) =
                mean_sd(&runs.iter().filter_map(|run| run["six_nine"][which].as_f64()).collect::<Vec<_>>());
            format!("{mean:.1} ± {sd:.1}")
        };
        if !runs.is_empty() {
            let _ = writeln!(out, "| {name} | {} | {} |", cell(0), cell(1));
        }
    }
    out
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |option: &str| {
        arguments.iter().position(|argument| argument == option).and_then(|at| arguments.get(at + 1))
    };
    match arguments.first().map(String::as_str) {
        Some("run") => {
            let seeds = after("--seeds").map_or(Ok(10), |seeds| seeds.parse())?;
            let steps = after("--steps").map_or(Ok(STEPS), |steps| steps.parse())?;
            let labels = after("--labels").map(|labels| labels.parse()).transpose()?;
            let tasks: Vec<&str> =
                TASKS.into_iter().filter(|task| arguments.iter().any(|name| name == task)).collect();
            let tasks = if tasks.is_empty() { TASKS.to_vec() } else { tasks };
            println!(
                "{}",
                serde_json::to_string(&figures(&Options {
                    tasks,
                    recipe: after("--recipe"),
                    labels,
                    seeds,
                    steps
                })?)?
            );
        }
        Some("page") => {
            let mut cells = Vec::new();
            for path in &arguments[1..] {
                let file: Value = serde_json::from_slice(&std::fs::read(path)?)?;
                cells.extend(file["cells"].as_array().cloned().unwrap_or_default());
            }
            println!("{}", page(&json!({ "cells": cells })).trim());
        }
        _ => return Err("run or page".into()),
    }
    Ok(())
}
