//! The labs: what the widgets train and measure.
//!
//! - [`lab`]: what all labs share; [`classifier`], [`gan`], [`weights_file`].
//! - [`throughput`]: kernels of known work and the loop that times them.
//! - [`networks`]: known networks as graphs; [`transfer`]: heads on a frozen base; [`picture_file`]: what a picture file's header says.
//! - [`overfitting`]: fits against capacity, data and cures.
//! - [`augmentation`]: pictures changed on their way to a small network.
//! - [`workloads`]: training steps by which engines are compared.
//!
//! No clock, no input or output: time budgets, clocks, data and seeds are arguments.

// Kernels are small functions inside loops: a call in their place would cost more than they do.
#![allow(clippy::inline_always)]
// Arithmetic on lanes: nobody calls `add` for its effect.
#![allow(clippy::return_self_not_must_use)]

pub mod augmentation;
pub mod classifier;
pub mod gan;
pub mod lab;
pub mod networks;
pub mod overfitting;
pub mod picture_file;
pub mod throughput;
pub mod transfer;
pub mod weights_file;
pub mod workloads;
