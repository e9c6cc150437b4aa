//! Small files with right values that are not ours (`cases/figures.json`, written by `tools/oracles/convert_figures.py` with NumPy,
//! ml_dtypes and gguf), each for a kind of mistake: totals over tensors of different shapes, blocks at the ends of rows, statistics of
//! numbers with an offset or beyond binary32, rows of any length, posits scaled to where their digits are, numbers that are not finite.

use std::rc::Rc;

use protocol::{BlockChoice, FormatReport, RoundingChoice, Source, SurveySpec, SurveySummary, TensorFigure};
use serde_json::Value;
use tensor_files::Elements;

use super::figures::Figures;
use super::ranges::Ranges;
use super::source::TensorHead;

const FIGURES: &str = include_str!("cases/figures.json");

/// A tensor in memory.
type Tensor = (TensorHead, Elements);

fn head(name: &str, shape: &[u64]) -> TensorHead {
    let elements = shape.iter().product();
    TensorHead { name: name.to_owned(), shape: shape.to_vec(), elements }
}

fn f32s(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

fn f64s(bytes: &[u8]) -> Vec<f64> {
    bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
}

/// The numbers of a `.npy` file of row-major binary32.
fn npy(file: &[u8], shape: &[u64]) -> Vec<Tensor> {
    let start = 10 + usize::from(u16::from_le_bytes([file[8], file[9]]));
    vec![(head("rows", shape), Elements::F32(f32s(&file[start..])))]
}

fn safetensors(file: &[u8]) -> Vec<Tensor> {
    let start = 8 + u64::from_le_bytes(file[..8].try_into().expect("eight bytes")) as usize;
    let header: Value = serde_json::from_slice(&file[8..start]).expect("a header");
    let mut tensors: Vec<(u64, Tensor)> = Vec::new();
    for (name, entry) in
        header.as_object().expect("an object").iter().filter(|(name, _)| *name != "__metadata__")
    {
        let number = |value: &Value| value.as_u64().expect("a number");
        let shape: Vec<u64> = entry["shape"].as_array().expect("a shape").iter().map(number).collect();
        let [from, to] = [0, 1].map(|end| number(&entry["data_offsets"][end]));
        let bytes = &file[start + from as usize..start + to as usize];
        tensors.push((from, (head(name, &shape), Elements::F32(f32s(bytes)))));
    }
    tensors.sort_by_key(|(from, _)| *from);
    tensors.into_iter().map(|(_, tensor)| tensor).collect()
}

fn spec(formats: &[&str]) -> SurveySpec {
    SurveySpec {
        source: Source::Numbers(Vec::new()),
        formats: formats.iter().map(|id| (*id).to_owned()).collect(),
        rounding: RoundingChoice { mode: "nearest-even".to_owned(), saturate: false, seed: 1 },
        blocks: BlockChoice {
            scale_rule: "floor".to_owned(),
            grouping: "channel".to_owned(),
            group_len: 128,
            end_with_rows: true,
        },
        scale_to_range: true,
        sample: 0,
    }
}

fn slice(numbers: &Elements, from: usize, to: usize) -> Elements {
    match numbers {
        Elements::F32(values) => Elements::F32(values[from..to].to_vec()),
        Elements::F64(values) => Elements::F64(values[from..to].to_vec()),
    }
}

/// A survey of tensors that pass in slices of so many numbers; `kept` says which slices are read.
fn survey_of(
    spec: &SurveySpec,
    tensors: &[Tensor],
    len: usize,
    kept: impl Fn(usize) -> bool,
) -> SurveySummary {
    let mut figures = Figures::new(spec).expect("formats");
    let heads: Vec<TensorHead> = tensors.iter().map(|(head, _)| head.clone()).collect();
    figures.add_sizes(&heads);
    for (head, numbers) in tensors {
        let slices = || {
            let parts = (0..numbers.len()).step_by(len).enumerate().filter(|(index, _)| kept(*index));
            parts.map(|(_, from)| (from as u64, slice(numbers, from, (from + len).min(numbers.len()))))
        };
        let mut ranges = Ranges::new(figures.needs(head), head.elements);
        slices().for_each(|(start, slice)| ranges.observe(&slice, start));
        figures.begin(head, &Rc::new(ranges));
        for (start, slice) in slices() {
            figures.observe(&slice);
            figures.targets().iter_mut().for_each(|target| {
                target.push(&slice, start);
            });
        }
        figures.end(head);
    }
    let elements = heads.iter().map(|head| head.elements).sum();
    figures.finish(spec, elements, 0, 0.0)
}

fn survey(spec: &SurveySpec, tensors: &[Tensor]) -> SurveySummary {
    survey_of(spec, tensors, 1 << 18, |_| true)
}

fn right(path: &[&str]) -> Value {
    let all: Value = serde_json::from_str(FIGURES).expect("the figures");
    path.iter().fold(all, |value, key| value[key].clone())
}

fn of<'a>(summary: &'a SurveySummary, id: &str) -> &'a FormatReport {
    summary.reports.iter().find(|report| report.format == id).expect("the format")
}

