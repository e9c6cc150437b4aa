//! Who is taken for whom, summed over the runs of one arm.

use leptos::prelude::*;

use super::params::{self, ARMS};
use super::session::Race;
use super::{arm_name, model, word};
use crate::tr;
use crate::ui::components::fields::ChoiceField;
use crate::ui::components::image_names::class_name;
use crate::ui::text::{fill, use_text};
use crate::ui::view::dynamic;

/// The section.
#[component]
pub fn Confusion(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    let state = race.state;
    let runs = move || {
        let [plain, augmented] = race.finished();
        if state.get(&params::SHOWN) == "plain" { plain } else { augmented }
    };
    let names = move || {
        let text = t.get();
        race.sheet.with(|sheet| {
            let classes = sheet.as_ref().map(|sheet| sheet.classes.clone()).unwrap_or_default();
            classes.iter().map(|class| class_name(text, class)).collect::<Vec<String>>()
        })
    };
    let table = move || {
        let (runs, names) = (runs(), names());
        let counts = model::confusion(&runs);
        // Pictures and runs of two tasks must not meet while one of them is on its way.
        if counts.is_empty() || counts.len() != names.len() * names.len() {
            return view! { <p class="hint">{t.get().augmentation.matrix_empty}</p> }.into_any();
        }
        let is_pair = race.setup.with(|setup| setup.data == "mnist");
        let words = fill(t.get().augmentation.matrix_of, &[("n", &runs.len().to_string())]);
        let heads = names.clone();
        let rows = counts.chunks_exact(names.len()).zip(names).enumerate().map(|(truth, (row, name))| {
            let cells = row.iter().enumerate().map(|(said, &count)| {
                let marked = is_pair && matches!((truth, said), (6, 9) | (9, 6));
                view! { <td class="num" class:diagonal=truth == said class:marked=marked class:none=count == 0.0>{format!("{count}")}</td> }
            });
            view! { <tr><th scope="row">{name}</th>{cells.collect_view()}</tr> }
        });
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, augmentation.matrix_title)>
                <table class="data matrix" data-testid="augmentation-matrix">
                    <caption>{words}</caption>
                    <thead><tr>
                        <th scope="col">{tr!(t, augmentation.matrix_corner)}</th>
                        {heads.into_iter().map(|name| view! { <th scope="col" class="num">{name}</th> }).collect_view()}
                    </tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="part" data-testid="augmentation-confusion">
            <div class="part-head">
                <h3>{tr!(t, augmentation.matrix_title)}</h3>
                <ChoiceField state param=&params::SHOWN options=ARMS.to_vec() label=word(t, |t| t.augmentation.network)
                    name=Callback::new(move |id: &'static str| arm_name(t.get(), id)) testid="augmentation-shown"/>
            </div>
            {dynamic(table)}
        </section>
    }
}
