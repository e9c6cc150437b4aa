//! The charts' data: error against speed against bytes, and the roofline. No DOM.

use protocol::{Arithmetic, Measurement, Part, Unit, Work};

use super::model::{self, Mark};
use super::roof::{self, Roof};
use super::units;
use crate::ui::charts::{Line, Marks, Plot, Point, Scale, Series, Table};
use crate::ui::components::format_name::{family, name};
use crate::ui::components::number::figure;
use crate::ui::text::{Text, fill};

/// Radius of the largest mark, CSS pixels; areas go with bytes.
const LARGEST_PX: f64 = 12.0;
/// No mark is smaller.
const SMALLEST_PX: f64 = 3.5;

type Word = fn(&'static Text) -> &'static str;

/// The headline chart's series: its words, and its marker (shape modulo 5, colour modulo 4).
const SERIES: [(Word, usize); 5] = [
    (|t| t.throughput.series_element, 0),
    (|t| t.throughput.series_block, 1),
    (|t| t.throughput.series_native, 2),
    (|t| t.throughput.series_graphics, 8),
    (|t| t.throughput.series_emulated, 19),
];

fn series_of(mark: &Mark) -> usize {
    match (mark.arithmetic, mark.unit) {
        (Arithmetic::Emulated, _) => 4,
        (Arithmetic::Native, _) => 2,
        (Arithmetic::Decoded, Unit::WebGpu) => 3,
        (Arithmetic::Decoded, _) => usize::from(family(&mark.format) == 1),
    }
}

/// A unit's name.
pub fn unit_name(text: &'static Text, unit: Unit) -> &'static str {
    match unit {
        Unit::Scalar => text.throughput.unit_scalar,
        Unit::Simd128 => text.throughput.unit_simd,
        Unit::RelaxedSimd => text.throughput.unit_relaxed,
        Unit::WebGpu => "WebGPU",
    }
}

/// How arithmetic is done, in words.
pub fn arithmetic_name(text: &'static Text, arithmetic: Arithmetic) -> &'static str {
    match arithmetic {
        Arithmetic::Native => text.throughput.arithmetic_native,
        Arithmetic::Decoded => text.throughput.arithmetic_decoded,
        Arithmetic::Emulated => text.throughput.arithmetic_emulated,
    }
}

/// A part's name.
pub fn part_name(text: &'static Text, part: Part) -> &'static str {
    let words = &text.throughput;
    match part {
        Part::Peaks => words.part_peaks,
        Part::Memory => words.part_memory,
        Part::MatMul => words.part_matmul,
        Part::MatVec => words.part_matvec,
        Part::Conversions => words.part_conversions,
        Part::Emulated => words.part_emulated,
        Part::Graphics => words.part_graphics,
    }
}

/// A kernel in words: what it does, in which format, at which size, on what.
pub fn kernel_name(text: &'static Text, m: &Measurement) -> String {
    let mut words = vec![part_name(text, model::family(m)).to_owned()];
    if !m.format.is_empty() {
        words.push(name(&m.format));
    }
    if model::family(m) == Part::MatMul && m.size > 0 {
        words.push(m.size.to_string());
    }
    words.push(unit_name(text, m.unit).to_owned());
    words.join(", ")
}

/// Error against speed (or bytes), one mark a format; areas go with bytes where x is the speed.
pub fn headline(text: &'static Text, marks: &[Mark], view: &str, error: &str, selected: &str) -> Plot {
    let words = &text.throughput;
    let by_bytes = view == "bytes";
    let by_rmse = error == "rmse";
    let largest = marks.iter().map(|mark| mark.stored_bytes).fold(1.0, f64::max);
    let point = |mark: &Mark| {
        let speed = mark.products.map_or(f64::NAN, |products| products.median);
        let chosen = mark.format == selected;
        Point {
            x: if by_bytes { mark.stored_bytes } else { speed },
            y: if by_rmse { mark.error.relative_rmse } else { mark.error.sqnr_db },
            x_span: mark.products.filter(|_| !by_bytes).map(|products| (products.lower, products.upper)),
            y_span: None,
            filled: mark.arithmetic != Arithmetic::Emulated,
            radius_px: if by_bytes {
                0.0
            } else {
                (LARGEST_PX * (mark.stored_bytes / largest).sqrt()).max(SMALLEST_PX)
            },
            note: note(text, mark),
            label: Some(label(text, mark, marks)),
            selected: chosen,
        }
    };
    let series = SERIES
        .iter()
        .enumerate()
        .map(|(index, (pick, style))| Series {
            name: pick(text).to_owned(),
            style: *style,
            points: marks.iter().filter(|mark| series_of(mark) == index).map(point).collect(),
        })
        .collect();
    Plot {
        x_label: if by_bytes { words.axis_bytes } else { words.axis_products }.to_owned(),
        y_label: if by_rmse { words.axis_rmse } else { words.axis_sqnr }.to_owned(),
        x_scale: Scale::Log,
        y_scale: if by_rmse { Scale::Log } else { Scale::Linear },
        no_x: Some(words.strip_no_speed.to_owned()),
        no_y: Some(words.strip_exact.to_owned()),
        marks: Marks::Points(series),
        legend: true,
        table: headline_table(text, marks),
        ..Plot::default()
    }
}

/// The format's name; with a word where the same format is there decoded as well.
fn label(text: &'static Text, mark: &Mark, marks: &[Mark]) -> String {
    let name = name(&mark.format);
    let twice = mark.arithmetic == Arithmetic::Native
        && marks.iter().any(|other| other.format == mark.format && other.arithmetic == Arithmetic::Decoded);
    if twice { fill(text.throughput.label_native, &[("format", &name)]) } else { name }
}

fn note(text: &'static Text, mark: &Mark) -> String {
    let words = &text.throughput;
    let mut lines = vec![format!("{}  {}", name(&mark.format), arithmetic_name(text, mark.arithmetic))];
    match mark.products {
        Some(products) => {
            lines.push(fill(
                words.note_speed,
                &[
                    ("unit", unit_name(text, mark.unit)),
                    ("median", &figure(products.median)),
                    ("lower", &figure(products.lower)),
                    ("upper", &figure(products.upper)),
                    ("spread", &units::spread(&products)),
                ],
            ));
        }
        None => lines.push(words.note_no_speed.to_owned()),
    }
    lines.push(format!("SQNR {} dB, RMSE {}", figure(mark.error.sqnr_db), figure(mark.error.relative_rmse)));
    let bandwidth =
        mark.bandwidth.map(|rate| format!(", {}", units::rate(rate, Work::Byte))).unwrap_or_default();
    lines.push(format!("{}{bandwidth}", units::bytes(mark.stored_bytes)));
    lines.join("\n")
}

fn headline_table(text: &'static Text, marks: &[Mark]) -> Table {
    let words = &text.throughput;
    let head = [
        words.col_format,
        words.col_arithmetic,
        words.col_unit,
        words.col_products,
        words.col_lower,
        words.col_upper,
        words.col_spread,
        "SQNR, dB",
        words.axis_rmse,
        words.col_bytes,
    ];
    let mut sorted: Vec<&Mark> = marks.iter().collect();
    sorted.sort_by(|a, b| {
        let speed = |mark: &Mark| mark.products.map_or(0.0, |products| products.median);
        speed(b).total_cmp(&speed(a))
    });
    let cell = |value: Option<f64>| value.map_or_else(|| "\u{2014}".to_owned(), figure);
    Table {
        head: head.map(str::to_owned).to_vec(),
        rows: sorted
            .into_iter()
            .map(|mark| {
                vec![
                    name(&mark.format),
                    arithmetic_name(text, mark.arithmetic).to_owned(),
                    unit_name(text, mark.unit).to_owned(),
                    cell(mark.products.map(|products| products.median)),
                    cell(mark.products.map(|products| products.lower)),
                    cell(mark.products.map(|products| products.upper)),
                    mark.products.map_or_else(|| "\u{2014}".to_owned(), |products| units::spread(&products)),
                    figure(mark.error.sqnr_db),
                    figure(mark.error.relative_rmse),
                    format!("{}", mark.stored_bytes),
                ]
            })
            .collect(),
    }
}

/// Kernels under the roof of what was measured: the CPU's core, and the graphics processor where it was.
pub fn roofline(text: &'static Text, found: &[Measurement]) -> Plot {
    let words = &text.throughput;
    let kernels: Vec<(&Measurement, f64)> = roof::under_roof(found).collect();
    let roofs: Vec<(Roof, usize)> = [(false, 0), (true, 1)]
        .into_iter()
        .filter_map(|(graphics, style)| roof::roof(found, graphics).map(|roof| (roof, style)))
        .collect();
    let ridges = roofs.iter().map(|(roof, _)| roof.ridge());
    let (low, high) = kernels
        .iter()
        .map(|(_, intensity)| *intensity)
        .chain(ridges)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
    let guides = roofs
        .iter()
        .map(|(roof, style)| Line {
            name: fill(
                if *style == 0 { words.roof_cpu } else { words.roof_graphics },
                &[
                    ("bandwidth", &units::rate(roof.bandwidth, Work::Byte)),
                    ("peak", &units::rate(roof.peak, Work::Flop)),
                ],
            ),
            style: *style,
            points: [low / 2.0, roof.ridge(), high * 2.0].map(|at| (at, roof.at(at))).to_vec(),
        })
        .collect();
    let share = |m: &Measurement| roof::share_of_roof(found, m).map(units::percent).unwrap_or_default();
    let point = |(m, intensity): &(&Measurement, f64)| Point {
        x: *intensity,
        y: m.rate.median,
        y_span: Some((m.rate.lower, m.rate.upper)),
        filled: true,
        note: fill(
            words.note_roof,
            &[
                ("kernel", part_name(text, model::family(m))),
                ("format", &name(&m.format)),
                ("unit", unit_name(text, m.unit)),
                ("rate", &units::rate(m.rate.median, m.work)),
                ("spread", &units::spread(&m.rate)),
                ("intensity", &figure(*intensity)),
                ("share", &share(m)),
            ],
        ),
        label: Some(if model::family(m) == Part::MatMul && m.size > 0 {
            format!("{} {}", name(&m.format), m.size)
        } else {
            name(&m.format)
        }),
        ..Point::default()
    };
    let of = |part: Part, style: usize| Series {
        name: part_name(text, part).to_owned(),
        style,
        points: kernels.iter().filter(|(m, _)| model::family(m) == part).map(point).collect(),
    };
    Plot {
        x_label: words.axis_intensity.to_owned(),
        y_label: words.axis_rate.to_owned(),
        x_scale: Scale::Log,
        y_scale: Scale::Log,
        marks: Marks::Points(vec![of(Part::MatVec, 0), of(Part::MatMul, 1)]),
        guides,
        legend: true,
        table: Table {
            head: [
                words.col_kernel,
                words.col_format,
                words.col_unit,
                words.axis_intensity,
                words.axis_rate,
                words.col_spread,
                words.col_share,
            ]
            .map(str::to_owned)
            .to_vec(),
            rows: kernels
                .iter()
                .map(|(m, intensity)| {
                    vec![
                        part_name(text, model::family(m)).to_owned(),
                        name(&m.format),
                        unit_name(text, m.unit).to_owned(),
                        figure(*intensity),
                        figure(m.rate.median),
                        units::spread(&m.rate),
                        share(m),
                    ]
                })
                .collect(),
        },
        ..Plot::default()
    }
}

/// Every figure that was measured, in full.
pub fn everything(text: &'static Text, found: &[Measurement]) -> Table {
    let words = &text.throughput;
    let head = [
        words.col_kernel,
        words.col_what,
        words.col_format,
        words.col_unit,
        words.col_arithmetic,
        words.col_size,
        words.col_best,
        words.col_rate,
        words.col_lower,
        words.col_upper,
        words.col_spread,
        words.col_runs,
        words.col_result_error,
    ];
    Table {
        head: head.map(str::to_owned).to_vec(),
        rows: found
            .iter()
            .map(|m| {
                vec![
                    m.id.clone(),
                    part_name(text, model::family(m)).to_owned(),
                    if m.format.is_empty() { "\u{2014}".to_owned() } else { name(&m.format) },
                    unit_name(text, m.unit).to_owned(),
                    arithmetic_name(text, m.arithmetic).to_owned(),
                    if m.size == 0 { "\u{2014}".to_owned() } else { m.size.to_string() },
                    units::rate(m.rate.best, m.work),
                    units::rate(m.rate.median, m.work),
                    units::rate(m.rate.lower, m.work),
                    units::rate(m.rate.upper, m.work),
                    units::spread(&m.rate),
                    format!("{} × {}", m.rate.runs, m.rate.calls),
                    m.result_error.map_or_else(|| "\u{2014}".to_owned(), figure),
                ]
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use protocol::StoredError;

    use super::super::model::tests::measured;
    use super::*;
    use crate::ui::text::EN;

    fn found() -> Vec<Measurement> {
        let error = |sqnr_db: f64| Some(StoredError { relative_rmse: 10f64.powf(-sqnr_db / 20.0), sqnr_db });
        let stored = |format: &str, arithmetic, sqnr| Measurement {
            arithmetic,
            stored_bytes: 1 << 24,
            error: error(sqnr),
            ..measured(&format!("matvec.{format}"), Part::MatVec, format, Unit::Simd128, 4e9)
        };
        let exact = StoredError { relative_rmse: 0.0, sqnr_db: f64::INFINITY };
        vec![
            Measurement { error: Some(exact), ..stored("fp32", Arithmetic::Native, 0.0) },
            stored("e4m3", Arithmetic::Decoded, 31.0),
            stored("mxfp4", Arithmetic::Decoded, 18.0),
            Measurement {
                arithmetic: Arithmetic::Emulated,
                ..measured("emulated.e4m3", Part::Emulated, "e4m3", Unit::Scalar, 1e8)
            },
            measured("peak.simd128.f32", Part::Peaks, "fp32", Unit::Simd128, 40e9),
            Measurement {
                work: Work::Byte,
                ..measured("memory.copy", Part::Memory, "", Unit::Simd128, 10e9)
            },
        ]
    }

    #[test]
    fn each_kind_of_mark_has_its_series_and_emulated_ones_no_speed() {
        let marks = model::marks(&found(), 4096);
        let plot = headline(&EN, &marks, "speed", "sqnr", "e4m3");
        let Marks::Points(series) = &plot.marks else { panic!("points") };
        let counts: Vec<usize> = series.iter().map(|series| series.points.len()).collect();
        assert_eq!(counts, [1, 1, 1, 0, 1]);
        let emulated = &series[4].points[0];
        assert!(emulated.x.is_nan() && !emulated.filled && emulated.x_span.is_none());
        assert!(emulated.note.contains(EN.throughput.note_no_speed));
        assert_eq!(series[2].points[0].y, f64::INFINITY);
        assert_eq!(plot.table.rows.len(), 4);
        let by_bytes = headline(&EN, &marks, "bytes", "rmse", "e4m3");
        let Marks::Points(series) = &by_bytes.marks else { panic!("points") };
        assert!(series.iter().flat_map(|series| &series.points).all(|point| point.x > 0.0));
    }

    #[test]
    fn the_roof_spans_its_kernels() {
        let plot = roofline(&EN, &found());
        let Marks::Points(series) = &plot.marks else { panic!("points") };
        assert_eq!((series[0].points.len(), series[1].points.len()), (3, 0));
        let [low, ridge, high] = plot.guides[0].points[..] else { panic!("three corners") };
        assert!(
            low.0 < 2.0 && (ridge.1 - 48e9).abs() < 1.0 && (high.1 - 48e9).abs() < 1.0,
            "the best is the roof"
        );
        assert!(roofline(&EN, &[]).guides.is_empty());
    }

    #[test]
    fn the_spread_stands_beside_every_figure() {
        let found = found();
        let marks = model::marks(&found, 4096);
        let charts = [headline(&EN, &marks, "speed", "sqnr", "e4m3"), roofline(&EN, &found)];
        for table in charts.into_iter().map(|plot| plot.table).chain([everything(&EN, &found)]) {
            let column =
                table.head.iter().position(|head| head == EN.throughput.col_spread).expect("a column");
            let spreads: Vec<&str> = table.rows.iter().map(|row| row[column].as_str()).collect();
            assert!(spreads.iter().all(|spread| matches!(*spread, "20 %" | "\u{2014}")), "{spreads:?}");
            assert!(table.rows.iter().all(|row| row.len() == table.head.len()));
            assert!(table.to_csv().contains("20 %"));
        }
        let Marks::Points(series) = &roofline(&EN, &found).marks else { panic!("points") };
        assert!(series[0].points.iter().all(|point| point.note.contains("20 %")));
    }
}
