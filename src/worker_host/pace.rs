//! Letting other work in.

use std::cell::RefCell;
use std::collections::VecDeque;

use futures_channel::oneshot;
use wasm_bindgen::prelude::*;
use web_sys::MessageChannel;

thread_local! {
    /// One channel for all pauses. A message to oneself is a task of its own and, unlike a timer, is never held back for
    /// the 4 ms that browsers add to nested timers.
    static CHANNEL: Option<MessageChannel> = open();
    /// Who waits, first come first.
    static WAITING: RefCell<VecDeque<oneshot::Sender<()>>> = const { RefCell::new(VecDeque::new()) };
}

fn open() -> Option<MessageChannel> {
    let channel = MessageChannel::new().ok()?;
    let on_message = Closure::<dyn FnMut()>::new(|| {
        if let Some(next) = WAITING.with_borrow_mut(VecDeque::pop_front) {
            // Whoever waited may have been dropped.
            let _ = next.send(());
        }
    });
    channel.port1().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget(); // lives as long as the worker
    Some(channel)
}

/// Ends the current task: messages that wait are handled before the caller goes on.
pub(super) async fn yield_now() {
    let posted = CHANNEL.with(|channel| {
        let port = channel.as_ref()?.port2();
        let (sender, receiver) = oneshot::channel();
        WAITING.with_borrow_mut(|waiting| waiting.push_back(sender));
        // Posting nothing cannot fail to be cloned.
        port.post_message(&JsValue::NULL).ok().map(|()| receiver)
    });
    match posted {
        Some(receiver) => {
            let _ = receiver.await;
        }
        None => gloo_timers::future::TimeoutFuture::new(0).await,
    }
}
