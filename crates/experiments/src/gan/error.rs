//! What can be wrong with a choice.

use engine::snapshot::SnapshotError;

/// A configuration that cannot be run. Messages are English, for logs and tests.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GanError {
    /// A number beyond its limits, which [`super::config::limits`] names.
    #[error("{field} is {value}; from {least} to {most} is accepted")]
    OutOfRange {
        /// Which.
        field: &'static str,
        /// As chosen.
        value: f64,
        /// Least accepted.
        least: f64,
        /// Greatest accepted.
        most: f64,
    },
    /// A choice that would have no effect.
    #[error("{field} has no meaning with this loss")]
    NoMeaning {
        /// Which.
        field: &'static str,
    },
    /// The data are images, and none were given.
    #[error("the images of {name} are needed")]
    NoImages {
        /// Name of the data set.
        name: &'static str,
    },
    /// A data set of another shape.
    #[error("a data set of images of 28 by 28 in ten classes is needed")]
    WrongImages,
    /// A snapshot of another configuration.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}
