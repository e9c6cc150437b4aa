//! Input sets and SHA-256 digests that prove conversions against the oracles.
//!
//! Independent oracles (`tools/oracles`) answer the same input sets and leave their digests in
//! `docs/conformance/digests.json`. This module recomputes a row from `(format, what)`; it reads no
//! file, so that the page can run it in slices ([`Check::step`]) and the tests whole ([`digest`]).
//!
//! # The input set
//! `V` is the sorted list of distinct magnitudes of a format's finite values (of the values
//! themselves for a codebook, which need not be symmetric). For each `v` in `V`, with `w` after it:
//! 1. the number below `v` (unless `v` is 0), `v`, the number above `v`;
//! 2. if there is a `w`: the same three around the midpoint `v + (w - v)/2`;
//! 3. posits, `v` not 0: the same three around the rounding boundary, the value of the posit one bit
//!    longer whose code is `2c + 1` (where the regime eats the fraction it is not the midpoint).
//!
//! Then the tail, with `max` the last of `V` and `gap` its distance from the one before: the three
//! around `max + gap/2`, the three around `max + gap`, `2 max`; integers (for their wrapping): `k max +
//! d u/2` for k in 1..=8 and d in -3..=3 with `u` the step, and `u` times 2^31, 2^32+1, 2^53-1, 2^63,
//! 2^64+4096, 2^100+2^60; then 1e300, the largest binary64, the largest binary32, 2^-1074, 2^-1022,
//! 2^-200, 2^-149, 0, infinity, and NaN where the format has one. The whole list is followed by itself
//! negated. "Below" and "above" are the adjacent binary64 numbers. The `F32` variant takes the
//! adjacent binary32 numbers and leaves out what binary32 does not hold: it is for oracles that
//! convert through binary32.
//!
//! Formats wider than [`EXHAUSTIVE_BITS`] are sampled: `V` becomes the magnitude codes at and around
//! every binade (or regime) edge, then [`RANDOM_CODES`] codes from SplitMix64 seeded with the width,
//! `w` being the value of the following code.
//!
//! # The digests
//! SHA-256 over the answers in order, little-endian: a value as its binary64 bits (NaN as
//! `0x7FF8_0000_0000_0000`), a code in two, four or eight bytes by the width of the format. A decode row
//! covers every code, or for a sampled format the codes of `V`, the same with the top bit set, and
//! [`RANDOM_CODES`] over the whole width (SplitMix64 seeded with 1000 plus the width, top bits).
//!
//! Left out: stochastic rounding and flushed subnormals (tests of their own), and the block formats.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use crate::bulk::{GOLDEN, mix64};
use crate::{Format, Kind, Overflow, PositSpec, Rounding, RoundingMode};

/// The widest format whose every value is visited.
pub const EXHAUSTIVE_BITS: u8 = 19;
/// Seeded codes of a sampled format.
pub const RANDOM_CODES: usize = 20_000;
const CANONICAL_NAN: u64 = 0x7FF8_0000_0000_0000;

/// What a row digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The value of each code.
    Decode,
    /// The inputs themselves, so that a wrong list is told apart from a wrong conversion.
    Inputs(Adjacent),
    /// The code of each input.
    Encode(Adjacent, RoundingMode, Overflow),
}

/// Which numbers count as the ones just below and above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjacent {
    /// Adjacent binary64 numbers.
    F64,
    /// Adjacent binary32 numbers; inputs that binary32 does not hold are left out.
    F32,
}

/// A recomputed row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How many answers were digested.
    pub count: u64,
    /// SHA-256 over them.
    pub sha256: [u8; 32],
}

impl Answer {
    /// The digest in lower-case hexadecimal, as in the file of digests.
    pub fn sha256_hex(&self) -> String {
        use std::fmt::Write as _;
        self.sha256.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}"); // writing to a String does not fail
            text
        })
    }
}

