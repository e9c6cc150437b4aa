//! Addresses: `/en/<page>`, `/ko/<page>`, `/embed/<widget>?lang=`.
//!
//! Everything lies under the base of the document (`<base href>`), so the site
//! works at any path of any host.

use leptos::prelude::*;

use super::text::{Lang, WIDGET_IDS};

/// What an address shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The glossary.
    Home,
    /// A widget's own page.
    Widget(&'static str),
    /// The bare widget.
    Embed(&'static str),
    /// The conformance self-test.
    SelfTest,
    /// Nothing is there.
    NotFound,
}

/// An address, understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The language it names, if it names one.
    pub lang: Option<Lang>,
    /// The page.
    pub page: Page,
}

/// The route of `path`, which begins with the base path.
pub fn parse(path: &str, base: &str) -> Route {
    let inner = path.strip_prefix(base.trim_end_matches('/')).unwrap_or(path);
    let mut parts = inner.split('/').filter(|part| !part.is_empty() && *part != "index.html");
    let first = parts.next();
    let second = parts.next();
    let extra = parts.next().is_some();
    let widget = |id: &str| WIDGET_IDS.iter().copied().find(|known| *known == id);
    let not_found = Route { lang: first.and_then(Lang::from_tag), page: Page::NotFound };
    if extra {
        return not_found;
    }
    match (first, second) {
        (None, _) => Route { lang: None, page: Page::Home },
        (Some("embed"), Some(id)) => {
            Route { lang: None, page: widget(id).map_or(Page::NotFound, Page::Embed) }
        }
        (Some(tag), rest) => {
            let Some(lang) = Lang::ALL.into_iter().find(|lang| lang.tag() == tag) else { return not_found };
            let page = match rest {
                None => Page::Home,
                Some("self-test") => Page::SelfTest,
                Some(id) => widget(id).map_or(Page::NotFound, Page::Widget),
            };
            Route { lang: Some(lang), page }
        }
    }
}

/// The path of a page in a language, without a query.
pub fn path(base: &str, lang: Lang, page: Page) -> String {
    let base = base.trim_end_matches('/');
    let tag = lang.tag();
    match page {
        Page::Home | Page::NotFound => format!("{base}/{tag}/"),
        Page::Widget(id) => format!("{base}/{tag}/{id}"),
        Page::Embed(id) => format!("{base}/embed/{id}"),
        Page::SelfTest => format!("{base}/{tag}/self-test"),
    }
}

/// The path part of the document's base, `/` at the root of a host.
pub fn base_path() -> String {
    document()
        .base_uri()
        .ok()
        .flatten()
        .and_then(|base| web_sys::Url::new(&base).ok())
        .filter(|_| document().query_selector("base").ok().flatten().is_some())
        .map_or_else(|| "/".to_owned(), |url| url.pathname())
}

/// The base path, from the context the root provides.
#[derive(Clone)]
pub struct Base(pub String);

/// The path of `page` in the current language, following it.
pub fn use_path() -> impl Fn(Page) -> String + Clone + Send + Sync + 'static {
    let base = use_context::<Base>().map_or_else(|| "/".to_owned(), |base| base.0);
    let lang = super::text::use_lang();
    move |page| path(&base, lang.get(), page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_understood_under_any_base() {
        for base in ["/", "/course/pp/"] {
            let at = |rest: &str| parse(&format!("{}{rest}", base.trim_end_matches('/')), base);
            assert_eq!(at("/"), Route { lang: None, page: Page::Home });
            assert_eq!(at("/ko/"), Route { lang: Some(Lang::Ko), page: Page::Home });
            assert_eq!(at("/en/bits"), Route { lang: Some(Lang::En), page: Page::Widget("bits") });
            assert_eq!(at("/en/bits/"), Route { lang: Some(Lang::En), page: Page::Widget("bits") });
            assert_eq!(at("/embed/convert").page, Page::Embed("convert"));
            assert_eq!(at("/ko/self-test").page, Page::SelfTest);
            assert_eq!(at("/ko/nothing").page, Page::NotFound);
            assert_eq!(at("/ko/bits/extra").page, Page::NotFound);
            assert_eq!(at("/fr/bits").page, Page::NotFound);
        }
    }

    #[test]
    fn paths_and_routes_agree() {
        for page in [Page::Home, Page::Widget("bits"), Page::SelfTest, Page::Embed("bits")] {
            let address = path("/x/", Lang::Ko, page);
            assert_eq!(parse(&address, "/x/").page, page);
        }
    }
}
