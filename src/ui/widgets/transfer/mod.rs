//! Transfer learning: heads on a frozen pretrained base race against arms that do without one, on few labels.
//!
//! The base runs in the worker (`protocol::FeaturesSpec`), the heads are labs (`protocol::TransferSpec`). Tasks are data sets of the site or
//! the visitor's own classes (`own`), whose pictures stay on this machine. Left out: fine-tuning of blocks before 11; augmentation.

mod answers;
mod arms;
mod ask;
mod code;
mod head;
mod keras;
mod measured;
mod model;
mod own;
mod panels;
mod params;
mod pictures;
mod precisions;
mod runner;
mod session;
mod switchboard;
mod tasks;

use leptos::html::Section;
use leptos::prelude::*;
use serde_json::json;

use self::answers::Answers;
use self::arms::{Arms, Readings, accuracy_plot};
use self::ask::Ask;
use self::code::Code;
pub use self::model::{Settings, settings, steps};
use self::own::OwnClasses;
use self::panels::{Cost, Measured, NoHelp};
pub use self::params::PARAMS;
use self::params::{CUTS, DATA_SETS, LABEL_COUNTS, PRECISIONS};
use self::precisions::Precisions;
use self::session::{Race, Stage};
use self::switchboard::Switchboard;
pub use self::tasks::tasks;
use super::Setting;
use crate::tr;
use crate::ui::charts::ChartFrame;
use crate::ui::components::fields::ChoiceField;
use crate::ui::components::image_names::set_name;
use crate::ui::components::number::bytes;
use crate::ui::components::typed::NumberField;
use crate::ui::embed::use_host;
use crate::ui::lab::{LabNotice, params as lab_params, seen};
use crate::ui::text::{Text, Texts, failure_text, fill, use_text};
use crate::ui::url_state::UrlState;
use crate::ui::view::dynamic;

