//! What the widget knows without a page: arms, runs, answers. No DOM.

use protocol::{FeaturesSpec, TransferSpec};

use super::own;
use super::params::{self, ARMS};
use crate::ui::lab;
use crate::ui::url_state::UrlState;

/// Everything that the figures depend on but the arms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The pictures and the base.
    pub features: FeaturesSpec,
    /// Labels of a class.
    pub per_class: u32,
    /// Draws labels and first weights.
    pub seed: u64,
    /// Blocks that the fine-tuned arm trains.
    pub blocks: Vec<u32>,
    /// The visitor's own classes; empty with other tasks.
    pub names: Vec<String>,
}

/// One test picture's answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// Index of the picture in the task.
    pub picture: u32,
    /// Its class.
    pub truth: usize,
    /// The likeliest class.
    pub predicted: usize,
    /// Probability of that.
    pub probability: f32,
}

impl Setup {
    /// Of the address, tracked.
    pub fn of(state: UrlState) -> Self {
        let data = state.get(&params::DATA);
        let is_own = data == params::OWN;
        Self {
            features: FeaturesSpec {
                data: if is_own { own::data_name() } else { data },
                cut: state.get(&params::CUT),
                weights: state.get(&params::WEIGHTS),
            },
            per_class: state.get(&params::LABELS).parse().unwrap_or(10),
            seed: lab::params::seed(state),
            blocks: blocks(state),
            names: if is_own { own::names() } else { Vec::new() },
        }
    }

    /// An arm's lab and seed. Arms without the pretrained base do not depend on it.
    pub fn spec(&self, arm: &str) -> (TransferSpec, u64) {
        let mut features = self.features.clone();
        match arm {
            "pixels" | "scratch" => (features.cut, features.weights) = ("b14".to_owned(), "int8".to_owned()),
            "random" => "random".clone_into(&mut features.weights),
            _ => {}
        }
        let blocks = if arm == "tuned" { self.blocks.clone() } else { vec![LAST_BLOCK] };
        let (arm, per_class, names) = (arm.to_owned(), self.per_class, self.names.clone());
        (TransferSpec { features, arm, per_class, blocks, names }, self.seed)
    }

    /// The features that the arms need, the pretrained ones first; none while there are no pictures.
    pub fn needed(&self, arms: &[&str]) -> Vec<FeaturesSpec> {
        if self.features.data.is_empty() {
            return Vec::new();
        }
        let mut needed = vec![self.features.clone()];
        if arms.contains(&"random") {
            needed.push(self.spec("random").0.features);
        }
        needed
    }
}

/// Whether an arm can run on a cut: maps of the earlier one would fill the memory.
pub fn is_possible(arm: &str, cut: &str) -> bool {
    cut == "b14" || !matches!(arm, "recipe" | "tuned")
}

/// The arms that run, tracked.
pub fn arms(state: UrlState) -> Vec<&'static str> {
    let cut = state.get(&params::CUT);
    let is_on = |arm: &str| flag(arm).is_none_or(|flag| state.flag(flag));
    ARMS.into_iter().filter(|arm| is_on(arm) && is_possible(arm, &cut)).collect()
}

/// The switch of an arm; the frozen base always runs.
pub fn flag(arm: &str) -> Option<&'static crate::ui::url_state::Param> {
    match arm {
        "recipe" => Some(&params::RECIPE),
        "tuned" => Some(&params::TUNED),
        "pixels" => Some(&params::PIXELS),
        "scratch" => Some(&params::SCRATCH),
        "random" => Some(&params::RANDOM),
        _ => None,
    }
}

/// The block that is trained when no choice is made, and by arms that have none.
const LAST_BLOCK: u32 = 14;

/// The blocks that the fine-tuned arm trains, tracked; the last one when none is switched on.
pub fn blocks(state: UrlState) -> Vec<u32> {
    let on = params::BLOCKS.iter().filter(|(_, flag)| state.flag(flag)).map(|(block, _)| *block);
    let on: Vec<u32> = on.collect();
    if on.is_empty() { vec![LAST_BLOCK] } else { on }
}

/// Training rows of a draw from classes with so many pictures: one of each is kept for testing.
pub fn rows(counts: &[u32], per_class: u32) -> u32 {
    counts.iter().map(|count| per_class.min(count.saturating_sub(1))).sum()
}

/// Steps of an arm's whole run with so many training rows; as `experiments` has them.
pub fn steps(arm: &str, rows: u32) -> u64 {
    match arm {
        "recipe" => 5 * u64::from(rows.div_ceil(64)).max(1),
        "tuned" => 100,
        "scratch" => 300,
        _ => 200,
    }
}

