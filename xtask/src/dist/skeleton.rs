//! What stands inside `#app` until the app takes over, and all there is without JavaScript.
//!
//! The same elements and classes as the app's own shell (`src/ui/shell.rs`, `home.rs`), so that nothing moves
//! when it mounts: header, glossary rail, heading, lede, the stage at its final height, theory.
//! Left out: controls, which would do nothing.

use std::fmt::Write as _;

use anyhow::{Context, Result};

use super::locale::Locale;
use super::pages::Site;
use super::routes::{LANGUAGES, Page, Route, Widget};
use crate::html::{attribute, escaped};
use crate::project::Project;

/// Texts and tables the skeletons are made of.
pub struct Skeleton<'a> {
    pub project: &'a Project,
    pub widgets: &'a [Widget],
}

/// The page's title, as the app sets it too.
pub fn title(route: &Route, locale: &Locale) -> Result<String> {
    let name = match &route.page {
        Page::Root | Page::Home => locale.text("shell.tagline")?,
        Page::Widget(id) | Page::Embed(id) => locale.text(&format!("{id}.title"))?,
        Page::SelfTest => locale.text("self_test.title")?,
        Page::NotFound => locale.text("shell.not_found_title")?,
    };
    Ok(format!("{name} · {}", locale.text("shell.brand")?))
}

/// The page's description for search engines and link previews.
pub fn description<'l>(route: &Route, locale: &'l Locale) -> Result<&'l str> {
    match &route.page {
        Page::Widget(id) | Page::Embed(id) => locale.text(&format!("{id}.lede")),
        Page::SelfTest => locale.text("self_test.lede"),
        Page::Root | Page::Home => locale.text("shell.description"),
        Page::NotFound => locale.text("shell.not_found_body"),
    }
}

/// How the app links to a page: without the last `/`, except a language's home.
pub fn linked(route: &Route) -> String {
    let address = route.address();
    if route.page == Page::Home { address } else { address.trim_end_matches('/').to_owned() }
}

/// The style sheet that keeps the stages' places. Narrow is where the widgets' own sheets turn to a phone's layout.
pub fn stage_style(widgets: &[Widget]) -> String {
    let mut css = String::new();
    for Widget { id, stage_height_px, .. } in widgets {
        let _ = writeln!(css, ".stage-place[data-widget=\"{id}\"]{{min-height:{stage_height_px}px}}");
    }
    css.push_str("@media (max-width:720px){\n");
    for widget in widgets {
        if let Some(height) = widget.stage_height_narrow_px {
            let _ = writeln!(css, ".stage-place[data-widget=\"{}\"]{{min-height:{height}px}}", widget.id);
        }
    }
    css.push_str("}\n");
    // Nothing is coming where scripts are off.
    css.push_str("@media (scripting:none){.stage-place{display:none}}\n");
    css.push_str("noscript>.notice{margin-bottom:24px}\n");
    css
}

