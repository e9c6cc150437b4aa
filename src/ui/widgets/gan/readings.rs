//! The figures of both runs, and what to do when rounding loses much.

use leptos::prelude::*;

use super::plots::{judge, names, score};
use super::session::{Duel, Runner};
use super::warnings::{self, Kind, Warning};
use super::{model, params};
use crate::tr;
use crate::ui::components::number::{figure, grouped};
use crate::ui::lab::precision;
use crate::ui::text::{Text, fill, use_text};
use crate::ui::view::dynamic;

/// A share in per cent.
pub fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.001 { "< 0.1 %".to_owned() } else { format!("{:.0} %", 100.0 * share) }
}

const NONE: &str = "–";
/// The column of [`cells`] that is a timing.
const STEPS_PER_S: usize = 1;

/// A run's figures under the table's heads.
fn cells(text: &'static Text, runner: Runner, images: bool) -> Vec<String> {
    let report = runner.lab.report.get();
    let last =
        |at: usize| runner.scores.with(|scores| scores.last(at)).map(f64::from).filter(|x| x.is_finite());
    let plain = |at: usize| last(at).map_or_else(|| NONE.to_owned(), figure);
    let mut cells = vec![
        grouped(report.step),
        if report.steps_per_s > 0.0 { grouped(report.steps_per_s.round() as u64) } else { NONE.to_owned() },
    ];
    if images {
        let learning = || {
            let words = if last(judge::ACCURACY).is_some() { NONE } else { text.gan.judge_learning };
            words.to_owned()
        };
        cells.push(
            last(judge::SCORE)
                .map_or_else(learning, |score| fill(text.gan.of_ten, &[("n", &format!("{score:.2}"))])),
        );
        cells.push(last(judge::CONFIDENCE).map_or_else(|| NONE.to_owned(), percent));
        cells.push(last(judge::ACCURACY).map_or_else(|| NONE.to_owned(), percent));
    } else {
        let modes = last(score::MODES).unwrap_or(0.0);
        cells.push(match last(score::COVERED) {
            Some(covered) if modes > 0.0 => format!("{covered:.0} / {modes:.0}"),
            _ => NONE.to_owned(),
        });
        cells.push(last(score::QUALITY).map_or_else(|| NONE.to_owned(), percent));
        cells.push(plain(score::JS));
        cells.push(plain(score::KL));
    }
    cells.push(
        runner
            .metric("d.right")
            .filter(|_| report.step > 0)
            .map_or_else(|| NONE.to_owned(), |x| percent(f64::from(x))),
    );
    let zeroed = |part| {
        runner
            .lab
            .report
            .with(|report| warnings::zeroed(report, part, "gradients"))
            .map_or_else(|| NONE.to_owned(), percent)
    };
    cells.push(format!("{} · {}", zeroed("generator"), zeroed("discriminator")));
    cells
}

/// For each run whose learning rates were changed on the way, that they were.
fn turned(text: &'static Text, duel: Duel) -> Vec<String> {
    let words = &text.gan;
    let racing = duel.is_racing.get();
    names(text, duel)
        .into_iter()
        .zip(duel.runners())
        .filter_map(|(name, runner)| {
            let turned = runner.lab.report.with(|report| report.turned.clone());
            let change = |turn: &protocol::Turn| {
                let who = if turn.name == "g.rate" { words.generator } else { words.discriminator };
                let [from, to] = [turn.from, turn.to].map(|rate| rate.to_string());
                let round = turn.step.to_string();
                fill(words.turned_one, &[("who", who), ("from", &from), ("to", &to), ("round", &round)])
            };
            let changes: Vec<String> = turned.iter().map(change).collect();
            let run = if racing { name.as_str() } else { words.turned_this };
            (!changes.is_empty())
                .then(|| fill(words.turned, &[("run", run), ("changes", &changes.join(", "))]))
        })
        .collect()
}

