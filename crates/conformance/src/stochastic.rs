//! Stochastic rounding: exactly the promised share of thresholds goes away from zero.
//!
//! Between neighbours `v` and `w` (away from zero) the number `v + (w - v) k / 256` must become `w` for `k` of
//! the 256 thresholds `j * 2^56`, so that the mean over the grid is the number itself: no oracle is
//! needed. The ends of the grid's cells (`j * 2^56 + 2^56 - 1`) must give the same; a value of the format never moves.

use std::time::Instant;

use numerics::conformance::EXHAUSTIVE_BITS;
use numerics::{FORMATS, Format, Kind, Overflow, Rounding, RoundingMode};

use crate::outcome::{Differences, Group, Outcome};

const CELLS: u64 = 256;
/// Numbers tried in each gap.
const POSITIONS: [u64; 9] = [0, 1, 2, 77, 127, 128, 129, 200, 255];

/// One outcome a format.
pub(crate) fn run(quick: bool) -> Vec<Outcome> {
    FORMATS
        .iter()
        .filter(|format| format.bits <= EXHAUSTIVE_BITS)
        .map(|format| check(format, quick))
        .collect()
}

fn check(format: &Format, quick: bool) -> Outcome {
    let start = Instant::now();
    let gaps = gaps(format);
    let wanted = if quick { 16 } else { 256 };
    let stride = gaps.len().div_ceil(wanted).max(1);
    let (mut count, mut differences) = (0, Differences::default());
    for (near, far) in gaps.into_iter().step_by(stride) {
        for k in POSITIONS {
            let x = near + (far - near) * (k as f64 / CELLS as f64);
            for offset in [0, (1 << 56) - 1] {
                let away =
                    (0..CELLS).filter(|j| round(format, x, j * (1 << 56) + offset) == far).count() as u64;
                let near_count =
                    (0..CELLS).filter(|j| round(format, x, j * (1 << 56) + offset) == near).count() as u64;
                count += CELLS;
                if away != k || near_count != CELLS - k {
                    differences.add(|| {
                        format!("{x:e} between {near:e} and {far:e}: {away} of 256 away, expected {k}")
                    });
                }
            }
        }
    }
    Outcome {
        group: Group::Stochastic,
        format: format.id.to_owned(),
        what: "share of thresholds".to_owned(),
        count,
        mismatches: differences.count,
        set_aside: 0,
        oracles: vec!["expectation".to_owned()],
        seconds: start.elapsed().as_secs_f64(),
        details: differences.shown,
    }
}

fn round(format: &Format, x: f64, random: u64) -> f64 {
    let rounding = Rounding {
        mode: RoundingMode::Stochastic { random },
        overflow: Overflow::Native,
        flush_subnormals: false,
    };
    format.decode(format.encode_f64(x, &rounding).code).to_f64()
}

/// Neighbouring values, the one nearer to zero first. Posits have no gap at zero: nothing rounds to it.
fn gaps(format: &Format) -> Vec<(f64, f64)> {
    let mut values: Vec<f64> = (0..1u64 << format.bits)
        .map(|code| format.decode(code).to_f64())
        .filter(|value| value.is_finite())
        .map(|value| value + 0.0) // negative zero is zero here
        .collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let no_zero = matches!(format.kind, Kind::Posit(_));
    values
        .windows(2)
        .map(|pair| if pair[0] < 0.0 { (pair[1], pair[0]) } else { (pair[0], pair[1]) })
        .filter(|(near, _)| !(no_zero && *near == 0.0))
        .collect()
}
