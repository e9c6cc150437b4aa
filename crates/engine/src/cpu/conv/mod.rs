//! Convolutions of images (n,h,w,c).
//!
//! Results and gradients to weights are computed directly ([`direct`]), and so are gradients to images where windows move by one pixel: there
//! they are a convolution themselves. Otherwise gradients to images are matrix products a few rows of windows at a time, whose parts
//! are added in the order of the windows. Sums run over (ky,kx,ci), for gradients to weights over (n,oy,ox); zeros outside the image are
//! added like pixels. Depthwise convolutions are in [`depthwise`], what follows a result in [`tail`].

mod depthwise;
mod direct;
mod tail;
#[cfg(test)]
mod tests;

use super::gemm::{Gemm, Matrices, Shape as Sizes, Strides};
use crate::graph::ConvSpec;

use direct::Direct;
pub(super) use tail::{Finish, Tail};

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

    /// `first` and `second` are the operation's inputs in order. `finish` is for results of the wide path alone.
    pub(super) fn run(
        &self,
        reference: bool,
        (first, second): (&[f32], &[f32]),
        finish: &Finish<'_>,
        out: &mut [f32],
        scratch: &mut [f32],
    ) {
        let s = &self.spec;
        match (&self.method, self.role) {
            (Method::Depthwise, Role::Result) if reference => depthwise::result(s, first, second, out),
            (Method::Depthwise, Role::Result) => depthwise::result_wide(s, first, second, finish, out),
            (Method::Depthwise, Role::Images) => depthwise::images(s, first, second, out),
            (Method::Depthwise, Role::Weights) => depthwise::weights(s, first, second, out),
            (Method::Direct(direct), Role::Weights) => {
                direct.weights(!reference, first, second, out, scratch);
            }
            (Method::Direct(direct), _) => direct.result(!reference, (first, second), finish, out, scratch),
            (Method::Adjoint(direct), _) => {
                let (turned, scratch) = scratch.split_at_mut(s.kh * s.kw * s.ci * s.co);
                direct::turn(s, second, turned);
                direct.result(!reference, (first, turned), finish, out, scratch);
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