/// Numbers that an arm trains with; as `experiments` has them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Rows of a step; all of them where there are fewer.
    pub batch: u32,
    /// Adam's learning rate.
    pub lr: f32,
    /// Decoupled: of the weights, or with blocks trained of their difference from the base's.
    pub weight_decay: f32,
    /// Units of the recipe's hidden layer; 0 of other arms.
    pub hidden: u32,
    /// Channels of the first convolution from scratch; 0 of other arms.
    pub channels: u32,
}

/// An arm's settings, with so many blocks trained.
pub fn settings(arm: &str, blocks: usize) -> Settings {
    let (batch, lr, weight_decay) = match (arm, blocks) {
        ("recipe", _) => (64, 1e-3, 0.0),
        ("tuned", 0 | 1) => (32, 1e-3, 30.0),
        ("tuned", 2) => (16, 1e-3, 30.0),
        ("tuned", _) => (8, 1e-3, 30.0),
        ("scratch", _) => (32, 2e-3, 0.01),
        _ => (1024, 3e-3, 10.0),
    };
    let only = |of: &str, value| if arm == of { value } else { 0 };
    Settings { batch, lr, weight_decay, hidden: only("recipe", 512), channels: only("scratch", 8) }
}

/// Steps between two points of an arm's curve; divides [`steps`].
pub fn stride(arm: &str, rows: u32) -> u64 {
    match arm {
        "recipe" => u64::from(rows.div_ceil(64)).max(1),
        "scratch" => 20,
        _ => 10,
    }
}

/// The view `predictions` as answers.
pub fn answers(values: &[f32]) -> Vec<Answer> {
    let (rows, _) = values.as_chunks::<4>();
    rows.iter()
        .map(|&[picture, truth, predicted, probability]| Answer {
            picture: picture as u32,
            truth: truth as usize,
            predicted: predicted as usize,
            probability,
        })
        .collect()
}

/// Counts of answers, true class by predicted class.
pub fn confusion(answers: &[Answer], classes: usize) -> Vec<Vec<usize>> {
    let mut counts = vec![vec![0; classes]; classes];
    for answer in answers {
        if let Some(count) = counts.get_mut(answer.truth).and_then(|row| row.get_mut(answer.predicted)) {
            *count += 1;
        }
    }
    counts
}

/// Numbers of the base that stay as they are, when an arm trains `trained` numbers.
pub fn frozen_count(arm: &str, base: u64, trained: u64, channels: u64, classes: u64) -> u64 {
    match arm {
        "pixels" | "scratch" => 0,
        // The head is one dense layer; the rest of what is trained is the base's last block.
        "tuned" => base.saturating_sub(trained.saturating_sub((channels + 1) * classes)),
        _ => base,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup() -> Setup {
        let text = str::to_owned;
        let features = FeaturesSpec { data: text("emoji"), cut: text("d10"), weights: text("int4") };
        Setup { features, per_class: 5, seed: 3, blocks: vec![13, 14], names: Vec::new() }
    }

    #[test]
    fn arms_without_the_base_do_not_change_with_it() {
        let mut other = setup();
        "fp32".clone_into(&mut other.features.weights);
        for (arm, same) in ARMS.into_iter().zip([false, false, false, true, true, true]) {
            assert_eq!(setup().spec(arm) == other.spec(arm), same, "{arm}");
        }
        assert_eq!(setup().needed(&["frozen", "pixels"]).len(), 1);
        assert_eq!(setup().needed(&["frozen", "random"])[1].weights, "random");
        assert_eq!(
            (setup().spec("tuned").0.blocks, setup().spec("frozen").0.blocks),
            (vec![13, 14], vec![14])
        );
        other.features.data.clear();
        assert_eq!(other.needed(&["frozen"]), []);
        assert_eq!(rows(&[12, 3, 1, 0], 5), 5 + 2);
    }

    #[test]
    fn curves_end_where_runs_do() {
        for arm in ARMS {
            for rows in [1, 25, 64, 150, 250] {
                assert!(steps(arm, rows).is_multiple_of(stride(arm, rows)), "{arm} {rows}");
            }
        }
    }

    #[test]
    fn answers_become_counts() {
        let answers = answers(&[7.0, 0.0, 1.0, 0.5, 8.0, 1.0, 1.0, 0.9, 3.0, 9.0, 1.0, 0.9, 4.0]);
        assert_eq!(answers.len(), 3);
        assert_eq!(answers[0], Answer { picture: 7, truth: 0, predicted: 1, probability: 0.5 });
        assert_eq!(confusion(&answers, 2), [[0, 1], [0, 1]]);
    }

    #[test]
    fn a_tuned_block_is_not_frozen() {
        assert_eq!(frozen_count("frozen", 1000, 60, 9, 5), 1000);
        assert_eq!(frozen_count("tuned", 1000, 350, 9, 5), 700);
        assert_eq!(frozen_count("scratch", 1000, 60, 9, 5), 0);
    }
}
