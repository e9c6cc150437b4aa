//! What a visitor may choose: recipes, data, networks, training, precision, the rival.

use leptos::prelude::*;

use super::fields::{LayersField, SuggestedNumber};
use super::params::{
    ACTIVATIONS, D_SCALINGS, DATA_SETS, LATENT_LAWS, LOSSES, OPTIMISERS, PENALTIES, SCALINGS,
};
use super::recipes::{self, RECIPES};
use super::session::Duel;
use super::{model, params};
use crate::tr;
use crate::ui::components::fields::{ChoiceField, FlagField};
use crate::ui::lab::{LabSettings, PrecisionField, Rival};
use crate::ui::text::{Text, fill, use_text};
use crate::ui::url_state::{Param, UrlState};
use crate::ui::view::dynamic;

/// The rival of a race that is merely switched on.
const FIRST_RIVAL: &str = "p.fp16";

/// Run, pause, some rounds, reset: for all runs.
#[component]
pub fn Buttons(
    /// The widget's runs.
    duel: Duel,
) -> impl IntoView {
    let t = use_text();
    view! {
        <button class="btn" class:on=move || !duel.is_on() on:click=move |_| duel.toggle() data-testid="gan-run">
            {dynamic(move || if duel.is_on() { t.get().lab.pause } else { t.get().lab.run })}
        </button>
        <button class="btn" on:click=move |_| duel.step(1) data-testid="gan-step">{tr!(t, lab.step)}</button>
        <button class="btn" on:click=move |_| duel.step(100) data-testid="gan-step-100">{dynamic(move || fill(t.get().gan.step_n, &[("n", "100")]))}</button>
        <button class="btn" on:click=move |_| duel.reset() title=tr!(t, lab.reset_hint) data-testid="gan-reset">{tr!(t, lab.reset)}</button>
    }
}

/// One-click configurations, and the sentence of the current one.
#[component]
pub fn Recipes(
    /// The widget's runs.
    duel: Duel,
) -> impl IntoView {
    let t = use_text();
    let state = duel.state;
    let current = Memo::new(move |_| {
        RECIPES.iter().find(|recipe| recipes::is_current(recipe, state)).map(|recipe| recipe.id)
    });
    view! {
        <div class="recipes">
            <div class="chips" role="group" aria-label=tr!(t, gan.recipes)>
                {RECIPES.iter().map(|recipe| view! {
                    <button class="chip" aria-pressed=move || (current.get() == Some(recipe.id)).to_string()
                        on:click=move |_| duel.take(recipe)
                        data-testid=format!("gan-recipe-{}", recipe.id)>
                        {dynamic(move || t.get().gan.recipe_names.get(recipe.id).unwrap_or(recipe.id))}
                    </button>
                }).collect_view()}
            </div>
            <p class="hint recipe-words">{dynamic(move || current.get().and_then(|id| t.get().gan.recipe_words.get(id)).unwrap_or(t.get().gan.recipe_own))}</p>
        </div>
    }
}

