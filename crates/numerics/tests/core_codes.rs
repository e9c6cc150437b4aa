//! Every code of the formats up to 16 bits (samples above): round trip, order, neighbours, gaps.

use numerics::{Class, FORMATS, FloatSpec, Format, Overflow, Real, Rounding, RoundingMode, Value, by_id};

const MODES: [RoundingMode; 8] = [
    RoundingMode::NearestEven,
    RoundingMode::NearestAway,
    RoundingMode::TowardZero,
    RoundingMode::TowardPositive,
    RoundingMode::TowardNegative,
    RoundingMode::ToOdd,
    RoundingMode::Stochastic { random: 0 },
    RoundingMode::Stochastic { random: u64::MAX },
];

fn customs() -> Vec<Format> {
    [
        "s1e4m3b7-ieee-ns",
        "s1e4m3b7-fn-ns",
        "s1e3m2b3-none-ns",
        "s1e3m2b4-fnuz-ns",
        "s0e4m3b7-ieee",
        "s0e4m4b8-p3109",
        "s0e3m0b3-none-ns",
        "s1e5m0b15-ieee",
        "s1e7m0b63-p3109",
        "s1e0m5b0-none",
        "s1e0m5b-3-fnuz",
        "s1e1m4b0-ieee",
        "s1e11m4b1023-ieee",
        "s1e2m9b1-none",
    ]
    .iter()
    .map(|text| FloatSpec::custom(text).unwrap_or_else(|error| panic!("{text}: {error}")))
    .collect()
}

fn all() -> Vec<Format> {
    FORMATS.iter().copied().chain(customs()).collect()
}

/// Every code, or an even sample of the wide formats with both ends.
fn codes(f: &Format) -> Vec<u64> {
    if f.bits <= 16 {
        return (0..=f.mask()).collect();
    }
    let step = f.mask() / 20_011;
    (0..20_011)
        .map(|i| i * step)
        .chain([1, f.max_finite(), f.mask() / 2, f.mask() / 2 + 1, f.mask()])
        .collect()
}

fn name(f: &Format) -> String {
    f.float().map_or_else(|| f.id.to_owned(), |spec| format!("{} {}", f.id, spec.to_custom_text()))
}

#[test]
fn every_code_survives_a_round_trip_in_every_mode() {
    for f in all() {
        for code in codes(&f) {
            let value = f.decode(code);
            let x = value.to_f64();
            if value.is_nan() {
                assert_eq!(f.encode_f64(x, &Rounding::default()).code, f.canonical_nan().unwrap());
                continue;
            }
            assert_eq!(Value::from_f64(x), value, "{} {code:#x} is an exact f64", name(&f));
            for mode in MODES {
                for overflow in [Overflow::Native, Overflow::Saturate, Overflow::Wrap] {
                    if f.class(code) == Class::Infinity && overflow == Overflow::Saturate {
                        continue;
                    }
                    let encoded = f.encode_f64(x, &Rounding { mode, overflow, flush_subnormals: false });
                    assert_eq!(encoded.code, code, "{} {mode:?} {overflow:?} {x:e}", name(&f));
                    assert_eq!(encoded.value, value);
                    let cut = encoded.guard || encoded.round || encoded.sticky;
                    assert!(!cut && !encoded.inexact && !encoded.overflow && !encoded.underflow);
                }
            }
        }
    }
}

#[test]
fn neighbours_walk_the_values_in_order() {
    for f in all().into_iter().filter(|f| f.bits <= 16) {
        let mut values: Vec<f64> =
            (0..=f.mask()).map(|code| f.decode(code).to_f64()).filter(|x| !x.is_nan()).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let least = f.encode_f64(values[0], &Rounding::default()).code;
        let mut walked = vec![f.decode(least).to_f64()];
        let mut code = least;
        while let Some(next) = f.next_up(code) {
            let back = f.next_down(next).unwrap();
            assert_eq!(f.decode(back).to_f64(), f.decode(code).to_f64(), "{}", name(&f));
            code = next;
            walked.push(f.decode(code).to_f64());
        }
        assert_eq!(walked, values, "{}", name(&f));
        assert_eq!(f.next_down(least), None, "{}", name(&f));
    }
}

