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
/// It trains, or has trained: a link with it does so at once.
pub const TRAIN: Param = Param::flag("go", "0");

/// All of them.
pub const PARAMS: &[Param] =
    &[DATA, LABELS, CUT, WEIGHTS, RECIPE, TUNED, PIXELS, SCRATCH, RANDOM, SHOWN, lab::params::SEED, TRAIN];

/// Tasks by id: files of `public/data`.
pub const DATA_SETS: [&str; 4] = ["clip-art", "emoji", "fashion-mnist", "mnist"];
/// Labels of a class on offer.
pub const LABEL_COUNTS: [&str; 3] = ["5", "10", "25"];
/// Cuts of the base.
pub const CUTS: [&str; 2] = ["b14", "d10"];
/// Precisions of the base's weights.
pub const PRECISIONS: [&str; 5] = ["fp32", "fp16", "e4m3", "int8", "int4"];
/// The arms, in the order of the charts.
pub const ARMS: [&str; 6] = ["frozen", "recipe", "tuned", "pixels", "scratch", "random"];
