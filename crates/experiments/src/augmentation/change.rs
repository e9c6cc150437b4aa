//! A picture changed. Levels stay in `[0, 1]`.

use super::Drawn;
use super::affine::{Affine, background, resample};

/// A square picture, row by row, channels interleaved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Pixels along a side, at least 1.
    pub side: usize,
    /// 1 to 4.
    pub channels: usize,
}

impl Shape {
    /// Levels of a picture.
    pub fn len(self) -> usize {
        self.side * self.side * self.channels
    }

    /// Whether there is no pixel.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// `source` with everything done that was drawn but the mixing; `out` has its length.
pub fn change(source: &[f32], shape: Shape, drawn: &Drawn, out: &mut [f32]) {
    let map = Affine::of(drawn, shape.side);
    if map == Affine::IDENTITY {
        out.copy_from_slice(source);
    } else {
        resample(source, shape, &map, out);
    }
    if drawn.brightness != 0.0 {
        each(out, |level| level + drawn.brightness);
    }
    if drawn.contrast != 1.0 {
        let mean = out.iter().sum::<f32>() / out.len().max(1) as f32;
        each(out, |level| mean + (level - mean) * drawn.contrast);
    }
    if drawn.noise > 0.0 {
        add_noise(out, drawn);
    }
    cut(source, shape, drawn, out);
}

fn each(out: &mut [f32], f: impl Fn(f32) -> f32) {
    for level in out {
        *level = f(*level).clamp(0.0, 1.0);
    }
}

/// In portions, so that nothing is allocated.
fn add_noise(out: &mut [f32], drawn: &Drawn) {
    let mut normals = [0.0_f32; 1024];
    for (portion, levels) in (0..).zip(out.chunks_mut(normals.len())) {
        drawn.normals(portion, &mut normals[..levels.len()]);
        for (level, normal) in levels.iter_mut().zip(&normals) {
            *level = (*level + drawn.noise * normal).clamp(0.0, 1.0);
        }
    }
}

fn cut(source: &[f32], shape: Shape, drawn: &Drawn, out: &mut [f32]) {
    let [x, y, share] = drawn.cutout;
    let side = shape.side as f32;
    let cut = (share * side + 0.5).floor();
    if cut < 1.0 {
        return;
    }
    // The centre is any pixel; what lies outside is left out.
    let span = |centre: f32| {
        let first = (centre * side).floor() - (cut * 0.5).floor();
        first.max(0.0) as usize..((first + cut).max(0.0) as usize).min(shape.side)
    };
    for row in span(y) {
        for column in span(x) {
            for channel in 0..shape.channels {
                out[(row * shape.side + column) * shape.channels + channel] =
                    background(source, shape, channel);
            }
        }
    }
}

/// A share of `other` in place of as much of `out`: pictures and targets alike.
pub fn mix(out: &mut [f32], other: &[f32], share: f32) {
    for (level, other) in out.iter_mut().zip(other) {
        *level = *level * (1.0 - share) + other * share;
    }
}
