//! What holds for every block format: the quick paths mean what the slow ones mean, chunks do not
//! matter, zeros stay zeros, and nothing panics.

mod blocks_support;

use blocks_support::{Random, assert_floats, format, quantize, restore};
use numerics::blocks::{
    BLOCK_FORMATS, BlockError, BlockKind, BlockOptions, Grouping, ScaleRule, TensorStats, block_by_id,
};
use numerics::{Overflow, Rounding, RoundingMode, by_id};

const RULES: [ScaleRule; 4] = [ScaleRule::Floor, ScaleRule::Ceil, ScaleRule::Even, ScaleRule::Rceil];
const STOCHASTIC: RoundingMode = RoundingMode::Stochastic { random: 0 };
const GROUPINGS: [Grouping; 3] =
    [Grouping::Tensor, Grouping::Channel { row_len: 64 }, Grouping::Group { len: 32 }];

/// Any bit pattern of f32 that is a number, with neighbours of similar size so that blocks mix.
fn any_finite(random: &mut Random, len: usize) -> Vec<f32> {
    let mut values = Vec::with_capacity(len);
    while values.len() < len {
        let exponent = random.bits() % 256;
        for _ in 0..16 {
            let exponent = exponent.saturating_sub(random.bits() % 12) as u32;
            let x = f32::from_bits(random.bits() as u32 & 0x807F_FFFF | exponent << 23);
            values.push(if x.is_finite() { x } else { 0.0 });
        }
    }
    values.truncate(len);
    values
}

fn each_option() -> impl Iterator<Item = BlockOptions> {
    [RoundingMode::NearestEven, RoundingMode::TowardPositive, RoundingMode::ToOdd, STOCHASTIC]
        .into_iter()
        .flat_map(|mode| {
            GROUPINGS.into_iter().map(move |grouping| BlockOptions {
                mode,
                grouping,
                ..BlockOptions::default()
            })
        })
}

#[test]
fn ids_are_unique_and_found() {
    for format in BLOCK_FORMATS {
        assert_eq!(block_by_id(format.id), Some(format));
        assert_eq!(BLOCK_FORMATS.iter().filter(|other| other.id == format.id).count(), 1);
    }
    assert_eq!(block_by_id("q9_9"), None);
}

/// The vector path of MX against one rounding of the exact quotient, for any finite f32.
#[test]
fn mx_elements_are_the_formats_own() {
    let mut random = Random(1);
    let x = any_finite(&mut random, 32 * 2000);
    let saturate = Rounding { overflow: Overflow::Saturate, ..Rounding::default() };
    for block_format in BLOCK_FORMATS {
        let BlockKind::Mx(spec) = block_format.kind else { continue };
        if spec.element.bits != 8 {
            continue;
        }
        for scale_rule in RULES {
            let o = BlockOptions { scale_rule, ..BlockOptions::default() };
            let bytes = quantize(block_format, &x, &o);
            for (block, stored) in x.chunks(32).zip(bytes.chunks(33)) {
                if stored[0] == 0xFF {
                    continue;
                }
                let unit = 2.0_f64.powi(127 - i32::from(stored[0]));
                for (&x, &code) in block.iter().zip(&stored[1..]) {
                    let expected = spec.element.encode_f64(f64::from(x) * unit, &saturate).code;
                    assert_eq!(u64::from(code), expected, "{} {scale_rule:?} {x:e}", block_format.id);
                }
            }
        }
    }
}

/// The NF4 and INT vector paths against their formats, next to every tie.
#[test]
fn quick_paths_agree_at_ties() {
    let nf4 = by_id("nf4").unwrap();
    let values: Vec<f32> = (0..16).map(|code| nf4.decode(code).to_f64() as f32).collect();
    for pair in values.windows(2) {
        let middle = f32::midpoint(pair[0], pair[1]);
        for y in [middle.next_down(), middle, middle.next_up(), pair[0].next_up(), pair[1].next_down()] {
            let bytes = quantize(format("nf4-block"), &[1.0, y], &BlockOptions::default());
            let expected = nf4.encode_f64(f64::from(y), &Rounding::default()).code;
            assert_eq!(u64::from(bytes[4] >> 4), expected, "{y:e}");
        }
    }
    let int8 = by_id("int8").unwrap();
    let saturate = Rounding { overflow: Overflow::Saturate, ..Rounding::default() };
    for i in -254..=254_i16 {
        let tie = f32::from(i) / 2.0;
        for y in [tie.next_down(), tie, tie.next_up()] {
            if y.abs() <= 127.0 {
                let bytes = quantize(format("int8-sym"), &[127.0, y], &BlockOptions::default());
                let expected = int8.encode_f64(f64::from(y), &saturate).code;
                assert_eq!(u64::from(bytes[1]), expected, "{y:e}");
            }
        }
    }
}

