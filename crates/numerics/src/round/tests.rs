use super::*;
use crate::format::FloatSpec;
use crate::table::by_id;

fn encode(id: &str, x: f64, mode: RoundingMode) -> Encoded {
    by_id(id).unwrap().encode_f64(x, &Rounding { mode, ..Rounding::default() })
}

fn typed(id: &str, text: &str, rounding: &Rounding) -> Encoded {
    by_id(id).unwrap().encode_real(&Real::parse(text).unwrap(), rounding)
}

#[test]
fn rounds_once_where_two_roundings_differ() {
    let x = 1.0625 + 2f64.powi(-40);
    let once = encode("e4m3", x, RoundingMode::NearestEven);
    assert_eq!(once.value.to_f64(), 1.125);
    let through_binary32 = encode("e4m3", f64::from(x as f32), RoundingMode::NearestEven);
    assert_eq!(through_binary32.value.to_f64(), 1.0);
    // The same for a typed number that no f64 can hold.
    let nearest = Rounding::default();
    assert_eq!(typed("e4m3", "1.0625", &nearest).value.to_f64(), 1.0);
    assert_eq!(typed("e4m3", &format!("1.0625{}1", "0".repeat(200)), &nearest).value.to_f64(), 1.125);
    assert_eq!(typed("e4m3", "17/16", &nearest).value.to_f64(), 1.0);
    assert_eq!(typed("posit8", &format!("1.0625{}1", "0".repeat(200)), &nearest).value.to_f64(), 1.125);
    assert_eq!(typed("int8", &format!("2.5{}1", "0".repeat(200)), &nearest).value.to_f64(), 3.0);
}

#[test]
fn guard_round_and_sticky_are_the_bits_cut_off() {
    // 1.xxx with three bits kept: 1.011|101 is 1 + 3/8 + 5/64.
    let bits = |x| {
        let e = encode("e4m3", x, RoundingMode::TowardZero);
        (e.lsb, e.guard, e.round, e.sticky)
    };
    assert_eq!(bits(1.0 + 3.0 / 8.0 + 5.0 / 64.0), (true, true, false, true));
    assert_eq!(bits(1.0 + 2.0 / 8.0 + 1.0 / 32.0), (false, false, true, false));
    assert_eq!(bits(1.0625), (false, true, false, false));
    assert_eq!(bits(1.0625 + 2f64.powi(-40)), (false, true, false, true));
    // A quarter of the smallest subnormal, and far below it.
    assert_eq!(bits(2f64.powi(-11)), (false, false, true, false));
    assert_eq!(bits(1e-300), (false, false, false, true));
    // Integers cut at the unit.
    let three_quarters = encode("int8", 5.75, RoundingMode::NearestEven);
    assert_eq!((three_quarters.lsb, three_quarters.guard, three_quarters.round), (true, true, true));
    assert_eq!(three_quarters.code, 6);
}

#[test]
fn flags() {
    let tiny = encode("e4m3", 1e-300, RoundingMode::NearestEven);
    assert!(tiny.underflow && tiny.inexact && !tiny.overflow);
    let kept = encode("e4m3", 1e-300, RoundingMode::TowardPositive);
    assert!(!kept.underflow && kept.inexact && kept.code == 1);
    let minus = encode("e4m3fnuz", -1e-300, RoundingMode::NearestEven);
    assert!(minus.code == 0 && minus.underflow);
    let infinity = encode("fp16", f64::INFINITY, RoundingMode::NearestEven);
    assert!(!infinity.overflow && !infinity.inexact);
    let nan = encode("e4m3", f64::INFINITY, RoundingMode::NearestEven);
    assert!(nan.overflow && nan.inexact && nan.value.is_nan() && !nan.substituted_nan);
}

#[test]
fn unsigned_formats_refuse_what_is_below_zero() {
    let with_nan = FloatSpec::custom("s0e4m4b7-ieee").unwrap();
    let without = FloatSpec::custom("s0e4m4b7-none").unwrap();
    for x in [-1e-300, -1.0, f64::NEG_INFINITY] {
        assert!(with_nan.encode_f64(x, &Rounding::default()).value.is_nan());
        let clamped = without.encode_f64(x, &Rounding::default());
        assert!(clamped.code == 0 && clamped.overflow && clamped.underflow);
    }
    assert_eq!(with_nan.encode_f64(-0.0, &Rounding::default()).code, 0);
}

