//! Training steps of known shape, by which engines are compared side by side.
//!
//! A step is forward, backward and Adam's update; a GAN's step is one update of the discriminator (real and fake in one batch) and
//! then one of the generator, each with latents of its own, which the host writes. Weights are `(in, out)` and `(h, w, in, out)`, activations
//! `(batch, features)` and `(batch, h, w, c)`. Labels come one-hot.

use engine::graph::{DType, Graph, Padding, Tensor, UnaryOp};
use engine::nn::optimiser::{Optimiser, minimise};
use engine::nn::{Activation, Net, WeightInit};
use engine::policy::Policy;

/// One of the compared training steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// `16→64→64→2` against `2→64→64→1`, batch 150.
    Gan2d,
    /// `32→128→256→784` against `784→256→128→1`, batch 64.
    GanImage,
    /// `784→128→10`, batch 64.
    Mlp,
    /// Two convolutions of 3×3 with pooling and a dense layer on 28×28, batch 32.
    Cnn,
}

/// The graph of a step and the tensors that the host writes.
#[derive(Debug)]
pub struct Built {
    /// The step; its output `loss` is the last loss (a GAN's: both added).
    pub graph: Graph,
    /// Parameters of the generator or of the only network: weights, bias, …
    pub network: Vec<Tensor>,
    /// Parameters of the discriminator.
    pub discriminator: Vec<Tensor>,
    /// Inputs or real points `(batch, …)`.
    pub data: Tensor,
    /// Latents of the discriminator's and of the generator's update.
    pub latents: Vec<Tensor>,
    /// One-hot labels.
    pub labels: Option<Tensor>,
}

impl Workload {
    /// In the order in which benchmarks number them.
    pub const ALL: [Workload; 4] = [Workload::Gan2d, Workload::GanImage, Workload::Mlp, Workload::Cnn];

    /// Examples of a batch.
    pub fn batch(self) -> usize {
        match self {
            Workload::Gan2d => 150,
            Workload::GanImage | Workload::Mlp => 64,
            Workload::Cnn => 32,
        }
    }

    /// The graph of one step under a precision policy.
    pub fn build(self, policy: &Policy) -> Built {
        match self {
            Workload::Gan2d => {
                gan(policy, self.batch(), &[16, 64, 64, 2], &[2, 64, 64, 1], Activation::Linear)
            }
            Workload::GanImage => {
                gan(policy, self.batch(), &[32, 128, 256, 784], &[784, 256, 128, 1], Activation::Tanh)
            }
            Workload::Mlp => mlp(policy, self.batch()),
            Workload::Cnn => cnn(policy, self.batch()),
        }
    }
}

fn adam(beta1: f32) -> Optimiser {
    Optimiser::Adam { beta1, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 }
}

/// Parameters of dense layers of these sizes: He before a ReLU, Glorot for the last.
fn dense_stack(net: &mut Net, name: &str, sizes: &[usize]) -> Vec<(Tensor, Tensor)> {
    (0..sizes.len() - 1)
        .map(|i| {
            let init = if i + 2 == sizes.len() { WeightInit::Glorot } else { WeightInit::He };
            net.dense_params(&format!("{name}.{i}"), sizes[i], sizes[i + 1], init)
        })
        .collect()
}

fn run_stack(net: &mut Net, mut x: Tensor, layers: &[(Tensor, Tensor)], last: Activation) -> Tensor {
    for (i, &layer) in layers.iter().enumerate() {
        let activation = if i + 1 == layers.len() { last } else { Activation::Relu };
        x = net.dense_with(x, layer, activation);
    }
    x
}

fn flat(layers: &[(Tensor, Tensor)]) -> Vec<Tensor> {
    layers.iter().flat_map(|&(weight, bias)| [weight, bias]).collect()
}

fn pairs(params: &[Tensor]) -> Vec<(Tensor, Tensor)> {
    params.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
}

