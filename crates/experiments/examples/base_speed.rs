//! How long EfficientNet-Lite0 takes for an image, by cut and size, and where the time goes.
//!
//!     cargo run -p experiments --profile proof --example base_speed [-- kernels]
//!
//! One image at a time, one thread; the runs that fit two seconds, after one that is not counted. On a busy machine the least is the surer
//! figure.

use std::collections::BTreeMap;
use std::time::Instant;

use engine::cpu::Path;
use engine::plan::Kernel;
use engine::policy::Policy;
use experiments::networks::efficientnet_lite0::{Cut, Extractor, random};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let kernels = std::env::args().any(|argument| argument == "kernels");
    println!(
        "| cut | side | MMAC | ms an image, median | least | GFLOP/s at the least |\n|---|---|---|---|---|---|"
    );
    for (cut, name) in [(Cut::Depthwise10, "d10"), (Cut::Block14, "b14"), (Cut::Full, "full")] {
        let weights = random(cut, 1);
        for side in [96, 128, 160] {
            let mut base = Extractor::new(&weights, cut, 1, side, &Policy::FP32, Path::Wide)?;
            let levels: Vec<f32> = (0..side * side * 3).map(|i| (i * 7919 % 256) as f32).collect();
            base.run(&levels);
            let mut times = Vec::new();
            let start = Instant::now();
            while start.elapsed().as_secs_f64() < 2.0 {
                let before = Instant::now();
                base.run(&levels);
                times.push(before.elapsed().as_secs_f64() * 1e3);
            }
            times.sort_by(f64::total_cmp);
            let (median, least) = (times[times.len() / 2], times[0]);
            let flop = base.plan().flop_count as f64;
            println!(
                "| {name} | {side} | {:.0} | {median:.2} | {least:.2} | {:.1} |",
                flop / 2e6,
                flop / least / 1e6
            );
            if kernels && side == 96 {
                profile(&mut base, &levels);
            }
        }
    }
    Ok(())
}

/// Runs of a profile, of which the least time of each kernel counts.
const RUNS: usize = 200;

/// Prints the share of each kind of kernel; products one by one.
fn profile(base: &mut Extractor, levels: &[f32]) {
    let mut times = vec![0.0; base.plan().steps.len()];
    let start = Instant::now();
    times.fill(f64::INFINITY);
    for _ in 0..RUNS {
        let mut once = vec![0.0; times.len()];
        base.run_timed(levels, || start.elapsed().as_secs_f64(), &mut once);
        for (least, time) in times.iter_mut().zip(once) {
            *least = least.min(time);
        }
    }
    let mut kinds: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for (step, time) in base.plan().steps.iter().zip(&times) {
        let (kind, flop) = match &step.kernel {
            Kernel::MatMul { m, n, k, .. } => (format!("product {m:4} × {n:4} × {k:4}"), 2 * m * n * k),
            Kernel::Conv(spec) if spec.depthwise => {
                (format!("depthwise {} stride {}", spec.kh, spec.stride), 2 * spec.mac_count() as usize)
            }
            Kernel::Conv(spec) => ("convolution".to_owned(), 2 * spec.mac_count() as usize),
            Kernel::Elementwise(program) => {
                (format!("elementwise, {} inputs", program.inputs.len()), program.len())
            }
            other => (format!("{other:?}").split([' ', '{']).next().unwrap_or_default().to_owned(), 0),
        };
        let entry = kinds.entry(kind).or_default();
        *entry = (entry.0 + time, entry.1 + flop as f64);
    }
    println!("    all: {:.3} ms", times.iter().sum::<f64>() * 1e3);
    for (kind, (seconds, flop)) in kinds {
        println!("    {kind}: {:.3} ms, {:.1} GFLOP/s", seconds * 1e3, flop / seconds / 1e9);
    }
}
