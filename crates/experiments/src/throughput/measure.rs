//! The loop that times a kernel, without a clock of its own.
//!
//! Warm-up: one call, then twice as many, until a run lasts as long as asked; then runs of that length until one is no longer clearly
//! faster than the one before it (engines compile while a kernel runs). What follows is measured. A measured run that takes less than
//! half the time asked for says that the kernel was not warm yet: all begins anew.
//!
//! Between two measured runs other kernels have their turn ([`super::Rounds`]), so a measured run begins with a few steps that are not
//! timed: they bring the kernel's tables and operands back into the caches.
//!
//! | figure | is | because |
//! |---|---|---|
//! | median, quartiles | of the runs, interpolated linearly between neighbours | what a program gets here and now; one interrupted run moves none of them |
//! | best | of all slices of all runs, some milliseconds each | what the machine can do: whoever shares the core leaves it alone for milliseconds, hardly ever for a whole run |
//!
//! The best is a rate that was reached for certain: a slice counts one tick of the clock more than it showed. It is never below the
//! median, which a coarse clock would otherwise make possible.
//!
//! A run may be cut into segments between which the caller does something else; only the segments are timed. A clock that ticks
//! coarsely adds at most a tick to each, and a segment is long.

use super::Failure;

/// A segment ends at the first look at the clock after so long; looks come no rarer than at twice that.
const SEGMENT_MS: f64 = 60.0;
/// A slice takes at least so long, and so many ticks of the clock: a tick too many then costs the best at most 3 %. Schedulers let a
/// program run for 3 to 6 ms at the least, so that slices of 3 ms fit between two interruptions.
const SLICE_MS: f64 = 2.0;
const SLICE_TICKS: f64 = 30.0;
/// A run takes at least so many ticks of the clock: its time is right to 4 %.
const RUN_TICKS: f64 = 25.0;
/// Before a measured run, steps are not timed for so long, or for one call.
const LEAD_IN_MS: f64 = 2.0;
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
    /// The clock's tick, ms.
    pub clock_step_ms: f64,
}

impl Settings {
    /// These runs, at least one and each long enough for the clock.
    fn within_reason(self) -> Settings {
        Settings { runs: self.runs.max(1), run_ms: self.run_ms.max(RUN_TICKS * self.clock_step_ms), ..self }
    }
}

/// Calls a second and their spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The fastest slice.
    pub best: f64,
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

impl Spread {
    /// The same in another unit: so much of it in a call.
    #[must_use]
    pub fn times(self, per_call: f64) -> Spread {
        Spread {
            best: self.best * per_call,
            median: self.median * per_call,
            lower: self.lower * per_call,
            upper: self.upper * per_call,
            ..self
        }
    }
}

/// How a call is cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Steps of a call.
    pub steps: usize,
    /// All of them do the same work, so that a slice may begin and end with any.
    pub even: bool,
}

/// Where a meter stands after a segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage {
    /// Within a run.
    Running,
    /// A run has ended: the next kernel may have its turn.
    RunEnded,
    /// All runs are done.
    Measured(Spread),
}

/// Decides how often a kernel is called in a run, and when enough was measured. [`Runner`](super::Runner) uses it for kernels that are
/// called in steps; whoever waits for kernels (of a graphics processor) does runs of [`Meter::calls`] and passes their times.
#[derive(Debug)]
pub struct Meter {
    settings: Settings,
    calls: u32,
    /// The current run has begun; its steps that are done, their time, and the segments that it took.
    begun: bool,
    done: u64,
    elapsed_ms: f64,
    segments: u32,
    /// Time of the last full run of warm-up, and how many there were.
    last_ms: Option<f64>,
    warm_ups: u32,
    warm: bool,
    beginnings: u32,
    rates: Vec<f64>,
    best: f64,
}

