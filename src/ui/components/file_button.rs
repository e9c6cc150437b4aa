//! A button that opens the browser's file chooser. The browser's own control speaks the browser's language and cannot be told another; this
//! one speaks the page's, and says which file was chosen.

use leptos::html::Input;
use leptos::prelude::*;
use web_sys::File;

use crate::tr;
use crate::ui::text::use_text;
use crate::ui::view::dynamic;

/// A label, the button under it, and the name of what was chosen.
#[component]
pub fn FileButton(
    /// What the files are for.
    label: Signal<String>,
    /// Kinds that the chooser offers, as HTML's `accept`.
    accept: &'static str,
    /// Several at a time.
    #[prop(optional)]
    is_many: bool,
    /// The name of what was chosen, where that outlives this view.
    #[prop(optional)]
    name: Option<Signal<String>>,
    /// Of the hidden input.
    testid: &'static str,
    /// Takes what was chosen, at least one.
    on_files: Callback<Vec<File>>,
) -> impl IntoView {
    let t = use_text();
    let input = NodeRef::<Input>::new();
    let chosen = RwSignal::new(String::new());
    let words = move || if is_many { t.get().shell.choose_files } else { t.get().shell.choose_file };
    let open = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let take = move |_| {
        let Some(input) = input.get_untracked() else { return };
        let list = input.files();
        let count = list.as_ref().map_or(0, web_sys::FileList::length);
        let files: Vec<File> = (0..count).filter_map(|at| list.as_ref()?.get(at)).collect();
        // The same file may be chosen again.
        input.set_value("");
        if let Some(first) = files.first() {
            chosen.set(if is_many { String::new() } else { first.name() });
            on_files.run(files);
        }
    };
    view! {
        <div class="field file-field">
            <span>{dynamic(move || label.get())}</span>
            <span class="file-row">
                <button class="btn small" type="button" on:click=open aria-label=move || format!("{} {}", words(), label.get())>{dynamic(words)}</button>
                <span class="hint file-name">{dynamic(move || name.map_or_else(|| chosen.get(), |name| name.get()))}</span>
            </span>
            <input type="file" hidden accept=accept multiple=is_many node_ref=input on:change=take aria-label=tr!(t, shell.choose_file) data-testid=testid/>
        </div>
    }
}
