//! Classes of the visitor's own: by files, drop, paste, drawing and camera. Pictures stay on this machine.

mod queue;
mod store;

use leptos::prelude::*;
use protocol::transfer::limits;

pub use store::{Own, store};

use self::queue::Queue;
use self::store::{LEAST, OwnClass};
use super::pictures::Thumbnail;
use crate::tr;
use crate::ui::components::intake::Intake;
use crate::ui::components::typed::{TypedField, Verdict};
use crate::ui::text::{failure_text, fill, use_text};
use crate::ui::view::dynamic;

/// The name of the present set, tracked; empty before it can be learnt.
pub fn data_name() -> String {
    store().with(|own| own.name().unwrap_or_default())
}

/// The classes' names, tracked.
pub fn names() -> Vec<String> {
    store().with(Own::names)
}

/// The section; to be shown while the task is the visitor's own.
#[component]
pub fn OwnClasses() -> impl IntoView {
    let t = use_text();
    let own = RwSignal::from(store());
    let queue = Queue::new();
    let ids =
        Memo::new(move |_| own.with(|own| own.classes.iter().map(|class| class.id).collect::<Vec<u32>>()));
    let is_full = move || own.with(|own| own.classes.len() >= limits::CLASSES[1]);
    let words = move || {
        let words = &t.get().transfer.own;
        own.with(|own| {
            let few = own.classes.iter().filter(|class| class.pictures.len() < LEAST).count();
            if own.pending > 0 {
                fill(words.pending, &[("n", &own.pending.to_string())])
            } else if few > 0 {
                fill(words.few, &[("n", &few.to_string()), ("least", &LEAST.to_string())])
            } else {
                words.ready.to_owned()
            }
        })
    };
    view! {
        <section class="part own" data-visit="" data-testid="transfer-own">
            <div class="part-head">
                <h3>{tr!(t, transfer.own.title)}</h3>
                <button class="btn small" disabled=is_full on:click=move |_| own.update(Own::add_class) data-testid="own-add-class">{tr!(t, transfer.own.add_class)}</button>
            </div>
            <p class="part-note">{tr!(t, transfer.own.lede)}</p>
            <div class="own-classes">
                <For each=move || ids.get() key=|id| *id let:id><ClassBox own queue id/></For>
            </div>
            <p class="hint" role="status" data-testid="own-status">{dynamic(words)}</p>
        </section>
    }
}

/// One class.
#[component]
fn ClassBox(own: RwSignal<Own>, queue: Queue, id: u32) -> impl IntoView {
    let t = use_text();
    let class = Memo::new(move |_| own.with(|own| own.classes.iter().find(|class| class.id == id).cloned()));
    let read =
        move |pick: fn(&OwnClass) -> String| class.with(|class| class.as_ref().map(pick).unwrap_or_default());
    let name = move || read(|class| class.name.clone());
    let label = Signal::derive(move || t.get().transfer.own.name_label.to_owned());
    let rename = Callback::new(move |typed: String| {
        // Korean typed on some systems comes in parts, which look like the whole and are other characters.
        let composed = String::from(js_sys::JsString::from(typed).normalize("NFC"));
        let mut result = Ok(());
        own.update(|own| result = own.rename(id, &composed));
        result.map_or_else(Verdict::Refused, |()| Verdict::Taken)
    });
    let is_last = move || own.with(|own| own.classes.len() <= limits::CLASSES[0]);
    let count =
        move || fill(t.get().transfer.own.count, &[("n", &read(|class| class.pictures.len().to_string()))]);
    let pictures = Memo::new(move |_| {
        class.with(|class| class.as_ref().map(|class| class.pictures.clone()).unwrap_or_default())
    });
    let refused = Memo::new(move |_| {
        class.with(|class| class.as_ref().map(|class| class.refused.clone()).unwrap_or_default())
    });
    view! {
        <div class="own-class" data-testid="own-class">
            <div class="own-head">
                <TypedField label=label value=Signal::derive(name) take=rename class="" testid="own-name"/>
                <span class="hint">{dynamic(count)}</span>
                <button class="btn small" disabled=is_last aria-label=move || fill(t.get().transfer.own.remove_class, &[("name", &name())])
                    on:click=move |_| own.update(|own| own.remove_class(id))>{tr!(t, transfer.own.remove)}</button>
            </div>
            <Intake label=Signal::derive(move || fill(t.get().transfer.own.choose, &[("name", &name())])) is_many=true testid="own-files"
                on_files=Callback::new(move |files: Vec<web_sys::File>| queue.push(id, files))/>
            <ul class="own-pictures">
                <For each=move || pictures.get() key=|picture| picture.id let:picture>{
                    let (remove, file) = (picture.id, picture.name.clone());
                    let label = Signal::derive(move || fill(t.get().transfer.own.remove_picture, &[("name", &file)]));
                    view! {
                        <li><button class="own-picture" aria-label=move || label.get() title=move || label.get()
                            on:click=move |_| own.update(|own| own.remove(remove))><Thumbnail square=picture.square/></button></li>
                    }
                }</For>
            </ul>
            <ul class="own-refused" role="status">
                <For each=move || refused.get() key=|refused| refused.id let:refused>{
                    let (remove, failure) = (refused.id, refused.failure.clone());
                    view! {
                        <li class="notice" data-testid="own-refused"><strong>{refused.name.clone()}</strong>" "
                            {dynamic(move || failure_text(t.get(), &failure))}" "
                            <button class="btn small" on:click=move |_| own.update(|own| own.remove(remove))>{tr!(t, transfer.own.dismiss)}</button></li>
                    }
                }</For>
            </ul>
        </div>
    }
}
