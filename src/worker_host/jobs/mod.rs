//! Jobs: each request is a future that works in slices and posts events.
//!
//! A worker has the jobs of its program's widgets (Cargo features), and declines the others.

#[cfg(all(test, feature = "convert"))]
mod cases;
#[cfg(feature = "convert")]
mod catalog;
#[cfg(feature = "convert")]
mod convert;
#[cfg(any(feature = "transfer", feature = "augmentation"))]
mod decode;
#[cfg(feature = "convert")]
mod decoder;
#[cfg(feature = "transfer")]
mod features;
#[cfg(feature = "convert")]
mod figures;
#[cfg(feature = "convert")]
mod file;
#[cfg(feature = "throughput")]
mod graphics;
#[cfg(feature = "throughput")]
mod network;
#[cfg(feature = "convert")]
mod output;
#[cfg(feature = "overfitting")]
mod overfitting;
#[cfg(feature = "transfer")]
mod picture;
#[cfg(feature = "convert")]
mod ranges;
#[cfg(feature = "bits")]
mod self_test;
#[cfg(feature = "convert")]
mod source;
#[cfg(feature = "convert")]
mod survey;
#[cfg(feature = "convert")]
mod target;
#[cfg(feature = "convert")]
mod tensors;
#[cfg(feature = "throughput")]
mod throughput;
#[cfg(feature = "augmentation")]
mod variants;

use std::cell::Cell;

use protocol::{Event, Failure, JobId, Request};
use web_sys::File;

use super::post;

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
        #[cfg(feature = "convert")]
        Request::Catalog(source) => catalog::run(job, source, file, cancel).await,
        #[cfg(feature = "convert")]
        Request::Survey(spec) => survey::run(job, spec, file, cancel).await,
        #[cfg(feature = "convert")]
        Request::Convert(spec) => convert::run(job, spec, file, cancel).await,
        #[cfg(feature = "throughput")]
        Request::Throughput(spec) => throughput::run(job, spec, cancel).await,
        #[cfg(feature = "throughput")]
        Request::Network(name) => network::run(job, name),
        #[cfg(feature = "transfer")]
        Request::Features(spec) => features::run(job, spec, cancel).await,
        #[cfg(feature = "transfer")]
        Request::Pictures(spec) => features::pictures(job, spec).await,
        #[cfg(any(feature = "transfer", feature = "augmentation"))]
        Request::Decode { side } => decode::run(job, side, file).await,
        #[cfg(feature = "transfer")]
        Request::OwnSet(set) => picture::own(job, set),
        #[cfg(feature = "transfer")]
        Request::Rows(spec) => picture::rows(job, spec).await,
        #[cfg(feature = "transfer")]
        Request::BaseSpeed(spec) => features::speed(job, spec, cancel).await,
        #[cfg(feature = "transfer")]
        Request::ImageNet(square) => picture::imagenet(job, square, cancel).await,
        #[cfg(feature = "transfer")]
        Request::OpenHead => picture::open_head(job, file).await,
        #[cfg(feature = "transfer")]
        Request::Judge(square) => picture::judge(job, square, file).await,
        #[cfg(feature = "overfitting")]
        Request::Overfit(study) => overfitting::run(job, *study, cancel).await,
        #[cfg(feature = "augmentation")]
        Request::Variants(spec) => variants::run(job, spec).await,
        #[cfg(feature = "bits")]
        Request::SelfTest { quick } => self_test::run(job, quick, cancel).await,
        #[cfg(not(all(
            feature = "bits",
            feature = "convert",
            feature = "throughput",
            feature = "transfer",
            feature = "overfitting",
            feature = "augmentation"
        )))]
        _ => Err(Failure::new("other_program").into()),
    };
    match result {
        Ok(()) => {}
        Err(Stop::Cancelled) => post::event(job, Event::Cancelled),
        Err(Stop::Failed(failure)) => post::event(job, Event::Failed(failure)),
    }
}
