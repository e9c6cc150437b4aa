//! Rates in the glossary's units, and where they stand on its ladder. No DOM.

use protocol::{Rate, Work};

use crate::ui::components::number::figure;

/// Prefixes of a thousand each, from 10^0.
const PREFIXES: [&str; 9] = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];
/// The ladder's rungs: prefix and power of ten.
pub const RUNGS: [(&str, i32); 7] =
    [("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18), ("Z", 21)];

/// A value with a prefix of thousands: `43.1 G`. The unit follows directly.
fn prefixed(value: f64) -> String {
    if !value.is_finite() || value == 0.0 {
        return format!("{} ", figure(value));
    }
    let mut step = (value.abs().log10() / 3.0).floor().clamp(0.0, 8.0);
    // Three digits may round up to the next prefix.
    if value.abs() / 1000f64.powf(step) >= 999.5 && step < 8.0 {
        step += 1.0;
    }
    format!("{} {}", figure(value / 1000f64.powf(step)), PREFIXES[step as usize])
}

/// A rate of a kind of work: `43.1 GFLOPS`, `12.4 GB/s`, `312 M/s`.
pub fn rate(value: f64, work: Work) -> String {
    let unit = match work {
        Work::Flop => "FLOPS",
        Work::Op => "OPS",
        Work::Byte => "B/s",
        Work::Element => "/s",
    };
    format!("{}{unit}", prefixed(value))
}

/// An amount of operations: `30.9 GFLOP`.
pub fn flop(value: f64) -> String {
    format!("{}FLOP", prefixed(value))
}

/// Bytes in decimal units, as data sheets and bandwidths count them: `276 MB`.
pub fn bytes(value: f64) -> String {
    format!("{}B", prefixed(value))
}

/// Seconds: `203 ms`.
pub fn seconds(value: f64) -> String {
    let (scaled, unit) = match value {
        value if !value.is_finite() || value >= 1.0 => (value, "s"),
        value if value >= 1e-3 => (value * 1e3, "ms"),
        value if value >= 1e-6 => (value * 1e6, "µs"),
        value => (value * 1e9, "ns"),
    };
    format!("{} {unit}", figure(scaled))
}

/// A share: `28 %`, `0.31 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent >= 10.0 { format!("{percent:.0} %") } else { format!("{} %", figure(percent)) }
}

/// How far runs lie apart: from quartile to quartile over the median.
pub fn spread(rate: &Rate) -> String {
    percent(rate.relative_spread())
}

/// Where a rate stands on the ladder from 10^3 to 10^24, 0 to 1; what lies beyond stands at its end.
pub fn ladder_share(rate: f64) -> f64 {
    ((rate.log10() - 3.0) / 21.0).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_carry_the_glossarys_prefixes() {
        assert_eq!(rate(153.6e9, Work::Flop), "154 GFLOPS");
        assert_eq!(rate(1.742e18, Work::Flop), "1.74 EFLOPS");
        assert_eq!(rate(999.9e6, Work::Op), "1.00 GOPS");
        assert_eq!(rate(12.4e9, Work::Byte), "12.4 GB/s");
        assert_eq!(rate(42.0, Work::Element), "42.0 /s");
        assert_eq!(rate(0.0, Work::Flop), "0 FLOPS");
        assert_eq!(rate(3e30, Work::Flop), "3000000 YFLOPS".replace("3000000", &figure(3e6)));
    }

    #[test]
    fn amounts_times_and_shares() {
        assert_eq!(flop(30.94e9), "30.9 GFLOP");
        assert_eq!(bytes(276.7e6), "277 MB");
        assert_eq!(seconds(0.2031), "203 ms");
        assert_eq!(seconds(3.1e-5), "31.0 µs");
        assert_eq!(percent(0.2806), "28 %");
        assert_eq!(percent(0.003_14), "0.314 %");
    }

    #[test]
    fn the_ladder_ends_where_it_ends() {
        assert_eq!(ladder_share(1e3), 0.0);
        assert!((ladder_share(1e12) - 3.0 / 7.0).abs() < 1e-12);
        assert_eq!(ladder_share(1e40), 1.0);
        assert_eq!(ladder_share(0.0), 0.0);
    }
}
