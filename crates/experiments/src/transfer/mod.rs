//! Transfer learning: a head trained on the features that a frozen base gives for pictures.
//!
//! - [`Pictures`]: pictures of a task, as squares of any size.
//! - [`Extraction`]: their features, once, a batch at a time; kept in a [`Table`], so that heads train in a second.
//! - [`Draw`]: which pictures are labelled and which are for testing, by a seed.
//! - [`Head`]: a lab that trains one dense layer, two, or a small convolutional network from scratch, on a table's rows.
//!
//! Left out: fine-tuning of the base, whose features cannot be kept; augmentation.

mod draw;
mod features;
mod head;
mod pictures;
mod resize;

pub use draw::Draw;
pub use features::{Extraction, Scaler, Table};
pub use head::{Head, HeadConfig, HeadError, limits};
pub use pictures::{Pictures, PicturesError};
