//! Data sets, fetched beside the worker when a lab first needs them, checked, and kept for the next.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use datasets::Dataset;
use js_sys::Uint8Array;
use protocol::Failure;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// Names that may be asked for: files of `public/data`.
const NAMES: [&str; 4] = ["digits", "mnist", "fashion-mnist", "breast-cancer"];

thread_local! {
    static LOADED: RefCell<HashMap<&'static str, Rc<Dataset>>> = RefCell::new(HashMap::new());
}

/// A data set by name.
pub(super) async fn load(name: &str) -> Result<Rc<Dataset>, Failure> {
    let name = NAMES
        .into_iter()
        .find(|known| *known == name)
        .ok_or_else(|| Failure::new("data_unknown").with("name", name))?;
    if let Some(data) = LOADED.with_borrow(|loaded| loaded.get(name).cloned()) {
        return Ok(data);
    }
    let bytes = fetch(&format!("data/{name}.bin")).await.map_err(|error| {
        let reason = error
            .dyn_ref::<js_sys::Error>()
            .map_or_else(|| error.as_string().unwrap_or_default(), |error| String::from(error.message()));
        Failure::new("data_unreachable").with("name", name).with("reason", reason)
    })?;
    let data = Dataset::read(&bytes)
        .map_err(|error| Failure::new("data_damaged").with("name", name).with("reason", error))?;
    let data = Rc::new(data);
    LOADED.with_borrow_mut(|loaded| loaded.insert(name, data.clone()));
    Ok(data)
}

/// The bytes of a file of this site, by its path beside the worker's script.
async fn fetch(path: &str) -> Result<Vec<u8>, JsValue> {
    let scope = crate::worker_host::scope();
    let url = web_sys::Url::new_with_base(path, &scope.location().href())?.href();
    let response: Response = JsFuture::from(scope.fetch_with_str(&url)).await?.dyn_into()?;
    if !response.ok() {
        return Err(JsValue::from_str(&response.status().to_string()));
    }
    let buffer = JsFuture::from(response.array_buffer()?).await?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
