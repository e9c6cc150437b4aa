//! What can go wrong on a GPU.

use crate::snapshot::SnapshotError;

/// Why a device, an executor or a transfer is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GpuError {
    /// No adapter: the browser or the machine has none, or refuses it.
    #[error("no GPU adapter: {0}")]
    NoAdapter(String),
    /// The adapter gives no device.
    #[error("no GPU device: {0}")]
    NoDevice(String),
    /// The plan asks for something that has no GPU kernel; the CPU executor has it.
    #[error("not on the GPU: {what}")]
    Unsupported {
        /// What, in the terms of the plan.
        what: String,
    },
    /// A buffer would exceed what the adapter can bind.
    #[error("{what} takes {bytes} bytes, but this GPU binds at most {limit}")]
    TooLarge {
        /// Which buffer.
        what: &'static str,
        /// Its size.
        bytes: u64,
        /// The adapter's limit.
        limit: u64,
    },
    /// The device refused a shader, a buffer or a command.
    #[error("the GPU refused: {0}")]
    Refused(String),
    /// The device is lost: see [`Device::lost`](super::Device::lost).
    #[error("the GPU device is lost: {0}")]
    Lost(String),
    /// A snapshot does not belong to the plan.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}
