//! Decimal texts: numbers a hair beside a midpoint, and the hard cases of reading binary64.
//!
//! The file's codes come from the exact oracle (and from Python's `float` for binary64, nearest-even); here
//! `rustc_apfloat` reads the same texts once more for the formats it can describe.

use std::time::Instant;

use numerics::conformance::MODES;
use numerics::{Format, Real, Rounding, by_id};
use rustc_apfloat::Float as _;
use rustc_apfloat::ieee::{
    BFloatS, DoubleS, Float8E4M3FNS, Float8E5M2S, HalfS, IeeeFloat, Semantics, SingleS,
};

use crate::outcome::{Differences, Group, Outcome};
use crate::peers::{APFLOAT_MODES, E3M4S, E4M3S, Tf32S};

const DECIMALS: &str = include_str!("../../../docs/conformance/decimals.tsv");

/// All texts of all formats, one outcome a format.
pub(crate) fn run() -> Result<Vec<Outcome>, String> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for line in DECIMALS.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let [id, codes @ .., text] = columns.as_slice() else { return Err(format!("decimals.tsv: {line}")) };
        let format = by_id(id)
            .filter(|_| codes.len() == MODES.len())
            .ok_or_else(|| format!("decimals.tsv: {line}"))?;
        let start = Instant::now();
        let mut differences = Differences::default();
        let answered = check(format, codes, text, &mut differences);
        let seconds = start.elapsed().as_secs_f64();
        match outcomes.last_mut() {
            Some(last) if last.format == *id => {
                last.count += answered;
                last.mismatches += differences.count;
                last.seconds += seconds;
                last.details.extend(differences.shown);
            }
            _ => outcomes.push(Outcome {
                group: Group::Decimals,
                format: (*id).to_owned(),
                what: "decimal texts".to_owned(),
                count: answered,
                mismatches: differences.count,
                set_aside: 0,
                oracles: oracles(format),
                seconds,
                details: differences.shown,
            }),
        }
    }
    Ok(outcomes)
}

fn oracles(format: &Format) -> Vec<String> {
    let mut names = vec!["exact".to_owned()];
    if format.id == "fp64" {
        names.push("Python float".to_owned());
    }
    if apfloat(format.id, "1", APFLOAT_MODES[0].2).is_some() {
        names.push("rustc_apfloat 0.2".to_owned());
    }
    names
}

/// Compares one text in every mode; returns how many answers were compared.
fn check(format: &Format, codes: &[&str], text: &str, differences: &mut Differences) -> u64 {
    let parsed = match Real::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            differences.add(|| format!("{text}: {error}"));
            return 0;
        }
    };
    let mut answered = 0;
    for ((name, mode), expected) in MODES.iter().zip(codes) {
        let ours = format.encode_real(&parsed, &Rounding { mode: *mode, ..Rounding::default() }).code;
        answered += 1;
        if u64::from_str_radix(expected, 16) != Ok(ours) {
            differences.add(|| format!("{text} {name}: ours {ours:#x}, exact 0x{expected}"));
        }
        let round = APFLOAT_MODES.iter().find(|(_, known, _)| known == mode).map(|(.., round)| *round);
        if let Some(theirs) = round.and_then(|round| apfloat(format.id, text, round)) {
            answered += 1;
            if theirs != ours && !(format.decode(ours).is_nan() && format.decode(theirs).is_nan()) {
                differences.add(|| format!("{text} {name}: ours {ours:#x}, rustc_apfloat {theirs:#x}"));
            }
        }
    }
    answered
}

/// The text read by `rustc_apfloat`, for the formats it can describe.
fn apfloat(id: &str, text: &str, round: rustc_apfloat::Round) -> Option<u64> {
    fn read<S: Semantics>(text: &str, round: rustc_apfloat::Round) -> Option<u64> {
        IeeeFloat::<S>::from_str_r(text, round).ok().map(|parsed| parsed.value.to_bits() as u64)
    }
    match id {
        "fp64" => read::<DoubleS>(text, round),
        "fp32" => read::<SingleS>(text, round),
        "tf32" => read::<Tf32S>(text, round),
        "bf16" => read::<BFloatS>(text, round),
        "fp16" => read::<HalfS>(text, round),
        "e5m2" => read::<Float8E5M2S>(text, round),
        "e4m3" => read::<Float8E4M3FNS>(text, round),
        "e4m3-ieee" => read::<E4M3S>(text, round),
        "e3m4" => read::<E3M4S>(text, round),
        _ => None,
    }
}
