//! Convolutions that finish their sums themselves, against the plain loops and a step of its own.

use super::Tail;
use crate::cpu::{Executor, Path};
use crate::graph::{DType, Graph, Init, Padding, ParamRole, Tensor, UnaryOp};
use crate::plan::Plan;

/// An image convolved, with what `follow` makes of the sums and the bias; `channels` of the result.
fn plan(depthwise: bool, channels: usize, follow: impl Fn(&mut Graph, Tensor, Tensor) -> Tensor) -> Plan {
    let mut g = Graph::new();
    let inputs = if depthwise { channels } else { 3 };
    let image = g.input("image", [2, 7, 9, inputs], DType::F32);
    let mut weights = |shape: &[usize], name: &str| {
        g.param(name, crate::Shape::new(shape), Init::Normal(1.0), ParamRole::Weight)
    };
    let bias = weights(&[channels], "bias");
    let y = if depthwise {
        let w = weights(&[3, 3, channels], "w");
        g.depthwise_conv2d(image, w, 1, Padding::Same)
    } else {
        let w = weights(&[3, 3, 3, channels], "w");
        g.conv2d(image, w, 2, Padding::Same)
    };
    let y = follow(&mut g, y, bias);
    g.output("y", y);
    Plan::new(&g)
}

fn taken(plan: &Plan) -> usize {
    (0..plan.steps.len()).filter(|&at| Tail::of(&plan.steps, at).is_some()).count()
}

/// The output's bits after two steps.
fn bits(plan: &Plan, path: Path) -> Vec<u32> {
    let mut run = Executor::new(plan.clone(), 5, path);
    let view = plan.inputs[0].view;
    for (i, x) in run.words_mut(view).iter_mut().enumerate() {
        *x = ((i * 37 % 101) as f32 - 50.0) / 20.0;
    }
    run.step();
    // Nothing of the first step may be left in the second.
    run.step();
    run.output("y").iter().map(|x| x.to_bits()).collect()
}

#[test]
fn finished_sums_are_those_of_two_steps() {
    for depthwise in [true, false] {
        for channels in [1, 4, 8, 13] {
            for activation in [None, Some(UnaryOp::Relu), Some(UnaryOp::Relu6), Some(UnaryOp::LeakyRelu(0.2))]
            {
                let plan = plan(depthwise, channels, |g, y, bias| {
                    let y = g.add(y, bias);
                    activation.map_or(y, |op| g.unary(op, y))
                });
                // Of one channel, the loops are merged otherwise and the step stays.
                assert_eq!(taken(&plan), usize::from(channels > 1), "{depthwise} {channels} {activation:?}");
                let expected = bits(&plan, Path::Reference);
                assert_eq!(bits(&plan, Path::Wide), expected, "{depthwise} {channels} {activation:?}");
                let zero = expected.iter().filter(|bits| **bits == 0).count();
                assert!(zero < expected.len() * 9 / 10, "hardly anything is computed");
            }
        }
    }
}

#[test]
fn other_followers_keep_their_step() {
    // Another function, a second reader of the sums, a bias that is no row of channels.
    let tanh = plan(true, 8, |g, y, bias| {
        let y = g.add(y, bias);
        g.unary(UnaryOp::Tanh, y)
    });
    let product = plan(true, 8, Graph::mul);
    let read_twice = plan(false, 8, |g, y, bias| {
        let sum = g.add(y, bias);
        let relu = g.relu(sum);
        let total = g.sum_axis(y, 3);
        g.mul(relu, total)
    });
    for plan in [tanh, product, read_twice] {
        assert_eq!(taken(&plan), 0);
        assert_eq!(bits(&plan, Path::Wide), bits(&plan, Path::Reference));
    }
}
