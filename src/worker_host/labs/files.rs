//! A lab's files: the run as it stands, and its weights.

use engine::snapshot::{Snapshot, Weights};
use experiments::weights_file::{to_safetensors, to_safetensors_with};
use js_sys::{Array, Uint8Array};
use protocol::{Failure, FromWorker, LabEvent, LabId, Turns};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::drive::Open;
use crate::worker_host::pace::yield_now;
use crate::worker_host::post;

/// A larger file is not opened as a run: no lab here is so large.
const MAX_RUN_BYTES: f64 = 256.0 * 1024.0 * 1024.0;

/// Sends the run.
pub(super) async fn save(id: LabId, open: &mut Open) -> Result<(), Failure> {
    let snapshot = open.run.snapshot().await.map_err(lost)?;
    yield_now().await;
    let name = format!("run-seed{}-step{}.pprun", snapshot.seed, snapshot.step);
    let file = open.turns.before(&open.spec.experiment, snapshot.to_bytes());
    let file = file.map_err(|error| Failure::new("lab_export").with("reason", error))?;
    yield_now().await;
    send(id, &name, &file)
}

/// Goes on from a run.
pub(super) async fn restore(open: &mut Open, file: Option<Blob>) -> Result<(), Failure> {
    let file = file.ok_or_else(|| Failure::new("file_missing"))?;
    if file.size() > MAX_RUN_BYTES {
        return Err(unreadable("256 MiB"));
    }
    let buffer = JsFuture::from(file.array_buffer()).await.map_err(|_| Failure::new("file_missing"))?;
    let bytes = Uint8Array::new(&buffer).to_vec();
    let (mut turns, numbers, state) = Turns::split(&bytes).map_err(unreadable)?;
    let snapshot = Snapshot::from_bytes(state).map_err(unreadable)?;
    open.run.restore(&snapshot).map_err(foreign)?;
    if open.schedule == Turns::default() {
        turns.go_on(snapshot.step, numbers, &mut open.spec.experiment);
    } else {
        // The run is under way in its schedule: it goes on there.
        open.schedule.forget_until(snapshot.step);
        open.take_numbers(numbers)?;
    }
    open.turns = turns;
    Ok(())
}

/// Sends the weights as `.safetensors`.
pub(super) async fn export(id: LabId, open: &mut Open) -> Result<(), Failure> {
    let snapshot = open.run.snapshot().await.map_err(lost)?;
    let mut weights = Weights::of(&open.lab.training().plan, &snapshot).map_err(foreign)?;
    weights.tensors.extend(open.lab.more_tensors());
    let metadata = open.lab.metadata();
    let metadata: Vec<(&str, &str)> = metadata.iter().map(|(key, value)| (&**key, &**value)).collect();
    let bytes =
        if metadata.is_empty() { to_safetensors(&weights) } else { to_safetensors_with(&weights, &metadata) };
    let bytes = bytes.map_err(|error| Failure::new("lab_export").with("reason", error))?;
    send(id, &format!("weights-seed{}-step{}.safetensors", snapshot.seed, snapshot.step), &bytes)
}

fn send(id: LabId, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let blob = Blob::new_with_u8_array_sequence(&parts).map_err(|_| Failure::new("out_of_memory"))?;
    let event = LabEvent::File { name: name.to_owned(), bytes: bytes.len() as u64 };
    post::with_blob(&FromWorker::Lab { lab: id, event }, &blob);
    Ok(())
}

fn unreadable(reason: impl ToString) -> Failure {
    Failure::new("lab_file_unreadable").with("reason", reason)
}

#[allow(clippy::needless_pass_by_value, reason = "it ends here")]
fn foreign(error: impl ToString) -> Failure {
    Failure::new("lab_file_foreign").with("reason", error)
}

fn lost(reason: String) -> Failure {
    Failure::new("lab_device_lost").with("reason", reason)
}
