//! Polynomials and networks as graphs, with their penalty, their dropout and the memory of their best weights.

use engine::graph::{BinaryOp, DType, Graph, Init, InputId, Padding, ParamRole, Tensor, UnaryOp};
use engine::nn::optimiser::{Optimiser, minimise};
use engine::nn::{self, Activation, Net, WeightInit};
use engine::plan::Plan;

use super::config::{Config, Learner};
use super::polynomial::legendre;
use super::tasks::{Draw, Task};
use crate::classifier::indices;
use crate::gan::shifted;
use crate::lab::Training;

/// Prefix of the parameters that keep the best weights.
pub(super) const BEST: &str = "best.";

/// Weights and bias of each layer, the last one linear; of a convolutional network, all before it are convolutions.
type Layers = Vec<(Tensor, Tensor)>;

/// Numbers that a row has when it enters the learner.
pub(super) fn inputs(config: &Config, width: usize) -> usize {
    match config.learner {
        Learner::Polynomial { degree } => degree,
        Learner::Mlp { .. } | Learner::Cnn { .. } => width,
    }
}

/// Rows as they enter the learner: places on the curve become values of the basis.
pub(super) fn entering(config: &Config, rows: &[f32]) -> Vec<f32> {
    match config.learner {
        Learner::Polynomial { degree } => {
            rows.iter().flat_map(|&x| legendre(x.into(), degree)).map(|p| p as f32).collect()
        }
        Learner::Mlp { .. } | Learner::Cnn { .. } => rows.to_vec(),
    }
}

/// Parameters of the learner.
pub(super) fn layers(net: &mut Net, config: &Config, inputs: usize, outputs: usize) -> Layers {
    match config.learner {
        Learner::Polynomial { .. } => {
            // From nothing: what is not yet learnt is flat.
            let zero = Init::Constant(0.0);
            let weight = net.trained("out.weight", [inputs, outputs], zero, ParamRole::Weight);
            vec![(weight, net.trained("out.bias", [outputs], zero, ParamRole::Bias))]
        }
        Learner::Mlp { width } => {
            let init = if config.task == Task::Curve { WeightInit::Glorot } else { WeightInit::He };
            let mut layers = vec![net.dense_params("hidden.0", inputs, width, init)];
            if config.task != Task::Pictures {
                layers.push(net.dense_params("hidden.1", width, width, init));
            }
            layers.push(net.dense_params("out", width, outputs, WeightInit::Glorot));
            layers
        }
        Learner::Cnn { channels } => {
            // Each pooling halves a side, without its last row where it is odd.
            let side = inputs.isqrt() / 2 / 2;
            vec![
                net.conv2d_params("conv.0", 3, 1, channels),
                net.conv2d_params("conv.1", 3, channels, 2 * channels),
                net.dense_params("out", side * side * 2 * channels, outputs, WeightInit::Glorot),
            ]
        }
    }
}

/// Outputs of rows that have entered.
pub(super) fn outputs(net: &mut Net, config: &Config, layers: &Layers, rows: Tensor, dropout: f32) -> Tensor {
    let mut x = net.rounders.activation(&mut net.graph, rows);
    if matches!(config.learner, Learner::Cnn { .. }) {
        return convolved(net, layers, x, dropout);
    }
    let hidden = if config.task == Task::Curve { Activation::Tanh } else { Activation::Relu };
    for (at, &layer) in layers.iter().enumerate() {
        if at + 1 == layers.len() {
            x = net.dense_with(x, layer, Activation::Linear);
        } else {
            x = net.dense_with(x, layer, hidden);
            if dropout > 0.0 {
                x = net.graph.dropout(x, dropout);
            }
        }
    }
    x
}

