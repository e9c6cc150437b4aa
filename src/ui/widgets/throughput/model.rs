//! What the measurements say: marks of the headline chart, peaks, the hash to cite. No DOM.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use numerics::blocks::{BLOCK_FORMATS, BlockOptions, block_by_id};
use numerics::{FORMATS, Kind, by_id};
use protocol::{Arithmetic, Disturbance, Measurement, Part, Rate, StoredError, ThroughputSpec, Unit, Work};
use sha2::{Digest, Sha256};

/// Formats of the first, short measurement.
pub const QUICK_FORMATS: [&str; 7] = ["fp32", "bf16", "fp16", "e4m3", "int8-sym", "q8_0", "mxfp4"];
/// Runs of each kernel of the short measurement, and their least length in ms.
pub const QUICK_RUNS: (u32, f64) = (9, 10.0);
/// What "this device, measured" names, whatever else was measured: multiplications and additions in binary32, 128-bit vectors, one core.
const DEVICE_PEAK: &str = "peak.simd128.f32";

/// Formats of the common choice: what weights are stored in today, and what they come from.
const COMMON: [&str; 21] = [
    "fp64",
    "fp32",
    "tf32",
    "bf16",
    "fp16",
    "e5m2",
    "e4m3",
    "e3m2",
    "e2m3",
    "e2m1",
    "posit16",
    "posit8",
    "mxfp8-e4m3",
    "mxfp6-e2m3",
    "mxfp4",
    "nvfp4",
    "int8-sym",
    "int4-sym",
    "nf4-block",
    "q8_0",
    "q4_0",
];

/// Ids of a group.
pub fn format_ids(group: &str) -> Vec<&'static str> {
    let elements = || FORMATS.iter().map(|format| format.id);
    let blocks = || BLOCK_FORMATS.iter().map(|format| format.id);
    match group {
        "element" => elements().collect(),
        "block" => blocks().collect(),
        "all" => elements().chain(blocks()).collect(),
        _ => COMMON.into_iter().chain(["q4_k"]).collect(),
    }
}

/// Bits that a value takes in memory in a format, of a tensor of `count` values: scales, padding and a container's unused
/// bits included.
pub fn stored_bits(id: &str, count: usize) -> Option<f64> {
    if let Some(format) = block_by_id(id) {
        return Some(format.bits_per_value(&BlockOptions::default(), count));
    }
    let format = by_id(id)?;
    let unused = if let Kind::Float(spec) = format.kind { spec.unused_low_bits } else { 0 };
    Some(f64::from(format.bits) + f64::from(unused))
}

/// What a kernel does, whether it ran on the CPU or on the graphics processor.
pub fn family(measurement: &Measurement) -> Part {
    let has = |word: &str| measurement.id.contains(word);
    match measurement.part {
        Part::Graphics if has("matvec") => Part::MatVec,
        Part::Graphics if has("matmul") => Part::MatMul,
        Part::Graphics if measurement.work == Work::Byte => Part::Memory,
        Part::Graphics => Part::Peaks,
        part => part,
    }
}

/// One mark of the headline chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// The format's id.
    pub format: String,
    /// What ran it.
    pub unit: Unit,
    /// How.
    pub arithmetic: Arithmetic,
    /// Products a second; none where arithmetic is emulated, whose time describes no chip.
    pub products: Option<Rate>,
    /// Bytes of the stored weights.
    pub stored_bytes: f64,
    /// Error of the stored weights.
    pub error: StoredError,
    /// Bytes of weights passed a second.
    pub bandwidth: Option<f64>,
}

