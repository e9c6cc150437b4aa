//! Messages to the page.

use js_sys::{Array, Object, Reflect, Uint8Array};
use protocol::{Event, FromWorker, JobId};
use web_sys::Blob;

/// Posts a message; its bytes are transferred.
pub(super) fn post(message: &FromWorker) {
    post_with(message, None);
}

/// Posts an event of a job.
pub(super) fn event(job: JobId, event: Event) {
    post(&FromWorker::Job { job, event });
}

/// Posts an event with a file beside it; the file is a handle, its bytes stay where they are.
pub(super) fn event_with_blob(job: JobId, event: Event, blob: &Blob) {
    post_with(&FromWorker::Job { job, event }, Some(blob));
}

/// Posts a message with a file beside it.
pub(super) fn with_blob(message: &FromWorker, blob: &Blob) {
    post_with(message, Some(blob));
}

fn post_with(message: &FromWorker, blob: Option<&Blob>) {
    let Ok(bytes) = protocol::encode(message) else { return };
    let bytes = Uint8Array::from(bytes.as_slice());
    let envelope = Object::new();
    // Setting a property of a fresh plain object cannot fail.
    let _ = Reflect::set(&envelope, &"m".into(), &bytes);
    if let Some(blob) = blob {
        let _ = Reflect::set(&envelope, &"f".into(), blob);
    }
    let transfer = Array::of1(&bytes.buffer());
    // A page that is gone takes no messages; there is nobody left to tell.
    let _ = super::scope().post_message_with_transfer(&envelope, &transfer);
}