impl What {
    /// Reads the columns `what`, `mode` and `overflow` of a row; `None` for an unknown name.
    pub fn from_columns(what: &str, mode: Option<&str>, overflow: Option<&str>) -> Option<What> {
        let adjacent = if what.ends_with("-f32") { Adjacent::F32 } else { Adjacent::F64 };
        match what {
            "decode" => Some(What::Decode),
            "inputs" | "inputs-f32" => Some(What::Inputs(adjacent)),
            "encode" | "encode-f32" => {
                Some(What::Encode(adjacent, mode_by_id(mode?)?, overflow_by_id(overflow?)?))
            }
            _ => None,
        }
    }
}

/// The deterministic rounding modes by the names used in the file of digests.
pub const MODES: [(&str, RoundingMode); 6] = [
    ("nearest-even", RoundingMode::NearestEven),
    ("nearest-away", RoundingMode::NearestAway),
    ("toward-zero", RoundingMode::TowardZero),
    ("toward-positive", RoundingMode::TowardPositive),
    ("toward-negative", RoundingMode::TowardNegative),
    ("to-odd", RoundingMode::ToOdd),
];

/// The overflow policies by the names used in the file of digests.
pub const OVERFLOWS: [(&str, Overflow); 3] =
    [("native", Overflow::Native), ("saturate", Overflow::Saturate), ("wrap", Overflow::Wrap)];

fn mode_by_id(id: &str) -> Option<RoundingMode> {
    MODES.iter().find(|(name, _)| *name == id).map(|(_, mode)| *mode)
}

fn overflow_by_id(id: &str) -> Option<Overflow> {
    OVERFLOWS.iter().find(|(name, _)| *name == id).map(|(_, overflow)| *overflow)
}

/// Recomputes one row to the end.
pub fn digest(format: &Format, what: What) -> Answer {
    let mut check = Check::new(format, what);
    while !check.step(1 << 16) {}
    check.finish()
}

/// A row being recomputed, a slice at a time.
pub struct Check {
    format: Format,
    what: What,
    source: Source,
    hasher: Sha256,
    bytes: Vec<u8>,
    count: u64,
}

enum Source {
    Codes(DecodeCodes),
    Inputs(Inputs),
}

impl Check {
    /// Starts a row. Making the list of values takes a few milliseconds for a 16-bit format.
    pub fn new(format: &Format, what: What) -> Check {
        let source = match what {
            What::Decode => Source::Codes(DecodeCodes::new(format)),
            What::Inputs(adjacent) | What::Encode(adjacent, ..) => {
                Source::Inputs(Inputs::new(format, adjacent))
            }
        };
        Check { format: *format, what, source, hasher: Sha256::new(), bytes: Vec::new(), count: 0 }
    }

    /// Answers up to `budget` more; true when the row is complete.
    pub fn step(&mut self, budget: usize) -> bool {
        self.step_with(budget, |format, x, rounding| format.encode_f64(x, rounding).code)
    }

    /// As [`Check::step`], with another encoder in the place of the crate's: how the suite shows that
    /// a wrong one is caught.
    pub fn step_with(
        &mut self,
        budget: usize,
        mut encode: impl FnMut(&Format, f64, &Rounding) -> u64,
    ) -> bool {
        let width = match self.what {
            What::Encode(..) => code_bytes(&self.format),
            What::Decode | What::Inputs(_) => 8,
        };
        let mut done = false;
        for _ in 0..budget {
            let answer = match (&mut self.source, self.what) {
                (Source::Codes(codes), _) => {
                    codes.next().map(|code| value_bits(self.format.decode(code).to_f64()))
                }
                (Source::Inputs(inputs), What::Encode(_, mode, overflow)) => inputs
                    .next()
                    .map(|x| encode(&self.format, x, &Rounding { mode, overflow, flush_subnormals: false })),
                (Source::Inputs(inputs), _) => inputs.next().map(value_bits),
            };
            let Some(answer) = answer else {
                done = true;
                break;
            };
            self.bytes.extend_from_slice(&answer.to_le_bytes()[..width]);
            self.count += 1;
        }
        self.hasher.update(&self.bytes);
        self.bytes.clear();
        done
    }

    /// Answers so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The digest of what was answered; the row's own when [`Check::step`] has returned true.
    pub fn finish(self) -> Answer {
        Answer { count: self.count, sha256: self.hasher.finalize().into() }
    }
}

