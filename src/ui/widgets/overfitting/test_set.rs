//! The test set: locked until somebody asks, then spent.

use leptos::prelude::*;

use super::model;
use super::params;
use super::session::{Look, Pair};
use crate::tr;
use crate::ui::components::number::figure;
use crate::ui::text::{fill, use_text};
use crate::ui::view::dynamic;

/// The panel.
#[component]
pub fn TestSet(
    /// The widget's runs.
    pair: Pair,
) -> impl IntoView {
    let t = use_text();
    // Looks at the present test set, in order.
    let looks = Memo::new(move |_| {
        let set = pair.test_set();
        pair.looks.with(|looks| looks.iter().filter(|look| look.set == set).cloned().collect::<Vec<Look>>())
    });
    let times = move || {
        // What one press opens for two runs is one look.
        looks.with(|looks| looks.iter().filter(|look| !look.is_rival).count())
    };
    let settings = move || {
        looks.with(|looks| {
            let mut seen: Vec<&str> =
                looks.iter().filter(|look| !look.is_rival).map(|look| look.config.as_str()).collect();
            seen.sort_unstable();
            seen.dedup();
            seen.len()
        })
    };
    let status = move || {
        let words = &t.get().overfitting;
        match (times(), settings()) {
            (0, _) => words.test_locked.to_owned(),
            (1, _) => words.test_spent.to_owned(),
            (n, 1) => fill(words.test_again, &[("n", &n.to_string())]),
            (n, k) => fill(words.test_worn, &[("n", &n.to_string()), ("k", &k.to_string())]),
        }
    };
    let has_looked = move || times() > 0;
    let is_worn = move || times() > 1;
    let is_classes = move || !model::is_curve(&pair.state.get(&params::DATA));
    let percent =
        |share: f32| if share.is_finite() { format!("{:.1} %", 100.0 * share) } else { "–".to_owned() };
    view! {
        <section class="part" data-testid="overfitting-test" data-visit="">
            <div class="part-head">
                <h3>{tr!(t, overfitting.test_title)}</h3>
                <button class="btn small" on:click=move |_| pair.look() data-testid="overfitting-look">
                    {dynamic(move || if times() == 0 { t.get().overfitting.test_open } else { t.get().overfitting.test_reopen })}
                </button>
            </div>
            <p class="part-note" class:notice=is_worn role="status" data-testid="overfitting-test-status">{dynamic(status)}</p>
            {dynamic(move || has_looked().then(|| view! {
                <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, overfitting.test_title)>
                    <table class="data" data-testid="overfitting-test-table">
                        <thead><tr>
                            <th scope="col">{tr!(t, overfitting.look)}</th>
                            <th scope="col">{tr!(t, overfitting.settings)}</th>
                            <th scope="col" class="num">{tr!(t, lab.steps)}</th>
                            <th scope="col" class="num">{tr!(t, overfitting.test_loss)}</th>
                            <th scope="col" class="num">{tr!(t, overfitting.test_best_loss)}</th>
                            {dynamic(move || is_classes().then(|| view! {
                                <th scope="col" class="num">{tr!(t, overfitting.test_right)}</th>
                                <th scope="col" class="num">{tr!(t, overfitting.test_best_right)}</th>
                            }))}
                        </tr></thead>
                        <tbody>{dynamic(move || {
                            let mut number = 0;
                            looks.get().into_iter().map(|look| {
                                number += usize::from(!look.is_rival);
                                let text = t.get();
                                let name = if look.is_rival { text.overfitting.run_b } else { text.overfitting.run_a };
                                let [loss, right, best_loss, best_right] = look.score;
                                view! {
                                    <tr>
                                        <th scope="row">{format!("{number} {name}")}</th>
                                        <td class="mono">{look.config.get(..8).unwrap_or_default().to_owned()}</td>
                                        <td class="num">{look.step}</td>
                                        <td class="num">{figure(f64::from(loss))}</td>
                                        <td class="num">{figure(f64::from(best_loss))}</td>
                                        {is_classes().then(|| view! { <td class="num">{percent(right)}</td><td class="num">{percent(best_right)}</td> })}
                                    </tr>
                                }
                            }).collect_view()
                        })}</tbody>
                    </table>
                </div>
            }))}
        </section>
    }
}
