//! What a frozen base is worth: accuracy by task, arm and number of labels, mean and standard deviation over seeds, as Markdown.
//!
//!     cargo run -p experiments --profile proof --example transfer_table [-- TASK… --seeds 10 --arm NAME]
//!     cargo run -p experiments --profile proof --example transfer_table -- precision clip-art emoji
//!
//! Every seed draws its labelled pictures anew, and tests with as many of each class of the others as the smallest class has (100 at
//! most). Heads are one dense layer on scaled columns, 200 steps of Adam over all rows; the small network from scratch has two
//! convolutions, 300 steps of 32; the fine-tuned block starts as the base, 100 steps of 32, and decays towards it.

use std::path::Path as FilePath;

use datasets::Dataset;
use engine::cpu::Path;
use engine::policy::Policy;
use engine::snapshot::Weights;
use experiments::classifier::Network;
use experiments::lab::{CpuRun, Lab, Samples};
use experiments::networks::efficientnet_lite0::{Cut, Extractor, Precision, Storage, random, read, shards};
use experiments::transfer::{Draw, Extraction, Head, HeadConfig, Kept, Learner, Pictures, Table};

type Failure = Box<dyn std::error::Error>;

const TASKS: [&str; 4] = ["clip-art", "emoji", "fashion-mnist", "mnist"];
const LABELS: [usize; 3] = [5, 10, 25];
/// Pictures of a task, at most: the first of each class.
const MOST: usize = 1250;

const LINEAR: HeadConfig =
    HeadConfig { learner: Learner::Network(Network::Softmax), batch: 1024, lr: 3e-3, weight_decay: 10.0 };
const TUNED: HeadConfig = HeadConfig { learner: Learner::LastBlock, batch: 32, lr: 1e-3, weight_decay: 30.0 };
const SMALL: HeadConfig = HeadConfig {
    learner: Learner::Network(Network::Cnn { channels: 8 }),
    batch: 32,
    lr: 2e-3,
    weight_decay: 0.01,
};

