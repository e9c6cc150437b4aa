//! "Predict, then look" for the convert widget. The right answers are computed on a small sample.

use leptos::prelude::*;
use numerics::blocks::{BlockOptions, TensorStats, block_by_id};
use numerics::metrics::ErrorStats;
use numerics::samples::{Shape, draw};

use super::{model, params};
use crate::ui::components::tasks::{Task, Tasks};
use crate::ui::text::use_text;
use crate::ui::url_state::UrlState;

/// Values of the sample behind an answer: a fraction of a millisecond of work.
const SAMPLE: u64 = 8192;

const OUTLIER_CHOICES: [&str; 2] = ["int8-sym", "q8_0"];
const FOUR_BIT_CHOICES: [&str; 4] = ["int4-sym", "mxfp4", "nvfp4", "nf4-block"];

fn sqnr_db(id: &str, shape: Shape) -> f64 {
    let Some(format) = block_by_id(id) else { return f64::NEG_INFINITY };
    let values: Vec<f32> = (0..SAMPLE).map(|index| draw(shape, 1.0, 1, index)).collect();
    let (stats, options) = (TensorStats::of(&values), BlockOptions::default());
    let (mut bytes, mut restored) = (Vec::new(), Vec::new());
    format.quantize(&values, &stats, &options, &mut bytes);
    if format.dequantize(&bytes, values.len(), &stats, &options, &mut restored).is_err() {
        return f64::NEG_INFINITY;
    }
    let mut errors = ErrorStats::new();
    errors.push(&values, &restored);
    errors.finish().sqnr_db
}

fn best(ids: &[&str], shape: Shape) -> usize {
    let figures: Vec<f64> = ids.iter().map(|id| sqnr_db(id, shape)).collect();
    (0..figures.len()).max_by(|a, b| figures[*a].total_cmp(&figures[*b])).unwrap_or_default()
}

fn all(ids: &[&str], shape: Shape) -> String {
    let parts: Vec<String> =
        ids.iter().map(|id| format!("{} {:.1} dB", model::name(id), sqnr_db(id, shape))).collect();
    parts.join(", ")
}

/// The questions.
pub fn tasks(state: UrlState) -> AnyView {
    let t = use_text();
    let show = move |shape: &'static str, selected: &'static str| {
        Callback::new(move |()| {
            state.reset();
            state.set(&params::SHAPE, shape);
            state.set(&params::SCALE, "1");
            state.set(&params::SELECTED, selected);
        })
    };
    let names = |ids: &'static [&'static str]| {
        Signal::derive(move || ids.iter().map(|id| model::name(id)).collect::<Vec<_>>())
    };
    let tasks = vec![
        Task {
            id: "outliers",
            question: Signal::derive(move || t.get().convert.task_outliers.to_owned()),
            choices: names(&OUTLIER_CHOICES),
            right: Signal::derive(|| best(&OUTLIER_CHOICES, Shape::Outliers)),
            because: Signal::derive(move || {
                format!(
                    "{}: {}",
                    t.get().convert.task_outliers_because,
                    all(&OUTLIER_CHOICES, Shape::Outliers)
                )
            }),
            show: show("outliers", "q8_0"),
        },
        Task {
            id: "four-bits",
            question: Signal::derive(move || t.get().convert.task_four_bits.to_owned()),
            choices: names(&FOUR_BIT_CHOICES),
            right: Signal::derive(|| best(&FOUR_BIT_CHOICES, Shape::Normal)),
            because: Signal::derive(move || {
                format!(
                    "{}: {}",
                    t.get().convert.task_four_bits_because,
                    all(&FOUR_BIT_CHOICES, Shape::Normal)
                )
            }),
            show: show("normal", "nvfp4"),
        },
    ];
    view! { <Tasks tasks/> }.into_any()
}
