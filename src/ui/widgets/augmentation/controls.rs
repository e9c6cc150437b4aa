//! Settings of the race, and a row for every transform.

use leptos::prelude::*;

use super::params::{self, CONTROLS, Control};
use super::session::Race;
use super::word;
use crate::tr;
use crate::ui::components::fields::{ChoiceField, FlagField};
use crate::ui::components::image_names::set_name;
use crate::ui::components::typed::NumberField;
use crate::ui::lab::{PrecisionField, params as lab_params};
use crate::ui::text::{fill, use_text};
use crate::ui::url_state::{Param, UrlState};
use crate::ui::view::dynamic;

/// Task, labels, steps, runs, precision, seed, device, averaging.
#[component]
pub fn Settings(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    let state = race.state;
    view! {
        <div class="controls augmentation-controls">
            <ChoiceField state param=&params::DATA options=params::DATA_SETS.to_vec() label=word(t, |t| t.augmentation.data_label)
                name=Callback::new(move |id: &'static str| set_name(t.get(), id)) testid="augmentation-data"/>
            <ChoiceField state param=&params::LABELS options=params::LABEL_COUNTS.to_vec() label=word(t, |t| t.augmentation.labels_label)
                name=Callback::new(str::to_owned) testid="augmentation-labels"/>
            <ChoiceField state param=&params::STEPS options=params::STEP_COUNTS.to_vec() label=word(t, |t| t.lab.steps)
                name=Callback::new(str::to_owned) testid="augmentation-steps"/>
            <NumberField state param=&params::RUNS label=word(t, |t| t.augmentation.runs_label) testid="augmentation-runs"/>
            <NumberField state param=&lab_params::SEED label=word(t, |t| t.lab.seed) testid="augmentation-seed"/>
            {(!state.is_hidden(&params::PRECISION)).then(|| view! {
                <PrecisionField value=Signal::derive(move || state.get(&params::PRECISION))
                    set=Callback::new(move |id: String| { state.set(&params::PRECISION, &id); })
                    label=word(t, |t| t.augmentation.precision_label) testid="augmentation-precision"/>
            })}
            <ChoiceField state param=&lab_params::DEVICE options=vec!["auto", "cpu", "webgpu"] label=word(t, |t| t.lab.device)
                name=Callback::new(move |id: &'static str| t.get().lab.devices.get(id).unwrap_or(id).to_owned()) testid="lab-device"/>
            <FlagField state param=&params::AVERAGE label=word(t, |t| t.augmentation.average_label) testid="augmentation-average"/>
            {dynamic(move || state.flag(&params::AVERAGE).then(|| view! {
                <ChoiceField state param=&params::VARIANTS options=params::VARIANT_COUNTS.to_vec() label=word(t, |t| t.augmentation.average_over)
                    name=Callback::new(str::to_owned) testid="augmentation-over"/>
            }))}
        </div>
    }
}

/// The transforms.
#[component]
pub fn Transforms(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    let state = race.state;
    view! {
        <section class="part">
            <h3>{tr!(t, augmentation.transforms_title)}</h3>
            <p class="part-note">{tr!(t, augmentation.transforms_note)}</p>
            <div class="transforms">
                {CONTROLS.iter().map(|control| view! { <Row state control/> }).collect_view()}
            </div>
        </section>
    }
}

/// A range in its unit.
fn in_units(id: &str, value: i64) -> String {
    match id {
        "rotate" | "shear" => format!("±{value}°"),
        "noise" | "cutout" => format!("{value} %"),
        "mixup" => format!("α = {:.2}", value as f64 / 100.0),
        _ => format!("±{value} %"),
    }
}

#[component]
fn Row(state: UrlState, control: &'static Control) -> impl IntoView {
    let t = use_text();
    let Control { id, range, probability, usual } = *control;
    let name = Signal::derive(move || {
        t.get().augmentation.transforms.get(&id.replace('-', "_")).unwrap_or(id).to_owned()
    });
    let is_on = move || range.is_none_or(|range| state.int(range) > 0) && state.int(probability) > 0;
    let switch = move |on: bool| {
        let [far, often] = if on { usual } else { ["0", "0"] };
        match range {
            Some(range) => {
                state.set(range, far);
                // Off keeps the probability for the next time.
                if on && state.now(probability) == "0" {
                    state.set(probability, often);
                }
            }
            None => {
                state.set(probability, often);
            }
        }
    };
    let slide = move |param: &'static Param,
                      label: Signal<String>,
                      shown: Signal<String>,
                      max: i64,
                      kind: &'static str| {
        (!state.is_hidden(param)).then(|| view! {
            <label class="slide">
                <span class="slide-label">{dynamic(move || label.get())} " " <output class="mono">{dynamic(move || shown.get())}</output></span>
                <input type="range" min="0" max=max step="1" prop:value=move || state.get(param)
                    aria-label=move || format!("{}: {}", name.get(), label.get()) aria-valuetext=move || shown.get()
                    on:input=move |event| { state.set(param, &event_target_value(&event)); } data-testid=format!("augmentation-{id}-{kind}")/>
            </label>
        })
    };
    let often = Signal::derive(move || fill(t.get().augmentation.percent, &[("n", &state.get(probability))]));
    view! {
        <div class="transform" class:off=move || !is_on() role="group" aria-label=move || name.get()>
            <label class="check">
                <input type="checkbox" prop:checked=is_on on:change=move |event| switch(event_target_checked(&event))
                    data-testid=format!("augmentation-{id}")/>
                <span>{dynamic(move || name.get())}</span>
            </label>
            {range.map(|range| {
                let most = match range.kind {
                    crate::ui::url_state::ParamKind::Int { max, .. } => max,
                    _ => 100,
                };
                let shown = Signal::derive(move || in_units(id, state.int(range)));
                slide(range, word(t, |t| t.augmentation.range), shown, most, "range")
            })}
            {slide(probability, word(t, |t| t.augmentation.probability), often, 100, "probability")}
        </div>
    }
}
