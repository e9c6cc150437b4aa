//! What rounding loses at present, from a report: shares over its last hundred rounds or so. No DOM.

use protocol::{LabReport, RoundingLoss};

/// Shares that are worth a warning, of zeros and of overflows.
const ZEROS: f64 = 0.10;
const OVERFLOWS: f64 = 1e-3;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Numbers became zero.
    Zeros,
    /// Finite numbers were beyond the range.
    Overflows,
}

/// Something that a visitor should know.
#[derive(Debug, Clone, PartialEq)]
pub struct Warning {
    /// `generator`, `discriminator`.
    pub part: String,
    /// `weights`, `activations`, `gradients`, `state`.
    pub role: String,
    /// What.
    pub kind: Kind,
    /// Of the numbers rounded of late.
    pub share: f64,
}

/// A part's numbers of a role: what share of those rounded of late became zero, and what share was beyond the range.
fn shares(report: &LabReport) -> impl Iterator<Item = (&RoundingLoss, f64, f64)> {
    report.late_losses.iter().filter(|loss| loss.total > 0).map(|loss| {
        let share = |count: u64| count as f64 / loss.total as f64;
        (loss, share(loss.underflow), share(loss.overflow))
    })
}

/// The worst of each kind, zeros first.
pub fn warnings(report: &LabReport) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = Vec::new();
    for (loss, zeros, over) in shares(report) {
        for (kind, share, limit) in [(Kind::Zeros, zeros, ZEROS), (Kind::Overflows, over, OVERFLOWS)] {
            if share < limit {
                continue;
            }
            let warning = Warning { part: loss.part.clone(), role: loss.role.clone(), kind, share };
            match warnings.iter_mut().find(|known| known.kind == kind) {
                Some(known) if known.share < share => *known = warning,
                Some(_) => {}
                None => warnings.push(warning),
            }
        }
    }
    warnings
}

/// Share of a part's numbers of a role that became zero of late.
pub fn zeroed(report: &LabReport, part: &str, role: &str) -> Option<f64> {
    shares(report).find(|(loss, _, _)| loss.part == part && loss.role == role).map(|(_, zeros, _)| zeros)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(losses: &[(&str, u64, u64, u64)]) -> LabReport {
        let loss = |&(role, total, underflow, overflow): &(&str, u64, u64, u64)| RoundingLoss {
            part: "discriminator".to_owned(),
            role: role.to_owned(),
            total,
            overflow,
            underflow,
            nan: 0,
        };
        LabReport { late_losses: losses.iter().map(loss).collect(), ..LabReport::default() }
    }

    #[test]
    fn a_share_below_its_limit_is_no_warning() {
        assert!(warnings(&report(&[("gradients", 1000, 99, 0), ("weights", 0, 0, 0)])).is_empty());
        let warnings = warnings(&report(&[("gradients", 1000, 410, 0)]));
        assert_eq!(warnings.len(), 1);
        assert_eq!((warnings[0].kind, warnings[0].role.as_str()), (Kind::Zeros, "gradients"));
        assert!((warnings[0].share - 0.41).abs() < 1e-12);
    }

    #[test]
    fn the_worst_of_each_kind() {
        let report = report(&[("weights", 100, 20, 0), ("gradients", 100, 40, 1)]);
        let kinds: Vec<(Kind, String)> =
            warnings(&report).into_iter().map(|warning| (warning.kind, warning.role)).collect();
        assert_eq!(kinds, [(Kind::Zeros, "gradients".to_owned()), (Kind::Overflows, "gradients".to_owned())]);
        assert_eq!(zeroed(&report, "discriminator", "weights"), Some(0.2));
        assert_eq!(zeroed(&report, "generator", "weights"), None);
    }
}