#[test]
fn typed_numbers_beyond_binary64() {
    let nearest = Rounding::default();
    assert!(typed("fp64", "1e999", &nearest).overflow);
    assert_eq!(typed("fp64", "1e-999", &nearest).code, 0);
    assert_eq!(typed("fp64", "-1e-999", &nearest).code, 1 << 63);
    assert_eq!(typed("fp32", "1e9999", &nearest).code, 0x7F80_0000);
    let up = Rounding { mode: RoundingMode::TowardPositive, ..nearest };
    assert_eq!(typed("fp64", "1e-9999", &up).code, 1);
    assert_eq!(typed("posit32", "1e999", &nearest).code, 0x7FFF_FFFF);
    assert_eq!(typed("posit32", "-1e-999", &nearest).code, 0xFFFF_FFFF);
    assert_eq!(typed("e8m0", "1e-999", &nearest).code, 0);
    assert_eq!(typed("nf4", "1e-999", &nearest).code, 7);
    assert_eq!(typed("nf4", "1e-999", &up).code, 8);
}

#[test]
fn wrapping_keeps_the_low_bits_of_any_integer() {
    let wrap = Rounding { overflow: Overflow::Wrap, ..Rounding::default() };
    for (id, text, value) in [
        ("int8", "300", 44.0),
        ("int8", "-129", 127.0),
        ("int4", "8", -8.0),
        ("int8", "0x100000000000000000000000000000000000000000000000000000003", 3.0),
        ("int8", "-0x100000000000000000000000000000000000000000000000000000003.8", -4.0),
        ("int32", "0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe", -2.0),
        ("mxint8", "0x1000000000000000000000000000000000000000000000.04", 0.015625),
        ("int16", "1e300", 0.0),
    ] {
        let encoded = typed(id, text, &wrap);
        assert_eq!((encoded.value.to_f64(), encoded.overflow), (value, true), "{id} {text}");
    }
    let native = typed("int8", "1e300", &Rounding::default());
    assert_eq!(native.value.to_f64(), 127.0);
}

#[test]
fn posit_boundaries_lie_on_the_bit_string() {
    // posit8 0x7C is 2^16 and 0x7D is 2^18: the string of 0x7C continued by a one says 2^17.
    for (x, code) in [
        (2f64.powi(17).next_down(), 0x7C),
        (2f64.powi(17), 0x7C),
        (2f64.powi(17).next_up(), 0x7D),
        // 0x7E is 2^20 and the boundary 2^19: the tie leaves an odd code.
        (2f64.powi(19).next_down(), 0x7D),
        (2f64.powi(19), 0x7E),
        // 0x7F is 2^24, two exponent bits further.
        (2f64.powi(22), 0x7E),
        (2f64.powi(22).next_up(), 0x7F),
    ] {
        assert_eq!(encode("posit8", x, RoundingMode::NearestEven).code, code, "{x}");
        assert_eq!(encode("posit8", -x, RoundingMode::NearestEven).code, 0x100 - code, "{x}");
    }
    assert_eq!(encode("posit8", 2f64.powi(17), RoundingMode::NearestAway).code, 0x7D);
    for mode in [RoundingMode::TowardZero, RoundingMode::TowardPositive, RoundingMode::TowardNegative] {
        assert_eq!(encode("posit8", 1e-30, mode).code, 1, "{mode:?}");
        assert_eq!(encode("posit8", -1e30, mode).code, 0x81, "{mode:?}");
    }
}

#[test]
fn codebooks_in_every_mode() {
    use RoundingMode::{NearestAway, ToOdd, TowardNegative, TowardPositive, TowardZero};
    let code = |x, mode| encode("nf4", x, mode).code;
    assert_eq!(
        [TowardZero, TowardPositive, TowardNegative, ToOdd].map(|mode| code(0.5, mode)),
        [12, 13, 12, 13]
    );
    assert_eq!(
        [TowardZero, TowardPositive, TowardNegative, ToOdd].map(|mode| code(-0.5, mode)),
        [3, 3, 2, 3]
    );
    let entry = |code| by_id("nf4").unwrap().decode(code).to_f64();
    for low in 0..15 {
        let middle = f64::midpoint(entry(low), entry(low + 1));
        assert_eq!(code(middle, NearestAway), if middle < 0.0 { low } else { low + 1 });
    }
}
