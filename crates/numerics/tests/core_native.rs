//! Against conversions that share no code with this crate: the `half` crate, and the processor's own casts.

use numerics::{Format, Rounding, RoundingMode, Value, by_id};

fn format(id: &str) -> &'static Format {
    by_id(id).unwrap_or_else(|| panic!("no format {id}"))
}

/// A fixed sequence of well-mixed 64-bit words (SplitMix64's finaliser).
fn words(count: u64) -> impl Iterator<Item = u64> {
    (1..=count).map(|i| {
        let mut z = i.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    })
}

#[test]
fn every_binary16_and_bfloat16_code_decodes_as_half_says() {
    for code in 0..=u16::MAX {
        let (ours, theirs) = (format("fp16").decode(code.into()), half::f16::from_bits(code).to_f64());
        assert!(ours == Value::from_f64(theirs), "binary16 {code:#06x}");
        let (ours, theirs) = (format("bf16").decode(code.into()), half::bf16::from_bits(code).to_f64());
        assert!(ours == Value::from_f64(theirs), "bfloat16 {code:#06x}");
    }
}

/// binary32 inputs: `half` reads only the upper word of an `f64`.
fn check_half(x: f32) {
    let rounding = Rounding::default();
    if x.is_nan() {
        return;
    }
    let fp16 = format("fp16").encode_f64(x.into(), &rounding).code;
    assert_eq!(fp16, u64::from(half::f16::from_f32(x).to_bits()), "binary16 {x:e}");
    let bf16 = format("bf16").encode_f64(x.into(), &rounding).code;
    assert_eq!(bf16, u64::from(half::bf16::from_f32(x).to_bits()), "bfloat16 {x:e}");
}

#[test]
fn binary32_inputs_encode_as_half_says() {
    // Every code, the midpoint to the next, and the binary32 numbers on both sides.
    for code in 0..0x7C00u16 {
        for sign in [1.0, -1.0] {
            let low = half::f16::from_bits(code).to_f32();
            let middle = low + (half::f16::from_bits(code + 1).to_f32() - low) / 2.0;
            let middle = if middle.is_finite() { middle } else { 65520.0 };
            for x in [low, low.next_up(), middle.next_down(), middle, middle.next_up()] {
                check_half(x * sign);
            }
        }
    }
    for code in 0..=u16::MAX {
        let low = u32::from(code) << 16;
        for bits in [low, low | 1, low | 0x7FFF, low | 0x8000, low | 0x8001, low | 0xFFFF] {
            check_half(f32::from_bits(bits));
        }
    }
    words(400_000).for_each(|word| check_half(f32::from_bits(word as u32)));
}

fn check_binary32(x: f64) {
    let f = format("fp32");
    if x.is_nan() {
        return;
    }
    let encoded = f.encode_f64(x, &Rounding::default());
    assert_eq!(encoded.code, u64::from((x as f32).to_bits()), "{x:e}");
    assert_eq!(encoded.inexact, f64::from(x as f32) != x);
    assert_eq!(encoded.value, Value::from_f64(f64::from(x as f32)));
}

#[test]
fn binary64_inputs_encode_to_binary32_as_the_processor_says() {
    for word in words(400_000) {
        check_binary32(f64::from_bits(word));
        // The same, in the range of binary32, its subnormals and its overflow.
        let exponent = 1023 - 155 + word % 290;
        let x = f64::from_bits((word >> 12) | exponent << 52);
        check_binary32(x);
        check_binary32(-x);
        // Around a midpoint.
        let low = f32::from_bits((word >> 33) as u32);
        let middle = f64::midpoint(low.into(), low.next_up().into());
        [middle.next_down(), middle, middle.next_up()].into_iter().for_each(check_binary32);
    }
    let tiny = f64::from(f32::from_bits(1));
    let top = f64::from(f32::MAX) + 2f64.powi(103);
    for x in [0.0, tiny, tiny / 2.0, (tiny / 2.0).next_up(), tiny * 1.5, f64::MIN_POSITIVE, f64::from_bits(1)]
    {
        check_binary32(x);
        check_binary32(-x);
    }
    for x in [top.next_down(), top, top.next_up(), f64::MAX, f64::INFINITY] {
        check_binary32(x);
        check_binary32(-x);
    }
}

#[test]
fn binary64_is_the_identity() {
    for word in words(100_000) {
        let x = f64::from_bits(word);
        if !x.is_nan() {
            let encoded = format("fp64").encode_f64(x, &Rounding::default());
            assert_eq!((encoded.code, encoded.inexact), (word, false));
            assert_eq!(format("fp64").decode(word).to_f64().to_bits(), word);
        }
    }
}

#[test]
fn integers_truncate_as_the_processor_says() {
    let toward_zero = Rounding { mode: RoundingMode::TowardZero, ..Rounding::default() };
    for word in words(200_000) {
        // The whole range of exponents from far below one to beyond the widest integer.
        let x = f64::from_bits((word >> 12) | (1023 - 4 + word % 44) << 52)
            * if word & 2048 == 0 { 1.0 } else { -1.0 };
        let value = |id: &str| format(id).encode_f64(x, &toward_zero).value.to_f64();
        assert_eq!(value("int32"), f64::from(x as i32), "{x:e}");
        assert_eq!(value("int16"), f64::from(x as i16), "{x:e}");
        assert_eq!(value("int8"), f64::from(x as i8), "{x:e}");
        let nearest = format("int32").encode_f64(x, &Rounding::default()).value.to_f64();
        assert_eq!(nearest, f64::from(x.round_ties_even() as i32), "{x:e}");
    }
}
