//! A bare widget for a host page, and the messages between the two.
//!
//! Every message is an object `{ pp: 1, type, ... }`. To the host: `ready`,
//! `state` (on change), `resize`, `error`, `answer` (a task was checked) and
//! `result` (the answer to `get`). From the host: `get`, `set` (`state`: an
//! object of strings by parameter key), `reset`. Only the parent window is
//! heard, and only if its origin is the one in `?origin=` or, without that, the
//! referrer's; messages go to that origin alone.

use std::rc::Rc;
use std::time::Duration;

use crate::ui::view::dynamic;
use gloo_events::EventListener;
use js_sys::{JSON, Reflect};
use leptos::html::Div;
use leptos::prelude::*;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, ResizeObserver};

use super::routes::{self, Base, Page};
use super::text::{use_lang, use_text};
use super::url_state::{self, UrlState};
use super::widgets;
use crate::tr;

/// Version of the message format.
pub const MESSAGE_VERSION: i32 = 1;

/// A state object with more keys than this is refused.
const MAX_KEYS: usize = 64;

type Results = Rc<dyn Fn() -> Value>;

/// Where a widget reports to: the host page when embedded, nowhere otherwise.
#[derive(Clone, Copy)]
pub struct Host {
    origin: StoredValue<Option<String>>,
    results: StoredValue<Option<Results>, LocalStorage>,
}

impl Host {
    fn nobody() -> Self {
        Self { origin: StoredValue::new(None), results: StoredValue::new_local(None) }
    }

    /// What `get` answers beside the state.
    pub fn set_results(self, results: impl Fn() -> Value + 'static) {
        self.results.set_value(Some(Rc::new(results)));
    }

    /// Reports a checked task.
    pub fn answer(self, task: &str, answer: usize, correct: bool) {
        self.send("answer", &json!({ "task": task, "answer": answer, "correct": correct }));
    }

    /// Reports a failure in words.
    pub fn error(self, message: &str) {
        self.send("error", &json!({ "message": message }));
    }

    fn send(self, kind: &str, body: &Value) {
        let Some(origin) = self.origin.get_value() else { return };
        let Ok(Some(parent)) = window().parent() else { return };
        let mut message = json!({ "pp": MESSAGE_VERSION, "type": kind });
        if let (Some(message), Some(body)) = (message.as_object_mut(), body.as_object()) {
            message.extend(body.clone());
        }
        if let Ok(message) = JSON::parse(&message.to_string()) {
            // A host that went away hears nothing.
            let _ = parent.post_message(&message, &origin);
        }
    }
}

/// The host of the current widget.
pub fn use_host() -> Host {
    use_context::<Host>().unwrap_or_else(Host::nobody)
}

/// The origin we talk to: asked for in the query, else the referrer's. Never a wildcard.
fn host_origin() -> Option<String> {
    let query = url_state::parse_query(&url_state::current_search());
    let named = query.get("origin").cloned().unwrap_or_else(|| document().referrer());
    let origin = web_sys::Url::new(&named).ok()?.origin();
    (origin != "null").then_some(origin)
}

/// The widget alone, with a one-line foot.
#[component]
pub fn EmbedPage(
    /// The widget.
    id: &'static str,
) -> impl IntoView {
    let t = use_text();
    let lang = use_lang();
    let base = expect_context::<Base>().0;
    let host = Host { origin: StoredValue::new(host_origin()), results: StoredValue::new_local(None) };
    provide_context(host);
    let place = NodeRef::<Div>::new();
    let state = widgets::state(id, true);
    listen(host, id, state);
    Effect::watch(
        move || state.values(),
        move |_, _, _| host.send("state", &json!({ "widget": id, "state": as_object(state) })),
        false,
    );
    Effect::new(move |_| {
        let Some(place) = place.get() else { return };
        observe_height(host, &place);
        host.send("ready", &json!({ "widget": id, "state": as_object(state) }));
    });
    let full = move || {
        let query = state.query();
        let path = routes::path(&base, lang.get(), Page::Widget(id));
        if query.is_empty() { path } else { format!("{path}?{query}") }
    };
    view! {
        <div class="embed" node_ref=place>
            <main id="main">{widgets::embedded(id, state)}</main>
            <p class="embed-foot">
                <span>{dynamic(move || widgets::title(t.get(), id))}</span>
                <a href=full target="_blank" rel="noopener">{tr!(t, shell.embed_foot)}</a>
            </p>
        </div>
    }
}

fn as_object(state: UrlState) -> Value {
    Value::Object(
        untrack(|| state.values())
            .into_iter()
            .map(|(key, value)| (key.to_owned(), Value::String(value)))
            .collect(),
    )
}

/// Tells the host how high the widget is, whenever that changes.
fn observe_height(host: Host, place: &web_sys::HtmlDivElement) {
    let target: web_sys::Element = place.clone().into();
    let measured = target.clone();
    let on_resize = Closure::<dyn FnMut()>::new(move || {
        let height_px = measured.get_bounding_client_rect().height().ceil();
        host.send("resize", &json!({ "height_px": height_px }));
    });
    if let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
        observer.observe(&target);
    }
    on_resize.forget(); // the embed lives as long as its document
}

fn listen(host: Host, id: &'static str, state: UrlState) {
    let listener = EventListener::new(&window(), "message", move |event| {
        let event = event.unchecked_ref::<MessageEvent>();
        let from_parent =
            window().parent().ok().flatten().is_some_and(|parent| {
                event.source().is_some_and(|source| js_sys::Object::is(&source, &parent))
            });
        let trusted = host.origin.get_value().is_some_and(|origin| origin == event.origin());
        if !from_parent || !trusted || window().parent().ok().flatten() == Some(window()) {
            return;
        }
        answer(host, id, state, &event.data());
    });
    let listener = StoredValue::new_local(Some(listener));
    on_cleanup(move || {
        let _ = listener.try_update_value(Option::take);
    });
}

fn answer(host: Host, id: &'static str, state: UrlState, data: &JsValue) {
    let field = |name: &str| Reflect::get(data, &name.into()).unwrap_or(JsValue::UNDEFINED);
    if field("pp").as_f64() != Some(f64::from(MESSAGE_VERSION)) {
        return; // not ours: other scripts talk through windows too
    }
    let request = field("id").as_string().unwrap_or_default();
    let kind = field("type").as_string().unwrap_or_default();
    match kind.as_str() {
        "get" => {
            let results = host.results.get_value().map_or(Value::Null, |results| results());
            host.send(
                "result",
                &json!({ "widget": id, "id": request, "state": as_object(state), "results": results }),
            );
        }
        "set" => set_all(host, state, &field("state"), &request),
        "reset" => state.reset(),
        other => host.error(&format!("unknown message type: {other:.40}")),
    }
}

fn set_all(host: Host, state: UrlState, values: &JsValue, request: &str) {
    let Some(object) = values.dyn_ref::<js_sys::Object>() else {
        return host.error("set: state is not an object");
    };
    let keys = js_sys::Object::keys(object);
    if keys.length() as usize > MAX_KEYS {
        return host.error("set: too many keys");
    }
    for key in keys.iter().filter_map(|key| key.as_string()) {
        let value = Reflect::get(object, &key.as_str().into()).ok().and_then(|value| value.as_string());
        if !value.is_some_and(|value| state.set_by_key(&key, &value)) {
            host.error(&format!("set {request:.40}: {key:.40} does not take this value"));
        }
    }
    // The answer comes after the effects of the change have run.
    set_timeout(move || host.send("state", &json!({ "state": as_object(state) })), Duration::from_millis(0));
}
