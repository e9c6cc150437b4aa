//! The source: a seeded distribution, pasted numbers, or a file.

use crate::ui::view::dynamic;
use leptos::prelude::*;

use super::model;
use super::params::{self, SAMPLES, SHAPES, SOURCES};
use super::session::Session;
use super::table::{self, TableFields};
use crate::tr;
use crate::ui::components::fields::ChoiceField;
use crate::ui::components::file_button::FileButton;
use crate::ui::components::typed::live::{Live, LiveNote};
use crate::ui::components::typed::{NumberField, TextField};
use crate::ui::text::{Text, failure_text, fill, use_text};

/// More tensors than this are not listed as boxes.
const MAX_BOXES: usize = 400;

/// The source's own controls.
#[component]
pub fn SourcePanel(session: Session) -> impl IntoView {
    let t = use_text();
    let state = session.state;
    let source = state.signal(&params::SOURCE);
    view! {
        <div class="source">
            <div class="chips" role="group" aria-label=tr!(t, convert.source_label)>
                {SOURCES.into_iter().map(|id| view! {
                    <button
                        class="btn"
                        class:on=move || source.get() == id
                        aria-pressed=move || (source.get() == id).to_string()
                        on:click=move |_| { state.set(&params::SOURCE, id); }
                        data-testid=format!("convert-source-{id}")
                    >{dynamic(move || t.get().convert.source.get(id).unwrap_or(id))}</button>
                }).collect_view()}
            </div>
            {dynamic(move || match source.get().as_str() {
                "paste" => view! { <Paste session/> }.into_any(),
                "file" => view! { <FilePanel session/> }.into_any(),
                _ => view! { <DistributionPanel session/> }.into_any(),
            })}
        </div>
    }
}

#[component]
fn Paste(session: Session) -> impl IntoView {
    let t = use_text();
    let text = session.state.signal(&params::TEXT);
    let live = Live::new(session.state, &params::TEXT);
    let leave = move |event: web_sys::FocusEvent| {
        if let Some(value) = live.leave() {
            event_target::<web_sys::HtmlTextAreaElement>(&event).set_value(&value);
        }
    };
    view! {
        <label class="field">
            <span>{tr!(t, convert.paste_label)}</span>
            <textarea
                rows="4" spellcheck="false" autocomplete="off"
                prop:value=move || text.get()
                on:input=move |event| live.take(event_target_value(&event))
                on:blur=leave
                aria-invalid=move || live.is_refused().to_string()
                data-testid="convert-paste"
            ></textarea>
            <LiveNote live/>
        </label>
    }
}

