//! One lab's task: commands in, slices of training, reports out.

use std::future::poll_fn;
use std::pin::Pin;

use experiments::lab::{Lab, Samples};
use futures_channel::mpsc::UnboundedReceiver;
use futures_core::Stream;
use protocol::{
    Failure, InForce, LabCommand, LabEvent, LabId, LabInfo, LabReport, LabSpec, RoundingLoss, Trial, Turn,
    Turns, View,
};
use web_sys::Blob;

use super::device::Run;
use super::identity::{config_hash, weight_hash};
use super::rounding::{self, Marks};
use super::{Letter, device, experiment, fail, files, lab_failure, say};
use crate::worker_host::clock::now_ms;
use crate::worker_host::pace::yield_now;

/// Training between looks at the inbox.
const SLICE_MS: f64 = 16.0;
/// Between reports.
const REPORT_MS: f64 = 100.0;
/// Between views, at least; and at least so many times what the last ones took.
const VIEWS_MS: f64 = 120.0;
const VIEWS_SHARE: f64 = 6.0;
/// Steps whose metrics one report carries, at most.
const REPORT_STEPS: usize = 128;
/// Speed is that of the last so many milliseconds.
const SPEED_MS: f64 = 1000.0;
/// The longest sleep of a lab whose speed is limited.
const NAP_MS: f64 = 40.0;

/// What a lab is about to do.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Goal {
    /// Nothing.
    Pause,
    /// To train; at most so many steps a second, 0 without limit, and up to a step, 0 without end.
    Run { steps_per_s: f64, until: u64 },
    /// To reach a step.
    Reach(u64),
}

/// A lab that stands.
pub(super) struct Open {
    pub lab: Box<dyn Lab>,
    pub run: Run,
    /// With the numbers in force.
    pub spec: LabSpec,
    /// Numbers turned since step 0.
    pub turns: Turns,
    /// Numbers still to be turned.
    pub schedule: Turns,
    info: LabInfo,
    goal: Goal,
    /// When and at which step the goal was set.
    since: (f64, u64),
    samples: Samples,
    marks: Marks,
    watched: Vec<String>,
    reported_ms: f64,
    views_due_ms: f64,
    /// Moments and steps of the last second.
    pace: Vec<(f64, u64)>,
    /// Views may wait for something that is still to be done.
    to_settle: bool,
    /// Some of it was done since they were sent.
    has_settled: bool,
}

/// Serves a lab until its inbox is closed.
pub(super) async fn drive(id: LabId, mut inbox: UnboundedReceiver<Letter>) {
    let mut open: Option<Open> = None;
    loop {
        let busy = open.as_ref().is_some_and(|open| open.goal != Goal::Pause || open.to_settle);
        let letter = if busy {
            match inbox.try_recv() {
                Ok(letter) => Some(letter),
                Err(error) if error.is_closed() => break,
                Err(_) => None,
            }
        } else {
            match poll_fn(|context| Pin::new(&mut inbox).poll_next(context)).await {
                Some(letter) => Some(letter),
                None => break,
            }
        };
        match (letter, &mut open) {
            (Some((LabCommand::Open { spec, trials, schedule }, _)), _) => {
                match begin(id, spec, &trials, schedule).await {
                    Ok(begun) => open = Some(begun),
                    Err(failure) => {
                        open = None;
                        fail(id, failure);
                    }
                }
            }
            (Some((command, file)), Some(open)) => {
                if let Err(failure) = open.obey(id, command, file).await {
                    fail(id, failure);
                }
                // What a command did is a slice of its own, not one with the training after it.
                yield_now().await;
            }
            (Some(_), None) => fail(id, Failure::new("lab_not_open")),
            (None, Some(open)) => {
                open.slice(id).await;
                yield_now().await;
            }
            (None, None) => {}
        }
    }
    say(id, LabEvent::Closed);
}

/// Builds a lab and says what it is.
async fn begin(id: LabId, mut spec: LabSpec, trials: &[Trial], schedule: Vec<Turn>) -> Result<Open, Failure> {
    let schedule = Turns::scheduled(schedule);
    spec.experiment = schedule.at_first(&spec.experiment);
    let lab = experiment::build(&spec).await?;
    yield_now().await;
    let (run, runs_on) = device::start(&*lab, &spec, trials).await?;
    yield_now().await;
    let training = lab.training();
    let info = LabInfo {
        runs_on,
        metrics: training.metrics.iter().map(|&name| name.to_owned()).collect(),
        param_count: training.param_count,
        flop_per_step: training.plan.flop_count,
        bytes_per_step: training.plan.byte_count,
        memory_bytes: 4 * training.plan.arena_len as u64,
        config_hash: config_hash(&spec, &Turns::default()),
    };
    let samples = Samples::new(training.metrics.len(), REPORT_STEPS);
    say(id, LabEvent::Opened(info.clone()));
    let mut open = Open {
        lab,
        run,
        spec,
        turns: Turns::default(),
        schedule,
        info,
        goal: Goal::Pause,
        since: (now_ms(), 0),
        samples,
        marks: Marks::default(),
        watched: Vec::new(),
        reported_ms: 0.0,
        views_due_ms: 0.0,
        pace: Vec::new(),
        to_settle: true,
        has_settled: false,
    };
    // In this order: with its first report all there is to see of it is there.
    open.views(id).await;
    open.report(id).await;
    Ok(open)
}

