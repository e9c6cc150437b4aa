//! Elementwise programs: what fusion makes of operations that follow each other, run in one pass over memory.

use super::View;
use crate::graph::{BinaryOp, UnaryOp};
use crate::policy::QuantizerId;

/// Where an operand comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operand {
    /// The element of an input that belongs to the position.
    Input(u16),
    /// The same number everywhere.
    Constant(f32),
    /// The result of an earlier instruction.
    Result(u16),
}

/// What an instruction computes from its operands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// Of one operand.
    Unary(UnaryOp),
    /// Of two.
    Binary(BinaryOp),
    /// Of three: `c != 0 ? a : b`.
    Select,
    /// Rounds one operand; events go to the counter of this index.
    Round(QuantizerId, u16),
    /// The first operand where the second lies within the range, else 0.
    RangeMask(QuantizerId),
    /// The operand itself.
    Copy,
}

/// One operation for every position. Unused operands are [`Operand::Constant`]`(0.0)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Instr {
    /// What.
    pub function: Function,
    /// Of what.
    pub operands: [Operand; 3],
}

impl Instr {
    /// How many operands the function has.
    pub fn operand_count(&self) -> usize {
        match self.function {
            Function::Unary(_) | Function::Round(..) | Function::Copy => 1,
            Function::Binary(_) | Function::RangeMask(_) => 2,
            Function::Select => 3,
        }
    }
}

/// How an input is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Access {
    /// Its words.
    pub view: View,
    /// Words between neighbours along each loop, 0 where it is repeated.
    pub strides: Vec<usize>,
}

/// A loop over positions with a list of instructions for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Sizes of the loops, outermost first; neighbouring loops that all inputs walk evenly are merged.
    pub dims: Vec<usize>,
    /// What is read.
    pub inputs: Vec<Access>,
    /// In order; a result is used only by later instructions.
    pub instrs: Vec<Instr>,
    /// What is written: the value and its place, dense over `dims`.
    pub outputs: Vec<(Operand, View)>,
}

impl Program {
    /// Positions.
    pub fn len(&self) -> usize {
        self.dims.iter().product()
    }

    /// Whether there is no position.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drops loops of one iteration and merges neighbours that every input walks as one.
    pub(super) fn merge_loops(&mut self) {
        let kept: Vec<usize> = (0..self.dims.len()).filter(|&axis| self.dims[axis] != 1).collect();
        let mut dims: Vec<usize> = Vec::new();
        let mut strides: Vec<Vec<usize>> = vec![Vec::new(); self.inputs.len()];
        for axis in kept {
            let size = self.dims[axis];
            let evenly = !dims.is_empty()
                && self
                    .inputs
                    .iter()
                    .zip(&strides)
                    .all(|(input, merged)| merged.last() == Some(&(input.strides[axis] * size)));
            if evenly {
                *dims.last_mut().unwrap_or(&mut 0) *= size;
                for (input, merged) in self.inputs.iter().zip(&mut strides) {
                    merged.pop();
                    merged.push(input.strides[axis]);
                }
            } else {
                dims.push(size);
                for (input, merged) in self.inputs.iter().zip(&mut strides) {
                    merged.push(input.strides[axis]);
                }
            }
        }
        if dims.is_empty() {
            dims.push(1);
            strides.iter_mut().for_each(|merged| merged.push(0));
        }
        self.dims = dims;
        for (input, merged) in self.inputs.iter_mut().zip(strides) {
            input.strides = merged;
        }
    }
}
