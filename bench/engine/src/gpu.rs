//! The GPU executor behind the exports that `page/ours.mjs` describes: each returns a promise.
//!
//! One device, one product and one workload at a time. Errors reach the page as their text.

use std::cell::RefCell;

use engine::gpu::{Device, DeviceOptions, Executor, GpuError};
use engine::graph::{DType, Graph};
use engine::plan::{Plan, View};
use experiments::workloads::Workload;
use wasm_bindgen::prelude::wasm_bindgen;

use super::{BATCHES, policy};

/// A training step whose batches wait to be handed over.
struct Training {
    executor: Executor,
    network: Vec<View>,
    discriminator: Vec<View>,
    feeds: [Option<(View, Vec<Vec<f32>>)>; 4],
}

thread_local! {
    static DEVICE: RefCell<Option<Device>> = const { RefCell::new(None) };
    static PRODUCT: RefCell<Option<Executor>> = const { RefCell::new(None) };
    static TRAINING: RefCell<Option<Training>> = const { RefCell::new(None) };
}

/// An error as the page hears it.
#[allow(clippy::needless_pass_by_value, reason = "it ends here")]
pub(crate) fn text(error: GpuError) -> String {
    error.to_string()
}

/// The device, once there is one.
pub(crate) fn device() -> Result<Device, String> {
    DEVICE.with_borrow(Clone::clone).ok_or_else(|| "gpu_init comes first".to_owned())
}

/// Requests the device; its name.
#[wasm_bindgen]
pub async fn gpu_init() -> Result<String, String> {
    let device = Device::request(DeviceOptions::default()).await.map_err(text)?;
    let name = device.name().to_owned();
    DEVICE.set(Some(device));
    Ok(name)
}

/// Operands of `n × n`.
#[wasm_bindgen]
pub async fn gpu_matmul_prepare(n: u32, a: Vec<f32>, b: Vec<f32>) -> Result<(), String> {
    let device = device()?;
    let n = n as usize;
    let mut graph = Graph::new();
    let (x, y) = (graph.input("a", [n, n], DType::F32), graph.input("b", [n, n], DType::F32));
    let product = graph.matmul(x, y);
    graph.output("product", product);
    let executor = Executor::new(&device, Plan::new(&graph), 1).await.map_err(text)?;
    for (slot, values) in executor.plan().inputs.iter().zip([a, b]) {
        if slot.view.len != values.len() {
            return Err("operands of another size".to_owned());
        }
        executor.write(slot.view, &values);
    }
    executor.done().await.map_err(text)?;
    PRODUCT.set(Some(executor));
    Ok(())
}

/// Products, until the device has finished them.
#[wasm_bindgen]
pub async fn gpu_matmul_run(reps: u32) -> Result<(), String> {
    let mut executor = PRODUCT.take().ok_or("nothing is prepared")?;
    let submitted = executor.submit(reps.into());
    let done = executor.done().await;
    PRODUCT.set(Some(executor));
    submitted.and(done).map_err(text)
}

/// The product.
#[wasm_bindgen]
pub async fn gpu_matmul_product() -> Result<Vec<f32>, String> {
    gpu_matmul_run(1).await?;
    let executor = PRODUCT.take().ok_or("nothing is prepared")?;
    let product = executor.read_output("product").await;
    PRODUCT.set(Some(executor));
    product.map_err(text)
}

/// A workload under a policy.
#[wasm_bindgen]
pub async fn gpu_train_prepare(workload: u32, policy_number: u32) -> Result<(), String> {
    let device = device()?;
    let workload = Workload::ALL.get(workload as usize).ok_or("no such workload")?;
    let built = workload.build(&policy(policy_number).ok_or("no such policy")?);
    let plan = Plan::new(&built.graph);
    let param = |tensor: &engine::graph::Tensor| built.graph.param_id(*tensor).map(|id| plan.param(id).view);
    let feed = |tensor: Option<engine::graph::Tensor>| {
        let view = plan.input(built.graph.input_id(tensor?)?).view;
        Some((view, vec![vec![0.0; view.len]; BATCHES]))
    };
    let (network, discriminator) = (
        built.network.iter().filter_map(param).collect(),
        built.discriminator.iter().filter_map(param).collect(),
    );
    let feeds = [
        feed(Some(built.data)),
        feed(built.latents.first().copied()),
        feed(built.latents.get(1).copied()),
        feed(built.labels),
    ];
    let executor = Executor::new(&device, plan, 1).await.map_err(text)?;
    TRAINING.set(Some(Training { executor, network, discriminator, feeds }));
    Ok(())
}

