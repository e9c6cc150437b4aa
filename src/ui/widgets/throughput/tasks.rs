//! "Predict, then run" for the throughput widget. Right answers come from the documents, the network's count and this
//! device's own figures.

use leptos::prelude::*;
use protocol::Rate;

use super::session::Session;
use super::{chips, model, network, params, units};
use crate::ui::components::format_name::name;
use crate::ui::components::number::figure;
use crate::ui::components::tasks::{Task, Tasks};
use crate::ui::text::{fill, use_text};
use crate::ui::url_state::UrlState;

/// Operations a byte of a matrix–vector product in binary32: two for each weight of four bytes.
const MATVEC_INTENSITY: f64 = 0.5;
/// Choices of the first question, as shares of the peak.
const SHARES: [f64; 4] = [1.0, 0.5, 0.06, 0.001];
/// What the second question compares: the widest and the narrowest of the short measurement, and one between.
const COMPARED: [&str; 3] = ["fp32", "fp16", "q8_0"];

/// Bandwidth over peak of a matrix–vector product on the Raspberry Pi 5 of the documents.
fn pi_share() -> Option<f64> {
    let chip = chips::by_id("pi-5")?;
    let peak = chips::figures_of(chip).into_iter().find(|figure| figure.format == "fp32")?.dense;
    Some(chip.bandwidth_gb_s? * 1e9 * MATVEC_INTENSITY / peak)
}

/// The choice nearest in ratio.
fn nearest_share(share: f64) -> usize {
    let distance = |choice: f64| (choice / share).ln().abs();
    (0..SHARES.len()).min_by(|a, b| distance(SHARES[*a]).total_cmp(&distance(SHARES[*b]))).unwrap_or_default()
}

/// The questions. Those that need a measurement have no choices before it.
pub fn tasks(state: UrlState) -> AnyView {
    let t = use_text();
    let session = use_context::<Session>();
    let speeds = Memo::new(move |_| {
        let session = session?;
        let marks = session.found.with(|found| model::marks(found, session.side()));
        COMPARED.iter().map(|id| model::products_of(&marks, id)).collect::<Option<Vec<Rate>>>()
    });
    let dense_shares = Memo::new(move |_| {
        let network = session?.network.get()?.ok()?;
        let flop = network::share_of(&network, "dense", network::layer_flop);
        let params = network::share_of(&network, "dense", |layer| layer.param_count as f64);
        Some((flop, params))
    });
    let waiting = move |ready: bool, question: &'static str| {
        if ready { question.to_owned() } else { format!("{question} {}", t.get().throughput.task_wait) }
    };
    let tasks = vec![
        Task {
            id: "share",
            question: Signal::derive(move || t.get().throughput.task_share.to_owned()),
            choices: Signal::derive(|| SHARES.iter().map(|share| units::percent(*share)).collect()),
            right: Signal::derive(|| pi_share().map_or(usize::MAX, nearest_share)),
            because: Signal::derive(move || {
                fill(
                    t.get().throughput.task_share_because,
                    &[("share", &units::percent(pi_share().unwrap_or(f64::NAN)))],
                )
            }),
            show: Callback::new(move |()| {
                for param in [&params::CORES, &params::CLOCK, &params::PER_CYCLE] {
                    state.set(param, param.default);
                }
            }),
        },
        Task {
            id: "narrow",
            question: Signal::derive(move || waiting(speeds.get().is_some(), t.get().throughput.task_narrow)),
            choices: Signal::derive(move || {
                speeds.get().map(|_| COMPARED.iter().map(|id| name(id)).collect()).unwrap_or_default()
            }),
            right: Signal::derive(move || {
                let speeds = speeds.get().unwrap_or_default();
                (0..speeds.len())
                    .max_by(|a, b| speeds[*a].median.total_cmp(&speeds[*b].median))
                    .unwrap_or(usize::MAX)
            }),
            because: Signal::derive(move || {
                let figures: Vec<String> = COMPARED
                    .iter()
                    .zip(speeds.get().unwrap_or_default())
                    .map(|(id, speed)| {
                        let spread = fill(t.get().throughput.spread, &[("share", &units::spread(&speed))]);
                        format!("{} {} ({spread})", name(id), figure(speed.median))
                    })
                    .collect();
                fill(t.get().throughput.task_narrow_because, &[("figures", &figures.join(", "))])
            }),
            show: Callback::new(move |()| {
                state.set(&params::VIEW, "speed");
                if let Some(session) = session {
                    session.measure_at_sight();
                }
            }),
        },
        Task {
            id: "layers",
            question: Signal::derive(move || {
                waiting(dense_shares.get().is_some(), t.get().throughput.task_layers)
            }),
            choices: Signal::derive(move || {
                let words = &t.get().throughput;
                let both = [words.layers_conv, words.layers_dense];
                dense_shares.get().map(|_| both.map(str::to_owned).to_vec()).unwrap_or_default()
            }),
            right: Signal::derive(move || {
                dense_shares.get().map_or(usize::MAX, |(_, params)| usize::from(params > 0.5))
            }),
            because: Signal::derive(move || {
                let (flop, params) = dense_shares.get().unwrap_or((f64::NAN, f64::NAN));
                fill(
                    t.get().throughput.task_layers_because,
                    &[("params", &units::percent(params)), ("flop", &units::percent(flop))],
                )
            }),
            show: Callback::new(|()| ()),
        },
    ];
    view! { <Tasks tasks/> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_give_the_pi_its_six_percent() {
        let share = pi_share().expect("the Pi is in the table");
        assert!((share - 8.5 / 153.6).abs() < 1e-9);
        assert_eq!(SHARES[nearest_share(share)], 0.06);
    }
}
