//! Parts of a page that come a frame later, one a frame.
//!
//! A widget with everything under it takes longer to be made than the page's thread may be busy at a time. What is under the stage is out of
//! sight at first, so it is made in turns, from the top down.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use leptos::prelude::*;

use crate::ui::view::dynamic;

thread_local! {
    static WAITING: RefCell<VecDeque<RwSignal<bool>>> = const { RefCell::new(VecDeque::new()) };
    static IS_FRAME_ASKED: Cell<bool> = const { Cell::new(false) };
}

fn ask_for_frame() {
    if IS_FRAME_ASKED.replace(true) {
        return;
    }
    request_animation_frame(|| {
        // The frame itself is painted first: a part that is made in it would hold it up.
        set_timeout(
            || {
                IS_FRAME_ASKED.set(false);
                // Those whose page was left cost no frame.
                while let Some(is_due) = WAITING.with_borrow_mut(VecDeque::pop_front) {
                    if is_due.try_set(true).is_none() {
                        break;
                    }
                }
                if WAITING.with_borrow(|waiting| !waiting.is_empty()) {
                    ask_for_frame();
                }
            },
            std::time::Duration::ZERO,
        );
    });
}

/// What is inside, when its turn comes.
#[component]
pub fn Later(
    /// What is to come.
    children: ChildrenFn,
) -> impl IntoView {
    let is_due = RwSignal::new(false);
    WAITING.with_borrow_mut(|waiting| waiting.push_back(is_due));
    ask_for_frame();
    // Woken before its page was left, it still runs once after.
    dynamic(move || is_due.try_get().unwrap_or(false).then(|| children()))
}
