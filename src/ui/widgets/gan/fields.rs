//! Controls of this widget: numbers that may be left to the data set, and precisions.

use leptos::prelude::*;

use super::model::{limits_of, number, suggested as suggestion, widths};
use super::precision;
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

/// A precision: from the list, or a descriptor of one's own.
#[component]
pub fn PrecisionField(
    /// What is chosen; empty for [`same`](Self), where that is offered.
    value: Signal<String>,
    /// Chooses.
    set: Callback<String>,
    /// The label.
    label: Signal<String>,
    /// The words of "as the other"; not offered without.
    #[prop(optional, into)]
    same: Option<Signal<String>>,
    /// For tests.
    testid: &'static str,
) -> impl IntoView {
    const OWN: &str = "own";
    /// Offered as the beginning of a descriptor.
    const EXAMPLE: &str = "s1e4m3b7-fn";
    let t = use_text();
    let is_own = move || {
        let value = value.get();
        !value.is_empty() && !precision::is_listed(&value)
    };
    let choose = move |event: web_sys::Event| {
        let chosen = event_target_value(&event);
        set.run(if chosen == OWN { EXAMPLE.to_owned() } else { chosen });
    };
    let option = move |id: &'static str| {
        view! { <option value=id selected=move || value.get() == id>{dynamic(move || precision::name(t.get(), id))}</option> }
    };
    view! {
        <label class="field">
            <span>{dynamic(move || label.get())}</span>
            <select class="btn" prop:value=move || if is_own() { OWN.to_owned() } else { value.get() } on:change=choose data-testid=testid>
                {same.map(|same| view! { <option value="" selected=move || value.get().is_empty()>{dynamic(move || same.get())}</option> })}
                <optgroup label=move || t.get().gan.common_formats>{precision::COMMON.into_iter().map(option).collect_view()}</optgroup>
                <optgroup label=move || t.get().gan.mixed_formats>{precision::PRESETS.into_iter().map(option).collect_view()}</optgroup>
                <optgroup label=move || t.get().gan.more_formats>{precision::further_formats().into_iter().map(option).collect_view()}</optgroup>
                <optgroup label=move || t.get().gan.block_formats>{precision::block_formats().into_iter().map(option).collect_view()}</optgroup>
                <option value=OWN selected=is_own>{dynamic(move || t.get().gan.own_format)}</option>
            </select>
        </label>
        {dynamic(move || is_own().then(|| view! {
            <label class="field narrow">
                <span>{t.get().gan.descriptor}</span>
                <input type="text" maxlength="40" spellcheck="false" autocomplete="off" prop:value=move || value.get()
                    on:change=move |event| set.run(event_target_value(&event)) data-testid=format!("{testid}-own")/>
            </label>
        }))}
    }
}