#[test]
fn neighbours_of_special_codes() {
    let f = by_id("fp16").unwrap();
    assert_eq!(
        (f.next_up(0x7BFF), f.next_up(0x7C00), f.next_down(0x7C00)),
        (Some(0x7C00), None, Some(0x7BFF))
    );
    assert_eq!((f.next_up(0x8000), f.next_up(0x8001), f.next_down(0)), (Some(1), Some(0x8000), Some(0x8001)));
    assert_eq!((f.next_up(0x7E00), f.next_down(0xFFFF)), (None, None));
    let f = by_id("e4m3").unwrap();
    assert_eq!((f.next_up(0x7E), f.next_down(0xFE), f.next_up(0x7F)), (None, None, None));
    let f = by_id("e4m3fnuz").unwrap();
    assert_eq!((f.next_up(0x81), f.next_up(0x80), f.next_down(0)), (Some(0), None, Some(0x81)));
    let f = by_id("posit8").unwrap();
    assert_eq!(
        (f.next_up(0x80), f.next_down(0x81), f.next_up(0xFF), f.next_up(0x7F)),
        (None, None, Some(0), None)
    );
}

#[test]
fn the_ulp_is_the_gap_away_from_zero_within_the_binade() {
    for f in all().into_iter().filter(|f| f.bits <= 16) {
        for code in 0..=f.mask() {
            let (value, ulp) = (f.decode(code), f.ulp(code));
            assert!(value.is_finite() || ulp.is_none());
            let (Value::Finite(exact), Some(ulp)) = (value, ulp) else { continue };
            let outward = if exact.negative { f.next_down(code) } else { f.next_up(code) };
            let outward = outward.map(|next| f.decode(next)).filter(Value::is_finite);
            if let Some(next) = outward {
                let gap = (next.to_f64() - value.to_f64()).abs();
                assert_eq!(gap, ulp.to_f64(), "{} {code:#x}", name(&f));
            }
        }
    }
    assert_eq!(by_id("e4m3").unwrap().ulp(0x7E).unwrap().to_f64(), 32.0);
    assert_eq!(by_id("fp64").unwrap().ulp(1f64.to_bits()).unwrap().to_f64(), f64::EPSILON);
    assert_eq!(by_id("fp16").unwrap().ulp(0x7C00), None);
    assert_eq!(by_id("nf4").unwrap().ulp(15), None);
}

/// What rounding means, from the sorted values alone: nothing here cuts bits. Finite `x` inside the range.
fn by_search(f: &Format, values: &[(f64, u64)], x: f64, mode: RoundingMode) -> Option<u64> {
    let above = values.partition_point(|&(value, _)| value <= x);
    let (low, low_code) = *values.get(above.checked_sub(1)?)?;
    if low == x {
        return Some(low_code);
    }
    let (high, high_code) = *values.get(above)?;
    let (x, low, high) = (exact(x), exact(low), exact(high));
    let side = x.add(&x).compare(&low.add(&high));
    let even = |code: u64| code & 1 == 0;
    let positive = !x.negative;
    let outer = if positive { high_code } else { low_code };
    let inner = if positive { low_code } else { high_code };
    let code = match mode {
        RoundingMode::NearestEven | RoundingMode::NearestAway => match side {
            std::cmp::Ordering::Less => low_code,
            std::cmp::Ordering::Equal if mode == RoundingMode::NearestAway => outer,
            std::cmp::Ordering::Equal if even(low_code) => low_code,
            std::cmp::Ordering::Equal | std::cmp::Ordering::Greater => high_code,
        },
        RoundingMode::TowardZero | RoundingMode::Stochastic { random: u64::MAX } => inner,
        RoundingMode::TowardPositive => high_code,
        RoundingMode::ToOdd if even(low_code) => high_code,
        RoundingMode::TowardNegative | RoundingMode::ToOdd => low_code,
        RoundingMode::Stochastic { .. } => outer,
    };
    // Zero from below keeps its sign where it can.
    let negative_zero = f.float().filter(|spec| spec.has_negative_zero() && x.negative);
    Some(if code == 0 { negative_zero.map_or(0, |spec| spec.sign_bit()) } else { code })
}

fn exact(x: f64) -> numerics::Rational {
    match Real::from_f64(x) {
        Real::Finite(rational) => rational,
        Real::Nan | Real::Infinity { .. } => panic!("finite"),
    }
}

