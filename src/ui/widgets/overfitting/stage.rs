//! Data and fit large, the courses of training beside them.

use std::rc::Rc;

use leptos::prelude::*;
use protocol::View;

use super::bands::spread;
use super::pictures::Pictures;
use super::plane::Plane;
use super::plots::{self, Course, Fit};
use super::session::Pair;
use super::{model, params, run_name, word};
use crate::tr;
use crate::ui::charts::{ChartFrame, Plot};
use crate::ui::components::fields::FlagField;
use crate::ui::lab::{self, LabSession, Looked};
use crate::ui::text::{Text, Texts, fill};
use crate::ui::view::dynamic;

/// The stage.
#[component]
pub fn Stage(
    /// The widget's runs.
    pair: Pair,
    /// Texts.
    t: Texts,
) -> impl IntoView {
    let state = pair.state;
    let data = Memo::new(move |_| state.get(&params::DATA));
    let loss = courses(pair, t, true);
    let right = courses(pair, t, false);
    let label = move |lab: LabSession| {
        Signal::derive(move || {
            let name = run_name(t.get(), pair, lab);
            let words = &t.get().overfitting;
            let what = if model::is_pictures(&data.get()) { words.pictures_label } else { words.plane_label };
            fill(what, &[("run", &name)])
        })
    };
    let figure = move |lab: LabSession, testid: &'static str| {
        view! {
            <figure>
                {dynamic(move || pair.is_racing.get().then(|| view! { <p class="run-name">{run_name(t.get(), pair, lab)}</p> }))}
                {if model::is_pictures(&data.get_untracked()) {
                    view! { <Pictures pair lab label=label(lab) testid/> }.into_any()
                } else {
                    view! { <Plane pair lab label=label(lab) testid/> }.into_any()
                }}
            </figure>
        }
    };
    let caption = move || {
        let words = &t.get().overfitting;
        let data = data.get();
        if model::is_polynomial(&|param| state.get(param)) {
            words.curve_caption
        } else if model::is_curve(&data) {
            words.network_caption
        } else if model::is_pictures(&data) {
            words.pictures_caption
        } else {
            words.plane_caption
        }
    };
    view! {
        <div class="over-lab">
            <div class="over-stages" class:racing=move || pair.is_racing.get() && !model::is_curve(&data.get())>
                {dynamic(move || if model::is_curve(&data.get()) {
                    view! { <Curve pair t/> }.into_any()
                } else {
                    view! {
                        {figure(pair.first, "overfitting-stage")}
                        {dynamic(move || pair.is_racing.get().then(|| figure(pair.second, "overfitting-stage-rival")))}
                    }.into_any()
                })}
                <div class="stage-foot">
                    <p class="hint">{dynamic(caption)}</p>
                    <div class="stage-flags">
                        <FlagField state param=&params::BEST label=word(t, |t| t.overfitting.show_best) testid="overfitting-best"/>
                        {dynamic(move || (!model::is_pictures(&data.get())).then(|| view! {
                            <FlagField state param=&params::VALIDATION label=word(t, |t| t.overfitting.show_validation) testid="overfitting-validation"/>
                        }))}
                    </div>
                </div>
            </div>
            <div class="over-charts">
                <ChartFrame title=word(t, |t| t.overfitting.loss_title) plot=loss height_px=Signal::derive(|| 270) id="overfitting-loss"/>
                {dynamic(move || (!model::is_curve(&data.get())).then(|| view! {
                    <ChartFrame title=word(t, |t| t.overfitting.accuracy_title) plot=right height_px=Signal::derive(|| 210) id="overfitting-accuracy"/>
                }))}
                <p class="hint">{tr!(t, overfitting.loss_hint)}</p>
                {dynamic(move || (pair.seeds[0].count() > 1).then(|| view! {
                    <p class="hint" data-testid="overfitting-seeds-words">{dynamic(move || seeds_words(pair, t.get()))}</p>
                }))}
            </div>
        </div>
    }
}

