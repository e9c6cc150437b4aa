//! The headline: error against speed against bytes, with its choices and a verdict.

use crate::ui::view::dynamic;
use leptos::prelude::*;

use super::model::{self, Mark};
use super::run::Outcome;
use super::session::Session;
use super::{params, plots, units};
use crate::tr;
use crate::ui::charts::ChartFrame;
use crate::ui::components::format_name::name;
use crate::ui::components::number::figure;
use crate::ui::text::{Text, fill, use_text};
use crate::ui::url_state::Param;

/// Height of the chart.
const CHART_PX: u32 = 460;
/// Thresholds of the verdict, in dB.
const THRESHOLDS_DB: [f64; 3] = [20.0, 30.0, 40.0];

/// The chart and what it says.
#[component]
pub fn Headline(session: Session, full: bool) -> impl IntoView {
    let t = use_text();
    let state = session.state;
    let marks = Memo::new(move |_| session.found.with(|found| model::marks(found, session.side())));
    let plot = Signal::derive(move || {
        let (view, error) = (state.get(&params::VIEW), state.get(&params::ERROR));
        marks.with(|marks| plots::headline(t.get(), marks, &view, &error, &state.get(&params::SELECTED)))
    });
    view! {
        <div class="headline">
            <div class="controls">
                <Toggle session param=&params::VIEW options=&params::VIEWS name=|t, id| t.throughput.view.get(id) label=|t| t.throughput.view_label/>
                <Toggle session param=&params::ERROR options=&params::ERRORS name=|t, id| t.throughput.error.get(id) label=|t| t.throughput.error_label/>
                <label class="field">
                    <span>{tr!(t, throughput.selected_label)}</span>
                    <select class="btn" prop:value=move || state.get(&params::SELECTED)
                        on:change=move |event| { state.set(&params::SELECTED, &event_target_value(&event)); } data-testid="throughput-selected">
                        {model::format_ids("all").into_iter().map(|id| view! {
                            <option value=id selected=move || state.get(&params::SELECTED) == id>{name(id)}</option>
                        }).collect_view()}
                    </select>
                </label>
            </div>
            <ChartFrame id="error-speed-bytes" title=Signal::derive(move || t.get().throughput.chart_headline.to_owned()) plot height_px=Signal::derive(|| CHART_PX) measured=true/>
            <dl class="verdicts" data-testid="throughput-verdict">{dynamic(move || marks.with(|marks| verdicts(t.get(), marks)))}</dl>
            <p class="hint" data-testid="throughput-reading">{dynamic(move || {
                let words = &t.get().throughput;
                let of = |param| words.reading.get(&state.get(param)).unwrap_or_default();
                format!("{} {} {}", words.headline_note, of(&params::ERROR), of(&params::VIEW))
            })}</p>
            {full.then(|| view! { <Outcome session/> })}
        </div>
    }
}

/// Two or three choices side by side.
#[component]
fn Toggle(
    session: Session,
    param: &'static Param,
    options: &'static [&'static str],
    name: fn(&'static Text, &str) -> Option<&'static str>,
    label: fn(&'static Text) -> &'static str,
) -> impl IntoView {
    let t = use_text();
    let signal = session.state.signal(param);
    (!session.state.is_hidden(param)).then(|| view! {
        <div class="field" role="group" aria-label=move || label(t.get())>
            <span>{dynamic(move || label(t.get()))}</span>
            <div class="chips">
                {options.iter().map(|id| view! {
                    <button class="btn" class:on=move || signal.get() == *id aria-pressed=move || (signal.get() == *id).to_string()
                        on:click=move |_| { session.state.set(param, id); } data-testid=format!("throughput-{}-{id}", param.key)
                    >{dynamic(move || name(t.get(), id).unwrap_or(id))}</button>
                }).collect_view()}
            </div>
        </div>
    })
}

/// The fastest format at each threshold.
fn verdicts(text: &'static Text, marks: &[Mark]) -> AnyView {
    let words = &text.throughput;
    THRESHOLDS_DB
        .into_iter()
        .map(|threshold| {
            let best = model::fastest(marks, threshold);
            let figures = best.and_then(|best| {
                let (products, bytes) = (best.products?, units::bytes(best.stored_bytes));
                Some(fill(words.verdict_figures, &[
                    ("products", &figure(products.median)), ("spread", &units::spread(&products)), ("bytes", &bytes),
                ]))
            });
            view! {
                <div>
                    <dt>{fill(words.verdict, &[("db", &threshold.to_string())])}</dt>
                    <dd data-measured="">{best.map_or_else(|| "\u{2014}".to_owned(), |best| name(&best.format))}<small>{figures}</small></dd>
                </div>
            }
        })
        .collect_view()
        .into_any()
}
