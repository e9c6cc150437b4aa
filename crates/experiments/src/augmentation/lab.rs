//! A small convolutional network that learns from few pictures, changed anew for every batch.
//!
//! Two convolutions of 3×3 with ReLU and pooling of 2×2, twice the channels in the second, one dense layer. Loss: cross-entropy with the
//! (mixed) target distribution; optimiser: AdamW (0.9, 0.999). A batch's rows are drawn with replacement, the same ones whatever the recipe,
//! so that two labs of one seed differ in the recipe alone. Metrics: `loss`, before the update, of the changed batch.
//!
//! | view | shape | |
//! |---|---|---|
//! | `test` | `(2)` | share of right answers, mean cross-entropy, on test pictures as they are |
//! | `train` | `(2)` | the same on the training pictures as they are |
//! | `confusion` | `(classes, classes)` | counts on the test pictures, true class by predicted class |
//! | `averaged` | `(4)` | test-time augmentation: pictures done, of, share of right answers of these, the same without averaging; a portion a call, from the beginning at another step |
//!
//! Setting: `variants` = over how many variants of a test picture, itself among them, probabilities are averaged.

use std::sync::Arc;

use engine::cpu::{Executor, Path};
use engine::graph::{DType, InputId};
use engine::nn::Net;
use engine::nn::optimiser::{Optimiser, minimise};
use engine::plan::Plan;
use engine::policy::Policy;
use engine::snapshot::Snapshot;

use super::draw::row;
use super::{Drawn, Purpose, Recipe, Rows, change, mix};
use crate::classifier::{Network, network};
use crate::lab::{Feed, Lab, LabError, Training, View};

/// All that decides the course of a training but its seed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AugmentedConfig {
    /// Channels of the first convolution.
    pub channels: usize,
    /// Pictures of a batch.
    pub batch: usize,
    /// Learning rate.
    pub lr: f32,
    /// Weights lose `lr · weight_decay` of themselves in a step.
    pub weight_decay: f32,
    /// What is done to the pictures of a batch.
    pub recipe: Recipe,
    /// What is done to the variants of a test picture: the mixing is left out.
    pub test_recipe: Recipe,
    /// What is rounded, in training and in testing.
    pub policy: Policy,
}

impl AugmentedConfig {
    /// The measured settings with a recipe, in binary32.
    pub fn new(recipe: Recipe) -> AugmentedConfig {
        AugmentedConfig {
            channels: 8,
            batch: 32,
            lr: 2e-3,
            weight_decay: 0.01,
            recipe,
            test_recipe: recipe,
            policy: Policy::FP32,
        }
    }
}

/// Limits of [`AugmentedConfig`] and settings.
pub mod limits {
    /// Channels of the first convolution.
    pub const CHANNELS: (usize, usize) = (1, 64);
    /// Pictures of a batch.
    pub const BATCH: (usize, usize) = (1, 512);
    /// Variants that are averaged.
    pub const VARIANTS: (f32, f32) = (1.0, 64.0);
}

/// A lab that cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AugmentedError {
    /// No picture to learn from or to test with, or two shapes.
    #[error(
        "{train} pictures to learn from and {test} to test with, which must be of one shape, at least 4 pixels a side"
    )]
    Rows {
        /// Training pictures.
        train: usize,
        /// Test pictures.
        test: usize,
    },
    /// A number is outside its limits.
    #[error("{0} is outside its limits")]
    Limit(&'static str),
}

/// Test pictures that go through the network together.
const CHUNK: usize = 50;
/// Test pictures of one call of `averaged`, times their variants.
const PORTION: usize = 400;

/// The experiment with its data.
#[derive(Debug)]
pub struct Augmented {
    training: Training,
    feed: Arc<Batches>,
    evaluation: Executor,
    input: InputId,
    test: Rows,
    config: AugmentedConfig,
    seed: u64,
    variants: usize,
    averaged: Averaged,
}

/// How far the averaging is, at which step.
#[derive(Debug, Default)]
struct Averaged {
    step: Option<u64>,
    done: usize,
    right: [u32; 2],
}

/// What is written before every step: changed pictures and their targets.
#[derive(Debug)]
struct Batches {
    inputs: [InputId; 2],
    rows: Rows,
    recipe: Recipe,
}

impl Feed for Batches {
    fn inputs(&self) -> &[InputId] {
        &self.inputs
    }

    fn write(&self, seed: u64, step: u64, values: &mut [Vec<f32>]) {
        let [pixels, targets] = values else { return };
        let (len, classes) = (self.rows.shape.len(), self.rows.classes);
        let batch = targets.len() / classes;
        targets.fill(0.0);
        let drawn = |place: usize| Drawn::new(&self.recipe, seed, Purpose::Training, step, place);
        for (place, pixels) in pixels.chunks_exact_mut(len).enumerate() {
            let row = row(seed, step, place, self.rows.len());
            change(self.rows.get(row), self.rows.shape, &drawn(place), pixels);
            targets[place * classes + usize::from(self.rows.labels[row])] = 1.0;
        }
        // The partner is the next picture, before it is mixed itself; the last one has none.
        for place in 0..batch.saturating_sub(1) {
            let share = drawn(place).mixed;
            if share > 0.0 {
                let (own, next) = pixels[place * len..].split_at_mut(len);
                mix(own, &next[..len], share);
                let (own, next) = targets[place * classes..].split_at_mut(classes);
                mix(own, &next[..classes], share);
            }
        }
    }
}

