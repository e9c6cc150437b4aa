//! What runs the experiments: CPU with SIMD, the WebGPU adapter or why there is none.

use crate::ui::view::dynamic;
use leptos::prelude::*;
use protocol::GpuStatus;

use crate::tr;
use crate::ui::text::{Text, end_of_worker, fill, use_text};
use crate::ui::worker_client::{WorkerState, use_worker};

/// A badge that opens to the whole answer.
#[component]
pub fn DeviceBadge() -> impl IntoView {
    let t = use_text();
    let worker = use_worker();
    let state = worker.state();
    let label = move || match state.get() {
        WorkerState::Starting => t.get().shell.device_starting.to_owned(),
        WorkerState::Dead { .. } => t.get().shell.device_dead.to_owned(),
        WorkerState::Ready(device) => {
            let text = t.get();
            let cpu = if device.simd128 { text.shell.device_cpu_simd } else { text.shell.device_cpu };
            match worker.gpu().get() {
                Some(GpuStatus::Adapter { .. }) => format!("{cpu} + WebGPU"),
                _ => cpu.to_owned(),
            }
        }
    };
    let shape = move || match state.get() {
        WorkerState::Starting => "dot waiting",
        WorkerState::Ready(_) => "dot",
        WorkerState::Dead { .. } => "dot dead",
    };
    view! {
        <details class="badge-box">
            <summary class="badge" data-testid="shell-device">
                <span class=shape aria-hidden="true"></span>
                <span>{label}</span>
            </summary>
            <div class="badge-panel">
                <p><b>{tr!(t, shell.device_title)}</b></p>
                <p>{dynamic(move || cpu_line(t.get(), &state.get()))}</p>
                <p data-testid="shell-gpu">{dynamic(move || gpu_line(t.get(), worker.gpu().get()))}</p>
                {dynamic(move || (worker.deaths().get() > 0).then(|| view! {
                    <p>{fill(t.get().shell.device_restarted, &[("n", &worker.deaths().get().to_string())])}</p>
                }))}
            </div>
        </details>
    }
}

fn cpu_line(text: &'static Text, state: &WorkerState) -> String {
    match state {
        WorkerState::Starting => text.shell.device_starting.to_owned(),
        WorkerState::Dead { reason } => {
            fill(text.shell.device_dead_body, &[("reason", end_of_worker(text, reason))])
        }
        WorkerState::Ready(device) => {
            let simd = if device.simd128 { text.shell.device_simd_yes } else { text.shell.device_simd_no };
            let cores = device.cores.to_string();
            fill(text.shell.device_worker, &[("simd", simd), ("cores", &cores)])
        }
    }
}

fn gpu_line(text: &'static Text, status: Option<GpuStatus>) -> String {
    match status {
        None => text.shell.gpu_asking.to_owned(),
        Some(GpuStatus::Unsupported) => text.shell.gpu_unsupported.to_owned(),
        Some(GpuStatus::NoAdapter) => text.shell.gpu_no_adapter.to_owned(),
        Some(GpuStatus::Failed { reason }) => fill(text.shell.gpu_failed, &[("reason", &reason)]),
        Some(GpuStatus::Adapter { name, software }) => {
            let name = if name.is_empty() { text.shell.gpu_unnamed } else { &name };
            let template = if software { text.shell.gpu_software } else { text.shell.gpu_adapter };
            fill(template, &[("name", name)])
        }
    }
}
