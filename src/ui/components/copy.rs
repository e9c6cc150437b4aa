//! A button that copies a text and says so.

use std::time::Duration;

use crate::ui::view::dynamic;
use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::ui::text::use_text;

/// How long "copied" stays.
const SAID_MS: u64 = 1600;

/// Copies what `value` gives at the moment of the press.
#[component]
pub fn CopyButton(
    /// The text to copy.
    value: Callback<(), String>,
    /// What the button says; "Copy" when left out.
    #[prop(optional, into)]
    label: Option<Signal<String>>,
) -> impl IntoView {
    let t = use_text();
    let said = RwSignal::new(None::<bool>);
    let copy = move |_| {
        let text = value.run(());
        leptos::task::spawn_local(async move {
            let clipboard = window().navigator().clipboard();
            let written = JsFuture::from(clipboard.write_text(&text)).await.is_ok();
            let _ = said.try_set(Some(written));
            set_timeout(
                move || {
                    let _ = said.try_set(None);
                },
                Duration::from_millis(SAID_MS),
            );
        });
    };
    view! {
        <button class="btn small" on:click=copy>
            <span role="status">
                {dynamic(move || match said.get() {
                    Some(true) => t.get().shell.copied.to_owned(),
                    Some(false) => t.get().shell.copy_failed.to_owned(),
                    None => label.map_or_else(|| t.get().shell.copy.to_owned(), |label| label.get()),
                })}
            </span>
        </button>
    }
}
