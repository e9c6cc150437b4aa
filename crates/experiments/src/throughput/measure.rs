//! The loop that times a kernel, without a clock of its own.
//!
//! Warm-up: one call, then twice as many, until a run lasts as long as asked; then runs of that length until one is no longer clearly
//! faster than the one before it (engines compile while a kernel runs). What follows is measured: the median of the runs and its
//! quartiles, interpolated linearly between neighbours. A measured run that takes less than half the time asked for says that the
//! kernel was not warm yet: all begins anew.
//!
//! A run may be cut into segments between which the caller does something else; only the segments are timed. A clock that ticks
//! coarsely adds at most a tick to each, and a segment is long.

use super::Failure;

/// A segment ends at the first look at the clock after so long; looks come no rarer than at twice that.
const SEGMENT_MS: f64 = 60.0;
/// Warmed up once a run takes at least this part of the time of the one before.
const SETTLED: f64 = 0.95;
/// Full runs of warm-up, at most.
const MAX_WARM_UPS: u32 = 5;
/// Beginnings, at most: something that is now slow, now fast is measured as it is.
const MAX_BEGINNINGS: u32 = 4;
/// A clock that shows nothing after so many calls stands still.
const MAX_CALLS: u32 = 1 << 30;

/// How long to measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Measured runs.
    pub runs: u32,
    /// Least length of a run, ms.
    pub run_ms: f64,
}

/// Calls a second and their spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Median.
    pub median: f64,
    /// Lower quartile.
    pub lower: f64,
    /// Upper quartile.
    pub upper: f64,
    /// Measured runs.
    pub runs: u32,
    /// Calls in a run.
    pub calls: u32,
}

/// Decides how often a kernel is called in a run, and when enough was measured. [`Runner`](super::Runner) uses it for kernels that are
/// called in steps; whoever waits for kernels (of a graphics processor) does runs of [`Meter::calls`] and passes their times.
#[derive(Debug)]
pub struct Meter {
    settings: Settings,
    calls: u32,
    /// Steps of the current run that are done, and their time.
    done: u64,
    elapsed_ms: f64,
    /// Time of the last full run of warm-up, and how many there were.
    last_ms: Option<f64>,
    warm_ups: u32,
    warm: bool,
    beginnings: u32,
    rates: Vec<f64>,
}

impl Meter {
    /// At the beginning of warm-up.
    pub fn new(settings: Settings) -> Meter {
        Meter {
            settings: Settings { runs: settings.runs.max(1), ..settings },
            calls: 1,
            done: 0,
            elapsed_ms: 0.0,
            last_ms: None,
            warm_ups: 0,
            warm: false,
            beginnings: 1,
            rates: Vec::new(),
        }
    }

    /// Calls of the next run.
    pub fn calls(&self) -> u32 {
        self.calls
    }

    /// Takes the time of a run of [`Meter::calls`]; the spread once all runs are done.
    pub fn ended(&mut self, elapsed_ms: f64) -> Result<Option<Spread>, Failure> {
        self.run_ended(elapsed_ms)?;
        Ok((self.rates.len() == self.settings.runs as usize).then(|| spread(&mut self.rates, self.calls)))
    }

    /// Runs one segment; the spread once all runs are done.
    pub(super) fn advance(
        &mut self,
        steps: usize,
        step: &mut dyn FnMut(usize),
        now_ms: &mut dyn FnMut() -> f64,
    ) -> Result<Option<Spread>, Failure> {
        let steps = steps.max(1) as u64;
        let total = steps * u64::from(self.calls);
        let started = now_ms();
        let mut chunk = 1;
        let segment_ms = loop {
            let end = total.min(self.done + chunk);
            for index in self.done..end {
                step((index % steps) as usize);
            }
            self.done = end;
            let segment_ms = now_ms() - started;
            if end == total || segment_ms >= SEGMENT_MS {
                break segment_ms;
            }
            chunk *= 2;
        };
        self.elapsed_ms += segment_ms;
        if self.done < total {
            return Ok(None);
        }
        let elapsed_ms = std::mem::take(&mut self.elapsed_ms);
        self.done = 0;
        self.ended(elapsed_ms)
    }

    fn run_ended(&mut self, elapsed_ms: f64) -> Result<(), Failure> {
        if self.warm {
            if elapsed_ms <= 0.0 {
                return Err(Failure::ClockStopped);
            }
            if elapsed_ms < 0.5 * self.settings.run_ms && self.beginnings < MAX_BEGINNINGS {
                self.beginnings += 1;
                self.rates.clear();
                (self.warm, self.warm_ups, self.last_ms) = (false, 0, None);
                return Ok(());
            }
            self.rates.push(f64::from(self.calls) / (elapsed_ms * 1e-3));
        } else if elapsed_ms < self.settings.run_ms {
            if self.calls >= MAX_CALLS {
                return Err(Failure::ClockStopped);
            }
            self.calls *= 2;
            self.last_ms = None;
        } else {
            self.warm_ups += 1;
            let settled = self.last_ms.is_some_and(|last_ms| elapsed_ms >= SETTLED * last_ms);
            self.warm = settled || self.warm_ups >= MAX_WARM_UPS;
            self.last_ms = Some(elapsed_ms);
        }
        Ok(())
    }
}

