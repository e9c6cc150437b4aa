//! The figures: a verdict, the table, the charts.

use crate::ui::view::dynamic;
use leptos::prelude::*;
use protocol::FormatReport;

use super::session::Session;
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
/// Height of a row in the speed chart.
const RANK_PX: u32 = 19;

/// Everything that was measured.
#[component]
pub fn Results(session: Session) -> impl IntoView {
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
        <p class="status-line" data-testid="convert-summary">{dynamic(move || session.summary.get().map(|summary| {
            with_timing(t.get().convert.summary, &[
                ("elements", &model::grouped(summary.elements)),
                ("total", &model::grouped(summary.source_elements)),
                ("min", &model::figure(summary.source_stats.min)),
                ("max", &model::figure(summary.source_stats.max)),
                ("std", &model::figure(summary.source_stats.std)),
                ("hash", summary.hash.get(..12).unwrap_or_default()),
            ], ("ms", model::figure(summary.elapsed_ms)))
        }))}</p>
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
                        let cells = cells(&report);
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
        <div class="charts">
            <ChartFrame id="error-against-bits" title=title(|t| t.convert.chart_error) plot=plot(plots::error_against_bits) height_px=Signal::derive(|| CHART_PX)/>
            <ChartFrame id="error-histogram" title=Signal::derive(move || fill(t.get().convert.chart_histogram, &[("format", &model::name(&selected.get()))])) plot=plot(plots::histogram) height_px=Signal::derive(|| CHART_PX)/>
            <ChartFrame id="throughput" title=title(|t| t.convert.chart_speed) plot=plot(plots::throughput)
                height_px=Signal::derive(move || 40 + RANK_PX * model::format_ids(&state.get(&params::FORMATS)).len() as u32)/>
        </div>
        <p class="legend">
            <span>"○ "{tr!(t, convert.family_float)}</span><span>"□ "{tr!(t, convert.family_block)}</span>
            <span>"△ "{tr!(t, convert.family_posit)}</span><span>"× "{tr!(t, convert.family_integer)}</span>
            <span>{tr!(t, convert.emulated)}</span>
        </p>
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
        words.col_speed,
    ]
}

fn cells(report: &FormatReport) -> Vec<String> {
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
        model::figure(report.melem_per_s),
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
                row.push(r.melem_per_s.to_string());
                row
            })
            .collect(),
    }
}
