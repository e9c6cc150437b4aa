//! Whether a machine was busy with other things while it was measured, and how that shows.
//!
//! | sign | what is looked at | limit | why that limit |
//! |---|---|---|---|
//! | stolen | a loop that only reads the clock, before every round: the clock jumps where another program had the core | 8 % of the time | a machine at rest loses less than 1 % (timers, interrupts); one other busy program on the core takes a third to a half |
//! | unsteady | how far each CPU kernel's median run stays below its own best slice; the median of that over all kernels | 25 % | runs that vary by 5 % (standard deviation) stay about 12 % below the best of a hundred slices; a core that is shared by half, 40 % and more |
//! | reversed | pairs of kernels that differ in the width of their numbers alone: the narrow one's vectors hold twice as many | the lower quartile of the wide one above the upper quartile of the narrow one | two to one by construction: intervals that lie the wrong way round are no noise of a machine at rest |
//!
//! The worst tenth of the watches does not count: a stall that comes once (a browser tidying up) is an accident, and in one watch of 20 ms
//! it would weigh more than in the seconds of the whole measurement.
//!
//! A jump counts where it is longer than 1 ms and two ticks of the clock: schedulers take a core away for a millisecond at least (3 to 30
//! are usual), interrupts for microseconds. One kernel that varies by itself raises no alarm, because the median over all counts.
//!
//! Reversed pairs are binary64 beside binary32 only. Narrow integers are not always faster: ARM's vector units take four instructions for
//! 16 products of 16 bits and two for four of 32. What shares a core's execution units all the time (a neighbour thread of the same core)
//! slows evenly and shows in none of these. Left out: the graphics processor, whose time the browser shares out.

use super::measure::Spread;

/// A watch lasts so long.
const WATCH_MS: f64 = 20.0;
/// A longer jump of the clock, beside two ticks, is another program's.
const JUMP_MS: f64 = 1.0;
/// Shares of lost time that are told.
const STOLEN_LIMIT: f64 = 0.08;
const UNSTEADY_LIMIT: f64 = 0.25;
/// Beginnings of the ids of kernels that differ in width alone, wide and narrow; what follows must be alike.
const PAIRS: [(&str, &str); 4] = [
    ("peak.simd128.f64", "peak.simd128.f32"),
    ("peak.relaxed-simd.f64", "peak.relaxed-simd.f32"),
    ("matmul.fp64", "matmul.fp32"),
    ("matvec.fp64", "matvec.fp32"),
];

/// Fewer watches than this count all of them.
const FEWEST_WATCHES: usize = 3;

/// Watches: how long each was, and what of it was gone, ms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watch {
    looks: Vec<(f64, f64)>,
}

impl Watch {
    /// Reads the clock for a while.
    pub fn look(&mut self, clock_step_ms: f64, now_ms: &mut dyn FnMut() -> f64) {
        /// A clock that stands still ends it too.
        const LOOKS: u32 = 10_000_000;
        let limit_ms = JUMP_MS + 2.0 * clock_step_ms;
        let started = now_ms();
        let (mut last, mut stolen_ms) = (started, 0.0);
        for _ in 0..LOOKS {
            let now = now_ms();
            if now - last > limit_ms {
                stolen_ms += now - last;
            }
            last = now;
            if now - started >= WATCH_MS {
                break;
            }
        }
        self.looks.push((last - started, stolen_ms));
    }

    /// The share that was gone, 0 to 1, without the worst tenth; 0 where nothing was watched.
    pub fn stolen_share(&self) -> f64 {
        let mut looks = self.looks.clone();
        looks.sort_by(|a, b| a.1.total_cmp(&b.1));
        let dropped = if looks.len() < FEWEST_WATCHES { 0 } else { looks.len().div_ceil(10) };
        looks.truncate(looks.len() - dropped);
        let (watched, stolen) = looks.iter().fold((0.0, 0.0), |sum, look| (sum.0 + look.0, sum.1 + look.1));
        if watched > 0.0 { stolen / watched } else { 0.0 }
    }
}

/// A sign that the machine was busy.
#[derive(Clone, Debug, PartialEq)]
pub enum Sign {
    /// Other programs had the core for this share of the time.
    Stolen(f64),
    /// Kernels usually stay this share below what they reached once.
    Unsteady(f64),
    /// The first came out faster than the second, whose vectors hold twice as many numbers.
    Reversed(String, String),
}

