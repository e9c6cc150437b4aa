//! "Predict, then run" for transfer learning. Right answers come from the measured figures and from the shapes.

use leptos::prelude::*;

use super::{measured, params};
use crate::ui::components::tasks::{Task, Tasks};
use crate::ui::text::{fill, use_text};
use crate::ui::url_state::{Param, UrlState};

/// Arms of the first question, on clip-art with ten labels a class.
const CONTROLS: [&str; 2] = ["random", "pixels"];
/// Arms of the second, on digits.
const CUTS: [&str; 2] = ["d10", "frozen"];
/// Channels after block 14, and classes of the clip-art.
const HEAD: [usize; 2] = [192, 6];

/// The place of the arm with the greater mean at ten labels a class.
fn better(data: &str, arms: &[&str]) -> usize {
    let mean = |arm: &str| measured::mean(data, arm, 1).unwrap_or(f64::NEG_INFINITY);
    (0..arms.len()).max_by(|a, b| mean(arms[*a]).total_cmp(&mean(arms[*b]))).unwrap_or_default()
}

/// What the third question offers: weights without biases, the right number, the flattened map's.
fn sizes() -> [usize; 3] {
    let [channels, classes] = HEAD;
    [channels * classes, (channels + 1) * classes, 9 * channels * classes]
}

/// The questions.
pub fn tasks(state: UrlState) -> AnyView {
    let t = use_text();
    let set = move |values: &'static [(&'static Param, &'static str)]| {
        Callback::new(move |()| {
            state.reset();
            for (param, value) in values {
                state.set(param, value);
            }
        })
    };
    let both = |data: &'static str, arms: [&'static str; 2]| {
        arms.map(|arm| measured::mean(data, arm, 1).map_or_else(String::new, |mean| format!("{mean:.1}")))
    };
    let tasks = vec![
        Task {
            id: "random-base",
            question: Signal::derive(move || t.get().transfer.task_random.to_owned()),
            choices: Signal::derive(move || {
                vec![
                    t.get().transfer.task_random_base.to_owned(),
                    t.get().transfer.task_random_pixels.to_owned(),
                ]
            }),
            right: Signal::derive(|| better("clip-art", &CONTROLS)),
            because: Signal::derive(move || {
                let [random, pixels] = both("clip-art", CONTROLS);
                fill(t.get().transfer.task_random_because, &[("random", &random), ("pixels", &pixels)])
            }),
            show: set(&[(&params::RANDOM, "1"), (&params::TRAIN, "1")]),
        },
        Task {
            id: "digits-cut",
            question: Signal::derive(move || t.get().transfer.task_cut.to_owned()),
            choices: Signal::derive(move || {
                vec![t.get().transfer.measured_d10.to_owned(), t.get().transfer.measured_b14.to_owned()]
            }),
            right: Signal::derive(|| better("mnist", &CUTS)),
            because: Signal::derive(move || {
                let [early, late] = both("mnist", CUTS);
                fill(t.get().transfer.task_cut_because, &[("early", &early), ("late", &late)])
            }),
            show: set(&[(&params::DATA, "mnist"), (&params::CUT, "d10"), (&params::TRAIN, "1")]),
        },
        Task {
            id: "head-size",
            question: Signal::derive(move || t.get().transfer.task_head.to_owned()),
            choices: Signal::derive(|| sizes().map(|size| size.to_string()).to_vec()),
            right: Signal::derive(|| {
                let [channels, classes] = HEAD;
                let right = channels * classes + classes;
                sizes().iter().position(|size| *size == right).unwrap_or(usize::MAX)
            }),
            because: Signal::derive(move || t.get().transfer.task_head_because.to_owned()),
            show: set(&[(&params::TRAIN, "1")]),
        },
    ];
    view! { <Tasks tasks/> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_base_is_worse_than_none_and_the_early_cut_is_ahead_on_digits() {
        assert_eq!(CONTROLS[better("clip-art", &CONTROLS)], "pixels");
        assert_eq!(CUTS[better("mnist", &CUTS)], "d10");
        assert_eq!(sizes(), [1152, 1158, 10368]);
    }
}
