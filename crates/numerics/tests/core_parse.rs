//! The grammar of typed numbers: what is read, what is refused and with which error, and properties.

use numerics::real::{DIGIT_LIMIT, EXPONENT_LIMIT, LENGTH_LIMIT, PI_DIGITS};
use numerics::{ParseRealError, Rational, Real, Rounding, by_id};
use proptest::prelude::*;

fn finite(text: &str) -> Rational {
    match Real::parse(text) {
        Ok(Real::Finite(rational)) => rational,
        other => panic!("{text:?}: {other:?}"),
    }
}

#[test]
fn read_exactly() {
    // Text, and the same number as a decimal fraction.
    let rows = [
        ("1.5", "1.5"),
        ("  -2.25  ", "-2.25"),
        ("+7", "7"),
        ("- 7", "-7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e3", "1000"),
        ("1E+3", "1000"),
        ("12.5e-1", "1.25"),
        ("0x1.8p-3", "0.1875"),
        ("0xFF", "255"),
        ("0X1P4", "16"),
        ("0x.8", "0.5"),
        ("-0xff", "-255"),
        ("0b101", "5"),
        ("0B1.1", "1.5"),
        ("1/4", "0.25"),
        ("3 / 8", "0.375"),
        ("2^-3", "0.125"),
        ("10^3", "1000"),
        ("1.5^2", "2.25"),
        ("-2^2", "-4"),
        ("3*2^4", "48"),
        ("1.5 × 2^-1", "0.75"),
        ("3*2^4/6", "8"),
        ("0^0", "1"),
        ("1_000", "1000"),
        ("1\u{2009}000\u{202F}000.000\u{2009}5", "1000000.0005"),
        ("0xff_ff", "65535"),
        ("\u{2212}1.5", "-1.5"),
        ("１．５", "1.5"),
        ("－１２ｅ２", "-1200"),
        ("１／４", "0.25"),
        ("1e2/1e2", "1"),
        ("007", "7"),
        ("0e9999", "0"),
        ("\u{202F}5\u{2009}", "5"),
        ("1\u{A0}000", "1000"),
        ("12\u{2007}345\u{A0}678.901\u{2009}23e1", "123456789.0123"),
        ("1\u{202F}000\u{202F}/\u{A0}8", "125"),
        ("0xDE\u{202F}AD", "57005"),
    ];
    for (text, decimal) in rows {
        assert_eq!(finite(text).to_decimal(40).text, decimal, "{text:?}");
    }
    assert_eq!(finite("1/3").to_decimal(5).text, "0.33333");
    assert!(finite("-0").negative && finite("-0").is_zero());
    assert!(finite("-0/5").negative);
    assert!(!finite("1e999").is_zero());
}

#[test]
fn words() {
    for text in ["nan", "NaN", "-nan", " NAN "] {
        assert_eq!(Real::parse(text), Ok(Real::Nan), "{text}");
    }
    for text in ["inf", "Inf", "+inf", "infinity", "INFINITY", "∞"] {
        assert_eq!(Real::parse(text), Ok(Real::Infinity { negative: false }), "{text}");
    }
    for text in ["-inf", "−∞", "- Infinity"] {
        assert_eq!(Real::parse(text), Ok(Real::Infinity { negative: true }), "{text}");
    }
    for text in ["pi", "π", "PI"] {
        assert_eq!(finite(text).to_decimal(100).text, PI_DIGITS.trim_end_matches('0'));
        assert_eq!(finite(text).to_f64(), std::f64::consts::PI);
    }
    assert_eq!(finite("-pi/2").to_f64(), -std::f64::consts::FRAC_PI_2);
    assert_eq!(finite("2*π").to_f64(), std::f64::consts::TAU);
    assert_eq!(PI_DIGITS.len(), 61);
}

