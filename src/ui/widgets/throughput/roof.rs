//! The roofline: what a kernel can reach at its arithmetic intensity, and the share of it that it does reach. No DOM.

use protocol::{Arithmetic, Measurement, Part, Unit, Work};

use super::model::{family, peak_where};

/// The bounds of a roofline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Roof {
    /// Operations a second in binary32.
    pub peak: f64,
    /// Bytes a second: reading where that was measured, since products mostly read; else the fastest way.
    pub bandwidth: f64,
}

impl Roof {
    /// The most at an arithmetic intensity, in operations a byte.
    pub fn at(self, intensity: f64) -> f64 {
        self.peak.min(intensity * self.bandwidth)
    }

    /// Where the slope meets the flat.
    pub fn ridge(self) -> f64 {
        self.peak / self.bandwidth
    }
}

/// The roof of the CPU's core or of the graphics processor, once both its bounds are measured. Bounds are the best that was reached:
/// a median would lie below what a kernel can do.
pub fn roof(found: &[Measurement], graphics: bool) -> Option<Roof> {
    roof_in(found, graphics, "fp32")
}

fn roof_in(found: &[Measurement], graphics: bool, format: &str) -> Option<Roof> {
    let here = |m: &Measurement| (m.unit == Unit::WebGpu) == graphics;
    let memory = |reads: bool| {
        let all = found.iter().filter(|m| here(m) && family(m) == Part::Memory && m.work == Work::Byte);
        all.filter(|m| !reads || m.id.contains("read")).map(|m| m.rate.best).max_by(f64::total_cmp)
    };
    let bandwidth = memory(true).or_else(|| memory(false))?;
    let peak = peak_where(found, |m| here(m) && m.format == format)?.best;
    (bandwidth > 0.0 && peak > 0.0).then_some(Roof { peak, bandwidth })
}

/// A kernel's median over the most at its intensity: under the peak of its own format where it computes in it and that peak was
/// measured, else under binary32's. Above 1 where memory was slower while its bandwidth was measured, or a cache kept a part of the weights.
pub fn share_of_roof(found: &[Measurement], m: &Measurement) -> Option<f64> {
    let graphics = m.unit == Unit::WebGpu;
    let own = (m.arithmetic == Arithmetic::Native).then(|| roof_in(found, graphics, &m.format)).flatten();
    let roof = own.or_else(|| roof(found, graphics))?;
    Some(m.rate.median / roof.at(intensity(m)?))
}

/// Kernels that stand under a roof.
pub fn under_roof(found: &[Measurement]) -> impl Iterator<Item = (&Measurement, f64)> {
    found
        .iter()
        .filter(|m| matches!(family(m), Part::MatMul | Part::MatVec) && m.arithmetic != Arithmetic::Emulated)
        .filter_map(|m| Some((m, intensity(m)?)))
}

/// Of [`under_roof`], those that came out above it.
pub fn above_roof(found: &[Measurement]) -> Vec<&Measurement> {
    let kernels = under_roof(found).map(|(m, _)| m);
    kernels.filter(|m| share_of_roof(found, m).is_some_and(|share| share > 1.0)).collect()
}

/// Operations a byte of a kernel.
pub fn intensity(m: &Measurement) -> Option<f64> {
    let counted = matches!(m.work, Work::Flop | Work::Op) && m.bytes_per_call > 0.0;
    counted.then(|| m.work_per_call / m.bytes_per_call).filter(|ratio| *ratio > 0.0)
}

#[cfg(test)]
mod tests {
    use super::super::model::tests::measured;
    use super::*;

    #[test]
    fn the_roof_bends_at_its_ridge() {
        let peak = measured("peak.simd128.f32", Part::Peaks, "fp32", Unit::Simd128, 40e9);
        let copy = Measurement {
            work: Work::Byte,
            ..measured("memory.copy", Part::Memory, "", Unit::Simd128, 10e9)
        };
        let found = [peak, copy];
        let roof = roof(&found, false).expect("both bounds are there");
        assert_eq!((roof.ridge(), roof.at(1.0), roof.at(100.0)), (4.0, 12e9, 48e9));
        assert_eq!(super::roof(&found, true), None);
    }

    #[test]
    fn a_share_of_the_roof_is_by_the_formats_own_peak_and_not_clamped() {
        let read = Measurement {
            work: Work::Byte,
            ..measured("memory.read", Part::Memory, "", Unit::Simd128, 10e9)
        };
        let kernel = |format: &str, arithmetic, median: f64, intensity: f64| Measurement {
            arithmetic,
            work_per_call: intensity,
            bytes_per_call: 1.0,
            ..measured(&format!("matmul.{format}.256"), Part::MatMul, format, Unit::Simd128, median)
        };
        let found = [
            read,
            measured("peak.simd128.f32", Part::Peaks, "fp32", Unit::Simd128, 40e9),
            measured("peak.simd128.i8", Part::Peaks, "int8", Unit::Simd128, 80e9),
            kernel("int8", Arithmetic::Native, 72e9, 100.0),
            kernel("bf16", Arithmetic::Decoded, 18e9, 1.0),
            kernel("fp32", Arithmetic::Native, 24e9, 100.0),
        ];
        let shares: Vec<f64> = under_roof(&found).filter_map(|(m, _)| share_of_roof(&found, m)).collect();
        assert_eq!(shares, [0.75, 1.5, 0.5]);
        assert_eq!(above_roof(&found).iter().map(|m| m.format.as_str()).collect::<Vec<_>>(), ["bf16"]);
    }
}
