//! The lab that trains a head.
//!
//! Loss: cross-entropy; optimiser: Adam with decoupled weight decay. A step takes all rows when they are no more than the batch, else as many
//! drawn anew with replacement. Metrics: `loss`, before the update. Views: `test` and `train` (accuracy and mean cross-entropy), `confusion`
//! (true class by predicted class, counts), `predictions` (for each test row: its picture, true class, predicted class, probability of that).

use engine::cpu::{Executor, Path};
use engine::graph::{DType, Graph, InputId, RandomKind, Tensor};
use engine::nn::optimiser::{Optimiser, minimise};
use engine::nn::{self, Activation, Net, WeightInit};
use engine::plan::Plan;
use engine::policy::Policy;
use engine::snapshot::{Snapshot, Weights};

use super::Table;
use crate::classifier::{Network, indices, network};
use crate::lab::{Lab, LabError, Training, View};
use crate::networks::efficientnet_lite0::add_tuned;

/// What is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learner {
    /// Softmax or a hidden layer on features, or a small convolutional network on pixels.
    Network(Network),
    /// The base's block 14 on [`super::Kept::Entry`], and softmax on the mean over pixels. The base's weights are given to [`Head::tuned`].
    LastBlock,
}

/// All that decides the course of a head's training but its seed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadConfig {
    /// What is trained.
    pub learner: Learner,
    /// Rows of a step.
    pub batch: usize,
    /// Learning rate.
    pub lr: f32,
    /// Weights lose `lr · weight_decay` of themselves in a step.
    pub weight_decay: f32,
}

/// Limits of [`HeadConfig`].
pub mod limits {
    /// Units of a hidden layer.
    pub const HIDDEN: (usize, usize) = (1, 1024);
    /// Channels of the first convolution.
    pub const CHANNELS: (usize, usize) = (1, 64);
    /// Rows of a step.
    pub const BATCH: (usize, usize) = (1, 1024);
}

/// A head that cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// No row to learn from, or rows of other widths.
    #[error("{train} rows to learn from, of width {width}, and {test} to test with, of width {test_width}")]
    Rows {
        /// Training rows.
        train: usize,
        /// Their width.
        width: usize,
        /// Test rows.
        test: usize,
        /// Their width.
        test_width: usize,
    },
    /// The base has no such tensor.
    #[error("the base has no {0}")]
    Base(String),
    /// A number is outside its limits.
    #[error("{0} is outside its limits")]
    Limit(&'static str),
    /// A convolutional network on rows that are no square pictures of at least four pixels a side.
    #[error("rows of {0} are no pictures")]
    NotPictures(usize),
    /// A row of a class that is not there.
    #[error("class {label} of {classes}")]
    Class {
        /// Of the row.
        label: u8,
        /// How many there are.
        classes: usize,
    },
}

/// A head with its data.
#[derive(Debug)]
pub struct Head {
    training: Training,
    evaluation: Executor,
    input: InputId,
    train: Table,
    test: Table,
    /// The picture of each test row; without, the row's own number.
    pictures: Vec<usize>,
    classes: usize,
}

/// Channels that come into block 14.
const ENTRY: usize = 192;
/// Rows that are evaluated together.
const CHUNK: usize = 64;

impl HeadConfig {
    /// Shape of a row as a picture.
    fn check(&self, width: usize) -> Result<[usize; 3], HeadError> {
        let within = |name, value: usize, (low, high): (usize, usize)| {
            if (low..=high).contains(&value) { Ok(()) } else { Err(HeadError::Limit(name)) }
        };
        within("batch", self.batch, limits::BATCH)?;
        if !(self.lr.is_finite()
            && self.lr > 0.0
            && self.weight_decay.is_finite()
            && self.weight_decay >= 0.0)
        {
            return Err(HeadError::Limit("lr or weight decay"));
        }
        match self.learner {
            Learner::Network(Network::Softmax) => {}
            Learner::Network(Network::Mlp { hidden }) => within("hidden units", hidden, limits::HIDDEN)?,
            Learner::Network(Network::Cnn { channels }) => {
                within("channels", channels, limits::CHANNELS)?;
                let side = (width / 3).isqrt();
                if side < 4 || side * side * 3 != width {
                    return Err(HeadError::NotPictures(width));
                }
                return Ok([side, side, 3]);
            }
            Learner::LastBlock => {
                let side = (width / ENTRY).isqrt();
                if side < 1 || side * side * ENTRY != width {
                    return Err(HeadError::NotPictures(width));
                }
                return Ok([side, side, ENTRY]);
            }
        }
        Ok([1, 1, width])
    }
}

