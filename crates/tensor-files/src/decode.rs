//! Bytes to numbers, exactly.
//!
//! F64, I64, U64, I32 and U32 become `f64`; everything narrower fits `f32`. Only 64-bit integers
//! beyond 53 significant bits can lose anything; they are rounded to nearest even and counted. NaNs keep
//! their bits: they widen with zeros, a signalling one stays signalling.
//!
//! The 16-bit floats are widened here rather than by `half`, whose binary16 has a branch for each class of
//! number: without one the loop becomes vector instructions (four times as fast). `half` is the tests' oracle.

use crate::dtype::{ByteOrder, Dtype};

/// Numbers of one slice. The buffers are kept from slice to slice.
#[derive(Debug, Clone, PartialEq)]
pub enum Elements {
    /// For types that binary32 holds exactly.
    F32(Vec<f32>),
    /// For wider types, and text.
    F64(Vec<f64>),
}

impl Default for Elements {
    fn default() -> Self {
        Self::F32(Vec::new())
    }
}

impl Elements {
    /// How many numbers there are.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(v) => v.len(),
            Self::F64(v) => v.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The buffer of `f32`, emptied. What takes its place is put back by the caller.
    pub(crate) fn take_narrow(&mut self) -> Vec<f32> {
        let Self::F32(mut values) = std::mem::take(self) else { return Vec::new() };
        values.clear();
        values
    }

    /// The buffer of `f64`, emptied. What takes its place is put back by the caller.
    pub(crate) fn take_wide(&mut self) -> Vec<f64> {
        let Self::F64(mut values) = std::mem::take(self) else { return Vec::new() };
        values.clear();
        values
    }
}

/// Decodes the formats that this crate leaves to others: those of [`Dtype::DECODED`].
pub trait BlockDecoder {
    /// Appends to `out` the values of `bytes`, which are whole blocks of `dtype`. Returns whether the type is
    /// known; nothing may be appended otherwise.
    fn decode(&mut self, dtype: &Dtype, bytes: &[u8], out: &mut Vec<f32>) -> bool;
}

/// Knows no type: for callers that read plain types only.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoDecoder;

impl BlockDecoder for NoDecoder {
    fn decode(&mut self, _dtype: &Dtype, _bytes: &[u8], _out: &mut Vec<f32>) -> bool {
        false
    }
}

/// Appends one number for each whole element of `$bytes`.
macro_rules! each {
    ($bytes:expr, $order:expr, $out:expr, $type:ty, $to:expr) => {{
        let (elements, _) = $bytes.as_chunks::<{ size_of::<$type>() }>();
        match $order {
            ByteOrder::Little => $out.extend(elements.iter().map(|e| $to(<$type>::from_le_bytes(*e)))),
            ByteOrder::Big => $out.extend(elements.iter().map(|e| $to(<$type>::from_be_bytes(*e)))),
        }
    }};
}

/// Replaces what `out` held by the elements of `bytes`. Returns how many were rounded. Types that are not
/// [`Reading::Native`](crate::Reading::Native) give nothing.
pub(crate) fn native(dtype: &Dtype, order: ByteOrder, bytes: &[u8], out: &mut Elements) -> u64 {
    let mut inexact = 0u64;
    if dtype.is_wide() {
        let mut wide = out.take_wide();
        match dtype {
            Dtype::F64 => each!(bytes, order, wide, f64, |x| x),
            Dtype::I32 => each!(bytes, order, wide, i32, f64::from),
            Dtype::U32 => each!(bytes, order, wide, u32, f64::from),
            Dtype::I64 => each!(bytes, order, wide, i64, |x: i64| {
                inexact += u64::from(is_inexact(x.unsigned_abs()));
                x as f64
            }),
            Dtype::U64 => each!(bytes, order, wide, u64, |x: u64| {
                inexact += u64::from(is_inexact(x));
                x as f64
            }),
            _ => {}
        }
        *out = Elements::F64(wide);
        return inexact;
    }
    let mut narrow = out.take_narrow();
    match dtype {
        Dtype::F32 => each!(bytes, order, narrow, f32, |x| x),
        Dtype::F16 => each!(bytes, order, narrow, u16, widen_binary16),
        Dtype::Bf16 => each!(bytes, order, narrow, u16, widen_bfloat16),
        Dtype::I16 => each!(bytes, order, narrow, i16, f32::from),
        Dtype::U16 => each!(bytes, order, narrow, u16, f32::from),
        Dtype::I8 => each!(bytes, order, narrow, i8, f32::from),
        Dtype::U8 => each!(bytes, order, narrow, u8, f32::from),
        Dtype::Packed(packed) => packed.decode(bytes, &mut narrow),
        // As NumPy: whatever is not zero is true.
        Dtype::Bool => narrow.extend(bytes.iter().map(|b| f32::from(u8::from(*b != 0)))),
        _ => {}
    }
    *out = Elements::F32(narrow);
    inexact
}

