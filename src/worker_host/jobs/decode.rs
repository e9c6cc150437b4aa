//! A picture of the visitor's own, decoded.

use protocol::{Event, Failure, JobId, Outcome};
use web_sys::File;

use super::{Stop, post};
use crate::worker_host::decode::decode;

/// Decodes the attached picture into its middle square.
pub(super) async fn run(job: JobId, side: u32, file: Option<File>) -> Result<(), Stop> {
    let file = file.ok_or_else(|| Failure::new("file_missing"))?;
    post::event(job, Event::Done(Outcome::Decoded(decode(&file, side).await?)));
    Ok(())
}