impl Open {
    async fn obey(&mut self, id: LabId, command: LabCommand, file: Option<Blob>) -> Result<(), Failure> {
        if self.run.is_midway() {
            self.run.finish(&mut self.samples);
            self.mark().await;
            yield_now().await;
        }
        match command {
            LabCommand::Run { steps_per_s, until } => {
                let steps_per_s = f64::from(steps_per_s);
                let steps_per_s = if steps_per_s > 0.0 { steps_per_s } else { 0.0 };
                self.set_goal(Goal::Run { steps_per_s, until });
            }
            LabCommand::Pause => self.pause(id).await,
            LabCommand::Step { count } => {
                self.set_goal(Goal::Reach(self.run.step_count() + u64::from(count)));
            }
            LabCommand::Reset => {
                self.turn_due(u64::MAX)?;
                self.run.reset();
                self.marks.clear();
                self.turns = Turns::default();
                self.identify(id);
                self.samples.take();
                self.pause(id).await;
            }
            LabCommand::Watch { views } => {
                self.watched = views;
                self.views(id).await;
            }
            LabCommand::Set { name, values } => {
                self.lab.set(&name, &values).map_err(|error| lab_failure(&error))?;
                if self.goal == Goal::Pause {
                    self.views(id).await;
                }
            }
            LabCommand::Turn { name, value } => {
                self.turn_due(u64::MAX)?;
                self.turn(&name, value)?;
                self.identify(id);
                self.report(id).await;
            }
            LabCommand::Save => files::save(id, self).await?,
            LabCommand::Restore => {
                files::restore(self, file).await?;
                self.marks.clear();
                self.identify(id);
                self.samples.take();
                self.pause(id).await;
            }
            LabCommand::Export => files::export(id, self).await?,
            LabCommand::LoseDevice => {
                self.run.lose_device();
                // A lab that rests would find out with its next step only.
                self.views(id).await;
            }
            // Handled before.
            LabCommand::Open { .. } | LabCommand::Close => {}
        }
        Ok(())
    }

    /// Changes a number on which training depends.
    fn turn(&mut self, name: &str, value: f32) -> Result<(), Failure> {
        let input = self.lab.turn(name, value).map_err(|error| lab_failure(&error))?;
        self.run.write(input, value);
        if let Some(number) = self.spec.experiment.number(name) {
            let from = std::mem::replace(number, value);
            self.turns.push(Turn { step: self.run.step_count(), name: name.to_owned(), from, to: value });
        }
        Ok(())
    }

    /// Has the numbers in force be others, without a record of it.
    pub(super) fn take_numbers(&mut self, numbers: InForce) -> Result<(), Failure> {
        for (name, value) in numbers {
            self.turn(&name, value)?;
        }
        Ok(())
    }

    /// Turns what its schedule says is due at a step.
    fn turn_due(&mut self, step: u64) -> Result<(), Failure> {
        while let Some(turn) = self.schedule.take_due(step) {
            self.turn(&turn.name, turn.to)?;
        }
        Ok(())
    }

    /// Says again what the lab is when its configuration at step 0 is another by now.
    fn identify(&mut self, id: LabId) {
        let hash = config_hash(&self.spec, &self.turns);
        if hash != self.info.config_hash {
            self.info.config_hash = hash;
            say(id, LabEvent::Opened(self.info.clone()));
        }
    }

    fn set_goal(&mut self, goal: Goal) {
        self.goal = goal;
        self.since = (now_ms(), self.run.step_count());
        self.pace = vec![self.since];
    }

    async fn pause(&mut self, id: LabId) {
        self.set_goal(Goal::Pause);
        // Hashing, copying and evaluating a large network's weights take as long as a slice each.
        yield_now().await;
        self.report(id).await;
        yield_now().await;
        self.views(id).await;
    }

