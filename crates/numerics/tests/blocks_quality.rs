//! How good our Q4_K encoder is: against Q4_0 (as many bits) and against the plain encoder that
//! spans each sub-block's range. `cargo test --test blocks_quality -- --nocapture` prints the figures.

mod blocks_support;

use blocks_support::{Random, format, restore, rmse};
use numerics::blocks::{BlockOptions, TensorStats};

const LEN: usize = 256 * 64;

/// Weight-like tensors: the shape of the distribution matters more than its size.
fn tensors() -> Vec<(&'static str, Vec<f32>)> {
    let mut r = Random(44);
    vec![
        ("normal", r.normals(LEN)),
        ("small weights", (0..LEN).map(|_| r.normal() * 0.02).collect()),
        ("heavy tails", (0..LEN).map(|_| r.normal() * r.normal() * r.normal()).collect()),
        ("shifted", (0..LEN).map(|_| r.normal() - 1.5).collect()),
        ("positive", (0..LEN).map(|_| r.uniform() as f32).collect()),
        ("rows of several sizes", (0..LEN).map(|i| r.normal() * 2.0_f32.powi(i as i32 / 32 % 5)).collect()),
    ]
}

/// The plain way: scale and minimum from the range, rounded to the nearest six bits.
fn min_max(x: &[f32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for block in x.as_chunks::<256>().0 {
        let ranges: Vec<(f32, f32)> =
            block.as_chunks::<32>().0.iter().map(|sub| TensorStats::of(sub).range_with_zero()).collect();
        let largest =
            |f: fn(&(f32, f32)) -> f32| half::f16::from_f32(ranges.iter().map(f).fold(0.0, f32::max) / 63.0);
        let (d, dmin) = (largest(|(low, high)| (high - low) / 15.0), largest(|(low, _)| -low));
        let six = |x: f32, unit: half::f16| (x / unit.to_f32()).round().clamp(0.0, 63.0) as u8;
        let scales: Vec<u8> = ranges.iter().map(|(low, high)| six((high - low) / 15.0, d)).collect();
        let minima: Vec<u8> = ranges.iter().map(|(low, _)| six(-low, dmin)).collect();
        bytes.extend(d.to_le_bytes());
        bytes.extend(dmin.to_le_bytes());
        for (low, high) in [(&scales, &scales), (&minima, &minima)] {
            bytes.extend((0..4).map(|i| low[i] | high[i + 4] >> 4 << 6));
        }
        bytes.extend((0..4).map(|i| scales[i + 4] & 15 | minima[i + 4] << 4));
        for pair in 0..4 {
            bytes.extend((0..32).map(|i| {
                let code = |sub: usize| {
                    let (step, offset) =
                        (d.to_f32() * f32::from(scales[sub]), dmin.to_f32() * f32::from(minima[sub]));
                    ((block[sub * 32 + i] + offset) / step).round().clamp(0.0, 15.0) as u8
                };
                code(2 * pair) | code(2 * pair + 1) << 4
            }));
        }
    }
    bytes
}

#[test]
fn q4_k_beats_q4_0_and_min_max() {
    let o = BlockOptions::default();
    for (name, x) in tensors() {
        let ours = rmse(&x, &restore(format("q4_k"), &x, &o));
        let q4_0 = rmse(&x, &restore(format("q4_0"), &x, &o));
        let mut plain = Vec::new();
        format("q4_k").dequantize(&min_max(&x), x.len(), &TensorStats::new(), &o, &mut plain).unwrap();
        let plain = rmse(&x, &plain);
        println!(
            "{name}: Q4_K {ours:.6}, min-max {plain:.6} ({:.3}), Q4_0 {q4_0:.6} ({:.3})",
            ours / plain,
            ours / q4_0
        );
        assert!(ours < 0.93 * plain, "{name}: {ours} against {plain}");
        assert!(ours < 0.87 * q4_0, "{name}: {ours} against {q4_0}");
    }
}

#[test]
fn q4_k_holds_every_size_that_binary16_can() {
    let x = Random(45).normals(256 * 8);
    let relative = |factor: f32| {
        let x: Vec<f32> = x.iter().map(|x| x * factor).collect();
        rmse(&x, &restore(format("q4_k"), &x, &BlockOptions::default())) / f64::from(factor)
    };
    let unit = relative(1.0);
    for exponent in [-4, -2, 4, 12, 20] {
        let ratio = relative(2.0_f32.powi(exponent)) / unit;
        assert!((0.9..1.1).contains(&ratio), "2^{exponent}: {ratio}");
    }
    // Beyond it, values saturate or vanish but stay finite.
    for factor in [1e-30_f32, 1e12, 1e36] {
        assert!(relative(factor).is_finite());
    }
}

/// Formats of more bits are better, and the differences are the expected ones, on normal data.
#[test]
fn errors_are_in_the_expected_order() {
    let x = Random(46).normals(1 << 16);
    let o = BlockOptions::default();
    let error = |id: &str| rmse(&x, &restore(format(id), &x, &o));
    let ids = ["q8_0", "mxint8-block", "mxfp8-e4m3", "mxfp6-e3m2", "q4_k", "mxfp4", "int4-sym"];
    for id in ids.iter().chain(&["nvfp4", "nf4-block", "q4_0", "mxfp8-e5m2", "mxfp6-e2m3"]) {
        println!("{id}: {:.5}", error(id));
    }
    for pair in ids.windows(2) {
        assert!(error(pair[0]) < error(pair[1]), "{pair:?}");
    }
    // One more significand bit halves the error.
    let ratio = error("mxfp8-e5m2") / error("mxfp8-e4m3");
    assert!((1.8..2.2).contains(&ratio), "{ratio}");
}
