//! Rounding of whole tensors: scales, blocks, random numbers.

use numerics::Format;

use crate::policy::{BlockAxis, Mode, Quantizer, Scaling, Target, max_finite};
use crate::random::Stream;
use crate::rounding::{Counts, General, Rounder};

/// The random numbers of a stochastic quantizer at one step.
fn stream_of(quantizer: &Quantizer, seed: u64, step: u64, counter: usize) -> Option<Stream> {
    match quantizer.mode {
        // Tensors that share a quantizer draw from streams of their own.
        Mode::Stochastic { stream } => {
            Some(Stream::new(seed ^ (counter as u64) << 32, 0x4000_0000 | stream, step))
        }
        Mode::Fixed(_) => None,
    }
}

/// Where and when a rounding takes place: what its random numbers depend on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub seed: u64,
    pub step: u64,
    pub counter: usize,
}

/// Rounds a tensor `(rows,columns)` in place, as a step of a plan would: for weights that are rounded once, outside of graphs.
/// A stochastic quantizer draws as at step 0 of seed 0.
pub fn round_tensor(quantizer: &Quantizer, columns: usize, x: &mut [f32]) -> Counts {
    round(quantizer, Moment { seed: 0, step: 0, counter: 0 }, columns, x, &mut General::default())
}

/// Rounds `out (rows,columns)` in place.
pub(super) fn round(
    quantizer: &Quantizer,
    moment: Moment,
    columns: usize,
    out: &mut [f32],
    general: &mut General,
) -> Counts {
    let stream = stream_of(quantizer, moment.seed, moment.step, moment.counter);
    match &quantizer.target {
        Target::Element(format, scaling) => {
            elements(quantizer, format, *scaling, stream, columns, out, general)
        }
        Target::Block(format, axis) => {
            let seed = stream.map_or(0, |stream| words(stream.key()));
            match axis {
                BlockAxis::Last => {
                    rows(out, columns, |row, x| general.blocks(quantizer, format, seed ^ row, x))
                }
                BlockAxis::First => {
                    let mut counts = Counts::default();
                    let height = out.len() / columns.max(1);
                    let mut column = std::mem::take(&mut general.line);
                    column.resize(height, 0.0);
                    for at in 0..columns {
                        (0..height).for_each(|row| column[row] = out[row * columns + at]);
                        counts.add(general.blocks(quantizer, format, seed ^ at as u64, &mut column));
                        (0..height).for_each(|row| out[row * columns + at] = column[row]);
                    }
                    general.line = column;
                    counts
                }
            }
        }
    }
}

fn words([low, high]: [u32; 2]) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

fn rows(x: &mut [f32], columns: usize, mut f: impl FnMut(u64, &mut [f32]) -> Counts) -> Counts {
    let mut counts = Counts::default();
    for (row, x) in x.chunks_mut(columns.max(1)).enumerate() {
        counts.add(f(row as u64, x));
    }
    counts
}

fn elements(
    quantizer: &Quantizer,
    format: &Format,
    scaling: Scaling,
    stream: Option<Stream>,
    columns: usize,
    out: &mut [f32],
    general: &mut General,
) -> Counts {
    let plain = |x: &mut [f32], general: &mut General| match (
        Rounder::new(format, quantizer.mode, quantizer.saturate),
        stream,
    ) {
        (Some(rounder), None) => rounder.nearest(x),
        (Some(rounder), Some(stream)) => rounder.stochastic(x, |i| stream.word(i)),
        (None, stream) => general.elements(quantizer, format, stream.map_or(0, |s| words(s.key())), x),
    };
    match scaling {
        Scaling::None => plain(out, general),
        Scaling::Fixed(_) | Scaling::Tensor => {
            let scale = match scaling {
                Scaling::Fixed(scale) => scale,
                _ => scale_of(out.iter().copied(), format),
            };
            out.iter_mut().for_each(|x| *x /= scale);
            let counts = plain(out, general);
            out.iter_mut().for_each(|x| *x *= scale);
            counts
        }
        Scaling::Channel => {
            let columns = columns.max(1);
            let mut scales = std::mem::take(&mut general.line);
            channel_scales(out, columns, format, &mut scales);
            let apply = |out: &mut [f32], f: &dyn Fn(&mut f32, f32)| {
                for row in out.chunks_mut(columns) {
                    row.iter_mut().zip(&scales).for_each(|(x, &scale)| f(x, scale));
                }
            };
            apply(out, &|x, scale| *x /= scale);
            let counts = plain(out, general);
            apply(out, &|x, scale| *x *= scale);
            general.line = scales;
            counts
        }
    }
}

/// A scale for each column, row by row.
fn channel_scales(x: &[f32], columns: usize, format: &Format, scales: &mut Vec<f32>) {
    scales.clear();
    scales.resize(columns, 0.0);
    for row in x.chunks_exact(columns) {
        scales.iter_mut().zip(row).for_each(|(greatest, &x)| *greatest = greater(*greatest, x));
    }
    scales.iter_mut().for_each(|scale| *scale = scale_for(*scale, format));
}

/// The largest finite magnitude over the format's largest value; 1 for zeros.
fn scale_of(x: impl Iterator<Item = f32>, format: &Format) -> f32 {
    scale_for(x.fold(0.0, greater), format)
}

fn greater(greatest: f32, x: f32) -> f32 {
    let magnitude = x.abs();
    if (magnitude > greatest) && (magnitude < f32::INFINITY) { magnitude } else { greatest }
}

fn scale_for(greatest: f32, format: &Format) -> f32 {
    let scale = greatest / max_finite(format);
    if scale > 0.0 { scale } else { 1.0 }
}
