//! Formats that a reader makes up, as text.
//!
//! The text is what addresses carry: `s1e4m3b7-fn` is one sign bit, 4 exponent bits, 3 significand bits, bias 7,
//! and the special values of E4M3. After the dash: `ieee`, `fn`, `fnuz`, `none` or `p3109` (see
//! [`Specials`]); a last `-ns` means no subnormals. Every part is required and in lower case; a bias may be negative (`b-3`).
//!
//! Limits: `s` 0 or 1, `e` 0..=11, `m` 0..=52, and every value must be an exact `f64`. With `e0` there is one
//! binade and it is subnormal: sign-magnitude fixed point; IEEE specials and `-ns` need an exponent field.
//! `-ns` follows the convention of `gfloat`: exponent field 0 is an ordinary binade in which only the all-zero
//! code is zero, and with `m0` there is no zero at all, which only an
//! unsigned format may do (E8M0 is `s0e8m0b127-fn-ns`).

use crate::format::{FloatSpec, Format, Kind, Specials};

/// Why a custom format's text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomFormatError {
    /// The text does not have the form `s1e4m3b7-ieee`.
    #[error(
        "expected a form such as s1e4m3b7-ieee, with -ieee, -fn, -fnuz, -none or -p3109 and an optional -ns"
    )]
    Syntax,
    /// More than 11 exponent bits.
    #[error("at most 11 exponent bits")]
    ExponentBits,
    /// More than 52 significand bits.
    #[error("at most 52 significand bits")]
    SignificandBits,
    /// Some value would not be an exact `f64`; the bounds are the biases that fit.
    #[error("the bias must be from {min} to {max}")]
    Bias {
        /// Least bias that fits.
        min: i32,
        /// Greatest bias that fits.
        max: i32,
    },
    /// FNUZ puts NaN in the place of negative zero: it needs a sign bit.
    #[error("fnuz needs a sign bit")]
    FnuzUnsigned,
    /// Without an exponent field there are only subnormals, and no room for IEEE specials.
    #[error("e0 allows neither ieee nor ns")]
    NoExponent,
    /// Without subnormals and significand bits there is no zero, and no room for one between the signs.
    #[error("m0 with ns has no zero: it needs s0")]
    SignedWithoutZero,
    /// Special values and zero take every code.
    #[error("no code is left for a number other than zero")]
    NoNumbers,
}

impl FloatSpec {
    /// The format that `text` describes. Its identifier and name are `custom`; [`FloatSpec::to_custom_text`]
    /// gives the text back.
    pub fn custom(text: &str) -> Result<Format, CustomFormatError> {
        let spec = parse(text).ok_or(CustomFormatError::Syntax)?;
        check(&spec)?;
        Ok(Format { id: "custom", name: "custom", bits: spec.bits(), kind: Kind::Float(spec), draft: false })
    }

    /// What a custom format's text describes, whether or not such a format can be: what an editor shows while it cannot. With
    /// subnormals or not, sizes are as typed, up to 255.
    pub fn custom_draft(text: &str) -> Option<Self> {
        parse(text)
    }

    /// The text that [`FloatSpec::custom`] reads. A container's unused bits are not part of it.
    pub fn to_custom_text(&self) -> String {
        let FloatSpec { exponent_bits, significand_bits, bias, .. } = self;
        let sign = u8::from(self.signed);
        let specials = match self.specials {
            Specials::Ieee => "ieee",
            Specials::NanOnly => "fn",
            Specials::NanIsNegativeZero => "fnuz",
            Specials::None => "none",
            Specials::P3109 => "p3109",
        };
        let subnormals = if self.subnormals { "" } else { "-ns" };
        format!("s{sign}e{exponent_bits}m{significand_bits}b{bias}-{specials}{subnormals}")
    }
}

fn parse(text: &str) -> Option<FloatSpec> {
    let (rest, subnormals) = text.strip_suffix("-ns").map_or((text, true), |rest| (rest, false));
    let (fields, specials) = rest.rsplit_once('-')?;
    let specials = match specials {
        "ieee" => Specials::Ieee,
        "fn" => Specials::NanOnly,
        "fnuz" => Specials::NanIsNegativeZero,
        "none" => Specials::None,
        "p3109" => Specials::P3109,
        _ => return None,
    };
    let (sign, fields) = fields.strip_prefix('s')?.split_once('e')?;
    let (exponent, fields) = fields.split_once('m')?;
    let (significand, bias) = fields.split_once('b')?;
    let signed = match sign {
        "0" => false,
        "1" => true,
        _ => return None,
    };
    let (negative, bias) = bias.strip_prefix('-').map_or((false, bias), |rest| (true, rest));
    let bias = small_number(bias)?;
    let significand_bits = u8::try_from(small_number(significand)?).unwrap_or(u8::MAX);
    Some(FloatSpec {
        signed,
        exponent_bits: u8::try_from(small_number(exponent)?).unwrap_or(u8::MAX),
        significand_bits,
        bias: if negative { -bias } else { bias },
        subnormals,
        has_zero: subnormals || significand_bits > 0,
        specials,
        unused_low_bits: 0,
    })
}

