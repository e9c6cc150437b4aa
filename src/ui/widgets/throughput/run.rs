//! The controls of a measurement: device, extent, progress, stop, and what came of it.

use crate::ui::view::dynamic;
use leptos::prelude::*;
use protocol::{Disturbance, GpuStatus, NotMeasured, Part, Unit};

use super::session::{Extent, Run, Session};
use super::{model, params, plots, units};
use crate::tr;
use crate::ui::components::copy::CopyButton;
use crate::ui::components::fields::ChoiceField;
use crate::ui::components::number::{figure, grouped};
use crate::ui::components::typed::NumberField;
use crate::ui::embed::use_host;
use crate::ui::text::{Text, failure_text, fill, use_text};

/// Buttons, progress, settings.
#[component]
pub fn RunBar(session: Session, full: bool) -> impl IntoView {
    let t = use_text();
    let state = session.state;
    let host = use_host();
    Effect::new(move |_| {
        if let Run::Failed(failure) = session.run.get() {
            host.error(&failure_text(t.now(), &failure));
        }
    });
    let running = move || matches!(session.run.get(), Run::Running { .. });
    let word =
        move |pick: fn(&'static Text) -> &'static str| Signal::derive(move || pick(t.get()).to_owned());
    view! {
        <div class="run-bar">
            <div class="controls">
                <ChoiceField state param=&params::DEVICE options=params::DEVICES.to_vec() label=word(|t| t.throughput.device_label)
                    name=Callback::new(move |id: &'static str| t.get().throughput.device.get(id).unwrap_or(id).to_owned()) testid="throughput-device-choice"/>
                {(!state.is_hidden(&params::EXTENT)).then(|| view! {
                    <button class="btn on" disabled=running on:click=move |_| session.measure(Extent::Full) data-testid="throughput-measure">{tr!(t, throughput.measure)}</button>
                    <button class="btn" disabled=running on:click=move |_| session.measure(Extent::Quick) data-testid="throughput-quick">{tr!(t, throughput.measure_quick)}</button>
                })}
                {full.then(|| view! { <button class="btn" on:click=move |_| state.reset()>{tr!(t, shell.reset)}</button> })}
            </div>
            {full.then(|| view! { <Settings session/> })}
            <Progress session/>
            <Adapter session/>
        </div>
    }
}

/// How it is measured.
#[component]
fn Settings(session: Session) -> impl IntoView {
    let t = use_text();
    let state = session.state;
    let word =
        move |pick: fn(&'static Text) -> &'static str| Signal::derive(move || pick(t.get()).to_owned());
    view! {
        <details class="settings">
            <summary>{tr!(t, throughput.settings)}</summary>
            <div class="controls">
                <ChoiceField state param=&params::FORMATS options=params::FORMAT_GROUPS.to_vec() label=word(|t| t.throughput.formats_label)
                    name=Callback::new(move |id: &'static str| t.get().throughput.formats.get(id).unwrap_or(id).to_owned()) testid="throughput-formats"/>
                <ChoiceField state param=&params::SIDE options=params::SIDES.to_vec() label=word(|t| t.throughput.side_label)
                    name=Callback::new(|id: &'static str| format!("{id} × {id}")) testid="throughput-side"/>
                <NumberField state param=&params::RUNS label=word(|t| t.throughput.runs_label) testid="throughput-runs"/>
                <NumberField state param=&params::RUN_MS label=word(|t| t.throughput.run_ms_label) testid="throughput-run-ms"/>
                <NumberField state param=&params::SEED label=word(|t| t.throughput.seed_label) testid="throughput-seed"/>
            </div>
            <p class="hint">{dynamic(move || {
                let side = f64::from(session.side());
                fill(t.get().throughput.side_hint, &[
                    ("wide", &units::bytes(side * side * 4.0)), ("narrow", &units::bytes(side * side / 2.0)),
                ])
            })}</p>
        </details>
    }
}

/// How far it is, and the last figure.
#[component]
fn Progress(session: Session) -> impl IntoView {
    let t = use_text();
    let last = move || {
        session.last.get().map(|m| {
            let is_peak = model::family(&m) == Part::Peaks;
            let rate = units::rate(if is_peak { m.rate.best } else { m.rate.median }, m.work);
            let spread = fill(t.get().throughput.spread, &[("share", &units::spread(&m.rate))]);
            format!("{}: {rate}, {spread}", plots::kernel_name(t.get(), &m))
        })
    };
    view! {
        <div class="run-state" aria-live="polite" data-visit="">
            {dynamic(move || match session.run.get() {
                Run::Running { done, total, .. } => view! {
                    <progress max=total.max(1).to_string() value=done.to_string() aria-label=t.get().throughput.progress></progress>
                    <button class="btn small" on:click=move |_| session.cancel() data-testid="throughput-cancel">{t.get().throughput.cancel}</button>
                    <span class="now" aria-live="off" data-testid="throughput-now" data-measured="">{fill(t.get().throughput.running, &[("done", &done.to_string()), ("total", &total.to_string())])}" "{last}</span>
                }.into_any(),
                Run::Failed(failure) => view! {
                    <p class="notice" role="alert" data-testid="throughput-failed">{failure_text(t.get(), &failure)}</p>
                }.into_any(),
                Run::Cancelled => view! { <p class="hint" role="status" data-testid="throughput-cancelled">{t.get().throughput.cancelled}</p> }.into_any(),
                Run::Idle => view! { <p class="hint">{t.get().throughput.idle}</p> }.into_any(),
                Run::Done => view! { <p class="hint" role="status" data-testid="throughput-done" data-measured="">{done_words(t.get(), session)}</p> }.into_any(),
            })}
            {dynamic(move || (session.run.get() == Run::Done).then(|| busy_view(t.get(), session)))}
        </div>
    }
}

fn done_words(text: &'static Text, session: Session) -> String {
    let Some(finished) = session.finished.get() else { return String::new() };
    let ran = session.found.with(|found| {
        let graphics = |m: &protocol::Measurement| m.unit == Unit::WebGpu;
        let cpu = found.iter().any(|m| !graphics(m)).then_some(text.throughput.ran_cpu);
        let gpu = found.iter().any(graphics).then_some("WebGPU");
        cpu.into_iter().chain(gpu).collect::<Vec<_>>().join(", ")
    });
    let adapter = finished.adapter.map(|adapter| format!(" ({adapter})")).unwrap_or_default();
    fill(
        text.throughput.done,
        &[
            ("count", &grouped(finished.count as u64)),
            ("time", &units::seconds(finished.elapsed_ms / 1e3)),
            ("ran", &format!("{ran}{adapter}")),
            ("step", &figure(finished.clock_step_ms)),
        ],
    )
}

/// That the machine was busy with other things, how that showed, and the way to better figures.
fn busy_view(text: &'static Text, session: Session) -> Option<impl IntoView + use<>> {
    let signs = session.finished.with(|finished| finished.as_ref().map(|done| done.disturbances.clone()))?;
    if signs.is_empty() {
        return None;
    }
    let words = &text.throughput;
    let kernel = |id: &str| {
        let known = session.found.with(|found| found.iter().find(|m| m.id == id).cloned());
        known.map_or_else(|| id.to_owned(), |m| plots::kernel_name(text, &m))
    };
    let seen: Vec<String> = signs
        .iter()
        .map(|sign| match sign {
            Disturbance::Stolen { share } => fill(words.busy_stolen, &[("share", &units::percent(*share))]),
            Disturbance::Unsteady { share } => {
                fill(words.busy_unsteady, &[("share", &units::percent(*share))])
            }
            Disturbance::Reversed { wide, narrow } => {
                fill(words.busy_reversed, &[("wide", &kernel(wide)), ("narrow", &kernel(narrow))])
            }
        })
        .collect();
    Some(view! {
        <div class="notice busy" role="status" data-testid="throughput-busy" data-measured="">
            <span>{words.busy}" "{seen.join(" ")}" "{words.busy_hint}</span>
            <button class="btn small" on:click=move |_| session.again() data-testid="throughput-again">{words.measure_again}</button>
        </div>
    })
}

/// What there is to be known of the graphics adapter before it is measured.
#[component]
fn Adapter(session: Session) -> impl IntoView {
    let t = use_text();
    let words = move || {
        let text = t.get();
        let device = session.state.get(&params::DEVICE);
        match (device.as_str(), session.worker.gpu().get()) {
            ("cpu", _) | (_, None | Some(GpuStatus::Adapter { software: false, .. })) => None,
            ("auto", Some(GpuStatus::Adapter { software: true, .. })) => {
                Some(text.throughput.gpu_software_auto)
            }
            (_, Some(GpuStatus::Adapter { .. })) => Some(text.throughput.gpu_software),
            (_, Some(_)) => Some(text.throughput.gpu_none),
        }
    };
    move || words().map(|words| view! { <p class="hint" data-testid="throughput-gpu">{words}</p> })
}

/// What is missing and why, and the hash to cite.
#[component]
pub fn Outcome(session: Session) -> impl IntoView {
    let t = use_text();
    view! {
        {dynamic(move || missing_view(t.get(), &session.missing.get()))}
        {dynamic(move || session.finished.get().map(|finished| {
            let hash = finished.hash.clone();
            let side = session.side().to_string();
            let citation = move || fill(t.now().throughput.citation, &[
                ("side", &side), ("seed", &session.state.now(&params::SEED)), ("hash", &hash),
            ]);
            let short = finished.hash.get(..12).unwrap_or_default().to_owned();
            view! {
                <p class="hint hash-line" data-visit="" data-testid="throughput-hash">
                    {fill(t.get().throughput.hash, &[("hash", &short)])}" "
                    <CopyButton value=Callback::new(move |()| citation()) label=Signal::derive(move || t.get().throughput.cite.to_owned())/>
                </p>
            }
        }))}
    }
}

/// Kernels that could not be measured, by their reason.
fn missing_view(text: &'static Text, missing: &[NotMeasured]) -> Option<impl IntoView + use<>> {
    if missing.is_empty() {
        return None;
    }
    let mut by_reason: Vec<(String, Vec<String>)> = Vec::new();
    for one in missing {
        let reason = failure_text(text, &one.failure);
        match by_reason.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, ids)) => ids.push(one.id.clone()),
            None => by_reason.push((reason, vec![one.id.clone()])),
        }
    }
    let rows = by_reason
        .into_iter()
        .map(|(reason, ids)| view! { <li>{reason}" "<span class="mono">{ids.join(", ")}</span></li> })
        .collect_view();
    let summary = fill(text.throughput.missing, &[("n", &missing.len().to_string())]);
    Some(view! {
        <details class="missing" data-visit="" data-testid="throughput-missing"><summary>{summary}</summary><ul>{rows}</ul></details>
    })
}
