//! An address that leads nowhere.

use leptos::prelude::*;

use super::routes::{Page, use_path};
use super::text::use_text;
use crate::tr;

/// Says so, and the way back.
#[component]
pub fn NotFound() -> impl IntoView {
    let t = use_text();
    let path = use_path();
    view! {
        <h1>{tr!(t, shell.not_found_title)}</h1>
        <p class="lede">{tr!(t, shell.not_found_body)}</p>
        <p><a href=move || path(Page::Home)>{tr!(t, shell.to_glossary)}</a></p>
    }
}
