//! Configurations with a known outcome. What each is worth is measured over many seeds in `docs/gan/`.

use engine::policy::{LossScaling, Policy};
use numerics::Format;

use super::config::{
    Activation, Config, Data, Hidden, ImageSet, LatentLaw, Loss, Penalty, Player, Rule, Training,
};

/// Rounds after which the presets of points have done what they promise.
pub const ROUNDS: u64 = 3000;

fn adam(learning_rate: f32) -> Training {
    Training { rule: Rule::Adam { beta1: 0.5, beta2: 0.999 }, learning_rate }
}

fn player(widths: &[usize], activation: Activation, training: Training) -> Player {
    Player {
        hidden: Hidden { widths: widths.to_vec(), activation },
        training,
        steps: 1,
        policy: Policy::FP32,
    }
}

/// Eight Gaussians: the first thing a visitor sees. The slight penalty keeps runs from ending on one mode, as some seeds do without it.
pub fn eight_gaussians() -> Config {
    Config {
        data: Data::EightGaussians,
        latent: 16,
        latent_law: LatentLaw::Normal,
        generator: player(&[64, 64], Activation::Relu, adam(2e-3)),
        discriminator: player(&[64, 64], Activation::LeakyRelu, adam(2e-3)),
        loss: Loss::NonSaturating,
        penalty: Penalty::Real(0.01),
        batch: 128,
        instance_noise: 0.0,
        label_smoothing: 0.0,
        batch_feature: false,
        shift: 0,
        average: 0.0,
        round_outputs: true,
        seed: 1,
    }
}

/// Mode collapse: five updates of the generator to one of the discriminator, and a momentum of 0.9. The generator runs to the one place that the
/// discriminator likes at the moment, and both chase each other round the circle.
pub fn collapse() -> Config {
    let mut config = eight_gaussians();
    config.penalty = Penalty::None;
    config.generator.steps = 5;
    for player in [&mut config.generator, &mut config.discriminator] {
        player.training = Training { rule: Rule::Adam { beta1: 0.9, beta2: 0.999 }, learning_rate: 1e-3 };
    }
    config
}

/// Its cure, with the generator still five times as busy: the discriminator sees how far the examples of a batch lie apart, and the momentum is 0.5.
pub fn cure() -> Config {
    let mut config = collapse();
    config.batch_feature = true;
    for player in [&mut config.generator, &mut config.discriminator] {
        player.training = adam(1e-3);
    }
    config
}

/// Wasserstein distance with a gradient penalty.
pub fn wasserstein() -> Config {
    let mut config = eight_gaussians();
    config.loss = Loss::Wasserstein;
    config.penalty = Penalty::Lipschitz(1.0);
    config.discriminator.steps = 3;
    config
}

/// Rounds after which the presets of images have done what they promise.
pub const IMAGE_ROUNDS: u64 = 6000;

/// Handwritten digits or clothing. The shifts keep the discriminator from learning two thousand images by heart; the average takes the
/// rounds' jitter out of what is shown.
pub fn images(set: ImageSet) -> Config {
    let mut config = eight_gaussians();
    config.data = Data::Images(set);
    config.penalty = Penalty::None;
    config.latent = 32;
    config.generator.hidden.widths = vec![128, 256];
    config.discriminator.hidden.widths = vec![256, 128];
    config.generator.training = adam(1e-3);
    config.discriminator.training = adam(1e-3);
    config.batch = 64;
    config.shift = 2;
    config.average = 0.998;
    config
}

/// Everything in binary16, the optimiser's moments and the stored weights too: the second moment of small gradients becomes 0, and Adam divides by
/// next to nothing.
pub fn fp16_everywhere() -> Option<Config> {
    let fp16 = Policy::uniform(*numerics::by_id("fp16")?);
    let policy = Policy { state: fp16.weights, master_weights: false, ..fp16 };
    Some(eight_gaussians().with_policy(policy))
}

/// Its cure: moments and stored weights in binary32, products in binary16, and a loss scale that finds its own size.
pub fn fp16_mixed() -> Option<Config> {
    Some(in_format(eight_gaussians(), *numerics::by_id("fp16")?, DYNAMIC))
}

/// FP8 E4M3 without scaling of the loss: half of the gradients are smaller than the format's least number.
pub fn fp8_unscaled() -> Option<Config> {
    Some(in_format(eight_gaussians(), *numerics::by_id("e4m3")?, LossScaling::None))
}

/// FP8 E4M3 with dynamic scaling of the loss.
pub fn fp8_scaled() -> Option<Config> {
    Some(in_format(eight_gaussians(), *numerics::by_id("e4m3")?, DYNAMIC))
}

/// Doubled every 200 rounds, halved when a gradient leaves the range.
pub const DYNAMIC: LossScaling = LossScaling::Dynamic { initial: 65536.0, interval: 200 };

/// A configuration with both networks' weights, activations and gradients in one format.
pub fn in_format(config: Config, format: Format, loss_scaling: LossScaling) -> Config {
    config.with_policy(Policy { loss_scaling, ..Policy::uniform(format) })
}