#[test]
fn refused() {
    use ParseRealError::{
        Comma, DivisionByZero, Empty, ExponentTooLarge, MisplacedSeparator, MissingDigits,
        UnexpectedCharacter,
    };
    let odd = |position, character| UnexpectedCharacter { position, character };
    let rows = [
        ("", Empty),
        (" \t ", Empty),
        ("1,5", Comma { position: 1 }),
        ("1,000.5", Comma { position: 1 }),
        ("1，5", Comma { position: 1 }),
        (",5", Comma { position: 0 }),
        ("-,5", Comma { position: 1 }),
        ("1e,5", Comma { position: 2 }),
        ("_1", MisplacedSeparator { position: 0 }),
        ("1_", MisplacedSeparator { position: 1 }),
        ("1__0", MisplacedSeparator { position: 1 }),
        ("1_.5", MisplacedSeparator { position: 1 }),
        ("1._5", MisplacedSeparator { position: 2 }),
        ("0x_f", MisplacedSeparator { position: 2 }),
        ("1e_5", MisplacedSeparator { position: 2 }),
        ("1_e5", MisplacedSeparator { position: 1 }),
        ("1 000", odd(2, '0')),
        // Not groups of three: as well two numbers.
        ("1\u{202F}0", MisplacedSeparator { position: 1 }),
        ("1\u{A0}0000", MisplacedSeparator { position: 1 }),
        ("1000\u{2009}000", MisplacedSeparator { position: 4 }),
        ("1\u{A0}000\u{A0}2.5", MisplacedSeparator { position: 5 }),
        ("0.1\u{A0}0.2", MisplacedSeparator { position: 3 }),
        ("1.5\u{A0}200", MisplacedSeparator { position: 3 }),
        ("\u{A0}x", odd(1, 'x')),
        ("1.2.3", odd(3, '.')),
        ("--1", odd(1, '-')),
        ("+-1", odd(1, '-')),
        ("abc", odd(0, 'a')),
        ("1f", odd(1, 'f')),
        ("1.5f32", odd(3, 'f')),
        ("0x1g", odd(3, 'g')),
        ("0b12", odd(3, '2')),
        ("0o17", odd(1, 'o')),
        ("1'000", odd(1, '\'')),
        ("1.5x", odd(3, 'x')),
        ("infinit", odd(3, 'i')),
        ("nanx", odd(3, 'x')),
        ("１．５ｘ", odd(3, 'ｘ')),
        ("1+1", odd(1, '+')),
        ("1/2/3", odd(3, '/')),
        ("2*3*4", odd(3, '*')),
        ("2^2^2", odd(3, '^')),
        ("2^0.5", odd(3, '.')),
        ("½", odd(0, '½')),
        ("٣", odd(0, '٣')),
        ("2²", odd(1, '²')),
        ("inf/2", odd(3, '/')),
        (".", MissingDigits { position: 1 }),
        ("-", MissingDigits { position: 1 }),
        ("1e", MissingDigits { position: 2 }),
        ("1e+", MissingDigits { position: 3 }),
        ("1ex", MissingDigits { position: 2 }),
        ("0x", MissingDigits { position: 2 }),
        ("0xp3", MissingDigits { position: 2 }),
        ("0x.p1", MissingDigits { position: 3 }),
        ("0b2", MissingDigits { position: 2 }),
        ("1/", MissingDigits { position: 2 }),
        ("2^", MissingDigits { position: 2 }),
        ("2^-", MissingDigits { position: 3 }),
        ("2*", MissingDigits { position: 2 }),
        ("1/0", DivisionByZero { position: 1 }),
        ("1 / 0.0", DivisionByZero { position: 2 }),
        ("0^-1", DivisionByZero { position: 1 }),
        ("1e10001", ExponentTooLarge { position: 2 }),
        ("1e-99999999999999999999", ExponentTooLarge { position: 2 }),
        ("0x1p+10001", ExponentTooLarge { position: 4 }),
        ("2^10001", ExponentTooLarge { position: 2 }),
        ("1e10^10000", ExponentTooLarge { position: 5 }),
    ];
    for (text, error) in rows {
        assert_eq!(Real::parse(text), Err(error), "{text:?}");
    }
}