fn value_bits(x: f64) -> u64 {
    if x.is_nan() { CANONICAL_NAN } else { x.to_bits() }
}

/// Bytes a code takes in a digest.
pub fn code_bytes(format: &Format) -> usize {
    match format.bits {
        0..=16 => 2,
        17..=32 => 4,
        _ => 8,
    }
}

/// The inputs of a format, in the order of the definition.
pub struct Inputs {
    format: Format,
    adjacent: Adjacent,
    values: Values,
    negated: bool,
    step: usize,
    queue: Vec<f64>,
    next: usize,
}

/// The list `V`.
enum Values {
    All(Vec<f64>),
    /// Magnitude codes, each with a following value.
    Sampled(Vec<u64>),
}

impl Inputs {
    /// The list of `format`.
    pub fn new(format: &Format, adjacent: Adjacent) -> Inputs {
        let values = if format.bits <= EXHAUSTIVE_BITS {
            all_values(format)
        } else {
            Values::Sampled(sampled_codes(format))
        };
        Inputs { format: *format, adjacent, values, negated: false, step: 0, queue: Vec::new(), next: 0 }
    }

    fn step_count(&self) -> usize {
        match &self.values {
            Values::All(values) => values.len(),
            Values::Sampled(codes) => codes.len(),
        }
    }

    /// Queues the inputs of one value, or of the tail after the last.
    fn fill(&mut self, step: usize) {
        self.queue.clear();
        self.next = 0;
        if step == self.step_count() {
            self.fill_tail();
            return;
        }
        let (value, following, code) = match &self.values {
            Values::All(values) => (values[step], values.get(step + 1).copied(), step as u64),
            Values::Sampled(codes) => {
                let code = codes[step];
                (magnitude(&self.format, code), Some(magnitude(&self.format, code + 1)), code)
            }
        };
        self.push(value, value != 0.0, true);
        if let Some(following) = following {
            self.push(value + (following - value) / 2.0, true, true);
            if let Kind::Posit(spec) = self.format.kind
                && code != 0
            {
                self.push(posit_boundary(&self.format, spec, code), true, true);
            }
        }
    }

    fn fill_tail(&mut self) {
        let (max, before) = match &self.values {
            Values::All(values) => (values[values.len() - 1], values[values.len() - 2]),
            Values::Sampled(_) => {
                let top = max_magnitude_code(&self.format);
                (magnitude(&self.format, top), magnitude(&self.format, top - 1))
            }
        };
        let gap = max - before;
        self.push(max + gap / 2.0, true, true);
        self.push(max + gap, true, true);
        self.push(2.0 * max, false, false);
        if let Kind::Int(spec) = self.format.kind {
            let unit = power_of_two(spec.scale_exponent);
            for k in 1..=8 {
                for d in -3..=3 {
                    self.push(f64::from(k) * max + f64::from(d) * unit / 2.0, false, false);
                }
            }
            let big: [u128; 6] =
                [1 << 31, (1 << 32) + 1, (1 << 53) - 1, 1 << 63, (1 << 64) + 4096, (1 << 100) + (1 << 60)];
            for integer in big {
                self.push(integer as f64 * unit, false, false);
            }
        }
        let tiny = [-1074, -1022, -200, -149].map(power_of_two);
        for x in [1e300, f64::MAX, f64::from(f32::MAX)].into_iter().chain(tiny).chain([0.0, f64::INFINITY]) {
            self.push(x, false, false);
        }
        if self.format.has_nan() {
            self.push(f64::NAN, false, false);
        }
    }

    fn push(&mut self, x: f64, below: bool, above: bool) {
        let single = x as f32;
        let exact = x.is_nan() || f64::from(single) == x;
        let (down, up) = match self.adjacent {
            Adjacent::F64 => (x.next_down(), x.next_up()),
            Adjacent::F32 if exact => (f64::from(single.next_down()), f64::from(single.next_up())),
            Adjacent::F32 => return,
        };
        if below {
            self.queue.push(down);
        }
        self.queue.push(x);
        if above {
            self.queue.push(up);
        }
    }
}

