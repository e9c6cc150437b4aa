//! Labs of a worker: opened, told, heard.
//!
//! A lab lives in the worker. When the worker dies, its labs are told [`Heard::Gone`]; whoever opened one may open it again and
//! restore what it saved.

use std::rc::Rc;

use protocol::{LabCommand, LabEvent, LabId, LabSpec, ToWorker, Trial, Turn};
use web_sys::Blob;

use super::WorkerClient;

/// What a lab's owner hears.
#[derive(Debug, Clone)]
pub enum Heard {
    /// From the lab, with the file that came along.
    Event(LabEvent, Option<Blob>),
    /// Its worker died: why.
    Gone(String),
}

/// Whoever listens to a lab.
pub(super) type OnHeard = Rc<dyn Fn(Heard)>;

impl WorkerClient {
    /// Opens a lab, now or as soon as the worker is ready; `trials` are what earlier visits found about devices, `schedule` what it turns on the way. `on_heard` is
    /// called until the lab is closed.
    pub fn open_lab(
        self,
        spec: LabSpec,
        trials: Vec<Trial>,
        schedule: Vec<Turn>,
        on_heard: impl Fn(Heard) + 'static,
    ) -> LabId {
        let id = {
            let inner = self.inner();
            let mut inner = inner.borrow_mut();
            let id = inner.next_job;
            inner.next_job += 1;
            inner.labs.insert(id, Rc::new(on_heard));
            id
        };
        self.revive();
        self.tell_lab(id, LabCommand::Open { spec, trials, schedule }, None);
        id
    }

    /// Sends a command with its file.
    pub fn tell_lab(self, lab: LabId, command: LabCommand, file: Option<Blob>) {
        let message = ToWorker::Lab { lab, command };
        let inner = self.inner();
        let ready = inner.borrow().ready;
        if ready {
            self.post(&message, file.as_ref());
        } else {
            inner.borrow_mut().letters.push((message, file));
        }
    }

    /// Ends a lab; nothing is heard of it any more.
    pub fn close_lab(self, lab: LabId) {
        let known = self.inner().borrow_mut().labs.remove(&lab).is_some();
        if known {
            self.tell_lab(lab, LabCommand::Close, None);
        }
    }

    pub(super) fn hear_lab(self, lab: LabId, event: LabEvent, file: Option<Blob>) {
        let on_heard = self.inner().borrow().labs.get(&lab).cloned();
        if let Some(on_heard) = on_heard {
            on_heard(Heard::Event(event, file));
        }
    }

    /// Tells every lab that the worker is gone, and forgets them.
    pub(super) fn lose_labs(self, reason: &str) {
        let labs: Vec<OnHeard> = {
            let inner = self.inner();
            let mut inner = inner.borrow_mut();
            inner.letters.clear();
            inner.labs.drain().map(|(_, on_heard)| on_heard).collect()
        };
        for on_heard in labs {
            on_heard(Heard::Gone(reason.to_owned()));
        }
    }
}
