//! Studies of many fits: error against capacity, bias and variance, double descent. They run in the worker when they are seen or asked for.

use std::collections::BTreeMap;

use leptos::html::Section;
use leptos::prelude::*;
use protocol::{Event, Failure, JobId, OverfitStudy, Request, StudyKind, StudyPoint};

use super::measured;
use super::session::Pair;
use super::{model, params, study_plots, word};
use crate::tr;
use crate::ui::charts::ChartFrame;
use crate::ui::components::fields::ChoiceField;
use crate::ui::components::seen::when_seen;
use crate::ui::lab;
use crate::ui::text::{failure_text, fill, use_text};
use crate::ui::view::dynamic;
use crate::ui::worker_client::{WorkerClient, use_worker};

/// The greatest degree of the study.
const DEGREES: u32 = 20;
/// Draws of the data.
const DRAWS: u32 = 200;
/// Seeds of networks and of the descent.
const SEEDS: u32 = 5;

/// Id of the descent's section.
const DESCENT_PART: &str = "overfitting-descent-part";

/// One study under way.
#[derive(Clone, Copy)]
struct Study {
    worker: WorkerClient,
    job: StoredValue<Option<JobId>>,
    /// Counts studies: events of earlier ones are no longer heard.
    generation: StoredValue<u64>,
    points: RwSignal<Vec<StudyPoint>>,
    progress: RwSignal<Option<(u64, u64)>>,
    failure: RwSignal<Option<Failure>>,
    /// What the points are of.
    of: RwSignal<Option<OverfitStudy>>,
}

impl Study {
    fn new() -> Self {
        let study = Self {
            worker: use_worker(),
            job: StoredValue::new(None),
            generation: StoredValue::new(0),
            points: RwSignal::new(Vec::new()),
            progress: RwSignal::new(None),
            failure: RwSignal::new(None),
            of: RwSignal::new(None),
        };
        on_cleanup(move || study.stop());
        study
    }

    fn stop(self) {
        if self.generation.try_update_value(|generation| *generation += 1).is_none() {
            return;
        }
        if let Some(job) = self.job.get_value() {
            self.worker.cancel(job);
            self.job.set_value(None);
        }
        if self.progress.try_get_untracked().is_some() {
            self.progress.set(None);
        }
    }

    fn start(self, study: OverfitStudy) {
        self.stop();
        let generation = self.generation.get_value();
        self.points.set(Vec::new());
        self.failure.set(None);
        self.of.set(Some(study.clone()));
        self.progress.set(Some((0, 0)));
        let job = self.worker.submit(Request::Overfit(Box::new(study)), None, move |event, _| {
            if self.generation.try_get_value() != Some(generation) {
                return;
            }
            match event {
                Event::Progress { done, total } => self.progress.set(Some((done, total))),
                Event::Studied(new) => self.points.update(|points| {
                    let key = |point: &StudyPoint| (point.series.clone(), point.x.to_bits(), point.seed);
                    let mut all: BTreeMap<_, _> =
                        points.drain(..).map(|point| (key(&point), point)).collect();
                    all.extend(new.into_iter().map(|point| (key(&point), point)));
                    *points = all.into_values().collect();
                }),
                Event::Failed(failure) => {
                    self.progress.set(None);
                    self.failure.set(Some(failure));
                }
                Event::Done(_) | Event::Cancelled => self.progress.set(None),
                _ => {}
            }
        });
        self.job.set_value(Some(job));
    }

    fn is_running(self) -> bool {
        self.progress.with(Option::is_some)
    }
}

