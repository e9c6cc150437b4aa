//! The base in fewer bits: bytes, accuracy on the present draw, and time for a picture, on one chart with its table.
//!
//! By the rule of the site's headline chart a mark is filled where the arithmetic is the format's own, as FP32's is here; the others are
//! decoded when the base is opened and computed with in FP32, so they are hollow, and no axis is a speed.

use leptos::prelude::*;
use protocol::{BaseSpeed, BaseSpeedSpec, Event, Failure, Outcome, Request};

use super::model::Setup;
use super::session::Race;
use super::{params, precision_name, word};
use crate::tr;
use crate::ui::charts::{ChartFrame, Marks, Plot, Point, Scale, Series, Table};
use crate::ui::components::number::{bytes, figure};
use crate::ui::text::{Text, failure_text, fill, use_text};
use crate::ui::view::dynamic;

/// How far the timing of all precisions is.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Timing {
    /// Nobody asked.
    #[default]
    Idle,
    /// The FP32 base is on its way; bytes.
    Fetching { bytes: u64, total: u64 },
    /// Rounds of runs.
    Running { done: u64, total: u64 },
    /// It ended badly.
    Failed(Failure),
}

/// What was timed in this visit, and how far the timing under way is.
#[derive(Clone, Copy)]
pub struct Speeds {
    /// The cut, and its bases from the widest.
    pub found: RwSignal<Vec<(String, Vec<BaseSpeed>)>>,
    /// Under way.
    pub timing: RwSignal<Timing>,
}

impl Speeds {
    /// Nothing timed yet.
    pub fn new() -> Self {
        Self { found: RwSignal::new(Vec::new()), timing: RwSignal::new(Timing::Idle) }
    }

    /// Of a cut and precision, tracked.
    fn of(self, cut: &str, weights: &str) -> Option<BaseSpeed> {
        self.found.with(|found| {
            let (_, bases) = found.iter().find(|(known, _)| known == cut)?;
            bases.iter().find(|base| base.weights == weights).cloned()
        })
    }

    pub fn is_busy(self) -> bool {
        matches!(self.timing.get(), Timing::Fetching { .. } | Timing::Running { .. })
    }

    /// Times every precision of the present cut.
    fn measure(self, race: Race) {
        let cut = race.state.now(&params::CUT);
        let weights = params::PRECISIONS.map(str::to_owned).to_vec();
        self.timing.set(Timing::Running { done: 0, total: 0 });
        let request = Request::BaseSpeed(BaseSpeedSpec { cut: cut.clone(), weights });
        race.worker.submit(request, None, move |event, _| {
            // The widget may be gone by then.
            let timing = match event {
                Event::Fetched { bytes, total } => Timing::Fetching { bytes, total },
                Event::Progress { done, total } => Timing::Running { done, total },
                Event::Done(Outcome::BaseSpeed(bases)) => {
                    let _ = self.found.try_update(|found| {
                        found.retain(|(known, _)| *known != cut);
                        found.push((cut.clone(), bases));
                    });
                    Timing::Idle
                }
                Event::Failed(failure) => Timing::Failed(failure),
                _ => Timing::Idle,
            };
            let _ = self.timing.try_set(timing);
        });
    }
}

/// A precision of the present cut, as far as it is known.
struct Row {
    name: String,
    /// Its arithmetic is its own.
    is_native: bool,
    selected: bool,
    megabytes: Option<f64>,
    percent: Option<f64>,
    speed: Option<BaseSpeed>,
}

/// Every precision at one cut, tracked.
fn rows(race: Race, cut: &str) -> Vec<Row> {
    let mut now = Setup::of(race.state);
    let is_present = now.features.cut == cut;
    cut.clone_into(&mut now.features.cut);
    let own = std::mem::take(&mut now.features.weights);
    let row = |id: &'static str| {
        let mut setup = now.clone();
        id.clone_into(&mut setup.features.weights);
        let tried = race.tried.with(|all| all.iter().find(|base| base.setup == setup).cloned());
        let speed = race.speeds.of(cut, id);
        let bytes = tried.as_ref().map(|base| base.bytes).or(speed.as_ref().map(|speed| speed.weight_bytes));
        Row {
            name: precision_name(id),
            is_native: id == "fp32",
            selected: is_present && own == id,
            megabytes: bytes.map(|bytes| bytes as f64 / 1e6),
            percent: tried.map(|base| 100.0 * base.accuracy),
            speed,
        }
    };
    params::PRECISIONS.into_iter().map(row).collect()
}

/// Cells of a row after the name: arithmetic, MB, accuracy, time with its quartiles.
fn cells(text: &'static Text, row: &Row) -> [String; 4] {
    let words = &text.transfer;
    let none = || "–".to_owned();
    [
        if row.is_native { words.speed.native } else { words.speed.decoded }.to_owned(),
        row.megabytes.map_or_else(none, |megabytes| format!("{megabytes:.2}")),
        row.percent.map_or_else(none, |percent| format!("{percent:.1}")),
        row.speed.as_ref().map_or_else(none, |speed| {
            format!("{} ({} … {})", figure(speed.median_ms), figure(speed.lower_ms), figure(speed.upper_ms))
        }),
    ]
}

