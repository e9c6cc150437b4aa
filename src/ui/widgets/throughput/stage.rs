//! The formula, live, and where its result and this device stand on the ladder of units.

use crate::ui::view::dynamic;
use leptos::prelude::*;
use protocol::{Failure, Rate, Work};

use super::chips::{self, Figure};
use super::formula::Formula;
use super::session::Session;
use super::{model, params, units};
use crate::tr;
use crate::ui::components::format_name::name;
use crate::ui::components::typed::live::{Live, LiveNote};
use crate::ui::text::{Text, failure_text, fill, use_text};
use crate::ui::url_state::Param;
use crate::ui::worker_client::WorkerState;

/// The value of the choice that stands for numbers which are no example's.
const OWN: &str = "own";

/// FLOPS = cores × clock × FLOP per cycle.
#[component]
pub fn Stage(session: Session) -> impl IntoView {
    let t = use_text();
    let state = session.state;
    let formula = Memo::new(move |_| {
        Formula::read(&state.get(&params::CORES), &state.get(&params::CLOCK), &state.get(&params::PER_CYCLE))
    });
    let result = move || {
        formula.with(|formula| match formula.flops() {
            Some(flops) => units::rate(flops, Work::Flop),
            None => "\u{2014}".to_owned(),
        })
    };
    let problems = move || {
        let texts = formula.with(|formula| {
            let failures =
                [formula.cores.clone().err(), formula.ghz.clone().err(), formula.per_cycle.clone().err()];
            failures.into_iter().flatten().map(|failure| failure_text(t.get(), &failure)).collect::<Vec<_>>()
        });
        (!texts.is_empty()).then(|| view! {
            <p class="notice" role="alert" id="formula-problem" data-testid="throughput-problem">{texts.join(" ")}</p>
        })
    };
    view! {
        <div class="formula-stage">
            <div class="formula-line">
                <span class="formula-name">"FLOPS ="</span>
                <Factor session param=&params::CORES label=|t| t.throughput.cores failure=Signal::derive(move || formula.with(|f| f.cores.clone().err())) testid="throughput-cores"/>
                <span class="times" aria-hidden="true">"×"</span>
                <Factor session param=&params::CLOCK label=|t| t.throughput.clock failure=Signal::derive(move || formula.with(|f| f.ghz.clone().err())) testid="throughput-clock"/>
                <span class="times" aria-hidden="true">"×"</span>
                <Factor session param=&params::PER_CYCLE label=|t| t.throughput.per_cycle failure=Signal::derive(move || formula.with(|f| f.per_cycle.clone().err())) testid="throughput-per-cycle"/>
                <output class="formula-result" data-testid="throughput-result">"= "<b>{result}</b></output>
            </div>
            {problems}
            <Examples session formula/>
            <Ladder session formula/>
        </div>
    }
}

