//! "Predict, then run" for augmentation. Right answers come from the measured figures and from the definition of mixup.

use leptos::prelude::*;

use super::{measured, model, params};
use crate::ui::components::number::minus;
use crate::ui::components::tasks::{Task, Tasks};
use crate::ui::text::{fill, use_text};
use crate::ui::url_state::UrlState;

/// Tasks of the second question.
const SETS: [&str; 2] = ["mnist", "clip-art"];
/// Share of the other picture in the third.
const SHARE: f64 = 0.3;

/// Up, within a point, down.
fn direction(gap: f64) -> usize {
    match gap {
        gap if gap > 1.0 => 0,
        gap if gap >= -1.0 => 1,
        _ => 2,
    }
}

/// The set to which a left–right flip brings more.
fn better() -> usize {
    let gap = |set: &str| measured::gap(set, "flip_h").unwrap_or(f64::NEG_INFINITY);
    (0..SETS.len()).max_by(|a, b| gap(SETS[*a]).total_cmp(&gap(SETS[*b]))).unwrap_or_default()
}

/// Targets of both classes that each choice names.
const TARGETS: [[f64; 2]; 3] = [[0.0, 1.0], [0.3, 0.7], [0.5, 0.5]];

fn mixed() -> [f64; 2] {
    [SHARE, 1.0 - SHARE]
}

/// The questions.
pub fn tasks(state: UrlState) -> AnyView {
    let t = use_text();
    let points = |set: &str, recipe: &str| {
        measured::gap(set, recipe).map_or_else(String::new, |gap| minus(&format!("{gap:+.1}")))
    };
    let preset = move |id: &'static str| {
        Callback::new(move |()| {
            state.reset();
            if let Some(preset) = model::PRESETS.iter().find(|preset| preset.id == id) {
                preset.apply(state);
            }
        })
    };
    let tasks = vec![
        Task {
            id: "flips",
            question: Signal::derive(move || t.get().augmentation.task_flips.to_owned()),
            choices: Signal::derive(move || {
                let words = &t.get().augmentation;
                [words.task_flips_up, words.task_flips_same, words.task_flips_down]
                    .map(str::to_owned)
                    .to_vec()
            }),
            right: Signal::derive(|| direction(measured::gap("mnist", "flips").unwrap_or_default())),
            because: Signal::derive(move || {
                fill(t.get().augmentation.task_flips_because, &[("gap", &points("mnist", "flips"))])
            }),
            show: preset("flips"),
        },
        Task {
            id: "flip-where",
            question: Signal::derive(move || t.get().augmentation.task_best.to_owned()),
            choices: Signal::derive(move || {
                let words = &t.get().augmentation;
                [words.task_best_digits, words.task_best_pictures].map(str::to_owned).to_vec()
            }),
            right: Signal::derive(better),
            because: Signal::derive(move || {
                let [digits, pictures] = SETS.map(|set| points(set, "flip_h"));
                fill(t.get().augmentation.task_best_because, &[("digits", &digits), ("pictures", &pictures)])
            }),
            show: Callback::new(move |()| {
                state.reset();
                model::PRESETS[0].apply(state);
                state.set(&params::DATA, SETS[1]);
                state.set(params::CONTROLS[3].probability, "50");
            }),
        },
        Task {
            id: "mixed-label",
            question: Signal::derive(move || t.get().augmentation.task_mix.to_owned()),
            choices: Signal::derive(move || {
                let words = &t.get().augmentation;
                [words.task_mix_seven, words.task_mix_both, words.task_mix_half].map(str::to_owned).to_vec()
            }),
            right: Signal::derive(|| {
                TARGETS.iter().position(|target| *target == mixed()).unwrap_or(usize::MAX)
            }),
            because: Signal::derive(move || {
                let [two, seven] = mixed().map(|share| format!("{share:.1}"));
                fill(t.get().augmentation.task_mix_because, &[("two", &two), ("seven", &seven)])
            }),
            show: Callback::new(move |()| {
                state.reset();
                model::PRESETS[0].apply(state);
                let mixup = params::CONTROLS[10];
                if let Some(range) = mixup.range {
                    state.set(range, mixup.usual[0]);
                }
                state.set(mixup.probability, mixup.usual[1]);
            }),
        },
    ];
    view! { <Tasks tasks/> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_what_was_measured() {
        assert_eq!(direction(measured::gap("mnist", "flips").expect("measured")), 2);
        assert_eq!(SETS[better()], "clip-art");
        assert!(measured::gap("clip-art", "flip_h").expect("measured") > 0.0);
        assert_eq!(TARGETS[1], mixed());
        assert_eq!([2.0, 0.5, -0.5, -3.0].map(direction), [0, 1, 1, 2]);
    }
}
