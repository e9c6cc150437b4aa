//! The charts' data, from the reports.

use numerics::metrics::{HISTOGRAM_BINS, HISTOGRAM_FIRST_EXPONENT};
use protocol::FormatReport;

use super::model;
use crate::ui::charts::{Bar, Marks, Plot, Point, Series, Table};
use crate::ui::text::Text;

/// Signal to noise against bits a value, a series for each family.
pub fn error_against_bits(text: &'static Text, reports: &[FormatReport], selected: &str) -> Plot {
    let words = &text.convert;
    let finite: Vec<&FormatReport> = reports.iter().filter(|report| report.sqnr_db.is_finite()).collect();
    let names = [words.family_float, words.family_block, words.family_posit, words.family_integer];
    let series = names
        .into_iter()
        .enumerate()
        .map(|(style, name)| Series {
            name: name.to_owned(),
            style,
            points: finite
                .iter()
                .filter(|report| model::family(&report.format) == style)
                .map(|report| {
                    let chosen = report.format == selected;
                    let label = chosen || model::is_on_front(report, reports);
                    Point {
                        x: report.bits_per_value,
                        y: report.sqnr_db,
                        note: format!(
                            "{}  {:.2} bit  {:.1} dB",
                            model::name(&report.format),
                            report.bits_per_value,
                            report.sqnr_db
                        ),
                        label: label.then(|| model::name(&report.format)),
                        selected: chosen,
                        ..Point::default()
                    }
                })
                .collect(),
        })
        .collect();
    Plot {
        x_label: words.axis_bits.to_owned(),
        y_label: words.axis_sqnr.to_owned(),
        marks: Marks::Points(series),
        table: Table {
            head: vec![words.col_format.to_owned(), words.col_bits.to_owned(), words.col_sqnr.to_owned()],
            rows: reports
                .iter()
                .map(|report| {
                    vec![
                        model::name(&report.format),
                        report.bits_per_value.to_string(),
                        report.sqnr_db.to_string(),
                    ]
                })
                .collect(),
        },
        ..Plot::default()
    }
}

/// How many values have a relative error of which size, for one format.
pub fn histogram(text: &'static Text, reports: &[FormatReport], selected: &str) -> Plot {
    let words = &text.convert;
    let empty = vec![0; HISTOGRAM_BINS];
    let bins =
        reports.iter().find(|report| report.format == selected).map_or(&empty, |report| &report.histogram);
    let first = bins.iter().position(|count| *count > 0).unwrap_or(0);
    let last = bins.iter().rposition(|count| *count > 0).unwrap_or(0);
    let name = |bin: usize| {
        let exponent = HISTOGRAM_FIRST_EXPONENT + bin as i32 - 1;
        if bin == 0 { format!("<2^{HISTOGRAM_FIRST_EXPONENT}") } else { format!("2^{exponent}") }
    };
    let bars: Vec<Bar> = (first..=last)
        .map(|bin| Bar {
            label: name(bin),
            value: bins.get(bin).copied().unwrap_or(0) as f64,
            note: format!("{}  {}", name(bin), model::grouped(bins.get(bin).copied().unwrap_or(0))),
            selected: false,
        })
        .collect();
    let rows = bars.iter().map(|bar| vec![bar.label.clone(), bar.value.to_string()]).collect();
    Plot {
        x_label: words.axis_relative.to_owned(),
        y_label: words.axis_count.to_owned(),
        marks: Marks::Bins(bars),
        table: Table { head: vec![words.axis_relative.to_owned(), words.axis_count.to_owned()], rows },
        ..Plot::default()
    }
}
