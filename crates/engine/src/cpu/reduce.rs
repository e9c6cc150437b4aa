//! Sums, maxima and softmax.
//!
//! Order of a sum: along an axis whose elements lie apart, in index order from 0. Along elements that lie side by side, eight partial sums, of
//! the elements with index 0, 1, … 7 modulo 8, each in index order from 0, added in pairs at the end: ((0+4)+(2+6))+((1+5)+(3+7)).

use crate::math;
use crate::plan::ReduceKind;

const LANES: usize = 8;

/// Sum of neighbours in the order said above.
pub(super) fn sum(x: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let mut chunks = x.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += x;
        }
    }
    for (lane, x) in lanes.iter_mut().zip(chunks.remainder()) {
        *lane += x;
    }
    ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]))
}

/// Greatest of neighbours; negative infinity of none. NaN is passed over.
pub(super) fn max(x: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let mut chunks = x.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = if x > *lane { x } else { *lane };
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(chunks.remainder()) {
        *lane = if x > *lane { x } else { *lane };
    }
    lanes.into_iter().fold(f32::NEG_INFINITY, |a, b| if b > a { b } else { a })
}

/// `x (outer,len,inner) -> out (outer,inner)`.
pub(super) fn reduce(kind: ReduceKind, x: &[f32], len: usize, inner: usize, out: &mut [f32]) {
    if inner == 1 {
        for (out, run) in out.iter_mut().zip(x.chunks_exact(len)) {
            *out = match kind {
                ReduceKind::Sum => sum(run),
                ReduceKind::Max => max(run),
            };
        }
        return;
    }
    for (out, block) in out.chunks_exact_mut(inner).zip(x.chunks_exact(len * inner)) {
        match kind {
            ReduceKind::Sum => {
                out.fill(0.0);
                for row in block.chunks_exact(inner) {
                    out.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
                }
            }
            ReduceKind::Max => {
                out.fill(f32::NEG_INFINITY);
                for row in block.chunks_exact(inner) {
                    out.iter_mut().zip(row).for_each(|(max, &x)| *max = if x > *max { x } else { *max });
                }
            }
        }
    }
}

/// Softmax of each row, or its logarithm.
pub(super) fn softmax(x: &[f32], columns: usize, log: bool, out: &mut [f32]) {
    for (out, row) in out.chunks_exact_mut(columns).zip(x.chunks_exact(columns)) {
        let greatest = max(row);
        if log {
            // The exponentials pass through the result's place.
            out.iter_mut().zip(row).for_each(|(out, x)| *out = math::exp(x - greatest));
            let shift = greatest + math::ln(sum(out));
            out.iter_mut().zip(row).for_each(|(out, x)| *out = x - shift);
        } else {
            out.iter_mut().zip(row).for_each(|(out, x)| *out = math::exp(x - greatest));
            let total = sum(out);
            out.iter_mut().for_each(|out| *out /= total);
        }
    }
}
