//! What is drawn and measured between rounds: second plans that are fed with the parameters of the run.
//!
//! They round as the run does. Latents come from the seed and never change, so a picture moves only because the networks do. Each part is one
//! call of a few milliseconds at most: [`CHUNK`] samples at a time.

use engine::cpu::{Executor, Path};
use engine::graph::{DType, InputId, RandomKind, UnaryOp};
use engine::plan::Plan;
use engine::random::Stream;
use engine::snapshot::Snapshot;

use super::config::{Config, Data, LatentLaw, Loss};
use super::law::Law;
use super::networks::Pair;
use super::round::draw_real;
use super::{average, losses};

/// Samples of one call.
pub const CHUNK: usize = 256;
/// Samples of one call when they are images.
pub const IMAGE_CHUNK: usize = 32;
/// Evaluation latents of a run.
pub const LATENTS: usize = 4096;
/// Points along each axis of a field.
pub const FIELD_SIDE: usize = 40;
/// Arrows.
pub const ARROWS: usize = 64;
/// Streams of latents lie apart from those of graphs, parameters, laws and stochastic rounding.
const STREAM: u32 = 0x2000_0010;

/// Plans for observing.
#[derive(Debug)]
pub(super) struct Observer {
    latents: Vec<f32>,
    samples: (Executor, InputId),
    field: Option<(Executor, InputId)>,
    arrows: (Executor, InputId),
}

/// A run as it stands, to be looked at.
#[derive(Debug)]
pub struct View<'a> {
    observer: &'a mut Observer,
    config: &'a Config,
}

/// Where generated points would go: each sample, the discriminator's output on it, and the direction that lowers the generator's loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrow {
    /// The sample.
    pub at: [f32; 2],
    /// The discriminator's output there.
    pub output: f32,
    /// Minus the gradient of the sample's own loss, not divided by the batch.
    pub direction: [f32; 2],
}

/// Latents from a run's seed, one after the other.
pub fn evaluation_latents(config: &Config, count: usize) -> Vec<f32> {
    let mut latents = vec![0.0; count * config.latent];
    let stream = Stream::new(config.seed, STREAM, 0);
    match config.latent_law {
        LatentLaw::Normal => stream.fill(RandomKind::Normal, &mut latents),
        LatentLaw::Uniform => {
            stream.fill(RandomKind::Uniform, &mut latents);
            for x in &mut latents {
                *x = 2.0 * *x - 1.0;
            }
        }
    }
    latents
}

impl Observer {
    pub(super) fn new(config: &Config, table: &[f32]) -> Observer {
        let is_points = !matches!(config.data, Data::Images(_));
        Observer {
            latents: evaluation_latents(config, LATENTS),
            samples: samples(config),
            field: is_points.then(|| field(config, table)),
            arrows: arrows(config),
        }
    }

    /// A look at a run as it stands, its generator averaged where the configuration says so.
    pub(super) fn view<'a>(&'a mut self, config: &'a Config, at: &Snapshot) -> View<'a> {
        let params = average::shown(config, at);
        let field = self.field.as_mut().map(|field| &mut field.0);
        for executor in [&mut self.samples.0, &mut self.arrows.0].into_iter().chain(field) {
            set_params(executor, &params);
        }
        View { observer: self, config }
    }
}

/// The first of `params` as those of a plan that has the same ones in the same order.
pub(super) fn set_params(executor: &mut Executor, params: &[Vec<f32>]) {
    let places: Vec<_> = executor.plan().params.iter().map(|slot| slot.view).collect();
    for (place, values) in places.into_iter().zip(params) {
        executor.words_mut(place).copy_from_slice(values);
    }
}

fn chunk(config: &Config) -> usize {
    if matches!(config.data, Data::Images(_)) { IMAGE_CHUNK } else { CHUNK }
}

