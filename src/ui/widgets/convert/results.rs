//! The figures: a verdict, the table, the charts.

use crate::ui::view::dynamic;
use leptos::prelude::*;
use protocol::{FormatReport, SurveySummary};

use super::session::Session;
use super::tensors::EachTensor;
use super::{model, params, plots};
use crate::tr;
use crate::ui::charts::{ChartFrame, Table};
use crate::ui::components::download;
use crate::ui::components::timing::with_timing;
use crate::ui::text::{Text, fill, use_text};

/// Thresholds of the verdict, in dB.
const THRESHOLDS_DB: [f64; 3] = [20.0, 30.0, 40.0];
/// Height of the two square charts.
const CHART_PX: u32 = 300;

/// Everything that was measured, or what is missing before anything can be.
#[component]
pub fn Results(session: Session) -> impl IntoView {
    let t = use_text();
    let is_without_file = Memo::new(move |_| session.is_without_file());
    dynamic(move || {
        if is_without_file.get() {
            view! { <p class="no-file" data-testid="convert-no-file">{tr!(t, convert.no_file)}</p> }
                .into_any()
        } else {
            view! { <Measured session/> }.into_any()
        }
    })
}

#[component]
fn Measured(session: Session) -> impl IntoView {
    let t = use_text();
    let state = session.state;
    let selected = state.signal(&params::SELECTED);
    let title =
        move |pick: fn(&'static Text) -> &'static str| Signal::derive(move || pick(t.get()).to_owned());
    let plot = move |make: fn(&'static Text, &[FormatReport], &str) -> crate::ui::charts::Plot| {
        Signal::derive(move || session.reports.with(|reports| make(t.get(), reports, &selected.get())))
    };
    let save_csv = move |_| {
        let table = session.reports.with_untracked(|reports| table(t.now(), reports));
        download::save_text("formats.csv", "text/csv", &table.to_csv());
    };
    view! {
        <p class="status-line" data-testid="convert-summary">{dynamic(move || session.summary.with(|summary| summary.as_ref().map(|summary| {
            summary_text(t.get(), summary)
        })))}</p>
        <p class="verdict-line" data-testid="convert-verdict">{dynamic(move || session.reports.with(|reports| {
            let parts: Vec<String> = model::fewest_bits(reports, &THRESHOLDS_DB).into_iter().filter_map(|(threshold, best)| {
                let best = best?;
                Some(fill(t.get().convert.verdict, &[
                    ("db", &threshold.to_string()), ("format", &model::name(&best.format)),
                    ("bits", &format!("{:.2}", best.bits_per_value)),
                ]))
            }).collect();
            parts.join(" ")
        }))}</p>
        <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, convert.table_label)>
            <table class="data" data-testid="convert-table">
                <thead><tr>{dynamic(move || head(t.get()).into_iter().enumerate().map(|(index, cell)| view! {
                    <th scope="col" class:num=index != 0>{cell}</th>
                }).collect_view())}</tr></thead>
                <tbody>{dynamic(move || {
                    let rows = session.reports.with(|reports| model::sorted(reports, &state.get(&params::SORT)));
                    rows.into_iter().map(|report| {
                        let id = report.format.clone();
                        let chosen = selected.get() == id;
                        let cells = cells(t.get(), &report);
                        view! {
                            <tr class:current=chosen>
                                <th scope="row"><button class="row-name" aria-pressed=chosen.to_string()
                                    on:click=move |_| { state.set(&params::SELECTED, &id); }
                                >{model::name(&report.format)}</button></th>
                                {cells.into_iter().map(|cell| view! { <td class="num">{cell}</td> }).collect_view()}
                            </tr>
                        }
                    }).collect_view()
                })}</tbody>
            </table>
        </div>
        <p class="table-actions"><button class="btn small" on:click=save_csv>{tr!(t, shell.export_csv)}</button></p>
        {dynamic(move || session.reports.with(|reports| notes(t.get(), reports)).into_iter().map(|note| view! {
            <p class="hint table-note" data-testid="convert-note">{note}</p>
        }).collect_view())}
        <EachTensor session/>
        <div class="charts">
            <ChartFrame id="error-against-bits" title=title(|t| t.convert.chart_error) plot=plot(plots::error_against_bits) height_px=Signal::derive(|| CHART_PX)/>
            <ChartFrame id="error-histogram" title=Signal::derive(move || fill(t.get().convert.chart_histogram, &[("format", &model::name(&selected.get()))])) plot=plot(plots::histogram) height_px=Signal::derive(|| CHART_PX)/>
        </div>
        <p class="legend">
            <span>"○ "{tr!(t, convert.family_float)}</span><span>"□ "{tr!(t, convert.family_block)}</span>
            <span>"△ "{tr!(t, convert.family_posit)}</span><span>"× "{tr!(t, convert.family_integer)}</span>
        </p>
    }
}

