//! A format for each tensor: the fewest bytes with which every tensor reaches a floor, or the least noise within a budget of bytes.
//!
//! Noise is the sum of squared errors, so a source's noise is the sum of its tensors' and its signal to noise follows from two sums.
//!
//! - *Floor.* Tensors do not depend on each other: the smallest format that reaches the floor, for each. Optimal.
//! - *Best minimum.* The highest floor whose mixture fits into the budget, by bisection over the figures that occur. Optimal. What is
//!   left of the budget lowers the noise of all, without any tensor falling below that floor.
//! - *Best total.* A knapsack with a choice for each tensor. The convex fronts of the tensors give a choice and, by their last step taken
//!   in part, a total that no choice can exceed (the linear relaxation). Where the fronts of all sums stay small enough to be gone through,
//!   the optimum is found exactly; otherwise the bound is told beside the choice.
//!
//! No DOM here. Formats that lost a number of the tensor to NaN or infinity are not considered.

use numerics::metrics::{Scaled, decibels};
use protocol::TensorReport;

/// Sums looked at for the exact optimum, in all; some milliseconds.
const MAX_SUMS: usize = 60_000;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    /// Every tensor reaches so many dB.
    Floor(f64),
    /// The worst tensor as good as so many bytes allow.
    Minimum(u64),
    /// The whole as good as so many bytes allow.
    Total(u64),
}

/// A format for each tensor, by its place among the survey's formats.
#[derive(Debug, Clone, PartialEq)]
pub struct Mix {
    /// One for each tensor.
    pub picks: Vec<usize>,
    /// Bytes in all.
    pub bytes: u64,
    /// Signal to noise of the whole, dB.
    pub total_db: f64,
    /// And of the worst tensor.
    pub least_db: f64,
    /// Tensors that no format brings to the floor: they have the best there is.
    pub short: Vec<usize>,
    /// No choice within the budget has a better total than this; equal to `total_db` where that is known to be the best.
    pub bound_db: f64,
}

impl Mix {
    /// Nothing better exists, by the objective asked for.
    pub fn is_optimal(&self) -> bool {
        self.bound_db <= self.total_db
    }
}

/// Why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum NoMix {
    /// No format holds every number of this tensor.
    Unusable {
        /// Its place.
        tensor: usize,
    },
    /// Even the smallest formats take more than the budget.
    Budget {
        /// What they take.
        least_bytes: u64,
    },
}

/// A format that a tensor may have.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Choice {
    format: usize,
    bytes: u64,
    noise: f64,
    db: f64,
}

/// The choices worth considering for a tensor: more bytes, less noise. Never empty.
type Front = Vec<Choice>;

/// The mixture for a goal.
pub fn mix(tensors: &[TensorReport], goal: Goal) -> Result<Mix, NoMix> {
    let fronts = tensors
        .iter()
        .enumerate()
        .map(|(tensor, report)| {
            Some(front(report)).filter(|f| !f.is_empty()).ok_or(NoMix::Unusable { tensor })
        })
        .collect::<Result<Vec<Front>, NoMix>>()?;
    match goal {
        Goal::Floor(db) => Ok(at_floor(tensors, &fronts, db)),
        Goal::Minimum(budget) => {
            check(&fronts, budget)?;
            let floor = best_floor(&fronts, budget);
            let kept: Vec<Front> = fronts
                .iter()
                .map(|front| front.iter().filter(|choice| choice.db >= floor).copied().collect())
                .collect();
            let (picks, _) = least_noise(&kept, budget);
            let mut mix = finished(tensors, &kept, &picks);
            // The objective is the minimum, and no higher one fits.
            mix.bound_db = mix.total_db;
            Ok(mix)
        }
        Goal::Total(budget) => {
            check(&fronts, budget)?;
            let (picks, bound) = least_noise(&fronts, budget);
            let mut mix = finished(tensors, &fronts, &picks);
            mix.bound_db =
                bound.map_or(mix.total_db, |noise| ratio_db(signal(tensors), noise).max(mix.total_db));
            Ok(mix)
        }
    }
}

