//! The round's graph against a second way of computing it: the losses written out for networks of one hidden layer in binary64, and
//! their gradients by central differences.

use engine::graph::{Op, ParamId};
use engine::reference::Values;
use experiments::gan::config::{Activation, Data, LatentLaw, Loss, Penalty, Rule, Training};
use experiments::gan::round::{Detail, Round};
use experiments::gan::{Config, presets};

const BATCH: usize = 8;
const RATE: f64 = 0.5;

fn config(loss: Loss, penalty: Penalty, smoothing: f32) -> Config {
    let mut config = presets::eight_gaussians();
    config.data = Data::TwoGaussians;
    config.latent = 3;
    config.latent_law = LatentLaw::Uniform;
    config.batch = BATCH;
    config.loss = loss;
    config.penalty = penalty;
    config.label_smoothing = smoothing;
    for player in [&mut config.generator, &mut config.discriminator] {
        player.hidden.widths = vec![4];
        player.hidden.activation = Activation::Tanh;
        player.training = Training { rule: Rule::Sgd { momentum: 0.0 }, learning_rate: RATE as f32 };
    }
    config
}

/// Weight, bias, weight, bias of `inputs → hidden → outputs`, the weights `(in, out)`.
fn network(params: &[Vec<f64>], x: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let dense = |x: &[f64], w: &[f64], b: &[f64]| -> Vec<f64> {
        (0..b.len())
            .map(|j| b[j] + x.iter().enumerate().map(|(i, x)| x * w[i * b.len() + j]).sum::<f64>())
            .collect()
    };
    let hidden: Vec<f64> = dense(x, &params[0], &params[1]).into_iter().map(f64::tanh).collect();
    (dense(&hidden, &params[2], &params[3]), hidden)
}

fn judge(params: &[Vec<f64>], x: &[f64]) -> f64 {
    network(params, x).0[0]
}

/// Gradient of the output to the input, by hand: `Σ_h w2_h (1 - h²) w1_·h`.
fn slope(params: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
    let (_, hidden) = network(params, x);
    (0..x.len())
        .map(|i| {
            hidden.iter().enumerate().map(|(h, v)| params[2][h] * (1.0 - v * v) * params[0][i * 4 + h]).sum()
        })
        .collect()
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

type Batch = Vec<Vec<f64>>;

fn rows(values: &[f64], width: usize) -> Batch {
    values.chunks_exact(width).map(<[f64]>::to_vec).collect()
}

/// The discriminator's loss with its penalty.
fn d_loss(config: &Config, d: &[Vec<f64>], real: &Batch, fake: &Batch, between: &Batch) -> f64 {
    let s = f64::from(config.label_smoothing);
    let terms = real.iter().zip(fake).map(|(real, fake)| {
        let (r, f) = (judge(d, real), judge(d, fake));
        match config.loss {
            Loss::Minimax | Loss::NonSaturating => (1.0 - s) * softplus(-r) + s * softplus(r) + softplus(f),
            Loss::LeastSquares => 0.5 * (r - (1.0 - s)).powi(2) + 0.5 * f * f,
            Loss::Wasserstein => f - r,
        }
    });
    let square = |x: &Vec<f64>| slope(d, x).iter().map(|v| v * v).sum::<f64>();
    let penalty = match config.penalty {
        Penalty::None => 0.0,
        Penalty::Real(weight) => f64::from(weight) / 2.0 * mean(real.iter().map(square)),
        Penalty::Lipschitz(weight) => {
            f64::from(weight) * mean(between.iter().map(|x| (square(x).sqrt() - 1.0).powi(2)))
        }
    };
    mean(terms) + penalty
}

fn g_loss(config: &Config, g: &[Vec<f64>], d: &[Vec<f64>], latents: &Batch) -> f64 {
    mean(latents.iter().map(|z| {
        let f = judge(d, &network(g, z).0);
        match config.loss {
            Loss::Minimax => -softplus(f),
            Loss::NonSaturating => softplus(-f),
            Loss::LeastSquares => 0.5 * (f - 1.0).powi(2),
            Loss::Wasserstein => -f,
        }
    }))
}

/// Central differences of `loss` by each of `params`.
fn differences(params: &[Vec<f64>], mut loss: impl FnMut(&[Vec<f64>]) -> f64) -> Vec<Vec<f64>> {
    let step = 1e-5;
    let mut moved = params.to_vec();
    let mut all = Vec::new();
    for (i, values) in params.iter().enumerate() {
        let mut slopes = Vec::new();
        for (at, &value) in values.iter().enumerate() {
            let mut at_offset = |offset: f64| {
                moved[i][at] = value + offset;
                loss(&moved)
            };
            let (above, below) = (at_offset(step), at_offset(-step));
            moved[i][at] = value;
            slopes.push((above - below) / (2.0 * step));
        }
        all.push(slopes);
    }
    all
}

fn assert_close(found: &[Vec<f64>], expected: &[Vec<f64>], what: &str) {
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{what}, tensor {i}: {found} instead of {expected}");
        }
    }
}

