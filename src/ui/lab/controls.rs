//! Run, pause, step, reset; speed, seed, device; what runs, and what went wrong.

use crate::ui::view::dynamic;
use leptos::prelude::*;
use protocol::{DeviceReason, RunsOn};

use super::{LabSession, Notice, params};
use crate::tr;
use crate::ui::components::fields::{ChoiceField, FlagField};
use crate::ui::components::typed::NumberField;
use crate::ui::text::{Text, end_of_worker, failure_text, fill, use_text};
use crate::ui::url_state::UrlState;
use crate::ui::worker_client::Build;

/// The buttons of a lab.
#[component]
pub fn LabButtons(
    /// The lab.
    session: LabSession,
    /// A lab that is compared with it: both take the same steps. Whoever has it lets it want what the other wants.
    #[prop(optional)]
    beside: Option<LabSession>,
    /// Beginning of the test ids: the widget's name.
    name: &'static str,
) -> impl IntoView {
    let t = use_text();
    let wants = session.wants;
    let toggle = move |_| wants.update(|wants| *wants = !*wants);
    let both = move || [Some(session), beside].into_iter().flatten();
    view! {
        <button class="btn" class:on=move || !wants.get() on:click=toggle data-testid=format!("{name}-run")>
            {dynamic(move || if wants.get() { t.get().lab.pause } else { t.get().lab.run })}
        </button>
        <button class="btn" on:click=move |_| both().for_each(|lab| lab.step(1)) data-testid=format!("{name}-step")>{tr!(t, lab.step)}</button>
        <button class="btn" on:click=move |_| both().for_each(LabSession::reset) title=tr!(t, lab.reset_hint) data-testid=format!("{name}-reset")>
            {tr!(t, lab.reset)}
        </button>
    }
}

/// The settings that every lab has: speed, device, seed, and the faster build where the browser has it.
#[component]
pub fn LabSettings(
    /// The lab.
    session: LabSession,
    /// The widget's state, whose table has [`params`]'s rows.
    state: UrlState,
    /// Beginning of the test ids: the widget's name.
    name: &'static str,
) -> impl IntoView {
    let t = use_text();
    let speed = state.signal(&params::SPEED);
    Effect::new(move |_| session.set_speed(speed.get().parse().unwrap_or(0.0)));
    let word = move |f: fn(&'static Text) -> &'static str| Signal::derive(move || f(t.get()).to_owned());
    view! {
        <ChoiceField state param=&params::DEVICE options=vec!["auto", "cpu", "webgpu"] label=word(|t| t.lab.device)
            name=Callback::new(move |id: &'static str| t.get().lab.devices.get(id).unwrap_or(id).to_owned()) testid="lab-device"/>
        <ChoiceField state param=&params::SPEED options=vec!["0", "100", "10", "1"] label=word(|t| t.lab.speed)
            name=Callback::new(move |id: &'static str| match id {
                "0" => t.get().lab.speed_max.to_owned(),
                n => fill(t.get().lab.speed_n, &[("n", n)]),
            }) testid="lab-speed"/>
        <NumberField state param=&params::SEED label=word(|t| t.lab.seed) testid=format!("{name}-seed")/>
        {Build::Relaxed.is_supported().then(|| view! {
            <FlagField state param=&params::FAST label=word(|t| t.lab.fast) testid="lab-fast"/>
        })}
    }
}

/// What runs the lab, in a sentence.
#[component]
pub fn RunsOnLine(
    /// The lab.
    session: LabSession,
) -> impl IntoView {
    let t = use_text();
    move || {
        session.info.get().map(|info| {
            // A trial's rates are timings, and so is what it came to.
            let is_timing = matches!(info.runs_on.reason, DeviceReason::Faster { .. });
            // A device that was lost is there again on the next visit.
            let is_of_visit = matches!(info.runs_on.reason, DeviceReason::Lost(_));
            view! {
                <span class="runs-on" data-testid="lab-runs-on" data-measured=is_timing.then_some("") data-visit=is_of_visit.then_some("")>{runs_on(t.get(), &info.runs_on)}</span>
            }
        })
    }
}

fn runs_on(text: &'static Text, device: &RunsOn) -> String {
    let lab = &text.lab;
    let place = match &device.adapter {
        Some(name) if name.is_empty() => lab.on_gpu_unnamed.to_owned(),
        Some(name) => fill(lab.on_gpu, &[("name", name)]),
        None if device.relaxed => lab.on_cpu_relaxed.to_owned(),
        None => lab.on_cpu.to_owned(),
    };
    let rate = |value: f32| format!("{value:.0}");
    let why = match &device.reason {
        DeviceReason::Chosen => return place,
        DeviceReason::Faster { cpu_steps_per_s, gpu_steps_per_s, remembered } => {
            let words = if *remembered { lab.why_remembered } else { lab.why_faster };
            fill(words, &[("cpu", &rate(*cpu_steps_per_s)), ("gpu", &rate(*gpu_steps_per_s))])
        }
        DeviceReason::SoftwareAdapter(name) => fill(lab.why_software, &[("name", name)]),
        DeviceReason::NoAdapter => lab.why_no_adapter.to_owned(),
        DeviceReason::Unsupported(what) => fill(lab.why_unsupported, &[("what", what)]),
        DeviceReason::Lost(reason) => fill(lab.why_lost, &[("reason", reason)]),
    };
    format!("{place} {why}")
}

/// What went wrong and what came of it; stays until dismissed.
#[component]
pub fn LabNotice(
    /// The lab.
    session: LabSession,
) -> impl IntoView {
    let t = use_text();
    move || {
        session.notice.get().map(|notice| {
            let text = t.get();
            // What befell a device or a worker is of this visit; what an experiment refuses, its link refuses again.
            let is_of_visit = !matches!(notice, Notice::Failed(_));
            let words = match notice {
                Notice::Failed(failure) => failure_text(text, &failure),
                Notice::Moved(device, step) => fill(
                    text.lab.moved,
                    &[("step", &step.to_string()), ("where", &runs_on(text, &device))],
                ),
                Notice::Recovered { reason, step } => {
                    let reason = end_of_worker(text, &reason);
                    fill(text.lab.recovered, &[("reason", reason), ("step", &step.to_string())])
                }
                Notice::Lost(reason) => fill(text.lab.lost, &[("reason", end_of_worker(text, &reason))]),
            };
            view! {
                <div class="notice lab-notice" role="alert" data-testid="lab-notice" data-visit=is_of_visit.then_some("")>
                    <span>{words}</span>
                    <button class="btn small" on:click=move |_| session.notice.set(None)>{text.lab.dismiss}</button>
                </div>
            }
        })
    }
}