/// What a study does, in a sentence.
#[component]
fn Status(study: Study, testid: &'static str) -> impl IntoView {
    let t = use_text();
    let words = move || {
        let text = t.get();
        if let Some(failure) = study.failure.get() {
            return failure_text(text, &failure);
        }
        let points = study.points.with(Vec::len);
        match study.progress.get() {
            Some((_, 0)) => text.overfitting.study_begins.to_owned(),
            Some((done, total)) => fill(
                text.overfitting.study_runs,
                &[("done", &done.to_string()), ("total", &total.to_string())],
            ),
            None if points == 0 => text.overfitting.study_idle.to_owned(),
            None => text.overfitting.study_done.to_owned(),
        }
    };
    view! { <p class="hint" class:notice=move || study.failure.with(Option::is_some) role="status" data-visit="" data-testid=testid>{dynamic(words)}</p> }
}

/// Error against capacity; for polynomials bias and variance as well.
#[component]
pub fn Capacity(
    /// The widget's runs.
    pair: Pair,
) -> impl IntoView {
    let t = use_text();
    let state = pair.state;
    let study = Study::new();
    let place = NodeRef::<Section>::new();
    let is_seen = RwSignal::new(false);
    when_seen(place, move || is_seen.set(true));
    let wanted = Memo::new(move |_| {
        let spec = model::first(state);
        let seed = lab::params::seed(state);
        let kind = if spec.model == "poly" {
            StudyKind::Degrees { degrees: DEGREES.max(spec.capacity), draws: DRAWS }
        } else {
            let steps = match spec.model.as_str() {
                "cnn" => 150,
                _ if model::is_pictures(&spec.data) => 250,
                _ => 1500,
            };
            StudyKind::Widths { widths: model::widths(&spec), seeds: SEEDS, steps }
        };
        OverfitStudy { spec, seed, kind }
    });
    let is_polynomial = Memo::new(move |_| wanted.with(|wanted| wanted.spec.model == "poly"));
    // Exact fits take no time worth asking for; networks do.
    Effect::new(move |_| {
        let wanted = wanted.get();
        if wanted.spec.model == "poly" && is_seen.get() {
            study.start(wanted);
        } else {
            study.stop();
            study.points.set(Vec::new());
            study.of.set(None);
        }
    });
    let capacity = Signal::derive(move || {
        study.points.with(|points| study_plots::capacity_plot(t.get(), points, is_polynomial.get()))
    });
    let bias = Signal::derive(move || study.points.with(|points| study_plots::bias_plot(t.get(), points)));
    let fan = Signal::derive(move || study.points.with(|points| study_plots::fan_plot(t.get(), points)));
    let lede = move || {
        let words = &t.get().overfitting;
        if is_polynomial.get() { words.capacity_lede } else { words.widths_lede }
    };
    let fan_title = Signal::derive(move || {
        fill(t.get().overfitting.fan_title, &[("degree", &state.get(&params::DEGREE))])
    });
    view! {
        <section class="part" data-testid="overfitting-capacity" node_ref=place>
            <div class="part-head">
                <h3>{tr!(t, overfitting.capacity_title)}</h3>
                {dynamic(move || (!is_polynomial.get()).then(|| view! {
                    <button class="btn small" on:click=move |_| if study.is_running() { study.stop() } else { study.start(wanted.get_untracked()) } data-visit="" data-testid="overfitting-widths">
                        {dynamic(move || if study.is_running() { t.get().overfitting.study_stop } else { t.get().overfitting.widths_run })}
                    </button>
                }))}
            </div>
            <p class="part-note">{dynamic(lede)}</p>
            <Status study testid="overfitting-capacity-status"/>
            // The widths of networks are fitted when a visitor asks for it: no link leads there.
            <div class="two" data-visit=move || (!is_polynomial.get()).then_some("")>
                <ChartFrame title=word(t, |t| t.overfitting.capacity_chart) plot=capacity height_px=Signal::derive(|| 260) id="overfitting-capacity"/>
                {dynamic(move || is_polynomial.get().then(|| view! {
                    <ChartFrame title=word(t, |t| t.overfitting.bias_title) plot=bias height_px=Signal::derive(|| 260) id="overfitting-bias"/>
                    <ChartFrame title=fan_title plot=fan height_px=Signal::derive(|| 240) id="overfitting-fan"/>
                }))}
            </div>
        </section>
    }
}

