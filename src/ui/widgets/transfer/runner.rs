//! One arm: its lab, fed with steps stride by stride, so that its curve has the same points on every machine.

use std::collections::BTreeMap;

use leptos::prelude::*;
use protocol::{DeviceChoice, Experiment, LabSpec, TransferSpec};

use super::model::{self, Answer, Setup};
use crate::ui::lab::{LabSession, Notice};
use crate::ui::worker_client::Build;

/// One arm.
#[derive(Clone, Copy)]
pub struct Runner {
    /// Its id.
    pub arm: &'static str,
    /// Its lab.
    pub lab: LabSession,
    /// Test accuracy by step.
    pub curve: RwSignal<Vec<(f64, f64)>>,
    /// Share of right answers and mean cross-entropy at the curve's last point.
    pub score: RwSignal<Option<[f32; 2]>>,
    /// It has taken all steps.
    pub is_done: RwSignal<bool>,
    /// What was answered, once it is done.
    pub answers: RwSignal<Vec<Answer>>,
    /// Probabilities of the picture that is asked about, by class.
    pub asked: RwSignal<Vec<f32>>,
    opened: StoredValue<Option<(TransferSpec, u64)>>,
    /// Steps in all, steps of a stride, and the step that was asked for last.
    plan: StoredValue<(u64, u64, u64)>,
    going: Signal<bool>,
}

impl Runner {
    /// Without a lab yet; `going` while it may take steps.
    pub fn new(arm: &'static str, going: Signal<bool>) -> Self {
        let runner = Self {
            arm,
            lab: LabSession::new().fed(),
            curve: RwSignal::new(Vec::new()),
            score: RwSignal::new(None),
            is_done: RwSignal::new(false),
            answers: RwSignal::new(Vec::new()),
            asked: RwSignal::new(Vec::new()),
            opened: StoredValue::new(None),
            plan: StoredValue::new((0, 0, 0)),
            going,
        };
        Effect::watch(
            move || runner.lab.notice.get(),
            move |notice, _, _| {
                // Another worker began the run anew: so do its curve, its answers and the steps asked for.
                if matches!(notice, Some(Notice::Recovered { .. })) {
                    let (steps, stride, _) = runner.plan.get_value();
                    runner.plan.set_value((steps, stride, 0));
                    runner.lab.watch(Vec::new());
                    runner.clear();
                }
            },
            false,
        );
        Effect::new(move |_| {
            let views = runner.lab.views;
            let test = views.with(|views| views.get("test").map(|view| (view.step, view.values.clone())));
            let Some((step, values)) = test else { return };
            if let [accuracy, loss] = values[..] {
                runner.hear(step, [accuracy, loss]);
            }
            // A lab that began anew was still asked for them at step 0.
            let steps = runner.steps();
            let told = views.with(|views| {
                let view = views.get("predictions").filter(|view| view.step >= steps)?;
                Some(model::answers(&view.values))
            });
            if let Some(told) = told
                && runner.is_done.get_untracked()
                && runner.answers.with_untracked(|known| *known != told)
            {
                runner.answers.set(told);
            }
            let asked = views.with(|views| views.get("picture").map(|view| view.values.clone()));
            if let Some(asked) = asked
                && runner.asked.with_untracked(|known| *known != asked)
            {
                runner.asked.set(asked);
            }
        });
        runner
    }

    /// Takes a score and asks for the next stride.
    fn hear(self, step: u64, score: [f32; 2]) {
        let (steps, _, asked) = self.plan.get_value();
        // Scores between two points come when a stride takes long.
        if step < asked || steps == 0 {
            return;
        }
        let last = self.curve.with_untracked(|curve| curve.last().map(|last| last.0 as u64));
        if last != Some(step) {
            // What was on its way when it began anew is of the run before.
            if last > Some(step) {
                self.clear();
            }
            self.curve.update(|curve| curve.push((step as f64, 100.0 * f64::from(score[0]))));
            self.score.set(Some(score));
        }
        if step < steps {
            self.go_on(step);
        } else if !self.is_done.get_untracked() {
            self.is_done.set(true);
            self.lab.watch(["predictions", "picture"].map(str::to_owned).to_vec());
        }
    }

    /// The next stride, unless it is paused or already asked for.
    pub fn go_on(self, step: u64) {
        let (steps, stride, asked) = self.plan.get_value();
        if self.going.get_untracked() && step >= asked && step < steps {
            let count = stride.min(steps - step);
            self.plan.set_value((steps, stride, step + count));
            self.lab.step(count as u32);
        }
    }

    /// Steps of the whole run.
    pub fn steps(self) -> u64 {
        self.plan.get_value().0
    }

    fn clear(self) {
        self.curve.set(Vec::new());
        self.score.set(None);
        self.is_done.set(false);
        self.answers.set(Vec::new());
        self.asked.set(Vec::new());
        self.lab.views.update(BTreeMap::clear);
    }

    /// Asks it about a picture's row, as the base gives it.
    pub fn ask(self, row: Vec<f32>) {
        self.lab.set("picture", row);
    }

    /// Whether its lab is the one of this setup.
    pub fn is_of(self, setup: &Setup) -> bool {
        self.opened.with_value(|opened| *opened == Some(setup.spec(self.arm)))
    }

    /// Opens its lab, unless it is open; `counts` are the task's pictures by class.
    pub fn open(self, setup: &Setup, counts: &[u32]) {
        let (spec, seed) = setup.spec(self.arm);
        if self.opened.with_value(|opened| opened.as_ref() == Some(&(spec.clone(), seed))) {
            return;
        }
        self.lab.close();
        self.lab.watch(Vec::new());
        self.clear();
        self.opened.set_value(Some((spec.clone(), seed)));
        let rows = model::rows(counts, setup.per_class);
        self.plan.set_value((model::steps(self.arm, rows), model::stride(self.arm, rows), 0));
        let experiment = Experiment::Transfer(spec);
        self.lab.open(LabSpec { experiment, seed, device: DeviceChoice::Cpu }, Build::Strict);
    }

    /// Whether it has a lab.
    pub fn is_open(self) -> bool {
        self.opened.with_value(Option::is_some)
    }

    /// So many steps, then it rests.
    pub fn step(self, count: u32) {
        let (steps, stride, asked) = self.plan.get_value();
        let now = asked.max(self.lab.report.with_untracked(|report| report.step));
        let count = u64::from(count).min(steps.saturating_sub(now));
        if self.is_open() && count > 0 {
            self.plan.set_value((steps, stride, now + count));
            self.lab.step(count as u32);
        }
    }

    /// What a host page is told of it. Between two strides asked for at once its lab rests, but it is under way.
    pub fn results(self) -> serde_json::Value {
        let (steps, _, asked) = self.plan.get_value();
        self.lab.fed_results(asked, steps)
    }

    /// Back to the first weights.
    pub fn restart(self) {
        if self.is_open() {
            let (steps, stride, _) = self.plan.get_value();
            self.plan.set_value((steps, stride, 0));
            self.clear();
            self.lab.reset();
        }
    }

    /// Ends its lab.
    pub fn close(self) {
        if self.opened.with_value(Option::is_some) {
            self.opened.set_value(None);
            self.plan.set_value((0, 0, 0));
            self.lab.close();
            self.clear();
        }
    }
}
