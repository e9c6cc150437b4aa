//! Depthwise convolutions: every channel with its own window, side by side over channels.
//!
//! Sums start at 0 and run over (ky,kx), for gradients over the results in order; products outside the image are left out, not added as
//! zeros. The wide path keeps the sums of up to four pixels by eight channels in registers over the whole window, in the same order, so
//! its bits are the plain loops'.

use super::tail::Finish;
use crate::graph::ConvSpec;
use crate::simd::{F32x4, Real};

/// Pixels of a tile, where the window of each lies inside the image's width.
const PIXELS: usize = 4;

/// Calls `f` with the places of a result's, a pixel's and a weight's first channel, for every product, results in order.
fn products(s: &ConvSpec, mut f: impl FnMut(usize, usize, usize)) {
    for n in 0..s.n {
        for oy in 0..s.oh {
            for ox in 0..s.ow {
                let result = ((n * s.oh + oy) * s.ow + ox) * s.ci;
                for ky in 0..s.kh {
                    let Some(y) = (oy * s.stride + ky).checked_sub(s.top).filter(|&y| y < s.h) else {
                        continue;
                    };
                    for kx in 0..s.kw {
                        let Some(x) = (ox * s.stride + kx).checked_sub(s.left).filter(|&x| x < s.w) else {
                            continue;
                        };
                        f(result, ((n * s.h + y) * s.w + x) * s.ci, (ky * s.kw + kx) * s.ci);
                    }
                }
            }
        }
    }
}

fn add_products(out: &mut [f32], a: &[f32], b: &[f32]) {
    out.iter_mut().zip(a).zip(b).for_each(|((sum, a), b)| *sum += a * b);
}

/// The result in plain loops.
pub(super) fn result(s: &ConvSpec, x: &[f32], w: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    products(s, |to, pixel, weight| {
        add_products(&mut out[to..to + s.ci], &x[pixel..pixel + s.ci], &w[weight..weight + s.ci]);
    });
}

/// The gradient to the images.
pub(super) fn images(s: &ConvSpec, gradient: &[f32], w: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    products(s, |from, pixel, weight| {
        add_products(&mut out[pixel..pixel + s.ci], &gradient[from..from + s.ci], &w[weight..weight + s.ci]);
    });
}

/// The gradient to the weights.
pub(super) fn weights(s: &ConvSpec, x: &[f32], gradient: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    products(s, |from, pixel, weight| {
        add_products(&mut out[weight..weight + s.ci], &x[pixel..pixel + s.ci], &gradient[from..from + s.ci]);
    });
}

/// The part of a window that lies inside the image along one axis: its first place, how many, and the pixel of the first.
fn inside(o: usize, stride: usize, size: usize, before: usize, limit: usize) -> (usize, usize, usize) {
    let start = o * stride;
    let first = before.saturating_sub(start).min(size);
    let pixel = (start + first).saturating_sub(before);
    (first, (size - first).min(limit.saturating_sub(pixel)), pixel)
}

/// The result with sums in registers, then what follows it.
pub(super) fn result_wide(s: &ConvSpec, x: &[f32], w: &[f32], finish: &Finish<'_>, out: &mut [f32]) {
    assert!(x.len() >= s.n * s.h * s.w * s.ci && w.len() >= s.kh * s.kw * s.ci, "operands are too short");
    for (line, out) in out.chunks_exact_mut((s.ow * s.ci).max(1)).enumerate().take(s.n * s.oh) {
        let (n, oy) = (line / s.oh, line % s.oh);
        let (ky, rows, y) = inside(oy, s.stride, s.kh, s.top, s.h);
        let mut ox = 0;
        while ox < s.ow {
            let (kx, columns, pixel) = inside(ox, s.stride, s.kw, s.left, s.w);
            let last = inside((ox + PIXELS - 1).min(s.ow - 1), s.stride, s.kw, s.left, s.w);
            let four = ox + PIXELS <= s.ow && (kx, columns) == (0, s.kw) && (last.0, last.1) == (0, s.kw);
            let window = Window {
                x: &x[((n * s.h + y) * s.w + pixel) * s.ci..],
                w: &w[(ky * s.kw + kx) * s.ci..],
                rows,
                columns,
            };
            let pixels = if four { PIXELS } else { 1 };
            let out = &mut out[ox * s.ci..(ox + pixels) * s.ci];
            if four {
                window.tiles::<PIXELS>(s, finish, out);
            } else {
                window.tiles::<1>(s, finish, out);
            }
            ox += pixels;
        }
    }
}

/// The inside of a window of one pixel, or of neighbours whose windows are wholly inside.
struct Window<'a> {
    /// From the first pixel inside on.
    x: &'a [f32],
    /// From the weights of that pixel on.
    w: &'a [f32],
    rows: usize,
    columns: usize,
}

impl Window<'_> {
    fn tiles<const P: usize>(&self, s: &ConvSpec, finish: &Finish<'_>, out: &mut [f32]) {
        let mut channel = 0;
        while channel + 8 <= s.ci {
            self.tile::<F32x4, P, 2>(s, channel, finish, out);
            channel += 8;
        }
        while channel + 4 <= s.ci {
            self.tile::<F32x4, P, 1>(s, channel, finish, out);
            channel += 4;
        }
        while channel < s.ci {
            self.tile::<f32, P, 1>(s, channel, finish, out);
            channel += 1;
        }
    }

    #[inline(always)]
    fn tile<R: Real, const P: usize, const V: usize>(
        &self,
        s: &ConvSpec,
        channel: usize,
        finish: &Finish<'_>,
        out: &mut [f32],
    ) {
        let mut sums = [[R::splat(0.0); V]; P];
        let (line, step) = (s.w * s.ci, s.stride * s.ci);
        if self.rows > 0 && self.columns > 0 {
            let last = (self.rows - 1) * line + (P - 1) * step + (self.columns - 1) * s.ci + s.ci;
            assert!(last <= self.x.len(), "a window leaves the image");
            assert!(
                ((self.rows - 1) * s.kw + self.columns) * s.ci <= self.w.len(),
                "a window leaves the kernel"
            );
        }
        for row in 0..self.rows {
            let mut x = self.x.as_ptr().wrapping_add(row * line + channel);
            let mut w = self.w.as_ptr().wrapping_add(row * s.kw * s.ci + channel);
            for _ in 0..self.columns {
                // SAFETY: the last place read was checked above; `channel` and the vectors' lanes are below `ci`.
                unsafe {
                    let weights: [R; V] = std::array::from_fn(|v| R::load_ptr(w.add(v * R::LANES)));
                    for (p, sums) in sums.iter_mut().enumerate() {
                        for (v, sum) in sums.iter_mut().enumerate() {
                            let pixel = R::load_ptr(x.add(p * step + v * R::LANES));
                            *sum = pixel.mul_add(weights[v], *sum);
                        }
                    }
                }
                x = x.wrapping_add(s.ci);
                w = w.wrapping_add(s.ci);
            }
        }
        assert!((P - 1) * s.ci + channel + V * R::LANES <= out.len(), "a tile leaves the result");
        for (p, sums) in sums.into_iter().enumerate() {
            for (v, sum) in sums.into_iter().enumerate() {
                let lane = channel + v * R::LANES;
                let value = finish.apply(lane, sum);
                // SAFETY: the last place written was checked above.
                unsafe { value.store_ptr(out.as_mut_ptr().add(p * s.ci + lane)) };
            }
        }
    }
}
