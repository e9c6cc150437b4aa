//! A run: rounds of training, snapshots, and what is observed on the way.

use engine::cpu::{Executor, Path};
use engine::plan::Plan;
use engine::rounding::Counts;
use engine::snapshot::Snapshot;

use super::config::{Config, Data};
use super::histogram::Exponents;
use super::images::Images;
use super::law::Law;
use super::networks::{Rounded, Who};
use super::observe::Observer;
use super::round::{Detail, Round, table_words};
use super::stages::{self, Stage};
use super::{GanError, observe};

/// A generator and a discriminator in training.
#[derive(Debug)]
pub struct Gan {
    config: Config,
    law: Option<Law>,
    table: Vec<f32>,
    images: usize,
    rates: [f32; 2],
    round: Round,
    run: Executor,
    traced: Option<(Round, Executor)>,
    observer: Observer,
}

/// Figures of the last round. NaN before the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Losses {
    /// The discriminator's, penalty included.
    pub discriminator: f32,
    /// The generator's.
    pub generator: f32,
    /// The penalty by itself; 0 without one.
    pub penalty: f32,
    /// The discriminator's mean output on real examples.
    pub on_real: f32,
    /// The same on generated ones.
    pub on_fake: f32,
    /// Share of both that it tells rightly.
    pub right: f32,
}

/// What rounding did to one kind of numbers of one network since the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Which numbers.
    pub rounded: Rounded,
    /// How often something was lost.
    pub counts: Counts,
}

impl Gan {
    /// A run of a configuration at round 0. Images are needed when the data are images, and ignored otherwise.
    pub fn new(config: Config, images: Option<&Images>) -> Result<Gan, GanError> {
        config.check()?;
        if let (Data::Images(set), None) = (&config.data, images) {
            return Err(GanError::NoImages { name: set.name() });
        }
        let count = images.map_or(0, Images::len);
        let round = Round::new(&config, count, Detail::Plain);
        let table = table_words(&config, images);
        let rates = [config.generator.training.learning_rate, config.discriminator.training.learning_rate];
        let run = start(&round, &config, &table, rates);
        let observer = Observer::new(&config, &table);
        Ok(Gan {
            law: Law::new(&config.data),
            images: count,
            table,
            rates,
            round,
            run,
            traced: None,
            observer,
            config,
        })
    }

    /// What was configured.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The law of the points; `None` for images.
    pub fn law(&self) -> Option<&Law> {
        self.law.as_ref()
    }

    /// The graph of a round, for another executor.
    pub fn round(&self) -> &Round {
        &self.round
    }

    /// Rounds so far.
    pub fn rounds(&self) -> u64 {
        self.run.step_count()
    }

    /// One round.
    pub fn step(&mut self) {
        self.run.step();
    }

    /// Rounds until `enough` says so; it is asked after every one. How many there were.
    pub fn advance(&mut self, mut enough: impl FnMut() -> bool) -> u64 {
        let before = self.rounds();
        loop {
            self.step();
            if enough() {
                return self.rounds() - before;
            }
        }
    }

    /// Back to round 0 with the same first weights.
    pub fn reset(&mut self) {
        self.run.reset(self.config.seed);
        self.traced = None;
    }

    /// Changes the learning rates of generator and discriminator from the next round on.
    pub fn set_rates(&mut self, rates: [f32; 2]) {
        self.rates = rates;
        set_rates(&mut self.run, &self.round, rates);
        if let Some((round, run)) = &mut self.traced {
            set_rates(run, round, rates);
        }
    }

    /// Figures of the last round.
    pub fn losses(&self) -> Losses {
        let read = |name: &str| {
            let first = self.run.output(name).first().copied();
            if self.rounds() == 0 { f32::NAN } else { first.unwrap_or(0.0) }
        };
        Losses {
            discriminator: read("d.loss"),
            generator: read("g.loss"),
            penalty: read("d.penalty"),
            on_real: read("d.real"),
            on_fake: read("d.fake"),
            right: read("d.right"),
        }
    }

