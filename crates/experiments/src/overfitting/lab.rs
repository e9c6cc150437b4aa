//! The lab: what is drawn, what trains, and what can be looked at.
//!
//! Metrics, of the weights before a step's update, without dropout and shifts: `train`, `validation` (mean squared error or cross-entropy),
//! `train.right`, `validation.right` (shares, where there are classes), `best.step`, `best.validation`, `stopped` (1 once patience is over: nothing is
//! learnt from then on, and the best weights stay).
//!
//! | view | shape | |
//! |---|---|---|
//! | `score` | `(7)` | of the weights as they are: training and validation loss, shares of right ones (NaN for the curve); then `best.step`, `best.validation` (NaN while there is none), `stopped` |
//! | `data` | `(n,4)` or `(n,5)` | a row's numbers (x, or x and y), its target, its true value, 1 for validation |
//! | `fit` | `(201,5)` | the curve: x, truth, fit, fit of the best weights, least squares in binary64 (NaN for networks) |
//! | `field` | `(40,40)` | the plane: output of class 1 minus that of class 0 on `[-1.2, 1.2]²`, rows from the least y |
//! | `pictures` | `(n,3+pixels)` | training pictures, wrong labels first: label given, true class, class found, pixels |
//! | `memorised` | `(4)` | wrong labels; how many of these are found as given; as they truly are; training rows |
//! | `test` | `(4)` | test loss and share of right ones (NaN for the curve): of the weights, then of the best weights |
//!
//! Once patience is over, all views are of the best weights, if validation was ever a number. The setting `best` (0 or 1) chooses the weights of `field` and `pictures`; `views` (0 or 1) whether views are worth
//! sending by themselves: one of many seeds is heard by its metrics alone. Nothing computes `test` before it is asked for.

use engine::cpu::{Executor, Path};
use engine::graph::{DType, InputId};
use engine::nn::Net;
use engine::plan::Plan;
use engine::snapshot::Snapshot;

use super::config::{Config, ConfigError, Learner};
use super::judged::{Judged, Rows, chunk_rows};
use super::learner::{self, BEST};
use super::polynomial::Polynomial;
use super::tasks::{Draw, Pool, Task, truth};
use crate::lab::{Lab, LabError, Training, View};

/// Places on the curve.
const PLACES: usize = 201;
/// Places along each side of the field.
const FIELD_SIDE: usize = 40;
/// Half the side of the field.
const REACH: f32 = 1.2;
/// Pictures of the view, at most.
pub const VIEW_ROWS: usize = 24;

/// A learner with its data.
#[derive(Debug)]
pub struct OverfitLab {
    pub(super) config: Config,
    pub(super) draw: Draw,
    training: Training,
    pub(super) probe: Executor,
    input: InputId,
    exact: Option<Polynomial>,
    pub(super) shows_best: bool,
    is_seen: bool,
    pub(super) judged: Judged,
}

impl OverfitLab {
    /// Of a configuration; the seed draws the data. Pictures are needed for that task and ignored otherwise.
    pub fn new(config: Config, seed: u64, pool: Option<&Pool>) -> Result<OverfitLab, ConfigError> {
        config.check(pool)?;
        let draw = Draw::new(config.task, config.samples, config.noise, config.label_noise, seed, pool);
        let training = learner::training(&config, &draw);
        let mut net = Net::new(&config.policy);
        let width = learner::inputs(&config, draw.width);
        let layers = learner::layers(&mut net, &config, width, draw.outputs);
        let rows = net.graph.input("rows", [chunk_rows(&config), width], DType::F32);
        let outputs = learner::outputs(&mut net, &config, &layers, rows, 0.0);
        net.graph.output("outputs", outputs);
        let input = net.graph.input_id(rows).unwrap_or_else(|| unreachable!("an input is an input"));
        let probe = Executor::new(Plan::new(&net.graph), 0, Path::Wide);
        let exact = match config.learner {
            Learner::Polynomial { degree } => {
                let wide = |values: &[f32]| values.iter().map(|&x| x.into()).collect::<Vec<f64>>();
                let (xs, ys) = (wide(&draw.train.rows), wide(&draw.train.targets));
                Some(Polynomial::fit(&xs, &ys, degree, config.l2.into()))
            }
            Learner::Mlp { .. } | Learner::Cnn { .. } => None,
        };
        let judged = Judged::default();
        Ok(OverfitLab {
            config,
            draw,
            training,
            probe,
            input,
            exact,
            shows_best: false,
            is_seen: true,
            judged,
        })
    }

    /// What was drawn.
    pub fn draw(&self) -> &Draw {
        &self.draw
    }

    /// Least squares on the training rows; none for networks.
    pub fn exact(&self) -> Option<&Polynomial> {
        self.exact.as_ref()
    }

