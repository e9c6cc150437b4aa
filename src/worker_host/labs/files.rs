//! A lab's files: the run as it stands, and its weights.

use engine::snapshot::{Snapshot, SnapshotError, Weights};
use js_sys::{Array, Uint8Array};
use protocol::{Failure, FromWorker, LabEvent, LabId};
use tensor_files::Dtype;
use tensor_files::write::{SafetensorsWriter, TensorSpec};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::drive::Open;
use crate::worker_host::post;

/// A larger file is not opened as a run: no lab here is so large.
const MAX_RUN_BYTES: f64 = 256.0 * 1024.0 * 1024.0;

/// Sends the run.
pub(super) async fn save(id: LabId, open: &mut Open) -> Result<(), Failure> {
    let snapshot = open.run.snapshot().await.map_err(lost)?;
    let name = format!("run-seed{}-step{}.pprun", snapshot.seed, snapshot.step);
    send(id, &name, &snapshot.to_bytes())
}

/// Goes on from a run.
pub(super) async fn restore(open: &mut Open, file: Option<Blob>) -> Result<(), Failure> {
    let file = file.ok_or_else(|| Failure::new("file_missing"))?;
    if file.size() > MAX_RUN_BYTES {
        return Err(unreadable("256 MiB"));
    }
    let buffer = JsFuture::from(file.array_buffer()).await.map_err(|_| Failure::new("file_missing"))?;
    let snapshot = Snapshot::from_bytes(&Uint8Array::new(&buffer).to_vec()).map_err(unreadable)?;
    open.run.restore(&snapshot).map_err(foreign)
}

/// Sends the weights as `.safetensors`.
pub(super) async fn export(id: LabId, open: &mut Open) -> Result<(), Failure> {
    let snapshot = open.run.snapshot().await.map_err(lost)?;
    let weights = Weights::of(&open.lab.training().plan, &snapshot).map_err(foreign)?;
    let tensors: Vec<TensorSpec> = weights
        .tensors
        .iter()
        .map(|tensor| TensorSpec {
            name: tensor.name.clone(),
            dtype: Dtype::F32,
            shape: tensor.shape.sizes().iter().map(|&size| size as u64).collect(),
        })
        .collect();
    let (seed, step) = (snapshot.seed.to_string(), snapshot.step.to_string());
    let failed = |error| Failure::new("lab_file_unreadable").with("reason", error);
    let mut writer = SafetensorsWriter::new(&tensors, &[("seed", &seed), ("step", &step)]).map_err(failed)?;
    let mut bytes = writer.header().to_vec();
    for tensor in &weights.tensors {
        let start = bytes.len();
        tensor.values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        writer.advance(&bytes[start..]).map_err(failed)?;
    }
    writer.finish().map_err(failed)?;
    send(id, &format!("weights-seed{seed}-step{step}.safetensors"), &bytes)
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
fn foreign(error: SnapshotError) -> Failure {
    Failure::new("lab_file_foreign").with("reason", error)
}

fn lost(reason: String) -> Failure {
    Failure::new("lab_device_lost").with("reason", reason)
}
