//! Pooling of images (n,h,w,c): channel by channel within each window, windows in order.

use crate::graph::PoolSpec;

/// Channels compared side by side.
const CHANNELS: usize = 16;

/// A window: the place of its result's first channel, that of its first pixel's, and how many rows and columns lie inside the image.
#[derive(Clone, Copy)]
struct Window {
    result: usize,
    first: usize,
    rows: usize,
    columns: usize,
}

impl Window {
    /// Places of the covered pixels' first channels.
    fn pixels(self, spec: &PoolSpec) -> impl Iterator<Item = usize> {
        let (row, c) = (spec.w * spec.c, spec.c);
        (0..self.rows).flat_map(move |y| (0..self.columns).map(move |x| self.first + y * row + x * c))
    }

    fn len(self) -> usize {
        self.rows * self.columns
    }
}

/// Calls `f` with every window, in the order of the results.
fn windows(spec: &PoolSpec, mut f: impl FnMut(Window)) {
    for n in 0..spec.n {
        for oy in 0..spec.oh {
            for ox in 0..spec.ow {
                let (rows, columns) = (spec.rows(oy), spec.columns(ox));
                f(Window {
                    result: ((n * spec.oh + oy) * spec.ow + ox) * spec.c,
                    first: ((n * spec.h + rows.start) * spec.w + columns.start) * spec.c,
                    rows: rows.len(),
                    columns: columns.len(),
                });
            }
        }
    }
}

/// The place of the greatest `select` in a window, for each channel; the first of equals.
fn places(spec: &PoolSpec, select: &[f32], mut f: impl FnMut(usize, usize)) {
    windows(spec, |window| {
        for first in (0..spec.c).step_by(CHANNELS) {
            let count = CHANNELS.min(spec.c - first);
            let at = window.first + first;
            let mut greatest = [f32::NEG_INFINITY; CHANNELS];
            let mut best = [at as u32; CHANNELS];
            greatest[..count].copy_from_slice(&select[at..at + count]);
            for pixel in window.pixels(spec) {
                let pixel = pixel + first;
                for ((greatest, best), &value) in
                    greatest.iter_mut().zip(&mut best).zip(&select[pixel..pixel + count])
                {
                    let more = value > *greatest;
                    *best = if more { pixel as u32 } else { *best };
                    *greatest = if more { value } else { *greatest };
                }
            }
            for (c, &pixel) in best.iter().enumerate().take(count) {
                f(window.result + first + c, pixel as usize + c);
            }
        }
    });
}

/// `values` where `select` is greatest.
pub(super) fn max_pick(spec: &PoolSpec, select: &[f32], values: &[f32], out: &mut [f32]) {
    places(spec, select, |to, from| out[to] = values[from]);
}

/// Gradients to where `select` is greatest.
pub(super) fn max_route(spec: &PoolSpec, select: &[f32], gradient: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    places(spec, select, |from, to| out[to] += gradient[from]);
}

/// Means.
pub(super) fn average(spec: &PoolSpec, x: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    windows(spec, |window| {
        let means = &mut out[window.result..window.result + spec.c];
        for pixel in window.pixels(spec) {
            means.iter_mut().zip(&x[pixel..]).for_each(|(sum, x)| *sum += x);
        }
        means.iter_mut().for_each(|sum| *sum /= window.len() as f32);
    });
}

/// The adjoint of [`average`].
pub(super) fn spread(spec: &PoolSpec, gradient: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    windows(spec, |window| {
        for pixel in window.pixels(spec) {
            let sums = &mut out[pixel..pixel + spec.c];
            sums.iter_mut()
                .zip(&gradient[window.result..])
                .for_each(|(sum, g)| *sum += g / window.len() as f32);
        }
    });
}
