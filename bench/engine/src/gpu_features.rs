//! The base of the transfer widget on the GPU executor, behind the exports that `bench/transfer/page/ours.mjs` describes.

use std::cell::RefCell;

use engine::gpu::Executor;
use engine::graph::DType;
use engine::nn::Net;
use engine::plan::Plan;
use engine::policy::Policy;
use engine::snapshot::Weights;
use experiments::networks::efficientnet_lite0::{Cut, Storage, add_to, read};
use wasm_bindgen::prelude::wasm_bindgen;

use super::gpu::{device, text};

thread_local! {
    static BASE: RefCell<Option<Executor>> = const { RefCell::new(None) };
}

/// The base of the transfer widget up to block 14 for an image of `side`² pixels, `(row, column, channel)`, levels from 0 to 255.
#[wasm_bindgen]
pub async fn gpu_features_prepare(
    first: Vec<u8>,
    second: Vec<u8>,
    side: u32,
    image: Vec<f32>,
) -> Result<(), String> {
    let device = device()?;
    let side = side as usize;
    let weights: Weights =
        read(Storage::Int8, Cut::Block14, &[&first, &second]).map_err(|error| error.to_string())?;
    let mut net = Net::new(&Policy::FP32);
    let images = net.graph.input("images", [1, side, side, 3], DType::F32);
    let outputs = add_to(&mut net, images, Cut::Block14);
    net.graph.output("features", outputs.features);
    let executor = Executor::new(&device, Plan::new(&net.graph), 1).await.map_err(text)?;
    for slot in &executor.plan().params {
        let tensor = weights.get(&slot.name).filter(|tensor| tensor.values.len() == slot.view.len);
        executor.write(slot.view, &tensor.ok_or("a weight is missing")?.values);
    }
    let input = executor.plan().inputs.first().ok_or("the base has no input")?.view;
    if input.len != image.len() {
        return Err("an image of another size".to_owned());
    }
    executor.write(input, &image);
    executor.done().await.map_err(text)?;
    BASE.set(Some(executor));
    Ok(())
}

/// Looks at the image, as often as asked; its features, once the device has finished.
#[wasm_bindgen]
pub async fn gpu_features_run(count: u32) -> Result<Vec<f32>, String> {
    let mut executor = BASE.take().ok_or("nothing is prepared")?;
    let submitted = executor.submit(count.into());
    let features = executor.read_output("features").await;
    BASE.set(Some(executor));
    submitted.map_err(text)?;
    features.map_err(text)
}