impl Meter {
    /// At the beginning of warm-up.
    pub fn new(settings: Settings) -> Meter {
        Meter {
            settings: settings.within_reason(),
            calls: 1,
            begun: false,
            done: 0,
            elapsed_ms: 0.0,
            segments: 0,
            last_ms: None,
            warm_ups: 0,
            warm: false,
            beginnings: 1,
            rates: Vec::new(),
            best: 0.0,
        }
    }

    /// Calls of the next run.
    pub fn calls(&self) -> u32 {
        self.calls
    }

    /// Whether the next run is a measured one.
    pub fn is_warm(&self) -> bool {
        self.warm
    }

    /// Measured runs so far.
    pub fn measured_runs(&self) -> u32 {
        self.rates.len() as u32
    }

    /// Takes the time of a run of [`Meter::calls`].
    pub fn ended(&mut self, elapsed_ms: f64) -> Result<Stage, Failure> {
        let segments = std::mem::take(&mut self.segments).max(1);
        self.run_ended(elapsed_ms, segments)?;
        if self.measured_runs() < self.settings.runs {
            return Ok(Stage::RunEnded);
        }
        Ok(Stage::Measured(spread(&mut self.rates, self.best, self.calls)))
    }

    /// Runs one segment.
    pub(super) fn advance(
        &mut self,
        pace: Pace,
        step: &mut dyn FnMut(usize),
        now_ms: &mut dyn FnMut() -> f64,
    ) -> Result<Stage, Failure> {
        let steps = pace.steps.max(1) as u64;
        let total = steps * u64::from(self.calls);
        if self.warm && !self.begun {
            self.lead_in(steps, step, now_ms);
        }
        self.begun = true;
        let slice = self.slice_steps(steps, pace.even);
        let started = now_ms();
        let (mut chunk, mut last) = (slice.unwrap_or(1), started);
        let segment_ms = loop {
            let begin = self.done;
            self.done = total.min(begin + chunk);
            for index in begin..self.done {
                step((index % steps) as usize);
            }
            let now = now_ms();
            if slice == Some(self.done - begin) {
                self.reached(chunk as f64 / steps as f64, now - last, 1);
            }
            last = now;
            if self.done == total || now - started >= SEGMENT_MS {
                break now - started;
            }
            if slice.is_none() {
                chunk *= 2;
            }
        };
        self.elapsed_ms += segment_ms;
        self.segments += 1;
        if self.done < total {
            return Ok(Stage::Running);
        }
        (self.done, self.begun) = (0, false);
        let elapsed_ms = std::mem::take(&mut self.elapsed_ms);
        self.ended(elapsed_ms)
    }

    /// Steps that are not timed. None where one step takes longer than a run: what it finds in no cache is little beside that.
    fn lead_in(&mut self, steps: u64, step: &mut dyn FnMut(usize), now_ms: &mut dyn FnMut() -> f64) {
        if self.step_ms(steps).is_none_or(|step_ms| step_ms > self.settings.run_ms) {
            return;
        }
        let started = now_ms();
        for index in 0..steps {
            step(index as usize);
            if now_ms() - started >= LEAD_IN_MS {
                break;
            }
        }
    }

    /// A step's time as far as it is known: by the last warm-up, or by the best since.
    fn step_ms(&self, steps: u64) -> Option<f64> {
        let warmed = self.last_ms? / (steps as f64 * f64::from(self.calls));
        let best = if self.best > 0.0 { 1e3 / (self.best * steps as f64) } else { f64::INFINITY };
        Some(warmed.min(best))
    }

    /// Steps of a slice of a measured run; none before that, or where a run is no longer than a slice.
    fn slice_steps(&self, steps: u64, even: bool) -> Option<u64> {
        let step_ms = self.step_ms(steps).filter(|step_ms| self.warm && *step_ms > 0.0)?;
        let slice_ms = SLICE_MS.max(SLICE_TICKS * self.settings.clock_step_ms);
        let count = (slice_ms / step_ms).ceil().max(1.0) as u64;
        let count = if even { count } else { count.next_multiple_of(steps) };
        (count <= steps * u64::from(self.calls)).then_some(count)
    }

