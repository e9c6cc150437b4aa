//! Bits: one number in every format at once.
//!
//! Type a number, pick a preset or flip a bit; every row shows what its format
//! stores and how far that is from what was asked for. All exact: see `model`.

mod builder;
mod conventions;
mod detail;
mod display;
mod entry;
mod model;
mod params;
mod register;
mod rows;
mod session;
mod tasks;

use crate::ui::view::dynamic;
use leptos::prelude::*;
use serde_json::json;

use self::builder::Builder;
use self::detail::Detail;
use self::entry::{Controls, EntryField};
pub use self::params::PARAMS;
use self::register::{Register, field_class, field_name};
use self::rows::Rows;
use self::session::Session;
pub use self::tasks::tasks;
use super::Setting;
use crate::tr;
use crate::ui::embed::use_host;
use crate::ui::text::use_text;
use crate::ui::url_state::UrlState;

/// The widget.
pub fn view(state: UrlState, setting: Setting) -> AnyView {
    let t = use_text();
    let session = Session::new(state, setting);
    let reading = Memo::new(move |_| session.reading(&session.selected.get()));
    use_host().set_results(move || results(session));
    let full = setting != Setting::Inline;
    view! {
        <section class="widget bits" data-testid="bits">
            {full.then(|| view! { <Controls session/> })}
            <EntryField session reading/>
            <div class="selected">
                <p class="selected-name">
                    <b>{dynamic(move || session.selected.get().name)}</b>
                    <span class="mono">{dynamic(move || model::layout(&session.selected.get()))}</span>
                    <span class="mono" data-testid="bits-code">{dynamic(move || display::hex(
                        reading.with(|reading| reading.encoded.code), session.selected.get().bits,
                    ))}</span>
                    <span class="selected-value">
                        <b class="mono">{dynamic(move || reading.with(|reading| reading.value_text.clone()))}</b>
                        " "<span class="err">{dynamic(move || reading.with(|reading| rows::error_text(t.get(), reading)))}</span>
                    </span>
                </p>
                <Register session reading/>
            </div>
            <Rows session/>
            <p class="legend">
                {[numerics::FieldKind::Sign, numerics::FieldKind::Exponent, numerics::FieldKind::Significand, numerics::FieldKind::Regime]
                    .into_iter()
                    .map(|kind| view! {
                        <span><span class=field_class(kind) aria-hidden="true"><i class="one">"1"</i></span>" "{dynamic(move || field_name(t.get(), kind))}</span>
                    })
                    .collect_view()}
                <span>{tr!(t, bits.legend_bar)}</span>
            </p>
            {full.then(|| view! {
                <Detail session reading/>
                <Builder session/>
            })}
        </section>
    }
    .into_any()
}

/// What a host page gets: the input and every format's code, value and error.
fn results(session: Session) -> serde_json::Value {
    let custom = session.custom.get_untracked().ok().flatten();
    let formats: serde_json::Map<String, serde_json::Value> = numerics::FORMATS
        .iter()
        .copied()
        .chain(custom)
        .map(|format| {
            let (input, real) = session.shown.get_untracked();
            let (settings, _) = session.settings.get_untracked();
            let reading = model::read(&format, &input, &real, &settings);
            let value = reading.stored.as_ref().map_or_else(
                || reading.encoded.value.to_decimal(),
                |stored| display::long(stored, 1200).replace('\u{2212}', "-"),
            );
            let error = reading.error.as_ref().map(|error| display::long(error, 60).replace('\u{2212}', "-"));
            let body = json!({
                "code": display::hex(reading.encoded.code, format.bits),
                "value": value,
                "error": error,
                "class": model::class_key(reading.class),
            });
            (format.id.to_owned(), body)
        })
        .collect();
    let selected = session.selected.get_untracked().id;
    json!({ "input": session.state.now(&params::VALUE), "selected": selected, "formats": formats })
}
