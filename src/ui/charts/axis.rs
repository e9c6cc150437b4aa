//! One axis: which values it spans, where they land, and what is written beside it. No DOM.
//!
//! Inside, values stand in the scale's own unit: themselves, or their decimal logarithm. Left out: dates, reversed axes.

use crate::ui::components::number::{minus, superscript};

/// How values become places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// Equal steps for equal differences.
    #[default]
    Linear,
    /// Equal steps for equal ratios; zero and less have no place.
    Log,
}

impl Scale {
    fn place(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log if value < 0.0 => f64::NAN,
            Self::Log => value.log10(),
        }
    }

    fn value(self, place: f64) -> f64 {
        match self {
            Self::Linear => place,
            Self::Log => 10f64.powf(place),
        }
    }
}

/// A span of values on a scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    scale: Scale,
    low: f64,
    high: f64,
}

/// A line of the grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Where, as a share of the axis.
    pub share: f64,
    /// What is written beside it; nothing at a minor tick.
    pub label: Option<String>,
}

/// Labels of a logarithmic axis over fewer decades than this stand at 1, 2 and 5.
const FEW_DECADES: f64 = 1.6;
/// Minor ticks of a logarithmic axis are drawn up to so many decades.
const MINOR_DECADES: f64 = 6.0;

impl Axis {
    /// The span of what is finite in `values`, with `room` (a share of it) on both sides, so that no mark sits on the
    /// frame. A linear axis of values that are never negative does not begin below zero. Of one value, or of values that differ by rounding
    /// alone, it is half of that to either side, of zero the span from 0 to 1; on a logarithmic scale seven tenths to seven fifths of it.
    pub fn over(scale: Scale, values: impl Iterator<Item = f64>, room: f64) -> Self {
        let (low, high) = values
            .map(|value| scale.place(value))
            .filter(|place| place.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), place| (low.min(place), high.max(place)));
        if low > high {
            return Self { scale, low: 0.0, high: 1.0 };
        }
        let largest = low.abs().max(high.abs());
        let room = match scale {
            Scale::Linear if largest == 0.0 => 1.0,
            // Subnormal numbers have no half of themselves that could be told apart.
            Scale::Linear if high - low <= 16.0 * f64::EPSILON * largest => {
                (0.5 * largest).max(f64::MIN_POSITIVE)
            }
            Scale::Linear => (high - low) * room,
            Scale::Log => ((high - low) * room).max(0.15),
        };
        let floor = if scale == Scale::Linear && low >= 0.0 { 0.0 } else { f64::MIN };
        Self { scale, low: (low - room).max(floor), high: (high + room).min(f64::MAX) }
    }

    /// From `low` to `high`, as given.
    pub fn between(scale: Scale, low: f64, high: f64) -> Self {
        Self { scale, low: scale.place(low), high: scale.place(high) }
    }

    /// Where `value` lies: 0 at the low end, 1 at the high end; infinite or NaN where it has no place.
    pub fn share(&self, value: f64) -> f64 {
        (self.scale.place(value) - self.low) / (self.high - self.low)
    }

    /// The value at a share.
    pub fn value(&self, share: f64) -> f64 {
        self.scale.value(self.low + share * (self.high - self.low))
    }

    /// About `wanted` labelled ticks.
    pub fn ticks(&self, wanted: usize) -> Vec<Tick> {
        let wanted = wanted.max(2) as f64;
        let span = self.high - self.low;
        match self.scale {
            Scale::Linear => self.round_steps(self.low, self.high, wanted),
            Scale::Log if span < 0.7 => self.round_steps(self.value(0.0), self.value(1.0), wanted),
            Scale::Log => self.decades(span, wanted),
        }
    }

    /// Steps of 1, 2 or 5 times a power of ten.
    fn round_steps(&self, low: f64, high: f64, wanted: f64) -> Vec<Tick> {
        let rough = (high - low) / wanted;
        let power = 10f64.powf(rough.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= rough * 0.999);
        let Some(step) = step.filter(|step| step.is_normal() && low.abs() / step < 1e15) else {
            return Vec::new();
        };
        // The ends may miss their own tick by a rounding.
        let first = (low / step - 1e-9).ceil() as i64;
        let last = (high / step + 1e-9).floor() as i64;
        (first..=last.min(first + 64))
            .map(|index| {
                let value = index as f64 * step;
                Tick { share: self.share(value), label: Some(tick_text(value, step)) }
            })
            .collect()
    }

    fn decades(&self, span: f64, wanted: f64) -> Vec<Tick> {
        let every = (span / wanted).ceil().max(1.0) as i32;
        let mut ticks = Vec::new();
        for exponent in self.low.floor() as i32..=self.high.ceil() as i32 {
            for digit in 1..10 {
                let value = f64::from(digit) * 10f64.powi(exponent);
                let share = self.share(value);
                let labelled = if digit == 1 {
                    exponent.rem_euclid(every) == 0
                } else {
                    span < FEW_DECADES && matches!(digit, 2 | 5)
                };
                if (-1e-9..=1.0 + 1e-9).contains(&share) && (labelled || digit == 1 || span <= MINOR_DECADES)
                {
                    ticks.push(Tick { share, label: labelled.then(|| short_number(value)) });
                }
            }
        }
        ticks
    }
}

