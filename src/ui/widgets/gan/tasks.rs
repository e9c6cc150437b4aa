//! "Predict, then run" for the GAN. Right answers are computed from the formats and from the definitions.

use leptos::prelude::*;

use super::params;
use crate::ui::components::tasks::{Task, Tasks};
use crate::ui::lab::precision;
use crate::ui::text::{fill, use_text};
use crate::ui::url_state::UrlState;

/// Formats of the first question.
const COMPARED: [&str; 3] = ["e4m3", "e5m2", "bf16"];
/// Beliefs of the third, in per cent.
const BELIEFS: [u32; 3] = [0, 50, 100];

/// Index of the format whose least positive value is greatest: it loses most small gradients.
fn coarsest() -> usize {
    let least = |id: &str| {
        precision::element(id, true)
            .and_then(|format| precision::range(&format))
            .map_or(f64::NEG_INFINITY, |range| range[0])
    };
    (0..COMPARED.len()).max_by(|a, b| least(COMPARED[*a]).total_cmp(&least(COMPARED[*b]))).unwrap_or_default()
}

/// A bin's part of the Jensen–Shannon divergence, in bits.
fn js_term(p: f64, q: f64) -> f64 {
    let part = |x: f64| if x > 0.0 { x * (x / p.midpoint(q)).log2() / 2.0 } else { 0.0 };
    part(p) + part(q)
}

/// Divergence of a generator that draws one of `n` equal modes perfectly, and nothing else.
fn one_mode(n: f64) -> f64 {
    js_term(1.0 / n, 1.0) + js_term(1.0 - 1.0 / n, 0.0)
}

/// What the second question offers: a share, the right figure, the greatest possible.
fn divergences() -> [f64; 3] {
    [1.0 / 8.0, one_mode(8.0), 1.0]
}

/// The best discriminator's belief, in per cent, where both densities are equal.
fn best_belief(p: f64, q: f64) -> u32 {
    (100.0 * p / (p + q)).round() as u32
}

/// The questions.
pub fn tasks(state: UrlState) -> AnyView {
    let t = use_text();
    let set = move |values: &'static [(&'static crate::ui::url_state::Param, &'static str)]| {
        Callback::new(move |()| {
            for param in params::CONFIGURATION {
                state.set(param, param.default);
            }
            state.set(&params::RIVAL, "");
            for (param, value) in values {
                state.set(param, value);
            }
        })
    };
    let tasks = vec![
        Task {
            id: "gradients",
            question: Signal::derive(move || t.get().gan.task_gradients.to_owned()),
            choices: Signal::derive(move || COMPARED.iter().map(|id| precision::name(t.get(), id)).collect()),
            right: Signal::derive(coarsest),
            because: Signal::derive(move || {
                let least: Vec<String> = COMPARED
                    .iter()
                    .filter_map(|id| {
                        let range = precision::range(&precision::element(id, true)?)?;
                        let power = crate::ui::components::number::superscript(&format!("{:.0}", range[0]));
                        Some(format!("{} 2{power}", precision::name(t.get(), id)))
                    })
                    .collect();
                fill(t.get().gan.task_gradients_because, &[("figures", &least.join(", "))])
            }),
            show: set(&[(&params::PRECISION, "e4m3"), (&params::RIVAL, "p.e5m2")]),
        },
        Task {
            id: "one-mode",
            question: Signal::derive(move || t.get().gan.task_one_mode.to_owned()),
            choices: Signal::derive(|| divergences().map(|js| format!("{js:.2}")).to_vec()),
            right: Signal::derive(|| {
                divergences().iter().position(|js| *js == one_mode(8.0)).unwrap_or(usize::MAX)
            }),
            because: Signal::derive(move || {
                fill(t.get().gan.task_one_mode_because, &[("js", &format!("{:.3}", one_mode(8.0)))])
            }),
            show: set(&[
                (&params::PENALTY, "none"),
                (&params::G_STEPS, "5"),
                (&params::MOMENTUM, "0.9"),
                (&params::G_RATE, "0.001"),
                (&params::D_RATE, "0.001"),
            ]),
        },
        Task {
            id: "best-discriminator",
            question: Signal::derive(move || t.get().gan.task_best.to_owned()),
            choices: Signal::derive(|| BELIEFS.map(|belief| format!("{belief} %")).to_vec()),
            right: Signal::derive(|| {
                BELIEFS.iter().position(|belief| *belief == best_belief(1.0, 1.0)).unwrap_or(usize::MAX)
            }),
            because: Signal::derive(move || t.get().gan.task_best_because.to_owned()),
            show: set(&[]),
        },
    ];
    view! { <Tasks tasks/> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e4m3_has_the_coarsest_small_numbers() {
        assert_eq!(COMPARED[coarsest()], "e4m3");
    }

    #[test]
    fn one_mode_of_one_is_perfect_and_one_of_many_is_nearly_as_bad_as_can_be() {
        assert_eq!(one_mode(1.0), 0.0);
        assert!((one_mode(8.0) - 0.7169).abs() < 1e-3, "{}", one_mode(8.0));
        assert!(one_mode(1e6) > 0.999);
        assert_eq!(best_belief(0.3, 0.3), 50);
    }
}
