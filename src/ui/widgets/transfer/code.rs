//! The code section: an arm of this moment in Keras.

use leptos::prelude::*;

use super::model::{self, Setup};
use super::session::Race;
use super::{arm_name, keras, own, params, precision_name, word};
use crate::tr;
use crate::ui::components::copy::CopyButton;
use crate::ui::components::fields::ChoiceField;
use crate::ui::text::use_text;
use crate::ui::view::dynamic;

/// Classes of a task before its pictures are here.
fn classes_of(data: &str) -> usize {
    match data {
        "clip-art" => 6,
        "emoji" => 5,
        params::OWN => own::names().len().max(2),
        _ => 10,
    }
}

/// The section.
#[component]
pub fn Code(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    let state = race.state;
    let example = Memo::new(move |_| {
        let setup = Setup::of(state);
        // After a reset it says what a link to it says.
        let summary = race.summary.get().filter(|_| state.flag(&params::TRAIN));
        let classes = summary
            .as_ref()
            .map_or_else(|| classes_of(&state.get(&params::DATA)), |summary| summary.classes.len());
        let precision = precision_name(&setup.features.weights);
        let counts = summary.as_ref().map(|summary| summary.counts.as_slice());
        keras::example(&state.get(&params::CODE), &setup, counts, classes, precision)
    });
    let code = Memo::new(move |_| example.with(|example| keras::code(t.get(), example)));
    let is_early = move || !model::is_possible(&state.get(&params::CODE), &state.get(&params::CUT));
    // How many classes of one's own there are is of the visit, as they are.
    let is_of_visit = move || (state.get(&params::DATA) == params::OWN).then_some("");
    view! {
        <section class="part" data-visit=is_of_visit data-testid="transfer-code">
            <div class="part-head">
                <h3>{tr!(t, transfer.keras.title)}</h3>
                <ChoiceField state param=&params::CODE options=params::ARMS.to_vec() label=word(t, |t| t.transfer.keras.arm)
                    name=Callback::new(move |id: &'static str| arm_name(t.get(), id)) testid="transfer-code-arm"/>
                <CopyButton value=Callback::new(move |()| code.get_untracked())/>
            </div>
            <p class="part-note">{tr!(t, transfer.keras.note)}</p>
            {dynamic(move || is_early().then(|| view! { <p class="hint">{tr!(t, transfer.early_cut)}</p> }))}
            <pre class="code" tabindex="0"><code>{dynamic(move || code.get())}</code></pre>
        </section>
    }
}
