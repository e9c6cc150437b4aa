//! The arms: which run, their curves, their figures.

use leptos::prelude::*;

use super::panels::readings;
use super::params::{self, ARMS};
use super::session::Race;
use super::{arm_name, model};
use crate::tr;
use crate::ui::charts::{Line, Marks, Plot};
use crate::ui::components::fields::FlagField;
use crate::ui::text::{Text, use_text};
use crate::ui::view::dynamic;

/// Which arms run.
#[component]
pub fn Arms(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    let state = race.state;
    let note = move |arm: &'static str| move || t.get().transfer.arm_words.get(arm).unwrap_or_default();
    let is_early = move || state.get(&params::CUT) != "b14";
    // The recipe alone beside the one-layer head, with labels enough for its five epochs to be more than five steps.
    let recipe = move |_| {
        for (param, value) in [
            (&params::CUT, "b14"),
            (&params::LABELS, "25"),
            (&params::RECIPE, "1"),
            (&params::SHOWN, "recipe"),
            (&params::TUNED, "0"),
            (&params::PIXELS, "0"),
            (&params::SCRATCH, "0"),
            (&params::RANDOM, "0"),
            (&params::TRAIN, "1"),
        ] {
            state.set(param, value);
        }
    };
    view! {
        <fieldset class="transfer-arms">
            <legend>{tr!(t, transfer.arms_label)}</legend>
            <div class="arm"><strong>{dynamic(move || arm_name(t.get(), "frozen"))}</strong><span class="hint">{dynamic(note("frozen"))}</span></div>
            {ARMS.into_iter().filter_map(|arm| model::flag(arm).map(|flag| (arm, flag))).map(|(arm, flag)| view! {
                <div class="arm">
                    <FlagField state param=flag label=Signal::derive(move || arm_name(t.get(), arm)) testid=testid(arm)/>
                    <span class="hint">{dynamic(note(arm))}</span>
                </div>
            }).collect_view()}
            <button class="btn small" on:click=recipe data-testid="transfer-recipe-preset">{tr!(t, transfer.recipe_preset)}</button>
            {dynamic(move || is_early().then(|| view! { <p class="hint">{tr!(t, transfer.early_cut)}</p> }))}
        </fieldset>
    }
}

fn testid(arm: &str) -> &'static str {
    match arm {
        "recipe" => "transfer-recipe",
        "tuned" => "transfer-tuned",
        "pixels" => "transfer-pixels",
        "scratch" => "transfer-scratch",
        _ => "transfer-random",
    }
}

/// Test accuracy by step of all arms.
pub fn accuracy_plot(text: &'static Text, race: Race) -> Plot {
    let arms = model::arms(race.state);
    let lines = race.runners.get_value().into_iter().enumerate();
    let lines = lines.filter(|(_, runner)| arms.contains(&runner.arm)).map(|(style, runner)| Line {
        name: arm_name(text, runner.arm),
        style,
        points: runner.curve.get(),
    });
    Plot {
        x_label: text.lab.steps.to_owned(),
        y_label: text.transfer.accuracy_axis.to_owned(),
        marks: Marks::Lines(lines.collect()),
        legend: true,
        ..Plot::default()
    }
}

/// The arms in figures.
#[component]
pub fn Readings(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, transfer.curve_title)>
            <table class="data" data-testid="transfer-readings">
                <thead><tr>
                    <th scope="col">{tr!(t, transfer.arm)}</th>
                    <th scope="col" class="num">{tr!(t, transfer.accuracy)}</th>
                    <th scope="col" class="num">{tr!(t, transfer.loss)}</th>
                    <th scope="col" class="num">{tr!(t, lab.steps)}</th>
                    <th scope="col" class="num">{tr!(t, transfer.trained)}</th>
                    <th scope="col" class="num">{tr!(t, transfer.frozen)}</th>
                    <th scope="col">{tr!(t, lab.weights)}</th>
                </tr></thead>
                <tbody>{dynamic(move || readings(t.get(), race).into_iter().map(|row| view! {
                    <tr>
                        <th scope="row">{row.name}</th>
                        {row.figures.into_iter().map(|figure| view! { <td class="num">{figure}</td> }).collect_view()}
                        <td class="mono hash">{row.hash}</td>
                    </tr>
                }).collect_view())}</tbody>
            </table>
        </div>
    }
}