/// The marks of what was measured so far, for a matrix of this side. Emulated formats take the error of the same format
/// stored, and stand without a speed.
pub fn marks(found: &[Measurement], side: u32) -> Vec<Mark> {
    let mut marks: Vec<Mark> = found
        .iter()
        .filter(|m| family(m) == Part::MatVec && m.arithmetic != Arithmetic::Emulated)
        .filter(|m| m.stored_bytes > 0 && m.work_per_call > 0.0)
        .filter_map(|m| {
            let error = m.error.or_else(|| error_of(found, &m.format))?;
            let products = m.rate.times(1.0 / m.work_per_call);
            Some(Mark {
                format: m.format.clone(),
                unit: m.unit,
                arithmetic: m.arithmetic,
                bandwidth: Some(products.median * m.stored_bytes as f64),
                products: Some(products),
                stored_bytes: m.stored_bytes as f64,
                error,
            })
        })
        .collect();
    let mut emulated = BTreeSet::new();
    for m in found.iter().filter(|m| m.arithmetic == Arithmetic::Emulated) {
        let count = side as usize * side as usize;
        let known = m.error.or_else(|| error_of(found, &m.format));
        let (Some(error), Some(bits)) = (known, stored_bits(&m.format, count)) else { continue };
        if emulated.insert(m.format.clone()) {
            marks.push(Mark {
                format: m.format.clone(),
                unit: m.unit,
                arithmetic: Arithmetic::Emulated,
                products: None,
                stored_bytes: bits * count as f64 / 8.0,
                error,
                bandwidth: None,
            });
        }
    }
    marks
}

fn error_of(found: &[Measurement], format: &str) -> Option<StoredError> {
    found.iter().filter(|m| m.format == format).find_map(|m| m.error)
}

