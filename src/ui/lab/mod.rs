//! Labs as a widget sees them: a session with signals, its controls, and its curves.
//!
//! A session outlives its worker: it keeps what the lab saved last, opens it again in the next worker and goes on from there, and says so.

mod controls;
mod curves;
mod look;
pub mod params;
pub mod precision;
mod precision_field;
mod recipe;
mod rival;
mod session;
mod trials;
mod visible;

pub use controls::{LabButtons, LabNotice, LabSettings, RunsOnLine};
pub use curves::Curves;
pub use look::Looked;
pub use precision_field::PrecisionField;
pub use recipe::Recipe;
pub use rival::Rival;
pub use session::{LabSession, Notice};
pub use visible::{pause_while_unseen, seen};
