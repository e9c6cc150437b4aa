//! Being run again when something changes, without reading it for its value.

use leptos::prelude::*;

/// Has the running effect or memo run again whenever `source` changes.
///
/// `track()` subscribes to a memo but does not compute it, and a memo that was never computed has no sources: it never
/// changes, and whoever tracks it waits for ever. This reads it.
#[allow(clippy::needless_pass_by_value, reason = "a handle of a signal, which is copied")]
pub fn follow<T: ?Sized>(source: impl With<Value = T>) {
    source.with(|_| ());
}