#[track_caller]
fn near(found: f64, right: &Value, what: &str) {
    let right = right.as_f64().expect("a figure");
    assert!((found - right).abs() <= 1e-9 * right.abs(), "{what}: {found} for {right}");
}

#[test]
fn every_row_has_its_scale() {
    let tensors = npy(include_bytes!("cases/c01_rows_c.npy"), &[4, 64]);
    let formats = ["int8-sym", "int4-sym", "mxfp4", "nvfp4", "q4_0", "q8_0"];
    let summary = survey(&spec(&formats), &tensors);
    for id in formats {
        near(of(&summary, id).sqnr_db, &right(&["rows", id]), id);
    }
    assert_eq!(format!("{:.4}", of(&summary, "int8-sym").sqnr_db), "43.3826");
    assert_eq!(format!("{:.4}", of(&summary, "int4-sym").sqnr_db), "19.0051");
}

#[test]
fn a_scalar_beside_a_matrix_counts_as_what_it_is() {
    let last = safetensors(include_bytes!("cases/c31_scalar_last.safetensors"));
    let first = safetensors(include_bytes!("cases/c31_scalar_first.safetensors"));
    assert_eq!((last[0].0.elements, first[0].0.elements), (4096, 1));
    let formats = ["q4_0", "q8_0", "q4_k", "mxfp4", "nvfp4", "nf4-block", "int8-sym"];
    let (last, first) = (survey(&spec(&formats), &last), survey(&spec(&formats), &first));
    for (id, bytes, bits) in [
        ("q4_0", 2322, "4.534"),
        ("q8_0", 4386, "8.564"),
        ("q4_k", 2448, "4.780"),
        ("mxfp4", 2193, "4.282"),
        ("nvfp4", 2321, "4.532"),
        ("nf4-block", 2340, "4.569"),
        ("int8-sym", 4357, "8.508"),
    ] {
        for summary in [&last, &first] {
            let report = of(summary, id);
            assert_eq!(
                (report.bytes, format!("{:.3}", report.bits_per_value)),
                (bytes, bits.to_owned()),
                "{id}"
            );
            let parts: Vec<TensorFigure> =
                summary.tensors.iter().map(|tensor| tensor.figures[place(&formats, id)]).collect();
            assert_eq!(parts.iter().map(|part| part.bytes).sum::<u64>(), bytes, "{id}");
            let (signal, noise) =
                parts.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.signal, sum.1 + part.noise));
            assert!((10.0 * f64::log10(signal / noise) - report.sqnr_db).abs() < 1e-9, "{id}");
        }
        let figures = right(&["scalar", id]);
        if !figures.is_null() {
            assert_eq!(figures["bytes"], bytes, "{id}");
            near(of(&last, id).sqnr_db, &figures["sqnr_db"], id);
            near(of(&first, id).sqnr_db, &figures["sqnr_db"], id);
            for tensor in &last.tensors {
                let own = tensor.figures[place(&formats, id)];
                match &figures["tensors"][&tensor.name] {
                    Value::Null => assert_eq!(own.sqnr_db, f64::INFINITY, "{id} {}", tensor.name),
                    db => near(own.sqnr_db, db, id),
                }
            }
        }
    }
}

#[test]
fn the_fewest_bits_at_20_db_are_those_of_nvfp4() {
    let tensors = safetensors(include_bytes!("cases/c31_scalar_last.safetensors"));
    let formats = ["e2m1", "int4-sym", "nf4-block", "q4_0", "q4_k", "mxfp4", "nvfp4", "e3m2", "int8-sym"];
    let mut spec = spec(&formats);
    spec.blocks.grouping = "tensor".to_owned();
    let summary = survey(&spec, &tensors);
    let reaching = summary.reports.iter().filter(|report| report.sqnr_db >= 20.0 && report.lost_count == 0);
    let best = reaching.min_by(|a, b| a.bits_per_value.total_cmp(&b.bits_per_value)).expect("one");
    assert_eq!(best.format, "nvfp4");
}

fn place(formats: &[&str], id: &str) -> usize {
    formats.iter().position(|other| *other == id).expect("the format")
}

