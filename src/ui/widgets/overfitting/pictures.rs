//! The stage of pictures: training rows, those with wrong labels first, with what was said of each.

use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::Clamped;
use web_sys::ImageData;

use super::params;
use super::session::Pair;
use crate::ui::components::image_names;
use crate::ui::components::raster::context;
use crate::ui::lab::LabSession;
use crate::ui::text::{Text, fill, use_text};
use crate::ui::view::dynamic;

/// What is known of one picture.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Said {
    given: usize,
    truth: usize,
    found: usize,
}

/// A run's stage.
#[component]
pub fn Pictures(
    /// The widget's runs.
    pair: Pair,
    /// Whose stage.
    lab: LabSession,
    /// Its name, for screen readers.
    label: Signal<String>,
    /// For tests.
    testid: &'static str,
) -> impl IntoView {
    let t = use_text();
    let looked = lab.look("pictures");
    let said = Memo::new(move |_| {
        looked.with(|view| {
            let Some(view) = view else { return Vec::new() };
            let width = view.shape.get(1).map_or(0, |&width| width as usize).max(3);
            let rows = view.values.chunks_exact(width);
            rows.map(|row| Said { given: row[0] as usize, truth: row[1] as usize, found: row[2] as usize })
                .collect::<Vec<Said>>()
        })
    });
    let count = Memo::new(move |_| said.with(Vec::len));
    let words = move |at: usize| {
        let text = t.get();
        let data = pair.state.get(&params::DATA);
        let Some(said) = said.with(|said| said.get(at).copied()) else { return String::new() };
        let name = |class: usize| class_name(text, &data, class);
        let template = if said.given == said.truth {
            if said.found == said.truth { text.overfitting.said_right } else { text.overfitting.said_wrong }
        } else if said.found == said.given {
            text.overfitting.said_memorised
        } else {
            text.overfitting.said_resisted
        };
        fill(
            template,
            &[("given", &name(said.given)), ("truth", &name(said.truth)), ("found", &name(said.found))],
        )
    };
    let is_wrong =
        move |at: usize| said.with(|said| said.get(at).is_some_and(|said| said.given != said.truth));
    let is_memorised = move |at: usize| {
        said.with(|said| {
            said.get(at).is_some_and(|said| said.given != said.truth && said.found == said.given)
        })
    };
    view! {
        <ul class="over-sheet" aria-label=move || label.get() data-testid=testid>
            {dynamic(move || (0..count.get()).map(|at| view! {
                <li class:wrong=move || is_wrong(at) class:memorised=move || is_memorised(at)>
                    <Thumb lab at/>
                    <span>{dynamic(move || words(at))}</span>
                </li>
            }).collect_view())}
        </ul>
    }
}

/// Keys of the classes of Fashion-MNIST.
const NAMES: [&str; 10] =
    ["t_shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle_boot"];

fn class_name(text: &'static Text, data: &str, class: usize) -> String {
    if data == "digits" {
        return class.to_string();
    }
    NAMES.get(class).map(|name| image_names::class_name(text, name)).unwrap_or_default()
}

/// A picture; painted when it is another one.
#[component]
fn Thumb(lab: LabSession, at: usize) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let looked = lab.look("pictures");
    let pixels = Memo::new(move |_| {
        looked.with(|view| {
            let view = view.as_ref()?;
            let width = view.shape.get(1).map_or(0, |&width| width as usize).max(3);
            Some(view.values.get(at * width + 3..(at + 1) * width)?.to_vec())
        })
    });
    Effect::new(move |_| {
        let (Some(canvas), Some(pixels)) = (canvas.get(), pixels.get()) else { return };
        let side = pixels.len().isqrt();
        if canvas.width() != side as u32 {
            canvas.set_width(side as u32);
            canvas.set_height(side as u32);
        }
        // The cast bounds, and makes black of NaN.
        let rgba: Vec<u8> =
            pixels.iter().map(|value| (255.0 * value) as u8).flat_map(|g| [g, g, g, 255]).collect();
        let data = ImageData::new_with_u8_clamped_array(Clamped(&rgba), side as u32);
        if let (Some(context), Ok(data)) = (context(&canvas), data) {
            let _ = context.put_image_data(&data, 0.0, 0.0);
        }
    });
    view! { <canvas class="pixels" width="8" height="8" node_ref=canvas aria-hidden="true"></canvas> }
}
