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

/// The place of the greatest `select` in a window, for one channel; the first of equals.
fn places(spec: &PoolSpec, select: &[f32], mut f: impl FnMut(usize, usize)) {
    for n in 0..spec.n {
        for oy in 0..spec.oh {
            for ox in 0..spec.ow {
                let out = ((n * spec.oh + oy) * spec.ow + ox) * spec.c;
                let (rows, columns) = (spec.rows(oy), spec.columns(ox));
                let start = ((n * spec.h + rows.start) * spec.w + columns.start) * spec.c;
                for c in 0..spec.c {
                    let (mut best, mut greatest) = (start + c, select[start + c]);
                    for y in rows.clone() {
                        for x in columns.clone() {
                            let at = ((n * spec.h + y) * spec.w + x) * spec.c + c;
                            if select[at] > greatest {
                                (best, greatest) = (at, select[at]);
                            }
                        }
                    }
                    f(out + c, best);
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