/// The table of figures.
#[component]
pub fn Readings(
    /// The widget's runs.
    duel: Duel,
) -> impl IntoView {
    let t = use_text();
    let images = move || model::is_images(&duel.state.get(&params::DATA));
    let heads = move || {
        let words = &t.get().gan;
        let mut heads = vec![words.rounds, t.get().lab.steps_per_s];
        if images() {
            heads.extend([words.judge_score, words.judge_confidence, words.judge_accuracy]);
        } else {
            heads.extend([words.modes, words.quality, words.js, words.kl]);
        }
        heads.extend([words.right, words.zeroed]);
        heads
    };
    let run_names = Memo::new(move |_| names(t.get(), duel));
    let columns = Memo::new(move |_| heads().len());
    // Figures change ten times a second, the table's elements only with its rows and columns.
    let row = move |name: String, runner: Runner| {
        let figures = Memo::new(move |_| cells(t.get(), runner, images()));
        let cell = move |at: usize| {
            let figure = Memo::new(move |_| figures.with(|cells| cells.get(at).cloned().unwrap_or_default()));
            let is_timing = at == STEPS_PER_S;
            view! { <td class="num" data-measured=is_timing.then_some("")>{move || figure.get()}</td> }
        };
        let hash = Memo::new(move |_| runner.lab.report.with(|report| report.weight_hash.clone()));
        view! {
            <tr>
                <th scope="row">{name}</th>
                {(0..columns.get()).map(cell).collect_view()}
                <td class="mono" data-testid="gan-hash">{move || hash.get().unwrap_or_else(|| NONE.to_owned())}</td>
            </tr>
        }
    };
    let floor = Memo::new(move |_| {
        let last =
            |at| duel.first.scores.with(|scores| scores.last(at)).map(f64::from).filter(|x| x.is_finite());
        let (js, high, kl) = (last(score::JS_FLOOR), last(score::JS_FLOOR_HIGH), last(score::KL_FLOOR));
        let (Some(js), Some(high), Some(kl)) = (js, high, kl) else { return None };
        let facts = [("js", figure(js)), ("high", figure(high)), ("kl", figure(kl))];
        Some(fill(t.get().gan.floor_words, &facts.each_ref().map(|(name, value)| (*name, value.as_str()))))
    });
    let has_judge = Memo::new(move |_| {
        duel.first.scores.with(|scores| scores.last(judge::ACCURACY)).is_some_and(f32::is_finite)
    });
    let is_drawing = move || {
        let is_there = if images() { has_judge.get() } else { floor.with(Option::is_some) };
        duel.first.lab.info.with(Option::is_some) && !is_there
    };
    let words = move || match floor.get() {
        _ if images() => t.get().gan.judge_words.to_owned(),
        Some(words) => words,
        None => t.get().gan.floor_waiting.to_owned(),
    };
    view! {
        <div class="gan-readings" data-testid="gan-readings">
            <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, gan.readings)>
                <table class="data">
                    <thead><tr>
                        <th scope="col">{tr!(t, gan.run_head)}</th>
                        {dynamic(move || heads().into_iter().map(|head| view! { <th scope="col" class="num">{head}</th> }).collect_view())}
                        <th scope="col">{tr!(t, gan.hash)}</th>
                    </tr></thead>
                    <tbody>{dynamic(move || run_names.get().into_iter().zip(duel.runners()).map(|(name, runner)| row(name, runner)).collect_view())}</tbody>
                </table>
            </div>
            {dynamic(move || turned(t.get(), duel).into_iter().map(|words| view! { <p class="hint" data-testid="gan-turned">{words}</p> }).collect_view())}
            <p class="hint" aria-busy=move || is_drawing().to_string()>{dynamic(words)}</p>
        </div>
    }
}