/// Pictures `(n, pixels)` through convolutions and poolings into the last layer.
fn convolved(net: &mut Net, layers: &Layers, rows: Tensor, dropout: f32) -> Tensor {
    let (count, side) = {
        let shape = net.graph.shape(rows);
        (shape.sizes()[0], shape.last().isqrt())
    };
    let mut x = net.graph.reshape(rows, [count, side, side, 1]);
    let Some((&last, convolutions)) = layers.split_last() else { return x };
    for &layer in convolutions {
        x = net.conv2d_with(x, layer, 1, Padding::Same, Activation::Relu);
        x = net.graph.max_pool(x, 2, 2, Padding::Valid);
    }
    let width = net.graph.shape(x).len() / count;
    x = net.graph.reshape(x, [count, width]);
    if dropout > 0.0 {
        x = net.graph.dropout(x, dropout);
    }
    net.dense_with(x, last, Activation::Linear)
}

/// Mean squared error, or cross-entropy.
fn loss(graph: &mut Graph, config: &Config, outputs: Tensor, targets: Tensor) -> Tensor {
    if config.task.is_regression() {
        nn::mse(graph, outputs, targets)
    } else {
        nn::cross_entropy(graph, outputs, targets)
    }
}

/// Share of rows whose class has the greatest output; what is no number is not right.
fn right(graph: &mut Graph, outputs: Tensor, labels: Tensor) -> Tensor {
    let classes = graph.shape(outputs).last();
    let chosen = graph.one_hot(labels, classes);
    let own = graph.mul(chosen, outputs);
    let own = graph.sum_axis(own, 1);
    let greatest = graph.max_axis(outputs, 1);
    let wrong = graph.binary(BinaryOp::Greater, greatest, own);
    let right = graph.scale(wrong, -1.0);
    let right = graph.offset(right, 1.0);
    let is_number = graph.unary(UnaryOp::Finite, own);
    let right = graph.mul(right, is_number);
    graph.mean(right)
}

/// Rows and targets of a part, as inputs.
fn part(net: &mut Net, config: &Config, name: &str, count: usize, inputs: usize) -> (Tensor, Tensor) {
    let rows = net.graph.input(&format!("{name}.rows"), [count, inputs], DType::F32);
    let targets = if config.task.is_regression() {
        net.graph.input(&format!("{name}.targets"), [count, 1], DType::F32)
    } else {
        net.graph.input(&format!("{name}.labels"), [count], DType::U32)
    };
    (rows, targets)
}

/// The step: the metrics of the weights as it finds them, then the memory of the best, then the update.
pub(super) fn training(config: &Config, draw: &Draw) -> Training {
    let mut net = Net::new(&config.policy);
    let inputs = inputs(config, draw.width);
    let counts = [draw.train.targets.len(), draw.validation.targets.len()];
    let (rows, targets) = part(&mut net, config, "train", counts[0], inputs);
    let (val_rows, val_targets) = part(&mut net, config, "validation", counts[1], inputs);
    let layers = layers(&mut net, config, inputs, draw.outputs);

    let is_changed = config.dropout > 0.0 || config.shift > 0;
    let seen = if config.shift > 0 {
        shifted(&mut net.graph, rows, draw.width.isqrt(), config.shift, 0.0)
    } else {
        rows
    };
    let given = outputs(&mut net, config, &layers, seen, config.dropout);
    let fitted = loss(&mut net.graph, config, given, targets);
    let (plain, train) = if is_changed {
        let plain = outputs(&mut net, config, &layers, rows, 0.0);
        (plain, loss(&mut net.graph, config, plain, targets))
    } else {
        (given, fitted)
    };
    let judged = outputs(&mut net, config, &layers, val_rows, 0.0);
    let validation = loss(&mut net.graph, config, judged, val_targets);
    net.graph.output("train", train);
    net.graph.output("validation", validation);
    let mut metrics = vec!["train", "validation"];
    if !config.task.is_regression() {
        let train = right(&mut net.graph, plain, targets);
        let validation = right(&mut net.graph, judged, val_targets);
        net.graph.output("train.right", train);
        net.graph.output("validation.right", validation);
        metrics.extend(["train.right", "validation.right"]);
    }

    let params = net.parameters("");
    let param_count = params.iter().map(|&param| net.graph.shape(param).len() as u64).sum();
    let stopped = remember(&mut net, config, validation, &params);
    metrics.extend(["best.step", "best.validation", "stopped"]);

    let mut objective = fitted;
    if config.l2 > 0.0 {
        for (weight, _) in &layers {
            let square = net.graph.mul(*weight, *weight);
            let sum = net.graph.sum(square);
            let penalty = net.graph.scale(sum, config.l2);
            objective = net.graph.add(objective, penalty);
        }
    }
    let mut lr = net.graph.constant(config.lr);
    if let Some(stopped) = stopped {
        let going = net.graph.scale(stopped, -1.0);
        let going = net.graph.offset(going, 1.0);
        lr = net.graph.mul(lr, going);
    }
    minimise(&mut net, "adam", objective, &params, lr, Optimiser::ADAM);

    let targets_of = |targets: &[f32]| {
        if config.task.is_regression() {
            targets.to_vec()
        } else {
            indices(&targets.iter().map(|&class| class as u8).collect::<Vec<u8>>())
        }
    };
    let values = [
        (rows, entering(config, &draw.train.rows)),
        (targets, targets_of(&draw.train.targets)),
        (val_rows, entering(config, &draw.validation.rows)),
        (val_targets, targets_of(&draw.validation.targets)),
    ];
    let feeds: Vec<(InputId, Vec<f32>)> = values
        .into_iter()
        .filter_map(|(tensor, values)| Some((net.graph.input_id(tensor)?, values)))
        .collect();
    Training { plan: Plan::new(&net.graph), feeds, metrics, param_count }
}

