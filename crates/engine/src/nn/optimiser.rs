//! Optimisers as nodes: each reads gradients and assigns parameters and its own state.
//!
//! Equations as in PyTorch. Adam's bias corrections are kept as state, `c' = c·β + (1 - β)` for `1 - β^t`, which stays exact to the last
//! places where `1 - β^t` would cancel. The policy's part: state is rounded before it is stored, weights too when there is no master
//! copy; a scaled loss's gradients are divided first, and a step whose gradients are not all finite changes nothing
//! but the scale. The learning rate is a tensor, so that it may be an input that the host changes.

use super::Net;
use crate::graph::{BinaryOp, Init, ParamRole, Tensor, UnaryOp};
use crate::policy::LossScaling;

/// The rule by which gradients change parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimiser {
    /// `w - lr·g`
    Sgd,
    /// `m' = momentum·m + g`, `w - lr·m'`
    Momentum {
        /// Part of the old direction that stays.
        momentum: f32,
    },
    /// Adam (Kingma and Ba 2015), with decoupled weight decay (Loshchilov and Hutter 2019) unless it is 0.
    Adam {
        /// Decay of the first moment.
        beta1: f32,
        /// Decay of the second moment.
        beta2: f32,
        /// Added to the root of the second moment.
        epsilon: f32,
        /// Weights lose `lr·decay` of themselves; biases and gains do not.
        weight_decay: f32,
    },
}

impl Optimiser {
    /// Adam with its authors' constants.
    pub const ADAM: Optimiser =
        Optimiser::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 };
}

/// What one optimiser left in the graph.
#[derive(Clone, Debug)]
pub struct Update {
    /// Parameters after the update, in the order given: later parts of the step use these.
    pub params: Vec<Tensor>,
    /// The scale that the loss was multiplied with.
    pub loss_scale: Option<Tensor>,
    /// 1 when the step was taken, 0 when gradients were not finite.
    pub applied: Option<Tensor>,
}

/// Minimises `loss` by `params`: gradients, then the update. `name` is a prefix of the state's names.
pub fn minimise(
    net: &mut Net,
    name: &str,
    loss: Tensor,
    params: &[Tensor],
    lr: Tensor,
    rule: Optimiser,
) -> Update {
    let scale = match net.rounders.policy().loss_scaling {
        LossScaling::None => None,
        LossScaling::Static(scale) => Some(net.graph.constant(scale)),
        LossScaling::Dynamic { initial, .. } => Some(net.graph.param(
            &format!("{name}.loss_scale"),
            [],
            Init::Constant(initial),
            ParamRole::State,
        )),
    };
    let mut gradients = match scale {
        Some(scale) => net.graph.grad_seeded(loss, scale, params),
        None => net.graph.grad(loss, params),
    };
    let mut applied = None;
    if let Some(scale) = scale {
        let inverse = net.graph.unary(UnaryOp::Recip, scale);
        if let LossScaling::Dynamic { interval, .. } = net.rounders.policy().loss_scaling {
            applied = Some(adjust_scale(net, name, scale, interval, &gradients));
        }
        gradients.iter_mut().for_each(|gradient| *gradient = net.graph.mul(*gradient, inverse));
    }
    let rule_state = RuleState::new(net, name, rule, lr, applied);
    let params = params
        .iter()
        .zip(gradients)
        .map(|(&param, gradient)| rule_state.update(net, name, param, gradient))
        .collect();
    Update { params, loss_scale: scale, applied }
}

/// 1 when every gradient is finite; the scale for the next step is assigned.
fn adjust_scale(net: &mut Net, name: &str, scale: Tensor, interval: u32, gradients: &[Tensor]) -> Tensor {
    let graph = &mut net.graph;
    let mut broken: Option<Tensor> = None;
    for &gradient in gradients {
        // 0·g is 0 for finite g and NaN for others: the sum says whether all are finite.
        let zeros = graph.scale(gradient, 0.0);
        let sum = graph.sum(zeros);
        broken = Some(match broken {
            Some(total) => graph.add(total, sum),
            None => sum,
        });
    }
    let total = broken.unwrap_or_else(|| graph.constant(0.0));
    let finite = graph.unary(UnaryOp::Finite, total);
    let streak = graph.param(&format!("{name}.good_steps"), [], Init::Constant(0.0), ParamRole::State);
    let longer = graph.offset(streak, 1.0);
    let threshold = graph.constant(interval as f32 - 0.5);
    let due = graph.binary(BinaryOp::Greater, longer, threshold);
    let (one, two, half, zero) =
        (graph.constant(1.0), graph.constant(2.0), graph.constant(0.5), graph.constant(0.0));
    let growth = graph.select(due, two, one);
    let factor = graph.select(finite, growth, half);
    let next = graph.mul(scale, factor);
    let after_due = graph.select(due, zero, longer);
    let next_streak = graph.select(finite, after_due, zero);
    for (param, value) in [(scale, next), (streak, next_streak)] {
        if let Some(id) = graph.param_id(param) {
            graph.assign(id, value);
        }
    }
    finite
}

