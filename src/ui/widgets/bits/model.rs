//! From the reader's text to what each format stores. No DOM here.
//!
//! The input is kept exact (a fraction, or a code of one format); every format
//! rounds it once. Errors are stored value minus input, exact.

use numerics::bulk::{GOLDEN, mix64};
use numerics::{
    Class, Dyadic, Encoded, FieldKind, Format, Kind, Overflow, Rational, Real, Rounding, RoundingMode,
};
use protocol::Failure;

use super::display;
use crate::ui::components::number::{number_failure, superscript};

/// Digits of a value in a row.
const ROW_DIGITS: usize = 13;
/// And of formats wider than binary32, whose values differ only after that.
const WIDE_ROW_DIGITS: usize = 18;

/// What the reader gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// The text itself: `0` and `-0` are equal numbers but different inputs.
    pub text: String,
    /// The number, or why the text is not one.
    pub real: Result<Real, Failure>,
    /// Set when the reader gave a code: that format shows exactly it, NaN payload included.
    pub code: Option<(Format, u64)>,
}

/// How everything is rounded.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Mode, overflow, flushing.
    pub rounding: Rounding,
    /// Step of plain integer formats; positive.
    pub scale: Rational,
    /// Zero point of plain integer formats.
    pub zero_point: i64,
}

/// What one format makes of the input.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The code and the flags of the rounding.
    pub encoded: Encoded,
    /// Each bit from the top down with its field.
    pub bits: Vec<(FieldKind, bool)>,
    /// What the code stands for, scale included; none for NaN and infinity.
    pub stored: Option<Rational>,
    /// The value in short.
    pub value_text: String,
    /// Stored minus asked; none when either is not finite.
    pub error: Option<Rational>,
    /// The error in units of the last place.
    pub error_ulp: Option<Rational>,
    /// Class of the code.
    pub class: Class,
}

/// The rounding mode of an id; `seed` serves the stochastic one.
pub fn rounding_mode(id: &str, seed: u32) -> RoundingMode {
    RoundingMode::from_id(id, threshold(seed)).unwrap_or_default()
}

/// The overflow handling of an id.
pub fn overflow(id: &str) -> Overflow {
    match id {
        "saturate" => Overflow::Saturate,
        "wrap" => Overflow::Wrap,
        _ => Overflow::Native,
    }
}

/// A 64-bit threshold from a seed (the finaliser of `SplitMix64`).
pub fn threshold(seed: u32) -> u64 {
    mix64(u64::from(seed).wrapping_add(GOLDEN))
}

/// A code of a format: digits after `0x` or `0b` in either case, which may be left out where `radix` says what the digits are. One `_` or space
/// may stand between two digits; nothing else, no sign either.
pub fn read_code(text: &str, radix: Option<u32>, format: &Format) -> Option<u64> {
    let text = text.trim();
    let prefixed = |prefix: &str| {
        let (head, digits) = text.split_at_checked(2)?;
        head.eq_ignore_ascii_case(prefix).then_some(digits)
    };
    let (digits, radix) = match (prefixed("0x"), prefixed("0b"), radix) {
        // In hexadecimal `0b` is a number of its own.
        (None, _, Some(16)) => (text, 16),
        (Some(digits), _, None | Some(16)) => (digits, 16),
        (_, Some(digits), None | Some(2)) => (digits, 2),
        (_, None, Some(2)) => (text, 2),
        _ => return None,
    };
    let mut code = None;
    let mut parted = true;
    for digit in digits.chars() {
        if digit == '_' || digit.is_whitespace() {
            if std::mem::replace(&mut parted, true) {
                return None;
            }
            continue;
        }
        let digit = u64::from(digit.to_digit(radix)?);
        code = Some(code.unwrap_or(0_u64).checked_mul(u64::from(radix))?.checked_add(digit)?);
        parted = false;
    }
    code.filter(|code| !parted && *code <= format.mask())
}

