//! Acting once when an element comes into view.

use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{IntersectionObserver, IntersectionObserverEntry};

/// Whether the visitor's system asks for less motion.
pub fn prefers_less_motion() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)");
    query.ok().flatten().is_some_and(|query| query.matches())
}

type Watch = (IntersectionObserver, Closure<dyn FnMut(js_sys::Array)>);

/// Runs `act` once, when a part of the element is first in view; at once where the browser cannot tell.
pub fn when_seen<E>(place: NodeRef<E>, act: impl Fn() + 'static)
where
    E: leptos::html::ElementType + 'static,
    E::Output: AsRef<web_sys::Element> + JsCast + Clone + 'static,
{
    let act = Rc::new(act);
    let kept = StoredValue::new_local(None::<Watch>);
    Effect::new(move |_| {
        let Some(element) = place.get() else { return };
        let then = act.clone();
        let on_change = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
            let seen = entries
                .iter()
                .filter_map(|entry| entry.dyn_into::<IntersectionObserverEntry>().ok())
                .any(|entry| entry.is_intersecting());
            if seen {
                // The closure that runs now lives until the widget goes; only the watch ends.
                let _ = kept.try_with_value(|kept| {
                    if let Some((observer, _)) = kept {
                        observer.disconnect();
                    }
                });
                then();
            }
        });
        match IntersectionObserver::new(on_change.as_ref().unchecked_ref()) {
            Ok(observer) => {
                observer.observe(element.as_ref());
                kept.set_value(Some((observer, on_change)));
            }
            Err(_) => act(),
        }
    });
    on_cleanup(move || {
        if let Some(Some((observer, _))) = kept.try_update_value(Option::take) {
            observer.disconnect();
        }
    });
}
