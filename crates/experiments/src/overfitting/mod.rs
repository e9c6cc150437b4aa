//! Overfitting: how well a model does on data that it was not fitted to, against its capacity, its data and its cures.
//!
//! - [`Task`], [`Draw`]: a curve with noise, points of two classes in the plane, small pictures; drawn by a seed into training, validation
//!   and test rows.
//! - [`OverfitLab`]: a polynomial or a network trained step by step, with L2, dropout, shifts, early stopping and any precision policy.
//! - [`BiasVariance`]: many fits of polynomials to data drawn anew, split into bias², variance and noise.
//! - [`Descent`]: random features with minimum-norm least squares, from few to many more than there are examples.
//! - [`Widths`]: networks of several widths trained to the end.
//! - [`Solver`]: least squares of least norm by Householder reflections, in portions.
//!
//! Left out: cross-validation, ensembles, learning rates by schedule.

mod bias_variance;
mod config;
mod descent;
mod judged;
mod lab;
mod learner;
mod linear;
mod polynomial;
mod tasks;
mod widths;

pub use bias_variance::{BiasVariance, DegreeFigures, Fan, StudyError};
pub use config::{Config, ConfigError, Learner, limits};
pub use descent::{Descent, DescentConfig, DescentPoint, sizes};
pub use lab::{OverfitLab, VIEW_ROWS};
pub use linear::{Matrix, Solver};
pub use polynomial::{Polynomial, legendre};
pub use tasks::{Draw, Part, Pool, Task, truth};
pub use widths::{WidthPoint, Widths};
