//! The two networks: dense layers, made once and used several times in a graph.
//!
//! Sizes: generator `latent → hidden… → width`, discriminator `width → hidden… (+1) → 1`. The last layer of a generator of images is a hyperbolic
//! tangent, of points linear; the discriminator's output is a logit or a score. First weights are He's before a ReLU and Glorot's
//! before everything else, biases 0. Parameters are named `g.0.weight`, `g.0.bias`, … and `d.…`, generator first, in every graph.

use engine::graph::{Graph, RandomKind, Tensor, UnaryOp};
use engine::nn::{self, Net, WeightInit};
use engine::policy::{Policy, Rounders};

use super::config::{Activation, Config, Data, Hidden, LatentLaw, Player};

/// One of the networks in a graph: how it rounds, and its parameters as weight, bias, weight, …
#[derive(Clone, Debug)]
pub struct Network {
    /// Its policy at work.
    pub rounders: Rounders,
    /// As they are at the beginning of the step.
    pub params: Vec<Tensor>,
    activation: nn::Activation,
    last: nn::Activation,
    round_outputs: bool,
    batch_feature: bool,
}

/// Both networks and the graph that they are in.
#[derive(Debug)]
pub struct Pair {
    /// The graph.
    pub net: Net,
    /// Makes examples.
    pub generator: Network,
    /// Tells them from real ones.
    pub discriminator: Network,
    /// For each quantizer of the graph whose numbers it rounds.
    pub roles: Vec<Rounded>,
}

/// Which network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// The generator.
    Generator,
    /// The discriminator.
    Discriminator,
}

/// What kind of numbers, as in [`Policy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Weights as layers use them, and as they are stored without a master copy.
    Weights,
    /// Inputs and results of layers.
    Activations,
    /// Gradients of both.
    Gradients,
    /// The optimiser's moments.
    State,
    /// Sums inside products.
    Accumulator,
}

impl Role {
    /// All, in the order in which policies register them.
    pub const ALL: [Role; 5] =
        [Role::Weights, Role::Activations, Role::Gradients, Role::State, Role::Accumulator];

    /// Whether a policy rounds these.
    pub fn is_rounded(self, policy: &Policy) -> bool {
        match self {
            Role::Weights => policy.weights,
            Role::Activations => policy.activations,
            Role::Gradients => policy.gradients,
            Role::State => policy.state,
            Role::Accumulator => policy.accumulator,
        }
        .is_some()
    }
}

/// A network's numbers of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rounded {
    /// Whose.
    pub who: Who,
    /// Which.
    pub role: Role,
}

/// Sizes of the generator's layers, input first.
pub fn generator_sizes(config: &Config) -> Vec<usize> {
    sizes(config.latent, &config.generator.hidden, config.width())
}

/// Sizes of the discriminator's layers, input first; the last layer has one more input with a batch feature.
pub fn discriminator_sizes(config: &Config) -> Vec<usize> {
    sizes(config.width(), &config.discriminator.hidden, 1)
}

fn sizes(inputs: usize, hidden: &Hidden, outputs: usize) -> Vec<usize> {
    std::iter::once(inputs).chain(hidden.widths.iter().copied()).chain([outputs]).collect()
}

impl Pair {
    /// The parameters of both networks in a new graph.
    pub fn new(config: &Config) -> Pair {
        let mut net = Net::default();
        let mut roles = Vec::new();
        let mut network = |who, player: &Player, sizes: &[usize], last, extra: usize| {
            let rounders = Rounders::new(&mut net.graph, &player.policy);
            let rounded = Role::ALL.into_iter().filter(|role| role.is_rounded(&player.policy));
            roles.extend(rounded.map(|role| Rounded { who, role }));
            let prefix = if who == Who::Generator { 'g' } else { 'd' };
            let layers = sizes.len() - 1;
            let params = (0..layers)
                .flat_map(|i| {
                    let is_last = i + 1 == layers;
                    let rectified = player.hidden.activation != Activation::Tanh && !is_last;
                    let init = if rectified { WeightInit::He } else { WeightInit::Glorot };
                    let inputs = sizes[i] + if is_last { extra } else { 0 };
                    let (weight, bias) =
                        net.dense_params(&format!("{prefix}.{i}"), inputs, sizes[i + 1], init);
                    [weight, bias]
                })
                .collect();
            Network {
                rounders,
                params,
                activation: player.hidden.activation.of_engine(),
                last,
                round_outputs: config.round_outputs,
                batch_feature: extra > 0,
            }
        };
        let last = match config.data {
            Data::Images(_) => nn::Activation::Tanh,
            _ => nn::Activation::Linear,
        };
        let generator = network(Who::Generator, &config.generator, &generator_sizes(config), last, 0);
        let extra = usize::from(config.batch_feature);
        let sizes = discriminator_sizes(config);
        let discriminator =
            network(Who::Discriminator, &config.discriminator, &sizes, nn::Activation::Linear, extra);
        Pair { net, generator, discriminator, roles }
    }

    /// `(n,latent)` numbers of the latents' distribution, drawn anew at every step.
    pub fn latents(&mut self, config: &Config, n: usize) -> Tensor {
        let graph = &mut self.net.graph;
        match config.latent_law {
            LatentLaw::Normal => graph.random(RandomKind::Normal, [n, config.latent]),
            LatentLaw::Uniform => {
                let draw = graph.random(RandomKind::Uniform, [n, config.latent]);
                let double = graph.scale(draw, 2.0);
                graph.offset(double, -1.0)
            }
        }
    }

