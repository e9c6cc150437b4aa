//! The race in a chart and in figures, and what was measured over ten seeds.

use leptos::prelude::*;

use super::model::{self, Finished};
use super::params::{self, ARMS};
use super::session::Race;
use super::{arm_name, measured, word};
use crate::tr;
use crate::ui::charts::{ChartFrame, Line, Marks, Plot, Point, Series, Table};
use crate::ui::components::number::minus;
use crate::ui::lab::RunsOnLine;
use crate::ui::text::{Text, fill, use_text};
use crate::ui::view::dynamic;

/// `12.3 ± 0.4`, or one figure.
fn spread((mean, sd): (f64, f64)) -> String {
    if mean.is_nan() {
        "–".to_owned()
    } else if sd.is_nan() {
        format!("{mean:.1}")
    } else {
        format!("{mean:.1} ± {sd:.1}")
    }
}

/// Both arms' accuracy by step: means over the runs with their standard deviations.
#[component]
pub fn RaceChart(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    let plot = Signal::derive(move || race_plot(t.get(), race));
    let gap = move || {
        let words = &t.get().augmentation;
        let gaps = race.gaps();
        let (mean, sd) = model::mean_sd(&gaps);
        let signed = minus(&format!("{mean:+.1}"));
        let count = gaps.len().to_string();
        match gaps.len() {
            0 => words.gap_waiting.to_owned(),
            1 => fill(words.gap_one, &[("gap", &signed)]),
            _ => fill(words.gap, &[("gap", &signed), ("sd", &format!("{sd:.1}")), ("n", &count)]),
        }
    };
    let status = move || {
        let words = &t.get().augmentation;
        if race.is_over() {
            words.over
        } else if race.wants.get() {
            words.running
        } else {
            words.paused
        }
    };
    let first = race.runners.get_value()[0].lab;
    view! {
        <div class="augmentation-race">
            <ChartFrame title=word(t, |t| t.augmentation.chart_title) plot height_px=Signal::derive(|| 300) id="augmentation-accuracy"/>
            <p class="gap" role="status" data-testid="augmentation-gap">{dynamic(gap)}</p>
            <p class="hint" data-testid="augmentation-status">{dynamic(status)} " " <RunsOnLine session=first/></p>
        </div>
    }
}

fn race_plot(text: &'static Text, race: Race) -> Plot {
    let words = &text.augmentation;
    let finished = race.finished();
    let (mut series, mut guides, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for (style, (runner, finished)) in race.runners.get_value().into_iter().zip(finished).enumerate() {
        let mut runs: Vec<Vec<(u64, f64)>> = finished.into_iter().map(|run| run.points).collect();
        let live = runner.live.get();
        if !live.is_empty() {
            runs.push(live);
        }
        let name = arm_name(text, runner.arm);
        let band = model::band(&runs);
        let point = |&(step, mean, sd): &(u64, f64, f64)| Point {
            x: step as f64,
            y: mean,
            y_span: (!sd.is_nan()).then_some((mean - sd, mean + sd)),
            filled: true,
            radius_px: 2.5,
            note: format!("{name} · {step} · {} %", spread((mean, sd))),
            ..Point::default()
        };
        rows.extend(band.iter().map(|&(step, mean, sd)| {
            vec![name.clone(), step.to_string(), format!("{mean:.1}"), spread((sd, f64::NAN))]
        }));
        let line = band.iter().map(|&(step, mean, _)| (step as f64, mean)).collect();
        guides.push(Line { name: String::new(), style, points: line });
        series.push(Series { points: band.iter().map(point).collect(), name, style });
    }
    Plot {
        x_label: text.lab.steps.to_owned(),
        y_label: words.accuracy_axis.to_owned(),
        marks: Marks::Points(series),
        guides,
        legend: true,
        table: Table {
            head: [words.network, text.lab.steps, words.accuracy_axis, words.deviation]
                .map(str::to_owned)
                .to_vec(),
            rows,
        },
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
    let rows = move || {
        let (text, averaged) = (t.get(), race.setup.with(|setup| setup.variants > 0));
        let runs = race.setup.with(|setup| setup.runs);
        let rows = ARMS.into_iter().zip(race.finished()).map(move |(arm, finished)| {
            let of = |value: &dyn Fn(&Finished) -> Option<f64>| {
                spread(model::mean_sd(&finished.iter().filter_map(value).collect::<Vec<f64>>()))
            };
            let pair = |from: usize, to: usize| {
                of(&move |run: &Finished| run.confusion.get(from * 10 + to).map(|count| f64::from(*count)))
            };
            let is_digits = race.setup.with(|setup| setup.data == "mnist");
            let mut figures = vec![of(&|run| Some(run.accuracy()))];
            figures.extend(averaged.then(|| of(&|run| run.averaged.map(|share| 100.0 * f64::from(share)))));
            if is_digits {
                figures.extend([pair(6, 9), pair(9, 6)]);
            }
            figures.push(format!("{} / {runs}", finished.len()));
            let hash = finished.last().and_then(|run| run.hash.clone()).unwrap_or_default();
            view! {
                <tr>
                    <th scope="row">{arm_name(text, arm)}</th>
                    {figures.into_iter().map(|figure| view! { <td class="num">{figure}</td> }).collect_view()}
                    <td class="mono hash">{hash}</td>
                </tr>
            }
        });
        rows.collect_view()
    };
    let heads = move || {
        let words = &t.get().augmentation;
        let mut heads = vec![words.accuracy];
        heads.extend(race.setup.with(|setup| setup.variants > 0).then_some(words.averaged));
        if race.setup.with(|setup| setup.data == "mnist") {
            heads.extend([words.six_as_nine, words.nine_as_six]);
        }
        heads.push(words.runs_done);
        heads.into_iter().map(|head| view! { <th scope="col" class="num">{head}</th> }).collect_view()
    };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, augmentation.readings_label)>
            <table class="data" data-testid="augmentation-readings">
                <thead><tr>
                    <th scope="col">{tr!(t, augmentation.network)}</th>
                    {dynamic(heads)}
                    <th scope="col">{tr!(t, augmentation.last_weights)}</th>
                </tr></thead>
                <tbody>{dynamic(rows)}</tbody>
            </table>
        </div>
    }
}

/// Ten seeds' figures of the present task.
#[component]
pub fn Measured(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    view! {
        <section class="part" data-testid="augmentation-measured">
            <h3>{tr!(t, augmentation.measured_title)}</h3>
            <p class="part-note">{tr!(t, augmentation.measured_lede)}</p>
            <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, augmentation.measured_title)>
                <table class="data">
                    <thead><tr>
                        <th scope="col">{tr!(t, augmentation.recipe)}</th>
                        <th scope="col" class="num">{tr!(t, augmentation.accuracy)}</th>
                        <th scope="col" class="num">{tr!(t, augmentation.against)}</th>
                        <th scope="col" class="num">{tr!(t, augmentation.against_averaged)}</th>
                    </tr></thead>
                    <tbody>{dynamic(move || {
                        let text = t.get();
                        measured::rows(&race.state.get(&params::DATA)).map(|row| view! {
                            <tr>
                                <th scope="row">{text.augmentation.recipes.get(row.recipe).unwrap_or(row.recipe)}</th>
                                {row.figures.into_iter().map(|figure| view! { <td class="num">{figure}</td> }).collect_view()}
                            </tr>
                        }).collect_view()
                    })}</tbody>
                </table>
            </div>
        </section>
    }
}
