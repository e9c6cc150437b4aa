//! FLOPS = cores × clock × FLOP per cycle, from typed numbers. No DOM.

use numerics::Real;
use protocol::Failure;

use crate::ui::components::number::number_failure;

/// More cores than this are refused: the largest machines have some ten million.
pub const MAX_CORES: f64 = 1e9;
/// A faster clock, in GHz, is refused.
pub const MAX_GHZ: f64 = 1e4;
/// More operations a cycle and core are refused.
pub const MAX_PER_CYCLE: f64 = 1e7;

/// The three factors as they were read.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    /// Whole, at least 1.
    pub cores: Result<f64, Failure>,
    /// GHz, above 0.
    pub ghz: Result<f64, Failure>,
    /// Above 0; a multiply-add counts 2.
    pub per_cycle: Result<f64, Failure>,
}

impl Formula {
    /// Reads three texts; each has its own failure.
    pub fn read(cores: &str, ghz: &str, per_cycle: &str) -> Self {
        let cores = positive(cores, MAX_CORES, "formula_cores").and_then(|cores| {
            if cores.fract() == 0.0 { Ok(cores) } else { Err(limit_failure("formula_cores", MAX_CORES)) }
        });
        Self {
            cores,
            ghz: positive(ghz, MAX_GHZ, "formula_clock"),
            per_cycle: positive(per_cycle, MAX_PER_CYCLE, "formula_per_cycle"),
        }
    }

    /// FLOP a second, when all three make sense.
    pub fn flops(&self) -> Option<f64> {
        match (&self.cores, &self.ghz, &self.per_cycle) {
            (Ok(cores), Ok(ghz), Ok(per_cycle)) => Some(cores * ghz * 1e9 * per_cycle),
            _ => None,
        }
    }
}

fn positive(text: &str, limit: f64, code: &str) -> Result<f64, Failure> {
    let value = match Real::parse(text).map_err(|error| number_failure(&error))? {
        Real::Finite(value) => value.to_f64(),
        _ => return Err(limit_failure(code, limit)),
    };
    if value > 0.0 && value <= limit { Ok(value) } else { Err(limit_failure(code, limit)) }
}

fn limit_failure(code: &str, limit: f64) -> Failure {
    Failure::new(code).with("limit", limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raspberry_pi_5_makes_its_153_6_gflops() {
        assert_eq!(Formula::read("4", "2.4", "16").flops(), Some(153.6e9));
        assert_eq!(Formula::read("1", "8e-2", "2").flops(), Some(160e6));
    }

    #[test]
    fn nonsense_is_refused_with_the_right_words() {
        let code = |formula: Formula| {
            [formula.cores, formula.ghz, formula.per_cycle]
                .into_iter()
                .find_map(Result::err)
                .map(|failure| failure.code)
                .unwrap_or_default()
        };
        assert_eq!(code(Formula::read("0", "2.4", "16")), "formula_cores");
        assert_eq!(code(Formula::read("2.5", "2.4", "16")), "formula_cores");
        assert_eq!(code(Formula::read("1e10", "2.4", "16")), "formula_cores");
        assert_eq!(code(Formula::read("4", "-1", "16")), "formula_clock");
        assert_eq!(code(Formula::read("4", "inf", "16")), "formula_clock");
        assert_eq!(code(Formula::read("4", "1e9999", "16")), "formula_clock");
        assert_eq!(code(Formula::read("4", "2.4", "nan")), "formula_per_cycle");
        assert_eq!(code(Formula::read("4", "2,4", "16")), "number_comma");
        assert_eq!(code(Formula::read("four", "2.4", "16")), "number_unexpected");
        assert_eq!(code(Formula::read("", "2.4", "16")), "number_empty");
        assert_eq!(Formula::read("", "2.4", "16").flops(), None);
    }

    proptest::proptest! {
        #[test]
        fn reading_never_panics_and_what_is_read_is_positive(text in ".{0,60}") {
            if let Some(flops) = Formula::read(&text, &text, &text).flops() {
                proptest::prop_assert!(flops > 0.0 && flops.is_finite());
            }
        }
    }
}