fn gan(policy: &Policy, batch: usize, g_sizes: &[usize], d_sizes: &[usize], last: Activation) -> Built {
    let mut net = Net::new(policy);
    let (latent, width) = (g_sizes[0], d_sizes[0]);
    let real = net.graph.input("real", [batch, width], DType::F32);
    let latents: Vec<Tensor> = ["latent.d", "latent.g"]
        .iter()
        .map(|name| net.graph.input(name, [batch, latent], DType::F32))
        .collect();
    let generator = dense_stack(&mut net, "g", g_sizes);
    let discriminator = dense_stack(&mut net, "d", d_sizes);
    let lr = net.graph.constant(1e-3);

    // The discriminator sees real and fake in one batch; the generator gets no gradient from it.
    let fake = run_stack(&mut net, latents[0], &generator, last);
    let fake = net.graph.stop_gradient(fake);
    let both = net.graph.concat(&[real, fake], 0);
    let both = net.rounders.activation(&mut net.graph, both);
    let logits = run_stack(&mut net, both, &discriminator, Activation::Linear);
    let graph = &mut net.graph;
    let (on_real, on_fake) = (graph.slice(logits, 0, 0, batch), graph.slice(logits, 0, batch, batch));
    let on_real = graph.unary(UnaryOp::Neg, on_real);
    let (real_terms, fake_terms) =
        (graph.unary(UnaryOp::Softplus, on_real), graph.unary(UnaryOp::Softplus, on_fake));
    let terms = graph.add(real_terms, fake_terms);
    let d_loss = graph.mean(terms);
    let update = minimise(&mut net, "adam.d", d_loss, &flat(&discriminator), lr, adam(0.5));

    let fake = run_stack(&mut net, latents[1], &generator, last);
    let logits = run_stack(&mut net, fake, &pairs(&update.params), Activation::Linear);
    let graph = &mut net.graph;
    let negated = graph.unary(UnaryOp::Neg, logits);
    let terms = graph.unary(UnaryOp::Softplus, negated);
    let g_loss = graph.mean(terms);
    minimise(&mut net, "adam.g", g_loss, &flat(&generator), lr, adam(0.5));

    let loss = net.graph.add(d_loss, g_loss);
    net.graph.output("loss", loss);
    Built {
        network: flat(&generator),
        discriminator: flat(&discriminator),
        data: real,
        latents,
        labels: None,
        graph: net.graph,
    }
}

/// Cross-entropy with one-hot labels, Adam.
fn classify(mut net: Net, logits: Tensor, data: Tensor, batch: usize) -> Built {
    let classes = net.graph.shape(logits).last();
    let labels = net.graph.input("labels", [batch, classes], DType::F32);
    let graph = &mut net.graph;
    let log = graph.log_softmax(logits);
    let terms = graph.mul(labels, log);
    let sum = graph.sum(terms);
    let loss = graph.scale(sum, -1.0 / batch as f32);
    graph.output("loss", loss);
    let params = net.parameters("");
    let lr = net.graph.constant(1e-3);
    minimise(&mut net, "adam", loss, &params, lr, adam(0.9));
    Built {
        network: params,
        discriminator: Vec::new(),
        data,
        latents: Vec::new(),
        labels: Some(labels),
        graph: net.graph,
    }
}

fn mlp(policy: &Policy, batch: usize) -> Built {
    let mut net = Net::new(policy);
    let data = net.graph.input("images", [batch, 784], DType::F32);
    let layers = dense_stack(&mut net, "dense", &[784, 128, 10]);
    let x = net.rounders.activation(&mut net.graph, data);
    let logits = run_stack(&mut net, x, &layers, Activation::Linear);
    classify(net, logits, data, batch)
}

fn cnn(policy: &Policy, batch: usize) -> Built {
    let mut net = Net::new(policy);
    let data = net.graph.input("images", [batch, 28, 28, 1], DType::F32);
    let x = net.rounders.activation(&mut net.graph, data);
    let x = net.conv2d("conv.0", x, 3, 8, 1, Padding::Same, Activation::Relu);
    let x = net.graph.max_pool(x, 2, 2, Padding::Valid);
    let x = net.conv2d("conv.1", x, 3, 16, 1, Padding::Same, Activation::Relu);
    let x = net.graph.max_pool(x, 2, 2, Padding::Valid);
    let x = net.graph.reshape(x, [batch, 7 * 7 * 16]);
    let layers = dense_stack(&mut net, "dense", &[784, 10]);
    let logits = run_stack(&mut net, x, &layers, Activation::Linear);
    classify(net, logits, data, batch)
}
