//! Block formats against their oracles, bit for bit. The oracles and what each is evidence for are
//! described in `tools/oracles/blocks_*.py`.

mod blocks_support;

use blocks_support::{Golden, assert_bytes, assert_floats, format, inputs, quantize, restore};
use numerics::RoundingMode;
use numerics::blocks::{BlockOptions, Grouping, ScaleRule, TensorStats};

fn mode(name: &str) -> RoundingMode {
    match name {
        "even" => RoundingMode::NearestEven,
        "away" => RoundingMode::NearestAway,
        "zero" => RoundingMode::TowardZero,
        "up" => RoundingMode::TowardPositive,
        "down" => RoundingMode::TowardNegative,
        "odd" => RoundingMode::ToOdd,
        _ => panic!("mode {name}"),
    }
}

fn rule(name: &str) -> ScaleRule {
    match name {
        "floor" => ScaleRule::Floor,
        "ceil" => ScaleRule::Ceil,
        "even" => ScaleRule::Even,
        "rceil" => ScaleRule::Rceil,
        _ => panic!("rule {name}"),
    }
}

/// Bytes of all input tensors, one after the other, each with its own stats.
fn encode_all(id: &str, o: &BlockOptions) -> Vec<u8> {
    inputs().iter().flat_map(|(_, x)| quantize(format(id), x, o)).collect()
}

fn restore_all(id: &str, o: &BlockOptions) -> Vec<f32> {
    inputs().iter().flat_map(|(_, x)| restore(format(id), x, o)).collect()
}

#[test]
fn mx_codes_match_gfloat() {
    let golden = Golden::read(include_bytes!("golden/blocks/mx.bin"));
    let mut checked = 0;
    for name in golden.names() {
        let parts: Vec<&str> = name.split('/').collect();
        if let [id, scale_rule, rounding] = parts[..] {
            let o = BlockOptions {
                scale_rule: rule(scale_rule),
                mode: mode(rounding),
                ..BlockOptions::default()
            };
            assert_bytes(name, &encode_all(id, &o), golden.bytes(name));
            checked += 1;
        }
    }
    assert_eq!(checked, 6 * 8);
}

#[test]
fn mx_values_match_gfloat() {
    let golden = Golden::read(include_bytes!("golden/blocks/mx.bin"));
    for id in ["mxfp8-e4m3", "mxfp8-e5m2", "mxfp6-e3m2", "mxfp6-e2m3", "mxfp4", "mxint8-block"] {
        let (bytes, values) = (golden.bytes(&format!("{id}/bytes")), golden.floats(&format!("{id}/values")));
        let mut ours = Vec::new();
        let o = BlockOptions::default();
        format(id).dequantize(bytes, values.len(), &TensorStats::new(), &o, &mut ours).unwrap();
        assert_floats(id, &ours, &values);
    }
}

#[test]
fn nvfp4_and_nf4_match_exact_fractions() {
    let golden = Golden::read(include_bytes!("golden/blocks/rational.bin"));
    for id in ["nvfp4", "nf4-block"] {
        for name in ["even", "away", "zero", "up", "down", "odd"] {
            let o = BlockOptions { mode: mode(name), ..BlockOptions::default() };
            let what = format!("{id}/{name}/bytes");
            assert_bytes(&what, &encode_all(id, &o), golden.bytes(&what));
        }
        let what = format!("{id}/even/values");
        assert_floats(&what, &restore_all(id, &BlockOptions::default()), &golden.floats(&what));
    }
}

#[test]
fn integers_match_exact_fractions() {
    let golden = Golden::read(include_bytes!("golden/blocks/rational.bin"));
    let mut checked = 0;
    for name in golden.names() {
        let parts: Vec<&str> = name.split('/').collect();
        let [id, grouping, rounding, what] = parts[..] else { continue };
        let groupings: &[Grouping] = match grouping {
            "tensor" => &[Grouping::Tensor],
            // A channel is a group that is as long as a row.
            _ => &[Grouping::Group { len: 37 }, Grouping::Channel { row_len: 37 }],
        };
        for &grouping in groupings {
            let o = BlockOptions { grouping, mode: mode(rounding), ..BlockOptions::default() };
            if what == "bytes" {
                assert_bytes(name, &encode_all(id, &o), golden.bytes(name));
            } else {
                assert_floats(name, &restore_all(id, &o), &golden.floats(name));
            }
            checked += 1;
        }
    }
    assert_eq!(checked, 4 * 3 + 5 * 2 + 2 * 2);
}

#[test]
fn gguf_matches_the_python_package() {
    let golden = Golden::read(include_bytes!("golden/blocks/gguf.bin"));
    let x = golden.floats("x");
    let o = BlockOptions::default();
    for id in ["q8_0", "q4_0"] {
        let what = format!("{id}/bytes");
        assert_bytes(&what, &quantize(format(id), &x, &o), golden.bytes(&what));
    }
    for id in ["q8_0", "q4_0", "q4_k"] {
        let (bytes, values) = (golden.bytes(&format!("{id}/bytes")), golden.floats(&format!("{id}/values")));
        let mut ours = Vec::new();
        format(id).dequantize(bytes, values.len(), &TensorStats::new(), &o, &mut ours).unwrap();
        assert_floats(id, &ours, &values);
    }
}
