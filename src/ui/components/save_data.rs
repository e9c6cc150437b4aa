//! Whether the visitor asked the browser to save data.

use leptos::prelude::window;
use wasm_bindgen::JsValue;

/// `navigator.connection.saveData`; false where the browser does not say.
pub fn is_wanted() -> bool {
    let read = |from: &JsValue, key: &str| js_sys::Reflect::get(from, &key.into()).ok();
    let connection = read(&window().navigator(), "connection").filter(JsValue::is_object);
    connection.and_then(|connection| read(&connection, "saveData")).is_some_and(|saves| saves.is_truthy())
}