/// Keeps the weights of the least validation loss so far, until patience runs out. A step is counted as reports count it: the metrics of
/// step s are those of the weights before its update. With patience, whether it is over.
fn remember(net: &mut Net, config: &Config, validation: Tensor, params: &[Tensor]) -> Option<Tensor> {
    let graph = &mut net.graph;
    let kept = |graph: &mut Graph, name: &str, first: f32| {
        graph.param(&format!("{BEST}{name}"), [1], Init::Constant(first), ParamRole::State)
    };
    let clock = kept(graph, "clock", 0.0);
    let best_step = kept(graph, "step", 0.0);
    let best_loss = kept(graph, "validation", f32::MAX);
    let stopped = kept(graph, "stopped", 0.0);
    let assign = |graph: &mut Graph, param: Tensor, value: Tensor| {
        if let Some(id) = graph.param_id(param) {
            graph.assign(id, value);
        }
    };
    let now = graph.offset(clock, 1.0);
    let better = graph.binary(BinaryOp::Greater, best_loss, validation);
    let going = graph.scale(stopped, -1.0);
    let going = graph.offset(going, 1.0);
    let better = graph.mul(better, going);
    let next_step = graph.select(better, now, best_step);
    let next_loss = graph.select(better, validation, best_loss);
    let next_stopped = if config.patience > 0 {
        let waited = graph.sub(now, next_step);
        let limit = graph.constant(config.patience as f32 - 0.5);
        let over = graph.binary(BinaryOp::Greater, waited, limit);
        graph.binary(BinaryOp::Max, stopped, over)
    } else {
        stopped
    };
    assign(graph, clock, now);
    assign(graph, best_step, next_step);
    assign(graph, best_loss, next_loss);
    if config.patience > 0 {
        assign(graph, stopped, next_stopped);
    }
    for (name, value) in [("step", next_step), ("validation", next_loss), ("stopped", next_stopped)] {
        graph.output(&format!("{BEST}{name}").replace("best.stopped", "stopped"), value);
    }
    for &param in params {
        let Some(id) = graph.param_id(param) else { continue };
        let (name, shape) = {
            let param = &graph.params()[id.index()];
            (format!("{BEST}{}", param.name), param.shape.clone())
        };
        let best = graph.param(&name, shape, Init::Constant(0.0), ParamRole::State);
        let value = graph.select(better, param, best);
        assign(graph, best, value);
    }
    (config.patience > 0).then_some(next_stopped)
}