fn ready(pair: &Pair, config: &Config, input: engine::graph::Tensor) -> (Executor, InputId) {
    let Some(id) = pair.net.graph.input_id(input) else { unreachable!("an input made by the caller") };
    (Executor::new(Plan::new(&pair.net.graph), config.seed, Path::Wide), id)
}

fn samples(config: &Config) -> (Executor, InputId) {
    let mut pair = Pair::new(config);
    let latents = pair.net.graph.input("latents", [chunk(config), config.latent], DType::F32);
    let params = pair.generator.params.clone();
    let examples = pair.generate(latents, &params);
    pair.net.graph.output("examples", examples);
    ready(&pair, config, latents)
}

fn arrows(config: &Config) -> (Executor, InputId) {
    let mut pair = Pair::new(config);
    let rows = ARROWS.min(chunk(config));
    let latents = pair.net.graph.input("latents", [rows, config.latent], DType::F32);
    let (g, d) = (pair.generator.params.clone(), pair.discriminator.params.clone());
    let examples = pair.generate(latents, &g);
    let outputs = pair.discriminate(examples, &d, &[rows], None);
    let graph = &mut pair.net.graph;
    let loss = losses::generator(graph, config.loss, outputs);
    let sum = graph.scale(loss, rows as f32);
    let slopes = graph.grad(sum, &[examples])[0];
    let directions = graph.unary(UnaryOp::Neg, slopes);
    for (name, tensor) in [("examples", examples), ("outputs", outputs), ("directions", directions)] {
        graph.output(name, tensor);
    }
    ready(&pair, config, latents)
}

fn field(config: &Config, table: &[f32]) -> (Executor, InputId) {
    let mut pair = Pair::new(config);
    let count = FIELD_SIDE * FIELD_SIDE;
    let points = pair.net.graph.input("points", [count, 2], DType::F32);
    let params = pair.discriminator.params.clone();
    // A grid is no batch: its spread is that of real examples.
    let reference = config.batch_feature.then(|| {
        let centres = pair.net.graph.input("table", [table.len() / 2, 2], DType::F32);
        let deviation = Law::new(&config.data).map(|law| law.deviation());
        (centres, draw_real(&mut pair.net.graph, centres, deviation, config.batch))
    });
    let feature = reference.and_then(|(_, real)| pair.batch_feature(real, &params));
    let outputs = pair.discriminate(points, &params, &[count], feature);
    pair.net.graph.output("outputs", outputs);
    let centres = reference.and_then(|(centres, _)| pair.net.graph.input_id(centres));
    let (mut executor, id) = ready(&pair, config, points);
    if let Some(centres) = centres {
        executor.input_mut(centres).copy_from_slice(table);
    }
    (executor, id)
}

/// The same random numbers every time: roundings and draws do not move from picture to picture.
fn run_at_rest(executor: &mut Executor) {
    executor.set_step_count(0);
    executor.step();
}

