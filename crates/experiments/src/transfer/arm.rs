//! The arms that are compared: what is learnt, on which rows, with which settings.
//!
//! Learning rates, steps and weight decay of the linear head, the small network and the tuned block were chosen on draws of clip-art and
//! emoji, once for all tasks. The recipe is the glossary's: flattened map, 512 ReLU units, softmax, Adam at its usual rate, batches of 64,
//! five epochs (as many examples, drawn with replacement).

use super::{HeadConfig, Kept, Learner};
use crate::classifier::Network;
use crate::networks::efficientnet_lite0::Blocks;

/// A way to learn a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arm {
    /// One dense layer on the frozen base's features.
    Frozen,
    /// The glossary's recipe on the frozen base's last feature map.
    Recipe,
    /// Some of the base's last blocks trained as well.
    Tuned,
    /// One dense layer on raw pixels.
    Pixels,
    /// A small convolutional network from random weights.
    Scratch,
    /// One dense layer on the features of a base with random weights: a control.
    Random,
}

/// Side of the pictures of arms without a base.
pub const PIXEL_SIDE: usize = 32;
const RECIPE_BATCH: usize = 64;
/// Epochs of the recipe.
pub const RECIPE_EPOCHS: usize = 5;

impl Arm {
    /// All, in the order in which they are shown.
    pub const ALL: [Arm; 6] = [Arm::Frozen, Arm::Recipe, Arm::Tuned, Arm::Pixels, Arm::Scratch, Arm::Random];

    /// A short name for addresses and tables.
    pub fn id(self) -> &'static str {
        match self {
            Arm::Frozen => "frozen",
            Arm::Recipe => "recipe",
            Arm::Tuned => "tuned",
            Arm::Pixels => "pixels",
            Arm::Scratch => "scratch",
            Arm::Random => "random",
        }
    }

    /// The arm of a short name.
    pub fn by_id(id: &str) -> Option<Arm> {
        Arm::ALL.into_iter().find(|arm| arm.id() == id)
    }

    /// What of a base it learns on; none of an arm without one.
    pub fn kept(self) -> Option<Kept> {
        match self {
            Arm::Frozen | Arm::Random => Some(Kept::Means),
            Arm::Recipe => Some(Kept::Maps),
            Arm::Tuned => Some(Kept::Entry),
            Arm::Pixels | Arm::Scratch => None,
        }
    }

    /// Whether its rows' columns are scaled by what the training rows say.
    pub fn is_scaled(self) -> bool {
        matches!(self, Arm::Frozen | Arm::Random | Arm::Pixels)
    }

    /// Its settings.
    pub fn config(self) -> HeadConfig {
        match self {
            Arm::Frozen | Arm::Random | Arm::Pixels => HeadConfig {
                learner: Learner::Network(Network::Softmax),
                batch: 1024,
                lr: 3e-3,
                weight_decay: 10.0,
            },
            Arm::Recipe => HeadConfig {
                learner: Learner::Network(Network::Mlp { hidden: 512 }),
                batch: RECIPE_BATCH,
                lr: 1e-3,
                weight_decay: 0.0,
            },
            Arm::Tuned => Arm::tuned(Blocks::LAST),
            Arm::Scratch => HeadConfig {
                learner: Learner::Network(Network::Cnn { channels: 8 }),
                batch: 32,
                lr: 2e-3,
                weight_decay: 0.01,
            },
        }
    }

    /// Settings of fine-tuning with these blocks trained. Batches are smaller with more of them, so that a step stays short.
    pub fn tuned(blocks: Blocks) -> HeadConfig {
        let batch = match blocks.count() {
            1 => 32,
            2 => 16,
            _ => 8,
        };
        HeadConfig { learner: Learner::Blocks(blocks), batch, lr: 1e-3, weight_decay: 30.0 }
    }

    /// Steps that make a run with so many training rows.
    pub fn steps(self, rows: usize) -> u64 {
        match self {
            Arm::Frozen | Arm::Random | Arm::Pixels => 200,
            Arm::Recipe => (RECIPE_EPOCHS * rows.div_ceil(RECIPE_BATCH)).max(1) as u64,
            Arm::Tuned => 100,
            Arm::Scratch => 300,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Arm;

    #[test]
    fn names_are_known_and_five_epochs_are_five_times_all_batches() {
        for arm in Arm::ALL {
            assert_eq!(Arm::by_id(arm.id()), Some(arm));
            assert!(arm.steps(1) > 0);
        }
        assert_eq!(Arm::by_id("nothing"), None);
        assert_eq!(Arm::Recipe.steps(150), 15);
        assert_eq!(Arm::Recipe.steps(64), 5);
    }
}
