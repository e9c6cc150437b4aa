//! The state of the throughput widget, as it stands in the address.

use super::training::params::{DATA, NETWORK, PRECISION};
use crate::ui::lab;
use crate::ui::url_state::Param;

/// Cores of the formula. The numbers of a Raspberry Pi 5 in FP32, whose documents stand in `chips.json`.
pub const CORES: Param = Param::text("c", "4", 40);
/// Clock of the formula, GHz.
pub const CLOCK: Param = Param::text("g", "2.4", 40);
/// FLOP per cycle and core.
pub const PER_CYCLE: Param = Param::text("p", "16", 40);
/// What is measured: by what there is, only the CPU, only WebGPU.
pub const DEVICE: Param = Param::choice("d", "auto", &DEVICES);
/// Which formats weights are stored in.
pub const FORMATS: Param = Param::choice("f", "common", &FORMAT_GROUPS);
/// Side of the weight matrix.
pub const SIDE: Param = Param::choice("n", "4096", &SIDES);
/// Measured runs of each kernel.
pub const RUNS: Param = Param::int("r", "9", 3, 51);
/// Least length of a run, ms.
pub const RUN_MS: Param = Param::int("ms", "40", 5, 1000);
/// Seed of the weights.
pub const SEED: Param = Param::int("seed", "1", 0, 4_294_967_295);
/// How much is measured.
pub const EXTENT: Param = Param::choice("m", "quick", &EXTENTS);
/// What the headline chart's x axis shows.
pub const VIEW: Param = Param::choice("v", "speed", &VIEWS);
/// What its y axis shows.
pub const ERROR: Param = Param::choice("e", "sqnr", &ERRORS);
/// The format that is marked.
pub const SELECTED: Param = Param::text("x", "e4m3", 40);
/// Format of the chips' figures.
pub const CHIP_FORMAT: Param = Param::choice("cf", "fp32", &CHIP_FORMATS);
/// Sparse peaks as well.
pub const SPARSE: Param = Param::flag("sp", "0");
/// Format of the network's weights.
pub const NETWORK_FORMAT: Param = Param::text("nf", "fp16", 40);
/// The chip that the network is estimated on.
pub const CHIP: Param = Param::text("chip", "h100", 40);

/// Devices by id.
pub const DEVICES: [&str; 3] = ["auto", "cpu", "webgpu"];
/// Extents by id.
pub const EXTENTS: [&str; 2] = ["quick", "full"];
/// Format groups by id.
pub const FORMAT_GROUPS: [&str; 4] = ["common", "element", "block", "all"];
/// Sides by id.
pub const SIDES: [&str; 4] = ["1024", "2048", "4096", "8192"];
/// Views by id.
pub const VIEWS: [&str; 2] = ["speed", "bytes"];
/// Errors by id.
pub const ERRORS: [&str; 2] = ["sqnr", "rmse"];
/// Formats of the chips' figures, as `chips.json` names them.
pub const CHIP_FORMATS: [&str; 11] =
    ["all", "fp64", "fp32", "tf32", "bf16", "fp16", "fp8", "fp4", "int8", "int4", "unstated"];

/// The whole table.
pub const PARAMS: &[Param] = &[
    CORES,
    CLOCK,
    PER_CYCLE,
    DEVICE,
    FORMATS,
    SIDE,
    RUNS,
    RUN_MS,
    SEED,
    VIEW,
    ERROR,
    SELECTED,
    CHIP_FORMAT,
    SPARSE,
    NETWORK_FORMAT,
    CHIP,
    EXTENT,
    PRECISION,
    DATA,
    NETWORK,
    lab::params::DEVICE,
    lab::params::SPEED,
    lab::params::FAST,
];
