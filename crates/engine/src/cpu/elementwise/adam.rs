//! Adam's update as one loop.
//!
//! [`crate::nn::optimiser`] writes it as fifteen instructions. One by one they go through the tile fifteen times, which is a fifth of a small
//! network's step; recognised as a whole they are one pass with everything in registers. The operations and their order are the same, so are
//! the bits.

use super::{Code, Line, Source, Target};
use crate::graph::{BinaryOp, UnaryOp};
use crate::plan::{Function, Instr, Operand, Program};
use crate::simd::Real;

/// Instructions of an update.
pub(super) const LENGTH: usize = 15;
/// Which of them leave something behind: the moments and the parameter.
const RESULTS: [usize; 3] = [3, 8, 14];

/// The numbers of one optimiser.
#[derive(Clone, Copy, Debug)]
pub(super) struct Constants {
    keep: [f32; 2],
    take: [f32; 2],
    epsilon: f32,
}

/// One update: where it reads and writes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Adam {
    pub(super) constants: Constants,
    /// First moment, second moment, gradient, parameter: words.
    pub(super) words: [Source; 4],
    /// `1 / (1 - β2^t)` and `lr / (1 - β1^t)`: one number each.
    pub(super) numbers: [Source; 2],
    /// First moment, second moment, parameter, written in this order.
    pub(super) targets: [Target; 3],
}

/// The update that begins at instruction `at` of a program, whose lines are the same instructions with their places.
pub(super) fn recognise(program: &Program, lines: &[Line], at: usize) -> Option<Adam> {
    let instrs: &[Instr; LENGTH] = program.instrs.get(at..at + LENGTH)?.try_into().ok()?;
    let result = |index: usize| Operand::Result((at + index) as u16);
    let unary = |index: usize, operand: Operand| match instrs[index].function {
        Function::Unary(op) if instrs[index].operands[0] == operand => Some(op),
        _ => None,
    };
    let scale = |index: usize, operand: Operand| match unary(index, operand)? {
        UnaryOp::Scale(factor) => Some(factor),
        _ => None,
    };
    let is_binary = |index: usize, op: BinaryOp, a: Operand, b: Operand| {
        instrs[index].function == Function::Binary(op) && instrs[index].operands[..2] == [a, b]
    };
    let gradient = instrs[1].operands[0];
    let constants = Constants {
        keep: [scale(0, instrs[0].operands[0])?, scale(4, instrs[4].operands[0])?],
        take: [scale(1, gradient)?, scale(6, result(5))?],
        epsilon: match unary(11, result(10))? {
            UnaryOp::Offset(epsilon) => epsilon,
            _ => return None,
        },
    };
    let fits = is_binary(2, BinaryOp::Add, result(0), result(1))
        && unary(3, result(2)) == Some(UnaryOp::FlushSubnormal)
        && unary(5, gradient) == Some(UnaryOp::Square)
        && is_binary(7, BinaryOp::Add, result(4), result(6))
        && unary(8, result(7)) == Some(UnaryOp::FlushSubnormal)
        && is_binary(9, BinaryOp::Mul, result(8), instrs[9].operands[1])
        && unary(10, result(9)) == Some(UnaryOp::Sqrt)
        && is_binary(12, BinaryOp::Div, result(3), result(11))
        && is_binary(13, BinaryOp::Mul, result(12), instrs[13].operands[1])
        && is_binary(14, BinaryOp::Sub, instrs[14].operands[0], result(13));
    // What is only on the way must not be wanted afterwards.
    let is_wanted_later = |operand: &Operand| {
        program.instrs[at + LENGTH..]
            .iter()
            .any(|instr| instr.operands[..instr.operand_count()].contains(operand))
            || program.outputs.iter().any(|(value, _)| value == operand)
    };
    let on_the_way = (0..LENGTH).filter(|index| !RESULTS.contains(index)).map(result);
    if !fits || on_the_way.into_iter().any(|operand| is_wanted_later(&operand)) {
        return None;
    }

    let lines = &lines[at..at + LENGTH];
    let words = [lines[0].sources[0], lines[4].sources[0], lines[1].sources[0], lines[14].sources[0]];
    let numbers = [lines[9].sources[1], lines[13].sources[1]];
    let in_place = words.iter().all(|source| matches!(source, Source::Register(_) | Source::Input(_)))
        && numbers.iter().all(|source| matches!(source, Source::Repeated(_) | Source::Constant(_)));
    in_place.then(|| Adam { constants, words, numbers, targets: RESULTS.map(|index| lines[index].target) })
}

/// Puts an [`Adam`] in the place of every update's lines.
pub(super) fn fuse(program: &Program, lines: &mut Vec<Line>) -> Vec<Adam> {
    let mut found = Vec::new();
    let mut fused = Vec::with_capacity(lines.len());
    let mut at = 0;
    while at < lines.len() {
        if let Some(adam) = recognise(program, lines, at) {
            let code = Code::Adam(found.len());
            fused.push(Line { code, sources: [Source::Constant(0.0); 3], target: adam.targets[2] });
            found.push(adam);
            at += LENGTH;
        } else {
            fused.push(lines[at]);
            at += 1;
        }
    }
    *lines = fused;
    found
}

/// The new moments and the new parameter.
#[inline(always)]
pub(super) fn update<R: Real>(
    c: &Constants,
    [first, second, gradient, parameter]: [R; 4],
    [inverse, rate]: [R; 2],
) -> [R; 3] {
    let flushed = |x: R| R::select(x.abs().lt(R::splat(f32::MIN_POSITIVE)), R::splat(0.0), x);
    let kept = R::splat(c.keep[0]).mul(first);
    let first = flushed(kept.add(R::splat(c.take[0]).mul(gradient)));
    let kept = R::splat(c.keep[1]).mul(second);
    let second = flushed(kept.add(R::splat(c.take[1]).mul(gradient.mul(gradient))));
    let denominator = second.mul(inverse).sqrt().add(R::splat(c.epsilon));
    let step = first.div(denominator).mul(rate);
    [first, second, parameter.sub(step)]
}
