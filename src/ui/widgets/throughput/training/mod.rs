//! What a training step costs in a number format: the chosen one and binary32, from the same seed, side by side.
//!
//! Both are labs of one worker and take turns, so the ratio of their speeds does not depend on what else this device does.

mod model;
pub mod params;

use crate::ui::view::dynamic;
use leptos::html::Section;
use leptos::prelude::*;
use protocol::{ClassifierSpec, DeviceChoice, Experiment, LabSpec, Precision};

use crate::tr;
use crate::ui::charts::ChartFrame;
use crate::ui::components::fields::ChoiceField;
use crate::ui::embed::{Command, use_host};
use crate::ui::lab::{self, LabButtons, LabNotice, LabSession, LabSettings, RunsOnLine, pause_while_unseen};
use crate::ui::text::{Text, use_text};
use crate::ui::url_state::UrlState;
use params::{DATA, DATA_SETS, NETWORK, NETWORKS, PRECISION, PRECISIONS};

/// The two labs.
#[derive(Clone, Copy)]
struct Race {
    state: UrlState,
    chosen: LabSession,
    binary32: LabSession,
}

impl Race {
    fn spec(self, precision: &str, device: DeviceChoice) -> LabSpec {
        let network = self.state.get(&NETWORK);
        let width = if network == "cnn" { 8 } else { 64 };
        LabSpec {
            experiment: Experiment::Classifier(ClassifierSpec {
                data: self.state.get(&DATA),
                network,
                width,
                batch: 32,
                lr: 2e-3,
                precision: Precision::Preset(precision.to_owned()),
            }),
            seed: lab::params::seed(self.state),
            device,
        }
    }
}

impl Race {
    /// Carries out what a host page asks for, in both labs.
    fn obey(self, command: Command) {
        for lab in [self.chosen, self.binary32] {
            match command {
                Command::Run => lab.wants.set(true),
                Command::Pause => lab.pause(),
                Command::Step(count) => lab.step(count),
                Command::Restart => lab.reset(),
            }
        }
    }
}

/// The section.
#[component]
pub fn Training(
    /// The widget's state.
    state: UrlState,
) -> impl IntoView {
    let t = use_text();
    let race = Race { state, chosen: LabSession::new(), binary32: LabSession::new() };
    let stage = NodeRef::<Section>::new();
    pause_while_unseen(race.chosen, stage);
    pause_while_unseen(race.binary32, stage);
    // The settings below hold the first lab to its speed, and this the second.
    let speed = state.signal(&lab::params::SPEED);
    Effect::new(move |_| race.binary32.set_speed(speed.get().parse().unwrap_or(0.0)));
    Effect::new(move |_| {
        let build = lab::params::build(state);
        let device = lab::params::device(state);
        race.chosen.open(race.spec(&state.get(&PRECISION), device), build);
        race.binary32.open(race.spec("fp32", device), build);
    });
    // One button drives both.
    Effect::watch(move || race.chosen.wants.get(), move |&wants, _, _| race.binary32.wants.set(wants), false);
    let host = use_host();
    host.add_results("going", move || race.chosen.wants.get_untracked().into());
    host.add_results("runs", move || [race.chosen, race.binary32].map(LabSession::results).to_vec().into());
    host.set_commands(move |command| race.obey(command));
    let word = move |f: fn(&'static Text) -> &'static str| Signal::derive(move || f(t.get()).to_owned());
    let loss =
        Signal::derive(move || model::loss_plot(t.get(), race.chosen, race.binary32, &state.get(&PRECISION)));
    view! {
        <section class="training" data-testid="throughput-training" node_ref=stage>
            <h3>{tr!(t, throughput.training.title)}</h3>
            <p class="hint">{tr!(t, throughput.training.lede)}</p>
            <div class="controls">
                <LabButtons session=race.chosen beside=race.binary32 name="training"/>
                <ChoiceField state param=&PRECISION options=PRECISIONS.to_vec() label=word(|t| t.throughput.training.precision)
                    name=Callback::new(move |id: &'static str| model::precision_name(t.get(), id)) testid="training-precision"/>
                <ChoiceField state param=&DATA options=DATA_SETS.to_vec() label=word(|t| t.throughput.training.data)
                    name=Callback::new(move |id: &'static str| t.get().throughput.training.data_sets.get(&id.replace('-', "_")).unwrap_or(id).to_owned()) testid="training-data"/>
                <ChoiceField state param=&NETWORK options=NETWORKS.to_vec() label=word(|t| t.throughput.training.network)
                    name=Callback::new(move |id: &'static str| t.get().throughput.training.networks.get(id).unwrap_or(id).to_owned()) testid="training-network"/>
                <LabSettings session=race.chosen state name="training"/>
            </div>
            <LabNotice session=race.chosen/>
            <LabNotice session=race.binary32/>
            <ChartFrame title=word(|t| t.throughput.training.loss_title) plot=loss height_px=Signal::derive(|| 260) id="training-loss"/>
            <Readings race/>
            <p class="hint"><RunsOnLine session=race.chosen/></p>
            <p class="share-actions">
                <button class="btn small" title=tr!(t, lab.save_hint) on:click=move |_| race.chosen.save() data-testid="training-save">{tr!(t, lab.save)}</button>
                <button class="btn small" title=tr!(t, lab.export_hint) on:click=move |_| race.chosen.export() data-testid="training-export">{tr!(t, lab.export)}</button>
                {dynamic(move || race.chosen.info.with(|info| info.as_ref().is_some_and(|info| info.runs_on.adapter.is_some())).then(|| view! {
                    <button class="btn small" on:click=move |_| race.chosen.lose_device() data-testid="training-lose">{tr!(t, throughput.training.lose)}</button>
                }))}
            </p>
        </section>
    }
}

/// Both runs' figures in one table.
#[component]
fn Readings(race: Race) -> impl IntoView {
    let t = use_text();
    let rows = move || {
        let text = t.get();
        let precision = race.state.get(&PRECISION);
        [model::row(&model::precision_name(text, &precision), race.chosen), model::row("FP32", race.binary32)]
    };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, throughput.training.title)>
            <table class="data" data-testid="training-readings">
                <thead><tr>
                    <th scope="col">{tr!(t, throughput.training.precision)}</th>
                    <th scope="col" class="num">{tr!(t, lab.steps)}</th>
                    <th scope="col" class="num">{tr!(t, lab.steps_per_s)}</th>
                    <th scope="col" class="num">{tr!(t, throughput.training.accuracy)}</th>
                    <th scope="col" class="num">{tr!(t, throughput.training.loss)}</th>
                    <th scope="col" class="num">{tr!(t, throughput.training.zeroed)}</th>
                    <th scope="col" class="num">{tr!(t, throughput.training.overflow)}</th>
                    <th scope="col">{tr!(t, lab.weights)}</th>
                </tr></thead>
                <tbody>{dynamic(move || rows().into_iter().map(|row| view! {
                    <tr>
                        <th scope="row">{row.name}</th>
                        {row.figures.into_iter().enumerate().map(|(column, figure)| view! {
                            <td class="num" data-measured=(column == model::STEPS_PER_S).then_some("")>{figure}</td>
                        }).collect_view()}
                        <td class="mono">{row.hash}</td>
                    </tr>
                }).collect_view())}</tbody>
            </table>
        </div>
        {dynamic(move || model::ratio(race.chosen, race.binary32).map(|ratio| view! {
            <p class="hint" data-testid="training-ratio" data-measured="">{crate::ui::text::fill(t.get().throughput.training.ratio, &[("ratio", &ratio)])}</p>
        }))}
    }
}