fn summary_text(text: &'static Text, summary: &SurveySummary) -> impl IntoView + use<> {
    let (words, stats) = (&text.convert, &summary.source_stats);
    let line = with_timing(
        words.summary,
        &[
            ("elements", &model::grouped(summary.elements)),
            ("total", &model::grouped(summary.source_elements)),
            ("min", &model::figure(stats.min)),
            ("max", &model::figure(stats.max)),
            ("mean", &model::figure(stats.mean)),
            ("std", &model::figure(stats.std)),
            ("hash", summary.hash.get(..12).unwrap_or_default()),
        ],
        ("ms", model::figure(summary.elapsed_ms)),
    );
    let non_finite = (stats.nan_count + stats.infinite_count > 0).then(|| {
        let [nan, infinite] = [stats.nan_count, stats.infinite_count].map(model::grouped);
        format!(" {}", fill(words.non_finite, &[("nan", &nan), ("infinite", &infinite)]))
    });
    view! { {line}{non_finite} }
}

/// What has to be known to read the table: how blocks lie, what was filled, what was lost.
fn notes(text: &'static Text, reports: &[FormatReport]) -> Vec<String> {
    let words = &text.convert;
    let list = |is: fn(&FormatReport) -> bool, item: fn(&FormatReport) -> String| {
        reports.iter().filter(|report| is(report)).map(item).collect::<Vec<_>>().join(", ")
    };
    let named = |report: &FormatReport| model::name(&report.format);
    let counted =
        |report: &FormatReport| format!("{} {}", model::name(&report.format), model::grouped(report.padding));
    let lost = |report: &FormatReport| {
        format!("{} {}", model::name(&report.format), model::grouped(report.lost_count))
    };
    [
        (words.note_padding, list(|report| report.padding > 0, counted)),
        (words.note_runs_on, list(|report| report.runs_on, named)),
        (words.note_lost, list(|report| report.lost_count > 0, lost)),
    ]
    .into_iter()
    .filter(|(_, formats)| !formats.is_empty())
    .map(|(note, formats)| fill(note, &[("formats", &formats)]))
    .collect()
}

/// What a tensor was scaled to before rounding, in words.
fn scaling(text: &'static Text, report: &FormatReport) -> String {
    let words = &text.convert;
    match report.scaling.as_str() {
        "" => "\u{2014}".to_owned(),
        "range" => words.scaling_range.to_owned(),
        "rms" => words.scaling_rms.to_owned(),
        "mixed" => words.scaling_mixed.to_owned(),
        other => fill(words.scaling_absmax, &[("to", other.trim_start_matches("absmax-"))]),
    }
}

fn head(text: &'static Text) -> Vec<&'static str> {
    let words = &text.convert;
    vec![
        words.col_format,
        words.col_bits,
        words.col_sqnr,
        words.col_rmse,
        words.col_max,
        words.col_mean,
        words.col_bias,
        words.col_cosine,
        words.col_overflow,
        words.col_underflow,
        words.col_nan,
        words.col_bytes,
        words.col_scaling,
    ]
}

fn cells(text: &'static Text, report: &FormatReport) -> Vec<String> {
    vec![
        format!("{:.2}", report.bits_per_value),
        model::figure(report.sqnr_db),
        model::figure(report.rmse),
        model::figure(report.max_abs),
        model::figure(report.mean_abs),
        model::figure(report.mean_signed),
        if report.cosine.is_nan() { "\u{2014}".to_owned() } else { format!("{:.6}", report.cosine) },
        model::grouped(report.overflow_count),
        model::grouped(report.underflow_count),
        model::grouped(report.nan_count),
        model::bytes(report.bytes),
        scaling(text, report),
    ]
}

/// The table with every digit, for export.
fn table(text: &'static Text, reports: &[FormatReport]) -> Table {
    Table {
        head: head(text).into_iter().map(str::to_owned).collect(),
        rows: reports
            .iter()
            .map(|r| {
                let mut row = vec![model::name(&r.format)];
                row.extend(
                    [r.bits_per_value, r.sqnr_db, r.rmse, r.max_abs, r.mean_abs, r.mean_signed, r.cosine]
                        .map(|x| x.to_string()),
                );
                row.extend(
                    [r.overflow_count, r.underflow_count, r.nan_count, r.bytes].map(|x| x.to_string()),
                );
                row.push(r.scaling.clone());
                row
            })
            .collect(),
    }
}