/// Known bases of the present task, labels and seed.
fn plot(text: &'static Text, race: Race) -> Plot {
    let words = &text.transfer;
    let mut table = Vec::new();
    let series = params::CUTS.iter().enumerate().map(|(style, cut)| {
        let cut_name = words.cuts.get(cut).unwrap_or(cut).to_owned();
        let mut points = Vec::new();
        for row in rows(race, cut) {
            let [arithmetic, mb, accuracy, ms] = cells(text, &row);
            if row.percent.is_some() || row.speed.is_some() {
                let cells = [&cut_name, &row.name, &arithmetic, &mb, &accuracy, &ms].map(Clone::clone);
                table.push(cells.to_vec());
            }
            let (Some(x), Some(y)) = (row.megabytes, row.percent) else { continue };
            let time = row.speed.as_ref().map(|speed| format!("{} ms", figure(speed.median_ms)));
            let label = match &time {
                Some(time) => format!("{} · {time}", row.name),
                None => row.name.clone(),
            };
            let note = format!("{label} · {mb} MB · {accuracy} %\n{arithmetic}");
            points.push(Point {
                x,
                y,
                filled: row.is_native,
                note,
                label: Some(label),
                selected: row.selected,
                ..Point::default()
            });
        }
        Series { name: cut_name, style, points }
    });
    let series: Vec<Series> = series.collect();
    let head = [
        words.cut_label,
        words.weights_label,
        words.speed.arithmetic,
        words.bytes_axis,
        words.accuracy_axis,
        words.speed.ms,
    ];
    Plot {
        x_label: words.bytes_axis.to_owned(),
        y_label: words.accuracy_axis.to_owned(),
        x_scale: Scale::Log,
        marks: Marks::Points(series),
        legend: true,
        table: Table { head: head.map(str::to_owned).to_vec(), rows: table },
        ..Plot::default()
    }
}

/// The section.
#[component]
pub fn Precisions(
    /// The widget's runs.
    race: Race,
) -> impl IntoView {
    let t = use_text();
    let speeds = race.speeds;
    let plot = Signal::derive(move || plot(t.get(), race));
    let is_busy = move || race.queue.with(|queue| !queue.is_empty());
    let status = move || {
        let text = t.get();
        let words = &text.transfer;
        match speeds.timing.get() {
            Timing::Idle => None,
            Timing::Fetching { bytes: done, total } => {
                Some(fill(words.fetching, &[("done", &bytes(done)), ("total", &bytes(total))]))
            }
            Timing::Running { total: 0, .. } => Some(words.speed.preparing.to_owned()),
            Timing::Running { done, total } => {
                let (done, total) = (done.to_string(), total.to_string());
                Some(fill(words.speed.running, &[("done", &done), ("total", &total)]))
            }
            Timing::Failed(failure) => Some(failure_text(text, &failure)),
        }
    };
    let is_failed = move || matches!(speeds.timing.get(), Timing::Failed(_));
    view! {
        <section class="part" data-visit="" data-testid="transfer-precisions">
            <div class="part-head">
                <h3>{tr!(t, transfer.precision_title)}</h3>
                <button class="btn small" disabled=is_busy on:click=move |_| race.try_all() data-testid="transfer-try-all">{tr!(t, transfer.try_all)}</button>
                <button class="btn small" disabled=move || speeds.is_busy() on:click=move |_| speeds.measure(race) data-testid="transfer-measure-speed">{tr!(t, transfer.speed.measure)}</button>
            </div>
            <p class="part-note">{tr!(t, transfer.precision_lede)}</p>
            {dynamic(move || status().map(|words| view! { <p class="part-note" class:notice=is_failed role="status" data-testid="transfer-speed-status">{words}</p> }))}
            <ChartFrame title=word(t, |t| t.transfer.precision_chart) plot height_px=Signal::derive(|| 240) id="transfer-precision"/>
            <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, transfer.speed.table)>
                <table class="data" data-testid="transfer-speeds">
                    <caption>{tr!(t, transfer.speed.table)}</caption>
                    <thead><tr>
                        <th scope="col">{tr!(t, transfer.weights_label)}</th>
                        <th scope="col">{tr!(t, transfer.speed.arithmetic)}</th>
                        <th scope="col" class="num">"MB"</th>
                        <th scope="col" class="num">{tr!(t, transfer.accuracy_axis)}</th>
                        <th scope="col" class="num">{tr!(t, transfer.speed.ms)}</th>
                    </tr></thead>
                    <tbody>{dynamic(move || rows(race, &race.state.get(&params::CUT)).into_iter().map(|row| {
                        let [arithmetic, mb, accuracy, ms] = cells(t.get(), &row);
                        view! {
                            <tr>
                                <th scope="row">{row.name}</th>
                                <td>{arithmetic}</td>
                                <td class="num">{mb}</td>
                                <td class="num">{accuracy}</td>
                                <td class="num" data-measured="">{ms}</td>
                            </tr>
                        }
                    }).collect_view())}</tbody>
                </table>
            </div>
            <p class="part-note">{tr!(t, transfer.speed.note)}</p>
        </section>
    }
}