/// Signal to noise of figures; exact where there is no noise, also of zeros.
fn ratio_db(signal: f64, noise: f64) -> f64 {
    let plain = |value| Scaled { value, exponent: 0 };
    if noise == 0.0 { f64::INFINITY } else { decibels(plain(signal), plain(noise)) }
}

fn front(report: &TensorReport) -> Front {
    let usable = report.figures.iter().enumerate().filter(|(_, figure)| figure.lost_count == 0);
    let mut all: Front = usable
        .map(|(format, figure)| Choice {
            format,
            bytes: figure.bytes,
            noise: figure.noise,
            db: ratio_db(figure.signal, figure.noise),
        })
        .collect();
    all.sort_by(|a, b| a.bytes.cmp(&b.bytes).then(a.noise.total_cmp(&b.noise)).then(a.format.cmp(&b.format)));
    let mut front: Front = Vec::new();
    for choice in all {
        if front.last().is_none_or(|last| choice.noise < last.noise) {
            front.push(choice);
        }
    }
    front
}

fn check(fronts: &[Front], budget: u64) -> Result<(), NoMix> {
    let least_bytes = fronts.iter().map(|front| front[0].bytes).fold(0, u64::saturating_add);
    if least_bytes > budget { Err(NoMix::Budget { least_bytes }) } else { Ok(()) }
}

/// The smallest choice that reaches a floor; on a front it is the first that does.
fn reaching(front: &Front, floor_db: f64) -> Option<usize> {
    front.iter().position(|choice| choice.db >= floor_db)
}

fn at_floor(tensors: &[TensorReport], fronts: &[Front], floor_db: f64) -> Mix {
    let found: Vec<Option<usize>> = fronts.iter().map(|front| reaching(front, floor_db)).collect();
    let picks: Vec<usize> =
        found.iter().zip(fronts).map(|(found, front)| found.unwrap_or(front.len() - 1)).collect();
    let mut mix = finished(tensors, fronts, &picks);
    mix.short = (0..found.len()).filter(|tensor| found[*tensor].is_none()).collect();
    mix
}

/// The highest figure that every tensor can reach within the budget.
fn best_floor(fronts: &[Front], budget: u64) -> f64 {
    let mut floors: Vec<f64> = fronts.iter().flatten().map(|choice| choice.db).collect();
    floors.sort_by(f64::total_cmp);
    let fits = |floor: f64| {
        let mut bytes = fronts.iter().map(|front| reaching(front, floor).map(|at| front[at].bytes));
        bytes.try_fold(0_u64, |sum, bytes| Some(sum.saturating_add(bytes?))).is_some_and(|sum| sum <= budget)
    };
    // The lowest figure of all is reached by the smallest formats, which fit.
    let beyond = floors.partition_point(|floor| fits(*floor));
    floors[beyond.saturating_sub(1)]
}

fn signal(tensors: &[TensorReport]) -> f64 {
    // Formats that lost nothing saw the same numbers.
    tensors
        .iter()
        .filter_map(|tensor| tensor.figures.iter().find(|figure| figure.lost_count == 0))
        .map(|figure| figure.signal)
        .sum()
}

fn finished(tensors: &[TensorReport], fronts: &[Front], picks: &[usize]) -> Mix {
    let chosen: Vec<Choice> = fronts.iter().zip(picks).map(|(front, pick)| front[*pick]).collect();
    let total_db = ratio_db(signal(tensors), chosen.iter().map(|choice| choice.noise).sum());
    Mix {
        picks: chosen.iter().map(|choice| choice.format).collect(),
        bytes: chosen.iter().map(|choice| choice.bytes).fold(0, u64::saturating_add),
        total_db,
        least_db: chosen.iter().map(|choice| choice.db).fold(f64::INFINITY, f64::min),
        short: Vec::new(),
        bound_db: total_db,
    }
}

/// Picks of least noise within a budget that the smallest choices fit into, and the noise that no picks can go below; none where the picks are
/// the best there are.
fn least_noise(fronts: &[Front], budget: u64) -> (Vec<usize>, Option<f64>) {
    let (picks, bound) = relaxed(fronts, budget);
    let noise = noise_of(fronts, &picks);
    if noise <= bound {
        return (picks, None);
    }
    match exact(fronts, budget, &picks) {
        Some(best) => (best, None),
        None => (picks, Some(bound)),
    }
}

