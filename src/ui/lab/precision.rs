//! Precisions as widgets offer and name them, and what their formats can hold. No DOM.

use numerics::blocks::{BLOCK_FORMATS, block_by_id};
use numerics::{FORMATS, FloatSpec, Format, by_id};

use crate::ui::components::format_name;
use crate::ui::text::Text;

/// The engine's presets that are no format's own id.
pub const PRESETS: [&str; 12] = [
    "fp16-static",
    "fp16-dynamic",
    "fp8",
    "fp8-scaled",
    "mxfp8",
    "mxfp6",
    "int8",
    "int8-all",
    "int4",
    "fp16-accumulator",
    "bf16-accumulator",
    "mxfp4-nearest",
];
/// What most visitors look for.
pub const COMMON: [&str; 6] = ["fp32", "tf32", "bf16", "fp16", "e4m3", "e5m2"];

/// Number formats that are neither common nor a preset's name.
pub fn further_formats() -> Vec<&'static str> {
    let offered = |id: &str| COMMON.contains(&id) || PRESETS.contains(&id);
    FORMATS.iter().map(|format| format.id).filter(|id| !offered(id)).collect()
}

/// Block formats that are no preset's name.
pub fn block_formats() -> Vec<&'static str> {
    BLOCK_FORMATS.iter().map(|format| format.id).filter(|id| !PRESETS.contains(id)).collect()
}

/// Whether the list has it; otherwise it is a descriptor of one's own.
pub fn is_listed(id: &str) -> bool {
    PRESETS.contains(&id) || by_id(id).is_some() || block_by_id(id).is_some()
}

/// Whether it is listed or describes a format.
pub fn is_known(id: &str) -> bool {
    is_listed(id) || FloatSpec::custom(id).is_ok()
}

/// A precision's words.
pub fn name(text: &'static Text, id: &str) -> String {
    // `presets` also holds what most people call binary32 and its kin.
    text.lab.presets.get(&id.replace('-', "_")).map_or_else(|| format_name::name(id), str::to_owned)
}

/// The element format of a precision's gradients, or of its weights; `None` where nothing is rounded, or scales move the
/// range with the numbers.
pub fn element(id: &str, gradients: bool) -> Option<Format> {
    let element = match id {
        "fp32" | "int8" | "int8-all" | "int4" => return None,
        "fp16-static" | "fp16-dynamic" | "fp16-accumulator" => "fp16",
        "bf16-accumulator" => "bf16",
        "fp8" if gradients => "e5m2",
        "fp8" => "e4m3",
        other => other,
    };
    by_id(element).copied().or_else(|| FloatSpec::custom(element).ok())
}

/// Logarithms to base 2 of what a format holds: least positive value, least of full precision, greatest.
pub fn range(format: &Format) -> Option<[f64; 3]> {
    let log = |code: u64| format.decode(code).to_f64().log2();
    Some([log(format.min_positive()?), log(format.min_normal()?), log(format.max_finite())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_the_formats() {
        let fp16 = range(&element("fp16-dynamic", true).expect("a format")).expect("a range");
        assert_eq!(fp16, [-24.0, -14.0, 65504_f64.log2()]);
        assert_eq!(element("fp8", true).map(|format| format.id), Some("e5m2"));
        assert!(element("mxfp8", true).is_none() && element("nonsense", false).is_none());
        assert!(element("s1e4m3b7-fn", false).is_some());
    }

    #[test]
    fn what_a_lab_would_refuse_is_not_known() {
        assert!(is_known("fp8-scaled") && is_known("mxfp4") && is_known("s1e4m3b7-fn"));
        for id in ["", "own", "FP16", "s1e12m3b7-fn", "s1e4m3b7", "fp16 "] {
            assert!(!is_known(id), "{id}");
        }
    }

    #[test]
    fn every_offered_id_is_listed_once() {
        let mut all: Vec<&str> =
            COMMON.into_iter().chain(PRESETS).chain(further_formats()).chain(block_formats()).collect();
        assert!(all.iter().all(|id| is_listed(id)));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
