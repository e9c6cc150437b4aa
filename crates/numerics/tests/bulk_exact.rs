//! Every bulk kernel against `Format::encode_f64` and `Format::decode`, which are its meaning.
//!
//! Inputs: the binary32 patterns at and beside every value and every midpoint of the format, the specials, and
//! seeded random patterns. Optimised builds (`--profile proof`) take all of them and 2^20 random patterns per
//! format, mode and overflow; a debug build takes a sample, so that the quick round of tests stays quick.

use numerics::bulk::{Quantizer, random_at};
use numerics::{FORMATS, FloatSpec, Format, Kind, Overflow, Rounding, RoundingMode};

const THOROUGH: bool = !cfg!(debug_assertions);
const RANDOM_PATTERNS: u64 = if THOROUGH { 1 << 20 } else { 1 << 9 };

const MODES: [RoundingMode; 7] = [
    RoundingMode::NearestEven,
    RoundingMode::NearestAway,
    RoundingMode::TowardZero,
    RoundingMode::TowardPositive,
    RoundingMode::TowardNegative,
    RoundingMode::ToOdd,
    RoundingMode::Stochastic { random: 0x5EED },
];

const OVERFLOWS: [Overflow; 3] = [Overflow::Native, Overflow::Saturate, Overflow::Wrap];

/// Layouts that the table lacks: binary32's exponent field with few bits, odd biases, no subnormals, unsigned,
/// single significand bits, values beyond binary32.
const CUSTOM: [&str; 14] = [
    "s1e8m3b127-ieee",
    "s1e8m3b127-fn",
    "s1e8m14b127-ieee",
    "s1e5m2b15-none",
    "s1e5m10b15-fnuz",
    "s1e6m9b31-ieee",
    "s1e6m9b60-p3109",
    "s1e7m1b63-ieee",
    "s1e4m3b7-ieee-ns",
    "s0e5m3b15-none",
    "s1e3m0b3-none",
    "s1e5m8b140-ieee",
    "s1e11m4b1023-ieee",
    "s1e2m14b1-ieee",
];

fn formats() -> Vec<Format> {
    let custom = CUSTOM.iter().map(|text| FloatSpec::custom(text).unwrap_or_else(|e| panic!("{text}: {e}")));
    FORMATS.iter().copied().chain(custom).collect()
}

/// The format's own boundaries, as binary32 patterns of both signs.
fn boundaries(format: &Format) -> Vec<u32> {
    let mut patterns = vec![
        0,
        1,
        2,
        0x7F_FFFF,
        0x80_0000,
        0x80_0001,
        0x7F7F_FFFE,
        0x7F7F_FFFF,
        0x7F80_0000,
        0x7F80_0001,
        0x7FBF_FFFF,
        0x7FC0_0000,
        0x7FC0_0001,
        0x7FFF_FFFF,
        0x3F80_0000,
        0x3F00_0000,
        0x3EFF_FFFF,
    ];
    for exponent in 0..255u32 {
        patterns.extend([exponent << 23, (exponent << 23) | 1, ((exponent << 23) | 0x40_0000) - 1]);
    }
    if format.bits <= 16 {
        let step = if THOROUGH || format.bits <= 8 { 1 } else { 97 };
        let mut previous = 0f64;
        for code in (0..=format.mask()).step_by(step) {
            let value = format.decode(code).to_f64();
            if !value.is_finite() {
                continue;
            }
            // The largest value plus half and one more gap comes from the pair that goes beyond it.
            for x in [
                value,
                f64::midpoint(value, previous),
                value + (value - previous) / 2.0,
                value * 2.0 - previous,
            ] {
                let pattern = (x as f32).to_bits();
                patterns.extend([pattern.wrapping_sub(1), pattern, pattern.wrapping_add(1)]);
            }
            previous = value;
        }
    }
    let negative: Vec<u32> = patterns.iter().map(|pattern| pattern ^ 0x8000_0000).collect();
    patterns.extend(negative);
    patterns
}

