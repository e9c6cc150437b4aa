//! The entry: a number as text, or the selected format's code in hexadecimal or binary; presets; rounding.

use crate::ui::view::dynamic;
use leptos::prelude::*;
use numerics::{Real, RoundingMode};

use super::display;
use super::model::Reading;
use super::params::{self, GROUPS, OVERFLOWS};
use super::session::Session;
use crate::tr;
use crate::ui::components::fields::{ChoiceField, FlagField};
use crate::ui::text::{failure_text, use_text};
use crate::ui::widgets::Setting;

/// Sixty digits of π: more than any format here can tell apart from π itself.
const PI: &str = "pi";

/// (what the chip says, what it enters)
const PRESETS: [(&str, &str); 12] = [
    ("0.1", "0.1"),
    ("π", PI),
    ("1/3", "1/3"),
    ("65504", "65504"),
    ("65520", "65520"),
    ("6e−8", "6e-8"),
    ("2⁻²⁴", "2^-24"),
    ("448", "448"),
    ("464", "464"),
    ("465", "465"),
    ("−0", "-0"),
    ("NaN", "nan"),
];

/// The text field, the two code fields and the presets.
#[component]
pub fn EntryField(session: Session, reading: Memo<Reading>) -> impl IntoView {
    let t = use_text();
    let value = session.state.signal(&params::VALUE);
    let problem = move || session.input.with(|input| input.real.as_ref().err().cloned());
    // A code in the address reads as the number it stands for.
    let shown = move || {
        let text = value.get();
        session.input.with(|input| match (&input.code, &input.real) {
            (Some(_), Ok(Real::Finite(rational))) => rational.to_decimal(1200).text,
            (Some(_), Ok(other)) => display::short_real(other, 17),
            _ => text.clone(),
        })
    };
    let hidden = session.state.is_hidden(&params::VALUE);
    (!hidden).then(|| view! {
        <div class="entry">
            <label class="field value-field">
                <span>{tr!(t, bits.value_label)}</span>
                <input
                    type="text"
                    inputmode="text"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    maxlength="12000"
                    prop:value=shown
                    aria-invalid=move || problem().is_some().to_string()
                    aria-describedby="bits-problem"
                    on:input=move |event| { session.state.set(&params::VALUE, &event_target_value(&event)); }
                    data-testid="bits-value"
                />
            </label>
            {(session.setting != Setting::Inline).then(|| view! {
                <CodeField session reading radix=16/>
                <CodeField session reading radix=2/>
            })}
            <p id="bits-problem" class="problem" role="status" data-testid="bits-problem">
                {dynamic(move || problem().map(|failure| view! { <span class="notice">{failure_text(t.get(), &failure)}</span> }))}
            </p>
            <div class="chips" role="group" aria-label=tr!(t, bits.presets)>
                {PRESETS.into_iter().map(|(name, text)| view! {
                    <button
                        class="chip"
                        aria-pressed=move || (value.get() == text).to_string()
                        on:click=move |_| { session.state.set(&params::VALUE, text); }
                    >{name}</button>
                }).collect_view()}
            </div>
        </div>
    })
}

