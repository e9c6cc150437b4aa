//! The reference table, row by row: layout, ends of the range, special codes, overflow thresholds.

#![expect(clippy::unusual_byte_groupings, reason = "a posit's bits are grouped by field")]

use numerics::{Class, FORMATS, FieldKind, Format, Kind, Overflow, Rounding, RoundingMode, Value, by_id};

fn format(id: &str) -> &'static Format {
    by_id(id).unwrap_or_else(|| panic!("no format {id}"))
}

fn pow2(exponent: i32) -> f64 {
    2f64.powi(exponent)
}

fn encode(id: &str, x: f64) -> u64 {
    format(id).encode_f64(x, &Rounding::default()).code
}

fn saturating() -> Rounding {
    Rounding { overflow: Overflow::Saturate, ..Rounding::default() }
}

#[test]
fn the_identifiers_and_their_order() {
    let ids: Vec<_> = FORMATS.iter().map(|format| format.id).collect();
    let expected = "fp64 fp32 tf32 bf16 fp16 e5m2 e4m3 e4m3-ieee e3m4 e4m3fnuz e5m2fnuz e4m3b11fnuz p3109-p3 p3109-p4 \
                    p3109-p5 e3m2 e2m3 e2m1 e8m0 int32 int16 int8 int4 mxint8 nf4 posit32 posit16 posit8";
    assert_eq!(ids, expected.split_whitespace().collect::<Vec<_>>());
    assert!(FORMATS.iter().all(|format| format.draft == format.id.starts_with("p3109")));
    assert!(by_id("e4m4").is_none());
}

#[test]
#[expect(clippy::type_complexity, reason = "one row of the table")]
fn float_rows() {
    let rows: &[(&str, (u8, u8, u8), i32, f64, f64, Option<f64>)] = &[
        ("fp64", (1, 11, 52), 1023, f64::MAX, pow2(-1022), Some(f64::from_bits(1))),
        ("fp32", (1, 8, 23), 127, 3.4028234663852886e38, pow2(-126), Some(pow2(-149))),
        ("fp16", (1, 5, 10), 15, 65504.0, pow2(-14), Some(pow2(-24))),
        ("bf16", (1, 8, 7), 127, 3.3895313892515355e38, pow2(-126), Some(pow2(-133))),
        ("tf32", (1, 8, 10), 127, 3.4011621342146535e38, pow2(-126), Some(pow2(-136))),
        ("e4m3", (1, 4, 3), 7, 448.0, pow2(-6), Some(pow2(-9))),
        ("e5m2", (1, 5, 2), 15, 57344.0, pow2(-14), Some(pow2(-16))),
        ("e4m3-ieee", (1, 4, 3), 7, 240.0, pow2(-6), Some(pow2(-9))),
        ("e3m4", (1, 3, 4), 3, 15.5, pow2(-2), Some(pow2(-6))),
        ("e4m3fnuz", (1, 4, 3), 8, 240.0, pow2(-7), Some(pow2(-10))),
        ("e5m2fnuz", (1, 5, 2), 16, 57344.0, pow2(-15), Some(pow2(-17))),
        ("e4m3b11fnuz", (1, 4, 3), 11, 30.0, pow2(-10), Some(pow2(-13))),
        ("e3m2", (1, 3, 2), 3, 28.0, pow2(-2), Some(pow2(-4))),
        ("e2m3", (1, 2, 3), 1, 7.5, 1.0, Some(pow2(-3))),
        ("e2m1", (1, 2, 1), 1, 6.0, 1.0, Some(0.5)),
        ("e8m0", (0, 8, 0), 127, pow2(127), pow2(-127), None),
        ("p3109-p3", (1, 5, 2), 16, 49152.0, pow2(-15), Some(pow2(-17))),
        ("p3109-p4", (1, 4, 3), 8, 224.0, pow2(-7), Some(pow2(-10))),
        ("p3109-p5", (1, 3, 4), 4, 15.0, pow2(-3), Some(pow2(-7))),
    ];
    for &(id, (sign, exponent, significand), bias, max, min_normal, min_subnormal) in rows {
        let f = format(id);
        let spec = f.float().expect("a float");
        assert_eq!(
            (u8::from(spec.signed), spec.exponent_bits, spec.significand_bits),
            (sign, exponent, significand),
            "{id}"
        );
        assert_eq!((spec.bias, f.bits), (bias, sign + exponent + significand), "{id}");
        let value = |code| f.decode(code).to_f64();
        assert_eq!(value(f.max_finite()), max, "{id} max");
        assert_eq!(f.min_normal().map(value), Some(min_normal), "{id} min normal");
        assert_eq!(f.class(f.min_normal().unwrap()), Class::Normal, "{id}");
        assert_eq!(
            f.min_positive().map(value),
            Some(min_subnormal.unwrap_or(min_normal)),
            "{id} min positive"
        );
        let class = if min_subnormal.is_some() { Class::Subnormal } else { Class::Normal };
        assert_eq!(f.class(f.min_positive().unwrap()), class, "{id}");
    }
    assert_eq!(rows.len(), FORMATS.iter().filter(|format| format.float().is_some()).count());
}

