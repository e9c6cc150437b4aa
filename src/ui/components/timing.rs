//! A timing within a sentence, marked as one: what differs from one visit to the next, though all that was computed is the same.

use leptos::prelude::*;

use crate::ui::text::fill;

/// `template` with its facts, the timing in an element of its own. The template has the timing's place once.
pub fn with_timing(template: &'static str, facts: &[(&str, &str)], timing: (&str, String)) -> AnyView {
    let (name, value) = timing;
    match template.split_once(&format!("{{{name}}}")) {
        Some((before, after)) => {
            view! { {fill(before, facts)}<span data-measured="">{value}</span>{fill(after, facts)} }
                .into_any()
        }
        None => fill(template, facts).into_any(),
    }
}