/// Sorts the rates.
fn spread(rates: &mut [f64], calls: u32) -> Spread {
    rates.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let place = part * (rates.len() - 1) as f64;
        let (low, high) = (rates[place.floor() as usize], rates[place.ceil() as usize]);
        low + (high - low) * place.fract()
    };
    Spread { median: at(0.5), lower: at(0.25), upper: at(0.75), runs: rates.len() as u32, calls }
}

/// The smallest step of a clock that shows itself within a few changes; 0 when it does not change.
pub fn clock_step_ms(now_ms: &mut dyn FnMut() -> f64) -> f64 {
    const CHANGES: u32 = 20;
    const LOOKS: u32 = 10_000_000;
    let (mut last, mut smallest, mut changes) = (now_ms(), f64::INFINITY, 0);
    for _ in 0..LOOKS {
        let now = now_ms();
        if now > last {
            smallest = smallest.min(now - last);
            changes += 1;
            if changes == CHANGES {
                break;
            }
        }
        last = now;
    }
    if changes == 0 { 0.0 } else { smallest }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Measures a step whose time depends on how many went before, by a clock with this tick.
    fn measure(
        settings: Settings,
        tick_ms: f64,
        steps: usize,
        step_ms: impl Fn(u64) -> f64,
    ) -> (Spread, u64) {
        let (time, count) = (Cell::new(0.0), Cell::new(0_u64));
        let mut meter = Meter::new(settings);
        let mut next = 0;
        loop {
            let spread = meter
                .advance(
                    steps,
                    &mut |index| {
                        assert_eq!(index, next, "steps come in order");
                        next = (next + 1) % steps;
                        time.set(time.get() + step_ms(count.get()));
                        count.set(count.get() + 1);
                    },
                    &mut || (time.get() / tick_ms).floor() * tick_ms,
                )
                .unwrap();
            if let Some(spread) = spread {
                return (spread, count.get());
            }
            time.set(time.get() + 1000.0); // what happens between segments is not timed
        }
    }

    #[test]
    fn a_steady_kernel_has_its_rate() {
        for (steps, step_ms, tick_ms) in [(1, 0.004, 1.0), (32, 7.0, 0.1), (1, 300.0, 0.005), (5, 0.5, 1.0)] {
            let (spread, _) = measure(Settings { runs: 5, run_ms: 100.0 }, tick_ms, steps, |_| step_ms);
            let rate = 1000.0 / (step_ms * steps as f64);
            for found in [spread.lower, spread.median, spread.upper] {
                assert!((found / rate - 1.0).abs() < 0.03, "{found} instead of {rate}");
            }
            assert_eq!(spread.runs, 5);
            assert!(f64::from(spread.calls) * step_ms * steps as f64 >= 100.0 - tick_ms);
        }
    }

    #[test]
    fn slow_first_calls_are_thrown_away() {
        // Ten times slower for the first 300 ms.
        let (spread, _) =
            measure(Settings { runs: 9, run_ms: 20.0 }, 0.1, 1, |count| if count < 300 { 1.0 } else { 0.1 });
        assert!((spread.lower / 10_000.0 - 1.0).abs() < 0.02, "{spread:?}");
    }

    #[test]
    fn one_interrupted_run_moves_no_quartile() {
        let settings = Settings { runs: 9, run_ms: 10.0 };
        let (_, steps) = measure(settings, 0.001, 1, |_| 1.0);
        let (spread, _) = measure(settings, 0.001, 1, |count| if count == steps - 3 { 500.0 } else { 1.0 });
        assert_eq!((spread.lower.round(), spread.median.round(), spread.upper.round()), (1e3, 1e3, 1e3));
    }

    #[test]
    fn quartiles_lie_between_neighbours() {
        let found = spread(&mut [4.0, 1.0, 3.0, 2.0], 7);
        assert_eq!((found.lower, found.median, found.upper), (1.75, 2.5, 3.25));
        assert_eq!((found.runs, found.calls), (4, 7));
    }

    #[test]
    fn a_clock_that_stands_still_is_no_clock() {
        let mut meter = Meter::new(Settings { runs: 1, run_ms: 0.0 });
        let mut outcome = Ok(None);
        while outcome == Ok(None) {
            outcome = meter.advance(1, &mut |_| {}, &mut || 5.0);
        }
        assert_eq!(outcome, Err(Failure::ClockStopped));
        assert_eq!(clock_step_ms(&mut || 5.0), 0.0);
    }

    #[test]
    fn the_step_of_a_clock_is_seen() {
        let mut looks = 0.0;
        let step = clock_step_ms(&mut || {
            looks += 0.03;
            f64::floor(looks) * 0.1
        });
        assert!((step - 0.1).abs() < 1e-9);
    }
}