    /// Outputs of rows as they were drawn, `(rows, outputs)`, by the weights of a state or by its best ones.
    pub fn outputs(&mut self, at: &Snapshot, best: bool, rows: &[f32]) -> Vec<f32> {
        self.load(at, best);
        let mut outputs = Vec::new();
        for chunk in rows.chunks(chunk_rows(&self.config) * self.draw.width.max(1)) {
            self.answer(chunk, &mut outputs);
        }
        outputs
    }

    /// The probe takes a state's weights, or its best ones.
    pub(super) fn load(&mut self, at: &Snapshot, best: bool) {
        let params = &self.training.plan.params;
        for slot in self.probe.plan().params.clone() {
            let name = if best { format!("{BEST}{}", slot.name) } else { slot.name.clone() };
            let known = params.iter().position(|param| param.name == name);
            if let Some(values) = known.and_then(|index| at.params.get(index)) {
                self.probe.words_mut(slot.view).copy_from_slice(values);
            }
        }
    }

    /// Outputs of at most a chunk of rows, by the weights that were loaded.
    pub(super) fn answer(&mut self, rows: &[f32], outputs: &mut Vec<f32>) {
        let entering = learner::entering(&self.config, rows);
        self.probe.input_mut(self.input)[..entering.len()].copy_from_slice(&entering);
        self.probe.step();
        let count = rows.len() / self.draw.width.max(1) * self.draw.outputs;
        outputs.extend_from_slice(&self.probe.output("outputs")[..count]);
    }

    /// A number that the step keeps.
    fn kept(&self, at: &Snapshot, name: &str) -> f32 {
        let slot = self.training.plan.params.iter().position(|param| param.name == name);
        slot.and_then(|slot| at.params.get(slot)?.first().copied()).unwrap_or(f32::NAN)
    }

    /// Before the first step there are no best weights: those of the step itself stand in.
    pub(super) fn best_is_known(&self, at: &Snapshot) -> bool {
        self.kept(at, "best.step") > 0.0
    }

    /// Once patience is over, the learner is the one of the best weights, if any were: where validation never was a number, there are none.
    pub(super) fn is_stopped(&self, at: &Snapshot) -> bool {
        self.kept(at, "best.stopped") > 0.0 && self.best_is_known(at)
    }

    /// Loss and share of right ones.
    fn score(&mut self, at: &Snapshot, best: bool, of: Rows) -> [f32; 2] {
        let outputs = self.judge(at, best, of);
        let part = of.part(&self.draw);
        let count = part.targets.len().max(1) as f64;
        if self.config.task.is_regression() {
            let squares = outputs.iter().zip(&part.targets).map(|(f, y)| f64::from(f - y).powi(2));
            return [(squares.sum::<f64>() / count) as f32, f32::NAN];
        }
        let (mut loss, mut right) = (0.0, 0_u32);
        for (row, &label) in outputs.chunks_exact(self.draw.outputs.max(1)).zip(&part.targets) {
            let greatest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f64 = row.iter().map(|&x| f64::from(x - greatest).exp()).sum();
            let own = row.get(label as usize).copied().unwrap_or(f32::NAN);
            loss += sum.ln() - f64::from(own - greatest);
            right += u32::from(likeliest(row) == label as usize && own.is_finite());
        }
        [(loss / count) as f32, (f64::from(right) / count) as f32]
    }

    fn data(&self) -> (Vec<usize>, Vec<f32>) {
        let width = self.draw.width.min(2);
        let mut values = Vec::new();
        for (kind, part) in [(0.0, &self.draw.train), (1.0, &self.draw.validation)] {
            for ((row, &target), &truth) in
                part.rows.chunks_exact(self.draw.width.max(1)).zip(&part.targets).zip(&part.truths)
            {
                values.extend(&row[..width]);
                values.extend([target, truth, kind]);
            }
        }
        (vec![values.len() / (width + 3), width + 3], values)
    }

    fn fit(&mut self, at: &Snapshot) -> Vec<f32> {
        let xs: Vec<f32> = (0..PLACES).map(|i| -1.0 + 2.0 * i as f32 / (PLACES - 1) as f32).collect();
        let now = self.outputs(at, self.is_stopped(at), &xs);
        let best = if self.best_is_known(at) { self.outputs(at, true, &xs) } else { now.clone() };
        let exact = |x: f32| self.exact.as_ref().map_or(f64::NAN, |fit| fit.at(x.into()));
        let row = |(i, &x): (usize, &f32)| [x, truth(x.into()) as f32, now[i], best[i], exact(x) as f32];
        xs.iter().enumerate().flat_map(row).collect()
    }

