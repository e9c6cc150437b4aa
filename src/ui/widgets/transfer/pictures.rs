//! Pictures on canvases, and the names of classes.

use std::sync::Arc;

use leptos::html::Canvas;
use leptos::prelude::*;
use protocol::Square;

use super::model::{Answer, Setup};
use super::session::Race;
use super::{own, params};
use crate::ui::components::image_names::class_name;
use crate::ui::components::picture::paint;
use crate::ui::text::{Text, fill, use_text};
use crate::ui::view::dynamic;

/// The names of the task's classes; of one's own, as they are called.
pub fn class_names(text: &'static Text, race: Race) -> Vec<String> {
    if race.state.get(&params::DATA) == params::OWN {
        return own::names();
    }
    race.summary.with(|summary| {
        let classes = summary.as_ref().map(|summary| summary.classes.clone()).unwrap_or_default();
        classes.iter().map(|class| class_name(text, class)).collect()
    })
}

/// Answered pictures, each with what was said of it.
#[component]
pub fn Sheet(
    /// The widget's runs.
    race: Race,
    /// The answers.
    answers: Signal<Vec<Answer>>,
    /// For tests.
    testid: &'static str,
) -> impl IntoView {
    Effect::new(move |_| {
        let indices: Vec<u32> = answers.with(|answers| answers.iter().map(|answer| answer.picture).collect());
        race.want_pictures(&indices);
    });
    view! {
        <ul class="sheet" data-testid=testid>
            {dynamic(move || answers.get().into_iter().map(|answer| view! { <Answered race answer/> }).collect_view())}
        </ul>
    }
}

/// A picture with its class, the answer and its probability.
#[component]
fn Answered(race: Race, answer: Answer) -> impl IntoView {
    let t = use_text();
    let is_right = answer.truth == answer.predicted;
    let words = move || {
        let text = t.get();
        let names = class_names(text, race);
        let name = |class: usize| names.get(class).cloned().unwrap_or_default();
        let percent = format!("{:.0}", 100.0 * answer.probability);
        let (truth, said) = (name(answer.truth), name(answer.predicted));
        let template = if is_right { text.transfer.answered_right } else { text.transfer.answered_wrong };
        fill(template, &[("truth", &truth), ("said", &said), ("percent", &percent)])
    };
    let label = Signal::derive(words);
    view! {
        <li class:wrong=!is_right>
            <Thumb race index=answer.picture label/>
            <span>{dynamic(move || label.get())}</span>
        </li>
    }
}

/// A picture.
#[component]
fn Thumb(race: Race, index: u32, label: Signal<String>) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let setup = Memo::new(move |_| Setup::of(race.state).features.data);
    Effect::new(move |_| {
        let picture = race.pictures.with(|known| known.get(&(setup.get(), index)).cloned());
        if let (Some(canvas), Some(picture)) = (canvas.get(), picture) {
            paint(&canvas, picture.side, &picture.levels);
        }
    });
    view! { <canvas class="thumb" width="32" height="32" node_ref=canvas role="img" aria-label=move || label.get()></canvas> }
}

/// A picture whose label is said elsewhere.
#[component]
pub fn Thumbnail(
    /// The picture.
    square: Arc<Square>,
) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            paint(&canvas, square.side, &square.levels);
        }
    });
    view! { <canvas class="thumb" width="32" height="32" node_ref=canvas aria-hidden="true"></canvas> }
}