/// What the bands are of, and every seed's best validation step.
fn seeds_words(pair: Pair, text: &'static Text) -> String {
    let words = &text.overfitting;
    let first = lab::params::seed(pair.state);
    let count = pair.seeds[0].count();
    let last = first.wrapping_add(count as u64 - 1);
    let runs = [(pair.first, pair.seeds[0]), (pair.second, pair.seeds[1])];
    let steps: Vec<String> = runs
        .into_iter()
        .filter(|(lab, _)| !super::is_first(pair, *lab) <= pair.is_racing.get())
        .map(|(lab, seeds)| {
            let steps = seeds.best_steps();
            let known = |step: &Option<u64>| step.map_or_else(|| "–".to_owned(), |step| step.to_string());
            let steps: Vec<String> = steps.iter().map(known).collect();
            let name = run_name(text, pair, lab);
            if name.is_empty() { steps.join(", ") } else { format!("{name}: {}", steps.join(", ")) }
        })
        .collect();
    fill(
        words.seeds_words,
        &[
            ("n", &count.to_string()),
            ("first", &first.to_string()),
            ("last", &last.to_string()),
            ("steps", &steps.join("; ")),
        ],
    )
}

/// Points, truth and fits.
#[component]
fn Curve(pair: Pair, t: Texts) -> impl IntoView {
    let state = pair.state;
    let data: [Looked; 2] = [pair.first, pair.second].map(|lab| lab.look("data"));
    let fits = [pair.first, pair.second].map(|lab| (lab, lab.look("fit")));
    let plot = Signal::derive(move || {
        let views: Vec<(String, Rc<View>)> = fits
            .iter()
            .filter(|(lab, _)| !super::is_first(pair, *lab) <= pair.is_racing.get())
            .filter_map(|(lab, looked)| Some((run_name(t.get(), pair, *lab), looked.get()?)))
            .collect();
        let fits: Vec<Fit<'_>> = views.iter().map(|(name, view)| Fit { name: name.clone(), view }).collect();
        let [own, rival] = data.map(|looked| looked.get());
        let rival = rival.filter(|_| pair.is_racing.get());
        let (shows_validation, best) = (state.flag(&params::VALIDATION), state.flag(&params::BEST));
        plots::curve_plot(t.get(), [own.as_deref(), rival.as_deref()], &fits, shows_validation, best)
    });
    view! {
        <ChartFrame title=word(t, |t| t.overfitting.curve_title) plot height_px=Signal::derive(|| 420) id="overfitting-curve"/>
    }
}

/// Training and validation by step, of all runs.
fn courses(pair: Pair, t: Texts, is_loss: bool) -> Signal<Plot> {
    let runs = [(pair.first, pair.seeds[0]), (pair.second, pair.seeds[1])];
    let runs = runs.map(|(lab, seeds)| (lab, seeds, lab.look("score")));
    Signal::derive(move || {
        let text: &'static Text = t.get();
        let seed = lab::params::seed(pair.state);
        let all: Vec<Course> = runs
            .iter()
            .filter(|(lab, ..)| !super::is_first(pair, *lab) <= pair.is_racing.get())
            .map(|(lab, seeds, score)| {
                let names =
                    if is_loss { ["train", "validation"] } else { ["train.right", "validation.right"] };
                let scale = if is_loss { 1.0 } else { 100.0 };
                let [train, validation] = names.map(|name| {
                    let mut curves = seeds.curves(name);
                    curves.iter_mut().flatten().for_each(|point| point.1 *= scale);
                    spread(&curves)
                });
                let best = score.get().and_then(|view| match view.values[..] {
                    [_, _, _, _, step, loss, _] if step > 0.0 => {
                        Some((seed, f64::from(step), f64::from(loss)))
                    }
                    _ => None,
                });
                let name = run_name(text, pair, *lab);
                Course { name, seeds: seeds.count(), train, validation, best }
            })
            .collect();
        plots::course_plot(text, &all, is_loss)
    })
}
