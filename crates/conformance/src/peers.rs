//! Other crates as oracles, asked about the same inputs, answer by answer.
//!
//! `rustc_apfloat` rounds binary64 once, in five modes; three formats it does not name are described to it.
//! `float8` saturates. `fast-posit` follows the posit standard of 2022. `half` and `microfloat` are asked
//! about binary32 inputs only: `microfloat` goes through binary32, and `half` 2.7 looks at the upper
//! half of a binary64 alone, which loses what decides near a midpoint.

use std::time::Instant;

use fast_posit::RoundFrom as _;
use half::{bf16, f16};
use numerics::conformance::{Adjacent, EXHAUSTIVE_BITS, Inputs};
use numerics::{Format, Overflow, Rounding, RoundingMode, by_id};
use rustc_apfloat::ieee::{
    BFloatS, Double, DoubleS, Float8E4M3FNS, Float8E5M2S, HalfS, IeeeFloat, Semantics, SingleS,
};
use rustc_apfloat::{Float as _, FloatConvert as _, Round};

use crate::mutants::{self, Mutant};
use crate::outcome::{Differences, Group, Outcome};

/// Inputs at which a crate departs from the documents of the format, and from every other oracle:
/// - `rustc_apfloat`: negative overflow of E4M3 in the directed modes (towards zero it gives NaN, away from
///   zero the largest finite value; positive overflow is right);
/// - `microfloat`: 464 to E4M3 is NaN (the tie goes to 448), and E8M0 stays at 2^127 for finite numbers
///   from 1.5 * 2^127 on, where `ml_dtypes`, whose behaviour it sets out to have, gives NaN.
fn known_to_differ(name: &str, id: &str, mode: RoundingMode, x: f64) -> bool {
    let directed = matches!(mode, RoundingMode::TowardPositive | RoundingMode::TowardNegative);
    match (name, id) {
        (APFLOAT, "e4m3") => directed && (-481.0..-448.0).contains(&x),
        (MICROFLOAT, "e4m3") => x.abs() == 464.0,
        (MICROFLOAT, "e8m0") => x >= 1.5 * 2f64.powi(127) && x.is_finite(),
        _ => false,
    }
}

type Encode = Box<dyn Fn(f64) -> u64 + Send + Sync>;
type Decode = Box<dyn Fn(u64) -> f64 + Send + Sync>;

/// One question to another crate.
pub(crate) struct Peer {
    name: &'static str,
    pub format: &'static Format,
    ask: Ask,
}

