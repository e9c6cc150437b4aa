//! From the page's precision to the engine's policy.

use engine::policy::{Choice, LossScaling, Policy, RoleRounding, Scaling, presets};
use numerics::blocks::block_by_id;
use protocol::{Failure, Precision, RoleFormat, Roles};

/// First value of a dynamic loss scale, and steps without overflow before it doubles: PyTorch's first value is 2^16, its interval
/// 2000 steps, which is longer than most runs here.
pub(super) const DYNAMIC: LossScaling = LossScaling::Dynamic { initial: 65536.0, interval: 200 };

/// The policy of a choice.
pub(super) fn policy(precision: &Precision) -> Result<Policy, Failure> {
    match precision {
        Precision::Preset(id) => match presets::by_id(id) {
            Some(preset) => Ok(preset.policy()),
            None => uniform(id),
        },
        Precision::Custom(roles) => custom(roles),
    }
}

/// Weights, activations and gradients in one format, by its id or as a custom descriptor.
fn uniform(format: &str) -> Result<Policy, Failure> {
    let same = role(Some(&RoleFormat {
        format: format.to_owned(),
        scaling: "none".to_owned(),
        stochastic: false,
        saturate: false,
    }))?;
    Ok(Policy { weights: same, activations: same, gradients: same, ..Policy::FP32 })
}

fn custom(roles: &Roles) -> Result<Policy, Failure> {
    Ok(Policy {
        weights: role(roles.weights.as_ref())?,
        activations: role(roles.activations.as_ref())?,
        gradients: role(roles.gradients.as_ref())?,
        state: role(roles.state.as_ref())?,
        accumulator: role(roles.accumulator.as_ref())?,
        master_weights: !roles.no_master_weights,
        loss_scaling: match roles.loss_scaling {
            protocol::LossScaling::None => LossScaling::None,
            protocol::LossScaling::Static(scale) if scale.is_finite() && scale > 0.0 => {
                LossScaling::Static(scale)
            }
            protocol::LossScaling::Static(scale) => {
                return Err(Failure::new("lab_limit").with("name", "loss scale").with("value", scale));
            }
            protocol::LossScaling::Dynamic => DYNAMIC,
        },
    })
}

fn role(role: Option<&RoleFormat>) -> Result<Option<RoleRounding>, Failure> {
    let Some(role) = role else { return Ok(None) };
    let scaling = match role.scaling.as_str() {
        "tensor" => Scaling::Tensor,
        "channel" => Scaling::Channel,
        _ => Scaling::None,
    };
    let choice = if let Some(format) = numerics::by_id(&role.format) {
        Choice::Element(*format, scaling)
    } else if let Some(block) = block_by_id(&role.format) {
        Choice::Block(*block)
    } else {
        let custom = numerics::FloatSpec::custom(&role.format).map_err(|_| unknown(&role.format))?;
        Choice::Element(custom, scaling)
    };
    Ok(Some(RoleRounding { choice, stochastic: role.stochastic, saturate: role.saturate }))
}

fn unknown(id: &str) -> Failure {
    Failure::new("format_unknown").with("format", id)
}
