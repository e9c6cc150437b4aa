//! One or two labs with what the widget keeps of them.

use leptos::prelude::*;
use protocol::{Experiment, GanSpec, LabSpec, Turn};

use super::{model, params, recipes, turned};
use crate::ui::embed::Command;
use crate::ui::lab::{self, Curves, LabSession, Looked, Recipe};
use crate::ui::url_state::UrlState;

/// A run with its figures by round.
#[derive(Clone, Copy)]
pub struct Runner {
    /// The lab.
    pub lab: LabSession,
    /// The view `score`, or `judge` of images, by round.
    pub scores: RwSignal<Curves>,
}

/// The widget's runs.
#[derive(Clone, Copy)]
pub struct Duel {
    /// The address's state.
    pub state: UrlState,
    /// The run that is always there.
    pub first: Runner,
    /// The rival's, from the same seed.
    pub second: Runner,
    /// Whether there is a rival.
    pub is_racing: Memo<bool>,
    /// Slow motion.
    pub slow: RwSignal<bool>,
    /// [`params::TURNED`] as the runs have it, or will.
    turned: StoredValue<String>,
    /// A rate was turned since the runs began: what they report of it is news. A report that was under way at a reset is not.
    is_turning: StoredValue<bool>,
}

/// What the address says of the runs.
#[derive(Debug, Clone, PartialEq)]
struct Wanted {
    /// Seed, device and build.
    everyone: [String; 3],
    /// Without learning rates, which may move while a run goes on; everything else makes another run.
    fixed: (GanSpec, Option<GanSpec>),
    /// Changes of learning rates on the way.
    turned: String,
}

impl Wanted {
    /// Whether changes on the way aside both are the same.
    fn is_like(&self, other: &Wanted) -> bool {
        self.everyone == other.everyone && self.fixed == other.fixed
    }
}

impl Runner {
    fn new() -> Self {
        let runner = Self { lab: LabSession::new(), scores: RwSignal::new(Curves::new(0)) };
        for name in ["score", "judge"] {
            let looked = runner.look(name);
            Effect::new(move |_| {
                let Some(view) = looked.get() else { return };
                runner.scores.update(|scores| {
                    if view.step == 0 || scores.last_step().is_none() {
                        *scores = Curves::new(view.values.len());
                    }
                    scores.extend(&[view.step], &view.values);
                });
            });
        }
        runner
    }

    /// A view by its name.
    pub fn look(self, name: &'static str) -> Looked {
        self.lab.look(name)
    }

    /// A metric's last value.
    pub fn metric(self, name: &str) -> Option<f32> {
        let at = self.lab.metric(name)?;
        self.lab.curves.with(|curves| curves.last(at))
    }

    fn open(self, spec: GanSpec, state: UrlState, schedule: Vec<Turn>) {
        self.scores.set(Curves::new(0));
        // Views of another experiment would be taken for this one's.
        self.lab.views.update(std::collections::BTreeMap::clear);
        let spec = LabSpec {
            experiment: Experiment::Gan(Box::new(spec)),
            seed: lab::params::seed(state),
            device: lab::params::device(state),
        };
        self.lab.open_with(spec, lab::params::build(state), schedule);
    }
}

impl Duel {
    /// Opens what the address says, and follows it. `rich`: histograms as well.
    pub fn new(state: UrlState, rich: bool) -> Self {
        let is_racing = Memo::new(move |_| !state.get(&params::RIVAL).is_empty());
        let duel = Self {
            state,
            first: Runner::new(),
            second: Runner::new(),
            is_racing,
            slow: RwSignal::new(false),
            turned: StoredValue::new(String::new()),
            is_turning: StoredValue::new(false),
        };
        let (spec, rival) =
            (Memo::new(move |_| model::first(state)), Memo::new(move |_| model::second(state)));
        let fixed = Memo::new(move |_| {
            (spec.with(model::without_rates), rival.with(|rival| rival.as_ref().map(model::without_rates)))
        });
        let everyone = Memo::new(move |_| {
            let names = [&lab::params::SEED, &lab::params::DEVICE, &lab::params::FAST];
            names.map(|param| state.get(param))
        });
        let turned = Memo::new(move |_| state.get(&params::TURNED));
        Effect::new(move |before: Option<Wanted>| {
            let wanted = Wanted { everyone: everyone.get(), fixed: fixed.get(), turned: turned.get() };
            duel.meet(before.as_ref(), &wanted);
            wanted
        });
        duel.note_turns();
        let rates =
            Memo::new(move |_| [Some(spec.with(model::rates)), rival.with(|r| r.as_ref().map(model::rates))]);
        Effect::watch(move || rates.get(), move |&rates, _, _| duel.turn(rates), false);
        let speed = state.signal(&lab::params::SPEED);
        Effect::new(move |_| duel.second.lab.set_speed(speed.get().parse().unwrap_or(0.0)));
        duel.watch(rich);
        // One button drives both.
        let wants = duel.first.lab.wants;
        Effect::watch(move || wants.get(), move |&wants, _, _| duel.second.lab.wants.set(wants), false);
        duel
    }

    /// Opens what the address wants, unless it is what there is.
    fn meet(self, before: Option<&Wanted>, wanted: &Wanted) {
        let is_other = before.is_none_or(|before| !before.is_like(wanted));
        let is_known = self.turned.with_value(|known| *known == wanted.turned);
        if !is_other && is_known {
            return;
        }
        // What was turned in the run before has no meaning in another one.
        let turned = if is_known { String::new() } else { wanted.turned.clone() };
        self.is_turning.set_value(false);
        self.take_turned(&turned);
        let state = self.state;
        let specs = untrack(|| [Some(model::first(state)), model::second(state)]);
        for (at, (runner, spec)) in [self.first, self.second].into_iter().zip(specs).enumerate() {
            let Some(spec) = spec else {
                runner.lab.close();
                continue;
            };
            let schedule = turned::schedule(&turned, at, model::rates(&spec));
            untrack(|| runner.open(spec, state, schedule));
            self.reach(runner);
        }
    }

