//! Data augmentation: one picture's variants while the controls move, and two networks that race with and without them on few labels.
//!
//! Variants are made in the worker (`protocol::VariantsSpec`), by the same code and numbers as in training; the networks are labs
//! (`protocol::AugmentSpec`). A picture of the visitor's own goes through the grid
//! and stays on this machine. Left out: training on pictures of the visitor's own; changes of hue; policies that are learnt.

mod code;
mod confusion;
mod controls;
mod gallery;
mod measured;
mod model;
mod own;
mod panels;
mod params;
mod session;
mod tasks;

use leptos::html::Section;
use leptos::prelude::*;
use serde_json::json;

use self::code::Code;
use self::confusion::Confusion;
use self::controls::{Settings, Transforms};
use self::gallery::Gallery;
use self::model::Warning;
use self::panels::{Measured, RaceChart, Readings};
pub use self::params::PARAMS;
use self::session::Race;
pub use self::tasks::tasks;
use super::Setting;
use crate::tr;
use crate::ui::components::later::Later;
use crate::ui::embed::use_host;
use crate::ui::lab::{LabNotice, pause_while_unseen};
use crate::ui::text::{Text, Texts, use_text};
use crate::ui::url_state::UrlState;
use crate::ui::view::dynamic;

/// A text as a signal.
fn word(t: Texts, pick: fn(&'static Text) -> &'static str) -> Signal<String> {
    Signal::derive(move || pick(t.get()).to_owned())
}

/// An arm's name.
fn arm_name(text: &'static Text, arm: &str) -> String {
    text.augmentation.arms.get(arm).unwrap_or(arm).to_owned()
}

/// The widget. It runs at once.
pub fn view(state: UrlState, setting: Setting) -> AnyView {
    let t = use_text();
    let race = Race::new(state);
    let host = use_host();
    host.set_results(move || results(race));
    host.set_commands(move |command| race.obey(command));
    let place = NodeRef::<Section>::new();
    pause_while_unseen(race.runners.get_value()[0].lab, place);
    let presets = move |preset: &'static model::Preset| {
        let is_current = Memo::new(move |_| model::recipe(state) == preset.recipe());
        view! {
            <button class="chip" aria-pressed=move || is_current.get().to_string() on:click=move |_| preset.apply(state)
                data-testid=format!("augmentation-preset-{}", preset.id)>
                {dynamic(move || t.get().augmentation.presets.get(preset.id).unwrap_or(preset.id))}
            </button>
        }
    };
    view! {
        <section class="widget augmentation" data-testid="augmentation" node_ref=place>
            <header>
                <Buttons race/>
                <div class="chips" role="group" aria-label=tr!(t, augmentation.presets_label)>
                    {model::PRESETS.iter().map(presets).collect_view()}
                </div>
            </header>
            <Settings race/>
            {race.runners.get_value().into_iter().map(|runner| view! { <LabNotice session=runner.lab/> }).collect_view()}
            <div class="augmentation-warning" role="status" data-testid="augmentation-warning">{dynamic(move || {
                let words = &t.get().augmentation;
                race.setup.with(model::Setup::warning).map(|warning| {
                    let text = match warning {
                        Warning::SixNine => words.warning_six_nine,
                        Warning::Mirrored => words.warning_mirrored,
                        Warning::UpsideDown => words.warning_upside_down,
                    };
                    view! { <p class="notice">{text}</p> }
                })
            })}</div>
            <div class="augmentation-stage">
                <Gallery race/>
                <RaceChart race/>
            </div>
            <Readings race/>
            <Later><Transforms race/></Later>
            {(setting != Setting::Inline).then(|| view! {
                <Later><Confusion race/></Later>
                <Later><Measured race/></Later>
                <Later><Code race/></Later>
            })}
        </section>
    }
    .into_any()
}

/// What `get` of a host page answers.
fn results(race: Race) -> serde_json::Value {
    let finished = untrack(move || race.finished());
    let arms = race.runners.get_value().into_iter().zip(finished).map(|(runner, runs)| {
        let runs = runs.iter().map(|run| {
            json!({ "accuracy_percent": run.accuracy(), "averaged": run.averaged, "weight_hash": run.hash })
        });
        json!({ "arm": runner.arm, "runs": runs.collect::<Vec<_>>() })
    });
    let runs = race.runners.get_value().map(|runner| {
        let mut run = runner.results();
        if let Some(run) = run.as_object_mut() {
            run.insert("arm".to_owned(), json!(runner.arm));
        }
        run
    });
    let hash = race.sheet.with_untracked(|sheet| sheet.as_ref().map(|sheet| sheet.hash.clone()));
    let is_going = race.wants.get_untracked() && !untrack(move || race.is_over());
    json!({ "runs": runs, "going": is_going, "arms": arms.collect::<Vec<_>>(), "variants_hash": hash })
}

/// Run, pause, start over.
#[component]
fn Buttons(race: Race) -> impl IntoView {
    let t = use_text();
    let label = move || if race.wants.get() { t.get().lab.pause } else { t.get().lab.run };
    view! {
        <button class="btn" class:on=move || !race.wants.get() disabled=move || race.is_over()
            on:click=move |_| race.wants.update(|wants| *wants = !*wants) data-testid="augmentation-run">{dynamic(label)}</button>
        <button class="btn" on:click=move |_| race.reset() title=tr!(t, lab.reset_hint) data-testid="augmentation-reset">{tr!(t, lab.reset)}</button>
    }
}
