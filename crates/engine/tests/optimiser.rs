//! Moments of parameters whose gradient stays 0: they end at 0 and never stay among the subnormal numbers, which are slow.

use engine::cpu::{Executor, Path};
use engine::graph::{DType, Init, ParamRole};
use engine::nn::Net;
use engine::nn::optimiser::{Optimiser, minimise};
use engine::plan::Plan;
use engine::policy::Policy;

/// Long enough for `0.9^t` to fall below the smallest subnormal number.
const STEPS: usize = 1500;

#[test]
fn moments_do_not_stay_subnormal() {
    for (rule, state) in
        [(Optimiser::ADAM, "o.moment1.w"), (Optimiser::Momentum { momentum: 0.9 }, "o.momentum.w")]
    {
        let mut net = Net::new(&Policy::FP32);
        let w = net.graph.param("w", [2], Init::Constant(1.0), ParamRole::Weight);
        let x = net.graph.input("x", [2], DType::F32);
        let product = net.graph.mul(w, x);
        let loss = net.graph.sum(product);
        let lr = net.graph.constant(1e-3);
        minimise(&mut net, "o", loss, &[w], lr, rule);
        let x = net.graph.input_id(x).expect("an input");
        let plan = Plan::new(&net.graph);
        let (input, moment) = (
            plan.input(x).view,
            plan.params.iter().find(|param| param.name == state).expect("the moment").view,
        );
        let mut executor = Executor::new(plan, 1, Path::Wide);
        executor.words_mut(input).copy_from_slice(&[1.0, 1.0]);
        executor.step();
        assert!(executor.words_mut(moment).iter().all(|value| *value > 0.05), "{state}");
        // The second unit falls silent.
        executor.words_mut(input).copy_from_slice(&[1.0, 0.0]);
        for step in 0..STEPS {
            executor.step();
            let values = executor.words_mut(moment);
            assert!(!values.iter().any(|value| value.is_subnormal()), "{state}, step {step}: {values:?}");
        }
        assert!(executor.words_mut(moment)[0] > 0.5, "{state}");
        assert_eq!(executor.words_mut(moment)[1], 0.0, "{state}");
    }
}
