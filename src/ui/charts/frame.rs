//! The frame of a chart: canvas, hover, data table, CSV and PNG.

use std::time::Duration;

use crate::ui::view::dynamic;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;

use super::colours::Colours;
use super::draw::draw;
use super::hover::{self, Drawn};
use super::legend::{entries, legend};
use super::{Marks, Plot, Table};
use crate::tr;
use crate::ui::components::download;
use crate::ui::components::turns::Turn;
use crate::ui::components::width::observe_width;
use crate::ui::follow::follow;
use crate::ui::text::{fill, use_text};
use crate::ui::theme::use_colour_epoch;

/// A mark answers to a pointer this near, in CSS pixels.
const REACH_PX: f64 = 22.0;
/// Between two paintings. A line that grows ten times a second looks no different, and costs the training as much as the page.
const PAINT_MS: f64 = 250.0;
/// Rows of the table, at most; all are in the CSV. Cells are made anew with every change of the data: so many within a few tens of milliseconds.
const MAX_ROWS: usize = 100;

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
    /// Its figures are timings, which differ from one visit to the next.
    #[prop(optional)]
    measured: bool,
) -> impl IntoView {
    let t = use_text();
    let canvas = NodeRef::<Canvas>::new();
    let holder = NodeRef::<Div>::new();
    let width = RwSignal::new(0.0_f64);
    let drawn = StoredValue::new(Drawn::default());
    // Reading colours makes the browser compute styles: once for each theme, not for each frame.
    let palette = StoredValue::new(None::<(u32, Colours)>);
    let tip = RwSignal::new(None::<(f64, f64, String)>);
    let failed = RwSignal::new(None::<String>);
    let as_table = RwSignal::new(false);
    let colours = use_colour_epoch();

    Effect::new(move |_| {
        if let Some(holder) = holder.get() {
            observe_width(&holder, width);
        }
    });
    let names = Memo::new(move |_| plot.with(entries));
    let turn = Turn::of(canvas, PAINT_MS);
    Effect::new(move |_| {
        if !turn.take() {
            return;
        }
        let epoch = colours.get();
        let (width, height) = (width.get(), f64::from(height_px.get()));
        let Some(canvas) = canvas.get() else { return };
        if width < 1.0 {
            return;
        }
        let ratio = window().device_pixel_ratio().clamp(1.0, 3.0);
        let size = ((width * ratio) as u32, (height * ratio) as u32);
        if (canvas.width(), canvas.height()) != size {
            canvas.set_width(size.0);
            canvas.set_height(size.1);
        }
        let known = palette.get_value().filter(|(of, _)| *of == epoch).map(|(_, colours)| colours);
        let colours = known.unwrap_or_else(|| Colours::of(&canvas));
        palette.set_value(Some((epoch, colours)));
        match plot.with(|plot| draw(&canvas, plot, colours, ratio)) {
            Ok(now) => {
                if failed.with_untracked(Option::is_some) {
                    failed.set(None);
                }
                drawn.set_value(now);
            }
            Err(error) => failed.set(Some(error.to_string())),
        }
    });
    let hover = move |event: web_sys::PointerEvent| {
        let ratio = window().device_pixel_ratio().clamp(1.0, 3.0);
        let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        let nearest = drawn
            .with_value(|drawn| {
                plot.with_untracked(|plot| hover::at(plot, drawn, x * ratio, y * ratio, REACH_PX * ratio))
            })
            .map(|(x, y, note)| (x / ratio, y / ratio, note));
        if tip.get_untracked() != nearest {
            tip.set(nearest);
        }
    };
    let save_csv = move |_| {
        let text = plot.with_untracked(|plot| plot.as_table().to_csv());
        download::save_text(&format!("{id}.csv"), "text/csv", &text);
    };
    let save_png = move |_| {
        if let Some(canvas) = canvas.get_untracked() {
            download::save_canvas(&format!("{id}.png"), &canvas);
        }
    };
    view! {
        <figure class="chart" data-measured=measured.then_some("") data-testid=format!("chart-{id}")>
            <figcaption>
                <span class="chart-title">{dynamic(move || title.get())}</span>
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
                {dynamic(move || tip.get().map(|(x, y, note)| {
                    let flip = x > width.get() * 0.6;
                    view! {
                        <span
                            class="chart-tip"
                            class:flip=flip
                            style:left=format!("{x}px")
                            style:top=format!("{y}px")
                        >{note}</span>
                    }
                }))}
            </div>
            {dynamic(move || names.get().map(legend))}
            {dynamic(move || failed.get().map(|reason| view! { <p class="notice" role="alert">{reason}</p> }))}
            {dynamic(move || as_table.get().then(|| table_view(plot)))}
        </figure>
    }
}