#[test]
fn scale_rules_do_what_they_promise() {
    let mut random = Random(2);
    for block_format in BLOCK_FORMATS {
        let BlockKind::Mx(spec) = block_format.kind else { continue };
        let max = spec.element.decode(spec.element.max_finite()).to_f64();
        for _ in 0..2000 {
            let amax = f64::from(random.normal().abs().max(1e-3));
            let scale = |rule| 2.0_f64.powi(i32::from(spec.scale_code(amax as f32, rule)) - 127);
            let [floor, ceil, even, rceil] = RULES.map(scale);
            assert!(
                amax <= max * rceil && amax > max * rceil / 2.0,
                "RCEIL is the smallest that does not clip"
            );
            assert!(floor <= even && even <= ceil && floor <= rceil && rceil <= ceil);
            assert!(ceil <= 2.0 * floor);
        }
        for rule in RULES {
            assert_eq!(spec.scale_code(0.0, rule), 0);
            assert_eq!(spec.scale_code(f32::from_bits(1), rule), 0);
            assert_eq!(spec.scale_code(f32::INFINITY, rule), 0xFF);
            assert_eq!(spec.scale_code(f32::NAN, rule), 0xFF);
        }
    }
    // Only MXINT8 can need a scale above 2^127.
    let BlockKind::Mx(mxint8) = format("mxint8-block").kind else { unreachable!() };
    let codes = RULES.map(|rule| mxint8.scale_code(f32::MAX, rule));
    assert_eq!(codes, [254, 0xFF, 0xFF, 0xFF]);
}

#[test]
fn chunks_do_not_matter() {
    let mut random = Random(3);
    let x = random.normals(256 * 5 + 77);
    let stats = TensorStats::of(&x);
    for format in BLOCK_FORMATS {
        for o in each_option() {
            let whole = quantize(format, &x, &o);
            let mut pieces = Vec::new();
            for (i, chunk) in x.chunks(512).enumerate() {
                let o = BlockOptions { first_index: 512 * i as u64, ..o };
                format.quantize(chunk, &stats, &o, &mut pieces);
            }
            assert_eq!(pieces, whole, "{} {o:?}", format.id);

            let mut values = Vec::new();
            format.dequantize(&whole, x.len(), &stats, &o, &mut values).unwrap();
            let mut parts = Vec::new();
            let (mut at, mut done) = (0, 0);
            while done < x.len() {
                let len = 512.min(x.len() - done);
                let end = at + format.stored_bytes(&o, len);
                format.dequantize(&whole[at..end], len, &stats, &o, &mut parts).unwrap();
                (at, done) = (end, done + len);
            }
            assert_floats(format.id, &parts, &values);
        }
    }
}

#[test]
fn zeros_stay_zeros() {
    for format in BLOCK_FORMATS {
        for o in each_option() {
            for len in [1, 64, 300] {
                let zeros: Vec<f32> = (0..len).map(|i| if i % 3 == 0 { -0.0 } else { 0.0 }).collect();
                assert!(restore(format, &zeros, &o).iter().all(|x| *x == 0.0), "{} {o:?}", format.id);
            }
        }
        // A zero next to other values is exact too, except where a minimum is rounded.
        if format.kind != BlockKind::Q4K {
            let mut x = Random(4).normals(256);
            x[17] = 0.0;
            assert_eq!(restore(format, &x, &BlockOptions::default())[17], 0.0, "{}", format.id);
        }
    }
}

#[test]
fn what_is_not_finite_stays_in_its_block() {
    let clean = Random(5).normals(1024);
    for format in BLOCK_FORMATS {
        for o in each_option() {
            let block = format.block_len(&o).unwrap_or(1);
            let expected = restore(format, &clean, &o);
            for bad in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut x = clean.clone();
                // Not the extreme that sets a scale.
                let at = 512 + (0..block).find(|&i| x[512 + i].abs() < 1.0).unwrap();
                x[at] = bad;
                let restored = restore(format, &x, &o);
                let poisoned = at / block * block..(at / block + 1) * block;
                let outside = (0..1024).filter(|i| !poisoned.contains(i));
                if let BlockKind::Int(_) = format.kind {
                    assert!(restored[at].is_finite());
                    assert!(!bad.is_nan() || restored[at] == 0.0, "{}", format.id);
                    assert!(!bad.is_infinite() || restored[at] * bad > 0.0 && restored[at].abs() > 1.0);
                } else {
                    assert!(restored[poisoned.clone()].iter().all(|x| x.to_bits() == f32::NAN.to_bits()));
                }
                if format.kind != BlockKind::Nvfp4 || TensorStats::of(&x) == TensorStats::of(&clean) {
                    for i in outside {
                        assert_eq!(restored[i].to_bits(), expected[i].to_bits(), "{} {i}", format.id);
                    }
                }
            }
        }
    }
}

