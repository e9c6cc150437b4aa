//! Convolutions of images (n,h,w,c) as matrix products over windows laid out in rows.
//!
//! Rows of windows are laid out a few at a time, so that they stay in the cache between being written and being multiplied. Sums run in the order
//! of the product: for results over (ky,kx,ci), for gradients to weights over (n,oy,ox); zeros outside the image are added like
//! pixels. Gradients to images add each window's part in the order of the windows. Depthwise convolutions are direct, side by side over
//! channels.

use super::gemm::{Gemm, Matrices, Shape as Sizes, Strides};
use crate::graph::ConvSpec;

/// Rows of windows laid out at a time.
const ROWS: usize = 128;

/// The products that one convolution needs, for full and last blocks of rows.
#[derive(Clone, Debug)]
pub(super) struct Conv {
    spec: ConvSpec,
    role: Role,
    full: Gemm,
    rest: Gemm,
}

/// Which of the three operations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Role {
    Result,
    Images,
    Weights,
}

impl Conv {
    pub(super) fn new(spec: ConvSpec, role: Role) -> Conv {
        let window = spec.kh * spec.kw * spec.ci;
        let rows = spec.n * spec.oh * spec.ow;
        let product = |rows: usize| match role {
            // (rows,window) · (window,co)
            Role::Result => {
                Gemm::new(Sizes { m: rows, n: spec.co, k: window }, Strides::ROWS, Strides::ROWS, false)
            }
            // (rows,co) · (window,co)ᵀ
            Role::Images => {
                Gemm::new(Sizes { m: rows, n: window, k: spec.co }, Strides::ROWS, Strides::COLUMNS, false)
            }
            // (rows,window)ᵀ · (rows,co), added up over the blocks
            Role::Weights => {
                Gemm::new(Sizes { m: window, n: spec.co, k: rows }, Strides::COLUMNS, Strides::ROWS, true)
            }
        };
        Conv { spec, role, full: product(ROWS.min(rows)), rest: product(rows % ROWS) }
    }

    pub(super) fn scratch_len(&self) -> usize {
        if self.spec.depthwise {
            return 0;
        }
        ROWS * self.spec.kh * self.spec.kw * self.spec.ci
            + self.full.scratch_len().max(self.rest.scratch_len())
    }

    /// `first` and `second` are the operation's inputs in order.
    pub(super) fn run(
        &self,
        reference: bool,
        first: &[f32],
        second: &[f32],
        out: &mut [f32],
        scratch: &mut [f32],
    ) {
        if self.spec.depthwise {
            match self.role {
                Role::Result => depthwise(&self.spec, first, second, out),
                Role::Images => depthwise_images(&self.spec, first, second, out),
                Role::Weights => depthwise_weights(&self.spec, first, second, out),
            }
            return;
        }
        let s = &self.spec;
        let (window, rows) = (s.kh * s.kw * s.ci, s.n * s.oh * s.ow);
        let (laid_out, scratch) = scratch.split_at_mut(ROWS * window);
        if self.role != Role::Result {
            out.fill(0.0);
        }
        let mut start = 0;
        while start < rows {
            let count = ROWS.min(rows - start);
            let gemm = if count == ROWS.min(rows) { &self.full } else { &self.rest };
            let block = &mut laid_out[..count * window];
            let mut multiply = |a: &[f32], b: &[f32], c: &mut [f32]| {
                gemm.run(reference, Matrices { a, b, extra: &[] }, c, scratch);
            };
            match self.role {
                Role::Result => {
                    lay_out(s, first, start, count, block);
                    multiply(block, second, &mut out[start * s.co..(start + count) * s.co]);
                }
                Role::Images => {
                    multiply(&first[start * s.co..(start + count) * s.co], second, block);
                    put_back(s, block, start, count, out);
                }
                Role::Weights => {
                    lay_out(s, first, start, count, block);
                    multiply(block, &second[start * s.co..(start + count) * s.co], out);
                }
            }
            start += count;
        }
    }
}

/// Calls `f` for each row of a window with: its place in the laid-out block, the place in the images of the first pixel inside, and
/// the pixels left of the image, inside and right of it.
fn window_rows(
    s: &ConvSpec,
    start: usize,
    count: usize,
    mut f: impl FnMut(usize, Option<usize>, (usize, usize, usize)),
) {
    for row in 0..count {
        let at = start + row;
        let (n, oy, ox) = (at / (s.oh * s.ow), at / s.ow % s.oh, at % s.ow);
        let first_x = ox * s.stride;
        let before = s.left.saturating_sub(first_x).min(s.kw);
        let x = (first_x + before).saturating_sub(s.left);
        let inside = s.kw.saturating_sub(before).min(s.w.saturating_sub(x));
        for ky in 0..s.kh {
            let to = (row * s.kh + ky) * s.kw * s.ci;
            let y = (oy * s.stride + ky).checked_sub(s.top).filter(|&y| y < s.h);
            f(to, y.map(|y| ((n * s.h + y) * s.w + x) * s.ci), (before, inside, s.kw - before - inside));
        }
    }
}

fn lay_out(s: &ConvSpec, x: &[f32], start: usize, count: usize, block: &mut [f32]) {
    window_rows(s, start, count, |to, from, (before, inside, _)| {
        let row = &mut block[to..to + s.kw * s.ci];
        match from {
            Some(from) => {
                row[..before * s.ci].fill(0.0);
                row[before * s.ci..][..inside * s.ci].copy_from_slice(&x[from..from + inside * s.ci]);
                row[(before + inside) * s.ci..].fill(0.0);
            }
            None => row.fill(0.0),
        }
    });
}

fn put_back(s: &ConvSpec, block: &[f32], start: usize, count: usize, images: &mut [f32]) {
    window_rows(s, start, count, |from, to, (before, inside, _)| {
        if let Some(to) = to {
            let part = &block[from + before * s.ci..][..inside * s.ci];
            images[to..to + inside * s.ci].iter_mut().zip(part).for_each(|(sum, g)| *sum += g);
        }
    });
}

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

fn depthwise(s: &ConvSpec, x: &[f32], w: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    products(s, |to, pixel, weight| {
        add_products(&mut out[to..to + s.ci], &x[pixel..pixel + s.ci], &w[weight..weight + s.ci]);
    });
}

fn depthwise_images(s: &ConvSpec, gradient: &[f32], w: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    products(s, |from, pixel, weight| {
        add_products(&mut out[pixel..pixel + s.ci], &gradient[from..from + s.ci], &w[weight..weight + s.ci]);
    });
}

fn depthwise_weights(s: &ConvSpec, x: &[f32], gradient: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    products(s, |from, pixel, weight| {
        add_products(&mut out[weight..weight + s.ci], &x[pixel..pixel + s.ci], &gradient[from..from + s.ci]);
    });
}
