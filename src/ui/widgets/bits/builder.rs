//! A format of the reader's own: sign, exponent and significand bits, bias, specials.

use crate::ui::view::dynamic;
use leptos::prelude::*;
use numerics::{FloatSpec, Kind, Specials};

use super::params;
use super::session::Session;
use crate::tr;
use crate::ui::text::use_text;

/// What the builder starts from: E4M3 with an E5M2-like reach is the usual first wish.
const FIRST: &str = "s1e4m3b7-fn";

const SPECIALS: [(Specials, &str); 5] = [
    (Specials::Ieee, "ieee"),
    (Specials::NanOnly, "fn"),
    (Specials::NanIsNegativeZero, "fnuz"),
    (Specials::None, "none"),
    (Specials::P3109, "p3109"),
];

/// The controls; each change writes the format's text to the address.
#[component]
pub fn Builder(session: Session) -> impl IntoView {
    let t = use_text();
    let text = session.state.signal(&params::CUSTOM);
    let open = Signal::derive(move || !text.get().is_empty());
    let spec = Memo::new(move |_| spec_of(&text.get()));
    let change = move |edit: &dyn Fn(&mut FloatSpec)| {
        let mut spec = spec.get_untracked();
        edit(&mut spec);
        spec.has_zero = spec.subnormals || spec.significand_bits > 0;
        session.state.set(&params::CUSTOM, &spec.to_custom_text());
        session.state.set(&params::FORMAT, "custom");
    };
    let number = move |label: Signal<&'static str>,
                       value: Signal<i32>,
                       min: i32,
                       max: i32,
                       set: fn(&mut FloatSpec, i32),
                       id: &'static str| {
        view! {
            <label class="field">
                <span>{dynamic(move || label.get())}</span>
                <input
                    type="number" min=min max=max step="1"
                    prop:value=move || value.get().to_string()
                    on:change=move |event| {
                        if let Ok(given) = event_target_value(&event).parse::<i32>() {
                            change(&|spec| set(spec, given.clamp(min, max)));
                        }
                    }
                    data-testid=id
                />
            </label>
        }
    };
    let label =
        move |pick: fn(&'static crate::ui::text::Text) -> &'static str| Signal::derive(move || pick(t.get()));
    view! {
        <details class="builder" prop:open=move || open.get() data-testid="bits-builder">
            <summary>{tr!(t, bits.builder_title)}</summary>
            <p class="hint">{tr!(t, bits.builder_hint)}</p>
            <div class="builder-fields">
                <label class="check">
                    <input
                        type="checkbox"
                        prop:checked=move || spec.get().signed
                        on:change=move |event| { let on = event_target_checked(&event); change(&|spec| spec.signed = on); }
                    />
                    <span>{tr!(t, bits.field_sign)}</span>
                </label>
                {number(label(|t| t.bits.builder_exponent), Signal::derive(move || i32::from(spec.get().exponent_bits)), 1, 11, |s, v| { s.exponent_bits = v as u8; }, "bits-custom-e")}
                {number(label(|t| t.bits.builder_significand), Signal::derive(move || i32::from(spec.get().significand_bits)), 0, 52, |s, v| { s.significand_bits = v as u8; }, "bits-custom-m")}
                {number(label(|t| t.bits.builder_bias), Signal::derive(move || spec.get().bias), -900, 1023, |s, v| { s.bias = v; }, "bits-custom-bias")}
                <label class="field">
                    <span>{tr!(t, bits.builder_specials)}</span>
                    <select
                        class="btn"
                        on:change=move |event| {
                            let chosen = event_target_value(&event);
                            if let Some((specials, _)) = SPECIALS.iter().find(|(_, id)| *id == chosen) {
                                let specials = *specials;
                                change(&|spec| spec.specials = specials);
                            }
                        }
                        data-testid="bits-custom-specials"
                    >
                        {SPECIALS.into_iter().map(|(specials, id)| view! {
                            <option value=id selected=move || spec.get().specials == specials>
                                {dynamic(move || t.get().bits.specials.get(id).unwrap_or_default())}
                            </option>
                        }).collect_view()}
                    </select>
                </label>
                <label class="check">
                    <input
                        type="checkbox"
                        prop:checked=move || spec.get().subnormals
                        on:change=move |event| { let on = event_target_checked(&event); change(&|spec| spec.subnormals = on); }
                    />
                    <span>{tr!(t, bits.builder_subnormals)}</span>
                </label>
                <button class="btn" on:click=move |_| { change(&|_| {}); } data-testid="bits-custom-add">{tr!(t, bits.builder_add)}</button>
                <button class="btn" disabled=move || !open.get() on:click=move |_| {
                    session.state.set(&params::CUSTOM, "");
                    session.state.set(&params::FORMAT, params::FORMAT.default);
                }>{tr!(t, bits.builder_remove)}</button>
            </div>
            {dynamic(move || session.custom.get().is_err().then(|| view! {
                <p class="notice" role="alert">{tr!(t, errors.custom_bad)}</p>
            }))}
        </details>
    }
}

fn spec_of(text: &str) -> FloatSpec {
    let parse = |text: &str| match FloatSpec::custom(text).ok()?.kind {
        Kind::Float(spec) => Some(spec),
        _ => None,
    };
    parse(text).or_else(|| parse(FIRST)).unwrap_or(FloatSpec {
        signed: true,
        exponent_bits: 4,
        significand_bits: 3,
        bias: 7,
        subnormals: true,
        has_zero: true,
        specials: Specials::NanOnly,
        unused_low_bits: 0,
    })
}
