//! The interface: what a visitor sees.
//!
//! The address decides the page (`routes`), the page's widgets keep their state
//! in the query (`url_state`), and everything that takes time happens in the
//! worker (`worker_client`). Left out: any computation over 50 ms.

#![allow(
    clippy::large_types_passed_by_value,
    reason = "handles of signals are copied on purpose; debug builds make them large"
)]

pub mod charts;
pub mod components;
mod embed;
pub mod follow;
mod glossary;
mod home;
pub mod lab;
mod not_found;
mod prose;
mod query;
mod root;
mod routes;
#[cfg(feature = "bits")]
mod self_test;
mod shell;
mod storage;
pub mod text;
mod theme;
pub mod url_state;
pub mod view;
pub mod widgets;
pub mod worker_client;

use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Takes over the static page: the skeleton inside `#app` gives way to the live interface.
pub fn mount() {
    std::panic::set_hook(Box::new(report_panic));
    let Some(place) = document().get_element_by_id("app") else { return };
    let place: web_sys::HtmlElement = place.unchecked_into();
    // A task of its own: the browser has just compiled the program in this one.
    set_timeout(
        move || {
            place.set_inner_html("");
            leptos::mount::mount_to(place, root::Root).forget();
        },
        std::time::Duration::ZERO,
    );
}

/// A defect of ours: said on the console for the report, and on the page for the reader.
fn report_panic(info: &std::panic::PanicHookInfo<'_>) {
    leptos::logging::error!("{info}");
    let Some(body) = document().body() else { return };
    let korean = document().document_element().is_some_and(|root| root.lang() == "ko");
    let text = if korean { &text::KO } else { &text::EN };
    if let Ok(notice) = document().create_element("p") {
        notice.set_class_name("crash");
        let _ = notice.set_attribute("role", "alert");
        notice.set_text_content(Some(&format!("{} {info}", text.errors.page_panicked)));
        let _ = body.prepend_with_node_1(&notice);
    }
}

/// `document.documentElement`'s language, read and written by the root.
trait HtmlLang {
    fn lang(&self) -> String;
}

impl HtmlLang for web_sys::Element {
    fn lang(&self) -> String {
        self.get_attribute("lang").unwrap_or_default()
    }
}