/// The fastest mark with at least this many dB.
pub fn fastest(marks: &[Mark], threshold_db: f64) -> Option<&Mark> {
    marks
        .iter()
        .filter(|mark| mark.error.sqnr_db >= threshold_db)
        .filter_map(|mark| mark.products.map(|products| (mark, products.median)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(mark, _)| mark)
}

/// Products a second of a format's fastest kernel.
pub fn products_of(marks: &[Mark], format: &str) -> Option<Rate> {
    let of_format = marks.iter().filter(|mark| mark.format == format);
    of_format.filter_map(|mark| mark.products).max_by(|a, b| a.median.total_cmp(&b.median))
}

/// The measured peak of a format on a unit: its `best` is the figure.
pub fn peak(found: &[Measurement], format: &str, unit: Unit) -> Option<Rate> {
    peak_where(found, |m| m.format == format && m.unit == unit)
}

/// The highest peak among some kernels.
pub fn peak_where(found: &[Measurement], of: impl Fn(&Measurement) -> bool) -> Option<Rate> {
    let peaks = found.iter().filter(|m| family(m) == Part::Peaks && of(m)).map(|m| m.rate);
    peaks.max_by(|a, b| a.best.total_cmp(&b.best))
}

/// The fastest matrix product of a format on a unit: its `median` is the figure.
pub fn product(found: &[Measurement], format: &str, unit: Unit) -> Option<Rate> {
    let products = found.iter().filter(|m| family(m) == Part::MatMul && m.format == format && m.unit == unit);
    products.map(|m| m.rate).max_by(|a, b| a.median.total_cmp(&b.median))
}

/// What this device reached, by the same kernel at every load; none before that was measured.
pub fn device_peak(found: &[Measurement]) -> Option<Rate> {
    peak_where(found, |m| m.id == DEVICE_PEAK && m.unit == Unit::Simd128)
}

/// The formats that have a peak or a matrix product, in the order of the lists.
pub fn peak_formats(found: &[Measurement]) -> Vec<String> {
    let mut formats: Vec<String> = Vec::new();
    for m in found.iter().filter(|m| matches!(family(m), Part::Peaks | Part::MatMul)) {
        if !formats.contains(&m.format) {
            formats.push(m.format.clone());
        }
    }
    let place = |id: &str| FORMATS.iter().position(|format| format.id == id).unwrap_or(usize::MAX);
    formats.sort_by_key(|id| place(id));
    formats
}

/// SHA-256 of what was asked and of the stored errors, in hexadecimal. Timings are not in it, nor what only some devices
/// have: the same link gives the same hash everywhere.
pub fn hash(spec: &ThroughputSpec, found: &[Measurement]) -> String {
    let mut text = format!("throughput 1\nside {}\nseed {}\n", spec.matvec_side, spec.seed);
    let mut lines: Vec<String> = found
        .iter()
        .filter(|m| m.part == Part::MatVec && spec.formats.contains(&m.format))
        .filter_map(|m| {
            let error = m.error?;
            Some(format!("{} {} {:016x}", m.format, m.stored_bytes, error.relative_rmse.to_bits()))
        })
        .collect();
    lines.sort_unstable();
    lines.dedup();
    text.push_str(&lines.join("\n"));
    let mut hexadecimal = String::with_capacity(64);
    for byte in Sha256::digest(text) {
        let _ = write!(hexadecimal, "{byte:02x}");
    }
    hexadecimal
}

/// Adds a job's signs of a busy machine to those of the job before it: of two that say the same the stronger stays.
pub fn add_signs(signs: &mut Vec<Disturbance>, new: Vec<Disturbance>) {
    let strength = |sign: &Disturbance| match sign {
        Disturbance::Stolen { share } | Disturbance::Unsteady { share } => *share,
        Disturbance::Reversed { .. } => 0.0,
    };
    for sign in new {
        let is_same = |known: &Disturbance| match (known, &sign) {
            (Disturbance::Reversed { .. }, Disturbance::Reversed { .. }) => *known == sign,
            _ => std::mem::discriminant(known) == std::mem::discriminant(&sign),
        };
        match signs.iter_mut().find(|known| is_same(known)) {
            Some(known) if strength(known) >= strength(&sign) => {}
            Some(known) => *known = sign,
            None => signs.push(sign),
        }
    }
}

/// `found` with `new` in the place of what has its id and unit (the two builds of the worker share ids), or at the end.
pub fn put(found: &mut Vec<Measurement>, new: Measurement) {
    match found.iter_mut().find(|known| known.id == new.id && known.unit == new.unit) {
        Some(known) => *known = new,
        None => found.push(new),
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A measurement with `median` work a second.
    pub fn measured(id: &str, part: Part, format: &str, unit: Unit, median: f64) -> Measurement {
        Measurement {
            id: id.to_owned(),
            part,
            format: format.to_owned(),
            unit,
            arithmetic: Arithmetic::Decoded,
            work: Work::Flop,
            size: 4096,
            work_per_call: 2.0 * 4096.0 * 4096.0,
            bytes_per_call: 4096.0 * 4096.0,
            rate: Rate {
                best: median * 1.2,
                median,
                lower: median * 0.9,
                upper: median * 1.1,
                runs: 9,
                calls: 2,
            },
            stored_bytes: 0,
            error: None,
            result_error: None,
        }
    }

    fn stored(format: &str, median: f64, bytes: u64, sqnr_db: f64) -> Measurement {
        let error = StoredError { relative_rmse: 10f64.powf(-sqnr_db / 20.0), sqnr_db };
        let id = format!("matvec.{format}");
        Measurement {
            stored_bytes: bytes,
            error: Some(error),
            ..measured(&id, Part::MatVec, format, Unit::Simd128, median)
        }
    }

    #[test]
    fn a_mark_has_its_products_bytes_and_error() {
        let found = [stored("e4m3", 2.0 * 4096.0 * 4096.0 * 100.0, 16_777_216, 31.6)];
        let marks = marks(&found, 4096);
        let products = marks[0].products.expect("a decoded kernel has a speed");
        assert!((products.median - 100.0).abs() < 1e-9 && (products.lower - 90.0).abs() < 1e-9);
        assert_eq!(marks[0].bandwidth, Some(1_677_721_600.0));
    }

    #[test]
    fn emulated_arithmetic_has_no_speed_and_the_stored_error() {
        let emulated = Measurement {
            arithmetic: Arithmetic::Emulated,
            ..measured("emulated.e4m3.add", Part::Emulated, "e4m3", Unit::Scalar, 1e8)
        };
        let alone = marks(std::slice::from_ref(&emulated), 4096);
        assert!(alone.is_empty(), "no error is known");
        let twice = Measurement { id: "emulated.e4m3.mul".to_owned(), ..emulated.clone() };
        let both = marks(&[stored("e4m3", 1e9, 16_777_216, 31.6), emulated, twice], 4096);
        assert_eq!(both.len(), 2);
        assert_eq!(both[1].products, None);
        assert_eq!(both[1].stored_bytes, 16_777_216.0);
        assert_eq!(both[1].error, both[0].error);
        assert_eq!(fastest(&both, 20.0).map(|mark| mark.arithmetic), Some(Arithmetic::Decoded));
        assert_eq!(fastest(&both, 40.0), None);
    }

    #[test]
    fn graphics_kernels_are_sorted_by_what_they_do() {
        let of = |id: &str, work: Work| {
            family(&Measurement { work, ..measured(id, Part::Graphics, "fp32", Unit::WebGpu, 1.0) })
        };
        assert_eq!(of("gpu.peak.f32", Work::Flop), Part::Peaks);
        assert_eq!(of("gpu.copy", Work::Byte), Part::Memory);
        assert_eq!(of("gpu.matmul.512", Work::Flop), Part::MatMul);
        assert_eq!(of("gpu.matvec.f16", Work::Flop), Part::MatVec);
    }

    #[test]
    fn this_device_is_one_kernel_whatever_else_was_measured() {
        let mut found = vec![
            measured("peak.simd128.f64", Part::Peaks, "fp64", Unit::Simd128, 90e9),
            measured("gpu.peak.f32", Part::Graphics, "fp32", Unit::WebGpu, 9e12),
            measured("peak.relaxed-simd.f32", Part::Peaks, "fp32", Unit::RelaxedSimd, 80e9),
        ];
        assert_eq!(device_peak(&found), None);
        found.push(measured("peak.simd128.f32", Part::Peaks, "fp32", Unit::Simd128, 40e9));
        assert_eq!(device_peak(&found).map(|rate| (rate.best, rate.median)), Some((48e9, 40e9)));
    }

    #[test]
    fn the_hash_leaves_timings_out_and_follows_the_figures() {
        let spec = ThroughputSpec {
            parts: vec![Part::MatVec],
            formats: vec!["e4m3".to_owned(), "fp16".to_owned()],
            runs: 9,
            run_ms: 40.0,
            matvec_side: 4096,
            seed: 1,
        };
        let slow = [stored("e4m3", 1e9, 10, 31.0), stored("fp16", 2e9, 20, 70.0)];
        let fast = [stored("fp16", 9e9, 20, 70.0), stored("e4m3", 8e9, 10, 31.0)];
        let other = [stored("fp16", 9e9, 20, 70.0), stored("e4m3", 8e9, 10, 31.5)];
        assert_eq!(hash(&spec, &slow), hash(&spec, &fast));
        assert_ne!(hash(&spec, &slow), hash(&spec, &other));
        assert_ne!(hash(&spec, &slow), hash(&ThroughputSpec { seed: 2, ..spec.clone() }, &slow));
    }

    #[test]
    fn of_two_signs_that_say_the_same_the_stronger_stays() {
        let stolen = |share| Disturbance::Stolen { share };
        let reversed = |wide: &str| Disturbance::Reversed { wide: wide.to_owned(), narrow: "b".to_owned() };
        let mut signs = vec![stolen(0.2), reversed("a")];
        add_signs(&mut signs, vec![stolen(0.1), reversed("a"), Disturbance::Unsteady { share: 0.3 }]);
        add_signs(&mut signs, vec![stolen(0.4), reversed("c")]);
        let unsteady = Disturbance::Unsteady { share: 0.3 };
        assert_eq!(signs, [stolen(0.4), reversed("a"), unsteady, reversed("c")]);
    }

    #[test]
    fn a_newer_figure_takes_the_place_of_the_same_kernel_on_the_same_unit() {
        let mut found = Vec::new();
        for (unit, rate) in [(Unit::Simd128, 1.0), (Unit::RelaxedSimd, 2.0), (Unit::Simd128, 3.0)] {
            put(&mut found, measured("matmul.fp32.256", Part::MatMul, "fp32", unit, rate));
        }
        let rates: Vec<f64> = found.iter().map(|m| m.rate.median).collect();
        assert_eq!(rates, [3.0, 2.0]);
    }

    #[test]
    fn every_listed_format_exists_and_has_bits() {
        for id in format_ids("all").into_iter().chain(format_ids("common")).chain(QUICK_FORMATS) {
            assert!(stored_bits(id, 1 << 20).is_some_and(|bits| (3.9..=64.0).contains(&bits)), "{id}");
        }
        assert_eq!(stored_bits("tf32", 1024), Some(32.0));
        assert_eq!(stored_bits("mxfp4", 1024), Some(4.25));
        assert_eq!(stored_bits("nothing", 1024), None);
    }
}
