//! The widgets: one folder each, and one line in the registry below.
//!
//! A widget is a table of parameters and a view. It knows neither the shell nor
//! other widgets.
//!
//! Each widget is a Cargo feature. A build for development has them all; the hosted site has several programs
//! with some widgets each, so that no page loads what it does not show (`xtask/src/dist/programs.rs`). Every program knows the
//! names of all.

#[cfg(feature = "augmentation")]
pub mod augmentation;
#[cfg(feature = "bits")]
pub mod bits;
#[cfg(feature = "convert")]
pub mod convert;
#[cfg(feature = "gan")]
pub mod gan;
#[cfg(feature = "overfitting")]
pub mod overfitting;
#[cfg(feature = "throughput")]
pub mod throughput;
#[cfg(feature = "transfer")]
pub mod transfer;

mod other_program;

use crate::ui::view::dynamic;
use leptos::prelude::*;

use super::components::later::Later;
use super::components::share::Share;
use super::embed::host_in_own_window;
use super::prose::Prose;
use super::routes::Page;
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
    /// None in programs without the widget.
    body: Option<Body>,
}

/// What a program with the widget has of it.
#[derive(Clone, Copy)]
struct Body {
    params: &'static [Param],
    view: fn(UrlState, Setting) -> AnyView,
    tasks: fn(UrlState) -> AnyView,
}

/// A registry row of a widget whose module, feature, texts and id have one name.
macro_rules! widget {
    ($name:ident, $feature:literal) => {
        Widget {
            id: $feature,
            title: |t| t.$name.title,
            lede: |t| t.$name.lede,
            #[cfg(feature = $feature)]
            body: Some(Body { params: $name::PARAMS, view: $name::view, tasks: $name::tasks }),
            #[cfg(not(feature = $feature))]
            body: None,
        }
    };
}

/// The registry. `locales/routes.json` has the same ids in the same order.
const WIDGETS: &[Widget] = &[
    widget!(bits, "bits"),
    widget!(convert, "convert"),
    widget!(throughput, "throughput"),
    widget!(overfitting, "overfitting"),
    widget!(augmentation, "augmentation"),
    widget!(transfer, "transfer"),
    widget!(gan, "gan"),
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

/// Whether this program has the widget itself.
pub fn is_here(id: &str) -> bool {
    row(id).body.is_some()
}

/// Its state, following the address or standing alone.
pub fn state(id: &str, follow_address: bool) -> UrlState {
    UrlState::new(row(id).body.map_or(&[], |body| body.params), follow_address)
}

/// Its page: question, stage, then theory, tasks and sharing. In a program without the widget, the page that has one.
pub fn page(id: &'static str) -> AnyView {
    let t = use_text();
    let widget = row(id);
    let Some(body) = widget.body else { return other_program::load(Page::Widget(id)) };
    other_program::arrived();
    let state = state(id, true);
    host_in_own_window(id, state);
    view! {
        <h1>{dynamic(move || (widget.title)(t.get()))}</h1>
        <p class="lede">{dynamic(move || (widget.lede)(t.get()))}</p>
        {(body.view)(state, Setting::Page)}
        <div class="notes">
            <Prose id/>
            <div class="notes-side">
                <Later>{(body.tasks)(state)}</Later>
                <Later><Share id state/></Later>
            </div>
        </div>
    }
    .into_any()
}

/// The widget inside the glossary: its own view, or a frame with the program that has it.
pub fn inline(id: &'static str) -> AnyView {
    match row(id).body {
        Some(body) => {
            let state = state(id, false);
            host_in_own_window(id, state);
            (body.view)(state, Setting::Inline)
        }
        None => other_program::frame(id, title(use_text().now(), id)),
    }
}

/// The page of the conformance digests, which belongs to the program of the number formats.
pub fn self_test() -> AnyView {
    #[cfg(feature = "bits")]
    {
        other_program::arrived();
        leptos::prelude::IntoAny::into_any(view! { <super::self_test::SelfTest/> })
    }
    #[cfg(not(feature = "bits"))]
    other_program::load(Page::SelfTest)
}

/// The widget in a host page.
pub fn embedded(id: &'static str, state: UrlState) -> AnyView {
    let Some(body) = row(id).body else { return other_program::load(Page::Embed(id)) };
    other_program::arrived();
    view! {
        {(body.view)(state, Setting::Embed)}
        {(body.tasks)(state)}
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
            for param in widget.body.expect("tests have every widget").params {
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
