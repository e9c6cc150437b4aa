//! The base part by part: what each gives, how many numbers it has, and whether they are trained or frozen.

use leptos::prelude::*;
use protocol::BasePart;

use super::model;
use super::params::{self, BLOCKS};
use super::session::Race;
use crate::tr;
use crate::ui::components::number::{figure, grouped};
use crate::ui::text::{Text, fill, use_text};
use crate::ui::url_state::Param;
use crate::ui::view::dynamic;

/// The number of a block.
fn block_number(name: &str) -> Option<u32> {
    name.strip_prefix("block")?.parse().ok()
}

fn part_name(text: &'static Text, name: &str) -> String {
    match block_number(name) {
        Some(number) => fill(text.transfer.blocks.block, &[("n", &number.to_string())]),
        None => text.transfer.blocks.stem.to_owned(),
    }
}

/// The section.
#[component]
pub fn Switchboard(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    let state = race.state;
    let parts = Memo::new(move |_| {
        race.summary.with(|base| base.as_ref().map(|base| base.parts.clone()).unwrap_or_default())
    });
    let is_tuned = Memo::new(move |_| model::arms(state).contains(&"tuned"));
    let trained = Memo::new(move |_| if is_tuned.get() { model::blocks(state) } else { Vec::new() });
    let is_trained = move |name: &str| {
        block_number(name).is_some_and(|number| trained.with(|trained| trained.contains(&number)))
    };
    let totals = move || {
        let (mut of_trained, mut of_frozen) = (0, 0);
        for part in parts.get() {
            if is_trained(&part.name) {
                of_trained += part.param_count;
            } else {
                of_frozen += part.param_count;
            }
        }
        fill(
            t.get().transfer.blocks.totals,
            &[("trained", &grouped(of_trained)), ("frozen", &grouped(of_frozen))],
        )
    };
    let switch = move |flag: &'static Param, on: bool| {
        state.set(flag, if on { "1" } else { "0" });
        let any = untrack(move || BLOCKS.iter().any(|(_, flag)| state.flag(flag)));
        state.set(&params::TUNED, if any { "1" } else { "0" });
        if any {
            state.set(&params::CUT, "b14");
        } else {
            // Without any, the arm is off; the link to the last block stays.
            state.set(&params::BLOCK_14, "1");
        }
    };
    let row = move |part: BasePart| {
        let name = part.name.clone();
        let flag = block_number(&name)
            .and_then(|number| BLOCKS.iter().find(|(block, _)| *block == number).map(|(_, flag)| *flag));
        let is_on = {
            let name = name.clone();
            Memo::new(move |_| is_trained(&name))
        };
        let words = move || {
            if is_on.get() { t.get().transfer.blocks.trained } else { t.get().transfer.blocks.frozen }
        };
        let cell = match flag {
            Some(flag) => view! {
                <label class="check">
                    <input type="checkbox" prop:checked=move || is_on.get() on:change=move |event| switch(flag, event_target_checked(&event))
                        data-testid=format!("transfer-{name}")/>
                    <span>{dynamic(words)}</span>
                </label>
            }.into_any(),
            None => view! { <span class="hint">{dynamic(words)}</span> }.into_any(),
        };
        let output = part.output.map(|size| size.to_string()).join(" × ");
        view! {
            <tr class:trained=move || is_on.get()>
                <th scope="row">{dynamic(move || part_name(t.get(), &name))}</th>
                <td class="mono">{output}</td>
                <td class="num">{grouped(part.param_count)}</td>
                <td class="num">{figure(part.mac_count as f64 / 1e6)}</td>
                <td>{cell}</td>
            </tr>
        }
    };
    view! {
        <section class="part" data-visit=move || race.is_left_over().then_some("") data-testid="transfer-blocks">
            <h3>{tr!(t, transfer.blocks.title)}</h3>
            <p class="part-note">{tr!(t, transfer.blocks.lede)}</p>
            {dynamic(move || if parts.with(Vec::is_empty) {
                view! { <p class="hint blocks-empty">{tr!(t, transfer.cost_unknown)}</p> }.into_any()
            } else {
                view! {
                    <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, transfer.blocks.title)>
                        <table class="data blocks">
                            <thead><tr>
                                <th scope="col">{tr!(t, transfer.blocks.part)}</th>
                                <th scope="col">{tr!(t, transfer.blocks.output)}</th>
                                <th scope="col" class="num">{tr!(t, transfer.blocks.numbers)}</th>
                                <th scope="col" class="num">{tr!(t, transfer.blocks.macs)}</th>
                                <th scope="col">{tr!(t, transfer.blocks.state)}</th>
                            </tr></thead>
                            <tbody>{dynamic(move || parts.get().into_iter().map(row).collect_view())}</tbody>
                        </table>
                    </div>
                    <p class="part-note" data-testid="transfer-blocks-totals">{dynamic(totals)}</p>
                }.into_any()
            })}
        </section>
    }
}
