//! From the page's description of a GAN to its lab. What is beyond the limits is refused, and so is an unknown id.

use engine::policy::{LossScaling, Policy};
use experiments::gan::config::{
    Activation, Data, Hidden, ImageSet, LatentLaw, Loss, Penalty, Player, Rule, Training, limits as ours,
};
use experiments::gan::images::Images;
use experiments::gan::{Config, GanError, GanLab};
use protocol::gan::limits as told;
use protocol::{Failure, GanPlayer, GanSpec};

use super::{data, precision};

/// Decay of Adam's second moment; the page does not offer another.
const BETA2: f32 = 0.999;

// The page clamps to the limits of the messages: they are the lab's.
const _: () = {
    assert!(told::LATENT[1] as usize == ours::LATENT[1] && told::WIDTH[1] as usize == ours::WIDTH[1]);
    assert!(told::LATENT[0] as usize == ours::LATENT[0] && told::WIDTH[0] as usize == ours::WIDTH[0]);
    assert!(told::DEPTH[1] as usize == ours::DEPTH[1] && told::BATCH[1] as usize == ours::BATCH[1]);
    assert!(told::DEPTH[0] as usize == ours::DEPTH[0] && told::BATCH[0] as usize == ours::BATCH[0]);
    assert!(told::STEPS[1] as usize == ours::STEPS[1] && told::DRAWN[1] as usize == ours::DRAWN[1]);
    assert!(told::STEPS[0] as usize == ours::STEPS[0] && told::DRAWN[0] as usize == ours::DRAWN[0]);
    assert!(told::LEARNING_RATE[1] == ours::LEARNING_RATE[1] && told::DECAY[1] == ours::DECAY[1]);
    assert!(told::PENALTY[1] == ours::PENALTY[1] && told::INSTANCE_NOISE[1] == ours::INSTANCE_NOISE[1]);
    assert!(told::LABEL_SMOOTHING[1] == ours::LABEL_SMOOTHING[1]);
    assert!(told::SHIFT[0] as usize == ours::SHIFT[0] && told::SHIFT[1] as usize == ours::SHIFT[1]);
};

/// Builds the lab, fetching its images first.
pub(super) async fn build(spec: &GanSpec, seed: u64) -> Result<GanLab, Failure> {
    let config = config(spec, seed)?;
    let images = match &config.data {
        Data::Images(set) => {
            let set = data::load(set.name()).await?;
            Some(Images::new(&set).map_err(|error| failure(&error))?)
        }
        _ => None,
    };
    GanLab::new(config, images).map_err(|error| failure(&error))
}

fn config(spec: &GanSpec, seed: u64) -> Result<Config, Failure> {
    let config = Config {
        data: match spec.data.as_str() {
            "line" => Data::Line,
            "ring" => Data::Ring,
            "two" => Data::TwoGaussians,
            "eight" => Data::EightGaussians,
            "grid" => Data::Grid25,
            "spiral" => Data::Spiral,
            "drawn" => Data::Drawn(spec.drawn.clone()),
            "digits" => Data::Images(ImageSet::Digits),
            "fashion" => Data::Images(ImageSet::Fashion),
            other => return Err(unknown(other)),
        },
        latent: spec.latent as usize,
        latent_law: match spec.latent_law.as_str() {
            "normal" => LatentLaw::Normal,
            "uniform" => LatentLaw::Uniform,
            other => return Err(unknown(other)),
        },
        generator: player(&spec.generator)?,
        discriminator: player(&spec.discriminator)?,
        loss: match spec.loss.as_str() {
            "minimax" => Loss::Minimax,
            "non-saturating" => Loss::NonSaturating,
            "least-squares" => Loss::LeastSquares,
            "wasserstein" => Loss::Wasserstein,
            other => return Err(unknown(other)),
        },
        penalty: match spec.penalty.as_str() {
            "none" => Penalty::None,
            "lipschitz" => Penalty::Lipschitz(spec.penalty_weight),
            "real" => Penalty::Real(spec.penalty_weight),
            other => return Err(unknown(other)),
        },
        batch: spec.batch as usize,
        instance_noise: spec.instance_noise,
        label_smoothing: spec.label_smoothing,
        batch_feature: spec.batch_feature,
        shift: spec.shift as usize,
        average: spec.average,
        round_outputs: spec.round_outputs,
        seed,
    };
    config.check().map_err(|error| failure(&error))?;
    Ok(config)
}

fn player(player: &GanPlayer) -> Result<Player, Failure> {
    let rule = match player.optimiser.as_str() {
        "adam" => Rule::Adam { beta1: player.momentum, beta2: BETA2 },
        "sgd" => Rule::Sgd { momentum: player.momentum },
        other => return Err(unknown(other)),
    };
    let activation = match player.activation.as_str() {
        "relu" => Activation::Relu,
        "leaky-relu" => Activation::LeakyRelu,
        "tanh" => Activation::Tanh,
        other => return Err(unknown(other)),
    };
    Ok(Player {
        hidden: Hidden { widths: player.hidden.iter().map(|&units| units as usize).collect(), activation },
        training: Training { rule, learning_rate: player.learning_rate },
        steps: player.steps as usize,
        policy: policy(player)?,
    })
}

