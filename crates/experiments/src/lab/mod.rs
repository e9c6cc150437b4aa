//! Labs: what an experiment gives to whatever runs it.
//!
//! A lab is one training step as a plan, data that are written once, and views: arrays computed from the parameters, such as
//! an accuracy or generated samples. It holds no parameters of its own; a [`CpuRun`] (or a run on a graphics processor) does, so a
//! run can move between devices by its snapshot. No clock, no input or output: budgets and data are arguments.
//!
//! Data that change from step to step, such as augmented pictures, are a [`Feed`].
//!
//! Left out: messages to a page (the worker's), learning rates that change by schedule (a host may [turn](Lab::turn) them).

mod cpu;
mod fed;
#[cfg(feature = "gpu")]
mod gpu;
mod samples;

pub use cpu::CpuRun;
#[cfg(feature = "gpu")]
pub use gpu::GpuRun;
pub use samples::Samples;

use std::fmt::Debug;
use std::sync::Arc;

use engine::graph::InputId;
use engine::plan::Plan;
use engine::snapshot::{Snapshot, WeightTensor};

/// A training step and what it needs before the first one.
#[derive(Debug, Clone)]
pub struct Training {
    /// The step.
    pub plan: Plan,
    /// Data, written once, and numbers that may be turned.
    pub feeds: Vec<(InputId, Vec<f32>)>,
    /// Outputs of the plan that hold one number each and are reported step by step.
    pub metrics: Vec<&'static str>,
    /// Trained numbers, optimiser state aside.
    pub param_count: u64,
}

/// An array to look at, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Its name, by which its meaning is known.
    pub name: String,
    /// Sizes of its axes, outermost first.
    pub shape: Vec<usize>,
    /// As many values as the shape says.
    pub values: Vec<f32>,
}

/// What a lab cannot do. Nothing has changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LabError {
    /// There is no such view.
    #[error("no view is called {0}")]
    UnknownView(String),
    /// There is nothing of this name to set.
    #[error("nothing is called {0}")]
    UnknownSetting(String),
    /// The values do not fit.
    #[error("{name} takes {expected} values, not {found}")]
    Setting {
        /// What was to be set.
        name: String,
        /// How many values it has.
        expected: usize,
        /// How many were given.
        found: usize,
    },
    /// The value is outside the limits, or no number.
    #[error("{name} cannot be {value}: it lies between {least} and {most}")]
    OutOfRange {
        /// What was to be changed.
        name: String,
        /// What it was to be.
        value: f32,
        /// Least value.
        least: f32,
        /// Greatest value.
        most: f32,
    },
}

/// Inputs that are written anew before every step. Values depend on seed and step alone, so a run can go on from any of them.
pub trait Feed: Debug + Send + Sync {
    /// Which inputs.
    fn inputs(&self) -> &[InputId];

    /// Their values for the step that follows `step` steps. Lists have their inputs' lengths and hold what was written before.
    fn write(&self, seed: u64, step: u64, values: &mut [Vec<f32>]);
}

/// An experiment that trains.
pub trait Lab {
    /// Its step and data.
    fn training(&self) -> &Training;

    /// What is written before every step, if anything; a run is told by its `fed_by`.
    fn feed(&self) -> Option<Arc<dyn Feed>> {
        None
    }

    /// Views worth sending after every report.
    fn usual_views(&self) -> &'static [&'static str];

    /// Does a part of what a view of a snapshot needs, milliseconds of it; whether there was any. A host that calls it until there is none
    /// can listen in between; [`Lab::view`] does what is left.
    fn work(&mut self, name: &str, at: &Snapshot) -> bool {
        let _ = (name, at);
        false
    }

    /// Does a portion, milliseconds of it, of what views wait for and training does not change; whether there was any. While it trains,
    /// [`Lab::view`] does a portion a call; a host calls this while it rests.
    fn settle(&mut self) -> bool {
        false
    }

    /// Computes a view of the parameters in a snapshot of the training's plan. Takes milliseconds, not seconds.
    fn view(&mut self, name: &str, at: &Snapshot) -> Result<View, LabError>;

    /// Changes a number that training reads at every step, such as a learning rate. Runs made from now on begin with it; a run under way
    /// goes on with it once it is written to the input that is returned. Whoever does that keeps at which step: without it the run cannot be
    /// replayed.
    fn turn(&mut self, name: &str, value: f32) -> Result<InputId, LabError> {
        let _ = value;
        Err(LabError::UnknownSetting(name.to_owned()))
    }

    /// Sets a number that views depend on. Training does not depend on any of these.
    fn set(&mut self, name: &str, values: &[f32]) -> Result<(), LabError> {
        let _ = values;
        Err(LabError::UnknownSetting(name.to_owned()))
    }

    /// Tensors that belong into the file of the weights beside the trained ones.
    fn more_tensors(&self) -> Vec<WeightTensor> {
        Vec::new()
    }

    /// What that file's metadata say; without, what the Python libraries expect.
    fn metadata(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// The part of the experiment to which a rounding site belongs, such as `generator`; empty where there is one part.
    fn part(&self, site: &str) -> &'static str {
        let _ = site;
        ""
    }
}