#[test]
fn blocks_end_with_rows_or_it_is_said_that_they_run_on() {
    let tensors = npy(include_bytes!("cases/c33_rows_of_48.npy"), &[4, 48]);
    let small = [slice(&tensors[0].1, 0, 48), slice(&tensors[0].1, 96, 144)];
    let mut spec = spec(&["mxfp4", "nvfp4", "q4_0", "int8-sym"]);
    let ends = survey(&spec, &tensors);
    let (mx, nv) = (of(&ends, "mxfp4"), of(&ends, "nvfp4"));
    for (report, id) in [(mx, "mxfp4"), (nv, "nvfp4")] {
        near(report.sqnr_db, &right(&["short_rows", id, "sqnr_db"]), id);
        assert_eq!(right(&["short_rows", id, "bytes"]), report.bytes);
    }
    // Rows of 48 are a block of 32 and one of 16 that is filled up.
    assert_eq!((mx.padding, mx.runs_on, nv.padding, nv.runs_on), (64, false, 0, false));
    assert_eq!((of(&ends, "q4_0").runs_on, of(&ends, "int8-sym").runs_on), (true, false));
    // Of the 96 small numbers four become zero.
    let rows: Vec<Tensor> = small.into_iter().map(|row| (head("row", &[48]), row)).collect();
    let alone = of(&survey(&spec, &rows), "mxfp4").underflow_count;
    assert_eq!((right(&["short_rows", "mxfp4", "to_zero"]), alone), (4.into(), 4));
    spec.blocks.end_with_rows = false;
    let runs_on = survey(&spec, &tensors);
    assert_eq!((of(&runs_on, "mxfp4").runs_on, of(&runs_on, "mxfp4").padding), (true, 0));
    assert!(of(&runs_on, "mxfp4").underflow_count > mx.underflow_count + 20);
}

#[test]
fn no_length_of_rows_is_refused() {
    let tensors = npy(include_bytes!("cases/c32_long_odd_rows.npy"), &[2, 16385]);
    let formats = ["int8-sym", "int4-sym", "q4_k", "mxfp4", "e4m3", "posit8", "e2m1"];
    let mut spec = spec(&formats);
    let whole = survey(&spec, &tensors);
    for id in ["int8-sym", "int4-sym"] {
        near(of(&whole, id).sqnr_db, &right(&["long_rows", id, "sqnr_db"]), id);
        assert_eq!(right(&["long_rows", id, "bytes"]), of(&whole, id).bytes, "{id}");
    }
    // However the numbers are sliced, and whatever else is measured.
    for len in [16385, 1000, 77] {
        assert_eq!(survey_of(&spec, &tensors, len, |_| true).reports, whole.reports, "{len}");
    }
    spec.blocks.grouping = "group".to_owned();
    for group_len in [65_521, 7, 256] {
        spec.blocks.group_len = group_len;
        assert_eq!(survey_of(&spec, &tensors, 999, |_| true).reports, survey(&spec, &tensors).reports);
    }
    // One row of a million: its scale is known before its first piece.
    spec.blocks.grouping = "channel".to_owned();
    let numbers: Vec<f32> = (0..1_000_003_u32).map(|i| ((i % 1009) as f32 - 504.0) / 504.0).collect();
    let row = |shape: &[u64]| vec![(head("row", shape), Elements::F32(numbers.clone()))];
    let channel = survey(&spec, &row(&[1, 1_000_003]));
    spec.blocks.grouping = "tensor".to_owned();
    let tensor = survey(&spec, &row(&[1_000_003]));
    for id in formats {
        assert_eq!(of(&channel, id), of(&tensor, id), "{id}");
    }
}

#[test]
fn an_offset_and_any_size_keep_their_digits() {
    for (name, file) in [
        ("c10a_offset", include_bytes!("cases/c10a_offset.npy").as_slice()),
        ("c10b_huge", include_bytes!("cases/c10b_huge.npy").as_slice()),
    ] {
        let start = 10 + usize::from(u16::from_le_bytes([file[8], file[9]]));
        let tensors = vec![(head("x", &[3]), Elements::F64(f64s(&file[start..])))];
        let summary = survey(&spec(&["fp64", "fp32", "e4m3", "posit8", "int8"]), &tensors);
        near(summary.source_stats.std, &right(&[name, "std"]), name);
        near(summary.source_stats.mean, &right(&[name, "mean"]), name);
        if name == "c10a_offset" {
            near(of(&summary, "fp32").rmse, &right(&[name, "fp32_rmse"]), name);
        }
        for id in ["e4m3", "posit8"] {
            let report = of(&summary, id);
            assert!(
                report.sqnr_db > 20.0 && report.rmse.is_finite() && report.cosine > 0.99,
                "{name} {id}: {report:?}"
            );
        }
        assert_eq!(of(&summary, "fp64").sqnr_db, f64::INFINITY);
    }
}

