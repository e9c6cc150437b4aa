//! What the GAN's presets and number formats do, over many seeds: `docs/gan/presets.md`, `docs/gan/precision.md` and `docs/gan/images.md` with
//! its pictures.
//!
//! `cargo run -p experiments --profile proof --example gan_table -- [presets] [precision] [images] [seeds=N]`; without a name all parts. Runs are
//! shared among the machine's cores; figures do not depend on that, only the time does.

mod images;
mod png;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use engine::policy::{Choice, LossScaling, Policy, RoleRounding, Scaling};
use experiments::gan::networks::Role;
use experiments::gan::{Config, Gan, floor, law::Law, metrics, presets};

type Error = Box<dyn std::error::Error>;

/// Samples of every figure.
const SAMPLES: usize = 2000;

/// How a run ended.
#[derive(Clone, Debug)]
struct Outcome {
    covered: usize,
    high_quality: f64,
    js: f64,
    finite: bool,
    /// Shares of gradients that became zero, and that left the range or were not numbers.
    underflow: f64,
    beyond: f64,
}

fn run(config: &Config, seed: u64, rounds: u64) -> Result<Outcome, Error> {
    let mut gan = Gan::new(config.clone().with_seed(seed), None)?;
    (0..rounds).for_each(|_| gan.step());
    let points = gan.observe().points(SAMPLES);
    let law = gan.law().ok_or("a law of points")?;
    let coverage = metrics::coverage(law, &points);
    let distance = metrics::Grid::new(law).distance(&metrics::Grid::count(&points));
    let (mut total, mut underflow, mut beyond) = (0, 0, 0);
    for loss in gan.rounding_losses() {
        if loss.rounded.role == Role::Gradients {
            total += loss.counts.total;
            underflow += loss.counts.underflow;
            beyond += loss.counts.overflow + loss.counts.nan;
        }
    }
    let share = |count: u64| count as f64 / total.max(1) as f64;
    Ok(Outcome {
        covered: coverage.covered,
        high_quality: coverage.high_quality,
        js: distance.js,
        finite: gan.is_finite(),
        underflow: share(underflow),
        beyond: share(beyond),
    })
}

/// A run that is over: which configuration, which seed, and how it ended.
type Ended = (usize, u64, Result<Outcome, String>);