    /// The runs have turned so, or will.
    fn take_turned(self, text: &str) {
        self.turned.set_value(text.to_owned());
        self.state.set(&params::TURNED, text);
    }

    /// Puts what is turned into the address, as soon as a run says at which round it was.
    fn note_turns(self) {
        Effect::new(move |_| {
            let runs: Vec<Vec<Turn>> = [self.first, self.second]
                .map(|runner| runner.lab.report.with(|report| report.turned.clone()))
                .into();
            let rates = untrack(|| {
                [Some(model::first(self.state)), model::second(self.state)]
                    .map(|spec| spec.as_ref().map(model::rates))
            });
            let is_under_way = runs.iter().zip(rates).enumerate().all(|(at, (turns, rates))| {
                let known =
                    self.turned.with_value(|text| turned::schedule(text, at, rates.unwrap_or_default()));
                known.starts_with(turns)
            });
            // Of too many the address can say nothing.
            let is_short = runs.iter().all(|turns| turns.len() <= turned::MOST);
            if !is_under_way && self.is_turning.get_value() {
                self.take_turned(&if is_short { turned::text(&runs) } else { String::new() });
            }
        });
    }

    /// Both runs, or the only one; tracked.
    pub fn runners(self) -> Vec<Runner> {
        if self.is_racing.get() { vec![self.first, self.second] } else { vec![self.first] }
    }

    fn now(self) -> impl Iterator<Item = Runner> {
        let rival = self.is_racing.get_untracked().then_some(self.second);
        std::iter::once(self.first).chain(rival)
    }

    /// A link that names a round is followed up to it.
    fn reach(self, runner: Runner) {
        let until: u32 = self.state.now(&params::UNTIL).parse().unwrap_or(0);
        if until > 0 {
            runner.lab.lead_to(until);
        }
    }

    /// Whether it trains, or is on its way to the round of a link; tracked.
    pub fn is_on(self) -> bool {
        self.runners().into_iter().any(|runner| runner.lab.is_on())
    }

    /// Trains, or stops.
    pub fn toggle(self) {
        if untrack(|| self.is_on()) {
            self.pause();
        } else {
            self.run();
        }
    }

    fn run(self) {
        self.state.set(&params::UNTIL, "0");
        self.slow.set(false);
        self.first.lab.wants.set(true);
    }

    /// Rests.
    pub fn pause(self) {
        if untrack(|| self.is_on()) {
            self.state.set(&params::UNTIL, "0");
            self.slow.set(false);
        }
        self.now().for_each(|runner| runner.lab.pause());
    }

    /// Some rounds of all runs.
    pub fn step(self, count: u32) {
        self.state.set(&params::UNTIL, "0");
        self.now().for_each(|runner| runner.lab.step(count));
    }

    /// Carries out what a host page asks for.
    pub fn obey(self, command: Command) {
        match command {
            Command::Run if !self.first.lab.wants.get_untracked() => self.run(),
            Command::Run => {}
            Command::Pause => self.pause(),
            Command::Step(count) => self.step(count),
            Command::Restart => self.reset(),
        }
    }

    /// Goes on with other learning rates, of generator and discriminator in each run.
    fn turn(self, rates: [Option<[f32; 2]>; 2]) {
        let mut moved = false;
        for (runner, rates) in [self.first, self.second].into_iter().zip(rates) {
            let Some([g, d]) = rates else { continue };
            for (name, rate) in [("g.rate", g), ("d.rate", d)] {
                let step = runner.lab.report.with_untracked(|report| report.step);
                moved |= runner.lab.turn(name, rate) && step > 0;
            }
        }
        // The round in the link was reached with the rates before.
        if moved {
            self.is_turning.set_value(true);
            self.state.set(&params::UNTIL, "0");
        }
    }

    /// Sets the widget up as a recipe has it, and trains from the first weights, also where only learning rates are others.
    pub fn take(self, recipe: &Recipe) {
        self.reset();
        recipes::apply(recipe, self.state);
        self.first.lab.wants.set(true);
    }

    /// Back to the same first weights.
    pub fn reset(self) {
        self.state.set(&params::UNTIL, "0");
        self.is_turning.set_value(false);
        self.take_turned("");
        for runner in self.now() {
            // Its scores begin anew with the view of round 0.
            runner.lab.reset();
        }
    }

    /// Asks for the views that are shown.
    fn watch(self, rich: bool) {
        let state = self.state;
        let shown = Memo::new(move |_| {
            let images = model::is_images(&state.get(&params::DATA));
            let mut names = if images { vec!["judge", "walk"] } else { vec!["law"] };
            if !images && state.flag(&params::ARROWS) {
                names.push("arrows");
            }
            if !images && state.flag(&params::WALK) {
                names.push("walk");
            }
            if rich {
                names.extend(["weights", "gradients"]);
            }
            names
        });
        let slow = self.slow;
        Effect::new(move |_| {
            let mut names = shown.get();
            self.second.lab.watch(names.iter().map(ToString::to_string).collect());
            if slow.get() {
                names.push("stages");
            }
            self.first.lab.watch(names.iter().map(ToString::to_string).collect());
        });
        for runner in [self.first, self.second] {
            Effect::new(move |_| {
                let ends = [&params::WALK_FROM, &params::WALK_TO].map(|param| state.int(param) as f32);
                if runner.lab.info.with(Option::is_some) {
                    runner.lab.set("walk", vec![ends[0], ends[1], model::WALK_STEPS as f32]);
                }
            });
        }
    }
}
