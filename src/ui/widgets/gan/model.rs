//! From parameters to the experiment. No DOM.

use protocol::gan::limits;
use protocol::{GanPlayer, GanSpec, LossScaling, Precision};

use super::params as p;
use super::points;
use crate::ui::lab::Rival;
use crate::ui::url_state::{Param, UrlState};

/// Places of a walk in latent space.
pub const WALK_STEPS: u32 = 17;
/// The scale of a static scaling of the loss.
const STATIC_SCALE: f32 = 1024.0;

/// Numbers that suit a data set, as the address would have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Suggested {
    /// Numbers of a latent.
    latent: &'static str,
    /// Units of the generator's hidden layers.
    g_hidden: &'static str,
    /// Of the discriminator's.
    d_hidden: &'static str,
    /// The generator's learning rate.
    g_rate: &'static str,
    /// The discriminator's.
    d_rate: &'static str,
    /// Examples of a batch.
    batch: &'static str,
    /// Pixels of a shift.
    shift: &'static str,
    /// Decay of the average of the generator's weights.
    average: &'static str,
}

/// Whether a data set holds images.
pub fn is_images(data: &str) -> bool {
    matches!(data, "digits" | "fashion")
}

impl Suggested {
    /// For a data set.
    fn by(data: &str) -> Self {
        if is_images(data) {
            Self {
                latent: "32",
                g_hidden: "128-256",
                d_hidden: "256-128",
                g_rate: "0.001",
                d_rate: "0.001",
                batch: "64",
                shift: "2",
                average: "0.998",
            }
        } else {
            Self {
                latent: "16",
                g_hidden: "64-64",
                d_hidden: "64-64",
                g_rate: "0.002",
                d_rate: "0.002",
                batch: "128",
                shift: "0",
                average: "0",
            }
        }
    }

    /// The suggestion for a parameter; its default where a data set suggests nothing.
    fn of(self, param: &Param) -> &'static str {
        match param.key {
            key if key == p::LATENT.key => self.latent,
            key if key == p::G_HIDDEN.key => self.g_hidden,
            key if key == p::D_HIDDEN.key => self.d_hidden,
            key if key == p::G_RATE.key => self.g_rate,
            key if key == p::D_RATE.key => self.d_rate,
            key if key == p::BATCH.key => self.batch,
            key if key == p::SHIFT.key => self.shift,
            key if key == p::AVERAGE.key => self.average,
            _ => param.default,
        }
    }
}

/// The penalty that is meant. Alone, a few seeds of points end on one mode; a slight penalty at real examples keeps them from it.
pub fn penalty(get: &dyn Fn(&Param) -> String) -> String {
    match get(&p::PENALTY).as_str() {
        "auto" if get(&p::LOSS) == "wasserstein" => "lipschitz".to_owned(),
        "auto" if is_images(&get(&p::DATA)) => "none".to_owned(),
        "auto" => "real".to_owned(),
        chosen => chosen.to_owned(),
    }
}

/// What a parameter is when it is left empty.
pub fn suggested(get: &dyn Fn(&Param) -> String, param: &Param) -> &'static str {
    if param.key != p::PENALTY_WEIGHT.key {
        return Suggested::by(&get(&p::DATA)).of(param);
    }
    match penalty(get).as_str() {
        "lipschitz" => "1",
        "real" => "0.01",
        _ => "0",
    }
}

/// Hidden layers from their text, and whether something had to be clamped or left out.
pub fn layers(text: &str) -> Option<(Vec<u32>, bool)> {
    let parts = text.split(['-', ',', '×', 'x']).flat_map(str::split_whitespace);
    let typed = parts.map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<u32>>>()?;
    let [least, most] = limits::WIDTH;
    let depth = limits::DEPTH[1] as usize;
    let widths: Vec<u32> = typed.iter().take(depth).map(|units| *units.clamp(&least, &most)).collect();
    let is_changed = widths != typed;
    (!widths.is_empty()).then_some((widths, is_changed))
}

/// Hidden layers from their text.
pub fn widths(text: &str) -> Option<Vec<u32>> {
    layers(text).map(|layers| layers.0)
}

/// The experiment of a set of parameters, each read through `get`.
pub fn spec(get: &dyn Fn(&Param) -> String) -> GanSpec {
    let data = get(&p::DATA);
    // A rival's table and the address's are read by the same rule; what is empty is suggested.
    let real = |param: &Param| {
        let own = param.accept(&get(param)).filter(|own| !own.is_empty());
        own.as_deref().unwrap_or(suggested(get, param)).parse::<f32>().unwrap_or_default()
    };
    let hidden = |param: &Param| {
        widths(&get(param))
            .or_else(|| widths(suggested(get, param)))
            .unwrap_or_else(|| vec![limits::WIDTH[0]])
    };
    let loss = get(&p::LOSS);
    let [generator, discriminator] = [true, false].map(|is_generator| {
        let of = |g: &'static Param, d: &'static Param| if is_generator { g } else { d };
        let precision = match get(&p::D_PRECISION) {
            other if !is_generator && !other.is_empty() => other,
            _ => get(&p::PRECISION),
        };
        let scaling = match get(&p::D_SCALING) {
            other if !is_generator && other != "same" => other,
            _ => get(&p::SCALING),
        };
        GanPlayer {
            hidden: hidden(of(&p::G_HIDDEN, &p::D_HIDDEN)),
            activation: get(of(&p::G_ACTIVATION, &p::D_ACTIVATION)),
            optimiser: get(&p::OPTIMISER),
            learning_rate: real(of(&p::G_RATE, &p::D_RATE)),
            momentum: real(&p::MOMENTUM),
            steps: get(of(&p::G_STEPS, &p::D_STEPS)).parse().unwrap_or(1),
            precision: Precision::Preset(precision),
            loss_scaling: match scaling.as_str() {
                "none" => Some(LossScaling::None),
                "static" => Some(LossScaling::Static(STATIC_SCALE)),
                "dynamic" => Some(LossScaling::Dynamic),
                _ => None,
            },
            round_state: get(&p::ROUND_STATE) == "1",
        }
    });
    GanSpec {
        drawn: if data == "drawn" { points::drawing(&get(&p::DRAWN)) } else { Vec::new() },
        latent: real(&p::LATENT) as u32,
        latent_law: get(&p::LATENT_LAW),
        generator,
        discriminator,
        penalty: penalty(get),
        penalty_weight: real(&p::PENALTY_WEIGHT),
        batch: real(&p::BATCH) as u32,
        instance_noise: real(&p::NOISE),
        // Smoothed labels have no meaning for a critic that has none.
        label_smoothing: if loss == "wasserstein" { 0.0 } else { real(&p::SMOOTHING) },
        batch_feature: get(&p::BATCH_FEATURE) == "1",
        // Points have no pixels.
        shift: if is_images(&data) { real(&p::SHIFT) as u32 } else { 0 },
        average: real(&p::AVERAGE),
        round_outputs: get(&p::ROUND_OUTPUTS) == "1",
        loss,
        data,
    }
}

