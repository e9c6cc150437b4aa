//! Named policies, as rows of a table: what the labs offer and their addresses name.
//!
//! Formats that hardware keeps beside a wider one follow its use: E4M3 forward and E5M2 for gradients (Micikevicius et al., "FP8 formats
//! for deep learning", 2022), block formats with stochastic rounding of gradients where the elements have four bits (Tseng et al., "Training
//! LLMs with MXFP4", 2025), gradients in binary32 where weights and activations are integers (Jacob et al., "Quantization and training of neural
//! networks for efficient integer-arithmetic-only inference", 2018). Dynamic loss scaling starts at 2^16 and doubles after 2000 good
//! steps, as in PyTorch's `GradScaler`. Everything is emulated on binary32; accumulators are binary32 unless the row says otherwise.

use numerics::blocks::block_by_id;

use super::{Choice, LossScaling, Policy, RoleRounding, Scaling};

/// When the rounding begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// With the first step.
    Training,
    /// After training in binary32: weights are rounded, activations get fixed scales by calibration (post-training quantisation, PTQ).
    AfterTraining,
    /// After training in binary32, and training goes on with it (quantisation-aware training, QAT).
    FineTuning,
}

/// A role of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rule {
    /// Identifier of a number format or of a block format.
    format: &'static str,
    scaling: Scaling,
    stochastic: bool,
    saturate: bool,
}

impl Rule {
    const fn plain(format: &'static str) -> Rule {
        Rule { format, scaling: Scaling::None, stochastic: false, saturate: false }
    }

    const fn scaled(format: &'static str, scaling: Scaling) -> Rule {
        Rule { format, scaling, stochastic: false, saturate: true }
    }

    const fn stochastic(format: &'static str) -> Rule {
        Rule { format, scaling: Scaling::None, stochastic: true, saturate: true }
    }

    fn rounding(&self) -> Option<RoleRounding> {
        let choice = match (numerics::by_id(self.format), block_by_id(self.format)) {
            (Some(format), _) => Choice::Element(*format, self.scaling),
            (None, Some(block)) => Choice::Block(*block),
            (None, None) => return None,
        };
        Some(RoleRounding { choice, stochastic: self.stochastic, saturate: self.saturate })
    }
}

/// A named policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// Stable identifier, used in addresses.
    pub id: &'static str,
    /// When the rounding begins.
    pub schedule: Schedule,
    weights: Option<Rule>,
    activations: Option<Rule>,
    gradients: Option<Rule>,
    accumulator: Option<Rule>,
    loss_scaling: LossScaling,
}

impl Preset {
    /// Its policy.
    pub fn policy(&self) -> Policy {
        let rounding = |rule: &Option<Rule>| rule.as_ref().and_then(Rule::rounding);
        Policy {
            weights: rounding(&self.weights),
            activations: rounding(&self.activations),
            gradients: rounding(&self.gradients),
            accumulator: rounding(&self.accumulator),
            loss_scaling: self.loss_scaling,
            ..Policy::FP32
        }
    }
}

/// The preset of an identifier, if there is one.
pub fn by_id(id: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.id == id)
}

const FP32: Preset = Preset {
    id: "fp32",
    schedule: Schedule::Training,
    weights: None,
    activations: None,
    gradients: None,
    accumulator: None,
    loss_scaling: LossScaling::None,
};

/// Weights and activations by one rule, gradients by another.
const fn row(id: &'static str, forward: Rule, gradients: Rule) -> Preset {
    Preset { id, weights: Some(forward), activations: Some(forward), gradients: Some(gradients), ..FP32 }
}

const fn uniform(id: &'static str) -> Preset {
    row(id, Rule::plain(id), Rule::plain(id))
}

/// Integer weights per output channel and activations per tensor, gradients in binary32.
const fn integers(id: &'static str, format: &'static str, schedule: Schedule) -> Preset {
    Preset {
        id,
        schedule,
        weights: Some(Rule::scaled(format, Scaling::Channel)),
        activations: Some(Rule::scaled(format, Scaling::Tensor)),
        ..FP32
    }
}

const fn accumulated(id: &'static str, format: &'static str) -> Preset {
    Preset { id, accumulator: Some(Rule::plain(format)), ..row("", Rule::plain(format), Rule::plain(format)) }
}