enum Ask {
    Decode(Decode),
    Encode { rounding: Rounding, mode_name: &'static str, adjacent: Adjacent, encode: Encode },
}

/// TF32's 19 bits.
pub(crate) struct Tf32S;
impl Semantics for Tf32S {
    const BITS: usize = 19;
    const EXP_BITS: usize = 8;
}
/// IEEE-style E4M3.
pub(crate) struct E4M3S;
impl Semantics for E4M3S {
    const BITS: usize = 8;
    const EXP_BITS: usize = 4;
}
/// E3M4.
pub(crate) struct E3M4S;
impl Semantics for E3M4S {
    const BITS: usize = 8;
    const EXP_BITS: usize = 3;
}

const APFLOAT: &str = "rustc_apfloat 0.2";
const MICROFLOAT: &str = "microfloat 0.1";

/// The modes `rustc_apfloat` has.
pub(crate) const APFLOAT_MODES: [(&str, RoundingMode, Round); 5] = [
    ("nearest-even", RoundingMode::NearestEven, Round::NearestTiesToEven),
    ("nearest-away", RoundingMode::NearestAway, Round::NearestTiesToAway),
    ("toward-zero", RoundingMode::TowardZero, Round::TowardZero),
    ("toward-positive", RoundingMode::TowardPositive, Round::TowardPositive),
    ("toward-negative", RoundingMode::TowardNegative, Round::TowardNegative),
];

struct List(Vec<Peer>);

impl List {
    fn encode(
        &mut self,
        name: &'static str,
        id: &str,
        (mode_name, mode, overflow): (&'static str, RoundingMode, Overflow),
        adjacent: Adjacent,
        encode: impl Fn(f64) -> u64 + Send + Sync + 'static,
    ) {
        if let Some(format) = by_id(id) {
            let rounding = Rounding { mode, overflow, flush_subnormals: false };
            let ask = Ask::Encode { rounding, mode_name, adjacent, encode: Box::new(encode) };
            self.0.push(Peer { name, format, ask });
        }
    }

    fn decode(&mut self, name: &'static str, id: &str, decode: impl Fn(u64) -> f64 + Send + Sync + 'static) {
        if let Some(format) = by_id(id) {
            self.0.push(Peer { name, format, ask: Ask::Decode(Box::new(decode)) });
        }
    }

    fn apfloat<S: Semantics + 'static>(&mut self, id: &str) {
        for (mode_name, mode, round) in APFLOAT_MODES {
            self.encode(APFLOAT, id, (mode_name, mode, Overflow::Native), Adjacent::F64, move |x| {
                let exact = Double::from_bits(u128::from(x.to_bits()));
                let rounded: IeeeFloat<S> = exact.convert_r(round, &mut false).value;
                rounded.to_bits() as u64
            });
        }
        if S::BITS > usize::from(EXHAUSTIVE_BITS) {
            return; // the digests sample these
        }
        self.decode(APFLOAT, id, |code| {
            let wide: IeeeFloat<DoubleS> =
                IeeeFloat::<S>::from_bits(u128::from(code)).convert(&mut false).value;
            f64::from_bits(wide.to_bits() as u64)
        });
    }
}

const NEAREST: (&str, RoundingMode, Overflow) = ("nearest-even", RoundingMode::NearestEven, Overflow::Native);
const SATURATING: (&str, RoundingMode, Overflow) =
    ("nearest-even", RoundingMode::NearestEven, Overflow::Saturate);

/// Every question.
pub(crate) fn all() -> Vec<Peer> {
    let mut list = List(Vec::new());
    list.apfloat::<SingleS>("fp32");
    list.apfloat::<Tf32S>("tf32");
    list.apfloat::<BFloatS>("bf16");
    list.apfloat::<HalfS>("fp16");
    list.apfloat::<Float8E5M2S>("e5m2");
    list.apfloat::<Float8E4M3FNS>("e4m3");
    list.apfloat::<E4M3S>("e4m3-ieee");
    list.apfloat::<E3M4S>("e3m4");

    let half = "half 2.7";
    list.encode(half, "fp16", NEAREST, Adjacent::F32, |x| u64::from(f16::from_f32_const(x as f32).to_bits()));
    list.encode(half, "bf16", NEAREST, Adjacent::F32, |x| {
        u64::from(bf16::from_f32_const(x as f32).to_bits())
    });
    list.decode(half, "fp16", |code| f16::from_bits(code as u16).to_f64_const());
    list.decode(half, "bf16", |code| bf16::from_bits(code as u16).to_f64_const());

    macro_rules! microfloats {
        ($($type:ident $id:literal),*) => {$(
            list.encode(MICROFLOAT, $id, NEAREST, Adjacent::F32, |x| {
                u64::from(microfloat::$type::from_f32(x as f32).to_bits())
            });
            list.decode(MICROFLOAT, $id, |code| microfloat::$type::from_bits(code as u8).to_f64());
        )*};
    }
    microfloats!(
        f8e5m2 "e5m2", f8e4m3fn "e4m3", f8e4m3 "e4m3-ieee", f8e3m4 "e3m4", f8e4m3fnuz "e4m3fnuz", f8e5m2fnuz "e5m2fnuz",
        f8e4m3b11fnuz "e4m3b11fnuz", f6e3m2fn "e3m2", f6e2m3fn "e2m3", f4e2m1fn "e2m1"
    );
    // Its E8M0 sends ties up, which is nearest-away.
    let up = ("nearest-away", RoundingMode::NearestAway, Overflow::Native);
    list.encode(MICROFLOAT, "e8m0", up, Adjacent::F32, |x| {
        u64::from(microfloat::f8e8m0fnu::from_f32(x as f32).to_bits())
    });
    list.decode(MICROFLOAT, "e8m0", |code| microfloat::f8e8m0fnu::from_bits(code as u8).to_f64());

    let float8 = "float8 0.7";
    list.encode(float8, "e4m3", SATURATING, Adjacent::F64, |x| {
        u64::from(float8::F8E4M3::from_f64(x).to_bits())
    });
    list.encode(float8, "e5m2", SATURATING, Adjacent::F64, |x| {
        u64::from(float8::F8E5M2::from_f64(x).to_bits())
    });
    list.decode(float8, "e4m3", |code| float8::F8E4M3::from_bits(code as u8).to_f64());
    list.decode(float8, "e5m2", |code| float8::F8E5M2::from_bits(code as u8).to_f64());

    let posit = "fast-posit 0.2";
    list.encode(posit, "posit8", NEAREST, Adjacent::F64, |x| {
        u64::from(fast_posit::p8::round_from(x).to_bits().cast_unsigned())
    });
    list.encode(posit, "posit16", NEAREST, Adjacent::F64, |x| {
        u64::from(fast_posit::p16::round_from(x).to_bits().cast_unsigned())
    });
    list.encode(posit, "posit32", NEAREST, Adjacent::F64, |x| {
        u64::from(fast_posit::p32::round_from(x).to_bits().cast_unsigned())
    });
    list.decode(posit, "posit8", |code| f64::round_from(fast_posit::p8::from_bits(code as u8 as i8)));
    list.decode(posit, "posit16", |code| f64::round_from(fast_posit::p16::from_bits(code as u16 as i16)));
    list.0
}

impl Peer {
    /// Small enough for a quick run.
    pub(crate) fn is_quick(&self) -> bool {
        let nearest =
            matches!(&self.ask, Ask::Encode { rounding, .. } if rounding.mode == RoundingMode::NearestEven);
        self.format.bits <= 8 || (self.format.bits == 16 && nearest)
    }