    fn field(&mut self, at: &Snapshot) -> Vec<f32> {
        let place = |i: usize| REACH * (2.0 * (i as f32 + 0.5) / FIELD_SIDE as f32 - 1.0);
        let rows: Vec<f32> = (0..FIELD_SIDE * FIELD_SIDE)
            .flat_map(|i| [place(i % FIELD_SIDE), place(i / FIELD_SIDE)])
            .collect();
        let best = (self.shows_best || self.is_stopped(at)) && self.best_is_known(at);
        self.outputs(at, best, &rows).chunks_exact(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// Classes found for the training rows.
    fn found(&mut self, at: &Snapshot) -> Vec<usize> {
        let best = (self.shows_best || self.is_stopped(at)) && self.best_is_known(at);
        let outputs = self.judge(at, best, Rows::Train);
        outputs.chunks_exact(self.draw.outputs.max(1)).map(likeliest).collect()
    }

    fn pictures(&mut self, at: &Snapshot) -> Vec<f32> {
        let found = self.found(at);
        let train = &self.draw.train;
        let is_wrong = |row: &usize| train.targets[*row] != train.truths[*row];
        let all = 0..train.targets.len();
        let order = all.clone().filter(is_wrong).chain(all.filter(|row| !is_wrong(row)));
        let width = self.draw.width;
        order
            .take(VIEW_ROWS)
            .flat_map(|row| {
                let words = [train.targets[row], train.truths[row], found[row] as f32];
                words.into_iter().chain(train.rows[row * width..][..width].iter().copied())
            })
            .collect()
    }

    fn memorised(&mut self, at: &Snapshot) -> Vec<f32> {
        let found = self.found(at);
        let train = &self.draw.train;
        let mut counts = [0.0, 0.0, 0.0, train.targets.len() as f32];
        for ((&given, &truth), &found) in train.targets.iter().zip(&train.truths).zip(&found) {
            if given != truth {
                counts[0] += 1.0;
                counts[1] += f32::from(u8::from(found as f32 == given));
                counts[2] += f32::from(u8::from(found as f32 == truth));
            }
        }
        counts.to_vec()
    }
}

/// The first of the greatest.
fn likeliest(row: &[f32]) -> usize {
    (0..row.len()).fold(0, |best, at| if row[at] > row[best] { at } else { best })
}

impl Lab for OverfitLab {
    fn training(&self) -> &Training {
        &self.training
    }

    fn usual_views(&self) -> &'static [&'static str] {
        match self.config.task {
            _ if !self.is_seen => &[],
            Task::Curve => &["score", "fit"],
            Task::Pictures => &["score", "pictures", "memorised"],
            _ => &["score", "field", "memorised"],
        }
    }

    fn work(&mut self, name: &str, at: &Snapshot) -> bool {
        self.judge_more(name, at)
    }

    fn view(&mut self, name: &str, at: &Snapshot) -> Result<View, LabError> {
        let is_plane = matches!(self.config.task, Task::Moons | Task::Circles | Task::Spiral);
        let (shape, values) = match name {
            "score" => {
                let best = self.is_stopped(at);
                let (train, validation) =
                    (self.score(at, best, Rows::Train), self.score(at, best, Rows::Validation));
                let [step, least, stopped] =
                    ["best.step", "best.validation", "best.stopped"].map(|name| self.kept(at, name));
                let least = if self.best_is_known(at) { least } else { f32::NAN };
                let values = [train[0], validation[0], train[1], validation[1], step, least, stopped];
                (vec![7], values.to_vec())
            }
            "data" => self.data(),
            "fit" if self.config.task == Task::Curve => (vec![PLACES, 5], self.fit(at)),
            "field" if is_plane => (vec![FIELD_SIDE; 2], self.field(at)),
            "pictures" if self.config.task == Task::Pictures => {
                let values = self.pictures(at);
                let row = 3 + self.draw.width;
                (vec![values.len() / row, row], values)
            }
            "memorised" if !self.config.task.is_regression() => (vec![4], self.memorised(at)),
            "test" => {
                let best = self.best_is_known(at);
                let now = self.score(at, self.is_stopped(at), Rows::Test);
                let values = [now, self.score(at, best, Rows::Test)].concat();
                (vec![4], values)
            }
            _ => return Err(LabError::UnknownView(name.to_owned())),
        };
        Ok(View { name: name.to_owned(), shape, values })
    }

    fn set(&mut self, name: &str, values: &[f32]) -> Result<(), LabError> {
        match (name, values) {
            ("best", &[best]) => self.shows_best = best > 0.0,
            ("views", &[views]) => self.is_seen = views > 0.0,
            ("best" | "views", _) => {
                let found = values.len();
                return Err(LabError::Setting { name: name.to_owned(), expected: 1, found });
            }
            _ => return Err(LabError::UnknownSetting(name.to_owned())),
        }
        Ok(())
    }
}
