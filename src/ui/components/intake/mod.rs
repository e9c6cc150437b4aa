//! Ways for a picture to come in: file chooser, drop, paste, drawing, camera. Each ends as a file, which the worker decodes. Pictures stay on
//! this machine.

mod camera;
mod drawing;

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, ClipboardEvent, DragEvent, File, FileList, HtmlCanvasElement};

use protocol::{Decoded, Event, Failure, Outcome, Request};

use self::camera::Camera;
use self::drawing::Drawing;
use crate::tr;
use crate::ui::components::file_button::FileButton;
use crate::ui::text::use_text;
use crate::ui::view::dynamic;
use crate::ui::worker_client::WorkerClient;

/// Kinds offered by the chooser; whatever else comes is looked at all the same.
const ACCEPT: &str = "image/*,.heic,.heif,.avif";

/// A tool that is open.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Tool {
    Camera,
    Drawing,
}

fn listed(files: Option<FileList>, is_many: bool) -> Vec<File> {
    let Some(files) = files else { return Vec::new() };
    let count = if is_many { files.length() } else { files.length().min(1) };
    (0..count).filter_map(|index| files.get(index)).collect()
}

/// Where pictures are chosen, dropped, pasted, drawn or taken.
#[component]
pub fn Intake(
    /// What the chooser is for.
    label: Signal<String>,
    /// Several at a time.
    is_many: bool,
    /// Of the file chooser.
    testid: &'static str,
    /// Takes them.
    on_files: Callback<Vec<File>>,
) -> impl IntoView {
    let t = use_text();
    let dropping = RwSignal::new(false);
    let tool = RwSignal::new(None::<Tool>);
    let dropped = move |event: DragEvent| {
        event.prevent_default();
        dropping.set(false);
        on_files.run(listed(event.data_transfer().and_then(|data| data.files()), is_many));
    };
    let pasted = move |event: ClipboardEvent| {
        let files = listed(event.clipboard_data().and_then(|data| data.files()), is_many);
        if !files.is_empty() {
            event.prevent_default();
            on_files.run(files);
        }
    };
    let toggle =
        move |which: Tool| tool.update(|tool| *tool = if *tool == Some(which) { None } else { Some(which) });
    let is_open = move |which: Tool| move || (tool.get() == Some(which)).to_string();
    let taken = Callback::new(move |file: File| {
        let _ = on_files.try_run(vec![file]);
    });
    view! {
        // What is taken, and from where, is of the visit.
        <div class="intake" data-visit="" class:over=move || dropping.get() tabindex="0" role="group" aria-label=move || label.get()
            on:dragover=move |event: DragEvent| { event.prevent_default(); dropping.set(true); }
            on:dragleave=move |_| dropping.set(false)
            on:drop=dropped on:paste=pasted>
            <FileButton label accept=ACCEPT is_many testid on_files/>
            <div class="intake-tools">
                <button class="btn small" aria-expanded=is_open(Tool::Camera) on:click=move |_| toggle(Tool::Camera)>{tr!(t, intake.camera)}</button>
                <button class="btn small" aria-expanded=is_open(Tool::Drawing) on:click=move |_| toggle(Tool::Drawing)>{tr!(t, intake.draw)}</button>
                <span class="hint">{tr!(t, intake.drop_hint)}</span>
            </div>
            {dynamic(move || match tool.get() {
                Some(Tool::Camera) => view! { <Camera on_file=taken/> }.into_any(),
                Some(Tool::Drawing) => view! { <Drawing on_file=taken/> }.into_any(),
                None => ().into_any(),
            })}
        </div>
    }
}

/// Asks the worker for a file's middle square.
pub fn decode(
    worker: WorkerClient,
    file: File,
    side: u32,
    then: impl Fn(Result<Decoded, Failure>) + 'static,
) {
    worker.submit(Request::Decode { side }, Some(file), move |event, _| match event {
        Event::Done(Outcome::Decoded(decoded)) => then(Ok(decoded)),
        Event::Failed(failure) => then(Err(failure)),
        _ => {}
    });
}

/// A canvas's picture as a PNG file.
fn file_of(canvas: &HtmlCanvasElement, name: String, then: Callback<File>) {
    let on_blob = Closure::once_into_js(move |blob: Option<Blob>| {
        let Some(blob) = blob else { return };
        let parts = js_sys::Array::of1(&blob);
        if let Ok(file) = File::new_with_blob_sequence(&parts, &name) {
            // The page may have been left while the browser made the file.
            let _ = then.try_run(file);
        }
    });
    // A canvas that is tainted or too large would throw; this one is neither.
    let _ = canvas.to_blob(on_blob.unchecked_ref());
}
