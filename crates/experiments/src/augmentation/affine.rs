//! All that moves pixels, as one map of the plane and one resampling.
//!
//! Rotation, zoom, shift, flips and shear are composed first, so a picture is interpolated once however many are done. Bilinear
//! interpolation between the centres of pixels; outside the picture lies its background ([`background`]). Left out: a filter for shrinking,
//! which down to half the size skips no pixel's neighbourhood.

use engine::math;

use super::{Drawn, Shape};

/// `(x, y) ↦ (a·x + b·y + c, d·x + e·y + f)`: from places of the result to places of the source, in pixels from the middle, right and down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine(pub [[f32; 3]; 2]);

impl Affine {
    /// Everything stays.
    pub const IDENTITY: Affine = Affine([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);

    /// First `self`, then `next`.
    #[must_use]
    pub fn then(self, next: Affine) -> Affine {
        let ([[a, b, c], [d, e, f]], [[p, q, r], [s, t, u]]) = (self.0, next.0);
        Affine([
            [p * a + q * d, p * b + q * e, p * c + q * f + r],
            [s * a + t * d, s * b + t * e, s * c + t * f + u],
        ])
    }

    /// Where a place goes.
    pub fn at(&self, x: f32, y: f32) -> [f32; 2] {
        self.0.map(|[a, b, c]| a * x + b * y + c)
    }

    /// Undoes what was drawn, in the opposite order: on the picture come flips, zoom, shear, rotation, shift.
    pub fn of(drawn: &Drawn, side: usize) -> Affine {
        let side = side as f32;
        let [right, down] = drawn.shift.map(|share| share * side);
        let (sin, cos) = sin_cos(drawn.angle);
        let (shear_sin, shear_cos) = sin_cos(drawn.shear);
        let shift = Affine([[1.0, 0.0, -right], [0.0, 1.0, -down]]);
        let turn = Affine([[cos, sin, 0.0], [-sin, cos, 0.0]]);
        let slide = Affine([[1.0, -shear_sin / shear_cos, 0.0], [0.0, 1.0, 0.0]]);
        let [across, along] = drawn.flip.map(|flip| if flip { -1.0 / drawn.zoom } else { 1.0 / drawn.zoom });
        shift.then(turn).then(slide).then(Affine([[across, 0.0, 0.0], [0.0, along, 0.0]]))
    }
}

/// Of degrees.
fn sin_cos(degrees: f32) -> (f32, f32) {
    let radians = degrees * (std::f32::consts::PI / 180.0);
    (math::sin(radians), math::cos(radians))
}

/// The mean of the four corners, channel by channel.
pub(super) fn background(picture: &[f32], shape: Shape, channel: usize) -> f32 {
    let Shape { side, channels } = shape;
    let at = |row: usize, column: usize| picture[(row * side + column) * channels + channel];
    let last = side - 1;
    (at(0, 0) + at(0, last) + at(last, 0) + at(last, last)) * 0.25
}

/// `source` seen through `map`, of the same shape.
pub fn resample(source: &[f32], shape: Shape, map: &Affine, out: &mut [f32]) {
    let Shape { side, channels } = shape;
    let middle = (side as f32 - 1.0) * 0.5;
    let mut ground = [0.0_f32; 4];
    for (channel, ground) in ground.iter_mut().enumerate().take(channels) {
        *ground = background(source, shape, channel);
    }
    let inside = |at: i32| usize::try_from(at).ok().filter(|&at| at < side);
    for (row, line) in out.chunks_exact_mut(side * channels).enumerate() {
        for (column, pixel) in line.chunks_exact_mut(channels).enumerate() {
            let [x, y] = map.at(column as f32 - middle, row as f32 - middle);
            // Far outside is as good as just outside, and keeps the places whole numbers.
            let bound = |at: f32| (at + middle).clamp(-2.0, side as f32 + 1.0);
            let (x, y) = (bound(x), bound(y));
            let (left, top) = (x.floor(), y.floor());
            let (across, down) = (x - left, y - top);
            let columns = [inside(left as i32), inside(left as i32 + 1)];
            let rows = [inside(top as i32), inside(top as i32 + 1)];
            for (channel, level) in pixel.iter_mut().enumerate() {
                let at = |row: Option<usize>, column: Option<usize>| match (row, column) {
                    (Some(row), Some(column)) => source[(row * side + column) * channels + channel],
                    _ => ground[channel],
                };
                let along = |row| at(row, columns[0]) * (1.0 - across) + at(row, columns[1]) * across;
                *level = along(rows[0]) * (1.0 - down) + along(rows[1]) * down;
            }
        }
    }
}
