//! The shell around a page: header, glossary rail, foot.

use crate::ui::view::dynamic;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::components::device_badge::DeviceBadge;
use super::components::search::Search;
use super::glossary::{ENTRIES, entry_of};
use super::routes::{self, Base, Page, use_path};
use super::text::{Lang, use_lang, use_text};
use super::theme::{CHOICES, use_theme};
use super::url_state::SearchNow;
use super::widgets;
use crate::tr;

/// Header, rail, the page, foot.
#[component]
pub fn Shell(
    /// The page shown, for the rail's mark.
    page: Page,
    /// The page.
    children: Children,
) -> impl IntoView {
    let t = use_text();
    let path = use_path();
    let contents_open = RwSignal::new(false);
    // A chosen link closes the list on a phone.
    let pathname = leptos_router::hooks::use_location().pathname;
    Effect::watch(move || pathname.get(), move |_, _, _| contents_open.set(false), false);
    view! {
        <a class="skip" href="#main" on:click=focus_main>{tr!(t, shell.skip)}</a>
        <header class="top">
            <button
                class="btn contents-button"
                aria-expanded=move || contents_open.get().to_string()
                aria-controls="rail"
                on:click=move |_| contents_open.update(|open| *open = !*open)
                data-testid="shell-contents"
            >
                {dynamic(move || if contents_open.get() { t.get().shell.close } else { t.get().shell.contents })}
            </button>
            <a class="brand" aria-label="Precision Playground" href={let path = path.clone(); move || path(Page::Home)}>
                <b aria-hidden="true">"0.1"</b> <span>"Precision Playground"</span>
            </a>
            <Search/>
            <div class="top-right">
                <DeviceBadge/>
                <LanguageLinks page/>
                <ThemeSelect/>
            </div>
        </header>
        <div class="shell">
            <nav id="rail" class="rail" class:open=move || contents_open.get() aria-label=tr!(t, shell.glossary)>
                <Rail page/>
            </nav>
            <main id="main" tabindex="-1">{children()}</main>
        </div>
        <footer class="foot">
            <span>{tr!(t, shell.foot_privacy)}</span>
            <a href=move || path(Page::SelfTest)>{tr!(t, shell.foot_self_test)}</a>
            <span>{tr!(t, shell.foot_licence)}</span>
        </footer>
    }
}

/// With a `<base>`, a bare fragment would leave the page; moving the focus does what the link says.
#[allow(clippy::needless_pass_by_value, reason = "an event handler's signature")]
fn focus_main(event: web_sys::MouseEvent) {
    event.prevent_default();
    if let Some(main) = document().get_element_by_id("main") {
        let _ = main.unchecked_into::<web_sys::HtmlElement>().focus();
    }
}

#[component]
fn Rail(page: Page) -> impl IntoView {
    let t = use_text();
    let path = use_path();
    let current = move |id: &str| (page == Page::Widget(widgets::known(id))).then_some("page");
    view! {
        <h2><a href={let path = path.clone(); move || path(Page::Home)} aria-current=(page == Page::Home).then_some("page")>
            {tr!(t, shell.glossary)}
        </a></h2>
        <ol>
            {ENTRIES.iter().map(|entry| {
                let path = path.clone();
                let home = path.clone();
                let here = matches!(page, Page::Widget(id) if entry_of(id) == entry);
                view! {
                    <li class:here=here>
                        <a class="entry-link" href=move || format!("{}#{}", home(Page::Home), entry.id)>
                            {dynamic(move || entry.text(t.get()).term)}
                        </a>
                        {(!entry.widgets.is_empty()).then(|| view! {
                            <ol>
                                {entry.widgets.iter().map(|id| {
                                    let path = path.clone();
                                    view! {
                                        <li><a href=move || path(Page::Widget(id)) aria-current=current(id)>
                                            {dynamic(move || widgets::title(t.get(), id))}
                                        </a></li>
                                    }
                                }).collect_view()}
                            </ol>
                        })}
                    </li>
                }
            }).collect_view()}
        </ol>
    }
}

/// The same page in the other language, with its state.
#[component]
fn LanguageLinks(page: Page) -> impl IntoView {
    let t = use_text();
    let lang = use_lang();
    let base = expect_context::<Base>().0;
    let search = expect_context::<SearchNow>().0;
    view! {
        <span class="languages" role="group" aria-label=tr!(t, shell.language)>
            {Lang::ALL.into_iter().map(|other| {
                let base = base.clone();
                let address = move || {
                    let path = routes::path(&base, other, page);
                    let search = search.get();
                    if search.is_empty() { path } else { format!("{path}?{search}") }
                };
                view! {
                    <a
                        href=address
                        lang=other.tag()
                        hreflang=other.tag()
                        aria-current=move || (lang.get() == other).then_some("true")
                        data-testid=format!("shell-lang-{}", other.tag())
                    >{other.name()}</a>
                }
            }).collect_view()}
        </span>
    }
}

#[component]
fn ThemeSelect() -> impl IntoView {
    let t = use_text();
    let theme = use_theme();
    let name = move |choice: &str| match choice {
        "light" => t.get().shell.theme_light,
        "dark" => t.get().shell.theme_dark,
        _ => t.get().shell.theme_system,
    };
    view! {
        <select
            class="quiet"
            aria-label=tr!(t, shell.theme)
            prop:value=move || theme.get()
            on:change=move |event| theme.set(&event_target_value(&event))
            data-testid="shell-theme"
        >
            {CHOICES.into_iter().map(|choice| view! {
                <option value=choice selected=move || theme.get() == choice>{dynamic(move || name(choice))}</option>
            }).collect_view()}
        </select>
    }
}
