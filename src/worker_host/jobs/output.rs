//! Where a converted file grows: the origin's private file system, which is on disk, or
//! where the browser has none, a list of blobs, which the browser keeps where it sees fit.

use js_sys::{Array, Date, Reflect, Uint8Array};
use protocol::Failure;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetFileOptions,
    FileSystemReadWriteOptions, FileSystemSyncAccessHandle,
};

use super::Stop;

/// Bytes gathered before they are written.
const WRITE_BYTES: usize = 4 * 1024 * 1024;
/// Results older than this are left over from a visit before and are removed.
const STALE_MS: f64 = 24.0 * 3600.0 * 1000.0;
/// Names of our results begin with this.
const PREFIX: &str = "converted-";

/// A growing file.
pub(super) struct Output {
    sink: Sink,
    pending: Vec<u8>,
    written: u64,
}

enum Sink {
    Disk { file: FileSystemFileHandle, access: FileSystemSyncAccessHandle },
    Blobs(Vec<Blob>),
}

impl Output {
    /// A new, empty file.
    pub(super) async fn create() -> Self {
        let sink = match on_disk().await {
            Ok(sink) => sink,
            // Private windows of some browsers refuse; the result is the same, kept by the browser.
            Err(_) => Sink::Blobs(Vec::new()),
        };
        Self { sink, pending: Vec::with_capacity(WRITE_BYTES), written: 0 }
    }

    /// Appends bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= WRITE_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Stop> {
        if self.pending.is_empty() {
            return Ok(());
        }
        match &mut self.sink {
            Sink::Disk { access, .. } => {
                let options = FileSystemReadWriteOptions::new();
                options.set_at(self.written as f64);
                let wrote = access
                    .write_with_u8_array_and_options(&self.pending, &options)
                    .map_err(|error| write_failure(&error))?;
                if wrote as usize != self.pending.len() {
                    return Err(Failure::new("file_quota").into());
                }
            }
            Sink::Blobs(parts) => {
                let bytes = Uint8Array::from(self.pending.as_slice());
                let blob = Blob::new_with_u8_array_sequence(&Array::of1(&bytes))
                    .map_err(|error| write_failure(&error))?;
                parts.push(blob);
            }
        }
        self.written += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }

    /// Closes the file and gives a handle on its bytes.
    pub(super) async fn finish(mut self) -> Result<Blob, Stop> {
        self.flush()?;
        match std::mem::replace(&mut self.sink, Sink::Blobs(Vec::new())) {
            Sink::Disk { file, access } => {
                access.flush().map_err(|error| write_failure(&error))?;
                access.close();
                let file = JsFuture::from(file.get_file()).await.map_err(|error| write_failure(&error))?;
                Ok(file.unchecked_into())
            }
            Sink::Blobs(parts) => {
                let list: Array = parts.iter().collect();
                Ok(Blob::new_with_blob_sequence(&list).map_err(|error| write_failure(&error))?)
            }
        }
    }
}

impl Drop for Output {
    /// A cancelled or failed conversion lets go of its file, so that it can be removed.
    fn drop(&mut self) {
        if let Sink::Disk { access, .. } = &self.sink {
            access.close();
        }
    }
}

async fn on_disk() -> Result<Sink, JsValue> {
    let storage = crate::worker_host::scope().navigator().storage();
    let root: FileSystemDirectoryHandle = JsFuture::from(storage.get_directory()).await?.dyn_into()?;
    remove_stale(&root).await;
    let options = FileSystemGetFileOptions::new();
    options.set_create(true);
    let name = format!("{PREFIX}{}-{}", Date::now(), (js_sys::Math::random() * 1e9) as u64);
    let file = JsFuture::from(root.get_file_handle_with_options(&name, &options)).await?;
    let file: FileSystemFileHandle = file.dyn_into()?;
    let access = JsFuture::from(file.create_sync_access_handle()).await?.dyn_into()?;
    Ok(Sink::Disk { file, access })
}

/// Removes results of earlier visits. One that cannot be removed is in use, and stays.
async fn remove_stale(root: &FileSystemDirectoryHandle) {
    let keys = root.keys();
    let mut stale = Vec::new();
    while let Ok(promise) = keys.next() {
        let Ok(step) = JsFuture::from(promise).await else { break };
        if Reflect::get(&step, &"done".into()).map_or(true, |done| done.is_truthy()) {
            break;
        }
        let name =
            Reflect::get(&step, &"value".into()).ok().and_then(|name| name.as_string()).unwrap_or_default();
        let made = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()?.parse::<f64>().ok());
        if made.is_some_and(|made| Date::now() - made > STALE_MS) {
            stale.push(name);
        }
    }
    for name in stale {
        let _ = JsFuture::from(root.remove_entry(&name)).await;
    }
}

fn write_failure(error: &JsValue) -> Failure {
    let text = |key: &str| {
        Reflect::get(error, &key.into()).ok().and_then(|value| value.as_string()).unwrap_or_default()
    };
    if text("name") == "QuotaExceededError" {
        return Failure::new("file_quota");
    }
    Failure::new("file_write").with("reason", text("message"))
}
