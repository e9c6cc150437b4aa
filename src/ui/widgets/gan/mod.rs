//! A generative adversarial network that trains in the page, in any number format.
//!
//! The lab runs in the worker (`protocol::GanSpec`); this is its stage, its charts, its controls. Left out: conditional
//! networks, and everything that the lab leaves out.

mod compare;
mod controls;
mod fields;
mod model;
mod params;
mod pictures;
mod plots;
mod points;
mod readings;
mod recipes;
mod scene;
mod session;
mod slow;
mod tasks;
mod turned;
mod warnings;

use leptos::html::Section;
use leptos::prelude::*;
use serde_json::json;

use self::compare::Compare;
use self::controls::{Buttons, Controls, Recipes};
use self::params::FIGURES;
pub use self::params::PARAMS;
use self::pictures::{Grid, Walk};
use self::readings::{Readings, Warnings};
use self::scene::Scene;
use self::session::Duel;
use self::slow::{Slow, SlowPanel};
pub use self::tasks::tasks;
use super::Setting;
use crate::tr;
use crate::ui::charts::ChartFrame;
use crate::ui::components::fields::{ChoiceField, FlagField};
use crate::ui::components::seen::{prefers_less_motion, when_seen};
use crate::ui::embed::use_host;
use crate::ui::lab::{LabNotice, Looked, RunsOnLine, pause_while_unseen, precision};
use crate::ui::text::{Text, fill, use_text};
use crate::ui::url_state::UrlState;
use crate::ui::view::dynamic;

/// The widget. It trains by itself when it is first seen, unless the visitor's system asks for less motion.
pub fn view(state: UrlState, setting: Setting) -> AnyView {
    let duel = Duel::new(state, setting != Setting::Inline);
    let slow = Slow::new(duel);
    let place = NodeRef::<Section>::new();
    for runner in [duel.first, duel.second] {
        pause_while_unseen(runner.lab, place);
    }
    when_seen(place, move || {
        if state.now(&params::UNTIL) == "0" && !prefers_less_motion() {
            duel.first.lab.wants.set(true);
        }
    });
    let host = use_host();
    host.set_results(move || results(duel));
    host.set_commands(move |command| duel.obey(command));
    view! {
        <section class="widget gan" data-testid="gan" node_ref=place>
            <header><Buttons duel/><span class="sp"></span><p class="hint"><RunsOnLine session=duel.first.lab/></p></header>
            <Recipes duel/>
            <LabNotice session=duel.first.lab/>
            <LabNotice session=duel.second.lab/>
            <Stage duel slow/>
            {(setting != Setting::Inline).then(|| view! { <SlowPanel slow/> })}
            <Warnings duel/>
            <Readings duel/>
            {(setting != Setting::Inline).then(|| view! {
                <Controls duel/>
                <Exponents duel/>
                {dynamic(move || (!model::is_images(&state.get(&params::DATA))).then(|| view! { <Walk duel/> }))}
                <Compare duel/>
                <Keep duel/>
            })}
        </section>
    }
    .into_any()
}

/// What `get` of a host page answers.
fn results(duel: Duel) -> serde_json::Value {
    let run = |runner: session::Runner| {
        let last = |at| runner.scores.with_untracked(|scores| scores.last(at)).filter(|x| x.is_finite());
        let mut run = runner.lab.results();
        if let Some(run) = run.as_object_mut() {
            run.insert("js_bits".to_owned(), json!(last(plots::score::JS)));
            run.insert("modes".to_owned(), json!(last(plots::score::COVERED)));
        }
        run
    };
    let runs: Vec<serde_json::Value> = untrack(|| duel.runners()).into_iter().map(run).collect();
    json!({ "runs": runs, "going": untrack(|| duel.is_on()) })
}