fn noise_of(fronts: &[Front], picks: &[usize]) -> f64 {
    fronts.iter().zip(picks).map(|(front, pick)| front[*pick].noise).sum()
}

/// A step along a tensor's convex front.
struct Step {
    tensor: usize,
    to: usize,
    bytes: u64,
    gain: f64,
}

/// Steps of least noise for their bytes until the budget is used up, then whatever else still fits; and the bound of the relaxation.
fn relaxed(fronts: &[Front], budget: u64) -> (Vec<usize>, f64) {
    let mut steps: Vec<Step> =
        fronts.iter().enumerate().flat_map(|(tensor, front)| hull_steps(tensor, front)).collect();
    // Along one front gains for a byte fall, so a stable order keeps each front's own.
    steps.sort_by(|a, b| (b.gain / b.bytes as f64).total_cmp(&(a.gain / a.bytes as f64)));
    let mut picks = vec![0; fronts.len()];
    let mut left = budget - fronts.iter().map(|front| front[0].bytes).sum::<u64>();
    let mut bound = None;
    let mut is_open = vec![true; fronts.len()];
    for step in &steps {
        if is_open[step.tensor] && step.bytes <= left {
            left -= step.bytes;
            picks[step.tensor] = step.to;
        } else {
            if bound.is_none() {
                bound = Some(noise_of(fronts, &picks) - step.gain * (left as f64 / step.bytes as f64));
            }
            is_open[step.tensor] = false;
        }
    }
    let bound = bound.unwrap_or_else(|| noise_of(fronts, &picks));
    // Choices beside the convex front may still fit.
    while let Some((tensor, to)) = best_single(fronts, &picks, left) {
        left -= fronts[tensor][to].bytes - fronts[tensor][picks[tensor]].bytes;
        picks[tensor] = to;
    }
    (picks, bound)
}

/// The one change that lowers the noise most within what is left.
fn best_single(fronts: &[Front], picks: &[usize], left: u64) -> Option<(usize, usize)> {
    let mut best: Option<(f64, usize, usize)> = None;
    for (tensor, front) in fronts.iter().enumerate() {
        let now = front[picks[tensor]];
        let fitting =
            front.iter().rposition(|choice| choice.bytes <= now.bytes + left).unwrap_or(picks[tensor]);
        let gain = now.noise - front[fitting].noise;
        if fitting > picks[tensor] && best.is_none_or(|(most, ..)| gain > most) {
            best = Some((gain, tensor, fitting));
        }
    }
    best.map(|(_, tensor, to)| (tensor, to))
}

/// The lower convex front of a tensor, as steps.
fn hull_steps(tensor: usize, front: &Front) -> Vec<Step> {
    let slope = |from: usize, to: usize| {
        (front[from].noise - front[to].noise) / (front[to].bytes - front[from].bytes) as f64
    };
    let mut hull: Vec<usize> = Vec::new();
    for at in 0..front.len() {
        while let [.., before, last] = hull[..] {
            if slope(before, last) > slope(last, at) {
                break;
            }
            hull.pop();
        }
        hull.push(at);
    }
    hull.windows(2)
        .map(|pair| Step {
            tensor,
            to: pair[1],
            bytes: front[pair[1]].bytes - front[pair[0]].bytes,
            gain: front[pair[0]].noise - front[pair[1]].noise,
        })
        .collect()
}

/// A sum over the first tensors.
#[derive(Clone, Copy)]
struct Sum {
    bytes: u64,
    noise: f64,
    /// Place among the sums one tensor earlier, and the pick added to it.
    from: (u32, u32),
}

