//! Convolutions without laying windows out: images are copied once with their zeros around them, and then a row of a window lies side by
//! side in memory, (kx,ci) after (kx,ci), for every pixel.
//!
//! Tiles of four pixels by eight channels are kept in registers over the whole window. Sums run over (ky,kx,ci), for gradients to
//! weights over (n,oy,ox), in this order in both paths.

use super::tail::Finish;
use crate::graph::ConvSpec;
use crate::simd::{F32x4, Real};

/// Channels of a tile.
const CHANNELS: usize = 8;
/// Pixels, or places of a window, of a tile.
const ROWS: usize = 4;

/// Sizes of a convolution over images that have their zeros around them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Direct {
    spec: ConvSpec,
    /// Height and width with zeros.
    height: usize,
    width: usize,
}

impl Direct {
    pub(super) fn new(spec: ConvSpec) -> Direct {
        let covered = |count: usize, size: usize| count.saturating_sub(1) * spec.stride + size;
        Direct {
            spec,
            height: covered(spec.oh, spec.kh).max(spec.top + spec.h),
            width: covered(spec.ow, spec.kw).max(spec.left + spec.w),
        }
    }

    fn padded_len(&self) -> usize {
        self.spec.n * self.height * self.width * self.spec.ci
    }

    fn panels(&self) -> usize {
        self.spec.co.div_ceil(CHANNELS)
    }

    fn window(&self) -> usize {
        self.spec.kh * self.spec.kw * self.spec.ci
    }

    /// Words of scratch for [`Direct::result`] and [`Direct::weights`].
    pub(super) fn scratch_len(&self) -> usize {
        let rows = self.spec.n * self.spec.oh * self.spec.ow;
        self.padded_len() + self.panels() * CHANNELS * self.window().max(rows)
    }

    fn pad(&self, images: &[f32], padded: &mut [f32]) {
        let s = &self.spec;
        padded.fill(0.0);
        for (row, line) in images.chunks_exact((s.w * s.ci).max(1)).enumerate() {
            let (n, y) = (row / s.h, row % s.h);
            let at = ((n * self.height + y + s.top) * self.width + s.left) * s.ci;
            padded[at..at + line.len()].copy_from_slice(line);
        }
    }

    /// Eight channels of every row of a `(rows,co)` matrix side by side; missing ones are zeros.
    fn panel_rows(&self, matrix: &[f32], panels: &mut [f32]) {
        let co = self.spec.co;
        let rows = matrix.len() / co.max(1);
        for (panel, to) in panels.chunks_exact_mut(rows * CHANNELS).take(self.panels()).enumerate() {
            let first = panel * CHANNELS;
            let width = CHANNELS.min(co - first);
            for (to, row) in to.chunks_exact_mut(CHANNELS).zip(matrix.chunks_exact(co)) {
                to[..width].copy_from_slice(&row[first..first + width]);
                to[width..].fill(0.0);
            }
        }
    }

    /// `out (n,oh,ow,co)` from images and weights.
    pub(super) fn result(
        &self,
        wide: bool,
        (images, weights): (&[f32], &[f32]),
        finish: &Finish<'_>,
        out: &mut [f32],
        scratch: &mut [f32],
    ) {
        let s = &self.spec;
        let (padded, panels) = scratch.split_at_mut(self.padded_len());
        self.pad(images, padded);
        self.panel_rows(weights, panels);
        let segment = s.kw * s.ci;
        for panel in 0..self.panels() {
            let weights = &panels[panel * self.window() * CHANNELS..][..self.window() * CHANNELS];
            let (first, count) = (panel * CHANNELS, CHANNELS.min(s.co - panel * CHANNELS));
            for line in 0..s.n * s.oh {
                let (n, oy) = (line / s.oh, line % s.oh);
                let mut ox = 0;
                while ox < s.ow {
                    let pixels = ROWS.min(s.ow - ox);
                    let mut tile = Tile::default();
                    for ky in 0..s.kh {
                        let at = ((n * self.height + oy * s.stride + ky) * self.width + ox * s.stride) * s.ci;
                        let row = &weights[ky * segment * CHANNELS..][..segment * CHANNELS];
                        tile.add(wide, pixels, &padded[at..], [s.stride * s.ci, 1], row);
                    }
                    for pixel in 0..pixels {
                        let to = (line * s.ow + ox + pixel) * s.co + first;
                        finish.apply_row(first, &mut tile.sums[pixel][..count]);
                        tile.store(pixel, &mut out[to..to + count]);
                    }
                    ox += pixels;
                }
            }
        }
    }

