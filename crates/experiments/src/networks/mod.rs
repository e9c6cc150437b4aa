//! Known networks as graphs: VGG16 to be counted only, EfficientNet-Lite0 with its weights.

mod cost;
pub mod efficientnet_lite0;
pub mod vgg16;

pub use cost::{LayerCost, LayerKind, NetworkCost};
