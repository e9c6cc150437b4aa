//! The widgets: one folder each, and one line in the registry below.
//!
//! A widget is a table of parameters and a view. It knows neither the shell nor
//! other widgets.

pub mod bits;
pub mod convert;
pub mod gan;
pub mod throughput;

use crate::ui::view::dynamic;
use leptos::prelude::*;

use super::components::share::Share;
use super::prose::Prose;
use super::text::{Text, use_text};
use super::url_state::{Param, UrlState};

/// How much of itself a widget shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// On its own page: everything.
    Page,
    /// Inside the glossary: the essential part.
    Inline,
    /// In a host page: everything but the page's own words.
    Embed,
}

/// One row of the registry.
struct Widget {
    id: &'static str,
    title: fn(&'static Text) -> &'static str,
    lede: fn(&'static Text) -> &'static str,
    params: &'static [Param],
    view: fn(UrlState, Setting) -> AnyView,
    tasks: fn(UrlState) -> AnyView,
}

/// The registry. `locales/routes.json` has the same ids in the same order.
const WIDGETS: &[Widget] = &[
    Widget {
        id: "bits",
        title: |t| t.bits.title,
        lede: |t| t.bits.lede,
        params: bits::PARAMS,
        view: bits::view,
        tasks: bits::tasks,
    },
    Widget {
        id: "convert",
        title: |t| t.convert.title,
        lede: |t| t.convert.lede,
        params: convert::PARAMS,
        view: convert::view,
        tasks: convert::tasks,
    },
    Widget {
        id: "throughput",
        title: |t| t.throughput.title,
        lede: |t| t.throughput.lede,
        params: throughput::PARAMS,
        view: throughput::view,
        tasks: throughput::tasks,
    },
    Widget {
        id: "gan",
        title: |t| t.gan.title,
        lede: |t| t.gan.lede,
        params: gan::PARAMS,
        view: gan::view,
        tasks: gan::tasks,
    },
];

fn row(id: &str) -> &'static Widget {
    WIDGETS.iter().find(|widget| widget.id == id).unwrap_or(&WIDGETS[0])
}

/// The registered id equal to `id`, or an empty one.
pub fn known(id: &str) -> &'static str {
    WIDGETS.iter().map(|widget| widget.id).find(|known| *known == id).unwrap_or_default()
}

/// A widget's name.
pub fn title(text: &'static Text, id: &str) -> &'static str {
    (row(id).title)(text)
}

/// Its question, in a sentence or two.
pub fn lede(text: &'static Text, id: &str) -> &'static str {
    (row(id).lede)(text)
}

/// Its state, following the address or standing alone.
pub fn state(id: &str, follow_address: bool) -> UrlState {
    UrlState::new(row(id).params, follow_address)
}

/// Its page: question, stage, then theory, tasks and sharing.
pub fn page(id: &'static str) -> AnyView {
    let t = use_text();
    let widget = row(id);
    let state = state(id, true);
    view! {
        <h1>{dynamic(move || (widget.title)(t.get()))}</h1>
        <p class="lede">{dynamic(move || (widget.lede)(t.get()))}</p>
        {(widget.view)(state, Setting::Page)}
        <div class="notes">
            <Prose id/>
            <div class="notes-side">
                {(widget.tasks)(state)}
                <Share id state/>
            </div>
        </div>
    }
    .into_any()
}

/// The widget inside the glossary.
pub fn inline(id: &'static str) -> AnyView {
    (row(id).view)(state(id, false), Setting::Inline)
}

/// The widget in a host page.
pub fn embedded(id: &'static str, state: UrlState) -> AnyView {
    let widget = row(id);
    view! {
        {(widget.view)(state, Setting::Embed)}
        {(widget.tasks)(state)}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::text::WIDGET_IDS;

    #[test]
    fn registry_and_routes_name_the_same_widgets() {
        let ids: Vec<&str> = WIDGETS.iter().map(|widget| widget.id).collect();
        assert_eq!(ids, WIDGET_IDS);
    }

    #[test]
    fn every_parameter_takes_its_own_default_and_keys_are_unique() {
        for widget in WIDGETS {
            let mut keys = std::collections::BTreeSet::new();
            for param in widget.params {
                assert_eq!(param.accept(param.default).as_deref(), Some(param.default), "{}", param.key);
                assert!(keys.insert(param.key), "{} twice in {}", param.key, widget.id);
                assert!(
                    !["hide", "lang", "theme", "origin"].contains(&param.key),
                    "{} is reserved",
                    param.key
                );
            }
        }
    }
}
