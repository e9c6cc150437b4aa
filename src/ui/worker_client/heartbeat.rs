//! Whether a worker is still there.
//!
//! A worker that panics or throws says so. One that is ended from within (`close()`), by the browser for want of memory, or that
//! hangs says nothing, and whoever waits for it would wait for ever. So while something is expected of it, the page asks it
//! now and then and counts the questions that stayed without any message. Beats are counted, not seconds: a page that
//! sleeps or is throttled asks less often, and a worker is given as many chances.

use std::time::Duration;

use leptos::prelude::*;
use protocol::ToWorker;

use super::{Inner, SILENT, WorkerClient};

/// Between two questions.
const BEAT: Duration = Duration::from_secs(4);
/// Questions without an answer after which a worker is given up: the longest that anything in a worker may take in one go is half of
/// the time these take.
const MOST_MISSED: u32 = 5;

/// What was heard of a worker.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    heard: bool,
    missed: u32,
}

/// What to do at a beat.
#[derive(Debug, PartialEq, Eq)]
enum Beat {
    Rest,
    Ask,
    GiveUp,
}

impl Pulse {
    /// A message came, whichever.
    pub(super) fn hear(&mut self) {
        self.heard = true;
    }

    /// One beat; `expected`: whether there is anything to wait for.
    fn beat(&mut self, expected: bool) -> Beat {
        self.missed = if self.heard || !expected { 0 } else { self.missed + 1 };
        self.heard = false;
        match (expected, self.missed > MOST_MISSED) {
            (false, _) => Beat::Rest,
            (true, true) => Beat::GiveUp,
            (true, false) => Beat::Ask,
        }
    }
}

impl Inner {
    /// Whether the worker owes an answer: it runs, and has a job or a lab.
    fn is_expecting(&self) -> bool {
        self.ready && (!self.labs.is_empty() || self.jobs.values().any(|job| job.sent))
    }
}

impl WorkerClient {
    /// Listens to the worker as long as the page lives.
    pub(super) fn watch_pulse(self) {
        set_interval(move || self.beat(), BEAT);
    }

    fn beat(self) {
        let inner = self.inner();
        let beat = {
            let mut inner = inner.borrow_mut();
            let expected = inner.is_expecting();
            inner.pulse.beat(expected)
        };
        match beat {
            Beat::Rest => {}
            Beat::Ask => self.post(&ToWorker::Ping, None),
            Beat::GiveUp => self.die(SILENT, true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_given_up_and_an_answer_saves() {
        let mut pulse = Pulse::default();
        for _ in 0..MOST_MISSED {
            assert_eq!(pulse.beat(true), Beat::Ask);
        }
        pulse.hear();
        for _ in 0..=MOST_MISSED {
            assert_eq!(pulse.beat(true), Beat::Ask);
        }
        assert_eq!(pulse.beat(true), Beat::GiveUp);
    }

    #[test]
    fn nothing_is_expected_of_an_idle_worker() {
        let mut pulse = Pulse::default();
        for _ in 0..3 * MOST_MISSED {
            assert_eq!(pulse.beat(false), Beat::Rest);
        }
        assert_eq!(pulse.beat(true), Beat::Ask);
    }
}
