//! Runs: tasks, methods, seeds.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use datasets::Dataset;
use engine::policy::calibration::{Method as Scales, SiteScales};
use engine::policy::presets::{self, PRESETS, Preset, Schedule};
use engine::policy::{Policy, Role};
use engine::rounding::Counts;
use engine::snapshot::Snapshot;
use experiments::classifier::{Calibration, Classifier, Config, Network, PostTraining};
use experiments::lab::{CpuRun, Lab, Samples};

/// Turns in which speeds are measured, and how long one lasts.
const TURNS: usize = 5;
const TURN_MS: f64 = 60.0;
/// Calibration looks at this many training examples.
const CALIBRATION_EXAMPLES: usize = 512;

/// A network, a data set and how long it trains.
pub struct Task {
    /// Title.
    pub name: &'static str,
    pub file: &'static str,
    pub network: Network,
    pub batch: usize,
    pub lr: f32,
    pub steps: u64,
    /// Steps of quantisation-aware training after them, and of binary32 beside it.
    pub further_steps: u64,
    pub seeds: u64,
}

impl Task {
    pub const ALL: [Task; 2] = [
        Task {
            name: "Digits 8×8, perceptron 64→64→10",
            file: "digits",
            network: Network::Mlp { hidden: 64 },
            batch: 32,
            lr: 3e-3,
            steps: 2000,
            further_steps: 500,
            seeds: 5,
        },
        Task {
            name: "Fashion-MNIST 28×28, two convolutions (4 and 8 channels) and a dense layer",
            file: "fashion-mnist",
            network: Network::Cnn { channels: 4 },
            batch: 32,
            lr: 3e-3,
            steps: 600,
            further_steps: 150,
            seeds: 3,
        },
    ];

    pub fn data(&self, root: &Path) -> Result<Dataset, Box<dyn Error>> {
        Ok(Dataset::read(&std::fs::read(root.join(format!("public/data/{}.bin", self.file)))?)?)
    }

    /// Training that goes on takes a tenth of the learning rate.
    pub fn config(&self, policy: &Policy, further: bool) -> Config {
        let lr = if further { self.lr / 10.0 } else { self.lr };
        Config { network: self.network, batch: self.batch, lr, policy: *policy }
    }
}

/// A preset, and for post-training quantisation how scales are found.
pub struct Method {
    pub name: String,
    pub preset: &'static Preset,
    pub scales: Scales,
    /// Trains on for the further steps.
    pub further: bool,
}

/// All presets; post-training quantisation with each way of finding scales; binary32 for as long as fine-tuning takes.
pub fn methods() -> Vec<Method> {
    let mut methods = Vec::new();
    for preset in PRESETS {
        let plain = |name: &str, scales, further| Method { name: name.to_owned(), preset, scales, further };
        match preset.schedule {
            Schedule::Training => methods.push(plain(preset.id, Scales::MinMax, false)),
            Schedule::FineTuning => {
                methods.push(plain(&format!("{}, min-max", preset.id), Scales::MinMax, true));
                methods.push(plain(&format!("{}, least error", preset.id), Scales::Mse, true));
            }
            Schedule::AfterTraining => {
                for (way, scales) in [
                    ("min-max", Scales::MinMax),
                    ("99.9 %", Scales::Percentile(0.999)),
                    ("least error", Scales::Mse),
                ] {
                    methods.push(plain(&format!("{}, {way}", preset.id), scales, false));
                }
            }
        }
        if preset.id == "fp32" {
            methods.push(plain("fp32, as long as QAT", Scales::MinMax, true));
        }
    }
    methods
}

/// What became of one seed.
pub struct Outcome {
    pub accuracy: f64,
    pub loss: f64,
    /// By [`Role::ALL`].
    pub counts: [Counts; 4],
}

/// All seeds of a method.
pub struct Row {
    pub name: String,
    pub outcomes: Vec<Outcome>,
    /// Steps a second over binary32's, turn by turn; nothing where nothing trains in the format.
    pub speed: Option<f64>,
}

impl Row {
    /// Over all seeds.
    pub fn counts(&self, role: usize) -> Counts {
        let mut total = Counts::default();
        self.outcomes.iter().for_each(|outcome| total.add(outcome.counts[role]));
        total
    }
}

pub fn run(task: &Task, data: &Dataset, methods: &[Method]) -> Result<Vec<Row>, Box<dyn Error>> {
    let plain = Classifier::new(&task.config(&Policy::FP32, false), data)?;
    let trained: Vec<Snapshot> = (0..task.seeds)
        .map(|seed| {
            let mut run = CpuRun::new(plain.training(), seed);
            take(&mut run, task.steps);
            run.snapshot()
        })
        .collect();
    let mut rows = Vec::new();
    for method in methods {
        let start = Instant::now();
        let mut lab = Classifier::new(&task.config(&method.preset.policy(), method.further), data)?;
        let mut outcomes = Vec::new();
        for seed in 0..task.seeds {
            outcomes.push(match method.preset.schedule {
                Schedule::AfterTraining => {
                    after_training(task, data, method, &plain, &trained[seed as usize])?
                }
                Schedule::FineTuning => {
                    let scales = scales(task, data, method, &plain, &trained[seed as usize])?;
                    let config = task.config(&method.preset.policy(), true);
                    let mut own = Classifier::calibrated(&config, data, &scales)?;
                    trains(task, method, &mut own, seed, &trained[seed as usize])?
                }
                Schedule::Training => trains(task, method, &mut lab, seed, &trained[seed as usize])?,
            });
        }
        let speed = (method.preset.schedule != Schedule::AfterTraining).then(|| speed(&plain, &lab));
        eprintln!("{} {}: {:.1} s", task.file, method.name, start.elapsed().as_secs_f64());
        rows.push(Row { name: method.name.clone(), outcomes, speed });
    }
    Ok(rows)
}

