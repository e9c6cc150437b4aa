//! The table of formats: adding a format is adding a row here, and its row to the tests.
//!
//! Sources, row by row: IEEE 754-2019 (fp64, fp32, fp16); Google's bfloat16; NVIDIA's description of
//! TF32 (19 significant bits in a 32-bit word; what happens to its subnormals is documented nowhere,
//! they are kept here); OCP 8-bit Floating Point 1.0 (e5m2, e4m3); the IEEE-style and FNUZ variants as
//! in `ml_dtypes`; the IEEE P3109 working group's draft (p3109-*); OCP Microscaling 1.0 (e3m2, e2m3,
//! e2m1, e8m0, mxint8); QLoRA (nf4); the Posit standard of 2022.

use crate::format::{FloatSpec, Format, IntSpec, Kind, PositSpec, Specials};

/// Every format of the playground, in the order in which lists show them.
pub static FORMATS: &[Format] = &[
    float("fp64", "binary64", 11, 52, 1023, Specials::Ieee),
    float("fp32", "binary32", 8, 23, 127, Specials::Ieee),
    TF32,
    float("bf16", "bfloat16", 8, 7, 127, Specials::Ieee),
    float("fp16", "binary16", 5, 10, 15, Specials::Ieee),
    float("e5m2", "FP8 E5M2", 5, 2, 15, Specials::Ieee),
    float("e4m3", "FP8 E4M3", 4, 3, 7, Specials::NanOnly),
    float("e4m3-ieee", "FP8 E4M3 (IEEE)", 4, 3, 7, Specials::Ieee),
    float("e3m4", "FP8 E3M4", 3, 4, 3, Specials::Ieee),
    float("e4m3fnuz", "FP8 E4M3FNUZ", 4, 3, 8, Specials::NanIsNegativeZero),
    float("e5m2fnuz", "FP8 E5M2FNUZ", 5, 2, 16, Specials::NanIsNegativeZero),
    float("e4m3b11fnuz", "FP8 E4M3B11FNUZ", 4, 3, 11, Specials::NanIsNegativeZero),
    draft(float("p3109-p3", "P3109 binary8p3", 5, 2, 16, Specials::P3109)),
    draft(float("p3109-p4", "P3109 binary8p4", 4, 3, 8, Specials::P3109)),
    draft(float("p3109-p5", "P3109 binary8p5", 3, 4, 4, Specials::P3109)),
    float("e3m2", "FP6 E3M2", 3, 2, 3, Specials::None),
    float("e2m3", "FP6 E2M3", 2, 3, 1, Specials::None),
    float("e2m1", "FP4 E2M1", 2, 1, 1, Specials::None),
    E8M0,
    int("int32", "INT32", 32, 0),
    int("int16", "INT16", 16, 0),
    int("int8", "INT8", 8, 0),
    int("int4", "INT4", 4, 0),
    int("mxint8", "MXINT8", 8, -6),
    Format { id: "nf4", name: "NF4", bits: 4, kind: Kind::Codebook(&NF4), draft: false },
    posit("posit32", "Posit32", 32),
    posit("posit16", "Posit16", 16),
    posit("posit8", "Posit8", 8),
];

/// The row of an identifier, if there is one.
pub fn by_id(id: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.id == id)
}

const TF32: Format = {
    let mut format = float("tf32", "TF32", 8, 10, 127, Specials::Ieee);
    if let Kind::Float(spec) = &mut format.kind {
        spec.unused_low_bits = 13;
    }
    format
};

const E8M0: Format = Format {
    id: "e8m0",
    name: "E8M0",
    bits: 8,
    kind: Kind::Float(FloatSpec {
        signed: false,
        exponent_bits: 8,
        significand_bits: 0,
        bias: 127,
        subnormals: false,
        has_zero: false,
        specials: Specials::NanOnly,
        unused_low_bits: 0,
    }),
    draft: false,
};

/// Quantiles of the standard normal distribution scaled to [-1, 1], as published with QLoRA (binary32).
static NF4: [f32; 16] = [
    -1.0,
    -0.696_192_8,
    -0.525_073_05,
    -0.394_917_5,
    -0.284_441_38,
    -0.184_773_43,
    -0.091_050_036,
    0.0,
    0.079_580_3,
    0.160_930_2,
    0.246_112_3,
    0.337_915_24,
    0.440_709_83,
    0.562_617,
    0.722_956_84,
    1.0,
];

const fn float(
    id: &'static str,
    name: &'static str,
    exponent_bits: u8,
    significand_bits: u8,
    bias: i32,
    specials: Specials,
) -> Format {
    let spec = FloatSpec {
        signed: true,
        exponent_bits,
        significand_bits,
        bias,
        subnormals: true,
        has_zero: true,
        specials,
        unused_low_bits: 0,
    };
    Format { id, name, bits: spec.bits(), kind: Kind::Float(spec), draft: false }
}

const fn draft(mut format: Format) -> Format {
    format.draft = true;
    format
}

const fn int(id: &'static str, name: &'static str, bits: u8, scale_exponent: i32) -> Format {
    Format { id, name, bits, kind: Kind::Int(IntSpec { bits, scale_exponent }), draft: false }
}

const fn posit(id: &'static str, name: &'static str, bits: u8) -> Format {
    Format { id, name, bits, kind: Kind::Posit(PositSpec { bits, es: 2 }), draft: false }
}