/// Samples large, the charts beside them.
#[component]
fn Stage(duel: Duel, slow: Slow) -> impl IntoView {
    let t = use_text();
    let state = duel.state;
    let images = Memo::new(move |_| model::is_images(&state.get(&params::DATA)));
    let word =
        move |pick: fn(&'static Text) -> &'static str| Signal::derive(move || pick(t.get()).to_owned());
    let none = Signal::derive_local(|| None);
    let shown = Signal::derive_local(move || slow.shown());
    let label = move |index: usize| {
        Signal::derive(move || {
            let text = t.get();
            let name = plots::names(text, duel).into_iter().nth(index).unwrap_or_default();
            let words = if images.get() { text.gan.images_label } else { text.gan.stage_label };
            fill(words, &[("run", &name)])
        })
    };
    let loss = move |is_rival: bool| {
        Signal::derive(move || {
            let own = model::rival(state).filter(|_| is_rival);
            own.and_then(|own| own.get(params::LOSS.key).map(str::to_owned))
                .unwrap_or_else(|| state.get(&params::LOSS))
        })
    };
    let figure = Signal::derive(move || plots::figure_plot(t.get(), duel, images.get()));
    let losses = Signal::derive(move || plots::loss_plot(t.get(), duel));
    let is_averaged = move || model::first(state).average > 0.0;
    let caption = move || {
        let words = &t.get().gan;
        if images.get() {
            return words.images_caption;
        }
        if state.get(&params::LOSS) == "wasserstein" {
            words.stage_caption_critic
        } else {
            words.stage_caption
        }
    };
    view! {
        <div class="gan-lab" class:racing=move || duel.is_racing.get()>
            <div class="gan-stages">
                <figure>
                    {dynamic(move || duel.is_racing.get().then(|| view! { <p class="run-name">{label(0)}</p> }))}
                    {dynamic(move || if images.get() {
                        view! { <Grid runner=duel.first label=label(0)/> }.into_any()
                    } else {
                        view! { <Scene duel runner=duel.first loss=loss(false) shown label=label(0) pad=true testid="gan-stage"/> }.into_any()
                    })}
                </figure>
                {dynamic(move || duel.is_racing.get().then(|| view! {
                    <figure>
                        <p class="run-name">{label(1)}</p>
                        {if images.get() {
                            view! { <Grid runner=duel.second label=label(1)/> }.into_any()
                        } else {
                            view! { <Scene duel runner=duel.second loss=loss(true) shown=none label=label(1) pad=false testid="gan-stage-rival"/> }.into_any()
                        }}
                    </figure>
                }))}
                <div class="stage-foot">
                    <p class="hint" data-testid="gan-caption">{dynamic(caption)}{dynamic(move || is_averaged().then(|| view! { " "{t.get().gan.average_caption} }))}</p>
                    {dynamic(move || (!images.get()).then(|| view! {
                        <div class="stage-flags">
                            <FlagField state param=&params::FIELD label=word(|t| t.gan.field) testid="gan-field"/>
                            <FlagField state param=&params::ARROWS label=word(|t| t.gan.arrows) testid="gan-arrows"/>
                        </div>
                    }))}
                    {dynamic(move || images.get().then(|| view! { <Walk duel/> }))}
                </div>
            </div>
            <div class="gan-charts">
                {dynamic(move || (!images.get()).then(|| view! {
                    <ChoiceField state param=&params::FIGURE options=FIGURES.to_vec() label=word(|t| t.gan.figure_label)
                        name=Callback::new(move |id: &'static str| t.get().gan.figures.get(id).unwrap_or(id).to_owned()) testid="gan-figure"/>
                }))}
                <ChartFrame title=Signal::derive(move || {
                    let words = &t.get().gan;
                    if images.get() { words.judge_title.to_owned() } else { words.figures.get(&state.get(&params::FIGURE)).unwrap_or_default().to_owned() }
                }) plot=figure height_px=Signal::derive(|| 230) id="gan-figure"/>
                <ChartFrame title=word(|t| t.gan.loss_title) plot=losses height_px=Signal::derive(|| 230) id="gan-loss"/>
            </div>
        </div>
    }
}

/// Weights and gradients by magnitude, beside what the format holds.
#[component]
fn Exponents(duel: Duel) -> impl IntoView {
    let t = use_text();
    let word =
        move |pick: fn(&'static Text) -> &'static str| Signal::derive(move || pick(t.get()).to_owned());
    let (weights, gradients) = (duel.first.look("weights"), duel.first.look("gradients"));
    let ranges = move |is_gradient: bool| {
        let spec = model::first(duel.state);
        [spec.generator.precision, spec.discriminator.precision].map(|precision| match precision {
            protocol::Precision::Preset(id) => {
                precision::element(&id, is_gradient).and_then(|format| precision::range(&format))
            }
            protocol::Precision::Custom(_) => None,
        })
    };
    let plot = move |looked: Looked, is_gradient: bool| {
        Signal::derive(move || {
            let view = looked.get();
            plots::exponents_plot(t.get(), view.as_deref(), ranges(is_gradient))
        })
    };
    let zeros = move || {
        let of = |row| gradients.with(|view| view.as_ref().and_then(|view| plots::zero_share(view, row)));
        let share = |row| of(row).map_or_else(|| "–".to_owned(), readings::percent);
        fill(t.get().gan.zeros_words, &[("g", &share(0)), ("d", &share(1))])
    };
    let no_range =
        move || ranges(true).iter().all(Option::is_none).then(|| view! { " "{t.get().gan.no_range} });
    view! {
        <section class="part" data-testid="gan-exponents">
            <h3>{tr!(t, gan.exponents_title)}</h3>
            <p class="part-note">{tr!(t, gan.exponents_lede)}</p>
            <div class="two">
                <ChartFrame title=word(|t| t.gan.weights_title) plot=plot(weights, false) height_px=Signal::derive(|| 210) id="gan-weights"/>
                <ChartFrame title=word(|t| t.gan.gradients_title) plot=plot(gradients, true) height_px=Signal::derive(|| 210) id="gan-gradients"/>
            </div>
            <p class="hint" data-testid="gan-zeros">{dynamic(zeros)}{dynamic(no_range)}</p>
        </section>
    }
}

/// The run as a file, the weights, the moment as a link; what identifies the run.
#[component]
fn Keep(duel: Duel) -> impl IntoView {
    let t = use_text();
    let lab = duel.first.lab;
    let facts = move || {
        let words = &t.get().gan;
        lab.info.with(|info| {
            info.as_ref().map(|info| {
                fill(
                    words.facts,
                    &[
                        ("params", &crate::ui::components::number::grouped(info.param_count)),
                        ("flop", &crate::ui::components::number::figure(info.flop_per_step as f64 / 1e6)),
                        ("hash", info.config_hash.get(..12).unwrap_or_default()),
                    ],
                )
            })
        })
    };
    let pin = move |_| {
        let step = lab.report.with_untracked(|report| report.step);
        duel.state.set(&params::UNTIL, &step.to_string());
    };
    let is_too_turned = Memo::new(move |_| lab.report.with(|report| report.turned.len() > turned::MOST));
    view! {
        <section class="part keep">
            <p class="hint" data-testid="gan-facts">{dynamic(facts)}</p>
            <p class="share-actions">
                <button class="btn small" disabled=move || is_too_turned.get() title=move || if is_too_turned.get() { t.get().gan.pin_turned } else { t.get().gan.pin_hint }
                    on:click=pin data-testid="gan-pin">{tr!(t, gan.pin)}</button>
                <button class="btn small" title=tr!(t, lab.save_hint) on:click=move |_| lab.save() data-testid="gan-save">{tr!(t, lab.save)}</button>
                <button class="btn small" title=tr!(t, lab.export_hint) on:click=move |_| lab.export() data-testid="gan-export">{tr!(t, lab.export)}</button>
            </p>
        </section>
    }
}