/// All of them, in the order in which lists show them.
pub static PRESETS: &[Preset] = &[
    FP32,
    uniform("tf32"),
    uniform("bf16"),
    uniform("fp16"),
    Preset { id: "fp16-static", loss_scaling: LossScaling::Static(1024.0), ..uniform("fp16") },
    Preset {
        id: "fp16-dynamic",
        loss_scaling: LossScaling::Dynamic { initial: 65_536.0, interval: 2000 },
        ..uniform("fp16")
    },
    uniform("e4m3"),
    uniform("e5m2"),
    row("fp8", Rule::plain("e4m3"), Rule::plain("e5m2")),
    row("fp8-scaled", Rule::scaled("e4m3", Scaling::Tensor), Rule::scaled("e5m2", Scaling::Tensor)),
    row("mxfp8", Rule::plain("mxfp8-e4m3"), Rule::plain("mxfp8-e5m2")),
    row("mxfp6", Rule::plain("mxfp6-e2m3"), Rule::plain("mxfp6-e3m2")),
    row("mxfp4", Rule::plain("mxfp4"), Rule::stochastic("mxfp4")),
    row("mxfp4-nearest", Rule::plain("mxfp4"), Rule::plain("mxfp4")),
    row("nvfp4", Rule::plain("nvfp4"), Rule::stochastic("nvfp4")),
    integers("int8", "int8", Schedule::Training),
    integers("int4", "int4", Schedule::Training),
    Preset {
        gradients: Some(Rule::scaled("int8", Scaling::Tensor)),
        ..integers("int8-all", "int8", Schedule::Training)
    },
    integers("ptq-int8", "int8", Schedule::AfterTraining),
    integers("ptq-int4", "int4", Schedule::AfterTraining),
    integers("qat-int8", "int8", Schedule::FineTuning),
    integers("qat-int4", "int4", Schedule::FineTuning),
    accumulated("fp16-accumulator", "fp16"),
    accumulated("bf16-accumulator", "bf16"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::{Executor, Path};
    use crate::graph::{DType, RandomKind};
    use crate::nn::optimiser::{Optimiser, minimise};
    use crate::nn::{self, Activation, Net, WeightInit};
    use crate::plan::Plan;
    use crate::policy::Role;

    fn train(preset: &Preset, steps: usize) -> Executor {
        let mut net = Net::new(&preset.policy());
        let x = net.graph.random(RandomKind::Normal, [16, 32]);
        let labels = net.graph.input("labels", [16], DType::U32);
        let x = net.rounders.named_activation(&mut net.graph, x, "data");
        let x = net.dense("hidden", x, 32, WeightInit::He, Activation::Relu);
        let logits = net.dense("out", x, 4, WeightInit::Glorot, Activation::Linear);
        let loss = nn::cross_entropy(&mut net.graph, logits, labels);
        net.graph.output("loss", loss);
        let params = net.parameters("");
        let lr = net.graph.constant(0.01);
        minimise(&mut net, "adam", loss, &params, lr, Optimiser::ADAM);
        let mut executor = Executor::new(Plan::new(&net.graph), 3, Path::Wide);
        (0..steps).for_each(|_| executor.step());
        executor
    }

    #[test]
    fn identifiers_differ_and_every_format_is_known() {
        for (at, preset) in PRESETS.iter().enumerate() {
            assert!(PRESETS[..at].iter().all(|other| other.id != preset.id), "{} twice", preset.id);
            assert_eq!(by_id(preset.id), Some(preset));
            let rules = [preset.weights, preset.activations, preset.gradients, preset.accumulator];
            assert!(rules.iter().flatten().all(|rule| rule.rounding().is_some()), "{}", preset.id);
        }
        assert_eq!(by_id("fp32").map(Preset::policy), Some(Policy::FP32));
        assert_eq!(by_id("fp64"), None);
    }

    #[test]
    fn every_preset_trains_and_counts_the_roles_that_it_rounds() {
        for preset in PRESETS {
            let executor = train(preset, 3);
            assert!(executor.output("loss")[0].is_finite(), "{}", preset.id);
            let policy = preset.policy();
            for (role, rounding) in [
                (Role::Weights, policy.weights),
                (Role::Activations, policy.activations),
                (Role::Gradients, policy.gradients),
                (Role::State, policy.state),
            ] {
                let counts = executor.plan().counts_of(executor.counts(), role, "");
                assert_eq!(counts.total > 0, rounding.is_some(), "{} {role:?}", preset.id);
            }
        }
    }

    #[test]
    fn counters_name_the_layers() {
        let executor = train(by_id("fp16").expect("a preset"), 2);
        let names = |role| -> Vec<&str> {
            let counters = executor.plan().counters.iter().filter(|counter| counter.role == role);
            counters.map(|counter| counter.site.as_str()).collect()
        };
        assert_eq!(names(Role::Weights), ["hidden.weight", "out.weight"]);
        assert_eq!(names(Role::Activations), ["data", "hidden", "out"]);
        let mut gradients = names(Role::Gradients);
        gradients.sort_unstable();
        assert_eq!(gradients, ["hidden", "hidden.weight", "out", "out.weight"]);
        let counts = |prefix| executor.plan().counts_of(executor.counts(), Role::Gradients, prefix).total;
        assert_eq!(counts("out"), 2 * (16 * 4 + 32 * 4));
        assert_eq!(counts("hidden"), 2 * (16 * 32 + 32 * 32));
    }

    /// Gradients of 6e-9 are below FP16's smallest number and vanish, unless the loss is scaled.
    #[test]
    fn loss_scaling_lifts_gradients_into_range() {
        let underflow = |id: &str| {
            let mut net = Net::new(&by_id(id).expect("a preset").policy());
            let x = net.graph.random(RandomKind::Normal, [8, 16]);
            let y = net.dense("out", x, 4, WeightInit::He, Activation::Linear);
            let mean = net.graph.mean(y);
            let loss = net.graph.scale(mean, 2e-7);
            let params = net.parameters("");
            let lr = net.graph.constant(0.0);
            minimise(&mut net, "sgd", loss, &params, lr, Optimiser::Sgd);
            let mut executor = Executor::new(Plan::new(&net.graph), 3, Path::Wide);
            executor.step();
            let counts = executor.plan().counts_of(executor.counts(), Role::Gradients, "out");
            counts.underflow as f64 / counts.total as f64
        };
        assert!(underflow("fp16") > 0.3, "{}", underflow("fp16"));
        assert_eq!(underflow("fp16-static"), 0.0);
        assert_eq!(underflow("bf16"), 0.0);
    }

    #[test]
    fn stochastic_rules_are_stochastic() {
        let role = by_id("mxfp4").and_then(|preset| preset.policy().gradients).expect("gradients");
        assert!(role.quantizer(crate::policy::BlockAxis::Last, 1).is_stochastic());
        let role = by_id("mxfp4-nearest").and_then(|preset| preset.policy().gradients).expect("gradients");
        let nearest = crate::policy::Mode::Fixed(numerics::RoundingMode::NearestEven);
        assert_eq!(role.quantizer(crate::policy::BlockAxis::Last, 1).mode, nearest);
    }
}
