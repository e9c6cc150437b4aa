//! One case from its setting up to its figures, in slices.

use super::measure::{Meter, Pace, Settings, Spread, Stage};
use super::suite::Case;
use super::{Cost, Failure, Kernel};

/// Setting up goes on for this long before the caller gets a chance to do something else.
const PREPARE_MS: f64 = 40.0;

/// A case under way.
pub struct Runner {
    kernel: Result<Box<dyn Kernel>, Failure>,
    meter: Meter,
    prepared: bool,
}

/// How far a case is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Advance {
    /// There is more to do before anybody else should have a turn.
    More,
    /// A run has ended, of warm-up or measured.
    RunEnded,
    /// Done.
    Measured(Figures),
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Calls a second.
    pub calls_per_second: Spread,
    /// What a call costs; times the above it gives the rates.
    pub cost: Cost,
    /// Largest difference of the result from the same sum in binary64, over that sum of magnitudes; none where there is no sum.
    pub result_error: Option<f64>,
}

impl Figures {
    /// Work a second.
    pub fn rate(&self) -> Spread {
        self.calls_per_second.times(self.cost.work_per_call)
    }
}

impl Runner {
    /// Starts a case.
    pub fn new(case: &Case, settings: Settings) -> Runner {
        Runner::of(case.kernel(), settings)
    }

    /// Starts a kernel.
    pub(super) fn of(kernel: Result<Box<dyn Kernel>, Failure>, settings: Settings) -> Runner {
        Runner { kernel, meter: Meter::new(settings), prepared: false }
    }

    /// Whether its next run is a measured one.
    pub fn is_warm(&self) -> bool {
        self.meter.is_warm()
    }

    /// Measured runs so far.
    pub fn measured_runs(&self) -> u32 {
        self.meter.measured_runs()
    }

    /// Bytes that it keeps once it is prepared.
    pub fn held_bytes(&self) -> usize {
        self.kernel.as_ref().map_or(0, |kernel| kernel.held_bytes())
    }

    /// Works for some tens of milliseconds.
    pub fn advance(&mut self, now_ms: &mut dyn FnMut() -> f64) -> Result<Advance, Failure> {
        let kernel = self.kernel.as_mut().map_err(|failure| *failure)?;
        if !self.prepared {
            let started = now_ms();
            loop {
                self.prepared = kernel.prepare()?;
                if self.prepared || now_ms() - started >= PREPARE_MS {
                    break;
                }
            }
            return Ok(Advance::More);
        }
        let pace = Pace { steps: kernel.steps(), even: kernel.has_even_steps() };
        match self.meter.advance(pace, &mut |index| kernel.step(index), now_ms)? {
            Stage::Running => Ok(Advance::More),
            Stage::RunEnded => Ok(Advance::RunEnded),
            Stage::Measured(calls_per_second) => {
                let result_error = kernel.verify()?;
                Ok(Advance::Measured(Figures { calls_per_second, cost: kernel.cost(), result_error }))
            }
        }
    }
}
