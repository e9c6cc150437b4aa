//! The home page: the glossary itself, each entry with its widget in it.

use crate::ui::view::dynamic;
use leptos::prelude::*;

use super::glossary::{ENTRIES, Entry};
use super::routes::{Page, use_path};
use super::text::use_text;
use super::widgets;
use crate::tr;

/// Which widget runs on the home page; one at a time.
#[derive(Clone, Copy)]
struct Running(RwSignal<Option<&'static str>>);

/// The glossary.
#[component]
pub fn Home() -> impl IntoView {
    let t = use_text();
    provide_context(Running(RwSignal::new(Some("bits"))));
    Effect::new(|_| scroll_to_fragment());
    view! {
        <h1>{tr!(t, shell.home_title)}</h1>
        <p class="lede">{tr!(t, shell.home_lede)}</p>
        <div class="glossary">
            {ENTRIES.iter().enumerate().map(|(index, entry)| view! { <EntryView index entry/> }).collect_view()}
        </div>
    }
}

#[component]
fn EntryView(index: usize, entry: &'static Entry) -> impl IntoView {
    let t = use_text();
    view! {
        <article class="entry-article" id=entry.id data-testid=format!("entry-{}", entry.id)>
            <header>
                <span class="ordinal" aria-hidden="true">{format!("{:02}", index + 1)}</span>
                <h2>{dynamic(move || entry.text(t.get()).term)}</h2>
                <p class="sub">{dynamic(move || entry.text(t.get()).sub)}</p>
            </header>
            <div class="definition">
                <p>{dynamic(move || entry.text(t.get()).body)}</p>
                <p class="exactly"><b>{tr!(t, shell.more_exactly)}</b>" "{dynamic(move || entry.text(t.get()).exact)}</p>
                {entry.widgets.is_empty().then(|| view! {
                    <p class="coming">{tr!(t, shell.coming)}</p>
                })}
            </div>
            {(!entry.widgets.is_empty()).then(|| view! {
                <div class="entry-widgets">
                    {entry.widgets.iter().map(|id| view! { <WidgetSlot id/> }).collect_view()}
                </div>
            })}
        </article>
    }
}

/// A widget inside an entry: its question, and the widget itself while it is the one that runs.
#[component]
fn WidgetSlot(id: &'static str) -> impl IntoView {
    let t = use_text();
    let path = use_path();
    let running = expect_context::<Running>().0;
    let on = move || running.get() == Some(id);
    view! {
        <section class="slot" aria-label=move || widgets::title(t.get(), id)>
            <div class="slot-head">
                <h3>{dynamic(move || widgets::title(t.get(), id))}</h3>
                <p>{dynamic(move || widgets::lede(t.get(), id))}</p>
                <div class="slot-actions">
                    <button
                        class="btn"
                        aria-pressed=move || on().to_string()
                        on:click=move |_| running.set(if on() { None } else { Some(id) })
                        data-testid=format!("home-start-{id}")
                    >
                        {dynamic(move || if on() { t.get().shell.stop_widget } else { t.get().shell.start_widget })}
                    </button>
                    <a class="btn" href=move || path(Page::Widget(id))>{tr!(t, shell.open_widget)}</a>
                </div>
            </div>
            {dynamic(move || on().then(|| widgets::inline(id)))}
        </section>
    }
}

/// With a `<base>` and a late mount the browser cannot do this by itself.
fn scroll_to_fragment() {
    let fragment = window().location().hash().unwrap_or_default();
    let id = fragment.trim_start_matches('#');
    if let Some(target) = (!id.is_empty()).then(|| document().get_element_by_id(id)).flatten() {
        target.scroll_into_view();
    }
}
