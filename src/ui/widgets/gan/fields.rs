//! Controls of this widget: numbers and layers that may be left to the data set.

use leptos::prelude::*;
use protocol::Failure;
use protocol::gan::limits;

use super::model::{layers, suggested as suggestion};
use crate::ui::components::typed::{NumberField, TypedField, Verdict, quoted};
use crate::ui::text::use_text;
use crate::ui::url_state::{Param, UrlState};

fn suggested(state: UrlState, param: &'static Param) -> Signal<String> {
    Signal::derive(move || suggestion(&|param| state.get(param), param).to_owned())
}

/// A number, or the data set's own.
#[component]
pub fn SuggestedNumber(
    /// The widget's state.
    state: UrlState,
    /// The parameter's row.
    param: &'static Param,
    /// The label.
    label: Signal<String>,
    /// Words with `{least}` and `{most}` in place of the limits alone.
    #[prop(optional_no_strip)]
    hint: Option<Signal<String>>,
    /// For tests.
    testid: &'static str,
) -> impl IntoView {
    view! { <NumberField state param label suggested=suggested(state, param) hint testid/> }
}

/// Units of hidden layers, `64-64`.
#[component]
pub fn LayersField(
    /// The widget's state.
    state: UrlState,
    /// The parameter's row.
    param: &'static Param,
    /// The label.
    label: Signal<String>,
    /// For tests.
    testid: &'static str,
) -> impl IntoView {
    let t = use_text();
    let suggested = suggested(state, param);
    let value = Signal::derive(move || {
        let own = state.get(param);
        if own.is_empty() { suggested.get() } else { own }
    });
    let take = Callback::new(move |typed: String| {
        let failure = |code: &str| {
            let [[shallow, deep], [least, most]] = [limits::DEPTH, limits::WIDTH];
            let failure =
                Failure::new(code).with("typed", quoted(&typed)).with("shallow", shallow).with("deep", deep);
            failure.with("least", least).with("most", most)
        };
        if typed.trim().is_empty() {
            state.set(param, "");
            return Verdict::Instead(Failure::new("suggested"));
        }
        let Some((widths, is_changed)) = layers(&typed) else { return Verdict::Refused(failure("layers")) };
        let own = widths.iter().map(u32::to_string).collect::<Vec<_>>().join("-");
        state.set(param, if own == suggested.get_untracked() { "" } else { &own });
        if is_changed { Verdict::Instead(failure("layers_changed")) } else { Verdict::Taken }
    });
    let title = Some(Signal::derive(move || t.get().gan.layers_hint.to_owned()));
    (!state.is_hidden(param)).then(|| view! { <TypedField label value take title testid/> })
}
