//! Images as a GAN sees them, and a classifier that judges generated ones.
//!
//! Pixels are brought from `[0, 1]` to `[-1, 1]`, where a hyperbolic tangent ends. Generated images have no density to be compared with; instead a
//! small classifier (784→64→10, Adam, 1000 steps of 64) is trained here on the real training images. Its accuracy on the test
//! images stands beside every figure it gives, because a judge is only as good as that. Left out: the Inception score and
//! FID in the strict sense, which need a network trained on ImageNet.

use datasets::{Dataset, Kind, Split};
use engine::cpu::{Executor, Path};
use engine::graph::{DType, InputId, RandomKind};
use engine::nn::optimiser::{Optimiser, minimise};
use engine::nn::{self, Activation, Net, WeightInit};
use engine::plan::Plan;
use engine::policy::Policy;

use super::GanError;

/// Rows and columns of an image.
pub const SIZE: usize = 28;
/// Pixels of an image.
pub const PIXELS: usize = SIZE * SIZE;
/// Classes of both data sets.
pub const CLASSES: usize = 10;

/// Labelled images with pixels in `[-1, 1]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Images {
    train: Vec<f32>,
    train_labels: Vec<u8>,
    test: Vec<f32>,
    test_labels: Vec<u8>,
}

impl Images {
    /// Of a data set of 28 by 28 grey levels in ten classes.
    pub fn new(set: &Dataset) -> Result<Images, GanError> {
        let shape: usize = set.shape().iter().product();
        let fits = set.kind() == Kind::Images
            && set.shape()[..2.min(set.shape().len())] == [SIZE, SIZE]
            && shape == PIXELS
            && set.classes().len() == CLASSES
            && !set.split(Split::Train).is_empty()
            && !set.split(Split::Test).is_empty();
        if !fits {
            return Err(GanError::WrongImages);
        }
        let pixels = |split| {
            let examples = set.split(split);
            let mut pixels = vec![0.0; examples.len() * PIXELS];
            examples.values().write_f32(&mut pixels);
            for x in &mut pixels {
                *x = 2.0 * *x - 1.0;
            }
            (pixels, examples.labels().to_vec())
        };
        let ((train, train_labels), (test, test_labels)) = (pixels(Split::Train), pixels(Split::Test));
        Ok(Images { train, train_labels, test, test_labels })
    }

    /// Training images, one after the other.
    pub fn pixels(&self) -> &[f32] {
        &self.train
    }

    /// Test images, which no training sees.
    pub fn unseen(&self) -> &[f32] {
        &self.test
    }

    /// How many training images there are.
    pub fn len(&self) -> usize {
        self.train_labels.len()
    }

    /// Whether there are none; [`Images::new`] refuses such a set.
    pub fn is_empty(&self) -> bool {
        self.train_labels.is_empty()
    }
}

/// What a classifier says about many images.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageScore {
    /// Share of the images in each class, by the most likely one.
    pub classes: [f64; CLASSES],
    /// Entropy of those shares in bits; log2 10 = 3.32 when all classes are as frequent.
    pub entropy_bits: f64,
    /// Mean probability of the most likely class.
    pub confidence: f64,
    /// `2^I` with `I` the mutual information of image and class in bits: 1 to 10, computed like the Inception score, but by this classifier.
    pub score: f64,
}

/// Images in one call of the classifier.
const CHUNK: usize = 100;
const STEPS: u64 = 1000;
const BATCH: usize = 64;

/// A classifier in the making.
#[derive(Debug)]
pub struct Classifier {
    training: Executor,
    judging: Executor,
    /// Images of the judging graph.
    examples: InputId,
    accuracy: Option<f64>,
}

fn layers(net: &mut Net, x: engine::graph::Tensor) -> engine::graph::Tensor {
    let x = net.dense("hidden", x, 64, WeightInit::He, Activation::Relu);
    net.dense("out", x, CLASSES, WeightInit::Glorot, Activation::Linear)
}

