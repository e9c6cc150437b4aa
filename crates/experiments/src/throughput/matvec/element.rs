//! Element formats: which kernel, which scale.

use numerics::blocks::TensorStats;
use numerics::{FloatSpec, Format, Kind, by_id};

use super::Rows;
use super::codes::{
    Bfloat16, Binary16, Binary32, ByteTable, Codes, HalfTable, Int8, Int16, Int32, Nibbles, Posit32,
    SmallFloat, Tf32, pairs,
};
use super::rows::{FloatRows, Plain, values};
use super::store::Store;

/// How an element format's weights are stored and multiplied; none where there is no kernel.
pub(super) fn parts(id: &str, side: usize, band: &[f32], x: &[f32]) -> Option<(Store, Box<dyn Rows>)> {
    let format = by_id(id)?;
    let scale = tensor_scale(format, TensorStats::of(band).absmax);
    Some((Store::element(format, scale), rows(format, scale, side, x)?))
}

/// The scale that maps the largest magnitude to the format's largest value; 1 for formats that need none.
pub(in super::super) fn tensor_scale(format: &Format, absmax: f32) -> f32 {
    let scaled = match format.kind {
        Kind::Float(spec) => format.bits <= 8 && spec.has_zero,
        Kind::Int(_) | Kind::Codebook(_) => true,
        Kind::Posit(_) => false,
    };
    if !scaled || absmax == 0.0 {
        return 1.0;
    }
    (f64::from(absmax) / format.decode(format.max_finite()).to_f64()) as f32
}

fn rows(format: &Format, scale: f32, side: usize, x: &[f32]) -> Option<Box<dyn Rows>> {
    fn plain<C: Codes + 'static>(codes: C, scale: f32, side: usize, x: &[f32]) -> Box<dyn Rows> {
        FloatRows::boxed(Plain { codes, scale }, side, x)
    }
    Some(match (format.id, format.kind, format.bits) {
        ("fp32", ..) => plain(Binary32, scale, side, x),
        ("tf32", ..) => plain(Tf32, scale, side, x),
        ("bf16", ..) => plain(Bfloat16, scale, side, x),
        ("fp16", ..) => plain(Binary16, scale, side, x),
        ("int32", ..) => plain(Int32, scale, side, x),
        ("int16", ..) => plain(Int16, scale, side, x),
        ("int8", ..) => plain(Int8, scale, side, x),
        (_, Kind::Float(spec), 8) if is_shifted(spec, 4) => {
            plain(SmallFloat::<4> { bias: spec.bias }, scale, side, x)
        }
        (_, Kind::Float(spec), 8) if is_shifted(spec, 5) => {
            plain(SmallFloat::<5> { bias: spec.bias }, scale, side, x)
        }
        ("mxint8", ..) => plain(Int8, scale / 64.0, side, x),
        ("posit32", ..) => plain(Posit32, scale, side, x),
        (.., 16) => {
            let table = (0..1 << 16).map(|code| format.decode(code).to_f64() as f32).collect();
            plain(HalfTable(table), scale, side, x)
        }
        (.., 5..=8) => plain(ByteTable(Box::new(values(format))), scale, side, x),
        (.., 4) => plain(Nibbles(pairs(&values(format))), scale, side, x),
        _ => return None,
    })
}

/// A byte of sign, exponent and significand whose exponent has so many bits.
fn is_shifted(spec: FloatSpec, exponent_bits: u8) -> bool {
    spec.signed && spec.subnormals && spec.exponent_bits == exponent_bits
}
