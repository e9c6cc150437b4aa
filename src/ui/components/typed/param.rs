//! Typed fields of parameters.

use leptos::prelude::*;
use protocol::Failure;

use super::{Limits, NumberEntry, TypedField, Verdict};
use crate::ui::url_state::{Param, ParamKind, UrlState};

/// The field of a parameter that is a number. Left empty it is the default, or what the widget suggests where that is empty.
#[component]
pub fn NumberField(
    /// The widget's state.
    state: UrlState,
    /// The parameter's row.
    param: &'static Param,
    /// The label.
    label: Signal<String>,
    /// What an empty parameter stands for.
    #[prop(optional)]
    suggested: Option<Signal<String>>,
    /// Words with `{least}` and `{most}` in place of the limits alone.
    #[prop(optional_no_strip)]
    hint: Option<Signal<String>>,
    /// Classes beside `field`.
    #[prop(default = "narrow")]
    class: &'static str,
    /// For tests.
    #[prop(into)]
    testid: String,
) -> impl IntoView {
    let suggested = suggested.filter(|_| param.default.is_empty());
    let value = Signal::derive(move || match (state.get(param), suggested) {
        (own, Some(suggested)) if own.is_empty() => suggested.get(),
        (own, _) => own,
    });
    let set = Callback::new(move |text: String| {
        let is_default =
            text.is_empty() || suggested.is_some_and(|suggested| suggested.get_untracked() == text);
        written(state.set(param, if is_default { param.default } else { &text }), param)
    });
    let limits = Limits::of(param);
    (!state.is_hidden(param)).then(|| view! { <NumberEntry label value limits set hint class testid/> })
}

/// The field of a parameter that is a text of its own grammar.
#[component]
pub fn TextField(
    /// The widget's state.
    state: UrlState,
    /// The parameter's row.
    param: &'static Param,
    /// The label.
    label: Signal<String>,
    /// A typed text as the parameter has it, or why it is refused.
    read: Callback<String, Result<String, Failure>>,
    /// Said by the mouse.
    #[prop(optional_no_strip)]
    title: Option<Signal<String>>,
    /// Classes beside `field`.
    #[prop(default = "narrow")]
    class: &'static str,
    /// For tests.
    #[prop(into)]
    testid: String,
) -> impl IntoView {
    let value = Signal::derive(move || state.get(param));
    let take = Callback::new(move |typed: String| {
        let taken = read.run(typed).and_then(|text| written(state.set(param, &text), param));
        taken.map_or_else(Verdict::Refused, |()| Verdict::Taken)
    });
    (!state.is_hidden(param)).then(|| view! { <TypedField label value take class title testid/> })
}

/// What a parameter does not take although it was read is too long for it.
fn written(taken: bool, param: &Param) -> Result<(), Failure> {
    let limit = match param.kind {
        ParamKind::Text { max_chars } => max_chars,
        _ => 0,
    };
    if taken { Ok(()) } else { Err(Failure::new("too_long").with("limit", limit)) }
}
