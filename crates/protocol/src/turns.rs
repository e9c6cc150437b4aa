//! Numbers that were changed while a lab trained, such as learning rates: without them a run cannot be repeated.
//!
//! They travel in reports, and in front of the state in a lab's file: the eight bytes `PPTURNED`, the length of what follows (`u32`,
//! little-endian), the changes and the numbers in force. The file of a lab without such numbers is the state alone.

use serde::{Deserialize, Serialize};

use crate::{Experiment, WireError, decode, encode};

/// Names and values of [`Experiment::numbers`].
pub type InForce = Vec<(String, f32)>;

const MARK: &[u8; 8] = b"PPTURNED";

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Steps taken with the number as it was.
    pub step: u64,
    /// Of [`Experiment::number`].
    pub name: String,
    /// As it was.
    pub from: f32,
    /// As it is from then on.
    pub to: f32,
}

/// All changes since step 0, oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Turns(Vec<Turn>);

impl Turns {
    /// The changes.
    pub fn list(&self) -> &[Turn] {
        &self.0
    }

    /// Adds one. What is turned several times at one step counts once, and not at all when it ends where it began; at step 0 nothing has
    /// depended on it yet.
    pub fn push(&mut self, turn: Turn) {
        if turn.step == 0 {
            return;
        }
        let from = match self.0.iter().rposition(|known| known.name == turn.name) {
            Some(at) if self.0[at].step == turn.step => self.0.remove(at).from,
            _ => turn.from,
        };
        if from.to_bits() != turn.to.to_bits() {
            self.0.push(Turn { from, ..turn });
        }
    }

    /// A schedule: steps in ascending order from 1 on, each number turned from where the change before left it. Others are left out.
    pub fn scheduled(schedule: Vec<Turn>) -> Self {
        let mut turns = Self::default();
        for turn in schedule {
            let last = turns.0.iter().rev();
            let follows = last.clone().find(|known| known.name == turn.name);
            let fits = follows.is_none_or(|known| known.to.to_bits() == turn.from.to_bits());
            if fits && last.clone().next().is_none_or(|known| known.step <= turn.step) {
                turns.push(turn);
            }
        }
        turns
    }

    /// Takes out the first change if it is due at a step.
    pub fn take_due(&mut self, step: u64) -> Option<Turn> {
        self.next_step().is_some_and(|next| next <= step).then(|| self.0.remove(0))
    }

    /// The step of the first change.
    pub fn next_step(&self) -> Option<u64> {
        self.0.first().map(|turn| turn.step)
    }

    /// Leaves out what happened up to a step.
    pub fn forget_until(&mut self, step: u64) {
        self.0.retain(|turn| turn.step > step);
    }

    /// The experiment with the numbers that it had at step 0.
    pub fn at_first(&self, experiment: &Experiment) -> Experiment {
        let mut first = experiment.clone();
        for turn in self.0.iter().rev() {
            if let Some(number) = first.number(&turn.name) {
                *number = turn.from;
            }
        }
        first
    }

    /// A file of these changes, the experiment's numbers, and a state.
    ///
    /// # Errors
    /// As [`encode`].
    pub fn before(&self, experiment: &Experiment, state: Vec<u8>) -> Result<Vec<u8>, WireError> {
        let mut experiment = experiment.clone();
        let numbers: InForce =
            experiment.numbers().into_iter().map(|(name, value)| (name.to_owned(), *value)).collect();
        if numbers.is_empty() {
            return Ok(state);
        }
        let head = encode(&(&self.0, numbers))?;
        let length = (head.len() as u32).to_le_bytes();
        Ok([MARK.as_slice(), &length, &head, &state].concat())
    }

    /// Changes, numbers in force and state of a file.
    ///
    /// # Errors
    /// When the changes are cut short or are none.
    pub fn split(file: &[u8]) -> Result<(Turns, InForce, &[u8]), WireError> {
        let Some((length, rest)) = file.strip_prefix(MARK).and_then(<[u8]>::split_first_chunk::<4>) else {
            return Ok((Turns::default(), Vec::new(), file));
        };
        let length = u32::from_le_bytes(*length) as usize;
        let (head, state) = rest.split_at_checked(length).unwrap_or((&[], rest));
        let (turns, numbers) = decode(head)?;
        Ok((Turns(turns), numbers, state))
    }

