//! One row a format: its bits, its value, its error.
//!
//! A row's name is the button that lays the format out large. Its small bits can
//! be flipped with a pointer as a shortcut; the register is the control for everyone.

use crate::ui::view::dynamic;
use leptos::prelude::*;
use numerics::{FORMATS, Format, Kind};
use wasm_bindgen::JsCast;

use super::display;
use super::model::{self, Reading};
use super::params;
use super::register::{field_class, runs};
use super::session::Session;
use crate::ui::text::{fill, use_text};
use crate::ui::widgets::Setting;

/// Formats of the compact view inside the glossary: the entry's own terms, and the FP8 and FP4 of today.
const INLINE_FORMATS: [&str; 9] = ["fp64", "fp32", "tf32", "bf16", "fp16", "e4m3", "e5m2", "e2m1", "int8"];

/// All rows of the chosen group.
#[component]
pub fn Rows(session: Session) -> impl IntoView {
    let formats = move || {
        let group = session.state.get(&params::GROUP);
        let custom = session.custom.get().ok().flatten();
        let mut formats: Vec<Format> = FORMATS
            .iter()
            .copied()
            .filter(|format| match session.setting {
                Setting::Inline => INLINE_FORMATS.contains(&format.id),
                _ => model::in_group(format, &group),
            })
            .collect();
        formats.extend(custom);
        formats
    };
    view! {
        <ul class="rows" data-testid="bits-rows">
            <For each=formats key=key let:format>
                <Row session format/>
            </For>
        </ul>
    }
}

/// Rows with the same key stay as they are. The reader's own format keeps its id whatever it is.
fn key(format: &Format) -> (&'static str, Option<String>) {
    let own = match format.kind {
        Kind::Float(spec) if format.id == "custom" => Some(spec.to_custom_text()),
        _ => None,
    };
    (format.id, own)
}

#[component]
fn Row(session: Session, format: Format) -> impl IntoView {
    let t = use_text();
    let reading = Memo::new(move |_| session.reading(&format));
    let selected = move || session.selected.get().id == format.id;
    let flip = move |event: web_sys::MouseEvent| {
        let Some(index) = bit_index(&event) else { return };
        let code = reading.with_untracked(|reading| reading.encoded.code);
        session.set_code(&format, code ^ (1 << (usize::from(format.bits) - 1 - index)));
    };
    let bar = move || {
        let (_, real) = session.shown.get();
        reading.with(|reading| format!("{:.1}%", 100.0 * model::error_bar(reading.error.as_ref(), &real)))
    };
    view! {
        <li class="row" class:sel=selected data-testid=format!("bits-row-{}", format.id)>
            <div class="name">
                <button
                    class="row-name"
                    aria-pressed=move || selected().to_string()
                    on:click=move |_| { session.state.set(&params::FORMAT, format.id); }
                >{format.name}</button>
                <small>{model::layout(&format)}{format.draft.then(|| view! { " · "{dynamic(move || t.get().bits.draft)} })}</small>
            </div>
            <div class="small-bits" aria-hidden="true" on:click=flip>
                {dynamic(move || reading.with(small_bits))}
            </div>
            <div class="val">
                <span class="class-tag">{dynamic(move || reading.with(|reading| class_note(t.get(), reading)))}</span>
                <b data-testid=format!("bits-value-{}", format.id)>{dynamic(move || reading.with(|reading| reading.value_text.clone()))}</b>
                <div class="err">{dynamic(move || reading.with(|reading| error_text(t.get(), reading)))}</div>
                <div class="bar" aria-hidden="true"><span style:width=bar></span></div>
            </div>
        </li>
    }
}

fn small_bits(reading: &Reading) -> impl IntoView + use<> {
    runs(&reading.bits)
        .into_iter()
        .map(|(kind, start, run)| {
            let cells = run
                .into_iter()
                .enumerate()
                .map(|(offset, bit)| {
                    let class = if bit { "one" } else { "" };
                    view! { <i class=class data-bit=(start + offset).to_string()>{if bit { "1" } else { "0" }}</i> }
                })
                .collect_view();
            view! { <span class=field_class(kind)>{cells}</span> }
        })
        .collect_view()
}

/// The error in words: none, or signed with its size in ulps.
pub fn error_text(text: &'static crate::ui::text::Text, reading: &Reading) -> String {
    let Some(error) = &reading.error else { return "\u{2014}".to_owned() };
    if error.is_zero() {
        return text.bits.exact.to_owned();
    }
    let error_text = display::signed(error);
    match &reading.error_ulp {
        Some(ulp) => fill(text.bits.error_ulp, &[("error", &error_text), ("ulp", &display::signed(ulp))]),
        None => error_text,
    }
}

/// What a row says beside its value when the value is not an ordinary one.
fn class_note(text: &'static crate::ui::text::Text, reading: &Reading) -> &'static str {
    let bits = &text.bits;
    if reading.encoded.overflow {
        bits.note_overflow
    } else if reading.encoded.underflow {
        bits.note_underflow
    } else if reading.encoded.substituted_nan {
        bits.note_nan
    } else {
        match reading.class {
            numerics::Class::Subnormal => bits.class.subnormal,
            _ => "",
        }
    }
}

fn bit_index(event: &web_sys::MouseEvent) -> Option<usize> {
    let target: web_sys::Element = event.target()?.dyn_into().ok()?;
    target.get_attribute("data-bit")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use numerics::FloatSpec;

    use super::*;

    #[test]
    fn every_custom_format_has_a_row_of_its_own() {
        let [one, other] = ["s1e4m3b7-fn", "s1e4m3b0-fn"].map(|text| key(&FloatSpec::custom(text).unwrap()));
        assert_ne!(one, other);
        let mut keys: Vec<_> = FORMATS.iter().map(key).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), FORMATS.len());
    }
}