/// The selected format's code as text; a bad one is marked and changes nothing.
#[component]
fn CodeField(session: Session, reading: Memo<Reading>, radix: u32) -> impl IntoView {
    let t = use_text();
    let bad = RwSignal::new(false);
    let shown = move || {
        let format = session.selected.get();
        let code = reading.with(|reading| reading.encoded.code);
        let width = usize::from(format.bits);
        if radix == 16 { display::hex(code, format.bits) } else { format!("{code:0width$b}") }
    };
    let enter = move |event: web_sys::Event| {
        let format = session.selected.get_untracked();
        let text: String =
            event_target_value(&event).chars().filter(|c| !c.is_whitespace() && *c != '_').collect();
        let digits = text.trim_start_matches("0x").trim_start_matches("0X");
        // In hexadecimal `0b` is a number of its own.
        let digits = if radix == 2 { digits.trim_start_matches("0b") } else { digits };
        match u64::from_str_radix(digits, radix) {
            Ok(code) if code <= format.mask() => {
                bad.set(false);
                session.set_code(&format, code);
            }
            _ => bad.set(true),
        }
    };
    let label = move || if radix == 16 { t.get().bits.hex_label } else { t.get().bits.binary_label };
    let id = if radix == 16 { "bits-hex" } else { "bits-binary" };
    view! {
        <label class=if radix == 16 { "field code-field hex" } else { "field code-field" }>
            <span>{label}</span>
            <input
                type="text"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                maxlength="80"
                prop:value=shown
                aria-invalid=move || bad.get().to_string()
                on:change=enter
                data-testid=id
            />
            {dynamic(move || bad.get().then(|| view! { <span class="notice" role="alert">{tr!(t, bits.code_bad)}</span> }))}
        </label>
    }
}

/// Rounding, overflow and what is shown.
#[component]
pub fn Controls(session: Session) -> impl IntoView {
    let t = use_text();
    let state = session.state;
    let scale_problem = move || session.settings.with(|(_, problem)| problem.clone());
    let word = move |pick: fn(&'static crate::ui::text::Text) -> &'static str| {
        Signal::derive(move || pick(t.get()).to_owned())
    };
    view! {
        <header>
            <ChoiceField
                state param=&params::MODE options=RoundingMode::IDS.to_vec() label=word(|t| t.bits.mode_label)
                name=Callback::new(move |id: &'static str| t.get().bits.mode.get(&id.replace('-', "_")).unwrap_or(id).to_owned())
                testid="bits-mode"
            />
            <ChoiceField
                state param=&params::OVERFLOW options=OVERFLOWS.to_vec() label=word(|t| t.bits.overflow_label)
                name=Callback::new(move |id: &'static str| t.get().bits.overflow.get(id).unwrap_or(id).to_owned())
                testid="bits-overflow"
            />
            <ChoiceField
                state param=&params::GROUP options=GROUPS.to_vec() label=word(|t| t.bits.group_label)
                name=Callback::new(move |id: &'static str| t.get().bits.group.get(id).unwrap_or(id).to_owned())
                testid="bits-group"
            />
            {(!state.is_hidden(&params::SCALE)).then(|| view! {
                <label class="field scale-field">
                    <span>{tr!(t, bits.scale_label)}</span>
                    <input
                        type="text" autocomplete="off" spellcheck="false"
                        prop:value=move || state.get(&params::SCALE)
                        aria-invalid=move || scale_problem().is_some().to_string()
                        on:change=move |event| { state.set(&params::SCALE, &event_target_value(&event)); }
                        data-testid="bits-scale"
                    />
                </label>
                <label class="field zero-field">
                    <span>{tr!(t, bits.zero_point_label)}</span>
                    <input
                        type="number" step="1"
                        prop:value=move || state.get(&params::ZERO_POINT)
                        on:change=move |event| { state.set(&params::ZERO_POINT, &event_target_value(&event)); }
                    />
                </label>
            })}
            <FlagField state param=&params::FLUSH label=word(|t| t.bits.flush_label) testid="bits-flush"/>
            {dynamic(move || (state.get(&params::MODE) == "stochastic").then(|| view! {
                <label class="field zero-field">
                    <span>{tr!(t, bits.seed_label)}</span>
                    <input
                        type="number" step="1" min="0"
                        prop:value=move || state.get(&params::SEED)
                        on:change=move |event| { state.set(&params::SEED, &event_target_value(&event)); }
                    />
                </label>
            }))}
            {dynamic(move || scale_problem().map(|failure| view! {
                <p class="notice" role="alert">{failure_text(t.get(), &failure)}</p>
            }))}
            <span class="sp"></span>
            <button class="btn" on:click=move |_| state.reset() data-testid="bits-reset">{tr!(t, shell.reset)}</button>
        </header>
    }
}
