//! What a program does about a widget that another one has.
//!
//! Going to its page inside this program changes the address; loading that address anew brings the other program. A host that
//! answers with this program again would make an endless loop of that, so it is tried once.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::tr;
use crate::ui::routes::{Page, use_path};
use crate::ui::text::{use_lang, use_text};
use crate::ui::view::dynamic;

/// Key of the address that was loaded anew.
const TRIED_KEY: &str = "pp-loaded-anew";

fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

/// The widget is here: another visit may load anew again.
pub(super) fn arrived() {
    if let Some(storage) = storage() {
        // A browser that refuses storage only forgets.
        let _ = storage.remove_item(TRIED_KEY);
    }
}

/// Loads the page's address, once; then says that the widget is missing.
pub(super) fn load(page: Page) -> AnyView {
    let t = use_text();
    let path = use_path();
    let search = use_location().search.get_untracked();
    let search = search.trim_start_matches('?');
    let target = if search.is_empty() { path(page) } else { format!("{}?{search}", path(page)) };
    let tried = storage().and_then(|storage| storage.get_item(TRIED_KEY).ok().flatten());
    let remembered = storage().is_some_and(|storage| storage.set_item(TRIED_KEY, &target).is_ok());
    if tried.as_deref() == Some(target.as_str()) || !remembered {
        return view! { <p class="notice" role="alert">{tr!(t, shell.other_program)}</p> }.into_any();
    }
    // The router changes the address after it has asked for this view; loading comes after that.
    set_timeout(
        move || {
            let location = window().location();
            let here = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
            let loading = if here == target { location.reload() } else { location.assign(&target) };
            if let Err(error) = loading {
                leptos::logging::error!("loading {target}: {error:?}");
            }
        },
        Duration::ZERO,
    );
    view! { <p class="hint" role="status">{tr!(t, shell.loading)}</p> }.into_any()
}

/// The bare widget in a frame of the page's own width; `embed.js` gives it its height.
pub(super) fn frame(id: &'static str, title: &'static str) -> AnyView {
    let path = use_path();
    let lang = use_lang();
    ensure_script();
    // The site sends no referrer, from which an embed would know its host.
    let origin = window().location().origin().unwrap_or_default();
    let origin = String::from(js_sys::encode_uri_component(&origin));
    let source = move || format!("{}?lang={}&origin={origin}", path(Page::Embed(id)), lang.get().tag());
    view! {
        {dynamic(move || view! {
            <iframe class="inline-frame" src=source() title=title data-precision-playground="" data-testid=format!("frame-{id}")></iframe>
        })}
    }
    .into_any()
}

/// Loads the script that host pages use, once.
fn ensure_script() {
    let document = document();
    if document.query_selector("script[data-frames]").ok().flatten().is_some() {
        return;
    }
    if let (Ok(script), Some(body)) = (document.create_element("script"), document.body()) {
        let base = document.base_uri().ok().flatten().unwrap_or_else(|| "/".to_owned());
        let source = web_sys::Url::new_with_base("embed.js", &base)
            .map_or_else(|_| "embed.js".to_owned(), |url| url.href());
        // Attributes with these names are always accepted.
        let _ = script.set_attribute("src", &source);
        let _ = script.set_attribute("data-frames", "");
        let _ = body.append_child(&script);
    }
}