#[test]
fn special_codes() {
    let codes = |id: &str, class| -> Vec<u64> {
        let f = format(id);
        (0..=f.mask()).filter(|&code| f.class(code) == class).collect()
    };
    let counts: &[(&str, usize, &[u64], bool)] = &[
        ("fp16", 2046, &[0x7C00, 0xFC00], true),
        ("bf16", 254, &[0x7F80, 0xFF80], true),
        ("e5m2", 6, &[0x7C, 0xFC], true),
        ("e4m3-ieee", 14, &[0x78, 0xF8], true),
        ("e3m4", 30, &[0x70, 0xF0], true),
        ("e4m3", 2, &[], true),
        ("e4m3fnuz", 1, &[], false),
        ("e5m2fnuz", 1, &[], false),
        ("e4m3b11fnuz", 1, &[], false),
        ("p3109-p3", 1, &[0x7F, 0xFF], false),
        ("p3109-p4", 1, &[0x7F, 0xFF], false),
        ("p3109-p5", 1, &[0x7F, 0xFF], false),
        ("e3m2", 0, &[], true),
        ("e2m3", 0, &[], true),
        ("e2m1", 0, &[], true),
    ];
    for &(id, nans, infinities, negative_zero) in counts {
        let f = format(id);
        assert_eq!(codes(id, Class::Nan).len(), nans, "{id} NaNs");
        assert_eq!(codes(id, Class::Infinity), infinities, "{id} infinities");
        let mut zeros = vec![0];
        zeros.extend(negative_zero.then_some(1 << (f.bits - 1)));
        assert_eq!(codes(id, Class::Zero), zeros, "{id} zeros");
        assert_eq!(encode(id, -0.0), *zeros.last().unwrap(), "{id} -0");
    }
    assert_eq!(codes("e5m2", Class::Nan), [0x7D, 0x7E, 0x7F, 0xFD, 0xFE, 0xFF]);
    assert_eq!(codes("e4m3", Class::Nan), [0x7F, 0xFF]);
    assert_eq!(codes("e4m3fnuz", Class::Nan), [0x80]);
    assert_eq!(codes("p3109-p4", Class::Nan), [0x80]);
    assert_eq!(codes("e8m0", Class::Nan), [0xFF]);
    assert_eq!(codes("e8m0", Class::Zero), [0; 0]);
}

#[test]
fn canonical_nans() {
    let rows = [
        ("fp64", 0x7FF8_0000_0000_0000),
        ("fp32", 0x7FC0_0000),
        ("fp16", 0x7E00),
        ("bf16", 0x7FC0),
        ("tf32", 0x3FE00),
        ("e5m2", 0x7E),
        ("e4m3-ieee", 0x7C),
        ("e3m4", 0x78),
        ("e4m3", 0x7F),
        ("e4m3fnuz", 0x80),
        ("p3109-p3", 0x80),
        ("e8m0", 0xFF),
        ("posit8", 0x80),
        ("posit16", 0x8000),
        ("posit32", 0x8000_0000),
    ];
    for (id, code) in rows {
        assert_eq!(encode(id, f64::NAN), code, "{id}");
        assert_eq!(encode(id, -f64::NAN), code, "{id}");
        assert_eq!(format(id).canonical_nan(), Some(code), "{id}");
        assert!(!format(id).encode_f64(f64::NAN, &Rounding::default()).substituted_nan);
    }
    for (id, code) in
        [("e2m1", 8), ("e2m3", 0x20), ("e3m2", 0x20), ("int8", 0), ("int32", 0), ("nf4", 7), ("mxint8", 0)]
    {
        let encoded = format(id).encode_f64(f64::NAN, &Rounding::default());
        assert_eq!((encoded.code, encoded.substituted_nan, encoded.inexact), (code, true, false), "{id}");
        assert_eq!(format(id).canonical_nan(), None);
    }
}

