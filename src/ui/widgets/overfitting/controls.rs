//! What a visitor may choose: recipes, data, capacity, cures, precision, the rival.

use leptos::prelude::*;

use super::params::{DATA_SETS, MODELS, NETS};
use super::recipes::{self, RECIPES};
use super::session::Pair;
use super::{model, params, word};
use crate::tr;
use crate::ui::components::fields::ChoiceField;
use crate::ui::components::typed::{Limits, NumberEntry, NumberField};
use crate::ui::lab::{LabSettings, PrecisionField, Rival};
use crate::ui::text::{Text, use_text};
use crate::ui::url_state::{Param, UrlState};
use crate::ui::view::dynamic;

/// The rival of a race that is merely switched on.
const FIRST_RIVAL: &str = "l2.0.003";

/// Run, pause, some steps, reset: for all runs; and the step as a link.
#[component]
pub fn Buttons(
    /// The widget's runs.
    pair: Pair,
) -> impl IntoView {
    let t = use_text();
    let is_on = move || pair.is_on();
    let pin = move |_| {
        let step = pair.first.report.with_untracked(|report| report.step);
        pair.state.set(&params::UNTIL, &step.to_string());
    };
    view! {
        <button class="btn" class:on=move || !is_on() on:click=move |_| pair.toggle() data-testid="overfitting-run">
            {dynamic(move || if is_on() { t.get().lab.pause } else { t.get().lab.run })}
        </button>
        <button class="btn" on:click=move |_| pair.step(1) data-testid="overfitting-step">{tr!(t, lab.step)}</button>
        <button class="btn" on:click=move |_| pair.reset() title=tr!(t, lab.reset_hint) data-testid="overfitting-reset">{tr!(t, lab.reset)}</button>
        <button class="btn" on:click=pin title=tr!(t, overfitting.pin_hint) data-testid="overfitting-pin">{tr!(t, overfitting.pin)}</button>
    }
}

/// One-click configurations, and the sentence of the current one.
#[component]
pub fn Recipes(
    /// The widget's runs.
    pair: Pair,
) -> impl IntoView {
    let t = use_text();
    let state = pair.state;
    let current = Memo::new(move |_| {
        RECIPES.iter().find(|recipe| recipes::is_current(recipe, state)).map(|recipe| recipe.id)
    });
    view! {
        <div class="recipes">
            <div class="chips" role="group" aria-label=tr!(t, overfitting.recipes)>
                {RECIPES.iter().map(|recipe| view! {
                    <button class="chip" aria-pressed=move || (current.get() == Some(recipe.id)).to_string()
                        on:click=move |_| { recipes::apply(recipe, state); pair.start(); }
                        data-testid=format!("overfitting-recipe-{}", recipe.id)>
                        {dynamic(move || t.get().overfitting.recipe_names.get(recipe.id).unwrap_or(recipe.id))}
                    </button>
                }).collect_view()}
            </div>
            <p class="hint recipe-words">{dynamic(move || current.get().and_then(|id| t.get().overfitting.recipe_words.get(id)).unwrap_or(t.get().overfitting.recipe_own))}</p>
        </div>
    }
}

/// A number, or what the task suggests.
#[component]
fn OwnNumber(
    state: UrlState,
    param: &'static Param,
    label: Signal<String>,
    testid: &'static str,
) -> impl IntoView {
    let suggested = Signal::derive(move || model::suggested(&|param| state.get(param), param).to_owned());
    view! { <NumberField state param label suggested testid/> }
}

/// A number that the rival has otherwise; left empty it has none of its own.
#[component]
fn RivalNumber(
    state: UrlState,
    param: &'static Param,
    label: Signal<String>,
    testid: &'static str,
) -> impl IntoView {
    let value = Signal::derive(move || {
        model::rival(state).and_then(|rival| rival.get(param.key).map(str::to_owned)).unwrap_or_default()
    });
    let set = Callback::new(move |text: String| {
        set_rival(state, param.key, text);
        Ok(())
    });
    view! { <NumberEntry label value limits=Limits::of(param) set placeholder="=" testid/> }
}

/// Gives the rival a value of its own, or none.
fn set_rival(state: UrlState, key: &'static str, value: String) {
    let rival = Rival::parse(&state.now(&params::RIVAL), params::RIVALRY);
    let text = rival.with(key, Some(value).filter(|value| !value.is_empty())).text();
    // A rival without a difference is none.
    state.set(&params::RIVAL, &text);
}

