//! A training run at one step: enough to go on from there on any executor, and to say whether two runs are the same.

mod bytes;
mod weights;

pub use bytes::{MAX_PARAMS, MAX_WORDS, SnapshotBytesError, VERSION};
pub use weights::{WeightTensor, Weights};

use numerics::bulk::mix64;

use crate::cpu::Executor;
use crate::plan::Plan;

/// Seed, step and the values of all parameters, optimiser state included.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The seed of the run.
    pub seed: u64,
    /// Steps taken.
    pub step: u64,
    /// Values by parameter, in the plan's order.
    pub params: Vec<Vec<f32>>,
}

/// A snapshot does not belong to a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Another number of parameters.
    #[error("{found} parameters, but the plan has {expected}")]
    Count {
        /// In the plan.
        expected: usize,
        /// In the snapshot.
        found: usize,
    },
    /// A parameter of another size.
    #[error("{name} has {found} values, but the plan has {expected}")]
    Size {
        /// The parameter.
        name: String,
        /// In the plan.
        expected: usize,
        /// In the snapshot.
        found: usize,
    },
    /// Weights have another shape.
    #[error("{name} has the shape {found}, but the plan has {expected}")]
    Shape {
        /// The parameter.
        name: String,
        /// In the plan.
        expected: crate::Shape,
        /// In the weights.
        found: crate::Shape,
    },
    /// A trained parameter is not among the weights.
    #[error("{name} is missing")]
    Missing {
        /// The parameter.
        name: String,
    },
}

impl Snapshot {
    /// Whether it belongs to a plan.
    pub fn check(&self, plan: &Plan) -> Result<(), SnapshotError> {
        if self.params.len() != plan.params.len() {
            return Err(SnapshotError::Count { expected: plan.params.len(), found: self.params.len() });
        }
        for (slot, values) in plan.params.iter().zip(&self.params) {
            if slot.view.len != values.len() {
                let (expected, found) = (slot.view.len, values.len());
                return Err(SnapshotError::Size { name: slot.name.clone(), expected, found });
            }
        }
        Ok(())
    }

    /// 64 bits that depend on the step and on every bit of every parameter; NaN counts as one value.
    pub fn hash(&self) -> u64 {
        let mut hashing = Hashing::new(self);
        loop {
            if let Some(hash) = hashing.go_on(self, usize::MAX) {
                return hash;
            }
        }
    }
}

/// [`Snapshot::hash`] on its way, for hosts that have something else to do in between.
#[derive(Debug)]
pub struct Hashing {
    hash: u64,
    param: usize,
    at: usize,
}

impl Hashing {
    /// Of a snapshot, none of whose words are taken yet.
    pub fn new(of: &Snapshot) -> Hashing {
        Hashing { hash: mix64(of.step), param: 0, at: 0 }
    }

    /// Takes the next words of the same snapshot, at most `words` and at least one; the hash once none are left.
    pub fn go_on(&mut self, of: &Snapshot, words: usize) -> Option<u64> {
        let mut left = words.max(1);
        while let Some(values) = of.params.get(self.param) {
            if left == 0 {
                return None;
            }
            if self.at == 0 {
                self.hash = mix64(self.hash ^ values.len() as u64);
            }
            let end = values.len().min(self.at.saturating_add(left));
            for x in &values[self.at..end] {
                let bits = if x.is_nan() { 0x7FC0_0000 } else { x.to_bits() };
                self.hash = mix64(self.hash ^ u64::from(bits));
            }
            left -= end - self.at;
            if end < values.len() {
                self.at = end;
                return None;
            }
            (self.param, self.at) = (self.param + 1, 0);
        }
        Some(self.hash)
    }
}

impl Executor {
    /// The run as it stands.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            seed: self.seed(),
            step: self.step_count(),
            params: self.plan().params.iter().map(|slot| self.words(slot.view).to_vec()).collect(),
        }
    }

    /// Goes on from a snapshot; nothing changes when it does not belong to the plan.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), SnapshotError> {
        snapshot.check(self.plan())?;
        self.reset(snapshot.seed);
        self.set_step_count(snapshot.step);
        for (index, values) in snapshot.params.iter().enumerate() {
            let view = self.plan().params[index].view;
            self.words_mut(view).copy_from_slice(values);
        }
        Ok(())
    }
}
