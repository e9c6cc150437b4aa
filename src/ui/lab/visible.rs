//! A lab that nobody sees rests: its page is hidden, or its stage is scrolled away.

use gloo_events::EventListener;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{IntersectionObserver, IntersectionObserverEntry};

use super::LabSession;

/// Keeps `session.seen` in step with the page and with `stage`.
pub fn pause_while_unseen<E>(session: LabSession, stage: NodeRef<E>)
where
    E: leptos::html::ElementType + 'static,
    E::Output: AsRef<web_sys::Element> + JsCast + Clone + 'static,
{
    let is_seen = seen(stage, true);
    Effect::new(move |_| {
        let is_seen = is_seen.get();
        if session.seen.get_untracked() != is_seen {
            session.seen.set(is_seen);
        }
    });
}

/// Whether the page is shown and `stage` is on the screen; `at_first` counts until the browser has said where the stage is.
pub fn seen<E>(stage: NodeRef<E>, at_first: bool) -> Signal<bool>
where
    E: leptos::html::ElementType + 'static,
    E::Output: AsRef<web_sys::Element> + JsCast + Clone + 'static,
{
    let on_screen = RwSignal::new(at_first);
    let page_shown = RwSignal::new(!document().hidden());
    let listener = EventListener::new(&document(), "visibilitychange", move |_| {
        if page_shown.try_get_untracked().is_some() {
            page_shown.set(!document().hidden());
        }
    });
    let kept = StoredValue::new_local(Some(listener));
    on_cleanup(move || {
        kept.try_update_value(Option::take);
    });
    Effect::new(move |_| {
        if let Some(stage) = stage.get() {
            observe(stage.as_ref(), on_screen);
        }
    });
    Memo::new(move |_| on_screen.get() && page_shown.get()).into()
}

fn observe(stage: &web_sys::Element, on_screen: RwSignal<bool>) {
    let callback = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
        // The last entry is the latest.
        let entry = entries.get(entries.length().wrapping_sub(1)).dyn_into::<IntersectionObserverEntry>();
        if let (Ok(entry), Some(before)) = (entry, on_screen.try_get_untracked())
            && entry.is_intersecting() != before
        {
            on_screen.set(entry.is_intersecting());
        }
    });
    if let Ok(observer) = IntersectionObserver::new(callback.as_ref().unchecked_ref()) {
        observer.observe(stage);
        let kept = StoredValue::new_local(Some((observer, callback)));
        on_cleanup(move || {
            if let Some(Some((observer, _))) = kept.try_update_value(Option::take) {
                observer.disconnect();
            }
        });
    }
}
