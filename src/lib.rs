//! Precision Playground: a glossary of AI terms that runs.
//!
//! Two programs are built from this package: the interface (`bin/app.rs`,
//! feature `ui`) and the compute worker (`bin/worker.rs`, feature `worker`).
//! They share nothing but the messages in `protocol`.

#[cfg(feature = "ui")]
pub mod ui;
#[cfg(feature = "worker")]
pub mod worker_host;

#[cfg(all(test, feature = "ui", feature = "worker"))]
mod tests {
    use crate::ui::text::{EN, KO};

    #[test]
    fn the_page_knows_how_long_an_arm_runs() {
        use crate::ui::widgets::transfer::steps;
        use experiments::transfer::Arm;
        for arm in Arm::ALL {
            for rows in [25, 64, 125, 150, 250] {
                assert_eq!(steps(arm.id(), rows), arm.steps(rows as usize), "{}", arm.id());
            }
        }
    }

    #[test]
    fn the_page_knows_what_an_arm_trains_with() {
        use crate::ui::widgets::transfer::{Settings, settings};
        use experiments::classifier::Network;
        use experiments::networks::efficientnet_lite0::{Blocks, TUNABLE};
        use experiments::transfer::{Arm, Learner};
        for arm in Arm::ALL {
            for count in 1..=TUNABLE.len() {
                let blocks = Blocks::of(&TUNABLE[..count]).expect("blocks");
                let config = if arm == Arm::Tuned { Arm::tuned(blocks) } else { arm.config() };
                let (hidden, channels) = match config.learner {
                    Learner::Network(Network::Mlp { hidden }) => (hidden as u32, 0),
                    Learner::Network(Network::Cnn { channels }) => (0, channels as u32),
                    _ => (0, 0),
                };
                let (batch, lr, weight_decay) = (config.batch as u32, config.lr, config.weight_decay);
                let expected = Settings { batch, lr, weight_decay, hidden, channels };
                assert_eq!(settings(arm.id(), count), expected, "{} {count}", arm.id());
            }
        }
    }

    #[test]
    fn every_fault_of_a_file_has_words_in_both_languages() {
        for code in tensor_files::FileError::CODES {
            let key = format!("file_{}", code.replace('-', "_"));
            assert!(EN.errors.get(&key).is_some() && KO.errors.get(&key).is_some(), "{key}");
        }
    }
}
