//! The grid: a picture as it is, and what a network in training may get instead.

use leptos::html::Canvas;
use leptos::prelude::*;

use super::own::{self, Own};
use super::params;
use super::session::Race;
use super::word;
use crate::tr;
use crate::ui::components::image_names::class_name;
use crate::ui::components::number::minus;
use crate::ui::components::picture::paint;
use crate::ui::text::{Text, failure_text, fill, use_text};
use crate::ui::view::dynamic;

use super::model::GRID;

/// What was done, in words; neutral values are left out.
pub fn done(text: &'static Text, figures: &[f32; 14]) -> String {
    let words = &text.augmentation;
    let &[angle, zoom, right, down, flip_h, flip_v, shear, brightness, contrast, noise, _, _, cut, mixed] =
        figures;
    let mut parts = Vec::new();
    let mut say = |is_done: bool, template: &str, value: f32, decimals: usize| {
        if is_done {
            parts.push(fill(template, &[("x", &minus(&format!("{value:.decimals$}")))]));
        }
    };
    say(angle != 0.0, words.done_rotate, angle, 0);
    say(zoom != 1.0, words.done_zoom, zoom, 2);
    say(right != 0.0, words.done_right, 100.0 * right, 0);
    say(down != 0.0, words.done_down, 100.0 * down, 0);
    say(flip_h != 0.0, words.done_flip_h, 0.0, 0);
    say(flip_v != 0.0, words.done_flip_v, 0.0, 0);
    say(shear != 0.0, words.done_shear, shear, 0);
    say(brightness != 0.0, words.done_brightness, 100.0 * brightness, 0);
    say(contrast != 1.0, words.done_contrast, contrast, 2);
    say(noise != 0.0, words.done_noise, 100.0 * noise, 0);
    say(cut != 0.0, words.done_cutout, 100.0 * cut, 0);
    say(mixed != 0.0, words.done_mixup, 100.0 * mixed, 0);
    if parts.is_empty() { words.done_nothing.to_owned() } else { parts.join(" · ") }
}

/// The section.
#[component]
pub fn Gallery(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    let state = race.state;
    let looked_at = RwSignal::new(None::<usize>);
    let words = move |place: usize| {
        let text = t.get();
        let figures =
            race.sheet.with(|sheet| sheet.as_ref().and_then(|sheet| sheet.figures.get(place).copied()));
        let done = figures.map_or_else(String::new, |figures| done(text, &figures));
        fill(text.augmentation.variant, &[("n", &(place + 1).to_string()), ("done", &done)])
    };
    let own = RwSignal::from(own::picture());
    let is_own = Memo::new(move |_| own.with(Option::is_some));
    let of = move || {
        let text = t.get();
        race.sheet.with(|sheet| match sheet {
            None => text.augmentation.preparing.to_owned(),
            Some(sheet) => {
                let Some(class) = sheet.class else {
                    let name = own.with(|own| own.as_ref().map(|own| own.name.clone()));
                    return fill(text.augmentation.own_of, &[("name", &name.unwrap_or_default())]);
                };
                let class = sheet.classes.get(class as usize).map_or("", |class| class);
                let picture = state.int(&params::PICTURE) % i64::from(sheet.pictures.max(1));
                fill(
                    text.augmentation.gallery_of,
                    &[
                        ("class", &class_name(text, class)),
                        ("n", &(picture + 1).to_string()),
                        ("count", &sheet.pictures.to_string()),
                    ],
                )
            }
        })
    };
    let go = move |by: i64| {
        let count = race
            .sheet
            .with_untracked(|sheet| sheet.as_ref().map_or(1, |sheet| i64::from(sheet.pictures.max(1))));
        let now: i64 = state.now(&params::PICTURE).parse().unwrap_or(0);
        state.set(&params::PICTURE, &(now + by).rem_euclid(count).to_string());
    };
    let hash = move || {
        race.sheet.with(|sheet| sheet.as_ref().map(|sheet| sheet.hash.chars().take(16).collect::<String>()))
    };
    view! {
        <section class="augmentation-gallery">
            <div class="gallery-head">
                <figure class="original">
                    <Thumb race place=None label=word(t, |t| t.augmentation.original)/>
                    <figcaption>{tr!(t, augmentation.original)}</figcaption>
                </figure>
                <div>
                    <p data-testid="augmentation-picture">{dynamic(of)}</p>
                    {dynamic(move || if is_own.get() {
                        view! { <button class="btn small" on:click=move |_| own.set(None) data-testid="augmentation-own-back">{tr!(t, augmentation.own_back)}</button> }.into_any()
                    } else {
                        (!state.is_hidden(&params::PICTURE)).then(|| view! {
                            <button class="btn small" on:click=move |_| go(-1)>{tr!(t, augmentation.previous)}</button>
                            " "
                            <button class="btn small" on:click=move |_| go(1) data-testid="augmentation-next">{tr!(t, augmentation.next)}</button>
                        }).into_any()
                    })}
                    <p class="hint">{tr!(t, augmentation.hash)} " " <span class="mono" data-testid="augmentation-hash">{dynamic(hash)}</span></p>
                </div>
            </div>
            {dynamic(move || race.failure.get().map(|failure| view! { <p class="notice" role="alert">{failure_text(t.get(), &failure)}</p> }))}
            <ul class="variants" data-visit="" aria-label=tr!(t, augmentation.variants_label)>
                {(0..GRID as usize).map(|place| {
                    let label = Signal::derive(move || words(place));
                    view! {
                        <li>
                            <button class="variant" aria-label=move || label.get()
                                aria-pressed=move || (looked_at.get() == Some(place)).to_string()
                                on:pointerenter=move |_| looked_at.set(Some(place))
                                on:focus=move |_| looked_at.set(Some(place))
                                on:click=move |_| looked_at.set(Some(place))>
                                <Thumb race place=Some(place) label/>
                            </button>
                        </li>
                    }
                }).collect_view()}
            </ul>
            <p class="variant-words" data-visit="" data-testid="augmentation-variant">{dynamic(move || match looked_at.get() {
                Some(place) => words(place),
                None => t.get().augmentation.variant_hint.to_owned(),
            })}</p>
            <Own race/>
        </section>
    }
}

/// The picture, or a variant.
#[component]
fn Thumb(race: Race, place: Option<usize>, label: Signal<String>) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    // So small that all of them together take less than a frame.
    Effect::new(move |_| {
        race.sheet.with(|sheet| {
            let (Some(canvas), Some(sheet)) = (canvas.get(), sheet) else { return };
            let len = (sheet.side * sheet.side * 3) as usize;
            let first = place.map_or(0, |place| place + 1) * len;
            if let Some(levels) = sheet.levels.get(first..first + len) {
                paint(&canvas, sheet.side, levels);
            }
        });
    });
    view! { <canvas class="variant-picture" width="28" height="28" node_ref=canvas role="img" aria-label=move || label.get()></canvas> }
}