/// How much kernels vary: the median over them of the share by which a median run stays below the best slice. 0 without kernels.
pub fn unsteady_share<'a>(kernels: impl IntoIterator<Item = &'a Spread>) -> f64 {
    let mut shares: Vec<f64> = kernels
        .into_iter()
        .filter(|rate| rate.best > 0.0)
        .map(|rate| 1.0 - rate.median / rate.best)
        .collect();
    shares.sort_by(f64::total_cmp);
    shares.get(shares.len() / 2).copied().unwrap_or_default()
}

/// What speaks for a busy machine, of the share that was stolen and of the CPU's kernels with their rates in work a second. Empty for
/// a machine at rest.
pub fn signs(stolen_share: f64, kernels: &[(&str, Spread)]) -> Vec<Sign> {
    let unsteady = unsteady_share(kernels.iter().map(|(_, rate)| rate));
    let stolen = (stolen_share > STOLEN_LIMIT).then_some(Sign::Stolen(stolen_share));
    let unsteady = (unsteady > UNSTEADY_LIMIT).then_some(Sign::Unsteady(unsteady));
    let reversed = PAIRS.iter().flat_map(|(wide, narrow)| {
        kernels.iter().filter_map(move |(wide_id, wide_rate)| {
            let rest = wide_id.strip_prefix(wide)?;
            let (narrow_id, narrow_rate) =
                kernels.iter().find(|(id, _)| id.strip_prefix(narrow) == Some(rest))?;
            (wide_rate.lower > narrow_rate.upper)
                .then(|| Sign::Reversed((*wide_id).to_owned(), (*narrow_id).to_owned()))
        })
    });
    stolen.into_iter().chain(unsteady).chain(reversed).collect()
}

#[cfg(test)]
mod tests {
    use super::super::measure::{Meter, Pace, Settings, Stage};
    use super::*;

    /// Noise from 0 to 1, the same every time.
    struct Noise(u64);

    impl Noise {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64
        }

