//! Where libraries and vendors differ on one format: shown side by side, never hidden.
//!
//! Source: the documents and libraries named in `docs/conformance/README.md`. A row is an
//! ordinary rounding with a name; nothing here has arithmetic of its own but the two-step
//! conversion through binary32, which is what many programs do.

use numerics::{Format, Kind, Overflow, Real, Rounding, RoundingMode, Specials};

/// One way to convert.
#[derive(Debug, Clone, PartialEq)]
pub struct Convention {
    /// Key of its name in the texts.
    pub key: &'static str,
    /// The rounding it means.
    pub rounding: Rounding,
    /// Goes through binary32 first.
    pub via_fp32: bool,
}

fn convention(key: &'static str, mode: RoundingMode, overflow: Overflow) -> Convention {
    Convention { key, rounding: Rounding { mode, overflow, flush_subnormals: false }, via_fp32: false }
}

/// The conventions worth comparing for `format`.
pub fn conventions(format: &Format) -> Vec<Convention> {
    let even = RoundingMode::NearestEven;
    let mut rows = Vec::new();
    match format.kind {
        Kind::Float(_) if format.id == "e8m0" => {
            rows.push(convention("scale_even", even, Overflow::Native));
            rows.push(convention("scale_up", RoundingMode::NearestAway, Overflow::Native));
            rows.push(convention("scale_floor", RoundingMode::TowardZero, Overflow::Native));
            rows.push(convention("scale_ceil", RoundingMode::TowardPositive, Overflow::Native));
        }
        Kind::Float(spec) => {
            let can_overflow = spec.has_infinity() || spec.has_nan();
            if can_overflow && format.bits == 8 {
                rows.push(convention("ocp_native", even, Overflow::Native));
                rows.push(convention("cuda_saturate", even, Overflow::Saturate));
            } else {
                rows.push(convention("one_rounding", even, Overflow::Native));
            }
            if format.id == "tf32" {
                rows.push(convention("tf32_away", RoundingMode::NearestAway, Overflow::Native));
            }
            if matches!(format.id, "tf32" | "bf16") {
                rows.push(convention("truncate", RoundingMode::TowardZero, Overflow::Native));
            }
            if spec.subnormals && format.bits >= 16 {
                let mut flushed = convention("flush", even, Overflow::Native);
                flushed.rounding.flush_subnormals = true;
                rows.push(flushed);
            }
            if format.bits <= 19 && spec.specials != Specials::None {
                let mut twice = convention("via_fp32", even, Overflow::Native);
                twice.via_fp32 = true;
                rows.push(twice);
            }
        }
        Kind::Int(_) => {
            rows.push(convention("int_clamp", even, Overflow::Saturate));
            rows.push(convention("int_wrap", even, Overflow::Wrap));
            rows.push(convention("int_truncate", RoundingMode::TowardZero, Overflow::Saturate));
        }
        Kind::Codebook(_) | Kind::Posit(_) => {
            rows.push(convention("one_rounding", even, Overflow::Native));
            let mut twice = convention("via_fp32", even, Overflow::Native);
            twice.via_fp32 = true;
            rows.push(twice);
        }
    }
    rows
}

/// The number a convention rounds: the reader's, or that rounded to binary32 first.
pub fn source(convention: &Convention, real: &Real) -> Real {
    if !convention.via_fp32 {
        return real.clone();
    }
    let Some(fp32) = numerics::by_id("fp32") else { return real.clone() };
    Real::from_f64(fp32.encode_real(real, &Rounding::default()).value.to_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn double_rounding_differs_where_it_must() {
        let format = numerics::by_id("e4m3").expect("e4m3");
        let real = Real::from_f64(1.0625 + 2f64.powi(-40));
        let values: Vec<f64> = conventions(format)
            .iter()
            .map(|row| format.encode_real(&source(row, &real), &row.rounding).value.to_f64())
            .collect();
        assert!(values.contains(&1.125) && values.contains(&1.0), "{values:?}");
    }

    #[test]
    fn saturation_differs_above_464() {
        let format = numerics::by_id("e4m3").expect("e4m3");
        let real = Real::from_f64(465.0);
        let results: Vec<bool> = conventions(format)
            .iter()
            .map(|row| format.encode_real(&source(row, &real), &row.rounding).value.is_nan())
            .collect();
        assert!(results.contains(&true) && results.contains(&false));
    }
}
