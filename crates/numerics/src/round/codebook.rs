//! Codebooks: a sorted list of values, the code is the index.
//!
//! Nearest-even sends an exact midpoint to the even index, nearest-away to the entry farther from zero.
//! The list holds zero, so that no gap reaches across it. Numbers beyond the ends become the ends, in every mode and overflow policy.

use std::cmp::Ordering;

use super::{Encoded, Magnitude, RoundingMode, Source, Split};
use crate::format::Format;
use crate::value::Value;

pub(super) fn decode(entries: &[f32], code: u64) -> Value {
    entries.get(code as usize).map_or(Value::Nan, |&entry| Value::from_f64(f64::from(entry)))
}

pub(super) fn encode(format: &Format, entries: &[f32], source: &Source, mode: RoundingMode) -> Encoded {
    let last = entries.len().saturating_sub(1);
    // The index at which numbers stop being below zero.
    let zero = entries.partition_point(|&entry| entry < 0.0);
    let magnitude = match source {
        Source::Nan => return Encoded { substituted_nan: true, ..Encoded::plain(format, zero as u64) },
        Source::Zero { .. } => return Encoded::plain(format, zero as u64),
        Source::Infinity { negative } => {
            let encoded = Encoded::plain(format, if *negative { 0 } else { last as u64 });
            return Encoded { inexact: true, overflow: true, ..encoded };
        }
        Source::Finite(magnitude) => magnitude,
    };
    // Entries at or below the number, counted.
    let below = entries.partition_point(|&entry| cmp_entry(magnitude, entry) != Ordering::Less);
    let floor = below.saturating_sub(1);
    if below > 0 && cmp_entry(magnitude, entries[floor]) == Ordering::Equal {
        return Encoded::plain(format, floor as u64);
    }
    if below == 0 || below > last {
        let encoded = Encoded::plain(format, if below == 0 { 0 } else { last as u64 });
        return Encoded { inexact: true, overflow: true, ..encoded };
    }
    let (inner, outer) = if magnitude.negative { (below, floor) } else { (floor, below) };
    let split = position(magnitude, inner as u64, entries[inner].abs(), entries[outer].abs());
    let away = split.rounds_away(mode, magnitude.negative, split.is_odd());
    Encoded::cut(format, if away { outer } else { inner } as u64, &split)
}

/// The place of `x` in the gap from the entry nearer zero to the other: exact about which side of the midpoint
/// it is on, and good to 52 bits within that side.
fn position(x: &Magnitude, inner: u64, from: f32, to: f32) -> Split {
    const HALF: u128 = 1 << 127;
    let (from, to) = (f64::from(from), f64::from(to));
    // Exact: neighbouring entries of a codebook are of similar size.
    let side = x.cmp_abs(f64::midpoint(from, to));
    let fraction = (x.abs_to_f64() - from) / (to - from) * 18_446_744_073_709_551_616.0;
    let fraction = u128::from(fraction as u64) << 64;
    match side {
        Ordering::Less => Split::in_gap(inner, fraction.min(HALF - 1), true),
        Ordering::Equal => Split::in_gap(inner, HALF, false),
        Ordering::Greater => Split::in_gap(inner, fraction.max(HALF), true),
    }
}

/// Order of the number against an entry.
fn cmp_entry(x: &Magnitude, entry: f32) -> Ordering {
    let entry = f64::from(entry);
    match (x.negative, entry < 0.0) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => x.cmp_abs(entry),
        (true, true) => x.cmp_abs(-entry).reverse(),
    }
}
