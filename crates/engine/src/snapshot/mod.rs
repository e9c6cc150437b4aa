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
        let mut hash = mix64(self.step);
        for values in &self.params {
            hash = mix64(hash ^ values.len() as u64);
            for x in values {
                let bits = if x.is_nan() { 0x7FC0_0000 } else { x.to_bits() };
                hash = mix64(hash ^ u64::from(bits));
            }
        }
        hash
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
