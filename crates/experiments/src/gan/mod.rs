//! Generative adversarial networks: two small networks that train against each other (Goodfellow et al. 2014), in any precision.
//!
//! - [`config`]: what a visitor may choose, with limits; [`presets`]: choices with a known outcome.
//! - [`law`]: the laws that points are drawn from, with exact densities; [`images`]: data sets of images, and a classifier of them.
//! - [`networks`], [`losses`], [`round`]: one round of training as one graph.
//! - [`run`]: a run on the CPU: rounds, snapshots, what is observed on the way; [`lab`]: the same as a lab for any device.
//! - [`observe`], [`histogram`], [`stages`]: samples, fields, arrows, exponents, and one round stage by stage.
//! - [`metrics`], [`floor`]: distances to the law, beside those that a perfect generator would show.
//!
//! Points lie in the plane, mostly in `[-1, 1]²`; pixels are -1 (black) to 1 (white). Everything random is a function of seed and
//! round, so a run can be replayed and continued. Left out: convolutional and conditional networks, spectral normalisation.

mod augment;
mod average;
pub mod config;
pub mod error;
pub mod floor;
pub mod histogram;
pub mod images;
pub mod lab;
pub mod law;
pub mod losses;
pub mod metrics;
pub mod networks;
mod normal;
pub mod observe;
pub mod presets;
pub mod round;
pub mod run;
pub mod stages;

pub use config::Config;
pub use error::GanError;
pub use lab::GanLab;
pub use run::Gan;

pub(crate) use augment::shifted;