impl Augmented {
    /// Of a configuration, training and test pictures. `seed` draws the variants of test pictures, and must be the run's.
    pub fn new(
        config: &AugmentedConfig,
        train: Rows,
        test: Rows,
        seed: u64,
    ) -> Result<Augmented, AugmentedError> {
        check(config, &train, &test)?;
        let (shape, classes) = (train.shape, train.classes);
        let picture = [shape.side, shape.side, shape.channels];
        let kind = Network::Cnn { channels: config.channels };
        let mut net = Net::new(&config.policy);
        let pixels = net.graph.input("pixels", [config.batch, shape.len()], DType::F32);
        let targets = net.graph.input("targets", [config.batch, classes], DType::F32);
        let logits = network(&mut net, kind, pixels, &picture, classes);
        let log = net.graph.log_softmax(logits);
        let terms = net.graph.mul(targets, log);
        let sum = net.graph.sum(terms);
        let loss = net.graph.scale(sum, -1.0 / config.batch as f32);
        net.graph.output("loss", loss);
        let params = net.parameters("");
        let param_count = params.iter().map(|&param| net.graph.shape(param).len() as u64).sum();
        let lr = net.graph.constant(config.lr);
        let rule =
            Optimiser::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: config.weight_decay };
        minimise(&mut net, "adam", loss, &params, lr, rule);
        let id = |net: &Net, tensor| {
            net.graph.input_id(tensor).unwrap_or_else(|| unreachable!("an input is an input"))
        };
        let inputs = [pixels, targets].map(|tensor| id(&net, tensor));
        let plan = Plan::new(&net.graph);
        let training = Training { plan, feeds: Vec::new(), metrics: vec!["loss"], param_count };

        let mut net = Net::new(&config.policy);
        let pixels = net.graph.input("pixels", [CHUNK, shape.len()], DType::F32);
        let logits = network(&mut net, kind, pixels, &picture, classes);
        let softmax = net.graph.log_softmax(logits);
        net.graph.output("log", softmax);
        let input = id(&net, pixels);
        let evaluation = Executor::new(Plan::new(&net.graph), 0, Path::Wide);
        let feed = Arc::new(Batches { inputs, rows: train, recipe: config.recipe });
        let averaged = Averaged::default();
        Ok(Augmented {
            training,
            feed,
            evaluation,
            input,
            test,
            config: *config,
            seed,
            variants: 8,
            averaged,
        })
    }

    fn load(&mut self, at: &Snapshot) {
        for slot in self.evaluation.plan().params.clone() {
            let known = self.training.plan.params.iter().position(|param| param.name == slot.name);
            if let Some(values) = known.and_then(|index| at.params.get(index)) {
                self.evaluation.words_mut(slot.view).copy_from_slice(values);
            }
        }
    }

    /// Logarithms of probabilities of pictures, `(pictures, classes)`.
    fn answer(&mut self, pixels: &[f32], logs: &mut Vec<f32>) {
        let (len, classes) = (self.test.shape.len(), self.test.classes);
        logs.clear();
        for chunk in pixels.chunks(CHUNK * len) {
            self.evaluation.input_mut(self.input)[..chunk.len()].copy_from_slice(chunk);
            self.evaluation.step();
            logs.extend_from_slice(&self.evaluation.output("log")[..chunk.len() / len * classes]);
        }
    }

    /// Share of right answers and mean cross-entropy; counts by true and predicted class.
    fn score(&mut self, at: &Snapshot, rows: &Rows) -> ([f32; 2], Vec<f32>) {
        self.load(at);
        let (classes, mut logs) = (rows.classes, Vec::new());
        self.answer(&rows.values, &mut logs);
        let (mut right, mut loss) = (0_u32, 0.0_f64);
        let mut counts = vec![0.0; classes * classes];
        for (&label, log) in rows.labels.iter().zip(logs.chunks_exact(classes)) {
            let (label, best) = (usize::from(label), likeliest(log));
            right += u32::from(best == label);
            loss -= f64::from(log[label]);
            counts[label * classes + best] += 1.0;
        }
        let count = rows.len().max(1) as f64;
        ([(f64::from(right) / count) as f32, (loss / count) as f32], counts)
    }

    /// Goes on with the averaging.
    fn average(&mut self, at: &Snapshot) -> Vec<f32> {
        if self.averaged.step != Some(at.step) {
            self.averaged = Averaged { step: Some(at.step), ..Averaged::default() };
        }
        self.load(at);
        let (shape, classes) = (self.test.shape, self.test.classes);
        let (first, count) = (self.averaged.done, self.test.len());
        let last = count.min(first + (PORTION / self.variants).max(1));
        let (variants, len) = (self.variants, shape.len());
        let (mut pixels, mut logs) = (vec![0.0; (last - first) * variants * len], Vec::new());
        for (at, pixels) in pixels.chunks_exact_mut(len).enumerate() {
            let (index, variant) = (first + at / variants, at % variants);
            // Places have twelve bits; the rest of the picture's number stands beside the variant's.
            let step = (variant as u64) << 32 | index as u64 >> 12;
            let drawn = match variant {
                0 => Drawn::NOTHING,
                _ => Drawn::new(&self.config.test_recipe, self.seed, Purpose::Test, step, index),
            };
            change(self.test.get(index), shape, &drawn, pixels);
        }
        self.answer(&pixels, &mut logs);
        for (index, logs) in (first..last).zip(logs.chunks_exact(variants * classes)) {
            let mut sums = vec![0.0_f32; classes];
            for log in logs.chunks_exact(classes) {
                sums.iter_mut().zip(log).for_each(|(sum, log)| *sum += engine::math::exp(*log));
            }
            let label = usize::from(self.test.labels[index]);
            self.averaged.right[0] += u32::from(likeliest(&sums) == label);
            self.averaged.right[1] += u32::from(likeliest(&logs[..classes]) == label);
        }
        self.averaged.done = last;
        let share = |right: u32| (f64::from(right) / last.max(1) as f64) as f32;
        vec![last as f32, count as f32, share(self.averaged.right[0]), share(self.averaged.right[1])]
    }
}

