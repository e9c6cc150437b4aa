//! From the page's description of a learner that may overfit to its lab.

use std::rc::Rc;

use experiments::overfitting::{Config, ConfigError, Learner, OverfitLab, Pool, Task};
use protocol::{Failure, OverfitSpec};

use super::{data, precision};

/// Builds the lab, fetching its data first.
pub(super) async fn build(spec: &OverfitSpec, seed: u64) -> Result<OverfitLab, Failure> {
    let config = config(spec)?;
    let pool = pool(spec, config.task).await?;
    OverfitLab::new(config, seed, pool.as_deref()).map_err(|error| refused(&error))
}

/// The task of a data set, by its id.
fn task(data: &str) -> Result<Task, Failure> {
    Ok(match data {
        "curve" => Task::Curve,
        "moons" => Task::Moons,
        "circles" => Task::Circles,
        "spiral" => Task::Spiral,
        "digits" | "fashion-mnist" => Task::Pictures,
        other => return Err(Failure::new("choice_unknown").with("id", other)),
    })
}

/// The configuration, its limits not yet looked at.
pub(in crate::worker_host) fn config(spec: &OverfitSpec) -> Result<Config, Failure> {
    let capacity = spec.capacity as usize;
    let learner = match spec.model.as_str() {
        "poly" => Learner::Polynomial { degree: capacity },
        "mlp" => Learner::Mlp { width: capacity },
        "cnn" => Learner::Cnn { channels: capacity },
        other => return Err(Failure::new("choice_unknown").with("id", other)),
    };
    Ok(Config {
        task: task(&spec.data)?,
        learner,
        samples: spec.samples as usize,
        noise: spec.noise,
        label_noise: spec.label_noise,
        l2: spec.l2,
        dropout: spec.dropout,
        patience: spec.patience,
        shift: spec.shift as usize,
        lr: spec.lr,
        policy: precision::policy(&spec.precision)?,
    })
}

/// The pictures that a task needs.
pub(in crate::worker_host) async fn pool(
    spec: &OverfitSpec,
    task: Task,
) -> Result<Option<Rc<Pool>>, Failure> {
    if task != Task::Pictures {
        return Ok(None);
    }
    let data = data::load(&spec.data).await?;
    let pool = Pool::new(&data).ok_or_else(|| Failure::new("lab_not_pictures").with("name", &spec.data))?;
    Ok(Some(Rc::new(pool)))
}

/// Why a configuration is refused.
pub(in crate::worker_host) fn refused(error: &ConfigError) -> Failure {
    match error {
        ConfigError::Limit { name, value, low, high } => Failure::new("lab_limit")
            .with("name", name)
            .with("value", value)
            .with("low", low)
            .with("high", high),
        ConfigError::Convolution => Failure::new("overfit_convolution"),
        ConfigError::Polynomial => Failure::new("overfit_polynomial"),
        ConfigError::Pictures(found) => Failure::new("overfit_pictures").with("found", found),
    }
}
