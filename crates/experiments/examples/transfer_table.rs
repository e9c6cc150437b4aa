//! What a frozen base is worth: accuracy by task, arm and number of labels, mean and standard deviation over seeds, as Markdown.
//!
//!     cargo run -p experiments --profile proof --example transfer_table [-- TASK…] [--seeds 10]
//!
//! Every seed draws its labelled pictures anew, and tests with as many of each class of the others as the smallest class has (100 at
//! most). Heads are one dense layer on scaled columns, 200 steps of Adam over all rows; the small network from scratch has two
//! convolutions, 300 steps.

use std::path::Path as FilePath;

use datasets::Dataset;
use engine::cpu::Path;
use engine::policy::Policy;
use experiments::classifier::Network;
use experiments::lab::{CpuRun, Lab, Samples};
use experiments::networks::efficientnet_lite0::{Cut, Extractor, Storage, random, read, shards};
use experiments::transfer::{Draw, Extraction, Head, HeadConfig, Pictures, Table};

type Failure = Box<dyn std::error::Error>;

const TASKS: [&str; 4] = ["clip-art", "emoji", "fashion-mnist", "mnist"];
const LABELS: [usize; 3] = [5, 10, 25];
/// Pictures of a task, at most: the first of each class.
const MOST: usize = 1250;

const LINEAR: HeadConfig = HeadConfig { network: Network::Softmax, batch: 1024, lr: 3e-3, weight_decay: 0.1 };
const SMALL: HeadConfig =
    HeadConfig { network: Network::Cnn { channels: 8 }, batch: 32, lr: 2e-3, weight_decay: 0.01 };

fn public(file: &str) -> Result<Vec<u8>, Failure> {
    let path = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../../public").join(file);
    std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn features(cut: Cut, side: usize, seed: Option<u64>, pictures: &Pictures) -> Result<Table, Failure> {
    let weights = if let Some(seed) = seed {
        random(cut, seed)
    } else {
        let files = shards(Storage::Int8, cut)
            .iter()
            .map(|shard| public(&format!("models/{}", shard.file)))
            .collect::<Result<Vec<Vec<u8>>, Failure>>()?;
        read(Storage::Int8, cut, &files.iter().map(|file| &file[..]).collect::<Vec<&[u8]>>())?
    };
    let mut base = Extractor::new(&weights, cut, 8, side, &Policy::FP32, Path::Wide)?;
    let mut extraction = Extraction::new(false);
    while extraction.step(&mut base, pictures) {}
    Ok(extraction.table())
}

/// Accuracy on the test rows, in percent.
fn accuracy(
    config: &HeadConfig,
    steps: u64,
    parts: (Table, Table),
    classes: usize,
    seed: u64,
) -> Result<f64, Failure> {
    let mut head = Head::new(config, parts.0, parts.1, classes)?;
    let mut run = CpuRun::new(head.training(), seed);
    run.run(steps, f64::INFINITY, || 0.0, &mut Samples::new(1, 2));
    Ok(100.0 * f64::from(head.view("test", &run.snapshot())?.values[0]))
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let seeds: u64 = match arguments.iter().position(|argument| argument == "--seeds") {
        Some(at) => arguments.get(at + 1).ok_or("how many seeds?")?.parse()?,
        None => 10,
    };
    println!("| task | arm | {} |", LABELS.map(|labels| format!("{labels} a class")).join(" | "));
    println!("|---|---|---|---|---|");
    for task in TASKS {
        if arguments.iter().any(|argument| TASKS.contains(&&**argument))
            && !arguments.iter().any(|a| a == task)
        {
            continue;
        }
        let all = Pictures::of(&Dataset::read(&public(&format!("data/{task}.bin"))?)?)?;
        let mut pictures = Pictures::new(all.side(), all.classes());
        for index in 0..all.len().min(MOST) {
            let levels: Vec<u8> = all.levels(index, all.side()).iter().map(|level| *level as u8).collect();
            pictures.push(&levels, all.labels()[index])?;
        }
        let pixels = Table::of_pixels(&pictures, 32);
        let arms = [
            ("raw pixels, linear", LINEAR, 200, pixels.clone()),
            ("small net from scratch", SMALL, 300, pixels),
            ("random base, b14 at 96", LINEAR, 200, features(Cut::Block14, 96, Some(1), &pictures)?),
            ("frozen base, d10 at 96", LINEAR, 200, features(Cut::Depthwise10, 96, None, &pictures)?),
            ("frozen base, b14 at 96", LINEAR, 200, features(Cut::Block14, 96, None, &pictures)?),
            ("frozen base, b14 at 128", LINEAR, 200, features(Cut::Block14, 128, None, &pictures)?),
        ];
        for (name, config, steps, table) in &arms {
            let mut cells = Vec::new();
            for per_class in LABELS {
                let scores = (0..seeds)
                    .map(|seed| {
                        let draw = Draw::new(pictures.labels(), pictures.classes(), per_class, 100, seed);
                        let pixels = matches!(config.network, Network::Cnn { .. });
                        let parts = if pixels {
                            (table.rows(&draw.train), table.rows(&draw.test))
                        } else {
                            table.parts(&draw)
                        };
                        accuracy(config, *steps, parts, pictures.classes(), seed)
                    })
                    .collect::<Result<Vec<f64>, Failure>>()?;
                let mean = scores.iter().sum::<f64>() / scores.len() as f64;
                let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>()
                    / (scores.len() - 1).max(1) as f64;
                cells.push(format!("{mean:.1} ± {:.1}", variance.sqrt()));
            }
            println!("| {task} | {name} | {} |", cells.join(" | "));
        }
    }
    Ok(())
}
