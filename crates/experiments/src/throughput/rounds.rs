//! Many cases, taking turns: each is prepared and warmed up by itself, then all do one measured run after another in rounds, so that
//! whatever drifts (heat, clock, other programs) meets all alike and figures that stand side by side belong together.
//!
//! Operands stay in memory for as long as their case has turns, so cases sit together in groups of at most [`GROUP_BYTES`] and what the
//! last of them takes beyond. Groups follow each other in the order of the list.
//!
//! Before each round the core is watched for a moment ([`Watch`]): what other programs take from it is seen there, and not in kernels
//! whose own times vary.

use std::collections::VecDeque;

use super::Failure;
use super::measure::Settings;
use super::runner::{Advance, Figures, Runner};
use super::steadiness::Watch;
use super::suite::Case;
use super::turns::Turns;

/// A group is full once its operands take so much: the formats of a short measurement fit, and a phone's browser gives it.
const GROUP_BYTES: usize = 256 << 20;

/// What came of an advance.
#[derive(Debug)]
pub enum Outcome {
    /// There is more to do.
    More,
    /// A case has its figures.
    Measured(Box<Case>, Figures),
    /// A case cannot be measured.
    NotMeasured(Box<Case>, Failure),
    /// There is no case left.
    Done,
}

struct Seat {
    case: Case,
    /// None once it is done.
    runner: Option<Runner>,
}

/// Cases under way.
pub struct Rounds {
    settings: Settings,
    waiting: VecDeque<Case>,
    seats: Vec<Seat>,
    /// Bytes that the seats hold.
    held: usize,
    /// None while the group gathers.
    turns: Option<Turns>,
    /// Who runs, and the rounds before which the core was watched.
    turn: Option<usize>,
    watched: u32,
    watch: Watch,
    /// Cases altogether, and those that are done.
    count: usize,
    done: usize,
}

impl Rounds {
    /// Nothing is prepared yet.
    pub fn new(cases: Vec<Case>, settings: Settings) -> Rounds {
        Rounds {
            settings,
            count: cases.len(),
            waiting: cases.into(),
            seats: Vec::new(),
            held: 0,
            turns: None,
            turn: None,
            watched: 0,
            watch: Watch::default(),
            done: 0,
        }
    }

    /// Turns that were had, warm-up being one, and turns altogether.
    pub fn progress(&self) -> (u64, u64) {
        let turns_each = u64::from(self.settings.runs) + 1;
        let under_way = self.seats.iter().filter_map(|seat| seat.runner.as_ref());
        let had = under_way.map(|runner| u64::from(runner.is_warm()) + u64::from(runner.measured_runs()));
        (self.done as u64 * turns_each + had.sum::<u64>(), self.count as u64 * turns_each)
    }

    /// The share of the watched time that other programs took.
    pub fn stolen_share(&self) -> f64 {
        self.watch.stolen_share()
    }

    /// Works for some tens of milliseconds.
    pub fn advance(&mut self, now_ms: &mut dyn FnMut() -> f64) -> Outcome {
        let Some(turns) = &mut self.turns else { return self.gather(now_ms) };
        if self.turn.is_none() {
            self.turn = turns.take();
            if self.watched < turns.rounds() {
                self.watched = turns.rounds();
                self.watch.look(self.settings.clock_step_ms, now_ms);
                return Outcome::More;
            }
        }
        let Some(index) = self.turn else {
            self.seats.clear();
            (self.held, self.turns, self.watched) = (0, None, 0);
            return if self.waiting.is_empty() { Outcome::Done } else { Outcome::More };
        };
        let advanced = match &mut self.seats[index].runner {
            Some(runner) => runner.advance(now_ms),
            None => Ok(Advance::RunEnded),
        };
        match advanced {
            Ok(Advance::More) => Outcome::More,
            Ok(Advance::RunEnded) => {
                self.turn = None;
                Outcome::More
            }
            Ok(Advance::Measured(figures)) => Outcome::Measured(Box::new(self.leave(index)), figures),
            Err(failure) => Outcome::NotMeasured(Box::new(self.leave(index)), failure),
        }
    }

    /// Prepares and warms up one case after the other, until the group is full.
    fn gather(&mut self, now_ms: &mut dyn FnMut() -> f64) -> Outcome {
        let last = self.seats.len().saturating_sub(1);
        let newest = self.seats.last_mut().and_then(|seat| seat.runner.as_mut());
        if let Some(runner) = newest.filter(|runner| !runner.is_warm()) {
            return match runner.advance(now_ms) {
                Ok(Advance::More | Advance::RunEnded) => {
                    if runner.is_warm() {
                        self.held += runner.held_bytes();
                    }
                    Outcome::More
                }
                // Warm-up comes before any figure, so this cannot be; were it, the figure would count.
                Ok(Advance::Measured(figures)) => Outcome::Measured(Box::new(self.leave(last)), figures),
                Err(failure) => Outcome::NotMeasured(Box::new(self.leave(last)), failure),
            };
        }
        match self.waiting.pop_front() {
            Some(case) if self.held < GROUP_BYTES => {
                let runner = Some(Runner::new(&case, self.settings));
                self.seats.push(Seat { case, runner });
            }
            Some(case) => {
                self.waiting.push_front(case);
                self.begin();
            }
            None if self.seats.is_empty() => return Outcome::Done,
            None => self.begin(),
        }
        Outcome::More
    }

    fn begin(&mut self) {
        let mut turns = Turns::new(self.seats.len());
        for (index, seat) in self.seats.iter().enumerate() {
            if seat.runner.is_none() {
                turns.retire(index);
            }
        }
        self.turns = Some(turns);
    }

    /// A case is done: its operands go.
    fn leave(&mut self, index: usize) -> Case {
        let seat = &mut self.seats[index];
        seat.runner = None;
        self.done += 1;
        self.turn = None;
        if let Some(turns) = &mut self.turns {
            turns.retire(index);
        }
        seat.case.clone()
    }
}