    /// So many calls took so long, by a clock that was read once more than `looks` times.
    fn reached(&mut self, calls: f64, elapsed_ms: f64, looks: u32) {
        let longest_ms = elapsed_ms + f64::from(looks) * self.settings.clock_step_ms;
        if longest_ms > 0.0 {
            self.best = self.best.max(calls / (longest_ms * 1e-3));
        }
    }

    fn run_ended(&mut self, elapsed_ms: f64, segments: u32) -> Result<(), Failure> {
        if self.warm {
            if elapsed_ms <= 0.0 {
                return Err(Failure::ClockStopped);
            }
            if elapsed_ms < 0.5 * self.settings.run_ms && self.beginnings < MAX_BEGINNINGS {
                self.beginnings += 1;
                self.rates.clear();
                self.best = 0.0;
                (self.warm, self.warm_ups, self.last_ms) = (false, 0, None);
                return Ok(());
            }
            self.reached(f64::from(self.calls), elapsed_ms, segments);
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
fn spread(rates: &mut [f64], best: f64, calls: u32) -> Spread {
    rates.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let place = part * (rates.len() - 1) as f64;
        let (low, high) = (rates[place.floor() as usize], rates[place.ceil() as usize]);
        low + (high - low) * place.fract()
    };
    let median = at(0.5);
    Spread {
        best: best.max(median),
        median,
        lower: at(0.25),
        upper: at(0.75),
        runs: rates.len() as u32,
        calls,
    }
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

    fn settings(runs: u32, run_ms: f64, clock_step_ms: f64) -> Settings {
        Settings { runs, run_ms, clock_step_ms }
    }

    /// Measures a step whose time depends on how many went before, by a clock with this tick.
    fn measure(settings: Settings, steps: usize, step_ms: impl Fn(u64) -> f64) -> (Spread, u64) {
        let (time, count) = (Cell::new(0.0), Cell::new(0_u64));
        let tick_ms = settings.clock_step_ms;
        let mut meter = Meter::new(settings);
        let mut next = 0;
        loop {
            let stage = meter
                .advance(
                    Pace { steps, even: true },
                    &mut |index| {
                        assert!(index == next || index == 0, "steps come in order, from the first");
                        next = (index + 1) % steps;
                        time.set(time.get() + step_ms(count.get()));
                        count.set(count.get() + 1);
                    },
                    &mut || (time.get() / tick_ms).floor() * tick_ms,
                )
                .unwrap();
            if let Stage::Measured(spread) = stage {
                return (spread, count.get());
            }
            time.set(time.get() + 1000.0); // what happens between segments is not timed
        }
    }

    #[test]
    fn a_steady_kernel_has_its_rate() {
        for (steps, step_ms, tick_ms) in [(1, 0.004, 1.0), (32, 7.0, 0.1), (1, 300.0, 0.005), (5, 0.5, 1.0)] {
            let (spread, _) = measure(settings(5, 100.0, tick_ms), steps, |_| step_ms);
            let rate = 1000.0 / (step_ms * steps as f64);
            for found in [spread.lower, spread.median, spread.upper, spread.best] {
                assert!((found / rate - 1.0).abs() < 0.03, "{found} instead of {rate}");
            }
            assert_eq!(spread.runs, 5);
            assert!(f64::from(spread.calls) * step_ms * steps as f64 >= 100.0 - tick_ms);
        }
    }

    #[test]
    fn the_best_is_what_undisturbed_slices_reach_and_the_median_what_runs_get() {
        // Another program has the core for 4 of every 8 ms: a step during which it comes takes 4 ms longer.
        let clock = Cell::new(0.0);
        let shared = |_| {
            let time: f64 = clock.get();
            let wait = if time % 8.0 + 0.05 >= 4.0 { 8.0 - time % 8.0 - 0.05 } else { 0.0 };
            clock.set(time + 0.05 + wait);
            0.05 + wait
        };
        let (spread, _) = measure(settings(9, 40.0, 0.005), 1, shared);
        assert!((spread.best / 20_000.0 - 1.0).abs() < 0.01, "{spread:?}");
        assert!((spread.median / 10_000.0 - 1.0).abs() < 0.12, "{spread:?}");
    }

    #[test]
    fn the_best_is_never_more_than_was_reached() {
        // The clock's tick is a third of a slice's least time: times are up to a tick too short.
        for tick_ms in [0.1, 1.0] {
            let (spread, _) = measure(settings(25, 10.0, tick_ms), 1, |_| 0.37);
            assert!(spread.best <= (1000.0_f64 / 0.37).max(spread.median), "{spread:?}");
            assert!(spread.best >= spread.median);
        }
    }

    #[test]
    fn steps_before_a_measured_run_are_not_timed() {
        // Another kernel has been here: the first step of a run has to fetch everything anew.
        let (time, fresh, cold) = (Cell::new(0.0), Cell::new(false), Cell::new(0));
        let mut meter = Meter::new(settings(5, 20.0, 0.001));
        let spread = loop {
            let warm = meter.is_warm();
            let stage = meter
                .advance(
                    Pace { steps: 4, even: true },
                    &mut |_| {
                        let first = fresh.replace(false);
                        cold.set(cold.get() + u32::from(first && warm));
                        time.set(time.get() + if first { 50.0 } else { 0.25 });
                    },
                    &mut || time.get(),
                )
                .unwrap();
            match stage {
                Stage::Measured(spread) => break spread,
                Stage::RunEnded => fresh.set(meter.is_warm()),
                Stage::Running => {}
            }
        };
        assert_eq!(cold.get(), 5, "each measured run began cold");
        assert!((spread.lower / 1000.0 - 1.0).abs() < 1e-3 && (spread.best / 1000.0 - 1.0).abs() < 1e-3);
    }

    #[test]
    fn slow_first_calls_are_thrown_away() {
        // Ten times slower for the first 300 ms.
        let slow_first = |count| if count < 300 { 1.0 } else { 0.1 };
        let (spread, _) = measure(settings(9, 20.0, 0.1), 1, slow_first);
        assert!((spread.lower / 10_000.0 - 1.0).abs() < 0.02, "{spread:?}");
    }

    #[test]
    fn one_interrupted_run_moves_no_quartile() {
        let settings = settings(9, 10.0, 0.001);
        let (_, steps) = measure(settings, 1, |_| 1.0);
        let (spread, _) = measure(settings, 1, |count| if count == steps - 3 { 500.0 } else { 1.0 });
        assert_eq!((spread.lower.round(), spread.median.round(), spread.upper.round()), (1e3, 1e3, 1e3));
    }

    #[test]
    fn quartiles_lie_between_neighbours_and_the_best_is_beside_them() {
        let found = spread(&mut [4.0, 1.0, 3.0, 2.0], 4.5, 7);
        assert_eq!((found.lower, found.median, found.upper, found.best), (1.75, 2.5, 3.25, 4.5));
        assert_eq!((found.runs, found.calls), (4, 7));
        assert_eq!(found.times(2.0), Spread { best: 9.0, median: 5.0, lower: 3.5, upper: 6.5, ..found });
        assert_eq!(spread(&mut [4.0, 2.0, 3.0], 1.0, 1).best, 3.0, "not below the median");
    }

    #[test]
    fn a_coarse_clock_lengthens_runs() {
        let (spread, _) = measure(settings(3, 5.0, 1.0), 1, |_| 0.5);
        assert!(f64::from(spread.calls) * 0.5 >= 24.0, "{spread:?}");
    }

    #[test]
    fn a_clock_that_stands_still_is_no_clock() {
        let mut meter = Meter::new(settings(1, 0.0, 0.0));
        let mut outcome = Ok(Stage::Running);
        while matches!(outcome, Ok(Stage::Running | Stage::RunEnded)) {
            outcome = meter.advance(Pace { steps: 1, even: false }, &mut |_| {}, &mut || 5.0);
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