/// Everything else.
#[component]
pub fn Controls(
    /// The widget's runs.
    pair: Pair,
) -> impl IntoView {
    let t = use_text();
    let state = pair.state;
    let data = Memo::new(move |_| state.get(&params::DATA));
    let is_curve = move || model::is_curve(&data.get());
    let is_polynomial = Memo::new(move |_| model::is_polynomial(&|param| state.get(param)));
    let is_convolutional = Memo::new(move |_| model::is_convolutional(&|param| state.get(param)));
    let named = move |pick: fn(&'static Text, &str) -> Option<&'static str>| {
        Callback::new(move |id: &'static str| pick(t.get(), &id.replace('-', "_")).unwrap_or(id).to_owned())
    };
    view! {
        <div class="over-controls">
            <fieldset>
                <legend>{tr!(t, overfitting.group_data)}</legend>
                <ChoiceField state param=&params::DATA options=DATA_SETS.to_vec() label=word(t, |t| t.overfitting.data_label)
                    name=named(|t, id| t.overfitting.data.get(id)) testid="overfitting-data"/>
                <OwnNumber state param=&params::SAMPLES label=word(t, |t| t.overfitting.samples) testid="overfitting-samples"/>
                {dynamic(move || (!model::is_pictures(&data.get())).then(|| view! {
                    <OwnNumber state param=&params::NOISE label=word(t, |t| t.overfitting.noise) testid="overfitting-noise"/>
                }))}
                {dynamic(move || (!is_curve()).then(|| view! {
                    <OwnNumber state param=&params::LABEL_NOISE label=word(t, |t| t.overfitting.label_noise) testid="overfitting-label-noise"/>
                }))}
            </fieldset>
            <fieldset>
                <legend>{tr!(t, overfitting.group_capacity)}</legend>
                {dynamic(move || is_curve().then(|| view! {
                    <ChoiceField state param=&params::MODEL options=MODELS.to_vec() label=word(t, |t| t.overfitting.model_label)
                        name=named(|t, id| t.overfitting.models.get(id)) testid="overfitting-model"/>
                }))}
                {dynamic(move || model::is_pictures(&data.get()).then(|| view! {
                    <ChoiceField state param=&params::NET options=NETS.to_vec() label=word(t, |t| t.overfitting.model_label)
                        name=named(|t, id| t.overfitting.nets.get(id)) testid="overfitting-net"/>
                }))}
                {dynamic(move || if is_polynomial.get() {
                    view! { <OwnNumber state param=&params::DEGREE label=word(t, |t| t.overfitting.degree) testid="overfitting-degree"/> }.into_any()
                } else if is_convolutional.get() {
                    view! { <OwnNumber state param=&params::CHANNELS label=word(t, |t| t.overfitting.channels) testid="overfitting-channels"/> }.into_any()
                } else {
                    view! { <OwnNumber state param=&params::WIDTH label=word(t, |t| t.overfitting.width) testid="overfitting-width"/> }.into_any()
                })}
                <OwnNumber state param=&params::RATE label=word(t, |t| t.overfitting.rate) testid="overfitting-rate"/>
                <OwnNumber state param=&params::UNTIL label=word(t, |t| t.overfitting.until) testid="overfitting-until"/>
            </fieldset>
            <fieldset>
                <legend>{tr!(t, overfitting.group_cures)}</legend>
                <OwnNumber state param=&params::L2 label=word(t, |t| t.overfitting.l2) testid="overfitting-l2"/>
                <OwnNumber state param=&params::PATIENCE label=word(t, |t| t.overfitting.patience) testid="overfitting-patience"/>
                {dynamic(move || (!is_polynomial.get()).then(|| view! {
                    <OwnNumber state param=&params::DROPOUT label=word(t, |t| t.overfitting.dropout) testid="overfitting-dropout"/>
                }))}
                {dynamic(move || model::is_pictures(&data.get()).then(|| view! {
                    <OwnNumber state param=&params::SHIFT label=word(t, |t| t.overfitting.shift) testid="overfitting-shift"/>
                }))}
            </fieldset>
            <fieldset>
                <legend>{tr!(t, overfitting.group_run)}</legend>
                {(!state.is_hidden(&params::PRECISION)).then(|| view! {
                    <PrecisionField value=Signal::derive(move || state.get(&params::PRECISION))
                        set=Callback::new(move |id: String| { state.set(&params::PRECISION, &id); })
                        label=word(t, |t| t.overfitting.precision) testid="overfitting-precision"/>
                })}
                <OwnNumber state param=&params::SEEDS label=word(t, |t| t.overfitting.seeds) testid="overfitting-seeds"/>
                <LabSettings session=pair.first state name="overfitting"/>
            </fieldset>
            <RivalFields pair/>
        </div>
    }
}

/// The rival's network for pictures, or that of the first run.
#[component]
fn RivalNet(state: UrlState) -> impl IntoView {
    let t = use_text();
    let own = move || {
        model::rival(state)
            .and_then(|rival| rival.get(params::NET.key).map(str::to_owned))
            .unwrap_or_default()
    };
    let words = move |id: &'static str| match id {
        "" => t.get().overfitting.same_as_a,
        id => t.get().overfitting.nets.get(id).unwrap_or(id),
    };
    view! {
        <label class="field">
            <span>{tr!(t, overfitting.model_label)}</span>
            <select class="btn" prop:value=own on:change=move |event| set_rival(state, params::NET.key, event_target_value(&event))
                data-testid="overfitting-rival-net">
                {[""].into_iter().chain(NETS).map(|id| view! {
                    <option value=id selected=move || own() == id>{dynamic(move || words(id))}</option>
                }).collect_view()}
            </select>
        </label>
    }
}

/// The second run: what it has otherwise.
#[component]
fn RivalFields(pair: Pair) -> impl IntoView {
    let t = use_text();
    let state = pair.state;
    let data = Memo::new(move |_| state.get(&params::DATA));
    let is_polynomial = Memo::new(move |_| model::is_polynomial(&|param| state.get(param)));
    let is_rival_convolutional =
        Memo::new(move |_| model::second(state).is_some_and(|spec| spec.model == "cnn"));
    let precision = Signal::derive(move || {
        model::rival(state).and_then(|rival| rival.get("p").map(str::to_owned)).unwrap_or_default()
    });
    (!state.is_hidden(&params::RIVAL)).then(|| view! {
        <fieldset>
            <legend>{tr!(t, overfitting.group_race)}</legend>
            <label class="check">
                <input type="checkbox" prop:checked=move || pair.is_racing.get() data-testid="overfitting-race"
                    on:change=move |event| { state.set(&params::RIVAL, if event_target_checked(&event) { FIRST_RIVAL } else { "" }); }/>
                <span>{tr!(t, overfitting.race)}</span>
            </label>
            {dynamic(move || pair.is_racing.get().then(|| view! {
                <p class="hint lone">{tr!(t, overfitting.race_hint)}</p>
                {model::is_pictures(&data.get()).then(|| view! { <RivalNet state/> })}
                {if is_polynomial.get() {
                    view! { <RivalNumber state param=&params::DEGREE label=word(t, |t| t.overfitting.degree) testid="overfitting-rival-degree"/> }.into_any()
                } else {
                    view! {
                        {if is_rival_convolutional.get() {
                            view! { <RivalNumber state param=&params::CHANNELS label=word(t, |t| t.overfitting.channels) testid="overfitting-rival-channels"/> }.into_any()
                        } else {
                            view! { <RivalNumber state param=&params::WIDTH label=word(t, |t| t.overfitting.width) testid="overfitting-rival-width"/> }.into_any()
                        }}
                        <RivalNumber state param=&params::DROPOUT label=word(t, |t| t.overfitting.dropout) testid="overfitting-rival-dropout"/>
                    }.into_any()
                }}
                <RivalNumber state param=&params::SAMPLES label=word(t, |t| t.overfitting.samples) testid="overfitting-rival-samples"/>
                <RivalNumber state param=&params::L2 label=word(t, |t| t.overfitting.l2) testid="overfitting-rival-l2"/>
                <RivalNumber state param=&params::PATIENCE label=word(t, |t| t.overfitting.patience) testid="overfitting-rival-patience"/>
                {model::is_pictures(&data.get()).then(|| view! {
                    <RivalNumber state param=&params::SHIFT label=word(t, |t| t.overfitting.shift) testid="overfitting-rival-shift"/>
                })}
                <PrecisionField value=precision set=Callback::new(move |id: String| set_rival(state, "p", id))
                    label=word(t, |t| t.overfitting.precision) same=word(t, |t| t.overfitting.same_as_a) testid="overfitting-rival-precision"/>
            }))}
        </fieldset>
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_race_begins_with_a_difference() {
        assert_eq!(Rival::parse(FIRST_RIVAL, params::RIVALRY).text(), FIRST_RIVAL);
    }
}
