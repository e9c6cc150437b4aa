//! Overfitting: a polynomial or a network fits a few noisy rows better and better, and new ones worse; its cures beside it, at the same seed.
//!
//! The lab runs in the worker (`protocol::OverfitSpec`), and so do the studies of many fits (`protocol::OverfitStudy`). Left out: rows of the
//! visitor's own, cross-validation.

mod bands;
mod controls;
mod measured;
mod model;
mod params;
mod pictures;
mod plane;
mod plots;
mod readings;
mod recipes;
mod seeds;
mod session;
mod stage;
mod studies;
mod study_plots;
mod tasks;
mod test_set;

use leptos::html::Section;
use leptos::prelude::*;
use serde_json::json;

use self::controls::{Buttons, Controls, Recipes};
pub use self::params::PARAMS;
use self::readings::Readings;
use self::session::Pair;
use self::stage::Stage;
use self::studies::{Capacity, Descent};
pub use self::tasks::tasks;
use self::test_set::TestSet;
use super::Setting;
use crate::ui::components::later::Later;
use crate::ui::components::seen::{prefers_less_motion, when_seen};
use crate::ui::embed::use_host;
use crate::ui::lab::{LabNotice, LabSession, RunsOnLine, pause_while_unseen};
use crate::ui::text::{Text, Texts, use_text};
use crate::ui::url_state::UrlState;
use crate::ui::view::dynamic;

/// A text as a signal.
fn word(t: Texts, pick: fn(&'static Text) -> &'static str) -> Signal<String> {
    Signal::derive(move || pick(t.get()).to_owned())
}

/// A run's name: nothing where it is alone.
fn run_name(text: &'static Text, pair: Pair, lab: LabSession) -> String {
    if !pair.is_racing.get() {
        return String::new();
    }
    if is_first(pair, lab) { text.overfitting.run_a } else { text.overfitting.run_b }.to_owned()
}

/// Whether it is the run that is always there.
fn is_first(pair: Pair, lab: LabSession) -> bool {
    lab.notice == pair.first.notice
}

/// The widget. It trains by itself when it is first seen, up to the step that the address or the task says, unless the
/// visitor's system asks for less motion.
pub fn view(state: UrlState, setting: Setting) -> AnyView {
    let t = use_text();
    let pair = Pair::new(state);
    let place = NodeRef::<Section>::new();
    for lab in [pair.first, pair.second] {
        pause_while_unseen(lab, place);
    }
    when_seen(place, move || {
        if !prefers_less_motion() {
            pair.start();
        }
    });
    let host = use_host();
    host.set_results(move || results(pair));
    host.set_commands(move |command| pair.obey(command));
    // Chosen, the study is what the page is about: it stands where the eye is, not under everything else.
    let descends = Memo::new(move |_| state.flag(&params::DESCENT));
    view! {
        <section class="widget overfitting" data-testid="overfitting" node_ref=place>
            <header><Buttons pair/><span class="sp"></span><p class="hint"><RunsOnLine session=pair.first/></p></header>
            <Recipes pair/>
            <LabNotice session=pair.first/>
            <LabNotice session=pair.second/>
            {dynamic(move || descends.get().then(|| view! { <Descent pair/> }))}
            <Stage pair t/>
            <Readings pair/>
            {(setting != Setting::Inline).then(|| view! {
                <Later><Controls pair/></Later>
                <Later><TestSet pair/></Later>
                <Later><Capacity pair/></Later>
                <Later>{dynamic(move || (!descends.get()).then(|| view! { <Descent pair/> }))}</Later>
            })}
        </section>
    }
    .into_any()
}

/// What `get` of a host page answers.
fn results(pair: Pair) -> serde_json::Value {
    let run = |lab: LabSession| {
        let score = lab.views.with_untracked(|views| views.get("score").map(|view| view.values.clone()));
        let value =
            |at: usize| score.as_ref().and_then(|values| values.get(at).copied()).filter(|x| x.is_finite());
        let mut run = lab.results();
        if let Some(run) = run.as_object_mut() {
            run.insert("train_loss".to_owned(), json!(value(0)));
            run.insert("validation_loss".to_owned(), json!(value(1)));
            run.insert("best_step".to_owned(), json!(value(4)));
            run.insert("best_validation_loss".to_owned(), json!(value(5)));
        }
        run
    };
    let runs: Vec<serde_json::Value> = untrack(|| pair.runners()).into_iter().map(run).collect();
    let seeds = untrack(|| pair.further_seeds()).into_iter().map(LabSession::results).collect::<Vec<_>>();
    let visit = json!({ "looks_at_test": pair.looks.with_untracked(Vec::len) });
    let is_going = untrack(|| pair.is_on());
    json!({ "runs": runs, "further_seeds": seeds, "going": is_going, "visit": visit })
}