fn code_at(format: &Format, codes: &[u8], i: usize) -> u64 {
    let bytes = |n: usize| {
        let mut word = [0; 8];
        word[..n].copy_from_slice(&codes[n * i..n * (i + 1)]);
        u64::from_le_bytes(word)
    };
    match format.bits {
        0..=4 => u64::from(codes[i / 2] >> (4 * (i % 2)) & 0xF),
        5..=8 => bytes(1),
        9..=16 => bytes(2),
        17..=32 => bytes(4),
        _ => bytes(8),
    }
}

fn at(rounding: &Rounding, index: u64) -> Rounding {
    let mut rounding = *rounding;
    if let RoundingMode::Stochastic { random } = &mut rounding.mode {
        *random = random_at(*random, index);
    }
    rounding
}

fn bits_of(value: f64) -> u32 {
    if value.is_nan() { 0x7FC0_0000 } else { (value as f32).to_bits() }
}

fn check(format: &Format, rounding: &Rounding, patterns: &[u32]) {
    let x: Vec<f32> = patterns.iter().map(|&bits| f32::from_bits(bits)).collect();
    let offset = 1 << 40;
    let quantizer = Quantizer::new(format, rounding).with_offset(offset);
    let mut codes = vec![0; quantizer.storage_bytes(x.len())];
    quantizer.encode(&x, &mut codes);
    let mut rounded = vec![0f32; x.len()];
    quantizer.round(&x, &mut rounded);
    let mut decoded = vec![0f32; x.len()];
    quantizer.decode(&codes, &mut decoded);
    for (i, &x) in x.iter().enumerate() {
        let expected = format.encode_f64(f64::from(x), &at(rounding, offset + i as u64));
        let code = code_at(format, &codes, i);
        let case = || format!("{} {rounding:?} of {x:e} ({:#010x})", format.id, x.to_bits());
        assert_eq!(code, expected.code, "code, {}: {code:#x} not {:#x}", case(), expected.code);
        let value = bits_of(expected.value.to_f64());
        assert_eq!(decoded[i].to_bits(), value, "decoded, {}", case());
        assert_eq!(rounded[i].to_bits(), value, "rounded, {}", case());
    }
}

/// Every way of rounding that differs for the family: only integers wrap, only floats flush.
fn roundings(format: &Format) -> Vec<Rounding> {
    let integer = matches!(format.kind, Kind::Int(_));
    let float = matches!(format.kind, Kind::Float(_));
    let mut all = Vec::new();
    for mode in MODES {
        for overflow in OVERFLOWS.into_iter().filter(|&overflow| integer || overflow != Overflow::Wrap) {
            for flush_subnormals in [false, true].into_iter().filter(|&flush| float || !flush) {
                all.push(Rounding { mode, overflow, flush_subnormals });
            }
        }
    }
    all
}

#[test]
fn codes_and_values_are_those_of_the_definition_at_every_boundary() {
    for format in formats() {
        let patterns = boundaries(&format);
        for rounding in roundings(&format) {
            check(&format, &rounding, &patterns);
        }
    }
}

#[test]
fn codes_and_values_are_those_of_the_definition_for_random_patterns() {
    for (f, format) in formats().iter().enumerate() {
        for (r, rounding) in roundings(format).iter().enumerate() {
            let seed = (f * 100 + r) as u64;
            let count = if rounding.flush_subnormals { RANDOM_PATTERNS / 16 } else { RANDOM_PATTERNS };
            let patterns: Vec<u32> = (0..count).map(|i| random_at(seed, i) as u32).collect();
            check(format, rounding, &patterns);
        }
    }
}

