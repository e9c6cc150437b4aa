//! Controls of this widget: numbers that may be left to the data set.

use leptos::prelude::*;

use super::model::{limits_of, number, suggested as suggestion, widths};
use crate::ui::text::{fill, use_text};
use crate::ui::url_state::{Param, UrlState};
use crate::ui::view::dynamic;

/// What was refused or clamped gives way to what holds, also where the state did not change.
fn show(event: &web_sys::Event, value: &str) {
    event_target::<web_sys::HtmlInputElement>(event).set_value(value);
}

/// A number, or the data set's own; its limits stand in its title.
#[component]
pub fn NumberField(
    /// The widget's state.
    state: UrlState,
    /// The parameter's row.
    param: &'static Param,
    /// The label.
    label: Signal<String>,
    /// Words with `{least}` and `{most}` in place of the limits alone.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
    /// For tests.
    testid: &'static str,
) -> impl IntoView {
    let suggested = move || suggestion(&|param| state.get(param), param);
    let value = move || {
        let own = state.get(param);
        if own.is_empty() { suggested().to_owned() } else { own }
    };
    let [least, most] = limits_of(param);
    let change = move |event: web_sys::Event| {
        let text = event_target_value(&event);
        let taken = number(&text, [least, most]).map(|value| value.to_string()).unwrap_or_default();
        let own = if taken == untrack(suggested) { param.default } else { taken.as_str() };
        state.set(param, if own.is_empty() { param.default } else { own });
        show(&event, &untrack(value));
    };
    let title = move || match hint {
        Some(hint) => fill(&hint.get(), &[("least", &least.to_string()), ("most", &most.to_string())]),
        None => format!("{least} – {most}"),
    };
    (!state.is_hidden(param)).then(|| view! {
        <label class="field narrow">
            <span>{dynamic(move || label.get())}</span>
            <input type="text" inputmode="decimal" prop:value=value title=title on:change=change data-testid=testid/>
        </label>
    })
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
    let suggested = move || suggestion(&|param| state.get(param), param);
    let value = move || {
        let own = state.get(param);
        if own.is_empty() { suggested().to_owned() } else { own }
    };
    let change = move |event: web_sys::Event| {
        let taken = widths(&event_target_value(&event))
            .map(|widths| widths.iter().map(u32::to_string).collect::<Vec<_>>().join("-"));
        let own = taken.filter(|taken| taken != untrack(suggested)).unwrap_or_default();
        state.set(param, &own);
        show(&event, &untrack(value));
    };
    (!state.is_hidden(param)).then(|| view! {
        <label class="field narrow">
            <span>{dynamic(move || label.get())}</span>
            <input type="text" prop:value=value title=move || t.get().gan.layers_hint on:change=change data-testid=testid/>
        </label>
    })
}
