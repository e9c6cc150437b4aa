//! Single pictures: looked at by arms, by ImageNet's classifier, by a head from a file; and sets of a visitor's own.

use protocol::{Event, JobId, Outcome, OwnSet, RowsSpec, Square};
use web_sys::File;

use super::{Cancel, Stop, post};
use crate::worker_host::transfer::{self, Watch};

fn done(job: JobId, outcome: Outcome) {
    post::event(job, Event::Done(outcome));
}

/// Keeps a set.
pub(super) fn own(job: JobId, set: OwnSet) -> Result<(), Stop> {
    transfer::keep(set)?;
    done(job, Outcome::OwnSet);
    Ok(())
}

/// What arms see.
pub(super) async fn rows(job: JobId, spec: RowsSpec) -> Result<(), Stop> {
    done(job, Outcome::Rows(transfer::rows(&spec).await?));
    Ok(())
}

/// What ImageNet's classifier says.
pub(super) async fn imagenet(job: JobId, square: Square, cancel: &Cancel) -> Result<(), Stop> {
    done(job, Outcome::ImageNet(transfer::imagenet(&square, Watch::job(job, cancel)).await?));
    Ok(())
}

/// What the attached head is.
pub(super) async fn open_head(job: JobId, file: Option<File>) -> Result<(), Stop> {
    done(job, Outcome::Head(transfer::open_head(file.as_deref()).await?));
    Ok(())
}

/// What the attached head says.
pub(super) async fn judge(job: JobId, square: Square, file: Option<File>) -> Result<(), Stop> {
    done(job, Outcome::Judged(transfer::judge(file.as_deref(), &square).await?));
    Ok(())
}
