//! VGG16 layer by layer: operations, parameters, bytes in a format, and the time it would take.

use crate::ui::view::dynamic;
use leptos::prelude::*;
use protocol::{Measurement, NetworkCost, Part, Unit, Work};

use super::chips;
use super::network::{self, Estimate};
use super::session::Session;
use super::stage::sheet_format;
use super::{model, params, plots, roof, units};
use crate::tr;
use crate::ui::components::format_name::name;
use crate::ui::components::number::grouped;
use crate::ui::text::{Text, failure_text, fill, use_text};

/// The whole section.
#[component]
pub fn Layers(session: Session) -> impl IntoView {
    let t = use_text();
    session.count_network();
    view! {
        <section class="part" aria-labelledby="network-head">
            <h2 id="network-head">{tr!(t, throughput.network_title)}</h2>
            <p class="part-note">{tr!(t, throughput.network_note)}</p>
            {dynamic(move || match session.network.get() {
                None => view! { <p class="hint" role="status">{t.get().shell.loading}</p> }.into_any(),
                Some(Err(failure)) => view! {
                    <p class="notice" role="alert">{failure_text(t.get(), &failure)}</p>
                    <p><button class="btn" on:click=move |_| session.count_network()>{t.get().throughput.again}</button></p>
                }.into_any(),
                Some(Ok(network)) => view! { <Network session network/> }.into_any(),
            })}
        </section>
    }
}

#[component]
fn Network(session: Session, network: NetworkCost) -> impl IntoView {
    let t = use_text();
    let state = session.state;
    let network = StoredValue::new(network);
    let sums = network.with_value(network::totals);
    let format = Memo::new(move |_| {
        let id = state.get(&params::NETWORK_FORMAT);
        model::format_ids("all").into_iter().find(|known| *known == id).unwrap_or("fp16")
    });
    let chip = Memo::new(move |_| {
        let id = state.get(&params::CHIP);
        chips::by_id(&id).map_or_else(|| params::CHIP.default.to_owned(), |chip| chip.id.clone())
    });
    view! {
        <p class="status-line" data-testid="throughput-network-totals">{dynamic(move || fill(t.get().throughput.network_totals, &[
            ("params", &grouped(sums.params as u64)), ("flop", &units::flop(sums.flop)), ("macs", &grouped(sums.macs as u64)), ("mac_flop", &units::flop(2.0 * sums.macs)),
        ]))}</p>
        <div class="controls">
            <label class="field">
                <span>{tr!(t, throughput.network_format)}</span>
                <select class="btn" on:change=move |event| { state.set(&params::NETWORK_FORMAT, &event_target_value(&event)); } data-testid="throughput-network-format">
                    {model::format_ids("all").into_iter().map(|id| view! { <option value=id selected=move || format.get() == id>{name(id)}</option> }).collect_view()}
                </select>
            </label>
            <label class="field">
                <span>{tr!(t, throughput.network_chip)}</span>
                <select class="btn" on:change=move |event| { state.set(&params::CHIP, &event_target_value(&event)); } data-testid="throughput-network-chip">
                    {chips::chips().iter().map(|known| view! { <option value=known.id.clone() selected=move || chip.get() == known.id>{known.name.clone()}</option> }).collect_view()}
                </select>
            </label>
        </div>
        <div class="two">
            <div class="table-scroll layers-scroll" tabindex="0" role="region" aria-label=tr!(t, throughput.layers_label)>
                <table class="data" data-testid="throughput-layers">
                    <thead><tr>
                        <th scope="col">{tr!(t, throughput.col_layer)}</th>
                        <th scope="col" class="num">{tr!(t, throughput.col_output)}</th>
                        <th scope="col" class="num">{tr!(t, throughput.col_params)}</th>
                        <th scope="col" class="num">"FLOP"</th>
                        <th scope="col" class="num">{dynamic(move || name(format.get()))}</th>
                    </tr></thead>
                    <tbody>{dynamic(move || network.with_value(|network| network.layers.iter().map(|layer| view! {
                        <tr>
                            <th scope="row">{layer.name.clone()}</th>
                            <td class="num">{layer.output.map(|side| side.to_string()).join("×")}</td>
                            <td class="num">{grouped(layer.param_count)}</td>
                            <td class="num">{units::flop(network::layer_flop(layer))}</td>
                            <td class="num">{network::layer_bytes(layer, format.get()).map(units::bytes)}</td>
                        </tr>
                    }).collect_view()))}</tbody>
                </table>
            </div>
            <div>
                <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, throughput.times_label)>
                    <table class="data" data-testid="throughput-times">
                        <caption>{tr!(t, throughput.times_label)}</caption>
                        <thead><tr>
                            <th scope="col">{tr!(t, throughput.col_where)}</th>
                            <th scope="col" class="num">{tr!(t, throughput.col_compute)}</th>
                            <th scope="col" class="num">{tr!(t, throughput.col_weights)}</th>
                            <th scope="col" class="num">{tr!(t, throughput.col_least)}</th>
                        </tr></thead>
                        <tbody>
                            {dynamic(move || session.found.with(|found| network.with_value(|network| own_times(t.get(), found, network))))}
                            {dynamic(move || network.with_value(|network| chip_times(t.get(), network, &chip.get())))}
                        </tbody>
                    </table>
                </div>
                <p class="hint">{tr!(t, throughput.times_note)}</p>
                <div class="table-scroll bytes-scroll" tabindex="0" role="region" aria-label=tr!(t, throughput.bytes_label)>
                    <table class="data" data-testid="throughput-bytes">
                        <caption>{tr!(t, throughput.bytes_label)}</caption>
                        <thead><tr>
                            <th scope="col">{tr!(t, throughput.col_format)}</th>
                            <th scope="col" class="num">{tr!(t, throughput.col_bits)}</th>
                            <th scope="col" class="num">{tr!(t, throughput.col_bytes)}</th>
                        </tr></thead>
                        <tbody>{dynamic(move || network.with_value(|network| format_bytes(network, format.get(), sums.params)))}</tbody>
                    </table>
                </div>
            </div>
        </div>
    }
}

