//! What a learner answers to its own rows: computed a portion at a time, and once for all views of a state.
//!
//! A convolutional network on hundreds of pictures takes longer for its answers than for a step, and several views want the same ones.

use engine::snapshot::Snapshot;

use super::config::{Config, Learner};
use super::lab::OverfitLab;
use super::tasks::{Draw, Part, Task};

/// Multiplications and additions of one portion, about.
const PORTION: u64 = 30_000_000;

/// Which rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    Train,
    Validation,
    Test,
}

impl Rows {
    /// The rows themselves.
    pub(super) fn part(self, draw: &Draw) -> &Part {
        match self {
            Rows::Train => &draw.train,
            Rows::Validation => &draw.validation,
            Rows::Test => &draw.test,
        }
    }
}

/// Answers so far, to one state.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Its step, and what tells its weights from others of that step.
    of: Option<(u64, u64)>,
    /// By the best weights or those of the step.
    outputs: Vec<(Rows, bool, Vec<f32>)>,
}

/// Rows that are evaluated together.
pub(super) fn chunk_rows(config: &Config) -> usize {
    if matches!(config.learner, Learner::Cnn { .. }) { 20 } else { 100 }
}

/// Tells states of one step apart, as a file may bring another: some words of every parameter.
fn mark(at: &Snapshot) -> u64 {
    let words = at.params.iter().flat_map(|values| values.iter().take(64));
    words.fold(0, |mark: u64, word| mark.rotate_left(5).wrapping_mul(0x9E37_79B9) ^ u64::from(word.to_bits()))
}

impl OverfitLab {
    /// Answers of the rows named, all of them.
    pub(super) fn judge(&mut self, at: &Snapshot, best: bool, of: Rows) -> Vec<f32> {
        while self.portion(at, best, of) {}
        let found = self.judged.outputs.iter().find(|(rows, is_best, _)| (*rows, *is_best) == (of, best));
        found.map(|(_, _, outputs)| outputs.clone()).unwrap_or_default()
    }

    /// A portion of what a view needs; whether there was any.
    pub(super) fn judge_more(&mut self, name: &str, at: &Snapshot) -> bool {
        // Everything else takes less than a message.
        if self.config.task != Task::Pictures {
            return false;
        }
        let (known, stopped) = (self.best_is_known(at), self.is_stopped(at));
        let needed = match name {
            "score" => vec![(Rows::Train, stopped), (Rows::Validation, stopped)],
            "pictures" | "memorised" => vec![(Rows::Train, (self.shows_best || stopped) && known)],
            "test" => vec![(Rows::Test, stopped), (Rows::Test, known)],
            _ => Vec::new(),
        };
        needed.into_iter().any(|(of, best)| self.portion(at, best, of))
    }

    /// Goes on with the answers of the rows named; whether there was anything to do.
    fn portion(&mut self, at: &Snapshot, best: bool, of: Rows) -> bool {
        let state = Some((at.step, mark(at)));
        if self.judged.of != state {
            self.judged = Judged { of: state, outputs: Vec::new() };
        }
        let place = self.judged.outputs.iter().position(|(rows, is_best, _)| (*rows, *is_best) == (of, best));
        let place = place.unwrap_or_else(|| {
            self.judged.outputs.push((of, best, Vec::new()));
            self.judged.outputs.len() - 1
        });
        let (width, outputs) = (self.draw.width.max(1), self.draw.outputs.max(1));
        let part = of.part(&self.draw);
        let done = self.judged.outputs[place].2.len() / outputs;
        if done >= part.targets.len() {
            return false;
        }
        let chunk = chunk_rows(&self.config);
        let chunks = (PORTION / self.probe.plan().flop_count.max(1)).max(1) as usize;
        let last = part.targets.len().min(done + chunks * chunk);
        let rows = part.rows[done * width..last * width].to_vec();
        self.load(at, best);
        let mut answers = Vec::new();
        for rows in rows.chunks(chunk * width) {
            self.answer(rows, &mut answers);
        }
        self.judged.outputs[place].2.extend(answers);
        true
    }
}
