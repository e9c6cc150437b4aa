//! A classifier of small pictures: the plainest experiment, by which number formats and devices are compared.
//!
//! Data: one of `public/data`'s image sets, whole training split as a table on the device; batches are drawn anew at every step, with
//! replacement. Pixels are in `[0, 1]`. Loss: cross-entropy; optimiser: Adam (0.9, 0.999). Metrics: `loss` of the batch, before the
//! update. Views: `test` (accuracy and loss on the test split), `confusion` (true class by predicted class, counts).
//!
//! Left out: augmentation and regularisation, which are experiments of their own.

mod evaluate;
mod quantise;

use datasets::{Dataset, Kind, Split, Values};
use engine::graph::{DType, Padding, RandomKind, Tensor};
use engine::nn::optimiser::{Optimiser, minimise};
use engine::nn::{self, Activation, Net, WeightInit};
use engine::plan::Plan;
use engine::policy::Policy;
use engine::policy::calibration::SiteScales;
use engine::snapshot::Snapshot;

use crate::lab::{Lab, LabError, Training, View};
use evaluate::Evaluation;
pub use quantise::{Calibration, PostTraining, QuantiseError};

/// Shape of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// One dense layer.
    Softmax,
    /// A hidden layer with ReLU.
    Mlp {
        /// Its units.
        hidden: usize,
    },
    /// Two convolutions of 3×3 with ReLU and pooling of 2×2, then a dense layer; twice the channels in the second.
    Cnn {
        /// Channels of the first.
        channels: usize,
    },
}

/// All that decides the course of a training but its seed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Config {
    /// The network.
    pub network: Network,
    /// Examples of a batch.
    pub batch: usize,
    /// Learning rate.
    pub lr: f32,
    /// What is rounded.
    pub policy: Policy,
}

/// A configuration that cannot be built.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// The data set does not hold pictures.
    #[error("{0} does not hold pictures")]
    NotPictures(String),
    /// A number is outside its limits.
    #[error("{name} is {value}, not within {low} and {high}")]
    Limit {
        /// Which.
        name: &'static str,
        /// What was asked for.
        value: f64,
        /// The least.
        low: f64,
        /// The most.
        high: f64,
    },
    /// The pictures are too small for two poolings.
    #[error("pictures of {0} pixels a side are too small for this network")]
    TooSmall(usize),
}

/// Limits of [`Config`].
pub mod limits {
    /// Units of a hidden layer.
    pub const HIDDEN: (usize, usize) = (1, 1024);
    /// Channels of the first convolution.
    pub const CHANNELS: (usize, usize) = (1, 64);
    /// Examples of a batch.
    pub const BATCH: (usize, usize) = (1, 512);
    /// Learning rate.
    pub const LR: (f32, f32) = (1e-6, 10.0);
}

impl Config {
    fn check(&self, data: &Dataset) -> Result<(), ConfigError> {
        if data.kind() != Kind::Images {
            return Err(ConfigError::NotPictures(data.name().to_owned()));
        }
        let within = |name, value: f64, (low, high): (f64, f64)| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(ConfigError::Limit { name, value, low, high })
            }
        };
        let whole = |(low, high): (usize, usize)| (low as f64, high as f64);
        within("batch", self.batch as f64, whole(limits::BATCH))?;
        within("lr", self.lr.into(), (limits::LR.0.into(), limits::LR.1.into()))?;
        match self.network {
            Network::Softmax => Ok(()),
            Network::Mlp { hidden } => within("width", hidden as f64, whole(limits::HIDDEN)),
            Network::Cnn { channels } => {
                let side = data.shape()[0].min(data.shape().get(1).copied().unwrap_or(1));
                if side < 4 {
                    return Err(ConfigError::TooSmall(side));
                }
                within("width", channels as f64, whole(limits::CHANNELS))
            }
        }
    }
}

/// The experiment with its data.
#[derive(Debug)]
pub struct Classifier {
    training: Training,
    evaluation: Evaluation,
}

impl Classifier {
    /// Of a configuration and a data set.
    pub fn new(config: &Config, data: &Dataset) -> Result<Classifier, ConfigError> {
        Classifier::calibrated(config, data, &SiteScales::default())
    }

