//! What rounding loses at present: shares over the last rounds, from counts since round 0. No DOM.

use std::collections::VecDeque;

use protocol::RoundingLoss;

/// Shares are those of about so many milliseconds of reports.
const REPORTS: usize = 12;
/// Shares that are worth a warning, of zeros and of overflows.
const ZEROS: f64 = 0.10;
const OVERFLOWS: f64 = 1e-3;

/// Reports of the last while.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Watcher {
    seen: VecDeque<(u64, Vec<RoundingLoss>)>,
}

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
    /// Of the numbers rounded since the oldest report kept.
    pub share: f64,
}

impl Watcher {
    /// Takes a report.
    pub fn push(&mut self, step: u64, losses: &[RoundingLoss]) {
        if self.seen.back().is_some_and(|(last, _)| *last >= step) {
            // The same standing still, or a reset.
            if self.seen.back().is_some_and(|(last, _)| *last == step) {
                return;
            }
            self.seen.clear();
        }
        if self.seen.len() == REPORTS {
            self.seen.pop_front();
        }
        self.seen.push_back((step, losses.to_vec()));
    }

    /// Shares by part and role over the reports kept; since round 0 with one report alone.
    fn shares(&self) -> Vec<(RoundingLoss, f64, f64)> {
        let Some((_, last)) = self.seen.back() else { return Vec::new() };
        let before = self.seen.front().filter(|_| self.seen.len() > 1);
        last.iter()
            .filter_map(|now| {
                let same = |loss: &&RoundingLoss| loss.part == now.part && loss.role == now.role;
                let old = before.and_then(|(_, losses)| losses.iter().find(same));
                let since = |now: u64, old: Option<u64>| now.saturating_sub(old.unwrap_or(0)) as f64;
                let total = since(now.total, old.map(|old| old.total));
                (total > 0.0).then(|| {
                    let zeros = since(now.underflow, old.map(|old| old.underflow)) / total;
                    let over = since(now.overflow, old.map(|old| old.overflow)) / total;
                    (now.clone(), zeros, over)
                })
            })
            .collect()
    }

    /// The worst of each kind, worst first.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings: Vec<Warning> = Vec::new();
        for (loss, zeros, over) in self.shares() {
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

    /// Share of a part's numbers of a role that became zero, over the reports kept.
    pub fn zeroed(&self, part: &str, role: &str) -> Option<f64> {
        self.shares()
            .into_iter()
            .find(|(loss, _, _)| loss.part == part && loss.role == role)
            .map(|(_, zeros, _)| zeros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(role: &str, total: u64, underflow: u64, overflow: u64) -> RoundingLoss {
        let part = "discriminator".to_owned();
        RoundingLoss { part, role: role.to_owned(), total, overflow, underflow, nan: 0 }
    }

    #[test]
    fn the_share_is_that_of_the_last_reports_not_of_all() {
        let mut watcher = Watcher::default();
        watcher.push(100, &[loss("gradients", 1000, 0, 0)]);
        assert!(watcher.warnings().is_empty());
        watcher.push(200, &[loss("gradients", 2000, 410, 0)]);
        let warnings = watcher.warnings();
        assert_eq!(warnings.len(), 1);
        assert_eq!((warnings[0].kind, warnings[0].role.as_str()), (Kind::Zeros, "gradients"));
        assert!((warnings[0].share - 0.41).abs() < 1e-12);
        for step in 3..40 {
            watcher.push(100 * step, &[loss("gradients", 1000 * step, 410, 0)]);
        }
        assert!(watcher.warnings().is_empty(), "it has stopped");
    }

    #[test]
    fn the_worst_of_each_kind_and_a_reset() {
        let mut watcher = Watcher::default();
        watcher.push(5, &[loss("weights", 100, 20, 0), loss("gradients", 100, 40, 1)]);
        let kinds: Vec<(Kind, String)> =
            watcher.warnings().into_iter().map(|warning| (warning.kind, warning.role)).collect();
        assert_eq!(kinds, [(Kind::Zeros, "gradients".to_owned()), (Kind::Overflows, "gradients".to_owned())]);
        assert_eq!(watcher.zeroed("discriminator", "weights"), Some(0.2));
        watcher.push(0, &[]);
        assert!(watcher.warnings().is_empty());
    }
}
