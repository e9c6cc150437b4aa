//! The simd128 kernels against their scalar twins, bit for bit, in a browser.
#![cfg(target_family = "wasm")]

use numerics::bulk::{Quantizer, random_at};
use numerics::{FORMATS, Overflow, Rounding};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Bit patterns of binary32, specials and subnormals among them.
fn inputs() -> Vec<f32> {
    let edges = [
        0,
        1,
        0x007F_FFFF,
        0x0080_0000,
        0x477F_E000,
        0x477F_F000,
        0x43E8_0000,
        0x43E8_0001,
        0x7F80_0000,
        0x7FC0_0000,
    ];
    let edges = edges.into_iter().flat_map(|bits: u32| [bits, bits | 1 << 31]);
    edges.chain((0..1 << 17).map(|index| random_at(7, index) as u32)).map(f32::from_bits).collect()
}

#[wasm_bindgen_test]
fn simd128_and_scalar_agree() {
    assert!(cfg!(target_feature = "simd128"), "the build lost simd128");
    let inputs = inputs();
    for format in FORMATS {
        for overflow in [Overflow::Native, Overflow::Saturate] {
            let rounding = Rounding { overflow, ..Rounding::default() };
            let wide = Quantizer::new(format, &rounding);
            let scalar = Quantizer::new(format, &rounding).portable();
            let (mut a, mut b) =
                (vec![0; wide.storage_bytes(inputs.len())], vec![0; wide.storage_bytes(inputs.len())]);
            wide.encode(&inputs, &mut a);
            scalar.encode(&inputs, &mut b);
            assert!(a == b, "encoding {} {overflow:?}", format.id);
            let (mut x, mut y) = (vec![0.0; inputs.len()], vec![0.0; inputs.len()]);
            wide.decode(&a, &mut x);
            scalar.decode(&a, &mut y);
            let same = x.iter().zip(&y).all(|(x, y)| x.to_bits() == y.to_bits());
            assert!(same, "decoding {} {overflow:?}", format.id);
        }
    }
}
