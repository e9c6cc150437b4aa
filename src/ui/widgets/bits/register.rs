//! The selected format's code, bit by bit, large: every bit is a switch.
//!
//! One stop in the tab order; arrow keys move among the bits, Home and End jump,
//! Space, Enter, 0 and 1 set. The field of a bit shows as colour, rule and label.

use crate::ui::view::dynamic;
use leptos::prelude::*;
use numerics::{FieldKind, Format};
use wasm_bindgen::JsCast;

use super::model::Reading;
use super::session::Session;
use crate::ui::text::{Text, fill, use_text};

/// Class of a field, for colour and rule.
pub fn field_class(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Sign => "f s",
        FieldKind::Exponent => "f e",
        FieldKind::Regime => "f r",
        FieldKind::Significand => "f m",
        FieldKind::Integer | FieldKind::Index => "f n",
        FieldKind::Unused => "f u",
    }
}

/// A field's name.
pub fn field_name(text: &'static Text, kind: FieldKind) -> &'static str {
    let bits = &text.bits;
    match kind {
        FieldKind::Sign => bits.field_sign,
        FieldKind::Exponent => bits.field_exponent,
        FieldKind::Regime => bits.field_regime,
        FieldKind::Significand => bits.field_significand,
        FieldKind::Integer => bits.field_integer,
        FieldKind::Index => bits.field_index,
        FieldKind::Unused => bits.field_unused,
    }
}

/// Runs of bits of one field: (field, place of its top bit, its bits).
pub fn runs(bits: &[(FieldKind, bool)]) -> Vec<(FieldKind, usize, Vec<bool>)> {
    let mut out: Vec<(FieldKind, usize, Vec<bool>)> = Vec::new();
    for (index, (kind, bit)) in bits.iter().enumerate() {
        match out.last_mut() {
            Some((last, _, run)) if last == kind => run.push(*bit),
            _ => out.push((*kind, index, vec![*bit])),
        }
    }
    out
}

/// The register of the selected format.
#[component]
pub fn Register(session: Session, reading: Memo<Reading>) -> impl IntoView {
    let t = use_text();
    let focused = RwSignal::new(0_usize);
    // Fields move only with the format (posits: with the code), so bits stay the same elements while values change.
    let shape = Memo::new(move |_| {
        let format = session.selected.get();
        let runs: Vec<(FieldKind, usize, usize)> = reading.with(|reading| {
            runs(&reading.bits).into_iter().map(|(kind, at, run)| (kind, at, run.len())).collect()
        });
        (format, runs)
    });
    let flip = move |format: &Format, index: usize| {
        let code = reading.with_untracked(|reading| reading.encoded.code);
        session.set_code(format, code ^ (1 << (usize::from(format.bits) - 1 - index)));
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        let format = session.selected.get_untracked();
        let last = usize::from(format.bits) - 1;
        let at = focused.get_untracked().min(last);
        let next = match event.key().as_str() {
            "ArrowLeft" => at.saturating_sub(1),
            "ArrowRight" => (at + 1).min(last),
            "Home" => 0,
            "End" => last,
            key @ ("0" | "1") => {
                let now = reading.with_untracked(|reading| reading.bits.get(at).is_some_and(|(_, bit)| *bit));
                if now != (key == "1") {
                    flip(&format, at);
                }
                (at + 1).min(last)
            }
            _ => return,
        };
        event.prevent_default();
        focused.set(next);
        focus_bit(next);
    };
    view! {
        <div
            class="register"
            role="group"
            aria-label=move || fill(t.get().bits.register_label, &[("format", session.selected.get().name)])
            on:keydown=on_key
            data-testid="bits-register"
        >
            {dynamic(move || {
                let (format, runs) = shape.get();
                let width = usize::from(format.bits);
                runs.into_iter().map(|(kind, start, len)| view! {
                    <div class=field_class(kind)>
                        <div class="cells">
                            {(start..start + len).map(|index| {
                                let place = width - 1 - index;
                                let bit = Signal::derive(move || reading.with(|reading| {
                                    reading.bits.get(index).is_some_and(|(_, bit)| *bit)
                                }));
                                view! {
                                    <button
                                        class="bit"
                                        class:one=move || bit.get()
                                        id=format!("bit-{index}")
                                        aria-pressed=move || bit.get().to_string()
                                        aria-label=move || fill(t.get().bits.bit_label, &[
                                            ("place", &place.to_string()), ("field", field_name(t.get(), kind)),
                                        ])
                                        tabindex=move || if focused.get().min(width - 1) == index { "0" } else { "-1" }
                                        on:focus=move |_| focused.set(index)
                                        on:click=move |_| flip(&format, index)
                                        data-testid=format!("bits-bit-{place}")
                                    >
                                        {dynamic(move || if bit.get() { "1" } else { "0" })}
                                    </button>
                                }
                            }).collect_view()}
                        </div>
                        <span class="field-name">{dynamic(move || field_name(t.get(), kind))}" "<span class="mono">{len}</span></span>
                    </div>
                }).collect_view()
            })}
        </div>
    }
}

fn focus_bit(index: usize) {
    if let Some(bit) = document().get_element_by_id(&format!("bit-{index}")) {
        let _ = bit.unchecked_into::<web_sys::HtmlElement>().focus();
    }
}