impl View<'_> {
    /// Samples of one [`View::samples`] call.
    pub fn chunk(&self) -> usize {
        chunk(self.config)
    }

    /// Generated examples `(chunk,width)` of the evaluation latents number `index·chunk` and on. Beyond the last latent they begin again.
    pub fn samples(&mut self, index: usize) -> Vec<f32> {
        let words = chunk(self.config) * self.config.latent;
        let start = index * words % (self.observer.latents.len() - words + 1);
        let latents = self.observer.latents[start..start + words].to_vec();
        self.generate(&latents)
    }

    /// This many generated points, up to [`LATENTS`]; empty for images.
    pub fn points(&mut self, count: usize) -> Vec<[f32; 2]> {
        if matches!(self.config.data, Data::Images(_)) {
            return Vec::new();
        }
        let mut points = Vec::with_capacity(count + CHUNK);
        let count = count.min(LATENTS);
        while points.len() < count {
            let samples = self.samples(points.len() / CHUNK);
            points.extend_from_slice(samples.as_chunks::<2>().0);
        }
        points.truncate(count);
        points
    }

    /// Examples of given latents, one after the other; what is not a whole latent, or beyond a chunk, is left out.
    pub fn generate(&mut self, latents: &[f32]) -> Vec<f32> {
        let (executor, id) = &mut self.observer.samples;
        let input = executor.input_mut(*id);
        let rows = (latents.len() / self.config.latent).min(input.len() / self.config.latent);
        let given = rows * self.config.latent;
        input[..given].copy_from_slice(&latents[..given]);
        input[given..].fill(0.0);
        run_at_rest(executor);
        executor.output("examples")[..rows * self.config.width()].to_vec()
    }

    /// Examples along a walk from evaluation latent `from` to `to`, both included: straight for uniform latents, along the great circle
    /// for normal ones, whose lengths it keeps typical. At most one chunk of steps.
    pub fn walk(&mut self, from: usize, to: usize, steps: usize) -> Vec<f32> {
        let size = self.config.latent;
        let latent = |index: usize| {
            let at = index % LATENTS * size;
            self.observer.latents[at..at + size].to_vec()
        };
        let (a, b) = (latent(from), latent(to));
        let steps = steps.clamp(2, chunk(self.config));
        let turn = self.config.latent_law == LatentLaw::Normal;
        let latents: Vec<f32> =
            (0..steps).flat_map(|i| between(&a, &b, i as f32 / (steps - 1) as f32, turn)).collect();
        self.generate(&latents)
    }

    /// The discriminator's outputs on a grid of [`FIELD_SIDE`]² points of `[-reach, reach]²`, row by row from the least `y`; empty for images.
    pub fn field(&mut self, reach: f32) -> Vec<f32> {
        let Some((executor, id)) = &mut self.observer.field else { return Vec::new() };
        let at = |i: usize| reach * (2.0 * (i as f32 + 0.5) / FIELD_SIDE as f32 - 1.0);
        for (i, point) in executor.input_mut(*id).chunks_exact_mut(2).enumerate() {
            point.copy_from_slice(&[at(i % FIELD_SIDE), at(i / FIELD_SIDE)]);
        }
        run_at_rest(executor);
        executor.output("outputs").to_vec()
    }

    /// Where [`ARROWS`] samples would go; empty for images.
    pub fn arrows(&mut self) -> Vec<Arrow> {
        if matches!(self.config.data, Data::Images(_)) {
            return Vec::new();
        }
        let (executor, id) = &mut self.observer.arrows;
        let input = executor.input_mut(*id);
        input.copy_from_slice(&self.observer.latents[..input.len()]);
        run_at_rest(executor);
        let pairs = |name: &str| executor.output(name).as_chunks::<2>().0.to_vec();
        pairs("examples")
            .into_iter()
            .zip(pairs("directions"))
            .zip(executor.output("outputs"))
            .map(|((at, direction), &output)| Arrow { at, output, direction })
            .collect()
    }
}

/// The discriminator's belief that an example is real, from its output; `None` when its loss gives outputs no such meaning.
pub fn belief(loss: Loss, output: f32) -> Option<f32> {
    match loss {
        Loss::Minimax | Loss::NonSaturating => Some(1.0 / (1.0 + (-output).exp())),
        Loss::LeastSquares => Some(output.clamp(0.0, 1.0)),
        Loss::Wasserstein => None,
    }
}

/// The point at `t` of the way from `a` to `b`.
fn between(a: &[f32], b: &[f32], t: f32, turn: bool) -> Vec<f32> {
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    let angle = if lengths > 0.0 { (dot(a, b) / lengths).clamp(-1.0, 1.0).acos() } else { 0.0 };
    // Nearly the same or nearly opposite directions have no great circle worth the name.
    let (from, to) = if turn && angle.sin() > 1e-3 {
        (((1.0 - t) * angle).sin() / angle.sin(), (t * angle).sin() / angle.sin())
    } else {
        (1.0 - t, t)
    };
    a.iter().zip(b).map(|(a, b)| from * a + to * b).collect()
}