#[test]
fn binary64_is_rounded_once() {
    for (f, format) in formats().iter().enumerate() {
        // Half random patterns of all magnitudes, half boundaries pushed by less than binary32 can see.
        let mut x: Vec<f64> = (0..RANDOM_PATTERNS / 16)
            .map(|i| {
                f64::from(f32::from_bits(random_at(f as u64, i) as u32))
                    * (1.0 + f64::EPSILON * (i % 3) as f64)
            })
            .collect();
        x.extend((0..512).map(|i| f64::from_bits(random_at(99, i))));
        for pattern in boundaries(format).into_iter().step_by(if THOROUGH { 1 } else { 7 }) {
            let exact = f64::from(f32::from_bits(pattern));
            x.extend([exact, exact.next_up(), exact.next_down()]);
        }
        for rounding in roundings(format) {
            if rounding.flush_subnormals && !THOROUGH {
                continue;
            }
            let quantizer = Quantizer::new(format, &rounding);
            let mut codes = vec![0; quantizer.storage_bytes(x.len())];
            quantizer.encode_f64(&x, &mut codes);
            for (i, &x) in x.iter().enumerate() {
                let expected = format.encode_f64(x, &at(&rounding, i as u64)).code;
                assert_eq!(code_at(format, &codes, i), expected, "{} {rounding:?} of {x:e}", format.id);
            }
        }
    }
}

#[test]
fn every_code_of_small_formats_decodes_to_its_value() {
    for format in formats().iter().filter(|format| format.bits <= 16) {
        let quantizer = Quantizer::new(format, &Rounding::default());
        let all: Vec<u64> = (0..=format.mask()).collect();
        let mut codes = vec![0u8; quantizer.storage_bytes(all.len())];
        for (i, &code) in all.iter().enumerate() {
            match format.bits {
                0..=4 => codes[i / 2] |= (code as u8) << (4 * (i % 2)),
                5..=8 => codes[i] = code as u8,
                _ => codes[2 * i..2 * i + 2].copy_from_slice(&(code as u16).to_le_bytes()),
            }
        }
        // Once through the quick path for short slices, once through the table.
        for len in [all.len().min(100), all.len()] {
            let mut out = vec![0f32; len];
            quantizer.decode(&codes, &mut out);
            for (code, value) in out.iter().enumerate() {
                let expected = bits_of(format.decode(code as u64).to_f64());
                assert_eq!(value.to_bits(), expected, "{} code {code:#x}", format.id);
            }
        }
    }
}

#[test]
fn pieces_with_their_offsets_equal_the_whole() {
    let x: Vec<f32> = (0..5000).map(|i| random_at(1, i) as i32 as f32 / 3e8).collect();
    let mode = RoundingMode::Stochastic { random: 42 };
    let rounding = Rounding { mode, ..Rounding::default() };
    for format in formats() {
        let whole = Quantizer::new(&format, &rounding);
        let mut expected = vec![0; whole.storage_bytes(x.len())];
        whole.encode(&x, &mut expected);
        let mut codes = Vec::new();
        for (i, piece) in x.chunks(1234).enumerate() {
            let part = Quantizer::new(&format, &rounding).with_offset(1234 * i as u64);
            let mut some = vec![0; part.storage_bytes(piece.len())];
            part.encode(piece, &mut some);
            codes.extend(some);
        }
        assert_eq!(codes, expected, "{}", format.id);
    }
}

#[test]
fn stochastic_rounding_is_unbiased() {
    let format = numerics::by_id("e4m3").expect("a row of the table");
    let mode = RoundingMode::Stochastic { random: 7 };
    let quantizer = Quantizer::new(format, &Rounding { mode, ..Rounding::default() });
    // A quarter of the way from 1 to 1.125.
    let x = vec![1.031_25f32; 1 << 16];
    let mut rounded = vec![0f32; x.len()];
    quantizer.round(&x, &mut rounded);
    let up = rounded.iter().filter(|&&value| value == 1.125).count();
    // Standard deviation of the count is 111.
    assert!(up.abs_diff(1 << 14) < 600, "{up}");
}

#[test]
fn a_short_buffer_is_refused_before_anything_is_written() {
    let format = numerics::by_id("fp16").expect("a row of the table");
    let quantizer = Quantizer::new(format, &Rounding::default());
    let refused = std::panic::catch_unwind(|| quantizer.encode(&[1.0; 4], &mut [0; 7]));
    assert!(refused.is_err());
    assert!(matches!(format.kind, Kind::Float(_)));
}
