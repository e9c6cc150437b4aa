//! Search over terms, widgets and number formats.

use crate::ui::view::dynamic;
use leptos::prelude::*;

use crate::tr;
use crate::ui::glossary::ENTRIES;
use crate::ui::routes::{Page, use_path};
use crate::ui::text::{Texts, use_text};
use crate::ui::widgets;

/// More hits than this are not shown.
const MAX_HITS: usize = 8;

/// A field whose hits are links below it.
#[component]
pub fn Search() -> impl IntoView {
    let t = use_text();
    let path = use_path();
    let query = RwSignal::new(String::new());
    let hits = move || find(t, &query.get(), &path);
    view! {
        <div class="search" role="search">
            <input
                type="search"
                placeholder=tr!(t, shell.search_hint)
                aria-label=tr!(t, shell.search)
                prop:value=move || query.get()
                on:input=move |event| query.set(event_target_value(&event))
                on:keydown=move |event| if event.key() == "Escape" { query.set(String::new()) }
                data-testid="shell-search"
            />
            {dynamic(move || (!query.get().trim().is_empty()).then(|| {
                let hits = hits();
                let none = hits.is_empty();
                view! {
                    <ul class="hits" on:click=move |_| query.set(String::new())>
                        {hits.into_iter().map(|(name, address)| view! { <li><a href=address>{name}</a></li> }).collect_view()}
                        {none.then(|| view! { <li class="none" role="status">{tr!(t, shell.search_none)}</li> })}
                    </ul>
                }
            }))}
        </div>
    }
}

fn find(t: Texts, query: &str, path: &impl Fn(Page) -> String) -> Vec<(String, String)> {
    let text = t.get();
    let wanted = query.trim().to_lowercase();
    let has = |name: &str| name.to_lowercase().contains(&wanted);
    let mut hits = Vec::new();
    for entry in &ENTRIES {
        let words = entry.text(text);
        if has(words.term) || has(words.sub) || has(entry.id) {
            hits.push((words.term.to_owned(), format!("{}#{}", path(Page::Home), entry.id)));
        }
        for id in entry.widgets {
            if has(widgets::title(text, id)) || has(id) {
                hits.push((widgets::title(text, id).to_owned(), path(Page::Widget(id))));
            }
        }
    }
    for format in numerics::FORMATS.iter().filter(|format| has(format.name) || has(format.id)) {
        hits.push((format.name.to_owned(), format!("{}?f={}", path(Page::Widget("bits")), format.id)));
    }
    hits.truncate(MAX_HITS);
    hits
}
