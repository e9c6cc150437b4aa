//! What this device offers: SIMD, cores, and whether a graphics adapter answers.

use js_sys::{Function, Promise, Reflect};
use protocol::{Device, GpuStatus};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// Cores and SIMD. The build carries simd128, so a running worker has it.
pub(super) fn device() -> Device {
    let cores = super::scope().navigator().hardware_concurrency();
    Device { simd128: cfg!(target_feature = "simd128"), cores: cores as u32 }
}

/// Asks for a WebGPU adapter and reads what it says of itself.
pub(super) async fn gpu_status() -> GpuStatus {
    let navigator: JsValue = super::scope().navigator().into();
    let gpu = get(&navigator, "gpu");
    if !gpu.is_object() {
        return GpuStatus::Unsupported;
    }
    let adapter = match request_adapter(&gpu).await {
        Ok(adapter) => adapter,
        Err(error) => {
            let reason = get(&error, "message").as_string().unwrap_or_else(|| format!("{error:?}"));
            return GpuStatus::Failed { reason };
        }
    };
    if !adapter.is_object() {
        return GpuStatus::NoAdapter;
    }
    let info = get(&adapter, "info");
    let word = |key| get(&info, key).as_string().filter(|text| !text.is_empty());
    let name = word("description")
        .or_else(|| {
            let parts: Vec<String> = [word("vendor"), word("architecture")].into_iter().flatten().collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        })
        .unwrap_or_default();
    let fallback =
        get(&info, "isFallbackAdapter").is_truthy() || get(&adapter, "isFallbackAdapter").is_truthy();
    let software = fallback || name.to_ascii_lowercase().contains("swiftshader");
    GpuStatus::Adapter { name, software }
}

fn get(target: &JsValue, key: &str) -> JsValue {
    Reflect::get(target, &key.into()).unwrap_or(JsValue::UNDEFINED)
}

async fn request_adapter(gpu: &JsValue) -> Result<JsValue, JsValue> {
    let request: Function = get(gpu, "requestAdapter").dyn_into()?;
    let promise: Promise = request.call0(gpu)?.dyn_into()?;
    JsFuture::from(promise).await
}
