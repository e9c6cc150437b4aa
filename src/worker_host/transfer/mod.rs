//! What transfer learning needs before a head can train: pictures, a base, and the features that it gives for them.
//!
//! All are fetched or computed when first asked for and kept. Features are computed a picture at a time; messages are let in between. Reading
//! and rounding a base's weights is one slice each.

mod base;
mod features;

pub(super) use base::weights;
pub(super) use features::{Key, Watch, obtain, pictures};
