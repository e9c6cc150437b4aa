//! The entry: a number as text, or the selected format's code in hexadecimal or binary; presets; rounding.

use crate::ui::view::dynamic;
use leptos::prelude::*;
use numerics::{Real, RoundingMode};
use protocol::Failure;

use super::display;
use super::model::{self, Reading};
use super::params::{self, GROUPS, OVERFLOWS};
use super::session::Session;
use crate::tr;
use crate::ui::components::fields::{ChoiceField, FlagField};
use crate::ui::components::typed::live::{Live, LiveNote};
use crate::ui::components::typed::{NumberField, TextField, TypedField, Verdict, quoted};
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
    let live = Live::new(session.state, &params::VALUE);
    let shown = move || {
        let text = value.get();
        // A code that is being typed stays one until the field is left: `fp16:0x3` may become `fp16:0x3C00`.
        if live.is_being_typed() {
            return text;
        }
        session.input.with(|input| match (&input.code, &input.real) {
            (Some(_), Ok(Real::Finite(rational))) => rational.to_decimal(1200).text,
            (Some(_), Ok(other)) => display::short_real(other, 17),
            _ => text.clone(),
        })
    };
    let leave = move |event: web_sys::FocusEvent| {
        let is_bad = session.input.with_untracked(|input| input.real.is_err());
        if is_bad {
            // What is shown is still the last number that could be read, and the address must lead to it.
            let last = session.shown.with_untracked(|(input, _)| input.text.clone());
            session.state.set(&params::VALUE, &last);
        }
        if live.leave().is_some() || is_bad {
            event_target::<web_sys::HtmlInputElement>(&event).set_value(&untrack(shown));
        }
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
                    prop:value=shown
                    aria-invalid=move || (problem().is_some() || live.is_refused()).to_string()
                    aria-describedby="bits-problem"
                    on:input=move |event| live.take(event_target_value(&event))
                    on:blur=leave
                    data-testid="bits-value"
                />
                <LiveNote live/>
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
    let value = Signal::derive(move || {
        let format = session.selected.get();
        let code = reading.with(|reading| reading.encoded.code);
        let width = usize::from(format.bits);
        if radix == 16 { display::hex(code, format.bits) } else { format!("{code:0width$b}") }
    });
    let take = Callback::new(move |typed: String| {
        let format = session.selected.get_untracked();
        match model::read_code(&typed, Some(radix), &format) {
            Some(code) => {
                session.set_code(&format, code);
                Verdict::Taken
            }
            None => Verdict::Refused(
                Failure::new("bits_code").with("found", quoted(&typed)).with("bits", format.bits),
            ),
        }
    });
    let label = Signal::derive(move || {
        (if radix == 16 { t.get().bits.hex_label } else { t.get().bits.binary_label }).to_owned()
    });
    let (class, testid) =
        if radix == 16 { ("code-field hex", "bits-hex") } else { ("code-field", "bits-binary") };
    view! { <TypedField label value take class testid/> }
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
    // The step stays as it was typed (`1/127`), once it is one.
    let scale = Callback::new(|typed: String| model::read_scale(&typed).map(|_| typed.trim().to_owned()));
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
            <TextField state param=&params::SCALE label=word(|t| t.bits.scale_label) read=scale class="scale-field" testid="bits-scale"/>
            {(!state.is_hidden(&params::SCALE)).then(|| view! {
                <NumberField state param=&params::ZERO_POINT label=word(|t| t.bits.zero_point_label) class="zero-field" testid="bits-zero-point"/>
            })}
            <FlagField state param=&params::FLUSH label=word(|t| t.bits.flush_label) testid="bits-flush"/>
            {dynamic(move || (state.get(&params::MODE) == "stochastic").then(|| view! {
                <NumberField state param=&params::SEED label=word(|t| t.bits.seed_label) class="zero-field" testid="bits-seed"/>
            }))}
            {dynamic(move || scale_problem().map(|failure| view! {
                <p class="notice" role="alert">{failure_text(t.get(), &failure)}</p>
            }))}
            <span class="sp"></span>
            <button class="btn" on:click=move |_| state.reset() data-testid="bits-reset">{tr!(t, shell.reset)}</button>
        </header>
    }
}