/// A text as a signal.
fn word(t: Texts, pick: fn(&'static Text) -> &'static str) -> Signal<String> {
    Signal::derive(move || pick(t.get()).to_owned())
}

/// An arm's name.
fn arm_name(text: &'static Text, arm: &str) -> String {
    text.transfer.arms.get(arm).unwrap_or(arm).to_owned()
}

/// A precision's name.
fn precision_name(id: &str) -> String {
    if id == "e4m3" { "FP8 E4M3".to_owned() } else { id.to_uppercase() }
}

/// The widget. It fetches and trains as soon as it is seen, unless the visitor saves data.
pub fn view(state: UrlState, setting: Setting) -> AnyView {
    let t = use_text();
    let stage = NodeRef::<Section>::new();
    let race = Race::new(state, seen(stage, false));
    let is_own = Memo::new(move |_| state.get(&params::DATA) == params::OWN);
    let host = use_host();
    host.set_results(move || results(race));
    host.set_commands(move |command| race.obey(command));
    let curves = Signal::derive(move || accuracy_plot(t.get(), race));
    view! {
        <section class="widget transfer" data-testid="transfer" node_ref=stage>
            <header><Buttons race/></header>
            <Settings race/>
            <Status race/>
            {dynamic(move || is_own.get().then(|| view! { <OwnClasses/> }))}
            {race.runners.get_value().into_iter().map(|runner| view! { <LabNotice session=runner.lab/> }).collect_view()}
            <div class="transfer-stage">
                <ChartFrame title=word(t, |t| t.transfer.curve_title) plot=curves height_px=Signal::derive(|| 320) id="transfer-accuracy"/>
                <Arms race/>
            </div>
            <Readings race/>
            {(setting != Setting::Inline).then(|| view! {
                <Ask race/>
                <Answers race/>
                <Switchboard race/>
                <Cost race/>
                <Precisions race/>
                <Measured race/>
                <NoHelp race/>
                <Code race/>
            })}
        </section>
    }
    .into_any()
}

/// What `get` of a host page answers: the arms that stand.
fn results(race: Race) -> serde_json::Value {
    let runs = race.runners.get_value().into_iter().filter(|runner| runner.is_open()).map(|runner| {
        let mut run = runner.results();
        if let Some(run) = run.as_object_mut() {
            let score = runner.score.get_untracked();
            run.insert("arm".to_owned(), json!(runner.arm));
            run.insert("accuracy".to_owned(), json!(score.map(|score| score[0])));
            run.insert("loss".to_owned(), json!(score.map(|score| score[1])));
        }
        run
    });
    let is_busy =
        race.stage.with_untracked(|stage| matches!(stage, Stage::Fetching { .. } | Stage::Computing { .. }));
    let is_busy = is_busy || untrack(move || race.speeds.is_busy());
    let is_going = untrack(move || race.is_on()) && race.going.get_untracked();
    json!({ "runs": runs.collect::<Vec<_>>(), "busy": is_busy, "going": is_going })
}

/// Train, pause, start over.
#[component]
fn Buttons(race: Race) -> impl IntoView {
    let t = use_text();
    let state = race.state;
    let is_on = move || race.is_on();
    let is_busy = move || matches!(race.stage.get(), Stage::Fetching { .. } | Stage::Computing { .. });
    let is_over = move || {
        let arms = model::arms(state);
        let runners = race.runners.get_value();
        runners.into_iter().filter(|runner| arms.contains(&runner.arm)).all(|runner| runner.is_done.get())
    };
    let is_broken = move || matches!(race.stage.get(), Stage::Stopped | Stage::Failed(_));
    let label = move || {
        let words = &t.get().transfer;
        if !is_on() || is_broken() {
            words.train
        } else if race.going.get() {
            words.pause
        } else {
            words.go_on
        }
    };
    view! {
        <button class="btn" class:on=move || !is_on() || is_broken() || !race.going.get() disabled=move || is_on() && (is_busy() || is_over()) && !is_broken()
            on:click=move |_| race.toggle() data-testid="transfer-train">{dynamic(label)}</button>
        {dynamic(move || is_busy().then(|| view! {
            <button class="btn" on:click=move |_| { race.queue.set(Vec::new()); race.stop(Stage::Stopped); } data-testid="transfer-stop">{tr!(t, transfer.stop)}</button>
        }))}
        <button class="btn" disabled=move || !is_on() on:click=move |_| { race.queue.set(Vec::new()); race.going.set(true); state.set(&params::TRAIN, "0"); } data-testid="transfer-reset">{tr!(t, lab.reset)}</button>
    }
}

/// Task, labels, base, seed.
#[component]
fn Settings(race: Race) -> impl IntoView {
    let t = use_text();
    let state = race.state;
    view! {
        <div class="controls transfer-controls">
            <ChoiceField state param=&params::DATA options=DATA_SETS.to_vec() label=word(t, |t| t.transfer.data_label)
                name=Callback::new(move |id: &'static str| set_name(t.get(), id)) testid="transfer-data"/>
            <ChoiceField state param=&params::LABELS options=LABEL_COUNTS.to_vec() label=word(t, |t| t.transfer.labels_label)
                name=Callback::new(str::to_owned) testid="transfer-labels"/>
            <ChoiceField state param=&params::CUT options=CUTS.to_vec() label=word(t, |t| t.transfer.cut_label)
                name=Callback::new(move |id: &'static str| t.get().transfer.cuts.get(id).unwrap_or(id).to_owned()) testid="transfer-cut"/>
            <ChoiceField state param=&params::WEIGHTS options=PRECISIONS.to_vec() label=word(t, |t| t.transfer.weights_label)
                name=Callback::new(precision_name) testid="transfer-weights"/>
            <NumberField state param=&lab_params::SEED label=word(t, |t| t.lab.seed) testid="transfer-seed"/>
        </div>
    }
}

/// What happens, in a sentence, with a bar while it can be counted.
#[component]
fn Status(race: Race) -> impl IntoView {
    let t = use_text();
    let host = use_host();
    Effect::new(move |_| {
        if let Stage::Failed(failure) = race.stage.get() {
            host.error(&failure_text(t.now(), &failure));
        }
    });
    let words = move || {
        let text = t.get();
        let words = &text.transfer;
        match race.stage.get() {
            Stage::Idle if race.lacks_pictures() => words.own.wait.to_owned(),
            Stage::Idle if race.state.flag(&params::TRAIN) && race.seen.get() && !race.is_on() => {
                words.saving.to_owned()
            }
            Stage::Idle => words.idle.to_owned(),
            Stage::Fetching { total: 0, .. } => words.preparing.to_owned(),
            Stage::Fetching { bytes: done, total } => {
                fill(words.fetching, &[("done", &bytes(done)), ("total", &bytes(total))])
            }
            Stage::Computing { done, total } => {
                fill(words.computing, &[("done", &done.to_string()), ("total", &total.to_string())])
            }
            Stage::Ready if race.going.get() => words.ready.to_owned(),
            Stage::Ready => words.paused.to_owned(),
            Stage::Stopped => words.stopped.to_owned(),
            Stage::Failed(failure) => failure_text(text, &failure),
        }
    };
    let share = move || match race.stage.get() {
        Stage::Fetching { bytes: done, total } | Stage::Computing { done, total } if total > 0 => {
            Some((done as f64 / total as f64).min(1.0))
        }
        _ => None,
    };
    view! {
        <div class="transfer-status">
            <p class="status-line" class:notice=move || matches!(race.stage.get(), Stage::Failed(_)) role="status" data-testid="transfer-status">{dynamic(words)}</p>
            <progress class:idle=move || share().is_none() max="1" prop:value=move || share().unwrap_or(0.0)
                aria-hidden=move || share().is_none().to_string() aria-label=tr!(t, transfer.progress)></progress>
        </div>
    }
}
