//! Convolutions of images (n,h,w,c).
//!
//! Results and gradients to weights are computed directly ([`direct`]), and so are gradients to images where windows move by one pixel: there
//! they are a convolution themselves. Otherwise gradients to images are matrix products a few rows of windows at a time, whose parts
//! are added in the order of the windows. Sums run over (ky,kx,ci), for gradients to weights over (n,oy,ox); zeros outside the image are
//! added like pixels. Depthwise convolutions go window by window, side by side over channels.

mod direct;

use super::gemm::{Gemm, Matrices, Shape as Sizes, Strides};
use crate::graph::ConvSpec;

use direct::Direct;

/// Rows of windows multiplied at a time, so that they stay in the cache until they are added.
const ROWS: usize = 128;

/// One of the three operations, prepared.
#[derive(Clone, Debug)]
pub(super) struct Conv {
    spec: ConvSpec,
    role: Role,
    method: Method,
}

/// Which of the three operations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Role {
    Result,
    Images,
    Weights,
}

#[derive(Clone, Debug)]
enum Method {
    Depthwise,
    Direct(Direct),
    /// Gradients to images by the convolution that is the adjoint, whose weights are turned first.
    Adjoint(Direct),
    /// Gradients to images by products of full and of last blocks of rows.
    Products(Box<[Gemm; 2]>),
}

impl Conv {
    pub(super) fn new(spec: ConvSpec, role: Role) -> Conv {
        let method = if spec.depthwise {
            Method::Depthwise
        } else if role != Role::Images {
            Method::Direct(Direct::new(spec))
        } else if let Some(adjoint) = direct::adjoint(&spec) {
            Method::Adjoint(Direct::new(adjoint))
        } else {
            let window = spec.kh * spec.kw * spec.ci;
            let rows = spec.n * spec.oh * spec.ow;
            // (rows,co) · (window,co)ᵀ
            let product = |rows: usize| {
                Gemm::new(Sizes { m: rows, n: window, k: spec.co }, Strides::ROWS, Strides::COLUMNS, false)
            };
            Method::Products(Box::new([product(ROWS.min(rows)), product(rows % ROWS)]))
        };
        Conv { spec, role, method }
    }

    pub(super) fn scratch_len(&self) -> usize {
        let window = self.spec.kh * self.spec.kw * self.spec.ci;
        match &self.method {
            Method::Depthwise => 0,
            Method::Direct(direct) => direct.scratch_len(),
            Method::Adjoint(direct) => direct.scratch_len() + window * self.spec.co,
            Method::Products(gemms) => ROWS * window + gemms.iter().map(Gemm::scratch_len).max().unwrap_or(0),
        }
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
        let s = &self.spec;
        match (&self.method, self.role) {
            (Method::Depthwise, Role::Result) => depthwise(s, first, second, out),
            (Method::Depthwise, Role::Images) => depthwise_images(s, first, second, out),
            (Method::Depthwise, Role::Weights) => depthwise_weights(s, first, second, out),
            (Method::Direct(direct), Role::Weights) => {
                direct.weights(!reference, first, second, out, scratch);
            }
            (Method::Direct(direct), _) => direct.result(!reference, first, second, out, scratch),
            (Method::Adjoint(direct), _) => {
                let (turned, scratch) = scratch.split_at_mut(s.kh * s.kw * s.ci * s.co);
                direct::turn(s, second, turned);
                direct.result(!reference, first, turned, out, scratch);
            }
            (Method::Products(gemms), _) => {
                let [full, rest] = &**gemms;
                let (window, rows) = (s.kh * s.kw * s.ci, s.n * s.oh * s.ow);
                let (laid_out, scratch) = scratch.split_at_mut(ROWS * window);
                out.fill(0.0);
                for start in (0..rows).step_by(ROWS) {
                    let count = ROWS.min(rows - start);
                    let gemm = if count == ROWS.min(rows) { full } else { rest };
                    let block = &mut laid_out[..count * window];
                    let a = &first[start * s.co..(start + count) * s.co];
                    gemm.run(reference, Matrices { a, b: second, extra: &[] }, block, scratch);
                    put_back(s, block, start, count, out);
                }
            }
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
