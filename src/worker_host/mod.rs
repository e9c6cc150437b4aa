//! The compute worker: messages in, experiments run, events out.
//!
//! Speaks first (`Ready`), then serves one message at a time. Jobs are futures
//! that yield between slices, so that a cancellation is heard. A panic is
//! reported to the page before the worker ends. A program's worker has what its widgets (Cargo features) need.
// Only the worker with every widget uses all that is here, and that is where it is checked.
#![cfg_attr(not(feature = "all-widgets"), allow(dead_code, unused_variables, clippy::unused_async))]

mod clock;
#[cfg(any(feature = "transfer", feature = "augmentation"))]
mod decode;
mod device;
mod fetch;
mod hex;
mod jobs;
#[cfg(any(
    feature = "throughput",
    feature = "gan",
    feature = "transfer",
    feature = "overfitting",
    feature = "augmentation"
))]
mod labs;
mod pace;
mod post;
#[cfg(feature = "transfer")]
mod transfer;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use js_sys::{Reflect, Uint8Array};
use protocol::{FromWorker, JobId, ToWorker};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, DedicatedWorkerGlobalScope, File, MessageEvent};

use jobs::Cancel;

thread_local! {
    static RUNNING: RefCell<HashMap<JobId, Rc<Cancel>>> = RefCell::new(HashMap::new());
}

/// The worker's own global object. Only called inside a worker.
fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Serves until the page ends the worker.
pub fn serve() {
    std::panic::set_hook(Box::new(|info| {
        post::post(&FromWorker::Panicked { message: info.to_string() });
    }));
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| receive(&event));
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget(); // lives as long as the worker

    post::post(&FromWorker::Ready { version: protocol::VERSION, device: device::device() });
    wasm_bindgen_futures::spawn_local(async {
        post::post(&FromWorker::Gpu(device::gpu_status().await));
    });
}

fn receive(event: &MessageEvent) {
    let data = event.data();
    let bytes = Reflect::get(&data, &"m".into()).map(|bytes| Uint8Array::new(&bytes).to_vec());
    let Some(message) = bytes.ok().and_then(|bytes| protocol::decode::<ToWorker>(&bytes).ok()) else {
        // The page and its worker come from one build; anything else is a defect worth a report.
        panic!("a message that is not of protocol version {}", protocol::VERSION);
    };
    match message {
        ToWorker::Start { job, request } => {
            let file = Reflect::get(&data, &"f".into()).ok().and_then(|file| file.dyn_into::<File>().ok());
            let cancel = Rc::new(Cancel::default());
            RUNNING.with_borrow_mut(|running| running.insert(job, cancel.clone()));
            wasm_bindgen_futures::spawn_local(async move {
                jobs::run(job, request, file, &cancel).await;
                RUNNING.with_borrow_mut(|running| running.remove(&job));
            });
        }
        ToWorker::Cancel { job } => RUNNING.with_borrow(|running| {
            if let Some(cancel) = running.get(&job) {
                cancel.request();
            }
        }),
        ToWorker::Lab { lab, command } => {
            let file = Reflect::get(&data, &"f".into()).ok().and_then(|file| file.dyn_into::<Blob>().ok());
            #[cfg(any(
                feature = "throughput",
                feature = "gan",
                feature = "transfer",
                feature = "overfitting",
                feature = "augmentation"
            ))]
            labs::receive(lab, command, file);
            #[cfg(not(any(
                feature = "throughput",
                feature = "gan",
                feature = "transfer",
                feature = "overfitting",
                feature = "augmentation"
            )))]
            decline(lab, command, file);
        }
        ToWorker::Ping => post::post(&FromWorker::Alive),
        ToWorker::Crash => panic!("asked to"),
    }
}

/// A program without labs says so.
#[cfg(not(any(
    feature = "throughput",
    feature = "gan",
    feature = "transfer",
    feature = "overfitting",
    feature = "augmentation"
)))]
fn decline(lab: protocol::LabId, _: protocol::LabCommand, _: Option<Blob>) {
    let event = protocol::LabEvent::Failed(protocol::Failure::new("other_program"));
    post::post(&FromWorker::Lab { lab, event });
}
