//! Reverse-mode gradients. The result is made of ordinary nodes, so it can be differentiated again.

use std::collections::HashMap;

use super::{DType, Graph, Op, Tensor};

impl Graph {
    /// Gradients of the scalar `loss` to each tensor of `wrt`. A tensor that `loss` does not depend on gets zeros.
    ///
    /// Only nodes on a path from `wrt` to `loss` get a gradient: the weights of a frozen part cost nothing.
    pub fn grad(&mut self, loss: Tensor, wrt: &[Tensor]) -> Vec<Tensor> {
        let one = self.constant(1.0);
        self.grad_seeded(loss, one, wrt)
    }

    /// The same with `seed` in the place of 1: the gradient that arrives at `loss`, for loss scaling.
    pub fn grad_seeded(&mut self, loss: Tensor, seed: Tensor, wrt: &[Tensor]) -> Vec<Tensor> {
        assert_eq!(self.shape(loss).len(), 1, "the gradient of a tensor that is not one number");
        let seed = self.reshape(seed, self.shape(loss).clone());
        let needs = self.depends_on(wrt, loss);
        let mut gradients: HashMap<Tensor, Tensor> = HashMap::new();
        gradients.insert(loss, seed);
        for index in (0..=loss.index()).rev() {
            let tensor = Tensor(index as u32);
            if !needs[index] {
                continue;
            }
            let Some(&gradient) = gradients.get(&tensor) else { continue };
            let inputs = self.node(tensor).inputs.clone();
            let wanted: Vec<bool> = inputs.iter().map(|input| needs[input.index()]).collect();
            if !wanted.contains(&true) {
                continue;
            }
            let parts = self.vjp(tensor, gradient, &wanted);
            for ((input, part), wanted) in inputs.into_iter().zip(parts).zip(wanted) {
                let (Some(part), true) = (part, wanted) else { continue };
                let part = self.sum_to(part, &self.shape(input).clone());
                let total = match gradients.get(&input) {
                    Some(&sum) => self.add(sum, part),
                    None => part,
                };
                gradients.insert(input, total);
            }
        }
        wrt.iter()
            .map(|tensor| {
                if let Some(&gradient) = gradients.get(tensor) {
                    gradient
                } else {
                    let zero = self.constant(0.0);
                    self.broadcast(zero, self.shape(*tensor).clone())
                }
            })
            .collect()
    }

    /// For every node up to `last` whether it depends on one of `sources`.
    fn depends_on(&self, sources: &[Tensor], last: Tensor) -> Vec<bool> {
        let mut depends = vec![false; last.index() + 1];
        for (index, node) in self.nodes()[..=last.index()].iter().enumerate() {
            depends[index] = node.dtype == DType::F32
                && (sources.contains(&Tensor(index as u32))
                    || node.op != Op::StopGradient && node.inputs.iter().any(|input| depends[input.index()]));
        }
        depends
    }

    /// Gradients to the inputs of `tensor` from the gradient `g` to itself; `None` where there is none or none is needed.
    fn vjp(&mut self, tensor: Tensor, g: Tensor, needs: &[bool]) -> Vec<Option<Tensor>> {
        let node = self.node(tensor).clone();
        let inputs = &node.inputs;
        match node.op {
            Op::Param(_)
            | Op::Input(_)
            | Op::Constant(_)
            | Op::Random { .. }
            | Op::OneHot
            | Op::Max { .. }
            | Op::StopGradient => vec![None; inputs.len()],
            Op::Unary(op) => vec![self.unary_vjp(op, inputs[0], tensor, g)],
            Op::Binary(op) => self.binary_vjp(op, [inputs[0], inputs[1]], tensor, g, needs).to_vec(),
            Op::Select => {
                let zero = self.constant(0.0);
                vec![
                    None,
                    needs[1].then(|| self.select(inputs[0], g, zero)),
                    needs[2].then(|| self.select(inputs[0], zero, g)),
                ]
            }
            // Summed back to the input's shape by the caller.
            Op::Broadcast | Op::Assign(_) => vec![Some(g)],
            Op::MatMul { ta, tb, accumulator } => {
                self.matmul_vjp((ta, tb, accumulator), [inputs[0], inputs[1]], g, needs).to_vec()
            }
            Op::Conv(spec) => self.conv_vjp(spec, [inputs[0], inputs[1]], g, needs).to_vec(),
            Op::ConvInputGrad(spec) => {
                self.conv_input_grad_vjp(spec, [inputs[0], inputs[1]], g, needs).to_vec()
            }
            Op::ConvWeightGrad(spec) => {
                self.conv_weight_grad_vjp(spec, [inputs[0], inputs[1]], g, needs).to_vec()
            }
            // Where the greatest lies does not change with a small change: only the values carry a gradient. In a max pooling
            // both inputs are the same tensor, and the second one's gradient is the whole.
            Op::MaxPick(spec) => vec![None, Some(self.max_pick_vjp(spec, inputs[0], g))],
            Op::MaxRoute(spec) => vec![None, Some(self.max_route_vjp(spec, inputs[0], g))],
            Op::AvgPool(spec) => vec![Some(self.avg_pool_vjp(spec, g))],
            Op::AvgSpread(spec) => vec![Some(self.avg_spread_vjp(spec, g))],
            Op::Sum { .. } => {
                let shape = self.shape(inputs[0]).clone();
                vec![Some(self.broadcast(g, shape))]
            }
            Op::Reshape => {
                let shape = self.shape(inputs[0]).clone();
                vec![Some(self.reshape(g, shape))]
            }
            Op::Permute { axes } => vec![Some(self.permute_vjp(&axes, g))],
            Op::Slice { axis, start } => vec![Some(self.slice_vjp(axis, start, inputs[0], g))],
            Op::Pad { axis, before } => {
                let size = self.shape(inputs[0]).sizes()[axis];
                vec![Some(self.slice(g, axis, before, size))]
            }
            Op::Concat { axis } => self.concat_vjp(axis, inputs, g, needs),
            Op::Gather => {
                let rows = self.shape(inputs[0]).sizes()[0];
                vec![Some(self.scatter_add(g, inputs[1], rows)), None]
            }
            Op::ScatterAdd => vec![Some(self.gather(g, inputs[1])), None],
            Op::Softmax => vec![Some(self.softmax_vjp(tensor, g))],
            Op::LogSoftmax => vec![Some(self.log_softmax_vjp(tensor, g))],
            Op::Rope { base, inverse } => vec![Some(self.turn(g, base, !inverse))],
            Op::Round { forward, backward, site } => {
                vec![Some(self.round_vjp((forward, backward, site), inputs[0], g))]
            }
            Op::RangeMask(quantizer) => {
                let shape = self.shape(g).clone();
                vec![Some(self.push_f32(Op::RangeMask(quantizer), &[g, inputs[1]], shape)), None]
            }
        }
    }
}
