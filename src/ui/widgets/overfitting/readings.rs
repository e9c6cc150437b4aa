//! The runs in figures.

use leptos::prelude::*;

use super::session::Pair;
use super::{is_first, model, params, run_name};
use crate::tr;
use crate::ui::components::number::{figure, grouped};
use crate::ui::lab::LabSession;
use crate::ui::text::{Text, fill, use_text};
use crate::ui::view::dynamic;

/// The table, and what of wrong labels was learnt by heart.
#[component]
pub fn Readings(
    /// The widget's runs.
    pair: Pair,
) -> impl IntoView {
    let t = use_text();
    let labs = [pair.first, pair.second].map(|lab| (lab, lab.look("score"), lab.look("memorised")));
    let shown = move || {
        labs.into_iter()
            .filter(move |(lab, ..)| !is_first(pair, *lab) <= pair.is_racing.get())
            .collect::<Vec<_>>()
    };
    let is_curve = move || model::is_curve(&pair.state.get(&params::DATA));
    let row = move |text: &'static Text, lab: LabSession, score: Option<Vec<f32>>| {
        let value =
            |at: usize| score.as_ref().and_then(|score| score.get(at).copied()).filter(|x| x.is_finite());
        let number = |at: usize| value(at).map_or_else(|| "–".to_owned(), |x| figure(f64::from(x)));
        let percent = |at: usize| value(at).map_or_else(|| "–".to_owned(), |x| format!("{:.1} %", 100.0 * x));
        let ratio = value(0).zip(value(1)).filter(|(train, _)| *train > 0.0);
        let ratio =
            ratio.map_or_else(|| "–".to_owned(), |(train, validation)| figure(f64::from(validation / train)));
        let step =
            value(4).filter(|&step| step > 0.0).map_or_else(|| "–".to_owned(), |step| grouped(step as u64));
        let report = lab.report.get();
        let params = lab
            .info
            .with(|info| info.as_ref().map_or_else(|| "–".to_owned(), |info| grouped(info.param_count)));
        let name = match run_name(text, pair, lab) {
            name if name.is_empty() => text.overfitting.run_alone.to_owned(),
            name => name,
        };
        let mut cells = vec![grouped(report.step), number(0), number(1), ratio];
        if !is_curve() {
            cells.extend([percent(2), percent(3)]);
        }
        cells.extend([number(5), step, params]);
        (name, cells, report.weight_hash.unwrap_or_default(), value(6) == Some(1.0))
    };
    let rounding = move || {
        let text = t.get();
        let parts: Vec<String> = shown()
            .into_iter()
            .filter_map(|(lab, score, _)| {
                let (mut total, mut overflow, mut underflow) = (0, 0, 0);
                lab.report.with(|report| {
                    for loss in &report.losses {
                        total += loss.total;
                        overflow += loss.overflow;
                        underflow += loss.underflow;
                    }
                });
                if total == 0 {
                    return None;
                }
                let count = |value: u64| figure(value as f64);
                let words = fill(
                    text.overfitting.rounding,
                    &[
                        ("total", &count(total)),
                        ("overflow", &count(overflow)),
                        ("underflow", &count(underflow)),
                    ],
                );
                let is_lost = score.with(|view| {
                    view.as_ref().is_some_and(|view| view.step > 0 && !view.values[0].is_finite())
                });
                let words = if is_lost { format!("{words} {}", text.overfitting.diverged) } else { words };
                Some(match run_name(text, pair, lab) {
                    name if name.is_empty() => words,
                    name => format!("{name}: {words}"),
                })
            })
            .collect();
        parts.join(" ")
    };
    let memorised = move || {
        let text = t.get();
        let parts: Vec<String> = shown()
            .into_iter()
            .filter_map(|(lab, _, memorised)| {
                let view = memorised.get()?;
                let &[wrong, by_heart, truly, all] = &view.values[..] else { return None };
                let name = run_name(text, pair, lab);
                let words = fill(
                    text.overfitting.memorised,
                    &[
                        ("wrong", &format!("{wrong:.0}")),
                        ("all", &format!("{all:.0}")),
                        ("heart", &format!("{by_heart:.0}")),
                        ("true", &format!("{truly:.0}")),
                    ],
                );
                Some(if name.is_empty() { words } else { format!("{name}: {words}") })
            })
            .collect();
        parts.join(" ")
    };
    view! {
        <div class="over-readings">
            <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, overfitting.readings_title)>
                <table class="data" data-testid="overfitting-readings">
                    <thead><tr>
                        <th scope="col">{tr!(t, overfitting.run)}</th>
                        <th scope="col" class="num">{tr!(t, lab.steps)}</th>
                        <th scope="col" class="num">{tr!(t, overfitting.train_loss)}</th>
                        <th scope="col" class="num">{tr!(t, overfitting.validation_loss)}</th>
                        <th scope="col" class="num">{tr!(t, overfitting.ratio)}</th>
                        {dynamic(move || (!is_curve()).then(|| view! {
                            <th scope="col" class="num">{tr!(t, overfitting.train_right)}</th>
                            <th scope="col" class="num">{tr!(t, overfitting.validation_right)}</th>
                        }))}
                        <th scope="col" class="num">{tr!(t, overfitting.best_validation)}</th>
                        <th scope="col" class="num">{tr!(t, overfitting.best_step)}</th>
                        <th scope="col" class="num">{tr!(t, overfitting.trained)}</th>
                        <th scope="col">{tr!(t, lab.weights)}</th>
                    </tr></thead>
                    <tbody>{dynamic(move || shown().into_iter().map(|(lab, score, _)| {
                        let score = score.get().map(|view| view.values.clone());
                        let (name, cells, hash, is_stopped) = row(t.get(), lab, score);
                        view! {
                            <tr>
                                <th scope="row">{name}{is_stopped.then(|| view! { <span class="hint">" "{t.get().overfitting.stopped}</span> })}</th>
                                {cells.into_iter().map(|cell| view! { <td class="num">{cell}</td> }).collect_view()}
                                <td class="mono hash">{hash}</td>
                            </tr>
                        }
                    }).collect_view())}</tbody>
                </table>
            </div>
            <p class="hint" data-testid="overfitting-rounding">{dynamic(rounding)}</p>
            {dynamic(move || (!is_curve()).then(|| view! { <p class="hint" data-testid="overfitting-memorised">{dynamic(memorised)}</p> }))}
        </div>
    }
}