#[component]
fn DistributionPanel(session: Session) -> impl IntoView {
    let t = use_text();
    let state = session.state;
    let word =
        move |pick: fn(&'static Text) -> &'static str| Signal::derive(move || pick(t.get()).to_owned());
    // The spread stays as it was typed (`1/127`), once it is one.
    let spread = Callback::new(|typed: String| model::read_scale(&typed).map(|_| typed.trim().to_owned()));
    view! {
        <div class="controls">
            <ChoiceField
                state param=&params::SHAPE options=SHAPES.to_vec()
                label=Signal::derive(move || t.get().convert.shape_label.to_owned())
                name=Callback::new(move |id: &'static str| t.get().convert.shape.get(id).unwrap_or(id).to_owned())
                testid="convert-shape"
            />
            <TextField state param=&params::SCALE label=word(|t| t.convert.scale_label) read=spread testid="convert-scale"/>
            <NumberField state param=&params::COUNT label=word(|t| t.convert.count_label) testid="convert-count"/>
            <NumberField state param=&params::SEED label=word(|t| t.convert.seed_label) testid="convert-seed"/>
        </div>
    }
}

#[component]
fn FilePanel(session: Session) -> impl IntoView {
    let t = use_text();
    let state = session.state;
    let dropping = RwSignal::new(false);
    // A memo: the fields stay where they are while a file is read anew.
    let may_be_text = Memo::new(move |_| {
        session.catalog.with(|catalog| catalog.as_ref().is_none_or(|c| c.table.is_some()))
    });
    let chosen = Signal::derive(move || {
        session.asked.with(|file| file.as_ref().map(web_sys::File::name).unwrap_or_default())
    });
    let choose = Callback::new(move |files: Vec<web_sys::File>| {
        if let Some(file) = files.into_iter().next() {
            session.open(file);
        }
    });
    let dropped = move |event: web_sys::DragEvent| {
        event.prevent_default();
        dropping.set(false);
        let file = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0));
        if let Some(file) = file {
            session.open(file);
        }
    };
    view! {
        <div
            class="drop" class:over=move || dropping.get()
            on:dragover=move |event: web_sys::DragEvent| { event.prevent_default(); dropping.set(true); }
            on:dragleave=move |_| dropping.set(false)
            on:drop=dropped
        >
            <FileButton label=Signal::derive(move || t.get().convert.file_label.to_owned()) accept=".npy,.safetensors,.csv,.tsv,.txt,.gguf"
                name=chosen testid="convert-file" on_files=choose/>
            <p class="hint">{tr!(t, convert.file_hint)}</p>
        </div>
        <div class="controls">
            <ChoiceField
                state param=&params::SAMPLE options=SAMPLES.to_vec()
                label=Signal::derive(move || t.get().convert.sample_label.to_owned())
                name=Callback::new(move |id: &'static str| match id {
                    "0" => t.get().convert.sample_all.to_owned(),
                    power => fill(t.get().convert.sample_some, &[("n", &model::grouped(1 << power.parse::<u32>().unwrap_or(20)))]),
                })
                testid="convert-sample"
            />
        </div>
        // A file of another kind has nothing to ask here.
        {dynamic(move || may_be_text.get().then(|| view! { <TableFields session/> }))}
        {dynamic(move || session.catalog.get().map(|catalog| view! {
            <p class="hint" data-testid="convert-catalog">{fill(t.get().convert.catalog, &[
                ("kind", &catalog.kind),
                ("tensors", &model::grouped(catalog.tensor_count)),
                ("bytes", &model::bytes(catalog.file_bytes)),
            ])}
                {(catalog.trailing_bytes > 0).then(|| format!(" {}", fill(t.get().convert.trailing, &[("bytes", &model::bytes(catalog.trailing_bytes))])))}
            </p>
            {catalog.table.map(|found| view! {
                <p class="hint" data-testid="convert-found">{dynamic(move || table::sentence(t.get(), &found))}</p>
            })}
            <div class="tensors" role="group" tabindex="0" aria-label=t.get().convert.tensors_label>
                {catalog.tensors.into_iter().take(MAX_BOXES).enumerate().map(|(index, tensor)| {
                    let index = index as u32;
                    let unreadable = tensor.unreadable.clone();
                    let disabled = unreadable.is_some();
                    let shape: Vec<String> = tensor.shape.iter().map(u64::to_string).collect();
                    view! {
                        <label class="check">
                            <input
                                type="checkbox" disabled=disabled
                                prop:checked=move || model::positions(&session.state.get(&params::TENSORS)).contains(&index)
                                on:change=move |event| {
                                    let on = event_target_checked(&event);
                                    let mut picked = model::positions(&session.state.now(&params::TENSORS));
                                    picked.retain(|other| *other != index);
                                    picked.extend(on.then_some(index));
                                    session.state.set(&params::TENSORS, &model::positions_text(&picked));
                                }
                            />
                            <span>{tensor.name}" "<span class="mono">{format!("{} [{}]", tensor.dtype, shape.join("×"))}</span>
                                {unreadable.map(|failure| view! { " "<span class="err">{dynamic(move || failure_text(t.get(), &failure))}</span> })}
                            </span>
                        </label>
                    }
                }).collect_view()}
            </div>
            <p class="hint">{t.get().convert.tensors_hint}</p>
        }))}
        {dynamic(move || (!may_be_text.get()).then(|| rounded(session)).filter(|n| *n > 0).map(|n| view! {
            <p class="hint" data-testid="convert-inexact">{fill(t.get().convert.inexact, &[("n", &model::grouped(n))])}</p>
        }))}
    }
}

/// Integers that the last survey read and that binary64 does not have; text tells its own.
fn rounded(session: Session) -> u64 {
    session.summary.with(|summary| summary.as_ref().map_or(0, |summary| summary.inexact))
}
