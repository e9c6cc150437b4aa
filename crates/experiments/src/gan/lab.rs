//! The GAN as a lab: a training plan, and views computed from a snapshot on whatever device it was taken.
//!
//! | view | shape | |
//! |---|---|---|
//! | `points` | `(2000,2)` | generated points |
//! | `images` | `(32,28,28)` | generated images |
//! | `walk` | `(steps,2)` or `(steps,28,28)` | along the setting `walk` = from, to, steps |
//! | `field` | `(40,40)` | the discriminator's outputs on `[-reach, reach]²`; setting `reach` |
//! | `law` | `(n+1,2)` | centres of the Gaussians of the law, then their deviation and 1 where they are modes |
//! | `arrows` | `(64,5)` | x, y, output, direction of lower loss |
//! | `score` | `(9)` | points: modes covered, modes, share of high quality, JS and KL in bits, floor of JS (mean, 5 %, 95 %), floor of KL (mean); the floor is NaN until it is drawn, some replicates a call |
//! | `judge` | `(14)` | images: shares of classes, entropy in bits, confidence, score, the judge's accuracy; NaN until the judge is trained, some steps a call |
//! | `weights` | `(2,76)` | generator, discriminator: counts of [`Exponents`], then zeros, below, above, not finite |
//! | `gradients` | `(2,76)` | the same of the next round's gradients to weights, as they are rounded, loss scale included |
//! | `stages` | `(n)` | the next round: for each stage who, update, kind, rows, columns, then its numbers |

use engine::cpu::{Executor, Path};
use engine::graph::InputId;
use engine::plan::Plan;
use engine::snapshot::Snapshot;

use super::config::{Config, Data, limits};
use super::floor::FloorDraws;
use super::histogram::{BINS, Exponents};
use super::images::{CLASSES, Classifier, Images, SIZE};
use super::law::Law;
use super::metrics::{Grid, coverage};
use super::networks::Who;
use super::observe::{ARROWS, FIELD_SIDE, Observer, set_params};
use super::round::{Detail, Round, table_words};
use super::{GanError, stages};
use crate::lab::{Lab, LabError, Training, View};

/// Points of the view `points` and of scores.
pub const POINTS: usize = 2000;
/// Replicates of the floor in one call, and training steps of the judge in one call of [`Lab::settle`].
const PORTION: usize = 10;
/// Training steps of the judge in one view.
const JUDGE_STEPS: u64 = 100;

/// A GAN without parameters of its own.
#[derive(Debug)]
pub struct GanLab {
    config: Config,
    images: Option<Images>,
    training: Training,
    law: Option<(Law, Grid, FloorDraws)>,
    observer: Observer,
    traced: Option<(Round, Executor)>,
    /// Learning rates of generator and discriminator.
    rates: [InputId; 2],
    judge: Option<Classifier>,
    reach: f32,
    walk: [f32; 3],
}

impl GanLab {
    /// Of a configuration. Images are needed when the data are images, and ignored otherwise.
    pub fn new(config: Config, images: Option<Images>) -> Result<GanLab, GanError> {
        config.check()?;
        if let (Data::Images(set), None) = (&config.data, &images) {
            return Err(GanError::NoImages { name: set.name() });
        }
        let images = images.filter(|_| matches!(config.data, Data::Images(_)));
        let round = Round::new(&config, images.as_ref().map_or(0, Images::len), Detail::Plain);
        let plan = Plan::new(&round.graph);
        let trained = round.generator.iter().chain(&round.discriminator);
        let param_count = trained.map(|&id| plan.param(id).view.len as u64).sum();
        let feeds = feeds(&config, images.as_ref(), &round);
        let metrics = ["d.loss", "g.loss", "d.real", "d.fake", "d.right", "d.penalty"]
            .into_iter()
            .filter(|name| plan.output(name).is_some())
            .collect();
        let law = Law::new(&config.data).map(|law| {
            let grid = Grid::new(&law);
            (law, grid, FloorDraws::new(POINTS, config.seed))
        });
        Ok(GanLab {
            observer: Observer::new(&config, &table_words(&config, images.as_ref())),
            training: Training { plan, feeds, metrics, param_count },
            law,
            traced: None,
            rates: round.rates,
            judge: None,
            reach: 1.2,
            walk: [0.0, 1.0, 16.0],
            images,
            config,
        })
    }

    /// What was configured.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The law of the points; `None` for images.
    pub fn law(&self) -> Option<&Law> {
        self.law.as_ref().map(|(law, _, _)| law)
    }

