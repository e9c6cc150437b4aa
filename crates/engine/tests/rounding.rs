//! The kernels' rounding equals `numerics`, value by value, for every format that has a kernel.

use engine::policy::Mode;
use engine::rounding::Rounder;
use numerics::{FORMATS, Overflow, Rounding, RoundingMode};

/// Bit patterns that reach every binade, tie and boundary: every 16-bit pattern as the upper half of a number, with five lower halves.
fn patterns() -> impl Iterator<Item = f32> {
    (0..=u32::from(u16::MAX))
        .flat_map(|high| [0, 1, 0x7FFF, 0x8000, 0xFFFF].map(|low| f32::from_bits(high << 16 | low)))
}

#[test]
fn nearest_even_equals_numerics() {
    let mut kernels = 0;
    for format in FORMATS {
        for saturate in [false, true] {
            let mode = Mode::Fixed(RoundingMode::NearestEven);
            let Some(rounder) = Rounder::new(format, mode, saturate) else { continue };
            kernels += 1;
            let overflow = if saturate { Overflow::Saturate } else { Overflow::Native };
            let rounding = Rounding { overflow, ..Rounding::default() };
            let mut rounded: Vec<f32> = patterns().collect();
            let counts = rounder.nearest(&mut rounded);
            let (mut overflows, mut underflows) = (0, 0);
            for (x, got) in patterns().zip(rounded) {
                let encoded = format.encode_f64(f64::from(x), &rounding);
                let expected = encoded.value.to_f64() as f32;
                let same = got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan();
                assert!(
                    same,
                    "{} {saturate}: {x:e} ({:08x}) to {got:e}, not {expected:e}",
                    format.id,
                    x.to_bits()
                );
                underflows += u64::from(expected == 0.0 && x != 0.0 && !x.is_nan());
                let beyond = Rounding { overflow: Overflow::Native, ..rounding };
                let native = format.encode_f64(f64::from(x), &beyond).value.to_f64() as f32;
                overflows += u64::from(x.is_finite() && !native.is_finite());
            }
            assert_eq!(counts.underflow, underflows, "{} underflows", format.id);
            assert_eq!(counts.nan, patterns().filter(|x| x.is_nan()).count() as u64);
            // Formats without infinity and NaN clamp, which the value alone does not show.
            if format.has_infinity() || format.has_nan() {
                assert_eq!(counts.overflow, overflows, "{} overflows", format.id);
            }
        }
    }
    // Thirteen float formats of at most 32 bits with subnormals, and the integers of at most 16 bits.
    assert!(kernels >= 2 * 16, "{kernels}");
}

#[test]
fn stochastic_rounding_takes_a_neighbour_and_keeps_the_mean() {
    for id in ["fp16", "bf16", "e4m3", "e5m2", "e2m1", "int8"] {
        let format = numerics::by_id(id).expect("a format of the table");
        let rounder = Rounder::new(format, Mode::Stochastic { stream: 1 }, true).expect("a kernel");
        let stream = engine::random::Stream::new(3, 1, 0);
        for x in [0.3_f32, -1.7, 5.3, 0.001_3, 2e-7] {
            let mode = |mode| Rounding { mode, overflow: Overflow::Saturate, flush_subnormals: false };
            let towards = |m| format.encode_f64(f64::from(x), &mode(m)).value.to_f64();
            let (down, up) = (towards(RoundingMode::TowardNegative), towards(RoundingMode::TowardPositive));
            let mut draws = vec![x; 1 << 14];
            rounder.stochastic(&mut draws, |i| stream.word(i));
            assert!(
                draws.iter().all(|&y| f64::from(y) == down || f64::from(y) == up),
                "{id}: {x} between {down} and {up}"
            );
            let clamped = f64::from(x).clamp(down, up);
            let mean = draws.iter().map(|&y| f64::from(y)).sum::<f64>() / draws.len() as f64;
            // Five standard errors of a fair draw between the two.
            let error = 5.0 * (up - down) / 2.0 / 128.0;
            assert!((mean - clamped).abs() <= error, "{id}: mean {mean} of {x}, off by more than {error}");
        }
    }
}
