//! A control for a precision: presets, number formats, block formats, or a descriptor of one's own.

use leptos::prelude::*;
use protocol::Failure;

use super::precision;
use crate::ui::components::typed::{TypedField, Verdict};
use crate::ui::text::use_text;
use crate::ui::view::dynamic;

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
    // One that stays while the descriptor is typed: its field must not be made anew under the visitor's hands.
    let is_own = Memo::new(move |_| {
        let value = value.get();
        !value.is_empty() && !precision::is_listed(&value)
    });
    let choose = move |event: web_sys::Event| {
        let chosen = event_target_value(&event);
        set.run(if chosen == OWN { EXAMPLE.to_owned() } else { chosen });
    };
    let option = move |id: &'static str| {
        view! { <option value=id selected=move || value.get() == id>{dynamic(move || precision::name(t.get(), id))}</option> }
    };
    let take = Callback::new(move |typed: String| {
        let typed = typed.trim();
        if !precision::is_known(typed) {
            return Verdict::Refused(Failure::new("custom_bad"));
        }
        set.run(typed.to_owned());
        Verdict::Taken
    });
    let descriptor = Signal::derive(move || t.get().lab.descriptor.to_owned());
    let own_testid = format!("{testid}-own");
    view! {
        <label class="field">
            <span>{dynamic(move || label.get())}</span>
            <select class="btn" prop:value=move || if is_own.get() { OWN.to_owned() } else { value.get() } on:change=choose data-testid=testid>
                {same.map(|same| view! { <option value="" selected=move || value.get().is_empty()>{dynamic(move || same.get())}</option> })}
                <optgroup label=move || t.get().lab.common_formats>{precision::COMMON.into_iter().map(option).collect_view()}</optgroup>
                <optgroup label=move || t.get().lab.mixed_formats>{precision::PRESETS.into_iter().map(option).collect_view()}</optgroup>
                <optgroup label=move || t.get().lab.more_formats>{precision::further_formats().into_iter().map(option).collect_view()}</optgroup>
                <optgroup label=move || t.get().lab.block_formats>{precision::block_formats().into_iter().map(option).collect_view()}</optgroup>
                <option value=OWN selected=move || is_own.get()>{dynamic(move || t.get().lab.own_format)}</option>
            </select>
        </label>
        {dynamic(move || is_own.get().then(|| view! {
            <TypedField label=descriptor value take testid=own_testid.clone()/>
        }))}
    }
}
