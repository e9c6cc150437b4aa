//! Pictures from the camera. The browser is asked when the tool is opened, never before; frames stay on this machine; the camera stops when
//! the tool or the page is left or hidden.

use gloo_events::EventListener;
use leptos::html::{Canvas, Video};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, MediaStream, MediaStreamConstraints, MediaStreamTrack};

use super::file_of;
use crate::tr;
use crate::ui::components::raster::context;
use crate::ui::text::{fill, use_text};
use crate::ui::view::dynamic;

/// Pixels along a side of a picture that is taken.
const SIDE: u32 = 224;

/// How the camera is.
#[derive(Debug, Clone, PartialEq)]
enum State {
    Asking,
    On,
    /// In the browser's words; empty when there is no way to ask.
    Refused(String),
    Stopped,
}

fn stop(stream: &MediaStream) {
    for track in stream.get_tracks().iter() {
        if let Ok(track) = track.dyn_into::<MediaStreamTrack>() {
            track.stop();
        }
    }
}

async fn ask() -> Result<MediaStream, String> {
    let words = |error: wasm_bindgen::JsValue| {
        let name = js_sys::Reflect::get(&error, &"name".into()).ok().and_then(|name| name.as_string());
        name.unwrap_or_default()
    };
    let devices = window().navigator().media_devices().map_err(words)?;
    // Absent where the page is not served securely.
    if devices.is_undefined() {
        return Err(String::new());
    }
    let wanted = MediaStreamConstraints::new();
    let video = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&video, &"facingMode".into(), &"environment".into());
    wanted.set_video(&video);
    let promise = devices.get_user_media_with_constraints(&wanted).map_err(words)?;
    JsFuture::from(promise).await.map_err(words)?.dyn_into().map_err(words)
}

/// The camera.
#[component]
pub(super) fn Camera(
    /// Takes the picture.
    on_file: Callback<File>,
) -> impl IntoView {
    let t = use_text();
    let state = RwSignal::new(State::Asking);
    let stream = StoredValue::new_local(None::<MediaStream>);
    let (video, canvas) = (NodeRef::<Video>::new(), NodeRef::<Canvas>::new());
    let count = StoredValue::new(0);
    // The answer may be the same as before: how often the browser was asked shows that it was.
    let asked = RwSignal::new(0);
    let end = move || {
        if let Some(Some(stream)) = stream.try_update_value(Option::take) {
            stop(&stream);
        }
    };
    let begin = move || {
        state.set(State::Asking);
        asked.update(|asked| *asked += 1);
        leptos::task::spawn_local(async move {
            match ask().await {
                Ok(found) => {
                    // The visitor may have left while the browser asked.
                    if state.try_get_untracked().is_none() {
                        return stop(&found);
                    }
                    stream.set_value(Some(found));
                    state.set(State::On);
                }
                Err(reason) => {
                    let _ = state.try_set(State::Refused(reason));
                }
            }
        });
    };
    begin();
    on_cleanup(end);
    let listener = EventListener::new(&document(), "visibilitychange", move |_| {
        if document().hidden() && state.try_get_untracked() == Some(State::On) {
            end();
            state.set(State::Stopped);
        }
    });
    let kept = StoredValue::new_local(Some(listener));
    on_cleanup(move || {
        kept.try_update_value(Option::take);
    });
    Effect::new(move |_| {
        if let (Some(video), State::On) = (video.get(), state.get()) {
            stream.with_value(|stream| video.set_src_object(stream.as_ref()));
        }
    });
    let take = move |_| {
        let (Some(video), Some(canvas)) = (video.get_untracked(), canvas.get_untracked()) else { return };
        let (width, height) = (f64::from(video.video_width()), f64::from(video.video_height()));
        let cut = width.min(height);
        let (Some(context), true) = (context(&canvas), cut > 0.0) else { return };
        let side = f64::from(SIDE);
        let drawn = context.draw_image_with_html_video_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
            &video,
            (width - cut) / 2.0,
            (height - cut) / 2.0,
            cut,
            cut,
            0.0,
            0.0,
            side,
            side,
        );
        if drawn.is_ok() {
            let number = count.try_update_value(|count| {
                *count += 1;
                *count
            });
            file_of(&canvas, format!("camera-{}.png", number.unwrap_or_default()), on_file);
        }
    };
    let words = move || {
        let words = &t.get().intake;
        let again = match asked.get() {
            0 | 1 => String::new(),
            asked => format!(" {}", fill(words.camera_asked, &[("n", &asked.to_string())])),
        };
        match state.get() {
            State::Asking => words.camera_asking.to_owned(),
            State::On => words.camera_on.to_owned(),
            State::Stopped => words.camera_stopped.to_owned(),
            State::Refused(reason) if reason.is_empty() => words.camera_none.to_owned() + &again,
            State::Refused(reason) => fill(words.camera_refused, &[("reason", &reason)]) + &again,
        }
    };
    let is_on = move || state.get() == State::On;
    view! {
        <div class="tool" data-testid="own-camera">
            <video class="sheet-canvas" class:idle=move || !is_on() autoplay=true muted=true playsinline=true node_ref=video aria-label=tr!(t, intake.camera_label)></video>
            <canvas hidden width=SIDE.to_string() height=SIDE.to_string() node_ref=canvas></canvas>
            <div class="intake-tools">
                <button class="btn small" disabled=move || !is_on() on:click=take data-testid="own-camera-take">{tr!(t, intake.camera_take)}</button>
                {dynamic(move || matches!(state.get(), State::Stopped | State::Refused(_)).then(|| view! {
                    <button class="btn small" on:click=move |_| begin()>{tr!(t, intake.camera_again)}</button>
                }))}
                <span class="hint" role="status">{dynamic(words)}</span>
            </div>
        </div>
    }
}
