//! Optimisers as nodes: each reads gradients and assigns parameters and its own state.
//!
//! Equations as in PyTorch. Adam's bias corrections are kept as state, `c' = c·β + (1 - β)` for `1 - β^t`, which stays exact to the last
//! places where `1 - β^t` would cancel; moments that become subnormal are set to 0. The policy's part: state is rounded before it is stored, weights too when there is no master
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
    let mut minimiser = Minimiser::new(net, name, params, lr, rule);
    minimiser.step(net, loss);
    minimiser.finish(net)
}

/// Several updates by one optimiser inside one graph: each loss is built on [`Minimiser::params`] as the step before left them.
/// Nothing is assigned before [`Minimiser::finish`].
#[derive(Clone, Debug)]
pub struct Minimiser {
    rule: Optimiser,
    lr: Tensor,
    scaling: LossScaling,
    /// The scale and, when it is dynamic, the number of steps since it changed.
    scale: Option<Kept>,
    streak: Option<Kept>,
    /// Adam: `1 - β1^t` and `1 - β2^t`.
    corrections: Option<[Kept; 2]>,
    slots: Vec<Slot>,
    applied: Option<Tensor>,
}

/// What lives from step to step: where it is kept, and its value by now.
#[derive(Clone, Copy, Debug)]
struct Kept {
    /// A parameter, or a constant that never changes.
    home: Tensor,
    value: Tensor,
}

impl Kept {
    fn at(home: Tensor) -> Kept {
        Kept { home, value: home }
    }

    /// Becomes `new`, or stays as it is when the step is skipped.
    fn set(&mut self, net: &mut Net, applied: Option<Tensor>, new: Tensor) {
        self.value = match applied {
            Some(applied) => net.graph.select(applied, new, self.value),
            None => new,
        };
    }

    fn assign(self, net: &mut Net) -> Tensor {
        match net.graph.param_id(self.home) {
            Some(id) if self.value != self.home => net.graph.assign(id, self.value),
            _ => self.value,
        }
    }
}

#[derive(Clone, Debug)]
struct Slot {
    param: Kept,
    role: ParamRole,
    /// None for SGD, one for momentum, two for Adam.
    moments: Vec<Kept>,
}

impl Minimiser {
    /// An optimiser of `params`, which are parameters of the graph; the policy of `net` scales its losses. `name` is a prefix of the
    /// state's names.
    pub fn new(net: &mut Net, name: &str, params: &[Tensor], lr: Tensor, rule: Optimiser) -> Minimiser {
        let scaling = net.rounders.policy().loss_scaling;
        let graph = &mut net.graph;
        let mut number = |suffix: &str, start: f32| {
            Kept::at(graph.param(&format!("{name}.{suffix}"), [], Init::Constant(start), ParamRole::State))
        };
        let (scale, streak) = match scaling {
            LossScaling::None => (None, None),
            LossScaling::Dynamic { initial, .. } => {
                (Some(number("loss_scale", initial)), Some(number("good_steps", 0.0)))
            }
            LossScaling::Static(scale) => (Some(Kept::at(graph.constant(scale))), None),
        };
        let mut number = |suffix: &str| {
            Kept::at(graph.param(&format!("{name}.{suffix}"), [], Init::Constant(0.0), ParamRole::State))
        };
        let corrections =
            matches!(rule, Optimiser::Adam { .. }).then(|| [number("correction1"), number("correction2")]);
        let moments: &[&str] = match rule {
            Optimiser::Sgd => &[],
            Optimiser::Momentum { .. } => &["momentum"],
            Optimiser::Adam { .. } => &["moment1", "moment2"],
        };
        let slots = params
            .iter()
            .filter_map(|&param| {
                let id = graph.param_id(param)?;
                let (owner, role) =
                    (graph.params()[id.index()].name.clone(), graph.params()[id.index()].role);
                let shape = graph.shape(param).clone();
                let mut moment = |which: &&str| {
                    let name = format!("{name}.{which}.{owner}");
                    Kept::at(graph.param(&name, shape.clone(), Init::Constant(0.0), ParamRole::State))
                };
                let moments = moments.iter().map(&mut moment).collect();
                Some(Slot { param: Kept::at(param), role, moments })
            })
            .collect();
        Minimiser { rule, lr, scaling, scale, streak, corrections, slots, applied: None }
    }

    /// The parameters by now, in the order given.
    pub fn params(&self) -> Vec<Tensor> {
        self.slots.iter().map(|slot| slot.param.value).collect()
    }

    /// The factor of the next loss; `None` when losses are not scaled.
    pub fn loss_scale(&self) -> Option<Tensor> {
        self.scale.map(|scale| scale.value)
    }

    /// One update by the gradients of `loss`.
    pub fn step(&mut self, net: &mut Net, loss: Tensor) {
        self.step_with(net, loss, &[]);
    }

