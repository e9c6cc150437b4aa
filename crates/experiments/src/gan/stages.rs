//! One round in slow motion: its stages in order, with the numbers that flow.
//!
//! The numbers are those of the round that was really taken, read from a traced graph, not computed again beside it.

use engine::cpu::Executor;

use super::config::Config;
use super::networks::Who;

/// What happens in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Latents are drawn: `(batch,latent)`.
    Latents,
    /// The generator makes examples of them: `(batch,width)`.
    Generate,
    /// Real examples are drawn: `(batch,width)`.
    Real,
    /// The discriminator's outputs on real examples: `(batch,1)`.
    JudgeReal,
    /// The discriminator's outputs on generated examples: `(batch,1)`.
    JudgeFake,
    /// The loss: `(1,1)`.
    Loss,
    /// Its gradient to the discriminator's inputs, real examples first: `(2·batch,width)`. For the generator to its examples:
    /// `(batch,width)`. Divided by the loss scale.
    Slopes,
    /// For each parameter tensor the norm of its gradient, divided by the loss scale: `(tensors,1)`.
    Gradients,
    /// For each parameter tensor the norm of its change and its norm before: `(tensors,2)`.
    Update,
}

/// A stage of a round.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Whose update it belongs to.
    pub who: Who,
    /// Which update of the round, from 0.
    pub step: usize,
    /// What happens.
    pub kind: Kind,
    /// Rows and columns.
    pub shape: [usize; 2],
    /// The numbers, row by row.
    pub values: Vec<f32>,
}

fn norm(values: &[f32]) -> f32 {
    values.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt() as f32
}

/// The stages of the round that `run`, of a traced graph, has just taken. `before` are the parameters as they were, the generator's
/// `generator` tensors first.
pub(super) fn read(config: &Config, run: &Executor, before: &[Vec<f32>], generator: usize) -> Vec<Stage> {
    let (g, d) = before.split_at(generator);
    let mut stages = Vec::new();
    for (who, player, before) in
        [(Who::Discriminator, &config.discriminator, d), (Who::Generator, &config.generator, g)]
    {
        let mut before = before.to_vec();
        for step in 0..player.steps {
            update(config, run, who, step, &mut before, &mut stages);
        }
    }
    stages
}

fn update(
    config: &Config,
    run: &Executor,
    who: Who,
    step: usize,
    before: &mut [Vec<f32>],
    stages: &mut Vec<Stage>,
) {
    let prefix = if who == Who::Generator { 'g' } else { 'd' };
    let read = |what: &str| run.output(&format!("{prefix}{step}.{what}"));
    let mut push = |kind, columns: usize, values: Vec<f32>| {
        let shape = [values.len() / columns.max(1), columns];
        stages.push(Stage { who, step, kind, shape, values });
    };
    // A scaled loss's gradients, as they were rounded.
    let scale = read("scale").first().copied().unwrap_or(1.0);
    let unscaled = |values: &[f32]| values.iter().map(|x| x / scale).collect::<Vec<f32>>();
    push(Kind::Latents, config.latent, read("latents").to_vec());
    push(Kind::Generate, config.width(), read("fake").to_vec());
    if who == Who::Discriminator {
        push(Kind::Real, config.width(), read("real").to_vec());
        push(Kind::JudgeReal, 1, read("on_real").to_vec());
    }
    push(Kind::JudgeFake, 1, read("on_fake").to_vec());
    push(Kind::Loss, 1, read("loss").to_vec());
    push(Kind::Slopes, config.width(), unscaled(read("slopes")));
    let norms = (0..before.len()).map(|i| norm(&unscaled(read(&format!("gradient.{i}"))))).collect();
    push(Kind::Gradients, 1, norms);
    let mut changes = Vec::new();
    for (i, old) in before.iter_mut().enumerate() {
        let new = read(&format!("param.{i}")).to_vec();
        let change: Vec<f32> = new.iter().zip(old.iter()).map(|(new, old)| new - old).collect();
        changes.extend([norm(&change), norm(old)]);
        *old = new;
    }
    push(Kind::Update, 2, changes);
}
