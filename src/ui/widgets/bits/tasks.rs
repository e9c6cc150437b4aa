//! "Predict, then look" for the bits widget. The right answers are computed, not written down.

use leptos::prelude::*;
use numerics::{Real, Rounding};

use super::display;
use super::params;
use crate::ui::components::tasks::{Task, Tasks};
use crate::ui::text::{fill, use_text};
use crate::ui::url_state::UrlState;

/// What may store 0.1 best.
const TENTH: [&str; 3] = ["bf16", "fp16", "e4m3"];

/// The relative error of `text` in a format; infinite when it is not stored as a number.
fn relative_error(id: &str, text: &str) -> f64 {
    let (Some(format), Ok(Real::Finite(asked))) = (numerics::by_id(id), Real::parse(text)) else {
        return f64::INFINITY;
    };
    let stored = format.encode_real(&Real::Finite(asked.clone()), &Rounding::default()).value.to_rational();
    stored
        .and_then(|stored| stored.sub(&asked).div(&asked))
        .map_or(f64::INFINITY, |ratio| ratio.to_f64().abs())
}

fn nearest_of(ids: &[&str], text: &str) -> usize {
    let mut best = 0;
    for index in 1..ids.len() {
        if relative_error(ids[index], text) < relative_error(ids[best], text) {
            best = index;
        }
    }
    best
}

fn stored(id: &str, text: &str) -> String {
    let (Some(format), Ok(real)) = (numerics::by_id(id), Real::parse(text)) else { return String::new() };
    display::short_value(format.encode_real(&real, &Rounding::default()).value, 12)
}

/// The questions.
pub fn tasks(state: UrlState) -> AnyView {
    let t = use_text();
    let show = move |value: &'static str, format: &'static str| {
        Callback::new(move |()| {
            state.reset();
            state.set(&params::VALUE, value);
            state.set(&params::FORMAT, format);
        })
    };
    let names = |ids: &'static [&'static str]| {
        Signal::derive(move || {
            ids.iter()
                .map(|id| numerics::by_id(id).map_or(*id, |format| format.name).to_owned())
                .collect::<Vec<_>>()
        })
    };
    let tasks = vec![
        Task {
            id: "tenth",
            question: Signal::derive(move || t.get().bits.task_tenth.to_owned()),
            choices: names(&TENTH),
            right: Signal::derive(|| nearest_of(&TENTH, "0.1")),
            because: Signal::derive(move || {
                fill(
                    t.get().bits.task_tenth_because,
                    &[
                        ("fp16", &stored("fp16", "0.1")),
                        ("bf16", &stored("bf16", "0.1")),
                        ("e4m3", &stored("e4m3", "0.1")),
                    ],
                )
            }),
            show: show("0.1", "fp16"),
        },
        Task {
            id: "overflow",
            question: Signal::derive(move || t.get().bits.task_overflow.to_owned()),
            choices: Signal::derive(|| vec!["65504".to_owned(), "∞".to_owned(), "65520".to_owned()]),
            right: Signal::derive(|| {
                let shown = stored("fp16", "65520");
                ["65504", "∞", "65520"].iter().position(|choice| *choice == shown).unwrap_or_default()
            }),
            because: Signal::derive(move || fill(t.get().bits.task_overflow_because, &[("code", "0x7C00")])),
            show: show("65520", "fp16"),
        },
        Task {
            id: "e4m3",
            question: Signal::derive(move || t.get().bits.task_e4m3.to_owned()),
            choices: Signal::derive(|| vec!["448".to_owned(), "NaN".to_owned(), "480".to_owned()]),
            right: Signal::derive(|| {
                let shown = stored("e4m3", "464");
                ["448", "NaN", "480"].iter().position(|choice| *choice == shown).unwrap_or_default()
            }),
            because: Signal::derive(move || t.get().bits.task_e4m3_because.to_owned()),
            show: show("464", "e4m3"),
        },
    ];
    view! { <Tasks tasks/> }.into_any()
}
