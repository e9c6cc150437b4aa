//! The messages between the page and its compute worker.
//!
//! Purpose: one typed, versioned vocabulary for both sides. A message is a
//! postcard-encoded enum; files and large arrays travel beside it as
//! structured-cloned or transferred JavaScript objects (see [`Source`]).
//! Formats are named by their ids as text, so this crate depends on nothing of
//! the playground. Left out: how messages are carried (the interface's
//! `worker_client` and the `worker_host`).

#![forbid(unsafe_code)]

pub mod augmentation;
pub mod gan;
mod job;
mod lab;
mod overfitting;
mod table;
mod throughput;
pub mod transfer;
mod turns;
mod wire;

pub use augmentation::{AugmentSpec, VariantSheet, VariantsSpec};
pub use gan::{GanPlayer, GanSpec};
pub use job::*;
pub use lab::*;
pub use overfitting::*;
pub use table::*;
pub use throughput::*;
pub use transfer::{
    BasePart, BaseSpeed, BaseSpeedSpec, Decoded, FeaturesSpec, FeaturesSummary, Guesses, HeadSummary, OwnSet,
    PictureRows, PictureSheet, PicturesSpec, RowsSpec, Square, TransferSpec,
};
pub use turns::{InForce, Turn, Turns};
pub use wire::{WireError, decode, encode};

use serde::{Deserialize, Serialize};

/// Raised with every change that an older peer would misread.
pub const VERSION: u32 = 9;

/// Identifies one job for its whole life; never reused within a page.
pub type JobId = u32;

/// Page to worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "a message lives for one encoding or one callback")]
pub enum ToWorker {
    /// Starts a job; its file, if it has one, is attached to the message.
    Start {
        /// The page's name for the job.
        job: JobId,
        /// What to do.
        request: Request,
    },
    /// Stops a job at the end of its current slice.
    Cancel {
        /// The job to stop; an unknown one is ignored.
        job: JobId,
    },
    /// Tells a lab something; its file, if it has one, is attached to the message.
    Lab {
        /// Which lab.
        lab: LabId,
        /// What is wanted.
        command: LabCommand,
    },
    /// Asks whether the worker is still there; [`FromWorker::Alive`] is the answer.
    Ping,
    /// Ends the worker with a panic, so that recovery can be shown and tested.
    Crash,
}

/// Worker to page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "a message lives for one encoding or one callback")]
pub enum FromWorker {
    /// The first message: nothing is sent to a worker before it.
    Ready {
        /// [`VERSION`] of the worker's build.
        version: u32,
        /// What it found on this device.
        device: Device,
    },
    /// The graphics adapter's answer, which may come long after `Ready`.
    Gpu(GpuStatus),
    /// Something happened in a job.
    Job {
        /// Which job.
        job: JobId,
        /// What happened.
        event: Event,
    },
    /// Something happened in a lab.
    Lab {
        /// Which lab.
        lab: LabId,
        /// What happened.
        event: LabEvent,
    },
    /// The answer to [`ToWorker::Ping`].
    Alive,
    /// The last words of a worker that panicked.
    Panicked {
        /// The panic's message and place.
        message: String,
    },
}

/// What the worker can run on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Built with and running simd128.
    pub simd128: bool,
    /// `navigator.hardwareConcurrency`; 0 when the browser does not say.
    pub cores: u32,
}

/// Whether WebGPU is there, and if not, why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum GpuStatus {
    /// An adapter answered.
    Adapter {
        /// Vendor, architecture or description, as far as the browser tells.
        name: String,
        /// A software adapter.
        software: bool,
    },
    /// `navigator.gpu` does not exist.
    Unsupported,
    /// `requestAdapter` answered null.
    NoAdapter,
    /// `requestAdapter` failed.
    Failed {
        /// The browser's message.
        reason: String,
    },
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
