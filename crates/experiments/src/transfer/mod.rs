//! Transfer learning: a head trained on the features that a frozen base gives for pictures.
//!
//! - [`Pictures`]: pictures of a task, as squares of any size.
//! - [`Extraction`]: their features, once, a batch at a time; kept in a [`Table`], so that heads train in a second.
//! - [`Draw`]: which pictures are labelled and which are for testing, by a seed.
//! - [`Arm`]: the ways to learn a task that are compared, with their settings.
//! - [`Head`]: a lab that trains on a table's rows: one dense layer, two, a small convolutional network from scratch, or the base's last
//!   block with a dense layer behind it (fine-tuning; what comes into the block is kept).
//!
//! Left out: fine-tuning of more blocks; augmentation.

mod arm;
mod draw;
mod features;
mod head;
mod pictures;
mod resize;

pub use arm::{Arm, PIXEL_SIDE};
pub use draw::Draw;
pub use features::{Extraction, Kept, Scaler, Table};
pub use head::{Head, HeadConfig, HeadError, Learner, limits};
pub use pictures::{Pictures, PicturesError};
