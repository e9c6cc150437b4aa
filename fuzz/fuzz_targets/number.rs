//! Any text is read exactly or refused. Where the standard library reads the same text, both agree on the nearest
//! binary64; whatever was read survives being written in decimal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use numerics::Real;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(real) = Real::parse(text) else { return };
    let nearest = real.to_f64();
    if let Ok(standard) = text.parse::<f64>() {
        assert!(
            nearest.to_bits() == standard.to_bits() || nearest.is_nan() && standard.is_nan(),
            "{text:?}: {nearest:e} and {standard:e}"
        );
    }
    let again = Real::parse(&format!("{nearest:?}")).expect("a binary64 as the standard library writes it");
    assert!(again.to_f64().to_bits() == nearest.to_bits() || nearest.is_nan());
});
