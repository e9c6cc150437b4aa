//! The site's addresses, from `locales/routes.json` (which the app reads too).

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::project::Project;

/// Address segments of the languages; the first is the one an address without a language shows.
pub const LANGUAGES: [&str; 2] = ["en", "ko"];

/// One row of `routes.json`. Keys that only the app uses are ignored here.
#[derive(Clone, Debug, Deserialize)]
pub struct Widget {
    pub id: String,
    /// The glossary entry it belongs to.
    pub entry: String,
    /// Height of the stage in CSS pixels, on a wide and on a narrow page.
    pub stage_height_px: u32,
    #[serde(default)]
    pub stage_height_narrow_px: Option<u32>,
}

#[derive(Deserialize)]
struct Table {
    widgets: Vec<Widget>,
}

/// The widgets in glossary order.
pub fn widgets(project: &Project) -> Result<Vec<Widget>> {
    parse(&project.read("locales/routes.json")?)
}

fn parse(text: &str) -> Result<Vec<Widget>> {
    let table: Table = serde_json::from_str(text).context("locales/routes.json")?;
    for (index, widget) in table.widgets.iter().enumerate() {
        let plain = widget.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        ensure!(
            plain && !widget.id.is_empty(),
            "routes.json: `{}` cannot be a part of an address",
            widget.id
        );
        ensure!(widget.stage_height_px > 0, "routes.json: {} has no stage height", widget.id);
        ensure!(
            table.widgets[..index].iter().all(|earlier| earlier.id != widget.id),
            "routes.json: {} is there twice",
            widget.id
        );
    }
    Ok(table.widgets)
}

/// What stands at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// `/`: the app chooses the language; without it, links to both.
    Root,
    Home,
    Widget(String),
    SelfTest,
    Embed(String),
    NotFound,
}

/// A static page: where it lies and in which language it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub page: Page,
    pub language: &'static str,
}

impl Route {
    /// Below the public address, with its trailing `/`: `en/bits/`. Empty for the root.
    pub fn address(&self) -> String {
        let language = self.language;
        match &self.page {
            Page::Root | Page::NotFound => String::new(),
            Page::Home => format!("{language}/"),
            Page::Widget(id) => format!("{language}/{id}/"),
            Page::SelfTest => format!("{language}/self-test/"),
            Page::Embed(id) => format!("embed/{id}/"),
        }
    }

    /// The file below the output folder.
    pub fn file(&self) -> String {
        if self.page == Page::NotFound {
            "404.html".to_owned()
        } else {
            format!("{}index.html", self.address())
        }
    }

    /// The same page in another language, if addresses carry the language.
    pub fn in_language(&self, language: &'static str) -> Option<Route> {
        match self.page {
            Page::Home | Page::Widget(_) | Page::SelfTest => {
                Some(Route { page: self.page.clone(), language })
            }
            Page::Root | Page::Embed(_) | Page::NotFound => None,
        }
    }
}

/// Every static page of the site.
pub fn all(widgets: &[Widget]) -> Vec<Route> {
    let first = LANGUAGES[0];
    let mut routes =
        vec![Route { page: Page::Root, language: first }, Route { page: Page::NotFound, language: first }];
    for language in LANGUAGES {
        routes.push(Route { page: Page::Home, language });
        routes.extend(widgets.iter().map(|widget| Route { page: Page::Widget(widget.id.clone()), language }));
        routes.push(Route { page: Page::SelfTest, language });
    }
    routes
        .extend(widgets.iter().map(|widget| Route { page: Page::Embed(widget.id.clone()), language: first }));
    routes
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r#"{"widgets":[{"id":"bits","entry":"x","stage_height_px":10},{"id":"convert","entry":"x","stage_height_px":20}]}"#;

    #[test]
    fn every_widget_has_a_page_per_language_and_an_embed() {
        let files: Vec<String> = all(&parse(TABLE).unwrap()).iter().map(Route::file).collect();
        for file in [
            "index.html",
            "404.html",
            "en/index.html",
            "ko/bits/index.html",
            "en/self-test/index.html",
            "embed/convert/index.html",
        ] {
            assert!(files.iter().any(|found| found == file), "{file}");
        }
        assert_eq!(files.len(), 2 + 2 * 4 + 2);
    }

    #[test]
    fn bad_tables_are_refused() {
        for bad in [
            r#"{"widgets":[{"id":"../x","entry":"e","stage_height_px":10}]}"#,
            r#"{"widgets":[{"id":"a","entry":"e","stage_height_px":0}]}"#,
            r#"{"widgets":[{"id":"a","entry":"e","stage_height_px":1},{"id":"a","entry":"e","stage_height_px":1}]}"#,
            r#"{"widgets":[{"id":"a","entry":"e"}]}"#,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
