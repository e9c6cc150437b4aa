//! What this device reached: peaks by type and unit (the best of the runs), memory (their median), the roofline, every figure.

use crate::ui::view::dynamic;
use leptos::prelude::*;
use protocol::{Measurement, Part, Rate, Unit, Work};

use super::session::Session;
use super::{model, plots, roof, units};
use crate::tr;
use crate::ui::charts::ChartFrame;
use crate::ui::components::download;
use crate::ui::components::format_name::name;
use crate::ui::text::{Text, fill, use_text};

/// Columns of the table.
const UNITS: [Unit; 4] = [Unit::Scalar, Unit::Simd128, Unit::RelaxedSimd, Unit::WebGpu];
/// Height of the roofline.
const ROOF_PX: u32 = 380;

/// Peaks and roofline.
#[component]
pub fn Peaks(session: Session) -> impl IntoView {
    let t = use_text();
    let roofline = Signal::derive(move || session.found.with(|found| plots::roofline(t.get(), found)));
    view! {
        <section class="part" aria-labelledby="peaks-head">
            <h2 id="peaks-head">{tr!(t, throughput.peaks_title)}</h2>
            <p class="part-note">{tr!(t, throughput.peaks_note)}</p>
            <div class="two">
                <div>
                    <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, throughput.peaks_title)>
                        <table class="data" data-measured="" data-testid="throughput-peaks">
                            <thead><tr>
                                <th scope="col">{tr!(t, throughput.col_format)}</th>
                                {dynamic(move || session.found.with(|found| columns(found)).into_iter().map(|unit| view! {
                                    <th scope="col" class="num">{plots::unit_name(t.get(), unit)}</th>
                                }).collect_view())}
                            </tr></thead>
                            <tbody>{dynamic(move || session.found.with(|found| rows(t.get(), found)))}</tbody>
                        </table>
                    </div>
                    <dl class="memory" data-measured="" data-testid="throughput-memory">{dynamic(move || session.found.with(|found| memory(t.get(), found)))}</dl>
                </div>
                <div>
                    <ChartFrame id="roofline" title=Signal::derive(move || t.get().throughput.chart_roofline.to_owned()) plot=roofline height_px=Signal::derive(|| ROOF_PX) measured=true/>
                    {dynamic(move || session.found.with(|found| above(t.get(), found)))}
                </div>
            </div>
            <Everything session/>
        </section>
    }
}

/// The units that have a peak or a product, so that no column is empty.
fn columns(found: &[Measurement]) -> Vec<Unit> {
    let has = |unit: &Unit| {
        found.iter().any(|m| m.unit == *unit && matches!(model::family(m), Part::Peaks | Part::MatMul))
    };
    UNITS.into_iter().filter(has).collect()
}

fn rows(text: &'static Text, found: &[Measurement]) -> AnyView {
    let units = columns(found);
    let formats = model::peak_formats(found);
    if formats.is_empty() {
        return view! { <tr><td>{text.throughput.nothing_yet}</td></tr> }.into_any();
    }
    formats
        .into_iter()
        .map(|format| {
            let work = found
                .iter()
                .find(|m| m.format == format && matches!(model::family(m), Part::Peaks | Part::MatMul))
                .map_or(Work::Flop, |m| m.work);
            let cells = units
                .iter()
                .map(|unit| {
                    let unit = *unit;
                    let peak = model::peak(found, &format, unit);
                    let product = model::product(found, &format, unit);
                    let share = peak.zip(product).map(|(peak, product)| units::percent(product.median / peak.best));
                    view! {
                        <td class="num">
                            {peak.map_or_else(|| "\u{2014}".to_owned(), |peak| units::rate(peak.best, work))}
                            {peak.map(|peak| view! { <small>{spread(text, &peak)}</small> })}
                            {product.map(|product| view! {
                                <small>{text.throughput.product}" "{units::rate(product.median, work)}{share.map(|share| format!(", {share}"))}</small>
                                <small>{spread(text, &product)}</small>
                            })}
                        </td>
                    }
                })
                .collect_view();
            view! { <tr><th scope="row">{name(&format)}</th>{cells}</tr> }
        })
        .collect_view()
        .into_any()
}

fn spread(text: &'static Text, rate: &Rate) -> String {
    fill(text.throughput.spread, &[("share", &units::spread(rate))])
}

/// Kernels that came out above the roof, and why that can be.
fn above(text: &'static Text, found: &[Measurement]) -> Option<AnyView> {
    let above = roof::above_roof(found);
    (!above.is_empty()).then(|| {
        let kernels: Vec<String> = above.into_iter().map(|m| plots::kernel_name(text, m)).collect();
        let words = fill(text.throughput.above_roof, &[("kernels", &kernels.join("; "))]);
        view! { <p class="hint" data-testid="throughput-above" data-measured="">{words}</p> }.into_any()
    })
}

fn memory(text: &'static Text, found: &[Measurement]) -> AnyView {
    found
        .iter()
        .filter(|m| model::family(m) == Part::Memory)
        .map(|m| {
            let kind = ["read", "write", "copy", "fill"].into_iter().find(|kind| m.id.contains(kind));
            let kind = kind.and_then(|kind| text.throughput.memory.get(kind)).unwrap_or(text.throughput.part_memory);
            let unit = plots::unit_name(text, m.unit);
            let more = fill(
                text.throughput.memory_more,
                &[("best", &units::rate(m.rate.best, m.work)), ("spread", &units::spread(&m.rate))],
            );
            view! {
                <div><dt>{format!("{kind}, {unit}")}</dt><dd>{units::rate(m.rate.median, m.work)}<small>{more}</small></dd></div>
            }
        })
        .collect_view()
        .into_any()
}

/// Every kernel with its spread, conversions and emulated arithmetic included.
#[component]
fn Everything(session: Session) -> impl IntoView {
    let t = use_text();
    let table = Memo::new(move |_| session.found.with(|found| plots::everything(t.get(), found)));
    let save = move |_| {
        download::save_text("throughput.csv", "text/csv", &table.get_untracked().to_csv());
    };
    view! {
        <details class="more" data-testid="throughput-everything">
            <summary>{tr!(t, throughput.everything)}</summary>
            <p class="hint">{tr!(t, throughput.everything_note)}</p>
            <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, throughput.everything)>
                <table class="data">
                    <thead><tr>{dynamic(move || table.get().head.into_iter().map(|cell| view! { <th scope="col">{cell}</th> }).collect_view())}</tr></thead>
                    <tbody>{dynamic(move || table.get().rows.into_iter().map(|row| view! {
                        <tr data-measured="">{row.into_iter().enumerate().map(|(column, cell)| view! {
                            <td class:mono=column == 0 class:num={column >= 5}>{cell}</td>
                        }).collect_view()}</tr>
                    }).collect_view())}</tbody>
                </table>
            </div>
            <p><button class="btn small" on:click=save data-testid="throughput-csv">{tr!(t, shell.export_csv)}</button></p>
        </details>
    }
}
