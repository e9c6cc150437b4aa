//! What follows a convolution in the same place: a bias for each channel, then an activation.
//!
//! The plan has a step of its own for it. Where that step writes over the convolution's result, nothing else can read the sums, and the wide path
//! finishes them while they are in registers. The arithmetic is the elementwise step's, so the bits are too.

use crate::cpu::gemm::{Activation, activate};
use crate::graph::{BinaryOp, UnaryOp};
use crate::plan::{Function, Kernel, Operand, Step, View};
use crate::simd::{F32x4, Real};

/// A follower that a convolution takes over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::cpu) struct Tail {
    /// One word for each channel.
    pub bias: View,
    activation: Activation,
}

impl Tail {
    /// The follower of the convolution at `at`, if it is one of the kind.
    pub(in crate::cpu) fn of(steps: &[Step], at: usize) -> Option<Tail> {
        let Kernel::Conv(spec) = &steps.get(at)?.kernel else { return None };
        let Kernel::Elementwise(program) = &steps.get(at + 1)?.kernel else { return None };
        let result = steps[at].outputs[0];
        let [(Operand::Result(last), written)] = program.outputs[..] else { return None };
        if written != result || usize::from(last) + 1 != program.instrs.len() {
            return None;
        }
        let [rows, channels] = program.dims[..] else { return None };
        if channels != spec.co || rows * channels != result.len || program.inputs.len() != 2 {
            return None;
        }
        let is_sum = |operand: Operand| {
            let Operand::Input(index) = operand else { return None };
            let access = &program.inputs[usize::from(index)];
            if access.view == result {
                return (access.strides[..] == [channels, 1]).then_some(None);
            }
            let row = access.view.len == channels && access.strides[..] == [0, 1];
            (row && !access.view.overlaps(&result)).then_some(Some(access.view))
        };
        let (add, rest) = program.instrs.split_first()?;
        let Function::Binary(BinaryOp::Add) = add.function else { return None };
        let ((None, Some(bias)) | (Some(bias), None)) = (is_sum(add.operands[0])?, is_sum(add.operands[1])?)
        else {
            return None;
        };
        let activation = match rest {
            [] => Activation::None,
            [instr] if instr.operands[0] == Operand::Result(0) => match instr.function {
                Function::Unary(UnaryOp::Relu) => Activation::Relu,
                Function::Unary(UnaryOp::Relu6) => Activation::Relu6,
                Function::Unary(UnaryOp::LeakyRelu(slope)) => Activation::LeakyRelu(slope),
                _ => return None,
            },
            _ => return None,
        };
        Some(Tail { bias, activation })
    }

    /// With the words of its bias.
    pub(in crate::cpu) fn finish<'a>(&self, bias: &'a [f32]) -> Finish<'a> {
        Finish { bias, activation: self.activation }
    }
}

/// What is done to complete sums. The default is nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::cpu) struct Finish<'a> {
    /// One for each channel, or empty.
    bias: &'a [f32],
    activation: Activation,
}

impl Finish<'_> {
    /// The sums of the channels from `channel` on, finished.
    #[inline(always)]
    pub(super) fn apply<R: Real>(&self, channel: usize, sums: R) -> R {
        if self.bias.is_empty() {
            return sums;
        }
        assert!(channel + R::LANES <= self.bias.len(), "a channel without a bias");
        // SAFETY: as just checked.
        let bias = unsafe { R::load_ptr(self.bias.as_ptr().add(channel)) };
        let sums = sums.add(bias);
        activate(self.activation, sums, sums)
    }

    /// The same for a row of sums from channel `first` on.
    pub(super) fn apply_row(&self, first: usize, sums: &mut [f32]) {
        let (vectors, rest) = sums.as_chunks_mut::<4>();
        for (channel, vector) in (first..).step_by(4).zip(&mut *vectors) {
            self.apply(channel, F32x4::load(vector)).store(vector);
        }
        for (channel, sum) in (first + 4 * vectors.len()..).zip(rest) {
            *sum = self.apply(channel, *sum);
        }
    }
}
