//! The section's part of the widget's state. Speed, seed, device and build are every lab's.

use crate::ui::url_state::Param;

/// What is rounded, by preset.
pub const PRECISION: Param = Param::choice("pol", "bf16", &PRECISIONS);
/// The pictures.
pub const DATA: Param = Param::choice("data", "digits", &DATA_SETS);
/// The network.
pub const NETWORK: Param = Param::choice("net", "mlp", &NETWORKS);

/// Presets by id, as the engine knows them.
pub const PRECISIONS: [&str; 19] = [
    "fp32",
    "tf32",
    "bf16",
    "fp16",
    "fp16-static",
    "fp16-dynamic",
    "e4m3",
    "e5m2",
    "fp8",
    "fp8-scaled",
    "mxfp8",
    "mxfp6",
    "mxfp4",
    "nvfp4",
    "int8",
    "int8-all",
    "int4",
    "fp16-accumulator",
    "bf16-accumulator",
];
/// Data sets by id.
pub const DATA_SETS: [&str; 3] = ["digits", "mnist", "fashion-mnist"];
/// Networks by id.
pub const NETWORKS: [&str; 3] = ["softmax", "mlp", "cnn"];