/// What of a chart's table is shown.
#[derive(Debug, Clone, PartialEq)]
struct Shown {
    head: Vec<String>,
    /// All rows, or so many at even distances, the first and the last among them.
    rows: Vec<Vec<String>>,
    /// Rows that there are.
    all: usize,
    /// The first column names its row; it is a figure like the others where lines are drawn.
    first_is_name: bool,
}

impl Shown {
    fn of(plot: &Plot) -> Self {
        Self::some(plot.as_table(), !matches!(plot.marks, Marks::Lines(_)))
    }

    fn some(table: Table, first_is_name: bool) -> Self {
        let Table { head, mut rows } = table;
        let all = rows.len();
        if all > MAX_ROWS {
            rows =
                (0..MAX_ROWS).map(|at| std::mem::take(&mut rows[at * (all - 1) / (MAX_ROWS - 1)])).collect();
        }
        Self { head, rows, all, first_is_name }
    }
}

/// The table, which follows no more often than the picture does: runs report many times a second.
fn followed(plot: Signal<Plot>) -> RwSignal<Shown> {
    let table = RwSignal::new(plot.with_untracked(Shown::of));
    let is_due = StoredValue::new(false);
    Effect::watch(
        move || follow(plot),
        move |(), _, _| {
            if is_due.get_value() {
                return;
            }
            is_due.set_value(true);
            let read = move || {
                // The table may be closed by then.
                if is_due.try_update_value(|is_due| *is_due = false).is_some() {
                    let _ = table.try_set(plot.with_untracked(Shown::of));
                }
            };
            set_timeout(read, Duration::from_secs_f64(PAINT_MS / 1000.0));
        },
        false,
    );
    table
}

fn table_view(plot: Signal<Plot>) -> impl IntoView {
    let t = use_text();
    let table = followed(plot);
    // A column of figures is set as one.
    let is_number =
        |cell: &str| cell.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '\u{2212}');
    view! {
        <div class="table-scroll chart-table" tabindex="0" role="region" aria-label=tr!(t, shell.table)>
            <table class="data">
                <thead><tr>{dynamic(move || table.with(|table| table.head.clone()).into_iter().enumerate()
                    .map(|(column, cell)| view! { <th scope="col" class:num=column != 0>{cell}</th> }).collect_view())}</tr></thead>
                <tbody>{dynamic(move || table.with(|Shown { rows, first_is_name, .. }| rows.iter().map(|row| view! {
                    <tr>{row.iter().enumerate().map(|(column, cell)| {
                        let number = (column > 0 || !first_is_name) && is_number(cell);
                        view! { <td class:num=number>{cell.clone()}</td> }
                    }).collect_view()}</tr>
                }).collect_view()))}</tbody>
            </table>
            {dynamic(move || Some(table.with(|table| table.all)).filter(|all| *all > MAX_ROWS).map(|all| view! {
                <p class="hint">{fill(t.get().shell.table_some, &[("n", &MAX_ROWS.to_string()), ("all", &all.to_string())])}</p>
            }))}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_rows_the_first_the_last_and_even_ones_between_are_shown() {
        let of = |count: usize| {
            let rows = (0..count).map(|at| vec![at.to_string()]).collect();
            Shown::some(Table { head: vec!["step".to_owned()], rows }, false)
        };
        let places = |shown: &Shown| -> Vec<usize> {
            shown.rows.iter().filter_map(|row| row[0].parse().ok()).collect()
        };
        assert_eq!(places(&of(MAX_ROWS)), (0..MAX_ROWS).collect::<Vec<_>>());
        let few = of(2000);
        let places = places(&few);
        assert_eq!((places.len(), few.all, places[0], places[MAX_ROWS - 1]), (MAX_ROWS, 2000, 0, 1999));
        assert!(places.windows(2).all(|pair| (20..=21).contains(&(pair[1] - pair[0]))), "{places:?}");
    }
}
