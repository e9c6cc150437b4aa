//! Which changes, how far, how often.

/// A change of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transform {
    /// By an angle in `[-range, range]` degrees about the middle.
    Rotate,
    /// Larger or smaller by a factor in `[1 - range, 1 + range]`.
    Zoom,
    /// Along both axes, each by a share of the side in `[-range, range]`.
    Shift,
    /// Left and right change places. No range.
    FlipHorizontal,
    /// Top and bottom change places. No range.
    FlipVertical,
    /// Rows slide by the tangent of an angle in `[-range, range]` degrees.
    Shear,
    /// Something in `[-range, range]` is added to every level.
    Brightness,
    /// Distances from the picture's mean level times a factor in `[1 - range, 1 + range]`.
    Contrast,
    /// Normal noise on every level, its standard deviation in `[0, range]`.
    Noise,
    /// A square whose side is `range` of the picture's, centred on any pixel, becomes background (`DeVries` and Taylor 2017).
    Cutout,
    /// A share of another changed picture of the batch, and of its label: beta distribution with both parameters `range` (Zhang et al. 2018).
    Mixup,
}

impl Transform {
    /// All, in the order in which they are done.
    pub const ALL: [Transform; 11] = [
        Transform::Rotate,
        Transform::Zoom,
        Transform::Shift,
        Transform::FlipHorizontal,
        Transform::FlipVertical,
        Transform::Shear,
        Transform::Brightness,
        Transform::Contrast,
        Transform::Noise,
        Transform::Cutout,
        Transform::Mixup,
    ];

    /// A short name for addresses and tables.
    pub fn id(self) -> &'static str {
        match self {
            Transform::Rotate => "rotate",
            Transform::Zoom => "zoom",
            Transform::Shift => "shift",
            Transform::FlipHorizontal => "flip-h",
            Transform::FlipVertical => "flip-v",
            Transform::Shear => "shear",
            Transform::Brightness => "brightness",
            Transform::Contrast => "contrast",
            Transform::Noise => "noise",
            Transform::Cutout => "cutout",
            Transform::Mixup => "mixup",
        }
    }

    /// The greatest range: degrees, shares of a side, levels, or the beta distribution's parameter.
    pub fn most(self) -> f32 {
        match self {
            Transform::Rotate => 180.0,
            Transform::Zoom | Transform::Shift | Transform::Noise => 0.5,
            Transform::FlipHorizontal | Transform::FlipVertical | Transform::Mixup => 1.0,
            Transform::Shear => 45.0,
            Transform::Brightness | Transform::Contrast => 0.9,
            Transform::Cutout => 0.75,
        }
    }
}

/// How far and how often.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Setting {
    /// In the transform's own unit; nothing is done at 0.
    pub range: f32,
    /// Share of the pictures to which it is done.
    pub probability: f32,
}

/// A setting for every transform.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Recipe {
    settings: [Setting; Transform::ALL.len()],
}

impl Recipe {
    /// Nothing is done.
    pub const NONE: Recipe = Recipe { settings: [Setting { range: 0.0, probability: 0.0 }; 11] };

    /// With one more setting.
    #[must_use]
    pub const fn with(mut self, transform: Transform, range: f32, probability: f32) -> Recipe {
        self.settings[transform as usize] = Setting { range, probability };
        self
    }

    /// A transform's setting.
    pub fn get(&self, transform: Transform) -> Setting {
        self.settings[transform as usize]
    }

    /// Whether anything is ever done.
    pub fn is_none(&self) -> bool {
        self.settings.iter().all(|setting| setting.range == 0.0 || setting.probability == 0.0)
    }

    /// The first transform whose setting is no number or outside its limits.
    pub fn fault(&self) -> Option<Transform> {
        Transform::ALL.into_iter().find(|&transform| {
            let Setting { range, probability } = self.get(transform);
            !(0.0..=transform.most()).contains(&range) || !(0.0..=1.0).contains(&probability)
        })
    }
}

/// Recipes with a name.
pub mod presets {
    use super::{Recipe, Transform};

    /// Small changes that keep every label here true.
    pub const MILD: Recipe = Recipe::NONE
        .with(Transform::Rotate, 10.0, 1.0)
        .with(Transform::Zoom, 0.1, 1.0)
        .with(Transform::Shift, 0.08, 1.0);

    /// Larger ones.
    pub const STRONG: Recipe = Recipe::NONE
        .with(Transform::Rotate, 15.0, 1.0)
        .with(Transform::Zoom, 0.2, 1.0)
        .with(Transform::Shift, 0.1, 1.0)
        .with(Transform::Shear, 15.0, 1.0)
        .with(Transform::Cutout, 0.3, 0.5);

    /// Turned by any angle: a 6 becomes a 9.
    pub const TURNED: Recipe = Recipe::NONE.with(Transform::Rotate, 180.0, 1.0);

    /// Both flips, each half of the time: together they turn by 180°.
    pub const FLIPPED: Recipe =
        Recipe::NONE.with(Transform::FlipHorizontal, 1.0, 0.5).with(Transform::FlipVertical, 1.0, 0.5);
}