#[test]
fn overflow_thresholds() {
    // The last number that stays finite, and the first that does not (nearest-even), with what it becomes.
    let rows = [
        ("e4m3", 464.0, 448.0, 464f64.next_up(), f64::NAN),
        ("e5m2", 61440f64.next_down(), 57344.0, 61440.0, f64::INFINITY),
        ("e4m3-ieee", 248f64.next_down(), 240.0, 248.0, f64::INFINITY),
        ("e3m4", 15.75f64.next_down(), 15.5, 15.75, f64::INFINITY),
        ("e4m3fnuz", 248f64.next_down(), 240.0, 248.0, f64::NAN),
        ("e5m2fnuz", 61440f64.next_down(), 57344.0, 61440.0, f64::NAN),
        ("e4m3b11fnuz", 31f64.next_down(), 30.0, 31.0, f64::NAN),
        ("p3109-p4", 232.0, 224.0, 232f64.next_up(), f64::INFINITY),
        ("fp16", 65520f64.next_down(), 65504.0, 65520.0, f64::INFINITY),
        ("e3m2", 30f64.next_down(), 28.0, 30.0, 28.0),
        ("e2m3", 7.75f64.next_down(), 7.5, 7.75, 7.5),
        ("e2m1", 7f64.next_down(), 6.0, 7.0, 6.0),
        ("int8", 127.5f64.next_down(), 127.0, 127.5, 127.0),
        ("int4", 7.5f64.next_down(), 7.0, 7.5, 7.0),
        ("mxint8", 1.9921875f64.next_down(), 1.984375, 1.9921875, 1.984375),
    ];
    for (id, inside, largest, outside, becomes) in rows {
        let f = format(id);
        let (kept, lost) =
            (f.encode_f64(inside, &Rounding::default()), f.encode_f64(outside, &Rounding::default()));
        assert_eq!((kept.value.to_f64(), kept.overflow, kept.inexact), (largest, false, true), "{id}");
        assert_eq!((lost.value.to_f64().to_bits(), lost.overflow), (becomes.to_bits(), true), "{id}");
        let clamped = f.encode_f64(outside, &saturating());
        assert_eq!((clamped.value.to_f64(), clamped.overflow), (largest, true), "{id} saturating");
        assert_eq!(
            f.encode_f64(f64::INFINITY, &saturating()).value.to_f64(),
            largest,
            "{id} saturating infinity"
        );
    }
}

#[test]
fn directed_overflow_stays_finite_on_the_inner_side() {
    use RoundingMode::{NearestAway, ToOdd, TowardNegative, TowardPositive, TowardZero};
    let f = format("e5m2");
    let value = |mode, x| f.encode_f64(x, &Rounding { mode, ..Rounding::default() }).value.to_f64();
    for (mode, positive, negative) in [
        (TowardZero, 57344.0, -57344.0),
        (TowardPositive, f64::INFINITY, -57344.0),
        (TowardNegative, 57344.0, f64::NEG_INFINITY),
        (NearestAway, f64::INFINITY, f64::NEG_INFINITY),
        (ToOdd, 57344.0, -57344.0),
    ] {
        assert_eq!((value(mode, 1e300), value(mode, -1e300)), (positive, negative), "{mode:?}");
        assert_eq!(value(mode, f64::INFINITY), f64::INFINITY, "{mode:?}");
    }
    let e4m3 = format("e4m3");
    let odd = Rounding { mode: ToOdd, ..Rounding::default() };
    assert_eq!(e4m3.encode_f64(450.0, &odd).value.to_f64(), 448.0);
}

#[test]
fn e8m0_conventions() {
    let f = format("e8m0");
    let value = |x| f.encode_f64(x, &Rounding::default()).value.to_f64();
    let away = Rounding { mode: RoundingMode::NearestAway, ..Rounding::default() };
    for (x, even, up) in [(1.5, 2.0, 2.0), (3.0, 2.0, 4.0), (6.0, 8.0, 8.0), (0.75, 0.5, 1.0)] {
        assert_eq!((value(x), f.encode_f64(x, &away).value.to_f64()), (even, up), "{x}");
    }
    for x in [0.0, -0.0, -1.0, -1e-300, f64::NEG_INFINITY, f64::NAN] {
        assert_eq!(encode("e8m0", x), 0xFF, "{x}");
        assert_eq!(f.encode_f64(x, &saturating()).code, 0xFF, "{x}");
    }
    assert_eq!(encode("e8m0", f64::INFINITY), 0xFF);
    assert_eq!(f.encode_f64(f64::INFINITY, &saturating()).code, 0xFE);
    assert_eq!((encode("e8m0", 1e-300), encode("e8m0", pow2(-128))), (0, 0));
    assert_eq!((encode("e8m0", 1.6 * pow2(-127)), encode("e8m0", 1.4 * pow2(-127))), (1, 0));
    assert_eq!((encode("e8m0", 1.5 * pow2(127)), encode("e8m0", 1.6 * pow2(127))), (0xFE, 0xFF));
}

