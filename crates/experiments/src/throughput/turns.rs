//! Whose turn it is.
//!
//! Members take turns in rounds, up the list and then down it: with 0 1 2, 2 1 0 a machine that grows slower from turn to turn meets
//! all alike, since the sum of a member's places is the same for each. Whoever is done is passed over.

use std::collections::VecDeque;

/// An order of turns.
#[derive(Clone, Debug)]
pub struct Turns {
    members: Vec<usize>,
    queue: VecDeque<usize>,
    rounds: u32,
}

impl Turns {
    /// Members `0..count`.
    pub fn new(count: usize) -> Turns {
        Turns { members: (0..count).collect(), queue: VecDeque::new(), rounds: 0 }
    }

    /// Whose turn comes; none once everybody is done.
    pub fn take(&mut self) -> Option<usize> {
        if self.queue.is_empty() {
            self.queue = self.members.iter().copied().collect();
            if self.rounds % 2 == 1 {
                self.queue.make_contiguous().reverse();
            }
            self.rounds += u32::from(!self.queue.is_empty());
        }
        self.queue.pop_front()
    }

    /// Rounds that have begun.
    pub fn rounds(&self) -> u32 {
        self.rounds
    }

    /// `member` is done.
    pub fn retire(&mut self, member: usize) {
        self.members.retain(|one| *one != member);
        self.queue.retain(|one| *one != member);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(turns: &mut Turns, count: usize) -> Vec<usize> {
        (0..count).map_while(|_| turns.take()).collect()
    }

    #[test]
    fn rounds_go_up_and_down() {
        let mut turns = Turns::new(3);
        assert_eq!(order(&mut turns, 9), [0, 1, 2, 2, 1, 0, 0, 1, 2]);
        assert_eq!(turns.rounds(), 3);
    }

    #[test]
    fn a_steady_drift_meets_all_alike() {
        let mut turns = Turns::new(5);
        let mut places = [0; 5];
        for (place, member) in order(&mut turns, 40).into_iter().enumerate() {
            places[member] += place;
        }
        assert_eq!(places, [156; 5]);
    }

    #[test]
    fn who_is_done_is_passed_over_and_the_last_ends_it() {
        let mut turns = Turns::new(3);
        assert_eq!(order(&mut turns, 2), [0, 1]);
        turns.retire(2);
        assert_eq!(order(&mut turns, 3), [1, 0, 0]);
        turns.retire(0);
        turns.retire(1);
        assert_eq!((turns.take(), turns.rounds()), (None, 3));
    }
}
