//! What one arm answered: a strip of test pictures, and the confusion matrix whose cells open theirs.

use leptos::prelude::*;

use super::model::{self, Answer};
use super::params;
use super::pictures::{Sheet, class_names};
use super::runner::Runner;
use super::session::Race;
use super::{arm_name, word};
use crate::tr;
use crate::ui::components::fields::ChoiceField;
use crate::ui::text::{fill, use_text};
use crate::ui::view::dynamic;

/// Pictures of the strip.
const STRIP: usize = 10;
/// Pictures that a cell opens, at most.
const OPENED: usize = 30;

/// The arm whose answers are shown, tracked; the frozen base when that one does not run.
pub fn shown(race: Race) -> Runner {
    let id = race.state.get(&params::SHOWN);
    let is_running = model::arms(race.state).contains(&id.as_str());
    let runners = race.runners.get_value();
    runners.into_iter().find(|runner| is_running && runner.arm == id).unwrap_or(runners[0])
}

/// The section.
#[component]
pub fn Answers(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    let state = race.state;
    let runner = move || shown(race);
    let answers = Memo::new(move |_| runner().answers.get());
    let cell = RwSignal::new(None::<(usize, usize)>);
    Effect::watch(move || answers.with(Vec::len), move |_, _, _| cell.set(None), false);
    // Spread over the classes, which stand in the file's order.
    let strip = Signal::derive(move || {
        answers.with(|all| {
            let stride = (all.len() / STRIP).max(1);
            all.iter().step_by(stride).take(STRIP).copied().collect::<Vec<Answer>>()
        })
    });
    let opened = Signal::derive(move || {
        let Some((truth, predicted)) = cell.get() else { return Vec::new() };
        let in_cell = |answer: &&Answer| answer.truth == truth && answer.predicted == predicted;
        answers.with(|all| all.iter().filter(in_cell).take(OPENED).copied().collect())
    });
    let names = move || class_names(t.get(), race);
    let is_empty = move || answers.with(Vec::is_empty);
    view! {
        <section class="part" data-testid="transfer-answers">
            <div class="part-head">
                <h3>{tr!(t, transfer.answers_title)}</h3>
                <ChoiceField state param=&params::SHOWN options=params::ARMS.to_vec() label=word(t, |t| t.transfer.shown_label)
                    name=Callback::new(move |id: &'static str| arm_name(t.get(), id)) testid="transfer-shown"/>
            </div>
            {dynamic(move || is_empty().then(|| view! { <p class="hint answers-empty">{tr!(t, transfer.answers_empty)}</p> }))}
            {dynamic(move || (!is_empty()).then(|| view! {
                <p class="part-note">{dynamic(move || fill(t.get().transfer.answers_of, &[("arm", &arm_name(t.get(), runner().arm))]))}</p>
                <Sheet race answers=strip testid="transfer-strip"/>
                <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, transfer.matrix_title)>
                    <table class="data matrix" data-testid="transfer-matrix">
                        <caption>{tr!(t, transfer.matrix_title)}</caption>
                        <thead><tr>
                            <th scope="col">{tr!(t, transfer.matrix_corner)}</th>
                            {dynamic(move || names().into_iter().map(|name| view! { <th scope="col" class="num">{name}</th> }).collect_view())}
                        </tr></thead>
                        <tbody>{dynamic(move || {
                            let names = names();
                            let counts = answers.with(|answers| model::confusion(answers, names.len()));
                            counts.into_iter().enumerate().map(|(truth, row)| {
                                let names = names.clone();
                                let head = names.get(truth).cloned().unwrap_or_default();
                                let cells = row.into_iter().enumerate().map(move |(predicted, count)| {
                                    let pair = (truth, predicted);
                                    let label = fill(t.get().transfer.cell_label, &[
                                        ("count", &count.to_string()),
                                        ("truth", names.get(truth).map_or("", |name| name)),
                                        ("said", names.get(predicted).map_or("", |name| name)),
                                    ]);
                                    view! {
                                        <td class="num" class:diagonal=truth == predicted>
                                            {if count == 0 {
                                                view! { <span class="none">"0"</span> }.into_any()
                                            } else {
                                                view! {
                                                    <button class="btn small" aria-label=label aria-pressed=move || (cell.get() == Some(pair)).to_string()
                                                        on:click=move |_| cell.update(|now| *now = if *now == Some(pair) { None } else { Some(pair) })>{count}</button>
                                                }.into_any()
                                            }}
                                        </td>
                                    }
                                });
                                view! { <tr><th scope="row">{head}</th>{cells.collect_view()}</tr> }
                            }).collect_view()
                        })}</tbody>
                    </table>
                </div>
                <p class="hint">{tr!(t, transfer.matrix_hint)}</p>
            }))}
            {dynamic(move || cell.get().map(|_| view! { <Sheet race answers=opened testid="transfer-opened"/> }))}
        </section>
    }
}
