//! A round of the GAN in every number format and block format: whatever becomes of the numbers, nothing panics, every rounding is counted, and the
//! views can be computed.

use engine::policy::{Choice, Policy, RoleRounding, Scaling};
use experiments::gan::{Config, GanLab, presets};
use experiments::lab::{CpuRun, Lab, Samples};
use numerics::FORMATS;
use numerics::blocks::BLOCK_FORMATS;

fn small(choice: Choice) -> Config {
    let rounding = Some(RoleRounding { choice, stochastic: false, saturate: false });
    let policy = Policy { weights: rounding, activations: rounding, gradients: rounding, ..Policy::FP32 };
    let mut config = presets::eight_gaussians().with_policy(policy);
    config.generator.hidden.widths = vec![8, 8];
    config.discriminator.hidden.widths = vec![8, 8];
    config.batch = 8;
    config
}

#[test]
fn every_format_takes_rounds_and_is_looked_at() {
    let elements = FORMATS.iter().map(|format| (format.id, Choice::Element(*format, Scaling::None)));
    let blocks = BLOCK_FORMATS.iter().map(|format| (format.id, Choice::Block(*format)));
    for (id, choice) in elements.chain(blocks) {
        let config = small(choice);
        let mut lab = GanLab::new(config.clone(), None).expect("within limits");
        let mut run = CpuRun::new(lab.training(), config.seed);
        let mut samples = Samples::new(lab.training().metrics.len(), 8);
        run.run(3, f64::INFINITY, || 0.0, &mut samples);
        assert!(run.counts().iter().map(|counts| counts.total).sum::<u64>() > 0, "{id} counts");
        let at = run.snapshot();
        for view in ["points", "field", "score", "arrows", "weights", "gradients", "stages", "law"] {
            assert!(lab.view(view, &at).is_ok(), "{view} in {id}");
        }
    }
}
