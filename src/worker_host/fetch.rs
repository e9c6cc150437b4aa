//! Files of this site, by their path beside the worker's script.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// The bytes of a file, or why it cannot be had.
pub(super) async fn fetch(path: &str) -> Result<Vec<u8>, String> {
    bytes(path).await.map_err(|error| {
        let message = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
        message.or_else(|| error.as_string()).unwrap_or_default()
    })
}

async fn bytes(path: &str) -> Result<Vec<u8>, JsValue> {
    let scope = super::scope();
    let url = web_sys::Url::new_with_base(path, &scope.location().href())?.href();
    let response: Response = JsFuture::from(scope.fetch_with_str(&url)).await?.dyn_into()?;
    if !response.ok() {
        return Err(JsValue::from_str(&response.status().to_string()));
    }
    let buffer = JsFuture::from(response.array_buffer()?).await?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