/// The outcomes of every configuration with seeds from 1, in order.
fn run_all(configs: &[Config], seeds: u64, rounds: u64) -> Result<Vec<Vec<Outcome>>, Error> {
    let jobs: Vec<(usize, u64)> =
        (0..configs.len()).flat_map(|at| (1..=seeds).map(move |seed| (at, seed))).collect();
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Ended>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(&(at, seed)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = run(&configs[at], seed, rounds).map_err(|error| error.to_string());
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((at, seed, outcome));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|&(at, seed, _)| (at, seed));
    let mut rows = vec![Vec::new(); configs.len()];
    for (at, _, outcome) in done {
        rows[at].push(outcome?);
    }
    Ok(rows)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// `8, 8, 7`; a run with weights that are not numbers is marked.
fn modes(outcomes: &[Outcome]) -> String {
    let texts: Vec<String> = outcomes
        .iter()
        .map(|outcome| format!("{}{}", outcome.covered, if outcome.finite { "" } else { " (NaN)" }))
        .collect();
    texts.join(", ")
}

/// What every page says about its figures.
fn preface(rounds: u64) -> String {
    let Some(law) = Law::new(&presets::eight_gaussians().data) else { return String::new() };
    let grid = metrics::Grid::new(&law);
    let floor = floor::floor(&law, &grid, SAMPLES, 1);
    format!(
        "Eight Gaussians, {rounds} rounds, {SAMPLES} samples. A mode is covered when at least a quarter of its fair share of the samples lies \
         within three deviations of its centre; *high quality* is the share of samples within three deviations of some centre. JS is the \
         Jensen–Shannon divergence from the law in bits, 0 to 1, on {side} × {side} bins. A perfect generator shows at this number of samples: \
         high quality 0.989, JS {:.4} (5–95 %: {:.4} to {:.4}; exact mean {:.4}).\n",
        floor.js.mean,
        floor.js.low,
        floor.js.high,
        floor::expected_js(&grid, SAMPLES),
        side = metrics::SIDE,
    )
}

fn presets_page(seeds: u64) -> Result<String, Error> {
    let named = [
        ("default", presets::eight_gaussians()),
        ("collapse", presets::collapse()),
        ("cure", presets::cure()),
        ("wasserstein", presets::wasserstein()),
    ];
    let configs: Vec<Config> = named.iter().map(|(_, config)| config.clone()).collect();
    let rows = run_all(&configs, seeds, presets::ROUNDS)?;
    let mut page = format!(
        "# Presets of the GAN\n\nMade by `cargo run -p experiments --profile proof --example gan_table -- presets`.\n\n{}\n\
         | preset | modes covered, seeds 1 to {seeds} | all 8 | at most 4 | high quality, median | JS, median |\n|---|---|---|---|---|---|\n",
        preface(presets::ROUNDS)
    );
    for ((name, _), outcomes) in named.iter().zip(&rows) {
        let all = outcomes.iter().filter(|outcome| outcome.covered == 8).count();
        let few = outcomes.iter().filter(|outcome| outcome.covered <= 4).count();
        writeln!(
            page,
            "| {name} | {} | {all} of {seeds} | {few} of {seeds} | {:.2} | {:.3} |",
            modes(outcomes),
            median(outcomes.iter().map(|outcome| outcome.high_quality)),
            median(outcomes.iter().map(|outcome| outcome.js)),
        )?;
    }
    Ok(page)
}

fn element(id: &str) -> Result<Option<RoleRounding>, Error> {
    Ok(Some(RoleRounding::plain(*numerics::by_id(id).ok_or("a format")?)))
}

fn scaled(id: &str) -> Result<Option<RoleRounding>, Error> {
    let format = *numerics::by_id(id).ok_or("a format")?;
    let choice = Choice::Element(format, Scaling::Tensor);
    Ok(Some(RoleRounding { choice, stochastic: false, saturate: true }))
}

fn block(id: &str) -> Result<Option<RoleRounding>, Error> {
    let format = *numerics::blocks::block_by_id(id).ok_or("a block format")?;
    Ok(Some(RoleRounding { choice: Choice::Block(format), stochastic: false, saturate: false }))
}

fn uniform(role: Option<RoleRounding>) -> Policy {
    Policy { weights: role, activations: role, gradients: role, ..Policy::FP32 }
}

fn precisions() -> Result<Vec<(&'static str, Policy)>, Error> {
    let fp16 = uniform(element("fp16")?);
    let with = |policy: Policy, loss_scaling| Policy { loss_scaling, ..policy };
    let (e4m3, e5m2) = (uniform(element("e4m3")?), uniform(element("e5m2")?));
    let hybrid = Policy { gradients: e5m2.gradients, ..e4m3 };
    let stochastic = |role: Option<RoleRounding>| role.map(|role| RoleRounding { stochastic: true, ..role });
    let mxfp4 = uniform(block("mxfp4")?);
    Ok(vec![
        ("FP32", Policy::FP32),
        ("TF32", uniform(element("tf32")?)),
        ("BF16", uniform(element("bf16")?)),
        (
            "BF16, moments and stored weights too",
            Policy { state: element("bf16")?, master_weights: false, ..uniform(element("bf16")?) },
        ),
        ("FP16", fp16),
        ("FP16, loss × dynamic", with(fp16, presets::DYNAMIC)),
        (
            "FP16, moments and stored weights too",
            Policy { state: fp16.weights, master_weights: false, ..fp16 },
        ),
        ("FP8 E5M2", e5m2),
        ("FP8 E5M2, loss × 256", with(e5m2, LossScaling::Static(256.0))),
        ("FP8 E4M3", e4m3),
        ("FP8 E4M3, loss × 16", with(e4m3, LossScaling::Static(16.0))),
        ("FP8 E4M3, loss × dynamic", with(e4m3, presets::DYNAMIC)),
        ("FP8 E4M3, gradients E5M2, loss × dynamic", with(hybrid, presets::DYNAMIC)),
        ("INT8, a scale per tensor", uniform(scaled("int8")?)),
        ("MXFP6 E3M2", uniform(block("mxfp6-e3m2")?)),
        ("MXFP4", mxfp4),
        ("MXFP4, gradients stochastic", Policy { gradients: stochastic(mxfp4.gradients), ..mxfp4 }),
    ])
}

fn precision_page(seeds: u64) -> Result<String, Error> {
    let named = precisions()?;
    let configs: Vec<Config> =
        named.iter().map(|(_, policy)| presets::eight_gaussians().with_policy(*policy)).collect();
    let rows = run_all(&configs, seeds, presets::ROUNDS)?;
    let mut page = format!(
        "# Number formats in the GAN\n\nMade by `cargo run -p experiments --profile proof --example gan_table -- precision`. Formats are emulated: \
         weights, activations and gradients of both networks are rounded to nearest-even; sums, moments and stored weights are binary32 unless a row \
         says otherwise. The last layers round too, so generated points lie on the format's own grid.\n\n{}\n\
         | numbers | modes covered, seeds 1 to {seeds} | high quality, median | JS, median | gradients that became 0 | beyond the range or NaN |\n\
         |---|---|---|---|---|---|\n",
        preface(presets::ROUNDS)
    );
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    for ((name, _), outcomes) in named.iter().zip(&rows) {
        writeln!(
            page,
            "| {name} | {} | {:.2} | {:.3} | {} | {} |",
            modes(outcomes),
            median(outcomes.iter().map(|outcome| outcome.high_quality)),
            median(outcomes.iter().map(|outcome| outcome.js)),
            percent(median(outcomes.iter().map(|outcome| outcome.underflow))),
            percent(median(outcomes.iter().map(|outcome| outcome.beyond))),
        )?;
    }
    Ok(page)
}

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let chosen = arguments.iter().find_map(|text| text.strip_prefix("seeds="));
    let chosen: Option<u64> = chosen.map(str::parse).transpose()?;
    let parts: Vec<&str> = arguments.iter().map(String::as_str).filter(|text| !text.contains('=')).collect();
    let wanted = |part: &str| parts.is_empty() || parts.contains(&part);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = root.join("docs/gan");
    std::fs::create_dir_all(&folder)?;
    if wanted("presets") {
        std::fs::write(folder.join("presets.md"), presets_page(chosen.unwrap_or(10))?)?;
    }
    if wanted("precision") {
        std::fs::write(folder.join("precision.md"), precision_page(chosen.unwrap_or(5))?)?;
    }
    if wanted("images") {
        images::write(&root, &folder, chosen.unwrap_or(3))?;
    }
    Ok(())
}
