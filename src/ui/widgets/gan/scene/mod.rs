//! The stage of points: real density, the discriminator's field, generated points, arrows, a walk; and the pad to draw on.

pub mod paint;
pub mod raster;

use std::rc::Rc;

use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use protocol::View;

use self::paint::{Palette, Picture};
use self::raster::{Output, REACH, leanings};
use super::session::{Duel, Runner};
use super::slow::Shown;
use super::{params, points};
use crate::ui::components::turns::Turn;
use crate::ui::components::width::observe_width;
use crate::ui::follow::follow;
use crate::ui::text::use_text;
use crate::ui::theme::use_colour_epoch;
use crate::ui::view::dynamic;

/// The pad's cursor moves by so much a key.
const CURSOR_STEP: f32 = 0.05;

/// Whether what has the focus got it by keyboard, as the browser sees it: a pointer needs no other cursor.
fn is_by_key(event: &web_sys::FocusEvent) -> bool {
    event_target::<web_sys::Element>(event).matches(":focus-visible").unwrap_or(true)
}

/// Rows of a view that fits.
fn rows<const N: usize>(view: Option<&Rc<View>>) -> &[[f32; N]] {
    view.map_or(&[], |view| view.values.as_chunks::<N>().0)
}

/// A run's stage. On the first run's a drawing can be made.
#[component]
pub fn Scene(
    /// The widget's runs.
    duel: Duel,
    /// Whose stage.
    runner: Runner,
    /// Its loss, which gives outputs their meaning.
    loss: Signal<String>,
    /// What slow motion shows instead of samples.
    shown: Signal<Option<Shown>, LocalStorage>,
    /// Its name, for screen readers.
    label: Signal<String>,
    /// It takes drawings.
    pad: bool,
    /// For tests.
    testid: &'static str,
) -> impl IntoView {
    let t = use_text();
    let state = duel.state;
    let (canvas, holder) = (NodeRef::<Canvas>::new(), NodeRef::<Div>::new());
    // Below the canvas of points and lines, each of few pixels: stretching them is the browser's work, and most of a picture's.
    let (law_canvas, field_canvas) = (NodeRef::<Canvas>::new(), NodeRef::<Canvas>::new());
    let width = RwSignal::new(0.0_f64);
    let epoch = use_colour_epoch();
    let [law, field, fakes, arrows, walk] =
        ["law", "field", "points", "arrows", "walk"].map(|name| runner.look(name));
    let palette = StoredValue::new_local(None::<(u32, Palette)>);
    // What the law's canvas shows: colours and values; none while something is drawn.
    let law_shown = StoredValue::new_local(None::<(u32, Rc<View>)>);
    let drawing = RwSignal::new(None::<Vec<[f32; 2]>>);
    let cursor = RwSignal::new(None::<[f32; 2]>);
    let is_pad = Memo::new(move |_| pad && state.get(&params::DATA) == "drawn");

    Effect::new(move |_| {
        if let Some(holder) = holder.get() {
            observe_width(&holder, width);
        }
    });
    let paint = move || {
        let Some(canvas) = canvas.get_untracked() else { return };
        let ratio = window().device_pixel_ratio().clamp(1.0, 3.0);
        let side = (width.get_untracked() * ratio) as u32;
        if side == 0 {
            return;
        }
        if (canvas.width(), canvas.height()) != (side, side) {
            canvas.set_width(side);
            canvas.set_height(side);
        }
        let now = epoch.get_untracked();
        if !palette.with_value(|known| known.as_ref().is_some_and(|(of, _)| *of == now)) {
            palette.set_value(Some((now, Palette::of(&canvas))));
        }
        let Some(colours) = palette.get_value().map(|(_, colours)| colours) else { return };
        let instead = shown.get_untracked();
        let own = drawing.get_untracked();
        let (field, fakes, arrows, walk) =
            (field.get_untracked(), fakes.get_untracked(), arrows.get_untracked(), walk.get_untracked());
        let flag = |param| state.now(param) == "1";
        if let Some(under) = law_canvas.get_untracked() {
            let wanted = law.get_untracked().filter(|_| own.is_none());
            // A law that is sent again is mostly the same.
            let is_shown = law_shown.with_value(|known| match (known, &wanted) {
                (Some((of, known)), Some(view)) => *of == now && known.values == view.values,
                (None, None) => true,
                _ => false,
            });
            if !is_shown {
                match &wanted {
                    Some(view) => paint::draw_law(&under, &view.values, &colours),
                    None => paint::clear(&under),
                }
                law_shown.set_value(wanted.map(|view| (now, view)));
            }
        }
        let meaning = loss.with_untracked(|loss| Output::of(loss));
        let leanings = field
            .filter(|_| flag(&params::FIELD))
            .map_or_else(Vec::new, |view| leanings(&view.values, meaning));
        if let Some(under) = field_canvas.get_untracked() {
            if leanings.is_empty() {
                paint::clear(&under);
            } else {
                paint::draw_field(&under, &leanings, &colours);
            }
        }
        let mut picture = Picture {
            leanings: &leanings,
            fakes: rows(fakes.as_ref()),
            arrows: if flag(&params::ARROWS) { rows(arrows.as_ref()) } else { &[] },
            walk: if flag(&params::WALK) { rows(walk.as_ref()) } else { &[] },
            walk_at: state.now(&params::WALK_AT).parse().unwrap_or(0),
            cursor: cursor.get_untracked(),
            ..Picture::default()
        };
        if let Some(shown) = &instead {
            picture.fakes = &shown.fakes;
            picture.reals = &shown.reals;
            picture.arrows = &shown.arrows;
        }
        if let Some(own) = &own {
            picture.reals = own;
        }
        paint::draw(&canvas, &picture, &colours, ratio);
    };
    let turn = Turn::of(canvas, 0.0);
    Effect::new(move |_| {
        if !turn.take() {
            return;
        }
        follow(width);
        follow(epoch);
        follow(loss);
        follow(canvas);
        [law, field, fakes, arrows, walk].into_iter().for_each(follow);
        for param in [&params::FIELD, &params::ARROWS, &params::WALK, &params::WALK_AT] {
            follow(state.signal(param));
        }
        follow(shown);
        follow(drawing);
        follow(cursor);
        paint();
    });

    let place = move |event: &web_sys::PointerEvent| -> Option<[f32; 2]> {
        let side = width.get_untracked();
        let at = |offset: i32| 2.0 * REACH * f64::from(offset) / side.max(1.0) - REACH;
        let point = [at(event.offset_x()) as f32, -at(event.offset_y()) as f32];
        point.iter().all(|x| x.abs() <= 1.0).then_some(point)
    };
    let add = move |point: [f32; 2]| {
        drawing.update(|drawing| {
            let drawing = drawing.get_or_insert_default();
            let near = |last: &[f32; 2]| (last[0] - point[0]).hypot(last[1] - point[1]) < points::STROKE_STEP;
            if drawing.len() < points::MAX_POINTS && !drawing.last().is_some_and(near) {
                drawing.push(point);
            }
        });
    };
    let begin = move || {
        if drawing.with_untracked(Option::is_none) {
            let text = state.now(&params::DRAWN);
            // The example gives way to the first own stroke.
            drawing.set(Some(points::decode(&text)));
        }
    };
    let commit = move || {
        if let Some(own) = drawing.get_untracked()
            && !own.is_empty()
        {
            state.set(&params::DRAWN, &points::encode(&own));
            drawing.set(None);
        }
    };
    // What was begun on the pad is no part of other data.
    Effect::watch(
        move || is_pad.get(),
        move |&is_pad, _, _| {
            if !is_pad {
                drawing.set(None);
                cursor.set(None);
            }
        },
        false,
    );
    let is_down = StoredValue::new(false);
    let on_down = move |event: web_sys::PointerEvent| {
        if is_pad.get_untracked() && event.button() == 0 {
            if let Some(canvas) = canvas.get_untracked() {
                // Without capture a stroke merely ends at the edge.
                let _ = canvas.set_pointer_capture(event.pointer_id());
            }
            is_down.set_value(true);
            begin();
            if let Some(point) = place(&event) {
                add(point);
            }
        }
    };
    let on_move = move |event: web_sys::PointerEvent| {
        if is_down.get_value()
            && let Some(point) = place(&event)
        {
            add(point);
        }
    };
    let on_up = move |_| {
        if is_down.get_value() {
            is_down.set_value(false);
            commit();
        }
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        if !is_pad.get_untracked() {
            return;
        }
        let [x, y] = cursor.get_untracked().unwrap_or_default();
        let step = if event.shift_key() { 0.2 * CURSOR_STEP } else { CURSOR_STEP };
        let moved = match event.key().as_str() {
            "ArrowLeft" => [x - step, y],
            "ArrowRight" => [x + step, y],
            "ArrowUp" => [x, y + step],
            "ArrowDown" => [x, y - step],
            " " => {
                begin();
                add([x, y]);
                [x, y]
            }
            "Backspace" | "Delete" => {
                begin();
                drawing.update(|drawing| {
                    if let Some(drawing) = drawing {
                        drawing.pop();
                    }
                });
                [x, y]
            }
            "Enter" => {
                commit();
                [x, y]
            }
            _ => return,
        };
        event.prevent_default();
        cursor.set(Some(moved.map(|x| x.clamp(-1.0, 1.0))));
    };
    view! {
        // Slow motion marks what it is about, and no link leads into it; nor into a drawing that is not finished.
        <div class="gan-stage" node_ref=holder data-visit=move || (duel.slow.get() || drawing.with(Option::is_some)).then_some("") data-testid=testid>
            <canvas node_ref=field_canvas class="under" aria-hidden="true"></canvas>
            <canvas node_ref=law_canvas class="under" aria-hidden="true"></canvas>
            <canvas
                node_ref=canvas
                class="over"
                class:pad=move || is_pad.get()
                role=move || if is_pad.get() { "application" } else { "img" }
                tabindex=move || if is_pad.get() { "0" } else { "-1" }
                aria-label=move || {
                    if is_pad.get() { format!("{} {}", label.get(), t.get().gan.pad_keys) } else { label.get() }
                }
                on:pointerdown=on_down
                on:pointermove=on_move
                on:pointerup=on_up
                on:pointercancel=on_up
                on:keydown=on_key
                on:focus=move |event| if is_pad.get_untracked() && is_by_key(&event) { cursor.set(Some([0.0, 0.0])); }
                on:blur=move |_| { cursor.set(None); commit(); }
            ></canvas>
        </div>
        {dynamic(move || is_pad.get().then(|| view! {
            <p class="hint pad-line">
                <span>{t.get().gan.pad_hint}</span>
                <button class="btn small" on:click=move |_| { drawing.set(Some(Vec::new())); } data-testid="gan-pad-clear">{t.get().gan.pad_clear}</button>
                <button class="btn small" on:click=move |_| { drawing.set(None); state.set(&params::DRAWN, ""); }>{t.get().gan.pad_example}</button>
            </p>
        }))}
    }
}
