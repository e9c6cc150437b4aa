//! Every format's kernel against sums in binary64 of what `numerics` decodes.

use numerics::by_id;

use super::codes::posit32;
use super::*;

fn prepared(weights: &Weights, format: &str, way: Way) -> MatVec {
    let mut kernel = MatVec::new(weights, format, way).unwrap();
    while !kernel.prepare().unwrap() {}
    kernel
}

fn call(kernel: &mut MatVec) {
    for index in 0..kernel.steps() {
        kernel.step(index);
    }
}

#[test]
fn every_format_multiplies_what_it_stores() {
    for (side, seed) in [(256, 1), (768, 2)] {
        let weights = Weights::new(side, seed);
        let mut names = Vec::new();
        for format in matvec_formats() {
            let mut kernel = prepared(&weights, format, Way::Stored);
            call(&mut kernel);
            let error = kernel.verify().unwrap_or_else(|failure| panic!("{format}, side {side}: {failure}"));
            assert!(error.is_some());
            names.push(format);
        }
        assert!(names.len() >= 40, "{names:?}");
        for format in native::FORMATS {
            let mut kernel = prepared(&weights, format, Way::NativeInteger);
            call(&mut kernel);
            assert_eq!(kernel.verify(), Ok(Some(0.0)), "{format}");
        }
    }
}

#[test]
fn a_wrong_result_is_noticed() {
    let weights = Weights::new(256, 3);
    for (format, way) in
        [("e4m3", Way::Stored), ("q4_k", Way::Stored), ("fp64", Way::Stored), ("int8", Way::NativeInteger)]
    {
        // Nothing was multiplied yet: all sums are zero.
        let mut kernel = prepared(&weights, format, way);
        assert!(matches!(kernel.verify(), Err(Failure::WrongResult { .. })), "{format}");
        // A band that differs from the first.
        let mut kernel = prepared(&weights, format, way);
        kernel.step(0);
        assert!(matches!(kernel.verify(), Err(Failure::WrongResult { .. })), "{format}");
        kernel.step(1);
        assert!(kernel.verify().is_ok(), "{format}");
    }
}

#[test]
fn bytes_are_those_of_the_formats() {
    let weights = Weights::new(256, 4);
    let elements = 256.0 * 256.0;
    for (format, bits, extra) in [
        ("fp64", 64.0, 0),
        ("fp32", 32.0, 0),
        ("tf32", 32.0, 0),
        ("bf16", 16.0, 0),
        ("posit16", 16.0, 0),
        ("e4m3", 8.0, 4),
        ("e2m1", 4.0, 4),
        ("mxfp4", 4.25, 0),
        ("mxfp6-e3m2", 6.25, 0),
        ("nvfp4", 4.5, 4),
        ("nf4-block", 4.5, 0),
        ("q8_0", 8.5, 0),
        ("q4_0", 4.5, 0),
        ("q4_k", 4.5, 0),
        ("int8-sym", 8.125, 0),
        ("int4-affine", 4.3125, 0),
    ] {
        let cost = prepared(&weights, format, Way::Stored).cost();
        assert_eq!(cost.stored_bytes, (elements * bits / 8.0) as u64 + extra, "{format}");
        assert_eq!(cost.work_per_call, 2.0 * elements, "{format}");
    }
}

#[test]
fn errors_fall_with_the_bits() {
    let weights = Weights::new(256, 5);
    let error = |format| prepared(&weights, format, Way::Stored).cost().error.unwrap();
    assert_eq!(error("fp32").relative_rmse, 0.0);
    assert_eq!(error("fp64").sqnr_db, f64::INFINITY);
    // 2^-p / √12 and the like, roughly: orders, not digits.
    for (format, low, high) in [
        ("fp16", 65.0, 80.0),
        ("bf16", 48.0, 60.0),
        ("e4m3", 28.0, 36.0),
        ("int8", 36.0, 46.0),
        ("nf4-block", 18.0, 24.0),
    ] {
        let error = error(format);
        assert!((low..high).contains(&error.sqnr_db), "{format}: {error:?}");
        assert!(
            (error.relative_rmse - 10_f64.powf(-error.sqnr_db / 20.0)).abs() < 1e-9,
            "{format}: {error:?}"
        );
    }
    assert!(error("q4_k").sqnr_db > error("q4_0").sqnr_db);
}

#[test]
fn errors_for_other_kernels_are_those_of_the_same_storage() {
    let weights = Weights::new(256, 5);
    let own = |format| prepared(&weights, format, Way::Stored).cost().error;
    assert_eq!(row_scaled_error(8, 256, 5), own("int8-sym"));
    let (unscaled, scaled) = (unscaled_error("e4m3", 5).unwrap(), own("e4m3").unwrap());
    assert!((unscaled.sqnr_db - scaled.sqnr_db).abs() < 1.0, "{unscaled:?} {scaled:?}");
    assert!(row_scaled_error(4, 4096, 5).unwrap().sqnr_db < row_scaled_error(4, 256, 5).unwrap().sqnr_db);
    assert_eq!((unscaled_error("nothing", 1), row_scaled_error(5, 256, 1)), (None, None));
}

#[test]
fn posits_of_32_bits_are_those_of_numerics() {
    let format = by_id("posit32").unwrap();
    let mut codes: Vec<u32> =
        (0..32).flat_map(|i| [1 << i, (1_u32 << i).wrapping_sub(1), !(1 << i)]).collect();
    codes.extend((0..200_000_u32).map(|i| i.wrapping_mul(0x9E37_79B1)));
    for code in codes.into_iter().filter(|code| *code != 0x8000_0000) {
        let value = format.decode(u64::from(code)).to_f64() as f32;
        assert_eq!(posit32(code).to_bits(), value.to_bits(), "{code:#010x}");
    }
}

#[test]
fn every_finite_code_of_a_small_float_is_decoded() {
    // One code in a group of zeros, with x one in its place and zero elsewhere.
    use super::codes::{Codes, SmallFloat, dot};
    fn check<C: Codes>(codes: &C, id: &str) {
        let format = by_id(id).unwrap();
        for code in 0..=255_u8 {
            let value = format.decode(u64::from(code)).to_f64();
            if !value.is_finite() {
                continue;
            }
            for place in 0..C::GROUP {
                let mut bytes = [0_u8; 64];
                bytes[C::source(place)] = code;
                let mut x = vec![0.0_f32; C::GROUP];
                x[place] = codes.x_factor();
                // SAFETY: a group and more bytes behind it.
                let sum = super::rows::total(unsafe { dot(codes, bytes.as_ptr(), x.as_ptr(), C::GROUP) });
                assert_eq!(f64::from(sum), value, "{id} {code:#04x}");
            }
        }
    }
    check(&SmallFloat::<4> { bias: 7 }, "e4m3");
    check(&SmallFloat::<4> { bias: 7 }, "e4m3-ieee");
    check(&SmallFloat::<4> { bias: 8 }, "e4m3fnuz");
    check(&SmallFloat::<4> { bias: 11 }, "e4m3b11fnuz");
    check(&SmallFloat::<5> { bias: 15 }, "e5m2");
    check(&SmallFloat::<5> { bias: 16 }, "p3109-p3");
}