impl Iterator for Inputs {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        while self.next == self.queue.len() {
            if self.step > self.step_count() {
                if self.negated {
                    return None;
                }
                self.negated = true;
                self.step = 0;
            }
            self.fill(self.step);
            self.step += 1;
        }
        let x = self.queue[self.next];
        self.next += 1;
        Some(if self.negated { -x } else { x })
    }
}

/// The codes of a decode row.
struct DecodeCodes {
    listed: Vec<u64>,
    next: u64,
    end: u64,
}

impl DecodeCodes {
    fn new(format: &Format) -> DecodeCodes {
        if format.bits <= EXHAUSTIVE_BITS {
            return DecodeCodes { listed: Vec::new(), next: 0, end: 1 << format.bits };
        }
        let mut listed = sampled_codes(format);
        let top_bit = 1 << (format.bits - 1);
        listed.extend_from_within(..);
        let half = listed.len() / 2;
        for code in &mut listed[half..] {
            *code |= top_bit;
        }
        let mut random = SplitMix64(1000 + u64::from(format.bits));
        listed.extend((0..RANDOM_CODES).map(|_| random.next() >> (64 - format.bits)));
        DecodeCodes { next: 0, end: listed.len() as u64, listed }
    }

    fn next(&mut self) -> Option<u64> {
        if self.next == self.end {
            return None;
        }
        let i = self.next;
        self.next += 1;
        Some(if self.listed.is_empty() { i } else { self.listed[i as usize] })
    }
}

/// Steele, Lea and Flood's generator, small enough to be written the same in every language.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix64(self.0)
    }
}

fn power_of_two(exponent: i32) -> f64 {
    if exponent < -1022 {
        f64::from_bits(1 << (exponent + 1074))
    } else {
        f64::from_bits(((exponent + 1023) as u64) << 52)
    }
}

fn all_values(format: &Format) -> Values {
    let keep_sign = matches!(format.kind, Kind::Codebook(_));
    let mut values: Vec<f64> = (0..1u64 << format.bits)
        .map(|code| format.decode(code).to_f64())
        .filter(|value| value.is_finite())
        .map(|value| if keep_sign { value } else { value.abs() })
        .collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    Values::All(values)
}

/// Largest code of a finite magnitude; for integers the count of steps in the largest magnitude.
fn max_magnitude_code(format: &Format) -> u64 {
    match format.kind {
        Kind::Float(spec) => spec.max_magnitude(),
        Kind::Int(spec) => 1 << (spec.bits - 1),
        Kind::Posit(_) | Kind::Codebook(_) => (1 << (format.bits - 1)) - 1,
    }
}

fn magnitude(format: &Format, code: u64) -> f64 {
    match format.kind {
        Kind::Int(spec) => code as f64 * power_of_two(spec.scale_exponent),
        _ => format.decode(code).to_f64(),
    }
}

/// The value of the posit one bit longer with code `2 code + 1`.
fn posit_boundary(format: &Format, spec: PositSpec, code: u64) -> f64 {
    let bits = spec.bits + 1;
    let longer = Format { bits, kind: Kind::Posit(PositSpec { bits, es: spec.es }), ..*format };
    longer.decode(2 * code + 1).to_f64()
}

fn sampled_codes(format: &Format) -> Vec<u64> {
    let top = max_magnitude_code(format);
    let mut edges = BTreeSet::new();
    if let Kind::Float(spec) = format.kind {
        let step = 1u64 << spec.significand_bits;
        for field in 0..1u64 << spec.exponent_bits {
            let edge = field * step;
            edges.extend([edge.wrapping_sub(1), edge, edge + 1, edge + step / 2]);
        }
    } else {
        for k in 0..format.bits {
            for around in [1u64 << k, top.wrapping_sub(1 << k)] {
                edges.extend([around.wrapping_sub(1), around, around.wrapping_add(1)]);
            }
        }
    }
    // What wrapped below zero is far above the top, so one bound removes it too.
    let mut codes: Vec<u64> = edges.into_iter().filter(|code| *code < top).collect();
    let mut random = SplitMix64(u64::from(format.bits));
    codes.extend((0..RANDOM_CODES).map(|_| random.next() % top));
    codes
}