fn public(file: &str) -> Result<Vec<u8>, Failure> {
    let path = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../../public").join(file);
    std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn shipped(storage: Storage, cut: Cut) -> Result<Weights, Failure> {
    let files = shards(storage, cut)
        .iter()
        .map(|shard| public(&format!("models/{}", shard.file)))
        .collect::<Result<Vec<Vec<u8>>, Failure>>()?;
    Ok(read(storage, cut, &files.iter().map(|file| &file[..]).collect::<Vec<&[u8]>>())?)
}

fn features(
    weights: &Weights,
    (cut, side): (Cut, usize),
    kept: Kept,
    pictures: &Pictures,
) -> Result<Table, Failure> {
    let mut base = Extractor::new(weights, cut, 8, side, &Policy::FP32, Path::Wide)?;
    let mut extraction = Extraction::new(kept);
    while extraction.step(&mut base, pictures) {}
    Ok(extraction.table())
}

type Arm = (String, HeadConfig, u64, Table);

fn arms(pictures: &Pictures) -> Result<Vec<Arm>, Failure> {
    let base = shipped(Storage::Int8, Cut::Block14)?;
    let pixels = Table::of_pixels(pictures, 32);
    let chance = random(Cut::Block14, 1);
    let frozen = |weights, cut, side| features(weights, (cut, side), Kept::Means, pictures);
    Ok(vec![
        ("raw pixels, linear".into(), LINEAR, 200, pixels.clone()),
        ("small net from scratch".into(), SMALL, 300, pixels),
        ("random base, b14 at 96".into(), LINEAR, 200, frozen(&chance, Cut::Block14, 96)?),
        ("frozen base, d10 at 96".into(), LINEAR, 200, frozen(&base, Cut::Depthwise10, 96)?),
        ("frozen base, b14 at 96".into(), LINEAR, 200, frozen(&base, Cut::Block14, 96)?),
        ("frozen base, b14 at 128".into(), LINEAR, 200, frozen(&base, Cut::Block14, 128)?),
        (
            "block 14 fine-tuned, at 96".into(),
            TUNED,
            100,
            features(&base, (Cut::Block14, 96), Kept::Entry, pictures)?,
        ),
    ])
}

/// The base at b14 and 96 pixels with its weights in every precision, all made from binary32.
fn precisions(pictures: &Pictures) -> Result<Vec<Arm>, Failure> {
    let exact = shipped(Storage::Fp32, Cut::Block14)?;
    let arm = |precision: Precision| {
        let rounded = precision.round(&exact);
        let name = format!("{} | {:.2}", precision.id(), rounded.bytes as f64 / 1e6);
        Ok((name, LINEAR, 200, features(&rounded.weights, (Cut::Block14, 96), Kept::Means, pictures)?))
    };
    Precision::ALL.into_iter().map(arm).collect()
}

fn pictures(task: &str) -> Result<Pictures, Failure> {
    let all = Pictures::of(&Dataset::read(&public(&format!("data/{task}.bin"))?)?)?;
    let mut pictures = Pictures::new(all.side(), all.classes());
    for index in 0..all.len().min(MOST) {
        let levels: Vec<u8> = all.levels(index, all.side()).iter().map(|level| *level as u8).collect();
        pictures.push(&levels, all.labels()[index])?;
    }
    Ok(pictures)
}

/// Mean and standard deviation of the accuracy over the seeds.
fn cell(
    config: &HeadConfig,
    steps: u64,
    table: &Table,
    pictures: &Pictures,
    per_class: usize,
    seeds: u64,
) -> Result<String, Failure> {
    let scores = (0..seeds)
        .map(|seed| {
            let draw = Draw::new(pictures.labels(), pictures.classes(), per_class, 100, seed);
            let parts = if config.learner == LINEAR.learner {
                table.parts(&draw)
            } else {
                (table.rows(&draw.train), table.rows(&draw.test))
            };
            accuracy(config, steps, parts, pictures.classes(), seed)
        })
        .collect::<Result<Vec<f64>, Failure>>()?;
    let mean = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
    let squares = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>();
    Ok(format!("{mean:.1} ± {:.1}", (squares / (scores.len().max(2) - 1) as f64).sqrt()))
}

/// Accuracy on the test rows, in percent.
fn accuracy(
    config: &HeadConfig,
    steps: u64,
    parts: (Table, Table),
    classes: usize,
    seed: u64,
) -> Result<f64, Failure> {
    let base = shipped(Storage::Int8, Cut::Block14)?;
    let mut head = Head::tuned(config, &base, parts.0, parts.1, classes)?;
    let mut run = CpuRun::new(head.training(), seed);
    run.run(steps, f64::INFINITY, || 0.0, &mut Samples::new(1, 2));
    Ok(100.0 * f64::from(head.view("test", &run.snapshot())?.values[0]))
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |option: &str| {
        arguments.iter().position(|argument| argument == option).and_then(|at| arguments.get(at + 1))
    };
    let seeds: u64 = after("--seeds").map_or(Ok(10), |seeds| seeds.parse())?;
    let only = after("--arm");
    let tasks: Vec<&str> =
        TASKS.into_iter().filter(|task| arguments.iter().any(|name| name == task)).collect();
    let tasks = if tasks.is_empty() { TASKS.to_vec() } else { tasks };
    let precision = arguments.iter().any(|argument| argument == "precision");
    let first = if precision { "task | precision | MB" } else { "task | arm" };
    println!("| {first} | {} |", LABELS.map(|labels| format!("{labels} a class")).join(" | "));
    println!("|---|---|---|---|---|{}", if precision { "---|" } else { "" });
    for task in tasks {
        let pictures = pictures(task)?;
        let arms = if precision { precisions(&pictures)? } else { arms(&pictures)? };
        for (name, config, steps, table) in arms {
            if only.is_some_and(|only| !name.contains(only.as_str())) {
                continue;
            }
            let cells = LABELS
                .iter()
                .map(|&per_class| cell(&config, steps, &table, &pictures, per_class, seeds))
                .collect::<Result<Vec<String>, Failure>>()?;
            println!("| {task} | {name} | {} |", cells.join(" | "));
        }
    }
    Ok(())
}