struct RuleState {
    rule: Optimiser,
    lr: Tensor,
    applied: Option<Tensor>,
    /// Adam: `1 - β1^t` and `1 - β2^t`.
    corrections: Option<(Tensor, Tensor)>,
}

impl RuleState {
    fn new(net: &mut Net, name: &str, rule: Optimiser, lr: Tensor, applied: Option<Tensor>) -> RuleState {
        let mut state = RuleState { rule, lr, applied, corrections: None };
        if let Optimiser::Adam { beta1, beta2, .. } = rule {
            let mut correction = |suffix: &str, beta: f32| {
                let graph = &mut net.graph;
                let old = graph.param(&format!("{name}.{suffix}"), [], Init::Constant(0.0), ParamRole::State);
                let kept = graph.scale(old, beta);
                let new = graph.offset(kept, one_minus(beta));
                state.store(net, old, new)
            };
            state.corrections = Some((correction("correction1", beta1), correction("correction2", beta2)));
        }
        state
    }

    /// Assigns `new`, or the old value again when the step is skipped.
    fn store(&self, net: &mut Net, old: Tensor, new: Tensor) -> Tensor {
        let value = match self.applied {
            Some(applied) => net.graph.select(applied, new, old),
            None => new,
        };
        match net.graph.param_id(old) {
            Some(id) => net.graph.assign(id, value),
            None => value,
        }
    }

    fn update(&self, net: &mut Net, prefix: &str, param: Tensor, gradient: Tensor) -> Tensor {
        let shape = net.graph.shape(param).clone();
        let (name, role) = match net.graph.param_id(param) {
            Some(id) => {
                let param = &net.graph.params()[id.index()];
                (param.name.clone(), param.role)
            }
            None => return param,
        };
        let moment = |net: &mut Net, which: &str| {
            net.graph.param(
                &format!("{prefix}.{which}.{name}"),
                shape.clone(),
                Init::Constant(0.0),
                ParamRole::State,
            )
        };
        let new = match self.rule {
            Optimiser::Sgd => {
                let step = net.graph.mul(gradient, self.lr);
                net.graph.sub(param, step)
            }
            Optimiser::Momentum { momentum } => {
                let old = moment(net, "momentum");
                let kept = net.graph.scale(old, momentum);
                let direction = net.graph.add(kept, gradient);
                let direction = net.rounders.state(&mut net.graph, direction);
                let direction = self.store(net, old, direction);
                let step = net.graph.mul(direction, self.lr);
                net.graph.sub(param, step)
            }
            Optimiser::Adam { beta1, beta2, epsilon, weight_decay } => {
                let (old1, old2) = (moment(net, "moment1"), moment(net, "moment2"));
                let graph = &mut net.graph;
                let kept = graph.scale(old1, beta1);
                let taken = graph.scale(gradient, one_minus(beta1));
                let first = graph.add(kept, taken);
                let kept = graph.scale(old2, beta2);
                let square = graph.unary(UnaryOp::Square, gradient);
                let taken = graph.scale(square, one_minus(beta2));
                let second = graph.add(kept, taken);
                let first = net.rounders.state(&mut net.graph, first);
                let second = net.rounders.state(&mut net.graph, second);
                let first = self.store(net, old1, first);
                let second = self.store(net, old2, second);
                let graph = &mut net.graph;
                // lr / c1 · m / (√(v / c2) + ε), the two corrections being single numbers.
                let (c1, c2) = self.corrections.unwrap_or((self.lr, self.lr));
                let rate = graph.div(self.lr, c1);
                let inverse = graph.unary(UnaryOp::Recip, c2);
                let corrected = graph.mul(second, inverse);
                let root = graph.unary(UnaryOp::Sqrt, corrected);
                let denominator = graph.offset(root, epsilon);
                let direction = graph.div(first, denominator);
                let step = graph.mul(direction, rate);
                let base = if weight_decay > 0.0 && role == ParamRole::Weight {
                    let shrink = graph.scale(self.lr, -weight_decay);
                    let keep = graph.offset(shrink, 1.0);
                    graph.mul(param, keep)
                } else {
                    param
                };
                graph.sub(base, step)
            }
        };
        let new = net.rounders.stored_weight(&mut net.graph, new);
        self.store(net, param, new)
    }
}

/// `1 - β` without the cancellation of binary32: β is meant as the decimal that was written.
fn one_minus(beta: f32) -> f32 {
    let decimal = (f64::from(beta) * 1e9).round() / 1e9;
    (1.0 - decimal) as f32
}
