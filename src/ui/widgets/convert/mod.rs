//! Convert: numbers and tensors to every format, with what each costs.

mod mix;
mod model;
mod params;
mod plots;
mod results;
mod session;
mod source;
mod table;
mod tasks;
mod tensors;

use crate::ui::view::dynamic;
use leptos::prelude::*;
use numerics::RoundingMode;
use serde_json::json;

pub use self::params::PARAMS;
use self::params::{CONTAINERS, FORMAT_GROUPS, GROUPINGS, SCALE_RULES, SORTS};
use self::results::Results;
use self::session::{Run, Session};
use self::source::SourcePanel;
pub use self::tasks::tasks;
use super::Setting;
use crate::tr;
use crate::ui::components::download;
use crate::ui::components::fields::{ChoiceField, FlagField};
use crate::ui::components::timing::with_timing;
use crate::ui::components::typed::NumberField;
use crate::ui::embed::use_host;
use crate::ui::text::{Text, failure_text, fill, use_text};
use crate::ui::url_state::UrlState;

/// The widget.
pub fn view(state: UrlState, _setting: Setting) -> AnyView {
    let session = Session::new(state);
    let host = use_host();
    host.set_results(move || results(session));
    view! {
        <section class="widget convert" data-testid="convert">
            <SourcePanel session/>
            <Controls session/>
            <Status session/>
            <Results session/>
            <Output session/>
        </section>
    }
    .into_any()
}

/// What `get` of a host page answers: the figures, and what was timed apart from them.
fn results(session: Session) -> serde_json::Value {
    // Asked for after the widget is gone, there is none.
    let summary = session.summary.try_get_untracked().flatten();
    let written = session.converted.try_get_untracked().flatten();
    let run = session.run.try_get_untracked();
    json!({
        "hash": summary.as_ref().map(|summary| &summary.hash),
        "busy": matches!(run, Some(Run::Running { .. })),
        "formats": session.reports.try_get_untracked().unwrap_or_default(),
        "tensors": summary.as_ref().map(|summary| &summary.tensors),
        "visit": { "written_hash": written.as_ref().map(|written| &written.hash) },
        "timings": { "survey_ms": summary.as_ref().map(|summary| summary.elapsed_ms) },
    })
}