    /// The round after `at`, traced: its graph and the executor that has taken it.
    fn next_round(&mut self, at: &Snapshot) -> &(Round, Executor) {
        let count = self.images.as_ref().map_or(0, Images::len);
        let (config, images) = (&self.config, self.images.as_ref());
        let traced = self.traced.get_or_insert_with(|| {
            let round = Round::new(config, count, Detail::Traced);
            let mut executor = Executor::new(Plan::new(&round.graph), config.seed, Path::Wide);
            for (input, values) in feeds(config, images, &round) {
                executor.input_mut(input).copy_from_slice(&values);
            }
            (round, executor)
        });
        traced.1.reset(at.seed);
        traced.1.set_step_count(at.step);
        set_params(&mut traced.1, &at.params);
        traced.1.step();
        traced
    }

    fn exponents_of_weights(&self, at: &Snapshot) -> Vec<f32> {
        let mut both = [Exponents::default(), Exponents::default()];
        let slots = &self.training.plan.params;
        for (slot, values) in slots.iter().zip(&at.params) {
            if let Some(who) = whose(&slot.name) {
                both[who as usize].add(values);
            }
        }
        both.iter().flat_map(counts_of).collect()
    }

    fn exponents_of_gradients(&mut self, at: &Snapshot) -> Vec<f32> {
        let (_, executor) = self.next_round(at);
        let mut both = [Exponents::default(), Exponents::default()];
        for output in &executor.plan().outputs {
            if output.name.contains(".gradient.")
                && let Some(who) = who_of_output(&output.name)
            {
                both[who as usize].add(executor.words(output.view));
            }
        }
        both.iter().flat_map(counts_of).collect()
    }

    fn stages(&mut self, at: &Snapshot) -> Vec<f32> {
        let config = self.config.clone();
        let (round, executor) = self.next_round(at);
        let networks = round.generator.len() + round.discriminator.len();
        let read = stages::read(&config, executor, &at.params[..networks], round.generator.len());
        let mut values = Vec::new();
        for stage in read {
            let [rows, columns] = stage.shape.map(|size| size as f32);
            values.extend([
                stage.who as u32 as f32,
                stage.step as f32,
                stage.kind as u32 as f32,
                rows,
                columns,
            ]);
            values.extend(stage.values);
        }
        values
    }

    fn score(&mut self, at: &Snapshot) -> Option<Vec<f32>> {
        let (law, grid, floor) = self.law.as_mut()?;
        let points = self.observer.view(&self.config, at).points(POINTS);
        let (covered, distance) = (coverage(law, &points), grid.distance(&Grid::count(&points)));
        floor.advance_by(PORTION, law, grid);
        let known = floor.floor().filter(|_| floor.is_done());
        let [mean, low, high, kl] =
            known.map_or([f64::NAN; 4], |floor| [floor.js.mean, floor.js.low, floor.js.high, floor.kl.mean]);
        let modes = covered.hits.len() as f64;
        let figures = [
            covered.covered as f64,
            modes,
            covered.high_quality,
            distance.js,
            distance.kl,
            mean,
            low,
            high,
            kl,
        ];
        Some(figures.map(|figure| figure as f32).to_vec())
    }

    fn judge(&mut self, at: &Snapshot) -> Option<Vec<f32>> {
        let images = self.images.as_ref()?;
        let judge = self.judge.get_or_insert_with(|| Classifier::new(images, self.config.seed));
        judge.advance(images, JUDGE_STEPS);
        let mut view = self.observer.view(&self.config, at);
        let samples: Vec<f32> = (0..10).flat_map(|index| view.samples(index)).collect();
        let mut figures = vec![f32::NAN; CLASSES + 3];
        // Samples that are no numbers have no score; the judge is trained all the same.
        if let Some(score) = judge.score(&samples) {
            let rest = [score.entropy_bits, score.confidence, score.score];
            figures = score.classes.into_iter().chain(rest).map(|figure| figure as f32).collect();
        }
        figures.push(judge.accuracy().map_or(f32::NAN, |accuracy| accuracy as f32));
        Some(figures)
    }
}

/// Whose trained parameter has this name; `None` for an optimiser's state.
fn whose(param: &str) -> Option<Who> {
    if param.starts_with("g.") {
        Some(Who::Generator)
    } else if param.starts_with("d.") {
        Some(Who::Discriminator)
    } else {
        None
    }
}

/// Outputs of a traced graph are called `g0.…`, `d3.…`.
fn who_of_output(name: &str) -> Option<Who> {
    match name.as_bytes().first() {
        Some(b'g') => Some(Who::Generator),
        Some(b'd') => Some(Who::Discriminator),
        _ => None,
    }
}

fn counts_of(exponents: &Exponents) -> Vec<f32> {
    let rest = [exponents.zeros, exponents.below, exponents.above, exponents.not_finite];
    exponents.bins.iter().chain(&rest).map(|&count| count as f32).collect()
}