    /// Asks about every input and compares.
    pub(crate) fn check(&self, mutant: Option<Mutant>) -> Outcome {
        let start = Instant::now();
        let (mut count, mut set_aside, mut differences) = (0, 0, Differences::default());
        let what = match &self.ask {
            Ask::Decode(decode) => {
                for code in 0..1u64 << self.format.bits {
                    let (ours, theirs) = (self.format.decode(code).to_f64(), decode(code));
                    count += 1;
                    if ours.to_bits() != theirs.to_bits() && !(ours.is_nan() && theirs.is_nan()) {
                        differences
                            .add(|| format!("code {code:#x}: ours {ours:e}, {} {theirs:e}", self.name));
                    }
                }
                "decode".to_owned()
            }
            Ask::Encode { rounding, mode_name, adjacent, encode } => {
                for x in Inputs::new(self.format, *adjacent) {
                    let (ours, theirs) = (mutants::encode(mutant, self.format, x, rounding), encode(x));
                    count += 1;
                    let both_nan =
                        || self.format.decode(ours).is_nan() && self.format.decode(theirs).is_nan();
                    if ours == theirs || both_nan() {
                        continue;
                    }
                    if known_to_differ(self.name, self.format.id, rounding.mode, x) {
                        set_aside += 1;
                    } else {
                        differences.add(|| {
                            format!(
                                "{x:e} ({:#018x}): ours {ours:#x}, {} {theirs:#x}",
                                x.to_bits(),
                                self.name
                            )
                        });
                    }
                }
                let column = if *adjacent == Adjacent::F32 { "encode-f32" } else { "encode" };
                let overflow = if rounding.overflow == Overflow::Saturate { "saturate" } else { "native" };
                format!("{column} {mode_name} {overflow}")
            }
        };
        Outcome {
            group: Group::Peer,
            format: self.format.id.to_owned(),
            what,
            count,
            mismatches: differences.count,
            set_aside,
            oracles: vec![self.name.to_owned()],
            seconds: start.elapsed().as_secs_f64(),
            details: differences.shown,
        }
    }
}