fn check(config: &Config) {
    let round = Round::new(config, 0, Detail::Traced);
    let graph = &round.graph;
    // Values of some size everywhere, biases too: hidden units must not all be near 0.
    let params: Vec<Vec<f64>> = graph
        .params()
        .iter()
        .enumerate()
        .map(|(i, param)| {
            (0..param.shape.len()).map(|at| (f64::from((7 * i + 3 * at) as u32) * 0.37).sin()).collect()
        })
        .collect();
    let inputs: Vec<Vec<f64>> = graph
        .inputs()
        .iter()
        .map(|input| if input.name == "table" { vec![-0.5, 0.0, 0.5, 0.0] } else { vec![RATE] })
        .collect();
    let values = Values::evaluate(graph, &params, &inputs, 11, 5);
    let output = |name: &str| {
        let (_, tensor) = graph.outputs().iter().find(|(other, _)| other == name).expect("an output");
        values.of(*tensor).to_vec()
    };
    let of = |ids: &[ParamId]| -> Vec<Vec<f64>> { ids.iter().map(|id| params[id.index()].clone()).collect() };
    let (g, d) = (of(&round.generator), of(&round.discriminator));
    let after = |ids: &[ParamId]| -> Vec<Vec<f64>> {
        ids.iter().map(|&id| values.of(graph.assigned(id).expect("assigned")).to_vec()).collect()
    };
    let gradient = |before: &[Vec<f64>], after: &[Vec<f64>]| -> Vec<Vec<f64>> {
        before
            .iter()
            .zip(after)
            .map(|(before, after)| before.iter().zip(after).map(|(b, a)| (b - a) / RATE).collect())
            .collect()
    };
    let name = format!("{:?} {:?} {}", config.loss, config.penalty, config.label_smoothing);

    let (real, fake) = (rows(&output("d0.real"), 2), rows(&output("d0.fake"), 2));
    // What the generator makes of the latents, by hand.
    for (z, x) in rows(&output("d0.latents"), 3).iter().zip(&fake) {
        network(&g, z).0.iter().zip(x).for_each(|(a, b)| assert!((a - b).abs() < 1e-12));
    }
    // The shares at which the penalty looks between real and generated examples are the only (batch,1) uniform draw.
    let shares = graph.nodes().iter().enumerate().find(|(_, node)| {
        matches!(node.op, Op::Random { kind: engine::graph::RandomKind::Uniform, .. })
            && node.shape.sizes() == [BATCH, 1]
    });
    let between: Batch = match shares {
        Some((index, _)) => values
            .of(graph.tensor(index))
            .iter()
            .zip(real.iter().zip(&fake))
            .map(|(u, (real, fake))| real.iter().zip(fake).map(|(r, f)| f + u * (r - f)).collect())
            .collect(),
        None => Vec::new(),
    };
    assert_eq!(between.is_empty(), !matches!(config.penalty, Penalty::Lipschitz(_)));
    let loss = |d: &[Vec<f64>]| d_loss(config, d, &real, &fake, &between);
    assert!((output("d.loss")[0] - loss(&d)).abs() < 1e-9, "{name}: {} {}", output("d.loss")[0], loss(&d));
    let d_after = after(&round.discriminator);
    assert_close(&gradient(&d, &d_after), &differences(&d, loss), &format!("discriminator, {name}"));

    // The generator plays against the discriminator as it is after its update.
    let latents = rows(&output("g0.latents"), 3);
    let loss = |g: &[Vec<f64>]| g_loss(config, g, &d_after, &latents);
    assert!((output("g.loss")[0] - loss(&g)).abs() < 1e-9, "{name}");
    assert_close(
        &gradient(&g, &after(&round.generator)),
        &differences(&g, loss),
        &format!("generator, {name}"),
    );
}

#[test]
fn losses_and_gradients_are_those_of_the_formulas() {
    for loss in [Loss::Minimax, Loss::NonSaturating, Loss::LeastSquares, Loss::Wasserstein] {
        check(&config(loss, Penalty::None, 0.0));
        check(&config(loss, Penalty::Real(0.7), 0.0));
        check(&config(loss, Penalty::Lipschitz(0.3), 0.0));
        if loss != Loss::Wasserstein {
            check(&config(loss, Penalty::None, 0.25));
        }
    }
}