/// The data and learning rates of a round.
fn feeds(config: &Config, images: Option<&Images>, round: &Round) -> Vec<(InputId, Vec<f32>)> {
    let rates = [config.generator.training.learning_rate, config.discriminator.training.learning_rate];
    let mut feeds = vec![(round.table, table_words(config, images))];
    feeds.extend(round.rates.iter().zip(rates).map(|(&id, rate)| (id, vec![rate])));
    feeds
}

impl Lab for GanLab {
    fn training(&self) -> &Training {
        &self.training
    }

    fn usual_views(&self) -> &'static [&'static str] {
        if self.images.is_some() { &["images"] } else { &["points", "field", "score"] }
    }

    fn settle(&mut self) -> bool {
        if let Some((law, grid, floor)) = &mut self.law {
            let is_open = !floor.is_done();
            floor.advance_by(PORTION, law, grid);
            return is_open;
        }
        match (&self.images, &mut self.judge) {
            (Some(images), Some(judge)) if judge.accuracy().is_none() => {
                judge.advance(images, PORTION as u64);
                true
            }
            _ => false,
        }
    }

    fn view(&mut self, name: &str, at: &Snapshot) -> Result<View, LabError> {
        let unknown = || LabError::UnknownView(name.to_owned());
        if at.check(&self.training.plan).is_err() {
            return Err(unknown());
        }
        let is_image = self.images.is_some();
        let picture = |count: usize| if is_image { vec![count, SIZE, SIZE] } else { vec![count, 2] };
        let mut look = self.observer.view(&self.config, at);
        let (shape, values) = match name {
            "points" if !is_image => (picture(POINTS), look.points(POINTS).concat()),
            "images" if is_image => (picture(look.chunk()), look.samples(0)),
            "walk" => {
                let [from, to, steps] = self.walk.map(|value| value as usize);
                let values = look.walk(from, to, steps);
                (picture(values.len() / self.config.width()), values)
            }
            "field" if !is_image => (vec![FIELD_SIDE, FIELD_SIDE], look.field(self.reach)),
            "law" if !is_image => {
                let (law, _, _) = self.law.as_ref().ok_or_else(unknown)?;
                let mut rows = law.centres().to_vec();
                rows.push([law.deviation(), f32::from(u8::from(law.has_modes()))]);
                (vec![rows.len(), 2], rows.concat())
            }
            "arrows" if !is_image => {
                let rows = look.arrows();
                let values = rows
                    .iter()
                    .flat_map(|a| [a.at[0], a.at[1], a.output, a.direction[0], a.direction[1]])
                    .collect();
                (vec![ARROWS, 5], values)
            }
            "score" => {
                let values = self.score(at).ok_or_else(unknown)?;
                (vec![values.len()], values)
            }
            "judge" => {
                let values = self.judge(at).ok_or_else(unknown)?;
                (vec![values.len()], values)
            }
            "weights" => (vec![2, BINS + 4], self.exponents_of_weights(at)),
            "gradients" => (vec![2, BINS + 4], self.exponents_of_gradients(at)),
            "stages" => {
                let values = self.stages(at);
                (vec![values.len()], values)
            }
            _ => return Err(unknown()),
        };
        Ok(View { name: name.to_owned(), shape, values })
    }

    /// `g.rate` and `d.rate`, the learning rates.
    fn turn(&mut self, name: &str, value: f32) -> Result<InputId, LabError> {
        let (player, at) = match name {
            "g.rate" => (&mut self.config.generator, 0),
            "d.rate" => (&mut self.config.discriminator, 1),
            _ => return Err(LabError::UnknownSetting(name.to_owned())),
        };
        let [least, most] = limits::LEARNING_RATE;
        // NaN is within nothing.
        if !(least..=most).contains(&value) {
            return Err(LabError::OutOfRange { name: name.to_owned(), value, least, most });
        }
        player.training.learning_rate = value;
        let input = self.rates[at];
        for (_, values) in self.training.feeds.iter_mut().filter(|(id, _)| *id == input) {
            values.fill(value);
        }
        if let Some((round, executor)) = &mut self.traced {
            executor.input_mut(round.rates[at]).fill(value);
        }
        Ok(input)
    }

    fn set(&mut self, name: &str, values: &[f32]) -> Result<(), LabError> {
        let expected = match name {
            "reach" => 1,
            "walk" => 3,
            _ => return Err(LabError::UnknownSetting(name.to_owned())),
        };
        let sound = values.len() == expected && values.iter().all(|x| x.is_finite() && *x >= 0.0);
        if !sound {
            return Err(LabError::Setting { name: name.to_owned(), expected, found: values.len() });
        }
        match values {
            &[reach] => self.reach = reach,
            _ => self.walk.copy_from_slice(values),
        }
        Ok(())
    }

    fn part(&self, site: &str) -> &'static str {
        match whose(site.strip_prefix("opt.").unwrap_or(site)) {
            Some(Who::Generator) => "generator",
            Some(Who::Discriminator) => "discriminator",
            None => "",
        }
    }
}
