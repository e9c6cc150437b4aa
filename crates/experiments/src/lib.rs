//! The labs: what the widgets train.
//!
//! So far the workloads by which engines are compared ([`workloads`]). No clock, no input or output: time budgets, data and seeds are
//! arguments.

pub mod classifier;
pub mod lab;
pub mod weights_file;
pub mod workloads;
