//! From two labs to a chart and a table.

use leptos::prelude::*;

use crate::ui::charts::{Line, Marks, Plot};
use crate::ui::lab::LabSession;
use crate::ui::text::Text;

/// A preset's words: its own, or its id in capitals where that is its name.
pub fn precision_name(text: &'static Text, id: &str) -> String {
    text.throughput
        .training
        .precisions
        .get(&id.replace('-', "_"))
        .map_or_else(|| id.to_uppercase(), str::to_owned)
}

/// Loss by step of both labs, thinned and smoothed no further.
pub fn loss_plot(text: &'static Text, chosen: LabSession, binary32: LabSession, precision: &str) -> Plot {
    let words = &text.throughput.training;
    let line = |session: LabSession, name: String, style| Line {
        name,
        style,
        points: session.curves.with(|curves| curves.points(0)),
    };
    Plot {
        x_label: text.lab.steps.to_owned(),
        y_label: words.loss.to_owned(),
        marks: Marks::Lines(vec![
            line(binary32, "FP32".to_owned(), 1),
            line(chosen, precision_name(text, precision), 0),
        ]),
        legend: true,
        ..Plot::default()
    }
}

/// The place of a timing in [`Row::figures`].
pub const STEPS_PER_S: usize = 1;

/// A line of the table.
pub struct Row {
    /// The precision.
    pub name: String,
    /// Steps, steps a second, accuracy, loss, share of numbers that became zero, share that overflowed.
    pub figures: [String; 6],
    /// Hash of the weights, where it stands still.
    pub hash: String,
}

/// A lab's figures.
pub fn row(name: &str, session: LabSession) -> Row {
    let report = session.report.get();
    let test = session.views.with(|views| views.get("test").cloned());
    let figure = |at: usize| test.as_ref().and_then(|view| view.values.get(at).copied());
    let total: u64 = report.losses.iter().map(|loss| loss.total).sum();
    let share = |count: u64| {
        if total == 0 { "–".to_owned() } else { percent(count as f64 / total as f64) }
    };
    let (zeroed, over) = report
        .losses
        .iter()
        .fold((0, 0), |(zeroed, over), loss| (zeroed + loss.underflow, over + loss.overflow));
    Row {
        name: name.to_owned(),
        figures: [
            crate::ui::components::number::grouped(report.step),
            if report.steps_per_s > 0.0 { format!("{:.0}", report.steps_per_s) } else { "–".to_owned() },
            figure(0).map_or_else(|| "–".to_owned(), |value| percent(f64::from(value))),
            figure(1).map_or_else(|| "–".to_owned(), |value| format!("{value:.4}")),
            share(zeroed),
            share(over),
        ],
        hash: report.weight_hash.unwrap_or_default(),
    }
}

/// Speed of the first lab over that of the second, both running and on one device.
pub fn ratio(chosen: LabSession, binary32: LabSession) -> Option<String> {
    let adapter = |session: LabSession| {
        session.info.with(|info| info.as_ref().map(|info| info.runs_on.adapter.clone()))
    };
    if adapter(chosen) != adapter(binary32) {
        return None;
    }
    let speed = |session: LabSession| session.report.with(|report| f64::from(report.steps_per_s));
    let (own, other) = (speed(chosen), speed(binary32));
    (own > 0.0 && other > 0.0).then(|| format!("{:.2}", own / other))
}

fn percent(share: f64) -> String {
    let share = 100.0 * share;
    if share > 0.0 && share < 0.01 { "< 0.01 %".to_owned() } else { format!("{share:.2} %") }
}