    /// `out (kh,kw,ci,co)`, the gradient to the weights, from images and the gradient to the result.
    pub(super) fn weights(
        &self,
        wide: bool,
        images: &[f32],
        gradient: &[f32],
        out: &mut [f32],
        scratch: &mut [f32],
    ) {
        let s = &self.spec;
        let (padded, panels) = scratch.split_at_mut(self.padded_len());
        self.pad(images, padded);
        self.panel_rows(gradient, panels);
        let (segment, rows) = (s.kw * s.ci, s.n * s.oh * s.ow);
        for panel in 0..self.panels() {
            let gradient = &panels[panel * rows * CHANNELS..][..rows * CHANNELS];
            let (first, count) = (panel * CHANNELS, CHANNELS.min(s.co - panel * CHANNELS));
            for ky in 0..s.kh {
                let mut place = 0;
                while place < segment {
                    let places = ROWS.min(segment - place);
                    let mut tile = Tile::default();
                    for line in 0..s.n * s.oh {
                        let (n, oy) = (line / s.oh, line % s.oh);
                        let at = ((n * self.height + oy * s.stride + ky) * self.width) * s.ci + place;
                        let row = &gradient[line * s.ow * CHANNELS..][..s.ow * CHANNELS];
                        tile.add(wide, places, &padded[at..], [1, s.stride * s.ci], row);
                    }
                    for r in 0..places {
                        let to = (ky * segment + place + r) * s.co + first;
                        tile.store(r, &mut out[to..to + count]);
                    }
                    place += places;
                }
            }
        }
    }
}

/// The convolution that gives the gradient to the images when windows move by one pixel: over the result's gradient, with the kernel turned by
/// half a turn and its channels exchanged.
pub(super) fn adjoint(s: &ConvSpec) -> Option<ConvSpec> {
    let (top, left) = ((s.kh - 1).checked_sub(s.top)?, (s.kw - 1).checked_sub(s.left)?);
    (s.stride == 1 && !s.depthwise).then_some(ConvSpec {
        h: s.oh,
        w: s.ow,
        ci: s.co,
        co: s.ci,
        top,
        left,
        oh: s.h,
        ow: s.w,
        ..*s
    })
}

/// The weights of [`adjoint`]: `(kh,kw,ci,co)` to `(-ky,-kx,co,ci)`.
pub(super) fn turn(s: &ConvSpec, weights: &[f32], turned: &mut [f32]) {
    for (place, matrix) in weights.chunks_exact((s.ci * s.co).max(1)).enumerate() {
        let to = &mut turned[(s.kh * s.kw - 1 - place) * s.ci * s.co..][..s.ci * s.co];
        for ci in 0..s.ci {
            for co in 0..s.co {
                to[co * s.ci + ci] = matrix[ci * s.co + co];
            }
        }
    }
}

/// Sums of up to four rows and eight channels.
#[derive(Clone, Copy)]
struct Tile {
    sums: [[f32; CHANNELS]; ROWS],
}

impl Default for Tile {
    fn default() -> Tile {
        Tile { sums: [[0.0; CHANNELS]; ROWS] }
    }
}

impl Tile {
    /// Adds the products of `left[r·row + k·step]` with rows of eight of `right`, k after k.
    #[inline(always)]
    fn add(&mut self, wide: bool, rows: usize, left: &[f32], [row, step]: [usize; 2], right: &[f32]) {
        if !wide {
            for (r, sums) in self.sums.iter_mut().enumerate().take(rows) {
                for (k, right) in right.chunks_exact(CHANNELS).enumerate() {
                    let factor = left[r * row + k * step];
                    sums.iter_mut().zip(right).for_each(|(sum, x)| *sum += factor * x);
                }
            }
            return;
        }
        match rows {
            4 => self.add_rows::<4>(left, [row, step], right),
            3 => self.add_rows::<3>(left, [row, step], right),
            2 => self.add_rows::<2>(left, [row, step], right),
            _ => self.add_rows::<1>(left, [row, step], right),
        }
    }

    #[inline(always)]
    fn add_rows<const R: usize>(&mut self, left: &[f32], [row, step]: [usize; 2], right: &[f32]) {
        let depth = right.len() / CHANNELS;
        if depth == 0 {
            return;
        }
        assert!((R - 1) * row + (depth - 1) * step < left.len(), "a window leaves the image");
        let mut sums: [[F32x4; 2]; R] =
            std::array::from_fn(|r| [F32x4::load(&self.sums[r][..4]), F32x4::load(&self.sums[r][4..])]);
        let (mut left_at, mut right_at) = (left.as_ptr(), right.as_ptr());
        for _ in 0..depth {
            // SAFETY: `right` has `depth` rows of eight; the last element read on the left was checked above.
            unsafe {
                let b = [F32x4::load_ptr(right_at), F32x4::load_ptr(right_at.add(4))];
                for (r, sums) in sums.iter_mut().enumerate() {
                    let a = F32x4::load_splat(left_at.add(r * row));
                    *sums = [a.mul_add(b[0], sums[0]), a.mul_add(b[1], sums[1])];
                }
            }
            left_at = left_at.wrapping_add(step);
            right_at = right_at.wrapping_add(CHANNELS);
        }
        for (r, sums) in sums.into_iter().enumerate() {
            sums[0].store(&mut self.sums[r][..4]);
            sums[1].store(&mut self.sums[r][4..]);
        }
    }

    fn store(&self, row: usize, out: &mut [f32]) {
        let count = out.len();
        out.copy_from_slice(&self.sums[row][..count]);
    }
}
