//! The lab that trains a head.
//!
//! Loss: cross-entropy; optimiser: Adam with decoupled weight decay. A step takes all rows when they are no more than the batch, else as many
//! drawn anew with replacement. Metrics: `loss`, before the update. Views: `test` and `train` (accuracy and mean cross-entropy), `confusion`
//! (true class by predicted class, counts), `predictions` (for each test row: its picture, true class, predicted class, probability of that),
//! `picture` (probabilities of a row that was set under this name; empty without one). Rows are evaluated a few at a time ([`Lab::work`]) and
//! their logarithms kept for all views of one state.

use engine::graph::{DType, InputId, RandomKind};
use engine::nn::optimiser::{Optimiser, minimise};
use engine::nn::{self, Net};
use engine::plan::Plan;
use engine::policy::Policy;
use engine::snapshot::{Snapshot, WeightTensor, Weights};

use super::head_file::{HeadCard, scaler_tensors};
use super::judge::{Judge, given, logits};
use super::{HeadConfig, HeadError, Scaler, Table};
use crate::classifier::indices;
use crate::lab::{Lab, LabError, Training, View};

/// A head with its data.
#[derive(Debug)]
pub struct Head {
    training: Training,
    judge: Judge,
    train: Table,
    test: Table,
    /// The picture of each test row; without, the row's own number.
    pictures: Vec<usize>,
    classes: usize,
    scores: Scores,
    /// A row that is asked about.
    picture: Option<Vec<f32>>,
    card: Option<HeadCard>,
}

/// Logarithms of probabilities at one state of the training, as far as they are computed.
#[derive(Debug, Default)]
struct Scores {
    /// The state's [`mark`].
    of: Option<u64>,
    train: Vec<f32>,
    test: Vec<f32>,
}

impl Head {
    /// Of a configuration and the two parts of a table.
    pub fn new(config: &HeadConfig, train: Table, test: Table, classes: usize) -> Result<Head, HeadError> {
        Head::tuned(config, &Weights::default(), train, test, classes)
    }

    /// The same with the base some of whose blocks are trained.
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
        let (logits, tensors) = logits(&mut net, config.learner, x, &shape, classes);
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
        let judge = Judge::new(config.learner, width, classes, base)?;
        let (pictures, scores) = (Vec::new(), Scores::default());
        Ok(Head { training, judge, train, test, pictures, classes, scores, picture: None, card: None })
    }

    /// With the pictures of its test rows, by which `predictions` name them.
    #[must_use]
    pub fn of_pictures(mut self, test: &[usize]) -> Head {
        self.pictures = test.to_vec();
        self
    }

    /// With the scaling of its rows, for pictures that are asked about and for its file.
    #[must_use]
    pub fn scaled_by(mut self, scaler: Option<Scaler>) -> Head {
        self.judge.scale_by(scaler);
        self
    }

    /// With what its file says of it.
    #[must_use]
    pub fn with_card(mut self, card: HeadCard) -> Head {
        self.card = Some(card);
        self
    }

    /// Logarithms of the probabilities of new rows, scaled as those of training, `(rows, classes)`, at a state of the training.
    pub fn predict(&mut self, at: &Snapshot, rows: &[f32]) -> Vec<f32> {
        self.scores = Scores::default();
        self.judge.load(&self.training.plan, at);
        self.judge.logs(rows)
    }

    /// Evaluates the next rows of a part; whether there were any.
    fn evaluate(&mut self, at: &Snapshot, test: bool) -> bool {
        let of = Some(mark(at));
        if self.scores.of != of {
            self.scores = Scores { of, ..Scores::default() };
            self.judge.load(&self.training.plan, at);
        }
        let table = if test { &self.test } else { &self.train };
        let logs = if test { &mut self.scores.test } else { &mut self.scores.train };
        let done = logs.len() / self.classes.max(1);
        let count = self.judge.chunk().min(table.labels.len().saturating_sub(done));
        if count == 0 {
            return false;
        }
        let rows = self.judge.logs(&table.values[done * table.width..(done + count) * table.width]);
        logs.extend(rows);
        true
    }

    /// Labels and logarithms of a part, complete.
    fn judged(&mut self, at: &Snapshot, test: bool) -> impl Iterator<Item = (usize, &[f32])> {
        while self.evaluate(at, test) {}
        let (table, logs) =
            if test { (&self.test, &self.scores.test) } else { (&self.train, &self.scores.train) };
        table.labels.iter().map(|label| usize::from(*label)).zip(logs.chunks_exact(self.classes))
    }

    /// Share of right answers and mean cross-entropy; counts by true and predicted class.
    fn score(&mut self, at: &Snapshot, test: bool) -> ([f32; 2], Vec<f32>) {
        let classes = self.classes;
        let (mut right, mut loss, mut rows) = (0_u32, 0.0_f64, 0_u32);
        let mut counts = vec![0.0; classes * classes];
        for (label, log) in self.judged(at, test) {
            let best = likeliest(log);
            right += u32::from(best == label);
            loss -= f64::from(log[label]);
            counts[label * classes + best] += 1.0;
            rows += 1;
        }
        let rows = f64::from(rows.max(1));
        ([(f64::from(right) / rows) as f32, (loss / rows) as f32], counts)
    }

    /// Four numbers for each test row.
    fn predictions(&mut self, at: &Snapshot) -> Vec<f32> {
        let pictures = self.pictures.clone();
        let rows = self.judged(at, true).enumerate();
        rows.flat_map(|(row, (label, log))| {
            let best = likeliest(log);
            let picture = pictures.get(row).copied().unwrap_or(row);
            [picture as f32, label as f32, best as f32, log[best].exp()]
        })
        .collect()
    }

    /// Probabilities of the row that is asked about.
    fn asked(&mut self, at: &Snapshot) -> Vec<f32> {
        let Some(row) = self.picture.clone() else { return Vec::new() };
        self.scores = Scores::default();
        self.judge.load(&self.training.plan, at);
        self.judge.probabilities(&row).unwrap_or_default()
    }
}

