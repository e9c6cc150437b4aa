//! A format of the reader's own: sign, exponent and significand bits, bias, specials.

use crate::ui::view::dynamic;
use leptos::prelude::*;
use numerics::{CustomFormatError, FloatSpec, Specials};
use protocol::Failure;

use super::params;
use super::session::Session;
use crate::tr;
use crate::ui::components::typed::{Limits, NumberEntry};
use crate::ui::text::{Text, failure_text, use_text};

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
    let number = move |pick: fn(&'static Text) -> &'static str,
                       read: fn(&FloatSpec) -> i32,
                       [min, max]: [i32; 2],
                       write: fn(&mut FloatSpec, i32),
                       testid: &'static str| {
        let label = Signal::derive(move || pick(t.get()).to_owned());
        let value = Signal::derive(move || spec.with(read).to_string());
        let set = Callback::new(move |text: String| {
            let given = text.parse::<i32>().map_err(|_| Failure::new("custom_bad"))?;
            change(&|spec| write(spec, given));
            Ok(())
        });
        let limits = Limits::whole(min.into(), max.into());
        view! { <NumberEntry label value limits set needed=true testid/> }
    };
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
                {number(|t| t.bits.builder_exponent, |s| s.exponent_bits.into(), [1, 11], |s, v| { s.exponent_bits = v as u8; }, "bits-custom-e")}
                {number(|t| t.bits.builder_significand, |s| s.significand_bits.into(), [0, 52], |s, v| { s.significand_bits = v as u8; }, "bits-custom-m")}
                {number(|t| t.bits.builder_bias, |s| s.bias, [-900, 1023], |s, v| { s.bias = v; }, "bits-custom-bias")}
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
            {dynamic(move || session.custom.get().err().map(|error| view! {
                <p class="notice" role="alert" data-testid="bits-custom-problem">{failure_text(t.get(), &failure(error))}</p>
            }))}
        </details>
    }
}

/// What the fields show: the address's format, also one that cannot be, which is then said beside them.
fn spec_of(text: &str) -> FloatSpec {
    let draft = FloatSpec::custom_draft(text).or_else(|| FloatSpec::custom_draft(FIRST));
    draft.unwrap_or(FloatSpec {
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

/// Why a format cannot be.
fn failure(error: CustomFormatError) -> Failure {
    match error {
        CustomFormatError::Bias { min, max } => Failure::new("custom_bias").with("min", min).with("max", max),
        CustomFormatError::FnuzUnsigned => Failure::new("custom_fnuz"),
        CustomFormatError::NoExponent => Failure::new("custom_no_exponent"),
        CustomFormatError::SignedWithoutZero => Failure::new("custom_no_zero"),
        CustomFormatError::NoNumbers => Failure::new("custom_no_numbers"),
        CustomFormatError::Syntax | CustomFormatError::ExponentBits | CustomFormatError::SignificandBits => {
            Failure::new("custom_bad")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::text::{EN, KO};

    #[test]
    fn the_fields_show_what_the_address_holds_though_it_cannot_be() {
        for (text, code) in [
            ("s1e11m3b7-fn", "custom_bias"),
            ("s0e4m3b7-fnuz", "custom_fnuz"),
            ("s1e1m0b0-ieee", "custom_no_numbers"),
            ("s1e4m0b7-fn-ns", "custom_no_zero"),
            ("s1e0m3b7-ieee", "custom_no_exponent"),
            ("s1e12m3b7-fn", "custom_bad"),
        ] {
            assert_eq!(spec_of(text).to_custom_text(), text);
            let failure = failure(FloatSpec::custom(text).expect_err(text));
            assert_eq!(failure.code, code, "{text}");
            assert!(EN.errors.get(code).is_some() && KO.errors.get(code).is_some(), "{code}");
        }
        assert_eq!(spec_of("nonsense").to_custom_text(), FIRST);
    }
}
