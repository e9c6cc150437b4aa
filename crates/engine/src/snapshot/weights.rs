//! Trained parameters by name: what goes from a training graph to an evaluating one, to a file and back.
//!
//! Left out: optimiser state and running statistics, which only a [`Snapshot`] carries.

use super::{Snapshot, SnapshotError};
use crate::graph::ParamRole;
use crate::plan::Plan;
use crate::shape::Shape;

/// A named tensor of trained values.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightTensor {
    /// The parameter's name.
    pub name: String,
    /// Shape.
    pub shape: Shape,
    /// Weight or bias.
    pub role: ParamRole,
    /// Values, row-major.
    pub values: Vec<f32>,
}

/// All trained parameters of a network, in the plan's order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    /// The tensors; names differ.
    pub tensors: Vec<WeightTensor>,
}

impl Weights {
    /// The trained parameters of a run.
    pub fn of(plan: &Plan, snapshot: &Snapshot) -> Result<Weights, SnapshotError> {
        snapshot.check(plan)?;
        let trained =
            plan.params.iter().zip(&snapshot.params).filter(|(slot, _)| slot.role != ParamRole::State);
        let tensors = trained
            .map(|(slot, values)| WeightTensor {
                name: slot.name.clone(),
                shape: slot.shape.clone(),
                role: slot.role,
                values: values.clone(),
            })
            .collect();
        Ok(Weights { tensors })
    }

    /// The tensor of a name.
    pub fn get(&self, name: &str) -> Option<&WeightTensor> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }

    /// Writes the tensors to the parameters of the same names; every trained parameter of the plan must be among them. Nothing
    /// changes when one is missing or has another shape. Tensors that the plan has not are passed over.
    pub fn write_to(&self, plan: &Plan, snapshot: &mut Snapshot) -> Result<(), SnapshotError> {
        snapshot.check(plan)?;
        let mut found = Vec::new();
        for (index, slot) in plan.params.iter().enumerate() {
            match self.get(&slot.name) {
                Some(tensor) if tensor.shape == slot.shape && tensor.values.len() == slot.view.len => {
                    found.push((index, tensor));
                }
                Some(tensor) => {
                    return Err(SnapshotError::Shape {
                        name: slot.name.clone(),
                        expected: slot.shape.clone(),
                        found: tensor.shape.clone(),
                    });
                }
                None if slot.role == ParamRole::State => {}
                None => return Err(SnapshotError::Missing { name: slot.name.clone() }),
            }
        }
        for (index, tensor) in found {
            snapshot.params[index].copy_from_slice(&tensor.values);
        }
        Ok(())
    }
}