#[test]
fn posits_are_scaled_to_where_their_digits_are_and_say_how() {
    let tensors = npy(include_bytes!("cases/c01_rows_c.npy"), &[4, 64]);
    let summary = survey(&spec(&["posit8", "e4m3", "posit16", "int8"]), &tensors);
    near(of(&summary, "posit8").sqnr_db, &right(&["rows", "posit8", "sqnr_db"]), "posit8");
    assert_eq!(right(&["rows", "posit8", "scaling"]), of(&summary, "posit8").scaling);
    let scaling = |id: &str| of(&summary, id).scaling.clone();
    assert_eq!(
        (scaling("e4m3"), scaling("int8"), scaling("posit16")),
        ("range".into(), "range".into(), String::new())
    );
    // The page's own default.
    let normal = |index| numerics::samples::draw(numerics::samples::Shape::Normal, 0.02, 1, index);
    let sample = vec![(head("sample", &[65_536]), Elements::F32((0..65_536).map(normal).collect()))];
    let found = of(&survey(&spec(&["posit8"]), &sample), "posit8").sqnr_db;
    assert!(found >= 31.0, "{found}");
}

#[test]
fn what_is_not_finite_is_counted() {
    let wide = vec![f64::NAN, 1.0, f64::INFINITY, -2.0, f64::NEG_INFINITY, 3.0, f64::NAN, 1e9];
    let narrow: Vec<f32> = wide.iter().map(|x| *x as f32).collect();
    let tensors = |numbers: Elements| {
        vec![(head("a", &[8]), numbers), (head("b", &[2]), Elements::F32(vec![1.0, 2.0]))]
    };
    let mut spec = spec(&["fp32", "e5m2", "mxfp4", "int8-sym"]);
    spec.scale_to_range = false;
    for numbers in [Elements::F64(wide), Elements::F32(narrow)] {
        let summary = survey(&spec, &tensors(numbers));
        let stats = summary.source_stats;
        assert_eq!((stats.nan_count, stats.infinite_count, stats.min, stats.max), (2, 2, -2.0, 1e9));
        assert_eq!(summary.tensors.iter().map(|tensor| tensor.non_finite).collect::<Vec<_>>(), [4, 0]);
        // binary32 keeps them all; E5M2 loses 1e9; one NaN costs MXFP4 its block.
        let lost = |id: &str| of(&summary, id).lost_count;
        assert_eq!((lost("fp32"), lost("e5m2"), lost("mxfp4"), lost("int8-sym")), (0, 1, 4, 0));
    }
}

#[test]
fn a_sample_stands_for_its_tensor() {
    let numbers = |count: u64, scale: f64| {
        let one = |index| numerics::samples::draw(numerics::samples::Shape::Normal, scale, 3, index);
        Elements::F32((0..count).map(one).collect())
    };
    let tensors = vec![
        (head("large", &[300, 100]), numbers(30_000, 1.0)),
        (head("small", &[7, 11]), numbers(77, 100.0)),
    ];
    let spec = spec(&["int8-sym", "mxfp4", "q4_k", "e4m3"]);
    let (whole, part) = (survey(&spec, &tensors), survey_of(&spec, &tensors, 1024, |index| index % 3 == 0));
    assert_eq!((whole.elements, part.elements), (30_077, 10_240 + 77));
    for (all, some) in whole.tensors.iter().zip(&part.tensors) {
        assert_eq!(all.elements, some.elements);
        for (all, some) in all.figures.iter().zip(&some.figures) {
            assert_eq!(all.bytes, some.bytes);
            assert!((some.signal / all.signal - 1.0).abs() < 0.05, "{some:?} {all:?}");
            assert!((some.sqnr_db - all.sqnr_db).abs() < 0.6, "{some:?} {all:?}");
        }
    }
}

#[test]
fn tensors_beyond_the_limit_share_a_report() {
    let limit = protocol::MAX_TENSOR_REPORTS;
    let make = |count: usize| -> Vec<Tensor> {
        let numbers = |index: usize| Elements::F32((0..=index % 5).map(|i| i as f32 + 0.3).collect());
        (0..count).map(|i| (head(&format!("t{i}"), &[(i % 5 + 1) as u64]), numbers(i))).collect()
    };
    let spec = spec(&["e4m3", "mxfp4"]);
    assert_eq!(survey(&spec, &make(1)).tensors, []);
    assert_eq!(survey(&spec, &make(limit)).tensors.len(), limit);
    let many = survey(&spec, &make(limit + 30));
    assert_eq!(many.tensors.len(), limit);
    let rest = many.tensors.last().expect("the rest");
    assert_eq!((rest.name.as_str(), rest.tensors, rest.shape.len()), ("", 31, 0));
    for (at, report) in many.reports.iter().enumerate() {
        assert_eq!(many.tensors.iter().map(|tensor| tensor.figures[at].bytes).sum::<u64>(), report.bytes);
    }
}