    /// Examples `(n,width)` of latents `(n,latent)` by the generator with these parameters.
    pub fn generate(&mut self, latents: Tensor, params: &[Tensor]) -> Tensor {
        let network = &self.generator;
        self.net.rounders = network.rounders.clone();
        let mut x = network.rounders.named_activation(&mut self.net.graph, latents, "g.latents");
        let layers = params.len() / 2;
        for (i, layer) in params.chunks_exact(2).enumerate() {
            let is_last = i + 1 == layers;
            x = network.layer(&mut self.net, x, (layer[0], layer[1]), is_last);
        }
        x
    }

    /// Outputs `(n,1)` of the discriminator with these parameters on examples `(n,width)`. `groups` are the sizes of the batches that
    /// lie one after the other in them: a batch feature looks at each by itself, or is `feature (1,1)` where that is given.
    pub fn discriminate(
        &mut self,
        examples: Tensor,
        params: &[Tensor],
        groups: &[usize],
        feature: Option<Tensor>,
    ) -> Tensor {
        let mut x = self.features(examples, params);
        let network = &self.discriminator;
        if network.batch_feature {
            let graph = &mut self.net.graph;
            let mut start = 0;
            let mut spreads = Vec::new();
            for &rows in groups {
                let spread = feature.unwrap_or_else(|| {
                    let part = graph.slice(x, 0, start, rows);
                    spread_of(graph, part)
                });
                spreads.push(graph.broadcast(spread, [rows, 1]));
                start += rows;
            }
            let column = if spreads.len() == 1 { spreads[0] } else { graph.concat(&spreads, 0) };
            let column = network.rounders.named_activation(graph, column, "d.spread");
            x = graph.concat(&[x, column], 1);
        }
        let last = &params[params.len() - 2..];
        network.layer(&mut self.net, x, (last[0], last[1]), true)
    }

    /// The discriminator's last hidden layer `(n,units)`.
    fn features(&mut self, examples: Tensor, params: &[Tensor]) -> Tensor {
        let network = &self.discriminator;
        self.net.rounders = network.rounders.clone();
        let mut x = network.rounders.named_activation(&mut self.net.graph, examples, "d.examples");
        for layer in params[..params.len() - 2].chunks_exact(2) {
            x = network.layer(&mut self.net, x, (layer[0], layer[1]), false);
        }
        x
    }

    /// The batch feature `(1,1)` of examples; `None` when there is none in this configuration.
    pub fn batch_feature(&mut self, examples: Tensor, params: &[Tensor]) -> Option<Tensor> {
        if !self.discriminator.batch_feature {
            return None;
        }
        let features = self.features(examples, params);
        Some(spread_of(&mut self.net.graph, features))
    }
}

impl Network {
    fn layer(&self, net: &mut Net, x: Tensor, layer: (Tensor, Tensor), is_last: bool) -> Tensor {
        if !is_last {
            return net.dense_with(x, layer, self.activation);
        }
        if self.round_outputs {
            return net.dense_with(x, layer, self.last);
        }
        let weight = self.rounders.weight(&mut net.graph, layer.0);
        let product = net.graph.matmul_with(x, weight, false, false, self.rounders.accumulator());
        let sum = net.graph.add(product, layer.1);
        if self.last == nn::Activation::Tanh { net.graph.unary(UnaryOp::Tanh, sum) } else { sum }
    }
}

/// Mean over the units of their standard deviations over the rows: `(n,units) -> (1,1)`.
fn spread_of(graph: &mut Graph, x: Tensor) -> Tensor {
    let mean = graph.mean_axis(x, 0);
    let centred = graph.sub(x, mean);
    let square = graph.unary(UnaryOp::Square, centred);
    let variance = graph.mean_axis(square, 0);
    // The root's slope at 0 is infinite: a collapsed batch must not make it so.
    let variance = graph.offset(variance, 1e-8);
    let deviation = graph.unary(UnaryOp::Sqrt, variance);
    graph.mean_axis(deviation, 1)
}

#[cfg(test)]
mod tests {
    use engine::policy::{Policy, RoleRounding, Target};

    use super::{Pair, Role, Who};
    use crate::gan::presets;

    /// Every role in a format of its own: the quantizers of the graph must come in the order in which roles are listed.
    #[test]
    fn quantizers_are_those_of_their_roles() {
        let round = |id: &str| Some(RoleRounding::plain(*numerics::by_id(id).expect("a format")));
        let policy = Policy {
            weights: round("bf16"),
            activations: None,
            gradients: round("e5m2"),
            state: round("fp16"),
            accumulator: round("tf32"),
            ..Policy::FP32
        };
        let mut config = presets::eight_gaussians();
        config.discriminator.policy = policy;
        config.generator.policy = Policy { activations: round("e4m3"), ..Policy::FP32 };
        let pair = Pair::new(&config);
        let found: Vec<(Who, Role, &str)> = pair
            .roles
            .iter()
            .zip(pair.net.graph.quantizers())
            .map(|(rounded, quantizer)| match quantizer.target {
                Target::Element(format, _) => (rounded.who, rounded.role, format.id),
                Target::Block(format, _) => (rounded.who, rounded.role, format.id),
            })
            .collect();
        assert_eq!(
            found,
            [
                (Who::Generator, Role::Activations, "e4m3"),
                (Who::Discriminator, Role::Weights, "bf16"),
                (Who::Discriminator, Role::Gradients, "e5m2"),
                (Who::Discriminator, Role::State, "fp16"),
                (Who::Discriminator, Role::Accumulator, "tf32"),
            ]
        );
        assert_eq!(pair.net.graph.quantizers().len(), pair.roles.len());
    }
}
