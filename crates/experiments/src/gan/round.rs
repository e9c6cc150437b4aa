//! One round of training as one graph: the discriminator's updates, then the generator's.
//!
//! In each update of the discriminator real and generated examples go through it in one batch, and no gradient flows into the generator. The
//! generator's updates see the discriminator as it is by then and take no gradient to its weights. Real examples are rows of a
//! table that is an input, drawn inside the graph, so nothing is uploaded from round to round.
//!
//! A traced graph computes the same and names everything on the way ([`super::stages`] reads it). Its parameters are the same in the
//! same order, so a run can go through either.

use engine::graph::{DType, Graph, InputId, ParamId, RandomKind, Tensor};
use engine::nn::optimiser::Minimiser;

use super::config::{Config, Data};
use super::law::Law;
use super::networks::{Network, Pair, Rounded, Who};
use super::{augment, average, images, losses};

/// A round and what the host must know of it.
#[derive(Debug)]
pub struct Round {
    /// The round. Outputs, all of shape `[]`: `d.loss` with its penalty, `d.penalty` if there is one, `d.real` and `d.fake` (mean outputs in
    /// the last update), `d.right` (share told rightly), `g.loss`.
    pub graph: Graph,
    /// Parameters of the generator: weight, bias, …
    pub generator: Vec<ParamId>,
    /// Parameters of the discriminator.
    pub discriminator: Vec<ParamId>,
    /// The table of real examples `(rows,width)`: images or centres. Written once.
    pub table: InputId,
    /// Learning rates `[]` of generator and discriminator. Written once, and when they change.
    pub rates: [InputId; 2],
    /// For each quantizer of the graph what it rounds.
    pub roles: Vec<Rounded>,
}

/// How much a graph names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Losses.
    Plain,
    /// Every stage.
    Traced,
}

/// Rows of the table of real examples.
pub fn table_rows(config: &Config, images: usize) -> usize {
    Law::new(&config.data).map_or(images, |law| law.centres().len())
}

struct Builder<'a> {
    config: &'a Config,
    pair: Pair,
    table: Tensor,
    deviation: Option<f32>,
    detail: Detail,
}

impl Round {
    /// The graph of a round of a checked configuration; `images` is the number of images, of which there is at least one if the
    /// data are images.
    pub fn new(config: &Config, images: usize, detail: Detail) -> Round {
        let mut pair = Pair::new(config);
        let rows = table_rows(config, images);
        let table = pair.net.graph.input("table", [rows, config.width()], DType::F32);
        let rates = ["g.rate", "d.rate"].map(|name| pair.net.graph.input(name, [], DType::F32));
        let deviation = Law::new(&config.data).map(|law| law.deviation());
        let mut builder = Builder { config, pair, table, deviation, detail };
        let params = builder.discriminator_updates(rates[1]);
        builder.generator_updates(rates[0], &params);
        let Builder { pair, .. } = builder;
        let ids = |graph: &Graph, network: &Network| -> Vec<ParamId> {
            network.params.iter().filter_map(|&param| graph.param_id(param)).collect()
        };
        let graph = &pair.net.graph;
        let input = |tensor| graph.input_id(tensor);
        let (Some(table), Some(g_rate), Some(d_rate)) = (input(table), input(rates[0]), input(rates[1]))
        else {
            unreachable!("inputs made above");
        };
        Round {
            generator: ids(graph, &pair.generator),
            discriminator: ids(graph, &pair.discriminator),
            table,
            rates: [g_rate, d_rate],
            roles: pair.roles,
            graph: pair.net.graph,
        }
    }
}

/// A batch `(n,width)` of real examples: rows of the table, with noise where the law has a deviation.
pub(super) fn draw_real(graph: &mut Graph, table: Tensor, deviation: Option<f32>, n: usize) -> Tensor {
    let sizes = graph.shape(table).sizes().to_vec();
    let index = graph.random(RandomKind::Below(sizes[0] as u32), [n]);
    let rows = graph.gather(table, index);
    match deviation {
        Some(deviation) => {
            let noise = graph.random(RandomKind::Normal, [n, sizes[1]]);
            let noise = graph.scale(noise, deviation);
            graph.add(rows, noise)
        }
        None => rows,
    }
}