/// A tick's value with the decimals that its step needs.
fn tick_text(value: f64, step: f64) -> String {
    let decimals = (-step.log10().floor()).max(0.0);
    if value != 0.0 && (value.abs() >= 1e6 || decimals > 4.0) {
        return short_number(value);
    }
    let value = if value.abs() < step * 1e-6 { 0.0 } else { value };
    minus(&format!("{value:.*}", decimals as usize))
}

/// Three significant digits at most, without trailing zeros: `0.05`, `2000`, `10⁶`, `2.5×10⁻⁷`.
pub fn short_number(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "\u{2014}"
        } else if value > 0.0 {
            "∞"
        } else {
            "\u{2212}∞"
        }
        .to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let trimmed = |text: String| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    };
    let magnitude = value.abs();
    if (1e-3..1e5).contains(&magnitude) {
        let decimals = (2.0 - magnitude.log10().floor()).clamp(0.0, 6.0) as usize;
        return minus(&trimmed(format!("{value:.decimals$}")));
    }
    let text = format!("{value:.2e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let power = format!("10{}", superscript(exponent));
    match trimmed(mantissa.to_owned()).as_str() {
        "1" => power,
        "-1" => format!("\u{2212}{power}"),
        mantissa => format!("{}×{power}", minus(mantissa)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: Axis, wanted: usize) -> Vec<String> {
        axis.ticks(wanted).into_iter().filter_map(|tick| tick.label).collect()
    }

    #[test]
    fn linear_steps_are_round_and_inside() {
        let axis = Axis::over(Scale::Linear, [0.0, 97.0].into_iter(), 0.05);
        assert_eq!(labels(axis, 6), ["0", "20", "40", "60", "80", "100"]);
        assert_eq!(labels(Axis::between(Scale::Linear, -0.3, 0.3), 3), ["\u{2212}0.2", "0.0", "0.2"]);
        assert!(axis.ticks(6).iter().all(|tick| (0.0..=1.0).contains(&tick.share)));
    }

    #[test]
    fn a_logarithmic_axis_has_decades_and_places_ratios_evenly() {
        let axis = Axis::between(Scale::Log, 1.0, 10_000.0);
        assert_eq!(labels(axis, 8), ["1", "10", "100", "1000", "10000"]);
        assert!((axis.share(100.0) - 0.5).abs() < 1e-12);
        assert!((axis.value(0.25) - 10.0).abs() < 1e-9);
        assert_eq!(labels(Axis::between(Scale::Log, 1.0, 20.0), 8), ["1", "2", "5", "10", "20"]);
        assert_eq!(labels(Axis::between(Scale::Log, 1e-12, 1e12), 5).len(), 5);
        assert_eq!(labels(Axis::between(Scale::Log, 20.0, 30.0), 5), ["20", "22", "24", "26", "28", "30"]);
    }

    #[test]
    fn what_has_no_place_says_so() {
        let log = Axis::over(Scale::Log, [0.0, 1.0, 100.0, f64::INFINITY, f64::NAN].into_iter(), 0.1);
        assert!(log.share(0.0) == f64::NEG_INFINITY && log.share(-1.0).is_nan());
        assert!(log.share(1.0) > 0.0 && log.share(100.0) < 1.0);
        assert_eq!(Axis::over(Scale::Linear, std::iter::empty(), 0.1).share(0.5), 0.5);
    }

    #[test]
    fn one_value_or_enormous_ones_make_an_axis() {
        for value in [0.0, 1.0, -7.5, 1e300, 1e-300, 4.2e9, 5e-324, f64::MAX] {
            for scale in [Scale::Linear, Scale::Log] {
                for room in [0.0, 0.1] {
                    let axis = Axis::over(scale, std::iter::once(value), room);
                    assert!(
                        axis.high > axis.low && axis.high - axis.low < f64::INFINITY,
                        "{value} {scale:?}"
                    );
                    assert!(axis.ticks(6).len() < 200);
                }
            }
        }
    }

    #[test]
    fn one_value_has_a_span_of_its_own_size() {
        let labels = |value: f64| labels(Axis::over(Scale::Linear, [value, value].into_iter(), 0.0), 4);
        assert_eq!(labels(0.0), ["0.0", "0.5", "1.0"]);
        assert_eq!(labels(1.0), ["0.5", "1.0", "1.5"]);
        assert_eq!(labels(200.0), ["100", "150", "200", "250", "300"]);
        assert_eq!(labels(-8.0), ["\u{2212}12", "\u{2212}10", "\u{2212}8", "\u{2212}6", "\u{2212}4"]);
        assert_eq!(labels(1e-9).first().map(String::as_str), Some("5×10⁻¹⁰"));
        // What differs by a rounding is one value; what is small but differs is not.
        let near = Axis::over(Scale::Linear, [0.3, 0.1 + 0.2].into_iter(), 0.0);
        assert!(near.share(0.15) > -1e-6 && near.share(0.45) < 1.0 + 1e-6);
        let small = Axis::over(Scale::Linear, [0.0, 1e-12].into_iter(), 0.0);
        assert!((small.share(5e-13) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(short_number(1e6), "10⁶");
        assert_eq!(short_number(2.5e-7), "2.5×10⁻⁷");
        assert_eq!(short_number(-0.05), "\u{2212}0.05");
        assert_eq!(short_number(2000.0), "2000");
        assert_eq!(short_number(f64::NAN), "\u{2014}");
    }
}
