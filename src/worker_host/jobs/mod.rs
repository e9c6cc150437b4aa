//! Jobs: each request is a future that works in slices and posts events.

mod chunks;
mod convert;
mod decoder;
mod file;
mod graphics;
mod network;
mod output;
mod self_test;
mod source;
mod survey;
mod target;
mod throughput;

use std::cell::Cell;

use protocol::{
    CatalogSummary, Event, Failure, FileSource, JobId, MAX_LISTED_TENSORS, Outcome, Request, TensorSummary,
};
use web_sys::File;

use super::post;
pub(super) use survey::hex;
pub(super) use target::now_ms;

/// A wish to stop, looked at between slices.
#[derive(Default)]
pub(super) struct Cancel(Cell<bool>);

impl Cancel {
    pub(super) fn request(&self) {
        self.0.set(true);
    }

    /// Whether the page asked to stop.
    pub(super) fn is_requested(&self) -> bool {
        self.0.get()
    }
}

/// Why a job did not end with a result.
#[derive(Debug)]
pub(super) enum Stop {
    Cancelled,
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Lets waiting messages in; a slice's end calls it. Stops the job if the page asked for that.
pub(super) async fn breathe(cancel: &Cancel) -> Result<(), Stop> {
    gloo_timers::future::TimeoutFuture::new(0).await;
    if cancel.is_requested() { Err(Stop::Cancelled) } else { Ok(()) }
}

/// Runs one job to its end and reports that end.
pub(super) async fn run(job: JobId, request: Request, file: Option<File>, cancel: &Cancel) {
    let result = match request {
        Request::Catalog(source) => catalog(job, source, file, cancel).await,
        Request::Survey(spec) => survey::run(job, spec, file, cancel).await,
        Request::Convert(spec) => convert::run(job, spec, file, cancel).await,
        Request::Throughput(spec) => throughput::run(job, spec, cancel).await,
        Request::Network(name) => network::run(job, name),
        Request::SelfTest { quick } => self_test::run(job, quick, cancel).await,
    };
    match result {
        Ok(()) => {}
        Err(Stop::Cancelled) => post::event(job, Event::Cancelled),
        Err(Stop::Failed(failure)) => post::event(job, Event::Failed(failure)),
    }
}

/// Lists a file's tensors.
async fn catalog(job: JobId, source: FileSource, file: Option<File>, cancel: &Cancel) -> Result<(), Stop> {
    let file = file.ok_or_else(|| Failure::new("file_missing"))?;
    let progress = |done, total| post::event(job, Event::Progress { done, total });
    let catalog = file::catalog(&file, &source, cancel, progress).await?;
    let tensors = catalog
        .tensors
        .iter()
        .take(MAX_LISTED_TENSORS)
        .map(|tensor| TensorSummary {
            name: tensor.name.clone(),
            dtype: tensor.dtype.name().to_owned(),
            shape: tensor.shape.clone(),
            elements: tensor.elements,
            bytes: tensor.byte_len,
            unreadable: tensor.readable.as_ref().err().map(file::file_failure),
        })
        .collect();
    let summary = CatalogSummary {
        kind: catalog.kind.name().to_owned(),
        file_bytes: catalog.file_bytes,
        tensors,
        tensor_count: catalog.tensors.len() as u64,
    };
    post::event(job, Event::Done(Outcome::Catalog(summary)));
    Ok(())
}