    /// After a file's state was taken over at `step`: where the experiment's numbers are not the file's, they are turned there.
    pub fn go_on(&mut self, step: u64, numbers: InForce, experiment: &mut Experiment) {
        for (name, from) in numbers {
            if let Some(&mut to) = experiment.number(&name) {
                self.push(Turn { step, name, from, to });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GanPlayer, GanSpec, Precision};

    fn player(learning_rate: f32) -> GanPlayer {
        GanPlayer {
            hidden: vec![8],
            activation: "relu".to_owned(),
            optimiser: "adam".to_owned(),
            learning_rate,
            momentum: 0.5,
            steps: 1,
            precision: Precision::Preset("fp32".to_owned()),
            loss_scaling: None,
            round_state: false,
        }
    }

    fn experiment(g: f32, d: f32) -> Experiment {
        Experiment::Gan(Box::new(GanSpec {
            data: "eight".to_owned(),
            drawn: Vec::new(),
            latent: 2,
            latent_law: "normal".to_owned(),
            generator: player(g),
            discriminator: player(d),
            loss: "minimax".to_owned(),
            penalty: "none".to_owned(),
            penalty_weight: 0.0,
            batch: 8,
            instance_noise: 0.0,
            label_smoothing: 0.0,
            batch_feature: false,
            shift: 0,
            average: 0.0,
            round_outputs: true,
        }))
    }

    fn turn(step: u64, name: &str, from: f32, to: f32) -> Turn {
        Turn { step, name: name.to_owned(), from, to }
    }

    #[test]
    fn changes_at_one_step_are_one() {
        let mut turns = Turns::default();
        turns.push(turn(0, "g.rate", 1.0, 2.0));
        assert!(turns.list().is_empty(), "before the first step");
        turns.push(turn(5, "g.rate", 2.0, 3.0));
        turns.push(turn(5, "d.rate", 1.0, 4.0));
        turns.push(turn(5, "g.rate", 3.0, 4.0));
        assert_eq!(turns.list(), [turn(5, "d.rate", 1.0, 4.0), turn(5, "g.rate", 2.0, 4.0)]);
        turns.push(turn(5, "d.rate", 4.0, 1.0));
        turns.push(turn(9, "g.rate", 4.0, 2.0));
        assert_eq!(turns.list(), [turn(5, "g.rate", 2.0, 4.0), turn(9, "g.rate", 4.0, 2.0)]);
        assert_eq!(turns.at_first(&experiment(2.0, 1.0)), experiment(2.0, 1.0));
        assert_eq!(turns.at_first(&experiment(7.0, 1.0)), experiment(2.0, 1.0));
    }

    #[test]
    fn a_schedule_is_taken_step_by_step_and_what_does_not_fit_is_left_out() {
        let mut schedule = Turns::scheduled(vec![
            turn(0, "g.rate", 9.0, 1.0),
            turn(5, "g.rate", 1.0, 2.0),
            turn(4, "d.rate", 1.0, 2.0),
            turn(7, "g.rate", 3.0, 4.0),
            turn(8, "g.rate", 2.0, 4.0),
        ]);
        assert_eq!(schedule.list(), [turn(5, "g.rate", 1.0, 2.0), turn(8, "g.rate", 2.0, 4.0)]);
        assert_eq!(schedule.at_first(&experiment(4.0, 1.0)), experiment(1.0, 1.0));
        assert_eq!((schedule.next_step(), schedule.take_due(4)), (Some(5), None));
        assert_eq!(schedule.take_due(5), Some(turn(5, "g.rate", 1.0, 2.0)));
        schedule.forget_until(8);
        assert_eq!(schedule, Turns::default());
    }

    #[test]
    fn a_file_keeps_them_and_goes_on_with_the_numbers_in_force() {
        let mut turns = Turns::default();
        turns.push(turn(5, "g.rate", 2.0, 4.0));
        let file = turns.before(&experiment(4.0, 1.0), vec![1, 2, 3]).expect("a short list");
        let numbers = vec![("g.rate".to_owned(), 4.0), ("d.rate".to_owned(), 1.0)];
        assert_eq!(Turns::split(&file), Ok((turns.clone(), numbers.clone(), [1, 2, 3].as_slice())));
        for cut in MARK.len() + 4..file.len() - 3 {
            assert!(Turns::split(&file[..cut]).is_err(), "cut at {cut}");
        }
        let mut same = turns.clone();
        same.go_on(8, numbers.clone(), &mut experiment(4.0, 1.0));
        assert_eq!(same, turns);
        turns.go_on(8, numbers, &mut experiment(4.0, 3.0));
        assert_eq!(turns.list(), [turn(5, "g.rate", 2.0, 4.0), turn(8, "d.rate", 1.0, 3.0)]);
    }

    #[test]
    fn a_state_alone_is_a_file() {
        let classifier = Experiment::Classifier(crate::ClassifierSpec {
            data: "mnist".to_owned(),
            network: "mlp".to_owned(),
            width: 8,
            batch: 8,
            lr: 1.0,
            precision: Precision::Preset("fp32".to_owned()),
        });
        let file = Turns::default().before(&classifier, vec![1, 2, 3]);
        assert_eq!(file, Ok(vec![1, 2, 3]));
        assert_eq!(Turns::split(&[1, 2, 3]), Ok((Turns::default(), Vec::new(), [1, 2, 3].as_slice())));
    }
}
