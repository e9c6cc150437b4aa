//! Throughput: FLOPS by the formula, what this device really does, and what a format's error buys. A peak is the best of many runs, a rate
//! their median, and the spread of the runs stands beside both.
//!
//! Kernels run in the worker (`protocol::Request::Throughput`); figures of known chips are documents' (`chips.json`).
//! Left out: power, several cores at once.

mod chips;
mod formula;
mod headline;
mod known;
mod layers;
mod model;
mod network;
mod params;
mod peaks;
mod plots;
mod roof;
mod run;
mod session;
mod stage;
mod tasks;
mod training;
mod units;

use leptos::html::Section;
use leptos::prelude::*;
use serde_json::json;

use self::headline::Headline;
use self::known::Known;
use self::layers::Layers;
pub use self::params::PARAMS;
use self::peaks::Peaks;
use self::run::RunBar;
use self::session::{Run, Session};
use self::stage::Stage;
pub use self::tasks::tasks;
use self::training::Training;
use super::Setting;
use crate::ui::components::seen::when_seen;
use crate::ui::embed::use_host;
use crate::ui::url_state::UrlState;

/// The widget. It measures by itself when it is first seen: a little, or what its address says.
pub fn view(state: UrlState, setting: Setting) -> AnyView {
    let session = Session::new(state);
    // The tasks stand beside the widget and ask about its figures.
    provide_context(session);
    use_host().set_results(move || results(session));
    let place = NodeRef::<Section>::new();
    when_seen(place, move || session.measure_at_sight());
    let full = setting != Setting::Inline;
    view! {
        <section class="widget throughput" node_ref=place data-testid="throughput">
            <Stage session/>
            <RunBar session full/>
            <Headline session full/>
            {full.then(|| view! {
                <Peaks session/>
                <Known session/>
                <Layers session/>
                <Training state/>
            })}
        </section>
    }
    .into_any()
}

/// What `get` of a host page answers: figures that are the same at every run, and those that were timed.
fn results(session: Session) -> serde_json::Value {
    let (hash, disturbances) = session.finished.with_untracked(|finished| {
        finished.as_ref().map(|done| (done.hash.clone(), done.disturbances.clone())).unzip()
    });
    let measurements = session.found.get_untracked();
    let fixed = measurements.iter().map(|found| {
        json!({
            "id": found.id, "unit": found.unit, "format": found.format, "size": found.size,
            "stored_bytes": found.stored_bytes, "error": found.error,
        })
    });
    json!({
        "busy": session.run.with_untracked(|run| matches!(run, Run::Running { .. })),
        "visit": {
            "hash": hash,
            "measurements": fixed.collect::<Vec<_>>(),
            "missing": session.missing.get_untracked(),
        },
        "timings": { "measurements": measurements, "disturbances": disturbances.unwrap_or_default() },
    })
}