/// One editable number of the formula.
#[component]
fn Factor(
    session: Session,
    param: &'static Param,
    label: fn(&'static Text) -> &'static str,
    failure: Signal<Option<Failure>>,
    testid: &'static str,
) -> impl IntoView {
    let t = use_text();
    let signal = session.state.signal(param);
    let hidden = session.state.is_hidden(param);
    let live = Live::new(session.state, param);
    let leave = move |event: web_sys::FocusEvent| {
        if let Some(value) = live.leave() {
            event_target::<web_sys::HtmlInputElement>(&event).set_value(&value);
        }
    };
    view! {
        <label class="field factor">
            <span>{dynamic(move || label(t.get()))}</span>
            <input
                type="text" inputmode="decimal" autocomplete="off" spellcheck="false"
                readonly=hidden
                prop:value=move || signal.get()
                on:input=move |event| live.take(event_target_value(&event))
                on:blur=leave
                aria-invalid=move || (failure.get().is_some() || live.is_refused()).to_string()
                aria-describedby=move || failure.get().is_some().then_some("formula-problem")
                data-testid=testid
            />
            <LiveNote live/>
        </label>
    }
}

fn example_id(figure: &Figure) -> String {
    format!("{}.{}", figure.chip.id, figure.format)
}

/// A format as data sheets write it.
pub fn sheet_format(text: &'static Text, format: &str) -> String {
    if format == "unstated" { text.throughput.format_unstated.to_owned() } else { format.to_uppercase() }
}

/// Whose numbers these are, and how many cores this device reports. "Your own" stands there only for numbers that are no example's: it is
/// what typing makes of the fields, and nothing to choose beside an example.
#[component]
fn Examples(session: Session, formula: Memo<Formula>) -> impl IntoView {
    let t = use_text();
    let state = session.state;
    let examples = StoredValue::new(chips::examples());
    let current = Memo::new(move |_| {
        formula.with(|formula| {
            let Formula { cores: Ok(cores), ghz: Ok(ghz), per_cycle: Ok(per_cycle) } = formula else {
                return None;
            };
            let factors = chips::Factors { cores: *cores, ghz: *ghz, flop_per_cycle: *per_cycle };
            examples.with_value(|all| all.iter().position(|figure| figure.factors == Some(factors)))
        })
    });
    let choose = move |event: web_sys::Event| {
        let id = event_target_value(&event);
        let factors = examples.with_value(|all| {
            all.iter().find(|figure| example_id(figure) == id).and_then(|figure| figure.factors)
        });
        if let Some(factors) = factors {
            state.set(&params::CORES, &factors.cores.to_string());
            state.set(&params::CLOCK, &factors.ghz.to_string());
            state.set(&params::PER_CYCLE, &factors.flop_per_cycle.to_string());
        }
    };
    let cores = move || match session.worker.state().get() {
        WorkerState::Ready(device) if device.cores > 0 => Some(device.cores),
        _ => None,
    };
    view! {
        <div class="formula-source">
            <label class="field">
                <span>{tr!(t, throughput.numbers_of)}</span>
                <select class="btn" on:change=choose data-testid="throughput-example">
                    {dynamic(move || current.get().is_none().then(|| view! { <option value=OWN selected>{t.get().throughput.numbers_own}</option> }))}
                    {dynamic(move || examples.with_value(|all| all.iter().enumerate().map(|(index, figure)| {
                        let words = format!("{}, {}", figure.chip.name, sheet_format(t.get(), figure.format));
                        view! { <option value=example_id(figure) prop:selected=move || current.get() == Some(index)>{words}</option> }
                    }).collect_view()))}
                </select>
            </label>
            {dynamic(move || cores().map(|cores| view! {
                <button class="btn" on:click=move |_| { state.set(&params::CORES, &cores.to_string()); } data-testid="throughput-own-cores">
                    {fill(t.get().throughput.own_cores, &[("n", &cores.to_string())])}
                </button>
            }))}
            <p class="hint source-note">{dynamic(move || current.get().and_then(|index| examples.with_value(|all| {
                let source = all.get(index)?.source?;
                Some(view! {
                    {t.get().throughput.source}" "
                    <a href=source.url.clone() target="_blank" rel="noopener">{source.title.clone()}</a>
                    {format!(", {}, {}, {}", source.publisher, source.date, source.at)}
                })
            })))}</p>
        </div>
    }
}

/// kFLOPS to ZFLOPS, with the formula's result, this device, and some landmarks.
#[component]
fn Ladder(session: Session, formula: Memo<Formula>) -> impl IntoView {
    let t = use_text();
    let asked = Memo::new(move |_| formula.with(Formula::flops));
    let measured = Memo::new(move |_| session.found.with(|found| model::device_peak(found)));
    let place = |rate: f64| format!("{}%", units::ladder_share(rate) * 100.0);
    let landmarks = [("cray-1", "fp64"), ("pi-5", "fp32"), ("rtx-4090", "fp32"), ("el-capitan", "fp64")];
    let known = chips::figures("all");
    let landmark_views = landmarks
        .into_iter()
        .filter_map(|(chip, format)| {
            let figure = known.iter().find(|figure| figure.chip.id == chip && figure.format == format)?;
            let title = format!("{} {}", figure.chip.name, units::rate(figure.dense, figure.work()));
            Some(view! {
                <span class="landmark" style:left=place(figure.dense) title=title><i aria-hidden="true"></i>{figure.chip.name.clone()}</span>
            })
        })
        .collect_view();
    view! {
        <div class="ladder-box">
            <div class="ladder" role="img" aria-label=move || ladder_words(t.get(), asked.get(), measured.get())>
                <div class="landmarks" aria-hidden="true">{landmark_views}</div>
                <div class="rungs" aria-hidden="true">
                    {units::RUNGS.into_iter().map(|(prefix, power)| view! {
                        <span class="rung"><b>{prefix}"FLOPS"</b><small>"10"<sup>{power}</sup></small></span>
                    }).collect_view()}
                    {dynamic(move || asked.get().map(|rate| view! { <i class="pin asked" style:left=place(rate)></i> }))}
                    {dynamic(move || measured.get().map(|rate| view! { <i class="pin here" style:left=place(rate.best)></i> }))}
                </div>
            </div>
            <dl class="ladder-readings">
                <div>
                    <dt><i class="pin asked" aria-hidden="true"></i>{tr!(t, throughput.by_formula)}</dt>
                    <dd>{dynamic(move || asked.get().map_or_else(|| "\u{2014}".to_owned(), |rate| units::rate(rate, Work::Flop)))}</dd>
                </div>
                <div>
                    <dt><i class="pin here" aria-hidden="true"></i>{tr!(t, throughput.this_device)}</dt>
                    <dd data-testid="throughput-device" data-measured="">{dynamic(move || measured.get().map_or_else(
                        || t.get().throughput.not_yet.to_owned(),
                        |rate| units::rate(rate.best, Work::Flop),
                    ))}
                    <small>{dynamic(move || measured.get().map(|rate| fill(t.get().throughput.device_note, &[
                        ("format", &name("fp32")), ("runs", &rate.runs.to_string()), ("spread", &units::spread(&rate)),
                    ])))}</small></dd>
                </div>
                <div>
                    <dt>{tr!(t, throughput.share)}</dt>
                    <dd data-testid="throughput-share" data-measured="">{dynamic(move || match (measured.get(), asked.get()) {
                        (Some(rate), Some(asked)) => units::percent(rate.best / asked),
                        _ => "\u{2014}".to_owned(),
                    })}<small>{tr!(t, throughput.share_note)}</small></dd>
                </div>
            </dl>
        </div>
    }
}

fn ladder_words(text: &'static Text, asked: Option<f64>, measured: Option<Rate>) -> String {
    let or_dash =
        |rate: Option<f64>| rate.map_or_else(|| "\u{2014}".to_owned(), |rate| units::rate(rate, Work::Flop));
    fill(
        text.throughput.ladder_words,
        &[("asked", &or_dash(asked)), ("measured", &or_dash(measured.map(|rate| rate.best)))],
    )
}