/// Double descent. It begins by itself where the address says so.
#[component]
pub fn Descent(
    /// The widget's runs.
    pair: Pair,
) -> impl IntoView {
    let t = use_text();
    let state = pair.state;
    let study = Study::new();
    let place = NodeRef::<Section>::new();
    let is_seen = RwSignal::new(false);
    when_seen(place, move || is_seen.set(true));
    let wanted = Memo::new(move |_| {
        let mut spec = model::first(state);
        if !model::is_pictures(&spec.data) {
            // The study is about pictures, whatever is on the stage.
            spec = model::spec(&|param| match param.key {
                "d" => "digits".to_owned(),
                "n" => "100".to_owned(),
                _ => param.default.to_owned(),
            });
        }
        // What it does not depend on must not begin it anew.
        (spec.model, spec.capacity) = ("mlp".to_owned(), 1);
        (spec.l2, spec.dropout, spec.patience, spec.shift) = (0.0, 0.0, 0, 0);
        spec.precision = protocol::Precision::Preset("fp32".to_owned());
        let ridge = state.get(&params::RIDGE).parse().unwrap_or(0.0);
        OverfitStudy {
            spec,
            seed: lab::params::seed(state),
            kind: StudyKind::Descent { ridge, seeds: SEEDS },
        }
    });
    Effect::new(move |_| {
        if state.flag(&params::DESCENT) && is_seen.get() {
            study.start(wanted.get());
        } else {
            study.stop();
        }
    });
    let samples = move || study.of.with(|of| of.as_ref().map_or(100, |of| of.spec.samples));
    let plot = Signal::derive(move || {
        study.points.with(|points| study_plots::descent_plot(t.get(), points, samples()))
    });
    let facts = move || {
        wanted.with(|wanted| {
            let name = if wanted.spec.data == "digits" { "digits" } else { "fashion_mnist" };
            let data = t.get().overfitting.data.get(name).unwrap_or_default();
            fill(
                t.get().overfitting.descent_facts,
                &[
                    ("data", data),
                    ("n", &wanted.spec.samples.to_string()),
                    ("noise", &format!("{:.0}", 100.0 * wanted.spec.label_noise)),
                    ("seeds", &SEEDS.to_string()),
                ],
            )
        })
    };
    let toggle = move |_| {
        if study.is_running() {
            state.set(&params::DESCENT, "0");
        } else if state.now(&params::DESCENT) == "1" {
            study.start(wanted.get_untracked());
        } else {
            state.set(&params::DESCENT, "1");
            // It stands at the top from now on.
            request_animation_frame(|| {
                if let Some(part) = document().get_element_by_id(DESCENT_PART) {
                    part.scroll_into_view();
                }
            });
        }
    };
    view! {
        <section class="part" id=DESCENT_PART data-testid="overfitting-descent" node_ref=place>
            <div class="part-head">
                <h3>{tr!(t, overfitting.descent_title)}</h3>
                <button class="btn small" on:click=toggle data-visit="" data-testid="overfitting-descend">
                    {dynamic(move || if study.is_running() { t.get().overfitting.study_stop } else { t.get().overfitting.descent_run })}
                </button>
                <ChoiceField state param=&params::RIDGE options=vec!["0", "0.1", "1"] label=word(t, |t| t.overfitting.ridge)
                    name=Callback::new(move |id: &'static str| if id == "0" { t.get().overfitting.ridge_none.to_owned() } else { id.to_owned() }) testid="overfitting-ridge"/>
            </div>
            <p class="part-note">{tr!(t, overfitting.descent_lede)}" "{dynamic(facts)}</p>
            <Status study testid="overfitting-descent-status"/>
            <div data-visit="">
                <ChartFrame title=word(t, |t| t.overfitting.descent_chart) plot height_px=Signal::derive(|| 300) id="overfitting-descent"/>
            </div>
            <measured::Measured/>
        </section>
    }
}
