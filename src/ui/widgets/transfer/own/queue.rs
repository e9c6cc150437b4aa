//! Files on their way into classes: decoded one after the other, since a large picture takes hundreds of megabytes while it is decoded.

use std::collections::VecDeque;

use leptos::prelude::*;
use protocol::transfer::limits;
use web_sys::File;

use super::store::{Own, store};
use crate::ui::components::intake::decode;
use crate::ui::worker_client::{WorkerClient, use_worker};

/// A handle; cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Queue {
    worker: WorkerClient,
    own: RwSignal<Own>,
    waiting: StoredValue<VecDeque<(u32, File)>, LocalStorage>,
}

impl Queue {
    /// Empty. What waits when its owner goes is dropped.
    pub(super) fn new() -> Queue {
        let own = store();
        own.update(|own| own.pending = 0);
        let left = own.clone();
        on_cleanup(move || left.update(|own| own.pending = 0));
        Queue {
            worker: use_worker(),
            own: RwSignal::from(own),
            waiting: StoredValue::new_local(VecDeque::new()),
        }
    }

    /// Files for a class.
    pub(super) fn push(self, class: u32, files: Vec<File>) {
        let was_idle = self.waiting.with_value(VecDeque::is_empty);
        let count = files.len();
        self.waiting.update_value(|waiting| waiting.extend(files.into_iter().map(|file| (class, file))));
        if count > 0 {
            self.own.update(|own| own.pending += count);
        }
        if was_idle {
            self.next();
        }
    }

    /// Decodes the first one; it leaves the queue when it is done.
    fn next(self) {
        let first = self.waiting.with_value(|waiting| waiting.front().cloned());
        let Some((class, file)) = first else { return };
        let name = file.name();
        decode(self.worker, file, limits::BASE_SIDE, move |decoded| {
            if self.waiting.try_update_value(VecDeque::pop_front).is_none() {
                return;
            }
            self.own.update(|own| {
                own.pending = own.pending.saturating_sub(1);
                match decoded {
                    Ok(decoded) => own.add(class, &name, decoded.square),
                    Err(failure) => own.refuse(class, &name, failure),
                }
            });
            self.next();
        });
    }
}
