//! A new picture: what the base saw of it, what every arm says, what ImageNet's own classifier says, and what a head from a file says.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::transfer::limits;
use protocol::{Event, Failure, Guesses, Outcome, PictureRows, Request, RowsSpec, Square};
use web_sys::File;

use super::arm_name;
use super::head::HeadFile;
use super::model::{self, Setup};
use super::pictures::{Thumbnail, class_names};
use super::runner::Runner;
use super::session::{Race, Stage};
use crate::tr;
use crate::ui::components::intake::{Intake, decode};
use crate::ui::components::number::{bytes, figure};
use crate::ui::components::timing::with_timing;
use crate::ui::text::{failure_text, fill, use_text};
use crate::ui::view::dynamic;

/// The picture that is asked about; it lives as long as the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Its file's name.
    pub name: String,
    /// Its middle square.
    pub square: Arc<Square>,
}

thread_local! {
    static ASKED: ArcRwSignal<Option<Asked>> = ArcRwSignal::new(None);
}

/// How far ImageNet's classifier is.
#[derive(Debug, Clone, PartialEq)]
enum Wide {
    Unasked,
    Fetching { bytes: u64, total: u64 },
    Said(Guesses),
    Failed(Failure),
}

/// Keeps `rows` in step with the picture, the base and the arms, and asks every arm that has trained.
fn follow(
    race: Race,
    asked: RwSignal<Option<Asked>>,
    rows: RwSignal<Option<PictureRows>>,
    error: RwSignal<Option<(String, Failure)>>,
) {
    let setup = Memo::new(move |_| Setup::of(race.state));
    let arms = Memo::new(move |_| model::arms(race.state));
    let is_ready = Memo::new(move |_| race.stage.get() == Stage::Ready);
    let generation = StoredValue::new(0_u32);
    Effect::new(move |_| {
        let (asked, setup, arms) = (asked.get(), setup.get(), arms.get());
        rows.set(None);
        let Some(now) = generation.try_update_value(|generation| {
            *generation += 1;
            *generation
        }) else {
            return;
        };
        let (Some(asked), true) = (asked, is_ready.get()) else { return };
        let spec = RowsSpec {
            features: setup.features,
            arms: arms.into_iter().map(str::to_owned).collect(),
            blocks: setup.blocks,
            picture: (*asked.square).clone(),
        };
        race.worker.submit(Request::Rows(spec), None, move |event, _| {
            if generation.try_get_value() != Some(now) {
                return;
            }
            match event {
                Event::Done(Outcome::Rows(found)) => rows.set(Some(found)),
                Event::Failed(failure) => error.set(Some((asked.name.clone(), failure))),
                _ => {}
            }
        });
    });
    for runner in race.runners.get_value() {
        Effect::new(move |_| {
            let row = rows.with(|rows| {
                rows.as_ref()?.rows.iter().find(|(arm, _)| arm == runner.arm).map(|(_, row)| row.clone())
            });
            match row {
                Some(row) if runner.is_done.get() => runner.ask(row),
                Some(_) => {}
                // What was said was about another picture.
                None => runner.asked.set(Vec::new()),
            }
        });
    }
}

