//! Every binary32 number through `half`: 2^32 inputs to binary16 and to bfloat16.

use std::thread;
use std::time::Instant;

use half::{bf16, f16};
use numerics::{Format, Rounding, by_id};

use crate::mutants::{self, Mutant};
use crate::outcome::{Differences, Group, Outcome};

const INPUTS: u64 = 1 << 32;

/// Compares all inputs on `threads` threads, or, when `quick`, a sample of them: an odd stride, so that low
/// bits of every pattern are met.
pub(crate) fn run(
    wants: impl Fn(&str) -> bool,
    threads: u64,
    quick: bool,
    mutant: Option<Mutant>,
) -> Vec<Outcome> {
    let wanted = |id: &str| by_id(id).filter(|format| wants(format.id));
    let to_f16 = |x: f32| u64::from(f16::from_f32_const(x).to_bits());
    let to_bf16 = |x: f32| u64::from(bf16::from_f32_const(x).to_bits());
    [
        wanted("fp16").map(|format| sweep(format, &to_f16, threads, quick, mutant)),
        wanted("bf16").map(|format| sweep(format, &to_bf16, threads, quick, mutant)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn sweep(
    format: &'static Format,
    oracle: &(impl Fn(f32) -> u64 + Sync),
    threads: u64,
    quick: bool,
    mutant: Option<Mutant>,
) -> Outcome {
    let start = Instant::now();
    let stride = if quick { 65_521 } else { 1 };
    let mut total = Differences::default();
    let mut count = 0;
    thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|part| {
                scope.spawn(move || {
                    let (from, to) = (INPUTS * part / threads, INPUTS * (part + 1) / threads);
                    compare(format, oracle, (from..to).step_by(stride), mutant)
                })
            })
            .collect();
        for part in parts {
            // A thread that panicked answered nothing, which the count below shows.
            let (answered, differences) = part.join().unwrap_or_default();
            count += answered;
            total.merge(differences);
        }
    });
    if !quick && count != INPUTS {
        total.add(|| format!("only {count} inputs were answered"));
    }
    Outcome {
        group: Group::Sweep,
        format: format.id.to_owned(),
        what: if quick { "a sample of binary32" } else { "every binary32" }.to_owned(),
        count,
        mismatches: total.count,
        set_aside: 0,
        oracles: vec!["half 2.7".to_owned()],
        seconds: start.elapsed().as_secs_f64(),
        details: total.shown,
    }
}

fn compare(
    format: &Format,
    oracle: &impl Fn(f32) -> u64,
    inputs: impl Iterator<Item = u64>,
    mutant: Option<Mutant>,
) -> (u64, Differences) {
    let rounding = Rounding::default();
    let (mut count, mut differences) = (0, Differences::default());
    for bits in inputs {
        let x = f32::from_bits(bits as u32);
        let (ours, theirs) = (mutants::encode(mutant, format, f64::from(x), &rounding), oracle(x));
        count += 1;
        if ours != theirs && !(x.is_nan() && format.decode(ours).is_nan() && format.decode(theirs).is_nan()) {
            differences.add(|| format!("{x:e} ({bits:#010x}): ours {ours:#x}, half {theirs:#x}"));
        }
    }
    (count, differences)
}
