//! What rounding lost, and what it lost of late.
//!
//! "Of late" goes by steps and not by time, so that a run shows the same at the same step on any machine: since the last whole hundred that
//! is at least a hundred steps ago.

use std::collections::VecDeque;

use engine::policy::Role;
use engine::rounding::Counts;
use experiments::lab::Lab;
use protocol::RoundingLoss;

/// Steps between two marks.
const EVERY: u64 = 100;

/// The counts at the last marks.
#[derive(Default)]
pub(super) struct Marks(VecDeque<(u64, Vec<RoundingLoss>)>);

impl Marks {
    /// The first step after this one at which the counts are to be given to [`Self::push`].
    pub fn next(step: u64) -> u64 {
        (step / EVERY).saturating_add(1).saturating_mul(EVERY)
    }

    /// Whether they are to be given at this step.
    pub fn is_due(&self, step: u64) -> bool {
        step > 0 && step.is_multiple_of(EVERY) && self.0.back().is_none_or(|&(last, _)| last != step)
    }

    /// Takes the counts since step 0 at a step. Marks of a later one are of a run that went back.
    pub fn push(&mut self, step: u64, counts: Vec<RoundingLoss>) {
        self.0.retain(|&(at, _)| at < step);
        if self.0.len() == 2 {
            self.0.pop_front();
        }
        self.0.push_back((step, counts));
    }

    /// Forgets all: the run has begun anew, or goes on from a file.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// What was lost of late, from the counts since step 0 at a step.
    pub fn of_late(&self, step: u64, counts: &[RoundingLoss]) -> Vec<RoundingLoss> {
        let mark = self.0.iter().rev().find(|&&(at, _)| at + EVERY <= step);
        counts
            .iter()
            .map(|now| {
                let mut late = now.clone();
                let same = |old: &&RoundingLoss| old.part == now.part && old.role == now.role;
                if let Some(old) = mark.and_then(|(_, counts)| counts.iter().find(same)) {
                    // A run that moved to another device may count anew.
                    late.total = now.total.saturating_sub(old.total);
                    late.overflow = now.overflow.saturating_sub(old.overflow);
                    late.underflow = now.underflow.saturating_sub(old.underflow);
                    late.nan = now.nan.saturating_sub(old.nan);
                }
                late
            })
            .collect()
    }
}

/// What rounding lost since step 0, by part of the lab and role; `counts` in the order of the plan's counters.
pub(super) fn by_part(lab: &dyn Lab, counts: &[Counts]) -> Vec<RoundingLoss> {
    let mut losses: Vec<RoundingLoss> = Vec::new();
    for (counter, counts) in lab.training().plan.counters.iter().zip(counts) {
        let (part, role) = (lab.part(&counter.site), role_name(counter.role));
        let at = losses.iter().position(|loss| loss.part == part && loss.role == role);
        let at = at.unwrap_or_else(|| {
            losses.push(RoundingLoss {
                part: part.to_owned(),
                role: role.to_owned(),
                total: 0,
                overflow: 0,
                underflow: 0,
                nan: 0,
            });
            losses.len() - 1
        });
        let loss = &mut losses[at];
        loss.total += counts.total;
        loss.overflow += counts.overflow;
        loss.underflow += counts.underflow;
        loss.nan += counts.nan;
    }
    losses
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Weights => "weights",
        Role::Activations => "activations",
        Role::Gradients => "gradients",
        Role::State => "state",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(total: u64) -> Vec<RoundingLoss> {
        let (part, role) = ("generator".to_owned(), "gradients".to_owned());
        vec![RoundingLoss { part, role, total, overflow: total / 10, underflow: total / 2, nan: 0 }]
    }

    /// What a run of ten numbers a step shows at a step when it is looked at after slices of so many steps.
    fn shown(until: u64, slice: u64) -> u64 {
        let (mut marks, mut step) = (Marks::default(), 0);
        while step < until {
            step = (step + slice).min(Marks::next(step)).min(until);
            if marks.is_due(step) {
                marks.push(step, counts(10 * step));
            }
        }
        marks.of_late(until, &counts(10 * until))[0].total
    }

    #[test]
    fn it_goes_by_steps_whatever_the_slices_are() {
        for (step, expected) in
            [(1, 10), (99, 990), (100, 1000), (199, 1990), (200, 1000), (299, 1990), (3000, 1000)]
        {
            for slice in [1, 7, 64, 1000] {
                assert_eq!(shown(step, slice), expected, "{step} in slices of {slice}");
            }
        }
    }

    #[test]
    fn marks_of_a_run_that_went_back_are_not_used() {
        let mut marks = Marks::default();
        marks.push(100, counts(1000));
        marks.push(200, counts(2000));
        marks.push(100, counts(900));
        assert_eq!(marks.of_late(200, &counts(1900))[0].total, 1000);
        assert!(!marks.is_due(100) && marks.is_due(200) && !marks.is_due(250) && !Marks::default().is_due(0));
        marks.clear();
        assert_eq!(marks.of_late(200, &counts(1900))[0].total, 1900);
    }
}