impl Builder<'_> {
    fn name(&mut self, who: Who, step: usize, what: &str, tensor: Tensor) {
        if self.detail == Detail::Traced {
            let prefix = if who == Who::Generator { 'g' } else { 'd' };
            self.pair.net.graph.output(&format!("{prefix}{step}.{what}"), tensor);
        }
    }

    fn name_all(&mut self, who: Who, step: usize, what: &str, tensors: &[Tensor]) {
        for (i, &tensor) in tensors.iter().enumerate() {
            self.name(who, step, &format!("{what}.{i}"), tensor);
        }
    }

    /// Examples with the noise that the discriminator's inputs get.
    fn with_noise(&mut self, examples: Tensor) -> Tensor {
        let deviation = self.config.instance_noise;
        if deviation == 0.0 {
            return examples;
        }
        let graph = &mut self.pair.net.graph;
        let shape = graph.shape(examples).clone();
        let noise = graph.random(RandomKind::Normal, shape);
        let noise = graph.scale(noise, deviation);
        graph.add(examples, noise)
    }

    /// The discriminator's parameters after its updates.
    fn discriminator_updates(&mut self, rate: Tensor) -> Vec<Tensor> {
        let (config, n) = (self.config, self.config.batch);
        let player = &config.discriminator;
        let rounders = self.pair.discriminator.rounders.clone();
        self.pair.net.rounders = rounders.clone();
        let first = self.pair.discriminator.params.clone();
        let rule = player.training.rule.of_engine();
        let mut minimiser = Minimiser::new(&mut self.pair.net, "opt.d", &first, rate, rule);
        let generator = self.pair.generator.params.clone();
        for step in 0..player.steps {
            let params = minimiser.params();
            let real = draw_real(&mut self.pair.net.graph, self.table, self.deviation, n);
            let latents = self.pair.latents(config, n);
            let fake = self.pair.generate(latents, &generator);
            let fake = self.pair.net.graph.stop_gradient(fake);
            let both = self.pair.net.graph.concat(&[real, fake], 0);
            let both = augment::shifted(&mut self.pair.net.graph, both, images::SIZE, config.shift, -1.0);
            let shown = [0, n].map(|start| self.pair.net.graph.slice(both, 0, start, n));
            let both = self.with_noise(both);
            let outputs = self.pair.discriminate(both, &params, &[n, n], None);
            let graph = &mut self.pair.net.graph;
            let (on_real, on_fake) = (graph.slice(outputs, 0, 0, n), graph.slice(outputs, 0, n, n));
            let loss = losses::discriminator(graph, config.loss, config.label_smoothing, on_real, on_fake);
            let penalty = losses::penalty(&mut self.pair, config.penalty, &params, shown[0], shown[1]);
            let graph = &mut self.pair.net.graph;
            let total = penalty.map_or(loss, |penalty| graph.add(loss, penalty));
            if step + 1 == player.steps {
                self.report(total, penalty, on_real, on_fake);
            }
            self.pair.net.rounders = rounders.clone();
            let scale = minimiser.loss_scale();
            let arrived = minimiser.step_with(&mut self.pair.net, total, &[both]);
            let who = Who::Discriminator;
            for (what, tensor) in [
                ("real", real),
                ("latents", latents),
                ("fake", fake),
                ("on_real", on_real),
                ("on_fake", on_fake),
                ("loss", total),
            ] {
                self.name(who, step, what, tensor);
            }
            self.name_gradients(who, step, &arrived, scale);
            self.name_all(who, step, "param", &minimiser.params());
        }
        minimiser.finish(&mut self.pair.net).params
    }

    /// The last of `arrived` is the gradient to the examples.
    fn name_gradients(&mut self, who: Who, step: usize, arrived: &[Tensor], scale: Option<Tensor>) {
        if let Some(scale) = scale {
            self.name(who, step, "scale", scale);
        }
        if let Some((&slopes, gradients)) = arrived.split_last() {
            self.name(who, step, "slopes", slopes);
            self.name_all(who, step, "gradient", gradients);
        }
    }

    fn report(&mut self, loss: Tensor, penalty: Option<Tensor>, on_real: Tensor, on_fake: Tensor) {
        // What lies between "real" and "generated": 0 for logits, ½ for least squares' targets.
        let middle = if self.config.loss == super::config::Loss::LeastSquares { 0.5 } else { 0.0 };
        let graph = &mut self.pair.net.graph;
        graph.output("d.loss", loss);
        if let Some(penalty) = penalty {
            graph.output("d.penalty", penalty);
        }
        let mut right = Vec::new();
        for (name, outputs, real) in [("d.real", on_real, true), ("d.fake", on_fake, false)] {
            let mean = graph.mean(outputs);
            graph.output(name, mean);
            let border = graph.constant(middle);
            let (a, b) = if real { (outputs, border) } else { (border, outputs) };
            let told = graph.binary(engine::graph::BinaryOp::Greater, a, b);
            let share = graph.mean(told);
            right.push(graph.scale(share, 0.5));
        }
        let right = graph.add(right[0], right[1]);
        graph.output("d.right", right);
    }

    fn generator_updates(&mut self, rate: Tensor, discriminator: &[Tensor]) {
        let (config, n) = (self.config, self.config.batch);
        let player = &config.generator;
        let rounders = self.pair.generator.rounders.clone();
        self.pair.net.rounders = rounders.clone();
        let first = self.pair.generator.params.clone();
        let rule = player.training.rule.of_engine();
        let mut minimiser = Minimiser::new(&mut self.pair.net, "opt.g", &first, rate, rule);
        for step in 0..player.steps {
            let params = minimiser.params();
            let latents = self.pair.latents(config, n);
            let fake = self.pair.generate(latents, &params);
            let seen = augment::shifted(&mut self.pair.net.graph, fake, images::SIZE, config.shift, -1.0);
            let seen = self.with_noise(seen);
            let outputs = self.pair.discriminate(seen, discriminator, &[n], None);
            let loss = losses::generator(&mut self.pair.net.graph, config.loss, outputs);
            if step + 1 == player.steps {
                self.pair.net.graph.output("g.loss", loss);
            }
            self.pair.net.rounders = rounders.clone();
            let scale = minimiser.loss_scale();
            let arrived = minimiser.step_with(&mut self.pair.net, loss, &[fake]);
            let who = Who::Generator;
            for (what, tensor) in [("latents", latents), ("fake", fake), ("on_fake", outputs), ("loss", loss)]
            {
                self.name(who, step, what, tensor);
            }
            self.name_gradients(who, step, &arrived, scale);
            self.name_all(who, step, "param", &minimiser.params());
        }
        let updated = minimiser.finish(&mut self.pair.net).params;
        if config.average > 0.0 {
            average::keep(&mut self.pair.net.graph, &updated, config.average);
        }
    }
}

/// The words of the table of real examples.
pub(super) fn table_words(config: &Config, images: Option<&images::Images>) -> Vec<f32> {
    match (&config.data, images) {
        (Data::Images(_), Some(images)) => images.pixels().to_vec(),
        (Data::Images(_), None) => Vec::new(),
        (data, _) => Law::new(data).map_or_else(Vec::new, |law| law.centres().concat()),
    }
}