/// `measured`: by rates that were measured here.
fn estimate_row(label: String, estimate: Estimate, measured: bool) -> AnyView {
    view! {
        <tr data-measured=measured.then_some("")>
            <th scope="row">{label}</th>
            <td class="num">{units::seconds(estimate.compute_s)}</td>
            <td class="num">{estimate.memory_s.map_or_else(|| "\u{2014}".to_owned(), units::seconds)}</td>
            <td class="num"><b>{units::seconds(estimate.least_s())}</b></td>
        </tr>
    }
    .into_any()
}

/// At the matrix products' and the memory's measured rates.
fn own_times(text: &'static Text, found: &[Measurement], network: &NetworkCost) -> AnyView {
    let flop = network::totals(network).flop;
    let bytes = network::total_bytes(network, "fp32").unwrap_or_default();
    let rows: Vec<AnyView> = [Unit::Simd128, Unit::RelaxedSimd, Unit::WebGpu]
        .into_iter()
        .filter_map(|unit| {
            let rate = model::product(found, "fp32", unit)?;
            let bandwidth = roof::roof(found, unit == Unit::WebGpu).map(|roof| roof.bandwidth);
            let label = format!(
                "{}, {}, {}",
                text.throughput.this_device,
                plots::unit_name(text, unit),
                name("fp32")
            );
            Some(estimate_row(label, Estimate::new(flop, bytes, rate.median, bandwidth), true))
        })
        .collect();
    if rows.is_empty() {
        let measured = found.iter().any(|m| model::family(m) == Part::MatMul);
        let words = if measured { text.throughput.nothing_yet } else { text.throughput.times_unmeasured };
        return view! { <tr data-measured=""><th scope="row">{text.throughput.this_device}</th><td colspan="3">{words}</td></tr> }.into_any();
    }
    rows.into_any()
}

/// At a chip's peaks, a row for each format it has.
fn chip_times(text: &'static Text, network: &NetworkCost, chip: &str) -> AnyView {
    let Some(chip) = chips::by_id(chip) else { return ().into_any() };
    let flop = network::totals(network).flop;
    let bandwidth = chip.bandwidth_gb_s.map(|rate| rate * 1e9);
    let rows: Vec<AnyView> = chips::figures_of(chip)
        .into_iter()
        .map(|figure| {
            // What a data sheet calls FP8, FP4 or INT8 takes so many bits, whatever its layout.
            let bits: f64 =
                figure.format.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(32.0);
            let bits = match figure.format {
                "bf16" => 16.0,
                "tf32" | "unstated" => 32.0,
                _ => bits,
            };
            let bytes = network::totals(network).params * bits / 8.0;
            let unit = text.throughput.chip_unit.get(figure.unit).unwrap_or(figure.unit);
            let label = format!(
                "{}, {} ({unit}, {})",
                chip.name,
                sheet_format(text, figure.format),
                units::rate(
                    figure.dense,
                    if figure.format.starts_with("int") { Work::Op } else { Work::Flop }
                ),
            );
            estimate_row(label, Estimate::new(flop, bytes, figure.dense, bandwidth), false)
        })
        .collect();
    rows.into_any()
}

fn format_bytes(network: &NetworkCost, selected: &str, params: f64) -> AnyView {
    let mut rows: Vec<(&'static str, f64)> = model::format_ids("all")
        .into_iter()
        .filter_map(|id| Some((id, network::total_bytes(network, id)?)))
        .collect();
    rows.sort_by(|a, b| b.1.total_cmp(&a.1));
    rows.into_iter()
        .map(|(id, bytes)| {
            view! {
                <tr class:current=id == selected>
                    <th scope="row">{name(id)}</th>
                    <td class="num">{format!("{:.2}", bytes * 8.0 / params)}</td>
                    <td class="num">{units::bytes(bytes)}</td>
                </tr>
            }
        })
        .collect_view()
        .into_any()
}
