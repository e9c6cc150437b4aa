//! Precision Playground: a glossary of AI terms that runs.
//!
//! Two programs are built from this package: the interface (`bin/app.rs`,
//! feature `ui`) and the compute worker (`bin/worker.rs`, feature `worker`).
//! They share nothing but the messages in `protocol`.

#[cfg(feature = "ui")]
pub mod ui;
#[cfg(feature = "worker")]
pub mod worker_host;
