//! Generated images, and a walk between two latents.

use leptos::html::Canvas;
use leptos::prelude::*;

use super::scene::paint::draw_images;
use super::session::{Duel, Runner};
use super::{model, params};
use crate::tr;
use crate::ui::components::turns::Turn;
use crate::ui::components::typed::NumberField;
use crate::ui::lab::Looked;
use crate::ui::text::{Text, fill, use_text};
use crate::ui::view::dynamic;

/// Images in a row of the grid.
const COLUMNS: usize = 8;
const PIXELS: usize = 28 * 28;

/// A canvas that follows a view of images.
#[component]
fn Sheet(
    /// The images.
    looked: Looked,
    /// In a row.
    columns: usize,
    /// One of them alone, by its place.
    #[prop(optional, into)]
    only: Option<Signal<usize>>,
    /// Its name, for screen readers.
    label: Signal<String>,
    /// For tests.
    testid: &'static str,
) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let turn = Turn::of(canvas, 0.0);
    Effect::new(move |_| {
        if !turn.take() {
            return;
        }
        let (Some(canvas), Some(view)) = (canvas.get(), looked.get()) else { return };
        let shown = match only.map(|only| only.get()) {
            Some(at) => view.values.get(at * PIXELS..(at + 1) * PIXELS).unwrap_or_default(),
            None => &view.values,
        };
        draw_images(&canvas, shown, columns);
    });
    view! { <canvas class="pixels" node_ref=canvas role="img" aria-label=move || label.get() data-testid=testid></canvas> }
}

/// The grid of a run's images.
#[component]
pub fn Grid(
    /// Whose.
    runner: Runner,
    /// Its name, for screen readers.
    label: Signal<String>,
) -> impl IntoView {
    view! { <div class="gan-stage images"><Sheet looked=runner.look("images") columns=COLUMNS label testid="gan-images"/></div> }
}

/// The walk: its ends, a slider, and what is made on the way.
#[component]
pub fn Walk(
    /// The widget's runs.
    duel: Duel,
) -> impl IntoView {
    let t = use_text();
    let state = duel.state;
    let images = Memo::new(move |_| model::is_images(&state.get(&params::DATA)));
    let shown = move || images.get() || state.flag(&params::WALK);
    let at = Signal::derive(move || state.int(&params::WALK_AT) as usize);
    let label =
        move |pick: fn(&'static Text) -> &'static str| Signal::derive(move || pick(t.get()).to_owned());
    view! {
        <section class="part walk" data-testid="gan-walk">
            <div class="part-head">
                <h3>{tr!(t, gan.walk_title)}</h3>
                {dynamic(move || (!images.get()).then(|| view! {
                    <button class="btn small" aria-pressed=move || state.flag(&params::WALK).to_string()
                        on:click=move |_| { state.set(&params::WALK, if state.now(&params::WALK) == "1" { "0" } else { "1" }); } data-testid="gan-walk-turn">
                        {dynamic(move || if state.flag(&params::WALK) { t.get().gan.walk_off } else { t.get().gan.walk_on })}
                    </button>
                }))}
            </div>
            <p class="part-note">{dynamic(move || if images.get() { t.get().gan.walk_images } else { t.get().gan.walk_points })}</p>
            {dynamic(move || shown().then(|| view! {
                <div class="walk-controls">
                    <NumberField state param=&params::WALK_FROM label=label(|t| t.gan.walk_from) testid="gan-walk-from"/>
                    <label class="field walk-slider">
                        <span>{dynamic(move || fill(t.get().gan.walk_place, &[("n", &(at.get() + 1).to_string()), ("of", &model::WALK_STEPS.to_string())]))}</span>
                        <input type="range" min="0" max=(model::WALK_STEPS - 1).to_string() prop:value=move || state.get(&params::WALK_AT)
                            on:input=move |event| { state.set(&params::WALK_AT, &event_target_value(&event)); } data-testid="gan-walk-at"/>
                    </label>
                    <NumberField state param=&params::WALK_TO label=label(|t| t.gan.walk_to) testid="gan-walk-to"/>
                </div>
            }))}
            {dynamic(move || images.get().then(|| view! {
                <div class="walk-images">
                    <Sheet looked=duel.first.look("walk") columns=1 only=at label=Signal::derive(move || t.get().gan.walk_title.to_owned()) testid="gan-walk-image"/>
                    <Sheet looked=duel.first.look("walk") columns=model::WALK_STEPS as usize label=Signal::derive(move || t.get().gan.walk_title.to_owned()) testid="gan-walk-strip"/>
                </div>
            }))}
        </section>
    }
}