#[test]
fn every_gap_of_every_small_format_rounds_as_a_search_says() {
    for f in all().into_iter().filter(|f| f.bits <= 12 && !f.id.starts_with("posit")) {
        let mut values: Vec<(f64, u64)> = (0..=f.mask())
            .filter(|&code| f.decode(code).is_finite())
            .map(|code| (f.decode(code).to_f64(), code))
            .collect();
        // Positive zero stands for both.
        values.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap().then(a.1.cmp(&b.1)));
        values.dedup_by(|a, b| a.0 == b.0);
        for pair in values.windows(2) {
            let (low, high) = (pair[0].0, pair[1].0);
            let middle = f64::midpoint(low, high);
            let inputs = [
                low.next_up(),
                low + (high - low) * 0.25,
                middle.next_down(),
                middle,
                middle.next_up(),
                low + (high - low) * 0.75,
                high.next_down(),
            ];
            for x in inputs {
                for mode in MODES {
                    // The extreme draws decide nothing when the position is within 2^-64 of an end.
                    let stochastic = matches!(mode, RoundingMode::Stochastic { .. });
                    if stochastic && (x == low.next_up() || x == high.next_down()) {
                        continue;
                    }
                    let expected = by_search(&f, &values, x, mode).unwrap();
                    let rounding = Rounding { mode, ..Rounding::default() };
                    let encoded = f.encode_f64(x, &rounding);
                    assert_eq!(encoded.code, expected, "{} {mode:?} {x:e} in {low:e}..{high:e}", name(&f));
                    assert_eq!(
                        f.encode_real(&Real::from_f64(x), &rounding),
                        encoded,
                        "{} {mode:?} {x:e}",
                        name(&f)
                    );
                    assert_eq!(encoded.inexact, x != low && x != high);
                }
            }
        }
    }
}

#[test]
fn encoding_is_monotonic() {
    for f in all() {
        for mode in MODES {
            // One threshold for all inputs keeps stochastic rounding monotonic too.
            let rounding = Rounding { mode, overflow: Overflow::Saturate, flush_subnormals: false };
            let mut last = f64::NEG_INFINITY;
            for i in -4000..=4000 {
                let x = (f64::from(i) / 37.0).powi(5) * 1e-4;
                if f.float().is_some_and(|spec| !spec.signed || !spec.has_zero) && x <= 0.0 {
                    continue;
                }
                let value = f.encode_f64(x, &rounding).value.to_f64();
                assert!(value >= last, "{} {mode:?} at {x:e}: {value:e} after {last:e}", name(&f));
                last = value;
            }
        }
    }
}

#[test]
fn flushing_subnormals_is_decided_after_rounding() {
    let f = by_id("e4m3").unwrap();
    let flush = Rounding { flush_subnormals: true, ..Rounding::default() };
    let smallest = 2f64.powi(-6);
    for (x, code) in [(smallest, 0x08), (smallest * 0.99, 0x08), (smallest * 0.5, 0), (-smallest * 0.5, 0x80)]
    {
        let encoded = f.encode_f64(x, &flush);
        assert_eq!(encoded.code, code, "{x:e}");
        assert_eq!(encoded.underflow, code == 0 || code == 0x80);
    }
}

#[test]
fn stochastic_rounding_follows_the_position_in_the_gap() {
    let draws = 4096u64;
    for (id, low, high) in [
        ("e4m3", 1.0, 1.125),
        ("int8", 3.0, 4.0),
        ("nf4", 0.0, 0.079_580_299_556_255_34),
        ("posit8", 4096.0, 65536.0),
        ("e8m0", 2.0, 4.0),
        ("e4m3", -1.125, -1.0),
    ] {
        let f = by_id(id).unwrap();
        for quarter in 1..4 {
            let x = low + (high - low) * f64::from(quarter) / 4.0;
            let mean = (0..draws)
                .map(|i| {
                    let random = i << 52 | 1 << 51;
                    let rounding =
                        Rounding { mode: RoundingMode::Stochastic { random }, ..Rounding::default() };
                    f.encode_f64(x, &rounding).value.to_f64()
                })
                .sum::<f64>()
                / draws as f64;
            assert!((mean - x).abs() <= (high - low) / draws as f64, "{id} {x}: mean {mean}");
        }
    }
}