/// The picks of least noise, those known if none has less; nothing where there are too many sums to look at. Tensor by tensor, only sums that
/// no other beats in bytes and noise are kept, and only those that can still come to something.
fn exact(fronts: &[Front], budget: u64, known_picks: &[usize]) -> Option<Vec<usize>> {
    let known = noise_of(fronts, known_picks);
    let mut rest_bytes: u64 = fronts.iter().map(|front| front[0].bytes).sum();
    let mut rest_noise: f64 = fronts.iter().map(|front| front[front.len() - 1].noise).sum();
    let mut stages: Vec<Vec<Sum>> = vec![vec![Sum { bytes: 0, noise: 0.0, from: (0, 0) }]];
    let mut seen = 0;
    for front in fronts {
        rest_bytes -= front[0].bytes;
        rest_noise -= front[front.len() - 1].noise;
        let before = stages.last()?;
        seen += before.len() * front.len();
        if seen > MAX_SUMS {
            return None;
        }
        // Sums of floats in another order differ in the last bits.
        let limit = known * (1.0 + 1e-12) - rest_noise;
        let mut sums: Vec<Sum> = Vec::new();
        for (at, sum) in before.iter().enumerate() {
            for (pick, choice) in front.iter().enumerate() {
                let (bytes, noise) = (sum.bytes + choice.bytes, sum.noise + choice.noise);
                if bytes + rest_bytes <= budget && noise <= limit {
                    sums.push(Sum { bytes, noise, from: (at as u32, pick as u32) });
                }
            }
        }
        sums.sort_by(|a, b| a.bytes.cmp(&b.bytes).then(a.noise.total_cmp(&b.noise)));
        let mut least = f64::INFINITY;
        sums.retain(|sum| {
            let is_kept = sum.noise < least;
            least = least.min(sum.noise);
            is_kept
        });
        stages.push(sums);
    }
    let Some(best) = stages.last()?.last().filter(|best| best.noise < known) else {
        return Some(known_picks.to_vec());
    };
    let mut picks = vec![0; fronts.len()];
    let mut from = best.from;
    for tensor in (0..fronts.len()).rev() {
        picks[tensor] = from.1 as usize;
        from = stages[tensor].get(from.0 as usize)?.from;
    }
    Some(picks)
}

#[cfg(test)]
mod tests {
    use numerics::bulk::random_at;
    use protocol::TensorFigure;

    use super::*;

    fn report(figures: &[(u64, f64)]) -> TensorReport {
        let figures = figures.iter().map(|&(bytes, noise)| TensorFigure {
            bytes,
            noise,
            signal: 1000.0,
            sqnr_db: 10.0 * (1000.0 / noise).log10(),
            lost_count: 0,
        });
        TensorReport {
            name: "t".to_owned(),
            shape: vec![8],
            tensors: 1,
            elements: 8,
            measured: 8,
            non_finite: 0,
            figures: figures.collect(),
        }
    }

    /// Up to five tensors of up to five formats, every figure by chance; ties and equal sizes among them.
    fn random(case: u64) -> Vec<TensorReport> {
        let mut draws = 0;
        let mut draw = |below: u64| {
            draws += 1;
            random_at(case, draws) % below
        };
        (0..=draw(5))
            .map(|_| {
                let formats = 5;
                let figures: Vec<(u64, f64)> =
                    (0..formats).map(|_| (1 + draw(20), (1 + draw(400)) as f64 / 4.0)).collect();
                report(&figures)
            })
            .collect()
    }

    /// Every mixture there is: bytes, noise and the worst figure.
    fn all(tensors: &[TensorReport]) -> Vec<(u64, f64, f64)> {
        let mut sums = vec![(0, 0.0, f64::INFINITY)];
        for tensor in tensors {
            sums = sums
                .iter()
                .flat_map(|(bytes, noise, least)| {
                    tensor.figures.iter().map(move |figure| {
                        let db: f64 = ratio_db(figure.signal, figure.noise);
                        (bytes + figure.bytes, noise + figure.noise, f64::min(*least, db))
                    })
                })
                .collect();
        }
        sums
    }