/// Rounding, scaling, formats, order.
#[component]
fn Controls(session: Session) -> impl IntoView {
    let t = use_text();
    let state = session.state;
    let word =
        move |pick: fn(&'static Text) -> &'static str| Signal::derive(move || pick(t.get()).to_owned());
    view! {
        <div class="controls">
            <ChoiceField state param=&params::FORMATS options=FORMAT_GROUPS.to_vec() label=word(|t| t.convert.formats_label)
                name=Callback::new(move |id: &'static str| t.get().convert.formats.get(id).unwrap_or(id).to_owned()) testid="convert-formats"/>
            <ChoiceField state param=&params::SORT options=SORTS.to_vec() label=word(|t| t.convert.sort_label)
                name=Callback::new(move |id: &'static str| t.get().convert.sort.get(id).unwrap_or(id).to_owned()) testid="convert-sort"/>
            <ChoiceField state param=&params::MODE options=RoundingMode::IDS.to_vec() label=word(|t| t.bits.mode_label)
                name=Callback::new(move |id: &'static str| t.get().bits.mode.get(&id.replace('-', "_")).unwrap_or(id).to_owned()) testid="convert-mode"/>
            <ChoiceField state param=&params::GROUPING options=GROUPINGS.to_vec() label=word(|t| t.convert.grouping_label)
                name=Callback::new(move |id: &'static str| t.get().convert.grouping.get(id).unwrap_or(id).to_owned()) testid="convert-grouping"/>
            {dynamic(move || (state.get(&params::GROUPING) == "group").then(|| view! {
                <NumberField state param=&params::GROUP_LEN label=word(|t| t.convert.group_len_label) testid="convert-group-len"/>
            }))}
            <ChoiceField state param=&params::SCALE_RULE options=SCALE_RULES.to_vec() label=word(|t| t.convert.scale_rule_label)
                name=Callback::new(move |id: &'static str| t.get().convert.scale_rule.get(id).unwrap_or(id).to_owned()) testid="convert-rule"/>
            <FlagField state param=&params::SATURATE label=word(|t| t.convert.saturate_label) testid="convert-saturate"/>
            <FlagField state param=&params::TO_RANGE label=word(|t| t.convert.to_range_label) testid="convert-range"/>
            <FlagField state param=&params::END_WITH_ROWS label=word(|t| t.convert.end_with_rows_label) testid="convert-rows-end"/>
            <button class="btn" on:click=move |_| state.reset()>{tr!(t, shell.reset)}</button>
        </div>
    }
}

/// What runs, how far it is, or why it did not end well.
#[component]
fn Status(session: Session) -> impl IntoView {
    let t = use_text();
    let host = use_host();
    Effect::new(move |_| {
        if let Run::Failed { failure, .. } = session.run.get() {
            host.error(&failure_text(t.now(), &failure));
        }
    });
    let measure = move || {
        view! { <button class="btn small" on:click=move |_| session.survey() data-testid="convert-measure">{t.get().convert.measure}</button> }
    };
    view! {
        <div class="run-state">
            {dynamic(move || match session.run.get() {
                Run::Running { done, total, .. } => view! {
                    <progress max=total.max(1).to_string() value=done.to_string() aria-label=t.get().convert.running></progress>
                    <button class="btn small" on:click=move |_| session.cancel() data-testid="convert-cancel">{t.get().convert.cancel}</button>
                }.into_any(),
                Run::Failed { file, failure } => view! {
                    <p class="notice" role="alert" data-testid="convert-problem">
                        {file.map(|name| view! { <strong><bdi>{name}</bdi></strong>" " })}{failure_text(t.get(), &failure)}
                    </p>
                }.into_any(),
                Run::Cancelled => view! { <p class="hint" role="status">{t.get().convert.cancelled}</p>{measure()} }.into_any(),
                Run::Idle if session.is_without_file() => ().into_any(),
                Run::Idle => measure().into_any(),
            })}
        </div>
        {dynamic(move || {
            let has_ended_badly = matches!(session.run.get(), Run::Failed { .. } | Run::Cancelled);
            (has_ended_badly && session.is_stale()).then(|| view! {
                <p class="notice stale" role="status" data-testid="convert-stale">{t.get().convert.stale}</p>
            })
        })}
    }
}

/// The whole source in one format, as a file.
#[component]
fn Output(session: Session) -> impl IntoView {
    let t = use_text();
    let state = session.state;
    let host = use_host();
    Effect::new(move |_| {
        if let Some(failure) = session.unwritten.get() {
            host.error(&failure_text(t.now(), &failure));
        }
    });
    let save = move |_| {
        if let (Some(summary), Some(blob)) =
            (session.converted.get_untracked(), session.result.get_untracked())
        {
            download::save_blob(&summary.file_name, &blob);
        }
    };
    view! {
        <div class="controls output">
            <ChoiceField state param=&params::CONTAINER options=CONTAINERS.to_vec()
                label=Signal::derive(move || t.get().convert.container_label.to_owned())
                name=Callback::new(|id: &'static str| format!(".{id}")) testid="convert-container"/>
            <button class="btn on" on:click=move |_| session.convert() data-testid="convert-write">
                {dynamic(move || fill(t.get().convert.write, &[("format", &model::name(&state.get(&params::SELECTED)))]))}
            </button>
            {dynamic(move || session.unwritten.get().map(|failure| view! {
                <p class="notice" role="alert" data-visit="" data-testid="convert-unwritten">{failure_text(t.get(), &failure)}</p>
            }))}
            {dynamic(move || session.converted.get().map(|summary| view! {
                <p class="hint" role="status" data-visit="" data-testid="convert-written">{with_timing(t.get().convert.written, &[
                    ("file", &summary.file_name), ("bytes", &model::bytes(summary.bytes)),
                    ("elements", &model::grouped(summary.elements)),
                    ("sqnr", &model::figure(summary.report.sqnr_db)), ("hash", summary.hash.get(..12).unwrap_or_default()),
                ], ("ms", model::figure(summary.elapsed_ms)))}</p>
                <button class="btn" data-visit="" on:click=save data-testid="convert-save">{t.get().convert.save}</button>
            }))}
        </div>
    }
}