    /// The same with fixed scales of activations, as calibration found them: quantisation-aware training that goes on from a network
    /// trained in binary32.
    pub fn calibrated(
        config: &Config,
        data: &Dataset,
        scales: &SiteScales,
    ) -> Result<Classifier, ConfigError> {
        config.check(data)?;
        let mut net = Net::calibrated(&config.policy, scales);
        let train = data.split(Split::Train);
        let (count, width, classes) = (train.len(), data.example_len(), data.classes().len());
        let pixels = net.graph.input("pixels", [count, width], DType::F32);
        let labels = net.graph.input("labels", [count], DType::U32);
        let index = net.graph.random(RandomKind::Below(count as u32), [config.batch]);
        let x = net.graph.gather(pixels, index);
        let y = net.graph.gather(labels, index);
        let logits = network(&mut net, config.network, x, data.shape(), classes);
        let loss = nn::cross_entropy(&mut net.graph, logits, y);
        net.graph.output("loss", loss);
        let params = net.parameters("");
        let param_count = params.iter().map(|&param| net.graph.shape(param).len() as u64).sum();
        let lr = net.graph.constant(config.lr);
        minimise(&mut net, "adam", loss, &params, lr, Optimiser::ADAM);
        let plan = Plan::new(&net.graph);
        let inputs = [pixels, labels].map(|tensor| net.graph.input_id(tensor));
        let feeds =
            inputs.into_iter().flatten().zip([levels(train.values()), indices(train.labels())]).collect();
        Ok(Classifier {
            evaluation: Evaluation::calibrated(config, data, scales),
            training: Training { plan, feeds, metrics: vec!["loss"], param_count },
        })
    }
}

/// Logits `(batch, classes)` of pictures `(batch, pixels)`.
pub(crate) fn network(
    net: &mut Net,
    network: Network,
    x: Tensor,
    picture: &[usize],
    classes: usize,
) -> Tensor {
    let x = net.rounders.activation(&mut net.graph, x);
    let batch = net.graph.shape(x).sizes()[0];
    let features = match network {
        Network::Softmax => x,
        Network::Mlp { hidden } => net.dense("hidden", x, hidden, WeightInit::He, Activation::Relu),
        Network::Cnn { channels } => {
            let (rows, columns) = (picture[0], picture.get(1).copied().unwrap_or(1));
            let depth = picture.get(2).copied().unwrap_or(1);
            let mut x = net.graph.reshape(x, [batch, rows, columns, depth]);
            for (at, channels) in [channels, 2 * channels].into_iter().enumerate() {
                let name = format!("conv.{at}");
                x = net.conv2d(&name, x, 3, channels, 1, Padding::Same, Activation::Relu);
                x = net.graph.max_pool(x, 2, 2, Padding::Valid);
            }
            let width = net.graph.shape(x).len() / batch;
            net.graph.reshape(x, [batch, width])
        }
    };
    net.dense("out", features, classes, WeightInit::Glorot, Activation::Linear)
}

/// Pixels in `[0, 1]`, or numbers as they are.
fn levels(values: Values) -> Vec<f32> {
    match values {
        Values::Pixels { values, full_scale } => {
            values.iter().map(|&value| f32::from(value) / f32::from(full_scale)).collect()
        }
        Values::Numbers(values) => values.to_vec(),
    }
}

/// Class indices as words.
pub(crate) fn indices(labels: &[u8]) -> Vec<f32> {
    labels.iter().map(|&label| f32::from_bits(label.into())).collect()
}

impl Lab for Classifier {
    fn training(&self) -> &Training {
        &self.training
    }

    fn usual_views(&self) -> &'static [&'static str] {
        &["test"]
    }

    fn view(&mut self, name: &str, at: &Snapshot) -> Result<View, LabError> {
        let (shape, values) = match name {
            "test" => {
                let (accuracy, loss) = self.evaluation.score(&self.training.plan, at);
                (vec![2], vec![accuracy, loss])
            }
            "confusion" => {
                let (classes, counts) = self.evaluation.confusion(&self.training.plan, at);
                (vec![classes, classes], counts)
            }
            _ => return Err(LabError::UnknownView(name.to_owned())),
        };
        Ok(View { name: name.to_owned(), shape, values })
    }
}

#[cfg(test)]
mod tests;