impl Skeleton<'_> {
    /// The markup of a route, in the language of `locale`.
    pub fn markup(&self, site: &Site, route: &Route, locale: &Locale) -> Result<String> {
        if let Page::Embed(id) = &route.page {
            return Ok(format!("<main id=\"main\">{}</main>", stage(id, locale)?));
        }
        let main = match &route.page {
            Page::Root => self.root(site)?,
            Page::Home => self.home(site, route, locale)?,
            Page::Widget(id) => self.widget(id, route, locale)?,
            Page::SelfTest => heading(locale.text("self_test.title")?, locale.text("self_test.lede")?),
            Page::NotFound => Self::not_found(site, locale)?,
            Page::Embed(_) => String::new(),
        };
        Ok(format!(
            "{}<div class=\"shell\"><nav id=\"rail\" class=\"rail\" aria-label=\"{}\">{}</nav><main id=\"main\" tabindex=\"-1\">{}{main}</main></div>{}",
            header(site, route, locale)?,
            attribute(locale.text("shell.glossary")?),
            self.rail(site, route, locale)?,
            noscript(locale)?,
            footer(site, route, locale)?,
        ))
    }

    /// The bare address: the app leads on to the reader's language, this offers both.
    fn root(&self, site: &Site) -> Result<String> {
        let mut markup = String::new();
        for language in LANGUAGES {
            let locale = Locale::load(self.project, language)?;
            let home = Route { page: Page::Home, language };
            write!(
                markup,
                "<section lang=\"{language}\"><h1>{}</h1><p class=\"lede\">{}</p><p><a href=\"{}\" hreflang=\"{language}\">{}</a></p></section>",
                escaped(locale.text("shell.home_title")?),
                escaped(locale.text("shell.home_lede")?),
                address(site, &home),
                escaped(locale.text("shell.to_glossary")?)
            )?;
        }
        Ok(markup)
    }

    fn home(&self, site: &Site, route: &Route, locale: &Locale) -> Result<String> {
        let mut markup = heading(locale.text("shell.home_title")?, locale.text("shell.home_lede")?);
        markup.push_str("<div class=\"glossary\">");
        for (index, entry) in locale.names_in("glossary").iter().enumerate() {
            let text = |part: &str| locale.text(&format!("glossary.{entry}.{part}")).map(escaped);
            write!(
                markup,
                "<article class=\"entry-article\" id=\"{entry}\"><header><span class=\"ordinal\" aria-hidden=\"true\">{:02}</span><h2>{}</h2><p class=\"sub\">{}</p></header><div class=\"definition\"><p>{}</p><p class=\"exactly\"><b>{}</b> {}</p></div>",
                index + 1,
                text("term")?,
                text("sub")?,
                text("body")?,
                escaped(locale.text("shell.more_exactly")?),
                text("exact")?
            )?;
            let widgets: Vec<&Widget> = self.widgets_of(entry).collect();
            if !widgets.is_empty() {
                markup.push_str("<div class=\"entry-widgets\">");
                for Widget { id, .. } in widgets {
                    let page = Route { page: Page::Widget(id.clone()), language: route.language };
                    write!(
                        markup,
                        "<section class=\"slot\"><div class=\"slot-head\"><h3>{}</h3><p>{}</p><div class=\"slot-actions\"><a class=\"btn\" href=\"{}\">{}</a></div></div></section>",
                        escaped(locale.text(&format!("{id}.title"))?),
                        escaped(locale.text(&format!("{id}.lede"))?),
                        address(site, &page),
                        escaped(locale.text("shell.open_widget")?)
                    )?;
                }
                markup.push_str("</div>");
            }
            markup.push_str("</article>");
        }
        markup.push_str("</div>");
        Ok(markup)
    }

    fn widget(&self, id: &str, route: &Route, locale: &Locale) -> Result<String> {
        let mut markup = heading(locale.text(&format!("{id}.title"))?, locale.text(&format!("{id}.lede"))?);
        markup.push_str(&stage(id, locale)?);
        let prose = format!("public/prose/{id}.{}.html", route.language);
        if self.project.path(&prose).is_file() {
            let text = self.project.read(&prose)?;
            super::template::check_no_inline(&text).with_context(|| prose.clone())?;
            write!(markup, "<div class=\"notes\"><div class=\"prose\">{}</div></div>", text.trim())?;
        }
        Ok(markup)
    }

    fn not_found(site: &Site, locale: &Locale) -> Result<String> {
        let home = Route { page: Page::Home, language: LANGUAGES[0] };
        let markup = heading(locale.text("shell.not_found_title")?, locale.text("shell.not_found_body")?);
        let link = escaped(locale.text("shell.to_glossary")?);
        Ok(format!("{markup}<p><a href=\"{}\">{link}</a></p>", address(site, &home)))
    }

    fn rail(&self, site: &Site, route: &Route, locale: &Locale) -> Result<String> {
        let home = address(site, &Route { page: Page::Home, language: route.language });
        let mut markup =
            format!("<h2><a href=\"{home}\">{}</a></h2><ol>", escaped(locale.text("shell.glossary")?));
        for entry in locale.names_in("glossary") {
            let term = escaped(locale.text(&format!("glossary.{entry}.term"))?);
            write!(markup, "<li><a class=\"entry-link\" href=\"{home}#{entry}\">{term}</a>")?;
            let widgets: Vec<&Widget> = self.widgets_of(entry).collect();
            if !widgets.is_empty() {
                markup.push_str("<ol>");
                for Widget { id, .. } in widgets {
                    let page = Route { page: Page::Widget(id.clone()), language: route.language };
                    let current = if page == *route { " aria-current=\"page\"" } else { "" };
                    let name = escaped(locale.text(&format!("{id}.title"))?);
                    write!(markup, "<li><a href=\"{}\"{current}>{name}</a></li>", address(site, &page))?;
                }
                markup.push_str("</ol>");
            }
            markup.push_str("</li>");
        }
        markup.push_str("</ol>");
        Ok(markup)
    }

    fn widgets_of<'a>(&'a self, entry: &'a str) -> impl Iterator<Item = &'a Widget> {
        self.widgets.iter().filter(move |widget| widget.entry == entry)
    }
}

