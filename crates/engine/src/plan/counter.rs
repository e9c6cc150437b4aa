//! Whose rounding events a counter counts.
//!
//! Left out: the sums inside products ([`Kernel::MatMul`](super::Kernel::MatMul)'s accumulator), whose roundings are not counted.

use super::Plan;
use crate::graph::{Graph, SiteId};
use crate::policy::{QuantizerId, Role};
use crate::rounding::Counts;

/// One rounding of the step: executors keep [`Counts`] for each, in the plan's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// How it rounds.
    pub quantizer: QuantizerId,
    /// Whose numbers.
    pub role: Role,
    /// The site's name: see [`crate::graph::Site`].
    pub site: String,
}

impl Counter {
    pub(super) fn new(graph: &Graph, quantizer: QuantizerId, site: SiteId) -> Counter {
        let site = &graph.sites()[site.index()];
        Counter { quantizer, role: site.role, site: site.name.clone() }
    }
}

impl Plan {
    /// Sum of an executor's counts over the sites of a role whose names begin with `prefix`.
    pub fn counts_of(&self, counts: &[Counts], role: Role, prefix: &str) -> Counts {
        let mut total = Counts::default();
        for (counter, counts) in self.counters.iter().zip(counts) {
            if counter.role == role && counter.site.starts_with(prefix) {
                total.add(*counts);
            }
        }
        total
    }
}