#[test]
fn limits() {
    assert_eq!(Real::parse(&" ".repeat(LENGTH_LIMIT + 1)), Err(ParseRealError::TooLong));
    let most = "7".repeat(DIGIT_LIMIT);
    assert_eq!(finite(&most).to_decimal(DIGIT_LIMIT).text, most);
    let error = ParseRealError::TooManyDigits { position: 1 };
    assert_eq!(Real::parse(&format!("-{most}7")), Err(error));
    assert_eq!(finite(&format!("1e{EXPONENT_LIMIT}")).to_scientific(3).text, "1e10000");
    assert_eq!(finite(&format!("1e-{EXPONENT_LIMIT}")).to_scientific(3).text, "1e-10000");
    assert_eq!(finite("10^10000"), finite("1e10000"));
    // The heaviest text there is stays a fraction of a few hundred thousand bits.
    let heavy = format!("{}e-10000*9^-10000/{}e10000*9^10000", "7".repeat(4000), "3".repeat(4000));
    assert_eq!(finite(&heavy).to_scientific(19).text, "3.294488521948027738e-39085");
}

fn as_binary64(text: &str) -> Option<u64> {
    let real = Real::parse(text).ok()?;
    Some(by_id("fp64")?.encode_real(&real, &Rounding::default()).code)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn never_panics_on_any_text(text in any::<String>()) {
        let _ = Real::parse(&text);
    }

    #[test]
    fn never_panics_on_almost_numbers(text in "[-+−0-9a-fxXeEpPinNπ∞._ ,/*^１．\u{2009}]{0,24}") {
        if let Ok(real) = Real::parse(&text) {
            let _ = real.to_f64();
        }
    }

    #[test]
    fn reads_what_f64_prints(bits in any::<u64>()) {
        let x = f64::from_bits(bits);
        prop_assume!(!x.is_nan());
        for text in [format!("{x:?}"), format!("{x}"), format!("{x:e}")] {
            prop_assert_eq!(as_binary64(&text), Some(bits), "{}", text);
        }
    }

    #[test]
    fn agrees_with_the_standard_library(text in "-?[0-9]{1,30}(\\.[0-9]{0,40})?(e-?[0-9]{1,3})?") {
        let expected: f64 = text.parse().unwrap();
        prop_assert_eq!(as_binary64(&text), Some(expected.to_bits()), "{}", text);
    }

    #[test]
    fn an_f64_is_its_own_fraction(bits in any::<u64>()) {
        let x = f64::from_bits(bits);
        prop_assume!(x.is_finite());
        let Real::Finite(rational) = Real::from_f64(x) else { panic!("finite") };
        prop_assert_eq!(rational.to_f64().to_bits(), bits);
        let digits = rational.to_decimal(800);
        prop_assert!(digits.exact);
        prop_assert_eq!(digits.text.parse::<f64>().unwrap().to_bits(), bits);
        prop_assert_eq!(&digits.text, &numerics::Value::from_f64(x).to_decimal());
    }

    #[test]
    fn arithmetic_undoes_itself(a in any::<i32>(), b in 1..=u32::MAX, c in any::<i32>(), d in 1..=u32::MAX) {
        let (left, right) = (finite(&format!("{a}/{b}")), finite(&format!("{c}/{d}")));
        prop_assert_eq!(left.add(&right).sub(&right), left.clone());
        if let Some(quotient) = left.div(&right) {
            prop_assert_eq!(quotient.mul(&right), left);
        }
    }

    #[test]
    fn rationals_and_f64_encode_alike(bits in any::<u64>(), which in 0..numerics::FORMATS.len(), mode in 0..7u8, random in any::<u64>()) {
        use numerics::{Overflow, RoundingMode as Mode};
        let f = &numerics::FORMATS[which];
        // Exponents near the formats' own ranges half of the time.
        let x = f64::from_bits(if bits & 1 == 0 { bits } else { bits & !(0x7FF << 52) | (1023 - 40 + bits % 80) << 52 });
        let mode = match mode {
            0 => Mode::NearestEven,
            1 => Mode::NearestAway,
            2 => Mode::TowardZero,
            3 => Mode::TowardPositive,
            4 => Mode::TowardNegative,
            5 => Mode::ToOdd,
            _ => Mode::Stochastic { random },
        };
        for overflow in [Overflow::Native, Overflow::Saturate, Overflow::Wrap] {
            let rounding = Rounding { mode, overflow, flush_subnormals: bits & 2 == 0 };
            let (a, b) = (f.encode_f64(x, &rounding), f.encode_real(&Real::from_f64(x), &rounding));
            prop_assert_eq!((a.code, a.overflow, a.inexact), (b.code, b.overflow, b.inexact), "{} {:e} {:?}", f.id, x, rounding);
        }
    }
}
