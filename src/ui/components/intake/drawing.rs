//! A sheet to draw on, with a pointer or with keys.

use leptos::html::Canvas;
use leptos::prelude::*;
use web_sys::{File, HtmlCanvasElement, KeyboardEvent, PointerEvent};

use super::file_of;
use crate::tr;
use crate::ui::components::raster::context;
use crate::ui::text::use_text;

/// Pixels along a side.
const SIDE: u32 = 224;
/// Pixels of a stroke's width, and of one step of an arrow key.
const WIDTH: f64 = 12.0;
const STEP: f64 = 8.0;

fn clear(canvas: &HtmlCanvasElement) {
    if let Some(context) = context(canvas) {
        context.set_fill_style_str("#fff");
        context.fill_rect(0.0, 0.0, SIDE.into(), SIDE.into());
    }
}

fn stroke(canvas: &HtmlCanvasElement, from: (f64, f64), to: (f64, f64)) {
    let Some(context) = context(canvas) else { return };
    context.set_stroke_style_str("#111");
    context.set_line_width(WIDTH);
    context.set_line_cap("round");
    context.begin_path();
    context.move_to(from.0, from.1);
    context.line_to(to.0, to.1);
    context.stroke();
}

/// The place of a pointer in the canvas's own pixels.
fn place(canvas: &HtmlCanvasElement, event: &PointerEvent) -> (f64, f64) {
    let bounds = canvas.get_bounding_client_rect();
    let scale = |offset: f64, size: f64| offset / size.max(1.0) * f64::from(SIDE);
    let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
    (scale(x - bounds.left(), bounds.width()), scale(y - bounds.top(), bounds.height()))
}

/// The sheet.
#[component]
pub(super) fn Drawing(
    /// Takes the drawing.
    on_file: Callback<File>,
) -> impl IntoView {
    let t = use_text();
    let canvas = NodeRef::<Canvas>::new();
    let last = StoredValue::new(None::<(f64, f64)>);
    // With keys: where the pen is, and whether it is down.
    let pen = StoredValue::new((f64::from(SIDE) / 2.0, f64::from(SIDE) / 2.0));
    let is_down = RwSignal::new(false);
    let count = StoredValue::new(0);
    // An empty sheet is neither added nor cleared.
    let is_blank = RwSignal::new(true);
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            clear(&canvas);
        }
    });
    let pressed = move |event: PointerEvent| {
        let Some(canvas) = canvas.get_untracked() else { return };
        // Without capture a stroke ends at the edge; nothing else is lost.
        let _ = canvas.set_pointer_capture(event.pointer_id());
        let at = place(&canvas, &event);
        stroke(&canvas, at, at);
        is_blank.set(false);
        last.set_value(Some(at));
    };
    let moved = move |event: PointerEvent| {
        let (Some(canvas), Some(from)) = (canvas.get_untracked(), last.get_value()) else { return };
        let at = place(&canvas, &event);
        stroke(&canvas, from, at);
        last.set_value(Some(at));
    };
    let keyed = move |event: KeyboardEvent| {
        let Some(canvas) = canvas.get_untracked() else { return };
        let step = match event.key().as_str() {
            "ArrowLeft" => (-STEP, 0.0),
            "ArrowRight" => (STEP, 0.0),
            "ArrowUp" => (0.0, -STEP),
            "ArrowDown" => (0.0, STEP),
            " " | "Enter" => {
                event.prevent_default();
                is_down.update(|down| *down = !*down);
                return;
            }
            _ => return,
        };
        event.prevent_default();
        let from = pen.get_value();
        let within = |x: f64| x.clamp(0.0, SIDE.into());
        let to = (within(from.0 + step.0), within(from.1 + step.1));
        pen.set_value(to);
        if is_down.get_untracked() {
            stroke(&canvas, from, to);
            is_blank.set(false);
        }
    };
    let begin_anew = move || {
        if let Some(canvas) = canvas.get_untracked() {
            clear(&canvas);
            is_blank.set(true);
            // Its buttons rest now: who came by keyboard goes on drawing.
            let _ = canvas.focus();
        }
    };
    let add = move |_| {
        let Some(canvas) = canvas.get_untracked() else { return };
        let number = count.try_update_value(|count| {
            *count += 1;
            *count
        });
        file_of(&canvas, format!("drawing-{}.png", number.unwrap_or_default()), on_file);
        begin_anew();
    };
    view! {
        <div class="tool" data-testid="own-drawing">
            <canvas class="sheet-canvas" width=SIDE.to_string() height=SIDE.to_string() node_ref=canvas tabindex="0" role="application"
                aria-label=tr!(t, intake.draw_label)
                on:pointerdown=pressed on:pointermove=moved on:pointerup=move |_| last.set_value(None) on:pointercancel=move |_| last.set_value(None)
                on:keydown=keyed></canvas>
            <div class="intake-tools">
                <button class="btn small" disabled=is_blank on:click=add data-testid="own-drawing-add">{tr!(t, intake.draw_add)}</button>
                <button class="btn small" disabled=is_blank on:click=move |_| begin_anew()>{tr!(t, intake.draw_clear)}</button>
                <span class="hint">{tr!(t, intake.draw_hint)}</span>
            </div>
        </div>
    }
}