/// Reads the entry: a number, or `<format>:0x…` / `<format>:0b…`.
pub fn read_input(text: &str, custom: Option<Format>) -> Input {
    if let Some((id, code)) = text.split_once(':')
        && let Some(format) = find_format(id.trim(), custom)
    {
        return match read_code(code, None, &format) {
            Some(code) => Input {
                text: text.to_owned(),
                real: Ok(Real::from_value(format.decode(code))),
                code: Some((format, code)),
            },
            None => Input {
                text: text.to_owned(),
                real: Err(Failure::new("bits_code").with("found", code.trim()).with("bits", format.bits)),
                code: None,
            },
        };
    }
    Input {
        text: text.to_owned(),
        real: Real::parse(text).map_err(|error| number_failure(&error)),
        code: None,
    }
}

/// A whole number as a fraction.
pub fn integer(value: i64) -> Rational {
    Rational::from_dyadic(Dyadic::new(value < 0, value.unsigned_abs(), 0))
}

/// A format by id, in capitals or not; the custom one under `custom`.
pub fn find_format(id: &str, custom: Option<Format>) -> Option<Format> {
    let id = id.to_ascii_lowercase();
    if id == "custom" { custom } else { numerics::by_id(&id).copied() }
}

/// A positive scale such as `1/127`.
pub fn read_scale(text: &str) -> Result<Rational, Failure> {
    match Real::parse(text).map_err(|error| number_failure(&error))? {
        Real::Finite(scale) if !scale.is_zero() && !scale.negative => Ok(scale),
        _ => Err(Failure::new("bits_scale")),
    }
}

/// Whether the scale and zero point apply: plain integers, not `MXINT8` with its own.
pub fn is_plain_integer(format: &Format) -> bool {
    matches!(format.kind, Kind::Int(spec) if spec.scale_exponent == 0)
}

/// What `format` stores for `input`.
pub fn read(format: &Format, input: &Input, real: &Real, settings: &Settings) -> Reading {
    let scaled = is_plain_integer(format);
    let encoded = match &input.code {
        Some((given, code)) if given == format => given_code(format, *code),
        _ if scaled => format.encode_real(&to_steps(real, settings), &settings.rounding),
        _ => format.encode_real(real, &settings.rounding),
    };
    let own_code = input.code.as_ref().is_some_and(|(given, _)| given == format);
    let rescale = scaled && !own_code;
    let stored =
        encoded.value.to_rational().map(|value| if rescale { from_steps(&value, settings) } else { value });
    let error = match (&stored, real) {
        (Some(stored), Real::Finite(asked)) => Some(stored.sub(asked)),
        _ => None,
    };
    let ulp = format.ulp(encoded.code).map(Rational::from_dyadic);
    let error_ulp = match (&error, ulp) {
        (Some(error), Some(ulp)) if !ulp.is_zero() => {
            let unit = if rescale { ulp.mul(&settings.scale) } else { ulp };
            error.div(&unit)
        }
        _ => None,
    };
    let value_text = match &stored {
        Some(stored) if format.bits > 32 => display::short(stored, WIDE_ROW_DIGITS),
        Some(stored) => display::short(stored, ROW_DIGITS),
        None => display::short_value(encoded.value, ROW_DIGITS),
    };
    Reading {
        bits: bits(format, encoded.code),
        class: format.class(encoded.code),
        encoded,
        stored,
        value_text,
        error,
        error_ulp,
    }
}

/// A code that was given, not rounded to.
fn given_code(format: &Format, code: u64) -> Encoded {
    Encoded {
        code,
        value: format.decode(code),
        lsb: code & 1 == 1,
        guard: false,
        round: false,
        sticky: false,
        inexact: false,
        overflow: false,
        underflow: false,
        substituted_nan: false,
    }
}

