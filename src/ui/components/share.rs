//! The link to the present state, and the line that embeds it.

use crate::ui::view::dynamic;
use leptos::prelude::*;

use super::copy::CopyButton;
use crate::tr;
use crate::ui::routes::{self, Base, Page};
use crate::ui::text::{use_lang, use_text};
use crate::ui::url_state::UrlState;

/// Link and embed code of a widget.
#[component]
pub fn Share(
    /// The widget.
    id: &'static str,
    /// Its state.
    state: UrlState,
) -> impl IntoView {
    let t = use_text();
    let lang = use_lang();
    let base = expect_context::<Base>().0;
    let address = {
        let base = base.clone();
        move |page: Page, extra: &str| {
            let origin = window().location().origin().unwrap_or_default();
            let path = routes::path(&base, lang.get(), page);
            let query = state.query();
            let joined = [query.as_str(), extra]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join("&");
            if joined.is_empty() { format!("{origin}{path}") } else { format!("{origin}{path}?{joined}") }
        }
    };
    let link = {
        let address = address.clone();
        Signal::derive(move || address(Page::Widget(id), ""))
    };
    let snippet = {
        let base = base.clone();
        Signal::derive(move || {
            let origin = window().location().origin().unwrap_or_default();
            let source =
                address(Page::Embed(id), &format!("lang={}", lang.get().tag())).replace('&', "&amp;");
            let script = format!("{origin}{}/embed.js", base.trim_end_matches('/'));
            format!(
                "<iframe src=\"{source}\" title=\"{}\" style=\"width:100%;height:640px;border:0\" loading=\"lazy\" data-precision-playground></iframe>\n<script src=\"{script}\" async></script>",
                crate::ui::widgets::title(t.get(), id),
            )
        })
    };
    view! {
        <section class="share">
            <h3>{tr!(t, shell.embed_title)}</h3>
            <p>{tr!(t, shell.embed_body)}</p>
            <pre tabindex="0" data-testid=format!("{id}-embed-code")>{dynamic(move || snippet.get())}</pre>
            <div class="share-actions">
                <CopyButton value=Callback::new(move |()| snippet.get_untracked())/>
                <CopyButton
                    value=Callback::new(move |()| link.get_untracked())
                    label=Signal::derive(move || t.get().shell.link.to_owned())
                />
            </div>
        </section>
    }
}
