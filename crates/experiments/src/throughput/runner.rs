//! One case from its setting up to its figures, in slices.

use super::measure::{Meter, Settings, Spread};
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
    /// There is more to do.
    More,
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

impl Runner {
    /// Starts a case.
    pub fn new(case: &Case, settings: Settings) -> Runner {
        Runner { kernel: case.kernel(), meter: Meter::new(settings), prepared: false }
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
        let steps = kernel.steps();
        let spread = self.meter.advance(steps, &mut |index| kernel.step(index), now_ms)?;
        let Some(calls_per_second) = spread else { return Ok(Advance::More) };
        let result_error = kernel.verify()?;
        Ok(Advance::Measured(Figures { calls_per_second, cost: kernel.cost(), result_error }))
    }
}
