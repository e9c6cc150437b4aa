//! From the page's description of a classifier to a lab.

use experiments::classifier::{Classifier, Config, ConfigError, Network};
use protocol::{ClassifierSpec, Failure};

use super::{data, precision};

/// Builds the lab, fetching its data first.
pub(super) async fn build(spec: &ClassifierSpec) -> Result<Classifier, Failure> {
    let width = spec.width as usize;
    let network = match spec.network.as_str() {
        "softmax" => Network::Softmax,
        "cnn" => Network::Cnn { channels: width },
        _ => Network::Mlp { hidden: width },
    };
    let policy = precision::policy(&spec.precision)?;
    let config = Config { network, batch: spec.batch as usize, lr: spec.lr, policy };
    let data = data::load(&spec.data).await?;
    Classifier::new(&config, &data).map_err(|error| match error {
        ConfigError::Limit { name, value, low, high } => Failure::new("lab_limit")
            .with("name", name)
            .with("value", value)
            .with("low", low)
            .with("high", high),
        ConfigError::NotPictures(name) => Failure::new("lab_not_pictures").with("name", name),
        ConfigError::TooSmall(side) => Failure::new("lab_too_small").with("side", side),
    })
}
