//! A trained head as a file: `.safetensors` with what it is in its metadata, the same as JSON, and back.

use leptos::prelude::*;
use protocol::{Event, Failure, HeadSummary, Outcome, Request};
use serde_json::json;
use web_sys::File;

use super::answers::shown;
use super::arm_name;
use super::ask::{Asked, Probability};
use super::model::Setup;
use super::pictures::class_names;
use super::session::Race;
use crate::tr;
use crate::ui::components::download;
use crate::ui::components::file_button::FileButton;
use crate::ui::components::image_names::class_name;
use crate::ui::text::{Text, failure_text, fill, use_text};
use crate::ui::view::dynamic;

/// What is in the head's file, as JSON.
fn description(text: &'static Text, race: Race) -> String {
    let runner = shown(race);
    let setup = Setup::of(race.state);
    let (spec, seed) = setup.spec(runner.arm);
    let blocks = (runner.arm == "tuned").then_some(spec.blocks);
    let info = runner.lab.info.get();
    let summary = race.summary.get();
    let value = json!({
        "head": 1,
        "arm": runner.arm,
        "base": "EfficientNet-Lite0",
        "cut": spec.features.cut,
        "base_weights": spec.features.weights,
        "tuned_blocks": blocks,
        "input": { "side": summary.as_ref().map(|base| base.side), "scale": "(level - 127) / 128", "order": "row, column, channel" },
        "map": summary.as_ref().map(|base| base.map),
        "classes": class_names(text, race),
        "labels_per_class": spec.per_class,
        "seed": seed,
        "steps": runner.steps(),
        "test_accuracy": runner.score.get().map(|score| score[0]),
        "config_hash": info.map(|info| info.config_hash),
        "weight_hash": runner.lab.report.with(|report| report.weight_hash.clone()),
    });
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

/// Take the shown arm's head along, and load one.
#[component]
pub fn HeadFile(
    /// The widget's runs.
    race: Race,
    /// The picture that is asked about.
    asked: RwSignal<Option<Asked>>,
) -> impl IntoView {
    let t = use_text();
    let file = StoredValue::new_local(None::<File>);
    let head = RwSignal::new(None::<HeadSummary>);
    let error = RwSignal::new(None::<Failure>);
    let said = RwSignal::new(Vec::<f32>::new());
    let open = Callback::new(move |files: Vec<File>| {
        let Some(chosen) = files.into_iter().next() else { return };
        head.set(None);
        file.set_value(Some(chosen.clone()));
        race.worker.submit(Request::OpenHead, Some(chosen), move |event, _| match event {
            Event::Done(Outcome::Head(summary)) => {
                let _ = error.try_set(None);
                let _ = head.try_set(Some(summary));
            }
            Event::Failed(failure) => {
                let _ = error.try_set(Some(failure));
            }
            _ => {}
        });
    });
    Effect::new(move |_| {
        said.set(Vec::new());
        let (Some(asked), Some(head_now)) = (asked.get(), head.get()) else { return };
        let Some(own) = file.get_value() else { return };
        let square = (*asked.square).clone();
        race.worker.submit(Request::Judge(square), Some(own), move |event, _| match event {
            // Another head by now, or the widget is gone.
            Event::Done(Outcome::Judged(shares))
                if head.try_get_untracked().flatten().as_ref() == Some(&head_now) =>
            {
                said.set(shares);
            }
            Event::Failed(failure) => {
                let _ = error.try_set(Some(failure));
            }
            _ => {}
        });
    });
    let is_trained = move || shown(race).is_done.get();
    let of = move || fill(t.get().transfer.head.of, &[("arm", &arm_name(t.get(), shown(race).arm))]);
    view! {
        <div class="head-file">
            <h4>{tr!(t, transfer.head.title)}</h4>
            <p class="part-note">{tr!(t, transfer.head.lede)}</p>
            <div class="intake-tools">
                <button class="btn small" disabled=move || !is_trained() on:click=move |_| shown(race).lab.export() data-testid="head-download">{tr!(t, transfer.head.download)}</button>
                <button class="btn small" disabled=move || !is_trained() data-testid="head-json"
                    on:click=move |_| download::save_text("head.json", "application/json", &untrack(move || description(t.now(), race)))>{tr!(t, transfer.head.json)}</button>
                <span class="hint">{dynamic(of)}</span>
            </div>
            <FileButton label=Signal::derive(move || t.get().transfer.head.load.to_owned()) accept=".safetensors" testid="head-file" on_files=open/>
            {dynamic(move || error.get().map(|failure| view! { <p class="notice" role="status" data-testid="head-refused">{failure_text(t.get(), &failure)}</p> }))}
            {dynamic(move || head.get().map(|head| {
                let text = t.get();
                let line = fill(text.transfer.head.is, &[
                    ("arm", &arm_name(text, &head.arm)),
                    ("n", &head.classes.len().to_string()),
                    ("cut", text.transfer.cuts.get(&head.cut).unwrap_or(&head.cut)),
                ]);
                view! {
                    <p class="part-note" data-testid="head-is">{line}</p>
                    <div class="table-scroll" tabindex="0" role="region" aria-label=text.transfer.head.title>
                        <table class="data" data-testid="head-table">
                            <thead><tr><th scope="col">{text.transfer.ask.class}</th><th scope="col" class="num">{text.transfer.head.says}</th></tr></thead>
                            <tbody>{head.classes.into_iter().enumerate().map(|(class, name)| view! {
                                <tr><th scope="row">{class_name(text, &name)}</th><Probability said class/></tr>
                            }).collect_view()}</tbody>
                        </table>
                    </div>
                }
            }))}
        </div>
    }
}
