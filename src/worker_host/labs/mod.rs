//! Labs in the worker: one task each, with an inbox of commands.
//!
//! A task trains in slices and lets messages in between them, so that several labs share the worker and every command is
//! heard within a slice. Graphics devices are asked for, calibrated and lost here; the page is told.

#[cfg(feature = "augmentation")]
pub(super) mod augmentation;
#[cfg(feature = "throughput")]
mod classifier;
pub(super) mod data;
mod device;
mod drive;
mod experiment;
mod files;
#[cfg(feature = "gan")]
mod gan;
mod identity;
#[cfg(feature = "overfitting")]
pub(super) mod overfitting;
mod precision;
mod rounding;
#[cfg(feature = "transfer")]
mod transfer;

use std::cell::RefCell;
use std::collections::HashMap;

use futures_channel::mpsc::{self, UnboundedSender};
use protocol::{Failure, FromWorker, LabCommand, LabEvent, LabId};
use web_sys::Blob;

use super::post;
#[cfg(feature = "throughput")]
pub(super) use device::acquire;

/// A command with its file.
type Letter = (LabCommand, Option<Blob>);

thread_local! {
    static INBOXES: RefCell<HashMap<LabId, UnboundedSender<Letter>>> = RefCell::new(HashMap::new());
}

/// Passes a command to its lab. The first one that a lab hears has to open it.
pub(super) fn receive(lab: LabId, command: LabCommand, file: Option<Blob>) {
    if matches!(command, LabCommand::Close) {
        // The task ends when its inbox has no sender left.
        INBOXES.with_borrow_mut(|inboxes| inboxes.remove(&lab));
        return;
    }
    let known = INBOXES.with_borrow(|inboxes| inboxes.get(&lab).cloned());
    let inbox = known.unwrap_or_else(|| {
        let (sender, receiver) = mpsc::unbounded();
        INBOXES.with_borrow_mut(|inboxes| inboxes.insert(lab, sender.clone()));
        wasm_bindgen_futures::spawn_local(drive::drive(lab, receiver));
        sender
    });
    // The task lives until its last sender is gone, so it is there to hear this.
    let _ = inbox.unbounded_send((command, file));
}

/// Tells the page something about a lab.
fn say(lab: LabId, event: LabEvent) {
    post::post(&FromWorker::Lab { lab, event });
}

fn fail(lab: LabId, failure: Failure) {
    say(lab, LabEvent::Failed(failure));
}

/// An error of an experiment, for the page.
fn lab_failure(error: &experiments::lab::LabError) -> Failure {
    use experiments::lab::LabError as E;
    match error {
        E::UnknownView(name) | E::UnknownSetting(name) => Failure::new("lab_unknown_name").with("name", name),
        E::OutOfRange { name, value, least, most } => Failure::new("lab_limit")
            .with("name", name)
            .with("value", value)
            .with("low", least)
            .with("high", most),
        E::Setting { name, expected, found } => {
            Failure::new("lab_setting").with("name", name).with("expected", expected).with("found", found)
        }
    }
}
