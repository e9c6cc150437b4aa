//! The state of the GAN widget, as it stands in the address. An empty number is what the data set suggests
//! ([`super::model::suggested`]).

use protocol::gan::limits;

use crate::ui::lab;
use crate::ui::url_state::Param;

const fn whole(limits: [u32; 2]) -> [f32; 2] {
    [limits[0] as f32, limits[1] as f32]
}

/// What real examples are drawn from.
pub const DATA: Param = Param::choice("d", "eight", &DATA_SETS);
/// Drawn points; see [`super::points`].
pub const DRAWN: Param = Param::text("pts", "", 3600);
/// Numbers of a latent.
pub const LATENT: Param = Param::whole("z", "", whole(limits::LATENT));
/// Their distribution.
pub const LATENT_LAW: Param = Param::choice("zl", "normal", &LATENT_LAWS);
/// Units of the generator's hidden layers: `64-64`.
pub const G_HIDDEN: Param = Param::text("gw", "", 32);
/// Units of the discriminator's.
pub const D_HIDDEN: Param = Param::text("dw", "", 32);
/// After the generator's hidden layers.
pub const G_ACTIVATION: Param = Param::choice("ga", "relu", &ACTIVATIONS);
/// After the discriminator's.
pub const D_ACTIVATION: Param = Param::choice("da", "leaky-relu", &ACTIVATIONS);
/// The generator's learning rate.
pub const G_RATE: Param = Param::number("gr", "", limits::LEARNING_RATE);
/// The discriminator's.
pub const D_RATE: Param = Param::number("dr", "", limits::LEARNING_RATE);
/// Updates of the generator in a round.
pub const G_STEPS: Param = Param::int("gs", "1", 1, 10);
/// Updates of the discriminator.
pub const D_STEPS: Param = Param::int("ds", "1", 1, 10);
/// The rule of updates, of both.
pub const OPTIMISER: Param = Param::choice("opt", "adam", &OPTIMISERS);
/// Adam's decay of the first moment, or SGD's momentum.
pub const MOMENTUM: Param = Param::number("b1", "0.5", limits::DECAY);
/// Examples of a batch.
pub const BATCH: Param = Param::whole("b", "", whole(limits::BATCH));
/// What the networks play for.
pub const LOSS: Param = Param::choice("loss", "non-saturating", &LOSSES);
/// What bounds the discriminator's gradient; `auto`: what suits loss and data ([`super::model::penalty`]).
pub const PENALTY: Param = Param::choice("pen", "auto", &PENALTIES);
/// Its weight.
pub const PENALTY_WEIGHT: Param = Param::number("pw", "", limits::PENALTY);
/// Noise on the discriminator's inputs.
pub const NOISE: Param = Param::number("in", "0", limits::INSTANCE_NOISE);
/// Taken from the target of real examples.
pub const SMOOTHING: Param = Param::number("ls", "0", limits::LABEL_SMOOTHING);
/// The discriminator sees how far the examples of a batch lie apart.
pub const BATCH_FEATURE: Param = Param::flag("bf", "0");
/// Pixels by which images are shifted, at most, before the discriminator sees them.
pub const SHIFT: Param = Param::whole("sh", "", whole(limits::SHIFT));
/// Decay of the average of the generator's weights; 0 for none.
pub const AVERAGE: Param = Param::number("av", "", limits::DECAY);
/// What is rounded: a preset, a number format, a block format or a custom descriptor.
pub const PRECISION: Param = Param::text("p", "fp32", 60);
/// The discriminator's, when it is another.
pub const D_PRECISION: Param = Param::text("pd", "", 60);
/// Scaling of the loss; `own`: the preset's.
pub const SCALING: Param = Param::choice("sc", "own", &SCALINGS);
/// The discriminator's, when it is another.
pub const D_SCALING: Param = Param::choice("scd", "same", &D_SCALINGS);
/// Moments and stored weights are rounded too.
pub const ROUND_STATE: Param = Param::flag("st", "0");
/// Last layers are rounded too.
pub const ROUND_OUTPUTS: Param = Param::flag("ro", "1");
/// The second run of a race: what it has otherwise; see [`super::rival`].
pub const RIVAL: Param = Param::text("vs", "", 300);
/// The round up to which a link runs; 0 for none.
pub const UNTIL: Param = Param::int("to", "0", 0, 1_000_000);
/// Learning rates that were changed on the way; see [`super::turned`].
pub const TURNED: Param = Param::text("tu", "", 1200);
/// The discriminator's field is shown.
pub const FIELD: Param = Param::flag("f", "1");
/// Gradients on samples are shown.
pub const ARROWS: Param = Param::flag("a", "1");
/// The figure of the first chart.
pub const FIGURE: Param = Param::choice("c", "js", &FIGURES);
/// The latent where the walk begins.
pub const WALK_FROM: Param = Param::int("wf", "0", 0, 31);
/// Where it ends.
pub const WALK_TO: Param = Param::int("wt", "1", 0, 31);
/// Where on the walk, of [`super::model::WALK_STEPS`] places.
pub const WALK_AT: Param = Param::int("wp", "8", 0, 16);
/// The walk is shown on the stage.
pub const WALK: Param = Param::flag("w", "0");