fn heading(title: &str, lede: &str) -> String {
    format!("<h1>{}</h1><p class=\"lede\">{}</p>", escaped(title), escaped(lede))
}

/// The place the app's stage will take, empty but for the word that it is coming.
fn stage(id: &str, locale: &Locale) -> Result<String> {
    let loading = escaped(locale.text("shell.loading")?);
    Ok(format!(
        "<div class=\"stage-place\" data-widget=\"{id}\" aria-busy=\"true\"><p class=\"loading\">{loading}</p></div>"
    ))
}

fn noscript(locale: &Locale) -> Result<String> {
    Ok(format!("<noscript><p class=\"notice\">{}</p></noscript>", escaped(locale.text("shell.noscript")?)))
}

fn header(site: &Site, route: &Route, locale: &Locale) -> Result<String> {
    let home = address(site, &Route { page: Page::Home, language: route.language });
    let mut links = String::new();
    for language in LANGUAGES {
        let page = route.in_language(language).unwrap_or(Route { page: Page::Home, language });
        let current = if language == route.language { " aria-current=\"true\"" } else { "" };
        let name = match language {
            "ko" => "한국어",
            _ => "English",
        };
        write!(
            links,
            "<a href=\"{}\" lang=\"{language}\" hreflang=\"{language}\"{current}>{name}</a>",
            address(site, &page)
        )?;
    }
    Ok(format!(
        "<header class=\"top\"><a class=\"brand\" href=\"{home}\"><b aria-hidden=\"true\">0.1</b> <span>{}</span></a><div class=\"top-right\"><span class=\"languages\" role=\"group\" aria-label=\"{}\">{links}</span></div></header>",
        escaped(locale.text("shell.brand")?),
        attribute(locale.text("shell.language")?),
    ))
}

fn footer(site: &Site, route: &Route, locale: &Locale) -> Result<String> {
    let self_test = Route { page: Page::SelfTest, language: route.language };
    Ok(format!(
        "<footer class=\"foot\"><span>{}</span><a href=\"{}\">{}</a><span>{}</span></footer>",
        escaped(locale.text("shell.foot_privacy")?),
        address(site, &self_test),
        escaped(locale.text("shell.foot_self_test")?),
        escaped(locale.text("shell.foot_licence")?),
    ))
}

fn address(site: &Site, route: &Route) -> String {
    format!("{}{}", attribute(site.public_url), linked(route))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stage_keeps_its_place_on_wide_and_narrow_pages() {
        let widgets = [Widget {
            id: "bits".into(),
            entry: "data_types".into(),
            stage_height_px: 700,
            stage_height_narrow_px: Some(900),
        }];
        let css = stage_style(&widgets);
        let (wide, narrow) = css.split_once("@media").unwrap();
        assert!(
            wide.contains("[data-widget=\"bits\"]{min-height:700px}")
                && narrow.contains("{min-height:900px}")
        );
    }

    #[test]
    fn pages_are_linked_as_the_app_links_them() {
        assert_eq!(linked(&Route { page: Page::Home, language: "ko" }), "ko/");
        assert_eq!(linked(&Route { page: Page::Widget("bits".into()), language: "ko" }), "ko/bits");
    }
}
