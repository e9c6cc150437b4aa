//! Data augmentation: new training pictures out of those at hand, and what they are worth.
//!
//! - [`Transform`], [`Recipe`]: eleven changes of a picture, each with a range and a probability.
//! - [`Drawn`]: what is done to one picture, by seed, step and place in the batch alone.
//! - [`change`], [`mix`]: a picture changed, in the order in which [`Transform::ALL`] has them; one resampling for all that move pixels.
//! - [`Rows`]: pictures of a task with levels in `[0, 1]`.
//! - [`Augmented`]: a lab that trains a small network on changed batches.
//!
//! The numbers are counted ones (`engine::random`), sines and cosines the engine's own, so a recipe gives the same bits natively and in
//! WebAssembly. Left out: changes of hue, elastic deformation, learnt policies.

mod affine;
mod change;
mod draw;
mod lab;
mod recipe;
mod rows;

pub use affine::{Affine, resample};
pub use change::{Shape, change, mix};
pub use draw::{Drawn, Purpose};
pub use lab::{Augmented, AugmentedConfig, AugmentedError, limits};
pub use recipe::{Recipe, Setting, Transform, presets};
pub use rows::{COLOUR_SIDE, Rows};