impl Head {
    /// Of a configuration and the two parts of a table.
    pub fn new(config: &HeadConfig, train: Table, test: Table, classes: usize) -> Result<Head, HeadError> {
        Head::tuned(config, &Weights::default(), train, test, classes)
    }

    /// The same with the base whose last block is trained.
    pub fn tuned(
        config: &HeadConfig,
        base: &Weights,
        train: Table,
        test: Table,
        classes: usize,
    ) -> Result<Head, HeadError> {
        let (count, width) = (train.labels.len(), train.width);
        let fits = |table: &Table| table.values.len() == table.labels.len() * table.width;
        let same = test.labels.is_empty() || test.width == width;
        if count == 0 || width == 0 || !same || !fits(&train) || !fits(&test) {
            let (test, test_width) = (test.labels.len(), test.width);
            return Err(HeadError::Rows { train: count, width, test, test_width });
        }
        if let Some(&label) =
            train.labels.iter().chain(&test.labels).find(|&&label| usize::from(label) >= classes)
        {
            return Err(HeadError::Class { label, classes });
        }
        let shape = config.check(width)?;
        let mut net = Net::new(&Policy::FP32);
        let rows = net.graph.input("rows", [count, width], DType::F32);
        let labels = net.graph.input("labels", [count], DType::U32);
        let (x, y) = if count <= config.batch {
            (rows, labels)
        } else {
            let index = net.graph.random(RandomKind::Below(count as u32), [config.batch]);
            (net.graph.gather(rows, index), net.graph.gather(labels, index))
        };
        let (logits, tensors) = learner_logits(&mut net, config.learner, x, &shape, classes);
        let loss = nn::cross_entropy(&mut net.graph, logits, y);
        net.graph.output("loss", loss);
        let params = net.parameters("");
        let param_count = params.iter().map(|&param| net.graph.shape(param).len() as u64).sum();
        let lr = net.graph.constant(config.lr);
        let rule =
            Optimiser::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: config.weight_decay };
        minimise(&mut net, "adam", loss, &params, lr, rule);
        let inputs = [rows, labels].map(|tensor| net.graph.input_id(tensor));
        let mut feeds: Vec<(InputId, Vec<f32>)> =
            inputs.into_iter().flatten().zip([train.values.clone(), indices(&train.labels)]).collect();
        feeds.extend(given(&net.graph, &tensors, base)?);
        let training = Training { plan: Plan::new(&net.graph), feeds, metrics: vec!["loss"], param_count };

