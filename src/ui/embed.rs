//! A bare widget for a host page, and the messages between the two.
//!
//! Every message is an object `{ pp: 1, type, ... }`. To the host: `ready`,
//! `state` (on change), `resize`, `error`, `answer` (a task was checked),
//! `result` (the answer to `get`) and `description` (the answer to `describe`).
//! From the host: `get`, `describe`, `set` (`state`: an object of strings by
//! parameter key), `reset`, and for what trains `run`, `pause`, `step` (`count`)
//! and `restart`. Only the parent window is heard, and only if its origin is the
//! one in `?origin=` or, without that, the referrer's; messages go to that origin
//! alone.
//!
//! A widget that no other page hosts, on its own page or in the glossary, has its
//! own window for a host: the page's scripts, and nobody else, may ask the same.

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

/// More steps than this are not taken by one message.
pub const MAX_STEPS: u32 = 100_000;

/// What a host page may ask of something that trains, all runs of a race included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Trains.
    Run,
    /// Rests.
    Pause,
    /// Takes so many steps, then rests.
    Step(u32),
    /// Back to the first weights, and rests there.
    Restart,
}

impl Command {
    /// Of a message; none where it is another kind of message, an error where its count makes no sense.
    fn read(kind: &str, count: Option<f64>) -> Option<Result<Self, &'static str>> {
        match (kind, count) {
            ("run", _) => Some(Ok(Self::Run)),
            ("pause", _) => Some(Ok(Self::Pause)),
            ("restart", _) => Some(Ok(Self::Restart)),
            ("step", Some(count))
                if count.fract() == 0.0 && (1.0..=f64::from(MAX_STEPS)).contains(&count) =>
            {
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a whole number in range"
                )]
                Some(Ok(Self::Step(count as u32)))
            }
            ("step", _) => Some(Err("step: count is not a whole number from 1 to 100000")),
            _ => None,
        }
    }
}

type Results = Rc<dyn Fn() -> Value>;
type Commands = Rc<dyn Fn(Command)>;

/// Where a widget reports to: the host page when embedded, its own window otherwise.
#[derive(Clone, Copy)]
pub struct Host {
    window: StoredValue<Option<web_sys::Window>, LocalStorage>,
    origin: StoredValue<Option<String>>,
    results: StoredValue<Option<Results>, LocalStorage>,
    /// Results of a widget's parts, each under its own name.
    parts: StoredValue<Vec<(&'static str, Results)>, LocalStorage>,
    commands: StoredValue<Option<Commands>, LocalStorage>,
}

// A program whose widgets do not train has nobody who sets commands or adds results.
#[cfg_attr(not(feature = "throughput"), allow(dead_code))]
impl Host {
    fn new(window: Option<web_sys::Window>, origin: Option<String>) -> Self {
        Self {
            window: StoredValue::new_local(window),
            origin: StoredValue::new(origin),
            results: StoredValue::new_local(None),
            parts: StoredValue::new_local(Vec::new()),
            commands: StoredValue::new_local(None),
        }
    }

    fn nobody() -> Self {
        Self::new(None, None)
    }

    /// The page around an embed.
    fn parent() -> Self {
        let parent = window().parent().ok().flatten().filter(|parent| *parent != window());
        Self::new(parent, host_origin())
    }

    /// The page that the widget is a part of.
    fn own_window() -> Self {
        Self::new(Some(window()), window().location().origin().ok())
    }

    /// What `get` answers beside the state: which configuration is shown, by its hash, and its figures, those of all runs. What
    /// was timed stands under `timings`, what a reader did in this visit under `visit`: everything else is the same for the same state.
    pub fn set_results(self, results: impl Fn() -> Value + 'static) {
        self.results.set_value(Some(Rc::new(results)));
    }

    /// A part of the answers to `get`, under a name of its own.
    #[cfg_attr(
        not(feature = "all-widgets"),
        allow(dead_code, reason = "a program in which nothing trains has none")
    )]
    pub fn add_results(self, name: &'static str, results: impl Fn() -> Value + 'static) {
        self.parts.update_value(|parts| {
            parts.retain(|part| part.0 != name);
            parts.push((name, Rc::new(results)));
        });
    }

    /// What carries out the messages for something that trains.
    #[cfg_attr(
        not(feature = "all-widgets"),
        allow(dead_code, reason = "a program in which nothing trains has none")
    )]
    pub fn set_commands(self, commands: impl Fn(Command) + 'static) {
        self.commands.set_value(Some(Rc::new(commands)));
    }

    fn results(self) -> Value {
        // What the closures call may look at this again.
        let (results, parts) = (self.results.get_value(), self.parts.get_value());
        let mut all = results.map_or(Value::Null, |results| results());
        if let Some(object) = all.as_object_mut() {
            object.extend(parts.into_iter().map(|(name, part)| (name.to_owned(), part())));
        }
        all
    }

    fn is_own_window(self) -> bool {
        self.window.with_value(|host| host.as_ref() == Some(&window()))
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
        let (Some(origin), Some(host)) = (self.origin.get_value(), self.window.get_value()) else { return };
        let mut message = json!({ "pp": MESSAGE_VERSION, "type": kind });
        if let (Some(message), Some(body)) = (message.as_object_mut(), body.as_object()) {
            message.extend(body.clone());
        }
        if let Ok(message) = JSON::parse(&message.to_string()) {
            // A host that went away hears nothing.
            let _ = host.post_message(&message, &origin);
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
    let host = Host::parent();
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

/// For a widget that no other page hosts: its own window may ask it.
pub fn host_in_own_window(id: &'static str, state: UrlState) {
    let host = Host::own_window();
    provide_context(host);
    listen(host, id, state);
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
        let is_host = host.window.with_value(|host| match (host, event.source()) {
            (Some(host), Some(source)) => js_sys::Object::is(&source, host),
            _ => false,
        });
        let trusted = host.origin.get_value().is_some_and(|origin| origin == event.origin());
        if is_host && trusted {
            answer(host, id, state, &event.data());
        }
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
    if let Some(command) = Command::read(&kind, field("count").as_f64()) {
        return match (command, host.commands.get_value()) {
            (Ok(command), Some(carry_out)) => carry_out(command),
            (Ok(_), None) => host.error(&format!("{kind}: nothing trains here")),
            (Err(why), _) => host.error(why),
        };
    }
    match kind.as_str() {
        "get" => {
            let results = host.results();
            host.send(
                "result",
                &json!({ "widget": id, "id": request, "state": as_object(state), "results": results }),
            );
        }
        "describe" => {
            host.send("description", &json!({ "widget": id, "id": request, "params": state.description() }));
        }
        "set" => set_all(host, state, &field("state"), &request),
        "reset" => state.reset(),
        // Its own window hears its own answers as well.
        _ if host.is_own_window() => {}
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_and_counts_are_bounded() {
        assert_eq!(Command::read("run", None), Some(Ok(Command::Run)));
        assert_eq!(Command::read("restart", Some(3.0)), Some(Ok(Command::Restart)));
        assert_eq!(Command::read("step", Some(20.0)), Some(Ok(Command::Step(20))));
        for count in
            [None, Some(0.0), Some(-1.0), Some(0.5), Some(f64::NAN), Some(f64::from(MAX_STEPS) + 1.0)]
        {
            assert!(matches!(Command::read("step", count), Some(Err(_))), "{count:?}");
        }
        assert_eq!(Command::read("get", None), None);
    }
}