        /// Normal, by the sum of twelve.
        fn normal(&mut self) -> f64 {
            (0..12).map(|_| self.next()).sum::<f64>() - 6.0
        }
    }

    /// A machine whose time passes when something runs, and on which another program has the core for `taken_ms` of each `period_ms`.
    struct Machine {
        time_ms: f64,
        tick_ms: f64,
        taken_ms: f64,
        period_ms: f64,
        /// Standard deviation of a step's time.
        noise: f64,
        random: Noise,
    }

    impl Machine {
        fn new(tick_ms: f64, taken_ms: f64, period_ms: f64, noise: f64) -> Machine {
            Machine { time_ms: 0.0, tick_ms, taken_ms, period_ms, noise, random: Noise(7) }
        }

        fn work(&mut self, mut ms: f64) {
            let free_ms = self.period_ms - self.taken_ms;
            while ms > 0.0 {
                let into = self.time_ms % self.period_ms;
                if into >= free_ms {
                    self.time_ms += self.period_ms - into + 1e-9;
                    continue;
                }
                let now = ms.min(free_ms - into + 1e-9);
                self.time_ms += now;
                ms -= now;
            }
        }

        fn now(&mut self) -> f64 {
            self.work(0.0002); // a look takes time
            (self.time_ms / self.tick_ms).floor() * self.tick_ms
        }
    }

    /// The spread of a kernel of so many ms a step on a machine, and what watches before each run see.
    fn measure(machine: &mut Machine, step_ms: f64, watch: &mut Watch) -> Spread {
        let settings = Settings { runs: 9, run_ms: 20.0, clock_step_ms: machine.tick_ms };
        let mut meter = Meter::new(settings);
        let machine = std::cell::RefCell::new(machine);
        loop {
            let stage = meter
                .advance(
                    Pace { steps: 1, even: true },
                    &mut |_| {
                        let mut machine = machine.borrow_mut();
                        let varied = step_ms * (1.0 + machine.noise * machine.random.normal()).max(0.2);
                        machine.work(varied);
                    },
                    &mut || machine.borrow_mut().now(),
                )
                .unwrap();
            match stage {
                Stage::Measured(spread) => return spread,
                Stage::RunEnded => watch.look(settings.clock_step_ms, &mut || machine.borrow_mut().now()),
                Stage::Running => {}
            }
        }
    }

    fn signs_of(machine: &mut Machine) -> Vec<Sign> {
        let mut watch = Watch::default();
        let kernels: Vec<(String, Spread)> = [0.02, 0.07, 0.4, 2.3, 9.0]
            .into_iter()
            .enumerate()
            .map(|(at, step_ms)| (format!("kernel.{at}"), measure(machine, step_ms, &mut watch)))
            .collect();
        let kernels: Vec<(&str, Spread)> = kernels.iter().map(|(id, rate)| (id.as_str(), *rate)).collect();
        signs(watch.stolen_share(), &kernels)
    }

    #[test]
    fn a_machine_at_rest_raises_no_alarm_whatever_its_clock() {
        for tick_ms in [0.005, 0.1, 1.0] {
            // Steps vary by 5 %, and a timer takes 0.1 ms of each 4 ms.
            for (taken_ms, period_ms) in [(0.0, 1e9), (0.1, 4.0)] {
                let mut machine = Machine::new(tick_ms, taken_ms, period_ms, 0.05);
                assert_eq!(signs_of(&mut machine), [], "tick {tick_ms}, {taken_ms} of {period_ms}");
            }
        }
    }

    #[test]
    fn rare_interruptions_of_a_machine_at_rest_raise_none_either() {
        let mut machine = Machine::new(0.1, 5.0, 250.0, 0.05);
        assert_eq!(signs_of(&mut machine), []);
    }

    #[test]
    fn a_stall_that_comes_once_is_an_accident() {
        let mut watch = Watch::default();
        let mut time = 0.0;
        for at in 0..18 {
            let mut stalls = u32::from(at == 5) * 50;
            watch.look(0.1, &mut || {
                time += 0.01 + f64::from(std::mem::take(&mut stalls));
                time
            });
        }
        assert_eq!(watch.stolen_share(), 0.0);
        assert_eq!(Watch::default().stolen_share(), 0.0);
    }

    #[test]
    fn a_core_that_is_shared_by_half_is_noticed_whatever_the_clock_and_the_scheduler() {
        for tick_ms in [0.005, 0.1, 1.0] {
            for period_ms in [6.0, 8.0, 12.0, 24.0, 60.0] {
                let mut machine = Machine::new(tick_ms, period_ms / 2.0, period_ms, 0.05);
                let found = signs_of(&mut machine);
                let Some(Sign::Stolen(share)) = found.first() else {
                    panic!("tick {tick_ms}, period {period_ms}: {found:?}")
                };
                assert!((0.25..0.8).contains(share), "tick {tick_ms}, period {period_ms}: {share}");
            }
        }
    }

    #[test]
    fn a_core_that_is_shared_by_a_third_is_noticed() {
        let mut machine = Machine::new(0.1, 4.0, 12.0, 0.05);
        assert!(matches!(signs_of(&mut machine).first(), Some(Sign::Stolen(_))));
    }

    fn rate(best: f64, median: f64) -> Spread {
        Spread { best, median, lower: 0.97 * median, upper: 1.03 * median, runs: 9, calls: 1 }
    }

    #[test]
    fn one_kernel_that_varies_is_its_own_affair() {
        let steady = |id| (id, rate(100.0, 96.0));
        let mut kernels = vec![steady("a"), steady("b"), ("c", rate(100.0, 40.0))];
        assert_eq!(signs(0.0, &kernels), []);
        kernels.extend([("d", rate(100.0, 60.0)), ("e", rate(100.0, 55.0))]);
        let Some(Sign::Unsteady(share)) = signs(0.0, &kernels).pop() else { panic!("three of five vary") };
        assert!((share - 0.4).abs() < 1e-12);
        assert_eq!(unsteady_share([]), 0.0);
    }

    #[test]
    fn a_wider_format_that_is_clearly_faster_is_a_sign_and_an_overlap_is_none() {
        let reversed = |wide: f64| {
            let wide = Spread { lower: wide, upper: 1.1 * wide, ..rate(1.2 * wide, 1.05 * wide) };
            signs(
                0.0,
                &[
                    ("matmul.fp64.256", wide),
                    ("matmul.fp32.256", rate(100.0, 100.0)),
                    ("matmul.fp32.512", rate(50.0, 50.0)),
                ],
            )
        };
        assert_eq!(reversed(102.0), []);
        assert_eq!(
            reversed(104.0),
            [Sign::Reversed("matmul.fp64.256".to_owned(), "matmul.fp32.256".to_owned())]
        );
        // Widths that differ in more than width are no pair.
        assert_eq!(
            signs(0.0, &[("peak.simd128.i32", rate(90.0, 90.0)), ("peak.simd128.i16", rate(10.0, 10.0))]),
            []
        );
    }
}