fn policy(player: &GanPlayer) -> Result<Policy, Failure> {
    let mut policy = precision::policy(&player.precision)?;
    match player.loss_scaling {
        None => {}
        Some(protocol::LossScaling::None) => policy.loss_scaling = LossScaling::None,
        // The configuration's own check refuses what is not a number.
        Some(protocol::LossScaling::Static(scale)) => policy.loss_scaling = LossScaling::Static(scale),
        Some(protocol::LossScaling::Dynamic) => policy.loss_scaling = precision::DYNAMIC,
    }
    if player.round_state {
        policy.state = policy.weights;
        policy.master_weights = policy.weights.is_none();
    }
    Ok(policy)
}

fn unknown(id: &str) -> Failure {
    Failure::new("choice_unknown").with("id", id)
}

fn failure(error: &GanError) -> Failure {
    match error {
        GanError::OutOfRange { field, value, least, most } => Failure::new("lab_limit")
            .with("name", field)
            .with("value", value)
            .with("low", least)
            .with("high", most),
        GanError::NoMeaning { field } => Failure::new("lab_no_meaning").with("name", field),
        GanError::NoImages { name } => Failure::new("data_unknown").with("name", name),
        GanError::WrongImages => Failure::new("lab_not_pictures").with("name", "images"),
        GanError::Snapshot(error) => Failure::new("lab_file_foreign").with("reason", error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use experiments::gan::presets;
    use protocol::Precision;

    fn player(activation: &str) -> GanPlayer {
        GanPlayer {
            hidden: vec![64, 64],
            activation: activation.to_owned(),
            optimiser: "adam".to_owned(),
            learning_rate: 2e-3,
            momentum: 0.5,
            steps: 1,
            precision: Precision::Preset("fp32".to_owned()),
            loss_scaling: None,
            round_state: false,
        }
    }

    fn default() -> GanSpec {
        GanSpec {
            data: "eight".to_owned(),
            drawn: Vec::new(),
            latent: 16,
            latent_law: "normal".to_owned(),
            generator: player("relu"),
            discriminator: player("leaky-relu"),
            loss: "non-saturating".to_owned(),
            penalty: "real".to_owned(),
            penalty_weight: 0.01,
            batch: 128,
            instance_noise: 0.0,
            label_smoothing: 0.0,
            batch_feature: false,
            shift: 0,
            average: 0.0,
            round_outputs: true,
        }
    }

    #[test]
    fn descriptions_become_the_measured_presets() {
        assert_eq!(config(&default(), 1), Ok(presets::eight_gaussians()));
        let mut images = default();
        images.data = "digits".to_owned();
        (images.latent, images.batch, images.shift, images.average) = (32, 64, 2, 0.998);
        images.penalty = "none".to_owned();
        images.generator.hidden = vec![128, 256];
        images.discriminator.hidden = vec![256, 128];
        for player in [&mut images.generator, &mut images.discriminator] {
            player.learning_rate = 1e-3;
        }
        assert_eq!(config(&images, 1), Ok(presets::images(ImageSet::Digits)));
        let mut all = default();
        for player in [&mut all.generator, &mut all.discriminator] {
            player.precision = Precision::Preset("fp16".to_owned());
            player.round_state = true;
        }
        assert_eq!(config(&all, 1).ok(), presets::fp16_everywhere());
        let mut scaled = default();
        for player in [&mut scaled.generator, &mut scaled.discriminator] {
            player.precision = Precision::Preset("e4m3".to_owned());
            player.loss_scaling = Some(protocol::LossScaling::Dynamic);
        }
        assert_eq!(config(&scaled, 1).ok(), presets::fp8_scaled());
    }

    #[test]
    fn what_is_unknown_or_beyond_the_limits_is_refused() {
        let code = |spec: &GanSpec| config(spec, 1).err().map(|failure| failure.code);
        let mut spec = default();
        spec.data = "cats".to_owned();
        assert_eq!(code(&spec).as_deref(), Some("choice_unknown"));
        spec = default();
        spec.batch = 4096;
        assert_eq!(code(&spec).as_deref(), Some("lab_limit"));
        spec = default();
        spec.generator.learning_rate = f32::NAN;
        assert_eq!(code(&spec).as_deref(), Some("lab_limit"));
        spec = default();
        spec.discriminator.precision = Precision::Preset("nonsense".to_owned());
        assert_eq!(code(&spec).as_deref(), Some("format_unknown"));
    }
}
