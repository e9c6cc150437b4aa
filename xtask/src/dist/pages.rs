//! One static page: the prepared template with the route's language, titles, alternates and skeleton.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use lol_html::element;
use lol_html::html_content::ContentType;

use super::locale::Locale;
use super::routes::{LANGUAGES, Page, Route};
use super::{programs, skeleton};
use crate::html::{attribute, escaped, rewrite};

/// What every page is made from.
pub struct Site<'a> {
    /// Ends with `/`.
    pub public_url: &'a str,
    /// One for each program.
    pub templates: &'a [String],
    /// The address of the style sheet with the stages' heights.
    pub stage_style: &'a str,
    pub stage_style_integrity: &'a str,
}

/// The text of the page.
pub fn render(site: &Site, route: &Route, locale: &Locale, skeleton: &skeleton::Skeleton) -> Result<String> {
    let title = skeleton::title(route, locale)?;
    let description = skeleton::description(route, locale)?;
    let head = head(site, route);
    let body = skeleton.markup(site, route, locale)?;
    let (mut titles, mut descriptions, mut places) = (0, 0, 0);

    let handlers = vec![
        element!("html", |html| {
            html.set_attribute("lang", route.language)?;
            Ok(())
        }),
        element!("head > title", |element| {
            titles += 1;
            element.set_inner_content(&title, ContentType::Text);
            Ok(())
        }),
        element!("head > meta[name=\"description\"]", |meta| {
            descriptions += 1;
            meta.set_attribute("content", description)?;
            Ok(())
        }),
        element!("head", |element| {
            element.append(&head, ContentType::Html);
            Ok(())
        }),
        element!("#app", |place| {
            places += 1;
            place.set_inner_content(&body, ContentType::Html);
            Ok(())
        }),
    ];
    let html = rewrite(&site.templates[programs::of(&route.page)], &route.file(), handlers)?;
    if (titles, places) != (1, 1) {
        bail!("index.html needs one <title> and one element with id=\"app\"; it has {titles} and {places}");
    }
    if descriptions == 1 {
        return Ok(html);
    }
    let meta = format!("<meta name=\"description\" content=\"{}\">", attribute(description));
    Ok(html.replacen("</title>", &format!("</title>{meta}"), 1))
}

/// Links that only this page has.
fn head(site: &Site, route: &Route) -> String {
    let mut head = format!(
        "<link rel=\"stylesheet\" href=\"{}\" integrity=\"{}\" crossorigin=\"anonymous\">",
        site.stage_style, site.stage_style_integrity
    );
    let base = escaped(site.public_url);
    for language in LANGUAGES {
        if let Some(twin) = route.in_language(language) {
            let _ = write!(
                head,
                "<link rel=\"alternate\" hreflang=\"{language}\" href=\"{base}{}\">",
                skeleton::linked(&twin)
            );
        }
    }
    match &route.page {
        Page::Home | Page::Widget(_) | Page::SelfTest => {
            if let Some(first) = route.in_language(LANGUAGES[0]) {
                let _ = write!(
                    head,
                    "<link rel=\"alternate\" hreflang=\"x-default\" href=\"{base}{}\">",
                    skeleton::linked(&first)
                );
            }
        }
        // The bare widget repeats its page; the missing page is not one.
        Page::Embed(_) | Page::NotFound => head.push_str("<meta name=\"robots\" content=\"noindex\">"),
        Page::Root => {}
    }
    head
}