#[test]
fn any_bytes_and_options_are_read_or_refused() {
    let mut random = Random(6);
    let stats = TensorStats { min: -1.0, max: f32::MAX, absmax: f32::MAX };
    for format in BLOCK_FORMATS {
        for o in odd_options() {
            for len in [0, 1, 31, 32, 255, 256, 257] {
                let mut bytes: Vec<u8> =
                    (0..format.stored_bytes(&o, len)).map(|_| random.bits() as u8).collect();
                let mut out = vec![7.0];
                format.dequantize(&bytes, len, &stats, &o, &mut out).unwrap();
                assert_eq!(out.len(), len + 1, "{} {o:?}", format.id);
                assert!(
                    out.iter().all(|x| !x.is_nan() || x.to_bits() == f32::NAN.to_bits()),
                    "{}",
                    format.id
                );
                bytes.push(0);
                let refused = format.dequantize(&bytes, len, &stats, &o, &mut out);
                assert!(matches!(refused, Err(BlockError::Length { .. })));
                assert_eq!(out.len(), len + 1);
            }
            let absurd = format.dequantize(&[0; 99], usize::MAX, &stats, &o, &mut Vec::new());
            assert!(matches!(absurd, Err(BlockError::Length { .. })));
        }
    }
}

#[test]
fn any_values_and_options_are_encoded() {
    let mut random = Random(7);
    let mut x: Vec<f32> = (0..700).map(|_| f32::from_bits(random.bits() as u32)).collect();
    x.extend([f32::MAX, -f32::MAX, f32::MIN_POSITIVE, f32::NAN, f32::INFINITY]);
    for format in BLOCK_FORMATS {
        for o in odd_options() {
            for x in [&x[..], &x[..1], &[], &[f32::NAN; 40], &[f32::INFINITY; 40], &[f32::from_bits(1); 40]] {
                restore(format, x, &o);
            }
            // Stats of another tensor, or none at all.
            for stats in [TensorStats::new(), TensorStats::of(&[1.0])] {
                let mut out = Vec::new();
                format.quantize(&x, &stats, &o, &mut out);
                assert_eq!(out.len(), format.stored_bytes(&o, x.len()));
            }
        }
    }
}

fn odd_options() -> Vec<BlockOptions> {
    let mut options = Vec::new();
    for (len, nf4_block) in [(0, 0), (1, 1), (3, 63), (37, 65), (usize::MAX, usize::MAX)] {
        for mode in [RoundingMode::NearestEven, STOCHASTIC] {
            for grouping in [Grouping::Tensor, Grouping::Channel { row_len: len }, Grouping::Group { len }] {
                let first_index = u64::MAX - 5;
                options.push(BlockOptions {
                    grouping,
                    nf4_block,
                    mode,
                    first_index,
                    ..BlockOptions::default()
                });
            }
        }
    }
    options
}

#[test]
fn stochastic_rounding_is_unbiased() {
    // 5.25 in a block that also holds 6: halfway bits of every 4- and 8-bit format.
    let x: Vec<f32> = (0..256).map(|i| if i % 16 == 0 { 6.0 } else { 5.25 }).collect();
    for id in ["mxfp4", "mxfp8-e5m2", "nvfp4", "int4-sym", "int4-affine", "nf4-block"] {
        let (mut sum, mut count) = (0.0, 0);
        for seed in 0..400 {
            let o = BlockOptions {
                mode: STOCHASTIC,
                seed,
                grouping: Grouping::Group { len: 32 },
                ..BlockOptions::default()
            };
            for (i, y) in restore(format(id), &x, &o).iter().enumerate() {
                if i % 16 != 0 {
                    sum += f64::from(*y);
                    count += 1;
                }
            }
        }
        let mean = sum / f64::from(count);
        // 96,000 draws with a deviation of at most 1: five standard errors.
        assert!((mean - 5.25).abs() < 0.017, "{id}: {mean}");
    }
}

#[test]
fn stated_sizes_are_stored_sizes() {
    let o = BlockOptions::default();
    let group = BlockOptions { grouping: Grouping::Group { len: 128 }, ..o };
    let expected = [
        ("mxfp8-e4m3", &o, 8.25),
        ("mxfp8-e5m2", &o, 8.25),
        ("mxfp6-e3m2", &o, 6.25),
        ("mxfp6-e2m3", &o, 6.25),
        ("mxfp4", &o, 4.25),
        ("mxint8-block", &o, 8.25),
        ("nvfp4", &o, 4.5),
        ("int8-sym", &o, 8.0),
        ("int8-sym", &group, 8.25),
        ("int4-sym", &group, 4.25),
        ("int4-affine", &group, 4.3125),
        ("nf4-block", &o, 4.5),
        ("q8_0", &o, 8.5),
        ("q4_0", &o, 4.5),
        ("q4_k", &o, 4.5),
    ];
    for (id, o, bits) in expected {
        assert_eq!(format(id).bits_per_value(o, 0), bits, "{id}");
        let large = format(id).bits_per_value(o, 1 << 30);
        assert!((large - bits).abs() < 1e-6, "{id}: {large}");
    }
    // A tensor of one value pays for its block.
    assert_eq!(format("mxfp4").bits_per_value(&o, 1), 17.0 * 8.0);
    assert_eq!(format("nvfp4").bits_per_value(&o, 16), 4.5 + 2.0);
}
