//! What is done to one picture: a function of recipe, seed, purpose, step and place in the batch.

use engine::graph::RandomKind;
use engine::math;
use engine::random::{Stream, below};

use super::{Recipe, Transform};

/// What a changed picture is for: the numbers of each are independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A batch: place in the batch, at a step.
    Training,
    /// A variant of a test picture whose answers are averaged: picture, at the variant's number.
    Test,
}

/// Streams that nothing else of a run uses; the noise of a purpose is the next one.
const STREAMS: [u32; 2] = [0x0A06_0001, 0x0A06_0003];
/// Places of a batch that have numbers of their own.
const PLACES: u64 = 1 << 12;
/// Words of a transform.
const WORDS: usize = 4;
/// Draws of the beta distribution before the last one is taken as it is: one in ten thousand comes so far at its widest.
const ATTEMPTS: usize = 30;
/// Where the words of those draws begin.
const BETA: usize = WORDS * Transform::ALL.len();

/// What is done to a picture. A transform that is not done stands at its neutral value.
#[derive(Debug, Clone, Copy)]
pub struct Drawn {
    /// Degrees, clockwise on the screen.
    pub angle: f32,
    /// Factor.
    pub zoom: f32,
    /// Shares of the side, right and down.
    pub shift: [f32; 2],
    /// Left and right, top and bottom.
    pub flip: [bool; 2],
    /// Degrees.
    pub shear: f32,
    /// Added.
    pub brightness: f32,
    /// Factor.
    pub contrast: f32,
    /// Standard deviation.
    pub noise: f32,
    /// Centre of the square as shares of the side, and its side; 0 for none.
    pub cutout: [f32; 3],
    /// Share of the other picture.
    pub mixed: f32,
    /// Seed, stream and step from which the noise is drawn.
    pub noise_at: (u64, u32, u64),
}

impl Default for Drawn {
    fn default() -> Drawn {
        Drawn::NOTHING
    }
}

/// A number in `[-range, range)`.
fn around(range: f32, uniform: f32) -> f32 {
    range * (2.0 * uniform - 1.0)
}

impl Drawn {
    /// Nothing is done.
    pub const NOTHING: Drawn = Drawn {
        angle: 0.0,
        zoom: 1.0,
        shift: [0.0; 2],
        flip: [false; 2],
        shear: 0.0,
        brightness: 0.0,
        contrast: 1.0,
        noise: 0.0,
        cutout: [0.0; 3],
        mixed: 0.0,
        noise_at: (0, 0, 0),
    };

    /// For a place (below 4096) at a step. A setting changes its own transform and no other.
    pub fn new(recipe: &Recipe, seed: u64, purpose: Purpose, step: u64, place: usize) -> Drawn {
        let key = step * PLACES + place as u64 % PLACES;
        let stream = Stream::new(seed, STREAMS[purpose as usize], key);
        let uniform = |transform: Transform, at: usize| {
            engine::random::uniform::<f32>(stream.word(transform as usize * WORDS + at))
        };
        let range = |transform: Transform| {
            let setting = recipe.get(transform);
            let is_done = setting.range > 0.0 && uniform(transform, 0) < setting.probability;
            is_done.then_some(setting.range)
        };
        let spread = |transform: Transform, at: usize| {
            range(transform).map_or(0.0, |range| around(range, uniform(transform, at)))
        };
        Drawn {
            angle: spread(Transform::Rotate, 1),
            zoom: 1.0 + spread(Transform::Zoom, 1),
            shift: [spread(Transform::Shift, 1), spread(Transform::Shift, 2)],
            flip: [Transform::FlipHorizontal, Transform::FlipVertical].map(|flip| range(flip).is_some()),
            shear: spread(Transform::Shear, 1),
            brightness: spread(Transform::Brightness, 1),
            contrast: 1.0 + spread(Transform::Contrast, 1),
            noise: range(Transform::Noise).map_or(0.0, |range| range * uniform(Transform::Noise, 1)),
            cutout: range(Transform::Cutout).map_or([0.0; 3], |side| {
                [uniform(Transform::Cutout, 1), uniform(Transform::Cutout, 2), side]
            }),
            mixed: range(Transform::Mixup).map_or(0.0, |alpha| beta(stream, alpha)),
            noise_at: (seed, STREAMS[purpose as usize] + 1, key),
        }
    }

    /// Standard normals for a portion of the noise, below 256: keys have 56 bits.
    pub(super) fn normals(&self, portion: u64, out: &mut [f32]) {
        let (seed, stream, key) = self.noise_at;
        Stream::new(seed, stream, key | portion << 56).fill(RandomKind::Normal, out);
    }

    /// In the order of [`Transform::ALL`], two numbers for shift, three for cutout; flips as 0 and 1, a mixed share of 0 for none.
    pub fn figures(&self) -> [f32; 14] {
        let [right, down] = self.shift;
        let [x, y, side] = self.cutout;
        let flips = self.flip.map(|flip| f32::from(u8::from(flip)));
        [
            self.angle,
            self.zoom,
            right,
            down,
            flips[0],
            flips[1],
            self.shear,
            self.brightness,
            self.contrast,
            self.noise,
            x,
            y,
            side,
            self.mixed,
        ]
    }
}

/// A draw from the beta distribution with both parameters `alpha`, by Jöhnk's method: of two powers of uniform numbers whose sum is
/// at most 1, the share of the first. In logarithms, so that none of them underflows.
fn beta(stream: Stream, alpha: f32) -> f32 {
    let mut logs = [0.0_f32; 2];
    for attempt in 0..ATTEMPTS {
        logs = [0, 1].map(|which| {
            // In (0, 1].
            let word = stream.word(BETA + 2 * attempt + which);
            math::ln(1.0 - engine::random::uniform::<f32>(word)) / alpha
        });
        if math::exp(logs[0]) + math::exp(logs[1]) <= 1.0 {
            break;
        }
    }
    1.0 / (1.0 + math::exp((logs[1] - logs[0]).clamp(-80.0, 80.0)))
}

/// The stream that names the rows of a batch.
const ROWS: u32 = 0x0A06_0005;

/// Which of `count` rows (at least 1) stands at each place of a step's batch: with replacement.
pub(super) fn row(seed: u64, step: u64, place: usize, count: usize) -> usize {
    below(Stream::new(seed, ROWS, step).word(place), count as u32) as usize
}
