//! Features of a task's pictures by a pretrained base, the pictures themselves, and how long bases take.

use protocol::transfer::limits;
use protocol::{BaseSpeedSpec, Event, Failure, FeaturesSpec, JobId, Outcome, PictureSheet, PicturesSpec};

use super::{Cancel, Stop, post};
use crate::worker_host::transfer::{Key, Watch, obtain, speeds, task};

/// Computes features, or finds them kept.
pub(super) async fn run(job: JobId, spec: FeaturesSpec, cancel: &Cancel) -> Result<(), Stop> {
    let features = obtain(&Key::of(&spec)?, Watch::job(job, cancel)).await?;
    post::event(job, Event::Done(Outcome::Features(features.summary.clone())));
    Ok(())
}

/// Times bases.
pub(super) async fn speed(job: JobId, spec: BaseSpeedSpec, cancel: &Cancel) -> Result<(), Stop> {
    let found = speeds(&spec, Watch::job(job, cancel)).await?;
    post::event(job, Event::Done(Outcome::BaseSpeed(found)));
    Ok(())
}

/// Hands out pictures.
pub(super) async fn pictures(job: JobId, spec: PicturesSpec) -> Result<(), Stop> {
    if spec.indices.len() > limits::PICTURES {
        let most = limits::PICTURES;
        let failure = Failure::new("lab_limit").with("name", "pictures").with("value", spec.indices.len());
        return Err(failure.with("low", 0).with("high", most).into());
    }
    let task = task(&spec.data).await?;
    let pictures = &task.pictures;
    let indices: Vec<u32> =
        spec.indices.into_iter().filter(|&index| (index as usize) < pictures.len()).collect();
    let sheet = PictureSheet {
        side: pictures.side() as u32,
        levels: indices.iter().flat_map(|&index| pictures.own(index as usize)).copied().collect(),
        labels: indices.iter().map(|&index| pictures.labels()[index as usize]).collect(),
        indices,
    };
    post::event(job, Event::Done(Outcome::Pictures(sheet)));
    Ok(())
}
