//! Known networks as graphs, for counting: nothing of them is computed or held in memory.

mod cost;
pub mod vgg16;

pub use cost::{LayerCost, LayerKind, NetworkCost};
