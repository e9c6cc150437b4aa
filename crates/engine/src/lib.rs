//! The engine: networks as static graphs, their gradients, and a plan that executors replay.
//!
//! - [`graph`]: tensors, operations, gradients that can be differentiated again.
//! - [`nn`]: layers, losses and optimisers made of operations.
//! - [`policy`]: which numbers are rounded, to which format and how.
//! - [`plan`]: fusion, order, places in memory, counts of FLOP and bytes.
//! - [`cpu`]: the executor whose scalar path is the meaning of every operation, with a SIMD path of the same bits.
//! - `gpu` (feature `gpu`): the executor that runs plans as WGSL kernels, within a stated tolerance.
//! - [`mod@reference`]: a slow evaluation in binary64, for tests and for error measurements.
//! - [`random`], [`rounding`], [`math`], [`simd`]: what executors share.
//!
//! Sizes are in elements unless a name says bytes. No input or output, no clock, no global state: seeds, data and time budgets
//! are arguments.

// Kernels are small functions inside loops: a call in their place would cost more than they do.
#![allow(clippy::inline_always)]
// One statement for every element of a slice reads better as one line.
#![allow(clippy::needless_for_each)]
// Arithmetic on lanes: nobody calls `add` for its effect.
#![allow(clippy::return_self_not_must_use)]

#[cfg(any(test, feature = "cases"))]
pub mod cases;
pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod graph;
pub mod math;
#[cfg(any(test, feature = "cases"))]
pub mod mutants;
pub mod nn;
pub mod plan;
pub mod policy;
pub mod random;
pub mod reference;
pub mod rounding;
mod shape;
pub mod simd;
pub mod snapshot;

pub use shape::Shape;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