    /// Trains for a slice, then reports if it is time.
    async fn slice(&mut self, id: LabId) {
        if self.goal == Goal::Pause {
            self.settle(id).await;
            return;
        }
        let now = now_ms();
        let step = self.run.step_count();
        if let Err(failure) = self.turn_due(step) {
            fail(id, failure);
        }
        let limit = match self.goal {
            Goal::Pause => 0,
            Goal::Reach(goal) => goal.saturating_sub(step),
            Goal::Run { steps_per_s, until } => {
                let due = self.since.1 + ((now - self.since.0) / 1000.0 * steps_per_s) as u64 + 1;
                let due = if steps_per_s > 0.0 { due } else { u64::MAX };
                due.min(if until > 0 { until } else { u64::MAX }).saturating_sub(step)
            }
        };
        let limit = limit
            .min(self.schedule.next_step().map_or(u64::MAX, |next| next - step))
            .min(Marks::next(step) - step);
        if limit == 0 {
            if self.goal != Goal::Pause && !matches!(self.goal, Goal::Reach(_)) {
                gloo_timers::future::TimeoutFuture::new(NAP_MS as u32).await;
            }
        } else {
            let ran = self.run.train(limit, now + SLICE_MS, now_ms, &mut self.samples).await;
            if let Err(reason) = ran {
                self.move_to_cpu(id, reason);
            }
            if self.run.is_midway() {
                return;
            }
            self.mark().await;
        }
        let now = now_ms();
        self.pace.push((now, self.run.step_count()));
        let old = self.pace.partition_point(|&(at, _)| at < now - SPEED_MS);
        self.pace.drain(..old.min(self.pace.len() - 1));
        let end = match self.goal {
            Goal::Reach(end) | Goal::Run { until: end @ 1.., .. } => Some(end),
            Goal::Run { .. } | Goal::Pause => None,
        };
        if end.is_some_and(|end| self.run.step_count() >= end) {
            self.pause(id).await;
            return;
        }
        if now - self.reported_ms >= REPORT_MS {
            self.report(id).await;
        }
        if now >= self.views_due_ms {
            yield_now().await;
            self.views(id).await;
        }
    }

    /// Does a portion of what views wait for, and sends them when there is no more.
    async fn settle(&mut self, id: LabId) {
        if self.lab.settle() {
            self.has_settled = true;
            return;
        }
        self.to_settle = false;
        if std::mem::take(&mut self.has_settled) {
            self.views(id).await;
        }
    }

    /// Goes on where the graphics device failed, from its last snapshot.
    fn move_to_cpu(&mut self, id: LabId, reason: String) {
        let runs_on = self.run.fall_back(&*self.lab, self.spec.seed, reason);
        self.samples.take();
        self.set_goal(self.goal);
        self.info.runs_on = runs_on.clone();
        say(id, LabEvent::Moved { runs_on, step: self.run.step_count() });
    }

    fn steps_per_s(&self) -> f32 {
        match (self.pace.first(), self.pace.last()) {
            (Some(&(from, first)), Some(&(to, last))) if to > from && last > first => {
                ((last - first) as f64 / (to - from) * 1000.0) as f32
            }
            _ => 0.0,
        }
    }

    async fn report(&mut self, id: LabId) {
        let running = self.goal != Goal::Pause;
        let (steps, values) = self.samples.take();
        let snapshot = match &self.run {
            Run::Cpu { run, relaxed: false } if !running => Some(run.snapshot()),
            _ => None,
        };
        let weight_hash = match &snapshot {
            Some(snapshot) => Some(weight_hash(snapshot).await),
            None => None,
        };
        let losses = self.losses().await;
        let report = LabReport {
            running,
            step: self.run.step_count(),
            steps_per_s: self.steps_per_s(),
            steps,
            values,
            late_losses: self.marks.of_late(self.run.step_count(), &losses),
            losses,
            weight_hash,
            turned: self.turns.list().to_vec(),
        };
        say(id, LabEvent::Report(report));
        self.reported_ms = now_ms();
    }

    /// Keeps the counts of rounding where that is due.
    async fn mark(&mut self) {
        let step = self.run.step_count();
        if self.marks.is_due(step) && !self.lab.training().plan.counters.is_empty() {
            let losses = self.losses().await;
            self.marks.push(step, losses);
        }
    }

    /// What rounding lost, by part and role.
    async fn losses(&mut self) -> Vec<RoundingLoss> {
        rounding::by_part(&*self.lab, &self.run.counts().await)
    }

    /// Sends the usual views and those asked for.
    async fn views(&mut self, id: LabId) {
        let started = now_ms();
        let snapshot = match self.run.snapshot().await {
            Ok(snapshot) => snapshot,
            Err(reason) => return self.move_to_cpu(id, reason),
        };
        let usual = self.lab.usual_views().iter().map(|&name| name.to_owned());
        let names: Vec<String> = usual.chain(self.watched.iter().cloned()).collect();
        for name in names {
            while self.lab.work(&name, &snapshot) {
                yield_now().await;
            }
            match self.lab.view(&name, &snapshot) {
                Ok(view) => {
                    let shape = view.shape.iter().map(|&size| size as u32).collect();
                    let view = View { name: view.name, step: snapshot.step, shape, values: view.values };
                    say(id, LabEvent::View(view));
                }
                Err(error) => fail(id, lab_failure(&error)),
            }
        }
        // What was looked at for the first time may have something to do.
        self.to_settle = true;
        let ended = now_ms();
        self.views_due_ms = ended + VIEWS_MS.max(VIEWS_SHARE * (ended - started));
    }
}
