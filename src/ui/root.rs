//! The root: address to page, language, theme, worker.

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route as Match, Router};
use leptos_router::hooks::use_location;
use leptos_router::path;

use super::embed::EmbedPage;
use super::home::Home;
use super::not_found::NotFound;
use super::routes::{self, Base, Page, Route};
use super::shell::Shell;
use super::storage;
use super::text::Lang;
use super::theme::Theme;
use super::url_state::{self, SearchNow};
use super::widgets;
use super::worker_client::Workers;

/// Key of the remembered language.
const LANG_KEY: &str = "pp-lang";

/// Everything.
#[component]
pub fn Root() -> impl IntoView {
    let base = routes::base_path();
    provide_context(Base(base.clone()));
    provide_context(Workers::start());
    provide_context(SearchNow(RwSignal::new(url_state::current_search().trim_start_matches('?').to_owned())));
    provide_context(Theme::start());
    let prefix = base.trim_end_matches('/').to_owned();
    view! {
        <Router base=prefix>
            // One route for every address: `routes` reads it, so that a change of language keeps the page.
            <FlatRoutes fallback=Pages>
                <Match path=path!("/*any") view=Pages/>
            </FlatRoutes>
        </Router>
    }
}

/// The page of the current address. A change of language alone does not remount it.
#[component]
fn Pages() -> impl IntoView {
    let base = expect_context::<Base>().0;
    let location = use_location();
    let path = location.pathname;
    let search = location.search;
    let route = {
        let base = base.clone();
        Memo::new(move |_| routes::parse(&path.get(), &base))
    };
    let preferred = preferred_lang();
    let lang: Signal<Lang> = Signal::derive(move || route.get().lang.unwrap_or(preferred));
    provide_context(lang);
    let page = Memo::new(move |_| route.get().page);

    Effect::new(move |_| {
        let lang = lang.get();
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("lang", lang.tag());
        }
        let Route { lang: named, page } = route.get();
        if named.is_some() && !matches!(page, Page::Embed(_)) {
            storage::write(LANG_KEY, lang.tag());
        }
        document().set_title(&title(lang, page));
    });
    let SearchNow(now) = expect_context::<SearchNow>();
    Effect::new(move |_| now.set(search.get().trim_start_matches('?').to_owned()));
    // The bare address leads to the reader's own language.
    Effect::new(move |_| {
        let Route { lang: None, page: Page::Home } = route.get() else { return };
        let navigate = leptos_router::hooks::use_navigate();
        let options = leptos_router::NavigateOptions { replace: true, resolve: false, ..Default::default() };
        navigate(&routes::path(&base, preferred, Page::Home), options);
    });

    move || match page.get() {
        Page::Embed(id) => view! { <EmbedPage id/> }.into_any(),
        page => view! {
            <Shell page>
                {match page {
                    Page::Home => view! { <Home/> }.into_any(),
                    Page::Widget(id) => widgets::page(id),
                    Page::SelfTest => widgets::self_test(),
                    Page::NotFound | Page::Embed(_) => view! { <NotFound/> }.into_any(),
                }}
            </Shell>
        }
        .into_any(),
    }
}

fn title(lang: Lang, page: Page) -> String {
    let text = lang.text();
    let name = match page {
        Page::Home => text.shell.tagline,
        Page::Widget(id) | Page::Embed(id) => widgets::title(text, id),
        Page::SelfTest => text.self_test.title,
        Page::NotFound => text.shell.not_found_title,
    };
    format!("{name} · {}", text.shell.brand)
}

/// `?lang=` of an embed, else what was chosen before, else what the browser prefers, else English.
fn preferred_lang() -> Lang {
    let query = url_state::parse_query(&url_state::current_search());
    let asked = query.get("lang").and_then(|tag| Lang::from_tag(tag));
    let remembered = || storage::read(LANG_KEY).and_then(|tag| Lang::from_tag(&tag));
    let browser = || {
        let languages = window().navigator().languages();
        languages.iter().filter_map(|tag| tag.as_string()).find_map(|tag| Lang::from_tag(&tag))
    };
    asked.or_else(remembered).or_else(browser).unwrap_or(Lang::En)
}