/// A number by which states of one training are told apart: of the step and of some values of each parameter. The whole hash would cost more
/// than the evaluation of some rows.
fn mark(at: &Snapshot) -> u64 {
    const VALUES: usize = 32;
    let words = at.params.iter().flat_map(|values| values.iter().take(VALUES));
    words.fold(at.step ^ 0xCBF2_9CE4_8422_2325, |mark, x| {
        (mark.rotate_left(5) ^ u64::from(x.to_bits())).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

/// The first of the greatest.
fn likeliest(log: &[f32]) -> usize {
    (0..log.len()).fold(0, |best, class| if log[class] > log[best] { class } else { best })
}

impl Lab for Head {
    fn training(&self) -> &Training {
        &self.training
    }

    fn usual_views(&self) -> &'static [&'static str] {
        &["test"]
    }

    fn work(&mut self, name: &str, at: &Snapshot) -> bool {
        match name {
            "test" | "predictions" | "confusion" => self.evaluate(at, true),
            "train" => self.evaluate(at, false),
            _ => false,
        }
    }

    fn view(&mut self, name: &str, at: &Snapshot) -> Result<View, LabError> {
        let (shape, values) = match name {
            "test" | "train" => (vec![2], self.score(at, name == "test").0.to_vec()),
            "predictions" => (vec![self.test.labels.len(), 4], self.predictions(at)),
            "confusion" => (vec![self.classes; 2], self.score(at, true).1),
            "picture" => {
                let values = self.asked(at);
                (vec![values.len()], values)
            }
            _ => return Err(LabError::UnknownView(name.to_owned())),
        };
        Ok(View { name: name.to_owned(), shape, values })
    }

    /// `picture`: a row as the base gives it, not scaled.
    fn set(&mut self, name: &str, values: &[f32]) -> Result<(), LabError> {
        if name != "picture" {
            return Err(LabError::UnknownSetting(name.to_owned()));
        }
        if values.len() != self.train.width {
            let (expected, found) = (self.train.width, values.len());
            return Err(LabError::Setting { name: name.to_owned(), expected, found });
        }
        self.picture = Some(values.to_vec());
        Ok(())
    }

    fn more_tensors(&self) -> Vec<WeightTensor> {
        self.judge.scaler().map(scaler_tensors).unwrap_or_default()
    }

    fn metadata(&self) -> Vec<(String, String)> {
        self.card.as_ref().map(HeadCard::metadata).unwrap_or_default()
    }
}