    /// Factor of each network's loss by now: generator, discriminator.
    pub fn loss_scales(&self) -> [f32; 2] {
        use engine::policy::LossScaling;
        [(&self.config.generator, "opt.g.loss_scale"), (&self.config.discriminator, "opt.d.loss_scale")].map(
            |(player, name)| match player.policy.loss_scaling {
                LossScaling::None => 1.0,
                LossScaling::Static(scale) => scale,
                LossScaling::Dynamic { .. } => self
                    .run
                    .plan()
                    .params
                    .iter()
                    .find(|slot| slot.name == name)
                    .and_then(|slot| self.run.words(slot.view).first().copied())
                    .unwrap_or(1.0),
            },
        )
    }

    /// Whether all weights of both networks are numbers.
    pub fn is_finite(&self) -> bool {
        [Who::Generator, Who::Discriminator]
            .into_iter()
            .all(|who| self.weights(who).iter().flat_map(|w| w.iter()).all(|x| x.is_finite()))
    }

    /// A network's parameters: weight, bias, …
    pub fn weights(&self, who: Who) -> Vec<&[f32]> {
        let ids = match who {
            Who::Generator => &self.round.generator,
            Who::Discriminator => &self.round.discriminator,
        };
        ids.iter().map(|&id| self.run.param(id)).collect()
    }

    /// Exponents of a network's weights and biases.
    pub fn weight_exponents(&self, who: Who) -> Exponents {
        let mut exponents = Exponents::default();
        self.weights(who).into_iter().for_each(|values| exponents.add(values));
        exponents
    }

    /// What rounding has done, for each kind of numbers that is rounded, generator first. Accumulators count nothing.
    pub fn rounding_losses(&self) -> Vec<Loss> {
        let mut losses: Vec<Loss> =
            self.round.roles.iter().map(|&rounded| Loss { rounded, counts: Counts::default() }).collect();
        let runs = std::iter::once(&self.run).chain(self.traced.as_ref().map(|(_, run)| run));
        for run in runs {
            for (counter, &counts) in run.plan().counters.iter().zip(run.counts()) {
                if let Some(loss) = losses.get_mut(counter.quantizer.index()) {
                    loss.counts.add(counts);
                }
            }
        }
        losses
    }

    /// The next round, stage by stage. It counts as a round like any other and gives the same weights, unless gradients are rounded
    /// stochastically: a traced round also takes the gradient to the discriminator's inputs, which then draws random bits too.
    pub fn step_traced(&mut self) -> Vec<Stage> {
        let (round, run) = self.traced.get_or_insert_with(|| {
            let round = Round::new(&self.config, self.images, Detail::Traced);
            let run = start(&round, &self.config, &self.table, self.rates);
            (round, run)
        });
        copy_params(&self.run, run);
        run.set_step_count(self.run.step_count());
        let before: Vec<Vec<f32>> =
            round.generator.iter().chain(&round.discriminator).map(|&id| run.param(id).to_vec()).collect();
        run.step();
        let stages = stages::read(&self.config, run, &before, round.generator.len());
        copy_params(run, &mut self.run);
        self.run.set_step_count(run.step_count());
        stages
    }

    /// What is drawn and measured between rounds.
    pub fn observe(&mut self) -> observe::View<'_> {
        self.observer.view(&self.config, &self.run.snapshot())
    }

    /// The run as it stands.
    pub fn snapshot(&self) -> Snapshot {
        self.run.snapshot()
    }

    /// Goes on from a snapshot of the same configuration; nothing changes when it is of another.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), GanError> {
        self.run.restore(snapshot)?;
        self.traced = None;
        Ok(())
    }
}

fn start(round: &Round, config: &Config, table: &[f32], rates: [f32; 2]) -> Executor {
    let mut run = Executor::new(Plan::new(&round.graph), config.seed, Path::Wide);
    run.input_mut(round.table).copy_from_slice(table);
    set_rates(&mut run, round, rates);
    run
}

fn set_rates(run: &mut Executor, round: &Round, rates: [f32; 2]) {
    for (&id, rate) in round.rates.iter().zip(rates) {
        run.input_mut(id).fill(rate);
    }
}

/// Parameters of one plan to another with the same ones in the same order, or with the first of them.
fn copy_params(from: &Executor, to: &mut Executor) {
    for index in 0..to.plan().params.len().min(from.plan().params.len()) {
        let (source, place) = (from.plan().params[index].view, to.plan().params[index].view);
        to.words_mut(place).copy_from_slice(from.words(source));
    }
}
