//! What the base costs, and what was measured over ten seeds.

use leptos::prelude::*;

use super::model;
use super::session::Race;
use super::{arm_name, measured, params, precision_name};
use crate::tr;
use crate::ui::components::number::{figure, grouped};
use crate::ui::components::timing::with_timing;
use crate::ui::text::{Text, fill, use_text};
use crate::ui::view::dynamic;

/// The base in figures.
#[component]
pub fn Cost(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    let words = move || {
        let text = t.get();
        race.summary.with(|summary| match summary {
            None => text.transfer.cost_unknown.into_any(),
            Some(base) => with_timing(
                text.transfer.cost,
                &[
                    ("params", &grouped(base.param_count)),
                    ("precision", &precision_name(&race.state.get(&params::WEIGHTS))),
                    ("mb", &format!("{:.2}", base.weight_bytes as f64 / 1e6)),
                    ("mmac", &figure(base.parts.iter().map(|part| part.mac_count).sum::<u64>() as f64 / 1e6)),
                    ("mflop", &figure(base.flop_per_picture as f64 / 1e6)),
                    ("side", &base.side.to_string()),
                    ("map", &base.map.map(|size| size.to_string()).join(" × ")),
                    ("count", &base.pictures.to_string()),
                ],
                ("ms", figure(base.ms_per_picture)),
            ),
        })
    };
    view! {
        <section class="part" data-visit=move || race.is_left_over().then_some("") data-testid="transfer-cost">
            <h3>{tr!(t, transfer.cost_title)}</h3>
            <p class="part-note">{dynamic(words)}</p>
        </section>
    }
}

/// Ten seeds' figures of the present task; nothing of the visitor's own.
#[component]
pub fn Measured(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    let name = move |arm: &'static str| match arm {
        "d10" => t.get().transfer.measured_d10.to_owned(),
        "frozen" => t.get().transfer.measured_b14.to_owned(),
        other => arm_name(t.get(), other),
    };
    let is_own = move || race.state.get(&params::DATA) == params::OWN;
    view! {
        <section class="part" class:absent=is_own data-testid="transfer-measured">
            <h3>{tr!(t, transfer.measured_title)}</h3>
            <p class="part-note">{tr!(t, transfer.measured_lede)}</p>
            <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, transfer.measured_title)>
                <table class="data">
                    <thead><tr>
                        <th scope="col">{tr!(t, transfer.arm)}</th>
                        {params::LABEL_COUNTS.into_iter().map(|count| view! {
                            <th scope="col" class="num">{dynamic(move || fill(t.get().transfer.labels_n, &[("n", count)]))}</th>
                        }).collect_view()}
                    </tr></thead>
                    <tbody>{dynamic(move || measured::rows(&race.state.get(&params::DATA)).map(|row| view! {
                        <tr><th scope="row">{name(row.arm)}</th>{row.figures.into_iter().map(|figure| view! { <td class="num">{figure}</td> }).collect_view()}</tr>
                    }).collect_view())}</tbody>
                </table>
            </div>
        </section>
    }
}

/// When a base does not help, with a case to be run.
#[component]
pub fn NoHelp(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    let state = race.state;
    let limits = move || {
        let figure = |arm: &str, labels: usize| {
            measured::mean("mnist", arm, labels).map_or_else(String::new, |mean| format!("{mean:.1}"))
        };
        fill(
            t.get().transfer.no_help,
            &[
                ("early", &figure("d10", 1)),
                ("late", &figure("frozen", 1)),
                ("scratch", &figure("scratch", 2)),
                ("late_many", &figure("frozen", 2)),
                (
                    "random",
                    &measured::mean("clip-art", "random", 1).map_or_else(String::new, |m| format!("{m:.1}")),
                ),
                (
                    "pixels",
                    &measured::mean("clip-art", "pixels", 1).map_or_else(String::new, |m| format!("{m:.1}")),
                ),
            ],
        )
    };
    let show = move |_| {
        for (param, value) in [
            (&params::DATA, "mnist"),
            (&params::LABELS, "25"),
            (&params::CUT, "b14"),
            (&params::PIXELS, "1"),
            (&params::SCRATCH, "1"),
            (&params::TRAIN, "1"),
        ] {
            state.set(param, value);
        }
    };
    view! {
        <section class="part" data-testid="transfer-no-help">
            <div class="part-head">
                <h3>{tr!(t, transfer.no_help_title)}</h3>
                <button class="btn small" on:click=show data-testid="transfer-no-help-show">{tr!(t, transfer.no_help_show)}</button>
            </div>
            <p class="part-note">{dynamic(limits)}</p>
        </section>
    }
}

/// A row of the arms' table.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The arm.
    pub name: String,
    /// Accuracy, loss, step of steps, trained and frozen numbers.
    pub figures: [String; 5],
    /// Hash of the weights, while it stands still.
    pub hash: String,
}

/// The arms that run, in figures.
pub fn readings(text: &'static Text, race: Race) -> Vec<Reading> {
    let arms = model::arms(race.state);
    let base = race.summary.get();
    let none = || "–".to_owned();
    race.runners
        .get_value()
        .into_iter()
        .filter(|runner| arms.contains(&runner.arm))
        .map(|runner| {
            let score = runner.score.get();
            let trained = runner.lab.info.with(|info| info.as_ref().map(|info| info.param_count));
            let trained = trained.filter(|_| score.is_some());
            let frozen = trained.zip(base.as_ref()).map(|(trained, base)| {
                let (channels, classes) = (u64::from(base.map[2]), base.classes.len() as u64);
                model::frozen_count(runner.arm, base.param_count, trained, channels, classes)
            });
            let step = runner.curve.with(|curve| curve.last().map(|last| last.0 as u64));
            let hash = runner.lab.report.with(|report| report.weight_hash.clone());
            Reading {
                name: arm_name(text, runner.arm),
                figures: [
                    score.map_or_else(none, |score| format!("{:.1} %", 100.0 * score[0])),
                    score.map_or_else(none, |score| format!("{:.3}", score[1])),
                    step.map_or_else(none, |step| format!("{step} / {}", runner.steps())),
                    trained.map_or_else(none, grouped),
                    frozen.map_or_else(none, grouped),
                ],
                hash: hash.filter(|_| runner.is_done.get()).unwrap_or_default(),
            }
        })
        .collect()
}
