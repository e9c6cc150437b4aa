//! How wide an element is, followed.

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::ResizeObserver;

/// Keeps `width` at the element's own, and lets go when its owner does.
pub fn observe_width(holder: &web_sys::HtmlDivElement, width: RwSignal<f64>) {
    let target: web_sys::Element = holder.clone().into();
    let measured = target.clone();
    let on_resize = Closure::<dyn FnMut()>::new(move || {
        let now = measured.get_bounding_client_rect().width().floor();
        if width.try_get_untracked().is_some_and(|before| (before - now).abs() >= 1.0) {
            width.set(now);
        }
    });
    if let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
        observer.observe(&target);
        let kept = StoredValue::new_local(Some((observer, on_resize)));
        on_cleanup(move || {
            if let Some(Some((observer, _))) = kept.try_update_value(Option::take) {
                observer.disconnect();
            }
        });
    }
}
