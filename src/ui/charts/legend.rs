//! The legend under a chart: the marker or the dashes of each name, as in the canvas.

use leptos::prelude::*;

use super::draw::{BAND_OPACITY, DASHES_PX};
use super::{Marks, Plot};

/// A name with what it is drawn with.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    name: String,
    style: usize,
    drawing: Drawing,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Drawing {
    Dashes,
    Band,
    /// An outline stands for a series whose points are all outlines.
    Marker {
        filled: bool,
    },
}

/// What a plot's legend says; nothing without one. Cheap beside its elements, which are made anew only when this changes.
pub fn entries(plot: &Plot) -> Option<Vec<Entry>> {
    if !plot.legend {
        return None;
    }
    let mut entries = Vec::new();
    if let Marks::Points(series) = &plot.marks {
        for series in series.iter().filter(|series| !series.points.is_empty()) {
            let filled = series.points.iter().any(|point| point.filled);
            let drawing = Drawing::Marker { filled };
            entries.push(Entry { name: series.name.clone(), style: series.style, drawing });
        }
    }
    let lines = if let Marks::Lines(lines) = &plot.marks { lines } else { &plot.guides };
    for line in lines.iter().filter(|line| !line.name.is_empty()) {
        entries.push(Entry { name: line.name.clone(), style: line.style, drawing: Drawing::Dashes });
    }
    for band in plot.bands.iter().filter(|band| !band.name.is_empty()) {
        entries.push(Entry { name: band.name.clone(), style: band.style, drawing: Drawing::Band });
    }
    Some(entries)
}

/// The names.
pub fn legend(entries: Vec<Entry>) -> AnyView {
    let entries = entries.into_iter().map(|Entry { name, style, drawing }| {
        let drawing = match drawing {
            Drawing::Dashes => dashes(style),
            Drawing::Band => {
                view! { <rect x="0" y="2" width="26" height="10" fill="currentColor" opacity=BAND_OPACITY.to_string()/> }.into_any()
            }
            Drawing::Marker { filled } => marker(style, filled),
        };
        view! {
            <span>
                <svg class=format!("swatch s{}", style % 4 + 1) width="26" height="14" viewBox="0 0 26 14" aria-hidden="true">{drawing}</svg>
                {name}
            </span>
        }
    });
    view! { <p class="chart-legend">{entries.collect_view()}</p> }.into_any()
}

fn dashes(style: usize) -> AnyView {
    let dashes: Vec<String> = DASHES_PX[style % DASHES_PX.len()].iter().map(ToString::to_string).collect();
    view! { <path d="M0 7H26" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray=dashes.join(" ")/> }
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