impl Classifier {
    /// Untrained, for these images.
    pub fn new(images: &Images, seed: u64) -> Classifier {
        let mut net = Net::new(&Policy::FP32);
        let count = images.len();
        let table = net.graph.input("images", [count, PIXELS], DType::F32);
        let labels = net.graph.input("labels", [count], DType::U32);
        let index = net.graph.random(RandomKind::Below(count as u32), [BATCH]);
        let x = net.graph.gather(table, index);
        let wanted = net.graph.gather(labels, index);
        let logits = layers(&mut net, x);
        let loss = nn::cross_entropy(&mut net.graph, logits, wanted);
        let params = net.parameters("");
        let rate = net.graph.constant(1e-3);
        minimise(&mut net, "adam", loss, &params, rate, Optimiser::ADAM);
        let places = [net.graph.input_id(table), net.graph.input_id(labels)];
        let mut training = Executor::new(Plan::new(&net.graph), seed, Path::Wide);
        if let [Some(table), Some(labels)] = places {
            training.input_mut(table).copy_from_slice(&images.train);
            for (word, label) in training.input_mut(labels).iter_mut().zip(&images.train_labels) {
                *word = f32::from_bits(u32::from(*label));
            }
        }

        let mut net = Net::new(&Policy::FP32);
        let x = net.graph.input("examples", [CHUNK, PIXELS], DType::F32);
        let logits = layers(&mut net, x);
        let probabilities = net.graph.softmax(logits);
        net.graph.output("probabilities", probabilities);
        let Some(examples) = net.graph.input_id(x) else { unreachable!("an input made above") };
        let judging = Executor::new(Plan::new(&net.graph), seed, Path::Wide);
        Classifier { training, judging, examples, accuracy: None }
    }

    /// Up to this many training steps; whether training is over. After the last the accuracy is known.
    pub fn advance(&mut self, images: &Images, steps: u64) -> bool {
        let until = (self.training.step_count() + steps).min(STEPS);
        while self.training.step_count() < until {
            self.training.step();
        }
        if until == STEPS && self.accuracy.is_none() {
            // The parameters of the judging graph are the first ones of the training graph.
            for index in 0..self.judging.plan().params.len() {
                let (from, to) =
                    (self.training.plan().params[index].view, self.judging.plan().params[index].view);
                let values = self.training.words(from).to_vec();
                self.judging.words_mut(to).copy_from_slice(&values);
            }
            let probabilities = self.probabilities(&images.test);
            let hits = probabilities
                .iter()
                .zip(&images.test_labels)
                .filter(|(row, label)| most_likely(row) == usize::from(**label))
                .count();
            self.accuracy = Some(hits as f64 / images.test_labels.len() as f64);
        }
        self.accuracy.is_some()
    }

    /// Share of the test images that it classifies rightly; `None` while it is trained.
    pub fn accuracy(&self) -> Option<f64> {
        self.accuracy
    }

    /// Probabilities of the classes for images one after the other; the rest of an incomplete image is left out.
    fn probabilities(&mut self, pixels: &[f32]) -> Vec<[f32; CLASSES]> {
        let mut rows = Vec::with_capacity(pixels.len() / PIXELS);
        let whole = pixels.len() / PIXELS * PIXELS;
        for part in pixels[..whole].chunks(CHUNK * PIXELS) {
            let input = self.judging.input_mut(self.examples);
            input[..part.len()].copy_from_slice(part);
            input[part.len()..].fill(0.0);
            self.judging.step();
            let output = self.judging.output("probabilities");
            let (found, _) = output.as_chunks::<CLASSES>();
            rows.extend_from_slice(&found[..part.len() / PIXELS]);
        }
        rows
    }

    /// What it says about images; `None` while it is trained or when there are none.
    pub fn score(&mut self, pixels: &[f32]) -> Option<ImageScore> {
        self.accuracy?;
        let rows = self.probabilities(pixels);
        if rows.is_empty() {
            return None;
        }
        let n = rows.len() as f64;
        let (mut classes, mut marginal) = ([0.0; CLASSES], [0.0; CLASSES]);
        let mut confidence = 0.0;
        for row in &rows {
            let class = most_likely(row);
            classes[class] += 1.0 / n;
            confidence += f64::from(row[class]) / n;
            marginal.iter_mut().zip(row).for_each(|(sum, &p)| *sum += f64::from(p) / n);
        }
        let information: f64 = rows
            .iter()
            .flat_map(|row| row.iter().zip(&marginal))
            .map(|(&p, &q)| if p > 0.0 { f64::from(p) * (f64::from(p) / q).log2() / n } else { 0.0 })
            .sum();
        let entropy_bits = -classes.iter().filter(|&&p| p > 0.0).map(|p| p * f64::log2(*p)).sum::<f64>();
        Some(ImageScore { classes, entropy_bits, confidence, score: information.exp2() })
    }
}

fn most_likely(row: &[f32; CLASSES]) -> usize {
    (0..CLASSES).fold(0, |best, at| if row[at] > row[best] { at } else { best })
}