        let mut net = Net::new(&Policy::FP32);
        let rows = net.graph.input("rows", [CHUNK, width], DType::F32);
        let (logits, tensors) = learner_logits(&mut net, config.learner, rows, &shape, classes);
        let log = net.graph.log_softmax(logits);
        net.graph.output("log", log);
        let input = net.graph.input_id(rows).unwrap_or_else(|| unreachable!("an input is an input"));
        let inputs = given(&net.graph, &tensors, base)?;
        let mut evaluation = Executor::new(Plan::new(&net.graph), 0, Path::Wide);
        for (id, values) in inputs {
            evaluation.input_mut(id).copy_from_slice(&values);
        }
        Ok(Head { training, evaluation, input, train, test, pictures: Vec::new(), classes })
    }

    /// With the pictures of its test rows, by which `predictions` name them.
    #[must_use]
    pub fn of_pictures(mut self, test: &[usize]) -> Head {
        self.pictures = test.to_vec();
        self
    }

    /// Logarithms of the probabilities of new rows, `(rows, classes)`, at a state of the training.
    pub fn predict(&mut self, at: &Snapshot, rows: &[f32]) -> Vec<f32> {
        let mut logs = Vec::new();
        for slot in self.evaluation.plan().params.clone() {
            let known = self.training.plan.params.iter().position(|param| param.name == slot.name);
            if let Some(values) = known.and_then(|index| at.params.get(index)) {
                self.evaluation.words_mut(slot.view).copy_from_slice(values);
            }
        }
        let width = self.train.width;
        for chunk in rows.chunks(CHUNK * width) {
            self.evaluation.input_mut(self.input)[..chunk.len()].copy_from_slice(chunk);
            self.evaluation.step();
            logs.extend_from_slice(&self.evaluation.output("log")[..chunk.len() / width * self.classes]);
        }
        logs
    }

    /// Share of right answers and mean cross-entropy; counts by true and predicted class.
    fn score(&mut self, at: &Snapshot, test: bool) -> ([f32; 2], Vec<f32>) {
        let table = if test { self.test.clone() } else { self.train.clone() };
        let logs = self.predict(at, &table.values);
        let (mut right, mut loss) = (0_u32, 0.0_f64);
        let mut counts = vec![0.0; self.classes * self.classes];
        for (&label, log) in table.labels.iter().zip(logs.chunks_exact(self.classes)) {
            let (label, best) = (usize::from(label), likeliest(log));
            right += u32::from(best == label);
            loss -= f64::from(log[label]);
            counts[label * self.classes + best] += 1.0;
        }
        let rows = table.labels.len().max(1) as f64;
        ([(f64::from(right) / rows) as f32, (loss / rows) as f32], counts)
    }

    /// Four numbers for each test row.
    fn predictions(&mut self, at: &Snapshot) -> Vec<f32> {
        let test = self.test.clone();
        let logs = self.predict(at, &test.values);
        let rows = test.labels.iter().zip(logs.chunks_exact(self.classes)).enumerate();
        rows.flat_map(|(row, (&label, log))| {
            let best = likeliest(log);
            let picture = self.pictures.get(row).copied().unwrap_or(row);
            [picture as f32, f32::from(label), best as f32, log[best].exp()]
        })
        .collect()
    }
}

/// The first of the greatest.
fn likeliest(log: &[f32]) -> usize {
    (0..log.len()).fold(0, |best, class| if log[class] > log[best] { class } else { best })
}

/// Logits of rows, and the inputs that the base's tensors belong in.
fn learner_logits(
    net: &mut Net,
    learner: Learner,
    rows: Tensor,
    shape: &[usize; 3],
    classes: usize,
) -> (Tensor, Vec<(InputId, String)>) {
    match learner {
        Learner::Network(kind) => (network(net, kind, rows, shape, classes), Vec::new()),
        Learner::LastBlock => {
            let count = net.graph.shape(rows).sizes()[0];
            let entry = net.graph.reshape(rows, [count, shape[0], shape[1], shape[2]]);
            let (features, tensors) = add_tuned(net, entry);
            (net.dense("out", features, classes, WeightInit::Glorot, Activation::Linear), tensors)
        }
    }
}

/// The base's tensors for their inputs.
fn given(
    graph: &Graph,
    tensors: &[(InputId, String)],
    base: &Weights,
) -> Result<Vec<(InputId, Vec<f32>)>, HeadError> {
    let tensor = |(id, name): &(InputId, String)| {
        let shape = &graph.inputs()[id.index()].shape;
        let tensor = base.get(name).filter(|tensor| &tensor.shape == shape);
        let tensor = tensor.ok_or_else(|| HeadError::Base(name.clone()))?;
        Ok((*id, tensor.values.clone()))
    };
    tensors.iter().map(tensor).collect()
}

impl Lab for Head {
    fn training(&self) -> &Training {
        &self.training
    }

    fn usual_views(&self) -> &'static [&'static str] {
        &["test"]
    }

    fn view(&mut self, name: &str, at: &Snapshot) -> Result<View, LabError> {
        let (shape, values) = match name {
            "test" | "train" => (vec![2], self.score(at, name == "test").0.to_vec()),
            "predictions" => (vec![self.test.labels.len(), 4], self.predictions(at)),
            "confusion" => (vec![self.classes; 2], self.score(at, true).1),
            _ => return Err(LabError::UnknownView(name.to_owned())),
        };
        Ok(View { name: name.to_owned(), shape, values })
    }
}