fn check(config: &AugmentedConfig, train: &Rows, test: &Rows) -> Result<(), AugmentedError> {
    let within = |name, value: usize, (low, high): (usize, usize)| {
        if (low..=high).contains(&value) { Ok(()) } else { Err(AugmentedError::Limit(name)) }
    };
    within("channels", config.channels, limits::CHANNELS)?;
    within("batch", config.batch, limits::BATCH)?;
    let is_rate = |value: f32| value.is_finite() && value >= 0.0;
    if !(is_rate(config.lr) && config.lr > 0.0 && is_rate(config.weight_decay)) {
        return Err(AugmentedError::Limit("lr or weight decay"));
    }
    if let Some(transform) = config.recipe.fault().or(config.test_recipe.fault()) {
        return Err(AugmentedError::Limit(transform.id()));
    }
    let is_alike = train.shape == test.shape && train.classes == test.classes && train.classes > 0;
    let known = |rows: &Rows| rows.labels.iter().all(|&label| usize::from(label) < rows.classes);
    let full = |rows: &Rows| !rows.is_empty() && rows.values.len() == rows.len() * rows.shape.len();
    let is_shaped = train.shape.side >= 4 && (1..=4).contains(&train.shape.channels);
    if !(is_alike && is_shaped && [train, test].into_iter().all(|rows| known(rows) && full(rows))) {
        return Err(AugmentedError::Rows { train: train.len(), test: test.len() });
    }
    Ok(())
}

/// The first of the greatest.
fn likeliest(scores: &[f32]) -> usize {
    (0..scores.len()).fold(0, |best, class| if scores[class] > scores[best] { class } else { best })
}

impl Lab for Augmented {
    fn training(&self) -> &Training {
        &self.training
    }

    fn feed(&self) -> Option<Arc<dyn Feed>> {
        Some(self.feed.clone())
    }

    fn usual_views(&self) -> &'static [&'static str] {
        &["test"]
    }

    fn view(&mut self, name: &str, at: &Snapshot) -> Result<View, LabError> {
        let classes = self.test.classes;
        let (shape, values) = match name {
            "test" | "confusion" => {
                let test = std::mem::replace(&mut self.test, Rows::new(self.feed.rows.shape, classes));
                let (score, counts) = self.score(at, &test);
                self.test = test;
                if name == "test" { (vec![2], score.to_vec()) } else { (vec![classes; 2], counts) }
            }
            "train" => {
                let feed = self.feed.clone();
                (vec![2], self.score(at, &feed.rows).0.to_vec())
            }
            "averaged" => (vec![4], self.average(at)),
            _ => return Err(LabError::UnknownView(name.to_owned())),
        };
        Ok(View { name: name.to_owned(), shape, values })
    }

    fn set(&mut self, name: &str, values: &[f32]) -> Result<(), LabError> {
        if name != "variants" {
            return Err(LabError::UnknownSetting(name.to_owned()));
        }
        let name = || name.to_owned();
        let &[value] = values else {
            return Err(LabError::Setting { name: name(), expected: 1, found: values.len() });
        };
        let (least, most) = limits::VARIANTS;
        if !(least..=most).contains(&value) {
            return Err(LabError::OutOfRange { name: name(), value, least, most });
        }
        self.variants = value as usize;
        self.averaged = Averaged::default();
        Ok(())
    }
}