    /// The same; the result are the gradients to the parameters, then those to `also`, still multiplied with the loss's scale: as they
    /// were rounded.
    pub fn step_with(&mut self, net: &mut Net, loss: Tensor, also: &[Tensor]) -> Vec<Tensor> {
        let mut wrt = self.params();
        wrt.extend(also);
        let scale = self.loss_scale();
        let arrived = match scale {
            Some(scale) => net.graph.grad_seeded(loss, scale, &wrt),
            None => net.graph.grad(loss, &wrt),
        };
        let mut gradients = arrived[..self.slots.len()].to_vec();
        self.applied = None;
        if let Some(scale) = scale {
            let inverse = net.graph.unary(UnaryOp::Recip, scale);
            if let LossScaling::Dynamic { interval, .. } = self.scaling {
                self.applied = Some(self.adjust_scale(net, interval, &gradients));
            }
            gradients.iter_mut().for_each(|gradient| *gradient = net.graph.mul(*gradient, inverse));
        }
        if let (Some(corrections), Optimiser::Adam { beta1, beta2, .. }) = (&mut self.corrections, self.rule)
        {
            for (correction, beta) in corrections.iter_mut().zip([beta1, beta2]) {
                let kept = net.graph.scale(correction.value, beta);
                let new = net.graph.offset(kept, one_minus(beta));
                correction.set(net, self.applied, new);
            }
        }
        let context =
            Context { rule: self.rule, lr: self.lr, applied: self.applied, corrections: self.corrections };
        for (slot, gradient) in self.slots.iter_mut().zip(gradients) {
            context.update(net, slot, gradient);
        }
        arrived
    }

    /// Assigns parameters and state.
    pub fn finish(self, net: &mut Net) -> Update {
        let loss_scale = self.loss_scale();
        for kept in
            [self.scale, self.streak].into_iter().flatten().chain(self.corrections.into_iter().flatten())
        {
            kept.assign(net);
        }
        let params = self
            .slots
            .iter()
            .map(|slot| {
                slot.moments.iter().for_each(|moment| {
                    moment.assign(net);
                });
                slot.param.assign(net)
            })
            .collect();
        Update { params, loss_scale, applied: self.applied }
    }

    /// 1 when every gradient is finite; scale and streak become those of the next step.
    fn adjust_scale(&mut self, net: &mut Net, interval: u32, gradients: &[Tensor]) -> Tensor {
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
        let (Some(scale), Some(streak)) = (&mut self.scale, &mut self.streak) else { return finite };
        let longer = graph.offset(streak.value, 1.0);
        let threshold = graph.constant(interval as f32 - 0.5);
        let due = graph.binary(BinaryOp::Greater, longer, threshold);
        let (one, two, half, zero) =
            (graph.constant(1.0), graph.constant(2.0), graph.constant(0.5), graph.constant(0.0));
        let growth = graph.select(due, two, one);
        let factor = graph.select(finite, growth, half);
        scale.value = graph.mul(scale.value, factor);
        let after_due = graph.select(due, zero, longer);
        streak.value = graph.select(finite, after_due, zero);
        finite
    }
}

/// What the updates of all parameters of one step share.
struct Context {
    rule: Optimiser,
    lr: Tensor,
    applied: Option<Tensor>,
    corrections: Option<[Kept; 2]>,
}

impl Context {
    /// Keeps a moment's new value, rounded by the policy.
    ///
    /// Moments of gradients that stay 0 (units that no longer fire) decay through the subnormal numbers and settle there: processors
    /// compute those up to a hundred times slower, for steps of less than 1e-37.
    fn remember(&self, net: &mut Net, moment: &mut Kept, new: Tensor) -> Tensor {
        let new = net.graph.unary(UnaryOp::FlushSubnormal, new);
        let new = net.rounders.state(&mut net.graph, new);
        moment.set(net, self.applied, new);
        moment.value
    }

    fn update(&self, net: &mut Net, slot: &mut Slot, gradient: Tensor) {
        let param = slot.param.value;
        let new = match (self.rule, slot.moments.as_mut_slice()) {
            (Optimiser::Momentum { momentum }, [old]) => {
                let kept = net.graph.scale(old.value, momentum);
                let direction = net.graph.add(kept, gradient);
                let direction = self.remember(net, old, direction);
                let step = net.graph.mul(direction, self.lr);
                net.graph.sub(param, step)
            }
            (Optimiser::Adam { beta1, beta2, epsilon, weight_decay }, [first, second]) => {
                let graph = &mut net.graph;
                let kept = graph.scale(first.value, beta1);
                let taken = graph.scale(gradient, one_minus(beta1));
                let new_first = graph.add(kept, taken);
                let kept = graph.scale(second.value, beta2);
                let square = graph.unary(UnaryOp::Square, gradient);
                let taken = graph.scale(square, one_minus(beta2));
                let new_second = graph.add(kept, taken);
                let first = self.remember(net, first, new_first);
                let second = self.remember(net, second, new_second);
                let graph = &mut net.graph;
                // lr / c1 · m / (√(v / c2) + ε), the two corrections being single numbers.
                let [c1, c2] = self.corrections.map_or([self.lr; 2], |kept| kept.map(|kept| kept.value));
                let rate = graph.div(self.lr, c1);
                let inverse = graph.unary(UnaryOp::Recip, c2);
                let corrected = graph.mul(second, inverse);
                let root = graph.unary(UnaryOp::Sqrt, corrected);
                let denominator = graph.offset(root, epsilon);
                let direction = graph.div(first, denominator);
                let step = graph.mul(direction, rate);
                let base = if weight_decay > 0.0 && slot.role == ParamRole::Weight {
                    let shrink = graph.scale(self.lr, -weight_decay);
                    let keep = graph.offset(shrink, 1.0);
                    graph.mul(param, keep)
                } else {
                    param
                };
                graph.sub(base, step)
            }
            _ => {
                let step = net.graph.mul(gradient, self.lr);
                net.graph.sub(param, step)
            }
        };
        let new = net.rounders.stored_weight(&mut net.graph, new);
        slot.param.set(net, self.applied, new);
    }
}

/// `1 - β` without the cancellation of binary32: β is meant as the decimal that was written.
fn one_minus(beta: f32) -> f32 {
    let decimal = (f64::from(beta) * 1e9).round() / 1e9;
    (1.0 - decimal) as f32
}
