//! Pooling of images (n,h,w,c): channel by channel within each window, windows in order.

use crate::graph::PoolSpec;

/// Calls `f` with the place of each result's first channel and the places of the covered pixels' first channels.
fn windows(spec: &PoolSpec, mut f: impl FnMut(usize, &mut dyn Iterator<Item = usize>)) {
    for n in 0..spec.n {
        for oy in 0..spec.oh {
            for ox in 0..spec.ow {
                let out = ((n * spec.oh + oy) * spec.ow + ox) * spec.c;
                let mut pixels = spec
                    .rows(oy)
                    .flat_map(|y| spec.columns(ox).map(move |x| ((n * spec.h + y) * spec.w + x) * spec.c));
                f(out, &mut pixels);
            }
        }
    }
}

/// Channels compared side by side.
const CHANNELS: usize = 16;

/// The place of the greatest `select` in a window, for each channel; the first of equals.
fn places(spec: &PoolSpec, select: &[f32], mut f: impl FnMut(usize, usize)) {
    let row = spec.w * spec.c;
    for n in 0..spec.n {
        for oy in 0..spec.oh {
            for ox in 0..spec.ow {
                let out = ((n * spec.oh + oy) * spec.ow + ox) * spec.c;
                let (rows, columns) = (spec.rows(oy), spec.columns(ox));
                let start = ((n * spec.h + rows.start) * spec.w + columns.start) * spec.c;
                for first in (0..spec.c).step_by(CHANNELS) {
                    let count = CHANNELS.min(spec.c - first);
                    let at = start + first;
                    let mut greatest = [f32::NEG_INFINITY; CHANNELS];
                    let mut best = [at as u32; CHANNELS];
                    greatest[..count].copy_from_slice(&select[at..at + count]);
                    for y in 0..rows.len() {
                        for x in 0..columns.len() {
                            let pixel = at + y * row + x * spec.c;
                            for ((greatest, best), &value) in
                                greatest.iter_mut().zip(&mut best).zip(&select[pixel..pixel + count])
                            {
                                let more = value > *greatest;
                                *best = if more { pixel as u32 } else { *best };
                                *greatest = if more { value } else { *greatest };
                            }
                        }
                    }
                    for (c, &pixel) in best.iter().enumerate().take(count) {
                        f(out + first + c, pixel as usize + c);
                    }
                }
            }
        }
    }
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
    windows(spec, |to, pixels| {
        let mut count = 0;
        out[to..to + spec.c].fill(0.0);
        for pixel in pixels {
            count += 1;
            out[to..to + spec.c].iter_mut().zip(&x[pixel..]).for_each(|(sum, x)| *sum += x);
        }
        out[to..to + spec.c].iter_mut().for_each(|sum| *sum /= count as f32);
    });
}

/// The adjoint of [`average`].
pub(super) fn spread(spec: &PoolSpec, gradient: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    let mut covered = Vec::new();
    windows(spec, |from, pixels| {
        covered.clear();
        covered.extend(pixels);
        for &pixel in &covered {
            let sums = &mut out[pixel..pixel + spec.c];
            sums.iter_mut().zip(&gradient[from..]).for_each(|(sum, g)| *sum += g / covered.len() as f32);
        }
    });
}
