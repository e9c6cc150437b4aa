//! Transfer learning: a head trained on the features that a frozen base gives for pictures.
//!
//! - [`Pictures`]: pictures of a task, as squares of any size.
//! - [`Extraction`]: their features, once, a batch at a time; kept in a [`Table`], so that heads train in a second.
//! - [`Draw`]: which pictures are labelled and which are for testing, by a seed.
//! - [`Arm`]: the ways to learn a task that are compared, with their settings.
//! - [`Head`]: a lab that trains on a table's rows: one dense layer, two, a small convolutional network from scratch, or blocks of the base
//!   with a dense layer behind them (fine-tuning; what comes into the first of them is made of what is kept, by [`Entries`]).
//! - [`Judge`]: a head without its training, also from a file ([`read_card`], [`read_head`]).
//!
//! Left out: fine-tuning of blocks before 11; augmentation.

mod arm;
mod config;
mod draw;
mod entries;
mod features;
mod head;
mod head_file;
mod judge;
mod pictures;
mod resize;

pub use arm::{Arm, PIXEL_SIDE, RECIPE_EPOCHS};
pub use config::{HeadConfig, HeadError, Learner, limits};
pub use draw::Draw;
pub use entries::{Entries, entries};
pub use features::{Extraction, Kept, Scaler, Table};
pub use head::Head;
pub use head_file::{HeadCard, HeadFileError, limits as file_limits, read_card, read_head};
pub use judge::Judge;
pub use pictures::{Pictures, PicturesError};