fn to_steps(real: &Real, settings: &Settings) -> Real {
    let Real::Finite(x) = real else { return real.clone() };
    match x.div(&settings.scale) {
        Some(steps) if settings.zero_point == 0 => Real::Finite(steps),
        Some(steps) => Real::Finite(steps.add(&integer(settings.zero_point))),
        None => real.clone(),
    }
}

fn from_steps(steps: &Rational, settings: &Settings) -> Rational {
    if settings.zero_point == 0 {
        steps.mul(&settings.scale)
    } else {
        steps.sub(&integer(settings.zero_point)).mul(&settings.scale)
    }
}

/// The code's bits from the top down, each with its field.
pub fn bits(format: &Format, code: u64) -> Vec<(FieldKind, bool)> {
    let mut out = Vec::with_capacity(usize::from(format.bits));
    let mut left = u32::from(format.bits);
    for field in format.fields(code) {
        for _ in 0..field.bits.min(left as u8) {
            left -= 1;
            out.push((field.kind, code >> left & 1 == 1));
        }
    }
    out
}

/// The layout in short: `1·5·10`, `es 2`, `×2⁻⁶`.
pub fn layout(format: &Format) -> String {
    match format.kind {
        Kind::Float(spec) => {
            let sign = u8::from(spec.signed);
            format!("{sign}·{}·{}", spec.exponent_bits, spec.significand_bits)
        }
        Kind::Posit(spec) => format!("es {}", spec.es),
        Kind::Int(spec) if spec.scale_exponent != 0 => {
            format!("×2{}", superscript(&spec.scale_exponent.to_string()))
        }
        Kind::Int(spec) => format!("{} bit", spec.bits),
        Kind::Codebook(values) => format!("{} values", values.len()),
    }
}

/// Key of a class in the texts.
pub fn class_key(class: Class) -> &'static str {
    match class {
        Class::Normal => "normal",
        Class::Subnormal => "subnormal",
        Class::Zero => "zero",
        Class::Infinity => "infinity",
        Class::Nan => "nan",
    }
}

/// Length of the error bar: 0 for exact, 1 for an error as large as the number, by decades between.
pub fn error_bar(error: Option<&Rational>, asked: &Real) -> f64 {
    let (Some(error), Real::Finite(asked)) = (error, asked) else { return 1.0 };
    if error.is_zero() {
        return 0.0;
    }
    let ratio = match error.div(asked) {
        Some(ratio) => ratio.to_f64().abs(),
        None => return 1.0,
    };
    // Sixteen decades: from binary64's relative error to a value that is wholly lost.
    (1.0 + ratio.max(1e-16).log10() / 16.0).clamp(0.02, 1.0)
}

