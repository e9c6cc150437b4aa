//! Writes the first weights (seed 1) of a softmax classifier of the 8×8 digits, for `tools/fixtures/weights.py`:
//! `cargo run -p experiments --example export_weights -- <file>`.

use std::error::Error;

use datasets::Dataset;
use engine::cpu::{Executor, Path};
use engine::policy::Policy;
use engine::snapshot::Weights;
use experiments::classifier::{Classifier, Config, Network};
use experiments::lab::Lab;
use experiments::weights_file::to_safetensors;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("which file?")?;
    let data = Dataset::read(include_bytes!("../../../public/data/digits.bin"))?;
    let config = Config { network: Network::Softmax, batch: 32, lr: 1e-2, policy: Policy::FP32 };
    let lab = Classifier::new(&config, &data)?;
    let executor = Executor::new(lab.training().plan.clone(), 1, Path::Wide);
    std::fs::write(path, to_safetensors(&Weights::of(executor.plan(), &executor.snapshot())?)?)?;
    Ok(())
}