fn word(t: crate::ui::text::Texts, f: fn(&'static Text) -> &'static str) -> Signal<String> {
    Signal::derive(move || f(t.get()).to_owned())
}

/// A choice whose options are words of `gan.<table>`.
fn choice(
    state: UrlState,
    param: &'static Param,
    options: Vec<&'static str>,
    label: Signal<String>,
    words: fn(&'static Text, &str) -> Option<&'static str>,
    testid: &'static str,
) -> impl IntoView {
    let t = use_text();
    let name =
        Callback::new(move |id: &'static str| words(t.get(), &id.replace('-', "_")).unwrap_or(id).to_owned());
    view! { <ChoiceField state param options label name testid/> }
}

/// Everything else.
#[component]
pub fn Controls(
    /// The widget's runs.
    duel: Duel,
) -> impl IntoView {
    let t = use_text();
    let state = duel.state;
    view! {
        <div class="gan-controls">
            <fieldset>
                <legend>{tr!(t, gan.group_data)}</legend>
                {choice(state, &params::DATA, DATA_SETS.to_vec(), word(t, |t| t.gan.data_label), |t, id| t.gan.data.get(id), "gan-data")}
                <SuggestedNumber state param=&params::LATENT label=word(t, |t| t.gan.latent) testid="gan-latent"/>
                {choice(state, &params::LATENT_LAW, LATENT_LAWS.to_vec(), word(t, |t| t.gan.latent_law), |t, id| t.gan.latent_laws.get(id), "gan-latent-law")}
                <SuggestedNumber state param=&params::BATCH label=word(t, |t| t.gan.batch) testid="gan-batch"/>
            </fieldset>
            <fieldset>
                <legend>{tr!(t, gan.generator)}</legend>
                <LayersField state param=&params::G_HIDDEN label=word(t, |t| t.gan.layers) testid="gan-g-layers"/>
                {choice(state, &params::G_ACTIVATION, ACTIVATIONS.to_vec(), word(t, |t| t.gan.activation), |t, id| t.gan.activations.get(id), "gan-g-activation")}
                <SuggestedNumber state param=&params::G_RATE label=word(t, |t| t.gan.rate) hint=Some(word(t, |t| t.gan.rate_hint)) testid="gan-g-rate"/>
                <SuggestedNumber state param=&params::G_STEPS label=word(t, |t| t.gan.steps_per_round) testid="gan-g-steps"/>
            </fieldset>
            <fieldset>
                <legend>{tr!(t, gan.discriminator)}</legend>
                <LayersField state param=&params::D_HIDDEN label=word(t, |t| t.gan.layers) testid="gan-d-layers"/>
                {choice(state, &params::D_ACTIVATION, ACTIVATIONS.to_vec(), word(t, |t| t.gan.activation), |t, id| t.gan.activations.get(id), "gan-d-activation")}
                <SuggestedNumber state param=&params::D_RATE label=word(t, |t| t.gan.rate) hint=Some(word(t, |t| t.gan.rate_hint)) testid="gan-d-rate"/>
                <SuggestedNumber state param=&params::D_STEPS label=word(t, |t| t.gan.steps_per_round) testid="gan-d-steps"/>
            </fieldset>
            <fieldset>
                <legend>{tr!(t, gan.group_training)}</legend>
                {choice(state, &params::LOSS, LOSSES.to_vec(), word(t, |t| t.gan.loss_label), |t, id| t.gan.losses.get(id), "gan-loss")}
                {choice(state, &params::PENALTY, PENALTIES.to_vec(), word(t, |t| t.gan.penalty), |t, id| t.gan.penalties.get(id), "gan-penalty")}
                <SuggestedNumber state param=&params::PENALTY_WEIGHT label=word(t, |t| t.gan.penalty_weight) testid="gan-penalty-weight"/>
                {choice(state, &params::OPTIMISER, OPTIMISERS.to_vec(), word(t, |t| t.gan.optimiser), |t, id| t.gan.optimisers.get(id), "gan-optimiser")}
                <SuggestedNumber state param=&params::MOMENTUM label=word(t, |t| t.gan.momentum) testid="gan-momentum"/>
                <SuggestedNumber state param=&params::NOISE label=word(t, |t| t.gan.noise) testid="gan-noise"/>
                <SuggestedNumber state param=&params::SMOOTHING label=word(t, |t| t.gan.smoothing) testid="gan-smoothing"/>
                {dynamic(move || model::is_images(&state.get(&params::DATA)).then(|| view! {
                    <SuggestedNumber state param=&params::SHIFT label=word(t, |t| t.gan.shift) testid="gan-shift"/>
                }))}
                <SuggestedNumber state param=&params::AVERAGE label=word(t, |t| t.gan.average) testid="gan-average"/>
                <FlagField state param=&params::BATCH_FEATURE label=word(t, |t| t.gan.batch_feature) testid="gan-batch-feature"/>
            </fieldset>
            <fieldset>
                <legend>{tr!(t, gan.group_precision)}</legend>
                {(!state.is_hidden(&params::PRECISION)).then(|| view! {
                    <PrecisionField value=Signal::derive(move || state.get(&params::PRECISION))
                        set=Callback::new(move |id: String| { state.set(&params::PRECISION, &id); })
                        label=word(t, |t| t.gan.precision) testid="gan-precision"/>
                })}
                {choice(state, &params::SCALING, SCALINGS.to_vec(), word(t, |t| t.gan.scaling), |t, id| t.gan.scalings.get(id), "gan-scaling")}
                {(!state.is_hidden(&params::D_PRECISION)).then(|| view! {
                    <PrecisionField value=Signal::derive(move || state.get(&params::D_PRECISION))
                        set=Callback::new(move |id: String| { state.set(&params::D_PRECISION, &id); })
                        label=word(t, |t| t.gan.d_precision) same=word(t, |t| t.gan.same) testid="gan-d-precision"/>
                })}
                {choice(state, &params::D_SCALING, D_SCALINGS.to_vec(), word(t, |t| t.gan.d_scaling), |t, id| t.gan.scalings.get(id), "gan-d-scaling")}
                <FlagField state param=&params::ROUND_STATE label=word(t, |t| t.gan.round_state) testid="gan-round-state"/>
                <FlagField state param=&params::ROUND_OUTPUTS label=word(t, |t| t.gan.round_outputs) testid="gan-round-outputs"/>
            </fieldset>
            <div class="stack">
                <RivalFields duel/>
                <fieldset class="lone">
                    <legend>{tr!(t, gan.group_run)}</legend>
                    <LabSettings session=duel.first.lab state name="gan"/>
                </fieldset>
            </div>
        </div>
    }
}

/// The second run: what it has otherwise.
#[component]
fn RivalFields(duel: Duel) -> impl IntoView {
    let t = use_text();
    let state = duel.state;
    let own = move |key: &'static str| {
        Signal::derive(move || {
            model::rival(state).and_then(|rival| rival.get(key).map(str::to_owned)).unwrap_or_default()
        })
    };
    let set = move |key: &'static str, value: String| {
        let rival = Rival::parse(&state.now(&params::RIVAL), params::CONFIGURATION);
        // Both networks of the rival follow its one precision.
        let rival = if key == params::PRECISION.key {
            rival.with(params::D_PRECISION.key, Some(String::new()))
        } else {
            rival
        };
        state.set(&params::RIVAL, &rival.with(key, Some(value).filter(|value| !value.is_empty())).text());
    };
    let speed = state.signal(&crate::ui::lab::params::SPEED);
    Effect::new(move |_| duel.second.lab.set_speed(speed.get().parse().unwrap_or(0.0)));
    let select = move |param: &'static Param,
                       options: &'static [&'static str],
                       label: Signal<String>,
                       words: fn(&'static Text, &str) -> Option<&'static str>,
                       testid: &'static str| {
        let value = own(param.key);
        view! {
            <label class="field">
                <span>{dynamic(move || label.get())}</span>
                <select class="btn" prop:value=move || value.get() on:change=move |event| set(param.key, event_target_value(&event)) data-testid=testid>
                    <option value="" selected=move || value.get().is_empty()>{dynamic(move || t.get().gan.same_as_a)}</option>
                    {options.iter().map(|&id| view! {
                        <option value=id selected=move || value.get() == id>{dynamic(move || words(t.get(), &id.replace('-', "_")).unwrap_or(id))}</option>
                    }).collect_view()}
                </select>
            </label>
        }
    };
    (!state.is_hidden(&params::RIVAL)).then(|| view! {
        <fieldset class="lone">
            <legend>{tr!(t, gan.group_race)}</legend>
            <label class="check">
                <input type="checkbox" prop:checked=move || duel.is_racing.get() data-testid="gan-race"
                    on:change=move |event| { state.set(&params::RIVAL, if event_target_checked(&event) { FIRST_RIVAL } else { "" }); }/>
                <span>{tr!(t, gan.race)}</span>
            </label>
            {dynamic(move || duel.is_racing.get().then(|| view! {
                <PrecisionField value=own(params::PRECISION.key) set=Callback::new(move |id: String| set(params::PRECISION.key, id))
                    label=word(t, |t| t.gan.rival_precision) same=word(t, |t| t.gan.same_as_a) testid="gan-rival-precision"/>
                {select(&params::SCALING, &SCALINGS, word(t, |t| t.gan.scaling), |t, id| t.gan.scalings.get(id), "gan-rival-scaling")}
                {select(&params::ROUND_STATE, &["0", "1"], word(t, |t| t.gan.round_state), |t, id| t.gan.yes_no.get(if id == "1" { "yes" } else { "no" }), "gan-rival-state")}
                {select(&params::LOSS, &LOSSES, word(t, |t| t.gan.loss_label), |t, id| t.gan.losses.get(id), "gan-rival-loss")}
            }))}
        </fieldset>
    })
}
