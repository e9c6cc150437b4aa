use super::*;

fn read(text: &str) -> Rational {
    match Real::parse(text) {
        Ok(Real::Finite(rational)) => rational,
        other => panic!("{text}: {other:?}"),
    }
}

fn fraction(numerator: u64, denominator: u64) -> Rational {
    Rational::new(false, numerator.into(), denominator.into()).unwrap()
}

#[test]
fn arithmetic() {
    let (third, half) = (fraction(1, 3), fraction(1, 2));
    assert_eq!(third.add(&half), fraction(5, 6));
    assert_eq!(half.sub(&third), fraction(1, 6));
    assert_eq!(third.sub(&half), fraction(1, 6).neg());
    assert_eq!(third.mul(&half.neg()), fraction(1, 6).neg());
    assert_eq!(third.div(&half), Some(fraction(2, 3)));
    assert_eq!(third.div(&read("0")), None);
    assert_eq!(third.neg().abs(), third);
    assert_eq!(fraction(6, 4).numerator, 3u8.into());
    assert!(Rational::new(false, 1u8.into(), BigUint::ZERO).is_none());
    // Signs of zero.
    assert!(!third.sub(&third).negative);
    assert!(read("-0").add(&read("-0")).negative);
    assert_eq!(read("-0"), read("0"));
}

#[test]
fn order_is_by_value() {
    let sorted = ["-2", "-1/3", "0", "1e-9", "1/3", "0.34", "1e9"].map(read);
    for (i, a) in sorted.iter().enumerate() {
        for (j, b) in sorted.iter().enumerate() {
            assert_eq!(a.compare(b), i.cmp(&j));
        }
    }
}

#[test]
fn nearest_f64() {
    assert_eq!(fraction(1, 3).to_f64(), 1.0 / 3.0);
    assert_eq!(read("1e400").to_f64(), f64::INFINITY);
    assert_eq!(read("-1e-400").to_f64().to_bits(), (-0.0f64).to_bits());
    assert_eq!(read("1.7976931348623158e308").to_f64(), f64::MAX);
    assert_eq!(read("1.797693134862315807e308").to_f64(), f64::MAX);
    assert_eq!(read("1.797693134862315808e308").to_f64(), f64::INFINITY);
    assert_eq!(read("2^-1075").to_f64(), 0.0);
    assert_eq!(read("3*2^-1076").to_f64(), f64::from_bits(1));
    assert_eq!(Real::from_f64(-0.0).to_f64().to_bits(), (-0.0f64).to_bits());
}

#[test]
fn decimals_are_correctly_rounded() {
    let cases = [
        ("0", 5, "0", true),
        ("-0", 5, "-0", true),
        ("1/3", 5, "0.33333", false),
        ("2/3", 5, "0.66667", false),
        ("-2/3", 1, "-0.7", false),
        ("1/8", 5, "0.125", true),
        ("0.125", 2, "0.12", false),
        ("0.375", 2, "0.38", false),
        ("999.96", 4, "1000", false),
        ("999.96", 5, "999.96", true),
        ("123456", 3, "123000", false),
        ("120000", 3, "120000", true),
        ("0.00012345", 3, "0.000123", false),
        ("1000", 1, "1000", true),
        ("1/1000", 1, "0.001", true),
        ("9.99e-5", 2, "0.0001", false),
        ("5", 0, "5", true),
    ];
    for (text, digits, expected, exact) in cases {
        assert_eq!(read(text).to_decimal(digits), DecimalText { text: expected.to_owned(), exact }, "{text}");
    }
    for (text, digits, expected) in [
        ("1e999", 5, "1e999"),
        ("123456e1000", 4, "1.235e1005"),
        ("-1/3", 3, "-3.33e-1"),
        ("0", 3, "0e0"),
        ("2^-1074", 17, "4.9406564584124654e-324"),
        ("99995e-10000", 4, "1e-9995"),
    ] {
        assert_eq!(read(text).to_scientific(digits).text, expected, "{text}");
    }
}

#[test]
fn decimal_exponents_at_powers_of_ten() {
    for power in -400..=400i64 {
        let ten = read(&format!("1e{power}"));
        assert_eq!(ten.decimal_exponent(), Some(power));
        let below = ten.sub(&read(&format!("1e{}", power - 40)));
        assert_eq!(below.decimal_exponent(), Some(power - 1));
        let above = ten.add(&read(&format!("1e{}", power - 40)));
        assert_eq!(above.decimal_exponent(), Some(power));
    }
    assert_eq!(read("1e10000").decimal_exponent(), Some(10_000));
    assert_eq!(read("0").decimal_exponent(), None);
}
