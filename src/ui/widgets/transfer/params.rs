//! The state of the transfer widget, as it stands in the address.

use crate::ui::lab;
use crate::ui::url_state::Param;

/// The task.
pub const DATA: Param = Param::choice("d", "clip-art", &DATA_SETS);
/// Labelled pictures of a class.
pub const LABELS: Param = Param::choice("n", "10", &LABEL_COUNTS);
/// Where the base ends.
pub const CUT: Param = Param::choice("cut", "b14", &CUTS);
/// The base's weights.
pub const WEIGHTS: Param = Param::choice("w", "int8", &PRECISIONS);
/// The arm with the glossary's recipe runs.
pub const RECIPE: Param = Param::flag("recipe", "0");
/// The arm that trains the base's last block runs.
pub const TUNED: Param = Param::flag("tuned", "0");
/// The arm on raw pixels runs.
pub const PIXELS: Param = Param::flag("pixels", "1");
/// The small network from scratch runs.
pub const SCRATCH: Param = Param::flag("scratch", "1");
/// The control with a random base runs.
pub const RANDOM: Param = Param::flag("random", "0");
/// The arm whose answers are shown.
pub const SHOWN: Param = Param::choice("m", "frozen", &ARMS);
/// The arm that is shown as code.
pub const CODE: Param = Param::choice("code", "recipe", &ARMS);
/// It trains as soon as it is seen; not after a reset.
pub const TRAIN: Param = Param::flag("go", "1");
/// The fine-tuned arm trains block 11.
pub const BLOCK_11: Param = Param::flag("t11", "0");
/// It trains block 12.
pub const BLOCK_12: Param = Param::flag("t12", "0");
/// It trains block 13.
pub const BLOCK_13: Param = Param::flag("t13", "0");
/// It trains block 14.
pub const BLOCK_14: Param = Param::flag("t14", "1");
/// The blocks that may be trained, with their switches.
pub const BLOCKS: [(u32, &Param); 4] = [(11, &BLOCK_11), (12, &BLOCK_12), (13, &BLOCK_13), (14, &BLOCK_14)];

/// All of them.
pub const PARAMS: &[Param] = &[
    DATA,
    LABELS,
    CUT,
    WEIGHTS,
    RECIPE,
    TUNED,
    PIXELS,
    SCRATCH,
    RANDOM,
    SHOWN,
    CODE,
    BLOCK_11,
    BLOCK_12,
    BLOCK_13,
    BLOCK_14,
    lab::params::SEED,
    TRAIN,
];

/// The task of the visitor's own pictures.
pub const OWN: &str = "own";
/// Tasks by id: files of `public/data`, and the visitor's own.
pub const DATA_SETS: [&str; 5] = ["clip-art", "emoji", "fashion-mnist", "mnist", OWN];
/// Labels of a class on offer.
pub const LABEL_COUNTS: [&str; 3] = ["5", "10", "25"];
/// Cuts of the base.
pub const CUTS: [&str; 2] = ["b14", "d10"];
/// Precisions of the base's weights.
pub const PRECISIONS: [&str; 5] = ["fp32", "fp16", "e4m3", "int8", "int4"];
/// The arms, in the order of the charts.
pub const ARMS: [&str; 6] = ["frozen", "recipe", "tuned", "pixels", "scratch", "random"];
