//! Theory beside practice: a text per widget and language, fetched when the page is open.
//!
//! The files under `public/prose/` are ours and trusted; they are inserted as markup.

use crate::ui::view::dynamic;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use super::text::{fill, use_lang, use_text};

/// The widget's theory, code and sources.
#[component]
pub fn Prose(
    /// The widget.
    id: &'static str,
) -> impl IntoView {
    let t = use_text();
    let lang = use_lang();
    let place = NodeRef::<Div>::new();
    let error = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        let lang = lang.get();
        leptos::task::spawn_local(async move {
            match fetch_text(&format!("prose/{id}.{}.html", lang.tag())).await {
                Ok(markup) => {
                    error.set(None);
                    // The page may have been left before its text came.
                    if let Some(place) = place.try_get_untracked().flatten() {
                        place.set_inner_html(&markup);
                    }
                }
                Err(reason) => error.set(Some(reason)),
            }
        });
    });
    view! {
        <div class="prose" node_ref=place data-testid=format!("{id}-prose")></div>
        {dynamic(move || error.get().map(|reason| view! {
            <p class="notice" role="status">{fill(t.get().shell.failed_load, &[("reason", &reason)])}</p>
        }))}
    }
}

/// A file of this site, relative to its base.
async fn fetch_text(path: &str) -> Result<String, String> {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    let url = web_sys::Url::new_with_base(path, &base).map_err(|_| path.to_owned())?;
    let response =
        JsFuture::from(window().fetch_with_str(&url.href())).await.map_err(|error| describe(&error))?;
    let response: Response = response.unchecked_into();
    if !response.ok() {
        return Err(format!("HTTP {}", response.status()));
    }
    let text = response.text().map_err(|error| describe(&error))?;
    let text = JsFuture::from(text).await.map_err(|error| describe(&error))?;
    Ok(text.as_string().unwrap_or_default())
}

fn describe(error: &wasm_bindgen::JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map_or_else(|| format!("{error:?}"), |error| String::from(error.message()))
}