/// One to four digits.
fn small_number(text: &str) -> Option<i32> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

fn check(spec: &FloatSpec) -> Result<(), CustomFormatError> {
    if spec.exponent_bits > 11 {
        return Err(CustomFormatError::ExponentBits);
    }
    if spec.significand_bits > 52 {
        return Err(CustomFormatError::SignificandBits);
    }
    if spec.specials == Specials::NanIsNegativeZero && !spec.signed {
        return Err(CustomFormatError::FnuzUnsigned);
    }
    if spec.exponent_bits == 0 && (spec.specials == Specials::Ieee || !spec.subnormals) {
        return Err(CustomFormatError::NoExponent);
    }
    if spec.signed && !spec.has_zero {
        return Err(CustomFormatError::SignedWithoutZero);
    }
    // Codes that are not positive numbers: zero, and the specials above the largest one.
    let special_count = match (spec.specials, spec.signed) {
        (Specials::Ieee, _) => 1u64 << spec.significand_bits,
        (Specials::NanOnly, _) | (Specials::P3109, true) => 1,
        (Specials::P3109, false) => 2,
        (Specials::NanIsNegativeZero | Specials::None, _) => 0,
    };
    if spec.magnitude_mask() < special_count + u64::from(spec.has_zero) {
        return Err(CustomFormatError::NoNumbers);
    }
    // The last place must not lie below 2^-1074, nor the largest binade above 2^1023.
    let lowest = i32::from(spec.subnormals) - i32::from(spec.significand_bits);
    let top_field = (spec.max_magnitude() >> spec.significand_bits) as i32;
    let (min, max) = (top_field.max(i32::from(spec.subnormals)) - 1023, lowest + 1074);
    if spec.bias < min || spec.bias > max {
        return Err(CustomFormatError::Bias { min, max });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::FORMATS;

    #[test]
    fn every_row_of_the_table_has_a_text_that_means_it() {
        for format in FORMATS {
            let Kind::Float(spec) = format.kind else { continue };
            let text = spec.to_custom_text();
            let custom = FloatSpec::custom(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(custom.kind, Kind::Float(FloatSpec { unused_low_bits: 0, ..spec }), "{text}");
            assert_eq!((custom.bits, custom.id), (format.bits, "custom"));
        }
        let e8m0 = FloatSpec::custom("s0e8m0b127-fn-ns").map(|format| format.kind);
        assert_eq!(e8m0.ok(), FORMATS.iter().find(|format| format.id == "e8m0").map(|format| format.kind));
    }

    #[test]
    fn texts_come_back() {
        for text in
            ["s1e4m3b7-ieee", "s1e4m3b-3-fn-ns", "s0e8m0b127-fn-ns", "s1e0m7b6-none", "s1e5m2b16-p3109"]
        {
            let Ok(Format { kind: Kind::Float(spec), .. }) = FloatSpec::custom(text) else {
                panic!("{text}")
            };
            assert_eq!(spec.to_custom_text(), text);
        }
    }

    #[test]
    fn refusals() {
        use CustomFormatError::{
            Bias, ExponentBits, FnuzUnsigned, NoExponent, NoNumbers, SignedWithoutZero, SignificandBits,
            Syntax,
        };
        let long = "s1e4m3b7-ieee".repeat(1000);
        for (text, error) in [
            ("", Syntax),
            ("e4m3", Syntax),
            ("s2e4m3b7-ieee", Syntax),
            ("s1e4m3-ieee", Syntax),
            ("s1e4m3b7", Syntax),
            ("s1e4m3b7-", Syntax),
            ("s1e4m3b7-ns", Syntax),
            ("s1e4m3b7-IEEE", Syntax),
            ("s1e4m3b+7-ieee", Syntax),
            ("s1e4m3b12345-ieee", Syntax),
            ("s1e4m3b7-ieee-ns-ns", Syntax),
            ("s1e４m3b7-ieee", Syntax),
            (&long, Syntax),
            ("s1e12m3b7-ieee", ExponentBits),
            ("s1e999m3b7-ieee", ExponentBits),
            ("s1e8m53b127-ieee", SignificandBits),
            ("s1e4m3b1073-ieee", Bias { min: -1009, max: 1072 }),
            ("s1e4m3b-1010-ieee", Bias { min: -1009, max: 1072 }),
            ("s1e11m52b1024-ieee", Bias { min: 1023, max: 1023 }),
            ("s0e4m3b7-fnuz", FnuzUnsigned),
            ("s1e0m3b7-ieee", NoExponent),
            ("s1e0m3b7-none-ns", NoExponent),
            ("s1e4m0b7-fn-ns", SignedWithoutZero),
            ("s1e0m0b0-none", NoNumbers),
            ("s1e1m0b0-ieee", NoNumbers),
            ("s1e1m0b0-fn", NoNumbers),
            ("s0e0m1b0-p3109", NoNumbers),
        ] {
            assert_eq!(FloatSpec::custom(text), Err(error), "{text}");
        }
        for text in ["s1e4m3b1072-ieee", "s1e4m3b-1009-ieee"] {
            assert!(FloatSpec::custom(text).is_ok(), "{text}");
        }
    }
}
