//! "Predict, then run" for overfitting. Right answers come from the measured figures.

use leptos::prelude::*;

use super::{measured, params};
use crate::ui::components::tasks::{Task, Tasks};
use crate::ui::text::{fill, use_text};
use crate::ui::url_state::{Param, UrlState};

/// Places in the measured descent that the third question offers.
const COUNTS: [usize; 3] = [20, 200, 2000];

/// What becomes of training and test error between two degrees: both fall, they part, both rise.
fn fate() -> usize {
    let [before, after] = [4, 12].map(|degree| measured::degree(15, 0.0, degree));
    match (after.train < before.train, after.test < before.test) {
        (true, true) => 0,
        (true, false) => 1,
        _ => 2,
    }
}

/// Place of the better cure of degree 12: the penalty, more data.
fn cure() -> usize {
    let [l2, more] = [measured::degree(15, 0.003, 12), measured::degree(200, 0.0, 12)];
    usize::from(more.test < l2.test)
}

/// Place of the count of features with the greatest test error.
fn worst() -> usize {
    let error = |count: &usize| measured::descent(*count).map_or(f64::NEG_INFINITY, |row| row.plain);
    (0..COUNTS.len()).max_by(|a, b| error(&COUNTS[*a]).total_cmp(&error(&COUNTS[*b]))).unwrap_or_default()
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
    let figure = |value: f64| format!("{value:.3}");
    let tasks = vec![
        Task {
            id: "degree",
            question: Signal::derive(move || t.get().overfitting.task_degree.to_owned()),
            choices: Signal::derive(move || {
                let words = &t.get().overfitting;
                [words.task_degree_both, words.task_degree_split, words.task_degree_neither]
                    .map(str::to_owned)
                    .to_vec()
            }),
            right: Signal::derive(fate),
            because: Signal::derive(move || {
                let [four, twelve] = [4, 12].map(|degree| measured::degree(15, 0.0, degree));
                fill(
                    t.get().overfitting.task_degree_because,
                    &[
                        ("train4", &figure(four.train)),
                        ("train12", &figure(twelve.train)),
                        ("test4", &figure(four.test)),
                        ("test12", &figure(twelve.test)),
                        ("variance12", &figure(twelve.variance)),
                    ],
                )
            }),
            show: set(&[(&params::RIVAL, "k.4")]),
        },
        Task {
            id: "cure",
            question: Signal::derive(move || t.get().overfitting.task_data.to_owned()),
            choices: Signal::derive(move || {
                let words = &t.get().overfitting;
                [words.task_data_l2, words.task_data_more].map(str::to_owned).to_vec()
            }),
            right: Signal::derive(cure),
            because: Signal::derive(move || {
                let [l2, more] = [measured::degree(15, 0.003, 12), measured::degree(200, 0.0, 12)];
                fill(
                    t.get().overfitting.task_data_because,
                    &[("l2", &figure(l2.test)), ("more", &figure(more.test)), ("noise", &figure(0.0625))],
                )
            }),
            show: set(&[(&params::L2, "0.003"), (&params::RIVAL, "n.200*l2.0")]),
        },
        Task {
            id: "descent",
            question: Signal::derive(move || t.get().overfitting.task_descent.to_owned()),
            choices: Signal::derive(|| COUNTS.iter().map(ToString::to_string).collect()),
            right: Signal::derive(worst),
            because: Signal::derive(move || {
                let errors = COUNTS.map(|count| {
                    measured::descent(count).map_or_else(String::new, |row| format!("{:.1}", row.plain))
                });
                let counts = COUNTS.map(|count| count.to_string());
                fill(
                    t.get().overfitting.task_descent_because,
                    &[
                        ("few", &counts[0]),
                        ("same", &counts[1]),
                        ("many", &counts[2]),
                        ("few_error", &errors[0]),
                        ("same_error", &errors[1]),
                        ("many_error", &errors[2]),
                    ],
                )
            }),
            show: set(&[(&params::DATA, "digits"), (&params::SAMPLES, "200"), (&params::DESCENT, "1")]),
        },
    ];
    view! { <Tasks tasks/> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_part_more_data_wins_and_the_peak_is_at_as_many_as_pictures() {
        assert_eq!((fate(), cure(), COUNTS[worst()]), (1, 1, 200));
    }
}
