//! From the page's description of an experiment to a lab.

use experiments::classifier::{Classifier, Config, ConfigError, Network};
use experiments::lab::Lab;
use protocol::{ClassifierSpec, Experiment, Failure, LabSpec};

use super::{data, gan, precision};

/// Builds the lab, fetching its data first.
pub(super) async fn build(spec: &LabSpec) -> Result<Box<dyn Lab>, Failure> {
    match &spec.experiment {
        Experiment::Classifier(spec) => classifier(spec).await,
        Experiment::Gan(gan) => Ok(Box::new(gan::build(gan, spec.seed).await?)),
    }
}

async fn classifier(spec: &ClassifierSpec) -> Result<Box<dyn Lab>, Failure> {
    let width = spec.width as usize;
    let network = match spec.network.as_str() {
        "softmax" => Network::Softmax,
        "cnn" => Network::Cnn { channels: width },
        _ => Network::Mlp { hidden: width },
    };
    let policy = precision::policy(&spec.precision)?;
    let config = Config { network, batch: spec.batch as usize, lr: spec.lr, policy };
    let data = data::load(&spec.data).await?;
    let lab = Classifier::new(&config, &data).map_err(|error| match error {
        ConfigError::Limit { name, value, low, high } => Failure::new("lab_limit")
            .with("name", name)
            .with("value", value)
            .with("low", low)
            .with("high", high),
        ConfigError::NotPictures(name) => Failure::new("lab_not_pictures").with("name", name),
        ConfigError::TooSmall(side) => Failure::new("lab_too_small").with("side", side),
    })?;
    Ok(Box::new(lab))
}