    #[test]
    fn small_cases_are_what_trying_everything_finds() {
        for case in 0..600 {
            let tensors = random(case);
            let every = all(&tensors);
            let smallest = every.iter().map(|sum| sum.0).min().expect("one");
            let signal = signal(&tensors);
            for budget in [smallest.saturating_sub(1), smallest, smallest + 7, smallest + 25, 1000] {
                let within = || every.iter().filter(|sum| sum.0 <= budget);
                let total = mix(&tensors, Goal::Total(budget));
                let minimum = mix(&tensors, Goal::Minimum(budget));
                if budget < smallest {
                    assert_eq!((&total, &minimum), (&Err(NoMix::Budget { least_bytes: smallest }), &total));
                    continue;
                }
                let (total, minimum) = (total.expect("fits"), minimum.expect("fits"));
                let least_noise = within().map(|sum| sum.1).fold(f64::INFINITY, f64::min);
                assert!(total.bytes <= budget && total.is_optimal(), "{case} {budget}");
                assert!((total.total_db - ratio_db(signal, least_noise)).abs() < 1e-9, "{case} {budget}");
                let best_floor = within().map(|sum| sum.2).fold(f64::NEG_INFINITY, f64::max);
                assert!(minimum.bytes <= budget && minimum.least_db == best_floor, "{case} {budget}");
                // And of those with that floor, the one of least noise.
                let noise =
                    within().filter(|sum| sum.2 == best_floor).map(|sum| sum.1).fold(f64::INFINITY, f64::min);
                assert!((minimum.total_db - ratio_db(signal, noise)).abs() < 1e-9, "{case} {budget}");
            }
            for floor in [5.0, 12.0, 20.0, 35.0] {
                let found = mix(&tensors, Goal::Floor(floor)).expect("a floor always has a mixture");
                let reaching = every.iter().filter(|sum| sum.2 >= floor).map(|sum| sum.0).min();
                assert_eq!(found.short.is_empty(), reaching.is_some(), "{case} {floor}");
                if let Some(bytes) = reaching {
                    assert!(found.bytes == bytes && found.least_db >= floor, "{case} {floor}");
                }
            }
        }
    }

    #[test]
    fn large_cases_stay_within_their_bound() {
        for case in 0..8 {
            let tensors: Vec<TensorReport> = (0..300)
                .map(|tensor| {
                    let size = 1000 + random_at(case, tensor) % 1_000_000;
                    let noise = (1 + random_at(case + 100, tensor) % 1000) as f64;
                    let wobble = |k: u64| 1.0 + (random_at(case + k, tensor) % 100) as f64 / 500.0;
                    report(
                        &[4, 5, 6, 8, 16]
                            .map(|bits| (size * bits, noise * 0.25_f64.powi(bits as i32) * wobble(bits))),
                    )
                })
                .collect();
            let least: u64 = tensors.iter().map(|tensor| tensor.figures[0].bytes).sum();
            for budget in [least, least + 12_345_678, least * 2, least * 5] {
                let found = mix(&tensors, Goal::Total(budget)).expect("fits");
                assert!(found.bytes <= budget && found.total_db <= found.bound_db);
                assert!(
                    found.bound_db - found.total_db < 0.05,
                    "{case}: {} of {}",
                    found.total_db,
                    found.bound_db
                );
            }
            assert!(mix(&tensors, Goal::Total(least * 5)).expect("fits").is_optimal());
        }
    }

    #[test]
    fn formats_that_lose_numbers_are_not_chosen() {
        let mut tensors = vec![report(&[(1, 9.0), (4, 3.0)]), report(&[(1, 9.0), (4, 3.0)])];
        tensors[1].figures[0].lost_count = 1;
        assert_eq!(mix(&tensors, Goal::Floor(10.0)).expect("a mixture").picks, [0, 1]);
        tensors[1].figures[1].lost_count = 1;
        assert_eq!(mix(&tensors, Goal::Floor(10.0)), Err(NoMix::Unusable { tensor: 1 }));
    }

    #[test]
    fn numbers_without_error_and_zeros_have_figures() {
        let mut tensors = vec![report(&[(1, 9.0), (4, 1.0)]), report(&[(2, 0.0), (3, 0.0)])];
        tensors[1].figures.iter_mut().for_each(|figure| figure.signal = 0.0);
        let found = mix(&tensors, Goal::Floor(200.0)).expect("a mixture");
        assert_eq!((found.picks, found.short, found.bytes), (vec![1, 0], vec![0], 6));
        let found = mix(&tensors[1..], Goal::Minimum(2)).expect("a mixture");
        assert_eq!((found.least_db, found.total_db), (f64::INFINITY, f64::INFINITY));
    }
}