/// What can be done about a warning: a parameter and the value to set.
fn cure(
    duel: Duel,
    runner: usize,
    warning: &Warning,
) -> Option<(&'static crate::ui::url_state::Param, &'static str)> {
    if runner > 0 || warning.kind != Kind::Zeros || warning.role != "gradients" {
        return None;
    }
    let state = duel.state;
    let scaled = matches!(state.get(&params::SCALING).as_str(), "static" | "dynamic");
    if scaled { Some((&params::PRECISION, "bf16")) } else { Some((&params::SCALING, "dynamic")) }
}

fn sentence(text: &'static Text, duel: Duel, runner: Runner, index: usize, warning: &Warning) -> String {
    let words = &text.gan;
    let spec = if index == 0 { Some(model::first(duel.state)) } else { model::second(duel.state) };
    let precision = spec.map(|spec| {
        let player = if warning.part == "generator" { spec.generator } else { spec.discriminator };
        match player.precision {
            protocol::Precision::Preset(id) => precision::name(text, &id),
            protocol::Precision::Custom(_) => String::new(),
        }
    });
    let who = if warning.part == "generator" { words.of_generator } else { words.of_discriminator };
    let template = match warning.kind {
        Kind::Zeros => words.warn_zeros,
        Kind::Overflows => words.warn_overflows,
    };
    let facts = fill(
        template,
        &[
            ("share", &percent(warning.share)),
            ("who", who),
            ("what", words.roles.get(&warning.role).unwrap_or_default()),
            ("format", &precision.unwrap_or_default()),
            ("step", &grouped(runner.lab.report.with(|report| report.step))),
        ],
    );
    let scaled = matches!(duel.state.get(&params::SCALING).as_str(), "static" | "dynamic");
    let advice = match (warning.kind, warning.role.as_str()) {
        (Kind::Zeros, "gradients") if !scaled => words.advice_scale,
        (Kind::Zeros, "gradients") => words.advice_range,
        (Kind::Zeros, "state") => words.advice_state,
        (Kind::Zeros, _) => words.advice_small,
        (Kind::Overflows, _) => words.advice_large,
    };
    format!("{facts} {advice}")
}

/// What rounding loses, and what to do; and whether a run has ended in NaN.
#[component]
pub fn Warnings(
    /// The widget's runs.
    duel: Duel,
) -> impl IntoView {
    let t = use_text();
    let all = move || {
        let text = t.get();
        let names = names(text, duel);
        duel.runners()
            .into_iter()
            .enumerate()
            .flat_map(|(index, runner)| {
                let name = names
                    .get(index)
                    .filter(|_| names.len() > 1)
                    .map(|name| format!("{name}: "))
                    .unwrap_or_default();
                let broken = ["d.loss", "g.loss"]
                    .iter()
                    .any(|metric| runner.metric(metric).is_some_and(|x| !x.is_finite()));
                let broken = broken.then(|| (format!("{name}{}", text.gan.broken), None));
                let warnings = runner.lab.report.with(warnings::warnings);
                let told = warnings.into_iter().map(move |warning| {
                    (
                        format!("{name}{}", sentence(text, duel, runner, index, &warning)),
                        cure(duel, index, &warning),
                    )
                });
                broken.into_iter().chain(told.collect::<Vec<_>>()).collect::<Vec<_>>()
            })
            .collect::<Vec<_>>()
    };
    let is_fine = Memo::new(move |_| all().is_empty());
    view! {
        <div class="gan-warnings" data-testid="gan-warnings">
            {dynamic(move || is_fine.get().then(|| view! { <p class="hint">{t.get().gan.no_warning}</p> }))}
            {dynamic(move || all().into_iter().map(|(words, cure)| view! {
                <p class="notice">
                    <span>{words}</span>
                    {cure.map(|(param, value)| view! {
                        <button class="btn small" on:click=move |_| { duel.state.set(param, value); } data-testid="gan-cure">
                            {if value == "bf16" { t.get().gan.take_bf16 } else { t.get().gan.turn_on_scaling }}
                        </button>
                    })}
                </p>
            }).collect_view())}
        </div>
    }
}
