//! From the page's description of an experiment to a lab.

use experiments::lab::Lab;
use protocol::{Experiment, Failure, LabSpec};

#[cfg(feature = "augmentation")]
use super::augmentation;
#[cfg(feature = "throughput")]
use super::classifier;
#[cfg(feature = "gan")]
use super::gan;
#[cfg(feature = "overfitting")]
use super::overfitting;
#[cfg(feature = "transfer")]
use super::transfer;

/// Builds the lab, fetching its data first.
pub(super) async fn build(spec: &LabSpec) -> Result<Box<dyn Lab>, Failure> {
    match &spec.experiment {
        #[cfg(feature = "throughput")]
        Experiment::Classifier(spec) => Ok(Box::new(classifier::build(spec).await?)),
        #[cfg(feature = "gan")]
        Experiment::Gan(gan) => Ok(Box::new(gan::build(gan, spec.seed).await?)),
        #[cfg(feature = "transfer")]
        Experiment::Transfer(transfer) => Ok(Box::new(transfer::build(transfer, spec.seed).await?)),
        #[cfg(feature = "overfitting")]
        Experiment::Overfit(overfit) => Ok(Box::new(overfitting::build(overfit, spec.seed).await?)),
        #[cfg(feature = "augmentation")]
        Experiment::Augment(augment) => Ok(Box::new(augmentation::build(augment, spec.seed).await?)),
        #[cfg(not(all(
            feature = "throughput",
            feature = "gan",
            feature = "transfer",
            feature = "overfitting",
            feature = "augmentation"
        )))]
        _ => Err(Failure::new("other_program")),
    }
}
