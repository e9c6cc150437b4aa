//! The choice between the simd128 kernels and their scalar twins, in one place.
//!
//! `wide` asks for simd128; targets without it have only the scalar loops.

use super::scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use super::simd128;

macro_rules! choose {
    ($wide:expr, $simd:expr, $scalar:expr) => {{
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        if $wide {
            return $simd;
        }
        let _ = $wide;
        $scalar
    }};
}

pub(super) fn encode_binary16(wide: bool, x: &[f32], codes: &mut [u8]) {
    choose!(wide, simd128::encode_binary16(x, codes), scalar::encode_halves(x, codes, scalar::binary16_code));
}

pub(super) fn encode_bfloat16(wide: bool, x: &[f32], codes: &mut [u8]) {
    choose!(wide, simd128::encode_bfloat16(x, codes), scalar::encode_halves(x, codes, scalar::bfloat16_code));
}

pub(super) fn encode_e4m3<const SATURATE: bool>(wide: bool, x: &[f32], codes: &mut [u8]) {
    choose!(
        wide,
        simd128::encode_e4m3::<SATURATE>(x, codes),
        scalar::encode_bytes(x, codes, scalar::e4m3_code::<SATURATE>)
    );
}

pub(super) fn decode_binary16(wide: bool, codes: &[u8], out: &mut [f32]) {
    choose!(
        wide,
        simd128::decode_binary16(codes, out),
        scalar::decode_halves(codes, out, scalar::binary16_value)
    );
}

pub(super) fn decode_bfloat16(wide: bool, codes: &[u8], out: &mut [f32]) {
    choose!(
        wide,
        simd128::decode_bfloat16(codes, out),
        scalar::decode_halves(codes, out, scalar::bfloat16_value)
    );
}

pub(super) fn decode_e4m3(wide: bool, codes: &[u8], out: &mut [f32]) {
    choose!(wide, simd128::decode_e4m3(codes, out), scalar::decode_bytes(codes, out, scalar::e4m3_value));
}
