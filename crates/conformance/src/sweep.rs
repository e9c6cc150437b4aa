//! Every binary32 number through `half`: 2^32 inputs to binary16 and to bfloat16, by the reference encoder
//! and by the bulk kernels.

use std::thread;
use std::time::Instant;

use half::{bf16, f16};
use numerics::bulk::Quantizer;
use numerics::{Format, Rounding, by_id};

use crate::mutants::{self, Mutant};
use crate::outcome::{Differences, Group, Outcome};

const INPUTS: u64 = 1 << 32;
/// Inputs handed to a bulk kernel at a time.
const SLICE: usize = 4096;

/// Compares all inputs on `threads` threads, or, when `quick`, a sample of them: an odd stride, so that low
/// bits of every pattern are met.
pub(crate) fn run(
    wants: impl Fn(&str) -> bool,
    threads: u64,
    quick: bool,
    mutant: Option<Mutant>,
) -> Vec<Outcome> {
    let wanted = |id: &str| by_id(id).filter(|format| wants(format.id));
    let to_f16 = |x: f32| f16::from_f32_const(x).to_bits();
    let to_bf16 = |x: f32| bf16::from_f32_const(x).to_bits();
    [
        wanted("fp16").map(|format| sweep(format, &to_f16, threads, quick, mutant)),
        wanted("bf16").map(|format| sweep(format, &to_bf16, threads, quick, mutant)),
    ]
    .into_iter()
    .flatten()
    .flatten()
    .collect()
}

/// What one thread found: inputs answered, and what the reference and the bulk kernel got wrong.
#[derive(Default)]
struct Found {
    count: u64,
    reference: Differences,
    bulk: Differences,
}

fn sweep(
    format: &'static Format,
    oracle: &(impl Fn(f32) -> u16 + Sync),
    threads: u64,
    quick: bool,
    mutant: Option<Mutant>,
) -> [Outcome; 2] {
    let start = Instant::now();
    let stride = if quick { 65_521 } else { 1 };
    let mut total = Found::default();
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
            let found = part.join().unwrap_or_default();
            total.count += found.count;
            total.reference.merge(found.reference);
            total.bulk.merge(found.bulk);
        }
    });
    if !quick && total.count != INPUTS {
        let count = total.count;
        total.reference.add(|| format!("only {count} inputs were answered"));
    }
    let inputs = if quick { "a sample of binary32" } else { "every binary32" };
    let seconds = start.elapsed().as_secs_f64() / 2.0;
    [("reference", total.reference), ("bulk kernels", total.bulk)].map(|(by, differences)| Outcome {
        group: Group::Sweep,
        format: format.id.to_owned(),
        what: format!("{inputs}, {by}"),
        count: total.count,
        mismatches: differences.count,
        set_aside: 0,
        oracles: vec!["half 2.7".to_owned()],
        seconds,
        details: differences.shown,
    })
}

fn compare(
    format: &Format,
    oracle: &impl Fn(f32) -> u16,
    mut inputs: impl Iterator<Item = u64>,
    mutant: Option<Mutant>,
) -> Found {
    let rounding = Rounding::default();
    let quantizer = Quantizer::new(format, &rounding);
    let mut found = Found::default();
    let (mut slice, mut codes) = (Vec::with_capacity(SLICE), vec![0; quantizer.storage_bytes(SLICE)]);
    loop {
        slice.clear();
        slice.extend(inputs.by_ref().take(SLICE).map(|bits| f32::from_bits(bits as u32)));
        if slice.is_empty() {
            return found;
        }
        quantizer.encode(&slice, &mut codes);
        for (x, bulk) in slice.iter().copied().zip(codes.chunks_exact(2)) {
            let theirs = u64::from(oracle(x));
            let agrees = |ours: u64| {
                ours == theirs
                    || (x.is_nan() && format.decode(ours).is_nan() && format.decode(theirs).is_nan())
            };
            let describe =
                |ours: u64| format!("{x:e} ({:#010x}): ours {ours:#x}, half {theirs:#x}", x.to_bits());
            let reference = mutants::encode(mutant, format, f64::from(x), &rounding);
            if !agrees(reference) {
                found.reference.add(|| describe(reference));
            }
            let bulk = u64::from(u16::from_le_bytes([bulk[0], bulk[1]]));
            if !agrees(bulk) {
                found.bulk.add(|| describe(bulk));
            }
            found.count += 1;
        }
    }
}