/// Data sets by id.
pub const DATA_SETS: [&str; 9] =
    ["eight", "grid", "two", "ring", "line", "spiral", "drawn", "digits", "fashion"];
/// Distributions of latents by id.
pub const LATENT_LAWS: [&str; 2] = ["normal", "uniform"];
/// Activations by id.
pub const ACTIVATIONS: [&str; 3] = ["relu", "leaky-relu", "tanh"];
/// Optimisers by id.
pub const OPTIMISERS: [&str; 2] = ["adam", "sgd"];
/// Losses by id.
pub const LOSSES: [&str; 4] = ["non-saturating", "minimax", "least-squares", "wasserstein"];
/// Penalties by id.
pub const PENALTIES: [&str; 4] = ["auto", "none", "lipschitz", "real"];
/// Scalings of the loss by id.
pub const SCALINGS: [&str; 4] = ["own", "none", "static", "dynamic"];
/// The discriminator's.
pub const D_SCALINGS: [&str; 5] = ["same", "own", "none", "static", "dynamic"];
/// Figures by id.
pub const FIGURES: [&str; 4] = ["js", "kl", "modes", "quality"];

/// What a run depends on, seed and device aside: what recipes set and a rival may have otherwise.
pub const CONFIGURATION: &[&Param] = &[
    &DATA,
    &DRAWN,
    &LATENT,
    &LATENT_LAW,
    &G_HIDDEN,
    &D_HIDDEN,
    &G_ACTIVATION,
    &D_ACTIVATION,
    &G_RATE,
    &D_RATE,
    &G_STEPS,
    &D_STEPS,
    &OPTIMISER,
    &MOMENTUM,
    &BATCH,
    &LOSS,
    &PENALTY,
    &PENALTY_WEIGHT,
    &NOISE,
    &SMOOTHING,
    &BATCH_FEATURE,
    &SHIFT,
    &AVERAGE,
    &PRECISION,
    &D_PRECISION,
    &SCALING,
    &D_SCALING,
    &ROUND_STATE,
    &ROUND_OUTPUTS,
];

/// The whole table.
pub const PARAMS: &[Param] = &[
    DATA,
    DRAWN,
    LATENT,
    LATENT_LAW,
    G_HIDDEN,
    D_HIDDEN,
    G_ACTIVATION,
    D_ACTIVATION,
    G_RATE,
    D_RATE,
    G_STEPS,
    D_STEPS,
    OPTIMISER,
    MOMENTUM,
    BATCH,
    LOSS,
    PENALTY,
    PENALTY_WEIGHT,
    NOISE,
    SMOOTHING,
    BATCH_FEATURE,
    SHIFT,
    AVERAGE,
    PRECISION,
    D_PRECISION,
    SCALING,
    D_SCALING,
    ROUND_STATE,
    ROUND_OUTPUTS,
    RIVAL,
    UNTIL,
    TURNED,
    FIELD,
    ARROWS,
    FIGURE,
    WALK_FROM,
    WALK_TO,
    WALK_AT,
    WALK,
    lab::params::SEED,
    lab::params::DEVICE,
    lab::params::SPEED,
    lab::params::FAST,
];