/// Learning rates of generator and discriminator.
pub fn rates(spec: &GanSpec) -> [f32; 2] {
    [spec.generator.learning_rate, spec.discriminator.learning_rate]
}

/// What cannot change while a run goes on.
pub fn without_rates(spec: &GanSpec) -> GanSpec {
    let mut spec = spec.clone();
    spec.generator.learning_rate = 0.0;
    spec.discriminator.learning_rate = 0.0;
    spec
}

/// The first run's experiment, tracked.
pub fn first(state: UrlState) -> GanSpec {
    spec(&|param| state.get(param))
}

/// The second run's, tracked; `None` without a race. Data are the same.
pub fn second(state: UrlState) -> Option<GanSpec> {
    let rival = rival(state)?;
    Some(spec(&|param| rival.get(param.key).map_or_else(|| state.get(param), str::to_owned)))
}

/// What the second run has otherwise, tracked; `None` without a race.
pub fn rival(state: UrlState) -> Option<Rival> {
    let text = state.get(&p::RIVAL);
    (!text.is_empty()).then(|| Rival::parse(&text, p::CONFIGURATION))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(pairs: &'static [(&'static str, &'static str)]) -> impl Fn(&Param) -> String {
        move |param| {
            pairs
                .iter()
                .find(|(key, _)| *key == param.key)
                .map_or(param.default, |(_, value)| value)
                .to_owned()
        }
    }

    #[test]
    fn defaults_are_the_eight_gaussians() {
        let spec = spec(&get(&[]));
        assert_eq!((spec.data.as_str(), spec.latent, spec.batch), ("eight", 16, 128));
        assert_eq!(spec.generator.hidden, [64, 64]);
        assert_eq!((spec.penalty.as_str(), spec.penalty_weight), ("real", 0.01));
        assert_eq!(spec.generator.learning_rate, 2e-3);
        assert!(spec.drawn.is_empty() && spec.round_outputs && !spec.generator.round_state);
    }

    #[test]
    fn data_suggest_and_the_visitor_overrules() {
        let images = spec(&get(&[("d", "digits"), ("gw", "99"), ("z", "900")]));
        assert_eq!((images.latent, images.batch, images.discriminator.hidden.len()), (128, 64, 2));
        assert_eq!((images.generator.hidden.as_slice(), images.penalty.as_str()), ([99].as_slice(), "none"));
        assert_eq!((images.generator.learning_rate, images.discriminator.learning_rate), (1e-3, 1e-3));
        assert_eq!((images.shift, images.average), (2, 0.998));
        let points = spec(&get(&[("sh", "3"), ("av", "0.9")]));
        assert_eq!((points.shift, points.average), (0, 0.9));
    }

    #[test]
    fn what_makes_no_sense_becomes_the_suggestion() {
        let spec =
            spec(&get(&[("gr", "NaN"), ("dr", "-4"), ("gw", "-"), ("dw", "1-9999-3-4-5"), ("b", "x")]));
        assert_eq!((spec.generator.learning_rate, spec.discriminator.learning_rate), (2e-3, 0.0));
        assert_eq!((spec.generator.hidden, spec.discriminator.hidden), (vec![64, 64], vec![2, 512, 3, 4]));
        assert_eq!(spec.batch, 128);
    }

    #[test]
    fn the_wasserstein_loss_brings_its_penalty_and_no_smoothing() {
        let spec = spec(&get(&[("loss", "wasserstein"), ("ls", "0.1")]));
        assert_eq!(
            (spec.penalty.as_str(), spec.penalty_weight, spec.label_smoothing),
            ("lipschitz", 1.0, 0.0)
        );
    }

    #[test]
    fn the_discriminator_has_its_own_precision_when_asked() {
        let both = spec(&get(&[("p", "fp16"), ("sc", "dynamic")]));
        assert_eq!(both.generator.precision, both.discriminator.precision);
        assert_eq!(both.discriminator.loss_scaling, Some(LossScaling::Dynamic));
        let apart = spec(&get(&[("p", "fp16"), ("pd", "e5m2"), ("scd", "static")]));
        assert_eq!(apart.discriminator.precision, Precision::Preset("e5m2".to_owned()));
        assert_eq!(apart.generator.loss_scaling, None);
        assert_eq!(apart.discriminator.loss_scaling, Some(LossScaling::Static(1024.0)));
    }
}
