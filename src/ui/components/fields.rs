//! Labelled controls.

use crate::ui::view::dynamic;
use leptos::prelude::*;

use crate::ui::url_state::{Param, UrlState};

/// A select for a `Choice` parameter. `name` gives an option's words.
#[component]
pub fn ChoiceField(
    /// The widget's state.
    state: UrlState,
    /// The parameter's row.
    param: &'static Param,
    /// The options, in order.
    options: Vec<&'static str>,
    /// The label.
    label: Signal<String>,
    /// An option's words.
    name: Callback<&'static str, String>,
    /// For tests.
    testid: &'static str,
) -> impl IntoView {
    let signal = state.signal(param);
    (!state.is_hidden(param)).then(|| view! {
        <label class="field">
            <span>{dynamic(move || label.get())}</span>
            <select
                class="btn"
                prop:value=move || signal.get()
                on:change=move |event| { state.set(param, &event_target_value(&event)); }
                data-testid=testid
            >
                {options.into_iter().map(|option| view! {
                    <option value=option selected=move || signal.get() == option>{dynamic(move || name.run(option))}</option>
                }).collect_view()}
            </select>
        </label>
    })
}

/// A check box for a `Flag` parameter.
#[component]
pub fn FlagField(
    /// The widget's state.
    state: UrlState,
    /// The parameter's row.
    param: &'static Param,
    /// The label.
    label: Signal<String>,
    /// For tests.
    testid: &'static str,
) -> impl IntoView {
    let signal = state.signal(param);
    (!state.is_hidden(param)).then(|| view! {
        <label class="check">
            <input
                type="checkbox"
                prop:checked=move || signal.get() == "1"
                on:change=move |event| { state.set(param, if event_target_checked(&event) { "1" } else { "0" }); }
                data-testid=testid
            />
            <span>{dynamic(move || label.get())}</span>
        </label>
    })
}
