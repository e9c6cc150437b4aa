//! The legend under a chart: the marker or the dashes of each name, as in the canvas.

use leptos::prelude::*;

use super::draw::DASHES_PX;
use super::{Marks, Plot};

/// Names with what they are drawn with. An outline stands for a series whose points are all outlines.
pub fn legend(plot: &Plot) -> AnyView {
    let mut entries = Vec::new();
    if let Marks::Points(series) = &plot.marks {
        for series in series.iter().filter(|series| !series.points.is_empty()) {
            let filled = series.points.iter().any(|point| point.filled);
            entries.push(entry(&series.name, series.style, marker(series.style, filled)));
        }
    }
    let lines = if let Marks::Lines(lines) = &plot.marks { lines } else { &plot.guides };
    for line in lines.iter().filter(|line| !line.name.is_empty()) {
        let dashes: Vec<String> =
            DASHES_PX[line.style % DASHES_PX.len()].iter().map(ToString::to_string).collect();
        let stroke = view! { <path d="M0 7H26" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray=dashes.join(" ")/> };
        entries.push(entry(&line.name, line.style, stroke.into_any()));
    }
    view! { <p class="chart-legend">{entries}</p> }.into_any()
}

fn entry(name: &str, style: usize, drawing: AnyView) -> AnyView {
    view! {
        <span>
            <svg class=format!("swatch s{}", style % 4 + 1) width="26" height="14" viewBox="0 0 26 14" aria-hidden="true">{drawing}</svg>
            {name.to_owned()}
        </span>
    }
    .into_any()
}

fn marker(style: usize, filled: bool) -> AnyView {
    let path = match style % 5 {
        0 => "M18 7A5 5 0 1 1 8 7A5 5 0 1 1 18 7Z",
        1 => "M8 2H18V12H8Z",
        2 => "M13 1.5L19 12H7Z",
        3 => "M8 2L18 12M18 2L8 12",
        _ => "M13 0.5L19 7L13 13.5L7 7Z",
    };
    let fill = if filled { "currentColor" } else { "none" };
    view! { <path d=path fill=fill stroke="currentColor" stroke-width="2"/> }.into_any()
}
