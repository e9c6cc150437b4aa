//! What transfer learning needs before a head can train: pictures, a base, and the features that it gives for them; and what
//! arms see of single pictures.
//!
//! All are fetched or computed when first asked for and kept. Features are computed a picture at a time, weights are read a file and rounded a
//! tensor at a time; messages are let in between.

mod base;
mod features;
mod pictures;
mod rows;
mod speed;

pub(super) use base::weights;
pub(super) use features::{Key, Watch, obtain};
pub(super) use pictures::{keep, task};
pub(super) use rows::{blocks, imagenet, judge, open_head, rows};
pub(super) use speed::speeds;
