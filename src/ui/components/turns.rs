//! Canvases paint in turns: one a frame, only those on screen, and each no more often than it wants to.
//!
//! A training network changes every picture of a page at once. Painted together they would hold the page's thread for as long as all of
//! them take; one after the other, none holds it longer than its own painting. What is scrolled away waits until it comes near the screen; a
//! page that is about to be printed is painted whole, since paper has no screen.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::time::Duration;

use gloo_events::EventListener;
use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

/// How far beyond the screen a canvas counts as on it: so far one scrolls within a few frames.
const MARGIN: &str = "50% 0px";

struct Slot {
    /// Its effect may paint.
    granted: Cell<bool>,
    /// It wants to.
    wants: Cell<bool>,
    queued: Cell<bool>,
    on_screen: Cell<bool>,
    /// Runs the effect again.
    turn: RwSignal<u32>,
    /// Least time between two paintings, and when the last one was: ms.
    least_ms: f64,
    painted_ms: Cell<f64>,
}

thread_local! {
    static QUEUE: RefCell<VecDeque<Rc<Slot>>> = const { RefCell::new(VecDeque::new()) };
    static IS_FRAME_ASKED: Cell<bool> = const { Cell::new(false) };
    /// Every canvas of the page, for printing.
    static ALL: RefCell<Vec<Weak<Slot>>> = const { RefCell::new(Vec::new()) };
    static PRINTING: RefCell<Option<EventListener>> = const { RefCell::new(None) };
}

/// A canvas's place in the queue.
#[derive(Clone, Copy)]
pub struct Turn(StoredValue<Rc<Slot>, LocalStorage>);

impl Turn {
    /// Of a canvas that is painted at most every `least_ms`.
    pub fn of(canvas: NodeRef<Canvas>, least_ms: f64) -> Turn {
        let slot = Rc::new(Slot {
            granted: Cell::new(false),
            wants: Cell::new(false),
            queued: Cell::new(false),
            on_screen: Cell::new(true),
            turn: RwSignal::new(0),
            least_ms,
            painted_ms: Cell::new(f64::NEG_INFINITY),
        });
        ALL.with_borrow_mut(|all| {
            all.retain(|slot| slot.strong_count() > 0);
            all.push(Rc::downgrade(&slot));
        });
        PRINTING.with_borrow_mut(|listener| {
            listener.get_or_insert_with(|| EventListener::new(&window(), "beforeprint", |_| paint_all()));
        });
        let watched = slot.clone();
        Effect::new(move |_| {
            if let Some(canvas) = canvas.get() {
                watch(&canvas, &watched);
            }
        });
        Turn(StoredValue::new_local(slot))
    }

    /// For the first line of an effect that paints. False: it is not this canvas's turn; the effect runs again when it is, and need not read
    /// anything before.
    pub fn take(self) -> bool {
        // An effect that was woken before its page went away still runs once after.
        let Some(slot) = self.0.try_get_value() else { return false };
        if slot.turn.try_get().is_none() {
            return false;
        }
        if slot.granted.replace(false) {
            return true;
        }
        slot.wants.set(true);
        line_up(&slot);
        false
    }
}

fn now_ms() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

fn line_up(slot: &Rc<Slot>) {
    if slot.wants.get() && slot.on_screen.get() && !slot.queued.replace(true) {
        let join = {
            let slot = slot.clone();
            move || {
                QUEUE.with_borrow_mut(|queue| queue.push_back(slot));
                ask_for_frame();
            }
        };
        let early_ms = slot.painted_ms.get() + slot.least_ms - now_ms();
        if early_ms > 0.0 {
            set_timeout(join, Duration::from_secs_f64(early_ms / 1000.0));
        } else {
            join();
        }
    }
}

fn ask_for_frame() {
    if !IS_FRAME_ASKED.replace(true) {
        request_animation_frame(|| {
            IS_FRAME_ASKED.set(false);
            // Those whose canvas is gone cost no frame.
            while let Some(slot) = QUEUE.with_borrow_mut(VecDeque::pop_front) {
                slot.queued.set(false);
                if slot.wants.get() && grant(&slot) {
                    break;
                }
            }
            if QUEUE.with_borrow(|queue| !queue.is_empty()) {
                ask_for_frame();
            }
        });
    }
}

/// Its effect runs again and paints; false when its owner is gone.
fn grant(slot: &Slot) -> bool {
    slot.wants.set(false);
    slot.granted.set(true);
    slot.painted_ms.set(now_ms());
    slot.turn.try_update(|turn| *turn = turn.wrapping_add(1)).is_some()
}

/// What waits for the screen or its turn is painted now: effects run before the browser lays the paper out.
fn paint_all() {
    let all: Vec<Rc<Slot>> = ALL.with_borrow(|all| all.iter().filter_map(Weak::upgrade).collect());
    for slot in all.iter().filter(|slot| slot.wants.get()) {
        grant(slot);
    }
}

/// Follows whether the canvas is on screen, for as long as its owner lives.
fn watch(canvas: &web_sys::Element, slot: &Rc<Slot>) {
    let slot = slot.clone();
    let callback = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
        // The last entry is the latest.
        let entry = entries.get(entries.length().wrapping_sub(1)).dyn_into::<IntersectionObserverEntry>();
        if let Ok(entry) = entry {
            slot.on_screen.set(entry.is_intersecting());
            line_up(&slot);
        }
    });
    // A browser without observers paints everything.
    let near = IntersectionObserverInit::new();
    near.set_root_margin(MARGIN);
    if let Ok(observer) = IntersectionObserver::new_with_options(callback.as_ref().unchecked_ref(), &near) {
        observer.observe(canvas);
        let kept = StoredValue::new_local(Some((observer, callback)));
        on_cleanup(move || {
            if let Some(Some((observer, _))) = kept.try_update_value(Option::take) {
                observer.disconnect();
            }
        });
    }
}