/// The section.
#[component]
pub fn Ask(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    let asked = RwSignal::from(ASKED.with(Clone::clone));
    let rows = RwSignal::new(None::<PictureRows>);
    let error = RwSignal::new(None::<(String, Failure)>);
    let wide = RwSignal::new(Wide::Unasked);
    follow(race, asked, rows, error);
    Effect::watch(move || asked.get(), move |_, _, _| wide.set(Wide::Unasked), false);
    let take = move |files: Vec<File>| {
        let Some(file) = files.into_iter().next() else { return };
        let name = file.name();
        decode(race.worker, file, limits::SIDE, move |decoded| match decoded {
            Ok(decoded) => {
                let _ = error.try_set(None);
                let _ = asked.try_set(Some(Asked { name: name.clone(), square: Arc::new(decoded.square) }));
            }
            Err(failure) => {
                let _ = error.try_set(Some((name.clone(), failure)));
            }
        });
    };
    let running = move || -> Vec<Runner> {
        let arms = model::arms(race.state);
        race.runners.get_value().into_iter().filter(|runner| arms.contains(&runner.arm)).collect()
    };
    let caption = move || {
        let text = t.get();
        let name = asked.with(|asked| asked.as_ref().map(|asked| asked.name.clone()).unwrap_or_default());
        match rows.with(|rows| rows.as_ref().map(|rows| rows.base_ms)) {
            Some(ms) => {
                let side = limits::BASE_SIDE.to_string();
                with_timing(text.transfer.ask.seen, &[("name", &name), ("side", &side)], ("ms", figure(ms)))
            }
            None => fill(text.transfer.ask.waiting, &[("name", &name)]).into_any(),
        }
    };
    view! {
        <section class="part" data-visit="" data-testid="transfer-ask">
            <h3>{tr!(t, transfer.ask.title)}</h3>
            <p class="part-note">{tr!(t, transfer.ask.lede)}</p>
            <Intake label=Signal::derive(move || t.get().transfer.ask.choose.to_owned()) is_many=false testid="ask-file" on_files=Callback::new(take)/>
            {dynamic(move || error.get().map(|(name, failure)| view! {
                <p class="notice" role="status" data-testid="ask-refused"><strong>{name}</strong>" "{failure_text(t.get(), &failure)}</p>
            }))}
            {dynamic(move || asked.get().map(|_| view! {
                <div class="asked" data-testid="ask-result">
                    <figure>
                        {dynamic(move || rows.with(|rows| rows.as_ref().map(|rows| Arc::new(rows.seen.clone()))).map(|square| view! { <Thumbnail square/> }))}
                        <figcaption class="hint">{dynamic(caption)}</figcaption>
                    </figure>
                    <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, transfer.ask.table)>
                        <table class="data" data-testid="ask-table">
                            <caption>{tr!(t, transfer.ask.table)}</caption>
                            <thead><tr>
                                <th scope="col">{tr!(t, transfer.ask.class)}</th>
                                {dynamic(move || running().into_iter().map(|runner| view! { <th scope="col" class="num">{arm_name(t.get(), runner.arm)}</th> }).collect_view())}
                            </tr></thead>
                            <tbody>{dynamic(move || class_names(t.get(), race).into_iter().enumerate().map(|(class, name)| {
                                let cells = running().into_iter().map(|runner| view! { <Probability said=runner.asked class/> }).collect_view();
                                view! { <tr><th scope="row">{name}</th>{cells}</tr> }
                            }).collect_view())}</tbody>
                        </table>
                    </div>
                </div>
                <ImageNet race asked wide/>
            }))}
            <HeadFile race asked/>
        </section>
    }
}

/// A cell: the share of a class, marked where it is the greatest.
#[component]
pub fn Probability(
    /// Probabilities by class; empty before they are known.
    said: RwSignal<Vec<f32>>,
    /// The class.
    class: usize,
) -> impl IntoView {
    let own = move || said.with(|said| said.get(class).copied());
    let is_best =
        move || said.with(|said| said.get(class).is_some_and(|own| said.iter().all(|other| other <= own)));
    let words = move || own().map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", 100.0 * share));
    view! { <td class="num" class:best=is_best>{dynamic(words)}</td> }
}

/// ImageNet's classifier, on demand.
#[component]
fn ImageNet(race: Race, asked: RwSignal<Option<Asked>>, wide: RwSignal<Wide>) -> impl IntoView {
    let t = use_text();
    let ask = move |_| {
        let Some(picture) = asked.get_untracked() else { return };
        wide.set(Wide::Fetching { bytes: 0, total: 0 });
        let square = (*picture.square).clone();
        race.worker.submit(Request::ImageNet(square), None, move |event, _| {
            // Another picture by now, or the widget is gone.
            if asked.try_get_untracked().flatten().as_ref() != Some(&picture) {
                return;
            }
            match event {
                Event::Fetched { bytes, total } => wide.set(Wide::Fetching { bytes, total }),
                Event::Done(Outcome::ImageNet(guesses)) => wide.set(Wide::Said(guesses)),
                Event::Failed(failure) => wide.set(Wide::Failed(failure)),
                _ => {}
            }
        });
    };
    let is_busy = move || matches!(wide.get(), Wide::Fetching { .. });
    view! {
        <div class="wide">
            <button class="btn small" disabled=is_busy on:click=ask data-testid="ask-imagenet">{tr!(t, transfer.ask.imagenet)}</button>
            {dynamic(move || {
                let words = &t.get().transfer.ask;
                match wide.get() {
                    Wide::Unasked => view! { <p class="hint">{words.imagenet_hint}</p> }.into_any(),
                    Wide::Fetching { bytes: done, total } => {
                        let line = fill(words.imagenet_fetching, &[("done", &bytes(done)), ("total", &bytes(total))]);
                        view! { <p class="hint" role="status">{line}</p> }.into_any()
                    }
                    Wide::Failed(failure) => view! { <p class="notice" role="status">{failure_text(t.get(), &failure)}</p> }.into_any(),
                    Wide::Said(said) => view! {
                        <ol class="guesses" data-testid="ask-guesses">{said.guesses.into_iter().map(|(name, share)| view! {
                            <li><span lang="en">{name}</span>" "<span class="mono">{format!("{:.1} %", 100.0 * share)}</span></li>
                        }).collect_view()}</ol>
                        <p class="hint">{with_timing(words.imagenet_said, &[], ("ms", figure(said.ms)))}</p>
                    }.into_any(),
                }
            })}
        </div>
    }
}
