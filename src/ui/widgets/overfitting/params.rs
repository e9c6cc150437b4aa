//! The state of the overfitting widget, as it stands in the address. An empty number is what the task suggests ([`super::model::suggested`]).

use crate::ui::lab;
use crate::ui::url_state::Param;

/// The task.
pub const DATA: Param = Param::choice("d", "curve", &DATA_SETS);
/// What is fitted to the curve; points in the plane have the network only.
pub const MODEL: Param = Param::choice("m", "poly", &MODELS);
/// What is fitted to pictures.
pub const NET: Param = Param::choice("net", "mlp", &NETS);
/// Degree of the polynomial.
pub const DEGREE: Param = Param::int("k", "12", 1, 40);
/// Units of a hidden layer.
pub const WIDTH: Param = Param::int("w", "64", 1, 512);
/// Channels of the first convolution.
pub const CHANNELS: Param = Param::whole("c", "", [1.0, 16.0]);
/// Training rows.
pub const SAMPLES: Param = Param::whole("n", "", [4.0, 600.0]);
/// Noise on values or points.
pub const NOISE: Param = Param::number("s", "", [0.0, 2.0]);
/// Percent of wrong training labels.
pub const LABEL_NOISE: Param = Param::number("ln", "", [0.0, 90.0]);
/// Penalty on weights.
pub const L2: Param = Param::number("l2", "0", [0.0, 10.0]);
/// Percent of dropped hidden units.
pub const DROPOUT: Param = Param::int("do", "0", 0, 90);
/// Steps of patience; 0 for no early stopping.
pub const PATIENCE: Param = Param::int("es", "0", 0, 100_000);
/// Pixels by which pictures are shifted.
pub const SHIFT: Param = Param::int("sh", "0", 0, 4);
/// Learning rate.
pub const RATE: Param = Param::number("lr", "", [1e-6, 1.0]);
/// What is rounded: a preset, a number format, a block format or a custom descriptor.
pub const PRECISION: Param = Param::text("p", "fp32", 60);
/// The second run of a race: what it has otherwise.
pub const RIVAL: Param = Param::text("vs", "", 300);
/// The step at which it rests; empty for what the task suggests, 0 for never.
pub const UNTIL: Param = Param::whole("to", "", [0.0, 1e7]);
/// How many seeds the curves are of; empty for what the task suggests, 1 for no band.
pub const SEEDS: Param = Param::whole("ns", "", [1.0, super::seeds::MOST as f32]);
/// The best weights are shown instead of the present ones.
pub const BEST: Param = Param::flag("b", "0");
/// Validation rows are shown.
pub const VALIDATION: Param = Param::flag("v", "0");
/// Double descent is run when it is seen.
pub const DESCENT: Param = Param::flag("dd", "0");
/// Its ridge.
pub const RIDGE: Param = Param::choice("dr", "0", &["0", "0.1", "1"]);

/// Tasks by id.
pub const DATA_SETS: [&str; 6] = ["curve", "moons", "circles", "spiral", "digits", "fashion-mnist"];
/// Models by id.
pub const MODELS: [&str; 2] = ["poly", "mlp"];
/// Networks for pictures by id.
pub const NETS: [&str; 2] = ["mlp", "cnn"];

/// What a run depends on, seed and device aside: what recipes set and a rival may have otherwise.
pub const CONFIGURATION: &[&Param] = &[
    &DATA,
    &MODEL,
    &NET,
    &DEGREE,
    &WIDTH,
    &CHANNELS,
    &SAMPLES,
    &NOISE,
    &LABEL_NOISE,
    &L2,
    &DROPOUT,
    &PATIENCE,
    &SHIFT,
    &RATE,
    &PRECISION,
];

/// What a rival may have otherwise: never the data's nature, or the two could not be shown on one stage.
pub const RIVALRY: &[&Param] = &[
    &MODEL,
    &NET,
    &DEGREE,
    &WIDTH,
    &CHANNELS,
    &SAMPLES,
    &LABEL_NOISE,
    &L2,
    &DROPOUT,
    &PATIENCE,
    &SHIFT,
    &RATE,
    &PRECISION,
];

/// The whole table.
pub const PARAMS: &[Param] = &[
    DATA,
    MODEL,
    NET,
    DEGREE,
    WIDTH,
    CHANNELS,
    SAMPLES,
    NOISE,
    LABEL_NOISE,
    L2,
    DROPOUT,
    PATIENCE,
    SHIFT,
    RATE,
    PRECISION,
    RIVAL,
    UNTIL,
    SEEDS,
    BEST,
    VALIDATION,
    DESCENT,
    RIDGE,
    lab::params::SEED,
    lab::params::DEVICE,
    lab::params::SPEED,
    lab::params::FAST,
];
