//! What a frozen base is worth: accuracy by task, arm and number of labels, mean and standard deviation over seeds, as Markdown.
//!
//!     cargo run -p experiments --profile proof --example transfer_table [-- TASK… --seeds 10 --arm NAME]
//!     cargo run -p experiments --profile proof --example transfer_table -- precision clip-art emoji
//!     cargo run -p experiments --profile proof --example transfer_table -- recipe [--svg FILE]
//!
//! Every seed draws its labelled pictures anew, and tests with as many of each class of the others as the smallest class has (100 at
//! most). Heads are one dense layer on scaled columns, 200 steps of Adam over all rows; the small network from scratch has two
//! convolutions, 300 steps of 32; the fine-tuned block starts as the base, 100 steps of 32, and decays towards it.
//! `recipe` is the glossary's recipe epoch by epoch.

mod recipe;
mod recipe_figure;

use std::path::Path as FilePath;

use datasets::Dataset;
use engine::cpu::Path;
use engine::policy::Policy;
use engine::snapshot::Weights;
use experiments::lab::{CpuRun, Lab, Samples};
use experiments::networks::efficientnet_lite0::{
    Blocks, Cut, Extractor, Precision, Storage, TUNABLE, random, read, shards,
};
use experiments::transfer::{Arm, Draw, Extraction, Head, Kept, PIXEL_SIDE, Pictures, Table, entries};

type Failure = Box<dyn std::error::Error>;

/// Pictures of a class for testing, at most.
const TEST_PER_CLASS: usize = 100;
const TASKS: [&str; 4] = ["clip-art", "emoji", "fashion-mnist", "mnist"];
const LABELS: [usize; 3] = [5, 10, 25];
/// Pictures of a task, at most: the first of each class.
const MOST: usize = 1250;

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

type Row = (String, (Arm, Blocks), Table);

fn arms(pictures: &Pictures) -> Result<Vec<Row>, Failure> {
    let base = shipped(Storage::Int8, Cut::Block14)?;
    let pixels = Table::of_pixels(pictures, PIXEL_SIDE);
    let chance = random(Cut::Block14, 1);
    let frozen = |weights, cut, side| features(weights, (cut, side), Kept::Means, pictures);
    let entry = features(&base, (Cut::Block14, 96), Kept::Entry, pictures)?;
    let tuned = |blocks: Blocks| entries(&base, &entry, blocks.first());
    let none = || Failure::from("these blocks are not trained");
    let (two, four) = (Blocks::of(&[13, 14]).ok_or_else(none)?, Blocks::of(&TUNABLE).ok_or_else(none)?);
    let plain = |arm| (arm, Blocks::LAST);
    Ok(vec![
        ("raw pixels, linear".into(), plain(Arm::Pixels), pixels.clone()),
        ("small net from scratch".into(), plain(Arm::Scratch), pixels),
        ("random base, b14 at 96".into(), plain(Arm::Random), frozen(&chance, Cut::Block14, 96)?),
        ("frozen base, d10 at 96".into(), plain(Arm::Frozen), frozen(&base, Cut::Depthwise10, 96)?),
        ("frozen base, b14 at 96".into(), plain(Arm::Frozen), frozen(&base, Cut::Block14, 96)?),
        ("frozen base, b14 at 128".into(), plain(Arm::Frozen), frozen(&base, Cut::Block14, 128)?),
        ("block 14 fine-tuned, at 96".into(), plain(Arm::Tuned), tuned(Blocks::LAST)?),
        ("blocks 13 and 14 fine-tuned, at 96".into(), (Arm::Tuned, two), tuned(two)?),
        ("blocks 11 to 14 fine-tuned, at 96".into(), (Arm::Tuned, four), tuned(four)?),
    ])
}

/// The base at b14 and 96 pixels with its weights in every precision, all made from binary32.
fn precisions(pictures: &Pictures) -> Result<Vec<Row>, Failure> {
    let exact = shipped(Storage::Fp32, Cut::Block14)?;
    let arm = |precision: Precision| {
        let rounded = precision.round(&exact);
        let name = format!("{} | {:.2}", precision.id(), rounded.bytes as f64 / 1e6);
        let arm = (Arm::Frozen, Blocks::LAST);
        Ok((name, arm, features(&rounded.weights, (Cut::Block14, 96), Kept::Means, pictures)?))
    };
    Precision::ALL.into_iter().map(arm).collect()
}

fn pictures(task: &str) -> Result<Pictures, Failure> {
    Ok(Pictures::of(&Dataset::read(&public(&format!("data/{task}.bin"))?)?)?.first(MOST))
}

/// Mean and standard deviation of the accuracy over the seeds.
fn cell(
    arm: (Arm, Blocks),
    table: &Table,
    pictures: &Pictures,
    per_class: usize,
    seeds: u64,
) -> Result<String, Failure> {
    let scores = (0..seeds)
        .map(|seed| {
            let draw = Draw::new(pictures.labels(), pictures.classes(), per_class, TEST_PER_CLASS, seed);
            let parts = if arm.0.is_scaled() {
                let (train, test, _) = table.parts(&draw);
                (train, test)
            } else {
                (table.rows(&draw.train), table.rows(&draw.test))
            };
            accuracy(arm, parts, pictures.classes(), seed)
        })
        .collect::<Result<Vec<f64>, Failure>>()?;
    let (mean, deviation) = spread(&scores);
    Ok(format!("{mean:.1} ± {deviation:.1}"))
}

/// Mean and standard deviation (of a sample).
fn spread(scores: &[f64]) -> (f64, f64) {
    let mean = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
    let squares = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>();
    (mean, (squares / (scores.len().max(2) - 1) as f64).sqrt())
}

/// Accuracy on the test rows, in percent.
fn accuracy(
    (arm, blocks): (Arm, Blocks),
    parts: (Table, Table),
    classes: usize,
    seed: u64,
) -> Result<f64, Failure> {
    let base = shipped(Storage::Int8, Cut::Block14)?;
    let steps = arm.steps(parts.0.labels.len());
    let config = if arm == Arm::Tuned { Arm::tuned(blocks) } else { arm.config() };
    let mut head = Head::tuned(&config, &base, parts.0, parts.1, classes)?;
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
    if arguments.iter().any(|argument| argument == "recipe") {
        return recipe::print(&tasks, seeds, after("--svg").map(String::as_str));
    }
    let precision = arguments.iter().any(|argument| argument == "precision");
    let first = if precision { "task | precision | MB" } else { "task | arm" };
    println!("| {first} | {} |", LABELS.map(|labels| format!("{labels} a class")).join(" | "));
    println!("|---|---|---|---|---|{}", if precision { "---|" } else { "" });
    for task in tasks {
        let pictures = pictures(task)?;
        let arms = if precision { precisions(&pictures)? } else { arms(&pictures)? };
        for (name, arm, table) in arms {
            if only.is_some_and(|only| !name.contains(only.as_str())) {
                continue;
            }
            let cells = LABELS
                .iter()
                .map(|&per_class| cell(arm, &table, &pictures, per_class, seeds))
                .collect::<Result<Vec<String>, Failure>>()?;
            println!("| {task} | {name} | {} |", cells.join(" | "));
        }
    }
    Ok(())
}