/// Hands a tensor over, by the page's numbers.
#[wasm_bindgen]
pub fn gpu_train_write(what: u32, index: u32, values: Vec<f32>) -> Result<(), String> {
    TRAINING.with_borrow_mut(|training| {
        let training = training.as_mut().ok_or("nothing is prepared")?;
        let (what, index) = (what as usize, index as usize);
        if what < 2 {
            let list = if what == 0 { &training.network } else { &training.discriminator };
            let view = *list.get(index).filter(|view| view.len == values.len()).ok_or("no such parameter")?;
            training.executor.write(view, &values);
        } else {
            let (view, batches) =
                training.feeds.get_mut(what - 2).and_then(Option::as_mut).ok_or("no such input")?;
            let batch = batches.get_mut(index).ok_or("no such batch")?;
            if view.len != values.len() {
                return Err("a batch of another size".to_owned());
            }
            *batch = values;
        }
        Ok(())
    })
}

/// Everything is written: batches go to the device.
#[wasm_bindgen]
pub async fn gpu_train_begin() -> Result<(), String> {
    let mut training = TRAINING.take().ok_or("nothing is prepared")?;
    for (view, batches) in training.feeds.iter().flatten() {
        let batches: Vec<&[f32]> = batches.iter().map(Vec::as_slice).collect();
        training.executor.feed(*view, &batches);
    }
    let done = training.executor.done().await;
    TRAINING.set(Some(training));
    done.map_err(text)
}

/// Takes steps; the last one's loss, after its update is done.
#[wasm_bindgen]
pub async fn gpu_train_steps(count: u32) -> Result<f32, String> {
    let mut training = TRAINING.take().ok_or("nothing is prepared")?;
    let submitted = training.executor.submit(count.into());
    let loss = training.executor.read_output("loss").await;
    TRAINING.set(Some(training));
    submitted.and(loss).map(|loss| loss.first().copied().unwrap_or(f32::NAN)).map_err(text)
}

/// Dispatches and pipelines of the workload's step.
#[wasm_bindgen]
pub fn gpu_train_dispatches() -> Vec<u32> {
    TRAINING.with_borrow(|training| {
        training.as_ref().map_or_else(Vec::new, |training| {
            vec![training.executor.dispatch_count() as u32, training.executor.pipeline_count() as u32]
        })
    })
}

/// The executor of the workload (0) or of the product (1), while `f` uses it.
fn with_executor<T>(which: u32, f: impl FnOnce(&mut Executor) -> T) -> Result<T, String> {
    let missing = || "nothing is prepared".to_owned();
    match which {
        0 => TRAINING
            .with_borrow_mut(|training| training.as_mut().map(|t| f(&mut t.executor)))
            .ok_or_else(missing),
        _ => PRODUCT.with_borrow_mut(|product| product.as_mut().map(f)).ok_or_else(missing),
    }
}

/// What each dispatch of a step does.
#[wasm_bindgen]
pub fn gpu_dispatch_titles(which: u32) -> Result<Vec<String>, String> {
    with_executor(which, |executor| {
        (0..executor.dispatch_count())
            .filter_map(|dispatch| executor.dispatch_title(dispatch).map(str::to_owned))
            .collect()
    })
}

/// One dispatch `repeats` times, until the device has finished; the state is then good for nothing else.
#[wasm_bindgen]
pub async fn gpu_dispatch_run(which: u32, dispatch: u32, repeats: u32) -> Result<(), String> {
    let device = device()?;
    with_executor(which, |executor| executor.submit_dispatch(dispatch as usize, repeats))?.map_err(text)?;
    device.done().await.map_err(text)
}
