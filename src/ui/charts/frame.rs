//! The frame of a chart: canvas, hover, data table, CSV and PNG.

use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::ResizeObserver;

use super::Plot;
use super::draw::{Spot, draw};
use crate::tr;
use crate::ui::components::download;
use crate::ui::text::use_text;
use crate::ui::theme::use_colour_epoch;

/// A mark answers to a pointer this near, in CSS pixels.
const REACH_PX: f64 = 22.0;

/// A chart with everything around it.
#[component]
pub fn ChartFrame(
    /// Its name: heading, file name, and what a screen reader says of the canvas.
    title: Signal<String>,
    /// The data; redrawn on change.
    plot: Signal<Plot>,
    /// Height of the canvas in CSS pixels.
    height_px: Signal<u32>,
    /// For tests and file names.
    id: &'static str,
) -> impl IntoView {
    let t = use_text();
    let canvas = NodeRef::<Canvas>::new();
    let holder = NodeRef::<Div>::new();
    let width = RwSignal::new(0.0_f64);
    let spots = StoredValue::new(Vec::<Spot>::new());
    let tip = RwSignal::new(None::<(f64, f64, String)>);
    let failed = RwSignal::new(None::<String>);
    let as_table = RwSignal::new(false);
    let colours = use_colour_epoch();

    Effect::new(move |_| {
        if let Some(holder) = holder.get() {
            observe_width(&holder, width);
        }
    });
    Effect::new(move |_| {
        colours.track();
        let (width, height) = (width.get(), f64::from(height_px.get()));
        let Some(canvas) = canvas.get() else { return };
        if width < 1.0 {
            return;
        }
        let ratio = window().device_pixel_ratio().clamp(1.0, 3.0);
        canvas.set_width((width * ratio) as u32);
        canvas.set_height((height * ratio) as u32);
        match plot.with(|plot| draw(&canvas, plot, ratio)) {
            Ok(drawn) => {
                failed.set(None);
                spots.set_value(drawn);
            }
            Err(error) => failed.set(Some(error.to_string())),
        }
    });
    let hover = move |event: web_sys::PointerEvent| {
        let ratio = window().device_pixel_ratio().clamp(1.0, 3.0);
        let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        let nearest = spots.with_value(|spots| {
            spots
                .iter()
                .map(|spot| (spot.x / ratio, spot.y / ratio, spot))
                .map(|(spot_x, spot_y, spot)| ((spot_x - x).hypot(spot_y - y), spot_x, spot_y, spot))
                .filter(|(distance, ..)| *distance <= REACH_PX)
                .min_by(|a, b| a.0.total_cmp(&b.0))
                .map(|(_, x, y, spot)| (x, y, spot.note.clone()))
        });
        if tip.get_untracked() != nearest {
            tip.set(nearest);
        }
    };
    let save_csv = move |_| {
        let text = plot.with_untracked(|plot| plot.table.to_csv());
        download::save_text(&format!("{id}.csv"), "text/csv", &text);
    };
    let save_png = move |_| {
        if let Some(canvas) = canvas.get_untracked() {
            download::save_canvas(&format!("{id}.png"), &canvas);
        }
    };
    view! {
        <figure class="chart" data-testid=format!("chart-{id}")>
            <figcaption>
                <span class="chart-title">{move || title.get()}</span>
                <span class="chart-actions">
                    <button class="btn small" aria-pressed=move || as_table.get().to_string() on:click=move |_| as_table.update(|on| *on = !*on)>
                        {tr!(t, shell.table)}
                    </button>
                    <button class="btn small" on:click=save_csv>{tr!(t, shell.export_csv)}</button>
                    <button class="btn small" on:click=save_png>{tr!(t, shell.export_png)}</button>
                </span>
            </figcaption>
            <div class="chart-holder" node_ref=holder style:height=move || format!("{}px", height_px.get())>
                <canvas
                    node_ref=canvas
                    role="img"
                    aria-label=move || title.get()
                    on:pointermove=hover
                    on:pointerleave=move |_| tip.set(None)
                ></canvas>
                {move || tip.get().map(|(x, y, note)| {
                    let flip = x > width.get() * 0.6;
                    view! {
                        <span
                            class="chart-tip"
                            class:flip=flip
                            style:left=format!("{x}px")
                            style:top=format!("{y}px")
                        >{note}</span>
                    }
                })}
            </div>
            {move || failed.get().map(|reason| view! { <p class="notice" role="alert">{reason}</p> })}
            {move || as_table.get().then(|| table_view(plot))}
        </figure>
    }
}

fn table_view(plot: Signal<Plot>) -> impl IntoView {
    let t = use_text();
    view! {
        <div class="table-scroll chart-table" tabindex="0" role="region" aria-label=tr!(t, shell.table)>
            <table class="data">
                <thead><tr>{move || plot.with(|plot| plot.table.head.clone()).into_iter()
                    .map(|cell| view! { <th scope="col">{cell}</th> }).collect_view()}</tr></thead>
                <tbody>{move || plot.with(|plot| plot.table.rows.clone()).into_iter().map(|row| view! {
                    <tr>{row.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view()}</tr>
                }).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// Keeps `width` at the element's own, and lets go when the chart does.
fn observe_width(holder: &web_sys::HtmlDivElement, width: RwSignal<f64>) {
    let target: web_sys::Element = holder.clone().into();
    let measured = target.clone();
    let on_resize = Closure::<dyn FnMut()>::new(move || {
        let now = measured.get_bounding_client_rect().width().floor();
        if width.try_get_untracked().is_some_and(|before| (before - now).abs() >= 1.0) {
            width.set(now);
        }
    });
    if let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
        observer.observe(&target);
        let kept = StoredValue::new_local(Some((observer, on_resize)));
        on_cleanup(move || {
            if let Some(Some((observer, _))) = kept.try_update_value(Option::take) {
                observer.disconnect();
            }
        });
    }
}
