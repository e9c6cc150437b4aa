//! The state of the augmentation widget, as it stands in the address. A transform is on when its range and its probability are above 0.

use protocol::augmentation::TRANSFORMS;

use crate::ui::lab;
use crate::ui::url_state::Param;

/// The task.
pub const DATA: Param = Param::choice("d", "mnist", &DATA_SETS);
/// Labelled pictures of a class.
pub const LABELS: Param = Param::choice("n", "10", &LABEL_COUNTS);
/// Steps of a run.
pub const STEPS: Param = Param::choice("k", "300", &STEP_COUNTS);
/// Runs, with as many seeds.
pub const RUNS: Param = Param::int("runs", "3", 1, 10);
/// What is rounded: a preset, a number format, a block format or a custom descriptor.
pub const PRECISION: Param = Param::text("p", "fp32", 60);
/// Which of the labelled pictures is shown.
pub const PICTURE: Param = Param::int("pic", "6", 0, 999);
/// Answers are averaged over variants of a test picture.
pub const AVERAGE: Param = Param::flag("tta", "0");
/// Over so many.
pub const VARIANTS: Param = Param::choice("v", "8", &VARIANT_COUNTS);
/// Whose confusion matrix is shown.
pub const SHOWN: Param = Param::choice("m", "augmented", &ARMS);
/// Which library's code is shown.
pub const CODE: Param = Param::choice("code", "keras", &LIBRARIES);

/// Tasks by id: files of `public/data`.
pub const DATA_SETS: [&str; 4] = ["mnist", "fashion-mnist", "clip-art", "emoji"];
/// Labels of a class on offer.
pub const LABEL_COUNTS: [&str; 4] = ["5", "10", "25", "100"];
/// Steps on offer.
pub const STEP_COUNTS: [&str; 3] = ["100", "300", "600"];
/// Variants on offer.
pub const VARIANT_COUNTS: [&str; 4] = ["4", "8", "16", "32"];
/// The two networks.
pub const ARMS: [&str; 2] = ["plain", "augmented"];
/// Libraries by id.
pub const LIBRARIES: [&str; 3] = ["keras", "torchvision", "numpy"];

/// A transform's rows and what switching it on sets.
#[derive(Debug, Clone, Copy)]
pub struct Control {
    /// Id, as in the protocol.
    pub id: &'static str,
    /// Its range; flips have none.
    pub range: Option<&'static Param>,
    /// Its probability in percent.
    pub probability: &'static Param,
    /// Range and probability that switching on sets.
    pub usual: [&'static str; 2],
}

const fn range(key: &'static str, default: &'static str, at: usize) -> Param {
    Param::int(key, default, 0, TRANSFORMS[at].1 as i64)
}

const fn percent(key: &'static str, default: &'static str) -> Param {
    Param::int(key, default, 0, 100)
}

macro_rules! controls {
    ($($at:literal $range:ident $probability:ident $key:literal $other:literal $default:literal $share:literal $usual:expr;)*) => {
        $(
            static $range: Param = range($key, $default, $at);
            static $probability: Param = percent($other, $share);
        )*
        static FLIP_H: Param = percent("fh", "0");
        static FLIP_V: Param = percent("fv", "0");

        /// In the order of the protocol's transforms, the flips fourth and fifth.
        pub static CONTROLS: [Control; TRANSFORMS.len()] = {
            let rest = [$(Control { id: TRANSFORMS[$at].0, range: Some(&$range), probability: &$probability, usual: $usual },)*];
            [
                rest[0], rest[1], rest[2],
                Control { id: TRANSFORMS[3].0, range: None, probability: &FLIP_H, usual: ["1", "50"] },
                Control { id: TRANSFORMS[4].0, range: None, probability: &FLIP_V, usual: ["1", "50"] },
                rest[3], rest[4], rest[5], rest[6], rest[7], rest[8],
            ]
        };

        /// All of them.
        pub const PARAMS: &[Param] = &[
            DATA, LABELS, STEPS, RUNS, PRECISION,
            $(range($key, $default, $at), percent($other, $share),)*
            percent("fh", "0"), percent("fv", "0"),
            PICTURE, AVERAGE, VARIANTS, SHOWN, CODE, lab::params::SEED, lab::params::DEVICE,
        ];
    };
}

controls! {
    0 ROTATE ROTATE_P "rot" "rotp" "10" "100" ["10", "100"];
    1 ZOOM ZOOM_P "zoom" "zoomp" "10" "100" ["10", "100"];
    2 SHIFT SHIFT_P "sh" "shp" "8" "100" ["8", "100"];
    5 SHEAR SHEAR_P "shear" "shearp" "0" "100" ["15", "100"];
    6 BRIGHTNESS BRIGHTNESS_P "br" "brp" "0" "100" ["20", "100"];
    7 CONTRAST CONTRAST_P "co" "cop" "0" "100" ["40", "100"];
    8 NOISE NOISE_P "no" "nop" "0" "100" ["10", "100"];
    9 CUTOUT CUTOUT_P "cut" "cutp" "0" "50" ["30", "50"];
    10 MIXUP MIXUP_P "mix" "mixp" "0" "100" ["20", "100"];
}