/// The value of a binary16 code, exactly.
pub(crate) fn widen_binary16(code: u16) -> f32 {
    /// `2^(127 - 15)`: the difference of the two formats' biases.
    const REBIAS: f32 = f32::from_bits((127 + 112) << 23);
    let sign = u32::from(code & 0x8000) << 16;
    // The fields at their places in binary32. Read as one, a subnormal is a subnormal, so scaling is exact for both.
    let fields = u32::from(code & 0x7fff) << 13;
    let finite = (f32::from_bits(fields) * REBIAS).to_bits();
    // All ones in the exponent make an infinity or a NaN.
    let special = fields | 0x7f80_0000;
    let magnitude = if code & 0x7c00 == 0x7c00 { special } else { finite };
    f32::from_bits(sign | magnitude)
}

/// The value of a bfloat16 code, exactly: it is the upper half of a binary32.
fn widen_bfloat16(code: u16) -> f32 {
    f32::from_bits(u32::from(code) << 16)
}

/// Whether an integer has more significant bits than binary64's 53.
const fn is_inexact(magnitude: u64) -> bool {
    magnitude != 0 && 64 - magnitude.leading_zeros() - magnitude.trailing_zeros() > f64::MANTISSA_DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(dtype: &Dtype, order: ByteOrder, bytes: &[u8]) -> (Vec<f64>, u64) {
        let mut out = Elements::default();
        let inexact = native(dtype, order, bytes, &mut out);
        let Elements::F64(v) = out else { panic!("narrow") };
        (v, inexact)
    }

    fn narrow(dtype: &Dtype, order: ByteOrder, bytes: &[u8]) -> Vec<f32> {
        let mut out = Elements::default();
        assert_eq!(native(dtype, order, bytes, &mut out), 0);
        let Elements::F32(v) = out else { panic!("wide") };
        v
    }

    #[test]
    fn both_byte_orders() {
        assert_eq!(narrow(&Dtype::F16, ByteOrder::Little, &[0x00, 0x3c, 0x01, 0x00]), [1.0, 2f32.powi(-24)]);
        assert_eq!(narrow(&Dtype::F16, ByteOrder::Big, &[0x3c, 0x00]), [1.0]);
        assert_eq!(narrow(&Dtype::Bf16, ByteOrder::Little, &[0x80, 0x3f]), [1.0]);
        assert_eq!(narrow(&Dtype::I16, ByteOrder::Big, &[0xff, 0xfe]), [-2.0]);
        assert_eq!(narrow(&Dtype::Bool, ByteOrder::Little, &[0, 1, 2]), [0.0, 1.0, 1.0]);
        assert_eq!(wide(&Dtype::U32, ByteOrder::Big, &[0xff; 4]).0, [4294967295.0]);
    }

    #[test]
    fn integers_beyond_53_bits_are_counted() {
        let values = [(1i64 << 53) + 1, i64::MIN, i64::MAX, (1 << 60) + (1 << 8), 0, -1];
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let (out, inexact) = wide(&Dtype::I64, ByteOrder::Little, &bytes);
        assert_eq!(inexact, 2);
        assert_eq!(out[..2], [9007199254740992.0, -9223372036854775808.0]);
    }

    #[test]
    fn every_16_bit_float_widens_as_the_half_crate_widens_it() {
        // The crate makes signalling NaNs quiet; here they keep their bits.
        let quiet = |x: f32| if x.is_nan() { x.to_bits() | 0x0040_0000 } else { x.to_bits() };
        for code in 0..=u16::MAX {
            assert_eq!(
                quiet(widen_binary16(code)),
                half::f16::from_bits(code).to_f32().to_bits(),
                "{code:04x}"
            );
            assert_eq!(
                quiet(widen_bfloat16(code)),
                half::bf16::from_bits(code).to_f32().to_bits(),
                "{code:04x}"
            );
        }
    }

    #[test]
    fn a_signalling_nan_keeps_its_bits() {
        let out = narrow(&Dtype::F32, ByteOrder::Little, &0x7fa0_0001u32.to_le_bytes());
        assert_eq!(out[0].to_bits(), 0x7fa0_0001);
    }
}