fn take(run: &mut CpuRun, steps: u64) {
    let mut samples = Samples::new(1, 2);
    let mut left = steps;
    while left > 0 {
        left -= run.run(left, f64::INFINITY, || 0.0, &mut samples);
    }
}

fn trains(
    task: &Task,
    method: &Method,
    lab: &mut Classifier,
    seed: u64,
    trained: &Snapshot,
) -> Result<Outcome, Box<dyn Error>> {
    let mut run = CpuRun::new(lab.training(), seed);
    if method.further {
        run.restore(trained)?;
        take(&mut run, task.further_steps);
    } else {
        take(&mut run, task.steps);
    }
    let plan = &lab.training().plan;
    let counts = Role::ALL.map(|role| plan.counts_of(run.counts(), role, ""));
    let view = lab.view("test", &run.snapshot())?;
    Ok(Outcome { accuracy: view.values[0].into(), loss: view.values[1].into(), counts })
}

fn after_training(
    task: &Task,
    data: &Dataset,
    method: &Method,
    plain: &Classifier,
    trained: &Snapshot,
) -> Result<Outcome, Box<dyn Error>> {
    let quantised = quantise(task, data, method, plain, trained)?;
    let config = task.config(&Policy::FP32, false);
    let (accuracy, loss) = quantised.score(&config, data, plain.training(), trained)?;
    let mut counts = [Counts::default(); 4];
    counts[0] = quantised.weight_counts;
    Ok(Outcome { accuracy: accuracy.into(), loss: loss.into(), counts })
}

fn quantise(
    task: &Task,
    data: &Dataset,
    method: &Method,
    plain: &Classifier,
    trained: &Snapshot,
) -> Result<PostTraining, Box<dyn Error>> {
    let calibration =
        Calibration { activations: method.scales, weights: method.scales, examples: CALIBRATION_EXAMPLES };
    let (config, of) = (task.config(&Policy::FP32, false), (plain.training(), trained));
    Ok(PostTraining::new(&config, data, of, &method.preset.policy(), &calibration)?)
}

/// Fixed scales of activations for training that goes on.
fn scales(
    task: &Task,
    data: &Dataset,
    method: &Method,
    plain: &Classifier,
    trained: &Snapshot,
) -> Result<SiteScales, Box<dyn Error>> {
    Ok(quantise(task, data, method, plain, trained)?.scales)
}

/// Median over turns of the rate of the one over the rate of binary32.
fn speed(plain: &Classifier, lab: &Classifier) -> f64 {
    let mut runs = [CpuRun::new(plain.training(), 1), CpuRun::new(lab.training(), 1)];
    let mut samples = Samples::new(1, 2);
    let mut rate = |run: &mut CpuRun| {
        let start = Instant::now();
        let now = || start.elapsed().as_secs_f64() * 1e3;
        let taken = run.run(u64::MAX, TURN_MS, now, &mut samples);
        taken as f64 / start.elapsed().as_secs_f64()
    };
    let mut ratios: Vec<f64> = (0..TURNS)
        .map(|_| {
            let whole = rate(&mut runs[0]);
            rate(&mut runs[1]) / whole
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios[TURNS / 2]
}

/// The formats of a preset in words.
pub fn described(id: &str) -> String {
    use engine::policy::{Choice, LossScaling, RoleRounding, Scaling};
    let Some(preset) = presets::by_id(id.split(',').next().unwrap_or(id)) else { return String::new() };
    let policy = preset.policy();
    let role = |rounding: Option<RoleRounding>| match rounding {
        None => "FP32".to_owned(),
        Some(rounding) => {
            let name = match rounding.choice {
                Choice::Element(format, Scaling::Tensor) => format!("{}, scale per tensor", format.name),
                Choice::Element(format, Scaling::Channel) => format!("{}, scale per channel", format.name),
                Choice::Element(format, _) => format.name.to_owned(),
                Choice::Block(block) => block.name.to_owned(),
            };
            if rounding.stochastic { name + ", stochastic" } else { name }
        }
    };
    let scaled = match policy.loss_scaling {
        LossScaling::None => String::new(),
        LossScaling::Static(scale) => format!(", loss × {scale}"),
        LossScaling::Dynamic { initial, .. } => format!(", loss × {initial} and on"),
    };
    let sums = policy.accumulator.map_or(String::new(), |sums| format!("; sums in {}", role(Some(sums))));
    let [weights, activations, gradients] = [policy.weights, policy.activations, policy.gradients].map(role);
    format!("{weights} | {activations} | {gradients}{scaled}{sums}")
}