/// Whether a row belongs to a group.
pub fn in_group(format: &Format, group: &str) -> bool {
    let kind = match format.kind {
        Kind::Float(_) if format.bits >= 16 => "wide",
        Kind::Float(_) if format.bits == 8 => "eight",
        Kind::Float(_) | Kind::Codebook(_) => "tiny",
        Kind::Int(_) => "integer",
        Kind::Posit(_) => "posit",
    };
    group == "all" || group == kind
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings { rounding: Rounding::default(), scale: integer(1), zero_point: 0 }
    }

    fn reading(id: &str, text: &str) -> Reading {
        let input = read_input(text, None);
        let real = input.real.clone().expect("a number");
        read(numerics::by_id(id).expect("a format"), &input, &real, &settings())
    }

    #[test]
    fn one_tenth_in_the_common_formats() {
        assert_eq!(reading("fp16", "0.1").encoded.code, 0x2E66);
        assert_eq!(reading("bf16", "0.1").encoded.code, 0x3DCD);
        assert_eq!(reading("fp16", "0.1").value_text, "0.0999755859375");
        assert_eq!(reading("e4m3", "0.1").value_text, "0.1015625");
    }

    #[test]
    fn a_code_is_kept_bit_for_bit_in_its_own_format() {
        let reading = reading("fp16", "fp16:0x7E01");
        assert_eq!(reading.encoded.code, 0x7E01);
        assert_eq!(reading.class, Class::Nan);
        assert_eq!(reading.error, None);
    }

    #[test]
    fn a_code_too_wide_is_refused() {
        assert!(read_input("e4m3:0x100", None).real.is_err());
        assert!(read_input("e4m3:0xZZ", None).real.is_err());
        assert!(read_input("nothing:0x1", None).real.is_err());
    }

    #[test]
    fn a_code_is_digits_and_nothing_else() {
        let one = |text: &str| assert_eq!(reading("fp16", text).encoded.code, 0x3C00, "{text}");
        for text in [
            "fp16:0x3c00",
            "FP16:0x3C00",
            "fp16:0X3C00",
            " Fp16 : 0x3c_00 ",
            "fp16:0x3c 00",
            "fp16:0b0011110000000000",
            "fp16:0B11_1100_0000_0000",
        ] {
            one(text);
        }
        for text in [
            "fp16:0x+3c00",
            "fp16:+0x3c00",
            "fp16:0x-1",
            "fp16:3c00",
            "fp16:0x",
            "fp16:0b",
            "fp16:",
            "fp16:0x0x3c00",
            "fp16:0x_3c00",
            "fp16:0x3c00_",
            "fp16:0x3c__00",
            "fp16:0b+1",
            "fp16:0x10000",
            "fp16:0x10000000000000000",
            "fp16:０x1",
        ] {
            let failure = read_input(text, None).real.expect_err(text);
            assert_eq!(failure.code, "bits_code", "{text}");
        }
    }

    #[test]
    fn the_fields_of_codes_may_leave_the_prefix_out() {
        let format = numerics::by_id("fp16").expect("fp16");
        let read = |text: &str, radix| read_code(text, Some(radix), format);
        assert_eq!(read("3C00", 16), Some(0x3C00));
        assert_eq!(read("0b1", 16), Some(0xB1));
        assert_eq!(read("0X3c00", 16), Some(0x3C00));
        assert_eq!(read("0B101", 2), Some(5));
        assert_eq!(read("1 01", 2), Some(5));
        for (text, radix) in
            [("0x0x1", 16), ("+1", 16), ("0x1", 2), ("2", 2), ("", 2), ("", 16), ("0b0b1", 2)]
        {
            assert_eq!(read(text, radix), None, "{text} in radix {radix}");
        }
    }

    #[test]
    fn pasted_groups_are_one_number() {
        for space in ['\u{A0}', '\u{2007}', '\u{2009}', '\u{202F}'] {
            assert_eq!(reading("fp32", &format!("1{space}000")).value_text, "1000", "U+{:04X}", space as u32);
            let failure = read_input(&format!("1{space}0"), None).real.expect_err("one or two");
            assert_eq!(failure.code, "number_separator");
        }
    }

    #[test]
    fn integers_use_scale_and_zero_point() {
        let input = read_input("0.1", None);
        let real = input.real.clone().expect("a number");
        let settings = Settings { scale: read_scale("1/127").expect("a scale"), ..settings() };
        let reading = read(numerics::by_id("int8").expect("int8"), &input, &real, &settings);
        assert_eq!(reading.encoded.code, 13);
        assert_eq!(reading.stored.expect("finite").to_f64(), 13.0 / 127.0);
        assert!(read_scale("0").is_err() && read_scale("-1").is_err() && read_scale("inf").is_err());
    }

    #[test]
    fn bits_come_with_their_fields() {
        let format = numerics::by_id("e4m3").expect("e4m3");
        let bits = bits(format, 0x9D);
        assert_eq!(bits.len(), 8);
        assert_eq!(bits[0], (FieldKind::Sign, true));
        assert_eq!(bits.iter().filter(|(kind, _)| *kind == FieldKind::Exponent).count(), 4);
    }
}