#[test]
fn integer_rows() {
    for (id, bits) in [("int4", 4), ("int8", 8), ("int16", 16), ("int32", 32)] {
        let f = format(id);
        let (low, high) = (-pow2(bits - 1), pow2(bits - 1) - 1.0);
        assert_eq!(f.decode(f.max_finite()).to_f64(), high);
        assert_eq!(f.decode(f.max_finite() + 1).to_f64(), low);
        assert_eq!(f.encode_f64(-1e300, &Rounding::default()).value.to_f64(), low);
        assert_eq!(f.encode_f64(f64::INFINITY, &Rounding::default()).value.to_f64(), high);
        let wrap = Rounding { overflow: Overflow::Wrap, ..Rounding::default() };
        let wrapped = f.encode_f64(high + 1.0, &wrap);
        assert_eq!((wrapped.value.to_f64(), wrapped.overflow), (low, true), "{id} wraps");
        assert_eq!(f.encode_f64(1e300, &wrap).code, 0);
        assert_eq!(f.encode_f64(low - 1.0, &wrap).value.to_f64(), high);
        assert_eq!(f.encode_f64(f64::NEG_INFINITY, &wrap).value.to_f64(), low);
    }
    let mxint8 = format("mxint8");
    assert_eq!(mxint8.decode(127).to_f64(), 1.984375);
    assert_eq!(mxint8.decode(0x80).to_f64(), -2.0);
    assert_eq!(mxint8.decode(1).to_f64(), pow2(-6));
}

#[test]
fn nf4_row() {
    let values = [
        -1.0,
        -0.6961928009986877,
        -0.5250730514526367,
        -0.39491748809814453,
        -0.28444138169288635,
        -0.18477343022823334,
        -0.09105003625154495,
        0.0,
        0.07958029955625534,
        0.16093020141124725,
        0.24611230194568634,
        0.33791524171829224,
        0.44070982933044434,
        0.5626170039176941,
        0.7229568362236023,
        1.0,
    ];
    let f = format("nf4");
    for (code, &value) in values.iter().enumerate() {
        assert_eq!(f.decode(code as u64), Value::from_f64(value));
        assert_eq!(encode("nf4", value), code as u64);
    }
    for (code, pair) in values.windows(2).enumerate() {
        let middle = f64::midpoint(pair[0], pair[1]);
        let even = code + code % 2;
        assert_eq!(encode("nf4", middle), even as u64);
        assert_eq!(encode("nf4", middle.next_down()), code as u64);
        assert_eq!(encode("nf4", middle.next_up()), code as u64 + 1);
    }
    assert_eq!((encode("nf4", 5.0), encode("nf4", -5.0), encode("nf4", -0.0)), (15, 0, 7));
}

#[test]
fn posit_rows() {
    for (id, top) in [("posit8", 24), ("posit16", 56), ("posit32", 120)] {
        let f = format(id);
        assert_eq!(f.decode(f.max_finite()).to_f64(), pow2(top), "{id}");
        assert_eq!(f.decode(1).to_f64(), pow2(-top), "{id}");
        assert_eq!(f.class(f.mask() / 2 + 1), Class::Nan);
        assert_eq!((encode(id, 1e300), encode(id, 1e-300)), (f.max_finite(), 1));
        assert_eq!((encode(id, -1e300), encode(id, -1e-300)), (f.mask() / 2 + 2, f.mask()));
        assert_eq!(encode(id, f64::INFINITY), f.mask() / 2 + 1);
        assert_eq!((encode(id, 0.0), encode(id, -0.0)), (0, 0));
        assert_eq!(f.decode(f.mask() / 4 + 1), Value::from_f64(1.0), "{id}");
        assert!(matches!(f.kind, Kind::Posit(spec) if spec.es == 2));
    }
    // 3.5 = 2^1 * 1.75: regime 10, exponent 01, fraction 11 in posit8 leaves 3 bits: 0_10_01_110.
    assert_eq!(encode("posit8", 3.5), 0b0_10_01_110);
    assert_eq!(encode("posit8", -3.5), 0x100 - 0b0_10_01_110);
}

#[test]
fn fields_cover_the_code() {
    for f in FORMATS {
        for code in [0, 1, f.max_finite(), f.mask(), f.mask() / 3, f.mask() / 2 + 1] {
            let fields = f.fields(code);
            let unused = fields.iter().filter(|field| field.kind == FieldKind::Unused);
            let unused: u32 = unused.map(|field| u32::from(field.bits)).sum();
            let all: u32 = fields.iter().map(|field| u32::from(field.bits)).sum();
            assert_eq!(all - unused, u32::from(f.bits), "{} {code:#x}", f.id);
            assert_eq!(unused, if f.id == "tf32" { 13 } else { 0 });
            assert!(fields.iter().all(|field| field.bits > 0));
        }
    }
    let widths = |code| format("posit8").fields(code).iter().map(|field| field.bits).collect::<Vec<_>>();
    assert_eq!(widths(0b0_10_01_110), [1, 2, 2, 3]);
    assert_eq!(widths(0b0_1111110), [1, 7]);
    assert_eq!(widths(0b0_111110_1), [1, 6, 1]);
    assert_eq!(widths(0), [1, 7]);
}
